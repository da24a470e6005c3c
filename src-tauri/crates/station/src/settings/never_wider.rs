//! A file with an error never opens wider than it says: tried with every slip of a key, and every lost or doubled line.

use std::net::SocketAddr;

use wire::{SettingsEffect, SettingsProblem};

use super::read::read;
use super::{Section, Settings};

const GOOD: &str = "# mine\n[voice_bridge]\naddress = \"127.0.0.1:7001\"\nalso = [\"::1\"]\n\
    public_url = \"https://voice.example.org\"\ntwilio_auth_token = \"0123456789abcdef0123456789abcdef\"\n\
    stream_secret = \"one-of-my-own-choice\"\n[voice_bridge.limits]\nhosts = [\"pbx.example.org\"]\ncalls = 4\n";

/// The sections under which the others come to stand where their own is lost.
const BEFORE: [&str; 6] = [
    "",
    "[desktop]\nnotifications = false\n",
    "[moshi]\nat_once = 2\n",
    "[retry]\nattempts = 3\n",
    "[supervisor]\naddress = \"127.0.0.1:7002\"\n",
    "[voice_bridge.recording]\non = true\n",
];

const KEYS: &str = " \t\r\n\0#\"'=[]{}.,:/\\_-a0ß";
/// Those that change what a text is more than what it says.
const MARKS: &str = "\n#\"=[.";

/// Every text that is one slip away.
fn slips<'t>(text: &'t str, keys: &'t str) -> impl Iterator<Item = String> + 't {
    let places: Vec<usize> =
        text.char_indices().map(|(place, _)| place).chain([text.len()]).collect();
    let slips = places.into_iter().flat_map(move |place| {
        let (before, after) = text.split_at(place);
        let rest = after.get(1..).unwrap_or_default();
        let typed = keys
            .chars()
            .flat_map(move |key| [format!("{before}{key}{after}"), format!("{before}{key}{rest}")]);
        [format!("{before}{rest}"), before.to_owned()].into_iter().chain(typed)
    });
    slips.chain(lost_and_doubled(text))
}

/// Every text of which one line is lost or doubled.
fn lost_and_doubled(text: &str) -> impl Iterator<Item = String> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    (0..lines.len()).flat_map(move |at| {
        [(&[][..], at + 1), (&[lines[at], lines[at]][..], at + 1)]
            .map(|(here, after)| [&lines[..at], here, &lines[after..]].concat().concat())
    })
}

/// Whether the slip took away all that asks for anything to be shown, as if nobody had ever written it.
fn says_nothing_of_it(text: &str) -> bool {
    !["public_url", "twilio_auth_token", "stream_secret"].iter().any(|key| text.contains(key))
}

#[test]
fn no_slip_lets_a_stream_in_that_shows_nothing() {
    let mut tried = 0;
    for before in BEFORE {
        let keys = if before.is_empty() { KEYS } else { MARKS };
        let good = format!("{before}{GOOD}");
        for text in slips(&good, keys).filter(|text| !says_nothing_of_it(text)) {
            let (settings, problems) = read(&text);
            assert!(settings.voice_bridge.asks_for_secret(), "{text}\n{problems:?}");
            stays_here_unless_said(&text, &settings, &problems);
            tried += 1;
        }
    }
    assert!(tried > 30_000, "{tried}");
}

