//! Speech models behind servers of the MOSHI protocol: Kyutai's (Python, MLX, Rust) and PersonaPlex.
//!
//! | file | what it holds |
//! |---|---|
//! | `model` | the engine |
//! | `settings`, `address` | which servers, and what they are told |
//! | `servers` | which of them is free, and which has failed of late |
//! | `health`, `causes` | what is known of one of them, and what shows it |
//! | `watch`, `inquiry` | how that is found out where no call goes to it |
//! | `session`, `tls`, `protocol` | how a session is opened, and what is said in it |
//! | `talk` | the sound that goes to and fro |
//! | `relay` | the same for clients that speak the protocol themselves |
//! | `vigil`, `pulse` | whether the model still answers, in a session |
//! | `regain` | a session for a call that had to be left to another engine |
//! | `told` | what callers are told of all this |
//!
//! Most servers take one client at a time and let others wait without a word; some end a session after a few minutes;
//! some drop whom they have just taken. Callers hear what goes on, and calls show it.

mod address;
mod causes;
mod health;
mod inquiry;
mod model;
pub(crate) mod protocol;
mod pulse;
mod regain;
mod relay;
mod servers;
mod session;
mod settings;
mod talk;
mod tls;
mod told;
mod vigil;
mod watch;

pub use address::BadAddress;
pub use inquiry::inquire_at;
pub(crate) use model::Moshi;
pub(crate) use session::LARGEST_MESSAGE;
pub use settings::MoshiSettings;
