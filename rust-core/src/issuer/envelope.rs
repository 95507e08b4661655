//! The seal between issuer and phone: an envelope is closed by the issuer for one wallet and opened by it alone. What is
//! inside, and that envelopes come in sequence, is not decided here.
//!
//! # Envelope format 1
//!
//! At most 65,536 bytes. Numbers are unsigned, most significant byte first; nothing follows the signature.
//!
//! | offset | length | field | |
//! |---|---|---|---|
//! | 0 | 1 | version | `01`. It fixes this layout and the suite below; nothing is negotiated |
//! | 1 | 1 | purpose | `01` install card, `02` replenish keys, `03` policy, `04` suspend, `05` resume, `06` renew, `07` delete, `08` issuer time, `09` rotate issuer key, `0A` resynchronise, `0B` notices, `0C` statement, `0D` transfer notices, `0E` coupon, `0F` coupon signer, `10` coupon notices |
//! | 2 | 8 | issuer key id | the first 8 bytes of SHA-256 over the issuer's public key as an uncompressed point (65 bytes) |
//! | 10 | 16 | wallet id | whose envelope it is |
//! | 26 | 4 | card id | which of the wallet's cards; 0 = none: purposes from `08` on but `0C` |
//! | 30 | 8 | sequence | rises from envelope to envelope of one issuer and wallet, by 65,536 at most |
//! | 38 | 65 | enc | the issuer's ephemeral public key: an uncompressed P-256 point (`04`, x, y) |
//! | 103 | 2 | length | of the ciphertext, n: 16 to 65,367 |
//! | 105 | n | ciphertext | the content under AES-256-GCM, its tag of 16 bytes last |
//! | 105 + n | 64 | signature | r (32), s (32) |
//!
//! **Ciphertext**: HPKE (RFC 9180), mode base (00), single-shot `SealBase`:
//! DHKEM(P-256, HKDF-SHA256) `0010`, HKDF-SHA256 `0001`, AES-256-GCM `0002`. pkR is the device agreement key of the wallet;
//! info is the 17 bytes `hcepay envelope 1` (ASCII) and then the header, bytes 0 to 37 of the envelope; aad is empty,
//! because the header already decides the key. Nothing uses the exporter or a second message of the context.
//!
//! **Signature**: ECDSA over P-256 with SHA-256 by the issuer key that the id names, over bytes 0 to 104 + n: everything
//! before the signature. r and s lie between 1 and the order less 1. Of the two values of s that fit, s and the order less
//! s, both are taken: issuers' key stores give either. Therefore the envelope's [`Digest`] is the SHA-256 that is signed:
//! it knows the same envelope again whatever became of its signature on the way.
//!
//! Examples, byte by byte, one of each purpose: `tests/golden/envelope-*.txt`; the keys that open them: `keys.txt` there.
//!
//! # Opening, in two steps
//!
//! [`Envelope::parse`] looks at lengths and known values. [`Envelope::begin`] checks, in this order: the issuer key id,
//! the signature, the wallet id, enc. What passes is authentic and meant for this wallet: only now may the ledger be asked
//! about sequence and digest, and only now is the device's private key used, by whoever holds it, be it [`crate::AgreementKey`]
//! or a key store that Rust cannot call. [`Opening::finish`] takes the x-coordinate of that agreement and gives the content.
//!
//! The first failing check names the error. None has data in it, and none changes anything.

pub(crate) mod header;

use std::fmt;

use crate::error::EnvelopeError;
use crate::keys::aes_gcm::{Content, TAG_LENGTH};
use crate::keys::agreement::{AgreementPoint, SharedSecret};
use crate::keys::issuer_key::{Digest, IssuerKey};
use crate::keys::wallet_id::WalletId;
use crate::keys::{hpke, wipe};
use header::{HEADER_LENGTH, Header};

/// The longest envelope, in bytes.
const MOST_BYTES: usize = 65_536;

const SIGNATURE_LENGTH: usize = 64;
const INFO_LABEL: &[u8; 17] = b"hcepay envelope 1";

/// An envelope as it came: all its fields are there, none is proved.
pub struct Envelope {
    header: Header,
    header_bytes: [u8; HEADER_LENGTH],
    enc: [u8; 65],
    ciphertext: Vec<u8>,
    signature: [u8; SIGNATURE_LENGTH],
    digest: Digest,
}

