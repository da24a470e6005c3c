//! What is said of servers that were found and that nobody has named.

use wire::{Engine, EngineChoice, EngineOffer, FoundServer, plain};

/// Puts into it how it is chosen, where these may be, and what is said of it.
pub(crate) fn say_of_found(found: &mut FoundServer, engines: &[EngineOffer]) {
    let chosen = engines.iter().find(|offer| offer.is_chosen).map(|offer| &offer.choice);
    let asked = chosen.filter(|choice| choice.engines().contains(&Engine::Moshi));
    found.choice = asked.cloned().unwrap_or(EngineChoice::One(Engine::Moshi));
    let FoundServer { server, holder, .. } = &*found;
    let who = holder.as_ref().map(|holder| format!(", {},", plain(holder))).unwrap_or_default();
    found.sentence =
        format!("A server that looks like a MOSHI server{who} is running at {server}.");
    found.hint = match asked {
        None => "It gets no calls until you say so.",
        Some(_) => "None of the servers in the settings can be had; it can answer in their place.",
    }
    .to_owned();
}

/// What was found and what becomes of it, in one line.
pub fn found_server(FoundServer { sentence, hint, .. }: &FoundServer) -> String {
    plain(&format!("{sentence} {hint}"))
}
