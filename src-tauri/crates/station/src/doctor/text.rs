//! The report for people.

use wire::{Cause, Force, PortState, Service, Timestamp};

use super::report::{Known, LoginState, Report, Runner, SettingsFile, System};
use crate::installation::kill_log::{By, Record};
use crate::view::{View, seen};
use crate::words::{self, as_what};

impl Report {
    /// The report for people, line by line. The verdict is the last.
    pub fn lines(&self, now: Timestamp) -> Vec<String> {
        let mut lines = vec![
            format!("xSwarm Voice {}", self.version),
            fact("running", &runner(self.running.as_ref(), now)),
            fact("system", &system(&self.system)),
            fact("settings", &settings(&self.settings)),
            fact("data", &self.data.display().to_string()),
            fact("login", &login(&self.login_item)),
        ];
        if let Some(has_tray) = self.has_tray {
            let tray = if has_tray { "shown" } else { "this desktop has none" };
            lines.push(fact("tray", tray));
        }
        lines.push(String::new());
        for known in &self.services {
            match known {
                Known::Told(service) => lines.extend(told(service, now)),
                Known::Seen(row, views) => lines.extend(looks(row.title, views, now)),
            }
        }
        for model in &self.models {
            lines.push(format!("{}{}", words::voice_model(model, now), words::asked(model, now)));
        }
        lines.extend(self.found.iter().map(words::found_server));
        lines.extend(self.notes.iter().map(words::note));
        let turned_away = self.turned_away.iter().map(|entry| words::turned_away(entry, now));
        lines.extend(turned_away);
        let troubles: Vec<String> =
            self.services.iter().flat_map(|known| troubles(known, now)).collect();
        lines.extend(section("What went wrong since the start", troubles));
        let ended = self.ended.iter().map(|record| ended(record, now)).collect();
        lines.extend(section("Ended lately", ended));
        lines.push(String::new());
        if self.findings.is_empty() {
            lines.push("All well.".to_owned());
        } else {
            lines.push("Not all is well:".to_owned());
            lines.extend(self.findings.iter().map(|finding| format!("- {finding}")));
        }
        lines
    }
}

fn fact(name: &str, text: &str) -> String {
    format!("{name:<9} {text}")
}

fn section(title: &str, lines: Vec<String>) -> Vec<String> {
    if lines.is_empty() {
        return Vec::new();
    }
    let head = [String::new(), title.to_owned()];
    head.into_iter().chain(lines.into_iter().map(|line| format!("  {line}"))).collect()
}

fn runner(running: Option<&Runner>, now: Timestamp) -> String {
    let Some(Runner { pid, since, role, version, problem }) = running else {
        return "no".to_owned();
    };
    let answers = match (version, problem) {
        (Some(version), _) => format!("version {version}"),
        (None, Some(_)) => "cannot be asked".to_owned(),
        (None, None) => "does not answer".to_owned(),
    };
    let lasted = words::span(*since, now);
    format!("{}, as process {pid} for {lasted}, {answers}", as_what(*role))
}

fn system(System { name, lists_sockets, reports_closed_sockets }: &System) -> String {
    let list = if *lists_sockets { "lists its sockets" } else { "does not list its sockets" };
    let report = if *reports_closed_sockets { "reports" } else { "does not report" };
    format!("{name}; {list}, {report} closed ones")
}

fn settings(SettingsFile { path, problem, .. }: &SettingsFile) -> String {
    let is_used = if problem.is_none() { "in force" } else { "with errors" };
    format!("{}, {is_used}", path.display())
}

fn login(login_item: &LoginState) -> String {
    match login_item {
        LoginState::Unreadable { problem } => format!("not known: {problem}"),
        LoginState::Read(entry) if !entry.is_on => "does not start the app".to_owned(),
        LoginState::Read(entry) => {
            let program = entry.program.as_ref().map(|program| program.display().to_string());
            let is_dead = if entry.is_dead() { ", which is not there" } else { "" };
            format!(
                "starts {}{is_dead} ({})",
                program.unwrap_or_else(|| "?".to_owned()),
                entry.place
            )
        }
    }
}

fn told(service: &Service, now: Timestamp) -> Vec<String> {
    let mut lines = vec![format!("{}{}", words::service(service, now), proof(&service.state, now))];
    for companion in &service.companions {
        if companion.state != PortState::Stopped {
            let proof = proof(&companion.state, now);
            lines.push(format!("  {}{proof}", words::companion(companion, now)));
        }
    }
    lines.extend(service.causes().flat_map(|cause| whoever(cause, now)));
    lines
}

fn looks(title: &str, views: &[View], now: Timestamp) -> Vec<String> {
    let mut lines = Vec::new();
    for (place, view) in views.iter().enumerate() {
        let lead = if place == 0 { format!("{title}: ") } else { "  ".to_owned() };
        lines.push(format!("{lead}{} {}", view.address, seen(&view.sight, now)));
        lines.extend(view.cause().into_iter().flat_map(|cause| whoever(cause, now)));
    }
    lines
}

fn proof(state: &PortState, now: Timestamp) -> String {
    let (sign, proven_at) = match state {
        PortState::Listening { proven_at, .. } => (',', proven_at),
        PortState::Crowded { proven_at, .. } => (';', proven_at),
        PortState::Stopped
        | PortState::Binding { .. }
        | PortState::Waiting { .. }
        | PortState::Proving { .. }
        | PortState::Shared { .. }
        | PortState::Silent { .. }
        | PortState::Taken { .. }
        | PortState::Refused { .. } => return String::new(),
    };
    format!("{sign} proven {} ago", words::span(*proven_at, now))
}

/// Everything about those who hold a port, and what tells more where that isn't known.
fn whoever(cause: &Cause, now: Timestamp) -> Vec<String> {
    let mut lines = Vec::new();
    for holder in cause.endable_holders() {
        lines.push(String::new());
        lines.extend(words::holder(holder, now).into_iter().map(|line| format!("    {line}")));
    }
    if !lines.is_empty() {
        lines.push(String::new());
    }
    lines.extend(words::command(cause).map(|command| format!("    to learn more: {command}")));
    lines
}

fn troubles(known: &Known, now: Timestamp) -> Vec<String> {
    let Known::Told(service) = known else { return Vec::new() };
    let told = |trouble| format!("{}, {}", service.heading(), words::trouble(trouble, now));
    service.troubles.iter().map(told).collect()
}

fn ended(Record { at, identity, name, force, port, by }: &Record, now: Timestamp) -> String {
    let how = if *force == Force::Firm { ", by force" } else { "" };
    let by = match by {
        By::App => "in the app",
        By::Supervisor => "over the supervisor's port",
        By::Terminal => "with `xswarm free`",
        By::Successor => "by one that took over",
    };
    let (name, pid) = (words::plain(name), identity.pid);
    let what_for = port.map(|port| format!(" for port {port}")).unwrap_or_default();
    format!("{} ago: {name} ({pid}){what_for}{how}, ordered {by}", words::span(*at, now))
}
