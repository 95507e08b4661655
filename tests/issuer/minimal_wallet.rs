//! A wallet as small as can be, for the tests of the issuer: it opens what the issuer sealed and signs requests. It keeps
//! no ledger and refuses nothing.

use std::collections::BTreeMap;

use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::DhP256HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, single_shot_open};
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

use super::Issuer;
use super::account::{IssuedKey, Secret};
use super::key_entry::{Channel, Protection};
use super::limited_use_key::LukIndex;
use super::seal::agreement_key;
use super::wallets::WalletId;

/// Counters of one sequence: AID, channel, last ATC gone, highest ATC held.
type Counters = (Vec<u8>, u8, u16, u16);

/// A wallet and what it says of itself.
#[derive(Clone)]
pub(super) struct MinimalWallet {
    pub(super) id: WalletId,
    pub(super) mark: u64,
    pub(super) sequence: u64,
    /// State and counters of each card.
    pub(super) cards: BTreeMap<u32, (u8, Vec<Counters>)>,
    pub(super) issuer_key: [u8; 65],
    /// Instead of the right one.
    pub(super) digest: Option<[u8; 32]>,
    pub(super) challenge: [u8; 16],
}

/// An envelope that was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Opened {
    pub(super) purpose: u8,
    pub(super) card: u32,
    pub(super) sequence: u64,
    pub(super) content: Vec<u8>,
}

/// A key entry that was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OpenedKey {
    pub(super) aid: Vec<u8>,
    pub(super) channel: Channel,
    pub(super) first_atc: u16,
    pub(super) uses: u16,
    pub(super) luk_index: Option<LukIndex>,
    pub(super) secret: Secret,
}

impl OpenedKey {
    /// As the issuer gave it, but for its terms.
    pub(super) fn issued(&self) -> IssuedKey {
        let OpenedKey { aid, channel, first_atc, uses, luk_index, secret } = self.clone();
        let (not_before_ms, not_after_ms, limits) = (0, 0, Vec::new());
        IssuedKey { aid, channel, first_atc, uses, not_before_ms, not_after_ms, limits, luk_index, secret }
    }
}

/// Randomness that is the same for the same seed.
pub(super) fn randomness(seed: u8) -> impl FnMut(&mut [u8]) {
    let mut block = [seed; 32];
    move |buffer| {
        for byte in buffer {
            block = Sha256::digest(block).into();
            *byte = block[0];
        }
    }
}

/// AID and numbers of an ICC private key.
pub(super) type OpenedIccKey = (Vec<u8>, Vec<u8>);

impl MinimalWallet {
    /// A wallet that pins the key of this issuer.
    pub(super) fn new(number: u8, issuer: &Issuer) -> MinimalWallet {
        MinimalWallet {
            id: [number; 16],
            mark: 1,
            sequence: 0,
            cards: BTreeMap::new(),
            issuer_key: issuer.envelope_key(),
            digest: None,
            challenge: [0; 16],
        }
    }

    /// The same, enrolled.
    pub(super) fn enrolled(number: u8, issuer: &mut Issuer) -> MinimalWallet {
        let mut wallet = MinimalWallet::new(number, issuer);
        let challenge = issuer.challenge(&mut randomness(number));
        let request = wallet.enrolment(&challenge);
        assert_eq!(issuer.enrol(&request, super::provisioning::tests::NEW_YEAR), Ok(wallet.id));
        wallet
    }

    fn private(&self, purpose: u8) -> ([u8; 32], [u8; 65]) {
        agreement_key(&[self.id.as_slice(), &[purpose; 16]].concat())
    }

    fn point(&self, purpose: u8) -> Vec<u8> {
        self.private(purpose).1.to_vec()
    }

    /// The public half of the agreement key.
    pub(super) fn agreement_point(&self) -> [u8; 65] {
        self.private(4).1
    }

    /// The public half of the signature key.
    pub(super) fn signature_point(&self) -> [u8; 65] {
        self.private(5).1
    }

    pub(super) fn spend_points(&self) -> Vec<u8> {
        [self.point(1), vec![65], self.point(2), vec![65], self.point(3)].concat()
    }

    fn listing(&self) -> Vec<u8> {
        let mut listing = vec![self.cards.len() as u8];
        for (card, (state, counters)) in &self.cards {
            listing.extend(card.to_be_bytes());
            listing.extend([*state, counters.len() as u8]);
            for (aid, channel, last_gone, highest_held) in counters {
                listing.push(aid.len() as u8);
                listing.extend(aid);
                listing.push(*channel);
                listing.extend(last_gone.to_be_bytes());
                listing.extend(highest_held.to_be_bytes());
            }
        }
        listing
    }

