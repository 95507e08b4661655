//! The log written anew, of the fewest records that come to the same: where it has grown far beyond what it says, and where
//! it must, so that a key that was spent is in no file any more, nor the seed that it came from, or that an older copy is known as mended.

use super::log::Replacement;
use super::record::Boot;
use super::{Ledger, SLACK};
use crate::error::LedgerError;
use crate::randomness::Randomness;

/// Why the log is to be written anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compaction {
    /// Where it has grown, or holds too many keys that are past.
    IfGrown,
    /// Where it has grown, or holds a single such key.
    PastKeys,
    /// The issuer has answered after an older copy was put back: the numbers must go on above the mark.
    Resynchronised,
}

/// After so many payments out of a seed the log is written anew, so that what was paid cannot be made again from any file.
const MOST_PAST_KEYS: u32 = 8;

impl Ledger {
    /// A new log to be written, where this one has grown far beyond what it says, or where it must be.
    ///
    /// # Errors
    /// [`LedgerError::Poisoned`].
    pub(crate) fn replacement(
        &mut self,
        why: Compaction,
        randomness: &mut Randomness,
    ) -> Result<Option<Replacement>, LedgerError> {
        // A new log has higher numbers: that of an older copy would pass for the newest there is.
        if self.state.rolled_back && why != Compaction::Resynchronised {
            return Ok(None);
        }
        let must = match why {
            Compaction::IfGrown => self.past_keys >= MOST_PAST_KEYS,
            Compaction::PastKeys => self.past_keys > 0,
            Compaction::Resynchronised => true,
        };
        // Most of the time there is nothing to do; the snapshot copies every key.
        if !must && self.log.length() <= self.look_from {
            return Ok(None);
        }
        let snapshot = self.state.snapshot();
        let live = snapshot.iter().map(|record| record.encode().len().saturating_add(40) as u64).sum::<u64>();
        if !must && self.log.length() <= live.saturating_mul(2).saturating_add(SLACK) {
            self.look_from = self.log.length().saturating_add(SLACK / 4);
            return Ok(None);
        }
        self.look_from = SLACK;
        // After a copy was put back the numbers go on above the mark that it was found behind, and above all that contacts were
        // numbered by since.
        let past = self.stored_mark.saturating_add(self.log.last_number());
        let above = if self.state.rolled_back { past } else { 0 };
        let (count, clock_ms) = (self.state.boot_count, self.state.boot_ms);
        let boot = Boot { count, clock_ms, burns_leases: false, rolled_back: false };
        self.log.replacement(boot, randomness, snapshot, above).map(Some)
    }

    /// Puts a written log in the old one's place; to be waited for. `false` where something was written meanwhile.
    ///
    /// # Errors
    /// The disk's; which log has the name is open then.
    pub(crate) fn put_in_place(&mut self, replacement: Replacement) -> Result<bool, LedgerError> {
        let done = self.log.put_in_place(replacement)?;
        if done {
            self.past_keys = 0;
        }
        Ok(done)
    }

    /// The issuer has answered: keys may be leased again.
    pub(crate) fn resynchronised(&mut self) {
        self.state.rolled_back = false;
    }
}
