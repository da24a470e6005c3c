//! Those who call.

pub(crate) mod carrier;
pub(crate) mod interface;
pub(crate) mod moshi_client;
mod socket;
