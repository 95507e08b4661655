//! Certificates of offline data authentication end: what the wallet says and when, what brings others, and what a card does that
//! has none.

use std::collections::{BTreeMap, BTreeSet};

use hcepay_core::{
    Advice, Ask, CertificateEnd, ContentError, Error, ExpiryMonth, Method, NextRequest, Now, Outcome, ProfileError,
    ProfileFault, Purpose, Reason, Report, Tag, Why,
};
use hcepay_desk::disk::{Disk, Medium};
use hcepay_desk::phone::{NEW_YEAR, PURCHASE};
use hcepay_tests::issuer::Issuer;
use hcepay_tests::issuer::certificate_terms::CertificateTerms;
use hcepay_tests::issuer::certification::KeyPair;
use hcepay_tests::issuer::contents;
use hcepay_tests::issuer::demo_cards::{Certificates, DEMO_CARDS, DemoCard, demo_card};
use hcepay_tests::issuer::key_entry::{Protection, sealed_icc_key};
use hcepay_tests::issuer::seal;
use hcepay_tests::issuer::verification::Verdict;
use hcepay_tests::issuer::wallets::Holder;
use hcepay_tests::terminal::{Purchase, Tap, Terminal};

use crate::enrolled_wallet::{EnrolledWallet, policy};

const CARD: &str = "kernel2-cvn14";
const DAY_MS: u64 = 24 * 3_600_000;
/// 2026-03-01: certificates that end with February are over.
const MARCH: u64 = NEW_YEAR.wall_ms + (31 + 28) * DAY_MS;
const FEBRUARY: ExpiryMonth = ExpiryMonth { year: 2026, month: 2 };

/// A wallet with this card since New Year, its certificates until the end of February, and keys enough.
fn until_february(card: &str, face_after: bool, renews: bool) -> EnrolledWallet {
    let mut holder = EnrolledWallet::new();
    holder.issuer.set_certificate_terms(CertificateTerms { months: Some(1), face_after, renews });
    holder.issuer.set_key_life(400 * DAY_MS);
    let protection = if card.contains("no-verification") { Protection::Device } else { Protection::Authenticated };
    holder.install_with(card, policy(protection), 0, 12);
    holder
}

/// The wall clock goes on; the phone stays on, and that for no longer than it takes until it checks in anyway.
fn at(holder: &mut EnrolledWallet, wall_ms: u64) {
    holder.now.wall_ms = wall_ms;
}

/// A reader that authenticates cards where they promise it.
fn tap(holder: &mut EnrolledWallet, terminal: &Terminal) -> (Tap, Report) {
    let released = holder.platform.authenticated();
    holder.wallet.arm(holder.now, Method::Biometric, 30_000, Some(released)).unwrap();
    holder.keep_mark();
    // The reader's date is that of the wallet's clock.
    let day = (holder.now.wall_ms - NEW_YEAR.wall_ms) / DAY_MS;
    let months = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let (month, day) = months.iter().enumerate().fold((0, day), |(at, left), (month, days)| {
        if at == month && left >= *days { (month + 1, left - days) } else { (at, left) }
    });
    let bcd = |number: u64| u8::try_from(number / 10 * 16 + number % 10).unwrap();
    let date = [0x26, bcd(month as u64 + 1), bcd(day + 1)];
    let (wallet, now) = (&holder.wallet, holder.now);
    let tap = terminal.pay(&Purchase { date, ..PURCHASE }, &mut |command| wallet.process(now, command));
    let report = wallet.deactivated(now);
    wallet.make_ready(now).unwrap();
    holder.keep_mark();
    (tap, report)
}

/// The card's certificate, where the reader authenticated it.
fn icc_certificate(tap: &Tap) -> Option<Vec<u8>> {
    tap.oda.as_ref().map(|oda| oda.icc_certificate.clone())
}

fn is_authenticated(tap: &Tap) -> bool {
    icc_certificate(tap).is_some()
}

fn issuer_says(holder: &mut EnrolledWallet, tap: &Tap) -> Verdict {
    holder.issuer.verify(tap.authorisation.as_ref().unwrap(), holder.now.wall_ms).verdict
}

fn advice(holder: &EnrolledWallet) -> Advice {
    holder.wallet.replenishment(holder.card(), holder.now.wall_ms).unwrap()
}

fn uses_left(holder: &EnrolledWallet) -> u32 {
    let card = holder.wallet.card(holder.card(), holder.now.wall_ms).unwrap();
    card.applications.iter().map(|application| application.uses_left).sum()
}

