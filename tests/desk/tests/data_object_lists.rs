//! Data object lists that name an object more than once, which EMV does not forbid (EMV Book 3, section 5.4): the terminal
//! gives it in each place, the card takes it, and the issuer accepts the cryptogram.

use hcepay_core::{DEFAULT_WINDOW_MS, Method, Wallet};
use hcepay_desk::phone::{NEW_YEAR, PURCHASE, empty_wallet, payment_key};
use hcepay_tests::bytes::from_hex;
use hcepay_tests::issuer::Issuer;
use hcepay_tests::issuer::demo_cards::demo_card;
use hcepay_tests::issuer::profile::{ApplicationProfile, data_object, data_object_list, profile};
use hcepay_tests::issuer::verification::Verdict;
use hcepay_tests::terminal::{Outcome, Terminal};

/// In another length before, in the same length behind: amount, terminal verification results, unpredictable number.
const BEFORE: [(u32, u8); 3] = [(0x9F02, 3), (0x9F37, 2), (0x95, 8)];
const SIGNED: [(u32, u8); 8] =
    [(0x9F02, 6), (0x9F03, 6), (0x9F1A, 2), (0x95, 5), (0x5F2A, 2), (0x9A, 3), (0x9C, 1), (0x9F37, 4)];
const BEHIND: [(u32, u8); 3] = [(0x9F02, 6), (0x9C, 1), (0x9F37, 4)];

/// The list, with what its kernel needs besides.
fn list(besides: &[(u32, u8)]) -> Vec<u8> {
    data_object_list(&[&BEFORE[..], &SIGNED, besides, &BEHIND].concat())
}

fn kernel_3() -> ApplicationProfile {
    let mut application = demo_card("kernel3-cvn18").unwrap().applications.remove(0);
    let pdol = data_object(0x9F38, &list(&[(0x9F66, 4)]));
    application.fci = [data_object(0x50, b"LABEL"), data_object(0x87, &[1]), pdol].concat();
    application
}

fn kernel_2() -> ApplicationProfile {
    let mut application = demo_card("kernel2-without-oda").unwrap().applications.remove(0);
    let record = &mut application.records[1].content;
    let end = 2 + usize::from(record[1]);
    assert_eq!(record[0], 0x8C);
    record.splice(..end, data_object(0x8C, &list(&[(0x9F34, 1), (0x9F34, 3)])));
    application
}

/// A wallet with this card and one key, whose holder has just verified.
fn wallet(name: &str, application: &ApplicationProfile) -> (Wallet, Issuer) {
    let wallet = empty_wallet();
    wallet.install_unsealed(&profile(std::slice::from_ref(application))).unwrap();
    let mut issuer = Issuer::new(0);
    let card = issuer.open_account(name).unwrap();
    let aid = card.applications[0].aid.clone();
    let keys = issuer.issue_keys(card.token.digits(), &aid, 1, 1, 0, u64::MAX).unwrap();
    let id = wallet.cards()[0];
    wallet.add_keys_unsealed(id, keys.iter().map(payment_key).collect(), NEW_YEAR).unwrap();
    wallet.arm(NEW_YEAR, Method::Biometric, DEFAULT_WINDOW_MS, None).unwrap();
    (wallet, issuer)
}

#[test]
fn an_object_that_a_list_names_twice_is_given_twice_and_the_issuer_accepts_the_cryptogram() {
    for (name, application) in [("kernel3-cvn18", kernel_3()), ("kernel2-without-oda", kernel_2())] {
        let (wallet, mut issuer) = wallet(name, &application);
        let tap = Terminal::default().pay(&PURCHASE, &mut |command| wallet.process(NEW_YEAR, command));
        assert_eq!(tap.outcome, Outcome::OnlineRequest, "{name}: {}", tap.reason.sentence());
        let verification = issuer.verify(&tap.authorisation.unwrap(), NEW_YEAR.wall_ms);
        assert_eq!(verification.verdict, Verdict::Valid, "{name}: {:?}", verification.steps);
        let report = wallet.deactivated(NEW_YEAR);
        assert_eq!((report.amount_minor, report.keys_left), (Some(12_50), Some(0)), "{name}");
    }
}

#[test]
fn one_object_with_two_values_is_refused_and_no_key_is_spent() {
    let (wallet, _) = wallet("kernel3-cvn18", &kernel_3());
    // The list's places: 3, 2 and 8 bytes before; then all that is signed, TTQ; then amount, type and number once more.
    let values = |amount: &str| {
        let before = "001250 1122 0000000000000000";
        let signed = "000000001250 000000000000 0276 0000000000 0978 260101 00 11223344 36004000";
        from_hex(&format!("80A800003B8339 {before} {signed} {amount} 00 11223344 00")).unwrap()
    };
    let select = from_hex("00A4040007A000000003101000").unwrap();
    wallet.process(NEW_YEAR, &select);
    assert_eq!(wallet.process(NEW_YEAR, &values("000000009950")), [0x6A, 0x80]);
    wallet.process(NEW_YEAR, &select);
    let answer = wallet.process(NEW_YEAR, &values("000000001250"));
    assert_eq!(answer.last_chunk(), Some(&[0x90, 0x00]), "{answer:02X?}");
    assert_eq!(wallet.deactivated(NEW_YEAR).keys_left, Some(0));
}
