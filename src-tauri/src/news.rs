//! What people are told while the window is closed: a service needs them, or is well again. What they did themselves is
//! no news, nor is anything that the window shows anyway.

use std::collections::{HashMap, HashSet};

use notify_rust::Notification;
use station::{Settings, folders, words};
use tauri::async_runtime;
use wire::{Condition, Life, PortState, Service, ServiceName, Snapshot, Timestamp, plain};

use crate::platform::NOTIFICATIONS_TAKE_MARKUP;

/// Something that people are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct News {
    pub(crate) title: String,
    pub(crate) text: String,
}

/// Which services are in trouble, in which, and for which of them people have been told.
#[derive(Default)]
pub(crate) struct Telling {
    in_trouble: HashMap<ServiceName, Trouble>,
    told: HashSet<ServiceName>,
}

/// Where a service's trouble is. Trouble elsewhere is news, for what mends the one does not mend the other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trouble {
    /// It ends whenever it is started.
    Itself,
    /// At its port.
    Port,
    /// At a further address of its port, while the first is as it should be.
    Beside,
}

impl Trouble {
    fn of(service: &Service) -> Self {
        match (&service.life, &service.state) {
            (Life::Failed { .. }, _) => Self::Itself,
            (_, PortState::Listening { .. }) => Self::Beside,
            _ => Self::Port,
        }
    }
}

impl Telling {
    /// What this snapshot brings. Where the window is seen everything is known already.
    pub(crate) fn hear(
        &mut self,
        snapshot: &Snapshot,
        is_window_seen: bool,
        now: Timestamp,
    ) -> Vec<News> {
        let mut news = Vec::new();
        for service in &snapshot.services {
            let name = service.name;
            match service.condition {
                Condition::NeedsYou => {
                    let trouble = Trouble::of(service);
                    let before = self.in_trouble.insert(name, trouble);
                    if before != Some(trouble) && !is_window_seen {
                        self.told.insert(name);
                        let text = format!("{}.", words::service(service, now));
                        news.push(News { title: format!("{name} needs you"), text });
                    }
                }
                Condition::Well => {
                    self.in_trouble.remove(&name);
                    if self.told.remove(&name) && !is_window_seen {
                        let text = format!("{}.", words::service(service, now));
                        news.push(News { title: format!("{name} is well again"), text });
                    }
                }
                // On the way from one to the other. Whoever switched it off knows.
                Condition::Busy => {}
                Condition::Off => {
                    self.in_trouble.remove(&name);
                    self.told.remove(&name);
                }
            }
        }
        news
    }
}

/// Tells it, where people want to be told.
pub(crate) fn tell(news: Vec<News>) {
    async_runtime::spawn_blocking(move || {
        if !is_wanted() {
            return;
        }
        for News { title, text } in news {
            let shown = Notification::new()
                .appname("xSwarm Voice")
                .icon("xswarm-voice")
                .summary(&plain(&title))
                .body(&body(&text, NOTIFICATIONS_TAKE_MARKUP))
                .show();
            match shown {
                Ok(_) => tracing::info!(title, "notified"),
                Err(error) => tracing::warn!(%error, "cannot notify"),
            }
        }
    });
}

/// What people are to read, as the desktop wants it written: names of programs and users are in it, which others chose.
fn body(text: &str, is_markup: bool) -> String {
    let text = plain(text);
    if !is_markup {
        return text;
    }
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The file is asked each time, so that a change is in force at once.
fn is_wanted() -> bool {
    let settings = folders::config().and_then(|folder| Settings::load(&folder).ok());
    settings.unwrap_or_default().desktop.notifications
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use wire::{Cause, Engine, Life, PortState, Service};

    use super::*;

    #[test]
    fn a_name_from_outside_is_neither_markup_nor_a_link_in_a_notification() {
        let text = "held by <b>xSwarm</b> & <a href=\"http://x\">\u{202e}click</a> (7)";
        assert_eq!(
            body(text, true),
            "held by &lt;b&gt;xSwarm&lt;/b&gt; &amp; &lt;a href=\"http://x\"&gt;\u{fffd}click&lt;/a&gt; (7)"
        );
        assert_eq!(body("a <b> \u{feff}c", false), "a <b> \u{fffd}c");
        assert_eq!(body("&amp;lt;", true), "&amp;amp;lt;");
    }

    const NOON: Timestamp = Timestamp(43_200_000);

    fn snapshot(life: Life, state: PortState) -> Snapshot {
        let address = SocketAddr::from(([127, 0, 0, 1], 9998));
        Snapshot {
            version: "1.0.0".to_owned(),
            pid: 1,
            started: NOON,
            services: vec![Service::new(
                ServiceName::VoiceBridge,
                address,
                life,
                state,
                Vec::new(),
            )],
            engine: Engine::LineCheck,
            calls: Vec::new(),
            ended_calls: Vec::new(),
            notes: Vec::new(),
        }
    }

    fn listening() -> Snapshot {
        snapshot(Life::Running, PortState::Listening { since: NOON, proven_at: NOON })
    }

    fn taken() -> Snapshot {
        let cause = Cause::Held { holders: Vec::new() };
        snapshot(Life::Waiting, PortState::Taken { attempts: 5, cause })
    }

    fn binding() -> Snapshot {
        snapshot(Life::Starting, PortState::Binding { attempt: 1, attempts: 5 })
    }

    fn failed() -> Snapshot {
        let reason = "it has no descriptors left".to_owned();
        snapshot(Life::Failed { reason }, PortState::Stopped)
    }

    fn stopped() -> Snapshot {
        snapshot(Life::Stopped, PortState::Stopped)
    }

    /// What is told of these snapshots, one after the other, while the window is closed or seen.
    fn titles(course: &[(Snapshot, bool)]) -> Vec<String> {
        let mut telling = Telling::default();
        let heard = course.iter().flat_map(|(snapshot, seen)| telling.hear(snapshot, *seen, NOON));
        heard.map(|news| news.title).collect()
    }

    #[test]
    fn trouble_and_its_end_are_told_once_each_while_the_window_is_closed() {
        let course = [listening(), taken(), taken(), binding(), taken(), listening(), listening()];
        let course = course.map(|snapshot| (snapshot, false));
        assert_eq!(titles(&course), ["Voice bridge needs you", "Voice bridge is well again"]);
    }

    #[test]
    fn other_trouble_of_the_same_service_is_told() {
        let course = [taken(), failed(), failed(), listening()].map(|snapshot| (snapshot, false));
        let needs = "Voice bridge needs you";
        assert_eq!(titles(&course), [needs, needs, "Voice bridge is well again"]);
        assert_eq!(titles(&[(taken(), true), (failed(), false)]), [needs]);
    }

    #[test]
    fn what_the_window_shows_is_not_told_nor_is_the_end_of_it() {
        assert!(titles(&[(taken(), true), (listening(), true)]).is_empty());
        assert!(titles(&[(taken(), true), (taken(), false), (listening(), false)]).is_empty());
    }

    #[test]
    fn what_people_did_themselves_is_not_told() {
        assert!(titles(&[(listening(), false), (stopped(), false)]).is_empty());
        let course = [(taken(), false), (stopped(), false), (listening(), false)];
        assert_eq!(titles(&course), ["Voice bridge needs you"]);
    }

    #[test]
    fn a_start_that_goes_well_is_no_news() {
        assert!(titles(&[(binding(), false), (listening(), false)]).is_empty());
    }
}
