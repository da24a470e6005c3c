//! What is in force where nobody says otherwise.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use wire::EngineChoice;

use super::{Desktop, Proof, Recording, Supervisor, VoiceBridge};

impl Default for VoiceBridge {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 9998)),
            also: vec![Ipv6Addr::LOCALHOST.into()],
            reuse_port: false,
            public_url: None,
            twilio_auth_token: None,
            stream_secret: None,
            engine: EngineChoice::default(),
            recording: Recording::default(),
            limits: bridge::Settings::default(),
        }
    }
}

impl Default for Recording {
    fn default() -> Self {
        Self { on: false, days: 30, megabytes: 1_000 }
    }
}

impl Default for Supervisor {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 9999)),
            also: vec![Ipv6Addr::LOCALHOST.into()],
            reuse_port: false,
            limits: supervisor::Settings::default(),
        }
    }
}

impl Default for Proof {
    fn default() -> Self {
        Self { interval: Duration::from_secs(5), deadline: Duration::from_millis(750) }
    }
}

impl Default for Desktop {
    fn default() -> Self {
        Self { notifications: true }
    }
}
