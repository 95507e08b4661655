//! Coupons, by whoever signs them, a merchant or an issuer: written from the description in the core's `coupon/coupon_terms.rs` and
//! `cryptogram/coupon_mac.rs`, without the core.
//!
//! A merchant makes the secret of each coupon out of one key of its own, so its readers can check a presentation and ask nobody.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use sha2::{Digest, Sha256};

use crate::issuer::hkdf;
use crate::issuer::seal::SigningIssuer;
use crate::terminal::coupon::Presentation;

const LABEL: &[u8; 15] = b"hcepay coupon 1";

/// What a coupon takes off a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worth {
    /// Minor units of a currency (ISO 4217 number).
    Amount(u64, u16),
    /// Hundredths of a percent.
    Percentage(u16),
}

/// What a coupon says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CouponTerms {
    /// Its id.
    pub coupon: [u8; 16],
    /// The name of the key that signs it.
    pub signer: [u8; 8],
    /// What it is called.
    pub title: String,
    /// What it is worth.
    pub worth: Worth,
    /// What is asked for it.
    pub conditions: String,
    /// From when on, milliseconds since 1970.
    pub valid_from_ms: u64,
    /// Until when, included.
    pub valid_until_ms: u64,
    /// How often.
    pub uses: u16,
}

impl CouponTerms {
    /// Format 1. Lengths are cut to what their fields hold: whoever reads it finds out.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = [LABEL.as_slice(), &self.coupon, &self.signer].concat();
        bytes.push(self.title.len() as u8);
        bytes.extend(self.title.as_bytes());
        match self.worth {
            Worth::Amount(minor, currency) => {
                bytes.push(0x01);
                bytes.extend(minor.to_be_bytes());
                bytes.extend(currency.to_be_bytes());
            }
            Worth::Percentage(hundredths) => {
                bytes.push(0x02);
                bytes.extend(hundredths.to_be_bytes());
            }
        }
        bytes.extend((self.conditions.len() as u16).to_be_bytes());
        bytes.extend(self.conditions.as_bytes());
        bytes.extend(self.valid_from_ms.to_be_bytes());
        bytes.extend(self.valid_until_ms.to_be_bytes());
        bytes.extend(self.uses.to_be_bytes());
        bytes
    }
}

/// A coupon as its signer hands it to the issuer, who seals it for a wallet.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedCoupon {
    /// The terms as bytes.
    pub terms: Vec<u8>,
    /// The signature over them, r and s.
    pub signature: [u8; 64],
    /// What the keys of its uses follow from.
    pub secret: [u8; 32],
}

impl fmt::Debug for SignedCoupon {
    /// Not the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignedCoupon(..)")
    }
}

/// Why a presentation is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotTaken {
    /// This merchant made no such coupon.
    NotOurs,
    /// The wallet presents it under other terms than it was made under.
    OtherTerms,
    /// It has fewer uses.
    NoSuchUse,
    /// It is not valid yet, or over.
    NotValid,
    /// The MAC is not that of this use, for this challenge and this merchant.
    MacWrong,
    /// This use was taken before.
    TakenBefore,
}

impl fmt::Display for NotTaken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NotTaken::NotOurs => "the coupon is none of this merchant's",
            NotTaken::OtherTerms => "the coupon was made under other terms",
            NotTaken::NoSuchUse => "the coupon has no use of that number",
            NotTaken::NotValid => "the coupon is not valid now",
            NotTaken::MacWrong => "the MAC is wrong",
            NotTaken::TakenBefore => "this use was taken before",
        })
    }
}

impl std::error::Error for NotTaken {}

/// Who signs coupons and takes them.
#[derive(Debug)]
pub struct CouponSigner {
    key: SigningIssuer,
    master_key: [u8; 32],
    made: BTreeMap<[u8; 16], CouponTerms>,
    taken: BTreeSet<([u8; 16], u16)>,
}

