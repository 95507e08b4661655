//! The issuer's card data: parsed and checked once, immutable after.
//!
//! # Layout 1
//!
//! BER-TLV with definite lengths in their shortest form, at most 8 KiB, at most 5 templates deep. Tags of the private
//! class are ours; all others are EMV's. Order is free within a template unless said otherwise; nothing may stand
//! twice unless said otherwise.
//!
//! | tag | | length | meaning |
//! |---|---|---|---|
//! | `EA` | | | card profile |
//! | | `C0` | 1 | version of this layout: 01 |
//! | | `C1` | 1 | flags: bit 1 = test only (a cryptogram version needs the card master key); others 0 |
//! | | `EB` | | application, 1 to 4 of them, in the order of the directory |
//!
//! An application:
//!
//! | tag | | length | meaning |
//! |---|---|---|---|
//! | `C2` | | 1 | kernel: 02, 03 or 07 |
//! | `C3` | | 1 | cryptogram version number: see [`Cvn`] |
//! | `C4` | | 1 | the holder is verified: 00 always, 01 where the terminal asks |
//! | `C5` | | 1-25 | fixed part of the issuer application data: see [`FixedPart`]; kernel 3 hex 0A, 11, 12, C1 and kernel 7: DKI, IDD; kernel 3 hex 43: DKI, wallet provider (4), IDD format, IDD (14); kernel 2: KDI, DAC (2), counters (8) |
//! | `4F` | | 5-16 | AID; begins with F0 where the cryptogram version is C1, and only there |
//! | `9F2A` | | 1-8 | kernel identifier for the directory entry; may be absent |
//! | `EC` | | | what SELECT answers within A5, copied: 50, 87, and as wanted 5F2D, 9F11, 9F12, 9F38 (PDOL), BF0C |
//! | `ED` | | | what GET PROCESSING OPTIONS answers of the profile, in this order: 82 and, where there are records, 94; for kernels 3 and 7 also 57 and, as wanted, 5F34, 9F6E, 9F7C |
//! | `EE` | | | record, 0 to 16 of them |
//! | | `C6` | 2 | short file identifier (1-30), record number (1-255) |
//! | | `70` | | the record, as READ RECORD answers it; of offline data authentication 8F, 90, 92, 9F32, 9F46, 9F47, 9F48, 9F4A. Absent in the last record, alone in its entry of the AFL, of kernels 3 and 7 where the AIP promises fDDA: the card makes it for each transaction, of 9F69 and, where the answer to GET PROCESSING OPTIONS has no room for it, of 9F4B |
//! | `EF` | | | other `ED` and `EE`, for the time after the certificates; may be absent, and is where there are none |
//! | `C7`, `C8` | | 96-248, 1 or 3 | modulus and exponent of the certification authority's key that 8F names; may be absent, both: what they would tell, also when the certificates end, is not known then |
//! | `C9` | | 1 | of fDDA: signed data format 05, or 95; may be absent: 05 |
//!
//! # What is checked
//!
//! Everything that a terminal would stumble over, so that nothing is checked again during a tap: lengths, unknown and
//! missing objects; that the AFL and the records name each other; that data object lists ask for all that the
//! cryptogram and the kernel need; that no tag stands twice in what one terminal reads; that every answer fits 256
//! bytes; that the AIP promises nothing that this card does not do and that the profile does not hold; that a label is one that they can show; that terminals will choose the kernel that the application speaks
//! to; that an application names one token only; that offline data authentication is whole: its objects there, one within the
//! other, and, where `C7` is there, certificates of this token over these signed records and this AIP. There is no object for any other account number, and unknown objects are
//! refused. `EF` is checked as what it takes the place of, is of the same token, and promises no offline data authentication.
//! What is free text (9F7C, 5F20, issuer discretionary data) cannot be policed.

mod certificates;
mod checks;
mod fast_dda;
mod layout;
mod offline_authentication;
mod pre_scan;
mod reading;
mod records;
mod template;

use std::fmt;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::cardholder_verification::Requirement;
use super::cvn::{Cvn, KernelId};
use super::data_authentication::{DataAuthentication, FastDda, ProcessingOptions};
use super::iad_fixed_part::FixedPart;
use super::payment_token::PaymentToken;
use super::policy::Policy;
use super::recognition::{ExpiryMonth, LastFour};
use crate::emv::afl::RecordAddress;
use crate::emv::aid::Aid;
use crate::emv::dol::DataObjectList;
use crate::emv::tags;
use crate::error::Error;
use crate::keys::icc_key::HeldIccKey;
use crate::keys::payment_key::PaymentKey;

/// One card: its applications, ready to answer.
#[derive(Debug)]
pub(crate) struct CardProfile {
    /// Whether it may only be installed by the door for tests.
    pub(crate) test_only: bool,
    /// All its applications have the same token.
    pub(crate) token: TokenDigest,
    /// How that ends, and when it expires. Of no card where there is no application.
    pub(crate) recognition: Option<Recognition>,
    /// In the order of the directory. At least one, but for [`CardProfile::none`].
    pub(crate) applications: Vec<Arc<Application>>,
    /// The answer to SELECT of the directory (PPSE).
    pub(crate) directory: Vec<u8>,
}

/// By what the holder recognises the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Recognition {
    pub(crate) last_four: LastFour,
    pub(crate) expires: Option<ExpiryMonth>,
}

/// Tells whether two cards have the same token: the first half of SHA-256 over its digits, a byte each. It never leaves the
/// phone, and does not show.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TokenDigest(pub(crate) [u8; 16]);

