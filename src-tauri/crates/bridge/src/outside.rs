//! The bridge as it is reached from outside this machine: by carriers, through a tunnel or a proxy.
//!
//! A tunnel makes everybody look like a program of this machine, whatever `Host` it passes on. So once a public address is set,
//! a stream is only taken
//!
//! - from Twilio, which signs its requests, where Twilio's auth token is set, or
//! - with the stream's secret among the parameters of its `start`.
//!
//! `/twiml` tells Twilio where to send its streams, and gives it the secret to show. So it is itself for nobody but Twilio, or
//! whoever knows the secret already: `https://HOST/twiml?secret=...`.
//!
//! Twilio's signature is base64 of HMAC-SHA1, with the auth token as its key, over the address that was asked for and then the
//! names and values of a form, sorted by name.
//! Source: <https://www.twilio.com/docs/usage/webhooks/webhooks-security>

mod public_url;

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use door::{Page, Rejection, RequestHead};
use hmac::{Hmac, KeyInit, Mac};
use http::StatusCode;
use serde::{Serialize, Serializer};
use sha1::Sha1;
use subtle::ConstantTimeEq;

pub use public_url::PublicUrl;
use public_url::trimmed;

use crate::reasons::{NO_SECRET, NO_TWIML, WRONG_SIGNATURE};

/// Where Twilio asks what to do with a call.
pub(crate) const TWIML: &str = "/twiml";
const SIGNATURE: &str = "x-twilio-signature";
/// The name of the secret among a stream's parameters, and in the query of `/twiml`.
const SECRET: &str = "secret";

/// How the bridge is reached from outside.
#[derive(Clone, Debug)]
pub struct Outside {
    /// Under which address.
    pub url: PublicUrl,
    /// With what Twilio signs its requests.
    pub auth_token: Option<Secret>,
    /// What streams show that nobody has signed.
    pub secret: Secret,
}

/// Something that is never shown. White space around it isn't part of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl Secret {
    /// A secret with this text.
    #[must_use]
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(trimmed(text.as_ref()).to_owned())
    }

    /// Its text, for whoever must be given it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Compares in constant time, so that the time taken tells nothing about the secret. An empty one is never right.
    fn is(&self, shown: &str) -> bool {
        !self.0.is_empty() && bool::from(shown.as_bytes().ct_eq(self.0.as_bytes()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret")
    }
}

/// Whoever reads the settings learns that it is set, and no more.
impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str("(secret)")
    }
}

/// What a stream must show to be taken.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Entrance<'a> {
    /// Nothing.
    Open,
    /// This secret.
    Needs(&'a Secret),
}

impl Entrance<'_> {
    /// Whether it opens for who shows this.
    pub(crate) fn opens_for(self, shown: Option<&str>) -> bool {
        match self {
            Self::Open => true,
            Self::Needs(secret) => shown.is_some_and(|shown| secret.is(shown)),
        }
    }
}

/// What a request's signature is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signature {
    Right,
    Wrong,
    /// There is none, or nothing to check it with.
    Missing,
}

