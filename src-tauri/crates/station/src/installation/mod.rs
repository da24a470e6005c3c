//! What there is of xSwarm Voice on a machine besides its programs: its folders, what lies in them and who may read it, who of
//! us runs, and what starts us.

mod desktop;
pub mod folders;
pub(crate) mod kept;
pub(crate) mod kill_log;
pub(crate) mod lock;
mod log_file;
pub mod login_item;
mod nohup;
pub(crate) mod private;
pub(crate) mod token;
pub mod welcome;

pub use desktop::Desktop;
pub use lock::{Role, Running, Turn, until_nobody_runs};
pub use log_file::LogFile;
pub use nohup::is_hang_up_ignored;
pub use token::{access_token, renew_token};
