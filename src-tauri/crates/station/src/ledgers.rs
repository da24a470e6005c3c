//! Who was turned away from the services, as it is shown.

use std::sync::Arc;
use std::time::Duration;

use door::Ledger;
use futures_util::FutureExt;
use futures_util::future::select_all;
use tokio::sync::watch;
use tokio::time::sleep;
use wire::Snapshot;

use crate::services::Row;

/// How often what is shown changes at most: whoever knocks a thousand times a second must not keep all others busy.
const OFTEN: Duration = Duration::from_secs(1);

/// The ledger of each service.
pub(crate) struct Ledgers(pub(crate) Vec<(Row, Arc<Ledger>)>);

impl Ledgers {
    /// Shows whom they name whenever that changes, until it is dropped.
    pub(crate) async fn show(self, shown: watch::Sender<Snapshot>) {
        if self.0.is_empty() {
            return;
        }
        loop {
            select_all(self.0.iter().map(|(_, ledger)| ledger.changed().boxed())).await;
            let all = self.all();
            shown.send_modify(|snapshot| snapshot.turned_away = all);
            sleep(OFTEN).await;
        }
    }

    fn all(&self) -> Vec<wire::TurnedAway> {
        let entries = self.0.iter().flat_map(|(row, ledger)| {
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
}
