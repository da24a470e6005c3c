//! What Tauri is told of the app, and the window's files.

/// Both processes are the same app.
pub(crate) fn context() -> tauri::Context {
    tauri::generate_context!()
}
