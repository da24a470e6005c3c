//! `start`, `stop`, `restart`, `hang-up`, `stop-speech`, `suggest` and `say`: orders for the xSwarm Voice that runs, and what
//! becomes of them.

use anyhow::Result;
use station::{Conversation, words};
use tokio::signal::ctrl_c;
use wire::ServiceName;
use wire::protocol::{Command, Message};
use wire::steering::{CallOrder, Priority, Silencing, Speaking, Suggesting, Whom};

use crate::choice::one_of;
use crate::exit::Exit;
use crate::status::settings;
use crate::terminal::{complain, now, say};

/// What `--help` says of how an order ends.
pub(crate) const HELP: &str =
    "Exit codes: 0 done; 3 no xSwarm Voice answers; 8 it was not carried out.";

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct OfService {
    /// Which, for instance `voice-bridge`.
    #[arg(value_parser = |name: &str| name.replace('-', "_").parse::<ServiceName>())]
    pub(crate) service: ServiceName,
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 the engine has used it; 3 no xSwarm Voice answers; 7 it was not taken or came to nothing."
)]
pub(crate) struct Suggest {
    /// What to suggest.
    text: String,
    /// For which call: its number, or `next` [default: the only one that goes on, else the next].
    #[arg(long, value_name = "ID", value_parser = call)]
    call: Option<Whom>,
    /// How urgent it is.
    #[arg(long, value_name = "P", default_value = "normal", value_parser = one_of::<Priority>())]
    priority: Priority,
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Ctrl-C silences it. Exit codes: 0 the caller has heard it; 3 no xSwarm Voice answers; 7 it was not heard, or not to its end."
)]
pub(crate) struct Say {
    /// What to say.
    text: String,
    /// To which call [default: the only one that goes on].
    #[arg(long, value_name = "ID")]
    call: Option<u64>,
}

/// Gives an order, and tells what came of it.
pub(crate) async fn give(order: impl Into<Command>) -> Result<Exit> {
    let Some(mut conversation) = begin().await? else { return Ok(Exit::NoAnswer) };
    let label = conversation.say(&order.into()).await?;
    let (said, exit) = match conversation.answer(label).await? {
        Some(Message::Outcome(outcome)) => (words::outcome(&outcome, now()), Exit::Done),
        Some(Message::HungUp { call }) => (format!("Hung up call {call}."), Exit::Done),
        Some(Message::SpeechStopped { stopped }) => (silenced(stopped), Exit::Done),
        Some(Message::Failure(failure)) => (words::failure(&failure, now()), Exit::NotDone),
        Some(Message::Error { message, .. }) => (format!("Not done: {message}."), Exit::NotDone),
        Some(_) | None => {
            let ended = "xSwarm Voice has ended; what became of the order is not known.";
            (ended.to_owned(), Exit::NotDone)
        }
    };
    say(said)?;
    Ok(exit)
}

fn call(text: &str) -> Result<Whom, String> {
    match text.parse() {
        Ok(number) => Ok(Whom::Call(number)),
        Err(_) if text == "next" => Ok(Whom::Next),
        Err(_) => Err("a call is a number, or `next`".to_owned()),
    }
}

pub(crate) async fn suggest(Suggest { text, call, priority }: Suggest) -> Result<Exit> {
    follow(CallOrder::Suggest(Suggesting { text, priority, call })).await
}

pub(crate) async fn say_to_caller(Say { text, call }: Say) -> Result<Exit> {
    follow(CallOrder::Speak(Speaking { text, call, stream_sid: None })).await
}

/// Gives this order, and tells what becomes of it until that is certain.
async fn follow(order: CallOrder) -> Result<Exit> {
    let Some(mut conversation) = begin().await? else { return Ok(Exit::NoAnswer) };
    let is_speech = matches!(order, CallOrder::Speak(_));
    let label = conversation.say(&order.into()).await?;
    // What is being said, and whether it is to be: nobody else's speech is silenced.
    let (mut speech, mut is_unwanted) = (None, false);
    loop {
        if is_unwanted && let Some(speech) = speech.take() {
            let silencing = Silencing { call: None, speech: Some(speech) };
            conversation.say(&CallOrder::StopSpeech(silencing).into()).await?;
        }
        let message = tokio::select! {
            message = conversation.answer(label) => message?,
            interrupted = ctrl_c(), if is_speech => {
                interrupted?;
                is_unwanted = true;
                continue;
            }
        };
        let Some(message) = message else {
            complain("xSwarm Voice has ended; what became of it is not known.")?;
            return Ok(Exit::NotHeard);
        };
        say(sentence(&message).unwrap_or_default())?;
        if let Message::SynthesisStarted { speech: begun, .. } = message {
            speech = Some(begun);
        } else if !matches!(message, Message::SuggestionApplied { .. }) {
            let is_done = matches!(
                message,
                Message::SuggestionDelivered { .. } | Message::SynthesisComplete { .. }
            );
            return Ok(if is_done { Exit::Done } else { Exit::NotHeard });
        }
    }
}

/// Begins a conversation with the xSwarm Voice that runs, or tells that nobody answers.
pub(crate) async fn begin() -> Result<Option<Conversation>> {
    let conversation = Conversation::with_whoever_runs(&settings()?).await?;
    if conversation.is_none() {
        complain("No xSwarm Voice answers. `xswarm status` tells why.")?;
    }
    Ok(conversation)
}

/// What a message about words for a call says, if it is one.
#[expect(clippy::wildcard_enum_match_arm, reason = "most messages say nothing of words for a call")]
pub(crate) fn sentence(message: &Message) -> Option<String> {
    Some(match message {
        Message::SuggestionApplied { call: Some(call), .. } => format!("Taken, for call {call}."),
        Message::SuggestionApplied { call: None, .. } => "Taken, for the next call.".to_owned(),
        Message::SuggestionDelivered { call, .. } => format!("Delivered in call {call}."),
        Message::SuggestionExpired { .. } => "It waited too long and was dropped.".to_owned(),
        Message::SuggestionFailed { reason, .. } => format!("It came to nothing: {reason}."),
        Message::SuggestionRejected(refused) => {
            let reason = refused.text.trim_end_matches('.');
            let instead = if refused.can_speak {
                " `xswarm say` would have it said word for word."
            } else {
                ""
            };
            format!("Not taken: {reason}.{instead}")
        }
        Message::SynthesisStarted { call, length_ms, .. } => {
            format!("Saying it in call {call}, {}.", seconds(*length_ms))
        }
        Message::SynthesisComplete { call, duration_ms, .. } => {
            format!("Heard in call {call}, {}.", seconds(*duration_ms))
        }
        Message::SynthesisFailed { heard_ms: Some(0), error, .. } => format!("Not said: {error}."),
        Message::SynthesisFailed { heard_ms: Some(heard), error, .. } => {
            format!("Cut short after {}: {error}.", seconds(*heard))
        }
        Message::SynthesisFailed { heard_ms: None, error, .. } => {
            format!("Perhaps not said to its end: {error}.")
        }
        Message::Error { message, .. } => message.clone(),
        _ => return None,
    })
}

pub(crate) fn silenced(pieces: u64) -> String {
    match pieces {
        1 => "1 piece of speech was silenced.".to_owned(),
        _ => format!("{pieces} pieces of speech were silenced."),
    }
}

#[expect(clippy::cast_precision_loss, reason = "nothing in a call lasts for ages")]
pub(crate) fn seconds(milliseconds: u64) -> String {
    format!("{:.1} s", milliseconds as f64 / 1000.0)
}