/// It listens where the text says, or on this machine; and on this machine alone where only it may come in.
fn stays_here_unless_said(text: &str, settings: &Settings, problems: &[SettingsProblem]) {
    for service in Section::ALL {
        let is_closed = match service {
            Section::VoiceBridge => settings.voice_bridge.limits.only_this_machine,
            Section::Supervisor => settings.supervisor.limits.only_this_machine,
        };
        let hosts = match service {
            Section::VoiceBridge => &settings.voice_bridge.limits.hosts,
            Section::Supervisor => &settings.supervisor.limits.hosts,
        };
        assert!(!is_closed || hosts.is_empty(), "{text}");
        for address in settings.addresses(service).iter().filter(|one| !one.ip().is_loopback()) {
            let mut quoted = text.split(['"', '\'']);
            let is_said = quoted.any(|said| {
                said.parse() == Ok(address.ip())
                    || said.parse().is_ok_and(|said: SocketAddr| said.ip() == address.ip())
            });
            assert!(is_said && !is_closed, "{address}\n{text}\n{problems:?}");
        }
        let is_told = problems.iter().any(|one| one.effect == SettingsEffect::OnlyThisMachine);
        assert!(is_told || !is_closed, "{text}");
    }
}

#[test]
fn a_slip_elsewhere_leaves_the_door_as_it_is() {
    for slip in [
        "[desktop]\nnotification = false\n",
        "[desktop]\nnotifications = \"no\"\n",
        "[desktop]\nnotifications = false\nsound = true\n",
        "[retry]\ntries = 3\n",
        "[retry]\nattempts = 0\n",
        "[proof]\ninterval = -1\n",
        "[moshi]\nserver = \"ws://127.0.0.1:8998\"\n",
        "[moshi]\nservers = [\"127.0.0.1:8998\"]\n",
        "[voice_bridge.recording]\non = 1\n",
        "[supervisor.limits]\nconnections = \"many\"\n",
    ] {
        let (settings, problems) = read(&format!("{GOOD}{slip}"));
        let (good, none) = read(GOOD);
        assert_eq!((none.len(), problems.len()), (0, 1), "{slip}: {problems:?}");
        let door = |settings: &Settings| format!("{:?}", settings.voice_bridge);
        assert_eq!(
            door(&settings).replace("on: true", "on: false"),
            door(&good),
            "{slip}: {problems:?}"
        );
    }
}

/// Which services only this machine comes in to.
fn closed(text: &str) -> (bool, bool) {
    let (settings, _) = read(text);
    (settings.voice_bridge.limits.only_this_machine, settings.supervisor.limits.only_this_machine)
}

#[test]
fn where_what_says_who_comes_in_cannot_be_read_only_this_machine_does() {
    let url = "\"https://voice.example.org\"";
    for text in [
        format!("public_url = {url}\n"),
        format!("[voicebridge]\npublic_url = {url}\n"),
        format!("[Voice_Bridge]\npublic_url = {url}\n"),
        format!("[voice-bridge]\npublic_url = {url}\n"),
        format!("[voice_bridge]\nPublic_url = {url}\n"),
        format!("[voice_bridge]\npublic-url = {url}\n"),
        format!("[voice_bridge]\npublicurl = {url}\n"),
        format!("[voice_bridge]\n\"public url\" = {url}\n"),
        format!("[voice_bridge]\npublic.url = {url}\n"),
        format!("[voice_bridge.limits]\npublic_url = {url}\n"),
        format!("[voice_bridge.recording]\npublic_url = {url}\n"),
        format!("[voice_bridge.public_url]\nurl = {url}\n"),
        format!("[[voice_bridge]]\npublic_url = {url}\n"),
        format!("[voice_bridge]\npublic_url = {url}\n[voice_bridge]\n"),
        format!("[voice_bridge]\npublic_url = {url}\npublic_url = {url}\n"),
        format!("[supervisor]\npublic_url = {url}\n"),
        format!("[desktop]\npublic_url = {url}\n"),
        format!("[desktop]\npublik_url = {url}\n"),
        format!("[desktop]\nurl = {url}\n"),
        format!("[retry]\nauth_token = {url}\n"),
        format!("[moshi]\ntwilio_token = {url}\n"),
        format!("voice_bridge = {url}\n"),
        format!("[voice_bridge]\npublic_url = {url}\nlimits = 3\n"),
        format!("[voice_bridge]\npublic_url = [{url}]\n"),
        "[voice_bridge]\npublic_url = \"http://voice.example.org\"\n".to_owned(),
        "[voice_bridge]\npublic_url = \"https://voice.example.org\n".to_owned(),
        "[voice_bridge]\npublic_url = https://voice.example.org\n".to_owned(),
        "[voice_bridge]\ntwilio_auth_token = 12345\n".to_owned(),
        "[voice_bridge]\ntwilio_auth_token = \"12 345\"\n".to_owned(),
        "[voice_bridge]\nstream_secret = \"short\"\n".to_owned(),
        "[voice_bridge]\naddress = \"localhost:9998\"\n".to_owned(),
        "[voice_bridge]\nalso = \"::1\"\n".to_owned(),
        "[voice_bridge.limits]\nhosts = \"pbx\"\n".to_owned(),
        "[voice_bridge.limits]\nhost = [\"pbx\"]\n".to_owned(),
        "[voice_bridge.limits]\norigins = [1]\n".to_owned(),
        "[desktop]\n\0".to_owned(),
        "{\"voice_bridge\": {}}".to_owned(),
        "voice_bridge:\n  public_url: https://voice.example.org\n".to_owned(),
    ] {
        assert!(closed(&text).0, "{text}");
        assert!(read(&text).0.voice_bridge.asks_for_secret(), "{text}");
    }
    assert_eq!(closed("[supervisor]\naddress = 9999\n"), (false, true));
    assert_eq!(closed("[supervisor.limits]\nhosts = 9999\n"), (false, true));
    assert_eq!(closed("[supervisor]\nadress = \"0.0.0.0:9999\"\n"), (false, true));
    assert_eq!(closed("[voice_bridge]\naddress = 9998\n"), (true, false));
    assert_eq!(closed("[desktop]\nnotification = false\n"), (false, false));
    assert_eq!(closed(""), (false, false));
}

