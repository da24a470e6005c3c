//! The address under which the world reaches the bridge, read as people paste it.

use door::RequestHead;
use http::Uri;
use serde::{Serialize, Serializer};

use super::secret::{SECRET, trimmed};

/// Where Twilio asks what to do with a call.
pub(crate) const TWIML: &str = "/twiml";

/// The only port that Twilio connects streams to, and the one that an address needn't name.
const HTTPS: u16 = 443;

/// The address under which the world reaches the bridge, for instance `https://voice.example.org`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    /// In lower case, without a dot at its end.
    host: String,
    /// If it isn't that of https.
    port: Option<u16>,
    /// Without a slash at its end.
    path: String,
}

impl Serialize for PublicUrl {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&format!("https://{}{}", self.authority(), self.path))
    }
}

impl PublicUrl {
    /// Its host name, without a port.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Its port, where that is one which Twilio doesn't connect streams to.
    pub fn port_beyond_twilio(&self) -> Option<u16> {
        self.port
    }

    /// Where streams are to be sent.
    pub fn stream(&self) -> String {
        format!("wss://{}{}/", self.authority(), self.path)
    }

    /// Where Twilio asks what to do with a call.
    pub fn twiml(&self) -> String {
        format!("https://{}{}{TWIML}", self.authority(), self.path)
    }

    /// What is asked for, be it with our own path in front of it or without: some proxies take it off.
    pub(crate) fn path_within<'a>(&self, path: &'a str) -> &'a str {
        match path.strip_prefix(&self.path) {
            Some("") => "/",
            Some(within) if within.starts_with('/') => within,
            Some(_) | None => path,
        }
    }

    /// In which ways the address of a request may be spelt in its signature: with the port or without it, and at the root with
    /// a slash or without it.
    pub(super) fn spellings(&self, scheme: &str, head: &RequestHead) -> Vec<String> {
        let query = head.query.as_ref().map_or(String::new(), |query| format!("?{query}"));
        let target = format!("{}{}", self.path, self.path_within(&head.path));
        let mut targets = vec![target.clone()];
        targets.extend(target.strip_suffix('/').map(str::to_owned));
        let with_port = format!("{}:{}", self.host, self.port.unwrap_or(HTTPS));
        let authorities = [self.host.clone(), with_port, format!("{}:{HTTPS}", self.host)];
        let at = |authority| {
            let spelt = |target| format!("{scheme}://{authority}{target}{query}");
            targets.iter().map(spelt).collect::<Vec<_>>()
        };
        authorities.iter().flat_map(at).collect()
    }

    fn authority(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.clone(),
        }
    }
}

impl TryFrom<String> for PublicUrl {
    type Error = String;

