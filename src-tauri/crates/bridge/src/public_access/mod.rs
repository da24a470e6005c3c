//! The bridge as it is reached from outside this machine, through a tunnel or a proxy.
//!
//! | file | what it holds |
//! |---|---|
//! | `outside` | who is taken, and what Twilio is told to do |
//! | `url` | the public address |
//! | `secret` | what streams show that nobody has signed |
//! | `signature` | how Twilio signs its requests |

mod outside;
mod secret;
mod signature;
mod url;

pub(crate) use signature::Signature;
pub(crate) use url::TWIML;

pub use outside::Outside;
pub use secret::Secret;
pub use url::PublicUrl;
