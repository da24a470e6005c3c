//! Whom to call, as people write it: a name or an address, and a port.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use tokio::net::lookup_host;

/// The port of a voice bridge where none is named.
const PORT: u16 = 9998;
const FORM: &str = "write it like 127.0.0.1:9998, localhost:9998 or [::1]:9998";

/// A host and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    host: String,
    port: u16,
}

impl Address {
    /// As it is asked for there.
    pub(crate) fn written(&self) -> String {
        match self.host.parse::<Ipv6Addr>() {
            Ok(ip) => format!("[{ip}]:{}", self.port),
            Err(_) => format!("{}:{}", self.host, self.port),
        }
    }

    /// Where that is: each place once.
    pub(crate) async fn places(&self) -> Vec<SocketAddr> {
        let mut places: Vec<SocketAddr> = Vec::new();
        for place in lookup_host((&*self.host, self.port)).await.into_iter().flatten() {
            if !places.contains(&place) {
                places.push(place);
            }
        }
        places
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Some((scheme, rest)) = text.split_once("://") {
            let place = rest.split(['/', '?', '#']).next().unwrap_or_default();
            let place = place.rsplit('@').next().unwrap_or_default();
            let example = place.parse::<Self>().map_or(FORM.to_owned(), |place| {
                let port = match (place.port, scheme) {
                    (PORT, "https" | "wss") if !has_port(rest) => 443,
                    (port, _) => port,
                };
                format!("write {}", Self { port, ..place }.written())
            });
            return Err(format!("this is a URL; a host and a port are wanted: {example}"));
        }
        let local = Ipv4Addr::LOCALHOST.to_string();
        if text.parse::<u64>().is_ok() {
            return Ok(Self { host: local, port: port(text)? });
        }
        let bare = text.trim_start_matches('[').trim_end_matches(']');
        if let Ok(ip) = bare.parse::<IpAddr>() {
            return Ok(Self { host: ip.to_string(), port: PORT });
        }
        let (host, number) = match text.rsplit_once(':') {
            Some((host, number)) => (host, port(number)?),
            None => (text, PORT),
        };
        let host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            Some(host) if host.parse::<Ipv6Addr>().is_ok() => host,
            Some(_) => return Err(format!("what is between [ and ] is no IPv6 address; {FORM}")),
            None if host.is_empty() => &local,
            None => host,
        };
        let is_name = |letter: char| letter.is_alphanumeric() || "-._".contains(letter);
        if host.parse::<Ipv6Addr>().is_err() && !host.chars().all(is_name) {
            return Err(format!("\"{host}\" is no name of a host; {FORM}"));
        }
        Ok(Self { host: host.to_owned(), port: number })
    }
}

fn has_port(rest: &str) -> bool {
    let place = rest.split(['/', '?', '#']).next().unwrap_or_default();
    place.trim_end_matches(|letter: char| letter.is_ascii_digit()).ends_with(':')
}

fn port(text: &str) -> Result<u16, String> {
    let port = text.parse().ok().filter(|port| *port > 0);
    port.ok_or_else(|| format!("\"{text}\" is no port, which is a number from 1 to 65535; {FORM}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_as_people_write_it() {
        for (text, written) in [
            ("127.0.0.1:9998", "127.0.0.1:9998"),
            ("localhost:19998", "localhost:19998"),
            ("[::1]:9998", "[::1]:9998"),
            ("voice.example.org:80", "voice.example.org:80"),
            (" my-pc:7 ", "my-pc:7"),
            ("19998", "127.0.0.1:19998"),
            (":19998", "127.0.0.1:19998"),
            ("localhost", "localhost:9998"),
            ("::1", "[::1]:9998"),
            ("[::1]", "[::1]:9998"),
            ("10.0.0.7", "10.0.0.7:9998"),
        ] {
            assert_eq!(text.parse::<Address>().map(|one| one.written()), Ok(written.to_owned()));
        }
    }

    #[test]
    fn what_is_none_is_told_how_to_write_it() {
        for (text, told) in [
            (
                "ws://localhost:19998/",
                "this is a URL; a host and a port are wanted: write localhost:19998",
            ),
            ("http://[::1]:9998/healthz", "write [::1]:9998"),
            ("ws://127.0.0.1", "write 127.0.0.1:9998"),
            ("wss://me@voice.example.org/x?y", "write voice.example.org:443"),
            ("localhost:", "\"\" is no port"),
            ("localhost:0", "\"0\" is no port"),
            ("70000", "\"70000\" is no port"),
            (
                "localhost:http",
                "\"http\" is no port, which is a number from 1 to 65535; write it like",
            ),
            ("[localhost]:9998", "is no IPv6 address"),
            ("a b:1", "\"a b\" is no name of a host"),
            ("localhost:9998/", "is no port"),
        ] {
            let error = text.parse::<Address>().expect_err(text);
            assert!(error.contains(told), "{error}");
        }
    }
}
