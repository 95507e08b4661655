//! Offline data authentication in a wallet: when its key comes and goes, what a reader sees, and what nobody ever sees.

use hcepay_core::{ContentError, Error, Outcome, ProfileError, ProfileFault, Reason, ReleasedSpendKey, Tag};
use hcepay_desk::phone::{NEW_YEAR, PURCHASE, Phone, empty_wallet};
use hcepay_tests::bytes::{from_hex, hex};
use hcepay_tests::issuer::certification::KeyPair;
use hcepay_tests::issuer::contents;
use hcepay_tests::issuer::demo_cards::demo_card;
use hcepay_tests::issuer::key_entry::{Protection, sealed_icc_key};
use hcepay_tests::issuer::profile::profile;
use hcepay_tests::issuer::seal::Purpose;
use hcepay_tests::issuer::verification::Verdict;
use hcepay_tests::issuer::wallets::Holder;
use hcepay_tests::terminal::{self, Purchase, Tap, Terminal};

use serde_json::Value;

use crate::checkout::grow_until_compacted;
use crate::enrolled_wallet::{EnrolledWallet, fresh_purchase, policy};

const CARD: &str = "kernel2-cvn14";
const SELECT: &str = "00A4040007A000000004101000";
const OPTIONS: &str = "80A8000002830000";

/// A phone with this card and a few keys.
fn phone(card: &str) -> Phone {
    let mut phone = Phone::new(card, 0, NEW_YEAR).unwrap();
    phone.receive_keys(9);
    phone
}

/// One tap, the holder verified or not, with what the card has to say about it.
fn tap(phone: &mut Phone, terminal: &Terminal, amount_minor: u64, verified: bool) -> (Tap, hcepay_core::Report) {
    phone.leave_field();
    phone.wallet().disarm();
    phone.wait(60_000);
    if verified {
        phone.verify_holder();
    }
    let tap = terminal.pay(&Purchase { amount_minor, ..fresh_purchase() }, &mut |command| phone.process(command));
    let report = phone.leave_field();
    (tap, report)
}

/// The command of the tap that asked for a cryptogram: P1, CVM results, TVR.
fn generate_ac(tap: &Tap) -> &[u8] {
    &tap.exchanges.iter().find(|exchange| exchange.command[1] == 0xAE).unwrap().command
}

/// GENERATE AC with this P1 on a phone that stands before it.
fn ask(phone: &mut Phone, p1: u8) -> String {
    for command in [SELECT, OPTIONS] {
        phone.process(&from_hex(command).unwrap());
    }
    let values = "000000001250000000000000027600000000000978260101001234567822000000000000000000001F0302";
    hex(&phone.process(&from_hex(&format!("80AE{p1:02X}002B{values}00")).unwrap()))
}

#[test]
fn a_kernel_2_card_is_authenticated_by_a_reader_that_does_cda_and_the_issuer_is_asked() {
    for name in ["kernel2-cvn14", "kernel2-cvn15", "kernel2-no-verification", "cobadged"] {
        let mut phone = phone(name);
        let deny_without = Terminal { tac_denial: [0x80, 0, 0x80, 0, 0], ..Terminal::default() };
        for terminal in [Terminal::default(), deny_without] {
            for amount_minor in [12_50, 80_00] {
                let (tap, report) = tap(&mut phone, &terminal, amount_minor, true);
                let cda = tap.oda.as_ref().unwrap_or_else(|| panic!("{name}: {}", tap.reason.sentence()));
                let request = tap.authorisation.clone().unwrap();
                assert_eq!(request.object(0x9F26), cda.cryptogram.as_ref().map(<[u8; 8]>::as_slice), "{name}");
                assert_eq!(phone.ask_issuer(&request).verdict, Verdict::Valid, "{name}");
                assert_eq!(report.outcome, Outcome::AuthorisationRequested, "{name}");
                let over_the_limit = amount_minor > 50_00;
                assert_eq!(tap.reason == terminal::Reason::VerifiedOnDevice, over_the_limit, "{name}");
                assert_eq!(generate_ac(&tap)[2], 0x90, "{name}");
            }
        }
    }
}

#[test]
fn a_cryptogram_inside_a_signature_is_not_beside_it_too() {
    let mut phone = phone(CARD);
    phone.verify_holder();
    let answer = ask(&mut phone, 0x90);
    assert!(answer.starts_with("7781A29F2701809F360200019F4B8180") && answer.ends_with("9000"), "{answer}");
    assert!(answer.contains("9F10120114A04000200000") && !answer.contains("9F2608"), "{answer}");
    phone.leave_field();
    phone.verify_holder();
    let answer = ask(&mut phone, 0x80);
    assert!(answer.starts_with("77299F2701809F360200029F2608") && !answer.contains("9F4B"), "{answer}");
    assert!(answer.contains("9F10120114A00000200000000000"), "{answer}");
    phone.leave_field();
    phone.verify_holder();
    assert!(ask(&mut phone, 0x50).contains("9F2701809F360200039F4B8180"), "a TC is answered by an ARQC");
}

