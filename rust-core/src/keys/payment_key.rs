//! Single-use and limited-use keys: what they may do, and for how long.
//!
//! # A key as bytes, in envelopes and in the ledger
//!
//! | | bytes |
//! |---|---|
//! | AID | length (1), then the name |
//! | channel | `01` tap, `02` online, `03` QR |
//! | first counter, uses | 2 and 2; from 0001 to FFFE; a seed has at most 1000 uses |
//! | not before, not after | 8 and 8, milliseconds since 1970, both still within; not after is not the smaller |
//! | index | length (1: 0 or 4), then a limited-use key's `0YHHHHCC` |
//! | limits | how many (1: at most 4), each as currency (2: at most 999, each but once) and minor units (8) |
//! | form, secret | `01`: a payment key sealed to a spend key: enc (65), ciphertext and tag (32) |
//! | | `02`: a seed of the closed-loop scheme sealed to a spend key, for the first counter: enc (65), ciphertext and tag (48) |
//! | in the ledger alone | `00`: the payment key itself (16): from the door for tests, or out of a seed `03` |
//! | | `03`: the counter of a seed (2), the seed itself (32): what the card needs no verification for, or from the door for tests |
//! | | `04`: the counter of a seed (2), nonce (12), the seed's ciphertext and tag (48): sealed once more, for the spend key |
//! | | `05`: the counter of a leased key (2), nonce (12), ciphertext and tag (32): out of a seed `02` or `04`, sealed for the spend key. Only in the record that goes beyond its seed |
//!
//! All up to and with the form are the key's terms, which a sealed key is bound to ([`crate::keys::spend_key`]).
//!
//! A payment key signs under each of its counters; a seed of 32 bytes serves its first counter, and leads on to those
//! after it. What comes by the door for tests may also never be valid, or name a currency twice.

use super::channel::Channel;
use super::ratchet::Seed;
use super::secret::SecretKey;
use super::spend_key::{Locked, Locks, Sealed};
use crate::emv::aid::Aid;
use crate::emv::amount::Amount;
use crate::emv::atc::Atc;
use crate::error::{ContentError, Error};
use crate::wire::{Fields, put_string8};

/// What the issuer lets a key do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyTerms {
    /// The full name of the one application that the key serves.
    pub aid: Vec<u8>,
    /// The one way in which it is used.
    pub channel: Channel,
    /// The counter of the key's first cryptogram.
    pub first_atc: u16,
    /// How many cryptograms the key may make, each with a counter of its own. More than one only for a limited-use
    /// key, and only if the issuer's policy says so.
    pub uses: u16,
    /// Wall-clock time from which the key may be used, in milliseconds since 1970.
    pub not_before_ms: u64,
    /// Wall-clock time after which it may not.
    pub not_after_ms: u64,
    /// Where the key is derived from an index (limited-use keys): that index as the IAD carries it, `0YHHHHCC`.
    pub derivation_data: Option<[u8; 4]>,
    /// What all uses together may pay: with none anything, with some only those currencies, each up to its amount. At
    /// most 4.
    pub limits: Vec<Amount>,
}

/// How many uses a seed of the closed-loop scheme may serve.
const MOST_USES_OF_A_SEED: u16 = 1000;
/// How many currencies a key may be limited in.
const MOST_LIMITS: usize = 4;

/// A payment key as the wallet holds it.
#[derive(Debug)]
pub(crate) enum HeldSecret {
    /// The key itself: it came by the door for tests, or a seed in the open gave it.
    Plain(SecretKey),
    /// Sealed by the issuer to a spend key.
    Sealed(Sealed),
    /// A seed of the closed-loop scheme for the key's first counter, sealed likewise.
    SealedSeed(Sealed),
    /// A seed for the key of this counter: it is what the ledger has gone forward to.
    Seed(u16, Seed),
    /// The same where the card's protection wants it locked.
    LockedSeed(u16, Locked),
    /// The key of this counter, which a locked seed gave and has gone beyond.
    LockedKey(u16, Locked),
}

impl HeldSecret {
    /// A seed gives its keys one by one, forwards only.
    pub(crate) fn is_seed(&self) -> bool {
        match self {
            HeldSecret::SealedSeed(_) | HeldSecret::Seed(..) | HeldSecret::LockedSeed(..) => true,
            HeldSecret::Plain(_) | HeldSecret::Sealed(_) | HeldSecret::LockedKey(..) => false,
        }
    }

