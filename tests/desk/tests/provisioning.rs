//! A wallet and its issuer over sealed envelopes and signed requests: enrolment, cards, keys, the life of a card, and what
//! is refused.

use crate::enrolled_wallet::{EnrolledWallet, policy};
use hcepay_core::known_answers::AGREEMENT_WITHIN_MS;
use hcepay_core::{
    Ask, CardState, EnvelopeError, Error, IllegalMove, LedgerError, LostSpendKey, Now, Reason, SharedSecret, Why,
};
use hcepay_desk::disk::Disk;
use hcepay_desk::phone::{NEW_YEAR, store_key};
use hcepay_tests::issuer::contents::{self, Counter};
use hcepay_tests::issuer::demo_cards::demo_card;
use hcepay_tests::issuer::key_entry::Protection;
use hcepay_tests::issuer::life_cycle::IdentityAnswer;
use hcepay_tests::issuer::seal::Purpose;
use hcepay_tests::issuer::verification::Verdict;

const DAY_MS: u64 = 24 * 3_600_000;

#[test]
fn a_card_and_its_keys_come_by_envelope_and_pay() {
    for name in ["kernel3-cvn18", "kernel3-cvn43", "kernel2-cvn14", "kernel7-cvn01", "closed-loop", "cobadged"] {
        let mut mail = EnrolledWallet::new();
        mail.install(name, 0, 5);
        for paid in 1..=5 {
            assert_eq!(mail.pay(), Ok(Verdict::Valid), "{name}: payment {paid}");
        }
    }
}

#[test]
fn no_key_can_be_opened_before_the_spend_key_is_brought() {
    let mut mail = EnrolledWallet::new();
    mail.install("kernel3-cvn18", 0, 5);
    assert_eq!(mail.pay_armed_with(None), Err(Reason::NotVerified), "armed, but without the spend key");
    assert_eq!(mail.pay_unverified(), Err(Reason::NotVerified));
    assert_eq!(mail.pay(), Ok(Verdict::Valid));
}

#[test]
fn a_card_for_the_unlocked_phone_pays_while_it_is_unlocked() {
    let mut mail = EnrolledWallet::new();
    mail.install_with("kernel3-no-verification", policy(Protection::Unlocked), 0, 5);
    assert_eq!(mail.pay_unverified(), Err(Reason::PhoneLocked));
    mail.wallet.unlocked(mail.platform.unlocked(), mail.now).unwrap();
    assert_eq!(mail.pay_unverified(), Ok(Verdict::Valid));
    mail.wallet.locked();
    assert_eq!(mail.pay_unverified(), Err(Reason::PhoneLocked));
}

#[test]
fn keys_are_asked_for_when_they_run_low_and_come_above_the_last_counter() {
    let mut mail = EnrolledWallet::new();
    mail.install("kernel3-cvn18", 0, 6);
    let advice = |mail: &EnrolledWallet| mail.wallet.replenishment(mail.card(), mail.now.wall_ms).unwrap();
    assert_eq!((advice(&mail).ask, advice(&mail).why), (Ask::No, Why::Enough));
    for _ in 0..4 {
        mail.pay().unwrap();
    }
    assert_eq!((advice(&mail).ask, advice(&mail).why, advice(&mail).uses_left), (Ask::Now, Why::FewKeysLeft, 2));
    mail.replenish();
    assert_eq!((advice(&mail).ask, advice(&mail).why, advice(&mail).uses_left), (Ask::No, Why::Enough, 28));
    assert_eq!(advice(&mail).days_of_cover, Some(7), "at four a day");
    for _ in 0..28 {
        assert_eq!(mail.pay(), Ok(Verdict::Valid));
    }
    assert_eq!(mail.pay(), Err(Reason::NoKeyLeft));
    assert_eq!((advice(&mail).ask, advice(&mail).why), (Ask::Now, Why::NoKeysLeft));
}

