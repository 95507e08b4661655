//! Fast dynamic data authentication (fDDA) of kernels 3 and 7 (EMV Contactless Book C-3, annex C): the card signs the amount, the
//! currency, the reader's number and its own counter, and the reader checks that after the card has left.

use crate::terminal::Reason;
use crate::terminal::ca_key::CaKey;
use crate::terminal::card_data::CardData;
use crate::terminal::oda::{Holder, IccKey, NEEDED, Oda, OdaStep};
use crate::terminal::terminal_data::TerminalData;

/// Whether a card promises it: AIP byte 1 bit 6.
pub(super) fn is_promised(card: &CardData) -> bool {
    card.object(0x82).and_then(<[u8]>::first).is_some_and(|aip| aip & 0x20 != 0)
}

/// What a card that promises it must have sent.
///
/// # Errors
/// The first object that is missing, or 9F69 of another length than this version's.
pub(super) fn mandatory_data(card: &CardData) -> Result<(), Reason> {
    NEEDED.into_iter().chain([0x5A, 0x9F69, 0x9F4B]).try_for_each(|tag| card.required(tag).map(drop))?;
    card.fixed::<7>(0x9F69).map(drop)
}

/// The whole check.
///
/// # Errors
/// The step that failed.
pub(super) fn check(
    ca_keys: &[CaKey],
    card: &CardData,
    holder: &Holder<'_>,
    data: &TerminalData,
) -> Result<Oda, OdaStep> {
    let key = IccKey::of(ca_keys, card, holder)?;
    let [related, signature, counter] = [0x9F69, 0x9F4B, 0x9F36].map(|tag| card.object(tag).unwrap_or_default());
    let [0x01, ..] = related else { return Err(OdaStep::Signature) };
    let asked = [0x9F37, 0x9F02, 0x5F2A].map(|tag| data.object(tag).unwrap_or_default());
    let beside = [asked.concat().as_slice(), related].concat();
    let signed = key.signed(&[0x05, 0x95], signature, &beside).ok_or(OdaStep::Signature)?;
    if signed.number != counter {
        return Err(OdaStep::Counter);
    }
    Ok(key.proof(signed, None))
}