    /// For a log that is written anew.
    pub(crate) fn copy(&self) -> HeldSecret {
        match self {
            HeldSecret::Plain(key) => HeldSecret::Plain(key.copy()),
            HeldSecret::Sealed(sealed) => HeldSecret::Sealed(sealed.clone()),
            HeldSecret::SealedSeed(sealed) => HeldSecret::SealedSeed(sealed.clone()),
            HeldSecret::Seed(at, seed) => HeldSecret::Seed(*at, seed.copy()),
            HeldSecret::LockedSeed(at, locked) => HeldSecret::LockedSeed(*at, locked.clone()),
            HeldSecret::LockedKey(at, locked) => HeldSecret::LockedKey(*at, locked.clone()),
        }
    }

    fn form(&self) -> u8 {
        match self {
            HeldSecret::Plain(_) => PLAIN,
            HeldSecret::Sealed(_) => SEALED,
            HeldSecret::SealedSeed(_) => SEALED_SEED,
            HeldSecret::Seed(..) => SEED,
            HeldSecret::LockedSeed(..) => LOCKED_SEED,
            HeldSecret::LockedKey(..) => LOCKED_KEY,
        }
    }

    /// What follows the form.
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            HeldSecret::Plain(key) => out.extend_from_slice(key.expose()),
            HeldSecret::Sealed(sealed) | HeldSecret::SealedSeed(sealed) => sealed.write(out),
            HeldSecret::Seed(at, seed) => {
                out.extend_from_slice(&at.to_be_bytes());
                out.extend_from_slice(seed.expose());
            }
            HeldSecret::LockedSeed(at, locked) | HeldSecret::LockedKey(at, locked) => {
                out.extend_from_slice(&at.to_be_bytes());
                locked.write(out);
            }
        }
    }

    pub(crate) fn read_whole(fields: &mut Fields<'_>) -> Option<HeldSecret> {
        Some(match fields.u8()? {
            PLAIN => HeldSecret::Plain(SecretKey::of(fields.bytes(KEY_LENGTH)?)?),
            SEALED => HeldSecret::Sealed(Sealed::read(fields, KEY_LENGTH)?),
            SEALED_SEED => HeldSecret::SealedSeed(Sealed::read(fields, SEED_LENGTH)?),
            SEED => HeldSecret::Seed(fields.u16()?, Seed::of(fields.bytes(SEED_LENGTH)?)?),
            LOCKED_SEED => HeldSecret::LockedSeed(fields.u16()?, Locked::read(fields, Locks::Seed)?),
            _ => return None,
        })
    }

    /// Form and secret, where they stand alone.
    pub(crate) fn write_whole(&self, out: &mut Vec<u8>) {
        out.push(self.form());
        self.write(out);
    }

    /// Reads form and secret of a leased key that its seed has gone beyond.
    pub(crate) fn read_leased(fields: &mut Fields<'_>) -> Option<HeldSecret> {
        Some(match fields.u8()? {
            PLAIN => HeldSecret::Plain(SecretKey::of(fields.bytes(KEY_LENGTH)?)?),
            LOCKED_KEY => HeldSecret::LockedKey(fields.u16()?, Locked::read(fields, Locks::LeasedKey)?),
            _ => return None,
        })
    }
}

/// A key that signs payments, with what the issuer lets it do.
#[derive(Debug)]
pub struct PaymentKey {
    pub(crate) aid: Aid,
    pub(crate) channel: Channel,
    pub(crate) first_atc: u16,
    pub(crate) uses: u16,
    pub(crate) not_before_ms: u64,
    pub(crate) not_after_ms: u64,
    pub(crate) derivation_data: Option<[u8; 4]>,
    pub(crate) limits: Vec<Amount>,
    pub(crate) secret: HeldSecret,
}

impl PaymentKey {
    /// Takes a key over from the issuer, unsealed.
    ///
    /// # Errors
    /// [`Error::AtcOutOfRange`] where the terms leave no usable counter or reach FFFF, [`Error::UnknownApplication`]
    /// where the name cannot be that of an application, [`Error::KeyDoesNotFit`] where it has more than 4 limits.
    pub fn new(terms: &KeyTerms, key: SecretKey) -> Result<PaymentKey, Error> {
        PaymentKey::of(terms, HeldSecret::Plain(key))
    }

    /// Takes a seed of the closed-loop scheme over, for the first counter; unsealed.
    ///
    /// # Errors
    /// As [`PaymentKey::new`], and [`Error::KeyDoesNotFit`] where it is to serve more than 1000 uses.
    pub fn of_seed(terms: &KeyTerms, seed: Seed) -> Result<PaymentKey, Error> {
        PaymentKey::of(terms, HeldSecret::Seed(terms.first_atc, seed))
    }

