//! What keeps a card from paying without a reader: told by name, and nothing is spent.

use hcepay_core::{Amount, Error, MostPaid, Reason, Scope, TemporaryUse};
use hcepay_tests::issuer::key_entry::{Channel, Protection};

use super::orders::{another, order};
use super::payer::{Payer, error, refused};
use crate::enrolled_wallet::policy;
use crate::everyday::later;

#[test]
fn only_a_holder_who_has_verified_for_exactly_this_order_pays_it() {
    let mut payer = Payer::with("kernel3-cvn18", 3);
    let (card, keys) = (payer.card(), payer.keys());
    let amount = order().amount();
    assert_eq!(payer.pay_unverified_online(card, &order()), Err(refused(Reason::NotVerified)));
    for scope in [
        Scope::AnyCard,
        Scope::Card(card),
        Scope::Payment(card, amount),
        Scope::Code(card),
        Scope::Order(card, another().digest()),
    ] {
        payer.verify_for(scope);
        assert_eq!(payer.pay_unverified_online(card, &order()), Err(refused(Reason::ArmedForAnotherPayment)));
    }
    payer.verify_for(Scope::Order(card, order().digest()));
    payer.now = later(payer.now, 30_000);
    assert_eq!(payer.pay_unverified_online(card, &order()), Err(refused(Reason::WindowOver)));
    payer.verify_for(Scope::Order(card, order().digest()));
    payer.wallet.disarm();
    assert_eq!(payer.pay_unverified_online(card, &order()), Err(refused(Reason::NotVerified)));
    assert_eq!((payer.keys(), payer.wallet.journal(None, 9)), (keys, Vec::new()));
    assert!(payer.pay_online(&order()).is_ok());
    assert_eq!(payer.pay_unverified_online(card, &order()), Err(refused(Reason::NotVerified)), "once");
}

#[test]
fn a_verification_for_an_order_or_a_code_pays_no_reader() {
    let mut payer = Payer::with("kernel3-cvn18", 3);
    let card = payer.card();
    for scope in [Scope::Order(card, order().digest()), Scope::Code(card)] {
        payer.verify_for(scope);
        assert_eq!(payer.pay_unverified(), Err(Reason::ArmedForAnotherPayment));
    }
    assert_eq!(payer.keys(), [3; 3]);
}

#[test]
fn a_code_wants_a_verification_of_its_own_each_time() {
    let mut payer = Payer::with("kernel3-cvn18", 3);
    let card = payer.card();
    assert_eq!(payer.wallet.show_code(card, payer.now), Err(refused(Reason::NotVerified)));
    for scope in [Scope::AnyCard, Scope::Card(card), Scope::Order(card, order().digest())] {
        payer.verify_for(scope);
        assert_eq!(payer.wallet.show_code(card, payer.now), Err(refused(Reason::ArmedForAnotherPayment)));
    }
    assert!(payer.show_code().is_ok());
    assert_eq!(payer.wallet.show_code(card, payer.now), Err(refused(Reason::NotVerified)));
    assert_eq!(payer.keys(), [3, 3, 2]);
}

#[test]
fn one_verification_pays_once_also_where_the_keys_open_without_it() {
    let mut payer = Payer::under("kernel3-no-verification", policy(Protection::Device), 3);
    let card = payer.card();
    payer.pay_online(&order()).unwrap();
    assert_eq!(payer.pay_unverified_online(card, &another()), Err(refused(Reason::NotVerified)));
    payer.show_code().unwrap();
    assert_eq!(payer.wallet.show_code(card, payer.now), Err(refused(Reason::NotVerified)));
    assert_eq!(payer.keys(), [3, 2, 2]);
}

#[test]
fn what_the_device_did_not_sign_is_not_paid_and_what_was_begun_is_finished_once() {
    let mut payer = Payer::with("kernel3-cvn18", 3);
    let (card, keys) = (payer.card(), payer.keys());
    payer.verify_for(Scope::Order(card, order().digest()));
    let asked = payer.wallet.pay_online_begin(card, &order(), payer.now).unwrap();
    let signature = payer.platform.sign(&asked.digest);
    let finish = |token, signature: &[u8; 64]| payer.wallet.pay_online_finish(token, signature, payer.now);
    let of_another = payer.platform.sign(&another().digest().0);
    assert_eq!(finish(asked.token, &of_another), Err(error(Error::SignatureWrong)));
    assert_eq!(finish(asked.token, &signature), Err(error(Error::NotBegun)), "it is over");
    let asked = payer.wallet.pay_online_begin(card, &order(), payer.now).unwrap();
    let later_one = payer.wallet.pay_online_begin(card, &order(), payer.now).unwrap();
    assert_eq!(finish(asked.token, &signature), Err(error(Error::NotBegun)), "another was begun since");
    assert_eq!(finish(later_one.token, &signature), Err(error(Error::NotBegun)));
    assert_eq!(payer.keys(), keys);
    let asked = payer.wallet.pay_online_begin(card, &order(), payer.now).unwrap();
    assert!(payer.wallet.pay_online_finish(asked.token, &signature, payer.now).is_ok());
    assert_eq!(payer.wallet.pay_online_finish(asked.token, &signature, payer.now), Err(error(Error::NotBegun)));
}