    /// What is wrong is told without the address, which may hold a password or a secret.
    fn try_from(text: String) -> Result<Self, String> {
        let wrong = |why: &str| Err(format!("{why}; write it like https://voice.example.org"));
        let text = trimmed(&text);
        if !text.is_ascii() {
            return wrong("an address has no letters but a to z, others are spelt with xn--");
        }
        let Ok(url) = text.parse::<Uri>() else { return wrong("this is no web address") };
        let scheme = url.scheme_str().unwrap_or_default();
        if !["https", "wss"].iter().any(|known| known.eq_ignore_ascii_case(scheme)) {
            return wrong("the address must begin with https://");
        }
        let Some(authority) = url.authority() else { return wrong("the host is missing") };
        if authority.as_str().contains('@') {
            return wrong("the address must hold no name or password");
        }
        let host = authority.host().to_ascii_lowercase();
        let host = host.strip_suffix('.').unwrap_or(&host);
        if host.split('.').any(str::is_empty) {
            return wrong("the host is missing or has a dot too many");
        }
        let port = authority.as_str()[authority.host().len()..].trim_start_matches(':');
        let port = match (port, port.parse()) {
            ("", _) | (_, Ok(HTTPS)) => None,
            (_, Ok(port)) if port > 0 => Some(port),
            _ => return wrong("the port must be a number from 1 to 65535"),
        };
        // People paste the address that Twilio is given: there what follows is ours.
        let path = url.path().trim_end_matches('/');
        let base = path.strip_suffix(TWIML);
        let is_ours = |query: &str| base.is_some() && query.starts_with(SECRET);
        if url.query().is_some_and(|query| !is_ours(query)) {
            return wrong("the address must have no query, for carriers drop it");
        }
        let path = base.unwrap_or(path).trim_end_matches('/').to_owned();
        Ok(Self { host: host.to_owned(), port, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> PublicUrl {
        PublicUrl::try_from(text.to_owned()).unwrap_or_else(|wrong| panic!("{text}: {wrong}"))
    }

    #[test]
    fn a_public_address_is_https_and_has_neither_query_nor_password() {
        for (text, way_out) in [
            ("", "https://"),
            ("voice.example.org", "https://"),
            ("/twiml", "https://"),
            ("http://voice.example.org", "begin with https://"),
            ("ws://voice.example.org", "begin with https://"),
            ("ftp://voice.example.org", "begin with https://"),
            ("https://", "https://voice"),
            ("https:///twiml", "https://voice"),
            ("https://.", "host"),
            ("https://voice..example.org", "a dot too many"),
            ("https://voice.example.org..", "a dot too many"),
            ("https://a:geheim@c", "no name or password"),
            ("https://geheim@c", "no name or password"),
            ("https://a/?geheim", "no query"),
            ("https://a/twiml?geheim=1", "no query"),
            ("https://a/?secret=geheim", "no query"),
            ("https://voice example.org", "no web address"),
            ("https://bücher.example", "xn--"),
            ("https://voice.example.org:0", "the port"),
            ("https://voice.example.org:99999", "the port"),
            ("https://voice.example.org:twilio", "https://voice"),
        ] {
            let wrong = PublicUrl::try_from(text.to_owned()).expect_err(text);
            assert!(wrong.contains(way_out), "{text}: {wrong}");
            assert!(!wrong.contains("geheim"), "{text}: {wrong}");
        }
    }

    #[test]
    fn a_public_address_is_read_as_people_paste_it() {
        for text in [
            "https://voice.example.org",
            " https://voice.example.org/\t",
            "\u{feff}https://voice.example.org\u{a0}\r\n",
            "HTTPS://Voice.Example.ORG//",
            "wss://voice.example.org:443/",
            "https://voice.example.org:",
            "https://voice.example.org./",
            "https://voice.example.org/#top",
            "https://voice.example.org/twiml",
            "https://voice.example.org/twiml/",
            "https://voice.example.org/twiml?secret=abc",
        ] {
            assert_eq!(url(text).stream(), "wss://voice.example.org/", "{text}");
            assert_eq!(url(text).twiml(), "https://voice.example.org/twiml", "{text}");
        }
    }

    #[test]
    fn a_path_a_port_and_a_host_of_any_kind_are_kept() {
        for (text, base) in [
            ("https://h.example/Phone/twiml", "h.example/Phone"),
            ("https://h.example/phone//twiml", "h.example/phone"),
            ("https://h.example/mytwiml", "h.example/mytwiml"),
            ("https://h.example:8443/", "h.example:8443"),
            ("https://xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("https://[2001:DB8::1]:443", "[2001:db8::1]"),
            ("https://[2001:db8::1]:8443", "[2001:db8::1]:8443"),
        ] {
            assert_eq!(url(text).stream(), format!("wss://{base}/"), "{text}");
            assert_eq!(url(text).twiml(), format!("https://{base}/twiml"), "{text}");
        }
    }

    #[test]
    fn a_port_that_twilio_does_not_call_is_known() {
        assert_eq!(url("https://h.example:8443").port_beyond_twilio(), Some(8443));
        assert_eq!(url("https://h.example:80").port_beyond_twilio(), Some(80));
        assert_eq!(url("https://h.example:443").port_beyond_twilio(), None);
        assert_eq!(url("https://[::1]:0443").port_beyond_twilio(), None);
    }

    #[test]
    fn a_path_may_be_kept_by_the_proxy_or_taken_off() {
        let kept = url("https://h.example/phone");
        for (path, within) in [
            ("/phone/twiml", "/twiml"),
            ("/phone/", "/"),
            ("/phone", "/"),
            ("/twiml", "/twiml"),
            ("/", "/"),
            ("/phonetwiml", "/phonetwiml"),
            ("/Phone/twiml", "/Phone/twiml"),
            ("/other/phone/twiml", "/other/phone/twiml"),
            ("/phone/phone/", "/phone/"),
        ] {
            assert_eq!(kept.path_within(path), within, "{path}");
        }
        assert_eq!(url("https://h.example").path_within("/phone/twiml"), "/phone/twiml");
        assert_eq!(url("https://h.example").path_within("/"), "/");
    }
}
