//! What the app was started with.

use station::login_item::HIDDEN;

/// The argument with which the tray's process starts the window's. It is nobody else's business, so the help is silent.
pub(crate) const WINDOW: &str = "--window";

/// What the app was started with.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    /// Start in the tray, without a window.
    pub is_hidden: bool,
    /// Be the window of the process that started this one.
    pub(crate) is_window: bool,
    /// The text that was asked for instead of the app, if one was.
    pub(crate) answer: Option<String>,
}

impl Arguments {
    /// Reads the arguments behind the program's name. Unknown ones are left alone: desktops add their own.
    pub fn read(arguments: impl Iterator<Item = String>) -> Self {
        let version = env!("CARGO_PKG_VERSION");
        let mut read = Self::default();
        for argument in arguments {
            match argument.as_str() {
                HIDDEN => read.is_hidden = true,
                WINDOW => read.is_window = true,
                "--help" | "-h" => {
                    read.answer = Some(format!(
                        "xSwarm Voice {version} in the tray\n\n\
                         Usage: xswarm-voice [{HIDDEN}]\n\n  \
                         {HIDDEN}   start in the tray, without the window\n\n\
                         Without a desktop, use `xswarm serve`."
                    ));
                }
                "--version" | "-V" => read.answer = Some(format!("xswarm-voice {version}")),
                _ => {}
            }
        }
        read
    }
}

#[cfg(test)]
mod tests {
    use super::Arguments;

    fn read(arguments: &[&str]) -> Arguments {
        Arguments::read(arguments.iter().map(ToString::to_string))
    }

    #[test]
    fn the_window_is_shown_unless_hidden_is_asked_for() {
        assert!(!read(&[]).is_hidden);
        assert!(read(&["--hidden"]).is_hidden);
    }

    #[test]
    fn what_a_desktop_adds_is_left_alone() {
        assert_eq!(read(&["-psn_0_12345"]), Arguments::default());
    }

    #[test]
    fn help_names_the_command_for_machines_without_a_desktop() {
        let help = read(&["--help"]).answer.expect("help was asked for");
        assert!(help.contains("xswarm serve"), "{help}");
    }
}
