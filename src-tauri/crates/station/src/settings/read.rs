//! Reads the settings key by key, so that one that can't be read leaves the others in force.
//!
//! Where what says who may come in to a service can't be read, or may be what can't be read, only this machine comes in to
//! it: a file with an error never opens wider than it says.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use wire::{SettingsEffect, SettingsProblem};

use super::wording::{found, in_one_line, is_too_much, most, shown, wanted};
use super::{ProgramSettings, Section, Settings, check, garbled, programs, typo};

/// How many problems are told of one file.
const MOST: usize = 20;

/// With more problems than these a file is none of ours, and the rest of it isn't read.
const TOO_MANY: usize = 100;

/// What a text says: the settings in force, and what is wrong with it, line by line.
pub(super) fn read(text: &str) -> (Settings, Vec<SettingsProblem>) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (document, errors) = DeTable::parse_recoverable(text);
    let defaults = serde_json::to_value(Settings::default()).unwrap_or_default();
    let mut reader = Reader {
        text,
        said: BTreeMap::new(),
        programs: Vec::new(),
        problems: Vec::new(),
        closed: Vec::new(),
    };
    for error in errors.iter().take(MOST) {
        reader.closed.extend(Section::ALL);
        let line = error.span().map(|span| reader.line(span.start));
        let problem =
            format!("can't be read: {}", garbled::told(text, line.unwrap_or(1), &defaults));
        reader.tell(None, line, problem, SettingsEffect::OnlyThisMachine);
    }
    reader.table(document.get_ref(), "", &defaults);
    reader.settle()
}

/// What only this machine may come in to, where nothing of the settings can be read.
pub(super) fn nothing() -> Settings {
    let mut settings = Settings::default();
    Section::ALL.iter().for_each(|section| settings.close(*section));
    settings
}

struct Reader<'t> {
    text: &'t str,
    /// What can be read: where it stands, by its name.
    said: BTreeMap<String, Range<usize>>,
    /// The programs that can be run, and the line of each.
    programs: Vec<(ProgramSettings, usize)>,
    problems: Vec<SettingsProblem>,
    /// To which services only this machine comes in.
    closed: Vec<Section>,
}

