//! What people are told while the window is closed: a service needs them, is crowded, or is well again. What they did
//! themselves is no news, nor is anything that the window shows anyway.

mod models;

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use notify_rust::Notification;
use station::{Settings, folders, words};
use wire::{
    Condition, Life, PortState, Service, ServiceName, SettingsChanges, Snapshot, Timestamp, plain,
};

use crate::platform::NOTIFICATIONS_TAKE_MARKUP;
use models::Models;

/// How long a port must have been without a crowd until another is news: crowds come and go with every proof.
const CALM: Duration = Duration::from_secs(10 * 60);

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
    /// When each was crowded last.
    crowded: HashMap<ServiceName, Timestamp>,
    models: Models,
}

/// Where a service's trouble is. Trouble elsewhere is news, for what mends the one does not mend the other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trouble {
    /// It ends whenever it is started.
    Itself,
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
            if let Some(what) = self.hear_of(service, is_window_seen, now)
                && !is_window_seen
            {
                let title = format!("{} {what}", service.title);
                news.push(News { title, text: words::wrong(service, now).join(" ") });
            }
        }
        if let Some(title) = self.models.hear(snapshot, is_window_seen)
            && !is_window_seen
        {
            let said = snapshot.models.iter().map(|model| words::wrong_with_model(model, now));
            news.push(News { title: title.to_owned(), text: said.collect::<Vec<_>>().join(" ") });
        }
        news
    }

    /// What there is to be said of it, as the end of a sentence.
    fn hear_of(
        &mut self,
        service: &Service,
        is_window_seen: bool,
        now: Timestamp,
    ) -> Option<&'static str> {
        let name = service.name;
        // What goes on besides a crowd, which comes and goes.
        let calm = service.clone().uncrowded();
        let is_new_crowd = calm.condition != Condition::Busy
            && service.is_crowded()
            && self.is_new_crowd(name, now);
        match calm.condition {
            Condition::NeedsYou => {
                let trouble = Trouble::of(&calm);
                if self.in_trouble.insert(name, trouble) == Some(trouble) {
                    return is_new_crowd.then_some("is crowded");
                }
                if !is_window_seen {
                    self.told.insert(name);
                }
                Some("needs you")
            }
            Condition::Well => {
                self.in_trouble.remove(&name);
                if service.is_crowded() {
                    return is_new_crowd.then_some("is crowded");
                }
                self.told.remove(&name).then_some("is well again")
            }
            // On the way from one to the other.
            Condition::Busy => None,
            // Whoever switched it off knows.
            Condition::Off => {
                self.in_trouble.remove(&name);
                self.told.remove(&name);
                None
            }
        }
    }

    /// Notes that a service is crowded. Tells whether it is another crowd than the last, which may have been away for a
    /// moment only.
    fn is_new_crowd(&mut self, name: ServiceName, now: Timestamp) -> bool {
        let before = self.crowded.insert(name, now);
        let calm = before.map(|before| u128::from(now.0.saturating_sub(before.0)));
        calm.is_none_or(|calm| calm >= CALM.as_millis())
    }
}

/// Tells it, where people want to be told. It may take a moment.
pub(crate) fn tell(news: Vec<News>) {
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
    let settings =
        folders::config().and_then(|folder| Settings::after(&folder, &SettingsChanges::new()).ok());
    settings.unwrap_or_default().desktop.notifications
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use wire::{Cause, Companion, Crowding, Engine, Life, PortState, Service};

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
            services: vec![Service::new(station::VOICE_BRIDGE, address, life, state, Vec::new())],
            ..Snapshot::new("1.0.0", 1, NOON, Engine::LineCheck)
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

    fn crowd() -> PortState {
        let by = vec![Crowding { pid: 4711, name: "python3".to_owned(), connections: 96 }];
        PortState::Crowded { since: NOON, proven_at: NOON, turned_away: 1240, by }
    }

    fn crowded() -> Snapshot {
        snapshot(Life::Running, crowd())
    }

    /// A service that listens, with its further address in this state.
    fn beside(own: PortState, further: PortState) -> Snapshot {
        let mut snapshot = snapshot(Life::Running, own);
        let service = &snapshot.services[0];
        let companion = Companion::new("[::1]:9998".parse().expect("an address"), further);
        let address = service.address.parse().expect("an address");
        snapshot.services[0] = Service::new(
            service.name,
            address,
            Life::Running,
            service.state.clone(),
            vec![companion],
        );
        snapshot
    }

    fn listens() -> PortState {
        PortState::Listening { since: NOON, proven_at: NOON }
    }

    fn held() -> PortState {
        PortState::Taken { attempts: 5, cause: Cause::Held { holders: Vec::new() } }
    }

    /// What is told of these snapshots, each so many minutes after noon, while the window is closed.
    fn titles_by(course: &[(u64, Snapshot)]) -> Vec<String> {
        let mut telling = Telling::default();
        let at = |minutes: u64| Timestamp(NOON.0 + minutes * 60_000);
        let heard =
            course.iter().flat_map(|(minutes, told)| telling.hear(told, false, at(*minutes)));
        heard.map(|news| news.title).collect()
    }

    #[test]
    fn a_crowd_is_told_once_with_who_it_is_however_it_comes_and_goes() {
        let news = Telling::default().hear(&crowded(), false, NOON);
        assert_eq!(
            news,
            [News {
                title: "Voice bridge is crowded".to_owned(),
                text: "Voice bridge: listening on 127.0.0.1:9998, but crowded: \
                       1240 connections were just turned away; python3 (4711) has 96 open."
                    .to_owned()
            }]
        );
        let flapping =
            (0..120).map(|step| (0, if step % 2 == 0 { crowded() } else { listening() }));
        assert_eq!(titles_by(&flapping.collect::<Vec<_>>()), ["Voice bridge is crowded"]);
        let lasting = (0..60).map(|minute| (minute, crowded()));
        assert_eq!(titles_by(&lasting.collect::<Vec<_>>()), ["Voice bridge is crowded"]);
    }

    #[test]
    fn another_crowd_after_a_calm_is_news() {
        let crowds = |second| [(0, crowded()), (1, listening()), (second, crowded())];
        assert_eq!(titles_by(&crowds(9)).len(), 1);
        assert_eq!(titles_by(&crowds(10)).len(), 2);
    }

    #[test]
    fn a_crowd_that_the_window_shows_is_no_news() {
        assert!(titles(&[(crowded(), true), (crowded(), false)]).is_empty());
    }

    #[test]
    fn a_service_is_not_well_again_while_it_is_crowded() {
        let course = [(0, taken()), (1, crowded()), (2, crowded()), (3, listening())];
        assert_eq!(
            titles_by(&course),
            ["Voice bridge needs you", "Voice bridge is crowded", "Voice bridge is well again"]
        );
    }

    #[test]
    fn a_crowd_does_not_make_old_trouble_new() {
        let shadowed = |own| (0, beside(own, held()));
        let course =
            [shadowed(listens()), shadowed(crowd()), shadowed(listens()), shadowed(crowd())];
        assert_eq!(titles_by(&course), ["Voice bridge needs you", "Voice bridge is crowded"]);
    }

    #[test]
    fn what_is_wrong_beside_is_told_and_not_that_the_port_listens() {
        for (further, told) in
            [(crowd(), "listening on [::1]:9998, but crowded"), (held(), "localhost may lead to")]
        {
            let news = Telling::default().hear(&beside(listens(), further), false, NOON);
            assert!(news[0].text.starts_with(&format!("Voice bridge: {told}")), "{news:?}");
        }
    }
}
