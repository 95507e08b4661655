//! What the wallet asks its issuer of its own accord: keys before they are over, what waits, and nothing in vain.

use crate::enrolled_wallet::{EnrolledWallet, policy};
use hcepay_core::{Ask, CHECK_IN_AFTER_MS, CardState, Error, NextRequest, Now, Reason, RequestError};
use hcepay_desk::disk::Disk;
use hcepay_desk::phone::NEW_YEAR;
use hcepay_tests::issuer::key_entry::Protection;
use hcepay_tests::issuer::verification::Verdict;
use hcepay_tests::issuer::wallets::{CardState as AtIssuer, Holder};

const DAY_MS: u64 = 24 * 3_600_000;

/// What the wallet asks until it asks for nothing more.
fn asked(holder: &mut EnrolledWallet) -> Vec<NextRequest> {
    let mut asked = Vec::new();
    while asked.len() < 5 {
        match holder.ask_next() {
            NextRequest::Nothing => return asked,
            next => asked.push(next),
        }
    }
    panic!("it asks without end: {asked:?}");
}

fn days_later(holder: &mut EnrolledWallet, days: u64) {
    holder.now.wall_ms += days * DAY_MS;
    holder.now.boot_ms += days * DAY_MS;
}

#[test]
fn a_wallet_enrols_once_though_no_card_comes_and_though_the_last_one_goes() {
    let mut holder = EnrolledWallet::new();
    assert!(!holder.wallet.is_enrolled(), "the issuer has not answered");
    holder.reopen();
    assert_eq!(asked(&mut holder), [NextRequest::Enrolment]);
    for _ in 0..2 {
        assert!(holder.wallet.is_enrolled());
        holder.reopen();
        assert_eq!(asked(&mut holder), [NextRequest::CheckIn]);
    }
    holder.install("kernel3-cvn18", 0, 10);
    assert_eq!(asked(&mut holder), []);
    holder.order(|issuer, holder, random| issuer.delete(holder, random));
    holder.reopen();
    assert_eq!((holder.wallet.cards().len(), asked(&mut holder)), (0, vec![NextRequest::CheckIn]));
    assert!(holder.wallet.is_enrolled());
}

#[test]
fn a_suspend_that_waits_is_seen_at_the_next_start_and_within_half_a_day_although_there_are_keys() {
    let state = |holder: &EnrolledWallet| holder.wallet.card(holder.card(), 0).unwrap().state;
    let mut holder = EnrolledWallet::new();
    holder.install("kernel3-cvn18", 0, 10);
    holder.ordered(|issuer, holder, random| issuer.suspend(holder, random));
    holder.reopen();
    assert_eq!((asked(&mut holder), state(&holder)), (vec![NextRequest::CheckIn], CardState::Suspended));

    holder.ordered(|issuer, holder, random| issuer.resume(holder, random));
    holder.now.boot_ms += CHECK_IN_AFTER_MS - 1;
    assert_eq!((asked(&mut holder), state(&holder)), (vec![], CardState::Suspended));
    holder.now.boot_ms += 1;
    assert_eq!((asked(&mut holder), state(&holder)), (vec![NextRequest::CheckIn], CardState::Active));
    assert_eq!(holder.pay(), Ok(Verdict::Valid));
}

#[test]
fn a_card_that_the_holder_deleted_is_one_that_the_issuer_may_give_out_again() {
    let mut holder = EnrolledWallet::new();
    holder.install("kernel3-cvn18", 0, 10);
    holder.wallet.delete(holder.card()).unwrap();
    holder.reopen();
    assert_eq!(asked(&mut holder), [NextRequest::CheckIn]);
    holder.install("kernel3-cvn18", 0, 10);
    assert_eq!(holder.pay(), Ok(Verdict::Valid));
}

