//! A tray app that does nothing: an icon, a menu with one entry, no window. What any Tauri app costs.

use tauri::image::Image;
use tauri::menu::{Menu, MenuItem};
use tauri::tray::TrayIconBuilder;

/// What this program is told in order to be that app.
pub(crate) const WORD: &str = "bare";

pub(crate) fn run() {
    let app = tauri::Builder::default()
        .setup(|app| {
            let quit = MenuItem::with_id(app, "quit", "Quit", true, None::<&str>)?;
            let menu = Menu::with_items(app, &[&quit])?;
            let icon = Image::from_bytes(include_bytes!("../../../icons/app/32.png"))?;
            TrayIconBuilder::with_id("bare").menu(&menu).icon(icon).build(app)?;
            Ok(())
        })
        .build(tauri::generate_context!())
        .expect("the app can be made");
    app.run(|_, _| {});
}
