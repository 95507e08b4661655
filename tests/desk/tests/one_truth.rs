//! One truth about verification: for every verdict and every terminal, what kernel 3 and 7 tell the terminal (CTQ) and
//! the issuer (CVR) is the same, and kernel 2 signs nothing where the terminal claims what did not happen.

use crate::checkout::fresh_number;
use hcepay_core::{DEFAULT_WINDOW_MS, Method};
use hcepay_desk::phone::{NEW_YEAR, Phone, empty_wallet, payment_key};
use hcepay_desk::tally::tell;
use hcepay_tests::bytes::from_hex;
use hcepay_tests::issuer::Issuer;
use hcepay_tests::issuer::demo_cards::demo_card;
use hcepay_tests::issuer::profile::{CardholderVerification, profile};

/// What the holder did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holder {
    Verified(Method),
    TooLongAgo,
    DidNothing,
}

const HOLDERS: [Holder; 6] = [
    Holder::Verified(Method::Biometric),
    Holder::Verified(Method::DeviceCredential),
    Holder::Verified(Method::Unknown),
    Holder::Verified(Method::AppReported),
    Holder::TooLongAgo,
    Holder::DidNothing,
];

/// A phone with one key.
fn phone(card: &str, holder: Holder) -> Phone {
    let mut phone = Phone::new(card, 0, NEW_YEAR).unwrap();
    phone.receive_keys(1);
    does(&mut phone, holder);
    phone
}

/// The next contact of a phone, half a minute later and with one key again.
fn next_contact(phone: &mut Phone, aid: &str, holder: Holder) {
    phone.leave_field();
    phone.wallet().disarm();
    phone.wait(30_000);
    if phone.keys_left(&from_hex(aid).unwrap()) == 0 {
        phone.receive_keys(1);
    }
    does(phone, holder);
}

fn does(phone: &mut Phone, holder: Holder) {
    match holder {
        Holder::Verified(method) => {
            phone.wallet().arm(phone.now(), method, DEFAULT_WINDOW_MS, None).unwrap();
            phone.keep_mark();
        }
        Holder::TooLongAgo => {
            phone.verify_holder();
            phone.wait(DEFAULT_WINDOW_MS);
        }
        Holder::DidNothing => {}
    }
}

/// The value of an object of two tag bytes and one length byte in an answer. Read from the front: a cryptogram may hold any bytes.
fn value(answer: &[u8], tag: [u8; 2]) -> Option<&[u8]> {
    let mut rest = answer.strip_prefix(&[0x77])?.get(1..)?;
    while rest.len() > 2 {
        let tag_length = if rest[0] & 0x1F == 0x1F { 2 } else { 1 };
        let value = rest.get(tag_length + 1..tag_length + 1 + usize::from(rest[tag_length]))?;
        if rest.starts_with(&tag) {
            return Some(value);
        }
        rest = &rest[tag_length + 1 + value.len()..];
    }
    None
}

