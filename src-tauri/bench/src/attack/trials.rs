//! Requests as strangers and friends make them, and what is to become of each.

use super::fort::{AUTH_TOKEN, HOST, SECRET, signature};

/// One request.
pub(super) struct Trial {
    pub(super) what: String,
    /// What is asked for, as it stands in the request's first line.
    pub(super) target: String,
    pub(super) headers: Vec<(&'static str, String)>,
    /// Whether it asks for a WebSocket.
    pub(super) is_upgrade: bool,
    /// What a stream at `/` shows in its start.
    pub(super) secret: Option<&'static str>,
    pub(super) expected: Expected,
}

/// What is to become of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// One of these.
    Status(&'static [u16]),
    /// Refused, or ended before anything is heard.
    Nothing,
    /// Somebody speaks.
    Sound,
    /// A page, or a refusal, that says nothing of ports and times.
    NoDetails,
}

use Expected::{NoDetails, Nothing, Sound, Status};

const NOBODY: Expected = Status(&[400, 403, 404]);

fn stream(host: &str, more: &[(&'static str, &str)], expected: Expected) -> Trial {
    asked("/", true, host, more, expected)
}

fn chat(host: &str, more: &[(&'static str, &str)], expected: Expected) -> Trial {
    asked("/api/chat", true, host, more, expected)
}

fn page(target: &str, host: &str, more: &[(&'static str, &str)], expected: Expected) -> Trial {
    asked(target, false, host, more, expected)
}

fn asked(
    target: &str,
    is_upgrade: bool,
    host: &str,
    more: &[(&'static str, &str)],
    expected: Expected,
) -> Trial {
    let mut headers = vec![("Host", host.to_owned())];
    headers.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
    let said = more.iter().map(|(name, value)| format!(", {name}: {value}")).collect::<String>();
    let what = format!("{target} of {}{said}", if host.is_empty() { "no host" } else { host });
    Trial { what, target: target.to_owned(), headers, is_upgrade, secret: None, expected }
}

fn with(secret: &'static str, trial: Trial) -> Trial {
    let what = format!("{}, with secret {secret:?}", trial.what);
    Trial { what, secret: Some(secret), ..trial }
}

/// Some sixty of them, for a bridge at this address whose public name is set.
pub(super) fn all(bridge: &str) -> Vec<Trial> {
    [
        hosts(bridge),
        origins(bridge),
        passed_on(bridge),
        local_only(bridge),
        signatures(),
        secrets(bridge),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Names in every spelling, none of which opens a stream by itself.
fn hosts(bridge: &str) -> Vec<Trial> {
    let ours = [
        HOST,
        "Voice.Example.org",
        "voice.example.org:443",
        "voice.example.org:8443",
        bridge,
        "127.0.0.1",
        "localhost",
        "LOCALHOST:9998",
        "[::1]",
        "127.9.9.9",
        "user@voice.example.org",
        "voice.example.org.",
    ];
    let foreign = [
        "evil.example",
        "voice.example.org.evil.example",
        "evil.example:9998",
        "localhost.evil.example",
        "10.0.0.7",
        "0.0.0.0",
        "127.0.0.1.evil.example",
        "[::ffff:10.0.0.7]",
        "0x7f000001",
        "2130706433",
        "127.1",
        "voice.example.org/evil",
        "voice example org",
        "evil.example#127.0.0.1",
        "",
    ];
    let mut trials: Vec<Trial> = ours.iter().map(|host| stream(host, &[], Nothing)).collect();
    trials.extend(foreign.iter().map(|host| stream(host, &[], NOBODY)));
    trials.push(stream(bridge, &[("Host", "evil.example")], NOBODY));
    trials.push(asked("http://evil.example/", true, bridge, &[], NOBODY));
    trials.push(asked("http://voice.example.org/", true, bridge, &[], Nothing));
    trials.push(asked("//evil.example/", true, bridge, &[], NOBODY));
    trials
}

fn origins(bridge: &str) -> Vec<Trial> {
    let foreign = [
        "https://evil.example",
        "null",
        "https://voice.example.org.evil.example",
        "file://",
        "http://127.0.0.1:1",
        "",
        "http://localhost.evil.example",
    ];
    let mut trials: Vec<Trial> = foreign
        .iter()
        .map(|origin| stream(bridge, &[("Origin", origin)], Status(&[403])))
        .collect();
    let own = format!("http://{bridge}");
    // Many WebSocket libraries say this of themselves.
    trials.push(with(SECRET, stream(bridge, &[("Origin", &own)], Sound)));
    trials.push(chat(bridge, &[("Origin", &own)], Sound));
    trials.push(stream(
        bridge,
        &[("Origin", &own), ("Origin", "https://evil.example")],
        Status(&[400, 403]),
    ));
    trials
}

/// A local name, passed on by a proxy or a tunnel.
fn passed_on(bridge: &str) -> Vec<Trial> {
    let marks = [
        ("X-Forwarded-For", "203.0.113.7"),
        ("X-Forwarded-Host", HOST),
        ("X-Forwarded-Proto", "https"),
        ("Forwarded", "for=203.0.113.7"),
        ("CF-Connecting-IP", "203.0.113.7"),
        ("X-Real-IP", "203.0.113.7"),
        ("Via", "1.1 proxy"),
    ];
    let mut trials = Vec::new();
    for mark in marks {
        trials.push(stream(bridge, &[mark], Nothing));
        trials.push(chat(bridge, &[mark], NOBODY));
        trials.push(page("/metrics", bridge, &[mark], NOBODY));
        trials.push(page("/healthz", bridge, &[mark], NoDetails));
    }
    trials
}

/// What is for this machine, asked for by the public name.
fn local_only(bridge: &str) -> Vec<Trial> {
    let mut trials = vec![chat(bridge, &[], Sound), page("/metrics", bridge, &[], Status(&[200]))];
    for host in [
        HOST,
        "Voice.Example.org",
        "voice.example.org:443",
        "user@voice.example.org",
        "user:pass@voice.example.org",
    ] {
        trials.push(chat(host, &[], NOBODY));
        trials.push(page("/metrics", host, &[], NOBODY));
        trials.push(page("/healthz", host, &[], NoDetails));
    }
    for target in [
        "http://voice.example.org/api/chat",
        "http://Voice.Example.org:443/api/chat",
        "http://evil.example/api/chat",
    ] {
        trials.push(asked(target, true, bridge, &[], NOBODY));
    }
    trials.push(page("http://voice.example.org/metrics", bridge, &[], NOBODY));
    trials
}

/// Nine tricks with Twilio's signature, and the right one.
fn signatures() -> Vec<Trial> {
    let url = format!("wss://{HOST}/");
    let right = signature(AUTH_TOKEN, &url);
    let name = "X-Twilio-Signature";
    let tricks = [
        ("of another token", signature("another token", &url)),
        ("of no token", signature("", &url)),
        ("of another address", signature(AUTH_TOKEN, "wss://evil.example/")),
        ("for https", signature(AUTH_TOKEN, "https://voice.example.org/")),
        ("for another path", signature(AUTH_TOKEN, "wss://voice.example.org/twiml")),
        ("cut short", right[..right.len() - 8].to_owned()),
        ("twice in one", format!("{right}{right}")),
        ("empty", String::new()),
        ("no base64", "!!!".to_owned()),
    ];
    let mut trials: Vec<Trial> = tricks
        .into_iter()
        .map(|(what, signature)| {
            let trial = stream(HOST, &[(name, &signature)], Nothing);
            Trial { what: format!("/ with a signature {what}"), ..trial }
        })
        .collect();
    let signed = stream(HOST, &[(name, &right)], Sound);
    trials.push(Trial { what: "/ with Twilio's signature".to_owned(), ..signed });
    trials
}

fn secrets(bridge: &str) -> Vec<Trial> {
    let mut trials =
        vec![with(SECRET, stream(HOST, &[], Sound)), with(SECRET, stream(bridge, &[], Sound))];
    for wrong in [
        "",
        "guess",
        "what-only-carriers-kno",
        "WHAT-ONLY-CARRIERS-KNOW",
        "what-only-carriers-know ",
    ] {
        trials.push(with(wrong, stream(HOST, &[], Nothing)));
    }
    trials.push(page("/twiml", HOST, &[], Status(&[403])));
    trials.push(page("/twiml?secret=guess", HOST, &[], Status(&[403])));
    trials
}
