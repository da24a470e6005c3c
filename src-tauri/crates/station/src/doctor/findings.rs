//! What in a report needs something to be done.

use wire::{Cause, Condition, Guard, Note, Service, ServiceKind, SettingsEffect, Timestamp};

use super::report::{Known, LoginState, Report, Runner};
use crate::view::{View, seen};
use crate::words::{advice, as_what};
use crate::{Role, Sight, words};

/// A sentence or two for each thing that needs to be done.
pub(super) fn of(report: &Report, now: Timestamp) -> Vec<String> {
    let mut findings = Vec::new();
    findings.extend(about_the_runner(report.running.as_ref()));
    findings.extend(about_the_settings(report));
    let role = report.running.as_ref().map(|running| running.role);
    for known in &report.services {
        match known {
            Known::Told(service) => findings.extend(about_a_service(service, now)),
            Known::Seen(row, views) => findings.extend(about_a_port(row.title, views, role, now)),
        }
    }
    // Where another answers, one that can't be had is told of in the report, and needs nobody.
    let without = report.models.iter().filter(|_| !report.has_model);
    findings.extend(without.map(|model| words::wrong_with_model(model, now)));
    // What is longer ago is told of in the report, and needs nobody any more.
    let recent = report.turned_away.iter().filter(|entry| words::is_recent(entry, now));
    findings.extend(recent.map(|entry| words::turned_away(entry, now)));
    if !report.system.lists_sockets {
        findings.push(
            "The system does not list its sockets, so no port can be proven to be ours alone."
                .to_owned(),
        );
    }
    match &report.login_item {
        LoginState::Read(entry) if entry.is_dead() => findings.push(format!(
            "The login item starts a program that is not there. Start the app once to mend it, or remove {}.",
            entry.place
        )),
        LoginState::Read(_) => {}
        LoginState::Unreadable { problem } => {
            findings.push(format!("Whether the app starts at login cannot be read: {problem}."));
        }
    }
    findings
}

fn about_the_runner(running: Option<&Runner>) -> Option<String> {
    let Some(running) = running else {
        return Some("No xSwarm Voice is running. Start the app, or `xswarm serve`.".to_owned());
    };
    let (pid, what) = (running.pid, as_what(running.role));
    match (&running.version, &running.problem) {
        (Some(_), _) => None,
        (None, Some(problem)) => Some(format!(
            "The xSwarm Voice that runs {what} (process {pid}) cannot be asked: {problem}."
        )),
        // A voice bridge alone has nobody to answer for it.
        (None, None) if running.role == Role::Single => None,
        (None, None) => Some(format!(
            "The xSwarm Voice that runs {what} (process {pid}) does not answer. Calls may be going on all the same; once none are, `xswarm serve --take-over` takes over from it."
        )),
    }
}

fn about_the_settings(report: &Report) -> Option<String> {
    let path = report.settings.path.display();
    let problems = &report.settings.problems;
    if !problems.is_empty() {
        let so = if problems.iter().any(|one| one.effect == SettingsEffect::OnlyThisMachine) {
            "Until you do and restart, only this machine can connect."
        } else {
            "The rest of the file is used."
        };
        let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
        let problems = problems.join("; ");
        return Some(format!("Correct the settings in {path}: {problems}. {so}"));
    }
    let was_bad = report.notes.iter().any(|note| matches!(note, Note::SettingsUnreadable { .. }));
    was_bad.then(|| format!(
            "Restart xSwarm Voice: the settings in {path} had an error when it started, and have none any more."
    ))
}

fn about_a_service(service: &Service, now: Timestamp) -> Vec<String> {
    match service.condition {
        Condition::Well => return Vec::new(),
        // A program that isn't wanted is missed by nobody.
        Condition::Off if service.kind == ServiceKind::Program => return Vec::new(),
        Condition::Off => {
            let (heading, name) = (service.heading(), service.name.id().replace('_', "-"));
            return vec![format!("{heading}: switched off. `xswarm start {name}` switches it on.")];
        }
        Condition::Busy | Condition::NeedsYou => {}
    }
    let mut told = words::wrong(service, now);
    if let Some(last) = told.last_mut() {
        for advice in advice(service) {
            *last += &format!(" {advice}");
        }
    }
    told
}

fn about_a_port(title: &str, views: &[View], role: Option<Role>, now: Timestamp) -> Vec<String> {
    let is_ours = |view: &View| {
        let holders = view.cause().map(Cause::endable_holders).unwrap_or_default();
        !holders.is_empty()
            && holders.iter().all(|holder| holder.guard == Some(Guard::RunningXswarm))
    };
    let mut findings = Vec::new();
    for (place, view) in views.iter().enumerate() {
        let (address, port) = (view.address, view.address.port());
        let said = || format!("{title}: {address} {}.", seen(&view.sight, now));
        match &view.sight {
            Sight::InUse(cause) if !is_ours(view) && cause.endable_holders().is_empty() => {
                findings.push(said());
            }
            Sight::InUse(_) if !is_ours(view) => findings.push(format!(
                "{} `xswarm free {port}` shows who that is and frees the port.",
                said()
            )),
            Sight::Refused(_) if place == 0 => findings.push(said()),
            // One that runs both has been found not to answer, which is told already.
            Sight::Free if place == 0 && matches!(role, Some(Role::Tray | Role::Serve)) => {
                findings.push(format!("{title}: nobody listens on {address}."));
            }
            Sight::InUse(_) | Sight::Refused(_) | Sight::Free => {}
        }
    }
    findings
}
