//! What the holder decides: for what he has verified, which card pays once, which is frozen, which is used for a time only. Who tries
//! to get past it: [`crate::attacks`].

use crate::enrolled_wallet::EnrolledWallet;
use crate::everyday::*;
use hcepay_core::{
    Allowance, Amount, CardState, Error, IllegalMove, LimitFault, MostPaid, NextRequest, Outcome, Reason, Scope,
    TemporaryUse,
};
use hcepay_tests::issuer::contents::Policy;
use hcepay_tests::issuer::key_entry::Protection;
use hcepay_tests::issuer::seal::Purpose;
use hcepay_tests::terminal::Terminal;

fn verified_always() -> EnrolledWallet {
    with_card("kernel3-cvn18", Policy::of_single_uses(Protection::Authenticated, 2))
}

/// Two cards that pay small amounts without verification; the first is the default.
fn two_cards() -> EnrolledWallet {
    let mut holder = with_card("kernel3-everyday", policy(Vec::new()));
    holder.install_with("kernel3-no-verification", policy(Vec::new()), 0, 20);
    holder
}

#[test]
fn a_verification_ends_with_locking_freezing_suspending_and_the_process() {
    let endings: [fn(&mut EnrolledWallet); 5] = [
        |holder| holder.wallet.locked(),
        |holder| holder.wallet.disarm(),
        |holder| holder.reopen(),
        |holder| {
            holder.wallet.freeze(holder.card(), holder.now).unwrap();
            arm(holder, Scope::AnyCard);
            holder.wallet.unfreeze(holder.card(), holder.now).unwrap();
        },
        |holder| {
            holder.order(|issuer, holder, random| issuer.suspend(holder, random));
            holder.order(|issuer, holder, random| issuer.resume(holder, random));
        },
    ];
    for end in endings {
        let mut holder = verified_always();
        arm(&holder, Scope::AnyCard);
        end(&mut holder);
        assert_eq!(tap(&mut holder, 100).reason, Some(Reason::NotVerified));
    }
}

#[test]
fn a_choice_for_one_payment_is_over_with_its_time_the_boot_and_its_card() {
    let mut holder = two_cards();
    let (default, other) = (card(&holder, 0), card(&holder, 1));
    let choose = |holder: &EnrolledWallet| holder.wallet.choose_once(Some(other), 60_000, holder.now).unwrap();
    choose(&holder);
    holder.now = later(holder.now, 59_999);
    assert_eq!(holder.wallet.chosen_once(holder.now), Some(other));
    holder.now = later(holder.now, 1);
    assert_eq!(holder.wallet.chosen_once(holder.now), None);
    assert_eq!(tap(&mut holder, 100).card, Some(default));
    choose(&holder);
    holder.wallet.choose_once(None, 60_000, holder.now).unwrap();
    assert_eq!(tap(&mut holder, 100).card, Some(default), "taken back");
    choose(&holder);
    holder.now.boot_count += 1;
    holder.reopen();
    assert_eq!(tap(&mut holder, 100).card, Some(default), "another boot");
    choose(&holder);
    holder.wallet.delete(other).unwrap();
    assert_eq!(tap(&mut holder, 100).card, Some(default), "deleted");
    assert_eq!(holder.wallet.choose_once(Some(other), 60_000, holder.now), Err(Error::UnknownCard));
    assert_eq!(holder.wallet.choose_once(None, 4_999, holder.now), Err(Error::WindowOutOfRange));
}

#[test]
fn a_tap_that_spends_nothing_leaves_the_choice_for_one_payment() {
    let mut holder = two_cards();
    let other = card(&holder, 1);
    holder.wallet.choose_once(Some(other), 60_000, holder.now).unwrap();
    holder.keep_mark();
    let report = tap(&mut holder, 60_00);
    assert_eq!((report.card, report.reason), (Some(other), Some(Reason::NotVerified)));
    assert_eq!(tap(&mut holder, 100).card, Some(other));
}