impl Outside {
    /// What is asked for, be it with the path of the public address in front or without it: some proxies take it off.
    pub(crate) fn path_within<'a>(&self, path: &'a str) -> &'a str {
        self.url.path_within(path)
    }

    /// What the signature of this request for a stream is worth.
    pub(crate) fn signature_of_stream(&self, head: &RequestHead) -> Signature {
        self.signature("wss", head, &[])
    }

    /// What this visitor, who was let in, must show in the stream's start.
    pub(crate) fn entrance(&self, head: &RequestHead) -> Entrance<'_> {
        match self.signature_of_stream(head) {
            Signature::Right => Entrance::Open,
            Signature::Wrong | Signature::Missing => Entrance::Needs(&self.secret),
        }
    }

    /// The address to be set at Twilio for calls that come in. Where nothing is signed it holds the secret.
    #[must_use]
    pub fn webhook(&self) -> String {
        let url = self.url.twiml();
        match self.auth_token {
            Some(_) => url,
            None => format!("{url}?{SECRET}={}", self.secret.reveal()),
        }
    }

    /// What Twilio is to do with a call: connect it with us.
    pub(crate) fn twiml(&self, head: &RequestHead, form: &[u8]) -> Result<Page, Rejection> {
        let query = head.query.as_deref().unwrap_or_default();
        let mut shown = form_urlencoded::parse(query.as_bytes());
        let knows_secret = shown.any(|(name, value)| name == SECRET && self.secret.is(&value));
        if !knows_secret {
            let text = "neither Twilio's signature nor the stream's secret is right";
            let refused = |reason| Err(Rejection::because(StatusCode::FORBIDDEN, text, reason));
            match self.signature("https", head, form) {
                Signature::Right => {}
                Signature::Wrong => return refused(&WRONG_SIGNATURE),
                Signature::Missing => return refused(&NO_SECRET),
            }
        }
        let text = self.document();
        Ok(Page { status: StatusCode::OK, content_type: "text/xml; charset=utf-8", text })
    }

    /// The TwiML that connects a call with us.
    #[must_use]
    pub fn document(&self) -> String {
        let (url, secret) = (escaped(&self.url.stream()), escaped(self.secret.reveal()));
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Connect><Stream url=\"{url}\">\
             <Parameter name=\"{SECRET}\" value=\"{secret}\"/></Stream></Connect></Response>\n"
        )
    }

    fn signature(&self, scheme: &str, head: &RequestHead, form: &[u8]) -> Signature {
        let Some((token, shown)) = self.auth_token.as_ref().zip(head.headers.get(SIGNATURE)) else {
            return Signature::Missing;
        };
        let Ok(shown) = STANDARD.decode(shown.as_bytes()) else { return Signature::Wrong };
        let form = sorted(form);
        let mut spellings = self.url.spellings(scheme, head).into_iter();
        let is_right = spellings.any(|url| {
            let mac = Hmac::<Sha1>::new_from_slice(token.reveal().as_bytes());
            mac.is_ok_and(|mac| {
                mac.chain_update(url).chain_update(&form).verify_slice(&shown).is_ok()
            })
        });
        if is_right { Signature::Right } else { Signature::Wrong }
    }
}

/// The answer where nothing is set up.
pub(crate) fn no_twiml() -> Rejection {
    let text = "there is no TwiML before voice_bridge.public_url is set in the settings";
    Rejection::because(StatusCode::NOT_FOUND, text, &NO_TWIML)
}

