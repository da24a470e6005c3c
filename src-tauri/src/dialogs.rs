//! What is said when there is no window to say it in: to the log and, where there is a desktop, in a dialog.

use std::io::Write as _;
use std::process::ExitCode;

/// Tells a person why the app does not start, and returns when they have read it.
pub(crate) fn tell(sentence: &str) {
    tracing::error!("{sentence}");
    if let Ok(_display) = crate::platform::check_display() {
        rfd::MessageDialog::new()
            .set_level(rfd::MessageLevel::Warning)
            .set_title("xSwarm Voice")
            .set_description(sentence)
            .show();
    }
}

/// Asks a person, with a button of that name beside the one that does nothing. Without a desktop nobody agrees.
pub(crate) fn agrees_to(question: &str, button: &str) -> bool {
    let Ok(_display) = crate::platform::check_display() else { return false };
    let buttons = rfd::MessageButtons::OkCancelCustom(button.to_owned(), "Cancel".to_owned());
    let answer = rfd::MessageDialog::new()
        .set_level(rfd::MessageLevel::Warning)
        .set_title("xSwarm Voice")
        .set_description(question)
        .set_buttons(buttons)
        .show();
    // Systems whose dialogs can't name their buttons say Ok.
    answer == rfd::MessageDialogResult::Custom(button.to_owned())
        || answer == rfd::MessageDialogResult::Ok
}

/// Prints what was asked for on the command line.
pub(crate) fn print(answer: &str) -> ExitCode {
    match writeln!(std::io::stdout(), "{answer}") {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
