//! Single-use and limited-use keys: what they may do, and for how long.

use std::fmt;

use zeroize::Zeroize;

use crate::aid::Aid;
use crate::error::Error;

/// The 16 bytes of a two-key triple DES key. Boxed so that moving it leaves no copy behind; wiped when dropped.
pub struct SecretKey(Box<[u8; 16]>);

impl SecretKey {
    /// Takes the key over.
    pub fn new(bytes: Box<[u8; 16]>) -> SecretKey {
        SecretKey(bytes)
    }

    /// The ledger's own copy of a key that has further uses, made in its box and not on the stack.
    pub(crate) fn copy(&self) -> SecretKey {
        let mut copy = Box::new([0; 16]);
        copy.copy_from_slice(&*self.0);
        SecretKey(copy)
    }

    /// The key's bytes, for the cipher that uses them.
    pub fn expose(&self) -> &[u8; 16] {
        &self.0
    }
}

impl Drop for SecretKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SecretKey(..)")
    }
}

/// An Application Transaction Counter (ATC, 9F36): numbers the cryptograms of one application, rising, never twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Atc(u16);

impl Atc {
    /// `None` for 0000, which stands for "none yet", and for FFFF, which is never used.
    pub fn new(number: u16) -> Option<Atc> {
        (1..0xFFFF).contains(&number).then_some(Atc(number))
    }

    /// The counter as the card sends it.
    pub fn bytes(self) -> [u8; 2] {
        self.0.to_be_bytes()
    }

    /// The counter as a number.
    pub fn number(self) -> u16 {
        self.0
    }

    /// What an application that has spent nothing yet shows as its last counter.
    pub(crate) const NONE_YET: Atc = Atc(0);
}

/// What the issuer lets a key do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyTerms {
    /// The full name of the one application that the key serves.
    pub aid: Vec<u8>,
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
}

/// A key that signs payments, with what the issuer lets it do.
#[derive(Debug)]
pub struct PaymentKey {
    pub(crate) aid: Aid,
    pub(crate) first_atc: u16,
    pub(crate) uses: u16,
    pub(crate) not_before_ms: u64,
    pub(crate) not_after_ms: u64,
    pub(crate) derivation_data: Option<[u8; 4]>,
    pub(crate) key: SecretKey,
}

impl PaymentKey {
    /// Takes a key over from the issuer.
    ///
    /// # Errors
    /// [`Error::AtcOutOfRange`] where the terms leave no usable counter or reach FFFF, [`Error::UnknownApplication`]
    /// where the name cannot be that of an application.
    pub fn new(terms: &KeyTerms, key: SecretKey) -> Result<PaymentKey, Error> {
        let aid = Aid::new(&terms.aid).ok_or(Error::UnknownApplication)?;
        let last = terms.uses.checked_sub(1).and_then(|further| terms.first_atc.checked_add(further));
        match (Atc::new(terms.first_atc), last.and_then(Atc::new)) {
            (Some(_), Some(_)) => Ok(PaymentKey {
                aid,
                first_atc: terms.first_atc,
                uses: terms.uses,
                not_before_ms: terms.not_before_ms,
                not_after_ms: terms.not_after_ms,
                derivation_data: terms.derivation_data,
                key,
            }),
            _ => Err(Error::AtcOutOfRange),
        }
    }

    /// The counter that comes with the use after `used` others; `None` where the key has no further use.
    pub(crate) fn atc_after(&self, used: u16) -> Option<Atc> {
        if used < self.uses { self.first_atc.checked_add(used).map(Atc) } else { None }
    }

    /// The counter of the key's last use.
    pub(crate) fn last_atc(&self) -> Atc {
        Atc(self.first_atc.saturating_add(self.uses.saturating_sub(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(first_atc: u16, uses: u16) -> Result<PaymentKey, Error> {
        let terms = KeyTerms {
            aid: vec![0xA0, 0, 0, 0, 3, 0x10, 0x10],
            first_atc,
            uses,
            not_before_ms: 0,
            not_after_ms: u64::MAX,
            derivation_data: None,
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
        assert_eq!(key.atc_after(0), Some(Atc(5)));
        assert_eq!(key.atc_after(1), Some(Atc(6)));
        assert_eq!(key.atc_after(2), None);
        assert_eq!(key.last_atc(), Atc(6));
    }

    #[test]
    fn debug_shows_no_key() {
        assert!(!format!("{:?}", key(1, 1).unwrap()).contains("199"));
    }
}
