//! The same types for the window, in TypeScript.

use ts_rs::{Config, TS};

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
    text
}
