//! Twilio's signature: base64 of HMAC-SHA1, with the auth token as its key, over the address that was asked for and then the
//! names and values of a form, sorted by name.
//!
//! Source: <https://www.twilio.com/docs/usage/webhooks/webhooks-security>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use door::RequestHead;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use super::secret::Secret;

const SIGNATURE: &str = "x-twilio-signature";

/// What a request's signature is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signature {
    Right,
    Wrong,
    /// There is none, or nothing to check it with.
    Missing,
}

impl Signature {
    /// What the signature of this request is worth, whose address may be spelt in these ways.
    pub(super) fn of(
        head: &RequestHead,
        form: &[u8],
        token: Option<&Secret>,
        spellings: impl FnOnce() -> Vec<String>,
    ) -> Self {
        let Some((token, shown)) = token.zip(head.headers.get(SIGNATURE)) else {
            return Self::Missing;
        };
        let Ok(shown) = STANDARD.decode(shown.as_bytes()) else { return Self::Wrong };
        let form = sorted(form);
        let is_right = spellings().into_iter().any(|url| {
            let mac = Hmac::<Sha1>::new_from_slice(token.reveal().as_bytes());
            mac.is_ok_and(|mac| {
                mac.chain_update(url).chain_update(&form).verify_slice(&shown).is_ok()
            })
        });
        if is_right { Self::Right } else { Self::Wrong }
    }
}

/// The names and values of a form as they are signed: sorted, each once, with nothing between them.
fn sorted(form: &[u8]) -> String {
    let mut fields: Vec<_> = form_urlencoded::parse(form).collect();
    fields.sort();
    fields.dedup();
    fields.into_iter().flat_map(|(name, value)| [name, value]).collect()
}
