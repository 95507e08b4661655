//! The card's half of HPKE against the crate `hpke`.

use hcepay_core::known_answers::hpke as ours;
use hcepay_core::{AgreementKey, AgreementPoint};
use hcepay_desk::tally::tell;
use hcepay_tests::issuer::seal::{agreement_key, hpke_seal};
use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::DhP256HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

const CASES: usize = 10_000;

const RECIPIENTS: u64 = 50;

struct Case<'a> {
    recipient: &'a Recipient,
    enc: [u8; 65],
    info: Vec<u8>,
    aad: Vec<u8>,
    sealed: Vec<u8>,
}

/// One key, as the card and as the crate hold it.
struct Recipient {
    ours: AgreementKey,
    theirs: <DhP256HkdfSha256 as Kem>::PrivateKey,
    public: [u8; 65],
}

impl Recipient {
    fn new(number: u64) -> Recipient {
        let (private, public) = agreement_key(&[number.to_be_bytes(); 4].concat());
        let ours = AgreementKey::new(&private).unwrap();
        assert_eq!(ours.point().bytes(), public);
        Recipient { ours, theirs: Deserializable::from_bytes(&private).unwrap(), public }
    }
}

impl Case<'_> {
    fn opened_by_the_card(&self) -> Option<Vec<u8>> {
        let key = &self.recipient.ours;
        let enc = AgreementPoint::new(&self.enc)?;
        let opened = ours::open(&key.agree(&enc), &enc, key.point(), &self.info, &self.aad, self.sealed.clone())?;
        Some(opened.expose().to_vec())
    }

    fn opened_by_the_crate(&self) -> Option<Vec<u8>> {
        let enc = <DhP256HkdfSha256 as Kem>::EncappedKey::from_bytes(&self.enc).ok()?;
        hpke::single_shot_open::<AesGcm256, HkdfSha256, DhP256HkdfSha256>(
            &OpModeR::Base,
            &self.recipient.theirs,
            &enc,
            &self.info,
            &self.sealed,
            &self.aad,
        )
        .ok()
    }

    /// Another bit somewhere, or a byte less.
    fn spoil(&mut self, random: &mut ChaCha8Rng) {
        let part: &mut [u8] = match random.next_u32() % 8 {
            0 => &mut self.enc,
            1 | 2 if !self.info.is_empty() => &mut self.info,
            3 | 4 if !self.aad.is_empty() => &mut self.aad,
            5 => {
                self.sealed.pop();
                return;
            }
            _ => &mut self.sealed,
        };
        let place = below(random, part.len());
        part[place] ^= 1 << (random.next_u32() % 8);
    }
}

fn below(random: &mut ChaCha8Rng, bound: usize) -> usize {
    (random.next_u64() % bound as u64) as usize
}

fn bytes(random: &mut ChaCha8Rng, bound: usize) -> Vec<u8> {
    let mut bytes = vec![0; below(random, bound)];
    random.fill_bytes(&mut bytes);
    bytes
}

#[test]
fn the_card_opens_what_the_crate_hpke_seals_and_refuses_what_it_refuses() {
    let random = &mut ChaCha8Rng::seed_from_u64(9180);
    let recipients: Vec<_> = (0..RECIPIENTS).map(Recipient::new).collect();
    for (number, recipient) in (0..CASES).zip(recipients.iter().cycle()) {
        let longest = if number % 100 == 0 { 65_000 } else { 600 };
        let (info, aad, content) = (bytes(random, 300), bytes(random, 100), bytes(random, longest));
        let mut drawn = |buffer: &mut [u8]| random.fill_bytes(buffer);
        let (enc, sealed) = hpke_seal(&recipient.public, &info, &aad, &content, &mut drawn).unwrap();
        let mut case = Case { recipient, enc, info, aad, sealed };
        assert_eq!(case.opened_by_the_card().as_ref(), Some(&content), "case {number}");
        case.spoil(random);
        assert_eq!((case.opened_by_the_card(), case.opened_by_the_crate()), (None, None), "case {number}, spoilt");
    }
    tell(&format!("envelopes: {CASES} differential cases with the crate hpke, as sealed and spoilt"));
}
