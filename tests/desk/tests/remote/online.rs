//! An order that is paid online, from the shop over the phone to the issuer, who checks the card's cryptogram and the device's
//! signature.

use hcepay_core::{Ask, Channel, DEFAULT_WINDOW_MS, Method, OnlineOrder, Reason, Scope};
use hcepay_desk::tap::online::handed_over;
use hcepay_tests::authorisation::OnlineAuthorisation;
use hcepay_tests::issuer::demo_cards::DEMO_CARDS;
use hcepay_tests::issuer::verification::Verdict;
use hcepay_tests::merchant::online_shop::{Merchant, OnlineShop, PaymentRefused};

use super::payer::Payer;

pub fn shop() -> OnlineShop {
    let (id, name) = ("4711".to_owned(), "Bücher Löwe".to_owned());
    OnlineShop::new(Merchant { country: 276, category: 5942, id, name })
}

/// The shop asks for so much, the holder pays it, the shop takes it.
fn sold(payer: &mut Payer, shop: &mut OnlineShop, minor: u64) -> (OnlineOrder, OnlineAuthorisation) {
    let bytes = shop.order(minor, 978, None, &mut payer.random).unwrap();
    let order = OnlineOrder::read(&bytes).unwrap();
    let paid = payer.pay_online(&order).unwrap();
    let taken = shop.take(&handed_over(&paid, &order), payer.now.wall_ms).unwrap();
    (order, taken)
}

#[test]
fn every_card_pays_an_order_that_its_issuer_accepts_once() {
    for card in DEMO_CARDS.into_iter().filter(|card| !card.starts_with("test-")) {
        let mut payer = Payer::with(card, 2);
        let mut shop = shop();
        let (order, authorisation) = sold(&mut payer, &mut shop, 4_990);
        let verified = payer.0.issuer.verify_online(&authorisation, payer.0.now.wall_ms);
        assert_eq!(verified.verdict, Verdict::Valid, "{card}: {:#?}", verified.steps);
        let again = payer.0.issuer.verify_online(&authorisation, payer.0.now.wall_ms);
        assert_ne!(again.verdict, Verdict::Valid, "{card}");
        let row = payer.wallet.journal(None, 9).remove(0);
        let report = &row.report;
        assert_eq!((report.channel, report.reason), (Channel::Online, Some(Reason::Verified)));
        assert_eq!((report.amount_minor, report.currency), (Some(order.amount().minor), Some(978)));
        assert_eq!(report.terminal.merchant_name.as_deref(), Some("Bücher Löwe"));
        assert_eq!(payer.wallet.reports(), *std::slice::from_ref(report), "until it is acknowledged");
        payer.wallet.acknowledge(report.id.unwrap()).unwrap();
        assert_eq!((payer.wallet.reports().len(), payer.wallet.journal(None, 9).len()), (0, 1));
    }
}

#[test]
fn what_the_issuer_is_told_is_what_was_signed() {
    let mut payer = Payer::with("kernel3-cvn18", 9);
    let mut shop = shop();
    let mut verdict = |change: &dyn Fn(&mut OnlineAuthorisation)| {
        let (_, mut authorisation) = sold(&mut payer, &mut shop, 4_990);
        change(&mut authorisation);
        payer.0.issuer.verify_online(&authorisation, payer.0.now.wall_ms).verdict
    };
    assert_eq!(verdict(&|_| ()), Verdict::Valid);
    assert_eq!(verdict(&|told| told.signature[40] ^= 1), Verdict::SignatureWrong);
    assert_eq!(verdict(&|told| told.order.truncate(20)), Verdict::OrderInvalid);
    // Minor units are the 8 bytes behind the label.
    assert_eq!(verdict(&|told| told.order[21] ^= 1), Verdict::OrderMismatch);
    assert_eq!(verdict(&|told| told.request.put(0x9F02, &[0, 0, 0, 0, 0x49, 0x91])), Verdict::OrderMismatch);
    assert_eq!(verdict(&|told| told.request.put(0x9F26, &[0; 8])), Verdict::InvalidCryptogram);
    assert_eq!(verdict(&|told| told.request.put(0x9F36, &[0, 9])), Verdict::InvalidCryptogram);
}

