//! `call`: places a call as Twilio would, with a recorded voice, and tells whether the voice comes back.

mod recording;

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Result, ensure};
use audio::{Level, duration_of};
use station::settings::Section;
use station::{Introduction, NotOurs, TOKEN_HEADER};
use testcall::{Course, Echo, Ended, PhoneCall, QUIET, Unanswered, frames};

use recording::Reply;

use crate::exit::Exit;
use crate::status::settings;
use crate::terminal::say;

const COURSE: &str = "\
The call listens to the greeting, speaks the recording, listens to what comes back and hangs up.

Exit codes: 0 the voice came back; 3 nobody took the call; 6 the voice did not come back.";

#[derive(Debug, clap::Args)]
#[command(after_help = COURSE)]
pub(crate) struct Arguments {
    /// A recorded voice: a WAV file of any rate.
    #[arg(value_name = "FILE.wav")]
    file: PathBuf,
    /// Save what the caller hears, from the first moment of the call on.
    #[arg(long, value_name = "REPLY.wav")]
    out: Option<PathBuf>,
    /// Whom to call [default: the voice bridge's address in the settings].
    #[arg(long, value_name = "HOST:PORT")]
    address: Option<SocketAddr>,
}

pub(crate) async fn run(arguments: Arguments) -> Result<Exit> {
    let Arguments { file, out, address } = arguments;
    let voice = recording::read(&file)?;
    ensure!(Level::of(&voice) > QUIET, "{} holds only silence", file.display());
    let reply = out.as_deref().map(Reply::create).transpose()?;
    let (address, dialled) = match address {
        // Nobody else's bridge is shown the token and the secret of ours.
        Some(address) => (address, PhoneCall::dial(address, None, &[]).await),
        None => match introduction().await {
            Ok(Introduction { address, token, secret }) => {
                let token = token.as_deref().map(|token| (TOKEN_HEADER, token));
                (address, PhoneCall::dial(address, secret, token.as_slice()).await)
            }
            Err(NotOurs::Unreadable(error)) => return Err(error.into()),
            Err(not_ours @ (NotOurs::NobodyRuns | NotOurs::HeldByOthers { .. })) => {
                say(format_args!(
                    "The call was not placed: {not_ours}. `xswarm status` tells more."
                ))?;
                return Ok(Exit::NoAnswer);
            }
        },
    };
    let call = match dialled {
        Ok(call) => call,
        Err(Unanswered::Nobody) => {
            say(format_args!("Nobody answers at {address}. `xswarm status` tells why."))?;
            return Ok(Exit::NoAnswer);
        }
        Err(Unanswered::Declined { reason, .. }) => {
            say(format_args!("The call was not taken at {address}: {reason}."))?;
            return Ok(Exit::NoAnswer);
        }
    };
    let ended = call.talk(&frames(&voice)).await?;
    if let Some(reply) = reply {
        reply.save(&ended.heard)?;
    }
    let exit = report(&voice, &ended)?;
    if let Some(out) = out {
        say(format_args!(
            "Saved what was heard, {:.1} s, in {}.",
            seconds(duration_of(ended.heard.len())),
            out.display()
        ))?;
    }
    Ok(exit)
}

async fn introduction() -> Result<Introduction, NotOurs> {
    let settings = settings().map_err(std::io::Error::other)?;
    station::introduction(&settings, &settings.addresses(Section::VoiceBridge)).await
}

fn report(voice: &[i16], ended: &Ended) -> Result<Exit> {
    let course = Course::of(ended, voice);
    match course.answered_after {
        Some(waited) => say(format_args!(
            "Greeting: {:.1} s, {:.2} s after the call began.",
            seconds(course.greeting),
            seconds(waited),
        ))?,
        None => say("Greeting: none; nothing was heard at all.")?,
    }
    if course.has_spoken {
        say(format_args!(
            "Spoken: {:.1} s at {}.",
            seconds(duration_of(voice.len())),
            Level::of(voice)
        ))?;
    }
    match course.echo {
        Some(Echo { delay, gain, correlation }) => say(format_args!(
            "Echo: yes, {:.2} s after it was spoken, {}, correlation {correlation:.3}.",
            seconds(delay),
            loudness(gain),
        ))?,
        None => say("Echo: no, the voice did not come back.")?,
    }
    if let Some(reason) = &ended.cut_off {
        say(format_args!("The other side ended the call: {reason}."))?;
    }
    Ok(if course.echo.is_some() { Exit::Done } else { Exit::NoEcho })
}

fn loudness(gain: f32) -> String {
    if gain.abs() < 0.5 {
        "as loud".to_owned()
    } else if gain > 0.0 {
        format!("{gain:.1} dB louder")
    } else {
        format!("{:.1} dB quieter", -gain)
    }
}

fn seconds(duration: std::time::Duration) -> f64 {
    duration.as_secs_f64()
}
