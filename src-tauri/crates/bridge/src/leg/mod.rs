//! Those who call.

pub(crate) mod carrier;
mod flood;
pub(crate) mod interface;
pub(crate) mod moshi_client;
mod socket;
