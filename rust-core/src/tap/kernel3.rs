//! The card's side of kernel 3: everything is decided, and the key is spent, at GET PROCESSING OPTIONS
//! (EMV Contactless Book C-3).

use super::fast_dda::Signer;
use super::kernels::{Asked, AtHand, Ended, outcome_of, reason_of};
use super::observed::Seen;
use super::verification::{OnlinePin, TerminalAsks};
use crate::card::cardholder_verification::Verdict;
use crate::card::profile::Application;
use crate::card::report::{Outcome, Reason};
use crate::emv::status_word::StatusWord;
use crate::emv::tags;
use crate::emv::tlv;

/// Answers GET PROCESSING OPTIONS.
///
/// # Errors
/// 6700 where the values do not have the length that the PDOL asks for, 6A80 where the amount is none or one object has two
/// values. Nothing is decided then.
pub(crate) fn get_processing_options(
    application: &Application,
    values: &[u8],
    at_hand: &mut AtHand<'_>,
) -> Result<Ended, StatusWord> {
    decide(application, values, at_hand, Some(ARQC))
}

const ARQC: [u8; 1] = [0x80];

/// The decision that kernels 3 and 7 share; kernel 7 sends no CID.
///
/// Signature is for plastic, and online PIN too, but where the issuer has said that it will do: a phone verifies its holder
/// itself or asks for nothing.
pub(super) fn decide(
    application: &Application,
    values: &[u8],
    at_hand: &mut AtHand<'_>,
    cid: Option<[u8; 1]>,
) -> Result<Ended, StatusWord> {
    let values = application.pdol.cut(values)?;
    let asked = Asked::of(&values)?;
    let terminal = TerminalTransactionQualifiers(values.value(tags::TTQ).ok_or(StatusWord::Fault)?);
    let declined = |reason: Reason| {
        let status_word = match reason.wants_verification() && terminal.knows_verification_on_device() {
            true => StatusWord::VerifyOnDevice,
            false => StatusWord::ConditionsNotSatisfied,
        };
        let attempt = application.attempt(outcome_of(reason), reason, asked.amount, None);
        let seen = Seen::of_claims(asked.claims.clone());
        Ok(Ended { answer: Err(status_word), attempt, record: None, seen })
    };

    let lease = match application.lease(at_hand, &asked) {
        Ok(lease) => lease,
        Err(reason) => return declined(reason),
    };
    if !terminal.emv_mode() {
        return declined(Reason::TerminalMagStripeOnly);
    }
    if terminal.offline_only() {
        return declined(Reason::TerminalOfflineOnly);
    }
    let asks = TerminalAsks { verification: terminal.wants_verification(), online_pin: terminal.online_pin() };
    let verdict = application.verdict(at_hand, &asked, asks);
    if let Some(reason) = Application::unverified(at_hand, verdict, &asked) {
        return declined(reason);
    }
    let wanted = application.fast_dda.as_ref().filter(|_| terminal.wants_data_authentication());
    let signer = match wanted.map(|fast_dda| Signer::take(application, fast_dda, at_hand)).transpose() {
        Ok(signer) => signer,
        Err(reason) => return declined(reason),
    };
    let signed = match application.sign(at_hand, lease, verdict, &asked, None) {
        Ok(signed) => signed,
        Err(reason) => return declined(reason),
    };
    let qualifiers = card_transaction_qualifiers(verdict, signer.is_some());
    let mut answer = Vec::with_capacity(256);
    answer.extend_from_slice(&application.options(signer.is_some()).encoded);
    tlv::write(&mut answer, tags::ATC, &signed.atc.bytes());
    tlv::write(&mut answer, tags::APPLICATION_CRYPTOGRAM, &signed.cryptogram.0);
    tlv::write(&mut answer, tags::IAD, signed.iad.bytes());
    if let Some(cid) = cid {
        tlv::write(&mut answer, tags::CID, &cid);
    }
    tlv::write(&mut answer, tags::CTQ, &qualifiers);
    let signature = signer.map(|signer| signer.sign(&signed, &asked.transaction, qualifiers)).transpose();
    let ended = |answer, record, outcome, reason| {
        let attempt = application.attempt(outcome, reason, asked.amount, Some(signed.atc));
        Ok(Ended { answer, attempt, record, seen: Seen::of_payment(asked.claims.clone(), verdict) })
    };
    match signature {
        Err(status_word) => ended(Err(status_word), None, Outcome::Unknown, Reason::Fault),
        Ok(signature) => {
            answer.extend(signature.iter().flat_map(|signature| &signature.in_the_answer));
            let answer = tlv::object(tags::RESPONSE_TEMPLATE, &answer);
            let record = signature.map(|signature| signature.record);
            ended(Ok(answer), record, Outcome::AuthorisationRequested, reason_of(verdict))
        }
    }
}

/// Card Transaction Qualifiers (CTQ, 9F6C; EMV Contactless Book C-3, annex A): byte 2 bit 8 = verified on the device; byte 1 bit 8
/// = the terminal is to ask for an online PIN. Byte 1 bit 6
/// = where the terminal finds the signature wrong, and can, it is to ask the issuer, who has the cryptogram; so a card is not
/// declined because a shop's reader lacks the key of its certification authority.
fn card_transaction_qualifiers(verdict: Verdict, is_signed: bool) -> [u8; 2] {
    let online_where_it_fails = if is_signed { 0x20 } else { 0x00 };
    match verdict {
        Verdict::Verified(_) => [online_where_it_fails, 0x80],
        Verdict::OnlinePin => [online_where_it_fails | 0x80, 0x00],
        Verdict::NotNeeded | Verdict::LowValue | Verdict::Transit | Verdict::Missing(_) => {
            [online_where_it_fails, 0x00]
        }
    }
}

/// Terminal Transaction Qualifiers (TTQ, 9F66; EMV Contactless Book A, table 5-4).
struct TerminalTransactionQualifiers([u8; 4]);

impl TerminalTransactionQualifiers {
    /// Byte 1 bit 6: the terminal speaks EMV, not only magnetic stripe data.
    fn emv_mode(&self) -> bool {
        self.0[0] & 0x20 != 0
    }

    /// Byte 1 bit 4.
    fn offline_only(&self) -> bool {
        self.0[0] & 0x08 != 0
    }

    /// Byte 1 bit 3: it can ask for a PIN that the issuer checks.
    fn online_pin(&self) -> OnlinePin {
        if self.0[0] & 0x04 != 0 { OnlinePin::Possible } else { OnlinePin::NotPossible }
    }

    /// Byte 1 bit 1: it authenticates the card itself, though it goes online (then or later).
    fn wants_data_authentication(&self) -> bool {
        self.0[0] & 0x01 != 0
    }

    /// Byte 2 bit 7: the holder must be verified; byte 3 bit 4: on the device.
    fn wants_verification(&self) -> bool {
        self.0[1] & 0x40 != 0 || self.0[2] & 0x08 != 0
    }

    /// Byte 3 bit 7: the terminal knows what to do when the holder must verify on the phone first.
    fn knows_verification_on_device(&self) -> bool {
        self.0[2] & 0x40 != 0
    }
}
