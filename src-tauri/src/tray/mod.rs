//! The tray's icon and menu on the screen.
//!
//! Everything is made once and changed in place, and only what differs: desktops close or break a menu that is replaced
//! while it is open. The icon stays for the life of the process.

mod icon;
mod id;
mod menu;
mod steps;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use tauri::menu::{
    CheckMenuItem, IsMenuItem, Menu as ScreenMenu, MenuEvent, MenuItem, PredefinedMenuItem, Submenu,
};
use tauri::tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Wry};
use wire::{Condition, Snapshot, Timestamp, plain};

pub(crate) use id::Id;
pub(crate) use menu::chosen;
use menu::{Entry, Menu, MenuLine};
use steps::Step;

use crate::platform;

/// The name under which trays remember the icon's place.
const NAME: &str = "xswarm-voice";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Face {
    menu: Menu,
    condition: Condition,
    tooltip: String,
}

impl Face {
    pub(crate) fn of(snapshot: &Snapshot, launches_at_login: bool, at: Timestamp) -> Self {
        Self {
            menu: menu::menu(snapshot, launches_at_login, at),
            condition: snapshot.condition(),
            tooltip: station::words::summary(snapshot),
        }
    }
}

pub(crate) struct Tray {
    icon: TrayIcon,
    root: ScreenMenu<Wry>,
    items: HashMap<Id, Item>,
    shown: Face,
    /// The line that was clicked last. Its check mark may have changed by the click alone, whatever came of it.
    clicked: Option<Id>,
}

enum Item {
    Plain(MenuItem<Wry>),
    Check(CheckMenuItem<Wry>),
    Submenu(Submenu<Wry>),
}

impl Tray {
    /// Puts the icon into the tray. Where the desktop has no tray, that is an error. Not to be called on the main thread.
    ///
    /// What listens to clicks must be there before it: the icon may be clicked before this returns.
    pub(crate) fn new(app: &AppHandle, face: Face) -> tauri::Result<Self> {
        let (mut items, root) = (HashMap::new(), ScreenMenu::new(app)?);
        make(app, &mut items, &face.menu)?;
        for entry in &face.menu.0 {
            match entry.id() {
                Some(id) => root.append(items[&id].as_kind())?,
                None => root.append(&PredefinedMenuItem::separator(app)?)?,
            }
        }
        for line in face.menu.0.iter().flat_map(Entry::lines) {
            items[&line.id].write(None, line)?;
        }
        let mut builder = TrayIconBuilder::with_id(NAME)
            .menu(&root)
            .show_menu_on_left_click(false)
            .icon(icon::mark(face.condition))
            .icon_as_template(platform::TRAY_TAKES_ONLY_SHAPES)
            .tooltip(plain(&face.tooltip));
        if let Some(title) = platform::TRAY_TITLE {
            builder = builder.title(title);
        }
        let icon = builder.build(app)?;
        Ok(Self { icon, root, items, shown: face, clicked: None })
    }

    /// Shows this, changing only what differs. Not to be called on the main thread.
    pub(crate) fn show(&mut self, face: Face) -> tauri::Result<()> {
        if face.condition != self.shown.condition {
            platform::set_mark(&self.icon, icon::mark(face.condition))?;
        }
        if face.tooltip != self.shown.tooltip {
            self.icon.set_tooltip(Some(plain(&face.tooltip)))?;
        }
        if face.menu != self.shown.menu || self.clicked.is_some() {
            make(self.icon.app_handle(), &mut self.items, &face.menu)?;
            self.rewrite(&face.menu)?;
            self.come_and_go(&face.menu)?;
        }
        self.shown = face;
        self.clicked = None;
        Ok(())
    }

    pub(crate) fn was_clicked(&mut self, id: Id) {
        self.clicked = Some(id);
    }

    /// Takes out the lines that went, and puts in those that came or moved; the others stay where they are.
    fn come_and_go(&self, menu: &Menu) -> tauri::Result<()> {
        for step in steps::steps(&self.shown.menu, menu) {
            match step {
                Step::Remove(id) => self.root.remove(self.items[&id].as_kind())?,
                Step::Insert(id, place) => self.root.insert(self.items[&id].as_kind(), place)?,
            }
        }
        Ok(())
    }

