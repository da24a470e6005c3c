//! Every leg with every engine: what belongs to a call is there whoever calls and whoever answers.
//!
//! What a leg or an engine can't have is not offered; [`cells::Row::withheld`] says where and why, and its answer is tested too.

#![allow(
    clippy::disallowed_methods,
    reason = "a leg of the test's own making is held by a task of its own"
)]

#[path = "../caller/mod.rs"]
mod caller;
mod cells;
#[path = "../fake_moshi/mod.rs"]
mod fake_moshi;
mod limit;
mod line;
#[path = "../moshi_client/mod.rs"]
mod moshi_client;
mod own;
#[path = "../recorded/mod.rs"]
mod recorded;
mod talk;

use std::time::Duration;

use audio::Level;
use bridge::Settings;
use caller::{likeness, voice};
use cells::{EngineKind, LegKind, Row, each, one_by_one};
use futures_util::future::join_all;
use limit::within;
use recorded::{recorded, recordings};
use talk::Talk;
use wire::steering::{Fate, Priority, Reason, Whom};
use wire::{Call, CallPhase, EndedBy, Happening};

/// Whoever speaks is heard at once: so long it may take until what is being said falls silent.
const CUT_IN: Duration = Duration::from_millis(100);
/// From this level on, in decibels below full scale, a level is one of a voice.
const SHOWN_LOUD: i8 = -45;

#[tokio::test]
async fn whoever_calls_hears_something() {
    each(Row::Greeting, async |mut talk: Talk| talk.hears_something().await).await;
}

#[tokio::test]
async fn who_speaks_is_there_to_see() {
    each(Row::Phase, async |mut talk: Talk| {
        talk.call_becomes(|call| call.phase == CallPhase::Engine).await;
        talk.line.says(&voice());
        talk.call_becomes(|call| call.phase == CallPhase::Caller).await;
        talk.call_becomes(|call| call.phase != CallPhase::Caller).await;
    })
    .await;
}

#[tokio::test]
async fn how_loud_both_sides_are_is_there_to_see() {
    each(Row::Levels, async |mut talk: Talk| {
        talk.call_becomes(|call| call.said.level_dbfs > SHOWN_LOUD).await;
        talk.line.says(&voice());
        talk.call_becomes(|call| call.heard.level_dbfs > SHOWN_LOUD).await;
    })
    .await;
}

#[tokio::test]
async fn the_level_that_is_shown_is_that_of_what_is_sent() {
    let levels = [(-45, CallPhase::Engine), (-60, CallPhase::Quiet), (-100, CallPhase::Quiet)];
    one_by_one(Row::Levels, async |cell| {
        let shown = levels.map(async |(level, phase)| {
            // Whatever is said as a whole is said, be it as quiet as it may; a model has no such end.
            let phase = if cell.engine == EngineKind::Moshi { phase } else { CallPhase::Engine };
            let mut talk = cell.talk_at(Level::dbfs(level.into()), Settings::default()).await;
            let is_level = |call: &Call| (call.said.level_dbfs - level).abs() <= 2;
            talk.call_becomes(|call| call.said.sound_ms > 600 && is_level(call)).await;
            let call = talk.call_becomes(|call| call.said.sound_ms > 1_200).await;
            assert!(is_level(&call) && call.phase == phase, "{level} shows as {call:?}");
        });
        if cell.engine != EngineKind::LineCheck {
            join_all(shown).await;
        }
    })
    .await;
}

#[tokio::test]
async fn how_long_the_caller_spoke_is_told() {
    each(Row::UserSpeech, async |mut talk: Talk| {
        let mut happenings = talk.bridge.bridge.happenings().subscribe();
        talk.line.says(&voice());
        let told = async {
            loop {
                if let Ok(Happening::Utterance { call, duration_ms }) = happenings.recv().await {
                    return (call, duration_ms);
                }
            }
        };
        let (call, lasted) = talk.line.during(told).await;
        assert!(call == talk.id && (200..4_000).contains(&lasted), "{lasted} ms of call {call}");
        talk.call_becomes(|call| call.heard.utterances > 0).await;
    })
    .await;
}

#[tokio::test]
async fn who_cuts_in_is_not_talked_over() {
    one_by_one(Row::BargeIn, async |cell| {
        if cell.withheld(Row::BargeIn).is_none() {
            return within(CUT_IN, async || cell.talk().await.cuts_in().await).await;
        }
        let mut talk = cell.talk().await;
        talk.hears_something().await;
        talk.line.says(&voice());
        talk.call_becomes(|call| call.heard.utterances > 0).await;
        let call = talk.call_becomes(|_| true).await;
        assert_eq!((call.said.clears, talk.line.noted.cleared), (0, None));
    })
    .await;
}

