//! What answers calls, in words.

use wire::{Engine, EngineChoice, EngineChosen, EngineOffer, Note, Snapshot, plain};

use crate::settings::{Settings, is_applied_at_once};

/// What becomes of a call that no server of the speech model answers.
const NOBODY: &str = "Where none answers, the caller is told so and the call ends.";

/// What it is called where it stands alone.
const fn title(engine: Engine) -> &'static str {
    match engine {
        Engine::LineCheck => "Line check",
        Engine::Moshi => "MOSHI",
    }
}

/// What answers, as a part of a sentence: `MOSHI, and where it can't by the line check`.
pub fn answered_by(choice: &EngineChoice) -> String {
    let name = |engine: &Engine| match engine {
        Engine::LineCheck => "the line check",
        Engine::Moshi => "MOSHI",
    };
    let names: Vec<&str> = choice.engines().iter().map(name).collect();
    names.join(", and where it can't by ")
}

/// What may be chosen by these settings, and what is: each engine, and the list that `listed` has, if it is one.
pub(crate) fn offers(settings: &Settings, listed: Option<&EngineChoice>) -> Vec<EngineOffer> {
    let alone = Engine::ALL.iter().map(|engine| EngineChoice::One(*engine));
    let offer = |choice: EngineChoice| EngineOffer {
        title: called(&choice),
        text: text(&choice, settings),
        is_chosen: choice == settings.voice_bridge.engine,
        needs: needs(&choice, settings),
        choice,
    };
    alone.chain(listed.cloned()).map(offer).collect()
}

fn called(choice: &EngineChoice) -> String {
    let titles: Vec<&str> = choice.engines().iter().map(|engine| title(*engine)).collect();
    match choice {
        EngineChoice::InTurn(engines) if engines.len() == 1 => format!("{} alone", titles.concat()),
        EngineChoice::One(_) | EngineChoice::InTurn(_) => titles.join(", else "),
    }
}

fn text(choice: &EngineChoice, settings: &Settings) -> String {
    let model = match settings.moshi.servers.len() {
        0 | 1 => "A speech model: your MOSHI server.".to_owned(),
        many => format!("A speech model: the first of your {many} MOSHI servers that is free."),
    };
    match choice {
        EngineChoice::One(Engine::LineCheck) => {
            "Built in. It isn't AI: it plays the caller back and says how good the line is."
                .to_owned()
        }
        EngineChoice::One(Engine::Moshi) if settings.moshi.fall_back => {
            format!("{model} Where none answers, the line check does.")
        }
        EngineChoice::One(Engine::Moshi) => format!("{model} {NOBODY}"),
        EngineChoice::InTurn(engines) if engines.len() == 1 => format!("{model} {NOBODY}"),
        EngineChoice::InTurn(_) => "A call takes the first of these that can answer.".to_owned(),
    }
}

/// What it takes before that can be chosen, if anything.
pub(crate) fn needs(choice: &EngineChoice, settings: &Settings) -> Option<String> {
    let asks_models = choice.engines().contains(&Engine::Moshi);
    (asks_models && settings.moshi.servers.is_empty())
        .then(|| "Name a server in the setting moshi.servers first.".to_owned())
}

/// What came of choosing.
pub(crate) fn chosen(chosen: &EngineChosen) -> String {
    let EngineChosen { engine, server, path, unkept, .. } = chosen;
    let answered_by = answered_by(engine);
    let place = |url: &str| plain(url.split_once("://").map_or(url, |(_, place)| place));
    let whose = server.as_ref().map(|server| format!(", at {} first", place(server)));
    let whose = whose.unwrap_or_default();
    let answers = format!("From the next one on, calls are answered by {answered_by}{whose}.");
    let path = plain(path);
    match unkept {
        None => format!("{answers} Kept in {path}."),
        Some(problem) => format!(
            "{answers} This holds until xSwarm Voice quits, for it can't be kept in {path}: {}.",
            plain(problem)
        ),
    }
}

/// What came of choosing while nobody runs.
pub(crate) fn chosen_for_later(engine: &EngineChoice, path: &str) -> String {
    let answered_by = answered_by(engine);
    format!("From the next start on, calls are answered by {answered_by}. Kept in {}.", plain(path))
}