#[test]
fn an_aac_is_never_signed() {
    let mut phone = phone(CARD);
    for p1 in [0x90, 0x50, 0x80, 0x00] {
        let answer = ask(&mut phone, p1);
        assert!(answer.starts_with("77") && answer.contains("9F270100"), "nobody verified: {answer}");
        assert!(!answer.contains("9F4B") && answer.contains("9F2608"), "{answer}");
        phone.leave_field();
    }
    phone.verify_holder();
    let answer = ask(&mut phone, 0x00);
    assert!(answer.contains("9F270100") && !answer.contains("9F4B"), "{answer}");
    phone.leave_field();
    phone.verify_holder();
    assert_eq!(ask(&mut phone, 0x10), "6A86", "there is no such thing");
}

#[test]
fn a_card_without_cda_refuses_to_sign_as_it_always_did() {
    let mut phone = phone("kernel2-without-oda");
    phone.verify_holder();
    for p1 in [0x90, 0x50, 0x10] {
        assert_eq!(ask(&mut phone, p1), "6A86", "{p1:02X}");
    }
    assert!(ask(&mut phone, 0x80).contains("9F270180"), "nothing is lost by it");
}

#[test]
fn no_dynamic_number_comes_twice_and_the_issuer_sees_its_first_bytes() {
    let mut phone = phone(CARD);
    let mut numbers = std::collections::BTreeSet::new();
    for _ in 0..9 {
        let (tap, _) = tap(&mut phone, &Terminal::default(), 12_50, true);
        let number = tap.oda.unwrap().icc_dynamic_number;
        assert_eq!(number.len(), 8);
        assert_eq!(tap.authorisation.unwrap().object(0x9F10).unwrap()[8..10], number[..2]);
        assert!(numbers.insert(number));
    }
}

/// From the words of the standard alone: where card and reader both do CDA, it is asked for, unless the action code denies. Where
/// it is not done, "offline data authentication was not performed" is set (TVR byte 1 bit 8), and where card and reader both
/// support verification on the device, the reader asks for an AAC whatever the action code says.
#[test]
fn a_kernel_2_reader_decides_as_the_standard_says() {
    let mut both = demo_card(CARD).unwrap();
    both.applications[0].aip = [0x1B, 0x80];
    let mut seen = std::collections::BTreeSet::new();
    for (card_cda, card_on_device) in [(true, true), (true, false), (false, false), (false, true)] {
        // The last one is refused at the door of the card: it is played by the terminal's own tests and below.
        if !card_cda && card_on_device {
            continue;
        }
        let mut phone = phone(if !card_cda { "kernel2-without-oda" } else { CARD });
        for reader_cda in [true, false] {
            for configuration in [0x20, 0xDF] {
                for tac_denial in [[0; 5], [0x80, 0, 0, 0, 0], [0, 0, 0x80, 0, 0], [0xFF; 5]] {
                    for verified in [true, false] {
                        for amount_minor in [50_00, 50_01] {
                            let terminal = Terminal {
                                cda_supported: reader_cda,
                                kernel_configuration: configuration,
                                tac_denial,
                                ..Terminal::default()
                            };
                            // The phone's AIP says both or nothing; a card with CDA alone is the terminal's own test.
                            let on_device = card_cda && configuration & 0x20 != 0;
                            let cda = card_cda && reader_cda;
                            let cvm_failed = amount_minor > 50_00 && !on_device;
                            let denied =
                                (!cda && tac_denial[0] & 0x80 != 0) || (cvm_failed && tac_denial[2] & 0x80 != 0);
                            let expected = match (denied || (on_device && !cda), cda) {
                                (true, _) => 0x00,
                                (false, true) => 0x90,
                                (false, false) => 0x80,
                            };
                            let (tap, report) = tap(&mut phone, &terminal, amount_minor, verified);
                            let told = format!(
                                "card {card_cda}, reader {reader_cda} {configuration:02X} {}, {amount_minor}, {verified}",
                                hex(&tac_denial)
                            );
                            assert_eq!(generate_ac(&tap)[2], expected, "{told}");
                            let online = expected != 0x00 && verified;
                            assert_eq!(tap.authorisation.is_some(), online, "{told}: {}", tap.reason.sentence());
                            assert_eq!(tap.oda.is_some(), online && cda, "{told}");
                            assert_eq!(report.atc.is_some(), online, "{told}");
                            phone.keep_in_keys();
                            seen.insert((expected, online));
                        }
                    }
                }
            }
        }
    }
    assert_eq!(seen.len(), 5, "every ending came: {seen:?}");
}