#[test]
fn that_a_card_was_deleted_the_issuer_is_told_though_it_was_heard_just_before_and_is_heard_meanwhile() {
    let mut holder = EnrolledWallet::new();
    for name in ["kernel3-cvn18", "kernel3-cvn43"] {
        holder.install(name, 0, 10);
    }
    assert_eq!(asked(&mut holder), []);
    let early = holder.wallet.check_in_request().unwrap();
    let early = holder.sign(early);
    let [gone, stays] = holder.wallet.cards()[..] else { panic!("two cards") };
    holder.wallet.delete(gone).unwrap();
    // Neither its answer to what was asked before, nor its own word, nor a request that lists no cards says that it knows.
    for envelope in holder.issuer.answer(&early, holder.now.wall_ms, &mut holder.random).unwrap() {
        holder.apply(&envelope).unwrap();
    }
    let stays = Holder { wallet: holder.id, card: stays.number() };
    for round in 0..2 {
        let renewed = holder.issuer.renew(stays, &mut holder.random).unwrap();
        holder.apply(&renewed).unwrap();
        let time = holder.wallet.issuer_time_request().unwrap();
        holder.ask(time);
        assert_eq!(holder.wallet.next_request(holder.now), NextRequest::CheckIn, "{round}");
        // And none of it after the process has ended.
        holder.reopen();
    }
    assert_eq!(asked(&mut holder), [NextRequest::CheckIn]);
    let gone = Holder { wallet: holder.id, card: gone.number() };
    assert_eq!(holder.issuer.wallets().card(gone).unwrap().state, AtIssuer::Deleted);
}

#[test]
fn what_the_issuer_deleted_itself_it_is_not_told() {
    let mut holder = EnrolledWallet::new();
    holder.install("kernel3-cvn18", 0, 10);
    holder.order(|issuer, holder, random| issuer.delete(holder, random));
    assert_eq!(asked(&mut holder), []);
}

#[test]
fn after_a_resynchronisation_the_wallet_asks_for_keys() {
    let mut holder = EnrolledWallet::new();
    holder.install("kernel3-cvn18", 0, 10);
    let older = holder.disk.medium();
    holder.pay().unwrap();
    holder.disk = Disk::of(older);
    holder.reopen();
    assert_eq!(holder.wallet.check_in_request(), Err(Error::RolledBack));
    assert_eq!(asked(&mut holder), [NextRequest::Resynchronisation, NextRequest::Replenishment]);
    holder.unfreeze();
    assert_eq!(holder.pay(), Ok(Verdict::Valid));
}

#[test]
fn a_clock_that_was_set_back_asks_for_the_time_and_one_that_is_slow_does_not() {
    let mut holder = EnrolledWallet::new();
    holder.install("kernel3-cvn18", 0, 10);
    holder.now.wall_ms += DAY_MS;
    holder.pay().unwrap();
    holder.now.wall_ms -= DAY_MS;
    assert_eq!(asked(&mut holder), [NextRequest::IssuerTime]);
    assert_eq!(holder.pay(), Ok(Verdict::Valid));
    // The issuer's clock is an hour ahead of the phone's: a check in is answered by the time, which does not count.
    holder.reopen();
    let asked = holder.wallet.check_in_request().unwrap();
    let request = holder.sign(asked);
    for envelope in holder.issuer.answer(&request, holder.now.wall_ms + 3_600_000, &mut holder.random).unwrap() {
        holder.apply(&envelope).unwrap();
    }
    assert!(!holder.wallet.clock_was_set_back(holder.now.wall_ms));
    assert_eq!(holder.pay(), Ok(Verdict::Valid));
}

#[test]
fn a_clock_that_is_wrong_by_the_issuer_s_is_not_asked_about_again_until_the_wallet_is_opened_anew() {
    let mut holder = EnrolledWallet::new();
    holder.install("kernel3-cvn18", 0, 10);
    holder.now.wall_ms += DAY_MS;
    holder.pay().unwrap();
    holder.now.wall_ms -= DAY_MS;
    assert!(!holder.wallet.clock_is_wrong(holder.now.wall_ms), "the issuer has yet to say so");
    // The issuer's clock shows what the phone's showed at the payment.
    for round in 0..2 {
        assert_eq!(holder.wallet.next_request(holder.now), NextRequest::IssuerTime, "{round}");
        let asked = holder.wallet.issuer_time_request().unwrap();
        let request = holder.sign(asked);
        for envelope in holder.issuer.answer(&request, holder.now.wall_ms + DAY_MS, &mut holder.random).unwrap() {
            holder.apply(&envelope).unwrap();
        }
        assert!(holder.wallet.clock_is_wrong(holder.now.wall_ms));
        assert_eq!(holder.wallet.next_request(holder.now), NextRequest::Nothing);
        assert_eq!(holder.pay(), Err(Reason::ClockSetBack));
        holder.reopen();
    }
    // The holder sets it: an hour ahead now, and pays. Set back after that, it may be what was wrong then.
    holder.now.wall_ms += DAY_MS + 3_600_000;
    assert!(!holder.wallet.clock_is_wrong(holder.now.wall_ms));
    assert_eq!(holder.pay(), Ok(Verdict::Valid));
    holder.now.wall_ms -= 3_600_000;
    assert!(!holder.wallet.clock_is_wrong(holder.now.wall_ms));
    assert_eq!(holder.wallet.next_request(holder.now), NextRequest::IssuerTime);
}