#[test]
fn ctq_and_cvr_say_the_same_whatever_the_terminal_and_the_holder_did() {
    let cards = [
        // Card, AID, where the CVR begins in the IAD, whether verification is always wanted.
        ("kernel3-cvn18", "A0000000031010", 3, true),
        ("kernel3-no-verification", "A0000000031010", 3, false),
        ("kernel7-cvn01", "A000000333010101", 3, true),
        ("cobadged", "A0000000031010", 3, true),
    ];
    let (mut answered, mut refused) = (0, 0);
    for (card, aid, cvr_at, always) in cards {
        for holder in HOLDERS {
            let mut phone = phone(card, holder);
            // All of TTQ that a decision could depend on: byte 1 whole; byte 2 bits 8 and 7; byte 3 bits 7 and 4.
            for first in 0..=0xFF_u8 {
                for second in [0x00, 0x40, 0x80, 0xC0] {
                    for third in [0x00, 0x08, 0x40, 0x48] {
                        next_contact(&mut phone, aid, holder);
                        let select = format!("00A40400{:02X}{aid}00", aid.len() / 2);
                        phone.process(&from_hex(&select).unwrap());
                        let ttq = format!("{first:02X}{second:02X}{third:02X}00");
                        let number = fresh_number();
                        let values = format!("{ttq}00000000125000000000000002760000000000097826010100{number}");
                        let answer = phone.process(&from_hex(&format!("80A80000238321{values}00")).unwrap());
                        let verified = matches!(holder, Holder::Verified(_));
                        let needed = always || second & 0x40 != 0 || third & 0x08 != 0;
                        let speaks_emv_online = first & 0x20 != 0 && first & 0x08 == 0;
                        let context = format!("{card}, {holder:?}, TTQ {ttq}");
                        match (speaks_emv_online, verified || !needed) {
                            (false, _) => assert_eq!(answer, [0x69, 0x85], "{context}"),
                            (true, false) if third & 0x40 != 0 => assert_eq!(answer, [0x69, 0x86], "{context}"),
                            (true, false) => assert_eq!(answer, [0x69, 0x85], "{context}"),
                            (true, true) => {
                                let ctq = value(&answer, [0x9F, 0x6C]).unwrap();
                                let cvr = &value(&answer, [0x9F, 0x10]).unwrap()[cvr_at..];
                                assert_eq!(ctq, [0x00, if verified { 0x80 } else { 0x00 }], "{context}");
                                assert_eq!(cvr[1] & 0x04 != 0, verified, "{context}");
                                assert_eq!(cvr[1] & 0xF0, 0xA0, "{context}: an ARQC");
                            }
                        }
                        let spent = phone.keys_left(&from_hex(aid).unwrap()) == 0;
                        assert_eq!(spent, answer.len() > 2, "{context}");
                        answered += usize::from(spent);
                        refused += usize::from(!spent);
                    }
                }
            }
        }
    }
    tell(&format!("one truth: kernels 3 and 7 answered {answered} and refused {refused} terminals"));
}

#[test]
fn format_4_names_who_verified_and_repeats_the_bit() {
    let expected = [
        (Holder::Verified(Method::Biometric), [0x80, 0xA4, 0x00, 0x00, 0x02]),
        (Holder::Verified(Method::DeviceCredential), [0x80, 0xA4, 0x00, 0x00, 0x02]),
        (Holder::Verified(Method::Unknown), [0x80, 0xA4, 0x00, 0x00, 0x02]),
        (Holder::Verified(Method::AppReported), [0x50, 0xA4, 0x00, 0x00, 0x02]),
    ];
    for (holder, cvr) in expected {
        let mut phone = phone("kernel3-cvn43", holder);
        phone.process(&from_hex("00A4040007A000000003101000").unwrap());
        // 9F37, 9F4E (20), 9F66, 9C, 9F02, 9F03, 9F5A (5), 5F2A, 9F1A, 9A, 95: this card's own order.
        let merchant = "48".repeat(20);
        let amounts = "000000001250 000000000000";
        let values =
            format!("{} {merchant} 30804000 00 {amounts} 0000000000 0978 0276 260101 0000000000", fresh_number());
        let values = from_hex(&values).unwrap();
        let command =
            [&[0x80, 0xA8, 0, 0, values.len() as u8 + 2, 0x83, values.len() as u8][..], &values, &[0]].concat();
        let answer = phone.process(&command);
        let iad = value(&answer, [0x9F, 0x10]).unwrap_or_else(|| panic!("{answer:02X?}"));
        assert_eq!(iad[3..8], cvr, "{holder:?}");
        assert_eq!(value(&answer, [0x9F, 0x6C]).unwrap(), [0x00, 0x80], "{holder:?}");
    }
}