#[test]
fn an_address_that_others_reach_falls_back_to_this_machine_with_its_port() {
    let text = "[voice_bridge]\naddress = \"0.0.0.0:7001\"\nalso = [\"::\", \"::1\", \"192.0.2.1\"]\n\
        public_url = \"https://voice.example.org\"\nreuseport = true\n[supervisor]\naddress = \"[::]:7002\"\nallso = []\n";
    let (settings, _) = read(text);
    let addresses =
        |service| settings.addresses(service).iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(addresses(Section::VoiceBridge), ["127.0.0.1:7001", "[::1]:7001"]);
    assert_eq!(addresses(Section::Supervisor), ["127.0.0.1:7002", "[::1]:7002"]);
    assert!(settings.voice_bridge.public_url.is_some());
}

#[test]
fn a_file_of_nothing_but_errors_is_given_up_at_once_and_closed() {
    let unknown =
        |count: usize| (0..count).map(|number| format!("k{number} = 1\n")).collect::<String>();
    let servers = vec!["\"ws://127.0.0.1:1\""; 40_000].join(", ");
    for (text, is_closed) in [
        (
            format!("[desktop]\n{}[voice_bridge]\npublic_url = \"http://h\"\n", unknown(100_000)),
            true,
        ),
        (format!("[desktop]\n{}[voice_bridge]\npublic_url = \"http://h\"\n", unknown(30)), true),
        (format!("[desktop]\n{} = 1\n", "k".repeat(900_000)), false),
        (format!("[moshi]\nservers = [{servers}]\n"), false),
    ] {
        let began = std::time::Instant::now();
        let (settings, problems) = read(&text);
        assert!(began.elapsed().as_secs() < 5, "{} bytes took {:?}", text.len(), began.elapsed());
        assert_eq!(settings.voice_bridge.limits.only_this_machine, is_closed);
        let told = problems.iter().any(|one| one.effect == SettingsEffect::OnlyThisMachine);
        assert_eq!(told, is_closed, "{problems:?}");
        assert!(problems.len() <= 20);
    }
}
