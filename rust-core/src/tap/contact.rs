//! One contact with a reader: what is selected, where the transaction stands, what was attempted. It ends in a report.

use std::sync::Arc;

use super::coupons;
use super::kernels::AtHand;
use super::observed::Observed;
use super::selection::{self, Cursor, Selected};
use super::transaction::Transaction;
use crate::card::certificate_end::CertificateEnd;
use crate::card::profile::CardProfile;
use crate::card::report::{self, Attempt, MOST_TOLD, Outcome, Reason, Report};
use crate::card::snapshot::CardId;
use crate::coupon::coupon_terms::CouponUse;
use crate::emv::apdu::{self, CommandApdu};
use crate::emv::command::{Command, Instruction};
use crate::emv::status_word::StatusWord;
use crate::ledger::Ledger;
use crate::ledger::key_sequence::Sequence;
use crate::now::Now;

/// Beyond so many, attempts that spent nothing are no longer told.
const MOST_ATTEMPTS: usize = 16;

/// From the first command to the loss of the field. All of it is forgotten then but for the report.
#[derive(Debug)]
pub(crate) struct Contact {
    id: u64,
    card: CardId,
    profile: Arc<CardProfile>,
    /// What the last SELECT found, where that was by name.
    cursor: Option<Cursor>,
    transaction: Transaction,
    attempts: Vec<Attempt>,
    /// The one use of a coupon that was presented.
    coupon: Option<CouponUse>,
    /// `None` before the first command.
    observed: Option<Observed>,
    /// Set while a command is being answered. Found set at any other time, it tells of a panic in between.
    answering: bool,
    faulted: bool,
}

impl Contact {
    /// The card is chosen for the whole contact.
    pub(crate) fn begin(id: u64, card: CardId, profile: Arc<CardProfile>) -> Contact {
        Contact {
            id,
            card,
            profile,
            cursor: None,
            transaction: Transaction::Idle,
            attempts: Vec::new(),
            coupon: None,
            observed: None,
            answering: false,
            faulted: false,
        }
    }

    /// Its number, under which it is reported.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// The card that this contact is about.
    pub(crate) fn card(&self) -> CardId {
        self.card
    }

    /// Whether an attempt spent a key.
    pub(crate) fn gave_cryptogram(&self) -> bool {
        self.attempts.iter().any(|attempt| attempt.atc.is_some())
    }

    /// Any bytes to an answer with a status word.
    pub(crate) fn process(&mut self, command: &[u8], at_hand: &mut AtHand<'_>) -> Vec<u8> {
        self.faulted |= self.answering;
        match &mut self.observed {
            Some(observed) => observed.command(at_hand.now),
            none => *none = Some(Observed::begin(at_hand.now)),
        }
        self.answering = true;
        let answer = self.answer(command, at_hand);
        self.answering = false;
        apdu::response(answer)
    }

    fn answer(&mut self, command: &[u8], at_hand: &mut AtHand<'_>) -> Result<Vec<u8>, StatusWord> {
        let apdu = CommandApdu::parse(command)?;
        let instruction = Instruction::of(&apdu)?;
        self.transaction.permits(instruction)?;
        let mut last = None;
        if instruction == Instruction::Select {
            last = self.cursor.take();
            self.give_up();
        }
        match Command::parse(instruction, &apdu)? {
            Command::Select(occurrence, name) if self.coupon.is_none() && coupons::is_meant(occurrence, name) => {
                let answer = coupons::select(at_hand)?;
                self.transaction = Transaction::CouponOffered;
                Ok(answer)
            }
            Command::Select(occurrence, name) => {
                let (selected, cursor) = selection::select(&self.profile, last, occurrence, name)?;
                self.cursor = cursor;
                match selected {
                    Selected::Directory => Ok(apdu::prepared(&self.profile.directory)),
                    Selected::Application(application) => {
                        let answer = apdu::prepared(&application.fci);
                        self.transaction = Transaction::begin(application);
                        Ok(answer)
                    }
                }
            }
            command => {
                // If anything below panics, the card is left with nothing selected.
                let step = std::mem::take(&mut self.transaction).handle(command, at_hand);
                self.transaction = step.next;
                self.coupon = self.coupon.or(step.coupon);
                let spent_a_key = step.attempt.as_ref().is_some_and(|attempt| attempt.atc.is_some());
                if let Some((observed, seen)) = self.observed.as_mut().zip(step.seen) {
                    observed.saw(seen, spent_a_key);
                }
                if let Some(attempt) = step.attempt {
                    self.keep(attempt);
                }
                step.answer
            }
        }
    }

    /// A terminal may try without end; the report keeps the latest attempts, and every one that spent a key.
    fn keep(&mut self, attempt: Attempt) {
        let spent_nothing = self.attempts.iter().position(|attempt| attempt.atc.is_none());
        match spent_nothing {
            Some(place) if self.attempts.len() >= MOST_ATTEMPTS => drop(self.attempts.remove(place)),
            None if self.attempts.len() >= MOST_TOLD => drop(self.attempts.remove(0)),
            _ => {}
        }
        self.attempts.push(attempt);
    }

    /// Leaves the transaction where it stands.
    fn give_up(&mut self) {
        let torn = std::mem::take(&mut self.transaction).torn();
        if let Some(attempt) = torn.and_then(|torn| torn.record(&mut self.attempts)) {
            self.keep(attempt);
        }
    }

    /// The field is gone.
    pub(crate) fn end(mut self, ledger: &Ledger, now: Now) -> Report {
        self.give_up();
        let told = report::told(&self.attempts);
        let keys_left = told.map(|attempt| ledger.uses_left(&Sequence::of_taps(self.card, attempt.aid), now.wall_ms));
        let certificate = told
            .and_then(|attempt| self.profile.application(&attempt.aid)?.certificates_end())
            .and_then(|month| CertificateEnd::told(month, ledger.latest_ms(now.wall_ms)));
        let (outcome, reason) = match told {
            _ if self.faulted || self.answering => (Outcome::Unknown, Some(Reason::Fault)),
            Some(attempt) => (attempt.outcome, Some(attempt.reason)),
            None => (Outcome::Nothing, None),
        };
        let card = Some(self.card).filter(|card| *card != CardId(0));
        let observation = self.observed.map(|observed| observed.end(now)).unwrap_or_default();
        let report = Report::of(self.id, card, outcome, reason, keys_left, self.attempts);
        Report { certificate, coupon: self.coupon, ..report.observed(observation) }
    }
}