impl Reader<'_> {
    fn table(&mut self, table: &DeTable<'_>, section: &str, defaults: &Value) {
        for (name, value) in table {
            if self.problems.len() >= TOO_MANY {
                return self.give_up();
            }
            let key = match section {
                "" => name.get_ref().to_string(),
                section => format!("{section}.{}", name.get_ref()),
            };
            let line = self.line(name.span().start);
            if key == programs::SECTION {
                self.programs(value, line);
                continue;
            }
            match (defaults.get(&**name.get_ref()), value.get_ref()) {
                (None, _) => self.unknown(section, name.get_ref(), line, defaults),
                (Some(below @ Value::Object(_)), DeValue::Table(table)) => {
                    self.table(table, &key, below);
                }
                (Some(Value::Object(_)), other) => {
                    let found = found(&key, other, self.source(&value.span()));
                    let problem = format!("must be a section, [{key}], not {found}");
                    self.set_aside(&key, line, problem);
                }
                (Some(default), _) => self.value(&key, line, value, default),
            }
        }
    }

    fn programs(&mut self, value: &Spanned<DeValue<'_>>, line: usize) {
        let DeValue::Array(entries) = value.get_ref() else {
            let problem = "must be a section in double brackets, [[programs]], for each program";
            return self.tell_of(programs::SECTION, line, problem.to_owned(), &[]);
        };
        for (number, entry) in (1..).zip(entries.iter()) {
            let source = |place: Range<usize>| self.text.get(place).unwrap_or_default();
            let programs::Read { program, wrong, label } = programs::read(number, entry, source);
            for programs::Wrong { key, place, problem } in wrong {
                let key = key.map_or(label.clone(), |key| format!("{label}.{key}"));
                self.tell_of(&key, self.line(place), problem, &[]);
            }
            let line = self.line(entry.span().start);
            self.programs.extend(program.map(|program| (program, line)));
        }
    }

    /// Reads no further: what was not read may have said who comes in.
    fn give_up(&mut self) {
        if self.problems.len() == TOO_MANY {
            self.closed.extend(Section::ALL);
            let problem = format!("has {TOO_MANY} errors and more, so the rest isn't read");
            self.tell(None, None, problem, SettingsEffect::OnlyThisMachine);
        }
    }

    fn value(&mut self, key: &str, line: usize, value: &Spanned<DeValue<'_>>, default: &Value) {
        let source = self.source(&value.span());
        let problem = match toml::from_str::<Settings>(&format!("{key} = {source}")) {
            Ok(_) if is_too_much(value.get_ref(), default) => {
                format!("{}, not {}", most(default), found(key, value.get_ref(), source))
            }
            Ok(_) if source.contains(char::REPLACEMENT_CHARACTER) => {
                "has letters that are not saved as UTF-8".to_owned()
            }
            Ok(settings) => match check::alone(key, &settings) {
                None => {
                    self.said.insert(key.to_owned(), value.span());
                    return;
                }
                Some(problem) if problem.starts_with("must be ") => {
                    format!("{problem}, not {}", found(key, value.get_ref(), source))
                }
                Some(problem) => problem,
            },
            Err(error) if key.ends_with("_url") && value.get_ref().is_str() => {
                format!("can't be used: {}", in_one_line(error.message()))
            }
            Err(_) => {
                let found = found(key, value.get_ref(), source);
                format!("must be {}, not {found}", wanted(key, default))
            }
        };
        self.set_aside(key, line, problem);
    }

    /// A setting that can't be used. Its default is in force.
    fn set_aside(&mut self, key: &str, line: usize, problem: String) {
        self.tell_of(key, line, problem, &closed(|one| typo::says_who_comes_in(one, key)));
    }

    /// A name that is no setting's: nobody knows what it was meant to say.
    fn unknown(&mut self, section: &str, name: &str, line: usize, defaults: &Value) {
        let own =
            || defaults.as_object().into_iter().flat_map(|own| own.keys().map(String::as_str));
        let closed = closed(|one| typo::may_say_who_comes_in(one, section, name, own()));
        let name = if name.is_empty() { "\"\"".to_owned() } else { shown(name) };
        let known = own().chain(section.is_empty().then_some(programs::SECTION));
        let hint = typo::meant(&name, known)
            .map_or(String::new(), |meant| format!(" (did you mean {meant}?)"));
        let key = if section.is_empty() { name } else { format!("{section}.{name}") };
        self.tell_of(&key, line, format!("isn't a setting{hint}"), &closed);
    }

    /// Tells of something in that line, by which some services are closed to all but this machine.
    fn tell_of(&mut self, key: &str, line: usize, problem: String, closed: &[Section]) {
        self.closed.extend(closed);
        // Of a line that can't be read as a whole it says enough that it can't.
        let is_told = |other: &SettingsProblem| other.key.is_none() && other.line == Some(line);
        if self.problems.iter().any(is_told) {
            return;
        }
        let effect = match closed {
            [] => SettingsEffect::SetAside,
            _ => SettingsEffect::OnlyThisMachine,
        };
        self.tell(Some(key), Some(line), problem, effect);
    }

    fn tell(
        &mut self,
        key: Option<&str>,
        line: Option<usize>,
        problem: String,
        effect: SettingsEffect,
    ) {
        let key = key.map(str::to_owned);
        self.problems.push(SettingsProblem { key, line, problem, effect });
    }

    /// Sets aside what doesn't go together, and gives what is left.
    fn settle(mut self) -> (Settings, Vec<SettingsProblem>) {
        let mut settings = self.put_together();
        while let Some(clash) = check::together(&settings, &self.said) {
            let place = self.said.remove(&clash.key);
            let line = place.map(|place| self.line(place.start));
            self.tell(Some(&clash.key), line, clash.problem, SettingsEffect::SetAside);
            settings = self.put_together();
        }
        for (program, line) in std::mem::take(&mut self.programs) {
            match check::program(&program, &settings) {
                None => settings.programs.push(program),
                Some((key, problem)) => {
                    let key = format!("{}.{}.{key}", programs::SECTION, program.name.id());
                    self.tell_of(&key, line, problem, &[]);
                }
            }
        }
        for (key, problem) in check::cautions(&settings) {
            let line = self.said.get(key).map(|place| self.line(place.start));
            self.tell(Some(key), line, problem, SettingsEffect::Kept);
        }
        // Those for which nobody comes in from outside are told in any case.
        self.problems.sort_by_key(|problem| problem.effect != SettingsEffect::OnlyThisMachine);
        self.problems.truncate(MOST);
        self.problems.sort_by_key(|problem| problem.line);
        (settings, self.problems)
    }

    fn put_together(&self) -> Settings {
        let lines =
            self.said.iter().map(|(key, place)| format!("{key} = {}\n", self.source(place)));
        // Each of them can be read alone, so all can be read together.
        let mut settings = toml::from_str(&lines.collect::<String>()).unwrap_or_else(|_| nothing());
        self.closed.iter().for_each(|section| settings.close(*section));
        settings
    }

    fn source(&self, place: &Range<usize>) -> &str {
        self.text.get(place.clone()).unwrap_or_default()
    }

    fn line(&self, place: usize) -> usize {
        1 + self.text.get(..place).unwrap_or(self.text).matches('\n').count()
    }
}

/// The services of which that is so.
fn closed(is_closed: impl Fn(Section) -> bool) -> Vec<Section> {
    Section::ALL.into_iter().filter(|service| is_closed(*service)).collect()
}
