//! What people are told of the voice models, all together: one that answers is enough.

use wire::{Condition, Snapshot};

/// Whether calls are without a model, and whether people have been told.
#[derive(Default)]
pub(super) struct Models {
    /// Why, model by model, where none can be had.
    missing: Option<Vec<Option<&'static str>>>,
    was_told: bool,
}

impl Models {
    /// What there is to be said, as a title, if anything is.
    pub(super) fn hear(
        &mut self,
        snapshot: &Snapshot,
        is_window_seen: bool,
    ) -> Option<&'static str> {
        match snapshot.models_condition() {
            Some(Condition::NeedsYou) => {
                // The last words of a program that crashes again and again need not be the same.
                let why = snapshot.models.iter().map(|model| model.cause().map(Into::into));
                let why: Vec<Option<&'static str>> = why.collect();
                if self.missing.replace(why.clone()) == Some(why) {
                    return None;
                }
                self.was_told |= !is_window_seen;
                Some("No voice model is available")
            }
            Some(Condition::Well) => {
                self.missing = None;
                std::mem::take(&mut self.was_told).then_some("A voice model is available again")
            }
            // On the way from one to the other.
            Some(Condition::Busy | Condition::Off) => None,
            // Nobody wants one any more.
            None => {
                *self = Self::default();
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use wire::{Engine, Model, ModelCause, ModelHealth, Timestamp};

    use super::*;

    const NOON: Timestamp = Timestamp(43_200_000);

    /// A station whose calls a model is to answer that is like that.
    fn with_model(health: ModelHealth) -> Snapshot {
        let model = Model::unknown(Engine::Moshi, "127.0.0.1:8998".to_owned(), NOON);
        let models = vec![Model { health, ..model }.anew()];
        Snapshot { models, ..Snapshot::new("1.0.0", 1, NOON, Engine::Moshi) }
    }

    fn without_model(cause: ModelCause) -> Snapshot {
        with_model(ModelHealth::Unreachable { cause })
    }

    /// What is told of these snapshots, one after the other, while the window is closed or seen.
    fn titles(course: &[(Snapshot, bool)]) -> Vec<&'static str> {
        let mut models = Models::default();
        let heard = course
            .iter()
            .filter_map(|(snapshot, seen)| models.hear(snapshot, *seen).filter(|_| !seen));
        heard.collect()
    }

    #[test]
    fn that_no_model_can_be_had_is_told_once_for_each_cause_and_that_one_is_back() {
        let told = "No voice model is available";
        let course = [
            with_model(ModelHealth::Unknown),
            with_model(ModelHealth::Reachable),
            without_model(ModelCause::Refused),
            without_model(ModelCause::Refused),
            with_model(ModelHealth::Busy),
            without_model(ModelCause::Refused),
            without_model(ModelCause::Mute),
            with_model(ModelHealth::Reachable),
            with_model(ModelHealth::Reachable),
        ];
        let course = course.map(|snapshot| (snapshot, false));
        assert_eq!(titles(&course), [told, told, "A voice model is available again"]);
    }

    #[test]
    fn what_the_window_shows_is_not_told_nor_is_the_end_of_it() {
        let seen = (without_model(ModelCause::Refused), true);
        assert!(titles(&[seen, (with_model(ModelHealth::Reachable), false)]).is_empty());
    }

    #[test]
    fn who_wants_no_model_any_more_hears_of_none() {
        let without = Snapshot::new("1.0.0", 1, NOON, Engine::LineCheck);
        let course =
            [without_model(ModelCause::Refused), without, with_model(ModelHealth::Reachable)];
        let course = course.map(|snapshot| (snapshot, false));
        assert_eq!(titles(&course), ["No voice model is available"]);
    }
}
