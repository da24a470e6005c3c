//! A program that runs, as we see it: by what its guardian tells.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::task::JoinSet;
use tokio::time::timeout;
use wire::ServiceName;

use super::command::{Guardian, Program};
use super::exchange::{self, End, Report};
use super::output::{LastLines, Output};
use super::presence::Tree;
use crate::free::FIRM;
use crate::programs::{Entry, Programs};
use crate::system::{self, ProcessHandle, guarding};

/// How long a guardian may take to start a program.
const STARTING: Duration = Duration::from_secs(10);
/// How long the last words of a program may take to arrive.
const LAST_WORDS: Duration = Duration::from_millis(200);
/// How long one that is ended by force may take before what is left is looked for again.
const LOOK: Duration = Duration::from_millis(50);

/// Why a program could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There is none of that name.
    #[error("there is no program {program}")]
    NotFound {
        /// What was asked for.
        program: String,
    },
    /// It is there, and what is to read it isn't.
    #[error("{program} is there, but what its first line says should run it isn't")]
    NoInterpreter {
        /// What was asked for.
        program: String,
    },
    /// The system does not let us.
    #[error("{program} may not be run: it isn't marked as a program, or belongs to somebody else")]
    NotAllowed {
        /// What was asked for.
        program: String,
    },
    /// The folder that it is to work in isn't there.
    #[error("there is no folder {}", folder.display())]
    NoFolder {
        /// What was asked for.
        folder: PathBuf,
    },
    /// Anything else.
    #[error("the system doesn't start {program}: {cause}")]
    Refused {
        /// What was asked for.
        program: String,
        /// In the system's words.
        cause: io::Error,
    },
    /// Nothing is started that isn't guarded.
    #[error("no guardian could be started for it")]
    Unguarded(#[source] io::Error),
}

/// A program that runs. Dropping it ends it, at once and with all that came of it; [`Running::end`] gives it some time.
pub struct Running {
    pid: u32,
    tree: Tree,
    /// A variable's value that all processes of it have, unless they take it away.
    mark: String,
    guardian: Child,
    orders: ChildStdin,
    reports: Lines<BufReader<ChildStdout>>,
    reading: JoinSet<()>,
    last_lines: LastLines,
    end: Option<End>,
    _entry: Entry,
}

impl Running {
    /// Starts a program, which is known to be `name`'s from then on. What it says is heard line by line, and never more
    /// than people can read.
    pub async fn start(
        program: &Program,
        name: ServiceName,
        guardian: &Guardian,
        programs: &Programs,
        hear: impl FnMut(&str) + Send + 'static,
    ) -> Result<Self, StartError> {
        if let Some(folder) = program.folder.as_deref().filter(|folder| !folder.is_dir()) {
            return Err(StartError::NoFolder { folder: folder.to_owned() });
        }
        let mark = fresh_mark();
        let mut guardian = spawn(program, guardian, &mark).map_err(StartError::Unguarded)?;
        let pipes = (guardian.stdin.take(), guardian.stdout.take(), guardian.stderr.take());
        let (Some(mut orders), Some(reports), Some(said)) = pipes else {
            return Err(StartError::Unguarded(io::ErrorKind::BrokenPipe.into()));
        };
        let pid_of_guardian = guardian.id().unwrap_or_default();
        let entry = programs.enter(pid_of_guardian, name);
        let (mut reading, last_lines) = (JoinSet::new(), LastLines::default());
        reading.spawn(read(said, Output::new(hear, last_lines.clone())));
        let parts: Vec<&str> = std::iter::once(&program.program)
            .chain(&program.arguments)
            .map(String::as_str)
            .collect();
        // What became of a guardian that takes no order is told by its reports.
        let _ = orders.write_all(&exchange::command(&parts)).await;
        let _ = orders.flush().await;
        let mut reports = BufReader::new(reports).lines();
        let pid = timeout(STARTING, started(&mut reports, &program.program)).await;
        let pid = pid.map_err(|_| StartError::Unguarded(io::ErrorKind::TimedOut.into()))??;
        Ok(Self {
            pid,
            tree: Tree::of(pid_of_guardian),
            mark,
            guardian,
            orders,
            reports,
            reading,
            last_lines,
            end: None,
            _entry: entry,
        })
    }

