//! The seal of what the issuer sends to a wallet: envelope format 1. HPKE is other people's, so that the card opens what
//! its own author did not close.

use std::convert::Infallible;
use std::fmt;

use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::DhP256HkdfSha256;
use hpke::rand_core::{TryCryptoRng, TryRng};
use hpke::{Deserializable, Kem, OpModeS, Serializable, single_shot_seal_with_rng};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use sha2::{Digest, Sha256};

/// What an envelope is for, with its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Purpose {
    /// A new card.
    InstallCard = 0x01,
    /// Payment keys.
    ReplenishKeys = 0x02,
    /// What cards may pay.
    Policy = 0x03,
    /// A card must not pay for now.
    Suspend = 0x04,
    /// It may again.
    Resume = 0x05,
    /// A new profile for the same card.
    Renew = 0x06,
    /// A card ends.
    Delete = 0x07,
    /// The issuer's clock.
    IssuerTime = 0x08,
    /// Another issuer key.
    RotateIssuerKey = 0x09,
    /// What the issuer knows of the wallet's counters.
    Resynchronise = 0x0A,
    /// What became of payments.
    Notices = 0x0B,
    /// What is on the account behind a card.
    Statement = 0x0C,
    /// What became of transfers.
    TransferNotices = 0x0D,
    /// A coupon.
    Coupon = 0x0E,
    /// Whose coupons are taken, or no longer.
    CouponSigner = 0x0F,
    /// What became of coupons that were presented.
    CouponNotices = 0x10,
}

/// All of them.
pub const PURPOSES: [Purpose; 16] = [
    Purpose::InstallCard,
    Purpose::ReplenishKeys,
    Purpose::Policy,
    Purpose::Suspend,
    Purpose::Resume,
    Purpose::Renew,
    Purpose::Delete,
    Purpose::IssuerTime,
    Purpose::RotateIssuerKey,
    Purpose::Resynchronise,
    Purpose::Notices,
    Purpose::Statement,
    Purpose::TransferNotices,
    Purpose::Coupon,
    Purpose::CouponSigner,
    Purpose::CouponNotices,
];

/// To whom an envelope goes, and what stands on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address {
    /// What it is for.
    pub purpose: Purpose,
    /// Which wallet it is for.
    pub wallet: [u8; 16],
    /// Which card it is about; 0 for none.
    pub card: u32,
    /// Its place in the sequence of envelopes to this wallet.
    pub sequence: u64,
}

/// The most content that an envelope of 65,536 bytes has room for.
pub const MOST_CONTENT: usize = 65_536 - 105 - 16 - 64;

/// Why nothing is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealRefused {
    /// The wallet's agreement key is no point of P-256.
    NoPoint,
    /// The content does not fit.
    TooLong,
}

impl fmt::Display for SealRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SealRefused::NoPoint => "the wallet's agreement key is no point of P-256",
            SealRefused::TooLong => "the content is too long for an envelope",
        })
    }
}

impl std::error::Error for SealRefused {}

/// The issuer's key that signs envelopes.
pub struct SigningIssuer(SigningKey);

impl fmt::Debug for SigningIssuer {
    /// No key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningIssuer(..)")
    }
}

impl SigningIssuer {
    /// A test key that the seed decides.
    pub fn from_seed(seed: u64) -> SigningIssuer {
        let material =
            Sha256::new().chain_update(b"hcepay test envelope key").chain_update(seed.to_be_bytes()).finalize();
        let (private, _) = agreement_key(&material);
        SigningIssuer(SigningKey::from_slice(&private).expect("a private number is made as one"))
    }

    /// The public half, an uncompressed point: what a wallet pins.
    pub fn public(&self) -> [u8; 65] {
        let point = self.0.verifying_key().to_sec1_point(false);
        point.as_bytes().try_into().expect("an uncompressed point has 65 bytes")
    }

    /// The name of the key.
    pub fn id(&self) -> [u8; 8] {
        *Sha256::digest(self.public()).first_chunk().expect("SHA-256 gives 32 bytes")
    }