#[test]
fn a_suspended_card_pays_nothing_until_it_is_resumed_and_a_deleted_one_never() {
    let mut mail = EnrolledWallet::new();
    mail.install("kernel3-cvn18", 0, 5);
    mail.order(|issuer, holder, random| issuer.suspend(holder, random));
    assert_eq!(mail.pay(), Err(Reason::CardNotActive));
    mail.reopen();
    assert_eq!(mail.pay(), Err(Reason::CardNotActive));
    let resume = mail.ordered(|issuer, holder, random| issuer.resume(holder, random));
    mail.apply(&resume).unwrap();
    assert_eq!(mail.pay(), Ok(Verdict::Valid));
    let card = mail.card();
    mail.order(|issuer, holder, random| issuer.delete(holder, random));
    assert_eq!(mail.wallet.cards(), []);
    assert_eq!(mail.apply(&resume), Err(Error::AlreadyApplied), "an old resume brings nothing back");
    mail.reopen();
    assert_eq!(mail.wallet.card(card, mail.now.wall_ms), None);
    // A new card may have the token, above the last counter.
    mail.install("kernel3-cvn18", 0, 5);
    assert_eq!(mail.pay(), Ok(Verdict::Valid));
}

#[test]
fn a_waiting_card_becomes_active_by_the_right_code_and_codes_run_out() {
    let mut mail = EnrolledWallet::new();
    let code = mail.install("kernel3-cvn18", 3, 5).unwrap();
    let card = mail.card();
    assert_eq!(mail.wallet.card(card, 0).unwrap().state, CardState::Waiting);
    assert_eq!(mail.pay(), Err(Reason::CardNotActive));
    assert!(matches!(mail.check_identity("000000x"), IdentityAnswer::Wrong { left: 2 }));
    assert_eq!(mail.wallet.card(card, 0).unwrap().codes_left, 2);
    let IdentityAnswer::Right(resume) = mail.check_identity(&code) else { panic!("the right code") };
    mail.apply(&resume).unwrap();
    assert_eq!(mail.pay(), Ok(Verdict::Valid));
    let log = mail.log();
    assert_eq!(mail.wallet.identity_check_request(card, code.into()), Err(Error::NothingToCheck));
    assert_eq!(mail.log(), log);

    let mut mail = EnrolledWallet::new();
    mail.install("kernel3-cvn18", 1, 5).unwrap();
    let IdentityAnswer::WasLast(delete) = mail.check_identity("wrong") else { panic!("the last code") };
    mail.reopen();
    let (card, log) = (mail.card(), mail.log());
    assert_eq!(mail.wallet.identity_check_request(card, b"one more".to_vec()), Err(Error::NoCodesLeft));
    assert_eq!(mail.log(), log);
    mail.apply(&delete).unwrap();
    assert_eq!(mail.wallet.cards(), []);
}

#[test]
fn a_renewed_card_goes_on_with_its_keys() {
    let mut mail = EnrolledWallet::new();
    mail.install("kernel3-cvn18", 0, 5);
    mail.pay().unwrap();
    mail.order(|issuer, holder, random| issuer.renew(holder, random));
    assert_eq!(mail.pay(), Ok(Verdict::Valid));
    mail.reopen();
    assert_eq!(mail.pay(), Ok(Verdict::Valid));
}

#[test]
fn a_lost_spend_key_costs_the_keys_and_the_next_replenishment_mends_it() {
    let mut mail = EnrolledWallet::new();
    mail.install("kernel3-cvn18", 0, 9);
    mail.pay().unwrap();
    mail.platform.forget_authenticated();
    mail.wallet.spend_key_lost(LostSpendKey::Authenticated, mail.platform.keys().authenticated).unwrap();
    for _ in 0..2 {
        let card = mail.wallet.card(mail.card(), mail.now.wall_ms).unwrap();
        assert!(card.keys_lost && card.applications[0].uses_left == 0);
        assert_eq!(mail.pay(), Err(Reason::NoKeyLeft));
        let advice = mail.wallet.replenishment(mail.card(), mail.now.wall_ms).unwrap();
        assert_eq!((advice.ask, advice.why), (Ask::Now, Why::KeysLost));
        mail.reopen();
    }
    mail.replenish();
    assert!(!mail.wallet.card(mail.card(), mail.now.wall_ms).unwrap().keys_lost);
    assert_eq!(mail.pay(), Ok(Verdict::Valid));
}