#[test]
fn a_holder_who_does_not_pay_for_a_year_can_pay_every_day_of_it_and_keys_do_not_pile_up() {
    let mut holder = EnrolledWallet::new();
    holder.issuer.set_key_life(30 * DAY_MS);
    holder.install("kernel3-cvn18", 0, 10);
    let mut length = Vec::new();
    let mut renewals = 0;
    for _ in 0..365 {
        days_later(&mut holder, 1);
        renewals += asked(&mut holder).iter().filter(|next| **next == NextRequest::Replenishment).count();
        let advice = holder.wallet.replenishment(holder.card(), holder.now.wall_ms).unwrap();
        assert_eq!(advice.ask, Ask::No);
        assert!((10..=20).contains(&advice.uses_left), "{advice:?}");
        length.push(holder.wallet.ledger_length());
    }
    // The last quarter of thirty days begins on the twenty-third.
    assert_eq!(renewals, 365 / 23);
    let card = holder.wallet.card(holder.card(), holder.now.wall_ms).unwrap();
    let [given, gone] = [10 * (renewals + 1) as u16, card.applications[0].last_atc.number()];
    assert!(given - gone <= 30, "of {given} keys {gone} are gone");
    assert_eq!(holder.pay(), Ok(Verdict::Valid));
}

#[test]
fn what_is_advised_is_brought_by_one_request_and_what_is_full_makes_none() {
    for (ask_at, paid) in [(2, 0), (2, 3), (2, 9), (8, 2), (40, 5)] {
        let mut holder = EnrolledWallet::new();
        holder.install_with(
            "kernel3-cvn18",
            hcepay_tests::issuer::contents::Policy { ask_at, ..policy(Protection::Authenticated) },
            0,
            10,
        );
        for _ in 0..paid {
            holder.pay().unwrap();
        }
        let before = holder.wallet.replenishment(holder.card(), holder.now.wall_ms).unwrap();
        let replenished = asked(&mut holder);
        assert_eq!(replenished.len(), usize::from(before.ask > Ask::No), "{ask_at} {paid}");
        if before.ask == Ask::No && before.uses_left < 10 {
            holder.replenish();
        }
        let log = holder.log();
        let full = holder.wallet.replenishment_request(holder.now.wall_ms);
        assert_eq!(full, Err(Error::Request(RequestError::NothingWanted)), "{ask_at} {paid}");
        assert_eq!(holder.log(), log);
    }
}

#[test]
fn a_key_goes_only_where_both_clocks_say_that_it_is_over() {
    let mut holder = EnrolledWallet::new();
    holder.issuer.set_key_life(30 * DAY_MS);
    holder.install("kernel3-cvn18", 0, 10);
    // The phone's clock runs forty days ahead, and is set right again.
    let issuers = holder.now;
    holder.now = Now { wall_ms: NEW_YEAR.wall_ms + 40 * DAY_MS, ..issuers };
    let asked = holder.wallet.replenishment_request(holder.now.wall_ms).unwrap();
    let request = holder.sign(asked);
    for envelope in holder.issuer.answer(&request, issuers.wall_ms, &mut holder.random).unwrap() {
        holder.apply(&envelope).unwrap();
    }
    holder.now = issuers;
    assert_eq!(holder.pay(), Ok(Verdict::Valid));
    let card = holder.wallet.card(holder.card(), holder.now.wall_ms).unwrap();
    assert_eq!((card.applications[0].last_atc.number(), card.applications[0].uses_left), (1, 19));
}
