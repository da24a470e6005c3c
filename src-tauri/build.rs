//! Embeds the window's files, the icon and, on Windows, the manifest.

use std::error::Error;

use tauri_build::{Attributes, WindowsAttributes};

/// The dialogs and buttons of Windows that are linked to.
const CONTROLS: &str = "type='win32' name='Microsoft.Windows.Common-Controls' version='6.0.0.0' \
                        processorArchitecture='*' publicKeyToken='6595b64144ccf1df' language='*'";

fn main() -> Result<(), Box<dyn Error>> {
    let mut attributes = Attributes::new();
    // Tauri gives its manifest to the app alone, and without one Windows starts none of the tests.
    if std::env::var("CARGO_CFG_TARGET_ENV").is_ok_and(|env| env == "msvc") {
        attributes = attributes.windows_attributes(WindowsAttributes::new_without_app_manifest());
        println!("cargo::rustc-link-arg=/MANIFEST:EMBED");
        println!("cargo::rustc-link-arg=/MANIFESTDEPENDENCY:{CONTROLS}");
    }
    Ok(tauri_build::try_build(attributes)?)
}
