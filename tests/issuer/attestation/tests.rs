//! A chain of a real phone, and chains of a phone that is made up, each wrong in one way.

#![allow(clippy::arithmetic_side_effects, reason = "the numbers are ours")]

use super::*;
use crate::bytes::from_hex;
use crate::issuer::Issuer;
use crate::issuer::minimal_wallet::{MinimalWallet, randomness};
use crate::issuer::provisioning::Refused;
use crate::issuer::provisioning::tests::NEW_YEAR;

use test_phone::{Stated, TestPhone, der};

mod test_phone;

/// 2023-03-01, when the intermediate certificates of the real chain were valid.
const MARCH_2023: u64 = 1_677_628_800_000;
const CHALLENGE: &[u8] = b"challenge";

fn real_chain() -> Vec<Vec<u8>> {
    let text = include_str!("../../vectors/android_attestation/tee_chain.pem");
    let bodies = text.split("-----BEGIN CERTIFICATE-----").skip(1);
    bodies.map(|body| base64(body.split("-----END").next().unwrap())).collect()
}

fn base64(text: &str) -> Vec<u8> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let sixes = text.bytes().filter_map(|byte| LETTERS.iter().position(|letter| *letter == byte));
    let sixes: Vec<u32> = sixes.map(|six| six as u32).collect();
    let bytes = sixes.chunks(4).flat_map(|four| {
        let bits = four.iter().fold(0, |bits, six| bits << 6 | six) << (6 * (4 - four.len()));
        [16, 8, 0].map(|shift| (bits >> shift) as u8).into_iter().take(four.len() - 1)
    });
    bytes.collect()
}

fn root_of(chain: &[Vec<u8>]) -> Vec<u8> {
    use x509_cert::Certificate;
    use x509_cert::der::{Decode, Encode};
    let root = Certificate::from_der(chain.last().unwrap()).unwrap();
    root.tbs_certificate().subject_public_key_info().to_der().unwrap()
}

/// The real chain, for the signature key.
fn of_real(chain: Vec<Vec<u8>>, wall_ms: u64) -> Finding {
    let point = *Chain::read(&real_chain()).unwrap().point().unwrap();
    let device = DevicePoints { agreement: point, signature: point };
    let chains = Chains { agreement: Vec::new(), signature: chain };
    let policy = Policy { roots: vec![root_of(&real_chain())], ..Policy::default() };
    Findings::of(&Enrolling { challenge: CHALLENGE, device: &device, chains: &chains, wall_ms }, &policy).signature
}

/// What it says stands in the tests of the project that it comes from, and `openssl asn1parse` shows it.
#[test]
fn the_chain_of_a_real_phone_leads_to_its_root_and_says_what_its_makers_say() {
    let Finding::Attested(stated) = of_real(real_chain(), MARCH_2023) else {
        panic!("{:?}", of_real(real_chain(), MARCH_2023))
    };
    let signer = from_hex("68856D1D06F637D6255FACE5B224DB43A9514ACE538BB1548B844480FCD85C87");
    let expected = KeyDescription {
        version: 200,
        attestation_level: SecurityLevel::TrustedEnvironment,
        key_level: SecurityLevel::TrustedEnvironment,
        challenge: CHALLENGE.to_vec(),
        key_use: Some(EcUse::Sign),
        boot: Some(key_description::RootOfTrust { locked: true, state: BootState::Verified }),
        packages: vec!["com.google.attestationexample".to_owned()],
        signers: vec![signer.unwrap().try_into().unwrap()],
    };
    assert_eq!(stated, expected);
}

#[test]
fn no_bit_of_a_real_statement_can_be_changed_and_no_certificate_moved() {
    let real = real_chain();
    let holds = |chain| matches!(of_real(chain, MARCH_2023), Finding::Attested(_));
    for bit in 0..real[0].len() * 8 {
        let mut chain = real.clone();
        chain[0][bit / 8] ^= 1 << (bit % 8);
        assert!(!holds(chain), "bit {bit}");
    }
    for (one, other) in (0..5).flat_map(|one| (one + 1..5).map(move |other| (one, other))) {
        let mut chain = real.clone();
        chain.swap(one, other);
        assert!(!holds(chain), "{one} and {other}");
    }
    for gone in 0..5 {
        let mut chain = real.clone();
        chain.remove(gone);
        assert!(!holds(chain), "without {gone}");
    }
    let later = of_real(real, NEW_YEAR);
    assert_eq!(later, Finding::Flawed(Flaw::Chain(ChainRefused::NotValidNow)), "its intermediates lived five weeks");
}

