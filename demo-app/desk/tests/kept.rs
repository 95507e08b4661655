//! The desk's file: whole, damaged, too new, in use.

use std::fs;

use hcepay_demo_desk::desk::{Desk, Order};
use hcepay_demo_desk::error::DeskError;
use hcepay_tests::bytes::hex;
use hcepay_tests::issuer::verification::Verdict;
use sha2::{Digest, Sha256};

use crate::demo_phone::{DemoPhone, PURCHASE};

/// As every phone of these tests opens its desk anew for each thing, the life in `life.rs` is one of restarts, too.
#[test]
fn a_desk_that_is_opened_again_is_the_same() {
    let phone = DemoPhone::enrolled();
    let key = phone.desk().issuer_key().unwrap();
    phone.install("kernel3-cvn18");
    let cards = phone.desk().cards().unwrap();
    let text = fs::read_to_string(phone.directory().join("desk")).unwrap();
    assert_eq!(phone.desk().issuer_key(), Ok(key));
    assert_eq!(phone.desk().cards(), Ok(cards));
    assert_eq!(fs::read_to_string(phone.directory().join("desk")).unwrap(), text, "looking changes nothing");
    phone.verify_holder();
    assert_eq!(phone.pay(&PURCHASE).1.unwrap().verdict, Verdict::Valid);
    assert_ne!(fs::read_to_string(phone.directory().join("desk")).unwrap(), text, "a payment is remembered");
}

#[test]
fn two_desks_have_two_issuers() {
    let (one, other) = (DemoPhone::new(), DemoPhone::new());
    assert_ne!(one.desk().issuer_key(), other.desk().issuer_key());
    let before = one.desk().issuer_key();
    Desk::discard(one.directory()).unwrap();
    assert_ne!(one.desk().issuer_key(), before);
}

#[test]
fn a_process_that_ended_while_it_wrote_leaves_the_desk_as_it_was() {
    let phone = DemoPhone::enrolled();
    let cards = phone.desk().cards();
    fs::write(phone.directory().join("desk.new"), "half of what was to be wri").unwrap();
    assert_eq!(phone.desk().cards(), cards);
    phone.install("kernel3-cvn18");
}

#[test]
fn a_disk_that_fails_changes_nothing_and_gives_nothing_away() {
    let phone = DemoPhone::enrolled();
    let mut desk = phone.desk();
    // What would be written beside the file cannot be: a directory stands in its place.
    let beside = phone.directory().join("desk.new");
    fs::create_dir(&beside).unwrap();
    let order = Order { name: "kernel3-cvn18", keys: 1, codes: 0, protection: None };
    assert_eq!(desk.install(&order, phone.now.wall_ms), Err(DeskError::StorageFailed));
    assert_eq!(desk.challenge(), Err(DeskError::StorageFailed));
    assert_eq!(desk.cards(), Ok(Vec::new()));
    fs::remove_dir(&beside).unwrap();
    assert_eq!(desk.install(&order, phone.now.wall_ms).unwrap().card, 1);
    drop(desk);
    assert_eq!(phone.desk().cards().unwrap().len(), 1);
}

#[test]
fn a_desk_is_open_once() {
    let phone = DemoPhone::new();
    let desk = phone.desk();
    assert_eq!(Desk::open(phone.directory()).err(), Some(DeskError::InUse));
    assert_eq!(Desk::discard(phone.directory()), Err(DeskError::InUse));
    drop(desk);
    assert!(Desk::open(phone.directory()).is_ok());
}

#[test]
fn a_damaged_file_is_refused_wherever_it_is_damaged_and_can_be_discarded() {
    let phone = DemoPhone::enrolled();
    phone.install("kernel3-no-verification");
    let path = phone.directory().join("desk");
    let whole = fs::read(&path).unwrap();
    let opened = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        Desk::open(phone.directory()).err()
    };
    assert_eq!(opened(&whole), None);
    let head = whole.iter().position(|byte| *byte == b'\n').unwrap();
    for at in (0..=head).chain((head + 1..whole.len()).step_by(97)) {
        for changed in [whole[at] ^ 0x01, 0xFF] {
            let mut damaged = whole.clone();
            damaged[at] = changed;
            let error = opened(&damaged);
            // Of the number of the format alone a change looks like another version.
            let is_format = at == "hcepay demo desk ".len() || at == "hcepay demo desk 1".len();
            assert!(error == Some(DeskError::Damaged) || is_format && error.is_some(), "byte {at}: {error:?}");
        }
        assert_eq!(opened(&whole[..at]), Some(DeskError::Damaged), "cut to {at} bytes");
    }
    Desk::discard(phone.directory()).unwrap();
    assert!(Desk::open(phone.directory()).is_ok());
}

#[test]
fn a_newer_file_is_refused_as_such_and_left_alone() {
    let phone = DemoPhone::new();
    let path = phone.directory().join("desk");
    let text = fs::read_to_string(&path).unwrap();
    let newer = text.replacen("hcepay demo desk 1 ", "hcepay demo desk 2 ", 1);
    fs::write(&path, &newer).unwrap();
    assert_eq!(Desk::open(phone.directory()).err(), Some(DeskError::TooNew));
    assert_eq!(fs::read_to_string(&path).unwrap(), newer);
    // This version's file, with an issuer of a newer one in it.
    let json = text.split_once('\n').unwrap().1.replacen("hcepay issuer 1", "hcepay issuer 2", 1);
    let sum = hex(&Sha256::digest(json.as_bytes()));
    fs::write(&path, format!("hcepay demo desk 1 {sum}\n{json}")).unwrap();
    assert_eq!(Desk::open(phone.directory()).err(), Some(DeskError::TooNew));
}
