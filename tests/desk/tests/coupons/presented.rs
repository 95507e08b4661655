//! What a reader is given, and what the holder is told of it.

use hcepay_core::{CouponSettled, CouponState, CouponUse, DEFAULT_WINDOW_MS, Method, Outcome, PresentedUse};
use hcepay_desk::disk::Call;
use hcepay_tests::bytes::{from_hex, hex};
use hcepay_tests::issuer::coupons::{CouponEvent, CouponNotice};
use hcepay_tests::issuer::verification::Verdict;
use hcepay_tests::merchant::coupons::{CouponSigner, CouponTerms, NotTaken, Worth};
use hcepay_tests::terminal::Terminal;
use hcepay_tests::terminal::coupon::NoCoupon;

use super::shopper::{COUPON, ID, Shopper, terms};
use crate::enrolled_wallet::fresh_purchase;

const SELECT: &str = "00A404000AF06863657061792E435000";

fn process(shopper: &Shopper, command: &str) -> String {
    hex(&shopper.wallet.process(shopper.now, &from_hex(command).unwrap()))
}

#[test]
fn a_coupon_is_presented_before_the_payment_in_the_same_contact_and_its_merchant_takes_it_once() {
    let mut shopper = Shopper::with(&terms());
    shopper.install("kernel3-cvn18", 0, 3);
    shopper.choose().unwrap();
    let released = Some(shopper.platform.authenticated());
    shopper.wallet.arm(shopper.now, Method::Biometric, DEFAULT_WINDOW_MS, released).unwrap();
    shopper.keep_mark();
    let (challenge, presented) = shopper.ask();
    let (wallet, now) = (&shopper.wallet, shopper.now);
    let tap = Terminal::default().pay(&fresh_purchase(), &mut |command| wallet.process(now, command));
    let report = shopper.wallet.deactivated(now);
    let presented = presented.unwrap();
    let taken = shopper.merchant.take(&presented, &challenge, now.wall_ms);
    assert_eq!(taken.map(|taken| (taken.title, taken.worth)), Ok((terms().title, terms().worth)));
    assert_eq!(shopper.merchant.take(&presented, &challenge, now.wall_ms), Err(NotTaken::TakenBefore));
    let verified = shopper.issuer.verify(&tap.authorisation.unwrap(), now.wall_ms);
    assert_eq!(verified.verdict, Verdict::Valid, "and the payment is one as any: {:#?}", verified.steps);
    let first = CouponUse { coupon: COUPON, number: 1 };
    assert_eq!((report.coupon, report.outcome), (Some(first), Outcome::AuthorisationRequested));
    assert_eq!(shopper.wallet.journal(None, 1).remove(0).report, report, "the row says so");
    let exported = format!("\"coupon\":\"{}\",\"coupon_use\":1,", hex(&ID));
    assert!(shopper.wallet.journal_as_json_lines().contains(&exported));
    shopper.reopen();
    assert_eq!(shopper.wallet.journal(None, 1).remove(0).report, report);
}

#[test]
fn a_presented_use_awaits_the_issuer_s_notice_and_none_gives_it_back() {
    let mut shopper = Shopper::with(&CouponTerms { uses: 4, ..terms() });
    for _ in 0..3 {
        assert!(shopper.choose_and_redeem().is_ok());
    }
    let told = |number, settled| PresentedUse { number, at_ms: terms().valid_from_ms, settled };
    assert_eq!(shopper.coupon().presented, [1, 2, 3].map(|number| told(number, None)));
    let notice = |number, event, wall_ms| CouponNotice { coupon: ID, number, event, wall_ms };
    let notices = [
        notice(1, CouponEvent::Redeemed, 7),
        notice(2, CouponEvent::NotRedeemed, 8),
        notice(3, CouponEvent::Withdrawn, 10),
        // Behind the later one, as it may come.
        notice(3, CouponEvent::Redeemed, 9),
    ];
    shopper.notify(&notices).unwrap();
    let settled = [
        told(1, Some((CouponSettled::Redeemed, 7))),
        told(2, Some((CouponSettled::NotRedeemed, 8))),
        told(3, Some((CouponSettled::Withdrawn, 10))),
    ];
    for _ in 0..2 {
        assert_eq!((shopper.coupon().presented.as_slice(), shopper.uses_left()), (settled.as_slice(), 1));
        shopper.reopen();
    }
    assert!(shopper.choose_and_redeem().is_ok());
    assert_eq!(shopper.coupon().state, CouponState::UsedUp);
}

#[test]
fn a_contact_that_presents_a_coupon_alone_is_told_until_it_is_acknowledged() {
    let mut shopper = Shopper::with(&terms());
    shopper.choose().unwrap();
    assert!(shopper.redeem().is_ok());
    let report = shopper.wallet.deactivated(shopper.now);
    assert_eq!((report.outcome, report.atc, report.card), (Outcome::Nothing, None, None));
    assert_eq!(report.coupon, Some(CouponUse { coupon: COUPON, number: 1 }));
    shopper.reopen();
    assert_eq!(shopper.wallet.reports(), std::slice::from_ref(&report));
    shopper.wallet.acknowledge(report.id.unwrap()).unwrap();
    shopper.reopen();
    assert_eq!((shopper.wallet.reports(), shopper.wallet.journal(None, 9).len()), (Vec::new(), 1));
}

