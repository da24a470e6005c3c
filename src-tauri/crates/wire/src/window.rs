//! What the window's page asks of the app behind it, and what it is told unasked. The page's side is made from this table:
//! a command is a row here, and nothing else has to be written to carry it across.

use serde::{Deserialize, Serialize};

use crate::steering::{CallOrder, CallOutcome};
use crate::{
    Engine, EngineChosen, EngineOrder, Failure, KnownServer, LogLine, Order, Outcome, ServiceName,
    SettingsChanges, SettingsForm, SettingsProblem, Snapshot,
};

/// Makes the commands, their answers and whoever gives them from one table.
macro_rules! commands {
    ($($(#[doc = $doc:literal])+ $method:ident = $command:ident($($field:ident: $kind:ty),*) -> $answer:ty;)+) => {
        /// What the page may ask for, as it writes it.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "command", content = "payload", rename_all = "snake_case")]
        #[expect(missing_docs, reason = "the table explains each command as a whole")]
        pub enum Command {
            $($(#[doc = $doc])+ $command { $($field: $kind),* },)+
        }

        /// What a command is answered with, where it did not fail.
        #[derive(Clone, Debug, PartialEq, Serialize)]
        #[serde(untagged)]
        pub enum Answer {
            $($(#[doc = $doc])+ $command($answer),)+
        }

        /// Whoever carries the commands out.
        pub trait Backend: Sync {
            $($(#[doc = $doc])+ fn $method(&self, $($field: $kind),*) -> impl Future<Output = Result<$answer, Failure>> + Send;)+
        }

        impl Command {
            /// Has it carried out, or tells why it could not be.
            pub async fn carried_out(self, backend: &impl Backend) -> Result<Answer, Failure> {
                match self {
                    $(Self::$command { $($field),* } => backend.$method($($field),*).await.map(Answer::$command),)+
                }
            }
        }

        /// The table, for whoever writes the page's side.
        #[cfg(feature = "described")]
        pub fn table(config: &ts_rs::Config) -> Vec<Row> {
            use ts_rs::TS;
            vec![$(Row {
                doc: concat!($($doc),+),
                name: stringify!($method),
                payload: vec![$((stringify!($field), <$kind as TS>::name(config))),*],
                answer: <$answer as TS>::name(config),
            }),+]
        }
    };
}

commands! {
    /// How everything is at this moment.
    snapshot = Snapshot() -> Snapshot;
    /// Carries out an order.
    order = Order(order: Order) -> Outcome;
    /// Carries out an order for a call, and waits for its end.
    steer = Steer(order: CallOrder) -> CallOutcome;
    /// Chooses what answers calls from the next one on.
    choose_engine = ChooseEngine(order: EngineOrder) -> EngineChosen;
    /// The service whose port the window was opened to free, if it was.
    pending_confirmation = PendingConfirmation() -> Option<ServiceName>;
    /// What the desktop offers.
    desktop = Desktop() -> DesktopOffers;
    /// Whether xSwarm Voice starts at login.
    launch_at_login = LaunchAtLogin() -> bool;
    /// Has it start at login, or not.
    set_launch_at_login = SetLaunchAtLogin(on: bool) -> ();
    /// Ends xSwarm Voice.
    quit = Quit() -> ();
    /// Ends xSwarm Voice and starts it afresh, with its window.
    restart = Restart() -> ();
    /// The settings file as a form.
    settings = Settings() -> SettingsForm;
    /// What would be wrong after these changes, if anything.
    check_settings = CheckSettings(changes: SettingsChanges) -> Option<SettingsProblem>;
    /// Writes these changes into the settings file.
    save_settings = SaveSettings(changes: SettingsChanges, even_if_taken: bool) -> SettingsSaved;
    /// The lines of the log after the one with that number.
    log = Log(after: u32) -> Vec<LogLine>;
    /// Opens the folder with the log's files.
    open_logs = OpenLogs() -> ();
    /// Draws up the report on everything that matters when something is wrong.
    report = Report() -> Report;
    /// The servers of speech models that can be started here, and what this machine lacks for each.
    known_servers = KnownServers() -> Vec<KnownServer>;
    /// Places a test call; answered when it has ended.
    test_call = TestCall() -> TestCall;
    /// Hangs up the test call.
    end_test_call = EndTestCall() -> ();
    /// Whether nobody has been welcomed yet.
    is_first_run = IsFirstRun() -> bool;
    /// Notes that somebody has been.
    was_welcomed = WasWelcomed() -> ();
}

/// A row of the table.
#[cfg(feature = "described")]
pub struct Row {
    /// What the command is for.
    pub doc: &'static str,
    pub name: &'static str,
    /// What comes with it: names and types.
    pub payload: Vec<(&'static str, String)>,
    pub answer: String,
}

/// Something that the page is told unasked.
pub trait Event: Serialize {
    /// What the page knows it by.
    const NAME: &'static str;
}

impl Event for Snapshot {
    const NAME: &'static str = "snapshot";
}

/// The page is to ask for the confirmation that frees a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(ts_rs::TS))]
pub struct ConfirmFree {
    pub service: ServiceName,
}

impl Event for ConfirmFree {
    const NAME: &'static str = "confirm_free";
}

/// What the desktop offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(ts_rs::TS))]
pub struct DesktopOffers {
    /// Whether anything shows tray icons here.
    pub tray: bool,
    /// Whether every program is asked to end before it is ended firmly, not only one with a window.
    pub all_are_asked: bool,
}

/// What came of saving settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(ts_rs::TS))]
#[serde(tag = "saved", rename_all = "snake_case")]
pub enum SettingsSaved {
    /// It is in the file. The sentence says from when on it is in force.
    Written { sentence: String },
    /// It would have been wrong, and is not in the file.
    Wrong { problem: SettingsProblem },
    /// It is not in the file, for addresses that can't be had: of each a sentence tells.
    Taken { sentences: Vec<String> },
}

/// The report, to be read and to be copied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(ts_rs::TS))]
pub struct Report {
    /// What needs to be done; nothing if all is well.
    pub findings: Vec<String>,
    pub lines: Vec<String>,
}

/// What came of a test call. Times are in milliseconds, levels in decibels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(ts_rs::TS))]
#[serde(tag = "call", rename_all = "snake_case")]
pub enum TestCall {
    /// Nobody took it, for that reason if one is known.
    Unanswered { reason: Option<String> },
    /// It was hung up in the window.
    HungUp,
    /// It broke off.
    Broken { reason: String },
    /// It was seen through.
    Done {
        /// From the start until something was heard, if anything was.
        answered_after_ms: Option<u32>,
        /// How long the other side spoke before the voice did.
        greeting_ms: u32,
        has_spoken: bool,
        /// The voice, if it came back.
        echo: Option<Echo>,
        /// How much was heard.
        heard_ms: u32,
        /// How loud that was, below full scale.
        level_dbfs: f32,
        /// Why the other side ended the call, if it did.
        cut_off: Option<String>,
        /// Who answered.
        #[serde(default)]
        answerer: Option<Answerer>,
    },
}

/// Who answered a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(ts_rs::TS))]
pub struct Answerer {
    /// What did, as far as that is known.
    pub engine: Option<Engine>,
    /// Whether that is what is set to answer.
    pub is_wanted: bool,
    /// The same as a sentence, with why it isn't.
    pub sentence: String,
    /// The last words that came out of it, where there are any.
    pub words: Option<String>,
}

/// The voice of a test call as it came back.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(ts_rs::TS))]
pub struct Echo {
    pub delay_ms: u32,
    /// How much louder it was.
    pub gain_db: f32,
    /// How alike it was; 1 is the same.
    pub correlation: f64,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::SettingValue;

    #[test]
    fn a_command_is_read_as_the_page_writes_it() {
        let read = |asked| serde_json::from_value::<Command>(asked);
        let changes = json!({ "retry.attempts": 4, "retry.jitter": 0.5, "retry.growth": null });
        let payload = json!({ "changes": changes, "even_if_taken": true });
        let asked = read(json!({ "command": "save_settings", "payload": payload }));
        let changes = SettingsChanges::from([
            ("retry.attempts".to_owned(), Some(SettingValue::Whole(4))),
            ("retry.jitter".to_owned(), Some(SettingValue::Number(0.5))),
            ("retry.growth".to_owned(), None),
        ]);
        assert_eq!(asked.ok(), Some(Command::SaveSettings { changes, even_if_taken: true }));
        assert!(read(json!({ "command": "quit", "payload": {} })).is_ok());
        assert!(read(json!({ "command": "set_launch_at_login", "payload": {} })).is_err());
        assert!(read(json!({ "command": "format_disk", "payload": {} })).is_err());
    }

    #[test]
    fn an_answer_is_what_was_asked_for_and_nothing_around_it() {
        let sentence = "Saved.".to_owned();
        let saved = Answer::SaveSettings(SettingsSaved::Written { sentence });
        let told = json!({ "saved": "written", "sentence": "Saved." });
        assert_eq!(serde_json::to_value(saved).ok(), Some(told));
        assert_eq!(serde_json::to_value(Answer::Quit(())).ok(), Some(json!(null)));
    }
}
