//! What the wallet asks its issuer of its own accord: keys before they are over, what waits, and nothing in vain.

use crate::enrolled_wallet::{EnrolledWallet, policy};
use hcepay_core::{Ask, CHECK_IN_AFTER_MS, CardState, Error, NextRequest, Now, RequestError};
use hcepay_desk::disk::Disk;
use hcepay_desk::phone::NEW_YEAR;
use hcepay_tests::issuer::key_entry::Protection;
use hcepay_tests::issuer::verification::Verdict;

const DAY_MS: u64 = 24 * 3_600_000;

/// What the wallet asks until it asks for nothing more.
fn asked(mail: &mut EnrolledWallet) -> Vec<NextRequest> {
    let mut asked = Vec::new();
    while asked.len() < 5 {
        match mail.ask_next() {
            NextRequest::Nothing => return asked,
            next => asked.push(next),
        }
    }
    panic!("it asks without end: {asked:?}");
}

fn days_later(mail: &mut EnrolledWallet, days: u64) {
    mail.now.wall_ms += days * DAY_MS;
    mail.now.boot_ms += days * DAY_MS;
}

#[test]
fn a_wallet_enrols_once_though_no_card_comes_and_though_the_last_one_goes() {
    let mut mail = EnrolledWallet::new();
    assert!(!mail.wallet.is_enrolled(), "the issuer has not answered");
    mail.reopen();
    assert_eq!(asked(&mut mail), [NextRequest::Enrolment]);
    for _ in 0..2 {
        assert!(mail.wallet.is_enrolled());
        mail.reopen();
        assert_eq!(asked(&mut mail), [NextRequest::CheckIn]);
    }
    mail.install("kernel3-cvn18", 0, 10);
    assert_eq!(asked(&mut mail), []);
    mail.order(|issuer, holder, random| issuer.delete(holder, random));
    mail.reopen();
    assert_eq!((mail.wallet.cards().len(), asked(&mut mail)), (0, vec![NextRequest::CheckIn]));
    assert!(mail.wallet.is_enrolled());
}

#[test]
fn a_suspend_that_waits_is_seen_at_the_next_start_and_within_half_a_day_although_there_are_keys() {
    let state = |mail: &EnrolledWallet| mail.wallet.card(mail.card(), 0).unwrap().state;
    let mut mail = EnrolledWallet::new();
    mail.install("kernel3-cvn18", 0, 10);
    mail.ordered(|issuer, holder, random| issuer.suspend(holder, random));
    mail.reopen();
    assert_eq!((asked(&mut mail), state(&mail)), (vec![NextRequest::CheckIn], CardState::Suspended));

    mail.ordered(|issuer, holder, random| issuer.resume(holder, random));
    mail.now.boot_ms += CHECK_IN_AFTER_MS - 1;
    assert_eq!((asked(&mut mail), state(&mail)), (vec![], CardState::Suspended));
    mail.now.boot_ms += 1;
    assert_eq!((asked(&mut mail), state(&mail)), (vec![NextRequest::CheckIn], CardState::Active));
    assert_eq!(mail.pay(), Ok(Verdict::Valid));
}

#[test]
fn a_card_that_the_holder_deleted_is_one_that_the_issuer_may_give_out_again() {
    let mut mail = EnrolledWallet::new();
    mail.install("kernel3-cvn18", 0, 10);
    mail.wallet.delete(mail.card()).unwrap();
    mail.reopen();
    assert_eq!(asked(&mut mail), [NextRequest::CheckIn]);
    mail.install("kernel3-cvn18", 0, 10);
    assert_eq!(mail.pay(), Ok(Verdict::Valid));
}

#[test]
fn after_a_resynchronisation_the_wallet_asks_for_keys() {
    let mut mail = EnrolledWallet::new();
    mail.install("kernel3-cvn18", 0, 10);
    let older = mail.disk.medium();
    mail.pay().unwrap();
    mail.disk = Disk::of(older);
    mail.reopen();
    assert_eq!(mail.wallet.check_in_request(), Err(Error::RolledBack));
    assert_eq!(asked(&mut mail), [NextRequest::Resynchronisation, NextRequest::Replenishment]);
    assert_eq!(mail.pay(), Ok(Verdict::Valid));
}

