//! What the app costs, measured on a real desktop beside a tray app that does nothing. `cargo xtask bench app` runs it and
//! holds the figures against their goals.

#[cfg(target_os = "linux")]
#[path = "app/linux.rs"]
mod linux;

fn main() {
    #[cfg(target_os = "linux")]
    linux::main();
}
