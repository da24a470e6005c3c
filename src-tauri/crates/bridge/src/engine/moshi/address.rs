//! Where a server is, as it stands in the settings, and as it is asked for.

use std::net::IpAddr;

use http::Uri;

use super::settings::{MoshiSettings, Prompts};

/// Where servers of the MOSHI protocol take clients.
const CHAT: &str = "/api/chat";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// What is asked for: with path and prompts. It isn't shown, for it may hold a key.
    url: String,
    /// The same without prompts.
    given: String,
    /// Host and port.
    pub(crate) authority: String,
    pub(super) host: String,
    pub(super) is_encrypted: bool,
    /// Whether it is on this machine.
    pub(super) is_here: bool,
    /// Whether a certificate is taken that nobody vouches for.
    pub(super) takes_any_certificate: bool,
}

/// What is wrong with an address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// It is none.
    #[error("'{0}' is no address such as ws://127.0.0.1:8998")]
    NotOne(String),
    /// A server elsewhere would be trusted by nothing but its word.
    #[error(
        "'{0}' is not on this machine, so its certificate must be one that somebody vouches for"
    )]
    NotOnThisMachine(String),
}

impl MoshiSettings {
    /// Whether every server has an address.
    ///
    /// # Errors
    /// Tells which has none.
    pub fn check(&self) -> Result<(), BadAddress> {
        self.servers.iter().try_for_each(|text| Address::new(text, self).map(drop))
    }
}

impl Address {
    /// Whether whoever is there is the same as there, however it is spoken to.
    pub(super) fn is_place_of(&self, other: &Self) -> bool {
        (&self.authority, self.is_encrypted) == (&other.authority, other.is_encrypted)
    }

    /// The server of that address, with what these settings have to tell it.
    pub(super) fn new(text: &str, settings: &MoshiSettings) -> Result<Self, BadAddress> {
        let wrong = || BadAddress::NotOne(text.to_owned());
        let uri: Uri = text.parse().map_err(|_| wrong())?;
        let (is_encrypted, usual_port) = match uri.scheme_str() {
            Some("ws" | "http") => (false, 80),
            Some("wss" | "https") => (true, 443),
            _ => return Err(wrong()),
        };
        let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(wrong)?.to_owned();
        let authority = format!("{host}:{}", uri.port_u16().unwrap_or(usual_port));
        let path = Some(uri.path()).filter(|path| *path != "/").unwrap_or(CHAT);
        let given = uri.query().unwrap_or_default();
        let asked = Prompts::of(settings).map(|prompts| prompts.query(given, &[]));
        let [given, asked] = [given, asked.as_deref().unwrap_or(given)].map(behind);
        let scheme = if is_encrypted { "wss" } else { "ws" };
        let is_here = is_on_this_machine(&host);
        if settings.self_signed && is_encrypted && !is_here {
            return Err(BadAddress::NotOnThisMachine(text.to_owned()));
        }
        Ok(Self {
            url: format!("{scheme}://{authority}{path}{asked}"),
            given: format!("{scheme}://{authority}{path}{given}"),
            authority,
            host: host.trim_matches(['[', ']']).to_owned(),
            is_encrypted,
            is_here,
            takes_any_certificate: settings.self_signed && is_here,
        })
    }

    /// What is asked for, with this query in place of the prompts in the settings.
    pub(super) fn asked_with(&self, query: Option<&str>) -> String {
        let Some(query) = query.filter(|query| !query.is_empty()) else { return self.url.clone() };
        let before = if self.given.contains('?') { '&' } else { '?' };
        format!("{}{before}{query}", self.given)
    }
}

fn is_on_this_machine(host: &str) -> bool {
    let bare = host.trim_matches(['[', ']']);
    host.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// A query as it stands behind a path.
fn behind(query: &str) -> String {
    if query.is_empty() { String::new() } else { format!("?{query}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Result<Address, BadAddress> {
        Address::new(text, &MoshiSettings::default())
    }

    #[test]
    fn the_path_of_the_protocol_is_added_where_there_is_none() {
        assert_eq!(address("ws://127.0.0.1:8998").unwrap().url, "ws://127.0.0.1:8998/api/chat");
        assert_eq!(address("http://gpu:1/").unwrap().url, "ws://gpu:1/api/chat");
        let other = address("wss://gpu/x/chat?worker_auth_id=7").unwrap();
        assert_eq!(other.url, "wss://gpu:443/x/chat?worker_auth_id=7");
        assert_eq!(other.authority, "gpu:443");
        assert!(other.is_encrypted);
    }

    #[test]
    fn both_prompts_are_sent_as_soon_as_there_is_one() {
        let settings = MoshiSettings {
            text_prompt: Some("Be kind & brief.".to_owned()),
            ..MoshiSettings::default()
        };
        let url = Address::new("ws://[::1]:8998", &settings).unwrap().url;
        let asked = "ws://[::1]:8998/api/chat?text_prompt=Be+kind+%26+brief.&voice_prompt=NATF2.pt";
        assert_eq!(url, asked);
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in ["", "8998", "127.0.0.1:8998", "ftp://x", "ws://", "ws:///api"] {
            assert_eq!(address(text), Err(BadAddress::NotOne(text.to_owned())), "{text}");
        }
    }

    #[test]
    fn a_certificate_of_its_own_is_taken_only_from_this_machine() {
        let settings = MoshiSettings { self_signed: true, ..MoshiSettings::default() };
        let here = Address::new("wss://localhost:8998", &settings).unwrap();
        assert!(here.takes_any_certificate);
        let far = "wss://example.org:8998";
        let refused = Address::new(far, &settings);
        assert_eq!(refused, Err(BadAddress::NotOnThisMachine(far.to_owned())));
        assert!(!address("wss://localhost:8998").unwrap().takes_any_certificate);
    }
}
