//! What the holder has decided: a card that is frozen, one that pays once, one that is used for a time only.

use super::{Became, DAY_MS, SHOP, arm, asked_at, asked_for, merchant, pays, refuses, terminal_for, verified_always};
use crate::enrolled_wallet::EnrolledWallet;
use crate::everyday::{card, later, policy, purchase, with_card};
use hcepay_core::{CardId, Channel, Error, MostPaid, Now, Reason, Scope, TemporaryUse};
use hcepay_desk::disk::Disk;
use hcepay_desk::phone::NEW_YEAR;
use hcepay_tests::terminal::{Purchase, Terminal};

const EURO: MostPaid = MostPaid { currency: 978, single: 500, total: 900 };

fn everyday() -> EnrolledWallet {
    with_card("kernel3-everyday", policy(Vec::new()))
}

/// Two cards that pay small amounts without verification; the first is the default.
fn two_cards() -> (EnrolledWallet, [CardId; 2]) {
    let mut holder = everyday();
    holder.install_with("kernel3-no-verification", policy(Vec::new()), 0, 20);
    let cards = [card(&holder, 0), card(&holder, 1)];
    (holder, cards)
}

/// Which card the last contact was with.
fn met(holder: &EnrolledWallet) -> Option<CardId> {
    holder.wallet.journal(None, 1)[0].report.card
}

#[test]
fn a_frozen_card_is_asked_by_another_aid() {
    for (name, aids) in [
        ("kernel3-two-applications", [&[0xA0, 0, 0, 0, 3, 0x10, 0x10], &[0xA0, 0, 0, 0, 3, 0x20, 0x10]]),
        ("cobadged", [&[0xA0, 0, 0, 0, 4, 0x10, 0x10], &[0xA0, 0, 0, 0, 3, 0x10, 0x10]]),
    ] {
        let mut holder = verified_always(name);
        holder.wallet.freeze(holder.card(), holder.now).unwrap();
        holder.keep_mark();
        for aid in aids {
            arm(&holder);
            // Kernel 2 says it by a decline.
            let status_word = if aid[4] == 4 { 0x9000 } else { 0x6985 };
            let frozen = Became { terminal: vec![(status_word, None)], ..refuses(Reason::Frozen) };
            assert_eq!(asked_at(&mut holder, &terminal_for(aid), purchase(100)), frozen, "{name}");
        }
    }
}

#[test]
fn a_frozen_card_pays_nothing_whatever_its_issuer_says_until_the_holder_is_verified() {
    let mut holder = everyday();
    let frozen = holder.card();
    holder.wallet.freeze(frozen, holder.now).unwrap();
    assert_eq!(asked_for(&mut holder, 100), refuses(Reason::Frozen));
    holder.order(|issuer, holder, random| issuer.suspend(holder, random));
    holder.order(|issuer, holder, random| issuer.resume(holder, random));
    holder.reopen();
    assert!(holder.wallet.card(frozen, holder.now.wall_ms).unwrap().rules.frozen);
    assert_eq!(asked_for(&mut holder, 100), refuses(Reason::Frozen), "an issuer's resume changes nothing");
    arm(&holder);
    assert_eq!(asked_for(&mut holder, 100), refuses(Reason::Frozen), "nor does a verification for a tap");
    assert_eq!(holder.wallet.unfreeze(frozen, later(holder.now, 60_000)), Err(Error::NotVerified));
    crate::everyday::arm(&holder, Scope::Card(frozen));
    holder.wallet.unfreeze(frozen, holder.now).unwrap();
    holder.keep_mark();
    assert_eq!(asked_for(&mut holder, 100), pays(Reason::VerificationNotNeeded));
}

#[test]
fn a_card_chosen_once_pays_once_and_then_the_default_card_again() {
    let (mut holder, [default, other]) = two_cards();
    // Longer than a tap and the time behind it: nothing but the payment ends it.
    holder.wallet.choose_once(Some(other), 600_000, holder.now).unwrap();
    holder.keep_mark();
    assert_eq!(holder.wallet.chosen_once(holder.now), Some(other));
    holder.reopen();
    for card in [other, default] {
        assert_eq!(asked_for(&mut holder, 100), pays(Reason::VerificationNotNeeded));
        assert_eq!(met(&holder), Some(card), "it outlives the process, and no payment");
        assert_eq!(holder.wallet.chosen_once(holder.now), None);
    }
}