#[test]
fn a_process_that_ends_in_the_contact_leaves_a_row_that_names_the_coupon() {
    let mut shopper = Shopper::with(&terms());
    shopper.choose().unwrap();
    assert!(shopper.redeem().is_ok());
    shopper.reopen();
    let [report] = shopper.wallet.reports().try_into().unwrap();
    assert_eq!((report.outcome, report.at_ms), (Outcome::Unknown, shopper.now.wall_ms));
    assert_eq!(report.coupon, Some(CouponUse { coupon: COUPON, number: 1 }));
}

#[test]
fn the_issuer_signs_coupons_itself_and_needs_nobody_named_for_that() {
    let mut shopper = Shopper::new();
    shopper.merchant = CouponSigner::from_seed(3);
    assert_eq!(shopper.merchant.public(), shopper.issuer.envelope_key());
    shopper.send(&CouponTerms { worth: Worth::Percentage(10_000), ..terms() }).unwrap();
    assert_eq!(shopper.coupon().signer, None);
    assert!(shopper.choose_and_redeem().is_ok());
}

#[test]
fn a_reader_of_another_merchant_gets_nothing_and_spends_nothing() {
    let mut shopper = Shopper::with(&terms());
    shopper.choose().unwrap();
    for another in [[0; 8], CouponSigner::from_seed(78).id(), CouponSigner::from_seed(3).id()] {
        assert_eq!(shopper.ask_as(&[1; 8], &another), Err(NoCoupon::NotPresented(0x6985)));
    }
    assert_eq!((shopper.uses_left(), shopper.coupon().presented.len()), (2, 0));
    assert!(shopper.redeem().is_ok(), "its own merchant's is given it in the same contact");
}

#[test]
fn one_use_is_presented_in_a_contact_whatever_the_reader_asks() {
    let mut shopper = Shopper::with(&terms());
    shopper.choose().unwrap();
    assert!(shopper.redeem().is_ok());
    let options = format!("80A80000128310{}{}00", "07".repeat(8), hex(&shopper.merchant.id()));
    assert_eq!(process(&shopper, &options), "6985", "a second answer");
    assert_eq!(process(&shopper, SELECT), "6A82");
    shopper.choose().unwrap();
    assert_eq!(process(&shopper, SELECT), "6A82", "also where the holder chooses again");
    assert_eq!(process(&shopper, &options), "6985");
    let report = shopper.wallet.deactivated(shopper.now);
    assert_eq!((report.coupon.map(|presented| presented.number), shopper.uses_left()), (Some(1), 1));
    assert!(shopper.redeem().is_ok(), "in the next contact");
}

#[test]
fn the_states_of_the_coupons_application_take_what_the_table_says() {
    // Command, and the status word before it is selected, when a coupon is offered, and when it was presented.
    let shopper = Shopper::with(&terms());
    let values = format!("{}{}", "07".repeat(8), hex(&shopper.merchant.id()));
    let options = |data: String| format!("80A80000{:02X}{data}00", data.len() / 2);
    let table = [
        (options(format!("8310{values}")), ["6985", "9000", "6985"]),
        (options(format!("830F{}", &values[2..])), ["6985", "6700", "6985"]),
        (options(format!("8311{values}00")), ["6985", "6700", "6985"]),
        (options("8300".to_owned()), ["6985", "6700", "6985"]),
        (options(format!("8410{values}")), ["6985", "6A80", "6985"]),
        ("80A8000000".to_owned(), ["6985", "6700", "6985"]),
        ("80A8010002830000".to_owned(), ["6985", "6A86", "6985"]),
        ("00B2010C00".to_owned(), ["6985"; 3]),
        ("80AE8000015500".to_owned(), ["6985"; 3]),
        ("80CA9F3600".to_owned(), ["6985", "6A88", "6A88"]),
        (SELECT.to_owned(), ["9000", "9000", "6A82"]),
        (SELECT.replace("040009", "040209").replace("04000A", "04020A"), ["6A82"; 3]),
        ("00A4040009F06863657061792E4300".to_owned(), ["6A82"; 3]),
        ("00A404000BF06863657061792E43500000".to_owned(), ["6A82"; 3]),
    ];
    for (command, expected) in table {
        for (place, expected) in expected.into_iter().enumerate() {
            let mut shopper = Shopper::with(&terms());
            shopper.choose().unwrap();
            let path: [&[&str]; 3] = [&[], &[SELECT], &[SELECT, &options(format!("8310{values}"))]];
            path[place].iter().for_each(|step| assert!(process(&shopper, step).ends_with("9000"), "{step}"));
            let answer = process(&shopper, &command);
            assert_eq!(&answer[answer.len() - 4..], expected, "{command} in state {place}");
            assert_eq!(answer.len() > 4, expected == "9000");
        }
    }
}

#[test]
fn nothing_is_waited_for_while_a_reader_takes_a_coupon() {
    let mut shopper = Shopper::with(&terms());
    shopper.choose().unwrap();
    shopper.disk.record();
    let (_, presented) = shopper.ask();
    assert!(presented.is_ok());
    let calls: Vec<Call> = shopper.disk.take_recorded().into_iter().map(|point| point.call).collect();
    assert!(matches!(calls.as_slice(), [Call::Write { .. }]), "one write, and no sync: {calls:?}");
}
