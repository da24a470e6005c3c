//! The tokens, and what each allows.

use std::io;
use std::sync::{Arc, PoisonError, RwLock};

use door::Bearer;
use subtle::ConstantTimeEq;
use tokio::sync::watch;
use wire::protocol::Role;

/// The token that earlier versions of xSwarm published as their default. It opens nothing.
const PUBLISHED: &str = "dev-token-12345";

/// Makes another token for a role, keeps it where its owner can read it, and tells it.
pub type Renew = Arc<dyn Fn(Role) -> io::Result<String> + Send + Sync>;

/// The tokens of this installation. They can't be printed.
pub struct Tokens {
    tokens: RwLock<InForce>,
    renewed: watch::Sender<Renewals>,
    renew: Renew,
}

struct InForce {
    control: String,
    observe: String,
}

/// How often each token was renewed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Renewals {
    control: u64,
    observe: u64,
}

/// What a right token allows, for as long as it is not renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pass {
    pub(crate) role: Role,
    /// How often the token had been renewed when it was shown.
    renewals: u64,
}

impl Pass {
    pub(crate) fn is_valid(self, renewals: Renewals) -> bool {
        self.renewals == renewals.of(self.role)
    }
}

impl Renewals {
    fn of(self, role: Role) -> u64 {
        match role {
            Role::Control => self.control,
            Role::Observe => self.observe,
        }
    }
}

impl Tokens {
    /// These tokens, and how to get others.
    #[must_use]
    pub fn new(control: String, observe: String, renew: Renew) -> Self {
        let tokens = RwLock::new(InForce { control, observe });
        Self { tokens, renewed: watch::Sender::default(), renew }
    }

    /// What this token allows, if anything. Both are compared, in constant time, so that the time taken tells nothing.
    pub(crate) fn pass_for(&self, shown: &str) -> Option<Pass> {
        let tokens = self.tokens.read().unwrap_or_else(PoisonError::into_inner);
        let (control, observe) =
            (is_right(shown, &tokens.control), is_right(shown, &tokens.observe));
        let role = match (control, observe) {
            (true, _) => Role::Control,
            (false, true) => Role::Observe,
            (false, false) => return None,
        };
        // The tokens are still held, so this was counted before any further renewal.
        Some(Pass { role, renewals: self.renewed.borrow().of(role) })
    }

    /// Whose token this is, for the door: places are kept for those who steer.
    #[must_use]
    pub fn bearer_of(&self, shown: &str) -> Option<Bearer> {
        Some(match self.pass_for(shown)?.role {
            Role::Control => Bearer::Owner,
            Role::Observe => Bearer::Guest,
        })
    }

    /// The pass of who has renewed this role's token.
    pub(crate) fn fresh_pass(&self, role: Role) -> Pass {
        Pass { role, renewals: self.renewed.borrow().of(role) }
    }

    /// Puts another token in the place of this role's.
    pub(crate) fn renew(&self, role: Role) -> io::Result<()> {
        // One at a time, so that the token in force is the one that was kept last.
        let mut tokens = self.tokens.write().unwrap_or_else(PoisonError::into_inner);
        let fresh = (self.renew)(role)?;
        match role {
            Role::Control => tokens.control = fresh,
            Role::Observe => tokens.observe = fresh,
        }
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
        let tokens = Tokens::new("steer".to_owned(), "watch".to_owned(), renew);
        let roles =
            |shown: [&str; 3]| shown.map(|shown| tokens.pass_for(shown).map(|pass| pass.role));
        let expected = [Some(Role::Control), Some(Role::Observe), None];
        assert_eq!(roles(["steer", "watch", "fresh"]), expected);
        tokens.renew(Role::Observe).expect("it always works");
        let expected = [Some(Role::Control), None, Some(Role::Observe)];
        assert_eq!(roles(["steer", "watch", "fresh"]), expected);
    }

    #[test]
    fn whoever_was_let_in_just_before_a_renewal_is_let_in_no_longer() {
        let renew: Renew = Arc::new(|_| Ok("fresh".to_owned()));
        let tokens = Tokens::new("steer".to_owned(), "watch".to_owned(), renew);
        let [steers, watches] =
            ["steer", "watch"].map(|shown| tokens.pass_for(shown).expect("right"));
        tokens.renew(Role::Control).expect("it always works");
        let renewals = *tokens.renewals().borrow();
        assert_eq!((steers.is_valid(renewals), watches.is_valid(renewals)), (false, true));
        assert!(tokens.fresh_pass(Role::Control).is_valid(renewals));
    }
}
