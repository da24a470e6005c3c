//! What somebody may have meant by a name that is no setting's, and whether it may have been meant to say who comes in.

use strsim::damerau_levenshtein;

use super::Section;

/// The settings that say who may come in.
const DOOR: [&str; 11] = [
    "voice_bridge.address",
    "voice_bridge.also",
    "voice_bridge.public_url",
    "voice_bridge.twilio_auth_token",
    "voice_bridge.stream_secret",
    "voice_bridge.limits.hosts",
    "voice_bridge.limits.origins",
    "supervisor.address",
    "supervisor.also",
    "supervisor.limits.hosts",
    "supervisor.limits.origins",
];

/// What names are made of that say who may come in.
const DOOR_WORDS: [&str; 10] =
    ["url", "public", "token", "secret", "auth", "twilio", "host", "origin", "address", "also"];

/// A name with more letters is a slip of no setting's name, and comparing it would take long.
const LONGEST: usize = 64;

/// How many letters a name may differ from the one that was meant.
const SLIP: usize = 2;

/// Whether that setting, or a setting of that section, says who may come in to that service.
pub(super) fn says_who_comes_in(service: Section, key: &str) -> bool {
    DOOR.iter().any(|known| is_within(known, service.id()) && is_within(known, key))
}

/// Whether this name, which is no setting's, may have been meant to say who comes in to that service. `own` are the names in
/// its section.
pub(super) fn may_say_who_comes_in<'a>(
    service: Section,
    section: &str,
    name: &str,
    own: impl Iterator<Item = &'a str>,
) -> bool {
    // Where else nothing stands than what says who may come in, and how much is taken.
    let is_its = section.strip_suffix(".limits").unwrap_or(section) == service.id();
    if section.is_empty() || is_its {
        return true;
    }
    let bare = bare(name);
    let sounds_so = DOOR_WORDS.iter().any(|word| bare.contains(word));
    if name.len() > LONGEST {
        return sounds_so;
    }
    let distance = |known: &str| damerau_levenshtein(&bare, &self::bare(known));
    let to_own = own.map(distance).min().unwrap_or(usize::MAX);
    let to_door = DOOR_WORDS
        .iter()
        .chain(&DOOR)
        .map(|known| distance(last(known)))
        .min()
        .unwrap_or(usize::MAX);
    to_own > 1 && to_own >= to_door && (sounds_so || to_door <= SLIP)
}

/// Which of these names was meant, if one is near enough.
pub(super) fn meant<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > LONGEST {
        return None;
    }
    let name = bare(name);
    known
        .map(|known| (damerau_levenshtein(&name, &bare(known)), known))
        .filter(|(distance, known)| *distance <= SLIP && *distance < known.len())
        .min()
        .map(|(_, known)| known)
}

/// Whether that is this setting or section, or in it.
fn is_within(key: &str, section: &str) -> bool {
    key.strip_prefix(section).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

pub(super) fn last(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or(key)
}

/// A name without what people write in other ways.
fn bare(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
