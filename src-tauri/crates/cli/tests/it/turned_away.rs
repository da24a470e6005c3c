//! What the log tells of streams that are turned away.

use std::net::TcpStream;

use serde_json::json;
use tokio_tungstenite::tungstenite::{ClientRequestBuilder, Message, client};

use crate::home::{Home, bridge_listens};

const SECRET: &str = "open-sesame-0123";
const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
const NUMBER: &str = "+15550100";

/// Begins a stream of this account that shows this secret, and has it ended.
fn call(home: &Home, account: &str, shown: &str) {
    let url = format!("ws://voice.example.org:{}/", home.bridge);
    let request = ClientRequestBuilder::new(url.parse().expect("an address"))
        .with_header("x-twilio-signature", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    let stream = TcpStream::connect(("127.0.0.1", home.bridge)).expect("it listens");
    let (mut call, _) = client(request, stream).expect("it may still show the secret");
    let start = json!({
        "streamSid": "MZ1", "accountSid": account, "from": NUMBER, "customParameters": {"secret": shown},
    });
    let start = json!({"event": "start", "streamSid": "MZ1", "start": start}).to_string();
    let stop = json!({"event": "stop", "streamSid": "MZ1"}).to_string();
    for message in [start, stop] {
        call.send(Message::text(message)).expect("it reads");
    }
    while call.read().is_ok() {}
}

#[test]
fn the_log_names_the_account_and_neither_numbers_nor_secrets() {
    let home = Home::new();
    home.set_bridge(&format!(
        "public_url = \"https://voice.example.org\"\ntwilio_auth_token = \"12345\"\nstream_secret = \"{SECRET}\"\n"
    ));
    let serve = home.start(&["serve"]);
    serve.until(&bridge_listens(&home));
    let told = |account: &str, shown: &str, what: &str| {
        call(&home, account, shown);
        let line = serve.until(what);
        assert!(!line.contains(SECRET) && !line.contains(NUMBER), "{line}");
        line
    };
    let line = told(ACCOUNT, SECRET, "a signature that isn't the account's");
    assert!(line.contains(ACCOUNT), "{line}");
    let line = told(ACCOUNT, "guess", "turned away");
    assert!(line.contains(ACCOUNT) && line.contains("wrong_signature"), "{line}");
    // Where a number stands in its place, it is not told.
    let line = told(NUMBER, SECRET, "a signature that isn't the account's");
    assert!(!line.contains("account="), "{line}");
}
