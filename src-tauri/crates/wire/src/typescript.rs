//! The same types for the window, in TypeScript.

use std::ops::RangeInclusive;

use ts_rs::{Config, TS};

use crate::text::{HIDDEN, LEFT_OUT};

/// The text of `ui/src/wire.ts`.
#[must_use]
pub fn module() -> String {
    let config = Config::default();
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
        crate::Failure::decl(&config),
    ];
    let mut text = String::from(
        "// Made from the crate `wire` by `cargo xtask check --fix`; changes belong there.\n",
    );
    for declaration in declarations {
        text.push_str("\nexport ");
        text.push_str(&declaration);
        text.push('\n');
    }
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