/// What a tap sent of the card's certificate: in a record.
fn sends(tap: &Tap, object: &[u8]) -> bool {
    tap.exchanges.iter().any(|exchange| exchange.response.windows(object.len()).any(|window| window == object))
}

/// The demo cards that authenticate themselves and may come from an issuer.
fn certified_cards() -> impl Iterator<Item = &'static str> {
    DEMO_CARDS.into_iter().filter(|name| !name.starts_with("test-") && demo_card(name).unwrap().is_certified())
}

#[test]
fn an_end_is_told_from_30_days_before_and_the_wallet_fetches_other_certificates() {
    let mut holder = until_february(CARD, false, true);
    at(&mut holder, MARCH - 31 * DAY_MS);
    let (tap_before, report) = tap(&mut holder, &Terminal::default());
    assert_eq!((advice(&holder).ask, advice(&holder).why), (Ask::No, Why::Enough));
    assert_eq!((report.certificate, advice(&holder).certificate), (None, None));
    assert_eq!(holder.wallet.next_request(holder.now), NextRequest::Nothing);

    at(&mut holder, MARCH - 30 * DAY_MS);
    let ends = Some(CertificateEnd { month: FEBRUARY, is_over: false });
    let (tap_near, report) = tap(&mut holder, &Terminal::default());
    assert!(is_authenticated(&tap_near), "{}", tap_near.reason.sentence());
    assert_eq!((advice(&holder).ask, advice(&holder).why), (Ask::Soon, Why::CertificateEnds));
    assert_eq!((report.certificate, advice(&holder).certificate), (ends, ends));
    assert_eq!(holder.wallet.next_request(holder.now), NextRequest::CheckIn);
    let asked = holder.wallet.check_in_request().unwrap();
    let applied = holder.ask(asked);
    assert_eq!(applied.iter().map(|applied| applied.purpose).collect::<Vec<_>>(), [Purpose::Renew]);
    assert_eq!(holder.wallet.next_request(holder.now), NextRequest::Nothing);

    // The new certificates and the new key, long after the end of the first ones.
    at(&mut holder, MARCH + 20 * DAY_MS);
    let (tap_after, report) = tap(&mut holder, &Terminal::default());
    assert!(is_authenticated(&tap_after), "{}", tap_after.reason.sentence());
    assert_eq!(issuer_says(&mut holder, &tap_after), Verdict::Valid);
    assert_ne!(icc_certificate(&tap_before), icc_certificate(&tap_after));
    let march = ExpiryMonth { year: 2026, month: 3 };
    assert_eq!(report.certificate, Some(CertificateEnd { month: march, is_over: false }), "they end with March");
}

#[test]
fn who_is_short_of_keys_too_gets_both_with_one_answer() {
    let mut holder = until_february(CARD, false, true);
    at(&mut holder, MARCH - 30 * DAY_MS);
    (0..11).for_each(|_| drop(tap(&mut holder, &Terminal::default())));
    assert_eq!((advice(&holder).ask, advice(&holder).why), (Ask::Now, Why::FewKeysLeft));
    assert!(advice(&holder).certificate.is_some(), "it is told beside it");
    assert_eq!(holder.ask_next(), NextRequest::Replenishment);
    assert_eq!((advice(&holder).why, advice(&holder).certificate), (Why::Enough, None));
    assert!(is_authenticated(&tap(&mut holder, &Terminal::default()).0));
}

#[test]
fn an_issuer_that_lets_them_end_is_asked_once_when_they_come_near_and_once_when_they_are_over() {
    let mut holder = until_february(CARD, true, false);
    let mut asked = Vec::new();
    for wall_ms in (NEW_YEAR.wall_ms..MARCH + 40 * DAY_MS).step_by(12 * 3_600_000) {
        at(&mut holder, wall_ms);
        match holder.ask_next() {
            NextRequest::Nothing => {}
            next => asked.push((next, (wall_ms - NEW_YEAR.wall_ms) / DAY_MS)),
        }
    }
    assert_eq!(asked, [(NextRequest::CheckIn, 29), (NextRequest::CheckIn, 59)]);
    assert_eq!((advice(&holder).ask, advice(&holder).why), (Ask::Now, Why::CertificateOver));
}

