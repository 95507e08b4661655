//! What a profile says of offline data authentication: all of it or nothing, sizes that nest, and, where the profile carries the
//! certification authority's key, certificates that are right for these records and this AIP.

use sha2::{Digest, Sha256};

use super::certificates::{self, Beside, Certified, Holder, PublicKey, Unreadable};
use super::checks::{Token, value_of};
use super::layout::{CA_EXPONENT, CA_MODULUS, Leaf, SIGNED_DATA_FORMAT};
use crate::card::cvn::KernelId;
use crate::card::data_authentication::DataAuthentication;
use crate::emv::tags::{self, Tag};
use crate::error::{ProfileError, ProfileFault};

/// AIP byte 1 bit 1: combined data authentication, of kernel 2.
const CDA: u8 = 0x01;
/// AIP byte 1 bit 6: dynamic data authentication, to kernels 3 and 7 fast (fDDA).
const DDA: u8 = 0x20;

/// What a terminal needs beside the records.
const NEEDED: [Tag; 6] = [
    tags::CA_PUBLIC_KEY_INDEX,
    tags::ISSUER_CERTIFICATE,
    tags::ISSUER_EXPONENT,
    tags::ICC_CERTIFICATE,
    tags::ICC_EXPONENT,
    tags::STATIC_DATA_TAG_LIST,
];

const REMAINDERS: [Tag; 2] = [tags::ISSUER_REMAINDER, tags::ICC_REMAINDER];

/// Whether only a terminal that authenticates the card needs this object.
pub(super) fn is_for_it_alone(tag: Tag) -> bool {
    NEEDED.contains(&tag) || REMAINDERS.contains(&tag)
}

/// What the profile gives for it.
pub(super) struct Given<'a> {
    pub(super) kernel: KernelId,
    pub(super) aip: [u8; 2],
    /// What one terminal reads, and the application's own `C7` to `C9`.
    pub(super) leaves: &'a [Leaf],
    /// The signed records, as they enter the hash.
    pub(super) signed_records: &'a [u8],
    pub(super) token: &'a Token,
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

