//! An issuer of closed-loop cards, by the pages of `hcepay_core::formats`: enrolment, one envelope, one check of a cryptogram.
//! A real one keeps all this in a database and its keys in hardware.

use std::error::Error;

use aes::Aes128;
use cmac::{Cmac, KeyInit, Mac};
use hcepay_tests::authorisation::AuthorisationRequest;
use hcepay_tests::issuer::demo_cards::{DemoCard, demo_card};
use hcepay_tests::issuer::seal::hpke_seal;
use hkdf::Hkdf;
use p256::ecdsa::signature::{Signer, Verifier};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};
use ring::rand::{SecureRandom, SystemRandom};
use sha2::{Digest, Sha256};

const CARD: [u8; 4] = [0, 0, 0, 1];
const USES: u16 = 30;
const MONTH_MS: u64 = 30 * 24 * 3_600_000;

pub struct Issuer {
    key: SigningKey,
    pub challenge: [u8; 16],
    card: DemoCard,
    /// The seed of the next counter that has not been seen, and that counter.
    next: ([u8; 32], u16),
    sequence: u64,
}

impl Issuer {
    pub fn new() -> Result<Issuer, Box<dyn Error>> {
        let card = demo_card("closed-loop").ok_or("no such card")?;
        let key = SigningKey::from_slice(&random::<32>())?;
        Ok(Issuer { key, challenge: random(), card, next: (random(), 1), sequence: 0 })
    }

    /// What wallets pin.
    pub fn public_key(&self) -> [u8; 65] {
        let point = self.key.verifying_key().to_sec1_point(false);
        std::array::from_fn(|at| point.as_bytes()[at])
    }

    /// Takes a wallet in by its request (format 2, kind 01), and gives it a card: an envelope.
    pub fn enrol(&mut self, request: &[u8], wall_ms: u64) -> Result<Vec<u8>, Box<dyn Error>> {
        let (signed, signature) = request.split_last_chunk::<64>().ok_or("cut")?;
        let ([0x02, 0x01, wallet @ ..], body) = (signed.first_chunk::<18>().ok_or("cut")?, &signed[84..]) else {
            return Err("no enrolment".into());
        };
        let challenge = self.challenge.len();
        if body[0] as usize != challenge || body[1..=challenge] != self.challenge {
            return Err("it answers another challenge".into());
        }
        // Agreement and signature key of the device, and the spend key Device; then Unlocked and Authenticated, where they were
        // made. What attests the device keys would follow; this issuer takes wallets without.
        let (points, mut rest) = body[1 + challenge..].split_at_checked(3 * 65).ok_or("cut")?;
        let [agreement, device, _] = points.as_chunks::<65>().0 else { return Err("three points are wanted".into()) };
        let [_unlocked, authenticated] = [string8(&mut rest)?, string8(&mut rest)?];
        VerifyingKey::from_sec1_bytes(device)?.verify(signed, &Signature::from_slice(signature)?)?;
        let content = self.card_with_keys(wallet, authenticated.try_into()?, wall_ms)?;
        self.envelope(0x01, wallet, agreement, &content)
    }

    /// Purpose 01: policy, codes, profile, keys.
    fn card_with_keys(&self, wallet: &[u8], spend_key: &[u8; 65], wall_ms: u64) -> Result<Vec<u8>, Box<dyn Error>> {
        let (profile, aid) = (self.card.profile(), &self.card.applications[0].aid);
        let (seed, first) = self.next;
        // The terms of the key: AID, channel tap, first counter, uses, validity, no index, no limits, form 02: a seed.
        let mut entry = [&[u8::try_from(aid.len())?], aid.as_slice(), &[0x01]].concat();
        entry.extend([first.to_be_bytes(), USES.to_be_bytes()].concat());
        entry.extend([wall_ms.to_be_bytes(), (wall_ms + MONTH_MS).to_be_bytes()].concat());
        entry.extend([0, 0, 0x02]);
        let info = [b"hcepay key 1", wallet, &CARD, &entry].concat();
        let (enc, ciphertext) = hpke_seal(spend_key, &info, &[], &seed, &mut fill)?;
        let policy = [0x03, 0, 1, 0, 2, 0, 0];
        let profile = [u16::try_from(profile.len())?.to_be_bytes().as_slice(), &profile].concat();
        Ok([&policy, [0].as_slice(), &profile, &[1], &entry, &enc, &ciphertext].concat())
    }

    /// Envelope format 1: header, HPKE, signature.
    fn envelope(
        &mut self,
        purpose: u8,
        wallet: &[u8],
        to: &[u8; 65],
        content: &[u8],
    ) -> Result<Vec<u8>, Box<dyn Error>> {
        self.sequence += 1;
        let key_id = &Sha256::digest(self.public_key())[..8];
        let header = [&[0x01, purpose], key_id, wallet, &CARD, &self.sequence.to_be_bytes()].concat();
        let info = [b"hcepay envelope 1", header.as_slice()].concat();
        let (enc, ciphertext) = hpke_seal(to, &info, &[], content, &mut fill)?;
        let length = u16::try_from(ciphertext.len())?.to_be_bytes();
        let signed = [header.as_slice(), &enc, &length, &ciphertext].concat();
        let signature: Signature = self.key.sign(&signed);
        Ok([signed.as_slice(), &signature.to_bytes()].concat())
    }

    /// Whether the cryptogram in a terminal's request is right and its counter new.
    pub fn accepts(&mut self, request: &AuthorisationRequest) -> Result<bool, Box<dyn Error>> {
        let object = |tag| request.object(tag).ok_or("an object is missing");
        let atc = u16::from_be_bytes(object(0x9F36)?.try_into()?);
        if request.token().as_deref() != Some(self.card.token.digits()) || atc < self.next.1 || atc > USES {
            return Ok(false);
        }
        while self.next.1 < atc {
            self.next = (expand(&self.next.0, b"hcepay closed loop 1 next")?, self.next.1 + 1);
        }
        let key: [u8; 16] =
            expand(&self.next.0, &[b"hcepay closed loop 1 key".as_slice(), &atc.to_be_bytes()].concat())?;
        let mut mac = Cmac::<Aes128>::new_from_slice(&key)?;
        // Amounts, country, TVR, currency, date, type, unpredictable number, AIP, ATC; and the issuer application data.
        for tag in [0x9F02, 0x9F03, 0x9F1A, 0x95, 0x5F2A, 0x9A, 0x9C, 0x9F37, 0x82, 0x9F36, 0x9F10] {
            mac.update(object(tag)?);
        }
        let is_right = mac.finalize().into_bytes()[..8] == *object(0x9F26)?;
        if is_right {
            self.next = (expand(&self.next.0, b"hcepay closed loop 1 next")?, atc + 1);
        }
        Ok(is_right)
    }
}

fn string8<'a>(bytes: &mut &'a [u8]) -> Result<&'a [u8], &'static str> {
    let (length, rest) = bytes.split_first().ok_or("cut")?;
    let (string, rest) = rest.split_at_checked(usize::from(*length)).ok_or("cut")?;
    *bytes = rest;
    Ok(string)
}

fn expand<const N: usize>(seed: &[u8; 32], info: &[u8]) -> Result<[u8; N], Box<dyn Error>> {
    let mut out = [0; N];
    Hkdf::<Sha256>::from_prk(seed)?.expand(info, &mut out).map_err(|_| "too long")?;
    Ok(out)
}

pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill(&mut bytes);
    bytes
}

fn fill(buffer: &mut [u8]) {
    SystemRandom::new().fill(buffer).expect("the system has randomness");
}
