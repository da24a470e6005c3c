//! How the whole is.

use wire::{Call, Condition, Face, Service, ServiceKind, Snapshot, plain};

use super::found::say_of_found;
use super::note::note;
use super::{model, service};

/// How the whole is, in a few words: the tray's tooltip.
pub fn summary(snapshot: &Snapshot) -> String {
    let calls = calls(&snapshot.calls);
    match snapshot.condition() {
        Condition::Well => format!("xSwarm Voice is listening, {calls}"),
        Condition::Off if snapshot.services.iter().all(is_off) => {
            "xSwarm Voice is stopped".to_owned()
        }
        Condition::Off => format!("xSwarm Voice is stopped in part, {calls}"),
        Condition::Busy => "xSwarm Voice is not ready yet".to_owned(),
        Condition::NeedsYou if is_only_crowded(snapshot) => {
            format!("xSwarm Voice is crowded, {calls}")
        }
        Condition::NeedsYou if is_only_without_model(snapshot) => {
            format!("xSwarm Voice: {}, {calls}", no_model(snapshot))
        }
        Condition::NeedsYou => "xSwarm Voice needs you".to_owned(),
    }
}

/// Whether nothing would be wrong if nobody crowded the ports.
fn is_only_crowded(snapshot: &Snapshot) -> bool {
    let uncrowded = snapshot.services.iter().map(|service| service.clone().uncrowded().condition);
    uncrowded.chain(snapshot.models_condition()).max() == Some(Condition::Well)
}

/// Whether nothing would be wrong if a model could be had.
fn is_only_without_model(snapshot: &Snapshot) -> bool {
    snapshot.models_condition() == Some(Condition::NeedsYou)
        && snapshot.services.iter().all(|service| service.condition != Condition::NeedsYou)
}

/// That there is no model to answer calls, as a part of a sentence.
fn no_model(snapshot: &Snapshot) -> String {
    match snapshot.models.as_slice() {
        [only] => format!("no voice model at {}", plain(&only.server)),
        _ => "no voice model is available".to_owned(),
    }
}

fn is_off(service: &Service) -> bool {
    service.condition == Condition::Off
}

/// How many calls there are.
pub fn calls(calls: &[Call]) -> String {
    match calls.len() {
        0 => "no calls".to_owned(),
        1 => "1 call".to_owned(),
        many => format!("{many} calls"),
    }
}

/// Puts into a snapshot what is said of it and of its services, and what is offered.
pub fn say(snapshot: &mut Snapshot) {
    snapshot.services.iter_mut().for_each(service::say);
    model::say(&mut snapshot.models);
    snapshot.found.iter_mut().for_each(|found| say_of_found(found, &snapshot.engines));
    snapshot.condition = snapshot.condition();
    snapshot.is_only_crowded = is_only_crowded(snapshot);
    snapshot.word = word(snapshot).to_owned();
    snapshot.sentence = sentence(snapshot);
    snapshot.remarks = snapshot.notes.iter().map(note).collect();
}

const fn word(snapshot: &Snapshot) -> &'static str {
    match snapshot.condition {
        Condition::Off => "Off",
        Condition::Well => "All well",
        Condition::Busy => "Working on it",
        Condition::NeedsYou if snapshot.is_only_crowded => "Crowded",
        Condition::NeedsYou => "Needs you",
    }
}

/// What is on its way or in trouble is said alone.
fn sentence(snapshot: &Snapshot) -> String {
    let (worst, all) = (snapshot.condition, &snapshot.services);
    let is_alone = matches!(worst, Condition::Busy | Condition::NeedsYou);
    let is_said = |service: &&Service| !is_alone || service.condition == worst;
    let said: Vec<&Service> = all.iter().filter(is_said).collect();
    let of_models = of_models(snapshot);
    match said.as_slice() {
        [] => of_models.map_or_else(
            || "This xSwarm Voice runs no services.".to_owned(),
            |of_models| super::sentence(&of_models),
        ),
        [first, others @ ..]
            if !others.is_empty()
                && said.len() == all.len()
                && others.iter().all(|other| predicate(other) == predicate(first)) =>
        {
            let whole = if others.len() == 1 { "Both" } else { "All" };
            let more = of_models.map(|of_models| format!("; {of_models}")).unwrap_or_default();
            format!("{whole} services {}{more}.", predicate(first)[1])
        }
        said => {
            let parts = said.iter().map(|one| format!("{} {}", subject(one), predicate(one)[0]));
            super::sentence(&parts.chain(of_models).collect::<Vec<_>>().join("; "))
        }
    }
}

/// What a service is called in a sentence. A program has a name of its own.
fn subject(service: &Service) -> String {
    match service.kind {
        ServiceKind::Hosted => format!("the {}", service.name),
        ServiceKind::Program => service.heading().into_owned(),
    }
}

/// What is said of the models that are to answer calls, where they are as the whole is.
fn of_models(snapshot: &Snapshot) -> Option<String> {
    let condition = snapshot.models_condition()?;
    if condition != snapshot.condition {
        return None;
    }
    let (one, many) = match condition {
        Condition::Off => return None,
        Condition::Well => ("can be reached", "a voice model can be reached"),
        Condition::Busy => ("is not ready yet", "no voice model is ready yet"),
        Condition::NeedsYou => ("isn't available", "no voice model is available"),
    };
    Some(match snapshot.models.as_slice() {
        [only] if condition == Condition::Well && only.calls > 0 => {
            "the voice model is in a call".to_owned()
        }
        [_] => format!("the voice model {one}"),
        _ => many.to_owned(),
    })
}

/// What is said of one service, and of several together.
const fn predicate(service: &Service) -> [&'static str; 2] {
    match service.face {
        Face::Stopped => ["is stopped", "are stopped"],
        Face::Binding | Face::Proving => ["is starting", "are starting"],
        Face::Waiting => ["waits for its port", "wait for their ports"],
        Face::Listening => ["is listening", "are listening"],
        Face::Crowded => ["is crowded", "are crowded"],
        Face::Shared => ["shares its port", "share their ports"],
        Face::Silent if matches!(service.kind, ServiceKind::Program) => {
            ["is not ready", "are not ready"]
        }
        Face::Silent => ["does not answer", "do not answer"],
        Face::Taken | Face::Refused => ["cannot have its port", "cannot have their ports"],
        Face::Stopping => ["is stopping", "are stopping"],
        Face::Restarting => ["is restarting", "are restarting"],
        Face::Failed => ["has failed", "have failed"],
        Face::Partial => ["is only partly reachable", "are only partly reachable"],
    }
}
