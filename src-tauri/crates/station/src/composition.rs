//! What the keeper is given of the settings and of the services' rows, and how what is shown is put together.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use door::Ledger;
use futures_util::FutureExt;
use futures_util::future::select_all;
use keeper::{Policy, ServiceSpec, Spec};
use tokio::sync::watch;
use tokio::time::sleep;
use wire::{Call, Model, Service, ServiceName, Snapshot};

use crate::installation::lock::Role;
use crate::services::{Hosted, Parts, Row};
use crate::settings::Settings;
use crate::{programs, words};

/// How often those are shown at most who were turned away: whoever knocks a thousand times a second must not keep all others
/// busy.
const OFTEN: Duration = Duration::from_secs(1);

type Ledgers = Vec<(Row, Arc<Ledger>)>;

/// What people read of a service that is always so.
#[derive(Clone)]
pub(crate) struct Label {
    name: ServiceName,
    title: String,
    purpose: String,
    deed: String,
}

/// The labels of all that is kept.
pub(crate) fn labels(services: &[Row], specs: &[Spec]) -> Vec<Label> {
    let of_row = |row: &Row| Label {
        name: row.name,
        title: row.title.to_owned(),
        purpose: row.purpose.to_owned(),
        deed: row.deed.to_owned(),
    };
    let of_program = |spec: &Spec| match spec {
        Spec::Hosted(_) => None,
        Spec::Program(program) => Some(Label {
            name: program.name,
            title: program.name.title(),
            purpose: "Program".to_owned(),
            deed: "runs as a program of its own".to_owned(),
        }),
    };
    services.iter().map(of_row).chain(specs.iter().filter_map(of_program)).collect()
}

/// The programs that are to be kept. A single service runs without them.
pub(crate) fn programs(settings: &Settings, role: Role) -> impl Iterator<Item = Spec> {
    let programs = match role {
        Role::Tray | Role::Serve => settings.programs.as_slice(),
        Role::Single => &[],
    };
    programs.iter().map(|program| programs::spec(program).into())
}

/// The services that are to be kept, and the ledger of each.
pub(crate) fn specs(
    services: Vec<Row>,
    mut adopted: Vec<TcpListener>,
    settings: &Settings,
    parts: &Parts,
) -> (Vec<Spec>, Ledgers) {
    let mut ledgers = Vec::new();
    let spec = |row: Row| -> Spec {
        let (listening, Hosted { serve, ledger }) = ((row.listening)(settings), (row.host)(parts));
        let (name, announcement) = (row.name, row.announcement);
        ledgers.push((row, Arc::clone(&ledger)));
        ServiceSpec {
            name,
            announcement,
            addresses: listening.addresses(),
            sharing: if listening.reuse_port {
                ports::Sharing::Shared
            } else {
                ports::Sharing::Exclusive
            },
            adopted: adopted_by(&mut adopted, listening.address.port()),
            serve,
            turned_away: Arc::new(move || ledger.for_want_of_place()),
        }
        .into()
    };
    let specs = services.into_iter().map(spec).collect();
    (specs, ledgers)
}

/// Those of the listeners that have this port, wherever they listen.
fn adopted_by(adopted: &mut Vec<TcpListener>, port: u16) -> Vec<TcpListener> {
    let has_port = |listener: &mut TcpListener| {
        listener.local_addr().is_ok_and(|address| address.port() == port)
    };
    adopted.extract_if(.., has_port).collect()
}

pub(crate) fn policy(settings: &Settings) -> Policy {
    Policy {
        retry: settings.retry,
        proof_interval: settings.proof.interval,
        probe_deadline: settings.proof.deadline,
        ..Policy::default()
    }
}

/// Puts together what is shown, until the keeper ends.
pub(crate) async fn show(
    shown: watch::Sender<Snapshot>,
    labels: Vec<Label>,
    mut services: watch::Receiver<Vec<Service>>,
    (mut calls, mut ended): (watch::Receiver<Vec<Call>>, watch::Receiver<Vec<Call>>),
    mut models: watch::Receiver<Vec<Model>>,
) {
    loop {
        shown.send_modify(|snapshot| {
            snapshot.services.clone_from(&services.borrow_and_update());
            for service in &mut snapshot.services {
                let known = labels.iter().find(|label| label.name == service.name);
                let Some(Label { title, purpose, deed, .. }) = known else { continue };
                service.title.clone_from(title);
                service.purpose.clone_from(purpose);
                service.deed.clone_from(deed);
            }
            snapshot.calls.clone_from(&calls.borrow_and_update());
            snapshot.ended_calls.clone_from(&ended.borrow_and_update());
            snapshot.models.clone_from(&models.borrow_and_update());
            programs::explain(&mut snapshot.models, &snapshot.services);
            words::say(snapshot);
        });
        tokio::select! {
            changed = services.changed() => if changed.is_err() { break },
            Ok(()) = calls.changed() => {}
            Ok(()) = ended.changed() => {}
            Ok(()) = models.changed() => {}
        }
    }
}

pub(crate) async fn show_turned_away(ledgers: Ledgers, shown: watch::Sender<Snapshot>) {
    if ledgers.is_empty() {
        return;
    }
    loop {
        select_all(ledgers.iter().map(|(_, ledger)| ledger.changed().boxed())).await;
        let all = turned_away(&ledgers);
        shown.send_modify(|snapshot| snapshot.turned_away = all);
        sleep(OFTEN).await;
    }
}

fn turned_away(ledgers: &Ledgers) -> Vec<wire::TurnedAway> {
    let entries = ledgers.iter().flat_map(|(row, ledger)| {
        ledger.all().into_iter().map(|door::TurnedAway { reason, times, last_at }| {
            wire::TurnedAway {
                service: row.name,
                whom: row.visitors(times),
                reason: reason.id.to_owned(),
                because: reason.because.to_owned(),
                cure: reason.cure.to_owned(),
                times,
                last_at: last_at.into(),
            }
        })
    });
    let mut all: Vec<_> = entries.collect();
    all.sort_by_key(|entry| std::cmp::Reverse(entry.last_at));
    all
}