#[test]
fn a_card_with_another_face_pays_without_data_authentication_and_says_so_to_everyone() {
    for name in certified_cards() {
        let mut holder = until_february(name, true, false);
        at(&mut holder, MARCH - 1);
        let (last, report) = tap(&mut holder, &Terminal::default());
        assert_eq!(is_authenticated(&last), name.starts_with("kernel2") || name == "cobadged", "{name}");
        assert_eq!(report.certificate, Some(CertificateEnd { month: FEBRUARY, is_over: false }), "{name}");

        at(&mut holder, MARCH);
        let before = uses_left(&holder);
        let (tap, report) = tap(&mut holder, &Terminal::default());
        assert_eq!(report.outcome, Outcome::AuthorisationRequested, "{name}: {}", tap.reason.sentence());
        assert_eq!(issuer_says(&mut holder, &tap), Verdict::Valid, "{name}");
        assert_eq!(uses_left(&holder), before - 1, "{name}");
        assert!(!is_authenticated(&tap), "{name}");
        // Neither the issuer's certificate nor the card's, and no signature; they are as long as 176 and 128 to 248 bytes.
        for object in [&[0x90, 0x81][..], &[0x9F, 0x46, 0x81], &[0x9F, 0x4B], &[0x9F, 0x69]] {
            assert!(!sends(&tap, object), "{name}: {object:X?}");
        }
        let promised = tap.exchanges.iter().find_map(|exchange| {
            let at = exchange.response.windows(2).position(|window| window == [0x82, 2])?;
            Some(exchange.response[at + 2])
        });
        assert_eq!(promised.unwrap() & 0b0110_0011, 0, "{name}: neither SDA nor DDA, on-device CVM, CDA");
        assert_eq!(report.certificate, Some(CertificateEnd { month: FEBRUARY, is_over: true }), "{name}");
        assert_eq!((advice(&holder).ask, advice(&holder).why), (Ask::Now, Why::CertificateOver), "{name}");
    }
}

#[test]
fn a_card_without_another_face_declines_and_spends_nothing() {
    for name in certified_cards() {
        let mut holder = until_february(name, false, true);
        at(&mut holder, MARCH);
        let before = uses_left(&holder);
        // And one that asks for neither CDA nor verification on the phone.
        let plain = Terminal { cda_supported: false, kernel_configuration: 0xDF, ..Terminal::default() };
        for terminal in [Terminal::default(), plain] {
            let (tap, report) = tap(&mut holder, &terminal);
            assert_eq!((report.outcome, report.reason), (Outcome::Declined, Some(Reason::CertificateOver)), "{name}");
            assert_eq!((report.atc, uses_left(&holder)), (None, before), "{name}");
            assert_eq!(report.certificate, Some(CertificateEnd { month: FEBRUARY, is_over: true }), "{name}");
            let last = tap.exchanges.last().unwrap();
            match last.command[1] {
                0xAE => assert!(last.response.windows(4).any(|window| window == [0x9F, 0x27, 1, 0]), "{name}: an AAC"),
                _ => assert_eq!((last.command[1], &last.response[..]), (0xA8, &[0x69, 0x85][..]), "{name}"),
            }
        }
        // It is late, but not too late.
        assert_eq!(holder.ask_next(), NextRequest::CheckIn, "{name}");
        let (tap, report) = tap(&mut holder, &Terminal::default());
        assert_eq!(report.outcome, Outcome::AuthorisationRequested, "{name}: {}", tap.reason.sentence());
        assert_eq!(issuer_says(&mut holder, &tap), Verdict::Valid, "{name}");
    }
}

/// Other certificates would mend nothing there. No use is leased either: that may wait for the medium.
#[test]
fn what_else_keeps_a_card_from_paying_is_told_before_its_certificates() {
    let over = || {
        let mut holder = until_february(CARD, false, true);
        at(&mut holder, MARCH);
        holder
    };
    let mut suspended = over();
    let word = suspended.ordered(|issuer, card, random| issuer.suspend(card, random));
    suspended.apply(&word).unwrap();
    let mut rolled_back = over();
    rolled_back.platform.mark += 1000;
    rolled_back.reopen();
    let mut without_key = until_february(CARD, false, true);
    (0..12).for_each(|_| drop(tap(&mut without_key, &Terminal::default())));
    at(&mut without_key, MARCH);
    for (mut holder, reason) in [
        (suspended, Reason::CardNotActive),
        (rolled_back, Reason::RolledBack),
        (without_key, Reason::NoKeyLeft),
        (over(), Reason::CertificateOver),
    ] {
        let released = holder.platform.authenticated();
        let _ = holder.wallet.arm(holder.now, Method::Biometric, 30_000, Some(released));
        let log = holder.log();
        let (wallet, now) = (&holder.wallet, holder.now);
        Terminal::default()
            .pay(&Purchase { date: [0x26, 3, 1], ..PURCHASE }, &mut |command| wallet.process(now, command));
        assert_eq!(holder.log(), log, "{reason:?}: nothing is leased");
        assert_eq!(wallet.deactivated(now).reason, Some(reason));
        holder.keep_mark();
    }
}

