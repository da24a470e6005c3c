//! How one menu becomes another with as few changes as possible: a menu may be open while it changes.

use super::id::Id;
use super::menu::{Entry, Menu};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Remove(Id),
    /// This line comes, to this place.
    Insert(Id, usize),
}

/// The changes, in the order in which they are to be made. Rules never come, go or move.
pub(crate) fn steps(from: &Menu, to: &Menu) -> Vec<Step> {
    let ids = |menu: &Menu| menu.0.iter().map(Entry::id).collect::<Vec<_>>();
    let (mut now, wanted) = (ids(from), ids(to));
    let mut steps = Vec::new();
    now.retain(|id| {
        let stays = wanted.contains(id);
        steps.extend(id.filter(|_| !stays).map(Step::Remove));
        stays
    });
    for (place, id) in wanted.iter().enumerate() {
        // Those that stand here too early come later.
        while let Some(Some(early)) = now.get(place).copied().filter(|here| here != id)
            && now.contains(id)
        {
            now.remove(place);
            steps.push(Step::Remove(early));
        }
        if let (Some(missing), true) = (id, now.get(place) != Some(id)) {
            now.insert(place, *id);
            steps.push(Step::Insert(*missing, place));
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use station::{SUPERVISOR, VOICE_BRIDGE};

    use super::super::menu::MenuLine;
    use super::*;

    const RULE: Option<Id> = None;

    fn menu(ids: &[Option<Id>]) -> Menu {
        let line = |id| MenuLine { id, text: String::new(), is_enabled: true, is_checked: false };
        Menu(ids.iter().map(|id| id.map_or(Entry::Rule, |id| Entry::Line(line(id)))).collect())
    }

    /// Makes the changes as the toolkit does, and says how many they were.
    fn made(from: &[Option<Id>], to: &[Option<Id>]) -> usize {
        let mut now = from.to_vec();
        let steps = steps(&menu(from), &menu(to));
        for step in &steps {
            match *step {
                Step::Remove(id) => now.retain(|there| *there != Some(id)),
                Step::Insert(id, place) => now.insert(place, Some(id)),
            }
        }
        assert_eq!(now, to);
        steps.len()
    }

    #[test]
    fn only_what_differs_is_changed() {
        let bridge = Some(Id::Status(VOICE_BRIDGE));
        let supervisor = Some(Id::Status(SUPERVISOR));
        let free = Some(Id::Free(SUPERVISOR));
        let (open, quit) = (Some(Id::Open), Some(Id::Quit));
        let well = [bridge, supervisor, RULE, open, RULE, quit];
        assert_eq!(made(&well, &well), 0);
        assert_eq!(made(&well, &[bridge, supervisor, free, RULE, open, RULE, quit]), 1);
        assert_eq!(made(&[bridge, supervisor, free, RULE, open, RULE, quit], &well), 1);
        assert_eq!(made(&well, &[supervisor, free, bridge, RULE, open, RULE, quit]), 3);
        assert_eq!(made(&[supervisor, free, bridge, RULE, open, RULE, quit], &well), 3);
    }
}
