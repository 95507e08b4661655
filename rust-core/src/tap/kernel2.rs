//! The card's side of kernel 2: GET PROCESSING OPTIONS spends nothing, the key is spent at GENERATE AC
//! (EMV Contactless Book C-2).

use super::kernels::{Asked, AtHand, Ended, Signed, outcome_of, reason_of};
use super::observed::Seen;
use super::verification::{OnlinePin, TerminalAsks};
use crate::card::cardholder_verification::Verdict;
use crate::card::data_authentication::SignedDataFormat;
use crate::card::profile::Application;
use crate::card::report::{Outcome, Reason};
use crate::card::terminal_claims::TerminalClaims;
use crate::cryptogram::card_verification_results::{CryptogramType, Cvr};
use crate::cryptogram::issuer_application_data::Iad;
use crate::cryptogram::signed_dynamic_data::{self, IccDynamicNumber, icc_dynamic_data, transaction_data_hash};
use crate::emv::atc::Atc;
use crate::emv::command::CryptogramAsked;
use crate::emv::status_word::StatusWord;
use crate::emv::tags;
use crate::emv::tlv;
use crate::keys::icc_key::IccKey;
use crate::ledger::key_sequence::Sequence;

const ARQC: u8 = 0x80;
const AAC: u8 = 0x00;
// POS Cardholder Interaction Information, byte 2 bit 1: the holder must verify on the phone. The reader says "see
// phone" and waits for the second tap.
const VERIFY_ON_DEVICE: [u8; 3] = [0x00, 0x01, 0x00];

/// Answers GET PROCESSING OPTIONS, and gives what the terminal claims in it.
///
/// # Errors
/// 6700 where the values do not have the length that the PDOL asks for, 6A80 where one object has two values.
pub(crate) fn get_processing_options(
    application: &Application,
    values: &[u8],
) -> Result<(Vec<u8>, TerminalClaims), StatusWord> {
    let claims = TerminalClaims::of(&application.pdol.cut(values)?);
    Ok((tlv::object(tags::RESPONSE_TEMPLATE, &application.processing_options.encoded), claims))
}

/// Answers GENERATE AC: an ARQC, inside a signature where the terminal wants that, or an AAC where card or terminal declines.
///
/// # Errors
/// 6A86 where it wants a signature that the AIP does not offer, 6700 where the values do not have the length that CDOL1 asks
/// for, 6A80 where the amount is none or one object has two values. Nothing is decided then.
pub(crate) fn generate_ac(
    application: &Application,
    cryptogram_asked: CryptogramAsked,
    pdol_values: &[u8],
    cdol1_values: &[u8],
    at_hand: &mut AtHand<'_>,
) -> Result<Ended, StatusWord> {
    let with_cda = cryptogram_asked == CryptogramAsked::TcOrArqcWithCda;
    if with_cda && application.data_authentication.is_none() {
        return Err(StatusWord::WrongParameters);
    }
    let values = application.cdol1.cut(cdol1_values)?;
    let asked = Asked::of(&values)?;
    let declined = |at_hand: &mut AtHand<'_>, reason| {
        let outcome = outcome_of(reason);
        let answer = Ok(decline(application, at_hand, outcome));
        let attempt = application.attempt(outcome, reason, asked.amount, None);
        Ok(Ended { answer, attempt, record: None, seen: Seen::of_claims(asked.claims.clone()) })
    };

    if cryptogram_asked == CryptogramAsked::Aac {
        return declined(at_hand, why_the_terminal_declines(asked.transaction.tvr));
    }
    let lease = match application.lease(at_hand, &asked) {
        Ok(lease) => lease,
        Err(reason) => return declined(at_hand, reason),
    };
    // The terminal claims verification on the device, or the card cannot see whether it does.
    let results = values.value(tags::CVM_RESULTS);
    let terminal = TerminalAsks {
        verification: results.is_none_or(claims_verification_on_device),
        online_pin: match results.is_some_and(claims_online_pin) {
            true => OnlinePin::Entered,
            false => OnlinePin::NotPossible,
        },
    };
    let verdict = application.verdict(at_hand, &asked, terminal);
    if let Some(reason) = Application::unverified(at_hand, verdict, &asked) {
        return declined(at_hand, reason);
    }
    // Before the payment key is spent: without the other one it would be spent in vain.
    let signer = match with_cda.then(|| Signer::take(application, at_hand)).transpose() {
        Ok(signer) => signer,
        Err(reason) => return declined(at_hand, reason),
    };
    let number = signer.as_ref().map(|signer| signer.number);
    let signed = match application.sign(at_hand, lease, verdict, &asked, number) {
        Ok(signed) => signed,
        Err(reason) => return declined(at_hand, reason),
    };
    let answer = match signer {
        None => Ok(cryptogram_answer(ARQC, signed.atc, &signed.cryptogram.0, &signed.iad, None)),
        Some(signer) => signer.answer(&signed, pdol_values, cdol1_values, asked.transaction.unpredictable_number),
    };
    let (outcome, reason) = match answer {
        Ok(_) => (Outcome::AuthorisationRequested, reason_of(verdict)),
        Err(_) => (Outcome::Unknown, Reason::Fault),
    };
    let attempt = application.attempt(outcome, reason, asked.amount, Some(signed.atc));
    Ok(Ended { answer, attempt, record: None, seen: Seen::of_payment(asked.claims, verdict) })
}

