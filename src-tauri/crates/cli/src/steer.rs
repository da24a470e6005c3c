//! `suggest` and `say`: words for a call, and what becomes of them.

use anyhow::Result;
use serde_json::{Value, json};
use station::Conversation;
use tokio::signal::ctrl_c;

use crate::exit::Exit;
use crate::status::settings;
use crate::terminal::{complain, say};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 the engine has used it; 3 no xSwarm Voice answers; 7 it was not taken or came to nothing."
)]
pub(crate) struct Suggest {
    /// What to suggest.
    text: String,
    /// For which call: its number, or `next` [default: the only one that goes on, else the next].
    #[arg(long, value_name = "ID", value_parser = call)]
    call: Option<Value>,
    /// How urgent it is.
    #[arg(long, value_name = "P", default_value = "normal", value_parser = ["low", "normal", "high"])]
    priority: String,
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

fn call(text: &str) -> Result<Value, String> {
    match text.parse::<u64>() {
        Ok(number) => Ok(json!(number)),
        Err(_) if text == "next" => Ok(json!(text)),
        Err(_) => Err("a call is a number, or `next`".to_owned()),
    }
}

pub(crate) async fn suggest(Suggest { text, call, priority }: Suggest) -> Result<Exit> {
    let command =
        json!({"type": "inject_suggestion", "text": text, "call": call, "priority": priority});
    follow(command).await
}

pub(crate) async fn say_to_caller(Say { text, call }: Say) -> Result<Exit> {
    follow(json!({"type": "synthesize_text", "text": text, "call": call})).await
}

/// Says this, and tells what becomes of it until that is certain.
async fn follow(command: Value) -> Result<Exit> {
    let Some(mut conversation) = Conversation::with_whoever_runs(&settings()?).await? else {
        complain("No xSwarm Voice answers. `xswarm status` tells why.")?;
        return Ok(Exit::NoAnswer);
    };
    let is_speech = command["type"] == "synthesize_text";
    let label = conversation.say(command).await?;
    // What is being said, and whether it is to be: nobody else's speech is silenced.
    let (mut speech, mut is_unwanted) = (None, false);
    loop {
        if is_unwanted && let Some(speech) = speech.take() {
            conversation.say(json!({"type": "stop_speech", "speech": speech})).await?;
        }
        let message = tokio::select! {
            message = conversation.hear() => message?,
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
        if message["id"] != label {
            continue;
        }
        say(sentence(&message))?;
        match message["type"].as_str() {
            Some("suggestion_applied") => {}
            Some("synthesis_started") => speech = message["speech"].as_u64(),
            Some("suggestion_delivered" | "synthesis_complete") => return Ok(Exit::Done),
            _ => return Ok(Exit::NotHeard),
        }
    }
}

/// What a message about words for a call says.
pub(crate) fn sentence(message: &Value) -> String {
    let text = |field: &str| message[field].as_str().unwrap_or_default().to_owned();
    let seconds =
        |field: &str| format!("{:.1} s", message[field].as_f64().unwrap_or_default() / 1000.0);
    let call = match message["call"].as_u64() {
        Some(number) => format!("call {number}"),
        None => "the next call".to_owned(),
    };
    match message["type"].as_str().unwrap_or_default() {
        "suggestion_applied" => format!("Taken, for {call}."),
        "suggestion_delivered" => format!("Delivered in {call}."),
        "suggestion_expired" => "It waited too long and was dropped.".to_owned(),
        "suggestion_failed" => format!("It came to nothing: {}.", text("reason")),
        "suggestion_rejected" if message["can_speak"] == true => format!(
            "Not taken: {}. `xswarm say` would have it said word for word.",
            text("reason").trim_end_matches('.')
        ),
        "suggestion_rejected" => {
            format!("Not taken: {}.", text("reason").trim_end_matches('.'))
        }
        "synthesis_started" => format!("Saying it in {call}, {}.", seconds("length_ms")),
        "synthesis_complete" => format!("Heard in {call}, {}.", seconds("duration_ms")),
        "synthesis_failed" => match message["heard_ms"].as_u64() {
            Some(0) => format!("Not said: {}.", text("error")),
            Some(_) => format!("Cut short after {}: {}.", seconds("heard_ms"), text("error")),
            None => format!("Perhaps not said to its end: {}.", text("error")),
        },
        _ => text("message"),
    }
}
