//! What the caller must know: it is said again at every pause until all of it was heard, or something else is to be known.

use super::*;

impl Playout {
    /// Says this, in place of what had to be known before, or has it wait for a pause.
    pub(crate) fn announce(
        &mut self,
        sound: Sound,
        mark: Mark,
        is_pause: bool,
        now: Instant,
    ) -> oneshot::Receiver<Played> {
        self.forget(now);
        self.notice = Some(Notice { sound: sound.clone(), mark, waits: !is_pause });
        if is_pause {
            self.queue(sound, mark);
        }
        self.listen(mark)
    }

    /// What had to be known is out of date: what of it is being heard goes on, and nothing is said again.
    pub(crate) fn forget(&mut self, now: Instant) {
        let Some(mark) = self.notice.as_ref().map(|notice| notice.mark) else { return };
        let is_heard = self.waiting.iter().any(|piece| piece.mark == mark && piece.sent > 0)
            || self.marks.iter().any(|sent| sent.mark == mark);
        if is_heard {
            self.notice = None;
        } else {
            self.retract(mark, now);
        }
    }

    /// Whether something is to be known that wasn't heard to its end.
    pub(crate) fn has_notice(&self) -> bool {
        self.notice.is_some()
    }

    /// The caller doesn't speak: says what must be known and waits, where nothing else is being said.
    pub(crate) fn remind(&mut self) {
        if self.waiting.is_empty()
            && let Some(notice) = self.notice.as_mut().filter(|notice| notice.waits)
        {
            notice.waits = false;
            let (sound, mark) = (notice.sound.clone(), notice.mark);
            self.queue(sound, mark);
        }
    }

    /// Takes back what must be known. It tells whether nobody has begun to say it.
    pub(super) fn take_notice(&mut self, mark: Mark) -> bool {
        self.notice.take_if(|notice| notice.mark == mark).is_some_and(|notice| notice.waits)
    }

    /// Whether this was to be known and isn't: then it waits for the next pause.
    pub(super) fn is_to_be_said_again(&mut self, mark: Mark, played: Played) -> bool {
        let Some(notice) = self.notice.as_mut().filter(|notice| notice.mark == mark) else {
            return false;
        };
        notice.waits = matches!(played, Played::Cut { .. });
        if !notice.waits {
            self.notice = None;
            return false;
        }
        true
    }
}
