//! What only Unix has: listeners that are shared on purpose, and a way to take one from under us.

mod crowd;
mod freeing;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use keeper::{Keeper, ServiceSpec};
use ports::Sharing;
use wire::{Condition, Life, Mishap, PortState};

use crate::keep::{
    free_address, greeter, is_greeted, is_listening, keep, keep_spec, quick, spec, until,
};
use crate::trouble::has_happened;

#[tokio::test]
async fn a_listener_that_is_lost_is_noticed_and_made_again() {
    let address = free_address();
    let (keeper, orders) = keep(address, greeter(&Arc::default()), quick());
    until(&keeper, is_listening).await;
    // A copy of the listener is the same socket: what is done to it is done to ours.
    let same = orders.listeners().await.remove(0);
    rustix::net::shutdown(&same, rustix::net::Shutdown::Both).unwrap();
    drop(same);
    let healed = until(&keeper, |service| {
        is_listening(service) && has_happened(service, |what| matches!(what, Mishap::Lost { .. }))
    })
    .await;
    assert!(matches!(healed.life, Life::Running));
    assert!(is_greeted(address).await);
}

/// Two keepers that share a port by setting.
fn sharing(address: SocketAddr, greeted: &Arc<AtomicUsize>) -> Keeper {
    let shared = spec(vec![address], greeter(greeted));
    keep_spec(ServiceSpec { sharing: Sharing::Shared, ..shared }, quick()).0
}

#[tokio::test]
async fn a_port_that_is_shared_by_setting_is_shown_as_shared() {
    let (address, greeted) = (free_address(), Arc::default());
    let first = sharing(address, &greeted);
    until(&first, is_listening).await;
    let second = sharing(address, &greeted);
    for keeper in [&first, &second] {
        let service =
            until(keeper, |service| matches!(service.state, PortState::Shared { .. })).await;
        assert!(matches!(service.state, PortState::Shared { is_intended: true, .. }));
        assert_eq!(service.condition, Condition::Well);
    }
    drop(second);
    until(&first, is_listening).await;
    assert!(is_greeted(address).await);
    assert!(greeted.load(Ordering::SeqCst) > 0);
}
