//! A notification server of our own, which keeps what it is told.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use zbus::blocking::Connection;
use zbus::zvariant::OwnedValue;

use super::session::Session;
use super::until::PATIENCE;

/// What the session's notifications go to.
struct Server {
    told: SyncSender<(String, String)>,
}

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Server {
    #[expect(clippy::too_many_arguments, reason = "so it is specified")]
    fn notify(
        &mut self,
        _app: &str,
        _replaces: u32,
        _icon: &str,
        title: &str,
        text: &str,
        _actions: Vec<String>,
        _hints: HashMap<String, OwnedValue>,
        _timeout: i32,
    ) -> u32 {
        // The test may have seen enough.
        let _ = self.told.try_send((title.to_owned(), text.to_owned()));
        1
    }

    fn get_capabilities(&self) -> Vec<String> {
        vec!["body".to_owned()]
    }

    fn get_server_information(&self) -> (String, String, String, String) {
        let text = |text: &str| text.to_owned();
        (text("test"), text("xSwarm"), text("1"), text("1.2"))
    }

    fn close_notification(&self, _id: u32) {}
}

/// What people are notified of.
pub(crate) struct Notifications {
    told: Receiver<(String, String)>,
    _bus: Connection,
}

impl Notifications {
    /// Puts the server up in that session.
    pub(crate) fn put_up(session: &Session) -> Self {
        let (tx, told) = sync_channel(8);
        let bus = zbus::blocking::connection::Builder::address(session.bus.as_str())
            .and_then(|builder| {
                builder.serve_at("/org/freedesktop/Notifications", Server { told: tx })
            })
            .and_then(|builder| builder.name("org.freedesktop.Notifications"))
            .and_then(zbus::blocking::connection::Builder::build)
            .expect("the session's bus");
        Self { told, _bus: bus }
    }

    /// The next, with its text.
    pub(crate) fn next(&self) -> (String, String) {
        self.told.recv_timeout(PATIENCE).expect("a notification comes")
    }
}