/// What came of saving these settings, after which things are as the snapshot says.
pub fn saved<'a>(keys: impl IntoIterator<Item = &'a String>, snapshot: &Snapshot) -> String {
    let waits = |key: &String| {
        let is_named = |note: &Note| match note {
            Note::RestartNeeded { settings, .. } => settings.contains(key),
            Note::SettingsUnreadable { .. }
            | Note::PublishedToken
            | Note::ShortToken
            | Note::SecretReplaced { .. }
            | Note::NotKept { .. }
            | Note::EngineNotKept { .. } => false,
        };
        snapshot.notes.iter().any(is_named)
    };
    let (at_once, others): (Vec<_>, Vec<_>) =
        keys.into_iter().partition(|key| is_applied_at_once(key));
    let so = match (at_once.is_empty(), others.into_iter().any(waits)) {
        (true, true) => "Saved, but needs a restart.",
        (false, true) => {
            "Saved. What answers calls holds from the next call on; the rest needs a restart."
        }
        (false, false) => "Saved. It holds from the next call on.",
        (true, false) => "Saved. It is what is in force.",
    };
    so.to_owned()
}

#[cfg(test)]
mod tests {
    use wire::Timestamp;

    use super::*;

    fn moshi() -> EngineChoice {
        EngineChoice::One(Engine::Moshi)
    }

    fn both() -> EngineChoice {
        EngineChoice::InTurn(vec![Engine::Moshi, Engine::LineCheck])
    }

    #[test]
    fn every_engine_is_offered_and_a_list_where_there_is_one() {
        let mut settings = Settings::default();
        let said = |settings: &Settings, listed: Option<&EngineChoice>| {
            let offers = offers(settings, listed).into_iter();
            offers.map(|offer| (offer.title, offer.is_chosen)).collect::<Vec<_>>()
        };
        let (check, model) = ("Line check".to_owned(), "MOSHI".to_owned());
        assert_eq!(said(&settings, None), [(check.clone(), true), (model.clone(), false)]);
        settings.voice_bridge.engine = both();
        let list = ("MOSHI, else Line check".to_owned(), true);
        assert_eq!(said(&settings, Some(&both())), [(check, false), (model, false), list]);
    }

    #[test]
    fn what_becomes_of_a_call_that_no_server_answers_is_told() {
        let mut settings = Settings::default();
        assert!(text(&moshi(), &settings).ends_with("the line check does."));
        settings.moshi.fall_back = false;
        assert!(text(&moshi(), &settings).ends_with("the call ends."));
        assert!(text(&EngineChoice::InTurn(vec![Engine::Moshi]), &settings).ends_with("ends."));
    }

    #[test]
    fn a_model_without_a_server_says_what_it_needs() {
        let mut settings = Settings::default();
        assert_eq!(needs(&moshi(), &settings), None);
        settings.moshi.servers.clear();
        assert!(needs(&moshi(), &settings).is_some_and(|needs| needs.contains("moshi.servers")));
        assert!(needs(&both(), &settings).is_some());
        assert_eq!(needs(&EngineChoice::default(), &settings), None);
    }

    #[test]
    fn what_was_chosen_is_told_with_where_it_is_kept() {
        let told = |unkept: Option<&str>| {
            chosen(&EngineChosen {
                engine: both(),
                server: None,
                path: "/home/ann/settings.toml".to_owned(),
                unkept: unkept.map(str::to_owned),
                sentence: String::new(),
            })
        };
        let answers = "From the next one on, calls are answered by MOSHI, and where it can't by the line check.";
        assert_eq!(told(None), format!("{answers} Kept in /home/ann/settings.toml."));
        let unkept = "line 3: can't be read";
        let until =
            "This holds until xSwarm Voice quits, for it can't be kept in /home/ann/settings.toml";
        assert_eq!(told(Some(unkept)), format!("{answers} {until}: {unkept}."));
    }

    #[test]
    fn what_was_saved_says_whether_it_takes_a_restart() {
        let snapshot = |waiting: &[&str]| Snapshot {
            notes: vec![Note::RestartNeeded {
                path: String::new(),
                settings: waiting.iter().map(|key| (*key).to_owned()).collect(),
                problem: None,
                only_this_machine: false,
            }],
            ..Snapshot::new("1.0.0", 1, Timestamp(1), Engine::LineCheck)
        };
        let told = |keys: &[&str], waiting: &[&str]| {
            let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
            saved(&keys, &snapshot(waiting))
        };
        let waiting = ["retry.attempts"];
        assert_eq!(told(&waiting, &waiting), "Saved, but needs a restart.");
        assert_eq!(told(&["moshi.servers"], &waiting), "Saved. It holds from the next call on.");
        assert_eq!(told(&waiting, &[]), "Saved. It is what is in force.");
        let both = told(&["moshi.servers", "retry.attempts"], &waiting);
        assert!(both.ends_with("the rest needs a restart."), "{both}");
    }
}