/// The certificates that the reader has are not those of the key that is open now.
#[test]
fn a_key_that_a_renewal_brings_in_mid_contact_does_not_sign_beside_the_old_certificates() {
    for (with_authority, with_key_open) in [(true, true), (true, false), (false, true), (false, false)] {
        let mut holder = EnrolledWallet::new();
        holder.install(CARD, 0, 3);
        let number = holder.card().number();
        let old = demo_card(CARD).unwrap();
        let mut anew = old.certified(Certificates { renewals: 1, ..old.certificates });
        let key = KeyPair::of_card(1024, true);
        let [before, after] = match with_authority {
            true => [old.profile(), anew.profile()],
            false => [without_authority(&mut demo_card(CARD).unwrap()), without_authority(&mut anew)],
        };
        let first = renewal_with(&mut holder, before, KeyPair::of_card(1024, false));
        let renewal = renewal_with(&mut holder, after, key);
        // A key is opened ahead for the chosen card alone.
        holder.install("kernel3-cvn18", 0, 1);
        let [card, another] = [0, 1].map(|place| holder.wallet.cards()[place]);
        holder.apply_content(seal::Purpose::Renew, number, &first).unwrap();
        let arm = |holder: &mut EnrolledWallet| {
            let released = holder.platform.authenticated();
            holder.wallet.arm(holder.now, Method::Biometric, 30_000, Some(released)).unwrap();
            holder.keep_mark();
        };
        arm(&mut holder);
        let now = holder.now;
        let tap = Terminal::default().pay(&PURCHASE, &mut |command| {
            if command[1] == 0xAE {
                if !with_key_open {
                    holder.wallet.choose(another, now).unwrap();
                }
                holder.apply_content(seal::Purpose::Renew, number, &renewal).unwrap();
            }
            holder.wallet.process(now, command)
        });
        let told = format!("authority {with_authority}, open {with_key_open}");
        assert!(tap.authorisation.is_none(), "{told}");
        let report = holder.wallet.deactivated(now);
        assert_eq!((report.reason, report.atc), (Some(Reason::NoDataAuthentication), None), "{told}");
        assert_eq!(uses_left(&holder), 3, "{told}: nothing is spent");
        holder.wallet.choose(card, now).unwrap();
        assert_eq!(holder.pay(), Ok(Verdict::Valid), "{told}: the next contact shows the new ones");
    }
}

#[test]
fn a_clock_set_back_a_little_makes_no_certificate_good_again() {
    let mut holder = until_february(CARD, true, false);
    at(&mut holder, MARCH);
    assert!(!is_authenticated(&tap(&mut holder, &Terminal::default()).0));
    at(&mut holder, MARCH - 60_000);
    let (near, report) = tap(&mut holder, &Terminal::default());
    assert!(!is_authenticated(&near) && near.authorisation.is_some());
    assert!(report.certificate.unwrap().is_over);
    // By more than that no key is used, and that is what the report says.
    at(&mut holder, MARCH - DAY_MS);
    assert_eq!(tap(&mut holder, &Terminal::default()).1.reason, Some(Reason::ClockSetBack));
}

#[test]
fn a_face_that_was_begun_with_stays_until_the_card_is_selected_anew() {
    let mut holder = until_february(CARD, true, false);
    let released = holder.platform.authenticated();
    at(&mut holder, MARCH - 1);
    holder.wallet.arm(holder.now, Method::Biometric, 30_000, Some(released)).unwrap();
    holder.keep_mark();
    let before = holder.now;
    at(&mut holder, MARCH);
    let after = holder.now;
    let wallet = &holder.wallet;
    let mut options_answered = false;
    let tap = Terminal::default().pay(&Purchase { date: [0x26, 0x02, 0x28], ..PURCHASE }, &mut |command| {
        let now = if options_answered { after } else { before };
        options_answered |= command[1] == 0xA8;
        wallet.process(now, command)
    });
    assert!(is_authenticated(&tap), "{}", tap.reason.sentence());
}