    fn state_digest(&self) -> [u8; 32] {
        let digest = Sha256::new().chain_update(b"hcepay state 1").chain_update(self.sequence.to_be_bytes());
        let digest = digest.chain_update(self.mark.to_be_bytes()).chain_update(self.listing()).finalize();
        self.digest.unwrap_or(digest.into())
    }

    /// A signed request with a challenge of its own.
    pub(super) fn request(&mut self, kind: u8, body: &[u8]) -> Vec<u8> {
        self.challenge = Sha256::digest(self.challenge)[..16].try_into().unwrap();
        let mut request = [&[2, kind], self.id.as_slice(), &self.challenge].concat();
        request.extend(self.sequence.to_be_bytes());
        request.extend(self.mark.to_be_bytes());
        request.extend(self.state_digest());
        request.extend((body.len() as u16).to_be_bytes());
        request.extend(body);
        self.signed(request)
    }

    /// Signs whatever stands there.
    pub(super) fn signed(&self, request: Vec<u8>) -> Vec<u8> {
        use p256::ecdsa::signature::Signer;
        let signature: Signature = SigningKey::from_slice(&self.private(5).0).unwrap().sign(&request);
        [request, signature.to_bytes().to_vec()].concat()
    }

    /// Signs a digest.
    pub(super) fn signature_over(&self, digest: &[u8; 32]) -> [u8; 64] {
        use p256::ecdsa::signature::hazmat::PrehashSigner;
        let signature: Signature = SigningKey::from_slice(&self.private(5).0).unwrap().sign_prehash(digest).unwrap();
        signature.to_bytes().into()
    }

    pub(super) fn enrolment(&mut self, challenge: &[u8]) -> Vec<u8> {
        self.enrolment_attested(challenge, &[], &[])
    }

    /// The same with certificates of the agreement key and of the signature key.
    pub(super) fn enrolment_attested(
        &mut self,
        challenge: &[u8],
        agreement: &[Vec<u8>],
        signature: &[Vec<u8>],
    ) -> Vec<u8> {
        let mut body =
            [&[challenge.len() as u8], challenge, &self.point(4), &self.point(5), &self.spend_points()].concat();
        for chain in [agreement, signature] {
            body.push(chain.len() as u8);
            for certificate in chain {
                body.extend((certificate.len() as u16).to_be_bytes());
                body.extend(certificate);
            }
        }
        self.request(1, &body)
    }

    /// Asks for keys for taps: card, AID, how many uses.
    pub(super) fn replenishment(&mut self, wanted: &[(u32, &[u8], u16)]) -> Vec<u8> {
        let taps: Vec<_> = wanted.iter().map(|(card, aid, uses)| (*card, *aid, Channel::Tap, *uses)).collect();
        self.replenishment_for(&taps)
    }

    /// The same for any channel.
    pub(super) fn replenishment_for(&mut self, wanted: &[(u32, &[u8], Channel, u16)]) -> Vec<u8> {
        let mut body = vec![wanted.len() as u8];
        for (card, aid, channel, uses) in wanted {
            body.extend(card.to_be_bytes());
            body.push(aid.len() as u8);
            body.extend(*aid);
            body.push(*channel as u8);
            body.extend(uses.to_be_bytes());
        }
        self.request(2, &[body, self.listing(), self.spend_points()].concat())
    }

    pub(super) fn identity_check(&mut self, card: u32, code: &str) -> Vec<u8> {
        let length = [code.len() as u8];
        self.request(3, &[card.to_be_bytes().as_slice(), &length, code.as_bytes()].concat())
    }

    pub(super) fn resynchronisation(&mut self) -> Vec<u8> {
        self.request(5, &[self.listing(), self.spend_points()].concat())
    }

    pub(super) fn check_in(&mut self) -> Vec<u8> {
        self.request(6, &[self.listing(), self.spend_points()].concat())
    }

    /// One request of each kind, by its number.
    pub(super) fn any_request(&mut self, kind: u8) -> Vec<u8> {
        match kind {
            1 => self.enrolment(&[7; 16]),
            2 => self.replenishment(&[(1, &[0xA0, 0, 0, 0, 3, 0x10, 0x10], 4)]),
            3 => self.identity_check(1, "123456"),
            4 => self.request(4, &[]),
            5 => self.resynchronisation(),
            _ => self.check_in(),
        }
    }

