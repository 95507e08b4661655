//! What all applications share while they answer a terminal: what they have at hand, what the terminal asked, and the
//! one way in which a key is spent.

use super::observed::Seen;
use super::rate_limit::RateLimit;
use super::verification::{TerminalAsks, Verification};
use crate::card::cardholder_verification::{Missing, Verdict};
use crate::card::payment::Payment;
use crate::card::profile::{Application, Record};
use crate::card::report::{Attempt, Outcome, Reason};
use crate::card::snapshot::CardId;
use crate::card::terminal_claims::TerminalClaims;
use crate::cryptogram::card_verification_results::{CryptogramType, Cvr};
use crate::cryptogram::input::{CryptogramInput, TransactionData};
use crate::cryptogram::issuer_application_data::Iad;
use crate::cryptogram::signed_dynamic_data::IccDynamicNumber;
use crate::cryptogram::{self, ApplicationCryptogram};
use crate::emv::amount::Amount;
use crate::emv::atc::Atc;
use crate::emv::bcd;
use crate::emv::dol::Values;
use crate::emv::status_word::StatusWord;
use crate::keys::channel::Tap;
use crate::keys::icc_key::IccKey;
use crate::keys::spend_key::Protection;
use crate::ledger::Ledger;
use crate::ledger::key_sequence::Sequence;
use crate::ledger::no_lease::NoLease;
use crate::ledger::open_icc_keys::NoIccKey;
use crate::ledger::open_keys::NotSpent;
use crate::ledger::spending::Lease;
use crate::now::Now;
use crate::randomness::Randomness;

/// What the card may use while it answers one command.
pub(crate) struct AtHand<'a> {
    pub(crate) now: Now,
    pub(crate) card: CardId,
    pub(crate) ledger: &'a mut Ledger,
    pub(crate) verification: &'a mut Verification,
    pub(crate) rate_limit: &'a mut RateLimit,
    pub(crate) randomness: &'a mut Randomness,
}

/// The end of an attempt to pay: what the terminal is answered, and what the report will say.
pub(crate) struct Ended {
    pub(crate) answer: Result<Vec<u8>, StatusWord>,
    pub(crate) attempt: Attempt,
    /// A record that was made for this transaction.
    pub(crate) record: Option<Record>,
    /// For the report.
    pub(crate) seen: Seen,
}

/// What the terminal asks the card to sign.
pub(crate) struct Asked {
    pub(super) transaction: TransactionData,
    pub(super) amount: Amount,
    /// What it says beside.
    pub(super) claims: TerminalClaims,
}

impl Asked {
    /// Reads the terminal's values.
    ///
    /// # Errors
    /// 6A80 where amount or currency is not made of decimal digits. 6F00 where the list did not ask for an object that
    /// is signed, which `profile.rs` rules out.
    pub(super) fn of(values: &Values<'_>) -> Result<Asked, StatusWord> {
        let transaction = TransactionData::of(values).ok_or(StatusWord::Fault)?;
        let minor = bcd::decimal(&transaction.amount_authorised).ok_or(StatusWord::WrongData)?;
        let currency = bcd::code(transaction.currency).ok_or(StatusWord::WrongData)?;
        Ok(Asked { transaction, amount: Amount { minor, currency }, claims: TerminalClaims::of(values) })
    }
}

/// A cryptogram, and what goes out with it.
pub(super) struct Signed {
    pub(super) atc: Atc,
    pub(super) iad: Iad,
    pub(super) cryptogram: ApplicationCryptogram,
}

impl Application {
    /// Spends the leased use: it is counted as spent before the cryptogram is computed, and the holder's verification
    /// is used up with it. With CDA the cryptogram is to go inside a signature with this number.
    pub(super) fn sign(
        &self,
        at_hand: &mut AtHand<'_>,
        lease: Lease<Tap>,
        verdict: Verdict,
        asked: &Asked,
        cda: Option<IccDynamicNumber>,
    ) -> Result<Signed, Reason> {
        let plain = Cvr::of(self.cvn, CryptogramType::Arqc, verdict);
        let cvr = if cda.is_some() { plain.with_cda() } else { plain };
        let plain = Iad::of(self.cvn, &self.fixed_part, &cvr, lease.derivation_data().unwrap_or_default());
        let iad = if let Some(number) = cda { plain.with_dynamic_number(number) } else { plain };
        let verified = matches!(verdict, Verdict::Verified(_));
        let spent = at_hand.ledger.consume(lease, asked.amount, verified, at_hand.now, at_hand.randomness);
        let spent = spent.map_err(NotSpent::reason)?;
        // One cryptogram for one verification: the spend key that it brought goes with it.
        at_hand.verification.disarm();
        at_hand.ledger.bring(Protection::Authenticated, None);
        at_hand.ledger.number_given(asked.transaction.unpredictable_number);
        let atc = spent.atc();
        let input = CryptogramInput { transaction: &asked.transaction, aip: self.aip, atc, cvr: &cvr, iad: &iad };
        let cryptogram = cryptogram::compute(spent, self.cvn, &input);
        Ok(Signed { atc, iad, cryptogram })
    }

