//! What the controller asks of a desktop.

use std::io;
use std::path::{Path, PathBuf};

use tokio::sync::{oneshot, watch};
use wire::ServiceName;

use crate::notifications::News;
use crate::tray::{Face, Id};

/// A desktop. It decides nothing: it shows what it is told to, and tells what it sees.
pub(crate) trait Desktop: Send + Sync + 'static {
    fn tray_host(&self) -> watch::Receiver<bool>;

    /// Whether the window can be seen or at least reached.
    fn is_window_shown(&self) -> watch::Receiver<bool>;

    /// Whether what the window shows can be seen: it is shown, and not put away.
    fn is_window_seen(&self) -> watch::Receiver<bool>;

    /// Shows this in the tray, if there is one.
    fn paint(&self, face: Face) -> impl Future<Output = anyhow::Result<()>> + Send;

    /// Notes that a line of the tray was clicked, whose check mark may have changed by that alone.
    fn was_clicked(&self, id: Id);

    /// Leaves word of whether there is a tray, which nobody outside can tell as well.
    fn keep_tray(&self, has_tray: bool) -> impl Future<Output = io::Result<()>> + Send;

    /// Shows the window, in front of all others if the desktop allows it, and tells when it can be seen.
    fn show_window(&self, shown: Option<oneshot::Sender<()>>) -> impl Future<Output = ()> + Send;

    /// Shows the window with the confirmation that frees a service's port.
    fn confirm_free(&self, service: ServiceName) -> impl Future<Output = ()> + Send;

    fn page_is_ready(&self) -> Option<ServiceName>;

    /// Closes the window for good.
    fn end_window(&self) -> impl Future<Output = ()> + Send;

    /// Tells people something, where they want to be told.
    fn notify(&self, news: Vec<News>);

    fn open_folder(&self, folder: &Path) -> io::Result<()>;

    fn launches_at_login(&self) -> io::Result<bool>;

    fn set_launch_at_login(&self, on: bool) -> io::Result<()>;

    /// Puts right what starts it at login, where that leads to a program that has gone.
    fn mend_login_item(&self) -> io::Result<()>;

    /// The program that is to be started when this one starts afresh, if it is there.
    fn successor(&self) -> io::Result<PathBuf>;

    fn start(&self, program: &Path) -> io::Result<()>;

    fn exit(&self);
}
