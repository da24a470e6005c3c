//! A tray of our own: the watcher and host to which the app's icon registers, and what a person does with its menu.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use zbus::blocking::{Connection, MessageIterator, Proxy};
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Value};

use super::session::Session;
use super::until::{Bell, PATIENCE, until};

const WATCHER: &str = "org.kde.StatusNotifierWatcher";

/// A watcher that is its own host.
struct Watcher {
    arrivals: SyncSender<String>,
}

#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    fn register_status_notifier_item(&mut self, service: &str) {
        // The test may have seen enough.
        let _ = self.arrivals.try_send(service.to_owned());
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        Vec::new()
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }
}

/// A tray.
pub(crate) struct Tray {
    bus: Connection,
    arrivals: Receiver<String>,
}

/// The app's icon in it.
pub(crate) struct Icon {
    item: Proxy<'static>,
    menu: Proxy<'static>,
    changes: Receiver<()>,
}

/// A line of its menu.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    id: i32,
    pub(crate) text: String,
    pub(crate) is_enabled: bool,
    pub(crate) is_checked: bool,
    pub(crate) below: Vec<Line>,
}

/// A line as it comes over the bus.
type Layout = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);

impl Tray {
    /// Puts up a tray in that session.
    pub(crate) fn put_up(session: &Session) -> Self {
        let (tx, arrivals) = sync_channel(8);
        let bus = zbus::blocking::connection::Builder::address(session.bus.as_str())
            .and_then(|builder| {
                builder.serve_at("/StatusNotifierWatcher", Watcher { arrivals: tx })
            })
            .and_then(|builder| builder.name(WATCHER))
            .and_then(zbus::blocking::connection::Builder::build)
            .expect("the session's bus");
        Self { bus, arrivals }
    }

    /// Takes the tray down.
    pub(crate) fn take_down(self) {
        self.bus.release_name(WATCHER).expect("the name was ours");
    }

    /// Waits until an icon has come, and tells whose.
    pub(crate) fn comes(&self) -> String {
        self.arrivals.recv_timeout(PATIENCE).expect("an icon comes into the tray")
    }

    /// The app's icon, when it has come.
    pub(crate) fn icon(&self) -> Icon {
        let service = self.comes();
        // The item tells of changes by signals of its own, which the proxy's memory knows nothing of.
        let item = zbus::blocking::proxy::Builder::<Proxy<'static>>::new(&self.bus)
            .destination(service.clone())
            .and_then(|builder| builder.path("/StatusNotifierItem"))
            .and_then(|builder| builder.interface("org.kde.StatusNotifierItem"))
            .and_then(|builder| builder.cache_properties(zbus::proxy::CacheProperties::No).build())
            .expect("an item");
        let path: OwnedObjectPath = item.get_property("Menu").expect("it has a menu");
        let menu = Proxy::new(&self.bus, service, path, "com.canonical.dbusmenu").expect("a menu");
        let changes = watch(&menu);
        Icon { item, menu, changes }
    }
}

impl Icon {
    /// The menu, when it is as wanted.
    pub(crate) fn menu_when(&self, wanted: &str, is_so: impl Fn(&[Line]) -> bool) -> Vec<Line> {
        until(&self.changes, wanted, || {
            let menu = self.menu();
            if is_so(&menu) { Ok(menu) } else { Err(drawn(&menu)) }
        })
    }

    /// The menu, when it has a line that begins like this.
    pub(crate) fn menu_with(&self, beginning: &str) -> Vec<Line> {
        self.menu_when(beginning, |menu| menu.iter().any(|line| line.text.starts_with(beginning)))
    }

    /// Waits until the menu tells that the app starts at login, or doesn't.
    pub(crate) fn shows_start_at_login(&self, on: bool) {
        self.menu_when("the check mark", |menu| {
            menu.iter().any(|line| line.text == "Start at login" && line.is_checked == on)
        });
    }

