//! Freeing a port: what is said to have come of it is what has come of it.

use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use keeper::Orders;
use ports::Sharing;
use tokio::time::timeout;
use wire::{Ended, Failure, Force, Holder, Identity, Order, Outcome, PortState, Service};

use crate::keep::{
    NAME, SOON, free_address, greeter, is_greeted, is_listening, keep, keep_spec, quick, spec,
    until,
};

/// Processes that hold a listener as their output, and end with this.
struct Holders(Child);

impl Holders {
    /// What the shell makes of that, holding this.
    fn of(listener: TcpListener, script: &str) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", script]).stdin(Stdio::null()).stdout(OwnedFd::from(listener));
        Self(shell.spawn().unwrap())
    }
}

impl Drop for Holders {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A process that holds no port.
fn bystander() -> Child {
    Command::new("sleep").arg("60").stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap()
}

async fn free(orders: &Orders, victims: Vec<Identity>) -> Result<Outcome, Failure> {
    timeout(SOON, orders.give(Order::FreePort { service: NAME, victims })).await.unwrap()
}

/// Those who hold it, as a person is shown them and agrees to their end, once so many have become what they are to be.
async fn shown(orders: &Orders, sleepers: usize) -> Vec<Identity> {
    loop {
        match free(orders, Vec::new()).await {
            Err(Failure::Unconfirmed { holders }) => {
                let sleeps = |holder: &&Holder| {
                    holder.command_line.first().is_some_and(|name| name == "sleep")
                };
                if holders.iter().filter(sleeps).count() == sleepers {
                    return holders.into_iter().map(|holder| holder.identity).collect();
                }
            }
            other => panic!("{other:?}"),
        }
    }
}

fn pids(ended: &[Ended]) -> Vec<u32> {
    let mut pids: Vec<_> = ended.iter().map(|one| one.identity.pid).collect();
    pids.sort_unstable();
    pids
}

fn is_waiting(service: &Service) -> bool {
    matches!(service.state, PortState::Waiting { .. })
}

fn invented() -> Identity {
    Identity {
        pid: 0,
        began: "7".to_owned(),
        executable: Some("/bin/innocent".to_owned()),
        uid: Some(1000),
        command_digest: None,
    }
}

/// Frees a port that these hold, so many times.
async fn is_freed_from(script: &str, sleepers: usize, rounds: usize) {
    for round in 0..rounds {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let _holders = Holders::of(listener, script);
        let (keeper, orders) = keep(address, greeter(&Arc::default()), quick());
        until(&keeper, is_waiting).await;
        let victims = shown(&orders, sleepers).await;
        match free(&orders, victims.clone()).await {
            Ok(Outcome::Freed { ended, service, .. }) => {
                assert!(is_listening(&service), "in round {round}: {service:?}");
                let mut confirmed: Vec<_> = victims.iter().map(|one| one.pid).collect();
                confirmed.sort_unstable();
                assert_eq!(pids(&ended), confirmed, "in round {round}");
            }
            other => panic!("in round {round}: {other:?}"),
        }
        assert!(is_greeted(address).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_that_parent_and_child_hold_is_freed() {
    is_freed_from("sleep 60 & exec sleep 61", 2, 15).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_of_a_whole_family_is_freed() {
    is_freed_from("for i in 1 2 3 4 5 6; do sleep 60 & done; exec sleep 61", 7, 5).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_is_freed_from_a_parent_that_takes_its_time() {
    is_freed_from("trap 'sleep 0.5; exit' TERM; sleep 60 & wait", 1, 3).await;
}

#[tokio::test]
async fn a_port_that_was_shared_is_freed_when_the_other_has_gone() {
    let address = free_address();
    let other = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    other.set_reuse_address(true).unwrap();
    other.set_reuse_port(true).unwrap();
    other.bind(&address.into()).unwrap();
    other.listen(16).unwrap();
    let other = Holders::of(other.into(), "exec sleep 61");
    let shared = spec(vec![address], greeter(&Arc::default()));
    let (keeper, orders) =
        keep_spec(keeper::ServiceSpec { sharing: Sharing::Shared, ..shared }, quick());
    until(&keeper, |service| matches!(service.state, PortState::Shared { .. })).await;
    let freed = free(&orders, shown(&orders, 1).await).await;
    let Ok(Outcome::Freed { ended, service, .. }) = freed else { panic!("{freed:?}") };
    assert_eq!(pids(&ended), [other.0.id()]);
    assert!(is_listening(&service), "{service:?}");
}

/// A service that has its port, and nothing happens to anybody for these victims.
async fn nothing_to_free(victims: Vec<Identity>) {
    let (keeper, orders) = keep(free_address(), greeter(&Arc::default()), quick());
    until(&keeper, is_listening).await;
    let answer = free(&orders, victims.clone()).await;
    assert_eq!(answer, Err(Failure::NothingToFree { service: NAME }), "{victims:?}");
    assert!(answer.unwrap_err().ended().is_empty());
}

#[tokio::test]
async fn while_the_port_is_ours_nobody_is_ended_for_it_whoever_is_named() {
    let mut bystander = bystander();
    let innocent = ports::identity(bystander.id()).unwrap();
    let gone = {
        let mut gone = self::bystander();
        let identity = ports::identity(gone.id()).unwrap();
        gone.kill().unwrap();
        gone.wait().unwrap();
        identity
    };
    nothing_to_free(vec![invented()]).await;
    nothing_to_free(vec![gone.clone()]).await;
    nothing_to_free(vec![innocent.clone()]).await;
    nothing_to_free(vec![ports::this_process()]).await;
    nothing_to_free(vec![Identity { pid: u32::MAX, ..invented() }, gone, innocent]).await;
    assert!(bystander.try_wait().unwrap().is_none(), "it lives");
    bystander.kill().unwrap();
    bystander.wait().unwrap();
}

#[tokio::test]
async fn who_was_never_there_is_not_said_to_have_been_ended_beside_who_was() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    let holders = Holders::of(listener, "exec sleep 61");
    let (keeper, orders) = keep(address, greeter(&Arc::default()), quick());
    until(&keeper, is_waiting).await;
    // Neither does a victim that is none stand for one that is.
    let unconfirmed = free(&orders, vec![invented()]).await;
    assert!(matches!(unconfirmed, Err(Failure::Unconfirmed { .. })), "{unconfirmed:?}");
    let mut victims = shown(&orders, 1).await;
    victims.push(invented());
    let freed = free(&orders, victims).await;
    let Ok(Outcome::Freed { ended, .. }) = freed else { panic!("{freed:?}") };
    assert_eq!(ended.len(), 1, "{ended:?}");
    assert_eq!((ended[0].identity.pid, ended[0].force), (holders.0.id(), Force::Polite));
}
