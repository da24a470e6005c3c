//! What a settings file with an error lets in, and what is said of it.

use serde_json::{Value, json};
use testcall::{Dialect, FromBridge, Stream};

use crate::caller::started;
use crate::home::{Home, Running};

const VOICE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../audio/tests/data/voice.wav");
const SECRET: &str = "one-of-my-own-choice";

/// A home that is reached through a tunnel, after this change of its settings.
fn home_with(change: impl Fn(&str) -> String) -> Home {
    let home = Home::new();
    let good = format!(
        "[voice_bridge]\naddress = \"127.0.0.1:{}\"\npublic_url = \"https://voice.example.org\"\n\
         twilio_auth_token = \"0123456789abcdef\"\nstream_secret = \"{SECRET}\"\n\
         [supervisor]\naddress = \"127.0.0.1:{}\"\n",
        home.bridge, home.supervisor
    );
    let changed = change(&good);
    assert_ne!(changed, good);
    home.set(&changed);
    home
}

/// What becomes of a stream as nginx's plain `proxy_pass` passes it on: with the name of this machine as its host.
fn stream(home: &Home, secret: Option<&str>) -> Result<(), Option<u16>> {
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    let stream = Stream::new(Dialect::Twilio, "MZ1", "CA1").showing(secret.map(str::to_owned));
    let calling = started(home, stream);
    match runtime.block_on(async { calling.await.hear().await }).expect("the carrier's language") {
        FromBridge::Closed(closed) => Err(closed.code),
        FromBridge::Sound(_) | FromBridge::Mark(_) | FromBridge::Clear => Ok(()),
    }
}

/// Both services, listening, and what is said of the settings by the one that runs.
fn serve(home: &Home) -> (Running, Vec<Value>) {
    let serve = home.start(&["serve"]);
    let watch = home.follow(&["status", "--watch", "--json"]);
    let is_up = |status: &Value| {
        let services = status["services"].as_array().map_or(0, |services| {
            services.iter().filter(|service| service["state"]["state"] == "listening").count()
        });
        services == 2
    };
    let status = watch.until_json(is_up);
    (serve, status["notes"].as_array().cloned().unwrap_or_default())
}

/// What a person makes of a file that was right.
type Typo = fn(&str) -> String;

#[test]
fn no_typo_lets_a_stream_in_that_shows_nothing() {
    let typos: [(&str, Typo); 5] = [
        ("set_aside", |good| format!("{good}[desktop]\nnotification = false\n")),
        ("set_aside", |good| format!("{good}[retry]\nattempts = \"many\"\n")),
        ("only_this_machine", |good| good.replace("public_url", "public-url")),
        ("only_this_machine", |good| format!("{good}[desktop]\nnotifications = fasle\n")),
        ("only_this_machine", |good| format!("{good}host = \"voice.example.org\"\n")),
    ];
    for (effect, typo) in typos {
        let home = home_with(typo);
        let (_serve, notes) = serve(&home);
        assert_eq!(stream(&home, None), Err(Some(1008)), "{notes:?}");
        assert_eq!(stream(&home, Some("guess")), Err(Some(1008)), "{notes:?}");
        assert_eq!(stream(&home, Some(SECRET)), Ok(()), "{notes:?}");
        assert_eq!((notes.len(), &notes[0]["effect"]), (1, &json!(effect)), "{notes:?}");
    }
}

#[test]
fn a_typo_where_it_says_who_comes_in_is_a_finding_and_our_own_call_is_taken() {
    let home = home_with(|good| good.replace("public_url", "publicurl"));
    let (_serve, _) = serve(&home);
    let call = home.run(&["call", VOICE]);
    assert_eq!(call.code, Some(0), "{}{}", call.out, call.err);
    assert!(call.err.contains("line 3: voice_bridge.publicurl isn't a setting"), "{}", call.err);
    let doctor = home.run(&["doctor"]);
    assert_eq!(doctor.code, Some(1));
    let told = "line 3: voice_bridge.publicurl isn't a setting (did you mean public_url?). Until you do and restart, \
                only this machine can connect.";
    assert!(doctor.out.contains(told), "{}", doctor.out);
}

#[test]
fn what_twilio_is_told_comes_from_an_address_as_people_paste_it() {
    let home = home_with(|good| good.replace(".example.org", ".example.org/phone/twiml "));
    let twiml = home.run(&["twiml"]);
    assert_eq!((twiml.code, twiml.err.as_str()), (Some(0), ""));
    assert!(twiml.out.contains("  https://voice.example.org/phone/twiml\n"), "{}", twiml.out);
    assert!(twiml.out.contains("wss://voice.example.org/phone/\""), "{}", twiml.out);
    let home = home_with(|good| good.replace(".example.org", ".example.org:8443"));
    let twiml = home.run(&["twiml"]);
    assert!(twiml.out.contains("to port 443 only, not to 8443"), "{}", twiml.out);
    assert!(twiml.err.contains("voice_bridge.public_url has port 8443"), "{}", twiml.err);
}
