//! The application by which a coupon is presented: of this project alone, and before the payment, in the same contact.
//!
//! | command | answer |
//! |---|---|
//! | SELECT by the whole of its name, [`NAME`] | its file control information, with a PDOL that asks for the reader's challenge (DF10, 8) and for the signer whose coupons it takes (DF11, 8); 6A82 where no coupon is chosen now, so that nobody learns whether there are any |
//! | GET PROCESSING OPTIONS with both | template 77: coupon (DF12, 16), number of the use (DF13, 2), SHA-256 of the terms (DF14, 32), MAC (DF15, 16: [`crate::cryptogram::coupon_mac`]). The use is spent then. 6985 where the coupon is another signer's: nothing is spent |
//!
//! One use is presented in a contact at most. What is to be paid, and what the coupon takes off it, is between the merchant's reader
//! and its till: the payment that follows is one as any.

use super::kernels::AtHand;
use crate::coupon::coupon_terms::CouponUse;
use crate::cryptogram::coupon_mac::coupon_mac;
use crate::emv::aid::Aid;
use crate::emv::apdu;
use crate::emv::command::{Name, Occurrence};
use crate::emv::dol::DataObjectList;
use crate::emv::fci;
use crate::emv::status_word::StatusWord;
use crate::emv::tags::{self, Tag};
use crate::emv::tlv;
use crate::keys::issuer_key::IssuerKeyId;

/// `F0` and `hcepay.CP`: proprietary and not registered (ISO/IEC 7816-4, section 12.2.3.4), as no authority has given this project a
/// name.
pub(crate) const NAME: &[u8] = &[0xF0, b'h', b'c', b'e', b'p', b'a', b'y', b'.', b'C', b'P'];
const LABEL: &[u8] = b"HCEPAY COUPON";

const CHALLENGE: Tag = Tag(0xDF10);
const SIGNER: Tag = Tag(0xDF11);
const COUPON: Tag = Tag(0xDF12);
const USE_NUMBER: Tag = Tag(0xDF13);
const TERMS_DIGEST: Tag = Tag(0xDF14);
const MAC: Tag = Tag(0xDF15);
const PDOL: &[u8] = &[0xDF, 0x10, 8, 0xDF, 0x11, 8];

/// Whether a SELECT means this application.
pub(crate) fn is_meant(occurrence: Occurrence, name: Name<'_>) -> bool {
    occurrence == Occurrence::First && name.0 == NAME
}

/// What SELECT answers.
///
/// # Errors
/// 6A82 where no coupon is to be presented now.
pub(super) fn select(at_hand: &AtHand<'_>) -> Result<Vec<u8>, StatusWord> {
    at_hand.ledger.lease_coupon(at_hand.now).ok_or(StatusWord::ApplicationNotFound)?;
    let aid = Aid::new(NAME).ok_or(StatusWord::Fault)?;
    let mut proprietary = tlv::object(tags::APPLICATION_LABEL, LABEL);
    tlv::write(&mut proprietary, tags::PDOL, PDOL);
    Ok(apdu::prepared(&fci::of_application(&aid, &proprietary)))
}

/// Presents a use: it is counted as presented before the MAC is computed.
///
/// # Errors
/// 6700 where the values are not as long as they must be, 6985 where no coupon is to be presented, or not to this reader, or that
/// cannot be written.
pub(super) fn get_processing_options(
    values: &[u8],
    at_hand: &mut AtHand<'_>,
) -> Result<(Vec<u8>, CouponUse), StatusWord> {
    let list = DataObjectList::parse(PDOL).map_err(|_| StatusWord::Fault)?;
    let values = list.cut(values)?;
    let challenge = values.value(CHALLENGE).ok_or(StatusWord::Fault)?;
    let signer = values.value(SIGNER).ok_or(StatusWord::Fault)?;
    let lease = at_hand.ledger.lease_coupon(at_hand.now).ok_or(StatusWord::ConditionsNotSatisfied)?;
    if lease.signer() != IssuerKeyId::new(signer) {
        return Err(StatusWord::ConditionsNotSatisfied);
    }
    let spent = at_hand.ledger.consume_coupon(lease, at_hand.now).map_err(|_| StatusWord::ConditionsNotSatisfied)?;
    let (presented, terms) = (spent.number(), spent.terms());
    let mac = coupon_mac(spent, challenge, signer);
    let mut content = Vec::with_capacity(96);
    tlv::write(&mut content, COUPON, &presented.coupon.0);
    tlv::write(&mut content, USE_NUMBER, &presented.number.to_be_bytes());
    tlv::write(&mut content, TERMS_DIGEST, terms.bytes());
    tlv::write(&mut content, MAC, &mac);
    Ok((tlv::object(tags::RESPONSE_TEMPLATE, &content), presented))
}
