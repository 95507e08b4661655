//! A transfer: money from the account behind a card to somebody, as the holder asks the issuer for it. No key of the card is in it: the
//! device's signature key signs.
//!
//! # What the device signs, and the app carries: `hcepay transfer 1`
//!
//! Numbers are unsigned, most significant byte first; a string8 is its length in one byte, then so many bytes. Nothing follows the
//! signature.
//!
//! | field | bytes |
//! |---|---|
//! | label | 17: `hcepay transfer 1` (ASCII) |
//! | wallet id | 16 |
//! | card | 4: from whose account |
//! | number | 8: rises from transfer to transfer of one wallet, with gaps; none comes twice, over crashes and older copies of the wallet too |
//! | verified at | 8: wall clock, milliseconds since 1970, when the holder had verified for exactly this |
//! | verified how | 1: `01` biometric, `02` screen lock, `03` by the system, `04` the app says so |
//! | amount | minor units (8: 1 to 999,999,999,999) and currency (2: one that has a minor unit) |
//! | payee | string8: what names the account, such as an IBAN: 1 to 64 characters from space to tilde, not blank |
//! | payee's name | string8: what the holder is shown, UTF-8, 1 to 64 bytes, not blank, nothing that is not seen |
//! | note | string8: UTF-8, at most 140 bytes, nothing that is not seen |
//! | signature | 64: r, s: ECDSA over P-256 with SHA-256 by the device signature key over all before it |
//!
//! The issuer accepts a number of a wallet once. The same bytes may come again, where an answer was lost: they are the same transfer.
//! How long ago the holder may have verified is the issuer's to say.

use std::fmt;

use sha2::{Digest, Sha256};

use super::cardholder_verification::Method;
use super::snapshot::CardId;
use crate::emv::amount::{Amount, MOST_MINOR};
use crate::emv::currency;
use crate::emv::hidden::is_hidden;
use crate::error::transfer::TransferError;
use crate::keys::wallet_id::WalletId;
use crate::wire::{Fields, put_string8};

const LABEL: &[u8; 17] = b"hcepay transfer 1";
const MOST_NAME_BYTES: usize = 64;
const MOST_NOTE_BYTES: usize = 140;

/// What a transfer is made of.
#[derive(Clone, PartialEq, Eq)]
pub struct TransferTerms {
    /// How much.
    pub amount: Amount,
    /// What names the payee's account to the issuer, such as an IBAN or a telephone number.
    pub payee: String,
    /// What the holder is shown of the payee.
    pub payee_name: String,
    /// What the payee is told; may be empty.
    pub note: String,
}

/// A transfer that can be asked for.
#[derive(Clone, PartialEq, Eq)]
pub struct Transfer(TransferTerms);

/// Tells one transfer from any other: what the holder verifies for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TransferDigest(pub [u8; 32]);