impl CouponSigner {
    /// One whose keys follow from a seed. That of an issuer's seed signs as the issuer itself.
    pub fn from_seed(seed: u64) -> CouponSigner {
        let master_key = Sha256::new().chain_update(b"hcepay test coupon master").chain_update(seed.to_be_bytes());
        CouponSigner {
            key: SigningIssuer::from_seed(seed),
            master_key: master_key.finalize().into(),
            made: BTreeMap::new(),
            taken: BTreeSet::new(),
        }
    }

    /// The same with what it has made and taken before.
    #[must_use]
    pub fn remembering(
        mut self,
        made: impl IntoIterator<Item = CouponTerms>,
        taken: impl IntoIterator<Item = ([u8; 16], u16)>,
    ) -> CouponSigner {
        self.made.extend(made.into_iter().map(|terms| (terms.coupon, terms)));
        self.taken.extend(taken);
        self
    }

    /// The coupons that it has made.
    pub fn made(&self) -> impl Iterator<Item = &CouponTerms> {
        self.made.values()
    }

    /// The uses that it has taken, by coupon and number.
    pub fn taken(&self) -> impl Iterator<Item = ([u8; 16], u16)> {
        self.taken.iter().copied()
    }

    /// The public key, an uncompressed point.
    pub fn public(&self) -> [u8; 65] {
        self.key.public()
    }

    /// The name of the key.
    pub fn id(&self) -> [u8; 8] {
        self.key.id()
    }

    /// Makes a coupon. Whatever its terms name as signer, this one is.
    pub fn make(&mut self, terms: &CouponTerms) -> SignedCoupon {
        let terms = CouponTerms { signer: self.id(), ..terms.clone() };
        self.made.insert(terms.coupon, terms.clone());
        let bytes = terms.bytes();
        SignedCoupon { signature: self.key.sign(&bytes), secret: self.secret(&terms.coupon), terms: bytes }
    }

    /// Of the coupon of this id, made or not.
    fn secret(&self, coupon: &[u8; 16]) -> [u8; 32] {
        hkdf::expand(&self.master_key, &[b"hcepay test coupon secret", coupon])
    }

    /// Takes a use that a wallet presented for this challenge, once; gives the coupon's terms.
    ///
    /// # Errors
    /// Why not.
    pub fn take(
        &mut self,
        presented: &Presentation,
        challenge: &[u8; 8],
        wall_ms: u64,
    ) -> Result<CouponTerms, NotTaken> {
        let Presentation { coupon, number, .. } = *presented;
        let terms = self.made.get(&coupon).ok_or(NotTaken::NotOurs)?;
        let digest: [u8; 32] = Sha256::digest(terms.bytes()).into();
        if presented.terms_digest != digest {
            return Err(NotTaken::OtherTerms);
        }
        if !(1..=terms.uses).contains(&number) {
            return Err(NotTaken::NoSuchUse);
        }
        if !(terms.valid_from_ms..=terms.valid_until_ms).contains(&wall_ms) {
            return Err(NotTaken::NotValid);
        }
        let expected = mac(&self.secret(&coupon), challenge, &self.id(), &coupon, number, &digest);
        if presented.mac != expected {
            return Err(NotTaken::MacWrong);
        }
        if !self.taken.insert((coupon, number)) {
            return Err(NotTaken::TakenBefore);
        }
        Ok(terms.clone())
    }
}

/// The MAC of one use, under a key of its own.
pub fn mac(
    secret: &[u8; 32],
    challenge: &[u8; 8],
    signer: &[u8; 8],
    coupon: &[u8; 16],
    number: u16,
    terms_digest: &[u8; 32],
) -> [u8; 16] {
    let key = use_key(secret, coupon, number);
    let mac = hkdf::hmac(&key, &[LABEL, challenge, signer, coupon, &number.to_be_bytes(), terms_digest]);
    *mac.first_chunk().expect("HMAC-SHA256 gives 32 bytes")
}

/// The key of one use.
pub fn use_key(secret: &[u8; 32], coupon: &[u8; 16], number: u16) -> [u8; 32] {
    hkdf::expand(secret, &[b"hcepay coupon use", coupon, &number.to_be_bytes()])
}

#[cfg(test)]
mod tests;
