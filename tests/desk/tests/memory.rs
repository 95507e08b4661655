//! No copy of a key stays in memory: not of a payment key that was spent or must not be open, not of the key that opens
//! those, not of any key of a wallet that was closed.
//!
//! A child process has the wallet and looks through all its own memory, at each point of time for every key: for each 8
//! bytes of it, forwards and backwards. The parent here is its issuer and its platform, and sends it keys masked.

#![cfg(target_os = "linux")]
mod child;
mod scan;

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use hcepay_core::{AgreementKey, AgreementPoint};
use hcepay_desk::tally::tell;
use hcepay_tests::bytes::hex;
use hcepay_tests::issuer::contents;
use hcepay_tests::issuer::demo_cards::demo_card;
use hcepay_tests::issuer::key_entry::sealed_icc_key;
use hcepay_tests::issuer::seal::{Address, Purpose, SigningIssuer, agreement_key, hpke_seal};
use hcepay_tests::issuer::wallets::Holder;
use hcepay_tests::issuer::{closed_loop, coupons, hkdf};
use hcepay_tests::merchant::coupons::{CouponSigner, use_key};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::coupons::shopper;
use scan::mask;

/// Tells the child that it is one.
const CHILD: &str = "HCEPAY_MEMORY_CHILD";
/// Randomness for two lives of the wallet.
const TAPE: usize = 4096;

/// A card that signs for its reader.
const CDA_CARD: &str = "kernel2-cvn14";

/// When the child looks, in this order.
const POINTS: [&str; 22] = [
    "before anything",
    "with a key planted",
    "with that one wiped",
    "with key objects of ring dropped",
    "with cards and keys",
    "armed",
    "disarmed",
    "after the tap",
    "window over, the timer tells",
    "window over, another call tells",
    "armed, closed loop",
    "after the tap, closed loop",
    "disarmed, closed loop",
    "armed, CDA",
    "disarmed, CDA",
    "after the tap, CDA",
    "with a coupon",
    "after its first use",
    "closed",
    "opened again",
    "after its last use",
    "closed again",
];

/// At these points of time there is one copy of this key: the leased one is open while the spend key is here, and a coupon's secret as
/// long as it has a use left. Of any other key, and at any other time, there is none.
const ONE_COPY: [(&str, &str); 16] = [
    ("armed", "payment key 1"),
    ("armed", "spend key"),
    ("armed, closed loop", "closed-loop key 1"),
    ("armed, closed loop", "spend key"),
    ("armed, CDA", "payment key of CDA"),
    ("armed, CDA", "spend key"),
    ("armed, CDA", "ICC key p"),
    ("armed, CDA", "ICC key q"),
    ("armed, CDA", "ICC key d mod (p - 1)"),
    ("armed, CDA", "ICC key d mod (q - 1)"),
    ("armed, CDA", "ICC key inverse of q"),
    ("armed, CDA", "blinding power"),
    ("with a key planted", "planted key"),
    ("with a coupon", "coupon's secret"),
    ("after its first use", "coupon's secret"),
    ("opened again", "coupon's secret"),
];
/// Of these there is one copy as long as the wallet is open.
const IN_USE: [&str; 3] = ["store key", "segment key", "device spend key"];
const NOT_OPEN: [&str; 6] = [
    "before anything",
    "with a key planted",
    "with that one wiped",
    "with key objects of ring dropped",
    "closed",
    "closed again",
];
/// What the scan must find: ring does not wipe its keys. How many copies it leaves depends on the compiler.
const RING_ALONE: (&str, &str) = ("with key objects of ring dropped", "key of ring alone");

#[test]
fn no_copy_of_a_key_stays_in_memory() {
    let told = child(&letter());
    assert_eq!(told.len() % POINTS.len(), 0);
    let keys = told.len() / POINTS.len();
    let mut wrong = Vec::new();
    let mut of_ring = 0;
    for ((point, key), copies) in &told {
        let here = (point.as_str(), key.as_str());
        if here.1 == RING_ALONE.1 && *copies > 0 {
            of_ring = of_ring.max(*copies);
            continue;
        }
        let in_use = IN_USE.contains(&here.1) && !NOT_OPEN.contains(&here.0);
        if *copies != usize::from(in_use || ONE_COPY.contains(&here)) {
            wrong.push(format!("{point}: {key}: {copies}"));
        }
    }
    assert!(wrong.is_empty(), "copies of keys:\n{}", wrong.join("\n"));
    assert!(told[&(RING_ALONE.0.to_owned(), RING_ALONE.1.to_owned())] > 0, "the scan finds what ring leaves");
    tell(&format!("memory: {keys} keys at {} points of time, none left; ring alone leaves {of_ring}", POINTS.len()));
}

