//! `status`: how the services and their ports are.

use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};
use station::view::{View, seen};
use station::{Conversation, Settings, Sight, folders, services, words};
use tokio::time::sleep;
use wire::protocol::Kind;
use wire::{Snapshot, Timestamp};

use crate::exit::Exit;
use crate::terminal::{now, say, say_json};

/// How often to look for somebody to follow while nobody is there.
pub(crate) const LOOK_AGAIN: Duration = Duration::from_secs(1);

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 an xSwarm Voice answered; 3 none did, and the ports were looked at from outside."
)]
pub(crate) struct Arguments {
    /// Print JSON: the snapshot, or what the ports look like if no xSwarm Voice answers.
    #[arg(long)]
    json: bool,
    /// Print every change until Ctrl-C; with --json, one line for each.
    #[arg(long)]
    watch: bool,
}

#[derive(Clone, Debug, PartialEq)]
struct Picture {
    /// Not counted as a change while watching.
    headline: String,
    lines: Vec<String>,
    /// Who was turned away. That it is longer ago is no change.
    turned_away: Vec<String>,
    json: Value,
}

pub(crate) async fn run(arguments: Arguments) -> Result<Exit> {
    let settings = settings()?;
    if arguments.watch {
        return watch(&settings, arguments.json).await;
    }
    if let Some(snapshot) = ask(&settings).await? {
        Picture::of(&snapshot).print(arguments.json)?;
        return Ok(Exit::Done);
    }
    Picture::from_outside(&settings).await.print(arguments.json)?;
    Ok(Exit::NoAnswer)
}

/// How everything is, as the xSwarm Voice that runs tells, on the supervisor's port or at its own socket; nothing if none does.
pub(crate) async fn ask(settings: &Settings) -> Result<Option<Snapshot>> {
    let told = async {
        match Conversation::with_whoever_runs(settings).await? {
            Some(mut conversation) => conversation.status().await.map(Some),
            None => Ok(None),
        }
    };
    match told.await {
        Ok(Some(snapshot)) => Ok(Some(snapshot)),
        problem => match station::glance().await {
            Some(snapshot) => Ok(Some(snapshot)),
            None => Ok(problem?),
        },
    }
}

/// The settings in force. What is wrong with the file is told, and all else in it is used, as the services do.
pub(crate) fn settings() -> Result<Settings> {
    let folder = folders::needed(folders::config())?;
    Ok(Settings::load(&folder).warned().settings)
}

async fn watch(settings: &Settings, json: bool) -> Result<Exit> {
    let mut last = None;
    loop {
        if let Some(mut conversation) = Conversation::with_whoever_runs(settings).await? {
            conversation.subscribe(&[Kind::Status]).await?;
            while let Some(snapshot) = conversation.next_status().await? {
                Picture::of(&snapshot).print_change(json, &mut last)?;
            }
        }
        let picture = match station::glance().await {
            Some(snapshot) => Picture::of(&snapshot),
            None => Picture::from_outside(settings).await,
        };
        picture.print_change(json, &mut last)?;
        sleep(LOOK_AGAIN).await;
    }
}

/// Which xSwarm Voice it is that tells how everything is.
pub(crate) fn headline(snapshot: &Snapshot, now: Timestamp) -> String {
    let Snapshot { version, pid, started, .. } = snapshot;
    let span = words::span(*started, now);
    format!("xSwarm Voice {version}, process {pid}, running for {span}")
}

impl Picture {
    fn of(snapshot: &Snapshot) -> Self {
        let now = now();
        let mut lines = Vec::new();
        for service in &snapshot.services {
            lines.push(words::service(service, now));
            lines.extend(
                words::companions(service, now).into_iter().map(|line| format!("  {line}")),
            );
        }
        lines.extend(snapshot.services.iter().flat_map(words::advice));
        for model in &snapshot.models {
            lines.push(words::voice_model(model, now));
            lines.extend(
                Some(&model.hint)
                    .filter(|hint| !hint.is_empty())
                    .map(|hint| format!("  {}", words::plain(hint))),
            );
        }
        lines.extend(snapshot.found.iter().map(words::found_server));
        lines.push(format!("Calls: {}", words::calls(&snapshot.calls)));
        for call in &snapshot.calls {
            lines.push(format!("  {}", words::call(call, now)));
            let model = call.model.as_ref();
            lines.extend(model.map(|model| format!("    {}", words::model(call.id, model))));
        }
        lines.extend(snapshot.notes.iter().map(words::note));
        let turned_away =
            snapshot.turned_away.iter().map(|entry| words::turned_away(entry, now)).collect();
        Self { headline: headline(snapshot, now), lines, turned_away, json: json!(snapshot) }
    }

