//! How a command ended, as a number for scripts.

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

/// What `--help` says about it.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  something went wrong, and standard error says what; or not all is well (doctor)
  2  the command line could not be understood
  3  no xSwarm Voice answers (status, call, engine, suggest, say, orders)
  4  another xSwarm Voice is running already (serve, voice-bridge, supervisor)
  5  the port was not freed (free)
  6  the voice did not come back, or no voice model answered (call)
  7  it did not reach a caller (suggest, say)
  8  the order was not carried out (engine, start, stop, restart, hang-up, stop-speech)";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Done = 0,
    Error = 1,
    NoAnswer = 3,
    AlreadyRunning = 4,
    NotFreed = 5,
    NoEcho = 6,
    NotHeard = 7,
    NotDone = 8,
}

impl Exit {
    /// Tells people of the error.
    pub(crate) fn of(error: &anyhow::Error) -> Self {
        // Who reads our output through a pipe, as `head` does, may stop when it has seen enough.
        if error
            .downcast_ref::<io::Error>()
            .is_some_and(|cause| cause.kind() == ErrorKind::BrokenPipe)
        {
            return Self::Done;
        }
        // If standard error is closed as well, the exit code is all that is left to tell.
        let _ = writeln!(io::stderr(), "xswarm: {error:#}");
        Self::Error
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
