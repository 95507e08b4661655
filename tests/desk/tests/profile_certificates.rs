//! What a profile says of offline data authentication: all of it or nothing, and certificates of this card alone.

use hcepay_core::{Error, Now, ProfileError, ProfileFault, Tag};
use hcepay_desk::phone::{NEW_YEAR, empty_wallet};
use hcepay_tests::issuer::certification::KeyPair;
use hcepay_tests::issuer::contents;
use hcepay_tests::issuer::demo_cards::{DEMO_CARDS, demo_card};
use hcepay_tests::issuer::profile::{ApplicationProfile, DataAuthentication, Face, Record, data_object, profile};
use hcepay_tests::issuer::seal::{Address, Purpose};
use hcepay_tests::issuer::token::Token;

use crate::enrolled_wallet::EnrolledWallet;

const CARD: &str = "kernel2-cvn15";

/// What becomes of the card whose certificates were made by these, changed.
struct Making {
    authority: &'static KeyPair,
    issuer: &'static KeyPair,
    icc: &'static KeyPair,
    first_digits: &'static str,
    token: Token,
    ends: [[u8; 2]; 2],
    aip: [u8; 2],
    carries_authority: bool,
    /// Tag and value of objects to be left out, or to be others.
    others: Vec<(u32, Option<Vec<u8>>)>,
}

impl Making {
    fn right() -> Making {
        Making {
            authority: KeyPair::of_authority(),
            issuer: KeyPair::of_issuer(1408).unwrap(),
            icc: KeyPair::of_card(1152, false).unwrap(),
            first_digits: "9999",
            token: demo_card(CARD).unwrap().token,
            ends: [[0x12, 0x29]; 2],
            aip: [0x1B, 0x80],
            carries_authority: true,
            others: Vec::new(),
        }
    }

    fn without(tag: u32) -> Making {
        Making { others: vec![(tag, None)], ..Making::right() }
    }

    fn with(tag: u32, value: &[u8]) -> Making {
        Making { others: vec![(tag, Some(value.to_vec()))], ..Making::right() }
    }

    /// The demo card with certificates made anew.
    fn application(&self) -> ApplicationProfile {
        let mut application = demo_card(CARD).unwrap().applications.remove(0);
        application.records.retain(|record| record.sfi != 4);
        let signed: Vec<u8> = application.records.iter().flat_map(|record| record.content.clone()).collect();
        let static_data = [signed.as_slice(), &self.aip].concat();
        let objects = [
            (0x8F, vec![0xFA]),
            (0x9F32, self.issuer.exponent.clone()),
            (0x9F47, self.icc.exponent.clone()),
            (0x9F48, self.icc.icc_remainder(self.issuer).to_vec()),
            (0x9F46, self.issuer.certify_card(self.icc, &self.token, self.ends[1], &static_data)),
            (0x90, self.authority.certify_issuer(self.issuer, self.first_digits, self.ends[0])),
        ];
        let other = |tag: u32| self.others.iter().find(|(other, _)| *other == tag).map(|(_, value)| value.clone());
        let mut numbers = 1..;
        for part in [&objects[..5], &objects[5..]] {
            let written = part.iter().filter_map(|(tag, value)| {
                let value = other(*tag).unwrap_or(Some(value.clone()))?;
                (!value.is_empty()).then(|| data_object(*tag, &value))
            });
            let content = written.collect::<Vec<_>>().concat();
            application.records.push(Record { sfi: 4, number: numbers.next().unwrap(), content, signed: false });
        }
        let authority = KeyPair::of_authority().clone();
        let icc_key = self.icc.clone();
        let authentication =
            DataAuthentication { icc_key, authority, signed_data_format: None, made_record: None, face_after: None };
        application.data_authentication = self.carries_authority.then_some(authentication);
        application
    }

    fn fault(&self) -> Option<(u32, ProfileFault)> {
        fault(&profile(&[self.application()]))
    }
}