#[test]
fn kernel_2_signs_nothing_where_the_terminal_claims_what_did_not_happen() {
    let (mut signed, mut declined) = (0, 0);
    for (card, always) in [("kernel2-cvn14", true), ("kernel2-no-verification", false)] {
        for holder in HOLDERS {
            let mut phone = phone(card, holder);
            for method in 0..=0xFF_u8 {
                for p1 in [0x40, 0x80] {
                    next_contact(&mut phone, "A0000000041010", holder);
                    phone.process(&from_hex("00A4040007A000000004101000").unwrap());
                    phone.process(&from_hex("80A8000002830000").unwrap());
                    let number = fresh_number();
                    let values =
                        format!("00000000125000000000000002768000000000097826010100{number}2200000000000000000000");
                    let command = format!("80AE{p1:02X}002B{values}{method:02X}000200");
                    let answer = phone.process(&from_hex(&command).unwrap());
                    let verified = matches!(holder, Holder::Verified(_));
                    let claimed = method & 0x3F == 0x01;
                    let context = format!("{card}, {holder:?}, CVM results {method:02X}");
                    let cid = value(&answer, [0x9F, 0x27]).unwrap_or_else(|| panic!("{context}: {answer:02X?}"));
                    let left = phone.keys_left(&from_hex("A0000000041010").unwrap());
                    if verified || !(always || claimed) {
                        assert_eq!((cid, left), (&[0x80][..], 0), "{context}");
                        signed += 1;
                    } else {
                        assert_eq!((cid, left), (&[0x00][..], 1), "{context}");
                        assert_eq!(value(&answer, [0xDF, 0x4B]), Some(&[0x00, 0x01, 0x00][..]), "{context}");
                        declined += 1;
                    }
                }
            }
        }
    }
    tell(&format!("one truth: kernel 2 signed {signed} and declined {declined} times"));
}

#[test]
fn kernel_2_wants_verification_where_it_cannot_see_what_the_terminal_claims() {
    // A card that pays without verification, whose CDOL1 does not ask for the CVM results (9F34).
    let mut application = demo_card("kernel2-without-oda").unwrap().applications.remove(0);
    application.cardholder_verification = CardholderVerification::WhenAsked;
    let record = &mut application.records[1].content;
    let asked = from_hex("8C21 9F0206 9F0306 9F1A02 9505 5F2A02 9A03 9C01 9F3704 9F3501 9F4502 9F4C08 9F3403").unwrap();
    let unseen = from_hex("8C1E 9F0206 9F0306 9F1A02 9505 5F2A02 9A03 9C01 9F3704 9F3501 9F4502 9F4C08").unwrap();
    let at = record.windows(asked.len()).position(|window| window == asked).unwrap();
    record.splice(at..at + asked.len(), unseen);
    let wallet = empty_wallet();
    wallet.install_unsealed(&profile(&[application])).unwrap();
    let mut issuer = Issuer::new(0);
    let card = issuer.open_account("kernel2-without-oda").unwrap();
    let aid = card.applications[0].aid.clone();
    let keys = issuer.issue_keys(card.token.digits(), &aid, 1, 1, 0, u64::MAX).unwrap();
    let id = wallet.cards()[0];
    wallet.add_keys_unsealed(id, keys.iter().map(payment_key).collect(), NEW_YEAR).unwrap();
    let generate = "80AE800028000000001250000000000000027680000000000978260101001122334422000000000000000000 0000";
    for (armed, cid) in [(false, 0x00), (true, 0x80)] {
        if armed {
            wallet.arm(NEW_YEAR, Method::Biometric, DEFAULT_WINDOW_MS, None).unwrap();
        }
        for command in ["00A4040007A000000004101000", "80A8000002830000"] {
            wallet.process(NEW_YEAR, &from_hex(command).unwrap());
        }
        let answer = wallet.process(NEW_YEAR, &from_hex(generate).unwrap());
        assert_eq!(value(&answer, [0x9F, 0x27]), Some(&[cid][..]), "armed: {armed}, {answer:02X?}");
    }
}