/// The card's own key, for one signature over one cryptogram (CDA).
struct Signer {
    key: IccKey,
    number: IccDynamicNumber,
}

impl Signer {
    fn take(application: &Application, at_hand: &mut AtHand<'_>) -> Result<Signer, Reason> {
        let key = application.icc_key(at_hand)?;
        let mut number = IccDynamicNumber([0; 8]);
        (at_hand.randomness)(&mut number.0);
        Ok(Signer { key, number })
    }

    /// The answer with the signature in place of the cryptogram.
    ///
    /// # Errors
    /// 6F00 where the signature went wrong: then nothing of it is said.
    fn answer(
        self,
        signed: &Signed,
        pdol_values: &[u8],
        cdol1_values: &[u8],
        unpredictable_number: [u8; 4],
    ) -> Result<Vec<u8>, StatusWord> {
        let object = |tag, value: &[u8]| tlv::object(tag, value);
        let (cid, atc) = (object(tags::CID, &[ARQC]), object(tags::ATC, &signed.atc.bytes()));
        let iad = object(tags::IAD, signed.iad.bytes());
        let hash = transaction_data_hash(pdol_values, cdol1_values, &[cid.as_slice(), &atc, &iad].concat());
        let dynamic_data = icc_dynamic_data(self.number, ARQC, &signed.cryptogram.0, &hash);
        let length = self.key.modulus().len();
        let block = signed_dynamic_data::block(length, SignedDataFormat::Usual, &dynamic_data, &unpredictable_number);
        let signature = block.and_then(|block| self.key.sign(&block)).ok_or(StatusWord::Fault)?;
        let signature = object(tags::SIGNED_DYNAMIC_DATA, &signature);
        Ok(object(tags::RESPONSE_TEMPLATE, &[cid, atc, signature, iad].concat()))
    }
}

/// Cardholder Verification Method Results (9F34; EMV Book 4, annex A4), byte 1 bits 6-1: 000001 is "PIN verified by
/// the card", which kernel 2 sets for verification on the device.
fn claims_verification_on_device(results: [u8; 3]) -> bool {
    results[0] & 0x3F == 0x01
}

/// The same: 000010 is "enciphered PIN verified online".
fn claims_online_pin(results: [u8; 3]) -> bool {
    results[0] & 0x3F == 0x02
}

/// Terminal Verification Results (95; EMV Book 3, annex C5), byte 3 bit 8: "cardholder verification was not successful".
/// Above the reader CVM required limit kernel 2 sets it for a card that it cannot have verified on the device, and most
/// readers then deny (EMV Contactless Book C-2). The holder's verification on the phone changes nothing there.
fn why_the_terminal_declines(tvr: [u8; 5]) -> Reason {
    if tvr[2] & 0x80 != 0 { Reason::OverTerminalLimit } else { Reason::TerminalDeclined }
}

/// An AAC. It opens no key: its cryptogram is 8 random bytes, which the issuer cannot verify and need not.
fn decline(application: &Application, at_hand: &mut AtHand<'_>, outcome: Outcome) -> Vec<u8> {
    let mut random = [0; 8];
    (at_hand.randomness)(&mut random);
    let cvr = Cvr::of(application.cvn, CryptogramType::Aac, Verdict::NotNeeded);
    let iad = Iad::of(application.cvn, &application.fixed_part, &cvr, [0; 4]);
    let sequence = Sequence::of_taps(at_hand.card, application.aid);
    let last = at_hand.ledger.last_atc(&sequence);
    let interaction = (outcome == Outcome::VerificationNeeded).then_some(VERIFY_ON_DEVICE);
    cryptogram_answer(AAC, last, &random, &iad, interaction)
}

fn cryptogram_answer(cid: u8, atc: Atc, cryptogram: &[u8; 8], iad: &Iad, interaction: Option<[u8; 3]>) -> Vec<u8> {
    let mut answer = Vec::with_capacity(64);
    tlv::write(&mut answer, tags::CID, &[cid]);
    tlv::write(&mut answer, tags::ATC, &atc.bytes());
    tlv::write(&mut answer, tags::APPLICATION_CRYPTOGRAM, cryptogram);
    tlv::write(&mut answer, tags::IAD, iad.bytes());
    if let Some(interaction) = interaction {
        tlv::write(&mut answer, tags::POS_CARDHOLDER_INTERACTION, &interaction);
    }
    tlv::object(tags::RESPONSE_TEMPLATE, &answer)
}
