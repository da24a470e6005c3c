//! Prints `ui/src/wire.ts`: the same types for the window, in TypeScript.

#![allow(clippy::print_stdout, reason = "printing is what this program is for")]

use std::ops::RangeInclusive;

use ts_rs::{Config, TS};

use wire::window::{self, Row};
use wire::{
    Call, CallEnd, CallPhase, Carrier, Cause, CertificateFault, CheckResult, Companion, Condition,
    Crowding, Ended, EndedBy, Engine, EngineChoice, EngineChosen, EngineOffer, EngineOrder, Face,
    Failure, Force, FoundServer, Gaps, Guard, HIDDEN, Heard, Holder, HolderKind, Identity,
    KnownServer, LEFT_OUT, Life, LogLevel, LogLine, Mishap, Model, ModelCause, ModelHealth,
    ModelServer, ModelState, NotOffered, Note, Offer, Order, Outcome, Piece, PortState, Program,
    Refusal, Remedy, Requirement, Said, Sentence, ServerCheck, Service, ServiceKind, ServiceName,
    Setting, SettingValue, SettingsEffect, SettingsForm, SettingsProblem, SettingsSection, Silence,
    Snapshot, Speaker, Timestamp, Trouble, TurnedAway, Way, Words, steering,
};

/// These types, declared in TypeScript.
macro_rules! declared {
    ($config:expr; $($kind:ty),*) => { [$(<$kind as TS>::decl($config)),*] };
}

fn main() {
    print!("{}", module());
}

fn module() -> String {
    // The window counts in doubles.
    let config = Config::default().with_large_int("number");
    let declarations = declared![&config;
        Timestamp, ServiceName, Condition, Piece, Sentence, Face, Remedy, Offer, Life, Identity,
        HolderKind, Guard, Holder, Cause,
        Refusal, Silence, Crowding, PortState, Companion, Mishap, Trouble, ServiceKind, Program, Service, Engine,
        EngineChoice, EngineOrder, EngineOffer, EngineChosen, CertificateFault, ModelCause, ModelHealth, Model, Carrier, CallPhase, Heard, Gaps, Said, ModelState, ModelServer, Speaker, Words, EndedBy,
        CallEnd, Way, NotOffered, Call, TurnedAway, SettingsEffect, Note, FoundServer, Snapshot, Order, Force, Ended, Outcome,
        steering::Whom, steering::Priority, steering::Reason, steering::Refused,
        steering::Suggesting, steering::Speaking, steering::Silencing, steering::CallOrder,
        steering::CallOutcome, steering::CallFailure, Failure, LogLevel, LogLine, SettingValue,
        Setting, SettingsSection, SettingsProblem, SettingsForm, Requirement, CheckResult, ServerCheck,
        KnownServer, window::DesktopOffers,
        window::SettingsSaved, window::Report, window::Echo, window::Answerer,
        window::TestCall, window::ConfirmFree
    ];
    let mut text = String::from(
        "// Made from the crate `wire` by `cargo xtask check --fix`; changes belong there.\n",
    );
    for declaration in declarations {
        text.push_str("\nexport ");
        text.push_str(&declaration);
        text.push('\n');
    }
    text += &commands(&window::table(&config));
    text += "\n/** What the window is told unasked. */\nexport interface Events {\n";
    text += &event::<Snapshot>(&config);
    text += &event::<window::ConfirmFree>(&config);
    text += "}\n";
    text + &letters()
}

/// All that the window may ask for, and how each is asked.
fn commands(table: &[Row]) -> String {
    let mut face = String::from(
        "\n/** All that the window may ask of the app; a promise rejects with a `Failure`. */\nexport interface Commands {\n",
    );
    let mut ways = String::from(
        "\n/** Those commands, by way of whatever carries a question to the app. */\n\
         export const commands = (\n  ask: <Answer>(command: string, payload: Record<string, unknown>) => Promise<Answer>,\n\
         ): Commands => ({\n",
    );
    for Row { doc, name, payload, answer } in table {
        let method = camel_case(name);
        let answer = if answer == "null" { "void" } else { answer };
        let typed: Vec<String> =
            payload.iter().map(|(field, kind)| format!("{}: {kind}", camel_case(field))).collect();
        let named: Vec<String> = payload.iter().map(|(field, _)| camel_case(field)).collect();
        let sent: Vec<String> =
            payload.iter().map(|(field, _)| format!("{field}: {}", camel_case(field))).collect();
        let (typed, named) = (typed.join(", "), named.join(", "));
        let sent =
            if sent.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", sent.join(", ")) };
        face += &format!("  /**{doc} */\n  {method}({typed}): Promise<{answer}>;\n");
        ways += &format!("  {method}: ({named}) => ask(\"{name}\", {sent}),\n");
    }
    face + "}\n" + &ways + "});\n"
}

/// Something that the window is told unasked, under its name.
fn event<E: window::Event + TS>(config: &Config) -> String {
    format!("  {}: {};\n", E::NAME, E::name(config))
}

/// A name as TypeScript writes it.
fn camel_case(name: &str) -> String {
    let mut parts = name.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |whole, part| {
        let (head, rest) = part.split_at(part.len().min(1));
        whole + &head.to_uppercase() + rest
    })
}

/// What is not shown as it is, for whoever shows a text.
fn letters() -> String {
    let mut text = String::new();
    for (name, what, letters) in [
        ("HIDDEN", "What could hide or reorder what is shown; a person sees it as U+FFFD.", HIDDEN),
        ("LEFT_OUT", "What only tells how its neighbours look; it is not shown.", LEFT_OUT),
    ] {
        text += &format!("\n/** {what} */\nexport const {name} = /[{}]/gu;\n", class(letters));
    }
    text
}

/// The letters as a regular expression has them.
fn class(letters: &[RangeInclusive<char>]) -> String {
    let escaped = |letter: &char| format!("\\u{{{:x}}}", u32::from(*letter));
    letters.iter().map(|range| escaped(range.start()) + "-" + &escaped(range.end())).collect()
}
