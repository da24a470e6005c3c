//! The command line.

use anyhow::{Context, Result};
use clap::{CommandFactory, Parser, Subcommand};
use station::services::{self, Row};
use station::{Journal, Role, SUPERVISOR, VOICE_BRIDGE};
use wire::steering::{CallOrder, Silencing};
use wire::{Order, ServiceName};

use crate::exit::{EXIT_CODES, Exit};
use crate::orders::OfService;
use crate::{
    call, doctor, engine, free, handbook, logging, monitor, orders, serve, status, token, twiml,
};

/// xSwarm Voice without a window: run its services, see how they are, free their ports, place a test call.
#[derive(Debug, Parser)]
#[command(name = "xswarm", version, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    /// What to log to standard error, for instance `debug` or `warn,keeper=trace` [default: RUST_LOG, else info].
    #[arg(long, global = true, value_name = "FILTER")]
    log: Option<String>,

    #[command(subcommand)]
    asked: Asked,
}

#[derive(Debug, Subcommand)]
enum Asked {
    #[command(flatten)]
    Command(Command),
    /// Print what a shell needs to complete commands and options.
    Completions(handbook::Completions),
    /// Print the manual page, or write those of all commands into a folder.
    Man(handbook::Man),
}

/// What has to do with the services.
#[derive(Debug, Subcommand)]
enum Command {
    /// Run the voice bridge and the supervisor until Ctrl-C.
    Serve(serve::Arguments),
    /// Run the voice bridge alone until Ctrl-C.
    VoiceBridge(serve::Arguments),
    /// Run the supervisor alone until Ctrl-C.
    Supervisor(serve::Arguments),
    /// Tell how the services and their ports are.
    Status(status::Arguments),
    /// Report everything that matters when something is wrong, and what to do about it.
    Doctor(doctor::Arguments),
    /// Show who holds a port, and end them if you agree.
    Free(free::Arguments),
    /// Place a test call with a recorded voice, and check that it comes back.
    Call(call::Arguments),
    /// Tell what to set at Twilio, so that it brings calls here.
    Twiml,
    /// Watch the calls, the words and the services, and steer.
    Monitor(monitor::Arguments),
    /// Suggest something to the engine of a call, and tell what becomes of it.
    Suggest(orders::Suggest),
    /// Have a voice say something to a caller, and tell whether it was heard.
    Say(orders::Say),
    /// Tell what answers calls, or choose it for the next call.
    Engine(engine::Arguments),
    /// Start a service, or have it try its port again at once.
    Start(orders::OfService),
    /// Stop a service, and let its port go.
    Stop(orders::OfService),
    /// Restart a service; nobody is refused meanwhile.
    Restart(orders::OfService),
    /// End a call.
    #[command(after_help = orders::HELP)]
    HangUp {
        /// The call's number.
        call: u64,
    },
    /// Silence what is being said to callers.
    #[command(after_help = orders::HELP)]
    StopSpeech {
        /// Only what is being said in this call.
        #[arg(long, value_name = "ID")]
        call: Option<u64>,
    },
    /// Show the token that port 9999 asks for, or make another one.
    Token(token::Arguments),
}

impl Arguments {
    pub(crate) fn run(self) -> Result<Exit> {
        match self.asked {
            Asked::Command(command) => {
                let (journal, _writing) = logging::start(self.log.as_deref())?;
                command.run(journal)
            }
            Asked::Completions(arguments) => handbook::completions(&arguments, Self::command()),
            Asked::Man(arguments) => handbook::man(&arguments, Self::command()),
        }
    }
}

impl Command {
    fn run(self, journal: Journal) -> Result<Exit> {
        // Before any thread that may start a program: the one that writes the log never does.
        let adopted = station::inherited().context("cannot take the sockets we were given")?;
        let runtime =
            tokio::runtime::Runtime::new().context("cannot start the threads for networking")?;
        let host =
            |services, role, arguments| serve::run(services, role, arguments, adopted, journal);
        runtime.block_on(async {
            match self {
                Self::Serve(arguments) => host(services::all(), Role::Serve, arguments).await,
                Self::VoiceBridge(arguments) => {
                    host(only(VOICE_BRIDGE), Role::Single, arguments).await
                }
                Self::Supervisor(arguments) => {
                    host(only(SUPERVISOR), Role::Single, arguments).await
                }
                Self::Status(arguments) => status::run(arguments).await,
                Self::Doctor(arguments) => doctor::run(arguments).await,
                Self::Free(arguments) => free::run(arguments).await,
                Self::Call(arguments) => call::run(arguments).await,
                Self::Twiml => twiml::run(),
                Self::Monitor(arguments) => monitor::run(arguments).await,
                Self::Suggest(arguments) => orders::suggest(arguments).await,
                Self::Say(arguments) => orders::say_to_caller(arguments).await,
                Self::Engine(arguments) => engine::run(arguments).await,
                Self::Start(OfService { service }) => orders::give(Order::Start { service }).await,
                Self::Stop(OfService { service }) => orders::give(Order::Stop { service }).await,
                Self::Restart(OfService { service }) => {
                    orders::give(Order::Restart { service }).await
                }
                Self::HangUp { call } => orders::give(CallOrder::HangUp { call }).await,
                Self::StopSpeech { call } => {
                    orders::give(CallOrder::StopSpeech(Silencing { call, speech: None })).await
                }
                Self::Token(arguments) => token::run(arguments).await,
            }
        })
    }
}

fn only(name: ServiceName) -> Vec<Row> {
    services::all().into_iter().filter(|row| row.name == name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }
}
