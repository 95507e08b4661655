//! Card profiles that are not usable: each is refused with the data object that is wrong and the reason.

use std::cell::RefCell;

use hcepay_core::{Error, ProfileError, ProfileFault, Tag, Wallet};
use hcepay_desk::phone::empty_wallet;
use hcepay_desk::tally::tell;
use hcepay_tests::bytes::from_hex;
use hcepay_tests::issuer::cryptogram_version::CryptogramVersion;
use hcepay_tests::issuer::demo_cards::{DEMO_CARDS, demo_card};
use hcepay_tests::issuer::profile::{ApplicationProfile, data_object, data_object_list, profile};

thread_local! {
    static WALLET: RefCell<(Wallet, u8)> = RefCell::new((empty_wallet(), 0));
}

/// One wallet for many profiles, and another where it has grown.
fn install(profile: &[u8]) -> Result<(), ProfileError> {
    let installed = WALLET.with_borrow_mut(|(wallet, accepted)| {
        let length = wallet.ledger_length();
        let installed = wallet.install_unsealed(profile);
        if let Ok(card) = installed {
            wallet.delete(card).unwrap();
            *accepted += 1;
        } else {
            assert_eq!(wallet.ledger_length(), length, "a refused profile is not written");
        }
        if *accepted == 50 {
            (*wallet, *accepted) = (empty_wallet(), 0);
        }
        installed
    });
    match installed {
        Ok(_) => Ok(()),
        Err(Error::Profile(error)) => Err(error),
        Err(error) => panic!("{error}"),
    }
}

/// The first application of a demo card, changed.
fn refused(card: &str, change: impl Fn(&mut ApplicationProfile)) -> (u32, ProfileFault) {
    let mut applications = demo_card(card).unwrap().applications;
    change(&mut applications[0]);
    let error = install(&profile(&applications)).unwrap_err();
    (error.tag.0, error.fault)
}

/// Kernel 3's profile with another PDOL.
fn refused_pdol(change: impl Fn(&mut Vec<(u32, u8)>)) -> (u32, ProfileFault) {
    let mut entries = vec![
        (0x9F66, 4),
        (0x9F02, 6),
        (0x9F03, 6),
        (0x9F1A, 2),
        (0x95, 5),
        (0x5F2A, 2),
        (0x9A, 3),
        (0x9C, 1),
        (0x9F37, 4),
    ];
    change(&mut entries);
    refused("kernel3-cvn18", |application| {
        let list = data_object(0x9F38, &data_object_list(&entries));
        application.fci = [data_object(0x50, b"LABEL"), data_object(0x87, &[1]), list].concat();
    })
}

/// The bytes of a demo card's profile, one run of them replaced.
fn refused_bytes(card: &str, from: &[u8], to: &[u8]) -> (u32, ProfileFault) {
    let bytes = demo_card(card).unwrap().profile();
    assert_eq!(from.len(), to.len(), "lengths around it must stay right");
    let at = bytes.windows(from.len()).position(|window| window == from).unwrap();
    let changed = [&bytes[..at], to, &bytes[at + from.len()..]].concat();
    let error = install(&changed).unwrap_err();
    (error.tag.0, error.fault)
}

#[test]
fn the_demo_cards_are_all_usable() {
    for name in DEMO_CARDS {
        assert_eq!(install(&demo_card(name).unwrap().profile()), Ok(()), "{name}");
    }
}

