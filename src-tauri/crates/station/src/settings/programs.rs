//! Programs that are to be run: `[[programs]]`, once for each.

use std::collections::BTreeMap;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use wire::ServiceName;

use super::wording::{found, shown};
use super::{ProgramProof, ProgramSettings, check, typo};
use crate::catalogue::{ENTRIES, Entry};

/// What the section is called.
pub(super) const SECTION: &str = "programs";

const KEYS: [&str; 9] = [
    "entry",
    "name",
    "command",
    "port",
    "folder",
    "environment",
    "start_with_app",
    "ready",
    "proof",
];

/// Something wrong with one of its settings.
pub(super) struct Wrong {
    /// Nothing where it is about the program as a whole.
    pub(super) key: Option<String>,
    pub(super) place: usize,
    pub(super) problem: String,
}

/// One entry, as far as it can be read.
pub(super) struct Read {
    /// Nothing if it can't be used.
    pub(super) program: Option<ProgramSettings>,
    pub(super) wrong: Vec<Wrong>,
    /// What it is called where something is told of it: its name, or its number.
    pub(super) label: String,
}

/// Reads an entry; `source` gives the text at a place in the file.
pub(super) fn read<'t>(
    number: usize,
    entry: &Spanned<DeValue<'_>>,
    source: impl Fn(std::ops::Range<usize>) -> &'t str,
) -> Read {
    let mut read = Read { program: None, wrong: Vec::new(), label: format!("{SECTION}.{number}") };
    let place = entry.span().start;
    let DeValue::Table(table) = entry.get_ref() else {
        let problem = "must be a section, [[programs]], with a name, a command and a port";
        read.wrong.push(Wrong { key: None, place, problem: problem.to_owned() });
        return read;
    };
    let mut values = Values { table, source: &source, wrong: Vec::new() };
    let entry = values.optional("entry", &entries(), entry_of);
    if entry.is_none() && table.get("entry").is_some() {
        // Which server it is meant to be isn't known, so nothing is missed of it.
        read.wrong = values.wrong;
        return read;
    }
    let name =
        values.needed("name", place, NAME, text_of::<ServiceName>, entry.map(|entry| entry.name()));
    if let Some(name) = &name {
        read.label = format!("{SECTION}.{}", name.id());
    }
    let own = entry.map(Entry::command);
    if own.is_some() {
        values.refuse("command", "must not be there, for the entry tells what is started");
    }
    let command = values.needed("command", place, COMMAND, command_of, own);
    let port = values.needed("port", place, PORT, port_of, entry.map(|entry| entry.port));
    let folder = values.optional("folder", FOLDER, folder_of);
    let environment = values.optional("environment", ENVIRONMENT, environment_of);
    let start_with_app = values.optional("start_with_app", "true or false", truth_of);
    let ready = values.optional("ready", READY, seconds_of);
    let proof = values.optional("proof", PROOF, proof_of);
    values.unknown();
    read.wrong = values.wrong;
    if let (Some(name), Some(command), Some(port)) = (name, command, port) {
        read.program = Some(ProgramSettings {
            name,
            entry: entry.map(|entry| entry.id.to_owned()),
            command,
            folder,
            environment: environment.unwrap_or_default(),
            port,
            start_with_app: start_with_app.unwrap_or(true),
            ready: ready.unwrap_or(Duration::from_secs(120)),
            proof: proof.unwrap_or(ProgramProof::Http),
        });
    }
    read
}

const NAME: &str = "a name in quotes, of at most 32 of a-z, 0-9 and _, such as \"kyutai\"";
const COMMAND: &str = "a list of texts in quotes, such as [\"python3\", \"-m\", \"moshi.server\"]";
const PORT: &str = "a whole number from 1 to 65535, such as 8998";
const FOLDER: &str = "the whole path of a folder in quotes, such as \"/home/me/moshi\"";
const ENVIRONMENT: &str = "names with texts in quotes, such as { HF_HOME = \"/home/me/models\" }";
const READY: &str = "a number of seconds of more than 0, such as 120";
const PROOF: &str = "\"http\" or \"port\"";

struct Values<'a, 't, S> {
    table: &'a DeTable<'t>,
    source: &'a S,
    wrong: Vec<Wrong>,
}