#[test]
fn without_the_certification_authority_s_key_nothing_is_ever_over() {
    let mut card = demo_card(CARD).unwrap().certified(ending_february(true));
    let bytes = without_authority(&mut card);
    let mut holder = EnrolledWallet::new();
    holder.install(CARD, 0, 2);
    let number = holder.card().number();
    let renewal = renewal_with(&mut holder, bytes, KeyPair::of_card(1024, false));
    holder.apply_content(seal::Purpose::Renew, number, &renewal).unwrap();
    at(&mut holder, MARCH + DAY_MS);
    let (tap, report) = tap(&mut holder, &Terminal { ca_keys: Vec::new(), ..Terminal::default() });
    assert!(sends(&tap, &[0x9F, 0x46, 0x81]), "it cannot know better");
    assert_eq!((report.certificate, advice(&holder).certificate), (None, None));
}

fn ending_february(face_after: bool) -> Certificates {
    Certificates { ends: [0x26, 0x02], renewals: 0, face_after }
}

/// The profile of a card without the key by which it could check its certificates.
fn without_authority(card: &mut DemoCard) -> Vec<u8> {
    let profile = card.profile();
    let modulus = &card.applications[0].data_authentication.as_ref().unwrap().authority.modulus;
    let at = profile.windows(modulus.len()).position(|window| window == modulus).unwrap();
    // C7 81F8 modulus, C8 01 03; the lengths of EB and EA are two bytes long.
    let exponent = card.applications[0].data_authentication.as_ref().unwrap().authority.exponent.len();
    let gone = at - 3..at + modulus.len() + 2 + exponent;
    let mut shorter = profile.clone();
    shorter.drain(gone.clone());
    let length = |shorter: &mut Vec<u8>, place: usize| {
        assert_eq!(shorter[place], 0x82);
        let told = u16::from_be_bytes([shorter[place + 1], shorter[place + 2]]);
        let now = told - u16::try_from(gone.len()).unwrap();
        shorter[place + 1..place + 3].copy_from_slice(&now.to_be_bytes());
    };
    length(&mut shorter, 1);
    // EA 82 xx xx, C0 01 01, C1 01 00, EB 82 ...
    length(&mut shorter, 11);
    shorter
}

fn renewal_with(holder: &mut EnrolledWallet, profile: Vec<u8>, key: Option<&KeyPair>) -> Vec<u8> {
    let point = holder.platform.authenticated().point().bytes();
    let sealed_for = Holder { wallet: holder.id, card: holder.card().number() };
    let aid = [0xA0, 0, 0, 0, 4, 0x10, 0x10];
    let keys: Vec<Vec<u8>> = key
        .map(|key| sealed_icc_key(&aid, key, sealed_for, &point, &mut |buffer| buffer.fill(7)).unwrap())
        .into_iter()
        .collect();
    contents::with_icc_keys(contents::renew(&profile).unwrap(), &keys).unwrap()
}

#[test]
fn a_renewal_is_whole_or_is_refused_and_the_card_pays_on() {
    let mut holder = EnrolledWallet::new();
    holder.install(CARD, 0, 4);
    let card = holder.card().number();
    let demo = demo_card(CARD).unwrap();
    let anew = demo.certified(Certificates { renewals: 1, ..demo.certificates });
    let not_certified = Error::Profile(ProfileError { tag: Tag(0x9F46), fault: ProfileFault::NotCertified });
    let is_over = Error::Profile(ProfileError { tag: Tag(0x9F46), fault: ProfileFault::CertificateOver });
    let no_key = Error::Content(ContentError::IccKeyMissing);
    // Other signed records beside the same certificates: byte 1 of the application usage control.
    let other_records = |profile: Vec<u8>| {
        let at = profile.windows(4).position(|window| window == [0x9F, 0x07, 2, 0xFF]).unwrap();
        let mut other = profile;
        other[at + 3] = 0xFE;
        other
    };
    let over = demo.certified(Certificates { ends: [0x25, 0x12], renewals: 1, face_after: true });
    for (told, profile, key, error) in [
        ("other records, the same certificates", other_records(demo.profile()), None, not_certified),
        ("new certificates, the old key", anew.profile(), None, no_key),
        ("over when it comes", over.profile(), KeyPair::of_card(1024, true), is_over),
    ] {
        let renewal = renewal_with(&mut holder, profile, key);
        let log = holder.log();
        assert_eq!(holder.apply_content(seal::Purpose::Renew, card, &renewal), Err(error), "{told}");
        assert_eq!(holder.log(), log, "{told}");
        assert_eq!(holder.pay(), Ok(Verdict::Valid), "{told}");
    }
}