#[test]
fn the_layout_is_kept_to_the_letter() {
    let card = "kernel3-two-applications";
    assert_eq!(refused_bytes(card, &[0xC0, 1, 1], &[0xC0, 1, 2]), (0xC0, ProfileFault::WrongValue));
    assert_eq!(refused_bytes(card, &[0xC1, 1, 0], &[0xC1, 1, 2]), (0xC1, ProfileFault::WrongValue));
    assert_eq!(refused_bytes(card, &[0xC1, 1, 0], &[0xC7, 1, 0]), (0xC7, ProfileFault::Unknown));
    assert_eq!(refused_bytes(card, &[0xC2, 1, 3], &[0xC2, 1, 4]), (0xC2, ProfileFault::WrongValue));
    assert_eq!(refused_bytes(card, &[0xC3, 1, 0x12], &[0xC3, 1, 0x13]), (0xC3, ProfileFault::WrongValue));
    assert_eq!(refused_bytes(card, &[0xC4, 1, 0], &[0xC4, 1, 2]), (0xC4, ProfileFault::WrongValue));
    assert_eq!(refused_bytes(card, &[0xC4, 1, 0], &[0xC3, 1, 0x12]), (0xC3, ProfileFault::Twice));
    assert_eq!(refused_bytes(card, &[0xC6, 2, 2, 1], &[0xC6, 2, 31, 1]), (0xC6, ProfileFault::WrongValue));
    assert_eq!(install(&[]).unwrap_err().fault, ProfileFault::Malformed);
    assert_eq!(install(&[0xEA, 0]).unwrap_err().to_string(), "C0 is missing");
    let without_application = data_object(0xEA, &[0xC0, 1, 1, 0xC1, 1, 0]);
    assert_eq!(install(&without_application).unwrap_err().to_string(), "EB is missing");
}

#[test]
fn a_profile_is_at_most_8_kib_long_and_five_templates_deep() {
    let nested = (0..5).fold(Vec::new(), |inner, _| data_object(0x61, &inner));
    let too_deep = install(&data_object(0xEA, &nested)).unwrap_err();
    assert_eq!((too_deep.tag.0, too_deep.fault), (0x61, ProfileFault::TooDeep));
    assert_eq!(install(&[0xEA; 8193]).unwrap_err().fault, ProfileFault::TooLarge);
    assert_eq!(install(&[0xEA; 8192]).unwrap_err().fault, ProfileFault::Malformed);
}

#[test]
fn a_card_has_one_to_four_applications_each_with_a_name_of_its_own() {
    let application = |last: u8| ApplicationProfile {
        aid: vec![0xA0, 0, 0, 0, 3, 0x10, last],
        ..demo_card("kernel3-cvn18").unwrap().applications[0].clone()
    };
    let card = |names: &[u8]| install(&profile(&names.iter().map(|name| application(*name)).collect::<Vec<_>>()));
    assert_eq!(card(&[1, 2, 3, 4]), Ok(()));
    assert_eq!(card(&[1, 2, 3, 4, 5]).unwrap_err().fault, ProfileFault::TooMany);
    let twice = card(&[1, 2, 1]).unwrap_err();
    assert_eq!((twice.tag.0, twice.fault), (0x4F, ProfileFault::Twice));
    assert_eq!(refused("kernel3-cvn18", |a| a.aid.truncate(4)), (0x4F, ProfileFault::WrongLength));
    assert_eq!(refused("kernel3-cvn18", |a| a.aid = vec![7; 17]), (0x4F, ProfileFault::WrongLength));
}

#[test]
fn mandatory_objects_are_missed_by_name() {
    let without = |card: &str, tag: u8| {
        refused(card, |application| {
            let account = &mut application.records[0].content;
            let at = account.windows(2).position(|window| window[0] == tag).unwrap();
            let length = usize::from(account[at + 1]);
            account.drain(at..at + 2 + length);
        })
    };
    assert_eq!(without("kernel2-without-oda", 0x5A), (0x5A, ProfileFault::Missing));
    let other_date = refused_bytes("kernel2-without-oda", &[0x5F, 0x24, 3], &[0x5F, 0x25, 3]);
    assert_eq!(other_date, (0x5F24, ProfileFault::Missing));
    assert_eq!(refused("kernel3-cvn18", |a| a.processing_options.clear()), (0x57, ProfileFault::Missing));
    assert_eq!(refused("kernel3-cvn18", |a| drop(a.fci.drain(15..18))), (0x87, ProfileFault::Missing));
    assert_eq!(refused("kernel3-cvn18", |a| a.fci.truncate(18)), (0x9F38, ProfileFault::Missing));
    assert_eq!(refused("kernel2-without-oda", |a| a.records.truncate(1)), (0x8C, ProfileFault::Missing));
    assert_eq!(refused("kernel2-without-oda", |a| a.records.clear()), (0x5A, ProfileFault::Missing));
}

