//! The voice bridge on port 9998: phone calls to a speech engine.
//!
//! | module | what it holds |
//! |---|---|
//! | `bridge` | what belongs to the bridge as a whole |
//! | `accept`, `reception`, `reasons` | who may call: the site behind the door, and why callers are turned away |
//! | `public_access` | who may call through a tunnel: signatures, secrets, TwiML |
//! | `leg` | those who call: phone carriers, MOSHI clients, and whoever else is one |
//! | `call`, `ending` | one call from its first message to its last |
//! | `conversation` | what an engine and its caller say to each other |
//! | `engine`, `engines`, `capabilities` | what answers calls, which of them does, and what each can do |
//! | `tap` | those who listen along: recordings, and whoever else does |
//! | `roster`, `meter` | the calls that go on, for all to see |
//! | `steering` | what those who steer may do to calls: suggest, speak, hang up |
//! | `speech` | the system's voice, for free text |

mod accept;
mod bridge;
mod call;
mod capabilities;
mod conversation;
mod ending;
mod engine;
mod engines;
mod leg;
mod meter;
mod public_access;
mod reasons;
mod reception;
mod roster;
mod settings;
mod speech;
mod steering;
mod tap;

pub use bridge::{Additions, Bridge};
pub use capabilities::{Capabilities, TextInjection};
pub use conversation::ears::{EarEvent, Ears};
pub use conversation::mouth::{Mouth, Said};
pub use conversation::playout::{Mark, Played};
pub use conversation::sound::Sound;
pub use conversation::suggestions::{Suggested, Suggestion, Suggestions};
pub use ending::{Ending, Farewell, Fault, Garbled};
pub use engine::moshi::{BadAddress, MoshiSettings, inquire_at};
pub use engine::{Answered, Conversation, Engine};
pub use leg::interface::{Caller, Event, Hears, Leg, Plays};
pub use public_access::{Outside, PublicUrl, Secret};
pub use settings::Settings;
pub use steering::Speech;
pub use tap::recorder::{Recordings, Shelf};
pub use tap::{Overheard, Side, Snippet, Tap};

/// What this service is called.
pub const NAME: wire::ServiceName = wire::ServiceName::literal("voice_bridge");
