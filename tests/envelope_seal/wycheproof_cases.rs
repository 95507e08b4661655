//! Every case of Project Wycheproof for what envelopes are made of, through the functions that open them.

use hcepay_core::known_answers::Digest;
use hcepay_core::known_answers::{aes_gcm, hkdf};
use hcepay_core::{AgreementKey, AgreementPoint, IssuerKey};
use hcepay_desk::tally::tell;
use wycheproof::{TestResult, aead, ecdh, ecdsa, hkdf as hkdf_cases};

#[test]
fn every_case_of_wycheproof_that_applies_gives_its_answer() {
    let (gcm, hkdf) = (aes_256_gcm(), hkdf_sha256());
    let (ecdh, ecdsa) = (ecdh_points() + ecdh_key_infos(), ecdsa_sha256());
    tell(&format!("envelopes: wycheproof cases: AES-256-GCM {gcm}, HKDF {hkdf}, ECDH {ecdh}, ECDSA {ecdsa}"));
}

fn aes_256_gcm() -> usize {
    let set = aead::TestSet::load(aead::TestName::AesGcm).unwrap();
    let groups = set.test_groups.iter();
    let mut count = 0;
    for group in groups.filter(|group| (group.key_size, group.nonce_size, group.tag_size) == (256, 96, 128)) {
        for test in &group.tests {
            let sealed = [&test.ct[..], &test.tag[..]].concat();
            let key: &[u8; 32] = test.key[..].try_into().unwrap();
            let opened = aes_gcm::open(key, test.nonce[..].try_into().unwrap(), &test.aad, sealed);
            let expected = (test.result == TestResult::Valid).then_some(&test.pt[..]);
            assert_eq!(opened.as_ref().map(aes_gcm::Content::expose), expected, "AES-GCM {}", test.tc_id);
            count += 1;
        }
    }
    assert!(count > 50, "only {count}");
    count
}

fn hkdf_sha256() -> usize {
    let set = hkdf_cases::TestSet::load(hkdf_cases::TestName::HkdfSha256).unwrap();
    let mut count = 0;
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        // In two parts, as envelopes give them.
        let (head, tail) = test.ikm.split_at(test.ikm.len() / 3);
        let key = hkdf::extract(&test.salt, &[head, tail]);
        let (head, tail) = test.info.split_at(test.info.len() / 3);
        let mut output = vec![0; test.size];
        let expanded = hkdf::expand(&key, &[head, tail], &mut output);
        assert_eq!(expanded.is_ok(), test.result == TestResult::Valid, "HKDF {}", test.tc_id);
        if expanded.is_ok() {
            assert_eq!(output, &test.okm[..], "HKDF {}", test.tc_id);
        }
        count += 1;
    }
    assert!(count > 50, "only {count}");
    count
}

/// Points as they are. Only uncompressed ones exist for us: others have not the length.
fn ecdh_points() -> usize {
    let set = ecdh::TestSet::load(ecdh::TestName::EcdhSecp256r1Ecpoint).unwrap();
    let tests: Vec<_> = set.test_groups.iter().flat_map(|group| &group.tests).collect();
    for test in &tests {
        ecdh_case(test, &test.public_key);
    }
    tests.len()
}

/// Points in a well-formed SubjectPublicKeyInfo of the named curve, which we do not read: the point behind its head.
fn ecdh_key_infos() -> usize {
    const HEAD: &[u8] =
        b"\x30\x59\x30\x13\x06\x07\x2A\x86\x48\xCE\x3D\x02\x01\x06\x08\x2A\x86\x48\xCE\x3D\x03\x01\x07\x03\x42\x00";
    let set = ecdh::TestSet::load(ecdh::TestName::EcdhSecp256r1).unwrap();
    let tests = set.test_groups.iter().flat_map(|group| &group.tests);
    let tests = tests.filter(|test| !test.flags.contains(&ecdh::TestFlag::InvalidAsn));
    let points = tests.filter_map(|test| Some((test, test.public_key.strip_prefix(HEAD)?)));
    points.map(|(test, point)| ecdh_case(test, point)).count()
}

fn ecdh_case(test: &ecdh::Test, point: &[u8]) {
    let digits = test.private_key.iter().copied().skip_while(|byte| *byte == 0).collect::<Vec<_>>();
    let mut private = [0; 32];
    private[32 - digits.len()..].copy_from_slice(&digits);
    let point = point.try_into().ok().and_then(AgreementPoint::new);
    let shared = point.map(|point| AgreementKey::new(&private).unwrap().agree(&point));
    match (shared, test.result) {
        (Some(shared), TestResult::Valid | TestResult::Acceptable) => {
            assert_eq!(shared.expose(), &test.shared_secret[..], "ECDH {}", test.tc_id);
        }
        (None, TestResult::Invalid) => {}
        (None, _) => assert!(test.flags.contains(&ecdh::TestFlag::CompressedPoint), "ECDH {}", test.tc_id),
        (Some(_), TestResult::Invalid) => panic!("ECDH {}", test.tc_id),
    }
}

fn ecdsa_sha256() -> usize {
    let set = ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp256r1Sha256P1363).unwrap();
    let mut count = 0;
    for group in &set.test_groups {
        let key = IssuerKey::new(group.key.key[..].try_into().unwrap()).unwrap();
        for test in &group.tests {
            // A signature of another length than 64 bytes is none for us: the field has no other.
            let signature: Option<&[u8; 64]> = test.sig[..].try_into().ok();
            let good = signature.is_some_and(|signature| key.verifies(Digest::of(&test.msg), signature));
            assert_eq!(good, test.result == TestResult::Valid, "ECDSA {}", test.tc_id);
            count += 1;
        }
    }
    assert!(count > 200, "only {count}");
    count
}