#[test]
fn nothing_stands_twice_in_what_one_terminal_reads() {
    let again = |card, tag: u32, value: &[u8]| {
        refused(card, |application| application.records[0].content.extend(data_object(tag, value)))
    };
    // 57 and 5F34 stand in the answer to GET PROCESSING OPTIONS already, 5F2D in that to SELECT.
    assert_eq!(again("kernel3-two-applications", 0x5F34, &[1]), (0x5F34, ProfileFault::Twice));
    assert_eq!(again("kernel3-two-applications", 0x5F2D, b"de"), (0x5F2D, ProfileFault::Twice));
    assert_eq!(again("kernel3-two-applications", 0x5F24, &[0x29, 0x12, 0x31]), (0x5F24, ProfileFault::Twice));
    assert_eq!(again("kernel2-without-oda", 0x8E, &[0; 10]), (0x8E, ProfileFault::Twice));
}

#[test]
fn no_object_can_hold_another_account_number() {
    let add = |card, tag: u32, value: &[u8]| {
        refused(card, |application| application.records[0].content.extend(data_object(tag, value)))
    };
    let funding = [0x53, 0x55, 0x22, 0x11, 0x00, 0x00, 0x00, 0x12];
    assert_eq!(add("kernel3-two-applications", 0x5A, &funding), (0x5A, ProfileFault::AnotherToken));
    assert_eq!(add("kernel3-two-applications", 0xDF01, &funding), (0xDF01, ProfileFault::Unknown));
    assert_eq!(add("kernel3-two-applications", 0xC8, &funding), (0xC8, ProfileFault::Unknown));
    assert_eq!(add("kernel3-two-applications", 0x9F6B, &funding), (0x9F6B, ProfileFault::Unknown));
}

#[test]
fn nothing_stands_behind_a_token_but_what_belongs_there() {
    let track_2 = |value: &str| {
        refused("kernel3-no-verification", |application| {
            application.processing_options = data_object(0x57, &from_hex(value).unwrap());
        })
    };
    for value in [
        "9999000000000012",
        "9999000000000012D0",
        "9999000000000012D2912",
        "99990000DABCABCFFF",
        "99990000D2912201 5355221100000012FF",
        "99990000D2912201 F5355221100000012",
        "9999000D2912201F",
        "99990000000000000012 D2912201F",
        "9999000000000012D2913201 5355221100000F",
        "9999000000000012D2900201 5355221100000F",
    ] {
        assert_eq!(
            track_2(&format!("{value}{}", if value.replace(' ', "").len() % 2 == 1 { "F" } else { "" })),
            (0x57, ProfileFault::WrongValue),
            "{value}"
        );
    }
    let number = |value: &str| {
        refused("kernel2-without-oda", |application| {
            let account = &mut application.records[0].content;
            let at = account.windows(2).position(|window| window == [0x5A, 8]).unwrap();
            account.splice(at..at + 10, data_object(0x5A, &from_hex(value).unwrap()));
        })
    };
    for value in ["99990000F53552211000", "999900000000005FFF", "9999000", "9A99000000000053"] {
        let padded = if value.len() % 2 == 1 { format!("{value}F") } else { value.to_owned() };
        assert_eq!(number(&padded), (0x5A, ProfileFault::WrongValue), "{value}");
    }
    let date = |value: &[u8; 3]| {
        refused_bytes(
            "kernel2-without-oda",
            &[0x5F, 0x24, 3, 0x29, 0x12, 0x31],
            &[0x5F, 0x24, 3, value[0], value[1], value[2]],
        )
    };
    for value in [
        [0x99, 0x99, 0xFF],
        [0x29, 0x13, 0x01],
        [0x29, 0x00, 0x01],
        [0x29, 0x12, 0x32],
        [0x29, 0x12, 0x00],
        [0x28, 0x12, 0x31],
    ] {
        assert_eq!(date(&value), (0x5F24, ProfileFault::WrongValue), "{value:02X?}");
    }
}

