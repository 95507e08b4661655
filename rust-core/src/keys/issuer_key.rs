//! The pinned issuer key: ECDSA over P-256 with SHA-256 (FIPS 186-5).

use std::fmt;

use p256::ecdsa::signature::hazmat::PrehashVerifier;
use p256::ecdsa::{Signature, VerifyingKey};
use sha2::{Digest as _, Sha256};

/// The SHA-256 of an envelope without its signature.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// One that was computed elsewhere.
    pub(crate) fn new(digest: [u8; 32]) -> Digest {
        Digest(digest)
    }

    /// The digest of the bytes that are signed.
    pub fn of(signed: &[u8]) -> Digest {
        Digest(Sha256::digest(signed).into())
    }

    /// The 32 bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Digest(..)")
    }
}

/// The name of an issuer key: the first 8 bytes of SHA-256 over its uncompressed point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct IssuerKeyId([u8; 8]);

impl IssuerKeyId {
    /// A name that an envelope carries.
    pub(crate) fn new(bytes: [u8; 8]) -> IssuerKeyId {
        IssuerKeyId(bytes)
    }

    /// The name as envelopes carry it.
    pub fn bytes(&self) -> &[u8; 8] {
        &self.0
    }
}

/// The public half of the key that signs the issuer's envelopes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerKey {
    key: VerifyingKey,
    id: IssuerKeyId,
}

impl IssuerKey {
    /// Takes an uncompressed point (`04`, x, y). `None` where it is no point of P-256.
    pub fn new(point: &[u8; 65]) -> Option<IssuerKey> {
        let key = VerifyingKey::from_sec1_bytes(point).ok()?;
        let id = *Digest::of(point).bytes().first_chunk()?;
        Some(IssuerKey { key, id: IssuerKeyId(id) })
    }

    /// The key as an uncompressed point.
    pub fn point(&self) -> [u8; 65] {
        let point = self.key.to_sec1_point(false);
        point.as_bytes().try_into().expect("uncompressed, a point of P-256 is 65 bytes long")
    }

    /// The name under which envelopes mention this key.
    pub fn id(&self) -> IssuerKeyId {
        self.id
    }

    /// Whether r (32 bytes) and s (32 bytes) are this key's signature over what has this digest.
    pub fn verifies(&self, digest: Digest, signature: &[u8; 64]) -> bool {
        Signature::from_slice(signature).is_ok_and(|signature| self.key.verify_prehash(&digest.0, &signature).is_ok())
    }
}
