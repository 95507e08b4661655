//! What the issuer lets one card do with its keys.
//!
//! # As bytes, in envelopes and in the ledger
//!
//! | offset | length | field | |
//! |---|---|---|---|
//! | 0 | 1 | protection | which spend key the card's payment keys are sealed to: `01` Device, `02` Unlocked, `03` Authenticated; bit 8 set where verification follows, bit 7 where alerts do |
//! | 1 | 2 | most uses | how many uses one payment key may have: 1 or more |
//! | 3 | 2 | ask at | the wallet asks for keys where so many uses or fewer are left; 0 = where none is |
//! | 5 | 1 | most an hour | so many cryptograms are given in any hour without the holder verified, then he must verify: 1 to 254; 0 = 20; `FF` = any number |
//! | 6 | 1 | most a day | the same in any 24 hours; 0 = 60 |
//! | 7 | | verification | when the holder must be verified ([`super::verification_policy`]) |
//! | | | alerts | what counts as unusual, and what follows: count (1), each as [`AlertTerms`] says; a rule is named once |
//!
//! Most uses binds payment keys alone. A seed of the closed-loop scheme is none: each of its uses has a key of its own,
//! and the next seed cannot be led back to it. How many uses a seed may have is fixed ([`crate::keys::payment_key`]).
//!
//! A policy replaces the one before it. Where the protection is another one, the card's keys are dropped with it: they
//! are sealed to a spend key that the card no longer goes by.

use super::alert_policy::AlertTerms;
use super::verification_policy::VerificationPolicy;
use crate::error::ContentError;
use crate::keys::payment_key::PaymentKey;
use crate::keys::spend_key::Protection;
use crate::wire::Fields;

/// What the issuer lets one card do with its keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// What must have happened before the card's keys can be opened.
    pub protection: Protection,
    /// How many cryptograms one payment key may make: 1, or more where the issuer wants limited-use keys. Limited-use
    /// keys together with requests that tell of the payments made are claimed by US patent 9,972,005 (in force to
    /// December 2034), so that whoever raises this should ask for advice first.
    pub most_uses: u16,
    /// The wallet asks for keys where so many uses or fewer are left.
    pub ask_at: u16,
    /// So many cryptograms are given in any hour without the holder verified; 0 = 20, 255 = any number.
    pub most_an_hour: u8,
    /// The same in any 24 hours; 0 = 60.
    pub most_a_day: u8,
    /// When the holder must be verified.
    pub verification: VerificationPolicy,
    /// What counts as unusual, where that is not what usually does.
    pub alerts: Vec<AlertTerms>,
}

/// Of the byte that names the protection: what follows behind the policy's first seven bytes.
const VERIFICATION_FOLLOWS: u8 = 0x80;
const ALERTS_FOLLOW: u8 = 0x40;

impl Policy {
    /// For cards and keys that come by the door for tests, unsealed.
    pub const UNSEALED: Policy = Policy {
        protection: Protection::Device,
        most_uses: u16::MAX,
        ask_at: 2,
        most_an_hour: u8::MAX,
        most_a_day: u8::MAX,
        verification: VerificationPolicy::AsProfile,
        alerts: Vec::new(),
    };

    /// Whether a card of this policy may hold the key.
    pub(crate) fn allows(&self, key: &PaymentKey) -> bool {
        key.is_seed() || key.uses <= self.most_uses
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let follows = |is_there, bit| if is_there { bit } else { 0 };
        let verification = follows(self.verification != VerificationPolicy::AsProfile, VERIFICATION_FOLLOWS);
        let alerts = follows(!self.alerts.is_empty(), ALERTS_FOLLOW);
        out.push(self.protection.byte() | verification | alerts);
        out.extend_from_slice(&self.most_uses.to_be_bytes());
        out.extend_from_slice(&self.ask_at.to_be_bytes());
        out.extend_from_slice(&[self.most_an_hour, self.most_a_day]);
        self.verification.write(out);
        if !self.alerts.is_empty() {
            AlertTerms::write_list(&self.alerts, out);
        }
    }

