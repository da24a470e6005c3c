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

use door::{Page, Rejection, RequestHead};
use http::StatusCode;

use super::secret::{Entrance, SECRET, Secret, shows};
use super::signature::Signature;
use super::url::PublicUrl;
use crate::reasons::{NO_SECRET, WRONG_SIGNATURE};

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

impl Outside {
    /// What the signature of this request for a stream is worth.
    pub(crate) fn signature_of_stream(&self, head: &RequestHead) -> Signature {
        self.signature("wss", head, &[])
    }

    /// What this visitor, who was let in, must show in the stream's start.
    pub(crate) fn entrance(&self, head: &RequestHead) -> Entrance<'_> {
        match self.signature_of_stream(head) {
            Signature::Right => Entrance::Open,
            Signature::Wrong => Entrance::NeedsAsWell(&self.secret),
            Signature::Missing => Entrance::Needs(&self.secret),
        }
    }

    /// The address to be set at Twilio for calls that come in. Where nothing is signed it holds the secret.
    pub fn webhook(&self) -> String {
        let url = self.url.twiml();
        match self.auth_token {
            Some(_) => url,
            None => format!("{url}?{SECRET}={}", self.secret.reveal()),
        }
    }

    /// What Twilio is to do with a call: connect it with us.
    pub(crate) fn twiml(&self, head: &RequestHead, form: &[u8]) -> Result<Page, Rejection> {
        if !shows(head, &self.secret) {
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
    pub fn document(&self) -> String {
        let (url, secret) = (escaped(&self.url.stream()), escaped(self.secret.reveal()));
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Connect><Stream url=\"{url}\">\
             <Parameter name=\"{SECRET}\" value=\"{secret}\"/></Stream></Connect></Response>\n"
        )
    }

    fn signature(&self, scheme: &str, head: &RequestHead, form: &[u8]) -> Signature {
        Signature::of(head, form, self.auth_token.as_ref(), || self.url.spellings(scheme, head))
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use door::Provenance;
    use hmac::{Hmac, KeyInit, Mac};
    use http::HeaderMap;
    use sha1::Sha1;

    use super::super::TWIML;
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
            headers.insert("x-twilio-signature", signature.parse().expect("plain text"));
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
        let opens_for = |shown: &str| entrance.opens_for(&["guess".to_owned(), shown.to_owned()]);
        assert!(opens_for("open-sesame") && !entrance.opens_for(&[]));
        for shown in ["", "open-sesam", "Open-sesame"] {
            assert!(!opens_for(shown), "{shown:?}");
        }
        assert!(!Entrance::Needs(&Secret::new("")).opens_for(&[String::new()]));
    }

    #[test]
    fn twiml_is_for_whoever_signs_or_knows_the_secret() {
        let outside = outside("https://example.org/phone/", Some("token"));
        for stranger in [TWIML, "/twiml?secret=guess", "/twiml?secret="] {
            let refusal = outside.twiml(&head(stranger, None), b"").expect_err("a stranger");
            assert_eq!((refusal.status, refusal.reason), (StatusCode::FORBIDDEN, Some(&NO_SECRET)));
        }
        let refusal = outside.twiml(&head(TWIML, Some("wrong")), b"").expect_err("a stranger");
        assert_eq!(refusal.reason, Some(&WRONG_SIGNATURE));
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
