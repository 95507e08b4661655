//! Expected words come from the published samples and tables, not from what the program printed.

use super::*;
use hcepay_tests::bytes::from_hex;

/// With common spaces only.
fn plain(tag: u32, value: &[u8], setting: Setting) -> String {
    meaning(tag, value, setting).replace(NO_BREAK, " ")
}

fn read(tag: u32, value: &str) -> String {
    plain(
        tag,
        &from_hex(value).unwrap(),
        Setting { kernel: Some(Kernel::Kernel3), currency: Some(978), ..Setting::default() },
    )
}

fn kernel_2(tag: u32, value: &str) -> String {
    plain(tag, &from_hex(value).unwrap(), Setting { kernel: Some(Kernel::Kernel2), ..Setting::default() })
}

#[test]
fn amounts_are_shown_in_the_decimals_of_their_currency() {
    assert_eq!(read(0x9F02, "000000001250"), "12.50 EUR");
    assert_eq!(read(0x9F03, "000000000000"), "0.00 EUR");
    assert_eq!(read(0x9F02, "000000000005"), "0.05 EUR");
    assert_eq!(kernel_2(0x9F02, "000000001250"), "1250 minor units");
    let yen = Setting { currency: Some(392), ..Setting::default() };
    assert_eq!(meaning(0x9F02, &[0, 0, 0, 0, 0x12, 0x50], yen), "1250 JPY");
}

#[test]
fn the_phone_s_qualifiers_say_whether_the_holder_verified() {
    assert_eq!(read(0x9F6C, "0080"), "holder verified on the phone (b2.8)");
    assert_eq!(read(0x9F6C, "0000"), "holder not verified on the phone");
    assert_eq!(read(0x9F6C, "8000"), "online PIN required (b1.8), holder not verified on the phone");
}

#[test]
fn a_decline_carries_no_proof_and_no_new_counter() {
    let declined = Setting { declined: true, ..Setting::default() };
    assert_eq!(meaning(0x9F26, &[7; 8], declined), "random: no key was spent");
    assert_eq!(meaning(0x9F36, &[0, 7], declined), "7: the last that was used");
    assert_eq!(read(0x9F36, "0007"), "7: each number is used once");
}

#[test]
fn the_interchange_profile_is_read_by_kernel() {
    assert_eq!(read(0x82, "0040"), "mobile phone (b2.7)");
    assert_eq!(read(0x82, "2000"), "DDA supported (b1.6)");
    assert!(kernel_2(0x82, "1980").ends_with("CDA supported (b1.1), EMV mode (b2.8)"));
}

#[test]
fn the_published_form_factor_is_a_phone() {
    assert_eq!(
        read(0x9F6E, "238C0000"),
        "phone (b1), passcode (b2.8), two-way messaging (b2.4), cloud-based credential (b2.3), contactless (b4)"
    );
    assert_eq!(kernel_2(0x9F6E, "0276000331340000"), "");
}

#[test]
fn verification_results_of_kernel_2_read_as_published() {
    assert_eq!(kernel_2(0x9F34, "010002"), "verification on the phone, always: successful");
    assert_eq!(kernel_2(0x9F34, "3F0002"), "no verification performed, always: successful");
    assert_eq!(
        kernel_2(0x8E, "00000000000000005E031F03"),
        "5E03 signature, if the terminal supports it; 1F03 no verification required, if the terminal supports it"
    );
    assert_eq!(kernel_2(0xDF4B, "000100"), "verification on the phone required (b2.1)");
}

#[test]
fn the_published_file_locator_names_its_records() {
    assert_eq!(
        kernel_2(0x94, "08010100 10010101 18010200 20010200"),
        "to be read: file 1 record 1, file 2 record 1 (1 signed), file 3 records 1 to 2, file 4 records 1 to 2"
    );
    assert_eq!(kernel_2(0x94, "080101"), "");
}

#[test]
fn a_list_is_shown_with_names_and_lengths() {
    assert_eq!(
        read(0x9F38, "9F66049F0206"),
        "the card asks for 9F66[4] Terminal Transaction Qualifiers (TTQ), 9F02[6] Amount, Authorised (Numeric)"
    );
    for broken in ["9F", "9F66", "9A039F02"] {
        assert_eq!(read(0x9F38, broken), "", "{broken}");
    }
}

#[test]
fn the_published_track_2_is_taken_apart() {
    assert_eq!(
        read(0x57, "1122334455667788D23072010000043299995F"),
        "token 1122334455667788, expiry 2023-07, service code 201"
    );
    assert_eq!(read(0x57, "1122"), "");
    assert_eq!(read(0x9F19, "040010030273"), "40010030273");
}

#[test]
fn names_dates_and_codes_are_spelled_out() {
    assert_eq!(read(0x84, "325041592E5359532E4444463031"), "2PAY.SYS.DDF01");
    assert_eq!(read(0x4F, "A000000333010101"), "an application of kernel 7");
    assert_eq!(read(0x4F, "F048434550415901"), "a closed-loop application, read by kernel 3");
    assert_eq!(read(0x50, "50424F43204445424954"), "PBOC DEBIT");
    assert_eq!(read(0x50, "1B5B324A"), ".[2J");
    assert_eq!((read(0x9A, "260101"), read(0x9A, "2A0101")), ("2026-01-01".to_owned(), String::new()));
    assert_eq!((read(0x5F2A, "0978"), read(0x5F2A, "09FF")), ("EUR".to_owned(), String::new()));
    assert_eq!(read(0x9F27, "80"), "ARQC: the issuer decides");
    assert_eq!(read(0x95, "8000000000"), "no offline data authentication (b1.8)");
    assert_eq!(read(0x95, "0000000000"), "nothing found");
    assert_eq!(read(0x87, "01"), "1, the highest");
}

#[test]
fn a_value_of_another_length_than_its_tag_promises_has_no_meaning() {
    for (tag, value) in
        [(0x9F66, "304080"), (0x82, "00"), (0x95, "00000000"), (0x9F6C, "00"), (0xDF4B, "0001"), (0x9A, "2601")]
    {
        assert_eq!(read(tag, value), "", "{tag:X}");
    }
}

#[test]
fn any_bytes_have_a_meaning_or_none_and_never_a_panic() {
    for tag in (0..=0xFF).chain(0x9F00..=0x9FFF).chain(0x5F00..=0x5FFF).chain([0xDF4B]) {
        for length in 0..40 {
            for byte in [0x00, 0x1F, 0x99, 0xD1, 0xFF] {
                for kernel in [Kernel::Kernel2, Kernel::Kernel3] {
                    let setting = Setting { kernel: Some(kernel), currency: Some(978), ..Setting::default() };
                    assert!(meaning(tag, &vec![byte; length], setting).len() < 2000);
                }
            }
        }
    }
}

#[test]
fn the_coupons_application_is_no_closed_loop_card_s() {
    let own = hex(coupon::NAME);
    assert_eq!([read(0x84, &own), read(0x4F, &own)], ["hcepay's coupons", "hcepay's coupons"]);
    assert_eq!(read(0x84, "F048434550415901"), "a closed-loop application, read by kernel 3");
}

#[test]
fn a_list_of_the_coupons_application_is_told_by_its_own_names() {
    let setting = Setting::selected(coupon::NAME);
    let list = from_hex("DF1008DF1108").unwrap();
    let told = "the card asks for DF10[8] Reader's Challenge, DF11[8] Whose Coupons are taken";
    assert_eq!(plain(0x9F38, &list, setting), told);
    assert_eq!(Setting::selected(&[0xA0, 0, 0, 0, 0x04, 0x10]).kernel, Some(Kernel::Kernel2));
}
