//! Sequences of counters, and the uses in them.

use crate::card::snapshot::CardId;
use crate::emv::aid::Aid;
use crate::emv::atc::Atc;
use crate::keys::channel::Channel;

/// One rising sequence of counters: an application of a card, on one channel, with keys of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Sequence {
    /// Whose.
    pub(crate) card: CardId,
    /// Which application.
    pub(crate) aid: Aid,
    /// How it is used.
    pub(crate) channel: Channel,
}

impl Sequence {
    /// That of an application at terminals.
    pub(crate) fn of_taps(card: CardId, aid: Aid) -> Sequence {
        Sequence { card, aid, channel: Channel::Tap }
    }
}

/// One use of one sequence's keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Use {
    pub(crate) sequence: Sequence,
    pub(crate) atc: Atc,
}
