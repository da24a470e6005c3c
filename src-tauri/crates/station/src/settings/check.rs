//! What is wrong with settings that can be read: with one alone, or with several together.

use std::collections::BTreeMap;
use std::ops::Range;

use bridge::{BadAddress, MoshiSettings, Secret};
use wire::{Engine, EngineChoice, ServiceName};

use super::{ENGINE, ProgramSettings, Section, Settings};

const NO_PORT: &str = "must be an address with a port from 1 to 65535";

/// The largest whole number that is taken, and the longest time, in seconds: a year.
pub(super) const LARGEST: i64 = u32::MAX as i64;
pub(super) const LONGEST: f64 = 365.0 * 24.0 * 3600.0;

/// Settings that don't go together, and which of them is set aside: always so that less is open.
pub(super) struct Clash {
    pub(super) key: String,
    pub(super) problem: String,
}

/// What is wrong with that setting, whatever the others are; `settings` are the defaults but for it.
pub(super) fn alone(key: &str, settings: &Settings) -> Option<String> {
    let Settings { voice_bridge, supervisor, retry, proof, .. } = settings;
    let problem = match key {
        "voice_bridge.address" if voice_bridge.address.port() == 0 => NO_PORT,
        "supervisor.address" if supervisor.address.port() == 0 => NO_PORT,
        "voice_bridge.stream_secret"
            if voice_bridge.stream_secret.as_ref().is_some_and(|secret| !is_strong(secret)) =>
        {
            "must have at least 16 letters, digits, - and _, and nothing else"
        }
        "voice_bridge.twilio_auth_token"
            if voice_bridge.twilio_auth_token.as_ref().is_some_and(|token| !is_plain(token)) =>
        {
            "must have no blanks or special letters in it; copy it from Twilio's console again"
        }
        "voice_bridge.engine" => voice_bridge.engine.problem()?,
        "moshi.servers" => {
            return bad_server(&MoshiSettings { self_signed: false, ..settings.moshi.clone() });
        }
        "moshi.check" if settings.moshi.check.is_zero() => "must be more than 0",
        "retry.attempts" if retry.attempts == 0 => "must be at least 1",
        "retry.jitter" if !(0.0..=1.0).contains(&retry.jitter) => "must be a number from 0 to 1",
        "proof.interval" if proof.interval.is_zero() => "must be more than 0",
        "proof.deadline" if proof.deadline.is_zero() => "must be more than 0",
        _ => return None,
    };
    Some(problem.to_owned())
}

/// What doesn't go together, if anything. Only what is `said` can be set aside.
pub(super) fn together(
    settings: &Settings,
    said: &BTreeMap<String, Range<usize>>,
) -> Option<Clash> {
    let clash = |keys: &[&str], problem: String| {
        let key = keys.iter().find(|key| said.contains_key(**key))?;
        Some(Clash { key: (*key).to_owned(), problem })
    };
    for section in Section::ALL {
        let mut addresses = settings.addresses(section).into_iter();
        if let Some(outward) = addresses.find(|one| !one.ip().is_loopback())
            && !settings.is_guarded(section)
        {
            let id = section.id();
            let key =
                if outward == settings.listening(section).address { "address" } else { "also" };
            let problem = format!(
                "must be of this machine only, such as 127.0.0.1, as long as there is no public_url: {outward} can be \
                 reached from other machines"
            );
            return clash(&[&format!("{id}.{key}")], problem);
        }
    }
    let port = settings.voice_bridge.address.port();
    if port == settings.supervisor.address.port() {
        let mut keys = ["supervisor.address", "voice_bridge.address"];
        if port == Settings::default().supervisor.address.port() {
            keys.reverse();
        }
        return clash(&keys, format!("must not have port {port}, which the other service has"));
    }
    let engine = &settings.voice_bridge.engine;
    if engine.engines().contains(&Engine::Moshi) && settings.moshi.servers.is_empty() {
        let be = match engine {
            EngineChoice::One(_) => "be",
            EngineChoice::InTurn(_) => "name",
        };
        let problem = format!("must not {be} \"moshi\" while moshi.servers names no server");
        return clash(&[ENGINE], problem);
    }
    let problem = bad_server(&settings.moshi)?;
    clash(
        &["moshi.self_signed", "moshi.servers"],
        format!("can't be used: moshi.servers {problem}"),
    )
}

/// What is wrong with a program beside the services and the programs before it, and with which of its settings. Two programs may
/// have the same port, of which one runs at a time.
pub(super) fn program(
    program: &ProgramSettings,
    settings: &Settings,
) -> Option<(&'static str, String)> {
    let services = Section::ALL.map(|section| ServiceName::literal(section.id()));
    let mut taken = services.iter().chain(settings.programs.iter().map(|other| &other.name));
    if taken.any(|name| *name == program.name) {
        return Some(("name", "must not be that of another service".to_owned()));
    }
    let has_port = |section: &Section| settings.listening(*section).address.port() == program.port;
    let (_, name) = Section::ALL.iter().zip(services).find(|(section, _)| has_port(section))?;
    Some(("port", format!("must not have port {}, which the {name} has", program.port)))
}

/// What works, and yet not as somebody may think.
pub(super) fn cautions(settings: &Settings) -> impl Iterator<Item = (&'static str, String)> {
    [unreachable_engine(settings), unusual_port(settings)].into_iter().flatten()
}

/// The line check always answers, so nobody else is asked after it.
fn unreachable_engine(settings: &Settings) -> Option<(&'static str, String)> {
    let (last, before) = settings.voice_bridge.engine.engines().split_last()?;
    let is_unreachable = before.contains(&Engine::LineCheck) && *last != Engine::LineCheck;
    let problem = "names another after \"line_check\", which answers every call";
    is_unreachable.then(|| (ENGINE, problem.to_owned()))
}

fn unusual_port(settings: &Settings) -> Option<(&'static str, String)> {
    settings.voice_bridge.twilio_auth_token.as_ref()?;
    let port = settings.voice_bridge.public_url.as_ref()?.port_beyond_twilio()?;
    let problem = format!("has port {port}, but Twilio connects calls to port 443 only");
    Some(("voice_bridge.public_url", problem))
}

/// Which server has no address that can be used, if one hasn't. It isn't shown, for it may hold a key.
fn bad_server(moshi: &MoshiSettings) -> Option<String> {
    let without = MoshiSettings { servers: Vec::new(), ..moshi.clone() };
    let wrong = |server: &String| {
        MoshiSettings { servers: vec![server.clone()], ..without.clone() }.check().err()
    };
    let (place, wrong) =
        moshi.servers.iter().enumerate().find_map(|(place, one)| Some((place + 1, wrong(one)?)))?;
    Some(match wrong {
        BadAddress::NotOne(_) => {
            format!("must hold addresses such as ws://127.0.0.1:8998, and number {place} is none")
        }
        BadAddress::NotOnThisMachine(_) => format!(
            "must hold servers on this machine only where self_signed is true, and number {place} is elsewhere"
        ),
    })
}

/// Whether it is long enough not to be guessed, and every carrier passes it on as it is.
fn is_strong(secret: &Secret) -> bool {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    secret.reveal().len() >= 16 && secret.reveal().chars().all(is_plain)
}

/// Whether it can be one at all.
fn is_plain(token: &Secret) -> bool {
    token.reveal().chars().all(|letter| letter.is_ascii_graphic())
}
