//! Coupons of the desk's shop: sent, refused, presented before a payment, settled when it is paid.

use hcepay_core::{ContentError, Coupon, CouponFault, CouponSettled, CouponState, Error};
use hcepay_demo_desk::coupons::{Became, CouponOrder};
use hcepay_demo_desk::desk::Act;
use hcepay_demo_desk::purchase::{Torn, Wanted};
use hcepay_demo_desk::shown::{Show, shown};
use hcepay_tests::issuer::verification::Verdict;
use hcepay_tests::merchant::coupons::{NotTaken, Worth};
use hcepay_tests::terminal::Outcome;

use crate::demo_phone::{DemoPhone, PURCHASE, is_authorisation};

const DAY_MS: u64 = 24 * 3_600_000;
const FOR_MS: u64 = 60_000;
/// 2.50 euros off, twice, for ten days.
const MONEY_OFF: CouponOrder<'_> = CouponOrder {
    title: "2.50 off",
    conditions: "Not on books.",
    worth: Worth::Amount(2_50, 978),
    in_ms: 0,
    for_ms: 10 * DAY_MS,
    uses: 2,
};

fn with_card(name: &str) -> DemoPhone {
    let phone = DemoPhone::enrolled();
    phone.install(name);
    phone
}

fn send(phone: &DemoPhone, order: &CouponOrder<'_>) {
    for envelope in phone.desk().send_coupon(order, phone.now.wall_ms).unwrap() {
        phone.apply(&envelope).unwrap();
    }
}

fn coupon(phone: &DemoPhone) -> Coupon {
    let [coupon] = phone.wallet.coupons(phone.now.wall_ms).try_into().unwrap();
    coupon
}

fn choose(phone: &DemoPhone) {
    phone.wallet.present_coupon(Some(coupon(phone).id), FOR_MS, phone.now).unwrap();
    phone.keep_mark();
}

/// The numbers of the uses that were presented, with what became of each.
fn settled(phone: &DemoPhone) -> Vec<(u16, Option<CouponSettled>)> {
    let presented = coupon(phone).presented;
    presented.iter().map(|presented| (presented.number, presented.settled.map(|(settled, _)| settled))).collect()
}

/// The holder chooses the coupon, verifies, and pays.
fn pay_with_coupon(phone: &DemoPhone, wanted: &Wanted) -> (Became, u64, Option<Vec<u8>>) {
    choose(phone);
    phone.verify_holder();
    let (contact, concluded, _) = phone.buy(wanted);
    for envelope in &contact.envelopes {
        phone.apply(envelope).unwrap();
    }
    (contact.coupon, contact.asked_minor, concluded.envelope)
}

#[test]
fn a_coupon_is_taken_before_the_payment_which_is_less_by_it_and_redeemed_when_that_is_paid() {
    let phone = with_card("kernel3-cvn18");
    send(&phone, &MONEY_OFF);
    let told = coupon(&phone);
    assert_eq!((told.signer.as_deref(), told.state, told.uses_left), (Some("hcepay test shop"), CouponState::Valid, 2));
    choose(&phone);
    phone.verify_holder();
    let (contact, concluded, report) = phone.buy(&PURCHASE);
    assert_eq!((contact.coupon, contact.asked_minor), (Became::Taken, 10_00));
    assert_eq!(concluded.verification.unwrap().verdict, Verdict::Valid);
    assert!(is_authorisation(&report));
    assert_eq!(report.attempts[0].amount_minor, Some(10_00), "the card itself was asked for no more");
    assert_eq!(settled(&phone), [(1, None)]);
    phone.apply(&concluded.envelope.unwrap()).unwrap();
    assert_eq!(settled(&phone), [(1, Some(CouponSettled::Redeemed))]);
    // Its last use, and then none.
    assert_eq!(pay_with_coupon(&phone, &PURCHASE).0, Became::Taken);
    assert_eq!((coupon(&phone).state, coupon(&phone).uses_left), (CouponState::UsedUp, 0));
    phone.verify_holder();
    let (contact, concluded, _) = phone.buy(&PURCHASE);
    assert_eq!((contact.coupon, contact.asked_minor), (Became::NotOffered, 12_50));
    assert_eq!((concluded.verification.unwrap().verdict, concluded.envelope), (Verdict::Valid, None));
}

