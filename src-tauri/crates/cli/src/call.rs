//! `call`: places a call as Twilio would, with a recorded voice, and tells whether the voice comes back.

mod address;
mod answerer;
mod recording;

use std::path::PathBuf;

use anyhow::{Result, ensure};
use audio::{Level, duration_of};
use station::settings::Section;
use station::{Introduction, NotOurs, TOKEN_HEADER};
use testcall::{Course, Echo, End, PhoneCall, QUIET, Unanswered, frames};
use wire::Engine;
use wire::window::Answerer;

use address::Address;
use recording::{Recording, Reply};

use crate::exit::Exit;
use crate::serve::signals::Signals;
use crate::status::settings;
use crate::terminal::say;

const COURSE: &str = "\
The call listens to the greeting, speaks the recording, listens to what comes back and hangs up. In a pause of the recording,
and after about 15 s without one, the other side may answer and is heard out, so a long recording may come back in pieces.

Where a voice model is set to answer and our own voice bridge is called, the model is what the call is judged by: whether it
answered, and was heard. It need not say again what was said to it.

It ends by itself: a side that says nothing is spoken to after 10 s, a greeting is interrupted after 30 s and an answer
after 60 s, and who says nothing for 10 s after the recording is hung up on. Ctrl-C hangs up at once. However it ends, what
was heard until then is told and saved.

The recording is never written to. An existing REPLY.wav is replaced once something was heard, and left as it is if nobody
takes the call.

Exit codes: 0 the voice came back, all but a tenth of it at most, or the voice model answered; 1 the recording can't be read, the reply can't be written
or the call broke off; 3 nobody took the call; 6 the voice did not come back, or not all of it, or no voice model answered
where one is set to.";

#[derive(Debug, clap::Args)]
#[command(after_help = COURSE)]
pub(crate) struct Arguments {
    /// A recorded voice, or - for standard input: a WAV file of any rate, in PCM, float, µ-law or A-law.
    #[arg(value_name = "FILE.wav")]
    file: PathBuf,
    /// Save what the caller hears, from the first moment of the call on.
    #[arg(long, value_name = "REPLY.wav")]
    out: Option<PathBuf>,
    /// Whom to call, for instance localhost:9998 or only a port [default: the voice bridge's address in the settings].
    #[arg(long, value_name = "HOST:PORT")]
    address: Option<Address>,
}

pub(crate) async fn run(arguments: Arguments) -> Result<Exit> {
    let Arguments { file, out, address } = arguments;
    let recording = Recording::read(&file)?;
    let voice = &recording.voice;
    ensure!(Level::of(voice) > QUIET, "{} holds only silence", file.display());
    let mut signals = Signals::listen()?;
    let reply = out.as_deref().map(|out| Reply::open(out, &recording)).transpose()?;
    let is_ours = address.is_none();
    let dialled = tokio::select! {
        dialled = dial(address) => dialled?,
        _ = signals.next() => Err("The call was not placed: it was stopped.".to_owned()),
    };
    let call = match dialled {
        Ok(call) => call,
        Err(why) => {
            say(why)?;
            return Ok(Exit::NoAnswer);
        }
    };
    let stop = async {
        signals.next().await;
    };
    let carrier_id = call.carrier_id().to_owned();
    let ended = call.talk(&frames(voice), stop).await;
    // Before anything is said of it: whoever reads that may have gone.
    let saved = match reply {
        Some(reply) if !ended.heard.is_empty() => Some(reply.save(&ended.heard)),
        Some(_) | None => None,
    };
    let course = Course::of(&ended, voice);
    report(voice, &course, &ended.end)?;
    let answerer = if is_ours { answerer::of(&carrier_id).await? } else { None };
    let exit = judge(&course, answerer.as_ref())?;
    if let (Some(saved), Some(out)) = (saved, out) {
        saved?;
        say(format_args!(
            "Saved what was heard, {:.1} s, in {}.",
            seconds(duration_of(ended.heard.len())),
            out.display()
        ))?;
    }
    match ended.end {
        End::Broken(broken) => Err(broken.into()),
        End::HungUp | End::Stopped | End::CutOff(_) => Ok(exit),
    }
}