impl<'s, S: Fn(std::ops::Range<usize>) -> &'s str> Values<'_, '_, S> {
    /// What must be said, unless it is known anyway.
    fn needed<T>(
        &mut self,
        key: &str,
        place: usize,
        wanted: &str,
        read: impl Fn(&DeValue<'_>) -> Option<T>,
        known: Option<T>,
    ) -> Option<T> {
        if self.table.get(key).is_none() {
            if known.is_some() {
                return known;
            }
            let problem = format!("must be there: {wanted}");
            self.wrong.push(Wrong { key: Some(key.to_owned()), place, problem });
            return None;
        }
        self.optional(key, wanted, read)
    }

    /// What may be said.
    fn optional<T>(
        &mut self,
        key: &str,
        wanted: &str,
        read: impl Fn(&DeValue<'_>) -> Option<T>,
    ) -> Option<T> {
        let value = self.table.get(key)?;
        let is_readable = !(self.source)(value.span()).contains(char::REPLACEMENT_CHARACTER);
        let of_value = read(value.get_ref()).filter(|_| is_readable);
        if of_value.is_none() {
            // What a program is given may hold secrets, so of that only the kind is told.
            let hidden = if key == "environment" { "environment.secret" } else { key };
            let found = found(hidden, value.get_ref(), (self.source)(value.span()));
            let problem = format!("must be {wanted}, not {found}");
            self.wrong.push(Wrong {
                key: Some(key.to_owned()),
                place: value.span().start,
                problem,
            });
        }
        of_value
    }

    /// What must not be said.
    fn refuse(&mut self, key: &str, problem: &str) {
        if let Some(value) = self.table.get(key) {
            let (key, place) = (Some(key.to_owned()), value.span().start);
            self.wrong.push(Wrong { key, place, problem: problem.to_owned() });
        }
    }

    /// Names that are no setting's.
    fn unknown(&mut self) {
        for (name, _) in self.table {
            let key = name.get_ref();
            if KEYS.contains(&&**key) {
                continue;
            }
            let hint = typo::meant(key, KEYS.into_iter())
                .map_or(String::new(), |meant| format!(" (did you mean {meant}?)"));
            let problem = format!("isn't a setting{hint}");
            let key = if key.is_empty() { "\"\"".to_owned() } else { shown(key) };
            self.wrong.push(Wrong { key: Some(key), place: name.span().start, problem });
        }
    }
}

/// The names of the servers that are known, as what is wanted.
fn entries() -> String {
    let names: Vec<String> = ENTRIES.iter().map(|entry| format!("\"{}\"", entry.id)).collect();
    names.join(" or ")
}

fn entry_of(value: &DeValue<'_>) -> Option<&'static Entry> {
    let id = value.as_str()?;
    ENTRIES.iter().find(|entry| entry.id == id)
}

fn text_of<T: std::str::FromStr>(value: &DeValue<'_>) -> Option<T> {
    value.as_str()?.parse().ok()
}

/// A list, or a text with blanks and quotes as in a shell.
fn command_of(value: &DeValue<'_>) -> Option<Vec<String>> {
    let parts = match value {
        DeValue::Array(parts) => parts
            .iter()
            .map(|part| part.get_ref().as_str().map(str::to_owned))
            .collect::<Option<Vec<_>>>()?,
        DeValue::String(line) if MAIN_SEPARATOR == '\\' => {
            shlex::split(&line.replace('\\', "\\\\"))?
        }
        DeValue::String(line) => shlex::split(line)?,
        DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_)
        | DeValue::Table(_) => return None,
    };
    let is_usable = |part: &String| !part.contains('\0');
    let has_program = parts.first().is_some_and(|program| !program.trim().is_empty());
    (has_program && parts.iter().all(is_usable)).then_some(parts)
}

fn port_of(value: &DeValue<'_>) -> Option<u16> {
    let DeValue::Integer(number) = value else { return None };
    u16::from_str_radix(number.as_str(), number.radix()).ok().filter(|port| *port > 0)
}

fn folder_of(value: &DeValue<'_>) -> Option<PathBuf> {
    let folder = Path::new(value.as_str()?);
    let is_usable = folder.is_absolute() && !value.as_str()?.contains('\0');
    is_usable.then(|| folder.to_owned())
}

fn environment_of(value: &DeValue<'_>) -> Option<BTreeMap<String, String>> {
    let DeValue::Table(table) = value else { return None };
    let variable = |(name, value): (&Spanned<std::borrow::Cow<'_, str>>, &Spanned<DeValue<'_>>)| {
        let (name, value) = (name.get_ref(), value.get_ref().as_str()?);
        let is_usable = !name.is_empty() && !name.contains(['=', '\0']) && !value.contains('\0');
        is_usable.then(|| (name.to_string(), value.to_owned()))
    };
    table.iter().map(variable).collect()
}

fn truth_of(value: &DeValue<'_>) -> Option<bool> {
    if let DeValue::Boolean(is_so) = value { Some(*is_so) } else { None }
}

fn seconds_of(value: &DeValue<'_>) -> Option<Duration> {
    let seconds = match value {
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).ok()? as f64
        }
        DeValue::Float(number) => number.as_str().replace('_', "").parse().ok()?,
        DeValue::String(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_)
        | DeValue::Array(_)
        | DeValue::Table(_) => return None,
    };
    let is_usable = seconds > 0.0 && seconds <= check::LONGEST;
    is_usable.then(|| Duration::from_secs_f64(seconds))
}

fn proof_of(value: &DeValue<'_>) -> Option<ProgramProof> {
    match value.as_str()? {
        "http" => Some(ProgramProof::Http),
        "port" => Some(ProgramProof::Port),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
