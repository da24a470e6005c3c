//! What is said of the programs that hold a port.

use wire::{Holder, HolderKind, Timestamp, plain, span};

/// A holder in brief: "python3 (4711)".
pub fn name(holder: &Holder) -> String {
    let (name, pid) = (plain(&holder.name), holder.identity.pid);
    match (holder.kind, holder.program) {
        (_, Some(program)) => format!("{name} ({pid}) of {}", program.title()),
        (HolderKind::Program, None) => format!("{name} ({pid})"),
        (HolderKind::OlderXswarm, None) => format!("an older xSwarm Voice, {name} ({pid})"),
        (HolderKind::Container, None) => format!("a container, through {name} ({pid})"),
    }
}

/// All of them in brief: "python3 (4711) and sleep (4712)".
pub fn names<'a>(holders: impl IntoIterator<Item = &'a Holder>) -> String {
    list(&processes(holders).into_iter().map(name).collect::<Vec<_>>())
}

/// Everything about a holder that a person needs before agreeing to its end, a line for each.
pub fn holder(holder: &Holder, now: Timestamp) -> Vec<String> {
    let or_unknown = |text: Option<&str>| plain(text.unwrap_or("not visible"));
    let mut lines = vec![
        format!("program   {}", name(holder)),
        format!("path      {}", or_unknown(holder.identity.executable.as_deref())),
        format!("command   {}", plain(&holder.command_line.join(" "))),
        format!("user      {}", or_unknown(holder.user.as_deref())),
        format!("address   {}", holder.address),
    ];
    if let Some(started) = holder.started {
        lines.push(format!("running   for {}", span(started, now)));
    }
    if let Some(parent) = &holder.started_by {
        lines.push(format!("parent    {}", plain(parent)));
    }
    if holder.has_inherited {
        lines.push("socket    inherited, so all who have it must end".to_owned());
    }
    if holder.is_frozen {
        lines.push("state     frozen: it accepts connections but never answers them".to_owned());
    }
    if let Some(guard) = holder.guard {
        lines.push(format!("protected {guard}"));
    }
    lines
}

/// What must be known besides their names to understand why the port is not free.
pub(super) fn besides(holders: &[Holder]) -> String {
    let all = processes(holders);
    if let [only] = all.as_slice() {
        let frozen = ", which is frozen: it accepts but never answers";
        return if only.is_frozen { frozen.to_owned() } else { String::new() };
    }
    let named = |is_meant: fn(&Holder) -> bool| -> Vec<String> {
        all.iter().copied().filter(|holder| is_meant(holder)).map(name).collect()
    };
    let heirs = named(|holder| holder.has_inherited);
    let is_last = all.last().is_some_and(|last| last.has_inherited);
    let must = if all.len() == 2 { "both must end" } else { "all must end" };
    let inherited = match heirs.as_slice() {
        [] => String::new(),
        [_] if is_last => format!(", which inherited it: {must}"),
        heirs => format!("; {} inherited it: {must}", list(heirs)),
    };
    let frozen = match named(|holder| holder.is_frozen).as_slice() {
        [] => String::new(),
        [only] => format!("; {only} is frozen"),
        frozen => format!("; {} are frozen", list(frozen)),
    };
    inherited + &frozen
}

/// The processes among them, each once: one may be there at several addresses.
fn processes<'a>(holders: impl IntoIterator<Item = &'a Holder>) -> Vec<&'a Holder> {
    let mut processes: Vec<&Holder> = Vec::new();
    for holder in holders {
        if processes.iter().all(|known| !known.identity.is(&holder.identity)) {
            processes.push(holder);
        }
    }
    processes
}

/// "a", "a and b", "a, b and c".
pub(super) fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}