    /// Signs: r, then s.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        let signature: Signature = self.0.sign(message);
        signature.to_bytes().into()
    }

    /// Seals content for a wallet's agreement key (an uncompressed point). The ephemeral key comes from the randomness.
    pub fn seal(
        &self,
        address: &Address,
        content: &[u8],
        wallet_key: &[u8; 65],
        randomness: &mut dyn FnMut(&mut [u8]),
    ) -> Result<Vec<u8>, SealRefused> {
        if content.len() > MOST_CONTENT {
            return Err(SealRefused::TooLong);
        }
        let mut envelope = [&[0x01, address.purpose as u8], self.id().as_slice(), &address.wallet].concat();
        envelope.extend(address.card.to_be_bytes());
        envelope.extend(address.sequence.to_be_bytes());
        let info = [b"hcepay envelope 1", envelope.as_slice()].concat();
        let (enc, ciphertext) = hpke_seal(wallet_key, &info, &[], content, randomness)?;
        let length = u16::try_from(ciphertext.len()).map_err(|_| SealRefused::TooLong)?;
        envelope.extend(enc);
        envelope.extend(length.to_be_bytes());
        envelope.extend(ciphertext);
        let signature = self.sign(&envelope);
        envelope.extend(signature);
        Ok(envelope)
    }
}

/// A private number and its point out of any 32 bytes or more: `DeriveKeyPair` (RFC 9180, section 7.1.3).
pub fn agreement_key(keying_material: &[u8]) -> ([u8; 32], [u8; 65]) {
    let (private, public) = DhP256HkdfSha256::derive_keypair(keying_material);
    (private.to_bytes().into(), public.to_bytes().into())
}

/// `SealBase` of DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM: the encapsulated key and the ciphertext.
pub fn hpke_seal(
    recipient: &[u8; 65],
    info: &[u8],
    aad: &[u8],
    content: &[u8],
    randomness: &mut dyn FnMut(&mut [u8]),
) -> Result<([u8; 65], Vec<u8>), SealRefused> {
    let recipient = <DhP256HkdfSha256 as Kem>::PublicKey::from_bytes(recipient).map_err(|_| SealRefused::NoPoint)?;
    let (enc, ciphertext) = single_shot_seal_with_rng::<AesGcm256, HkdfSha256, DhP256HkdfSha256>(
        &OpModeS::Base,
        &recipient,
        info,
        content,
        aad,
        &mut Drawn(randomness),
    )
    .map_err(|_| SealRefused::TooLong)?;
    Ok((enc.to_bytes().into(), ciphertext))
}

/// Randomness from outside, as the crate wants to have it.
struct Drawn<'a>(&'a mut dyn FnMut(&mut [u8]));

impl TryRng for Drawn<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        (self.0)(&mut bytes);
        Ok(u32::from_be_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        (self.0)(&mut bytes);
        Ok(u64::from_be_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, buffer: &mut [u8]) -> Result<(), Infallible> {
        (self.0)(buffer);
        Ok(())
    }
}

impl TryCryptoRng for Drawn<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_has_its_fields_where_the_format_says() {
        let issuer = SigningIssuer::from_seed(1);
        let wallet_key = SigningIssuer::from_seed(2).public();
        let address = Address { purpose: Purpose::Renew, wallet: [0xAB; 16], card: 0x0102_0304, sequence: 5 };
        let envelope = issuer.seal(&address, b"content", &wallet_key, &mut |buffer| buffer.fill(7)).unwrap();
        assert_eq!(envelope.len(), 105 + 7 + 16 + 64);
        assert_eq!((envelope[0], envelope[1], &envelope[2..10]), (1, 6, issuer.id().as_slice()));
        assert_eq!((&envelope[10..26], &envelope[26..30]), ([0xAB; 16].as_slice(), [1, 2, 3, 4].as_slice()));
        assert_eq!(envelope[30..38], 5_u64.to_be_bytes());
        assert_eq!((envelope[38], &envelope[103..105]), (4, [0, 23].as_slice()));
        assert_eq!(issuer.sign(&envelope[..128]), envelope[128..]);
    }

    #[test]
    fn what_does_not_fit_or_has_no_recipient_is_not_sealed() {
        let issuer = SigningIssuer::from_seed(1);
        let address = Address { purpose: Purpose::Policy, wallet: [0; 16], card: 0, sequence: 1 };
        let mut fill = |buffer: &mut [u8]| buffer.fill(7);
        let most = issuer.seal(&address, &vec![0; MOST_CONTENT], &issuer.public(), &mut fill).unwrap();
        assert_eq!(most.len(), 65_536);
        let more = issuer.seal(&address, &vec![0; MOST_CONTENT + 1], &issuer.public(), &mut fill);
        assert_eq!(more, Err(SealRefused::TooLong));
        assert_eq!(issuer.seal(&address, &[], &[4; 65], &mut fill), Err(SealRefused::NoPoint));
    }
}
