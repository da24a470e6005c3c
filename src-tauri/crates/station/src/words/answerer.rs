//! Who answered a call, which may be somebody else than was wanted.

use wire::window::Answerer;
use wire::{Call, Condition, Engine, ModelState, Snapshot, Speaker, Timestamp, plain};

use super::model::short;

/// Who answered the call that its carrier calls so, once it has ended; nothing as long as that isn't known.
pub fn answerer(snapshot: &Snapshot, carrier_id: &str, now: Timestamp) -> Option<Answerer> {
    let is_it = |call: &&Call| call.carrier_id.as_deref() == Some(carrier_id);
    snapshot.ended_calls.iter().find(is_it).map(|call| of(call, snapshot, now))
}

/// What is said where nobody tells who answered a call.
pub fn no_answerer_known(snapshot: &Snapshot) -> Answerer {
    let is_wanted = snapshot.engine == Engine::LineCheck;
    Answerer {
        engine: None,
        is_wanted,
        sentence: "Who answered is not known.".to_owned(),
        words: None,
    }
}

fn of(call: &Call, snapshot: &Snapshot, now: Timestamp) -> Answerer {
    let words = call.words.as_ref().filter(|words| words.by == Speaker::Engine);
    let words = words.map(|words| plain(&words.text));
    let has_model = call.model.as_ref().filter(|model| match model.state {
        ModelState::Ready | ModelState::Stalled | ModelState::Lost => true,
        ModelState::Connecting
        | ModelState::Queued
        | ModelState::Reconnecting
        | ModelState::Unanswered => false,
    });
    let (is_wanted, sentence) = match (snapshot.engine, call.engine, has_model) {
        (Engine::LineCheck, Engine::LineCheck, _) => {
            (true, "The built-in line check answered.".to_owned())
        }
        (_, Engine::Moshi, Some(model)) => {
            let server = plain(&model.server);
            (snapshot.engine == Engine::Moshi, format!("The voice model at {server} answered."))
        }
        (_, Engine::Moshi, None) => {
            (false, format!("No voice model answered{}.", why(snapshot, now)))
        }
        (Engine::Moshi, Engine::LineCheck, _) => {
            (false, format!("No voice model answered{}; the line check did.", why(snapshot, now)))
        }
    };
    // The words of whoever stands in are none of the model's.
    Answerer { engine: Some(call.engine), is_wanted, sentence, words: words.filter(|_| is_wanted) }
}

/// What is the matter with the models, in brackets.
fn why(snapshot: &Snapshot, now: Timestamp) -> String {
    let ill = snapshot.models.iter().filter(|model| model.condition != Condition::Well);
    let told: Vec<String> = ill.map(|model| short(model, now)).collect();
    if told.is_empty() { String::new() } else { format!(" ({})", told.join("; ")) }
}