    /// What is true of the holder's verification for this payment.
    pub(super) fn verdict(&self, at_hand: &AtHand<'_>, asked: &Asked, terminal: TerminalAsks) -> Verdict {
        let card_asks = at_hand.ledger.asks(at_hand.card, self.requirement, &self.payment(asked));
        at_hand.verification.verdict(at_hand.now, (at_hand.card, &asked.amount), card_asks, terminal)
    }

    /// What keeps the card from paying by what is known of its holder's verification. Where he has not verified on the phone: a reader
    /// whose numbers are not left to chance may collect cryptograms for another one. Where he has he means this payment; then it is told,
    /// not refused.
    pub(super) fn unverified(at_hand: &AtHand<'_>, verdict: Verdict, asked: &Asked) -> Option<Reason> {
        let number = asked.transaction.unpredictable_number;
        match verdict {
            Verdict::Verified(_) => None,
            Verdict::Missing(_) => Some(reason_of(verdict)),
            _ if at_hand.ledger.had_number(number) => Some(Reason::UnpredictableNumberRepeated),
            _ => at_hand.ledger.wants_verification().then_some(Reason::NotVerified),
        }
    }

    fn payment(&self, asked: &Asked) -> Payment {
        Payment { aid: self.aid, amount: asked.amount, merchant_category: asked.claims.merchant_category }
    }

    /// The first use of a key that may be spent now. No key is opened.
    pub(super) fn lease(&self, at_hand: &mut AtHand<'_>, asked: &Asked) -> Result<Lease<Tap>, Reason> {
        let verified = at_hand.verification.of(at_hand.now, at_hand.card, Some(&asked.amount)).is_ok();
        let over_budget = !verified && at_hand.ledger.is_over_budget(at_hand.card, at_hand.now.wall_ms);
        if over_budget || !at_hand.rate_limit.allows_one_more(at_hand.now) {
            return Err(Reason::TooManyRequests);
        }
        let payment = self.payment(asked);
        if self.is_over(at_hand.ledger.latest_ms(at_hand.now.wall_ms)) {
            // What else keeps the card from paying is told first: other certificates would not mend it. No use is leased for
            // such a card, which may wait for the medium.
            let no_use = at_hand.ledger.has_use(&Sequence::of_taps(at_hand.card, self.aid), at_hand.now.wall_ms);
            return Err(no_use.err().map_or(Reason::CertificateOver, NoLease::reason));
        }
        let leased = at_hand.ledger.lease(at_hand.card, &payment, at_hand.now, at_hand.randomness);
        leased.map_err(NoLease::reason)
    }

    /// The card's own key, for one signature.
    pub(super) fn icc_key(&self, at_hand: &mut AtHand<'_>) -> Result<IccKey, Reason> {
        let authentication = self.data_authentication.as_ref().ok_or(Reason::NoDataAuthentication)?;
        let sequence = Sequence::of_taps(at_hand.card, self.aid);
        at_hand.ledger.take_icc_key(&sequence, authentication, at_hand.randomness).map_err(|none| match none {
            NoIccKey::Locked(protection) => Reason::of_locked(protection),
            NoIccKey::Unusable => Reason::NoDataAuthentication,
        })
    }

    /// One entry of the report.
    pub(super) fn attempt(&self, outcome: Outcome, reason: Reason, amount: Amount, atc: Option<Atc>) -> Attempt {
        Attempt {
            outcome,
            reason,
            amount_minor: Some(amount.minor),
            currency: Some(amount.currency),
            aid: self.aid,
            atc,
        }
    }
}

/// What a refusal for this reason comes to.
pub(super) fn outcome_of(refused: Reason) -> Outcome {
    if refused.wants_verification() { Outcome::VerificationNeeded } else { Outcome::Declined }
}

/// Why an authorisation was requested, in the report's words.
pub(crate) fn reason_of(verdict: Verdict) -> Reason {
    match verdict {
        Verdict::Verified(_) => Reason::Verified,
        Verdict::NotNeeded => Reason::VerificationNotNeeded,
        Verdict::LowValue => Reason::LowValue,
        Verdict::Transit => Reason::Transit,
        Verdict::OnlinePin => Reason::OnlinePin,
        Verdict::Missing(Missing::NotVerified) => Reason::NotVerified,
        Verdict::Missing(Missing::WindowOver) => Reason::WindowOver,
        Verdict::Missing(Missing::AnotherCard) => Reason::ArmedForAnotherCard,
        Verdict::Missing(Missing::AnotherPayment) => Reason::ArmedForAnotherPayment,
        Verdict::Missing(Missing::AllowanceUsedUp) => Reason::AllowanceUsedUp,
    }
}
