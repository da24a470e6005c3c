//! The tokens, and what each allows.

use std::io;
use std::sync::Arc;

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
    in_force: watch::Sender<InForce>,
    renew: Renew,
}

pub(crate) struct InForce {
    control: Token,
    observe: Token,
}

struct Token {
    text: String,
    /// How often there was another one since the start.
    renewals: u64,
}

/// What a right token allows, for as long as it is not renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pass {
    pub(crate) role: Role,
    /// How often the token had been renewed when it was shown.
    renewals: u64,
}

impl InForce {
    fn of(&self, role: Role) -> &Token {
        match role {
            Role::Control => &self.control,
            Role::Observe => &self.observe,
        }
    }

    fn pass(&self, role: Role) -> Pass {
        Pass { role, renewals: self.of(role).renewals }
    }

    /// Whether the token that was shown for this pass still is the one in force.
    pub(crate) fn knows(&self, pass: Pass) -> bool {
        self.pass(pass.role) == pass
    }
}

impl Tokens {
    /// These tokens, and how to get others.
    pub fn new(control: String, observe: String, renew: Renew) -> Self {
        let [control, observe] = [control, observe].map(|text| Token { text, renewals: 0 });
        Self { in_force: watch::Sender::new(InForce { control, observe }), renew }
    }

    /// What this token allows, if anything. Both are compared, in constant time, so that the time taken tells nothing.
    pub(crate) fn pass_for(&self, shown: &str) -> Option<Pass> {
        let in_force = self.in_force.borrow();
        let [control, observe] =
            [Role::Control, Role::Observe].map(|role| is_right(shown, &in_force.of(role).text));
        let role = match (control, observe) {
            (true, _) => Role::Control,
            (false, true) => Role::Observe,
            (false, false) => return None,
        };
        Some(in_force.pass(role))
    }

    /// Whose token this is, for the door: places are kept for those who steer.
    pub fn bearer_of(&self, shown: &str) -> Option<Bearer> {
        Some(match self.pass_for(shown)?.role {
            Role::Control => Bearer::Owner,
            Role::Observe => Bearer::Guest,
        })
    }

    /// The pass of who has renewed this role's token.
    pub(crate) fn fresh_pass(&self, role: Role) -> Pass {
        self.in_force.borrow().pass(role)
    }

    pub(crate) fn renew(&self, role: Role) -> io::Result<()> {
        let mut renewed = Ok(());
        // One at a time, so that the token in force is the one that was kept last.
        self.in_force.send_if_modified(|in_force| {
            let token = match role {
                Role::Control => &mut in_force.control,
                Role::Observe => &mut in_force.observe,
            };
            let renewals = token.renewals + 1;
            renewed = (self.renew)(role).map(|text| *token = Token { text, renewals });
            renewed.is_ok()
        });
        renewed
    }

    pub(crate) fn in_force(&self) -> watch::Receiver<InForce> {
        self.in_force.subscribe()
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
        let in_force = tokens.in_force();
        assert_eq!([steers, watches].map(|pass| in_force.borrow().knows(pass)), [false, true]);
        assert!(in_force.borrow().knows(tokens.fresh_pass(Role::Control)));
    }
}