/// Dials that address, or our own voice bridge, and tells people why if nobody takes the call.
async fn dial(address: Option<Address>) -> Result<Result<PhoneCall, String>> {
    let Some(address) = address else {
        let Introduction { address, token, secret } = match introduction().await {
            Ok(introduction) => introduction,
            Err(NotOurs::Unreadable(error)) => return Err(error.into()),
            Err(not_ours @ (NotOurs::NobodyRuns | NotOurs::HeldByOthers { .. })) => {
                let why = "`xswarm status` tells more.";
                return Ok(Err(format!("The call was not placed: {not_ours}. {why}")));
            }
        };
        let token = token.as_deref().map(|token| (TOKEN_HEADER, token));
        let host = address.to_string();
        let dialled = PhoneCall::dial(address, &host, secret, token.as_slice()).await;
        return Ok(dialled.map_err(|why| untaken(&host, why)));
    };
    let host = address.written();
    let mut why = format!("There is no host of that name: {host}.");
    for place in address.places().await {
        // Nobody else's bridge is shown the token and the secret of ours.
        match PhoneCall::dial(place, &host, None, &[]).await {
            Ok(call) => return Ok(Ok(call)),
            Err(unanswered) => why = untaken(&host, unanswered),
        }
    }
    Ok(Err(why))
}

fn untaken(host: &str, why: Unanswered) -> String {
    match why {
        Unanswered::Nobody => format!("Nobody answers at {host}. `xswarm status` tells why."),
        Unanswered::Declined { reason, .. } => {
            format!("The call was not taken at {host}: {reason}.")
        }
    }
}

async fn introduction() -> Result<Introduction, NotOurs> {
    let settings = settings().map_err(std::io::Error::other)?;
    station::introduction(&settings, &settings.addresses(Section::VoiceBridge)).await
}

/// Tells who answered where that isn't the line check, and how the call is judged.
fn judge(course: &Course, answerer: Option<&Answerer>) -> Result<Exit> {
    let echo = if course.echo.is_some() { Exit::Done } else { Exit::NoEcho };
    let Some(answerer) =
        answerer.filter(|it| it.engine != Some(Engine::LineCheck) || !it.is_wanted)
    else {
        return Ok(echo);
    };
    say(&answerer.sentence)?;
    if let Some(words) = &answerer.words {
        say(format_args!("Its last words: {words}"))?;
    }
    Ok(match (answerer.is_wanted, answerer.engine, course.answered_after) {
        (true, Some(Engine::Moshi), Some(_)) => Exit::Done,
        (true, Some(Engine::LineCheck) | None, _) => echo,
        (true, Some(Engine::Moshi), None) | (false, _, _) => Exit::NoEcho,
    })
}

fn report(voice: &[i16], course: &Course, end: &End) -> Result<()> {
    match course.answered_after {
        Some(waited) if !course.greeting.is_zero() => say(format_args!(
            "Greeting: {:.1} s, {:.2} s after the call began.",
            seconds(course.greeting),
            seconds(waited),
        ))?,
        Some(_) => say("Greeting: none.")?,
        None => say("Greeting: none; nothing was heard at all.")?,
    }
    if !course.spoken.is_zero() {
        say(format_args!("Spoken: {:.1} s at {}.", seconds(course.spoken), Level::of(voice)))?;
    }
    let (returned, whole) = (seconds(course.returned.0), seconds(course.returned.1));
    match course.echo {
        Some(Echo { delay, gain, correlation }) => {
            say(format_args!(
                "Echo: yes, {:.2} s after it was spoken, {}, correlation {correlation:.3}.",
                seconds(delay),
                loudness(gain),
            ))?;
            if returned < whole {
                say(format_args!("Missing: {:.1} s of {whole:.1} s of it.", whole - returned))?;
            }
        }
        None if returned > 0.0 => {
            say(format_args!(
                "Echo: no, only {returned:.1} s of {whole:.1} s of the voice came back."
            ))?;
        }
        None => say("Echo: no, the voice did not come back.")?,
    }
    match end {
        End::CutOff(reason) => say(format_args!("The other side ended the call: {reason}."))?,
        End::Stopped => say("The call was stopped before its end.")?,
        End::HungUp | End::Broken(_) => {}
    }
    Ok(())
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