impl Given<'_> {
    /// Checks it all.
    ///
    /// # Errors
    /// The first object that is missing, superfluous or wrong.
    pub(super) fn read(&self) -> Result<Option<DataAuthentication>, ProfileError> {
        let promise = if self.kernel == KernelId::Kernel2 { CDA } else { DDA };
        if self.aip[0] & promise == 0 {
            let own = [CA_MODULUS, CA_EXPONENT, SIGNED_DATA_FORMAT];
            let superfluous = NEEDED.into_iter().chain(REMAINDERS).chain(own).find(|tag| self.optional(*tag).is_some());
            return superfluous.map_or(Ok(None), |tag| Err(ProfileFault::Unknown.of(tag)));
        }
        if self.kernel == KernelId::Kernel2 && self.optional(SIGNED_DATA_FORMAT).is_some() {
            return Err(ProfileFault::Unknown.of(SIGNED_DATA_FORMAT));
        }
        for tag in NEEDED {
            self.one(tag)?;
        }
        // Kernel 2 always reads it. The others compare it with the certificate.
        self.one(tags::PRIMARY_ACCOUNT_NUMBER)?;
        // The AIP is the only object that may be signed beside the records (EMV Book 3, section 10.3).
        if self.one(tags::STATIC_DATA_TAG_LIST)? != [0x82] {
            return Err(ProfileFault::WrongValue.of(tags::STATIC_DATA_TAG_LIST));
        }
        if self.signed_records.is_empty() {
            return Err(ProfileFault::WrongValue.of(tags::AFL));
        }
        self.exponent(tags::ISSUER_EXPONENT)?;
        // No key signs for a longer one.
        if self.one(tags::ICC_CERTIFICATE)?.len() > self.one(tags::ISSUER_CERTIFICATE)?.len() {
            return Err(ProfileFault::WrongLength.of(tags::ICC_CERTIFICATE));
        }
        let exponent = self.exponent(tags::ICC_EXPONENT)?;
        let certificate = self.one(tags::ICC_CERTIFICATE)?.len();
        let room = self.one(tags::ISSUER_CERTIFICATE)?.len().saturating_sub(Holder::Issuer.overhead());
        self.remainder_is(tags::ISSUER_REMAINDER, certificate.saturating_sub(room))?;
        let inside = certificate.saturating_sub(Holder::Icc.overhead());
        let beside = self.optional(tags::ICC_REMAINDER).map_or(0, <[u8]>::len);
        let [certificate, static_data] = [self.one(tags::ICC_CERTIFICATE)?, &self.static_data()].map(sha256);
        let unread =
            DataAuthentication { exponent, modulus: None, inside, beside, ends: None, certificate, static_data };
        let Some(authority) = self.authority()? else { return Ok(Some(unread)) };
        let issuer = self.certified(&authority, Holder::Issuer)?;
        let icc = self.certified(&issuer.key, Holder::Icc)?;
        if !self.token.digits.starts_with(&issuer.number) {
            return Err(ProfileFault::AnotherToken.of(tags::ISSUER_CERTIFICATE));
        }
        if self.token.digits != icc.number {
            return Err(ProfileFault::AnotherToken.of(tags::ICC_CERTIFICATE));
        }
        let ends = Some(issuer.ends.min(icc.ends));
        Ok(Some(DataAuthentication { modulus: Some(icc.key.modulus), ends, ..unread }))
    }

    /// What the ICC certificate is over beside the key.
    fn static_data(&self) -> Vec<u8> {
        [self.signed_records, &self.aip].concat()
    }

    /// The certification authority's key, where the profile carries it.
    fn authority(&self) -> Result<Option<PublicKey>, ProfileError> {
        let Some(modulus) = self.optional(CA_MODULUS) else {
            return self.optional(CA_EXPONENT).map_or(Ok(None), |_| Err(ProfileFault::Missing.of(CA_MODULUS)));
        };
        if modulus.len() != self.one(tags::ISSUER_CERTIFICATE)?.len() {
            return Err(ProfileFault::WrongLength.of(CA_MODULUS));
        }
        Ok(Some(PublicKey { modulus: modulus.to_vec(), exponent: self.exponent(CA_EXPONENT)? }))
    }

    fn certified(&self, signer: &PublicKey, holder: Holder) -> Result<Certified, ProfileError> {
        let static_data = self.static_data();
        let (certificate, remainder_tag, exponent, static_data) = match holder {
            Holder::Issuer => (tags::ISSUER_CERTIFICATE, tags::ISSUER_REMAINDER, tags::ISSUER_EXPONENT, &[][..]),
            Holder::Icc => (tags::ICC_CERTIFICATE, tags::ICC_REMAINDER, tags::ICC_EXPONENT, &static_data[..]),
        };
        let remainder = self.optional(remainder_tag).unwrap_or_default();
        let beside = Beside { remainder, exponent: self.one(exponent)?, static_data };
        certificates::read(signer, holder, self.one(certificate)?, &beside).map_err(|unreadable| match unreadable {
            Unreadable::Certificate => ProfileFault::NotCertified.of(certificate),
            Unreadable::Remainder if remainder.is_empty() => ProfileFault::Missing.of(remainder_tag),
            Unreadable::Remainder => ProfileFault::WrongLength.of(remainder_tag),
        })
    }

    /// What of a key does not fit its certificate stands beside it: so many bytes.
    fn remainder_is(&self, remainder: Tag, needed: usize) -> Result<(), ProfileError> {
        match self.optional(remainder).map(<[u8]>::len) {
            there if there.unwrap_or(0) == needed => Ok(()),
            None => Err(ProfileFault::Missing.of(remainder)),
            Some(_) => Err(ProfileFault::WrongLength.of(remainder)),
        }
    }

    fn exponent(&self, tag: Tag) -> Result<u32, ProfileError> {
        certificates::exponent(self.one(tag)?).ok_or(ProfileFault::WrongValue.of(tag))
    }

    fn optional(&self, tag: Tag) -> Option<&[u8]> {
        value_of(self.leaves, tag)
    }

    fn one(&self, tag: Tag) -> Result<&[u8], ProfileError> {
        self.optional(tag).ok_or(ProfileFault::Missing.of(tag))
    }
}
