//! The ledger's records: what can happen to a wallet, as bytes and back.
//!
//! All numbers are big-endian. A byte string is its length (two bytes), then its bytes.
//!
//! | kind | | body | on the medium before it is acknowledged |
//! |---|---|---|---|
//! | 1 | opened | boot count (4), chain of the record before (16) | yes |
//! | 2 | card installed | card (4), profile (string) | yes |
//! | 3 | key added | card (4), AID (string), first counter (2), uses (2), not before (8), not after (8), index (0 or 4 bytes as a string), key (16) | yes |
//! | 4 | leased | card (4), AID (string), counter (2) | yes, before the lease is used |
//! | 5 | consumed | contact (8), card (4), AID (string), counter (2), amount (8), currency (2) | no: written before the cryptogram is computed |
//! | 6 | burned | card (4), AID (string), counter (2) | no: found again at the next opening |
//! | 7 | card deleted | card (4) | yes |
//! | 8 | contact closed | contact (8) | no |
//!
//! A kind that this version does not know is kept as it is.

use zeroize::Zeroizing;

use crate::aid::Aid;
use crate::payment_key::{Atc, KeyTerms, PaymentKey, SecretKey};

use super::seal::{Chain, TAG_LENGTH};
use super::{Amount, CardId};

/// One use of one application's keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Use {
    pub(super) card: CardId,
    pub(super) aid: Aid,
    pub(super) atc: Atc,
}

/// One record.
#[derive(Debug)]
pub(super) enum Record {
    Opened { boot_count: u32, chain: Chain },
    CardInstalled { card: CardId, profile: Vec<u8> },
    KeyAdded { card: CardId, key: PaymentKey },
    Leased(Use),
    Consumed { contact: u64, spent: Use, amount: Amount },
    Burned(Use),
    CardDeleted(CardId),
    ContactClosed(u64),
    Unknown { kind: u8, body: Vec<u8> },
}

impl Record {
    /// Kind and body.
    pub(super) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::with_capacity(96));
        match self {
            Record::Opened { boot_count, chain } => {
                out.push(1);
                out.extend_from_slice(&boot_count.to_be_bytes());
                out.extend_from_slice(chain);
            }
            Record::CardInstalled { card, profile } => {
                out.push(2);
                out.extend_from_slice(&card.0.to_be_bytes());
                put_string(&mut out, profile);
            }
            Record::KeyAdded { card, key } => put_key(&mut out, *card, key),
            Record::Leased(leased) => put_use(&mut out, 4, leased),
            Record::Consumed { contact, spent, amount } => {
                out.push(5);
                out.extend_from_slice(&contact.to_be_bytes());
                put_use_body(&mut out, spent);
                out.extend_from_slice(&amount.minor.to_be_bytes());
                out.extend_from_slice(&amount.currency.to_be_bytes());
            }
            Record::Burned(burned) => put_use(&mut out, 6, burned),
            Record::CardDeleted(card) => {
                out.push(7);
                out.extend_from_slice(&card.0.to_be_bytes());
            }
            Record::ContactClosed(contact) => {
                out.push(8);
                out.extend_from_slice(&contact.to_be_bytes());
            }
            Record::Unknown { kind, body } => {
                out.push(*kind);
                out.extend_from_slice(body);
            }
        }
        out
    }

    /// `None` where a known kind has a body that it cannot have.
    pub(super) fn decode(bytes: &[u8]) -> Option<Record> {
        let (kind, body) = bytes.split_first()?;
        let mut reader = Reader(body);
        let record = match kind {
            1 => Record::Opened { boot_count: reader.u32()?, chain: reader.array::<TAG_LENGTH>()? },
            2 => Record::CardInstalled { card: CardId(reader.u32()?), profile: reader.string()?.to_vec() },
            3 => reader.key()?,
            4 => Record::Leased(reader.one_use()?),
            5 => {
                let contact = reader.u64()?;
                let spent = reader.one_use()?;
                Record::Consumed { contact, spent, amount: Amount { minor: reader.u64()?, currency: reader.u16()? } }
            }
            6 => Record::Burned(reader.one_use()?),
            7 => Record::CardDeleted(CardId(reader.u32()?)),
            8 => Record::ContactClosed(reader.u64()?),
            kind => return Some(Record::Unknown { kind: *kind, body: body.to_vec() }),
        };
        reader.0.is_empty().then_some(record)
    }
}

fn put_string(out: &mut Vec<u8>, bytes: &[u8]) {
    let length = u16::try_from(bytes.len()).expect("profiles and names are below 64 KiB");
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(bytes);
}

fn put_use(out: &mut Vec<u8>, kind: u8, one_use: &Use) {
    out.push(kind);
    put_use_body(out, one_use);
}

fn put_use_body(out: &mut Vec<u8>, one_use: &Use) {
    out.extend_from_slice(&one_use.card.0.to_be_bytes());
    put_string(out, one_use.aid.bytes());
    out.extend_from_slice(&one_use.atc.bytes());
}

fn put_key(out: &mut Vec<u8>, card: CardId, key: &PaymentKey) {
    out.push(3);
    out.extend_from_slice(&card.0.to_be_bytes());
    put_string(out, key.aid.bytes());
    out.extend_from_slice(&key.first_atc.to_be_bytes());
    out.extend_from_slice(&key.uses.to_be_bytes());
    out.extend_from_slice(&key.not_before_ms.to_be_bytes());
    out.extend_from_slice(&key.not_after_ms.to_be_bytes());
    put_string(out, key.derivation_data.as_ref().map_or(&[], |index| &index[..]));
    out.extend_from_slice(key.key.expose());
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn array<const LENGTH: usize>(&mut self) -> Option<[u8; LENGTH]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }

    fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    fn string(&mut self) -> Option<&'a [u8]> {
        let length = usize::from(self.u16()?);
        let (string, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(string)
    }

    fn one_use(&mut self) -> Option<Use> {
        Some(Use { card: CardId(self.u32()?), aid: Aid::new(self.string()?)?, atc: Atc::new(self.u16()?)? })
    }

    fn key(&mut self) -> Option<Record> {
        let card = CardId(self.u32()?);
        let terms = KeyTerms {
            aid: self.string()?.to_vec(),
            first_atc: self.u16()?,
            uses: self.u16()?,
            not_before_ms: self.u64()?,
            not_after_ms: self.u64()?,
            derivation_data: match self.string()? {
                [] => None,
                index => Some(index.try_into().ok()?),
            },
        };
        let key = SecretKey::new(Box::new(self.array()?));
        Some(Record::KeyAdded { card, key: PaymentKey::new(&terms, key).ok()? })
    }
}
