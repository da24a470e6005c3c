//! How the speech models are that are set to answer calls, and what helps where they can't be had.

use wire::{
    CertificateFault, Condition, Engine, Model, ModelCause, ModelHealth, Sentence, Timestamp,
    plain, span,
};

/// Where in the settings a server's address stands.
const SERVERS: &str = "moshi.servers in the settings";

/// How a model is, with its name: "Voice model at 127.0.0.1:8998: nobody listens there".
pub fn voice_model(model: &Model, now: Timestamp) -> String {
    format!("Voice model at {}", short(model, now))
}

/// How a model is, in few words: "127.0.0.1:8998: nobody listens there".
pub(super) fn short(model: &Model, now: Timestamp) -> String {
    format!("{}: {}", plain(&model.server), state(model, now))
}

/// How a model is, without its name. An older build leaves the words to us.
fn state(model: &Model, now: Timestamp) -> String {
    let told = Some(&model.sentence).filter(|sentence| !sentence.0.is_empty());
    told.map_or_else(|| sentence(model).at(now), |sentence| sentence.at(now))
}

/// How long ago that was learnt, as the end of a sentence: ", asked 3 s ago".
pub fn asked(model: &Model, now: Timestamp) -> String {
    model.asked_at.map(|at| format!(", asked {} ago", span(at, now))).unwrap_or_default()
}

/// What is wrong with a model, in whole sentences, with what helps.
pub fn wrong_with_model(model: &Model, now: Timestamp) -> String {
    format!("{}. {}", voice_model(model, now), model.hint).trim_end().to_owned()
}

/// Puts into the models what is said of them.
pub(super) fn say(models: &mut [Model]) {
    let one_is_well = models.iter().any(|model| model.condition == Condition::Well);
    for model in models {
        model.word = word(model).to_owned();
        model.sentence = sentence(model);
        model.hint = hint(model, one_is_well);
    }
}

/// What the mark of a model says.
const fn word(model: &Model) -> &'static str {
    match &model.health {
        ModelHealth::Unknown => "Asking",
        ModelHealth::Reachable => "Reachable",
        ModelHealth::Busy if model.calls > 0 => "In a call",
        ModelHealth::Busy => "Busy",
        ModelHealth::Stalled => "Stalled",
        ModelHealth::Unreachable { cause } => match cause {
            ModelCause::Refused
            | ModelCause::NoSuchName
            | ModelCause::NoConnection
            | ModelCause::SpeaksTls
            | ModelCause::SpeaksPlain
            | ModelCause::Certificate { .. }
            | ModelCause::Other { .. } => "Not reachable",
            ModelCause::Unauthorized { .. } => "Turned away",
            ModelCause::Redirect { .. } => "Elsewhere",
            ModelCause::NotFound => "Wrong path",
            ModelCause::NotMoshi { .. } => "Not MOSHI",
            ModelCause::Mute | ModelCause::HangsUp => "No answer",
            ModelCause::Faulty { .. } | ModelCause::DropsCalls => "Not working",
            ModelCause::NotInstalled { .. } => "Not installed",
            ModelCause::Crashed { .. } => "Crashed",
            ModelCause::Starting { .. } => "Starting",
            ModelCause::Stopped { .. } => "Stopped",
        },
    }
}

fn sentence(model: &Model) -> Sentence {
    let text = match &model.health {
        ModelHealth::Unknown => "not asked yet".to_owned(),
        ModelHealth::Reachable if model.calls > 0 => answering(model.calls),
        ModelHealth::Reachable => "can be reached".to_owned(),
        ModelHealth::Busy if model.calls > 0 => answering(model.calls),
        ModelHealth::Busy => "busy with somebody else".to_owned(),
        ModelHealth::Stalled => "silent in the middle of a call".to_owned(),
        ModelHealth::Unreachable { cause } => why(cause),
    };
    text.into()
}

fn answering(calls: u32) -> String {
    match calls {
        1 => "answering a call".to_owned(),
        calls => format!("answering {calls} calls"),
    }
}

