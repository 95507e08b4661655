//! Spend keys: to their public halves the issuer seals each payment key, so that no payment key can be opened before the
//! private half is brought. What must have happened before that is the card's protection.
//!
//! # A sealed key
//!
//! HPKE (RFC 9180), mode base, single-shot, the suite of the envelopes; pkR is the spend key of the card's protection; aad
//! is empty; info is the 12 bytes `hcepay key 1`, the wallet id (16), the card id (4) and the terms of the key as
//! [`crate::keys::payment_key`] writes them. So a key opens for its wallet, card, application, channel, counter and limits alone.
//!
//! An ICC private key ([`crate::keys::icc_key`]) is sealed in the same way, and its info is the 16 bytes `hcepay icc key 1`, the
//! wallet id, the card id and the AID.
//!
//! A sealed key is enc (65) and ciphertext with tag (16 bytes longer than what it holds).

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::aes_gcm;
use super::aes_gcm::Content;
use super::agreement::{AgreementKey, AgreementPoint};
use super::hkdf;
use super::hpke;
use super::wallet_id::WalletId;
use crate::wire::Fields;

/// What must have happened before a card's keys can be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protection {
    /// Nothing: the private half lies in the ledger, under the store key. For cards that pay without verification.
    Device = 0x01,
    /// The phone is unlocked.
    Unlocked = 0x02,
    /// The holder has just verified.
    Authenticated = 0x03,
}

impl Protection {
    const ALL: [Protection; 3] = [Protection::Device, Protection::Unlocked, Protection::Authenticated];

    /// Its number in contents and records.
    pub fn byte(self) -> u8 {
        self as u8
    }

    pub(crate) fn of_byte(byte: u8) -> Option<Protection> {
        Protection::ALL.into_iter().find(|protection| protection.byte() == byte)
    }
}

/// Something that the issuer sealed to a spend key. Nothing secret without that key.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Sealed {
    enc: [u8; 65],
    ciphertext: Vec<u8>,
}

impl Sealed {
    /// So many bytes more than what it holds: enc and tag.
    pub(crate) const OVERHEAD: usize = 65 + 16;

    /// Reads what holds so many bytes. `None` where it is cut. Whether enc is a point shows when it is opened.
    pub(crate) fn read(fields: &mut Fields<'_>, length: usize) -> Option<Sealed> {
        let enc = fields.array()?;
        let ciphertext = fields.bytes(length.checked_add(16)?)?.to_vec();
        Some(Sealed { enc, ciphertext })
    }

    /// Whether it can be opened at all.
    pub(crate) fn has_point(&self) -> bool {
        AgreementPoint::new(&self.enc).is_some()
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.enc);
        out.extend_from_slice(&self.ciphertext);
    }

    /// Computes on P-256: not to be done while a tap waits, if it can be helped.
    pub(crate) fn open(&self, spend_key: &AgreementKey, info: &[u8]) -> Option<Content> {
        let enc = AgreementPoint::new(&self.enc)?;
        let shared = spend_key.agree(&enc);
        hpke::open(&shared, &enc, spend_key.point(), info, &[], self.ciphertext.clone())
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Sealed(..)")
    }
}

/// What the wallet itself seals for the spend key of a card's protection: a seed of the closed-loop scheme that it has gone
/// forward to, or the key of the counter before, which is leased. AES-256-GCM under HKDF-SHA256 (no salt, ikm = the private
/// number of the spend key, info = [`Locks::info`]), with 12 random bytes as nonce and what [`Place`] says as associated data.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Locked {
    nonce: [u8; 12],
    ciphertext: Vec<u8>,
}

/// What is locked. Each has a lock of its own, so that one is never taken for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Locks {
    /// 32 bytes.
    Seed,
    /// 16 bytes.
    LeasedKey,
}

impl Locks {
    fn info(self) -> &'static [u8] {
        match self {
            Locks::Seed => b"hcepay seed 1",
            Locks::LeasedKey => b"hcepay leased key 1",
        }
    }

    fn length(self) -> usize {
        match self {
            Locks::Seed => 32,
            Locks::LeasedKey => 16,
        }
    }
}

/// Where something locked belongs: card (4), AID, channel (1), counter (2).
pub(crate) struct Place<'a> {
    pub(crate) card: u32,
    pub(crate) aid: &'a [u8],
    pub(crate) channel: u8,
    pub(crate) atc: u16,
}

impl Place<'_> {
    fn bytes(&self) -> Vec<u8> {
        [&self.card.to_be_bytes(), self.aid, &[self.channel], &self.atc.to_be_bytes()].concat()
    }
}

impl Locked {
    /// Reads what is 16 bytes longer than what it holds.
    pub(crate) fn read(fields: &mut Fields<'_>, what: Locks) -> Option<Locked> {
        let nonce = fields.array()?;
        Some(Locked { nonce, ciphertext: fields.bytes(what.length().checked_add(16)?)?.to_vec() })
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.nonce);
        out.extend_from_slice(&self.ciphertext);
    }

    /// `nonce` must be drawn for this once.
    pub(crate) fn lock(
        what: Locks,
        secret: &[u8],
        spend_key: &AgreementKey,
        nonce: [u8; 12],
        place: &Place<'_>,
    ) -> Locked {
        Locked { nonce, ciphertext: aes_gcm::seal(&lock_key(spend_key, what), nonce, &place.bytes(), secret) }
    }

    pub(crate) fn open(&self, what: Locks, spend_key: &AgreementKey, place: &Place<'_>) -> Option<Content> {
        aes_gcm::open(&lock_key(spend_key, what), self.nonce, &place.bytes(), self.ciphertext.clone())
    }
}

impl fmt::Debug for Locked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Locked(..)")
    }
}

fn lock_key(spend_key: &AgreementKey, what: Locks) -> Box<Zeroizing<[u8; 32]>> {
    let extracted = hkdf::extract(&[], &[spend_key.number().as_slice()]);
    let mut key = Box::new(Zeroizing::new([0; 32]));
    hkdf::expand(&extracted, &[what.info()], key.as_mut_slice()).expect("one block is asked for");
    key
}

/// What a sealed ICC private key is bound to.
pub(crate) fn icc_key_info(wallet: &WalletId, card: u32, aid: &[u8]) -> Vec<u8> {
    [b"hcepay icc key 1".as_slice(), wallet.bytes(), &card.to_be_bytes(), aid].concat()
}

/// What a sealed key is bound to.
pub(crate) fn info(wallet: &WalletId, card: u32, terms: &[u8]) -> Vec<u8> {
    [b"hcepay key 1".as_slice(), wallet.bytes(), &card.to_be_bytes(), terms].concat()
}

/// The private halves that are here now.
#[derive(Debug, Default)]
pub(crate) struct SpendKeys {
    device: Option<Arc<AgreementKey>>,
    unlocked: Option<Arc<AgreementKey>>,
    authenticated: Option<Arc<AgreementKey>>,
}

impl SpendKeys {
    pub(crate) fn get(&self, protection: Protection) -> Option<Arc<AgreementKey>> {
        match protection {
            Protection::Device => self.device.clone(),
            Protection::Unlocked => self.unlocked.clone(),
            Protection::Authenticated => self.authenticated.clone(),
        }
    }

    pub(crate) fn set(&mut self, protection: Protection, key: Option<Arc<AgreementKey>>) {
        *match protection {
            Protection::Device => &mut self.device,
            Protection::Unlocked => &mut self.unlocked,
            Protection::Authenticated => &mut self.authenticated,
        } = key;
    }
}