    /// The process that was started.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// All its processes.
    pub fn tree(&self) -> Tree {
        self.tree.clone()
    }

    /// The last lines that it has said.
    pub fn last_lines(&self) -> Vec<String> {
        self.last_lines.get()
    }

    /// Resolves when it has ended by itself, or by somebody else, and nothing is left of it. A program that ends well and
    /// leaves others behind has gone into the background, and is waited for. It may be dropped at any time.
    pub async fn ended(&mut self) -> End {
        while self.end.is_none() {
            self.end = match self.reports.next_line().await {
                Ok(Some(line)) => match Report::read(&line) {
                    Some(Report::Ended(end)) => Some(end),
                    Some(Report::Started(_) | Report::NotStarted(_)) | None => None,
                },
                Ok(None) | Err(_) => {
                    self.end_what_is_left().await;
                    Some(End::Unguarded)
                }
            };
        }
        // What it has said last may still be on its way.
        let _ = timeout(LAST_WORDS, self.reading.join_next()).await;
        self.end.unwrap_or(End::Unguarded)
    }

    /// Ends it with all that came of it: politely, and by force what has not ended by then. Returns when nothing is left.
    pub async fn end(mut self, grace: Duration) {
        // A guardian that takes no order has ended, and what is left then is ended below.
        let _ = self.orders.write_all(exchange::order_to_end(grace).as_bytes()).await;
        let _ = self.orders.flush().await;
        if timeout(grace + FIRM, self.ended()).await.is_err() {
            self.end_what_is_left().await;
        }
        // Its end leaves nothing to be reaped.
        let _ = timeout(LOOK, self.guardian.wait()).await;
    }

    /// Ends what has lost its guardian.
    async fn end_what_is_left(&self) {
        let until = Instant::now() + FIRM;
        while Instant::now() < until {
            let remains = self.tree.remains(&self.mark);
            if remains.is_empty() {
                return;
            }
            for identity in remains {
                let Ok(Some(process)) = ProcessHandle::open(identity.pid) else { continue };
                // It has the id still, and so the handle is one of it.
                if system::identity(identity.pid).is_some_and(|now| now.began == identity.began) {
                    // One that survives is found again by the next look.
                    let _ = process.end();
                    let _ = timeout(LOOK, process.gone()).await;
                }
            }
        }
    }
}

fn fresh_mark() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let own = system::identity(std::process::id()).unwrap_or_default();
    format!("{}-{}-{}", own.pid, own.began, NEXT.fetch_add(1, Ordering::Relaxed))
}

fn spawn(program: &Program, guardian: &Guardian, mark: &str) -> io::Result<Child> {
    let mut command = Command::new(&guardian.executable);
    command.args(&guardian.arguments);
    for (name, value) in &program.environment {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.env(guarding::MARK, mark);
    if let Some(folder) = &program.folder {
        command.current_dir(folder);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    guarding::detach(&mut command);
    command.spawn()
}

async fn started(
    reports: &mut Lines<BufReader<ChildStdout>>,
    program: &str,
) -> Result<u32, StartError> {
    while let Some(line) = reports.next_line().await.map_err(StartError::Unguarded)? {
        match Report::read(&line) {
            Some(Report::Started(pid)) => return Ok(pid),
            Some(Report::NotStarted(error)) => return Err(refusal(program, error)),
            Some(Report::Ended(_)) | None => {}
        }
    }
    Err(StartError::Unguarded(io::ErrorKind::UnexpectedEof.into()))
}

fn refusal(program: &str, error: i32) -> StartError {
    let (program, cause) = (program.to_owned(), io::Error::from_raw_os_error(error));
    let is_there = || program.contains('/') && Path::new(&program).is_file();
    if cause.kind() == io::ErrorKind::PermissionDenied {
        StartError::NotAllowed { program }
    } else if cause.kind() != io::ErrorKind::NotFound {
        StartError::Refused { program, cause }
    } else if is_there() {
        StartError::NoInterpreter { program }
    } else {
        StartError::NotFound { program }
    }
}

/// Reads all that it says, so that it never has to wait for us.
async fn read(mut said: ChildStderr, mut output: Output<impl FnMut(&str)>) {
    let mut piece = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = said.read(&mut piece).await {
        output.take(&piece[..length], Instant::now());
    }
    output.end();
}
