//! The sections of the services, and what all of them say.

use std::net::{IpAddr, SocketAddr};

use super::Settings;

/// A section that says how a service is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// `[voice_bridge]`.
    VoiceBridge,
    /// `[supervisor]`.
    Supervisor,
}

/// Where a service listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listening {
    /// The address that it must have.
    pub address: SocketAddr,
    /// Those that it has where it can, all with the same port.
    pub also: Vec<IpAddr>,
    /// Whether other programs may listen beside it.
    pub reuse_port: bool,
}

impl Section {
    pub(crate) const ALL: [Self; 2] = [Self::VoiceBridge, Self::Supervisor];

    /// What it is called in the file.
    pub(super) const fn id(self) -> &'static str {
        match self {
            Self::VoiceBridge => "voice_bridge",
            Self::Supervisor => "supervisor",
        }
    }
}

impl Listening {
    /// Each address once; the first is the one that the service must have.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        let mut addresses = vec![self.address];
        for ip in &self.also {
            let is_covered = |one: &SocketAddr| {
                one.ip() == *ip || (one.ip().is_unspecified() && one.is_ipv4() == ip.is_ipv4())
            };
            if !addresses.iter().any(is_covered) {
                addresses.push(SocketAddr::new(*ip, self.address.port()));
            }
        }
        addresses
    }
}

impl Settings {
    pub(crate) fn listening(&self, section: Section) -> Listening {
        let Self { voice_bridge, supervisor, .. } = self;
        let (address, also, reuse_port) = match section {
            Section::VoiceBridge => {
                (voice_bridge.address, &voice_bridge.also, voice_bridge.reuse_port)
            }
            Section::Supervisor => (supervisor.address, &supervisor.also, supervisor.reuse_port),
        };
        Listening { address, also: also.clone(), reuse_port }
    }

    /// All its addresses.
    pub fn addresses(&self, section: Section) -> Vec<SocketAddr> {
        self.listening(section).addresses()
    }

    /// Whether whoever comes to a service has to show something that no stranger knows.
    pub(super) fn is_guarded(&self, section: Section) -> bool {
        match section {
            Section::VoiceBridge => self.voice_bridge.public_url.is_some(),
            Section::Supervisor => true,
        }
    }

    /// Whether only this machine comes in to one of them, for an error in what says who does.
    pub(crate) fn lets_in_only_this_machine(&self) -> bool {
        self.voice_bridge.limits.only_this_machine || self.supervisor.limits.only_this_machine
    }

    /// Lets only this machine come in to that service.
    pub(super) fn close(&mut self, section: Section) {
        let (address, also) = match section {
            Section::VoiceBridge => {
                self.voice_bridge.limits.only_this_machine = true;
                self.voice_bridge.limits.hosts.clear();
                (&mut self.voice_bridge.address, &mut self.voice_bridge.also)
            }
            Section::Supervisor => {
                self.supervisor.limits.only_this_machine = true;
                self.supervisor.limits.hosts.clear();
                (&mut self.supervisor.address, &mut self.supervisor.also)
            }
        };
        if !address.ip().is_loopback() {
            address.set_ip(Self::default().listening(section).address.ip());
        }
        also.retain(IpAddr::is_loopback);
    }
}
