//! What somebody wants of the app.

use tokio::sync::oneshot;

use crate::tray::Id;

/// What somebody wants of the app.
#[derive(Debug)]
pub(crate) enum Request {
    /// A line of the tray's menu was clicked.
    Click(Id),
    /// The window is to be shown. The answer comes when it is.
    ShowWindow(Option<oneshot::Sender<()>>),
    /// The login item has changed.
    ReadLoginItem,
}