#[tokio::test]
async fn what_is_suggested_is_taken_up_or_refused() {
    each(Row::Suggestion, async |mut talk: Talk| {
        let suggest = |text| talk.bridge.bridge.suggest(Whom::Call(talk.id), text, Priority::High);
        let suggested = suggest("Say good bye.");
        if talk.cell.withheld(Row::Suggestion).is_some() {
            let refused = suggested.expect_err("nobody would take it");
            assert_eq!(refused.reason, Reason::EngineTakesNoText);
            return;
        }
        if talk.cell.engine == EngineKind::LineCheck && talk.bridge.bridge.voice().is_none() {
            assert_eq!(suggested.expect_err("nobody could say it").reason, Reason::NoVoice);
            return;
        }
        let fate = talk.line.during(suggested.expect("it is taken").fate()).await;
        assert!(matches!(fate, Fate::Delivered { call, .. } if call == talk.id), "{fate:?}");
    })
    .await;
}

#[tokio::test]
async fn what_is_to_be_said_word_for_word_is_heard_or_refused() {
    each(Row::Speech, async |mut talk: Talk| {
        let spoken = talk.line.during(talk.bridge.bridge.speak(talk.id, "The quick brown fox."));
        let spoken = spoken.await;
        if talk.cell.withheld(Row::Speech).is_some() {
            assert_eq!(spoken.expect_err("nobody would hear it").reason, Reason::TakesNoSpeech);
            return;
        }
        if talk.bridge.bridge.voice().is_none() {
            assert_eq!(spoken.expect_err("nobody could say it").reason, Reason::NoVoice);
            return;
        }
        let mut speech = spoken.expect("there is a voice");
        let heard = talk.line.during(speech.heard()).await;
        assert_eq!(heard, Ok(speech.length));
    })
    .await;
}

#[tokio::test]
async fn both_sides_are_recorded() {
    one_by_one(Row::Recording, async |cell| {
        let folder = tempfile::tempdir().expect("a folder");
        let recordings = Some(recordings(folder.path()));
        let mut talk = cell.talk_with(Settings { recordings, ..Settings::default() }).await;
        talk.hears_something().await;
        talk.line.says(&voice()[..14_000]);
        talk.call_becomes(|call| call.heard.utterances > 0).await;
        talk.hang_up().await;
        talk.over().await;
        let [theirs, ours] = recorded(folder.path());
        let likeness = likeness(&voice()[..14_000], &theirs);
        assert!(likeness > 0.95, "the caller's side is like what was said by {likeness}");
        assert!(Level::of(&ours) > Level::dbfs(-45.0), "{}", Level::of(&ours));
    })
    .await;
}

#[tokio::test]
async fn either_side_can_hang_up() {
    each(Row::HangUp, async |mut talk: Talk| {
        talk.hears_something().await;
        talk.hang_up().await;
        assert_eq!(talk.ended_by().await, EndedBy::Caller);
        let mut talk = talk.cell.talk().await;
        assert_eq!(talk.bridge.bridge.hang_up(talk.id), Ok(()));
        talk.line.until(|noted| noted.closed.is_some()).await;
        assert_eq!(talk.line.noted.closed, Some(1000));
        assert_eq!(talk.ended_by().await, EndedBy::Supervisor);
    })
    .await;
}

#[tokio::test]
async fn what_is_lost_on_the_way_is_counted() {
    each(Row::Loss, async |mut talk: Talk| {
        talk.call_becomes(|call| call.heard.sound_ms > 0).await;
        let lost_ms = if talk.cell.withheld(Row::Loss).is_none() { 100 } else { 0 };
        talk.line.lose(5);
        let before = talk.call_becomes(|_| true).await.heard.sound_ms;
        let call = talk.call_becomes(|call| call.heard.sound_ms > before + 500).await;
        assert_eq!(call.heard.lost_ms, lost_ms);
    })
    .await;
}

#[test]
fn every_cell_that_is_withheld_says_why() {
    let withheld = cells::all().flat_map(|cell| {
        Row::ALL.into_iter().filter_map(move |row| Some((cell, row, cell.withheld(row)?)))
    });
    let withheld: Vec<_> = withheld.collect();
    for (cell, row, why) in &withheld {
        println!("{cell}, {row:?}: not offered, for {why}");
    }
    assert_eq!(withheld.len(), 10, "a hole in the table is to be meant");
    assert_eq!(cells::all().count(), LegKind::ALL.len() * EngineKind::ALL.len());
}