/// Why a model can't be had, as the rest of a sentence about it.
fn why(cause: &ModelCause) -> String {
    match cause {
        ModelCause::Refused => "nobody listens there".to_owned(),
        ModelCause::NoSuchName => "the name of its host can't be found".to_owned(),
        ModelCause::NoConnection => "can't be connected; nothing comes back".to_owned(),
        ModelCause::SpeaksTls => "it speaks TLS, and the settings say ws://".to_owned(),
        ModelCause::SpeaksPlain => "it doesn't speak TLS, and the settings say wss://".to_owned(),
        ModelCause::Certificate { fault } => match fault {
            CertificateFault::Untrusted => "its certificate is signed by nobody this system trusts",
            CertificateFault::OtherName => "its certificate is for another name",
            CertificateFault::Expired => "its certificate has expired, or isn't valid yet",
            CertificateFault::Other => "its certificate isn't one that this system accepts",
        }
        .to_owned(),
        ModelCause::Unauthorized { status } => {
            format!("it wants a key or a password ({status})")
        }
        ModelCause::Redirect { to } if to.is_empty() => "it sends calls elsewhere".to_owned(),
        ModelCause::Redirect { to } => format!("it sends calls elsewhere, to {}", plain(to)),
        ModelCause::NotFound => "it has nothing at that path (404)".to_owned(),
        ModelCause::NotMoshi { status: Some(status) } => {
            format!("no MOSHI server answers there, but something else ({status})")
        }
        ModelCause::NotMoshi { status: None } => {
            "no MOSHI server answers there, but something that speaks another language".to_owned()
        }
        ModelCause::Mute => "it accepts connections and never answers".to_owned(),
        ModelCause::HangsUp => {
            "it accepts connections and closes them without an answer".to_owned()
        }
        ModelCause::Faulty { status } => format!("it says that it has a fault ({status})"),
        ModelCause::DropsCalls => "it dropped the last call before a word was said".to_owned(),
        ModelCause::NotInstalled { service, reason } => {
            format!("{service} can't be started: {}", plain(reason))
        }
        ModelCause::Crashed { service, reason } => {
            format!("{service} crashed: {}", plain(reason))
        }
        ModelCause::Starting { service } => format!("{service} is starting"),
        ModelCause::Stopped { service } => format!("{service} is stopped"),
        ModelCause::Other { problem } => format!("can't be reached: {}", plain(problem)),
    }
}

/// What helps, and what becomes of calls meanwhile.
fn hint(model: &Model, one_is_well: bool) -> String {
    let cure = match &model.health {
        ModelHealth::Unreachable { cause } => cure(model, cause),
        ModelHealth::Stalled => "If it stays so, restart the server.".to_owned(),
        ModelHealth::Busy if model.calls == 0 => "Calls wait for it.".to_owned(),
        ModelHealth::Unknown | ModelHealth::Reachable | ModelHealth::Busy => return String::new(),
    };
    let is_had = model.cause().is_none() && model.health != ModelHealth::Stalled;
    let meanwhile = match (one_is_well, is_had, model.stand_in) {
        (_, true, _) => "",
        (true, ..) => " Another model answers calls.",
        (false, _, Some(Engine::LineCheck)) => " Meanwhile the line check answers calls.",
        (false, _, Some(Engine::Moshi)) => " Meanwhile another model answers calls.",
        (false, _, None) => " Meanwhile nobody answers calls.",
    };
    (cure + meanwhile).trim_start().to_owned()
}

/// What a person can do, as a sentence.
fn cure(model: &Model, cause: &ModelCause) -> String {
    let server = plain(&model.server);
    let correct = format!("correct its address: {SERVERS}");
    match cause {
        ModelCause::Refused => format!("Start the server, or {correct}."),
        ModelCause::NoSuchName => {
            format!("Is the name right, and is this machine online? If not, {correct}.")
        }
        ModelCause::NoConnection => {
            "Is that machine on, and does a firewall stand between?".to_owned()
        }
        ModelCause::SpeaksTls if model.is_local => {
            format!("Write wss://{server} and self_signed = true under [moshi] in the settings.")
        }
        ModelCause::SpeaksTls => format!("Write wss://{server}: {SERVERS}."),
        ModelCause::SpeaksPlain => format!("Write ws://{server}: {SERVERS}."),
        ModelCause::Certificate { fault: CertificateFault::Expired } => {
            "Renew its certificate, and check the clocks of both machines.".to_owned()
        }
        ModelCause::Certificate { .. } if model.is_local => {
            "If the server is yours, write self_signed = true under [moshi] in the settings."
                .to_owned()
        }
        ModelCause::Certificate { fault: CertificateFault::OtherName } => {
            format!("Write the name that its certificate has: {SERVERS}.")
        }
        ModelCause::Certificate { .. } => {
            "Give it a certificate that this system trusts, or have the system trust its issuer."
                .to_owned()
        }
        ModelCause::Unauthorized { .. } => {
            format!("Put its key into its address, as the server's own page tells: {SERVERS}.")
        }
        ModelCause::Redirect { .. } => {
            format!("If it belongs there, write that address: {SERVERS}.")
        }
        ModelCause::NotFound => {
            format!("MOSHI servers have /api/chat. If this one has another path, {correct}.")
        }
        ModelCause::NotMoshi { .. } => format!("If the server is elsewhere, {correct}."),
        ModelCause::Mute | ModelCause::HangsUp => {
            "It may have got stuck. Restart the server.".to_owned()
        }
        ModelCause::Faulty { .. } => "See what the server itself says.".to_owned(),
        ModelCause::DropsCalls => {
            "See what the server itself says, then place a test call.".to_owned()
        }
        ModelCause::NotInstalled { service, .. } => {
            format!(
                "Install what is missing, or correct the command of {service} in the settings; then start it."
            )
        }
        ModelCause::Crashed { .. } => "See what it says in the log.".to_owned(),
        ModelCause::Starting { .. } => String::new(),
        ModelCause::Stopped { service } => format!("Start {service}."),
        ModelCause::Other { .. } => format!("If the server is elsewhere, {correct}."),
    }
}
