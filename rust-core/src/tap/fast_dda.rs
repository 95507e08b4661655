//! Fast dynamic data authentication (fDDA; EMV Contactless Book C-3, annex C): beside its cryptogram the card signs for a terminal
//! that does not wait for the issuer, such as a gate.

use super::kernels::{AtHand, Signed};
use crate::card::data_authentication::FastDda;
use crate::card::profile::{Application, Record};
use crate::card::report::Reason;
use crate::cryptogram::input::TransactionData;
use crate::cryptogram::signed_dynamic_data::{block, card_authentication_data, counter_alone, known_to_both};
use crate::emv::status_word::StatusWord;
use crate::emv::tags;
use crate::emv::tlv;
use crate::keys::icc_key::IccKey;

/// The card's own key, for one signature, and what it is to be over.
pub(super) struct Signer<'a> {
    fast_dda: &'a FastDda,
    key: IccKey,
    unpredictable_number: [u8; 4],
}

/// What a signature puts to the answer to GET PROCESSING OPTIONS, and the record that goes with it.
pub(super) struct Signature {
    /// 9F4B, or nothing.
    pub(super) in_the_answer: Vec<u8>,
    /// 9F69, and 9F4B where it is not in the answer.
    pub(super) record: Record,
}

impl<'a> Signer<'a> {
    /// Takes the key, before the payment key is spent: without this one it would be spent in vain.
    ///
    /// # Errors
    /// Why there is no key.
    pub(super) fn take(
        application: &Application,
        fast_dda: &'a FastDda,
        at_hand: &mut AtHand<'_>,
    ) -> Result<Signer<'a>, Reason> {
        let key = application.icc_key(at_hand)?;
        let mut unpredictable_number = [0; 4];
        (at_hand.randomness)(&mut unpredictable_number);
        Ok(Signer { fast_dda, key, unpredictable_number })
    }

    /// Signs.
    ///
    /// # Errors
    /// 6F00 where the signature went wrong: then nothing of it is said.
    pub(super) fn sign(
        self,
        signed: &Signed,
        transaction: &TransactionData,
        qualifiers: [u8; 2],
    ) -> Result<Signature, StatusWord> {
        let Signer { fast_dda, key, unpredictable_number } = self;
        let related = card_authentication_data(unpredictable_number, qualifiers);
        let TransactionData { unpredictable_number, amount_authorised, currency, .. } = *transaction;
        let beside = known_to_both(unpredictable_number, amount_authorised, currency, &related);
        let block = block(key.modulus().len(), fast_dda.format, &counter_alone(signed.atc), &beside);
        let signature = block.and_then(|block| key.sign(&block)).ok_or(StatusWord::Fault)?;
        let signature = tlv::object(tags::SIGNED_DYNAMIC_DATA, &signature);
        let (in_the_answer, in_the_record) = match fast_dda.fits_processing_options {
            true => (signature, Vec::new()),
            false => (Vec::new(), signature),
        };
        let related = tlv::object(tags::CARD_AUTHENTICATION_DATA, &related);
        let answer = tlv::object(tags::RECORD_TEMPLATE, &[related, in_the_record].concat());
        Ok(Signature { in_the_answer, record: Record { address: fast_dda.record, answer } })
    }
}
