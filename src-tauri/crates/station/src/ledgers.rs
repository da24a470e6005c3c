//! Who was turned away from either service, as it is shown.

use std::sync::Arc;
use std::time::Duration;

use door::Ledger;
use keeper::TurnedAway;
use tokio::sync::watch;
use tokio::time::sleep;
use wire::{ServiceName, Snapshot};

/// How often what is shown changes at most: whoever knocks a thousand times a second must not keep all others busy.
const OFTEN: Duration = Duration::from_secs(1);

/// The ledgers of both services.
pub(crate) struct Ledgers {
    pub(crate) bridge: Arc<Ledger>,
    pub(crate) supervisor: Arc<Ledger>,
}

impl Ledgers {
    /// How many a service has turned away for want of a place.
    pub(crate) fn for_want_of_place(&self, service: ServiceName) -> TurnedAway {
        let ledger = match service {
            ServiceName::VoiceBridge => Arc::clone(&self.bridge),
            ServiceName::Supervisor => Arc::clone(&self.supervisor),
        };
        Arc::new(move || ledger.for_want_of_place())
    }

    /// Shows whom they name whenever that changes, until it is dropped.
    pub(crate) async fn show(self, shown: watch::Sender<Snapshot>) {
        loop {
            tokio::select! {
                () = self.bridge.changed() => {}
                () = self.supervisor.changed() => {}
            }
            let all = self.all();
            shown.send_modify(|snapshot| snapshot.turned_away = all);
            sleep(OFTEN).await;
        }
    }

    fn all(&self) -> Vec<wire::TurnedAway> {
        let services =
            [(ServiceName::VoiceBridge, &self.bridge), (ServiceName::Supervisor, &self.supervisor)];
        let of = |(service, ledger): (ServiceName, &Arc<Ledger>)| {
            ledger.all().into_iter().map(move |door::TurnedAway { reason, times, last_at }| {
                let (because, cure) = (reason.because.to_owned(), reason.cure.to_owned());
                let (reason, last_at) = (reason.id.to_owned(), last_at.into());
                wire::TurnedAway { service, reason, because, cure, times, last_at }
            })
        };
        let mut all: Vec<_> = services.into_iter().flat_map(of).collect();
        all.sort_by_key(|entry| std::cmp::Reverse(entry.last_at));
        all
    }
}