#[test]
fn a_label_is_what_a_terminal_can_show() {
    for label in [&b"PAY\n"[..], b"\x1B[31m", "CAF\u{c9}".as_bytes(), &[0xFF], b"\x7F"] {
        let fault = refused("kernel3-cvn18", |application| {
            let at = application.fci.windows(2).position(|window| window == [0x50, 13]).unwrap();
            application.fci.splice(at..at + 15, data_object(0x50, label));
        });
        assert_eq!(fault, (0x50, ProfileFault::WrongValue), "{label:?}");
    }
}

#[test]
fn an_application_speaks_to_the_kernel_that_terminals_will_choose() {
    let other = |card: &str, aid: &str, identifier| {
        refused(card, |application| {
            application.aid = from_hex(aid).unwrap();
            application.kernel_identifier = identifier;
        })
    };
    assert_eq!(other("kernel2-without-oda", "A0000000031010", None), (0x4F, ProfileFault::AnotherKernel));
    assert_eq!(other("kernel3-cvn18", "A000000333010101", None), (0x4F, ProfileFault::AnotherKernel));
    assert_eq!(other("kernel3-cvn18", "A0000000031010", Some(2)), (0x9F2A, ProfileFault::AnotherKernel));
    assert_eq!(other("kernel3-cvn18", "A0000000031010", Some(0x83)), (0x9F2A, ProfileFault::AnotherKernel));
    assert_eq!(other("kernel3-cvn18", "A000000999", None), (0x9F2A, ProfileFault::Missing));
    let mut own = demo_card("kernel3-cvn18").unwrap().applications;
    (own[0].aid, own[0].kernel_identifier) = (from_hex("A000000999").unwrap(), Some(3));
    assert_eq!(install(&profile(&own)), Ok(()));
    let directory = other("kernel3-cvn18", "325041592E5359532E4444463031", Some(3));
    assert_eq!(directory, (0x4F, ProfileFault::WrongValue));
    assert_eq!(refused_bytes("kernel3-cvn18", &[0x87, 1, 1], &[0x87, 1, 0x81]), (0x87, ProfileFault::WrongValue));
}

#[test]
fn the_locator_and_the_records_name_each_other() {
    // Behind 94: one run of SFI 2, records 1 to 1.
    let card = "kernel3-two-applications";
    let afl = [0x94, 4, 0x10, 1, 1, 0];
    assert_eq!(refused_bytes(card, &afl, &[0x94, 4, 0x10, 1, 2, 0]), (0x94, ProfileFault::NotInAfl));
    assert_eq!(refused_bytes(card, &afl, &[0x94, 4, 0x18, 1, 1, 0]), (0x94, ProfileFault::NotInAfl));
    assert_eq!(refused_bytes(card, &afl, &[0x94, 4, 0x10, 2, 1, 0]), (0x94, ProfileFault::WrongValue));
    assert_eq!(refused_bytes(card, &afl, &[0x94, 4, 0x10, 1, 1, 2]), (0x94, ProfileFault::WrongValue));
    let kernel_2 = refused("kernel2-without-oda", |application| application.records[0].sfi = 1);
    assert_eq!(kernel_2, (0x94, ProfileFault::WrongValue), "kernel 2 would take it for the mag-stripe record");
    let too_many = refused(card, |application| {
        let record = application.records[0].clone();
        application.records.extend((2..=17).map(|number| {
            let content = Vec::new();
            hcepay_tests::issuer::profile::Record { number, content, ..record.clone() }
        }));
    });
    assert_eq!(too_many, (0xEE, ProfileFault::TooMany));
}

#[test]
fn data_object_lists_ask_for_all_that_is_signed() {
    assert_eq!(
        refused_pdol(|list| {
            list.remove(0);
        }),
        (0x9F66, ProfileFault::NotInDataObjectList)
    );
    for place in 0..9 {
        let tag = refused_pdol(|list| list[place].1 = list[place].1.wrapping_add(1)).0;
        let (missing, fault) = refused_pdol(|list| {
            list.remove(place);
        });
        assert_eq!((tag, fault), (missing, ProfileFault::NotInDataObjectList));
    }
    assert_eq!(refused_pdol(|list| list.push((0x9F7C, 220))), (0x9F38, ProfileFault::WrongLength));
    let cdol1 = |from: [u8; 3], to: [u8; 3]| refused_bytes("kernel2-without-oda", &from, &to);
    assert_eq!(cdol1([0x9F, 0x37, 4], [0x9F, 0x38, 4]), (0x9F37, ProfileFault::NotInDataObjectList));
    assert_eq!(cdol1([0x9F, 0x34, 3], [0x9F, 0x34, 2]), (0x9F34, ProfileFault::NotInDataObjectList));
}