#[test]
fn a_choice_for_one_payment_does_not_come_back_by_a_power_loss_whatever_boot_the_platform_counts() {
    for (boot_count, earlier_ms) in [(1, 1), (0, 0)] {
        let (mut holder, [default, other]) = two_cards();
        holder.now = Now { boot_count, ..holder.now };
        holder.reopen();
        holder.wallet.choose_once(Some(other), 60_000, holder.now).unwrap();
        holder.keep_mark();
        let before = holder.disk.medium();
        let mark = holder.platform.mark;
        assert_eq!(asked_for(&mut holder, 100), pays(Reason::VerificationNotNeeded));
        assert_eq!(met(&holder), Some(other));
        // What the tap wrote was not on the medium; the count of boots is the one that it was, or none.
        (holder.disk, holder.platform.mark) = (Disk::of(before), mark);
        holder.now = Now { boot_ms: NEW_YEAR.boot_ms - earlier_ms, wall_ms: NEW_YEAR.wall_ms, boot_count };
        holder.reopen();
        assert_eq!(holder.wallet.chosen_once(holder.now), None, "boots counted: {boot_count}");
        assert_eq!(asked_for(&mut holder, 100), pays(Reason::VerificationNotNeeded));
        assert_eq!(met(&holder), Some(default));
    }
}

/// A card that may be used within these limits alone.
fn temporary(limits: TemporaryUse) -> EnrolledWallet {
    let mut holder = everyday();
    holder.wallet.limit_use(holder.card(), Some(limits), holder.now).unwrap();
    holder.keep_mark();
    holder
}

fn within() -> Became {
    pays(Reason::VerificationNotNeeded)
}

#[test]
fn a_temporary_card_is_asked_after_its_time() {
    let until_ms = Some(NEW_YEAR.wall_ms + DAY_MS);
    let mut holder = temporary(TemporaryUse { until_ms, ..TemporaryUse::default() });
    holder.now = later(NEW_YEAR, DAY_MS - 1);
    assert_eq!(asked_for(&mut holder, 100), within());
    holder.now = later(NEW_YEAR, DAY_MS);
    assert_eq!(asked_for(&mut holder, 100), refuses(Reason::TemporaryUseOver));
}

#[test]
fn a_temporary_card_is_asked_for_one_tap_too_many() {
    let mut holder = temporary(TemporaryUse { taps: Some(2), ..TemporaryUse::default() });
    assert_eq!([asked_for(&mut holder, 100), asked_for(&mut holder, 100)], [within(), within()]);
    assert_eq!(asked_for(&mut holder, 100), refuses(Reason::TemporaryUseOver));
}

#[test]
fn a_temporary_card_is_asked_for_more_than_a_tap_may_be() {
    let mut holder = temporary(TemporaryUse { amounts: vec![EURO], ..TemporaryUse::default() });
    assert_eq!(asked_for(&mut holder, 501), refuses(Reason::OverHolderLimit));
    assert_eq!(asked_for(&mut holder, 500), within());
    let dollar = Purchase { currency: 840, ..purchase(1) };
    let in_another_currency = asked_at(&mut holder, &Terminal::default(), dollar);
    assert_eq!(in_another_currency, refuses(Reason::OverHolderLimit));
}

#[test]
fn a_temporary_card_is_asked_for_more_than_all_taps_may_be() {
    let mut holder = temporary(TemporaryUse { amounts: vec![EURO], ..TemporaryUse::default() });
    assert_eq!(asked_for(&mut holder, 500), within());
    assert_eq!(asked_for(&mut holder, 401), refuses(Reason::OverHolderLimit));
    assert_eq!(asked_for(&mut holder, 400), within());
    assert_eq!(asked_for(&mut holder, 1), refuses(Reason::TemporaryUseOver));
}

#[test]
fn a_temporary_card_for_another_channel_is_tapped() {
    let online = TemporaryUse { taps: Some(9), channels: vec![Channel::Online], ..TemporaryUse::default() };
    assert_eq!(asked_for(&mut temporary(online), 1), refuses(Reason::OverHolderLimit));
}

#[test]
fn a_temporary_card_is_asked_by_a_merchant_of_another_category_or_of_none() {
    let shops = TemporaryUse { taps: Some(9), merchant_categories: vec![SHOP], ..TemporaryUse::default() };
    let mut holder = temporary(shops);
    assert_eq!(asked_at(&mut holder, &merchant(SHOP), purchase(1)), within());
    for terminal in [merchant(5412), Terminal::default()] {
        assert_eq!(asked_at(&mut holder, &terminal, purchase(1)), refuses(Reason::OverHolderLimit));
    }
}