impl Envelope {
    /// Reads an envelope.
    ///
    /// # Errors
    /// [`EnvelopeError::Oversized`], [`EnvelopeError::UnsupportedVersion`], [`EnvelopeError::UnknownPurpose`],
    /// [`EnvelopeError::Truncated`] where it ends before its lengths say, [`EnvelopeError::Malformed`] where more follows or the
    /// ciphertext is shorter than its tag.
    pub fn parse(bytes: &[u8]) -> Result<Envelope, EnvelopeError> {
        use EnvelopeError::{Malformed, Oversized, Truncated};
        if bytes.len() > MOST_BYTES {
            return Err(Oversized);
        }
        let header = Header::parse(bytes)?;
        let (header_bytes, rest) = bytes.split_first_chunk().ok_or(Truncated)?;
        let (enc, rest) = rest.split_first_chunk().ok_or(Truncated)?;
        let (length, rest) = rest.split_first_chunk().ok_or(Truncated)?;
        let (ciphertext, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into()).ok_or(Truncated)?;
        let (_, trailing) = rest.split_at_checked(SIGNATURE_LENGTH).ok_or(Truncated)?;
        if !trailing.is_empty() || ciphertext.len() < TAG_LENGTH {
            return Err(Malformed);
        }
        let (signed, signature) = bytes.split_last_chunk().ok_or(Truncated)?;
        Ok(Envelope {
            header,
            header_bytes: *header_bytes,
            enc: *enc,
            ciphertext: ciphertext.to_vec(),
            signature: *signature,
            digest: Digest::of(signed),
        })
    }

    /// What the envelope says about itself, not yet proved.
    pub fn header(&self) -> Header {
        self.header
    }

    /// Proves that the pinned issuer made it for this wallet, and readies it for the agreement.
    ///
    /// # Errors
    /// [`EnvelopeError::ForeignIssuer`], [`EnvelopeError::SignatureWrong`], [`EnvelopeError::ForeignWallet`],
    /// [`EnvelopeError::PointInvalid`], in this order.
    pub fn begin(self, issuer_key: &IssuerKey, wallet: WalletId) -> Result<Opening, EnvelopeError> {
        if self.header.issuer_key != issuer_key.id() {
            return Err(EnvelopeError::ForeignIssuer);
        }
        if !issuer_key.verifies(self.digest, &self.signature) {
            return Err(EnvelopeError::SignatureWrong);
        }
        if self.header.wallet != wallet {
            return Err(EnvelopeError::ForeignWallet);
        }
        let ephemeral = AgreementPoint::new(&self.enc).ok_or(EnvelopeError::PointInvalid)?;
        Ok(Opening {
            header: self.header,
            header_bytes: self.header_bytes,
            digest: self.digest,
            ephemeral,
            ciphertext: self.ciphertext,
        })
    }
}

impl fmt::Debug for Envelope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Envelope").field("header", &self.header).finish_non_exhaustive()
    }
}

/// An envelope of our issuer for this wallet that waits for the agreement of its ephemeral point with the device's key.
/// Opened once: finishing consumes it.
pub struct Opening {
    header: Header,
    header_bytes: [u8; HEADER_LENGTH],
    digest: Digest,
    ephemeral: AgreementPoint,
    ciphertext: Vec<u8>,
}

impl Opening {
    /// What the issuer says about the envelope.
    pub fn header(&self) -> Header {
        self.header
    }

    /// Tells this envelope from any other.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The issuer's ephemeral point, for the holder of the device agreement key.
    pub fn ephemeral(&self) -> &AgreementPoint {
        &self.ephemeral
    }

    /// Opens the envelope with the agreement of [`Opening::ephemeral`] and the device's key, whose public half is `device`.
    ///
    /// # Errors
    /// [`EnvelopeError::CannotOpen`]: sealed for another key, or the agreement is not that of these two points.
    pub fn finish(self, device: &AgreementPoint, shared: &SharedSecret) -> Result<Opened, EnvelopeError> {
        let info = [INFO_LABEL.as_slice(), &self.header_bytes].concat();
        let Opening { ephemeral, ciphertext, .. } = self;
        let content = wipe::stack_after(|| hpke::open(shared, &ephemeral, device, &info, &[], ciphertext));
        let content = content.ok_or(EnvelopeError::CannotOpen)?;
        Ok(Opened { header: self.header, digest: self.digest, content })
    }
}

impl fmt::Debug for Opening {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Opening").field("header", &self.header).finish_non_exhaustive()
    }
}

/// What an envelope held.
#[derive(Debug)]
pub struct Opened {
    /// What the issuer says about the envelope.
    pub header: Header,
    /// Tells this envelope from any other.
    pub digest: Digest,
    /// What the issuer sealed.
    pub content: Content,
}