/// An issuer that wants all there is, and a wallet whose phone says this of its signature key.
fn enrolled(alter: impl FnOnce(&mut TestPhone)) -> Result<String, Refused> {
    let mut issuer = Issuer::new(0);
    let mut wallet = MinimalWallet::new(1, &issuer);
    let challenge = issuer.challenge(&mut randomness(3));
    let mut phone = TestPhone::of(challenge.to_vec(), wallet.signature_point());
    let app = App { package: phone.stated.package.clone(), signer: phone.stated.signer };
    issuer.set_attestation_policy(Policy {
        roots: vec![phone.root_key()],
        level: Some(SecurityLevel::TrustedEnvironment),
        agreement_too: false,
        verified_boot: true,
        app: Some(app),
    });
    alter(&mut phone);
    let request = wallet.enrolment_attested(&challenge, &[], &phone.chain());
    let id = issuer.enrol(&request, NEW_YEAR)?;
    Ok(issuer.wallets().wallet(&id).unwrap().attested.clone())
}

fn refused(alter: impl FnOnce(&mut TestPhone)) -> AttestationRefused {
    match enrolled(alter) {
        Err(Refused::Attestation(refused)) => refused,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_phone_that_says_all_that_is_wanted_is_enrolled_and_the_finding_kept_in_words() {
    let signer = hex(&[0x5A; 32]);
    let found = |level, boot| {
        let signature = format!("attested, {level}, {boot}, app org.example.pay {signer}");
        Ok(format!("signature key: {signature}; agreement key: not attested"))
    };
    assert_eq!(enrolled(|_| {}), found("trusted environment", "boot verified, locked"));
    let strong = |phone: &mut TestPhone| (phone.stated.attestation_level, phone.stated.key_level) = (2, 2);
    assert_eq!(enrolled(strong), found("StrongBox", "boot verified, locked"));
    for version in [3, 4, 100, 300, 400] {
        assert!(enrolled(|phone| phone.stated.version = version).is_ok(), "{version}");
    }
}

#[test]
fn each_thing_that_is_not_as_wanted_refuses_the_enrolment_by_its_own_name() {
    use AttestationRefused::{Boot, Flawed, Level, NotAttested, OtherApp};
    type Alter = fn(&mut TestPhone);
    let flaw = |flaw| Flawed(flaw);
    let chain = |refused| Flawed(Flaw::Chain(refused));
    let cases: [(&str, Alter, AttestationRefused); 25] = [
        ("no chain", |phone| phone.alter = |_| Vec::new(), NotAttested),
        ("other challenge", |phone| phone.stated.challenge = vec![9; 16], flaw(Flaw::OtherChallenge)),
        ("other key", |phone| phone.point = test_phone::point(77), flaw(Flaw::OtherKey)),
        ("other root", |phone| phone.root = 55, chain(ChainRefused::UnknownRoot)),
        ("statement in software", |phone| phone.stated.attestation_level = 0, Level(SecurityLevel::Software)),
        ("boot not verified", |phone| phone.stated.boot = 2, Boot),
        ("self-signed boot", |phone| phone.stated.boot = 1, Boot),
        ("not locked", |phone| phone.stated.locked = false, Boot),
        ("boot not told", |phone| phone.stated.tells_boot = false, Boot),
        ("other package", |phone| phone.stated.package = "org.example.play".to_owned(), OtherApp),
        ("other signer", |phone| phone.stated.signer[31] ^= 1, OtherApp),
        ("agrees", |phone| phone.stated.purposes = vec![6], flaw(Flaw::OtherUse)),
        ("signs and verifies", |phone| phone.stated.purposes = vec![2, 3], flaw(Flaw::OtherUse)),
        ("imported", |phone| phone.stated.origin = 2, flaw(Flaw::OtherUse)),
        ("other curve", |phone| phone.stated.curve = 2, flaw(Flaw::OtherUse)),
        ("unknown version", |phone| phone.stated.version = 500, flaw(Flaw::NoStatement)),
        ("unknown level", |phone| phone.stated.key_level = 3, flaw(Flaw::NoStatement)),
        ("nothing stated", |phone| phone.states = false, flaw(Flaw::NoStatement)),
        ("attested above", |phone| phone.intermediate_states = true, flaw(Flaw::AttestedByAnother)),
        ("no authority", |phone| phone.intermediate_is_ca = false, chain(ChainRefused::NoAuthority)),
        ("over", |phone| phone.intermediate_until = "251231235959Z", chain(ChainRefused::NotValidNow)),
        (
            "wrong order",
            |phone| {
                phone.alter = |mut chain| {
                    chain.swap(1, 2);
                    chain
                }
            },
            chain(ChainRefused::Order),
        ),
        (
            "without its root",
            |phone| {
                phone.alter = |mut chain| {
                    chain.pop();
                    chain
                }
            },
            chain(ChainRefused::Order),
        ),
        ("broken signature", |phone| phone.alter = broken, chain(ChainRefused::Signature)),
        (
            "cut",
            |phone| {
                phone.alter = |mut chain| {
                    chain[0].pop();
                    chain
                }
            },
            chain(ChainRefused::Unreadable),
        ),
    ];
    for (what, alter, expected) in cases {
        assert_eq!(refused(alter), expected, "{what}");
        assert!(!expected.to_string().is_empty());
    }
}

/// The signature of the key's own certificate, in its last byte.
fn broken(mut chain: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    *chain[0].last_mut().unwrap() ^= 1;
    chain
}

/// Where it needs no attestation, the issuer says what it found all the same.
#[test]
fn an_issuer_that_needs_none_enrols_with_a_bad_chain_and_without() {
    let mut issuer = Issuer::new(0);
    let mut wallet = MinimalWallet::new(1, &issuer);
    let phone = TestPhone::of(vec![1; 16], wallet.signature_point());
    for (chain, said) in [
        (phone.chain(), "signature key: not attested, for its chain does not end at a root that is trusted"),
        (Vec::new(), "signature key: not attested;"),
    ] {
        let challenge = issuer.challenge(&mut randomness(3));
        let request = wallet.enrolment_attested(&challenge, &[], &chain);
        let id = issuer.enrol(&request, NEW_YEAR).unwrap();
        let attested = &issuer.wallets().wallet(&id).unwrap().attested;
        assert!(attested.starts_with(said), "{attested}");
    }
}

#[test]
fn an_agreement_key_that_brings_a_chain_must_hold_too_and_one_without_where_the_issuer_says_so() {
    let mut issuer = Issuer::new(0);
    let mut wallet = MinimalWallet::new(1, &issuer);
    let mut enrol = |agreement_too, alter: fn(&mut TestPhone), without: bool| {
        let challenge = issuer.challenge(&mut randomness(3));
        let signature = TestPhone::of(challenge.to_vec(), wallet.signature_point());
        let mut agreement = TestPhone::of(challenge.to_vec(), wallet.agreement_point());
        agreement.stated.purposes = vec![6];
        alter(&mut agreement);
        let level = Some(SecurityLevel::TrustedEnvironment);
        let roots = vec![signature.root_key()];
        issuer.set_attestation_policy(Policy { roots, level, agreement_too, ..Policy::default() });
        let chain = if without { Vec::new() } else { agreement.chain() };
        let request = wallet.enrolment_attested(&challenge, &chain, &signature.chain());
        issuer.enrol(&request, NEW_YEAR).map(drop)
    };
    let refused = |refused| Err(Refused::Attestation(refused));
    assert_eq!(enrol(true, |_| {}, false), Ok(()));
    assert_eq!(enrol(false, |_| {}, true), Ok(()), "as before Android 12");
    assert_eq!(enrol(true, |_| {}, true), refused(AttestationRefused::NotAttested));
    let signs = enrol(false, |phone| phone.stated.purposes = vec![2], false);
    assert_eq!(signs, refused(AttestationRefused::Flawed(Flaw::OtherUse)));
    let soft = enrol(false, |phone| phone.stated.attestation_level = 0, false);
    assert_eq!(soft, refused(AttestationRefused::Level(SecurityLevel::Software)));
}

#[test]
fn a_statement_that_says_a_thing_twice_is_none() {
    let twice = [der(0xA1, &der(0x31, &der(2, &[2]))), der(0xA1, &der(0x31, &der(2, &[6])))].concat();
    let statement = Stated::default().statement_with(&twice);
    assert_eq!(KeyDescription::parse(&statement), None);
    assert!(KeyDescription::parse(&Stated::default().statement()).is_some());
}