#[test]
fn a_percentage_is_of_the_price_and_what_is_over_the_reader_s_limit_is_so_after_it() {
    let phone = with_card("kernel3-cvn18");
    send(&phone, &CouponOrder { worth: Worth::Percentage(1_000), ..MONEY_OFF });
    let (became, asked, envelope) = pay_with_coupon(&phone, &Wanted { amount_minor: 75_05, ..PURCHASE });
    assert_eq!((became, asked, envelope.is_some()), (Became::Taken, 67_55, true));
}

#[test]
fn a_shop_without_coupons_asks_for_none_and_the_contact_is_as_ever() {
    let phone = with_card("kernel3-cvn18");
    phone.verify_holder();
    let (contact, ..) = phone.buy(&PURCHASE);
    assert_eq!((contact.coupon, contact.asked_minor, contact.exchanges.len()), (Became::NotAsked, 12_50, 3));
    send(&phone, &MONEY_OFF);
    phone.verify_holder();
    let (contact, concluded, _) = phone.buy(&PURCHASE);
    assert_eq!((contact.coupon, contact.asked_minor, contact.exchanges.len()), (Became::NotOffered, 12_50, 4));
    assert_eq!(concluded.verification.unwrap().verdict, Verdict::Valid);
    assert_eq!(coupon(&phone).uses_left, 2);
}

#[test]
fn a_coupon_of_a_shop_that_the_issuer_never_named_is_refused_by_name_and_the_wallet_goes_on() {
    let phone = with_card("kernel3-cvn18");
    let [refused, in_order] =
        phone.desk().send_strange_coupon(&MONEY_OFF, phone.now.wall_ms).unwrap().try_into().unwrap();
    let stranger = Error::Content(ContentError::Coupon(CouponFault::UnknownSigner));
    assert_eq!(phone.apply(&refused), Err(stranger));
    assert_eq!(phone.wallet.coupons(phone.now.wall_ms), []);
    phone.apply(&in_order).unwrap();
    // Nothing that comes with the next request is refused; and the shop itself had no part in it.
    phone.carry(phone.wallet.check_in_request().unwrap()).unwrap();
    phone.verify_holder();
    assert_eq!(phone.buy(&PURCHASE).0.coupon, Became::NotAsked);
    send(&phone, &MONEY_OFF);
    assert_eq!(pay_with_coupon(&phone, &PURCHASE).0, Became::Taken);
}

#[test]
fn nothing_is_sent_before_a_wallet_has_enrolled_and_nothing_is_made_then() {
    let phone = DemoPhone::new();
    let sent = phone.desk().send_coupon(&MONEY_OFF, phone.now.wall_ms);
    assert_eq!(sent, Err(hcepay_demo_desk::error::DeskError::NoWallet));
    phone.enrol();
    phone.install("kernel3-cvn18");
    phone.verify_holder();
    assert_eq!(phone.buy(&PURCHASE).0.coupon, Became::NotAsked);
}

#[test]
fn what_the_shop_cannot_use_is_not_redeemed_and_the_whole_price_is_asked_for() {
    for (order, wanted, became) in [
        (MONEY_OFF, Wanted { amount_minor: 2_50, ..PURCHASE }, Became::OverPrice),
        (MONEY_OFF, Wanted { currency: 840, ..PURCHASE }, Became::OtherCurrency),
        (CouponOrder { worth: Worth::Percentage(10_000), ..MONEY_OFF }, PURCHASE, Became::OverPrice),
    ] {
        let phone = with_card("kernel3-cvn18");
        send(&phone, &order);
        assert_eq!(pay_with_coupon(&phone, &wanted), (became, wanted.amount_minor, None));
        assert_eq!(settled(&phone), [(1, Some(CouponSettled::NotRedeemed))], "{became:?}");
    }
}

#[test]
fn the_shop_goes_by_its_own_clock() {
    let phone = with_card("kernel3-cvn18");
    send(&phone, &MONEY_OFF);
    phone.desk().set_clock(phone.now.wall_ms, phone.now.wall_ms + 11 * DAY_MS).unwrap();
    let (became, asked, _) = pay_with_coupon(&phone, &PURCHASE);
    assert_eq!((became, asked), (Became::NotTaken(NotTaken::NotValid), 12_50));
    assert_eq!(settled(&phone), [(1, Some(CouponSettled::NotRedeemed))]);
}

