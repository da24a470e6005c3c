//! Those who call.
//!
//! | module | who calls |
//! |---|---|
//! | `interface` | anybody: what a leg is |
//! | `carrier` | phone carriers, which come to `/` |
//! | `moshi_client` | clients of the MOSHI protocol, which come to `/api/chat` |
//! | `socket` | what both have alike: a WebSocket |

pub(crate) mod carrier;
pub(crate) mod interface;
pub(crate) mod moshi_client;
mod socket;