    /// Opens an envelope. It must be signed by the pinned issuer, for this wallet, and be later than all before.
    pub(super) fn open(&mut self, envelope: &[u8]) -> Opened {
        let (signed, signature) = envelope.split_last_chunk::<64>().unwrap();
        let issuer = VerifyingKey::from_sec1_bytes(&self.issuer_key).unwrap();
        issuer.verify(signed, &Signature::from_slice(signature).unwrap()).expect("the pinned issuer signed it");
        assert_eq!((envelope[0], &envelope[2..10]), (1, &Sha256::digest(self.issuer_key)[..8]));
        assert_eq!(envelope[10..26], self.id);
        let number = |range: std::ops::Range<usize>| {
            envelope[range].iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte))
        };
        assert!(number(30..38) > self.sequence, "the sequence rises");
        self.sequence = number(30..38);
        self.mark = self.sequence.saturating_add(1);
        let info = [b"hcepay envelope 1", &envelope[..38]].concat();
        let content = self.unsealed(4, &info, &signed[38..103], &signed[105..]);
        Opened { purpose: envelope[1], card: number(26..30) as u32, sequence: self.sequence, content }
    }

    fn unsealed(&self, key: u8, info: &[u8], enc: &[u8], ciphertext: &[u8]) -> Vec<u8> {
        let private = <DhP256HkdfSha256 as Kem>::PrivateKey::from_bytes(&self.private(key).0).unwrap();
        let enc = <DhP256HkdfSha256 as Kem>::EncappedKey::from_bytes(enc).unwrap();
        let opened = single_shot_open::<AesGcm256, HkdfSha256, DhP256HkdfSha256>(
            &OpModeR::Base,
            &private,
            &enc,
            info,
            ciphertext,
            &[],
        );
        opened.expect("it was sealed to this key under this information")
    }

    /// Opens the key entries that these bytes count, sealed under this protection to this card.
    pub(super) fn keys(&self, card: u32, protection: Protection, bytes: &[u8]) -> Vec<OpenedKey> {
        self.keys_and_icc_keys(card, protection, bytes).0
    }

    /// The same, and the numbers of the ICC private keys behind them, each with its AID.
    pub(super) fn keys_and_icc_keys(
        &self,
        card: u32,
        protection: Protection,
        mut bytes: &[u8],
    ) -> (Vec<OpenedKey>, Vec<OpenedIccKey>) {
        let count = take(&mut bytes, 1)[0];
        let mut keys = Vec::new();
        for _ in 0..count {
            let whole = bytes;
            let length = take(&mut bytes, 1)[0].into();
            let aid = take(&mut bytes, length).to_vec();
            let channel = Channel::of_number(take(&mut bytes, 1)[0]).unwrap();
            let first_atc = u16::from_be_bytes(take(&mut bytes, 2).try_into().unwrap());
            let uses = u16::from_be_bytes(take(&mut bytes, 2).try_into().unwrap());
            take(&mut bytes, 16);
            let length = take(&mut bytes, 1)[0].into();
            let luk_index = take(&mut bytes, length).try_into().ok().and_then(LukIndex::from_derivation_data);
            let length = usize::from(take(&mut bytes, 1)[0]) * 10;
            take(&mut bytes, length);
            let is_seed = take(&mut bytes, 1)[0] == 2;
            let head = whole.strip_suffix(bytes).unwrap();
            let info = [b"hcepay key 1", self.id.as_slice(), &card.to_be_bytes(), head].concat();
            let enc = take(&mut bytes, 65);
            let ciphertext = take(&mut bytes, if is_seed { 48 } else { 32 });
            let opened = self.unsealed(protection as u8, &info, enc, ciphertext);
            let secret = match is_seed {
                true => Secret::Seed(opened.try_into().unwrap()),
                false => Secret::Key(opened.try_into().unwrap()),
            };
            keys.push(OpenedKey { aid, channel, first_atc, uses, luk_index, secret });
        }
        let count = if bytes.is_empty() { 0 } else { take(&mut bytes, 1)[0] };
        let mut icc_keys = Vec::new();
        for _ in 0..count {
            let length = take(&mut bytes, 1)[0].into();
            let aid = take(&mut bytes, length).to_vec();
            assert_eq!(take(&mut bytes, 1), [1], "sealed");
            let length = usize::from(u16::from_be_bytes(take(&mut bytes, 2).try_into().unwrap()));
            let info = [b"hcepay icc key 1", self.id.as_slice(), &card.to_be_bytes(), &aid].concat();
            let (enc, ciphertext) = take(&mut bytes, length).split_at(65);
            icc_keys.push((aid, self.unsealed(protection as u8, &info, enc, ciphertext)));
        }
        assert!(bytes.is_empty(), "nothing follows the entries");
        (keys, icc_keys)
    }
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> &'a [u8] {
    let (taken, rest) = bytes.split_at(length);
    *bytes = rest;
    taken
}
