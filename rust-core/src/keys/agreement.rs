//! Key agreement over P-256 (ECDH; SEC 1, section 3.3.1), for phones whose hardware cannot do it.

use std::fmt;

use p256::elliptic_curve::sec1::ToSec1Point;
use p256::{PublicKey, SecretKey};
use zeroize::{Zeroize, Zeroizing};

use super::wipe;
use crate::randomness::Randomness;

/// A point of P-256 other than the one at infinity: the public half of an agreement key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgreementPoint(PublicKey);

impl AgreementPoint {
    /// Takes an uncompressed point (`04`, x, y). `None` where it is no point of the curve.
    pub fn new(bytes: &[u8; 65]) -> Option<AgreementPoint> {
        PublicKey::from_sec1_bytes(bytes).ok().map(AgreementPoint)
    }

    /// The point, uncompressed.
    pub fn bytes(&self) -> [u8; 65] {
        let point = self.0.to_sec1_point(false);
        point.as_bytes().try_into().expect("uncompressed, a point of P-256 is 65 bytes long")
    }
}

/// The private half of an agreement key. Boxed so that moving it leaves no copy behind; wiped when dropped.
pub struct AgreementKey {
    private: Box<SecretKey>,
    point: AgreementPoint,
}

impl AgreementKey {
    /// Takes a private number, most significant byte first; wiping it where it came from is the caller's part. `None` where it
    /// is zero or not below the order of the curve, which random bytes are once in 2^32: draw again.
    pub fn new(number: &[u8; 32]) -> Option<AgreementKey> {
        wipe::stack_after(|| {
            let private = SecretKey::from_slice(number).ok().map(Box::new)?;
            let point = AgreementPoint(private.public_key());
            Some(AgreementKey { private, point })
        })
    }

    /// A new key out of random bytes.
    pub(crate) fn draw(randomness: &mut Randomness) -> AgreementKey {
        let mut number = Box::new(Zeroizing::new([0; 32]));
        loop {
            randomness(number.as_mut_slice());
            if let Some(key) = AgreementKey::new(&number) {
                return key;
            }
        }
    }

    /// A key whose two halves were kept together: computing the point takes longer than all else at opening.
    pub(crate) fn of(number: &[u8; 32], point: AgreementPoint) -> Option<AgreementKey> {
        let private = wipe::stack_after(|| SecretKey::from_slice(number).ok().map(Box::new))?;
        Some(AgreementKey { private, point })
    }

    /// The private number, for whoever stores it under another key.
    pub(crate) fn number(&self) -> Box<Zeroizing<[u8; 32]>> {
        let mut number = Box::new(Zeroizing::new([0; 32]));
        wipe::stack_after(|| number.copy_from_slice(&Zeroizing::new(self.private.to_bytes())));
        number
    }

    /// The public half.
    pub fn point(&self) -> &AgreementPoint {
        &self.point
    }

    /// What this key and the owner of the point have in common.
    pub fn agree(&self, point: &AgreementPoint) -> SharedSecret {
        let mut x = Box::new([0; 32]);
        wipe::stack_after(|| x.copy_from_slice(self.private.diffie_hellman(&point.0).raw_secret_bytes()));
        SharedSecret(x)
    }
}

impl fmt::Debug for AgreementKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("AgreementKey(..)")
    }
}

/// The result of an agreement: the x-coordinate of the common point, most significant byte first, with its leading
/// zeros. Boxed so that moving it leaves no copy behind; wiped when dropped.
pub struct SharedSecret(Box<[u8; 32]>);

impl SharedSecret {
    /// Takes over what the holder of the key computed.
    pub fn new(x: Box<[u8; 32]>) -> SharedSecret {
        SharedSecret(x)
    }

    /// The coordinate, for the key derivation.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl Drop for SharedSecret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for SharedSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SharedSecret(..)")
    }
}