#[test]
fn no_sync_is_needed_for_the_tap_after_a_choice_that_was_spent() {
    let mut holder = two_cards();
    holder.wallet.choose_once(Some(card(&holder, 1)), 60_000, holder.now).unwrap();
    holder.keep_mark();
    for _ in 0..2 {
        let (wallet, now) = (&holder.wallet, holder.now);
        let before = holder.disk.syncs();
        Terminal::default().pay(&purchase(100), &mut |command| wallet.process(now, command));
        assert_eq!(holder.disk.syncs(), before);
        assert!(wallet.deactivated(now).atc.is_some());
    }
}

#[test]
fn what_lets_a_card_pay_more_takes_a_verification_which_is_used_up_by_it() {
    let mut holder = with_card("kernel3-everyday", flexible());
    let (number, now) = (holder.card(), holder.now);
    let ten = Allowance { currency: 978, single: 1000, total: 2000, count: 2 };
    let wallet = &holder.wallet;
    wallet.limit_low_value(number, Some(vec![ten]), now).unwrap();
    wallet.limit_low_value(number, Some(vec![]), now).unwrap();
    assert_eq!(wallet.limit_low_value(number, Some(vec![ten]), now), Err(Error::NotVerified));
    assert_eq!(wallet.limit_low_value(number, None, now), Err(Error::NotVerified));
    assert_eq!(wallet.pass_gates(number, true, now), Err(Error::NotVerified));
    wallet.limit_use(number, Some(TemporaryUse { taps: Some(9), ..TemporaryUse::default() }), now).unwrap();
    assert_eq!(wallet.limit_use(number, None, now), Err(Error::NotVerified));
    assert_eq!(tap(&mut holder, 1).reason, Some(Reason::NotVerified), "always, says the holder");
    arm(&holder, Scope::AnyCard);
    let now = holder.now;
    holder.wallet.limit_low_value(number, Some(vec![ten]), now).unwrap();
    assert_eq!(holder.wallet.limit_use(number, None, now), Err(Error::NotVerified), "one for each");
    assert_eq!(tap(&mut holder, 1001).reason, Some(Reason::NotVerified), "the holder's is the stricter");
    assert_eq!(tap(&mut holder, 1000).reason, Some(Reason::LowValue));
    assert_eq!(tap(&mut holder, 1000).reason, Some(Reason::LowValue));
    assert_eq!(tap(&mut holder, 1).reason, Some(Reason::AllowanceUsedUp));
}

#[test]
fn limits_that_cannot_be_kept_have_each_an_error_of_their_own_and_change_nothing() {
    let mut holder = with_card("kernel3-no-verification", policy(Vec::new()));
    let (number, now) = (holder.card(), holder.now);
    let log = holder.log();
    let wallet = &holder.wallet;
    let allowance = Allowance { currency: 978, single: 1, total: 1, count: 1 };
    let low_value = |list: &[Allowance]| wallet.limit_low_value(number, Some(list.to_vec()), now);
    let most = MostPaid { currency: 978, single: 1, total: 1 };
    let limit = |limits| wallet.limit_use(number, Some(limits), now);
    let none = TemporaryUse::default;
    assert_eq!(low_value(&[Allowance { currency: 17, ..allowance }]), Err(Error::Limit(LimitFault::Currency)));
    assert_eq!(low_value(&[allowance, allowance]), Err(Error::Limit(LimitFault::Currency)));
    assert_eq!(low_value(&[Allowance { single: 2, ..allowance }]), Err(Error::Limit(LimitFault::Bounds)));
    let five = [978, 840, 756, 826, 392].map(|currency| Allowance { currency, ..allowance });
    assert_eq!(low_value(&five), Err(Error::Limit(LimitFault::TooMany)));
    assert_eq!(limit(none()), Err(Error::Limit(LimitFault::Bounds)));
    assert_eq!(limit(TemporaryUse { amounts: vec![most, most], ..none() }), Err(Error::Limit(LimitFault::Currency)));
    let categories = TemporaryUse { taps: Some(1), merchant_categories: vec![5411; 17], ..none() };
    assert_eq!(limit(categories.clone()), Err(Error::Limit(LimitFault::TooMany)));
    assert_eq!(limit(TemporaryUse { merchant_categories: vec![5411], ..categories }), Err(Error::MerchantNotAsked));
    assert_eq!(wallet.freeze(card_of_nobody(), now), Err(Error::UnknownCard));
    assert_eq!(holder.log(), log);
    holder.wallet.limit_use(number, Some(TemporaryUse { taps: Some(1), ..none() }), now).unwrap();
    holder.keep_mark();
    tap(&mut holder, 1);
    assert_eq!(holder.wallet.freeze(number, now), Err(Error::CardRetired));
}