/// The names and values of a form as they are signed: sorted, each once, with nothing between them.
fn sorted(form: &[u8]) -> String {
    let mut fields: Vec<_> = form_urlencoded::parse(form).collect();
    fields.sort();
    fields.dedup();
    fields.into_iter().flat_map(|(name, value)| [name, value]).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use door::Provenance;
    use http::HeaderMap;

    use super::*;

    fn outside(url: &str, auth_token: Option<&str>) -> Outside {
        Outside {
            url: PublicUrl::try_from(url.to_owned()).expect("an address"),
            auth_token: auth_token.map(Secret::new),
            secret: Secret::new("open-sesame"),
        }
    }

    fn head(target: &str, signature: Option<&str>) -> RequestHead {
        let (path, query) =
            target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        let mut headers = HeaderMap::new();
        if let Some(signature) = signature {
            headers.insert(SIGNATURE, signature.parse().expect("plain text"));
        }
        let (path, query) = (path.to_owned(), query.map(str::to_owned));
        RequestHead { path, query, headers, provenance: Provenance::Outside }
    }

    #[test]
    fn the_example_of_twilios_own_documents_has_the_signature_that_they_give() {
        // The address, the form, the token "12345" and the signature are those of the documents and of Twilio's libraries.
        let form = b"CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212";
        let outside = Outside { ..outside("https://mycompany.com", Some("12345")) };
        let head = head("/myapp.php?foo=1&bar=2", Some("RSOYDt4T1cUTdK1PDd93/VVr8B8="));
        assert_eq!(outside.signature("https", &head, form), Signature::Right);
        assert_eq!(outside.signature("https", &head, b"Digits=1234"), Signature::Wrong);
    }

    fn signed(token: &str, text: &str) -> String {
        let mac = Hmac::<Sha1>::new_from_slice(token.as_bytes()).expect("any length will do");
        STANDARD.encode(mac.chain_update(text).finalize().into_bytes())
    }

    #[test]
    fn a_stream_may_be_signed_with_its_address_in_any_spelling_and_with_no_other() {
        let outside = outside("https://voice.example.org", Some("token"));
        for (url, expected) in [
            ("wss://voice.example.org/", Signature::Right),
            ("wss://voice.example.org", Signature::Right),
            ("wss://voice.example.org:443/", Signature::Right),
            ("https://voice.example.org/", Signature::Wrong),
            ("wss://evil.example/", Signature::Wrong),
        ] {
            let head = head("/", Some(&signed("token", url)));
            assert_eq!(outside.signature_of_stream(&head), expected, "{url}");
        }
        let of_another = head("/", Some(&signed("another", "wss://voice.example.org/")));
        assert_eq!(outside.signature_of_stream(&of_another), Signature::Wrong);
        assert_eq!(outside.signature_of_stream(&head("/", Some("no base64!"))), Signature::Wrong);
        assert_eq!(outside.signature_of_stream(&head("/", None)), Signature::Missing);
    }

    #[test]
    fn without_a_signature_the_secret_must_be_shown() {
        let outside = outside("https://voice.example.org", None);
        let head = head("/", Some(&signed("", "wss://voice.example.org/")));
        let entrance = outside.entrance(&head);
        assert!(entrance.opens_for(Some("open-sesame")));
        for shown in [None, Some(""), Some("open-sesam"), Some("Open-sesame")] {
            assert!(!entrance.opens_for(shown), "{shown:?}");
        }
        assert!(!Entrance::Needs(&Secret::new("")).opens_for(Some("")));
    }

    #[test]
    fn twiml_is_for_whoever_signs_or_knows_the_secret() {
        let outside = outside("https://example.org/phone/", Some("token"));
        for stranger in [TWIML, "/twiml?secret=guess", "/twiml?secret="] {
            let rejection = outside.twiml(&head(stranger, None), b"").expect_err("a stranger");
            assert_eq!(
                (rejection.status, rejection.reason),
                (StatusCode::FORBIDDEN, Some(&NO_SECRET))
            );
        }
        let rejection = outside.twiml(&head(TWIML, Some("wrong")), b"").expect_err("a stranger");
        assert_eq!(rejection.reason, Some(&WRONG_SIGNATURE));
        let signature = signed("token", "https://example.org/phone/twimlCallSidCA1FromJane Doe");
        let page = outside.twiml(&head(TWIML, Some(&signature)), b"From=Jane+Doe&CallSid=CA1");
        let page = page.expect("it is Twilio's");
        assert_eq!(Ok(page.clone()), outside.twiml(&head("/twiml?secret=open-sesame", None), b""));
        assert_eq!(page.content_type, "text/xml; charset=utf-8");
        assert_eq!(
            page.text,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Connect>\
             <Stream url=\"wss://example.org/phone/\"><Parameter name=\"secret\" value=\"open-sesame\"/></Stream>\
             </Connect></Response>\n"
        );
    }

    #[test]
    fn secrets_are_never_shown() {
        let shown = format!("{:?}", outside("https://voice.example.org", Some("token")));
        assert!(!shown.contains("token\"") && !shown.contains("sesame"), "{shown}");
    }
}