#[test]
fn the_issuer_s_time_mends_a_clock_that_was_far_ahead() {
    let mut mail = EnrolledWallet::new();
    mail.install("kernel3-cvn18", 0, 9);
    mail.now.wall_ms += DAY_MS;
    mail.pay().unwrap();
    mail.now.wall_ms -= DAY_MS;
    assert!(mail.wallet.clock_was_set_back(mail.now.wall_ms));
    assert_eq!(mail.pay(), Err(Reason::ClockSetBack));
    let asked = mail.wallet.issuer_time_request().unwrap();
    let request = mail.sign(asked);
    let answer = mail.issuer.tell_time(&request, mail.now.wall_ms, &mut mail.random).unwrap();
    mail.apply(&answer).unwrap();
    assert_eq!(mail.pay(), Ok(Verdict::Valid));
    mail.reopen();
    assert_eq!(mail.pay(), Ok(Verdict::Valid));
}

#[test]
fn a_wallet_put_back_to_an_older_copy_pays_nothing_until_it_is_resynchronised() {
    let mut mail = EnrolledWallet::new();
    mail.install("kernel3-cvn18", 0, 9);
    mail.pay().unwrap();
    let older = mail.disk.medium();
    for _ in 0..3 {
        mail.pay().unwrap();
    }
    mail.disk = Disk::of(older);
    mail.reopen();
    assert!(mail.wallet.is_rolled_back());
    assert_eq!(mail.pay(), Err(Reason::RolledBack));
    assert_eq!(mail.wallet.replenishment_request(mail.now.wall_ms), Err(Error::RolledBack));
    let suspend = mail.ordered(|issuer, holder, random| issuer.suspend(holder, random));
    let log = mail.log();
    assert_eq!(mail.apply(&suspend), Err(Error::RolledBack));
    assert_eq!(mail.log(), log);
    let resume = mail.ordered(|issuer, holder, random| issuer.resume(holder, random));
    let asked = mail.wallet.resynchronisation_request().unwrap();
    let request = mail.sign(asked);
    for envelope in mail.issuer.resynchronise(&request, mail.now.wall_ms, &mut mail.random).unwrap() {
        mail.apply(&envelope).unwrap();
    }
    assert!(!mail.wallet.is_rolled_back());
    assert_eq!(mail.apply(&resume), Err(Error::Stale));
    mail.reopen();
    assert!(!mail.wallet.is_rolled_back(), "it is found mended");
    assert_eq!(mail.pay(), Err(Reason::NoKeyLeft));
    mail.replenish();
    assert_eq!(mail.pay(), Ok(Verdict::Valid), "above every counter that was used in the lost time");
}

#[test]
fn a_resynchronisation_of_as_many_counters_as_fit_and_of_ones_that_never_began_is_found_again() {
    let mut mail = EnrolledWallet::new();
    mail.install("kernel3-cvn18", 0, 9);
    mail.install("kernel2-cvn14", 0, 9);
    let asked = mail.wallet.resynchronisation_request().unwrap();
    let request = mail.sign(asked);
    // Behind version, kind and wallet.
    let challenge = request[18..34].try_into().unwrap();
    let counter = |atc| Counter {
        card: mail.card().number(),
        aid: demo_card("kernel3-cvn18").unwrap().applications[0].aid.clone(),
        channel: 0x01,
        atc,
    };
    let content = contents::resynchronise(&challenge, &(0..255).map(counter).collect::<Vec<_>>()).unwrap();
    mail.apply_content(Purpose::Resynchronise, 0, &content).unwrap();
    mail.reopen();
    let card = mail.wallet.card(mail.card(), mail.now.wall_ms).unwrap();
    assert_eq!((card.applications[0].last_atc.number(), card.applications[0].uses_left), (254, 0));
    // Nobody named its counters: what keys it has may have signed in the lost time.
    let other = mail.wallet.card(mail.wallet.cards()[1], mail.now.wall_ms).unwrap();
    assert_eq!((other.applications[0].last_atc.number(), other.applications[0].uses_left), (0, 0));
}

