//! When a server that was found is of use, and what has it answer calls.

use bridge::MoshiSettings;
use wire::{Condition, Engine, Model, SettingValue, SettingsChanges};

use crate::settings::Settings;

const SERVERS: &str = "moshi.servers";
const SELF_SIGNED: &str = "moshi.self_signed";

/// Whether a server would be of use: no speech model answers calls, or none of those in the settings can be had.
pub(super) fn is_wanted(engine: Engine, models: &[Model]) -> bool {
    let cannot_be_had = |condition: Condition| match condition {
        Condition::NeedsYou => true,
        Condition::Off | Condition::Busy | Condition::Well => false,
    };
    match engine {
        Engine::LineCheck => true,
        Engine::Moshi => models.iter().all(|model| cannot_be_had(model.condition)),
    }
}

/// Whether it is among those that are to answer calls, which are shown as such.
pub(crate) fn is_set(settings: &Settings, url: &str) -> bool {
    let is_asked = settings.voice_bridge.engine.engines().contains(&Engine::Moshi);
    let is_it =
        |one: &String| one.trim_end_matches('/').replace("//localhost:", "//127.0.0.1:") == url;
    is_asked && settings.moshi.servers.iter().any(is_it)
}

/// The same with this server before all others.
pub(crate) fn first(moshi: &MoshiSettings, url: &str) -> MoshiSettings {
    let mut moshi = moshi.clone();
    // Nobody has named the one that is there by default; it would be missed, and found once it is there.
    if moshi.servers == MoshiSettings::default().servers {
        moshi.servers.clear();
    }
    // Another way to the same place would be one that leads nowhere.
    let place = |address: &str| {
        address.trim_end_matches('/').split_once("://").map(|(_, place)| place.to_owned())
    };
    moshi.servers.retain(|other| place(other) != place(url));
    moshi.servers.insert(0, url.to_owned());
    // It makes its certificate itself, as Kyutai's in Rust does.
    moshi.self_signed |= url.starts_with("wss://");
    moshi
}

/// What has to be set to come from these servers to those.
pub(crate) fn changes(before: &MoshiSettings, after: &MoshiSettings) -> SettingsChanges {
    let mut changes = SettingsChanges::new();
    if before.servers != after.servers {
        let all = after.servers.iter().cloned().map(SettingValue::Text).collect();
        changes.insert(SERVERS.to_owned(), Some(SettingValue::List(all)));
    }
    if before.self_signed != after.self_signed {
        changes.insert(SELF_SIGNED.to_owned(), Some(SettingValue::Truth(after.self_signed)));
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(servers: &[&str]) -> MoshiSettings {
        let servers = servers.iter().map(|server| (*server).to_owned()).collect();
        MoshiSettings { servers, ..MoshiSettings::default() }
    }

    #[test]
    fn a_server_that_is_the_first_already_changes_nothing() {
        let before = with(&["ws://127.0.0.1:8998"]);
        let after = first(&before, "ws://127.0.0.1:8998");
        assert!(changes(&before, &after).is_empty());
    }

    #[test]
    fn a_server_comes_in_place_of_the_one_that_nobody_has_named() {
        let after = first(&MoshiSettings::default(), "ws://127.0.0.1:8999");
        assert_eq!(after.servers, ["ws://127.0.0.1:8999"]);
    }

    #[test]
    fn a_server_comes_before_the_others_and_in_place_of_another_way_to_it() {
        let far = "wss://gpu.example.org:8998";
        let before = with(&[far, "ws://127.0.0.1:8998/"]);
        let after = first(&before, "wss://127.0.0.1:8998");
        assert_eq!(after.servers, ["wss://127.0.0.1:8998", far]);
        let changes = changes(&before, &after);
        assert_eq!(changes[SELF_SIGNED], Some(SettingValue::Truth(true)));
        assert!(changes.contains_key(SERVERS), "{changes:?}");
    }

    #[test]
    fn a_server_is_set_only_where_models_are_to_answer() {
        let mut settings =
            Settings { moshi: with(&["ws://localhost:8998/"]), ..Settings::default() };
        assert!(!is_set(&settings, "ws://127.0.0.1:8998"));
        settings.voice_bridge.engine = wire::EngineChoice::One(Engine::Moshi);
        assert!(is_set(&settings, "ws://127.0.0.1:8998"));
        assert!(!is_set(&settings, "ws://127.0.0.1:8999"));
    }
}