#[test]
fn a_kernel_2_card_that_claims_verification_on_the_phone_without_cda_is_refused_at_the_door() {
    let mut applications = demo_card("kernel2-without-oda").unwrap().applications;
    applications[0].aip = [0x1A, 0x80];
    let refused = empty_wallet().install_unsealed(&profile(&applications));
    let fault = ProfileFault::OnDeviceWithoutCda;
    assert_eq!(refused, Err(Error::Profile(ProfileError { tag: Tag(0x82), fault })), "by the card");
    // And by a reader, if there were such a card: this one is honest, and on its way to the reader its AIP is changed.
    let mut phone = phone("kernel2-without-oda");
    phone.verify_holder();
    let dishonest = Terminal::default().pay(&PURCHASE, &mut |command| {
        let mut answer = phone.process(command);
        if command[1] == 0xA8 {
            let at = answer.windows(4).position(|window| window == [0x82, 0x02, 0x18, 0x80]).unwrap();
            answer[at + 2] = 0x1A;
        }
        answer
    });
    assert_eq!(dishonest.reason, terminal::Reason::OnDeviceWithoutCda);
    assert_eq!(generate_ac(&dishonest)[2], 0x00);
}

#[test]
fn no_payment_key_comes_without_the_key_that_its_application_promises() {
    let mut holder = EnrolledWallet::new();
    let (envelope, _) = holder.installed(CARD, policy(Protection::Authenticated), 0, 2);
    holder.apply(&envelope).unwrap();
    let card = holder.card().number();
    // The same envelopes without what stands behind the payment keys.
    let bare = contents::install_card(&policy(Protection::Authenticated), 0, &profile_of("kernel2-cvn15"), &[key(1)]);
    let missing = Error::Content(ContentError::IccKeyMissing);
    let log = holder.log();
    assert_eq!(holder.apply_content(Purpose::InstallCard, 9, &bare.unwrap()), Err(missing));
    assert_eq!(holder.log(), log);
    // A card that has one needs no other.
    let replenishment = contents::replenish_keys(&[key(9)]).unwrap();
    holder.apply_content(Purpose::ReplenishKeys, card, &replenishment).unwrap();
}

/// A payment key for kernel 2, sealed to no one.
fn key(first_atc: u16) -> Vec<u8> {
    let point = "046B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296\
                 4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5";
    let terms = format!("07A000000004101001{first_atc:04X}00010000000000000000FFFFFFFFFFFFFFFF000001");
    from_hex(&format!("{terms}{point}{}", "5A".repeat(32))).unwrap()
}

fn profile_of(name: &str) -> Vec<u8> {
    demo_card(name).unwrap().profile()
}

#[test]
fn an_icc_key_fits_its_certificate_or_is_refused() {
    let mut holder = EnrolledWallet::new();
    holder.install(CARD, 0, 2);
    let card = holder.card().number();
    let point = holder.platform.authenticated().point().bytes();
    let wallet = holder.id;
    let sealed = |aid: &[u8], bits: usize| {
        let key = KeyPair::of_card(bits, false).unwrap();
        sealed_icc_key(aid, key, Holder { wallet, card }, &point, &mut |buffer| buffer.fill(7)).unwrap()
    };
    let aid = [0xA0, 0, 0, 0, 4, 0x10, 0x10];
    let other_aid = [0xA0, 0, 0, 0, 3, 0x10, 0x10];
    for (key, error) in
        [(sealed(&aid, 1152), Error::KeyDoesNotFit), (sealed(&other_aid, 1024), Error::UnknownApplication)]
    {
        let renewal = contents::with_icc_keys(contents::renew(&profile_of(CARD)).unwrap(), &[key]).unwrap();
        let log = holder.log();
        assert_eq!(holder.apply_content(Purpose::Renew, card, &renewal), Err(error));
        assert_eq!(holder.log(), log);
    }
    let plain = holder.wallet.add_icc_key_unsealed(holder.card(), &aid, &[1; 5 * 55], holder.now);
    assert_eq!(plain, Err(Error::KeyDoesNotFit));
    let plain = holder.wallet.add_icc_key_unsealed(holder.card(), &aid[..4], &[1; 5 * 64], holder.now);
    assert_eq!(plain, Err(Error::UnknownApplication));
}