impl Transfer {
    /// Takes the terms in.
    ///
    /// # Errors
    /// The first thing that is wrong with them.
    pub fn new(terms: &TransferTerms) -> Result<Transfer, TransferError> {
        let TransferTerms { amount, payee, payee_name, note } = terms;
        match amount.minor {
            0 => return Err(TransferError::AmountZero),
            1..=MOST_MINOR => {}
            _ => return Err(TransferError::AmountTooLarge),
        }
        if currency::decimals(amount.currency).is_none() {
            return Err(TransferError::Currency);
        }
        let is_told = |text: &str| text.len() <= MOST_NAME_BYTES && !text.trim().is_empty();
        if !is_told(payee) || !payee.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return Err(TransferError::Payee);
        }
        if payee_name.chars().chain(note.chars()).any(is_hidden) {
            return Err(TransferError::HiddenCharacters);
        }
        if !is_told(payee_name) {
            return Err(TransferError::PayeeName);
        }
        if note.len() > MOST_NOTE_BYTES {
            return Err(TransferError::Note);
        }
        Ok(Transfer(terms.clone()))
    }

    /// Reads one from [`Transfer::bytes`].
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn read(bytes: &[u8]) -> Result<Transfer, TransferError> {
        let fields = &mut Fields::of(bytes);
        let transfer = Transfer::read_from(fields)?;
        fields.end().ok_or(TransferError::Malformed)?;
        Ok(transfer)
    }

    pub(crate) fn read_from(fields: &mut Fields<'_>) -> Result<Transfer, TransferError> {
        use TransferError::Malformed;
        let amount = Amount { minor: fields.u64().ok_or(Malformed)?, currency: fields.u16().ok_or(Malformed)? };
        let mut text = || {
            let text = fields.string8().ok_or(Malformed)?;
            String::from_utf8(text.to_vec()).map_err(|_| Malformed)
        };
        let (payee, payee_name, note) = (text()?, text()?, text()?);
        Transfer::new(&TransferTerms { amount, payee, payee_name, note })
    }

    /// What it is made of.
    pub fn terms(&self) -> &TransferTerms {
        &self.0
    }

    /// The fields amount to note, as they stand in what is signed.
    pub fn bytes(&self) -> Vec<u8> {
        let TransferTerms { amount, payee, payee_name, note } = &self.0;
        let mut bytes = Vec::with_capacity(128);
        bytes.extend_from_slice(&amount.minor.to_be_bytes());
        bytes.extend_from_slice(&amount.currency.to_be_bytes());
        [payee, payee_name, note].iter().for_each(|text| put_string8(&mut bytes, text.as_bytes()));
        bytes
    }

    /// What the holder verifies for, with the card that it is from.
    pub fn digest(&self) -> TransferDigest {
        TransferDigest(Sha256::digest(self.bytes()).into())
    }

    /// Whether the payee is the account with this name, however its letters and digits are grouped.
    pub(crate) fn is_to(&self, account: &str) -> bool {
        let plain = |text: &str| {
            let letters = text.bytes().filter(u8::is_ascii_alphanumeric);
            letters.map(|letter| letter.to_ascii_uppercase()).collect::<Vec<u8>>()
        };
        plain(&self.0.payee) == plain(account)
    }
}

// Who is paid, and how much, stands in no log.
impl fmt::Debug for Transfer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Transfer(..)")
    }
}

impl fmt::Debug for TransferTerms {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("TransferTerms(..)")
    }
}

impl fmt::Debug for TransferDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("TransferDigest(..)")
    }
}

/// A transfer with a number, from a card, by a holder who has verified for it: what is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NumberedTransfer {
    pub(crate) number: u64,
    pub(crate) card: CardId,
    pub(crate) at_ms: u64,
    pub(crate) verified: Method,
    pub(crate) transfer: Transfer,
}

impl NumberedTransfer {
    /// All before the signature.
    pub(crate) fn signed_by(&self, wallet: WalletId) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(256);
        bytes.extend_from_slice(LABEL);
        bytes.extend_from_slice(wallet.bytes());
        bytes.extend_from_slice(&self.card.0.to_be_bytes());
        bytes.extend_from_slice(&self.number.to_be_bytes());
        bytes.extend_from_slice(&self.at_ms.to_be_bytes());
        bytes.push(self.verified.byte());
        bytes.extend_from_slice(&self.transfer.bytes());
        bytes
    }

    /// What the device signs.
    pub(crate) fn digest(&self, wallet: WalletId) -> [u8; 32] {
        Sha256::digest(self.signed_by(wallet)).into()
    }
}

/// A transfer that the device has signed.
#[derive(Debug)]
pub(crate) struct SignedTransfer {
    pub(crate) numbered: NumberedTransfer,
    pub(crate) signature: [u8; 64],
}

