//! What the tray's menu says, as a value: made here without a desktop, put on the screen by the module above.

use station::words;
use wire::{
    Cause, Condition, EngineOffer, EngineOrder, Holder, Offer, Remedy, Service, Snapshot, Timestamp,
};

use super::id::Id;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Menu(pub(crate) Vec<Entry>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    Line(MenuLine),
    Submenu(MenuLine, Vec<MenuLine>),
    Rule,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MenuLine {
    pub(crate) id: Id,
    pub(crate) text: String,
    pub(crate) is_enabled: bool,
    pub(crate) is_checked: bool,
}

/// The menu that shows this. What is wrong comes first, and under it the one thing that mends it.
pub(crate) fn menu(snapshot: &Snapshot, launches_at_login: bool, at: Timestamp) -> Menu {
    let mut entries = Vec::new();
    let mut services: Vec<&Service> = snapshot.services.iter().collect();
    services.sort_by_key(|service| service.condition != Condition::NeedsYou);
    let models = models(snapshot, at).collect::<Vec<_>>();
    let (models_before, models_after) = match snapshot.models_condition() {
        Some(Condition::NeedsYou) => (models, Vec::new()),
        Some(Condition::Off | Condition::Well | Condition::Busy) | None => (Vec::new(), models),
    };
    entries.extend(models_before);
    for service in services {
        let status = words::service(service, at);
        entries.push(Entry::Line(MenuLine::new(Id::Status(service.name), status)));
        entries.extend(shadow(service, at).map(Entry::Line));
        entries.extend(mend(service).map(Entry::Line));
    }
    entries.extend(models_after);
    entries.extend(found(snapshot));
    entries.push(Entry::Rule);
    entries.extend(snapshot.services.iter().map(submenu));
    entries.extend(answering(snapshot));
    entries.push(Entry::Rule);
    entries.push(Entry::Line(MenuLine::new(Id::Open, "Open xSwarm Voice")));
    let login = MenuLine::new(Id::LaunchAtLogin, "Start at login");
    entries.push(Entry::Line(MenuLine { is_checked: launches_at_login, ..login }));
    entries.push(Entry::Rule);
    entries.push(Entry::Line(MenuLine::new(Id::Quit, "Quit xSwarm Voice")));
    Menu(entries)
}

/// A line for each voice model that is set to answer calls.
fn models(snapshot: &Snapshot, at: Timestamp) -> impl Iterator<Item = Entry> {
    snapshot.models.iter().enumerate().map(move |(place, model)| {
        Entry::Line(MenuLine::new(Id::Model(place), words::voice_model(model, at)))
    })
}

/// A line for each server that was found, which has it answer calls.
fn found(snapshot: &Snapshot) -> impl Iterator<Item = Entry> {
    snapshot.found.iter().enumerate().map(|(place, found)| {
        let text = format!("Use the MOSHI server found at {}", words::plain(&found.server));
        Entry::Line(MenuLine::new(Id::UseServer(place), text))
    })
}

/// The line that says what is wrong at the service's further addresses.
fn shadow(service: &Service, at: Timestamp) -> Option<MenuLine> {
    let in_trouble = service.companions.iter().filter(|companion| companion.is_in_trouble());
    let sentences: Vec<String> =
        in_trouble.map(|companion| words::companion(companion, at)).collect();
    (!sentences.is_empty()).then(|| MenuLine::new(Id::Shadow(service.name), sentences.join("; ")))
}

/// The line that mends what is wrong with a service.
fn mend(service: &Service) -> Option<MenuLine> {
    let (name, port) = (service.name, service.port);
    let cure = service.offers.iter().find(|offer| offer.is_cure)?;
    let (id, text) = match cure.remedy {
        Remedy::Free => (Id::Free(name), format!("Free port {port}… ({})", victims(service))),
        Remedy::Retry => (Id::RetryNow(name), format!("Try port {port} again")),
        Remedy::Start => (Id::RetryNow(name), format!("Start the {name} again")),
        Remedy::Restart => (Id::RestartNow(name), format!("Restart the {name}")),
        Remedy::Stop => return None,
    };
    Some(MenuLine::new(id, text))
}

/// Whom freeing the port would end.
fn victims(service: &Service) -> String {
    let mut holders: Vec<&Holder> = Vec::new();
    for holder in service.unwanted_causes().flat_map(Cause::endable_holders) {
        if holders.iter().all(|known| !known.identity.is(&holder.identity)) {
            holders.push(holder);
        }
    }
    let named =
        |holder: &Holder| format!("{}, {}", words::plain(&holder.name), holder.identity.pid);
    match holders.as_slice() {
        [] => String::new(),
        [only] => named(only),
        [first, others @ ..] => format!("{} and {} more", named(first), others.len()),
    }
}

fn submenu(service: &Service) -> Entry {
    let name = service.name;
    let offered = |remedy| service.offers.iter().find(|offer| offer.remedy == remedy);
    let line = |id, offer: Option<&Offer>, otherwise: &str| MenuLine {
        is_enabled: offer.is_some(),
        ..MenuLine::new(id, offer.map_or(otherwise, |offer| &offer.label))
    };
    let start = offered(Remedy::Retry).or_else(|| offered(Remedy::Start));
    Entry::Submenu(
        MenuLine::new(Id::Service(name), &*service.title),
        vec![
            line(Id::Start(name), start, "Start"),
            line(Id::Stop(name), offered(Remedy::Stop), "Stop"),
            line(Id::Restart(name), offered(Remedy::Restart), "Restart"),
        ],
    )
}

/// What answers calls, and what may. A click chooses it.
fn answering(snapshot: &Snapshot) -> Option<Entry> {
    let line = |offer: &EngineOffer| MenuLine {
        is_enabled: offer.needs.is_none(),
        is_checked: offer.is_chosen,
        ..MenuLine::new(Id::choosing(&offer.choice), &*offer.title)
    };
    let lines: Vec<MenuLine> = snapshot.engines.iter().map(line).collect();
    let own = MenuLine::new(Id::Answering, "Calls are answered by");
    (!lines.is_empty()).then_some(Entry::Submenu(own, lines))
}

/// What a click on that line chooses, if it is one of those and there still is what it names.
pub(crate) fn chosen(snapshot: &Snapshot, id: Id) -> Option<EngineOrder> {
    if let Id::UseServer(place) = id {
        let found = snapshot.found.get(place)?;
        return Some(EngineOrder { engine: found.choice.clone(), server: Some(found.url.clone()) });
    }
    let clicked = snapshot.engines.iter().find(|offer| Id::choosing(&offer.choice) == id)?;
    Some(clicked.choice.clone().into())
}

impl MenuLine {
    fn new(id: Id, text: impl Into<String>) -> Self {
        Self { id, text: text.into(), is_enabled: true, is_checked: false }
    }
}

impl Entry {
    /// The name of the line, or of the submenu. A rule has none: it never comes or goes.
    pub(crate) const fn id(&self) -> Option<Id> {
        match self {
            Self::Line(line) | Self::Submenu(line, _) => Some(line.id),
            Self::Rule => None,
        }
    }

    /// The line itself and those of its submenu.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &MenuLine> {
        let (own, below) = match self {
            Self::Line(line) => (Some(line), [].as_slice()),
            Self::Submenu(line, lines) => (Some(line), lines.as_slice()),
            Self::Rule => (None, [].as_slice()),
        };
        own.into_iter().chain(below)
    }
}

#[cfg(test)]
mod tests;