/// Of a wallet that has more cards.
fn card_of_nobody() -> hcepay_core::CardId {
    card(&two_cards(), 1)
}

#[test]
fn a_temporary_use_that_is_over_retires_the_card_and_the_issuer_hears_of_it() {
    let none = TemporaryUse::default;
    let until = with_card("kernel3-everyday", policy(Vec::new())).now.wall_ms + 86_400_000;
    let euro = MostPaid { currency: 978, single: 100, total: 100 };
    for limits in [
        TemporaryUse { taps: Some(1), ..none() },
        TemporaryUse { until_ms: Some(until), ..none() },
        TemporaryUse { amounts: vec![euro], ..none() },
    ] {
        let mut holder = with_card("kernel3-everyday", policy(Vec::new()));
        let number = holder.card();
        assert_eq!(holder.ask_next(), NextRequest::Nothing);
        holder.wallet.limit_use(number, Some(limits.clone()), holder.now).unwrap();
        holder.keep_mark();
        assert_eq!(tap(&mut holder, 100).outcome, Outcome::AuthorisationRequested, "{limits:?}");
        if limits.until_ms.is_some() {
            holder.now = later(holder.now, 86_400_000);
            assert_eq!(tap(&mut holder, 1).reason, Some(Reason::TemporaryUseOver));
        }
        holder.reopen();
        let card = holder.wallet.card(number, holder.now.wall_ms).unwrap();
        assert_eq!((card.state, card.applications[0].uses_left), (CardState::Retired, 0), "{limits:?}");
        assert_eq!(tap(&mut holder, 1).reason, Some(Reason::TemporaryUseOver));
        assert_eq!(holder.ask_next(), NextRequest::CheckIn);
        let known = holder.issuer.wallets().wallet(&holder.id).unwrap().cards[&number.number()].state;
        assert_eq!(known, hcepay_tests::issuer::wallets::CardState::Retired);
        assert_eq!(holder.wallet.next_request(holder.now), NextRequest::Nothing, "once");
        let log = holder.log();
        for purpose in [Purpose::Suspend, Purpose::Resume] {
            let refused = holder.apply_content(purpose, number.number(), &[]);
            assert_eq!(refused, Err(Error::Move(IllegalMove::CardRetired)));
        }
        assert_eq!(holder.log(), log);
        holder.order(|issuer, holder, random| issuer.delete(holder, random));
        assert_eq!(holder.wallet.cards(), []);
        assert_eq!(holder.wallet.next_request(holder.now), NextRequest::Nothing);
    }
}

#[test]
fn a_power_loss_counts_as_the_payment_that_it_may_have_taken() {
    let mut holder = with_card("kernel3-everyday", policy(Vec::new()));
    let number = holder.card();
    let euro = MostPaid { currency: 978, single: 300, total: 1000 };
    let limits = TemporaryUse { taps: Some(3), amounts: vec![euro], ..TemporaryUse::default() };
    holder.wallet.limit_use(number, Some(limits), holder.now).unwrap();
    holder.keep_mark();
    tap(&mut holder, 100);
    holder.now.boot_count += 1;
    holder.reopen();
    let used = holder.wallet.card(number, holder.now.wall_ms).unwrap().temporarily_used;
    assert_eq!((used.taps, used.paid), (2, vec![Amount { minor: 400, currency: 978 }]));
    assert_eq!(tap(&mut holder, 100).outcome, Outcome::AuthorisationRequested);
    assert_eq!(tap(&mut holder, 100).reason, Some(Reason::TemporaryUseOver));
}