/// Not a test of its own: what the test above starts.
#[test]
#[ignore = "started by the test that reads what it tells"]
fn child_looks_through_its_memory() {
    if std::env::var_os(CHILD).is_some() {
        child::live();
    }
}

/// Copies, by point of time and key.
fn child(letter: &str) -> BTreeMap<(String, String), usize> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "memory::child_looks_through_its_memory", "--nocapture", "--ignored", "--test-threads=1"])
        .env(CHILD, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(letter.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    let told = text.lines().filter_map(|line| {
        // The harness has begun the first line.
        let (_, line) = line.split_once("copies\t")?;
        let [point, name, copies] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        Some(((point.to_owned(), name.to_owned()), copies.parse().unwrap()))
    });
    told.collect()
}

/// All that the child is sent: its keys, masked, and what an issuer and a platform give a wallet.
fn letter() -> String {
    let mut dice = ChaCha8Rng::seed_from_u64(20_260_101);
    let mut draw = |buffer: &mut [u8]| dice.fill_bytes(buffer);
    let mut letter = Letter::default();
    let mut tape = [0; TAPE];
    draw(&mut tape);
    let drawn = |at: usize, length: usize| {
        let mut bytes = tape[at..at + length].to_vec();
        mask(&mut bytes);
        bytes
    };
    // A wallet draws its name first, then its device spend key.
    let wallet: [u8; 16] = drawn(0, 16).try_into().unwrap();
    letter.key("device spend key", &drawn(16, 32));
    letter.add("tape", &tape);
    for name in ["planted key", "store key", "key of ring alone", "key of ring wrapped"] {
        let mut key = [0; 32];
        draw(&mut key);
        letter.key(name, if name == "planted key" { &key[..16] } else { &key });
        if name == "store key" {
            // Wherever on the tape a segment's salt was drawn; and the one that a log has before it has a segment.
            let salts = (0..=TAPE - 32).step_by(4).map(|at| drawn(at, 32)).chain([vec![0; 32]]);
            for salt in salts {
                letter.key("segment key", &hkdf::hkdf(&salt, &key, &[b"hcepay ledger 1 segment"]));
            }
        }
    }

    let issuer = SigningIssuer::from_seed(7);
    let (agreement, agreement_point) = agreement_key(b"agreement of this phone, 32 bytes at least");
    let (spend_key, spend_point) = agreement_key(b"what is released to a verified holder, in hardware");
    letter.key("spend key", &spend_key);
    letter.add("issuer", &issuer.public());
    letter.add("agreement", &agreement_point);
    letter.add("authenticated", &spend_point);
    for name in ["signature", "unlocked"] {
        letter.add(name, &agreement_key(&[name.as_bytes(), &[0; 32]].concat()).1);
    }

    let mut sequence = 0;
    let mut envelope = |letter: &mut Letter, purpose: Purpose, card: u32, name: &str, content: &[u8]| {
        sequence += 1;
        let address = Address { purpose, wallet, card, sequence };
        let envelope = issuer.seal(&address, content, &agreement_point, &mut draw).unwrap();
        letter.add(&format!("envelope {name}"), &envelope);
        // What the device agreement key, in hardware, would give.
        let ephemeral = AgreementPoint::new(envelope[38..103].try_into().unwrap()).unwrap();
        let shared = AgreementKey::new(&agreement).unwrap().agree(&ephemeral);
        letter.key(&format!("shared secret {name}"), shared.expose());
    };
    let seal =
        |card, first_atc, uses, form, secret: &[u8]| entry(&wallet, &spend_point, card, first_atc, uses, form, secret);

    let mut keys = Vec::new();
    for atc in 1..=3_u16 {
        let key = hkdf::hkdf(b"payment key", &atc.to_be_bytes(), &[]);
        letter.key(&format!("payment key {atc}"), &key[..16]);
        keys.push(seal(1, atc, 1, 0x01, &key[..16]));
    }
    envelope(&mut letter, Purpose::InstallCard, 1, "kernel 3", &install("kernel3-cvn18", &keys));
    let first = hkdf::hkdf(b"seed", &[], &[]);
    for atc in 1..=4 {
        let seed = closed_loop::seed(first, atc);
        letter.key(&format!("closed-loop seed {atc}"), &seed);
        letter.key(&format!("closed-loop key {atc}"), &closed_loop::key(&seed, atc));
    }
    envelope(
        &mut letter,
        Purpose::InstallCard,
        2,
        "closed loop",
        &install("closed-loop", &[seal(2, 1, 10, 0x02, &first)]),
    );
    let key = hkdf::hkdf(b"payment key of CDA", &[], &[]);
    letter.key("payment key of CDA", &key[..16]);
    let icc_key = &demo_card(CDA_CARD).unwrap().applications[0].data_authentication.clone().unwrap().icc_key;
    let names = ["p", "q", "d mod (p - 1)", "d mod (q - 1)", "inverse of q"];
    for (name, number) in names.iter().zip(icc_key.numbers.chunks(icc_key.modulus.len() / 2)) {
        letter.key(&format!("ICC key {name}"), number);
    }
    let aid = &demo_card(CDA_CARD).unwrap().applications[0].aid;
    let holder = Holder { wallet, card: 3 };
    let sealed = sealed_icc_key(aid, icc_key, holder, &spend_point, &mut |buffer| buffer.fill(0x33)).unwrap();
    // The number is drawn below the modulus; its power is known first, so that both are known.
    let mut some = (0..6).flat_map(|block| hkdf::hkdf(b"blinding", &[block], &[])).collect::<Vec<u8>>();
    let beyond = some.split_off(icc_key.modulus.len());
    let powers = (0..0x80).map(|first| [&[first], &some[1..]].concat());
    let (number, power) =
        powers.map(|power| (icc_key.sign(&power), power)).find(|(number, _)| number[0] < 0x80).unwrap();
    letter.key("blinding number", &[number, beyond[..48].to_vec()].concat());
    letter.key("blinding power", &power);
    let content = install(CDA_CARD, &[seal(3, 1, 1, 0x01, &key[..16])]);
    let content = contents::with_icc_keys(content, &[sealed]).unwrap();
    envelope(&mut letter, Purpose::InstallCard, 3, "CDA", &content);
    let mut merchant = CouponSigner::from_seed(77);
    let made = merchant.make(&shopper::terms());
    letter.key("coupon's secret", &made.secret);
    (1..=2).for_each(|number| letter.key("coupon's key", &use_key(&made.secret, &shopper::ID, number)));
    letter.add("coupon signer", &merchant.id());
    let named = coupons::coupon_signer(&merchant.public(), Some(shopper::MERCHANT)).unwrap();
    envelope(&mut letter, Purpose::CouponSigner, 0, "coupon signer", &named);
    envelope(&mut letter, Purpose::Coupon, 0, "coupon", &coupons::coupon(&made).unwrap());
    letter.0
}

/// Lines of kind, name, and bytes.
#[derive(Default)]
struct Letter(String);

impl Letter {
    fn add(&mut self, name: &str, bytes: &[u8]) {
        self.0 += &format!("plain\t{name}\t{}\n", hex(bytes));
    }

    /// To be looked for.
    fn key(&mut self, name: &str, key: &[u8]) {
        let mut masked = key.to_vec();
        mask(&mut masked);
        self.0 += &format!("key\t{name}\t{}\n", hex(&masked));
    }
}

/// Content of an envelope: a card whose keys are opened for a verified holder only.
fn install(card: &str, keys: &[Vec<u8>]) -> Vec<u8> {
    let profile = demo_card(card).unwrap().profile();
    let length = u16::try_from(profile.len()).unwrap().to_be_bytes();
    let policy_and_codes = [0x03, 0, 1, 0, 2, 0, 0, 0];
    let count = u8::try_from(keys.len()).unwrap();
    [&policy_and_codes, &length[..], &profile, &[count], &keys.concat()].concat()
}

/// One key of a card, or a seed, sealed to the spend key.
fn entry(
    wallet: &[u8; 16],
    spend_point: &[u8; 65],
    card: u32,
    first_atc: u16,
    uses: u16,
    form: u8,
    secret: &[u8],
) -> Vec<u8> {
    let name = match card {
        1 => "kernel3-cvn18",
        2 => "closed-loop",
        _ => CDA_CARD,
    };
    let aid = &demo_card(name).unwrap().applications[0].aid;
    let mut terms = vec![u8::try_from(aid.len()).unwrap()];
    terms.extend(aid);
    terms.push(0x01);
    terms.extend([first_atc.to_be_bytes(), uses.to_be_bytes()].concat());
    terms.extend([0_u64.to_be_bytes(), u64::MAX.to_be_bytes()].concat());
    terms.extend([0, 0, form]);
    let info = [b"hcepay key 1", &wallet[..], &card.to_be_bytes(), &terms].concat();
    let mut random = ChaCha8Rng::seed_from_u64(first_atc.into());
    let (enc, ciphertext) =
        hpke_seal(spend_point, &info, &[], secret, &mut |buffer| random.fill_bytes(buffer)).unwrap();
    [terms, enc.to_vec(), ciphertext].concat()
}
