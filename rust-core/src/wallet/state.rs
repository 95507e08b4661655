//! What a wallet has at hand while it answers.

use std::collections::BTreeSet;

use super::pending::{BegunEnvelope, BegunRequest, BegunToSign};
use super::profiles::Profiles;
use crate::card::online_order::OnlineOrder;
use crate::card::report::Report;
use crate::card::snapshot::CardId;
use crate::card::transfer::NumberedTransfer;
use crate::error::{Error, LedgerError};
use crate::issuer::card_listing::{MOST_CARDS, MOST_COUNTERS};
use crate::issuer::replenishment::MOST_KEYS;
use crate::keys::payment_key::PaymentKey;
use crate::keys::spend_key::Protection;
use crate::ledger::Ledger;
use crate::ledger::key_sequence::{Sequence, Use};
use crate::ledger::record::Record;
use crate::now::Now;
use crate::randomness::Randomness;
use crate::tap::contact::Contact;
use crate::tap::rate_limit::RateLimit;
use crate::tap::trace::Trace;
use crate::tap::verification::Verification;

/// What a terminal's command needs.
pub(crate) struct State {
    pub(crate) profiles: Profiles,
    pub(crate) ledger: Ledger,
    pub(super) verification: Verification,
    pub(super) taken_back: TakenBack,
    pub(super) rate_limit: RateLimit,
    pub(super) contact: Option<Contact>,
    pub(super) trace: Trace,
    pub(crate) randomness: Randomness,
    /// An envelope that waits for the platform's key agreement.
    pub(crate) begun_envelope: BegunEnvelope,
    /// A request that waits for the platform's signature, and challenges that wait for their answers.
    pub(crate) begun_request: BegunRequest,
    /// An order that waits for it.
    pub(super) begun_order: BegunToSign<(CardId, OnlineOrder)>,
    pub(super) begun_transfer: BegunToSign<NumberedTransfer>,
    /// When the last envelope of the issuer was applied since the wallet was opened.
    pub(super) heard: Option<Now>,
    /// Of how many deleted and retired cards the issuer is known to know that they are: since the wallet was opened it has deleted
    /// them itself, or has answered a request that lists them so, or no more.
    pub(super) ended_told: usize,
    /// What the issuer last said, since the wallet was opened, that the wall clock should show.
    pub(super) issuer_clock: Option<u64>,
}

/// How often the holder's verification was taken back, and how often the phone was locked. What waited for the medium
/// meanwhile must not undo that.
#[derive(Debug, Default)]
pub(crate) struct TakenBack {
    verification: u64,
    unlocking: u64,
}

impl TakenBack {
    /// How often that of this protection was taken back.
    pub(super) fn times(&self, protection: Protection) -> u64 {
        match protection {
            Protection::Device => 0,
            Protection::Unlocked => self.unlocking,
            Protection::Authenticated => self.verification,
        }
    }
}

impl State {
    /// Wipes what a verification had opened whose window has ended.
    pub(super) fn expire(&mut self, now: Now) {
        if self.verification.is_over(now) {
            self.ledger.bring(Protection::Authenticated, None);
        }
    }

    /// The verification is over before its time.
    pub(super) fn take_back_verification(&mut self) {
        self.taken_back.verification = self.taken_back.verification.wrapping_add(1);
        self.verification.disarm();
        self.ledger.bring(Protection::Authenticated, None);
    }

    /// The same, where it was for this card.
    pub(super) fn take_back_verification_for(&mut self, card: CardId) {
        if self.ledger.may_pay(card) {
            self.take_back_verification();
        }
    }

    /// Writes a report down. Where an alert freezes the card by it, what the holder has verified for was a payment.
    pub(super) fn report(&mut self, report: &Report) -> Result<(), LedgerError> {
        let is_frozen = |state: &State| {
            let held = report.card.and_then(|card| state.ledger.card(card));
            held.is_some_and(|held| held.rules.holder.frozen)
        };
        let was_frozen = is_frozen(self);
        let written = self.ledger.report(report);
        if is_frozen(self) && !was_frozen {
            self.take_back_verification();
        }
        written
    }

    /// The phone is locked.
    pub(super) fn take_back_unlocking(&mut self) {
        self.taken_back.unlocking = self.taken_back.unlocking.wrapping_add(1);
        self.ledger.bring(Protection::Unlocked, None);
    }

    /// Whether keys are such as the card's applications and its policy take, and rise above all that it has.
    pub(crate) fn keys_fit(&self, card: CardId, keys: &[PaymentKey]) -> Result<(), Error> {
        let profile = self.profiles.get(&card).ok_or(Error::UnknownCard)?;
        let held = self.ledger.card(card).ok_or(Error::UnknownCard)?;
        profile.takes(keys, &held.policy)?;
        self.has_room_for_counters(card, sequences_of(card, keys))?;
        self.ledger.rise(card, held.token, keys)
    }

    /// Whether there is room for one more card: a request must be able to tell of all.
    ///
    /// # Errors
    /// [`Error::TooManyCards`].
    pub(crate) fn has_room_for_a_card(&self) -> Result<(), Error> {
        if self.ledger.cards().count() < MOST_CARDS { Ok(()) } else { Err(Error::TooManyCards) }
    }

    /// Whether a card may have these counters beside those that it has.
    ///
    /// # Errors
    /// [`Error::TooManyCounters`].
    pub(crate) fn has_room_for_counters(
        &self,
        card: CardId,
        more: impl IntoIterator<Item = Sequence>,
    ) -> Result<(), Error> {
        let had = self.ledger.counters(card).map(|(sequence, ..)| sequence);
        let all: BTreeSet<Sequence> = had.chain(more).collect();
        if all.len() <= MOST_COUNTERS { Ok(()) } else { Err(Error::TooManyCounters) }
    }

    /// The keys that more keys take the place of: those that stand first and are over by the phone's clock, and were before the
    /// new ones began, which the issuer's clock says. So neither clock alone takes a key away.
    ///
    /// # Errors
    /// [`Error::TooManyKeys`] where there would be too many nevertheless.
    pub(crate) fn replaced_by(&self, card: CardId, keys: &[PaymentKey], wall_ms: u64) -> Result<Vec<Record>, Error> {
        let mut burned = Vec::new();
        for sequence in sequences_of(card, keys) {
            let new = || keys.iter().filter(|key| (key.aid, key.channel) == (sequence.aid, sequence.channel));
            let begins = new().map(|key| key.not_before_ms).min().unwrap_or(0);
            let over: Option<Use> = self.ledger.over_by(&sequence, begins.min(wall_ms));
            let stays = self.ledger.keys_above(&sequence, over.map(|over| over.atc));
            if stays.saturating_add(new().count()) > MOST_KEYS {
                return Err(Error::TooManyKeys);
            }
            burned.extend(over.map(Record::Burned));
        }
        Ok(burned)
    }
}

fn sequences_of(card: CardId, keys: &[PaymentKey]) -> BTreeSet<Sequence> {
    keys.iter().map(|key| Sequence { card, aid: key.aid, channel: key.channel }).collect()
}