#[test]
fn the_aip_promises_nothing_that_the_card_does_not_do() {
    let aip = |card, aip| refused(card, |application| application.aip = aip);
    let promises = [
        ("kernel3-cvn18", [0x40, 0x00]),
        ("kernel3-cvn18", [0x01, 0x00]),
        ("kernel3-cvn18", [0x80, 0x00]),
        ("kernel3-cvn18", [0x04, 0x00]),
        ("kernel3-cvn18", [0x00, 0x01]),
        ("kernel3-cvn18", [0x00, 0x80]),
        ("kernel7-cvn01", [0x7C, 0x00]),
        ("kernel2-cvn14", [0x3B, 0x80]),
        ("kernel2-cvn14", [0x5B, 0x80]),
        ("kernel2-cvn14", [0x1B, 0x81]),
        ("kernel2-cvn14", [0x1B, 0x00]),
    ];
    for (card, value) in promises {
        assert_eq!(aip(card, value), (0x82, ProfileFault::NotSupported), "{card} {value:02X?}");
    }
}

#[test]
fn verification_on_the_device_is_not_promised_to_readers_that_decline_it_without_cda() {
    for name in DEMO_CARDS.iter().filter(|name| name.contains("kernel2")) {
        for first in [0x02, 0x1A, 0x12] {
            let on_device = refused(name, |application| application.aip = [first, 0x80]);
            assert_eq!(on_device, (0x82, ProfileFault::OnDeviceWithoutCda), "{name} {first:02X}");
        }
    }
}

#[test]
fn who_promises_cardholder_verification_has_a_list_of_its_methods() {
    for (card, aip) in [("kernel3-two-applications", [0x10, 0x40]), ("kernel7-cvn01", [0x18, 0x00])] {
        assert_eq!(refused(card, |application| application.aip = aip), (0x8E, ProfileFault::Missing), "{card}");
        let mut with_list = demo_card(card).unwrap().applications;
        with_list[0].aip = aip;
        with_list[0].records[0].content.extend(data_object(0x8E, &[0, 0, 0, 0, 0, 0, 0, 0, 0x1F, 0x03]));
        assert_eq!(install(&profile(&with_list)), Ok(()), "{card}");
    }
    let other_list = refused_bytes("kernel2-without-oda", &[0x8E, 10, 0], &[0x5F, 0x20, 9]);
    assert_eq!(other_list, (0x8E, ProfileFault::Missing));
}

#[test]
fn every_object_has_the_length_that_a_terminal_insists_on() {
    let wrong = |tag: u32, length: usize| {
        refused("kernel3-no-verification", |application| {
            application.processing_options.extend(data_object(tag, &vec![0x31; length]));
        })
    };
    for (tag, length) in [(0x5F34, 0), (0x5F34, 2), (0x9F7C, 0), (0x9F7C, 21)] {
        assert_eq!(wrong(tag, length), (tag, ProfileFault::WrongLength));
    }
    let wrong_in_record = |tag: u32, length: usize| {
        refused("kernel2-without-oda", |application| {
            application.records[0].content.extend(data_object(tag, &vec![0x31; length]));
        })
    };
    for (tag, length) in [(0x5F30, 1), (0x5F30, 3), (0x5F25, 2), (0x9F19, 5), (0x9F24, 28), (0x9F44, 2), (0x5F20, 27)] {
        assert_eq!(wrong_in_record(tag, length), (tag, ProfileFault::WrongLength));
    }
}

