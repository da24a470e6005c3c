//! Freeing the port of a service at all of its addresses.

use std::net::SocketAddr;

use ports::Known;
use wire::{Cause, Ended, Failure, Force, Guard, Holder, Identity, ServiceName};

use crate::effects::look;

/// Whose port is to be freed, and what is known of it.
pub(crate) struct Freeing {
    pub(crate) service: ServiceName,
    pub(crate) addresses: Vec<SocketAddr>,
    /// Whether there is an address among them that the service wants and hasn't got.
    pub(crate) is_denied: bool,
    pub(crate) known: Known,
}

/// What was found at an address.
type Found = (SocketAddr, Cause);

impl Freeing {
    /// Ends the confirmed holders at every address; without any, says who would have to be confirmed. Nobody is ended
    /// while there is a doubt about any of them.
    pub(crate) async fn carry_out(self, victims: Vec<Identity>) -> Result<Vec<Ended>, Failure> {
        let mut found = Vec::new();
        for address in &self.addresses {
            found.push((*address, look(*address, self.known.clone()).await));
        }
        let others = others(&found, self.service);
        // Whoever was confirmed while the port is ours was never on it, or has let go of it by itself.
        if victims.is_empty() || (others.is_empty() && !self.is_denied) {
            return Err(self.unconfirmed(others, found));
        }
        if others.iter().any(|holder| !holder.identity.is_among(&victims)) {
            return Err(Failure::Unconfirmed { holders: others });
        }
        if let Some((holder, guard)) = others.iter().find_map(|other| Some((other, other.guard?))) {
            let (pid, name) = (holder.identity.pid, holder.name.clone());
            return Err(Failure::Refused { pid, name, guard });
        }
        let mut ended = Vec::new();
        for (address, victims) in by_address(&found, victims) {
            match ports::free(address, &victims, &self.known).await {
                Ok(more) => ended.extend(more),
                Err(failure) => return Err(failure.after(ended)),
            }
        }
        // One that was on none of the addresses is not said to have gone from there.
        let was_there = |one: &Ended| others.iter().any(|other| other.identity.is(&one.identity));
        ended.retain(|one| one.force != Force::None || was_there(one));
        Ok(ended)
    }

    /// The answer to a person who has not said whom to end.
    fn unconfirmed(&self, others: Vec<Holder>, found: Vec<Found>) -> Failure {
        if !others.is_empty() {
            return Failure::Unconfirmed { holders: others };
        }
        match found.into_iter().next() {
            Some((_, cause)) if self.is_denied => Failure::NotVisible { cause },
            _ => Failure::NothingToFree { service: self.service },
        }
    }
}

/// Everybody but us and the program that the service is, each once: one process may be at several of the addresses.
fn others(found: &[Found], service: ServiceName) -> Vec<Holder> {
    let mut others = Vec::<Holder>::new();
    for holder in found.iter().flat_map(|(_, cause)| cause.endable_holders()) {
        let is_known = others.iter().any(|other| other.identity.is(&holder.identity));
        let is_own = holder.guard == Some(Guard::Ourselves) || holder.program == Some(service);
        if !is_own && !is_known {
            others.push(holder.clone());
        }
    }
    others
}

/// Which of the victims are to be ended at which address: each where it was found first. One that was found nowhere has
/// gone, or is not who was confirmed; it is judged at the first address.
fn by_address(found: &[Found], victims: Vec<Identity>) -> Vec<(SocketAddr, Vec<Identity>)> {
    let mut shares: Vec<_> = found.iter().map(|(address, _)| (*address, Vec::new())).collect();
    for victim in victims {
        let holds =
            |cause: &Cause| cause.endable_holders().iter().any(|one| one.identity.is(&victim));
        let at = found.iter().position(|(_, cause)| holds(cause)).unwrap_or_default();
        if let Some((_, share)) = shares.get_mut(at) {
            share.push(victim);
        }
    }
    shares.retain(|(_, share)| !share.is_empty());
    shares
}
