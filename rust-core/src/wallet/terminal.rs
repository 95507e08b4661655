//! Who comes in by the terminal's door: commands, and the loss of the field.

use std::sync::Arc;

use super::Wallet;
use super::state::State;
use crate::card::profile::CardProfile;
use crate::card::report::Report;
use crate::card::snapshot::CardId;
use crate::now::Now;
use crate::tap::contact::Contact;
use crate::tap::kernels::AtHand;

impl Wallet {
    /// Answers a command of a terminal: whatever the bytes, at most 256 bytes of data and a status word.
    pub fn process(&self, now: Now, command: &[u8]) -> Vec<u8> {
        self.state_at(now).process(now, command)
    }

    /// Whether the card has given a cryptogram in the contact that is under way: for a platform that lets the holder feel it.
    pub fn gave_cryptogram(&self) -> bool {
        self.state().contact.as_ref().is_some_and(Contact::gave_cryptogram)
    }

    /// What was said in the last 8 contacts that are over, as lines of text for a bug report, without what could name someone: no
    /// token, key, cryptogram, holder, merchant or time of day. It is in memory alone and dies with the process. The format is
    /// described in `tap/trace.rs`.
    pub fn trace(&self) -> String {
        self.state().trace.text()
    }

    /// The field is gone, or another application was selected: ends the contact and reports it, and makes it a row of the journal
    /// ([`Wallet::journal`]). Where it spent a key or presented a coupon, the report is told again by [`Wallet::reports`] until it is acknowledged.
    pub fn deactivated(&self, now: Now) -> Report {
        let mut state = self.state_at(now);
        let Some(contact) = state.contact.take() else { return Report::of_nothing() };
        let report = contact.end(&state.ledger, now);
        state.trace.end(report.outcome, report.reason);
        // Where this cannot be written, the contact is reported as unknown when the ledger is opened again.
        let _ = state.report(&report);
        report
    }
}

impl State {
    fn process(&mut self, now: Now, command: &[u8]) -> Vec<u8> {
        let contact = match &mut self.contact {
            Some(contact) => contact,
            none => {
                self.rate_limit.begin_contact();
                let chosen =
                    self.ledger.paying(now).and_then(|card| Some((card, Arc::clone(self.profiles.get(&card)?))));
                let (card, profile) = chosen.unwrap_or_else(|| (CardId(0), Arc::new(CardProfile::none())));
                none.insert(Contact::begin(self.ledger.begin_contact(), card, profile))
            }
        };
        let mut at_hand = AtHand {
            now,
            card: contact.card(),
            ledger: &mut self.ledger,
            verification: &mut self.verification,
            rate_limit: &mut self.rate_limit,
            randomness: &mut self.randomness,
        };
        let answer = contact.process(command, &mut at_hand);
        self.trace.exchange(now, command, &answer);
        answer
    }
}