    /// Clicks the line that begins like this, inside the submenu of that name if one is given.
    pub(crate) fn click(&self, submenu: Option<&str>, beginning: &str) {
        let found = |menu: &[Line]| -> Option<Line> {
            let lines = match submenu {
                None => menu,
                Some(name) => &menu.iter().find(|line| line.text == name)?.below,
            };
            lines.iter().find(|line| line.text.starts_with(beginning) && line.is_enabled).cloned()
        };
        let menu = self.menu_when(beginning, |menu| found(menu).is_some());
        let line = found(&menu).expect("it was just there");
        let click = (line.id, "clicked", Value::from(0_i32), 0_u32);
        // As real trays do, it doesn't wait for an answer, which an app that quits may owe.
        self.menu.call_noreply("Event", &click).expect("the click is sent");
    }

    /// The first of the icon's pictures: its width, and its pixels.
    pub(crate) fn picture(&self) -> (i32, Vec<u8>) {
        let pictures: Vec<(i32, i32, Vec<u8>)> =
            self.item.get_property("IconPixmap").expect("it has a picture");
        let (width, _, pixels) = pictures.into_iter().next().expect("it has a picture");
        (width, pixels)
    }

    /// The picture, when it is another than this.
    pub(crate) fn picture_other_than(&self, before: &(i32, Vec<u8>)) -> (i32, Vec<u8>) {
        until(&self.changes, "another picture", || {
            Some(self.picture())
                .filter(|picture| picture != before)
                .ok_or_else(|| "the same".to_owned())
        })
    }

    /// What the icon says when it is pointed at.
    pub(crate) fn tooltip(&self) -> String {
        type Tip = (String, Vec<(i32, i32, Vec<u8>)>, String, String);
        let (_, _, title, text): Tip = self.item.get_property("ToolTip").expect("it has a tooltip");
        format!("{title}: {text}")
    }

    /// Clicks the icon itself.
    pub(crate) fn click_itself(&self) {
        self.item.call::<_, _, ()>("Activate", &(0_i32, 0_i32)).expect("the click arrives");
    }

    fn menu(&self) -> Vec<Line> {
        let nothing: Vec<&str> = Vec::new();
        let (_, layout): (u32, Layout) =
            self.menu.call("GetLayout", &(0_i32, -1_i32, nothing)).expect("a layout");
        Line::of(layout).below
    }
}

impl Line {
    fn of((id, mut properties, below): Layout) -> Self {
        let text = properties
            .remove("label")
            .and_then(|label| String::try_from(label).ok())
            .unwrap_or_default();
        let is_enabled = properties
            .remove("enabled")
            .and_then(|enabled| bool::try_from(enabled).ok())
            .unwrap_or(true);
        let is_checked =
            properties.remove("toggle-state").and_then(|state| i32::try_from(state).ok())
                == Some(1);
        let below = below
            .into_iter()
            .map(|line| Self::of(Layout::try_from(line).expect("a line")))
            .collect();
        // An underscore marks a shortcut, two of them are one.
        Self { id, text: text.replace("__", "_"), is_enabled, is_checked, below }
    }
}

fn drawn(menu: &[Line]) -> String {
    menu.iter().fold(String::new(), |mut text, line| {
        let below: Vec<&str> = line.below.iter().map(|line| line.text.as_str()).collect();
        writeln!(text, "  {} {}", line.text, below.join(" | ")).expect("a string takes everything");
        text
    })
}

/// Rings whenever the icon or its menu says that it has changed.
fn watch(menu: &Proxy<'static>) -> Receiver<()> {
    let (bell, changes) = Bell::new();
    let rule = zbus::MatchRule::builder()
        .msg_type(zbus::message::Type::Signal)
        .sender(menu.destination().to_owned())
        .expect("a name")
        .build();
    let signals = MessageIterator::for_match_rule(rule, menu.connection(), None).expect("signals");
    // Ends with the bus.
    std::thread::spawn(move || {
        for _ in signals {
            if !bell.ring() {
                return;
            }
        }
    });
    changes
}
