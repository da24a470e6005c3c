//! What it means that a service is up.

use wire::{PortState, Service};

/// Whether the service answers at the address that it must have, as far as the last proof goes.
pub(super) fn is_up(service: &Service) -> bool {
    match service.state {
        PortState::Listening { .. }
        | PortState::Crowded { .. }
        | PortState::Shared { is_intended: true, .. } => true,
        PortState::Stopped
        | PortState::Binding { .. }
        | PortState::Waiting { .. }
        | PortState::Proving { .. }
        | PortState::Shared { is_intended: false, .. }
        | PortState::Silent { .. }
        | PortState::Taken { .. }
        | PortState::Refused { .. } => false,
    }
}