#[test]
fn a_card_that_may_not_pay_pays_no_order_and_shows_no_code() {
    let mut payer = Payer::with("kernel3-cvn18", 3);
    let (card, keys) = (payer.card(), payer.keys());
    let tries = |payer: &mut Payer, reason| {
        assert_eq!(payer.pay_online(&order()), Err(refused(reason)));
        assert_eq!(payer.show_code(), Err(refused(reason)));
        assert_eq!(payer.keys(), keys);
    };
    payer.wallet.freeze(card, payer.now).unwrap();
    tries(&mut payer, Reason::Frozen);
    payer.verify_for(Scope::Card(card));
    payer.wallet.unfreeze(card, payer.now).unwrap();
    payer.order(|issuer, holder, random| issuer.suspend(holder, random));
    tries(&mut payer, Reason::CardNotActive);
    payer.order(|issuer, holder, random| issuer.resume(holder, random));
    let before = payer.now;
    payer.now.wall_ms -= 3_600_000;
    tries(&mut payer, Reason::KeyNotYetValid);
    payer.now = later(before, 31 * 24 * 3_600_000);
    assert_eq!(payer.pay_online(&order()), Err(refused(Reason::KeyExpired)));
}

#[test]
fn a_limit_of_the_holders_or_of_the_keys_counts_online() {
    let mut payer = Payer::with("kernel3-everyday", 3);
    let card = payer.card();
    let most = |single| MostPaid { currency: 978, single, total: 10_000 };
    for limits in [
        TemporaryUse { amounts: vec![most(4_989)], ..TemporaryUse::default() },
        TemporaryUse { taps: Some(3), channels: vec![hcepay_core::Channel::Tap], ..TemporaryUse::default() },
        TemporaryUse { taps: Some(3), merchant_categories: vec![5411], ..TemporaryUse::default() },
    ] {
        payer.verify_for(Scope::Card(card));
        payer.wallet.limit_use(card, Some(limits), payer.now).unwrap();
        assert_eq!(payer.pay_online(&order()), Err(refused(Reason::OverHolderLimit)));
        // Of a code nobody knows what it will pay, and whom.
        assert_eq!(payer.show_code(), Err(refused(Reason::OverHolderLimit)));
    }
    let fits = TemporaryUse { amounts: vec![most(4_990)], ..TemporaryUse::default() };
    payer.verify_for(Scope::Card(card));
    payer.wallet.limit_use(card, Some(fits), payer.now).unwrap();
    assert!(payer.pay_online(&order()).is_ok());
    assert_eq!(payer.wallet.card(card, 0).unwrap().temporarily_used.paid, [Amount { minor: 4_990, currency: 978 }]);

    let mut payer = Payer::with("kernel3-cvn18", 1);
    payer.issuer.set_limits(&[(978, 4_989)]).unwrap();
    payer.send_keys(Channel::Online, 1);
    assert!(payer.pay_online(&order()).is_ok(), "the first key has no limit");
    assert_eq!(payer.pay_online(&another()), Err(refused(Reason::OverKeyLimit)));
}

#[test]
fn a_card_without_keys_of_the_channel_or_no_card_at_all_pays_nothing() {
    let mut payer = Payer::with("kernel3-cvn18", 1);
    let card = payer.card();
    assert!(payer.pay_online(&order()).is_ok() && payer.show_code().is_ok());
    assert_eq!(payer.pay_online(&another()), Err(refused(Reason::NoKeyLeft)));
    assert_eq!(payer.show_code(), Err(refused(Reason::NoKeyLeft)));
    assert_eq!(payer.keys(), [1, 0, 0], "no key of a tap stands in");
    payer.verify_for(Scope::Order(card, order().digest()));
    payer.wallet.delete(card).unwrap();
    assert_eq!(payer.pay_unverified_online(card, &order()), Err(refused(Reason::NotVerified)), "it went with the card");
    let gone = payer.wallet.arm_for(Scope::Code(card), payer.now, hcepay_core::Method::Biometric, 30_000, None);
    assert_eq!(gone, Err(Error::UnknownCard));
}
