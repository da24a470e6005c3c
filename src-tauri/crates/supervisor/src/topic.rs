//! What events are about, and who wants to hear of it.

use wire::protocol::Kind;

/// What an event is about. Whoever wants to hear of it has its bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Topic {
    Status,
    Calls,
    Levels,
    UserSpeech,
    UserTranscription,
    AssistantText,
    Suggestions,
    Services,
    Engine,
}

impl Topic {
    /// What a client hears that has never chosen: the events that the archive's clients know.
    pub(crate) const OF_THE_ARCHIVE: [Self; 2] = [Self::UserSpeech, Self::UserTranscription];

    /// What is told of what happens in calls.
    pub(crate) const OF_HAPPENINGS: [Self; 3] =
        [Self::UserSpeech, Self::UserTranscription, Self::AssistantText];

    pub(crate) const fn bit(self) -> u16 {
        1 << self as u16
    }

    pub(crate) fn of(kind: Kind) -> &'static [Self] {
        match kind {
            Kind::Status => &[Self::Status],
            Kind::Calls => &[Self::Calls],
            Kind::Levels => &[Self::Levels],
            Kind::Speech => &[Self::UserSpeech],
            Kind::Words => &[Self::UserTranscription, Self::AssistantText],
            Kind::Suggestions => &[Self::Suggestions],
            Kind::Services => &[Self::Services],
            Kind::Engine => &[Self::Engine],
        }
    }
}

pub(crate) fn bits<'a>(topics: impl IntoIterator<Item = &'a Topic>) -> u16 {
    topics.into_iter().fold(0, |bits, topic| bits | topic.bit())
}