    fn of(terms: &KeyTerms, secret: HeldSecret) -> Result<PaymentKey, Error> {
        let aid = Aid::new(&terms.aid).ok_or(Error::UnknownApplication)?;
        if terms.limits.len() > MOST_LIMITS || (secret.is_seed() && terms.uses > MOST_USES_OF_A_SEED) {
            return Err(Error::KeyDoesNotFit);
        }
        let last = terms.uses.checked_sub(1).and_then(|further| terms.first_atc.checked_add(further));
        match (Atc::new(terms.first_atc), last.and_then(Atc::new)) {
            (Some(_), Some(_)) => Ok(PaymentKey {
                aid,
                channel: terms.channel,
                first_atc: terms.first_atc,
                uses: terms.uses,
                not_before_ms: terms.not_before_ms,
                not_after_ms: terms.not_after_ms,
                derivation_data: terms.derivation_data,
                limits: terms.limits.clone(),
                secret,
            }),
            _ => Err(Error::AtcOutOfRange),
        }
    }

    /// The counter that comes with the use after `used` others; `None` where the key has no further use.
    pub(crate) fn atc_after(&self, used: u16) -> Option<Atc> {
        if used < self.uses { self.first_atc.checked_add(used).and_then(Atc::new) } else { None }
    }

    /// The counter of the key's last use.
    pub(crate) fn last_atc(&self) -> Atc {
        Atc::new(self.first_atc.saturating_add(self.uses.saturating_sub(1))).unwrap_or(Atc::NONE_YET)
    }

    /// The terms, which a sealed key is bound to.
    pub(crate) fn write_terms(&self, out: &mut Vec<u8>) {
        put_string8(out, self.aid.bytes());
        out.push(self.channel.byte());
        out.extend_from_slice(&self.first_atc.to_be_bytes());
        out.extend_from_slice(&self.uses.to_be_bytes());
        out.extend_from_slice(&self.not_before_ms.to_be_bytes());
        out.extend_from_slice(&self.not_after_ms.to_be_bytes());
        put_string8(out, self.derivation_data.as_ref().map_or(&[], |index| &index[..]));
        put_amounts(out, &self.limits);
        out.push(self.secret.form());
    }

    /// Terms and secret.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        self.write_terms(out);
        self.secret.write(out);
    }

    /// Reads one key as the ledger writes it. `None` where it is cut or its terms are not usable.
    pub(crate) fn read(fields: &mut Fields<'_>) -> Option<PaymentKey> {
        let terms = read_terms(fields).ok()?;
        let secret = HeldSecret::read_whole(fields)?;
        PaymentKey::of(&terms, secret).ok()
    }

    /// Reads one key as the issuer sends it: sealed, and with terms under which it can sign.
    ///
    /// # Errors
    /// [`ContentError`]: one of those about keys and their terms, or [`ContentError::Truncated`].
    pub(crate) fn read_from_issuer(fields: &mut Fields<'_>) -> Result<PaymentKey, ContentError> {
        let terms = read_terms(fields)?;
        if terms.not_after_ms < terms.not_before_ms {
            return Err(ContentError::KeyNeverValid);
        }
        let mut currencies: Vec<u16> = terms.limits.iter().map(|limit| limit.currency).collect();
        currencies.sort_unstable();
        if !currencies.is_sorted_by(|one, next| one < next) || currencies.last().is_some_and(|highest| *highest > 999) {
            return Err(ContentError::LimitCurrency);
        }
        let secret = match fields.u8().ok_or(ContentError::Truncated)? {
            SEALED => HeldSecret::Sealed(read_sealed(fields, KEY_LENGTH)?),
            SEALED_SEED if terms.uses > MOST_USES_OF_A_SEED => return Err(ContentError::SeedTooLong),
            SEALED_SEED => HeldSecret::SealedSeed(read_sealed(fields, SEED_LENGTH)?),
            _ => return Err(ContentError::NotSealed),
        };
        PaymentKey::of(&terms, secret).map_err(|error| match error {
            Error::KeyDoesNotFit => ContentError::TooManyLimits,
            Error::UnknownApplication => ContentError::ApplicationName,
            _ => ContentError::AtcOutOfRange,
        })
    }

    /// Whether its secret came sealed.
    #[cfg(test)]
    pub(crate) fn is_sealed(&self) -> bool {
        matches!(self.secret, HeldSecret::Sealed(_) | HeldSecret::SealedSeed(_))
    }

    /// Whether it is a seed of the closed-loop scheme.
    pub(crate) fn is_seed(&self) -> bool {
        self.secret.is_seed()
    }

    /// The same once more, for a log that is written anew.
    pub(crate) fn copy(&self) -> PaymentKey {
        PaymentKey { limits: self.limits.clone(), secret: self.secret.copy(), ..*self }
    }
}