    fn rewrite(&self, menu: &Menu) -> tauri::Result<()> {
        let shown: HashMap<Id, &MenuLine> =
            self.shown.menu.0.iter().flat_map(Entry::lines).map(|line| (line.id, line)).collect();
        for line in menu.0.iter().flat_map(Entry::lines) {
            let known = shown.get(&line.id).copied().filter(|_| self.clicked != Some(line.id));
            self.items[&line.id].write(known, line)?;
        }
        Ok(())
    }
}

impl Item {
    fn new(app: &AppHandle, id: Id) -> tauri::Result<Self> {
        let (name, text) = (id.name(), "");
        Ok(match id {
            Id::Service(_) | Id::Answering => {
                Self::Submenu(Submenu::with_id(app, name, text, true)?)
            }
            Id::LaunchAtLogin | Id::Answer(_) | Id::AnswerInTurn => {
                Self::Check(CheckMenuItem::with_id(app, name, text, true, false, None::<&str>)?)
            }
            Id::Status(_)
            | Id::Shadow(_)
            | Id::Model(_)
            | Id::UseServer(_)
            | Id::Free(_)
            | Id::RetryNow(_)
            | Id::RestartNow(_)
            | Id::Start(_)
            | Id::Stop(_)
            | Id::Restart(_)
            | Id::Open
            | Id::Quit => Self::Plain(MenuItem::with_id(app, name, text, true, None::<&str>)?),
        })
    }

    fn as_kind(&self) -> &dyn IsMenuItem<Wry> {
        match self {
            Self::Plain(item) => item,
            Self::Check(item) => item,
            Self::Submenu(item) => item,
        }
    }

    /// Makes the item say what the line says; `shown` is what it says so far, if anything.
    fn write(&self, shown: Option<&MenuLine>, line: &MenuLine) -> tauri::Result<()> {
        if shown.map(|shown| &shown.text) != Some(&line.text) {
            let text = unmnemonic(&line.text);
            match self {
                Self::Plain(item) => item.set_text(text)?,
                Self::Check(item) => item.set_text(text)?,
                Self::Submenu(item) => item.set_text(text)?,
            }
        }
        if shown.map(|shown| shown.is_enabled) != Some(line.is_enabled) {
            match self {
                Self::Plain(item) => item.set_enabled(line.is_enabled)?,
                Self::Check(item) => item.set_enabled(line.is_enabled)?,
                Self::Submenu(item) => item.set_enabled(line.is_enabled)?,
            }
        }
        match self {
            Self::Check(item) if shown.map(|shown| shown.is_checked) != Some(line.is_checked) => {
                item.set_checked(line.is_checked)
            }
            Self::Plain(_) | Self::Check(_) | Self::Submenu(_) => Ok(()),
        }
    }
}

/// Makes those items of the menu that were never shown.
fn make(app: &AppHandle, items: &mut HashMap<Id, Item>, menu: &Menu) -> tauri::Result<()> {
    for entry in &menu.0 {
        for line in entry.lines().filter(|line| !items.contains_key(&line.id)).collect::<Vec<_>>() {
            items.insert(line.id, Item::new(app, line.id)?);
            let parent = entry.id().filter(|parent| *parent != line.id).map(|id| &items[&id]);
            if let Some(Item::Submenu(submenu)) = parent {
                submenu.append(items[&line.id].as_kind())?;
            }
        }
    }
    Ok(())
}

/// A text as a menu shows it, which takes `&` for the mark of a shortcut.
fn unmnemonic(text: &str) -> String {
    plain(text).replace('&', "&&")
}

pub(crate) fn clicked_line(event: &MenuEvent) -> Option<Id> {
    Id::named(event.id().as_ref())
}

/// Whether the icon itself was clicked.
pub(crate) fn is_click(event: &TrayIconEvent) -> bool {
    matches!(
        event,
        TrayIconEvent::Click { button: MouseButton::Left, button_state: MouseButtonState::Up, .. }
    )
}
