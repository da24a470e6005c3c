//! A tray app that does nothing: an icon, a menu with one entry, no window. What any Tauri app costs.
//!
//! It is a program of its own, as the app that is measured beside it is: what a program shares with the one that measures it
//! isn't private to it.
#![allow(clippy::expect_used, reason = "without a desktop there is nothing to compare with")]

use tauri::image::Image;
use tauri::menu::{Menu, MenuItem};
use tauri::tray::TrayIconBuilder;

fn main() {
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
