//! Who may call once the bridge has a public address, and what Twilio is told.

mod caller;

use bridge::{Outside, PublicUrl, Secret, Settings};
use caller::{Caller, FromBridge, Running, STREAM, twilio};
use serde_json::json;
use testcall::Unanswered;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::ClientRequestBuilder;

/// The signature of `wss://voice.example.org/` with the token `12345`, as `openssl dgst -sha1 -hmac` makes it.
const SIGNATURE: &str = "wwFXnfAN18DKPEuO6OIjWALUuzo=";

async fn public(auth_token: Option<&str>) -> Running {
    public_at("https://voice.example.org", auth_token).await
}

async fn public_at(url: &str, auth_token: Option<&str>) -> Running {
    let outside = Some(outside(url, auth_token));
    Running::with(Settings { outside, ..Settings::default() }).await
}

fn outside(url: &str, auth_token: Option<&str>) -> Outside {
    Outside {
        url: PublicUrl::try_from(url.to_owned()).expect("an address"),
        auth_token: auth_token.map(Secret::new),
        secret: Secret::new("open-sesame-0123"),
    }
}

async fn start_with(caller: &mut Caller, parameters: serde_json::Value) {
    let start = json!({ "streamSid": STREAM, "customParameters": parameters });
    caller.tell(json!({ "event": "start", "streamSid": STREAM, "start": start })).await;
}

/// What becomes of a stream that is dialled with this signature.
async fn signed(bridge: &Running, signature: &str) -> Result<(), u16> {
    signed_at(bridge, "voice.example.org", "/", signature).await
}

async fn signed_at(bridge: &Running, host: &str, path: &str, signature: &str) -> Result<(), u16> {
    let request = caller::signed(&format!("ws://{host}{path}"), signature);
    match bridge.dial_as(request, twilio()).await {
        Ok(mut caller) => {
            caller.start().await;
            match caller.hear().await {
                FromBridge::Closed(closed) => Err(closed.code.expect("it says why")),
                FromBridge::Sound(_) | FromBridge::Mark(_) | FromBridge::Clear => Ok(()),
            }
        }
        Err(Unanswered::Declined { status, .. }) => Err(status.expect("an answer")),
        Err(Unanswered::Nobody) => panic!("the bridge listens"),
    }
}

async fn asked(bridge: &Running, request: &str) -> String {
    let mut connection = TcpStream::connect(bridge.address).await.expect("the bridge listens");
    connection.write_all(request.as_bytes()).await.expect("it reads");
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.expect("it answers");
    answer
}

#[tokio::test]
async fn a_stream_without_a_signature_must_show_the_secret() {
    let bridge = public(None).await;
    for parameters in
        [json!({}), json!({ "secret": "guess" }), json!({ "secret": { "open-sesame-0123": 1 } })]
    {
        let mut caller = bridge.dial("/").await.expect("it may still show the secret");
        start_with(&mut caller, parameters).await;
        let reason = "the stream's secret is missing or wrong".to_owned();
        assert_eq!(caller.hear_the_close().await, (1008, reason));
    }
    let mut caller = bridge.dial("/").await.expect("it may still show the secret");
    start_with(&mut caller, json!({ "secret": "open-sesame-0123" })).await;
    assert!(matches!(caller.hear().await, FromBridge::Sound(_)));
}

#[tokio::test]
async fn a_stream_that_twilio_has_signed_needs_no_secret_and_a_wrong_signature_is_as_good_as_none()
{
    let bridge = public(Some("12345")).await;
    assert_eq!(signed(&bridge, SIGNATURE).await, Ok(()));
    for wrong in ["AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "no base64!", ""] {
        assert_eq!(signed(&bridge, wrong).await, Err(1008), "{wrong}");
        let request = caller::signed("ws://voice.example.org/", wrong);
        let mut caller = bridge.dial_as(request, twilio()).await.expect("the secret may come");
        start_with(&mut caller, json!({ "secret": "open-sesame-0123" })).await;
        assert!(matches!(caller.hear().await, FromBridge::Sound(_)), "the secret decides");
    }
}

#[tokio::test]
async fn the_secret_counts_wherever_a_carrier_can_put_it() {
    let bridge = public(Some("12345")).await;
    let good = "open-sesame-0123";
    for (query, header) in [
        (format!("?secret={good}"), None),
        (format!("?a=b&Secret={good}"), None),
        (format!("?x-ph-secret={good}"), None),
        (String::new(), Some(("authorization", format!("Bearer {good}")))),
        (String::new(), Some(("authorization", format!("bearer   {good} ")))),
        (String::new(), Some(("x-ph-secret", good.to_owned()))),
        (String::new(), Some(("X-SECRET", good.to_owned()))),
    ] {
        let told = format!("{query} {header:?}");
        let mut caller = dialled_with(&bridge, &query, header).await;
        start_with(&mut caller, json!([])).await;
        assert!(matches!(caller.hear().await, FromBridge::Sound(_)), "{told}");
    }
    for (query, header) in [
        ("?secret=guess", None),
        ("?secret=", None),
        ("?token=open-sesame-0123", None),
        ("", Some(("authorization", "Basic open-sesame-0123".to_owned()))),
        ("", Some(("authorization", "open-sesame-0123".to_owned()))),
        ("", Some(("x-ph-name", good.to_owned()))),
    ] {
        let told = format!("{query} {header:?}");
        let mut caller = dialled_with(&bridge, query, header).await;
        start_with(&mut caller, json!([])).await;
        assert_eq!(caller.hear_the_close().await.0, 1008, "{told}");
    }
}

