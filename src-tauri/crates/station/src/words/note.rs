//! What people should know besides, and what went wrong.

use wire::{Mishap, Note, SettingsEffect, Timestamp, Trouble, plain, span};

use super::cause::in_use;

/// How many settings are named.
const NAMED: usize = 6;

/// What went wrong, and when: "5 min ago: 127.0.0.1:9998 held by python3 (4711)".
pub fn trouble(trouble: &Trouble, now: Timestamp) -> String {
    let at = trouble.at;
    // A heading has no tense: what is past is not told as if it were so.
    let heading = |address: &str, cause| {
        let text = in_use(cause, at);
        format!("{address} {}", text.strip_prefix("is ").unwrap_or(&text))
    };
    let what = match &trouble.what {
        Mishap::InUse { address, cause } => heading(address, cause),
        Mishap::Refused { address, refusal } => {
            format!("may not use {address}: {}", plain(&refusal.to_string()))
        }
        Mishap::Shared { address, cause } => {
            format!("{} as well as by us", heading(address, cause))
        }
        Mishap::Silent { address, why } => format!("no answer on {address}: {why}"),
        Mishap::Lost { address } => format!("lost the listener on {address}, and made it again"),
        Mishap::Crashed { reason } => format!("ended by itself: {}", plain(reason)),
    };
    format!("{} ago: {what}", span(at, now))
}

/// What people should know besides, in one sentence.
pub fn note(note: &Note) -> String {
    match note {
        Note::SettingsUnreadable { path, problem, effect } => {
            let (path, problem) = (plain(path), plain(problem));
            let so = match effect {
                SettingsEffect::Kept => "",
                SettingsEffect::SetAside => " The rest of the file is used.",
                SettingsEffect::OnlyThisMachine => {
                    " Until you fix that and restart, only this machine can connect."
                }
            };
            format!("The settings in {path} have an error: {problem}.{so}")
        }
        Note::PublishedToken => {
            "SUPERVISOR_TOKEN names the token that was once published; this installation's own token is in force."
                .to_owned()
        }
        Note::ShortToken => {
            "SUPERVISOR_TOKEN is ignored: a token needs at least 16 characters, or it could be guessed. \
             This installation's own token is used; `xswarm token` shows it."
                .to_owned()
        }
        Note::SecretReplaced { problem } => {
            format!("{problem}, so a new secret was made in its place. Programs that used the old one need it.")
        }
        Note::NotKept { path, problem } => format!(
            "Nothing can be kept in {path} ({problem}), so tokens and recordings may be lost at the next start. \
             Make room there, or make it writable."
        ),
        Note::EngineNotKept { path, problem } => format!(
            "What answers calls was chosen until xSwarm Voice quits: it can't be kept in {} ({}).",
            plain(path),
            plain(problem)
        ),
        Note::RestartNeeded { path, settings, problem, only_this_machine } => {
            let (path, mut parts) = (plain(path), Vec::new());
            if !settings.is_empty() {
                parts.push(format!("Saved, but needs a restart: {}.", some_of(settings)));
            }
            if *only_this_machine && settings.is_empty() {
                parts.push(format!("The settings in {path} are mended, but need a restart."));
            }
            if *only_this_machine {
                parts.push("Until then only this machine can connect.".to_owned());
            }
            if let Some(problem) = problem {
                parts.push(format!(
                    "The settings in {path} have an error by now: {}. Fix it before you restart.",
                    plain(problem)
                ));
            }
            parts.join(" ")
        }
    }
}

/// The names of so many of these as can be read at a glance.
fn some_of(settings: &[String]) -> String {
    let (shown, others) = settings.split_at(settings.len().min(NAMED));
    let names = shown.iter().map(|name| plain(name)).collect::<Vec<_>>().join(", ");
    match others.len() {
        0 => names,
        others => format!("{names} and {others} more"),
    }
}
