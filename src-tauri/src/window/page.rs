//! How far the window's page is. An event that the page does not listen for yet would be lost.

use std::sync::{Mutex, MutexGuard, PoisonError};

use wire::ServiceName;

#[derive(Default)]
pub(super) struct Page(Mutex<Stage>);

enum Stage {
    /// Nobody listens; this confirmation is to be asked for when the page is there.
    Absent(Option<ServiceName>),
    Ready,
}

impl Default for Stage {
    fn default() -> Self {
        Self::Absent(None)
    }
}

impl Page {
    /// Notes that the page listens, and tells what it has missed.
    pub(super) fn is_ready(&self) -> Option<ServiceName> {
        match std::mem::replace(&mut *self.stage(), Stage::Ready) {
            Stage::Absent(confirmation) => confirmation,
            Stage::Ready => None,
        }
    }

    /// Notes that the page is loaded afresh, or gone with its window.
    pub(super) fn is_away(&self) {
        let mut stage = self.stage();
        if matches!(*stage, Stage::Ready) {
            *stage = Stage::default();
        }
    }

    /// Whether the page listens; if it does not, it will be told of this confirmation later.
    pub(super) fn hears_or_will(&self, service: ServiceName) -> bool {
        let mut stage = self.stage();
        match *stage {
            Stage::Ready => true,
            Stage::Absent(_) => {
                *stage = Stage::Absent(Some(service));
                false
            }
        }
    }

    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use station::{SUPERVISOR, VOICE_BRIDGE};

    use super::Page;

    #[test]
    fn a_confirmation_waits_for_the_page() {
        let page = Page::default();
        assert!(!page.hears_or_will(VOICE_BRIDGE));
        page.is_away();
        assert_eq!(page.is_ready(), Some(VOICE_BRIDGE));
        assert_eq!(page.is_ready(), None, "it is asked for once");
    }

    #[test]
    fn a_page_that_listens_is_told_at_once() {
        let page = Page::default();
        assert_eq!(page.is_ready(), None);
        assert!(page.hears_or_will(SUPERVISOR));
    }

    #[test]
    fn a_page_that_is_loaded_afresh_does_not_listen() {
        let page = Page::default();
        page.is_ready();
        page.is_away();
        assert!(!page.hears_or_will(SUPERVISOR));
    }
}
