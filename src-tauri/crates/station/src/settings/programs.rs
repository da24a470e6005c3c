//! Programs that are to be run: `[[programs]]`, once for each.

use std::collections::BTreeMap;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use wire::ServiceName;

use super::wording::{found, shown};
use super::{ProgramProof, ProgramSettings, check, typo};

/// What the section is called.
pub(super) const SECTION: &str = "programs";

const KEYS: [&str; 8] =
    ["name", "command", "port", "folder", "environment", "start_with_app", "ready", "proof"];

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
    let name = values.needed("name", place, NAME, text_of::<ServiceName>);
    if let Some(name) = &name {
        read.label = format!("{SECTION}.{}", name.id());
    }
    let command = values.needed("command", place, COMMAND, command_of);
    let port = values.needed("port", place, PORT, port_of);
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
    /// What must be said.
    fn needed<T>(
        &mut self,
        key: &str,
        place: usize,
        wanted: &str,
        read: impl Fn(&DeValue<'_>) -> Option<T>,
    ) -> Option<T> {
        if self.table.get(key).is_none() {
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
mod tests {
    use wire::{SettingsEffect, SettingsProblem};

    use super::super::read::read;
    use super::*;
    use crate::Settings;

    const GOOD: &str = "[[programs]]\nname = \"kyutai\"\ncommand = [\"sh\"]\nport = 8998\n";

    fn problems(text: &str) -> Vec<String> {
        read(text).1.iter().map(SettingsProblem::to_string).collect()
    }

    fn programs(text: &str) -> Vec<ProgramSettings> {
        let (Settings { programs, .. }, problems) = read(text);
        assert_eq!(problems, [], "{text}");
        programs
    }

    #[test]
    fn a_program_has_what_is_said_of_it_and_the_rest_by_default() {
        let [program] = &programs(GOOD)[..] else { panic!("there is one") };
        assert_eq!((program.name.id(), program.port), ("kyutai", 8998));
        assert_eq!((program.start_with_app, program.ready), (true, Duration::from_secs(120)));
        assert_eq!((program.proof, &program.folder), (ProgramProof::Http, &None));
        let text = format!(
            "{GOOD}folder = \"/opt/moshi\"\nstart_with_app = false\nready = 2.5\nproof = \"port\"\n\
             environment = {{ A = \"1\", B = \"\" }}\n[retry]\nattempts = 3\n{GOOD}"
        );
        let text = text.replacen("kyutai", "other", 1);
        let [other, _] = &programs(&text)[..] else { panic!("there are two") };
        assert_eq!(other.ready, Duration::from_millis(2500));
        assert_eq!(other.environment["A"], "1");
        assert_eq!(other.folder.as_deref(), Some(Path::new("/opt/moshi")));
        assert!(!other.start_with_app && other.proof == ProgramProof::Port);
        assert_eq!(read(&text).0.retry.attempts, 3);
    }

    #[test]
    fn a_command_is_a_list_or_a_line_as_one_types_it() {
        let command = |said: &str| {
            let text = GOOD.replace("[\"sh\"]", said);
            programs(&text)[0].command.clone()
        };
        assert_eq!(command("[\"a b\", \"\"]"), ["a b", ""]);
        assert_eq!(
            command("'python3 -m moshi.server --hf-repo \"a b\"'")[3..],
            ["--hf-repo", "a b"]
        );
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line_its_key_what_was_found_and_what_is_wanted() {
        for (good, wrong, told) in [
            ("\"kyutai\"", "\"Kyutai 2\"", "line 2: programs.1.name must be a name in quotes"),
            ("[\"sh\"]", "[]", "line 3: programs.kyutai.command must be a list of texts"),
            ("[\"sh\"]", "[\"sh\", 3]", ", not [\"sh\", 3]"),
            ("[\"sh\"]", "'a \"b'", ", not 'a \"b'"),
            ("[\"sh\"]", "true", ", not true"),
            ("8998", "0", "line 4: programs.kyutai.port must be a whole number from 1 to 65535"),
            ("8998", "65536", ", not 65536"),
            ("8998", "\"8998\"", ", not \"8998\""),
            (
                "8998",
                "9998",
                "programs.kyutai.port must not have port 9998, which the voice bridge has",
            ),
            ("8998", "9999", "which the supervisor has"),
            (
                "\"kyutai\"",
                "\"supervisor\"",
                "programs.supervisor.name must not be that of another service",
            ),
            ("port = 8998\n", "", "line 1: programs.kyutai.port must be there: a whole number"),
            (
                "port = 8998\n",
                "port = 8998\nfolder = \"moshi\"\n",
                "line 5: programs.kyutai.folder must be the whole path",
            ),
            (
                "port = 8998\n",
                "port = 8998\nready = 0\n",
                "programs.kyutai.ready must be a number of seconds",
            ),
            ("port = 8998\n", "port = 8998\nready = inf\n", ", not inf"),
            (
                "port = 8998\n",
                "port = 8998\nproof = \"moshi\"\n",
                "programs.kyutai.proof must be \"http\" or \"port\"",
            ),
            ("port = 8998\n", "port = 8998\nstart_with_app = 1\n", "must be true or false, not 1"),
            (
                "port = 8998\n",
                "port = 8998\nprot = 1\n",
                "line 5: programs.kyutai.prot isn't a setting (did you mean port?)",
            ),
        ] {
            let said = problems(&GOOD.replace(good, wrong));
            assert!(said.len() == 1 && said[0].contains(told), "{wrong}: {said:?}");
        }
        let twice = problems(&format!("{GOOD}{GOOD}"));
        assert_eq!(twice, ["line 5: programs.kyutai.name must not be that of another service"]);
        let said = problems("programs = 3\n");
        assert!(said[0].starts_with("line 1: programs must be a section"), "{said:?}");
        assert!(problems("[programs]\nname = \"a\"\n")[0].contains("[[programs]]"));
    }

    #[test]
    fn a_bad_setting_leaves_the_rest_in_force_and_opens_nothing() {
        let text = format!("{GOOD}ready = \"long\"\n");
        let (settings, problems) = read(&text);
        assert_eq!(settings.programs[0].ready, Duration::from_secs(120));
        assert_eq!(problems[0].effect, SettingsEffect::SetAside);
        assert!(!settings.voice_bridge.limits.only_this_machine);
        let (settings, _) = read(&format!("{GOOD}[[programs]]\nname = \"b\"\n"));
        assert_eq!(settings.programs.len(), 1);
    }

    #[test]
    fn what_a_program_is_given_is_never_told() {
        for environment in ["{ TOKEN = 123456 }", "\"TOKEN=123456\"", "[\"123456\"]"] {
            let said = problems(&format!("{GOOD}environment = {environment}\n"));
            assert!(said.len() == 1 && !said[0].contains("123456"), "{said:?}");
        }
        let text = format!("{GOOD}environment = {{ TOKEN = \"123456\" }}\n");
        let (settings, _) = read(&text);
        assert!(settings.has_secrets());
        assert!(!format!("{settings:?}").contains("123456"));
        let shown = serde_json::to_string(&settings).expect("plain data");
        assert!(!shown.contains("123456"), "{shown}");
    }
}