#[test]
fn a_clock_that_was_set_back_asks_for_the_time_and_one_that_is_slow_does_not() {
    let mut mail = EnrolledWallet::new();
    mail.install("kernel3-cvn18", 0, 10);
    mail.now.wall_ms += DAY_MS;
    mail.pay().unwrap();
    mail.now.wall_ms -= DAY_MS;
    assert_eq!(asked(&mut mail), [NextRequest::IssuerTime]);
    assert_eq!(mail.pay(), Ok(Verdict::Valid));
    // The issuer's clock is an hour ahead of the phone's: a check in is answered by the time, which does not count.
    mail.reopen();
    let asked = mail.wallet.check_in_request().unwrap();
    let request = mail.sign(asked);
    for envelope in mail.issuer.answer(&request, mail.now.wall_ms + 3_600_000, &mut mail.random).unwrap() {
        mail.apply(&envelope).unwrap();
    }
    assert!(!mail.wallet.clock_was_set_back(mail.now.wall_ms));
    assert_eq!(mail.pay(), Ok(Verdict::Valid));
}

#[test]
fn a_holder_who_does_not_pay_for_a_year_can_pay_every_day_of_it_and_keys_do_not_pile_up() {
    let mut mail = EnrolledWallet::new();
    mail.issuer.set_key_life(30 * DAY_MS);
    mail.install("kernel3-cvn18", 0, 10);
    let mut length = Vec::new();
    let mut renewals = 0;
    for _ in 0..365 {
        days_later(&mut mail, 1);
        renewals += asked(&mut mail).iter().filter(|next| **next == NextRequest::Replenishment).count();
        let advice = mail.wallet.replenishment(mail.card(), mail.now.wall_ms).unwrap();
        assert_eq!(advice.ask, Ask::No);
        assert!((10..=20).contains(&advice.uses_left), "{advice:?}");
        length.push(mail.wallet.ledger_length());
    }
    // The last quarter of thirty days begins on the twenty-third.
    assert_eq!(renewals, 365 / 23);
    let card = mail.wallet.card(mail.card(), mail.now.wall_ms).unwrap();
    let [given, gone] = [10 * (renewals + 1) as u16, card.applications[0].last_atc.number()];
    assert!(given - gone <= 30, "of {given} keys {gone} are gone");
    assert_eq!(mail.pay(), Ok(Verdict::Valid));
}

#[test]
fn what_is_advised_is_brought_by_one_request_and_what_is_full_makes_none() {
    for (ask_at, paid) in [(2, 0), (2, 3), (2, 9), (8, 2), (40, 5)] {
        let mut mail = EnrolledWallet::new();
        mail.install_with(
            "kernel3-cvn18",
            hcepay_tests::issuer::contents::Policy { ask_at, ..policy(Protection::Authenticated) },
            0,
            10,
        );
        for _ in 0..paid {
            mail.pay().unwrap();
        }
        let before = mail.wallet.replenishment(mail.card(), mail.now.wall_ms).unwrap();
        let replenished = asked(&mut mail);
        assert_eq!(replenished.len(), usize::from(before.ask > Ask::No), "{ask_at} {paid}");
        if before.ask == Ask::No && before.uses_left < 10 {
            mail.replenish();
        }
        let log = mail.log();
        let full = mail.wallet.replenishment_request(mail.now.wall_ms);
        assert_eq!(full, Err(Error::Request(RequestError::NothingWanted)), "{ask_at} {paid}");
        assert_eq!(mail.log(), log);
    }
}

#[test]
fn a_key_goes_only_where_both_clocks_say_that_it_is_over() {
    let mut mail = EnrolledWallet::new();
    mail.issuer.set_key_life(30 * DAY_MS);
    mail.install("kernel3-cvn18", 0, 10);
    // The phone's clock runs forty days ahead, and is set right again.
    let issuers = mail.now;
    mail.now = Now { wall_ms: NEW_YEAR.wall_ms + 40 * DAY_MS, ..issuers };
    let asked = mail.wallet.replenishment_request(mail.now.wall_ms).unwrap();
    let request = mail.sign(asked);
    for envelope in mail.issuer.answer(&request, issuers.wall_ms, &mut mail.random).unwrap() {
        mail.apply(&envelope).unwrap();
    }
    mail.now = issuers;
    assert_eq!(mail.pay(), Ok(Verdict::Valid));
    let card = mail.wallet.card(mail.card(), mail.now.wall_ms).unwrap();
    assert_eq!((card.applications[0].last_atc.number(), card.applications[0].uses_left), (1, 19));
}