fn fault(profile: &[u8]) -> Option<(u32, ProfileFault)> {
    match empty_wallet().install_unsealed(profile) {
        Ok(_) => None,
        Err(Error::Profile(ProfileError { tag, fault })) => Some((tag.0, fault)),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn certificates_made_as_the_issuer_makes_them_are_taken() {
    assert_eq!(Making::right().fault(), None);
    assert_eq!(Making { carries_authority: false, ..Making::right() }.fault(), None);
}

#[test]
fn each_fault_of_a_certificate_has_an_error_of_its_own() {
    use ProfileFault::{AnotherToken, NotCertified};
    let right = Making::right;
    let issuer_1984 = KeyPair::of_issuer(1984).unwrap();
    // Another authority signs, of the length that the certificate has.
    let foreign = right().authority.certify_issuer(right().issuer, "9999", [0x12, 0x29]);
    let foreign: Vec<u8> = issuer_1984.sign(&[&[0x6A], &foreign[1..247], &[0xBC]].concat());
    assert_eq!(Making::with(0x90, &foreign).fault(), Some((0x90, NotCertified)), "a foreign authority");
    let other_icc = KeyPair::of_card(1152, true).unwrap();
    let cut = Making::with(0x9F48, &right().icc.icc_remainder(right().issuer)[1..]);
    assert_eq!(cut.fault(), Some((0x9F48, ProfileFault::WrongLength)), "cut");
    let other_remainder = Making::with(0x9F48, other_icc.icc_remainder(right().issuer));
    assert_eq!(other_remainder.fault(), Some((0x9F46, NotCertified)), "the remainder of another key");
    assert_eq!(Making::with(0x9F47, &[3]).fault(), Some((0x9F46, NotCertified)), "another exponent");
    assert_eq!(Making::with(0x9F32, &[1, 0, 1]).fault(), Some((0x90, NotCertified)), "another exponent");
    let aip_since = Making { aip: [0x19, 0x80], ..right() };
    assert_eq!(aip_since.fault(), Some((0x9F46, NotCertified)), "the AIP was another one when it was signed");
    let other_digits = Making { first_digits: "9998", ..right() };
    assert_eq!(other_digits.fault(), Some((0x90, AnotherToken)));
    let other_token = Making { token: Token::parse("9999000000000000079").unwrap(), ..right() };
    assert_eq!(other_token.fault(), Some((0x9F46, AnotherToken)));
    for ends in [[[0x00, 0x29], [0x12, 0x29]], [[0x12, 0x29], [0x13, 0x29]]] {
        let no_month = Making { ends, ..right() }.fault();
        assert!(matches!(no_month, Some((0x90 | 0x9F46, NotCertified))), "{no_month:?}");
    }
    let is_over = Error::Profile(ProfileError { tag: Tag(0x9F46), fault: ProfileFault::CertificateOver });
    assert_eq!(over(&Making { ends: [[0x12, 0x25], [0x12, 0x29]], ..right() }), Err(is_over));
    assert_eq!(over(&Making { ends: [[0x12, 0x29], [0x12, 0x25]], ..right() }), Err(is_over));
    assert_eq!(over(&Making { ends: [[0x01, 0x26], [0x01, 0x26]], ..right() }), Ok(()));
}

/// What an issuer's envelope with this profile comes to on New Year's Day of 2026.
fn over(making: &Making) -> Result<(), Error> {
    let mut holder = EnrolledWallet::new();
    holder.now = Now { wall_ms: NEW_YEAR.wall_ms, ..holder.now };
    let policy = contents::Policy::of_single_uses(hcepay_tests::issuer::key_entry::Protection::Authenticated, 3);
    let content = contents::install_card(&policy, 0, &profile(&[making.application()]), &[]).unwrap();
    let address = Address { purpose: Purpose::InstallCard, wallet: holder.id, card: 9, sequence: 1 };
    let envelope = holder.seal(&address, &content);
    holder.apply(&envelope).map(|_| ())
}

#[test]
fn every_bit_of_what_is_signed_counts() {
    let bytes = profile(&[Making::right().application()]);
    let application = Making::right().application();
    let first = &application.records[0].content;
    let start = bytes.windows(first.len()).position(|window| window == first).unwrap();
    let afl = bytes.windows(2).position(|window| window == [0x82, 2]).unwrap();
    let mut refused = 0;
    for place in (start..start + first.len()).chain(afl + 2..afl + 4) {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[place] ^= 1 << bit;
            assert!(fault(&changed).is_some(), "byte {place}, bit {bit}");
            refused += 1;
        }
    }
    assert!(refused > 300);
    for certificate in [0x90_u32, 0x9F46] {
        let head = if certificate == 0x90 { vec![0x90, 0x81, 0xF8] } else { vec![0x9F, 0x46, 0x81, 0xB0] };
        let at = bytes.windows(head.len()).position(|window| window == head).unwrap() + head.len();
        for bit in (0..8 * 176).step_by(29) {
            let mut changed = bytes.clone();
            changed[at + bit / 8] ^= 1 << (bit % 8);
            assert_eq!(fault(&changed), Some((certificate, ProfileFault::NotCertified)), "bit {bit}");
        }
    }
}

#[test]
fn who_promises_cda_has_all_that_it_takes_and_nobody_else_has_any_of_it() {
    for tag in [0x8F, 0x90, 0x9F32, 0x9F46, 0x9F47, 0x9F48] {
        assert_eq!(Making::without(tag).fault(), Some((tag, ProfileFault::Missing)), "{tag:X}");
    }
    let right = Making::right().application();
    let changed = |change: &dyn Fn(&mut ApplicationProfile)| {
        let mut application = right.clone();
        change(&mut application);
        fault(&profile(&[application]))
    };
    let no_list = changed(&|application| {
        let content = &mut application.records[2].content;
        content.truncate(content.len() - 4);
    });
    assert_eq!(no_list, Some((0x9F4A, ProfileFault::Missing)));
    let nothing_signed =
        changed(&|application| application.records.iter_mut().for_each(|record| record.signed = false));
    assert_eq!(nothing_signed, Some((0x94, ProfileFault::WrongValue)));
    let promises_nothing = changed(&|application| application.aip = [0x18, 0x80]);
    assert_eq!(promises_nothing, Some((0x8F, ProfileFault::Unknown)));
    for kernel_3 in ["kernel3-two-applications", "kernel7-cvn01"] {
        let mut application = demo_card(kernel_3).unwrap().applications.remove(0);
        application.records[0].content.extend(data_object(0x8F, &[1]));
        assert_eq!(fault(&profile(&[application])), Some((0x8F, ProfileFault::Unknown)), "{kernel_3}");
    }
    for name in DEMO_CARDS.iter().filter(|name| **name == "kernel2-without-oda") {
        let mut application = demo_card(name).unwrap().applications.remove(0);
        application.aip = [0x19, 0x80];
        assert_eq!(fault(&profile(&[application])), Some((0x8F, ProfileFault::Missing)));
    }
}

#[test]
fn sizes_nest_and_exponents_are_those_of_emv() {
    use ProfileFault::{WrongLength, WrongValue};
    for tag in [0x9F32, 0x9F47] {
        for even in [&[2][..], &[0], &[1, 0, 0], &[3, 0], &[5]] {
            assert_eq!(Making::with(tag, even).fault(), Some((tag, WrongValue)), "{tag:X} {even:?}");
        }
    }
    assert_eq!(Making::with(0x90, &[0x5A; 160]).fault(), Some((0x9F46, WrongLength)), "shorter than what it signs");
    let cut = |tag: u32, length: usize| Making::with(tag, &vec![0x5A; length]).fault();
    assert_eq!(cut(0x90, 247), Some((0xC7, WrongLength)), "cut");
    assert_eq!(cut(0x90, 95), Some((0x90, WrongLength)));
    assert_eq!(cut(0x9F46, 95), Some((0x9F46, WrongLength)));
    // A remainder where there is nothing left over.
    let mut superfluous = Making::right().application();
    superfluous.records[3].content.extend(data_object(0x92, &[1, 2, 3]));
    assert_eq!(fault(&profile(&[superfluous])), Some((0x92, WrongLength)));
    let mut empty = Making::right().application();
    empty.records[3].content.extend(data_object(0x92, &[]));
    assert_eq!(fault(&profile(&[empty])), None, "for terminals that want the object whatever is in it");
    let mut half_a_key = Making { carries_authority: false, ..Making::right() }.application();
    half_a_key.data_authentication = None;
    let bytes = profile(&[half_a_key]);
    assert_eq!(fault(&bytes), None, "without the authority's key they are taken as they are");
}

/// A profile of one application, with one more object in that.
fn with_in_application(application: &ApplicationProfile, more: &[u8]) -> Vec<u8> {
    let profile = profile(std::slice::from_ref(application));
    // EA 82 length, C0 01 01, C1 01 00, EB 82 or 81 length.
    let (flags, application) = profile[if profile[1] == 0x82 { 4 } else { 3 }..].split_at(6);
    assert_eq!(application[0], 0xEB);
    let content = &application[if application[1] == 0x82 { 4 } else { 3 }..];
    data_object(0xEA, &[flags, &data_object(0xEB, &[content, more].concat())].concat())
}

#[test]
fn another_face_is_honest_of_the_same_card_and_only_where_certificates_can_end() {
    use ProfileFault::{AnotherToken, AnswerTooLong, Missing, NotSupported, OnDeviceWithoutCda, Twice, Unknown};
    let certified = Making::right().application();
    let plain = |name: &str| demo_card(name).unwrap().applications.remove(0);
    let honest = {
        let mut records = certified.records.clone();
        records.retain(|record| record.sfi != 4);
        records.iter_mut().for_each(|record| record.signed = false);
        let list = records.last_mut().unwrap();
        list.content.truncate(list.content.len() - 4);
        Face { aip: [0x18, 0x80], records }
    };
    let written = |face: &Face| {
        let mut alone = certified.clone();
        alone.data_authentication.as_mut().unwrap().face_after = Some(face.clone());
        profile(&[alone])
    };
    let of = |change: &dyn Fn(&mut Face)| {
        let mut face = honest.clone();
        change(&mut face);
        fault(&written(&face))
    };
    assert_eq!(of(&|_| {}), None);
    assert_eq!(of(&|face| face.aip = [0x19, 0x80]), Some((0x8F, Missing)), "promises CDA");
    assert_eq!(of(&|face| face.aip = [0x58, 0x80]), Some((0x82, NotSupported)), "promises SDA");
    assert_eq!(of(&|face| face.aip = [0x38, 0x80]), Some((0x82, NotSupported)), "promises DDA");
    assert_eq!(of(&|face| face.aip = [0x1A, 0x80]), Some((0x82, OnDeviceWithoutCda)));
    let all_over_again = Face { aip: certified.aip, records: certified.records.clone() };
    assert_eq!(fault(&written(&all_over_again)), Some((0xEF, NotSupported)), "promises CDA, and has all of it");
    let with_certificates = of(&|face| face.records.clone_from(&certified.records));
    assert_eq!(with_certificates, Some((0x8F, Unknown)), "promises nothing, and has certificates");
    let of_another = plain("kernel2-without-oda").records;
    assert_eq!(of(&|face| face.records.clone_from(&of_another)), Some((0xEF, AnotherToken)));
    let renewed = demo_card(CARD).unwrap().renewed().applications.remove(0).records;
    let until_later = of(&|face| {
        face.records.clone_from(&renewed);
        face.records.retain(|record| record.sfi != 4);
        let list = face.records.last_mut().unwrap();
        list.content.truncate(list.content.len() - 4);
    });
    assert_eq!(until_later, Some((0xEF, AnotherToken)), "another expiry");
    let too_long = of(&|face| {
        // As long as they may be, and together longer than an answer.
        let first = &mut face.records[0].content;
        for (tag, length) in [(0x9F6E, 32), (0x9F7C, 20), (0x8E, 200)] {
            first.extend(data_object(tag, &vec![0x31; length]));
        }
        face.records.iter_mut().skip(1).for_each(|record| {
            let at = record.content.iter().position(|byte| *byte == 0x8E);
            if let Some(at) = at {
                let length = usize::from(record.content[at + 1]);
                record.content.drain(at..at + 2 + length);
            }
        });
    });
    assert_eq!(too_long, Some((0x70, AnswerTooLong)));
    let answers = |face: &Face| {
        let whole = written(face);
        let at = whole.windows(2).position(|window| window == [0xEF, 0x82] || window == [0xEF, 0x81]).unwrap();
        whole[at..].to_vec()
    };
    let once = answers(&honest);
    assert_eq!(fault(&with_in_application(&certified, &once)), None);
    assert_eq!(fault(&with_in_application(&certified, &once.repeat(2))), Some((0xEF, Twice)));
    let never_ends = with_in_application(&plain("kernel2-without-oda"), &once);
    assert_eq!(fault(&never_ends), Some((0xEF, Unknown)), "there is nothing that it could take the place of");
    for (content, expected) in [
        (Vec::new(), (0xED, Missing)),
        (data_object(0xC3, &[0x14]), (0xC3, Unknown)),
        (data_object(0xC7, &[1; 176]), (0xC7, Unknown)),
    ] {
        let other = with_in_application(&certified, &data_object(0xEF, &content));
        assert_eq!(fault(&other), Some(expected));
    }
}