#[test]
fn a_shop_takes_an_order_once_and_only_its_own() {
    let mut payer = Payer::with("kernel3-cvn18", 9);
    let (mut one, mut other, mut alike) = (shop(), shop(), shop());
    let made = [&mut one, &mut alike].map(|shop| shop.order(4_990, 978, None, &mut |nonce| nonce.fill(7)).unwrap());
    let order = OnlineOrder::read(&made[0]).unwrap();
    let paid = handed_over(&payer.pay_online(&order).unwrap(), &order);
    let wall_ms = payer.now.wall_ms;
    assert_eq!(other.take(&paid, wall_ms), Err(PaymentRefused::OtherOrder));
    let taken = one.take(&paid, wall_ms).unwrap();
    assert_eq!(one.take(&paid, wall_ms), Err(PaymentRefused::TakenBefore));
    // The holder pays the same order again: another cryptogram, and the issuer refuses it all the same.
    let twice = handed_over(&payer.pay_online(&order).unwrap(), &order);
    let taken_twice = alike.take(&twice, wall_ms).unwrap();
    assert_eq!(payer.0.issuer.verify_online(&taken, wall_ms).verdict, Verdict::Valid);
    assert_eq!(payer.0.issuer.verify_online(&taken_twice, wall_ms).verdict, Verdict::OrderPaidBefore);
}

#[test]
fn a_cryptogram_of_one_channel_is_none_in_another() {
    let mut payer = Payer::with("kernel2-cvn14", 9);
    let mut shop = shop();
    let (_, authorisation) = sold(&mut payer, &mut shop, 4_990);
    let at_a_reader = payer.0.issuer.verify(&authorisation.request, payer.0.now.wall_ms).verdict;
    assert_eq!(at_a_reader, Verdict::InvalidCryptogram, "the same counter, another key");
    assert_eq!(payer.0.issuer.verify_online(&authorisation, payer.0.now.wall_ms).verdict, Verdict::Valid);
    assert_eq!(payer.pay(), Ok(Verdict::Valid), "and that counter is still good at a reader");
}

#[test]
fn an_online_payment_uses_no_choice_up_that_was_for_a_tap() {
    let mut payer = Payer::with("kernel3-cvn18", 2);
    let card = payer.card();
    payer.wallet.choose_once(Some(card), 600_000, payer.now).unwrap();
    sold(&mut payer, &mut shop(), 4_990);
    assert_eq!(payer.wallet.chosen_once(payer.now), Some(card));
    payer.reopen();
    assert_eq!(payer.wallet.chosen_once(payer.now), Some(card));
}

#[test]
fn the_wallet_asks_for_keys_of_every_channel_that_it_had_keys_of() {
    let mut payer = Payer::with("kernel3-cvn18", 3);
    let mut shop = shop();
    sold(&mut payer, &mut shop, 1);
    assert_eq!(payer.keys(), [3, 2, 3]);
    payer.replenish();
    assert!(payer.keys().into_iter().all(|keys| keys > 3), "{:?}", payer.keys());
    let (_, authorisation) = sold(&mut payer, &mut shop, 2);
    assert_eq!(payer.0.issuer.verify_online(&authorisation, payer.0.now.wall_ms).verdict, Verdict::Valid);
}

#[test]
fn of_channels_that_need_nothing_the_advice_tells_the_one_with_the_fewest_keys() {
    let mut payer = Payer::with("kernel3-cvn18", 10);
    payer.pay().unwrap();
    let advice = payer.wallet.replenishment(payer.card(), payer.now.wall_ms).unwrap();
    assert_eq!(payer.keys(), [9, 10, 10]);
    assert_eq!((advice.ask, advice.uses_left), (Ask::No, 9));
}

#[test]
fn a_verification_that_is_taken_back_between_the_two_steps_pays_nothing() {
    let mut payer = Payer::with("kernel3-cvn18", 2);
    let (card, released) = (payer.card(), Some(payer.platform.authenticated()));
    let order = OnlineOrder::read(&shop().order(1, 978, None, &mut payer.random).unwrap()).unwrap();
    let scope = Scope::Order(card, order.digest());
    payer.wallet.arm_for(scope, payer.now, Method::Biometric, DEFAULT_WINDOW_MS, released).unwrap();
    let asked = payer.wallet.pay_online_begin(card, &order, payer.now).unwrap();
    payer.wallet.locked();
    let signature = payer.platform.sign(&asked.digest);
    let paid = payer.wallet.pay_online_finish(asked.token, &signature, payer.now);
    assert_eq!(paid, Err(super::payer::refused(Reason::NotVerified)));
    assert_eq!(payer.keys(), [2, 2, 2]);
}
