//! What the terminal sends to the issuer: the data objects of an online authorisation request.

use std::collections::BTreeMap;

/// An online authorisation request: the chip data that a terminal sends through its acquirer to the issuer
/// (EMV Book 4, section 12.1), as data objects by tag, each value as the card or the terminal gave it.
///
/// A terminal of ours puts in: 4F (AID), 57 or 5A, 5F34 where the card has one, 82, 95, 9A, 9C, 9F02, 9F03, 9F10, 9F1A,
/// 9F26, 9F27 where the card sent it, 9F36, 9F37, 5F2A; kernel 3 and 7 also 9F66 (TTQ) and 9F6C (CTQ); kernel 2 also 9F34.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuthorisationRequest {
    objects: BTreeMap<u32, Vec<u8>>,
}

/// An online payment as the merchant's acquirer hands it to the issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnlineAuthorisation {
    /// The chip data, with 4F (AID) and 5A (token).
    pub request: AuthorisationRequest,
    /// The order, as the merchant wrote it ([`crate::online_order`]).
    pub order: Vec<u8>,
    /// The wallet's signature over the order's digest, r and s.
    pub signature: [u8; 64],
}

impl AuthorisationRequest {
    /// An empty request.
    pub fn new() -> AuthorisationRequest {
        AuthorisationRequest::default()
    }

    /// Puts a data object in; a second one of the same tag replaces the first.
    pub fn put(&mut self, tag: u32, value: &[u8]) {
        self.objects.insert(tag, value.to_vec());
    }

    /// The value of a data object, if the request carries it.
    pub fn object(&self, tag: u32) -> Option<&[u8]> {
        self.objects.get(&tag).map(Vec::as_slice)
    }

    /// The token (the card number on the phone) as decimal digits: from 5A, or from 57 up to its separator.
    pub fn token(&self) -> Option<String> {
        let (value, ends_at) = match (self.object(0x5A), self.object(0x57)) {
            (Some(number), _) => (number, 0xF),
            (None, Some(track_2)) => (track_2, 0xD),
            (None, None) => return None,
        };
        let digits = value.iter().flat_map(|byte| [byte >> 4, byte & 0xF]);
        digits.take_while(|digit| *digit != ends_at).map(|digit| char::from_digit(digit.into(), 10)).collect()
    }
}
