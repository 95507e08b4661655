//! Combined data authentication (CDA; EMV Book 2, section 6.6.2): the card's answer to GENERATE AC comes inside a signature.

use sha1::{Digest, Sha1};

use crate::terminal::Reason;
use crate::terminal::ca_key::CaKey;
use crate::terminal::card_data::CardData;
use crate::terminal::oda::{Holder, IccKey, NEEDED, Oda, OdaStep, ca_key};
use crate::terminal::tlv::DataObject;

/// What CDA needs before GENERATE AC: whether the reader can ask for it at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Readiness {
    /// Card and reader do it.
    Ready,
    /// One of them does not.
    NotSupported,
    /// The card promises it and does not give all that it takes.
    DataMissing,
    /// The reader has not loaded the key that the card names.
    CaKeyUnknown,
}

/// Whether the reader can ask for CDA.
pub(super) fn readiness(supported: bool, ca_keys: &[CaKey], card: &CardData) -> Readiness {
    let promised = card.object(0x82).and_then(<[u8]>::first).is_some_and(|aip| aip & 0x01 != 0);
    if !supported || !promised {
        return Readiness::NotSupported;
    }
    if NEEDED.iter().any(|tag| card.object(*tag).is_none()) {
        return Readiness::DataMissing;
    }
    if ca_key(ca_keys, card).is_some() { Readiness::Ready } else { Readiness::CaKeyUnknown }
}

/// What was said in this transaction.
pub(super) struct Said<'a> {
    pub(super) pdol_values: &'a [u8],
    pub(super) cdol1_values: &'a [u8],
    pub(super) unpredictable_number: &'a [u8],
    /// The objects of the answer to GENERATE AC.
    pub(super) answer: &'a [DataObject<'a>],
}

/// The whole check.
///
/// # Errors
/// The step that failed, as [`Reason::CdaFailed`].
pub(super) fn check(ca_keys: &[CaKey], card: &CardData, holder: &Holder<'_>, said: &Said<'_>) -> Result<Oda, Reason> {
    let failed = Reason::CdaFailed;
    let key = IccKey::of(ca_keys, card, holder).map_err(failed)?;
    let in_answer = |tag: u32| said.answer.iter().find(|object| object.tag == tag).map(|object| object.value);
    let signature = in_answer(0x9F4B).filter(|_| in_answer(0x9F26).is_none());
    let signature = signature.ok_or(failed(OdaStep::SignatureMissing))?;
    let signed = key.signed(&[0x05], signature, said.unpredictable_number).ok_or(failed(OdaStep::Signature))?;
    let [cid, rest @ ..] = signed.rest.as_slice() else { return Err(failed(OdaStep::Signature)) };
    if in_answer(0x9F27) != Some(&[*cid]) {
        return Err(failed(OdaStep::CryptogramType));
    }
    let (cryptogram, hash) = rest.split_first_chunk::<8>().ok_or(failed(OdaStep::Signature))?;
    let answered: Vec<u8> = said.answer.iter().filter(|object| object.tag != 0x9F4B).flat_map(encoded).collect();
    let transaction = [said.pdol_values, said.cdol1_values, &answered].concat();
    if hash.get(..20) != Some(Sha1::digest(transaction).as_slice()) {
        return Err(failed(OdaStep::TransactionDataHash));
    }
    let cryptogram = Some(*cryptogram);
    Ok(key.proof(signed, cryptogram))
}

/// As it came: every length is as short as can be, which was looked at when it was read.
fn encoded(object: &DataObject<'_>) -> Vec<u8> {
    let tag = object.tag.to_be_bytes();
    let zeros = tag.iter().take_while(|byte| **byte == 0).count();
    let mut encoded: Vec<u8> = tag.into_iter().skip(zeros).collect();
    match u8::try_from(object.value.len()) {
        Ok(length @ ..0x80) => encoded.push(length),
        Ok(length) => encoded.extend([0x81, length]),
        Err(_) => {}
    }
    encoded.extend(object.value);
    encoded
}