#[test]
fn other_signed_records_under_the_same_certificate_are_seen_without_the_authority_s_key_too() {
    let mut holder = EnrolledWallet::new();
    holder.install(CARD, 0, 2);
    let card = holder.card().number();
    let unchecked = without_authority(&mut demo_card(CARD).unwrap());
    let renewal = renewal_with(&mut holder, unchecked.clone(), None);
    holder.apply_content(seal::Purpose::Renew, card, &renewal).unwrap();
    let mut other = unchecked;
    let at = other.windows(4).position(|window| window == [0x9F, 0x07, 2, 0xFF]).unwrap();
    other[at + 3] = 0xFE;
    let renewal = renewal_with(&mut holder, other, None);
    let not_certified = Error::Profile(ProfileError { tag: Tag(0x9F46), fault: ProfileFault::NotCertified });
    assert_eq!(holder.apply_content(seal::Purpose::Renew, card, &renewal), Err(not_certified));
    assert_eq!(holder.pay(), Ok(Verdict::Valid));
}

/// Sealed, a key cannot be held against a certificate: it shows when it is opened, before a payment key is spent.
#[test]
fn a_new_key_under_the_old_certificates_signs_nothing_and_the_next_renewal_mends_it() {
    let mut holder = EnrolledWallet::new();
    holder.install(CARD, 0, 3);
    let card = holder.card().number();
    let renewal = renewal_with(&mut holder, demo_card(CARD).unwrap().profile(), KeyPair::of_card(1024, true));
    holder.apply_content(seal::Purpose::Renew, card, &renewal).unwrap();
    assert_eq!(holder.pay(), Err(Reason::NoDataAuthentication));
    assert_eq!(uses_left(&holder), 3, "nothing is spent");
    let mended = demo_card(CARD).unwrap();
    let renewal = renewal_with(&mut holder, mended.profile(), KeyPair::of_card(1024, false));
    holder.apply_content(seal::Purpose::Renew, card, &renewal).unwrap();
    assert_eq!(holder.pay(), Ok(Verdict::Valid));
}

/// Whatever a kill or a power loss in a renewal leaves: the old profile with its key, or the new one with its own.
#[test]
fn a_renewal_that_is_torn_leaves_a_card_that_pays_under_the_old_certificates_or_the_new() {
    let mut holder = EnrolledWallet::new();
    holder.install(CARD, 0, 3);
    let renewal = holder.ordered(|issuer, card, random| issuer.renew(card, random));
    let (before, issuer) = (holder.disk.medium(), holder.issuer.to_json());
    let certificate = |holder: &mut EnrolledWallet| {
        let (tap, report) = tap(holder, &Terminal::default());
        assert_eq!(report.reason, Some(Reason::Verified), "{}", tap.reason.sentence());
        assert_eq!(issuer_says(holder, &tap), Verdict::Valid);
        icc_certificate(&tap).unwrap()
    };
    holder.disk.record();
    holder.apply(&renewal).unwrap();
    let points = holder.disk.take_recorded();
    let mut image = |medium: Medium, lost_power: bool| {
        holder.disk = Disk::of(medium);
        holder.issuer = Issuer::from_json(&issuer).unwrap();
        holder.platform.mark = 0;
        holder.now = if lost_power { Now { boot_count: NEW_YEAR.boot_count + 1, ..NEW_YEAR } } else { NEW_YEAR };
        holder.reopen();
        let is_new = holder.wallet.highest_sequence() == 2;
        let certificate = certificate(&mut holder);
        // It comes again, where the issuer has not heard.
        let again = holder.apply(&renewal);
        assert_eq!(again.is_err(), is_new);
        (is_new, certificate)
    };
    let mut found: BTreeMap<bool, BTreeSet<Vec<u8>>> = BTreeMap::new();
    let mut images = 0;
    let (_, old) = image(before, false);
    for point in points {
        for lost_power in [false, true] {
            let mut look = |medium: Medium| {
                let (is_new, certificate) = image(medium, lost_power);
                found.entry(is_new).or_default().insert(certificate);
                images += 1;
            };
            if lost_power {
                point.before.after_power_loss(&point.call, &mut look);
            } else {
                point.before.after_kill(&point.call, &mut look);
                point.before.after_cut_write(&point.call, &mut look);
            }
        }
    }
    assert!(images > 10, "{images}");
    assert_eq!(found[&false], BTreeSet::from([old.clone()]));
    assert!(found[&true].len() == 1 && !found[&true].contains(&old));
}