#[test]
fn answers_fit_256_bytes() {
    // A CDOL1 may ask for anything, but the record that holds it must fit an answer.
    let long_record = refused("kernel2-without-oda", |application| {
        let record = &mut application.records[1].content;
        let cdol1_at = record.windows(2).position(|window| window == [0x8C, 0x21]).unwrap();
        let mut list = record[cdol1_at + 2..cdol1_at + 35].to_vec();
        list.extend((1..=70).flat_map(|number| [0xDF, number, 0]));
        record.splice(cdol1_at..cdol1_at + 35, data_object(0x8C, &list));
    });
    assert_eq!(long_record, (0x70, ProfileFault::AnswerTooLong));
    let long_fci = refused("kernel3-cvn18", |application| {
        let at = application.fci.windows(2).position(|window| window == [0x9F, 0x38]).unwrap();
        let mut list = application.fci[at + 3..].to_vec();
        list.extend((1..=70).flat_map(|number| [0xDF, number, 0]));
        application.fci.truncate(at);
        application.fci.extend(data_object(0x9F38, &list));
    });
    assert_eq!(long_fci, (0x6F, ProfileFault::AnswerTooLong));
}

#[test]
fn a_card_that_needs_the_master_key_is_test_only_and_no_other_is() {
    let test = [0xC1, 1, 1];
    let plain = [0xC1, 1, 0];
    assert_eq!(refused_bytes("test-kernel3-cvn0a", &test, &plain), (0xC3, ProfileFault::TestOnly));
    assert_eq!(refused_bytes("kernel3-cvn18", &plain, &test), (0xC3, ProfileFault::TestOnly));
}

#[test]
fn a_closed_loop_card_never_takes_a_scheme_s_name_nor_a_scheme_s_card_one_of_its_kind() {
    let scheme_s_name = refused("closed-loop", |application| application.aid[0] = 0xA0);
    assert_eq!(scheme_s_name, (0x4F, ProfileFault::WrongValue));
    for version in [CryptogramVersion::Kernel3Cvn12, CryptogramVersion::Kernel3Cvn0A] {
        let scheme_s_cryptogram = refused("closed-loop", |application| application.version = version);
        assert_eq!(scheme_s_cryptogram, (0xC3, ProfileFault::WrongValue));
    }
    let closed_loop_name = refused("kernel2-without-oda", |application| {
        application.aid[0] = 0xF0;
        application.kernel_identifier = Some(2);
    });
    assert_eq!(closed_loop_name, (0xC3, ProfileFault::WrongValue));
    let closed_loop_cryptogram = refused_bytes("kernel3-cvn18", &[0xC3, 1, 0x12], &[0xC3, 1, 0xC1]);
    assert_eq!(closed_loop_cryptogram, (0x4F, ProfileFault::WrongValue));
    let no_kernel = refused("closed-loop", |application| application.kernel_identifier = None);
    assert_eq!(no_kernel, (0x9F2A, ProfileFault::Missing));
    for kernel in [2, 7] {
        let of_another_kernel = refused_bytes("closed-loop", &[0xC2, 1, 3, 0xC3], &[0xC2, 1, kernel, 0xC3]);
        assert_eq!(of_another_kernel, (0xC3, ProfileFault::WrongValue), "C1 is kernel 3's alone");
    }
}

#[test]
fn no_wound_of_one_byte_makes_the_parser_panic() {
    let mut usable: usize = 0;
    let mut refused: usize = 0;
    for name in DEMO_CARDS {
        let card = demo_card(name).unwrap();
        let bytes = card.profile();
        // Certificates make a profile ten times as long, and none of their bytes is read for itself: single bits will do.
        let certified = card.applications.iter().any(|application| application.data_authentication.is_some());
        let wounds = |byte: u8| (0..=0xFF).filter(move |other: &u8| !certified || (byte ^ other).is_power_of_two());
        for at in 0..bytes.len() {
            assert!(install(&bytes[..at]).is_err(), "{name} cut to {at} bytes");
            for byte in wounds(bytes[at]) {
                let mut wounded = bytes.clone();
                wounded[at] = byte;
                match install(&wounded) {
                    Ok(()) => usable += 1,
                    Err(error) => {
                        assert_ne!(error.tag, Tag(0), "an error names its tag");
                        refused += 1;
                    }
                }
            }
        }
    }
    tell(&format!("profiles: {} wounded ones, {refused} refused", usable + refused));
}