/// A key of 1024 bits with exponent 3, as the test card has one, and another one than that.
fn numbers_of_a_stranger() -> Vec<u8> {
    let vectors: Vec<Value> = serde_json::from_str(include_str!("../../vectors/own_icc_keys.json")).unwrap();
    let is_alike = |vector: &&Value| vector["name"].as_str().unwrap().starts_with("ICC key of 1024 bits, exponent 3,");
    let numbers = vectors.iter().find(is_alike).unwrap()["inputs"]["numbers"].as_str().unwrap();
    from_hex(numbers).unwrap()
}

#[test]
fn a_card_whose_icc_key_does_not_open_declines_and_spends_nothing() {
    let right = KeyPair::of_card(1024, false).unwrap();
    let mut of_another_certificate = right.clone();
    of_another_certificate.numbers = numbers_of_a_stranger();
    let of_another_exponent = KeyPair::of_card(1024, true).unwrap();
    // Two of the right length that the certificate is not for; and one that was never sealed for this card.
    for (key, foreign) in [(&of_another_certificate, false), (of_another_exponent, false), (right, true)] {
        let mut holder = EnrolledWallet::new();
        holder.install(CARD, 0, 2);
        let card = holder.card().number();
        assert_eq!(holder.pay(), Ok(Verdict::Valid));
        let point = holder.platform.authenticated().point().bytes();
        let sealed_for = Holder { wallet: holder.id, card: if foreign { card + 1 } else { card } };
        let aid = [0xA0, 0, 0, 0, 4, 0x10, 0x10];
        let sealed = sealed_icc_key(&aid, key, sealed_for, &point, &mut |buffer| buffer.fill(7)).unwrap();
        let renewal = contents::with_icc_keys(contents::renew(&profile_of(CARD)).unwrap(), &[sealed]).unwrap();
        holder.apply_content(Purpose::Renew, card, &renewal).unwrap();
        assert_eq!(holder.pay(), Err(Reason::NoDataAuthentication), "foreign: {foreign}");
        let left = holder.wallet.card(holder.card(), 0).unwrap().applications[0].uses_left;
        assert_eq!(left, 1, "foreign: {foreign}");
    }
}

#[test]
fn a_renewal_brings_another_key_and_the_card_signs_with_that() {
    let mut holder = EnrolledWallet::new();
    holder.install(CARD, 0, 3);
    assert_eq!(holder.pay(), Ok(Verdict::Valid));
    holder.order(|issuer, card, random| issuer.renew(card, random));
    assert_eq!(holder.pay(), Ok(Verdict::Valid));
    holder.reopen();
    assert_eq!(holder.pay(), Ok(Verdict::Valid), "and after the process died");
}

#[test]
fn a_lost_spend_key_takes_the_icc_key_with_it_and_the_next_payment_keys_bring_it_back() {
    let mut holder = EnrolledWallet::new();
    holder.install(CARD, 0, 3);
    assert_eq!(holder.pay(), Ok(Verdict::Valid));
    holder.platform.forget_authenticated();
    let made = holder.platform.spend_point(ReleasedSpendKey::Authenticated);
    holder.wallet.spend_key_made(ReleasedSpendKey::Authenticated, made).unwrap();
    holder.keep_mark();
    assert_eq!(holder.pay(), Err(Reason::NoKeyLeft));
    holder.replenish();
    assert_eq!(holder.pay(), Ok(Verdict::Valid));
}

#[test]
fn a_card_under_each_protection_signs_where_its_spend_key_is_here() {
    for protection in [Protection::Device, Protection::Unlocked] {
        let mut holder = EnrolledWallet::new();
        holder.install_with("kernel2-no-verification", policy(protection), 0, 3);
        if protection == Protection::Unlocked {
            assert_eq!(holder.pay_unverified(), Err(Reason::PhoneLocked));
            holder.wallet.unlocked(holder.platform.unlocked(), holder.now).unwrap();
        }
        assert_eq!(holder.pay_unverified(), Ok(Verdict::Valid), "{protection:?}");
        if protection == Protection::Unlocked {
            holder.wallet.locked();
            assert_eq!(holder.pay_unverified(), Err(Reason::PhoneLocked));
        }
    }
}

#[test]
fn the_icc_key_is_there_in_a_log_written_anew_and_after_a_kill() {
    let mut holder = EnrolledWallet::new();
    holder.install(CARD, 0, 3);
    assert_eq!(holder.pay(), Ok(Verdict::Valid));
    grow_until_compacted(&holder.wallet, holder.now);
    holder.keep_mark();
    assert_eq!(holder.pay(), Ok(Verdict::Valid));
    holder.reopen();
    assert_eq!(holder.pay(), Ok(Verdict::Valid));
}