#[test]
fn where_the_medium_fails_an_envelope_is_whole_or_not_there_when_the_wallet_is_opened_again() {
    for lost in [false, true] {
        let mut mail = EnrolledWallet::new();
        mail.install("kernel3-cvn18", 0, 5);
        let suspend = mail.ordered(|issuer, holder, random| issuer.suspend(holder, random));
        // The record is written, its sync fails.
        let error = std::io::ErrorKind::Other;
        let fault = hcepay_desk::disk::Fault { call: mail.disk.calls() + 1, from_then_on: false, error, written: 0 };
        mail.disk.fail(Some(fault));
        assert_eq!(mail.apply(&suspend), Err(Error::Ledger(LedgerError::Failed)));
        mail.disk.fail(None);
        assert_eq!(mail.apply(&suspend), Err(Error::Ledger(LedgerError::Poisoned)));
        if lost {
            mail.disk = Disk::of(mail.disk.medium().synced());
        }
        mail.reopen();
        let state = |mail: &EnrolledWallet| mail.wallet.card(mail.card(), mail.now.wall_ms).unwrap().state;
        assert_eq!(state(&mail), if lost { CardState::Active } else { CardState::Suspended });
        let again = mail.apply(&suspend);
        assert_eq!(again.is_err(), !lost, "{again:?}");
        assert_eq!(state(&mail), CardState::Suspended);
        assert_eq!(mail.wallet.highest_sequence(), 2);
    }
}

#[test]
fn a_rotated_issuer_key_replaces_the_old_one() {
    let mut mail = EnrolledWallet::new();
    mail.install("kernel3-cvn18", 0, 9);
    let before = mail.ordered(|issuer, holder, random| issuer.renew(holder, random));
    let envelopes = mail.issuer.rotate_envelope_key(77, &mut mail.random).unwrap();
    mail.apply(&envelopes[&mail.id]).unwrap();
    mail.reopen();
    assert_eq!(mail.apply(&before), Err(Error::Envelope(EnvelopeError::ForeignIssuer)), "signed by the old key");
    mail.order(|issuer, holder, random| issuer.suspend(holder, random));
    mail.order(|issuer, holder, random| issuer.resume(holder, random));
    assert_eq!(mail.pay(), Ok(Verdict::Valid));
}

#[test]
fn the_same_envelope_again_is_told_from_an_older_one_and_neither_changes_anything() {
    let mut mail = EnrolledWallet::new();
    mail.install("kernel3-cvn18", 0, 5);
    let suspend = mail.ordered(|issuer, holder, random| issuer.suspend(holder, random));
    let resume = mail.ordered(|issuer, holder, random| issuer.resume(holder, random));
    let applied = mail.apply(&resume);
    assert_eq!(applied, Err(Error::Move(IllegalMove::CardActive)), "of a refused one not even the sequence stays");
    mail.apply(&suspend).unwrap();
    assert_eq!(mail.apply(&resume).unwrap().highest_sequence, 3);
    let log = mail.log();
    assert_eq!(mail.apply(&resume), Err(Error::AlreadyApplied));
    assert_eq!(mail.apply(&suspend), Err(Error::AlreadyApplied));
    assert_eq!(mail.log(), log);
    for _ in 0..15 {
        mail.order(|issuer, holder, random| issuer.suspend(holder, random));
        mail.order(|issuer, holder, random| issuer.resume(holder, random));
    }
    assert_eq!(mail.apply(&suspend), Err(Error::AlreadyApplied), "31 came after it");
    mail.order(|issuer, holder, random| issuer.suspend(holder, random));
    let log = mail.log();
    assert_eq!(mail.apply(&suspend), Err(Error::Stale), "32 came after it");
    assert_eq!(mail.apply(&resume), Err(Error::AlreadyApplied));
    assert_eq!(mail.log(), log);
}

