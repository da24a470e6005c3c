//! What is on the display: whether the app's window is there.

use std::sync::mpsc::Receiver;

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    AtomEnum, ChangeWindowAttributesAux, ClientMessageEvent, ConfigureWindowAux,
    ConnectionExt as _, EventMask, InputFocus, KEY_PRESS_EVENT, KEY_RELEASE_EVENT, MapState,
    Window,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

use super::session::Session;
use super::until::{Bell, until};

/// What the app's window is called.
const TITLE: &[u8] = b"xSwarm Voice";

/// A look at the display.
pub(crate) struct Screen {
    display: RustConnection,
    root: Window,
    changes: Receiver<()>,
}

impl Screen {
    pub(crate) fn of(session: &Session) -> Self {
        let (display, number) = x11rb::connect(Some(&session.display)).expect("the display");
        let root = display.setup().roots[number].root;
        Self { display, root, changes: watch(&session.display) }
    }

    /// Waits until the app's window is on the screen.
    pub(crate) fn shows_the_window(&self) {
        until(&self.changes, "the window", || {
            self.window().map(drop).ok_or_else(|| "no window".to_owned())
        });
    }

    /// Waits until it isn't.
    pub(crate) fn hides_the_window(&self) {
        until(&self.changes, "the window to go", || match self.window() {
            None => Ok(()),
            Some(window) => Err(format!("window {window}")),
        });
    }

    /// Whether the window is on the screen.
    pub(crate) fn has_the_window(&self) -> bool {
        self.window().is_some()
    }

    /// Puts the window to a place, as a person does: from the left, from the top, its width, its height.
    pub(crate) fn puts_the_window(&self, place: (i32, i32, u32, u32)) {
        let window = self.window().expect("the window is there");
        let (x, y, width, height) = place;
        let wanted = ConfigureWindowAux::new().x(x).y(y).width(width).height(height);
        self.display.configure_window(window, &wanted).expect("sent").check().expect("allowed");
    }

    /// Waits until the window is at a place.
    pub(crate) fn has_the_window_at(&self, place: (i32, i32, u32, u32)) {
        until(&self.changes, "the window at its place", || {
            let window = self.window().ok_or("no window")?;
            let seen = self.display.get_geometry(window).expect("sent").reply();
            let seen = seen.map_err(|_| "no window")?;
            let seen = (seen.x.into(), seen.y.into(), seen.width.into(), seen.height.into());
            if seen == place { Ok(()) } else { Err(format!("{seen:?}")) }
        });
    }

    /// Closes the window as its title bar does.
    pub(crate) fn close_the_window(&self) {
        let window = self.window().expect("the window is there");
        let atom = |name: &[u8]| {
            self.display.intern_atom(false, name).expect("sent").reply().expect("an atom").atom
        };
        let data = [atom(b"WM_DELETE_WINDOW"), x11rb::CURRENT_TIME, 0, 0, 0];
        let wish = ClientMessageEvent::new(32, window, atom(b"WM_PROTOCOLS"), data);
        self.display
            .send_event(false, window, EventMask::NO_EVENT, wish)
            .expect("sent")
            .check()
            .expect("taken");
    }

    /// Presses the key that agrees to what a dialog asks. There is no window manager here that would give it the keyboard.
    pub(crate) fn presses_return(&self) {
        const RETURN: u32 = 0xff0d;
        let window = self.window().expect("the dialog is there");
        self.display
            .set_input_focus(InputFocus::PARENT, window, x11rb::CURRENT_TIME)
            .expect("sent")
            .check()
            .expect("allowed");
        let setup = self.display.setup();
        let (first, last) = (setup.min_keycode, setup.max_keycode);
        let keys = self.display.get_keyboard_mapping(first, last - first + 1);
        let keys = keys.expect("sent").reply().expect("the keyboard");
        let mut rows = keys.keysyms.chunks(usize::from(keys.keysyms_per_keycode));
        let row = rows.position(|row| row.contains(&RETURN)).expect("there is such a key");
        let key = first + u8::try_from(row).expect("a keyboard has no more keys");
        for kind in [KEY_PRESS_EVENT, KEY_RELEASE_EVENT] {
            self.display
                .xtest_fake_input(kind, key, x11rb::CURRENT_TIME, self.root, 0, 0, 0)
                .expect("sent")
                .check()
                .expect("taken");
        }
    }

    fn window(&self) -> Option<Window> {
        let all = self.display.query_tree(self.root).ok()?.reply().ok()?.children;
        all.into_iter().find(|window| self.is_seen(*window) == Some(true))
    }

    /// A window may go while it is looked at; then there is no answer.
    fn is_seen(&self, window: Window) -> Option<bool> {
        let state = self.display.get_window_attributes(window).ok()?.reply().ok()?.map_state;
        let name = self
            .display
            .get_property(false, window, AtomEnum::WM_NAME, AtomEnum::ANY, 0, 64)
            .ok()?
            .reply()
            .ok()?;
        Some(state == MapState::VIEWABLE && name.value == TITLE)
    }
}

/// Rings whenever a window comes, goes or changes.
fn watch(display: &str) -> Receiver<()> {
    let (bell, changes) = Bell::new();
    let (display, number) = x11rb::connect(Some(display)).expect("the display");
    let root = display.setup().roots[number].root;
    let wanted = ChangeWindowAttributesAux::new().event_mask(EventMask::SUBSTRUCTURE_NOTIFY);
    display.change_window_attributes(root, &wanted).expect("sent").check().expect("allowed");
    // Ends with the display.
    std::thread::spawn(move || while display.wait_for_event().is_ok() && bell.ring() {});
    changes
}