impl TokenDigest {
    fn of(digits: &[u8]) -> TokenDigest {
        let mut half = [0; 16];
        half.iter_mut().zip(Sha256::digest(digits)).for_each(|(kept, byte)| *kept = byte);
        TokenDigest(half)
    }
}

impl fmt::Debug for TokenDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("TokenDigest(..)")
    }
}

/// One application of a card.
#[derive(Debug)]
pub(crate) struct Application {
    pub(crate) aid: Aid,
    pub(crate) label: String,
    pub(crate) token: TokenDigest,
    pub(crate) recognition: Recognition,
    /// What merchants are given of it online.
    pub(crate) payment_token: PaymentToken,
    pub(crate) cvn: Cvn,
    pub(crate) requirement: Requirement,
    /// Whether terminals may ask for a PIN that the issuer checks.
    pub(crate) has_online_pin: bool,
    pub(crate) fixed_part: FixedPart,
    /// The answer to SELECT.
    pub(crate) fci: Vec<u8>,
    pub(crate) pdol: DataObjectList,
    /// Kernel 2 only; empty for the others.
    pub(crate) cdol1: DataObjectList,
    pub(crate) aip: [u8; 2],
    /// `ED`, without what only a terminal needs that wants fDDA.
    pub(crate) processing_options: ProcessingOptions,
    /// In the order of the AFL.
    pub(crate) records: Vec<Record>,
    /// Where the AIP promises it.
    pub(crate) data_authentication: Option<DataAuthentication>,
    /// How it is done in kernels 3 and 7.
    pub(crate) fast_dda: Option<FastDda>,
    /// `EF`: what terminals see in its place once its certificates are over. Only AIP, records and what follows from them differ.
    pub(crate) without_data_authentication: Option<Arc<Application>>,
}

/// One record of an application.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) address: RecordAddress,
    /// The answer to READ RECORD.
    pub(crate) answer: Vec<u8>,
}

impl Application {
    /// The month with which its certificates end. Not known where the profile does not carry the certification authority's key:
    /// they are never over then.
    pub(crate) fn certificates_end(&self) -> Option<ExpiryMonth> {
        self.data_authentication.as_ref()?.ends
    }

    /// Whether it asks terminals for the merchant's category.
    pub(crate) fn asks_merchant_category(&self) -> bool {
        let list = if self.cvn.kernel() == KernelId::Kernel2 { &self.cdol1 } else { &self.pdol };
        list.asks_for(tags::MERCHANT_CATEGORY, 2)
    }

    /// What GET PROCESSING OPTIONS answers of it, beside a signature (fDDA) and without one.
    pub(crate) fn options(&self, is_signed: bool) -> &ProcessingOptions {
        match &self.fast_dda {
            Some(signed) if is_signed => &signed.options,
            _ => &self.processing_options,
        }
    }

    /// The face that it shows to a terminal that begins now.
    pub(crate) fn face(self: Arc<Application>, wall_ms: u64) -> Arc<Application> {
        match &self.without_data_authentication {
            Some(other) if self.certificates_are_over(wall_ms) => Arc::clone(other),
            _ => self,
        }
    }

    /// Whether it promises what its certificates cannot keep any more, and has no other face.
    pub(crate) fn is_over(&self, wall_ms: u64) -> bool {
        self.without_data_authentication.is_none() && self.certificates_are_over(wall_ms)
    }

    fn certificates_are_over(&self, wall_ms: u64) -> bool {
        self.certificates_end().is_some_and(|month| month.is_over(wall_ms))
    }
}

impl CardProfile {
    /// What a wallet without cards talks with: it knows all commands and has nothing to select.
    pub(crate) fn none() -> CardProfile {
        let token = TokenDigest([0; 16]);
        CardProfile { test_only: false, token, recognition: None, applications: Vec::new(), directory: Vec::new() }
    }

    /// The application of this name, if it has it.
    pub(crate) fn application(&self, aid: &Aid) -> Option<&Application> {
        self.applications.iter().map(Arc::as_ref).find(|application| application.aid == *aid)
    }

    /// Whether these keys are such as its applications and the card's policy take.
    ///
    /// # Errors
    /// [`Error::UnknownApplication`], [`Error::KeyDoesNotFit`].
    pub(crate) fn takes(&self, keys: &[PaymentKey], policy: &Policy) -> Result<(), Error> {
        for key in keys {
            let cvn = self.application(&key.aid).ok_or(Error::UnknownApplication)?.cvn;
            let many_uses = cvn.uses_limited_use_keys() || cvn.needs_card_master_key() || cvn.is_closed_loop();
            if cvn.uses_limited_use_keys() != key.derivation_data.is_some()
                || cvn.is_closed_loop() != key.is_seed()
                || (key.uses > 1 && !many_uses)
                || !policy.allows(key)
            {
                return Err(Error::KeyDoesNotFit);
            }
        }
        Ok(())
    }

    /// Whether these are ICC keys that its applications sign with.
    ///
    /// # Errors
    /// [`Error::UnknownApplication`], [`Error::KeyDoesNotFit`].
    pub(crate) fn takes_icc_keys(&self, keys: &[HeldIccKey]) -> Result<(), Error> {
        for key in keys {
            let application = self.application(&key.aid).ok_or(Error::UnknownApplication)?;
            let authentication = &application.data_authentication;
            if !authentication.as_ref().is_some_and(|authentication| authentication.fits(key)) {
                return Err(Error::KeyDoesNotFit);
            }
        }
        Ok(())
    }
}
