//! The bridge as it is reached from outside this machine, through a tunnel or a proxy.

mod outside;
mod secret;
mod signature;
mod url;

pub(crate) use secret::{Entrance, names_a_secret, shows};
pub(crate) use url::TWIML;

pub use outside::Outside;
pub use secret::Secret;
pub use url::PublicUrl;