const PLAIN: u8 = 0x00;
const SEALED: u8 = 0x01;
const SEALED_SEED: u8 = 0x02;
const SEED: u8 = 0x03;
const LOCKED_SEED: u8 = 0x04;
const LOCKED_KEY: u8 = 0x05;

const KEY_LENGTH: usize = 16;
const SEED_LENGTH: usize = 32;

/// Reads all that stands before the form. Whether a key can have such terms is not looked at.
fn read_terms(fields: &mut Fields<'_>) -> Result<KeyTerms, ContentError> {
    use ContentError::{IndexLength, Truncated, UnknownChannel};
    Ok(KeyTerms {
        aid: fields.string8().ok_or(Truncated)?.to_vec(),
        channel: Channel::of_byte(fields.u8().ok_or(Truncated)?).ok_or(UnknownChannel)?,
        first_atc: fields.u16().ok_or(Truncated)?,
        uses: fields.u16().ok_or(Truncated)?,
        not_before_ms: fields.u64().ok_or(Truncated)?,
        not_after_ms: fields.u64().ok_or(Truncated)?,
        derivation_data: match fields.string8().ok_or(Truncated)? {
            [] => None,
            index => Some(index.try_into().map_err(|_| IndexLength)?),
        },
        limits: read_amounts(fields).ok_or(Truncated)?,
    })
}

/// Reads what the issuer sealed: so many bytes.
fn read_sealed(fields: &mut Fields<'_>, length: usize) -> Result<Sealed, ContentError> {
    let sealed = Sealed::read(fields, length).ok_or(ContentError::Truncated)?;
    if sealed.has_point() { Ok(sealed) } else { Err(ContentError::PointInvalid) }
}

/// Writes at most 255 amounts: their number (1), each as currency (2) and minor units (8).
pub(crate) fn put_amounts(out: &mut Vec<u8>, amounts: &[Amount]) {
    out.push(u8::try_from(amounts.len()).expect("a key has few limits"));
    for amount in amounts {
        out.extend_from_slice(&amount.currency.to_be_bytes());
        out.extend_from_slice(&amount.minor.to_be_bytes());
    }
}

pub(crate) fn read_amounts(fields: &mut Fields<'_>) -> Option<Vec<Amount>> {
    let count = fields.u8()?;
    (0..count).map(|_| Some(Amount { currency: fields.u16()?, minor: fields.u64()? })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(first_atc: u16, uses: u16) -> Result<PaymentKey, Error> {
        let terms = KeyTerms {
            aid: vec![0xA0, 0, 0, 0, 3, 0x10, 0x10],
            channel: Channel::Tap,
            first_atc,
            uses,
            not_before_ms: 0,
            not_after_ms: u64::MAX,
            derivation_data: None,
            limits: Vec::new(),
        };
        PaymentKey::new(&terms, SecretKey::new(Box::new([199; 16])))
    }

    #[test]
    fn the_counter_ffff_is_never_used() {
        assert!(key(0xFFFE, 1).is_ok());
        assert_eq!(key(0xFFFF, 1).unwrap_err(), Error::AtcOutOfRange);
        assert_eq!(key(0xFFFE, 2).unwrap_err(), Error::AtcOutOfRange);
        assert_eq!(key(1, 0).unwrap_err(), Error::AtcOutOfRange);
        assert_eq!(key(0, 1).unwrap_err(), Error::AtcOutOfRange);
    }

    #[test]
    fn each_use_has_a_counter_of_its_own_and_then_no_more() {
        let key = key(5, 2).unwrap();
        assert_eq!(key.atc_after(0), Atc::new(5));
        assert_eq!(key.atc_after(1), Atc::new(6));
        assert_eq!(key.atc_after(2), None);
        assert_eq!(Some(key.last_atc()), Atc::new(6));
    }

    #[test]
    fn debug_shows_no_key() {
        assert!(!format!("{:?}", key(1, 1).unwrap()).contains("199"));
    }
}
