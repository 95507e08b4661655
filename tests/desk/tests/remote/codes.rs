//! The code that a person shows to pay: a merchant reads it, the issuer checks it, once and within a minute.

use hcepay_core::{CODE_LIFE_MS, Channel, Modules};
use hcepay_tests::issuer::demo_cards::DEMO_CARDS;
use hcepay_tests::issuer::verification::Verdict;
use hcepay_tests::merchant::consumer_code::ConsumerCode;

use super::payer::Payer;

#[test]
fn every_card_shows_a_code_that_its_issuer_accepts_once() {
    for card in DEMO_CARDS.into_iter().filter(|card| !card.starts_with("test-")) {
        let mut payer = Payer::with(card, 2);
        let shown = payer.show_code().unwrap();
        assert_eq!(shown.until_ms, payer.now.wall_ms + CODE_LIFE_MS);
        assert!(shown.text.len() <= 512);
        let code = ConsumerCode::read(&shown.text).unwrap();
        assert_eq!(code.text(), shown.text, "written the same way by others");
        let aid = code.aids().next().unwrap().to_vec();
        let request = code.request(&aid).unwrap();
        let verified = payer.0.issuer.verify_code(&request, 1_250, 978, payer.0.now.wall_ms);
        assert_eq!(verified.verdict, Verdict::Valid, "{card}: {:#?}", verified.steps);
        let again = payer.0.issuer.verify_code(&request, 1_250, 978, payer.0.now.wall_ms);
        assert_eq!(again.verdict, Verdict::AtcReplay, "{card}");
        let report = payer.wallet.journal(None, 9).remove(0).report;
        assert_eq!((report.channel, report.amount_minor, report.currency), (Channel::Qr, None, None));
        let [taps, online, codes] = payer.keys();
        assert_eq!((taps, online, codes + 1), (online, taps, online));
    }
}

#[test]
fn a_code_is_good_for_a_minute() {
    let mut payer = Payer::with("kernel3-cvn18", 3);
    for (later_ms, verdict) in [(CODE_LIFE_MS, Verdict::Valid), (CODE_LIFE_MS + 1_000, Verdict::CodeTooOld)] {
        let shown = payer.show_code().unwrap();
        let code = ConsumerCode::read(&shown.text).unwrap();
        let request = code.request(code.aids().next().unwrap()).unwrap();
        assert_eq!(payer.0.issuer.verify_code(&request, 1, 978, payer.0.now.wall_ms + later_ms).verdict, verdict);
    }
}

#[test]
fn no_key_but_those_for_codes_makes_one() {
    let mut payer = Payer::with("kernel2-cvn14", 2);
    let shown = payer.show_code().unwrap();
    let code = ConsumerCode::read(&shown.text).unwrap();
    let request = code.request(code.aids().next().unwrap()).unwrap();
    assert_ne!(payer.0.issuer.verify(&request, payer.0.now.wall_ms).verdict, Verdict::Valid);
    assert_eq!(payer.0.issuer.verify_code(&request, 1, 978, payer.0.now.wall_ms).verdict, Verdict::Valid);
}

#[test]
fn the_picture_of_a_code_is_a_square_with_finder_patterns() {
    let mut payer = Payer::with("kernel3-cvn18", 1);
    let Modules { width, dark } = Modules::of(&payer.show_code().unwrap().text).unwrap();
    assert_eq!((dark.len(), width % 4), (width * width, 1), "ISO/IEC 18004: 21, 25, ... modules");
    let row = |y: usize, x: usize| &dark[y * width + x..y * width + x + 7];
    for (y, x) in [(0, 0), (0, width - 7), (width - 7, 0)] {
        assert_eq!(row(y, x), [true; 7]);
        assert_eq!(row(y + 1, x), [true, false, false, false, false, false, true]);
        assert_eq!(row(y + 3, x), [true, false, true, true, true, false, true]);
    }
}
