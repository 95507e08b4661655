//! What keeps the wallet ready between taps: leases, the medium, compaction, the mark, and the keys that the platform releases.

use std::sync::Arc;

use super::Wallet;
use super::state::State;
use crate::card::life_cycle::CardState;
use crate::card::profile::Application;
use crate::card::snapshot::CardId;
use crate::error::{Error, LedgerError};
use crate::keys::agreement::AgreementKey;
use crate::keys::icc_key;
use crate::keys::spend_key::Protection;
use crate::ledger::compaction::Compaction;
use crate::ledger::key_sequence::Sequence;
use crate::ledger::open_icc_keys::IccKeyToOpen;
use crate::ledger::open_keys::ToOpen;
use crate::ledger::record::{Dropped, Record};
use crate::ledger::state::HeldCard;
use crate::now::Now;

impl Wallet {
    /// Makes uses of the chosen card's keys ready to be spent and writes the ledger anew where it has grown. Waits for
    /// the medium: to be called after a tap, not in it. [`Wallet::open`], [`Wallet::arm`], [`Wallet::choose`] and what
    /// brings keys do it themselves. Store [`Wallet::mark`] afterwards.
    ///
    /// # Errors
    /// The disk's.
    pub fn make_ready(&self, now: Now) -> Result<(), LedgerError> {
        let _working = self.work();
        self.ready(now)
    }

    /// The phone is unlocked, and its platform has released the spend key for that. Where it was locked again while this
    /// waited, that counts, and nothing is held.
    ///
    /// # Errors
    /// [`Error::AnotherSpendKey`], or the disk's.
    pub fn unlocked(&self, released: AgreementKey, now: Now) -> Result<(), Error> {
        let before = self.times_taken_back(Protection::Unlocked);
        let _working = self.work();
        self.bring(Protection::Unlocked, Some(&Arc::new(released)), before)?;
        Ok(self.ready(now)?)
    }

    /// The phone is locked: wipes the spend key for the unlocked phone, and what it opened, and takes a verification back.
    pub fn locked(&self) {
        let mut state = self.state();
        state.take_back_unlocking();
        state.take_back_verification();
    }

    /// What the platform must store outside the wallet's directory, after every call that may have changed it, and then
    /// confirm by [`Wallet::mark_stored`]. It only rises.
    pub fn mark(&self) -> u64 {
        self.state().ledger.mark_to_store()
    }

    /// The platform has stored this mark. Only now may keys be spent that were leased up to it, without a wait in the tap.
    pub fn mark_stored(&self, mark: u64) {
        self.state().ledger.mark_stored(mark);
    }

    /// Whether an older copy of the wallet was put back. It can be looked at, but gives no key until the issuer has
    /// answered a request to resynchronise. What the holder decided since the copy was made is lost, so every card is frozen
    /// until the holder has looked at it ([`Wallet::unfreeze`]).
    pub fn is_rolled_back(&self) -> bool {
        self.state().ledger.is_rolled_back()
    }

    /// Leases on the medium, their keys open where they can be, the log not too long.
    pub(crate) fn ready(&self, now: Now) -> Result<(), LedgerError> {
        self.ready_where(now, Compaction::IfGrown, None)
    }

    /// The same, first of all for a counter of another channel that the holder is about to verify for.
    pub(super) fn ready_where(&self, now: Now, why: Compaction, remote: Option<Sequence>) -> Result<(), LedgerError> {
        let mut state = self.state_at(now);
        state.retire(now)?;
        state.ledger.release_coupon_that_is_over(now)?;
        let wanted: Vec<Sequence> = remote.into_iter().chain(state.wanted(now)).collect();
        let State { ledger, randomness, .. } = &mut *state;
        let to_open = ledger.want_leases(&wanted, now, randomness)?;
        drop(state);
        if !to_open.is_empty() {
            let opened = to_open.into_iter().map(ToOpen::open).collect();
            self.state().ledger.opened(opened, now)?;
        }
        let to_open = self.state().icc_keys_to_open(now);
        for to_open in to_open {
            let random = icc_key::random_bytes(&mut self.state().randomness);
            if let Some(opened) = to_open.open(&random) {
                self.state().ledger.icc_key_opened(opened);
            }
        }
        self.settle()?;
        // Where this fails before the new log has its name, the old one is as good, and it is tried again next time.
        let _ = self.write_anew(why);
        Ok(())
    }

