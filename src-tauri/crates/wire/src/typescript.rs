//! The same types for the window, in TypeScript.

use std::ops::RangeInclusive;

use ts_rs::{Config, TS};

use crate::steering;
use crate::text::{HIDDEN, LEFT_OUT};
use crate::window::{self, Row};

/// The text of `ui/src/wire.ts`.
#[must_use]
pub fn module() -> String {
    // The window counts in doubles.
    let config = Config::default().with_large_int("number");
    let declarations = [
        crate::Timestamp::decl(&config),
        crate::ServiceName::decl(&config),
        crate::Condition::decl(&config),
        crate::Life::decl(&config),
        crate::Identity::decl(&config),
        crate::HolderKind::decl(&config),
        crate::Guard::decl(&config),
        crate::Holder::decl(&config),
        crate::Cause::decl(&config),
        crate::Refusal::decl(&config),
        crate::Silence::decl(&config),
        crate::Crowding::decl(&config),
        crate::PortState::decl(&config),
        crate::Companion::decl(&config),
        crate::Mishap::decl(&config),
        crate::Trouble::decl(&config),
        crate::Service::decl(&config),
        crate::Engine::decl(&config),
        crate::Carrier::decl(&config),
        crate::CallPhase::decl(&config),
        crate::Heard::decl(&config),
        crate::Gaps::decl(&config),
        crate::Said::decl(&config),
        crate::ModelState::decl(&config),
        crate::ModelServer::decl(&config),
        crate::Speaker::decl(&config),
        crate::Words::decl(&config),
        crate::EndedBy::decl(&config),
        crate::CallEnd::decl(&config),
        crate::Call::decl(&config),
        crate::TurnedAway::decl(&config),
        crate::SettingsEffect::decl(&config),
        crate::Note::decl(&config),
        crate::Snapshot::decl(&config),
        crate::Order::decl(&config),
        crate::Force::decl(&config),
        crate::Ended::decl(&config),
        crate::Outcome::decl(&config),
        steering::Whom::decl(&config),
        steering::Priority::decl(&config),
        steering::Reason::decl(&config),
        steering::Refused::decl(&config),
        steering::Suggesting::decl(&config),
        steering::Speaking::decl(&config),
        steering::Silencing::decl(&config),
        steering::CallOrder::decl(&config),
        steering::CallOutcome::decl(&config),
        steering::CallFailure::decl(&config),
        crate::Failure::decl(&config),
    ];
    let mut text = String::from(
        "// Made from the crate `wire` by `cargo xtask check --fix`; changes belong there.\n",
    );
    for declaration in declarations.into_iter().chain(of_the_window(&config)) {
        text.push_str("\nexport ");
        text.push_str(&declaration);
        text.push('\n');
    }
    text += &commands(&window::table(&config));
    text += "\n/** What the window is told unasked. */\nexport interface Events {\n";
    text += &event::<crate::Snapshot>(&config);
    text += &event::<window::ConfirmFree>(&config);
    text += "}\n";
    text + &letters()
}

/// What only the app's own window asks for and is told.
fn of_the_window(config: &Config) -> Vec<String> {
    vec![
        crate::LogLevel::decl(config),
        crate::LogLine::decl(config),
        crate::SettingValue::decl(config),
        crate::Setting::decl(config),
        crate::SettingsSection::decl(config),
        crate::SettingsProblem::decl(config),
        crate::SettingsForm::decl(config),
        window::DesktopOffers::decl(config),
        window::SettingsSaved::decl(config),
        window::Report::decl(config),
        window::Echo::decl(config),
        window::TestCall::decl(config),
        window::ConfirmFree::decl(config),
    ]
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