    /// Reads a policy that the ledger wrote. `None` where it is cut or no policy.
    pub(crate) fn read(fields: &mut Fields<'_>) -> Option<Policy> {
        Policy::read_from_issuer(fields).ok()
    }

    /// Reads a policy of the issuer's.
    ///
    /// # Errors
    /// [`ContentError::Truncated`], [`ContentError::UnknownProtection`], [`ContentError::PolicyWithoutUses`], those of the
    /// verification policy, and [`ContentError::AlertTerms`].
    pub(crate) fn read_from_issuer(fields: &mut Fields<'_>) -> Result<Policy, ContentError> {
        use ContentError::{PolicyWithoutUses, Truncated, UnknownProtection};
        let first = fields.u8().ok_or(Truncated)?;
        let protection =
            Protection::of_byte(first & !(VERIFICATION_FOLLOWS | ALERTS_FOLLOW)).ok_or(UnknownProtection)?;
        let most_uses = fields.u16().ok_or(Truncated)?;
        if most_uses == 0 {
            return Err(PolicyWithoutUses);
        }
        let ask_at = fields.u16().ok_or(Truncated)?;
        let (most_an_hour, most_a_day) = (fields.u8().ok_or(Truncated)?, fields.u8().ok_or(Truncated)?);
        let verification = match first & VERIFICATION_FOLLOWS {
            0 => VerificationPolicy::AsProfile,
            _ => VerificationPolicy::read(fields)?,
        };
        let alerts = match first & ALERTS_FOLLOW {
            0 => Vec::new(),
            _ => AlertTerms::read_list(fields)?,
        };
        Ok(Policy { protection, most_uses, ask_at, most_an_hour, most_a_day, verification, alerts })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::channel::Channel;
    use crate::keys::payment_key::KeyTerms;
    use crate::keys::secret::SecretKey;

    #[test]
    fn a_policy_is_read_as_it_was_written() {
        for (bytes, protection) in [
            ([1, 0, 1, 0, 2, 3, 4], Protection::Device),
            ([2, 0, 1, 0, 2, 3, 4], Protection::Unlocked),
            ([3, 0, 1, 0, 2, 3, 4], Protection::Authenticated),
        ] {
            let policy =
                Policy { protection, most_uses: 1, ask_at: 2, most_an_hour: 3, most_a_day: 4, ..Policy::UNSEALED };
            assert_eq!(Policy::read(&mut Fields::of(&bytes)), Some(policy.clone()));
            let mut written = Vec::new();
            policy.write(&mut written);
            assert_eq!(written, bytes);
        }
        let policy = Policy {
            protection: Protection::Unlocked,
            most_uses: 0x0102,
            ask_at: 0x0304,
            most_an_hour: 0x05,
            most_a_day: 0x06,
            ..Policy::UNSEALED
        };
        assert_eq!(Policy::read(&mut Fields::of(&[2, 1, 2, 3, 4, 5, 6])), Some(policy));
    }

    #[test]
    fn a_key_has_no_more_uses_than_the_policy_allows() {
        let key = |uses| {
            let terms = KeyTerms {
                aid: vec![0xA0, 0, 0, 0, 3, 0x10, 0x10],
                channel: Channel::Tap,
                first_atc: 1,
                uses,
                not_before_ms: 0,
                not_after_ms: u64::MAX,
                derivation_data: None,
                limits: Vec::new(),
            };
            PaymentKey::new(&terms, SecretKey::new(Box::new([0; 16]))).unwrap()
        };
        let policy = Policy { most_uses: 5, ..Policy::UNSEALED };
        assert!(policy.allows(&key(5)));
        assert!(!policy.allows(&key(6)));
        assert!(Policy::UNSEALED.allows(&key(0xFFFE)));
    }
}