#[test]
fn an_envelope_is_finished_once_in_time_and_with_the_right_agreement() {
    let mut mail = EnrolledWallet::new();
    mail.install("kernel3-cvn18", 0, 5);
    let suspend = mail.ordered(|issuer, holder, random| issuer.suspend(holder, random));
    let log = mail.log();
    let begun = mail.wallet.apply_begin(&suspend, mail.now).unwrap();
    let shared = || mail.platform.agree(&begun.ephemeral);
    let wrong = SharedSecret::new(Box::new([1; 32]));
    let finish = |token, shared: &SharedSecret, now| mail.wallet.apply_finish(token, shared, now);
    assert_eq!(finish(begun.token, &wrong, mail.now), Err(Error::Envelope(EnvelopeError::CannotOpen)));
    assert_eq!(finish(begun.token, &shared(), mail.now), Err(Error::NotBegun), "it was finished");
    let begun = mail.wallet.apply_begin(&suspend, mail.now).unwrap();
    assert_eq!(finish(begun.token + 1, &shared(), mail.now), Err(Error::NotBegun));
    let late = Now { boot_ms: mail.now.boot_ms + AGREEMENT_WITHIN_MS + 1, ..mail.now };
    let begun = mail.wallet.apply_begin(&suspend, mail.now).unwrap();
    assert_eq!(finish(begun.token, &mail.platform.agree(&begun.ephemeral), late), Err(Error::NotBegun));
    assert_eq!(mail.log(), log);
    let begun = mail.wallet.apply_begin(&suspend, mail.now).unwrap();
    assert!(finish(begun.token, &mail.platform.agree(&begun.ephemeral), mail.now).is_ok());
}

#[test]
fn a_request_is_finished_once_and_with_the_device_s_signature_alone() {
    let mail = EnrolledWallet::new();
    let asked = mail.wallet.issuer_time_request().unwrap();
    assert_eq!(mail.wallet.request_finish(asked.token, &[1; 64]), Err(Error::SignatureWrong));
    let signature = mail.platform.sign(&asked.digest);
    assert_eq!(mail.wallet.request_finish(asked.token, &signature), Err(Error::NotBegun));
    let again = mail.wallet.issuer_time_request().unwrap();
    assert!(mail.platform.sign_request(&mail.wallet, again).is_ok());
}

#[test]
fn what_was_acknowledged_is_there_after_every_crash_and_applied_whole_or_not_at_all() {
    let mut mail = EnrolledWallet::new();
    mail.install("kernel3-cvn18", 0, 3);
    let (before, mark) = (mail.wallet.highest_sequence(), mail.platform.mark);
    let suspend = mail.ordered(|issuer, holder, random| issuer.suspend(holder, random));
    mail.disk.record();
    mail.apply(&suspend).unwrap();
    let card = mail.card();
    let look = |medium, boot_count| {
        let now = Now { boot_count, ..NEW_YEAR };
        let randomness = hcepay_desk::phone::randomness(5);
        let opened = hcepay_core::Wallet::open(Box::new(Disk::of(medium)), store_key(), mark, now, randomness).unwrap();
        let suspended = opened.card(card, 0).unwrap().state == CardState::Suspended;
        assert_eq!(opened.highest_sequence() > before, suspended);
        suspended
    };
    let mut found = [0, 0];
    for point in mail.disk.take_recorded() {
        point.before.after_kill(&point.call, &mut |medium| found[usize::from(look(medium, 1))] += 1);
        point.before.after_cut_write(&point.call, &mut |medium| found[usize::from(look(medium, 1))] += 1);
        point.before.after_power_loss(&point.call, &mut |medium| found[usize::from(look(medium, 2))] += 1);
    }
    assert!(found[0] > 0 && found[1] > 0, "{found:?}");
    // Acknowledged: from now on it is there, whatever is lost of what was not synced.
    let medium = mail.disk.medium();
    let mut images = 0;
    medium.after_power_loss(&hcepay_desk::disk::Call::SyncDirectory, &mut |medium| {
        assert!(look(medium, 2));
        images += 1;
    });
    assert!(images > 0);
}