    /// What can be seen when nobody answers.
    async fn from_outside(settings: &Settings) -> Self {
        let running = station::running();
        let headline = match &running {
            None => "No xSwarm Voice is running.".to_owned(),
            Some(running) => {
                let (pid, port) = (running.identity.pid, settings.supervisor.address.port());
                format!(
                    "xSwarm Voice is running as process {pid}, but does not answer on port {port}."
                )
            }
        };
        let mut lines = Vec::new();
        let mut ports = Vec::new();
        for row in services::all() {
            let views = View::of(&row, settings).await;
            let Some((first, others)) = views.split_first() else { continue };
            lines.push(format!(
                "{}: port {} {}",
                row.title,
                first.address.port(),
                seen(&first.sight, now())
            ));
            let in_use = others.iter().filter(|view| matches!(view.sight, Sight::InUse(_)));
            lines.extend(
                in_use.map(|view| format!("  {} {}", view.address, seen(&view.sight, now()))),
            );
            lines.extend(
                views.iter().filter_map(View::cause).filter_map(words::command).map(words::more),
            );
            ports.push(View::json_of(row.name, &views));
        }
        let json =
            json!({ "running": running.map(|running| running.identity.pid), "ports": ports });
        Self { headline, lines, turned_away: Vec::new(), json }
    }

    fn print(&self, json: bool) -> Result<()> {
        if json {
            return Ok(say_json(&serde_json::to_string_pretty(&self.json)?)?);
        }
        say(&self.headline)?;
        self.lines.iter().chain(&self.turned_away).try_for_each(say)?;
        Ok(())
    }

    fn print_change(self, json: bool, last: &mut Option<Self>) -> Result<()> {
        let is_news = last.as_ref().is_none_or(|last| self.is_news_after(last, json));
        if is_news && json {
            say_json(&self.json.to_string())?;
        } else if is_news {
            if last.is_some() {
                say("")?;
            }
            self.print(false)?;
        }
        *last = Some(self);
        Ok(())
    }

    /// Whether anything has changed since that one but the time.
    fn is_news_after(&self, last: &Self, json: bool) -> bool {
        if json {
            return last.json != self.json;
        }
        last.lines != self.lines || last.json["turned_away"] != self.json["turned_away"]
    }
}

#[cfg(test)]
mod tests {
    use wire::{Crowding, Engine, Life, PortState, Service, Snapshot, Timestamp, TurnedAway};

    use super::*;

    fn snapshot(times: u64, last_at: Timestamp) -> Snapshot {
        let by = vec![Crowding { pid: 4711, name: "python3".to_owned(), connections: 96 }];
        let state =
            PortState::Crowded { since: last_at, proven_at: last_at, turned_away: 1240, by };
        let address = ([127, 0, 0, 1], 9998).into();
        let name = station::VOICE_BRIDGE;
        Snapshot {
            services: vec![Service::new(name, address, Life::Running, state, Vec::new())],
            turned_away: vec![TurnedAway {
                service: name,
                whom: format!("{times} streams"),
                reason: "no_secret".to_owned(),
                because: "they showed no secret".to_owned(),
                cure: "Set it.".to_owned(),
                times,
                last_at,
            }],
            ..Snapshot::new("1.0.0", 1, Timestamp(1), Engine::LineCheck)
        }
    }

    fn minutes_ago(minutes: u64) -> Timestamp {
        Timestamp(now().0 - minutes * 60_000)
    }

    #[test]
    fn a_crowd_is_told_with_what_to_do_and_who_was_turned_away_with_why() {
        let picture = Picture::of(&snapshot(3, minutes_ago(5)));
        assert_eq!(
            picture.lines,
            [
                "Voice bridge: listening on 127.0.0.1:9998, but crowded: 1240 connections were just turned away; \
                 python3 (4711) has 96 open",
                "Your own commands and test calls still get in. \
                 See what python3 (4711) does there, and stop it if it should not.",
                "Calls: no calls",
            ]
        );
        assert_eq!(
            picture.turned_away,
            ["Turned away: 3 streams, the last 5 min ago, because they showed no secret. Set it."]
        );
        assert_eq!(picture.json["services"][0]["condition"], "needs_you");
        assert_eq!(picture.json["services"][0]["state"]["by"][0]["pid"], 4711);
        assert_eq!(picture.json["turned_away"][0]["reason"], "no_secret");
    }

    #[test]
    fn a_third_service_is_told_of_like_the_others() {
        let mut snapshot = snapshot(3, minutes_ago(5));
        let (name, address) = ("door_bell", ([127, 0, 0, 1], 9997).into());
        let name = wire::ServiceName::literal(name);
        let listening = PortState::Listening { since: Timestamp(1), proven_at: Timestamp(1) };
        snapshot.services.push(Service::new(name, address, Life::Running, listening, Vec::new()));
        let picture = Picture::of(&snapshot);
        assert!(picture.lines.contains(&"Door bell: listening on 127.0.0.1:9997".to_owned()));
    }

    #[test]
    fn that_it_is_longer_ago_is_no_news_and_that_it_was_another_is() {
        let moment = minutes_ago(5);
        let told = Picture::of(&snapshot(3, moment));
        let mut later = told.clone();
        later.turned_away = vec!["Turned away: 3 streams, the last 6 min ago, …".to_owned()];
        assert!(!later.is_news_after(&told, false));
        assert!(Picture::of(&snapshot(4, moment)).is_news_after(&told, false));
        assert!(Picture::of(&snapshot(4, moment)).is_news_after(&told, true));
    }
}
