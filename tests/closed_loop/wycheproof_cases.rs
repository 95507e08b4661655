//! Every case of Project Wycheproof for AES-128-CMAC, through the function that makes the card's cryptogram.

use hcepay_core::SecretKey;
use hcepay_core::known_answers::mac as card;
use hcepay_desk::tally::tell;
use hcepay_tests::issuer::mac as issuer;
use wycheproof::{TestResult, mac};

/// The card takes the leftmost 8 bytes only, so that a tag with a wrong end is right to it; the issuer's function gives all 16.
#[test]
fn every_case_of_wycheproof_that_applies_gives_its_answer() {
    let set = mac::TestSet::load(mac::TestName::AesCmac).unwrap();
    let groups = set.test_groups.iter().filter(|group| (group.key_size, group.tag_size) == (128, 128));
    let (mut valid, mut invalid) = (0, 0);
    for test in groups.flat_map(|group| &group.tests) {
        let key: [u8; 16] = test.key[..].try_into().unwrap();
        let whole = issuer::aes_cmac(&key, &test.msg);
        let from_card = card::aes_cmac(&SecretKey::new(Box::new(key)), &test.msg);
        assert_eq!(from_card, whole[..8], "case {}", test.tc_id);
        match test.result {
            TestResult::Valid => {
                assert_eq!(from_card, test.tag[..8], "case {}", test.tc_id);
                assert_eq!(whole, test.tag[..], "case {}", test.tc_id);
                valid += 1;
            }
            _ => {
                assert_ne!(whole, test.tag[..], "case {}", test.tc_id);
                invalid += 1;
            }
        }
    }
    assert!(valid > 10 && invalid > 50, "only {valid} and {invalid}");
    tell(&format!("closed loop: wycheproof cases: AES-128-CMAC {valid} valid, {invalid} invalid"));
}