#[test]
fn a_second_tap_for_the_same_purchase_costs_no_second_use() {
    let phone = with_card("kernel3-cvn18");
    send(&phone, &MONEY_OFF);
    choose(&phone);
    let (contact, concluded, _) = phone.buy(&PURCHASE);
    assert_eq!((contact.tap.outcome, contact.coupon), (Outcome::SeePhone, Became::Taken), "nobody verified");
    assert_eq!((concluded.envelope, settled(&phone)), (None, vec![(1, None)]));
    phone.verify_holder();
    let (contact, concluded, _) = phone.buy(&PURCHASE);
    assert_eq!((contact.coupon, contact.asked_minor), (Became::TakenEarlier, 10_00));
    phone.apply(&concluded.envelope.unwrap()).unwrap();
    assert_eq!((settled(&phone), coupon(&phone).uses_left), (vec![(1, Some(CouponSettled::Redeemed))], 1));
    phone.verify_holder();
    assert_eq!(phone.buy(&PURCHASE).0.coupon, Became::NotOffered, "it counted for one purchase");
}

#[test]
fn a_coupon_of_a_purchase_that_is_never_paid_is_let_go_when_something_else_is_bought() {
    let phone = with_card("kernel3-cvn18");
    send(&phone, &MONEY_OFF);
    assert_eq!(pay_with_coupon_declined(&phone), None);
    assert_eq!(settled(&phone), [(1, None)]);
    phone.verify_holder();
    let (contact, concluded, _) = phone.buy(&Wanted { amount_minor: 20_00, ..PURCHASE });
    assert_eq!((contact.coupon, contact.asked_minor), (Became::NotOffered, 20_00));
    assert_eq!((concluded.verification.unwrap().verdict, concluded.envelope), (Verdict::Valid, None));
    // The app's process ends before it hears of it: it waits for the wallet's next request.
    phone.carry(phone.wallet.check_in_request().unwrap()).unwrap();
    assert_eq!(settled(&phone), [(1, Some(CouponSettled::NotRedeemed))]);
}

/// The issuer declines, and the holder never taps again.
fn pay_with_coupon_declined(phone: &DemoPhone) -> Option<Vec<u8>> {
    let card = phone.desk().cards().unwrap()[0].card;
    let suspend = phone.desk().move_card(Act::Suspend, card).unwrap();
    choose(phone);
    phone.verify_holder();
    let (contact, concluded, _) = phone.buy(&PURCHASE);
    assert_eq!((contact.coupon, concluded.verification.unwrap().verdict), (Became::Taken, Verdict::CardNotActive));
    phone.apply(&suspend).unwrap();
    phone.move_card(Act::Resume, card);
    concluded.envelope
}

#[test]
fn a_coupon_that_was_removed_is_let_go_all_the_same() {
    let phone = with_card("kernel3-cvn18");
    send(&phone, &MONEY_OFF);
    choose(&phone);
    assert_eq!(phone.buy(&PURCHASE).0.coupon, Became::Taken);
    phone.wallet.remove_coupon(coupon(&phone).id).unwrap();
    phone.keep_mark();
    phone.verify_holder();
    let (contact, ..) = phone.buy(&Wanted { amount_minor: 20_00, ..PURCHASE });
    let [envelope] = contact.envelopes.try_into().unwrap();
    phone.apply(&envelope).unwrap();
    assert_eq!(phone.wallet.coupons(phone.now.wall_ms), []);
}

#[test]
fn another_wallet_hears_nothing_of_the_coupon_that_the_one_before_gave() {
    let phone = with_card("kernel3-cvn18");
    send(&phone, &MONEY_OFF);
    choose(&phone);
    assert_eq!(phone.buy(&PURCHASE).0.coupon, Became::Taken);
    let phone = phone.with_another_wallet();
    phone.enrol();
    phone.install("kernel3-cvn18");
    phone.verify_holder();
    let (contact, ..) = phone.buy(&Wanted { amount_minor: 20_00, ..PURCHASE });
    assert_eq!((contact.coupon, contact.envelopes.len()), (Became::NotOffered, 0));
    phone.verify_holder();
    assert_eq!(phone.buy(&PURCHASE).0.asked_minor, 12_50, "nor does it pay less by it");
}