/// A stream from outside that is dialled with this query and this header.
async fn dialled_with(bridge: &Running, query: &str, header: Option<(&str, String)>) -> Caller {
    let url = format!("ws://voice.example.org/{query}");
    let mut request = ClientRequestBuilder::new(url.parse().expect("an address"));
    if let Some((name, value)) = header {
        request = request.with_header(name, value);
    }
    bridge.dial_as(request, twilio()).await.expect("it may still show the secret")
}

#[tokio::test]
async fn twiml_is_told_to_whoever_knows_the_secret_and_to_nobody_else() {
    let bridge = public(None).await;
    let head = "Host: voice.example.org\r\n";
    let refused = asked(&bridge, &format!("GET /twiml HTTP/1.1\r\n{head}\r\n")).await;
    assert!(refused.starts_with("HTTP/1.1 403"), "{refused}");
    assert!(!refused.contains("open-sesame"), "{refused}");
    let form = "CallSid=CA1&From=%2B15550100";
    let post = format!(
        "POST /twiml?secret=open-sesame-0123 HTTP/1.1\r\n{head}Content-Length: {}\r\n\r\n{form}",
        form.len()
    );
    let told = asked(&bridge, &post).await;
    assert!(told.starts_with("HTTP/1.1 200"), "{told}");
    assert!(told.contains("content-type: text/xml"), "{told}");
    assert!(told.contains("<Stream url=\"wss://voice.example.org/\">"), "{told}");
}

/// The status of this request for TwiML, which shows the secret and comes from outside.
async fn status_of_twiml(bridge: &Running, path: &str) -> String {
    let request = format!("GET {path}?secret=open-sesame-0123 HTTP/1.1\r\nHost: h.example\r\n\r\n");
    let answer = asked(bridge, &request).await;
    answer.split(' ').nth(1).unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_path_that_the_proxy_keeps_works_beside_one_that_it_takes_off() {
    let bridge = public_at("https://h.example/phone/twiml", Some("12345")).await;
    for path in ["/twiml", "/phone/twiml"] {
        assert_eq!(status_of_twiml(&bridge, path).await, "200", "{path}");
    }
    for path in ["/phone/phone/twiml", "/phonetwiml", "/phone/twiml/twiml", "/phone/api/chat"] {
        assert_ne!(status_of_twiml(&bridge, path).await, "200", "{path}");
    }
    for path in ["/", "/phone/", "/phone"] {
        let mut caller = bridge.dial(path).await.expect("a stream is taken there");
        start_with(&mut caller, json!({ "secret": "open-sesame-0123" })).await;
        assert!(matches!(caller.hear().await, FromBridge::Sound(_)), "{path}");
        let mut caller = bridge.dial(path).await.expect("it may still show the secret");
        start_with(&mut caller, json!({})).await;
        assert_eq!(caller.hear_the_close().await.0, 1008, "{path}");
    }
    for path in ["/phones/", "/phone/metrics", "/phone/phone/", "/other/"] {
        assert!(bridge.dial(path).await.is_err(), "{path}");
    }
}

#[tokio::test]
async fn a_signature_is_right_over_the_public_address_whatever_the_proxy_leaves_of_its_path() {
    let bridge = public_at("https://h.example/phone", Some("12345 ")).await;
    // Of wss://h.example/phone/ with the token 12345, as `openssl dgst -sha1 -hmac` makes it.
    let right = "3o8m/NpXTKJ2nFmZwYn5TtClfO4=";
    for path in ["/", "/phone/", "/phone"] {
        assert_eq!(signed_at(&bridge, "h.example", path, right).await, Ok(()), "{path}");
        assert_eq!(signed_at(&bridge, "h.example", path, SIGNATURE).await, Err(1008), "{path}");
    }
}

#[tokio::test]
async fn where_only_this_machine_comes_in_streams_show_the_secret_and_the_public_name_is_refused() {
    let secret = Some(Secret::new("open-sesame-0123"));
    let closed = Settings { only_this_machine: true, stream_secret: secret, ..Settings::default() };
    let outside = Some(outside("https://voice.example.org", Some("12345")));
    for settings in [closed.clone(), Settings { outside, ..closed }] {
        let bridge = Running::with(settings).await;
        assert_eq!(signed(&bridge, SIGNATURE).await, Err(403));
        let mut caller = bridge.dial("/").await.expect("it may still show the secret");
        start_with(&mut caller, json!({})).await;
        assert_eq!(caller.hear_the_close().await.0, 1008);
        let mut caller = bridge.dial("/").await.expect("it may still show the secret");
        start_with(&mut caller, json!({ "secret": "open-sesame-0123" })).await;
        assert!(matches!(caller.hear().await, FromBridge::Sound(_)));
    }
}

#[tokio::test]
async fn without_a_public_address_there_is_no_twiml_and_it_says_why() {
    let bridge = Running::start().await;
    let answer = asked(&bridge, "GET /twiml HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    assert!(answer.contains("voice_bridge.public_url"), "{answer}");
    let large = "POST /twiml HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20000\r\n\r\n"
        .to_owned()
        + &"a".repeat(20_000);
    assert!(asked(&bridge, &large).await.starts_with("HTTP/1.1 413"));
    let elsewhere = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n";
    assert!(asked(&bridge, elsewhere).await.starts_with("HTTP/1.1 405"));
}