    /// Returns when all that was written counts.
    pub(crate) fn settle(&self) -> Result<(), LedgerError> {
        let Some(waiting) = self.state().ledger.waiting()? else { return Ok(()) };
        let outcome = waiting.wait();
        self.state().ledger.reached(&waiting, outcome)
    }

    /// Writes the log anew, where it is time. `false` where it is not, or where something was written meanwhile.
    pub(crate) fn write_anew(&self, why: Compaction) -> Result<bool, LedgerError> {
        let mut state = self.state();
        let State { ledger, randomness, .. } = &mut *state;
        let replacement = ledger.replacement(why, randomness)?;
        drop(state);
        let Some(mut replacement) = replacement else { return Ok(false) };
        replacement.write()?;
        let done = self.state().ledger.put_in_place(replacement)?;
        if done {
            self.settle()?;
        }
        Ok(done)
    }

    /// To be asked before anything is waited for.
    pub(super) fn times_taken_back(&self, protection: Protection) -> u64 {
        self.state().taken_back.times(protection)
    }

    /// Holds what was released; not where it was taken back since it was so many times.
    pub(super) fn bring(
        &self,
        protection: Protection,
        released: Option<&Arc<AgreementKey>>,
        times_before: u64,
    ) -> Result<bool, Error> {
        let mut state = self.state();
        if released.is_some_and(|released| Some(released.point()) != state.ledger.identity().spend_point(protection)) {
            return Err(Error::AnotherSpendKey);
        }
        let wanted = state.taken_back.times(protection) == times_before;
        if let Some(released) = released.filter(|_| wanted) {
            state.ledger.bring(protection, Some(Arc::clone(released)));
        }
        Ok(wanted)
    }
}

impl State {
    /// Destroys the keys of cards whose temporary use is over. The issuer is told by the next request.
    fn retire(&mut self, now: Now) -> Result<(), LedgerError> {
        let wall_ms = self.ledger.latest_ms(now.wall_ms);
        let is_over = |held: &HeldCard| held.state != CardState::Retired && held.rules.are_over(wall_ms);
        let over: Vec<(CardId, u8)> =
            self.ledger.cards().filter(|(_, held)| is_over(held)).map(|(card, held)| (card, held.codes)).collect();
        for (card, codes) in over {
            let state = CardState::Retired;
            let dropped = Record::KeysDropped { card, why: Dropped::Retired };
            self.ledger.write(vec![Record::CardState { card, state, codes }, dropped])?;
        }
        Ok(())
    }

    /// The sequences of the cards that pay which a terminal may ask for.
    fn wanted(&self, now: Now) -> Vec<Sequence> {
        self.of_paying_cards(now).map(|(sequence, _)| sequence).collect()
    }

    /// The ICC keys of the cards that pay which a terminal may ask for, and that are not open yet.
    fn icc_keys_to_open(&self, now: Now) -> Vec<IccKeyToOpen> {
        let to_open = self.of_paying_cards(now).filter_map(|(sequence, application)| {
            self.ledger.icc_key_to_open(&sequence, application.data_authentication.as_ref()?)
        });
        to_open.collect()
    }

    /// The applications of the card that pays, then of the one that pays after it, each with the sequence that its taps use up.
    fn of_paying_cards(&self, now: Now) -> impl Iterator<Item = (Sequence, &Application)> {
        let once = self.ledger.once(now);
        let chosen = self.ledger.chosen().filter(|chosen| Some(*chosen) != once);
        let paying = once.into_iter().chain(chosen).filter_map(|card| Some((card, self.profiles.get(&card)?)));
        paying.flat_map(|(card, profile)| {
            let applications = profile.applications.iter();
            applications.map(move |application| (Sequence::of_taps(card, application.aid), application.as_ref()))
        })
    }
}
