//! The unpredictable numbers of the contact that is under way.

use crate::card::alert_memory::MOST_NUMBERS;

/// Those that payments had. They go into the ledger with the contact's end: a kill before
/// that loses those of this contact alone.
#[derive(Debug, Default)]
pub(super) struct NumbersOfContact {
    /// Hashed.
    pub(super) given: Vec<u32>,
    /// One of them had been another payment's.
    pub(super) repeated: bool,
    /// One of them was of zeros or ones alone.
    pub(super) without_chance: bool,
}

impl NumbersOfContact {
    /// A contact has any number of payments where its holder verifies again and again; the last are kept, as in the ledger.
    pub(super) fn give(&mut self, hashed: u32) {
        if self.given.len() >= MOST_NUMBERS {
            self.given.remove(0);
        }
        self.given.push(hashed);
    }

    pub(super) fn begin_contact(&mut self) {
        self.given.clear();
        (self.repeated, self.without_chance) = (false, false);
    }
}
