//! The wire formats of those who bring calls.

pub(crate) mod twilio;