#[test]
fn a_contact_may_tear_at_every_command_and_burns_one_use_at_most() {
    for torn in [Torn::ChannelThrew, Torn::NoAnswer] {
        for at in 1..=5 {
            let phone = with_card("kernel3-cvn18");
            send(&phone, &MONEY_OFF);
            choose(&phone);
            phone.verify_holder();
            let (contact, _) = phone.pay_torn(at, torn);
            assert_eq!((contact.torn, contact.exchanges.len()), (Some(torn), at));
            // Up to GET PROCESSING OPTIONS of the coupon the card heard nothing of it; from then on the shop has it.
            let (became, presented) = if at <= 2 { (Became::Unheard, 0) } else { (Became::Taken, 1) };
            assert_eq!((contact.coupon, settled(&phone).len()), (became, presented), "command {at}");
            // The choice still counts, or the shop holds what it took: the second tap is the discounted one in both cases.
            phone.verify_holder();
            let (contact, concluded, _) = phone.buy(&PURCHASE);
            assert_eq!((contact.asked_minor, concluded.verification.unwrap().verdict), (10_00, Verdict::Valid));
            phone.apply(&concluded.envelope.unwrap()).unwrap();
            assert_eq!((settled(&phone), coupon(&phone).uses_left), (vec![(1, Some(CouponSettled::Redeemed))], 1));
        }
    }
}

#[test]
fn a_use_whose_answer_nobody_heard_is_gone_and_no_other() {
    let phone = with_card("kernel3-cvn18");
    send(&phone, &MONEY_OFF);
    choose(&phone);
    phone.verify_holder();
    let (contact, ..) = phone.buy(&Wanted { tear_after: Some(2), ..PURCHASE });
    assert_eq!((contact.coupon, contact.torn), (Became::Unheard, Some(Torn::TerminalLeft)));
    assert_eq!((settled(&phone), coupon(&phone).uses_left), (vec![(1, None)], 1));
    phone.verify_holder();
    let (contact, ..) = phone.buy(&PURCHASE);
    assert_eq!((contact.coupon, contact.asked_minor), (Became::NotOffered, 12_50), "the choice was for one reader");
    assert_eq!(pay_with_coupon(&phone, &PURCHASE).0, Became::Taken);
}

#[test]
fn the_exchange_of_a_coupon_is_told_in_words_and_the_payment_s_after_it_as_ever() {
    let phone = with_card("kernel3-cvn18");
    send(&phone, &MONEY_OFF);
    choose(&phone);
    phone.verify_holder();
    let (contact, ..) = phone.buy(&PURCHASE);
    let told = shown(&contact.exchanges, Show::Covered);
    let [select, ask, directory, _, options] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!((select.code, select.purpose.name()), ("select-coupons", "choose-coupons"));
    assert_eq!((ask.code, ask.purpose.name()), ("get-processing-options", "ask-coupon"));
    let of = |tag: &str| ask.sent.iter().chain(&ask.answered).find(|row| row.tag == tag).unwrap();
    for (tag, name, bytes) in [
        ("DF10", "Reader's Challenge", 8),
        ("DF11", "Whose Coupons are taken", 8),
        ("DF12", "Coupon", 16),
        ("DF13", "Number of the Use", 2),
        ("DF14", "SHA-256 of the Coupon's Terms", 32),
        ("DF15", "MAC of the Use", 16),
    ] {
        assert_eq!((of(tag).name.as_str(), of(tag).value.len()), (name, 2 * bytes));
    }
    assert_eq!(of("DF13").value, "0001");
    assert_eq!((directory.code, options.purpose.name()), ("select-directory", "ask-cryptogram"));
    let amount = options.sent.iter().find(|row| row.tag == "9F02").unwrap();
    assert_eq!(amount.meaning, "10.00 EUR");
}

/// As every phone here opens its desk anew for each thing, all of the above is one of restarts, too.
#[test]
fn the_file_of_a_desk_that_knew_no_coupons_is_read() {
    use sha2::{Digest, Sha256};
    let phone = with_card("kernel3-cvn18");
    let path = phone.directory().join("desk");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut json: serde_json::Value = serde_json::from_str(text.split_once('\n').unwrap().1).unwrap();
    assert!(json.as_object_mut().unwrap().remove("shop").is_some());
    let json = json.to_string();
    let sum = hcepay_tests::bytes::hex(&Sha256::digest(json.as_bytes()));
    std::fs::write(&path, format!("hcepay demo desk 1 {sum}\n{json}")).unwrap();
    send(&phone, &MONEY_OFF);
    assert_eq!(pay_with_coupon(&phone, &PURCHASE).0, Became::Taken);
}
