//! What is said when there is no window to say it in: to the log and, where there is a desktop, in a dialog.

use std::io::Write as _;
use std::process::ExitCode;

/// Tells a person why the app does not start, and returns when they have read it.
pub(crate) fn tell(sentence: &str) {
    tracing::error!("{sentence}");
    if crate::platform::check_display().is_ok() {
        rfd::MessageDialog::new()
            .set_level(rfd::MessageLevel::Warning)
            .set_title("xSwarm Voice")
            .set_description(sentence)
            .show();
    }
}

/// Prints what was asked for on the command line.
pub(crate) fn print(answer: &str) -> ExitCode {
    match writeln!(std::io::stdout(), "{answer}") {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
