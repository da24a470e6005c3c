//! `engine`: what answers calls, and what is to answer the next.

use anyhow::Result;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use serde_json::json;
use station::{Conversation, Settings, folders, words};
use wire::protocol::{Command, Message};
use wire::{Engine, EngineChoice, EngineChosen, EngineOffer, EngineOrder, Snapshot};

use crate::check;
use crate::exit::Exit;
use crate::orders::begin;
use crate::status::settings;
use crate::terminal::{complain, now, say, say_json};

#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "It holds from the next call on, without a restart, and is kept in the settings; calls that go on keep what \
                  answers them.\n\
                  Exit codes: 0 done; 3 no xSwarm Voice answers; 8 it was not chosen."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    asked: Option<Asked>,
    /// What is to answer calls. Of several a call takes the first that can [default: tell what answers, and what could].
    #[arg(value_parser = engine())]
    engines: Vec<Engine>,
    /// Have this server answer before all others. It must have been found: without arguments those are told.
    #[arg(long, value_name = "URL", requires = "engines")]
    server: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Asked {
    /// Tell which servers of speech models this machine can run, and what is missing for each.
    Check(check::Arguments),
}

pub(crate) async fn run(arguments: Arguments) -> Result<Exit> {
    let Arguments { asked, engines, server, json } = arguments;
    if let Some(Asked::Check(arguments)) = asked {
        return check::run(arguments).await;
    }
    let engine = match engines.as_slice() {
        [] => return tell(json).await,
        [engine] => EngineChoice::One(*engine),
        _ => EngineChoice::InTurn(engines),
    };
    choose(EngineOrder { engine, server }, json).await
}

/// What it is on a command line.
const fn name(engine: Engine) -> &'static str {
    match engine {
        Engine::LineCheck => "line-check",
        Engine::Moshi => "moshi",
    }
}

/// An engine by its name, as the settings or as a command line has it.
fn engine() -> impl TypedValueParser<Value = Engine> {
    let names = Engine::ALL.iter().map(|engine| {
        let as_in_settings: &'static str = engine.into();
        PossibleValue::new(name(*engine)).alias(as_in_settings)
    });
    PossibleValuesParser::new(names).try_map(|name| name.replace('-', "_").parse::<Engine>())
}

/// Tells what answers calls, and what could.
async fn tell(json: bool) -> Result<Exit> {
    let settings = settings()?;
    let snapshot = match Conversation::with_whoever_runs(&settings).await? {
        Some(mut conversation) => Some(conversation.status().await?),
        None => station::glance().await,
    };
    let Some(Snapshot { engines, found, .. }) = snapshot else {
        return tell_of_the_settings(&settings, json);
    };
    let chosen = engines.iter().find(|offer| offer.is_chosen).map(|offer| &offer.choice);
    if json {
        let told = json!({ "engine": chosen, "engines": engines, "found": found });
        say_json(&serde_json::to_string_pretty(&told)?)?;
        return Ok(Exit::Done);
    }
    if let Some(chosen) = chosen {
        say(format!("Calls are answered by {}.", words::answered_by(chosen)))?;
    }
    engines.iter().try_for_each(|offer| say(line(offer)))?;
    found.iter().try_for_each(|server| {
        say(words::found_server(server))?;
        say(format!("Use it: xswarm engine {} --server {}", arguments(&server.choice), server.url))
    })?;
    Ok(Exit::Done)
}

/// What will answer calls, where nobody runs who would tell.
fn tell_of_the_settings(settings: &Settings, json: bool) -> Result<Exit> {
    let chosen = settings.engine();
    if json {
        say_json(&serde_json::to_string_pretty(&json!({ "engine": chosen, "engines": [] }))?)?;
    } else {
        let answered_by = words::answered_by(chosen);
        say(format!(
            "No xSwarm Voice answers. By the settings, calls are answered by {answered_by}."
        ))?;
    }
    Ok(Exit::NoAnswer)
}

/// One that can be chosen, with the words by which it is on the command line.
fn line(offer: &EngineOffer) -> String {
    let EngineOffer { choice, text, is_chosen, needs, .. } = offer;
    let mark = if *is_chosen { '*' } else { ' ' };
    let needs = needs.as_ref().map(|needs| format!(" {needs}")).unwrap_or_default();
    format!("{mark} {:<16} {text}{needs}", arguments(choice))
}

fn arguments(choice: &EngineChoice) -> String {
    choice.engines().iter().map(|engine| name(*engine)).collect::<Vec<_>>().join(" ")
}

async fn choose(order: EngineOrder, json: bool) -> Result<Exit> {
    if station::running().is_none() {
        return write(&order, json);
    }
    let Some(mut conversation) = begin().await? else { return Ok(Exit::NoAnswer) };
    let label = conversation.say(&Command::ChooseEngine(order)).await?;
    match conversation.answer(label).await? {
        Some(Message::EngineChosen(chosen)) => tell_of_choice(chosen, json),
        Some(Message::Failure(failure)) => not_chosen(words::failure(&failure, now())),
        Some(Message::Error { message, .. }) => not_chosen(format!("Not chosen: {message}.")),
        Some(_) | None => {
            not_chosen("xSwarm Voice has ended; what became of it is not known.".to_owned())
        }
    }
}

/// Writes it into the settings, where nobody runs who would do so.
fn write(EngineOrder { engine, server }: &EngineOrder, json: bool) -> Result<Exit> {
    if server.is_some() {
        let why =
            "only an xSwarm Voice that runs finds servers. Name it in the setting moshi.servers";
        return not_chosen(format!("Not chosen: {why}."));
    }
    let folder = folders::needed(folders::config())?;
    match station::choose_for_the_next_start(&folder, engine) {
        Ok(chosen) => tell_of_choice(chosen, json),
        Err(unchanged) => not_chosen(format!("Not chosen: {unchanged}.")),
    }
}

fn tell_of_choice(chosen: EngineChosen, json: bool) -> Result<Exit> {
    if json {
        say_json(&serde_json::to_string_pretty(&chosen)?)?;
    } else {
        say(chosen.sentence)?;
    }
    Ok(Exit::Done)
}

fn not_chosen(why: String) -> Result<Exit> {
    complain(why)?;
    Ok(Exit::NotDone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_is_named_as_in_the_settings_or_as_on_a_command_line() {
        let named = |words: &[&str]| {
            let command = clap::Command::new("engine")
                .arg(clap::Arg::new("engines").num_args(0..).value_parser(engine()));
            let words = std::iter::once("engine").chain(words.iter().copied());
            let matches = command.try_get_matches_from(words).ok()?;
            Some(matches.get_many::<Engine>("engines")?.copied().collect::<Vec<_>>())
        };
        let both = vec![Engine::Moshi, Engine::LineCheck];
        assert_eq!(named(&["moshi", "line-check"]).as_ref(), Some(&both));
        assert_eq!(named(&["moshi", "line_check"]).as_ref(), Some(&both));
        assert_eq!(named(&["telephone"]), None);
        assert_eq!(arguments(&EngineChoice::InTurn(both)), "moshi line-check");
    }
}