impl SignedTransfer {
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let NumberedTransfer { number, card, at_ms, verified, transfer } = &self.numbered;
        out.extend_from_slice(&number.to_be_bytes());
        out.extend_from_slice(&card.0.to_be_bytes());
        out.extend_from_slice(&at_ms.to_be_bytes());
        out.push(verified.byte());
        out.extend_from_slice(&transfer.bytes());
        out.extend_from_slice(&self.signature);
    }

    pub(crate) fn read(fields: &mut Fields<'_>) -> Option<SignedTransfer> {
        let numbered = NumberedTransfer {
            number: fields.u64()?,
            card: CardId(fields.u32()?),
            at_ms: fields.u64()?,
            verified: Method::of_byte(fields.u8()?)?,
            transfer: Transfer::read_from(fields).ok()?,
        };
        Some(SignedTransfer { numbered, signature: fields.array()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms() -> TransferTerms {
        TransferTerms {
            amount: Amount { minor: 50_00, currency: 978 },
            payee: "DE89 3704 0044 0532 0130 00".to_owned(),
            payee_name: "Löwe".to_owned(),
            note: "Miete".to_owned(),
        }
    }

    #[test]
    fn the_fields_stand_where_the_format_says() {
        let numbered = NumberedTransfer {
            number: 7,
            card: CardId(3),
            at_ms: 10,
            verified: Method::Biometric,
            transfer: Transfer::new(&TransferTerms { payee: "A1".to_owned(), ..terms() }).unwrap(),
        };
        // 5000 = 1388, 978 = 03D2; written by hand from the table.
        let expected = [
            b"hcepay transfer 1".as_slice(),
            &[0xAB; 16],
            b"\0\0\0\x03\0\0\0\0\0\0\0\x07\0\0\0\0\0\0\0\x0A\x01",
            b"\0\0\0\0\0\0\x13\x88\x03\xD2\x02A1\x05L\xC3\xB6we\x05Miete",
        ]
        .concat();
        assert_eq!(numbered.signed_by(WalletId::new([0xAB; 16])), expected);
    }

    #[test]
    fn what_was_written_is_read_and_nothing_else_is() {
        let transfer = Transfer::new(&terms()).unwrap();
        let bytes = transfer.bytes();
        assert_eq!(Transfer::read(&bytes), Ok(transfer));
        assert!((0..bytes.len()).all(|length| Transfer::read(&bytes[..length]) == Err(TransferError::Malformed)));
        assert_eq!(Transfer::read(&[&bytes[..], &[0]].concat()), Err(TransferError::Malformed));
        let mut no_text = bytes.clone();
        no_text[40] = 0xFF;
        assert_eq!(Transfer::read(&no_text), Err(TransferError::Malformed));
    }

    #[test]
    fn every_refusal_says_what_is_wrong() {
        let with = |change: fn(&mut TransferTerms)| {
            let mut terms = terms();
            change(&mut terms);
            Transfer::new(&terms).unwrap_err()
        };
        assert_eq!(with(|terms| terms.amount.minor = 0), TransferError::AmountZero);
        assert_eq!(with(|terms| terms.amount.minor = 1_000_000_000_000), TransferError::AmountTooLarge);
        assert_eq!(with(|terms| terms.amount.currency = 1), TransferError::Currency);
        assert_eq!(with(|terms| terms.amount.currency = 960), TransferError::Currency);
        for payee in ["", "  ", "L\u{F6}we", "a\nb", &"x".repeat(65)] {
            let terms = TransferTerms { payee: payee.to_owned(), ..terms() };
            assert_eq!(Transfer::new(&terms).unwrap_err(), TransferError::Payee, "{payee:?}");
        }
        for name in ["", " ", &"x".repeat(65)] {
            let terms = TransferTerms { payee_name: name.to_owned(), ..terms() };
            assert_eq!(Transfer::new(&terms).unwrap_err(), TransferError::PayeeName, "{name:?}");
        }
        for text in ["Bank\u{202E}", "Ba\u{200B}nk", "Bank\n", "\u{2066}Bank"] {
            let in_name = TransferTerms { payee_name: text.to_owned(), ..terms() };
            let in_note = TransferTerms { note: text.to_owned(), ..terms() };
            for terms in [in_name, in_note] {
                assert_eq!(Transfer::new(&terms).unwrap_err(), TransferError::HiddenCharacters, "{text:?}");
            }
        }
        assert_eq!(with(|terms| terms.note = "x".repeat(141)), TransferError::Note);
        assert!(Transfer::new(&TransferTerms { note: String::new(), ..terms() }).is_ok());
    }

    #[test]
    fn one_account_is_known_however_it_is_grouped() {
        let transfer = Transfer::new(&terms()).unwrap();
        assert!(transfer.is_to("DE89370400440532013000") && transfer.is_to("de89-3704 0044 0532 0130 00"));
        assert!(!transfer.is_to("DE8937040044053201300") && !transfer.is_to(""));
    }
}
