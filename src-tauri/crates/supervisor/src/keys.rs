//! The tokens, and what each allows.

use std::io;
use std::sync::{Arc, PoisonError, RwLock};

use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use tokio::sync::watch;

/// The token that earlier versions of xSwarm published as their default. It opens nothing.
const PUBLISHED: &str = "dev-token-12345";

/// What a token allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// To watch.
    Observe,
    /// To watch and to steer.
    Control,
}

/// Makes another token for a role, keeps it where its owner can read it, and tells it.
pub type Renew = Arc<dyn Fn(Role) -> io::Result<String> + Send + Sync>;

/// The tokens of this installation. They can't be printed.
pub struct Keys {
    tokens: RwLock<Tokens>,
    renewed: watch::Sender<Renewals>,
    renew: Renew,
}

struct Tokens {
    control: String,
    observe: String,
}

/// How often each token was renewed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Renewals {
    control: u64,
    observe: u64,
}

impl Renewals {
    pub(crate) fn of(self, role: Role) -> u64 {
        match role {
            Role::Control => self.control,
            Role::Observe => self.observe,
        }
    }
}

impl Keys {
    /// These tokens, and how to get others.
    #[must_use]
    pub fn new(control: String, observe: String, renew: Renew) -> Self {
        let tokens = RwLock::new(Tokens { control, observe });
        Self { tokens, renewed: watch::Sender::default(), renew }
    }

    /// What this token allows, if anything. Both are compared, in constant time, so that the time taken tells nothing.
    pub(crate) fn role_of(&self, shown: &str) -> Option<Role> {
        let tokens = self.tokens.read().unwrap_or_else(PoisonError::into_inner);
        let (control, observe) =
            (is_right(shown, &tokens.control), is_right(shown, &tokens.observe));
        match (control, observe) {
            (true, _) => Some(Role::Control),
            (false, true) => Some(Role::Observe),
            (false, false) => None,
        }
    }

    /// Puts another token in the place of this role's.
    pub(crate) fn renew(&self, role: Role) -> io::Result<()> {
        let fresh = (self.renew)(role)?;
        let mut tokens = self.tokens.write().unwrap_or_else(PoisonError::into_inner);
        match role {
            Role::Control => tokens.control = fresh,
            Role::Observe => tokens.observe = fresh,
        }
        drop(tokens);
        self.renewed.send_modify(|renewals| match role {
            Role::Control => renewals.control += 1,
            Role::Observe => renewals.observe += 1,
        });
        Ok(())
    }

    pub(crate) fn renewals(&self) -> watch::Receiver<Renewals> {
        self.renewed.subscribe()
    }
}

/// Compares in constant time, so that the time taken tells nothing about the token.
fn is_right(shown: &str, token: &str) -> bool {
    let is_secret = !token.is_empty() && token != PUBLISHED;
    is_secret & bool::from(shown.as_bytes().ct_eq(token.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_token_is_right() {
        assert!(is_right("secret", "secret"));
        for shown in ["", "s", "secre", "secret ", "Secret"] {
            assert!(!is_right(shown, "secret"), "{shown}");
        }
    }

    #[test]
    fn a_token_that_everybody_knows_opens_nothing() {
        assert!(!is_right(PUBLISHED, PUBLISHED));
        assert!(!is_right("", ""));
    }

    #[test]
    fn each_token_opens_what_it_is_for() {
        let renew: Renew = Arc::new(|_| Ok("fresh".to_owned()));
        let keys = Keys::new("steer".to_owned(), "watch".to_owned(), renew);
        let roles = |shown: [&str; 3]| shown.map(|shown| keys.role_of(shown));
        let expected = [Some(Role::Control), Some(Role::Observe), None];
        assert_eq!(roles(["steer", "watch", "fresh"]), expected);
        keys.renew(Role::Observe).expect("it always works");
        let expected = [Some(Role::Control), None, Some(Role::Observe)];
        assert_eq!(roles(["steer", "watch", "fresh"]), expected);
    }
}
