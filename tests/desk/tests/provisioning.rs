//! A wallet and its issuer over sealed envelopes and signed requests: enrolment, cards, keys, the life of a card, and what
//! is refused.

use crate::enrolled_wallet::{EnrolledWallet, policy};
use hcepay_core::known_answers::AGREEMENT_WITHIN_MS;
use hcepay_core::{
    Applied, Ask, CardState, EnvelopeError, Error, IllegalMove, LedgerError, Now, Reason, ReleasedSpendKey,
    SharedSecret, Why,
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
        let mut holder = EnrolledWallet::new();
        holder.install(name, 0, 5);
        for paid in 1..=5 {
            assert_eq!(holder.pay(), Ok(Verdict::Valid), "{name}: payment {paid}");
        }
    }
}

#[test]
fn no_key_can_be_opened_before_the_spend_key_is_brought() {
    let mut holder = EnrolledWallet::new();
    holder.install("kernel3-cvn18", 0, 5);
    assert_eq!(holder.pay_armed_with(None), Err(Reason::NotVerified), "armed, but without the spend key");
    assert_eq!(holder.pay_unverified(), Err(Reason::NotVerified));
    assert_eq!(holder.pay(), Ok(Verdict::Valid));
}

#[test]
fn a_card_for_the_unlocked_phone_pays_while_it_is_unlocked() {
    let mut holder = EnrolledWallet::new();
    holder.install_with("kernel3-no-verification", policy(Protection::Unlocked), 0, 5);
    assert_eq!(holder.pay_unverified(), Err(Reason::PhoneLocked));
    holder.wallet.unlocked(holder.platform.unlocked(), holder.now).unwrap();
    assert_eq!(holder.pay_unverified(), Ok(Verdict::Valid));
    holder.wallet.locked();
    assert_eq!(holder.pay_unverified(), Err(Reason::PhoneLocked));
}

#[test]
fn keys_are_asked_for_when_they_run_low_and_come_above_the_last_counter() {
    let mut holder = EnrolledWallet::new();
    holder.install("kernel3-cvn18", 0, 6);
    let advice = |holder: &EnrolledWallet| holder.wallet.replenishment(holder.card(), holder.now.wall_ms).unwrap();
    assert_eq!((advice(&holder).ask, advice(&holder).why), (Ask::No, Why::Enough));
    for _ in 0..4 {
        holder.pay().unwrap();
    }
    assert_eq!((advice(&holder).ask, advice(&holder).why, advice(&holder).uses_left), (Ask::Now, Why::FewKeysLeft, 2));
    holder.replenish();
    assert_eq!((advice(&holder).ask, advice(&holder).why, advice(&holder).uses_left), (Ask::No, Why::Enough, 28));
    assert_eq!(advice(&holder).days_of_cover, Some(7), "at four a day");
    for _ in 0..28 {
        assert_eq!(holder.pay(), Ok(Verdict::Valid));
    }
    assert_eq!(holder.pay(), Err(Reason::NoKeyLeft));
    assert_eq!((advice(&holder).ask, advice(&holder).why), (Ask::Now, Why::NoKeysLeft));
}

#[test]
fn a_suspended_card_pays_nothing_until_it_is_resumed_and_a_deleted_one_never() {
    let mut holder = EnrolledWallet::new();
    holder.install("kernel3-cvn18", 0, 5);
    holder.order(|issuer, holder, random| issuer.suspend(holder, random));
    assert_eq!(holder.pay(), Err(Reason::CardNotActive));
    holder.reopen();
    assert_eq!(holder.pay(), Err(Reason::CardNotActive));
    let resume = holder.ordered(|issuer, holder, random| issuer.resume(holder, random));
    holder.apply(&resume).unwrap();
    assert_eq!(holder.pay(), Ok(Verdict::Valid));
    let card = holder.card();
    holder.order(|issuer, holder, random| issuer.delete(holder, random));
    assert_eq!(holder.wallet.cards(), []);
    assert_eq!(holder.apply(&resume), Err(Error::AlreadyApplied), "an old resume brings nothing back");
    holder.reopen();
    assert_eq!(holder.wallet.card(card, holder.now.wall_ms), None);
    // A new card may have the token, above the last counter.
    holder.install("kernel3-cvn18", 0, 5);
    assert_eq!(holder.pay(), Ok(Verdict::Valid));
}

#[test]
fn a_waiting_card_becomes_active_by_the_right_code_and_codes_run_out() {
    let mut holder = EnrolledWallet::new();
    let code = holder.install("kernel3-cvn18", 3, 5).unwrap();
    let card = holder.card();
    assert_eq!(holder.wallet.card(card, 0).unwrap().state, CardState::Waiting);
    assert_eq!(holder.pay(), Err(Reason::CardNotActive));
    assert!(matches!(holder.check_identity("000000x"), IdentityAnswer::Wrong { left: 2 }));
    assert_eq!(holder.wallet.card(card, 0).unwrap().codes_left, 2);
    let IdentityAnswer::Right(resume) = holder.check_identity(&code) else { panic!("the right code") };
    holder.apply(&resume).unwrap();
    assert_eq!(holder.pay(), Ok(Verdict::Valid));
    let log = holder.log();
    assert_eq!(holder.wallet.identity_check_request(card, code.into()), Err(Error::NothingToCheck));
    assert_eq!(holder.log(), log);

    let mut holder = EnrolledWallet::new();
    holder.install("kernel3-cvn18", 1, 5).unwrap();
    let IdentityAnswer::WasLast(delete) = holder.check_identity("wrong") else { panic!("the last code") };
    holder.reopen();
    let (card, log) = (holder.card(), holder.log());
    assert_eq!(holder.wallet.identity_check_request(card, b"one more".to_vec()), Err(Error::NoCodesLeft));
    assert_eq!(holder.log(), log);
    holder.apply(&delete).unwrap();
    assert_eq!(holder.wallet.cards(), []);
}

#[test]
fn that_a_code_was_wrong_is_said_by_the_answer_to_that_very_code_and_by_nothing_else() {
    let mut holder = EnrolledWallet::new();
    let code = holder.install("kernel3-cvn18", 3, 5).unwrap();
    let card = holder.card();
    let said = |applied: &[Applied]| -> Vec<bool> { applied.iter().map(|applied| applied.code_was_wrong).collect() };
    let asked = holder.wallet.identity_check_request(card, b"wrong".to_vec()).unwrap();
    let renewed = holder.ordered(|issuer, holder, random| issuer.renew(holder, random));
    let applied = holder.ask(asked);
    assert_eq!((said(&applied), applied[1].card), (vec![false, true], Some(card)), "what waited, and the answer");
    assert_eq!(holder.apply(&renewed), Err(Error::AlreadyApplied));
    assert_eq!(holder.wallet.card(card, 0).unwrap().codes_left, 2);
    assert!(!holder.wallet.clock_was_set_back(holder.now.wall_ms), "nobody asked for the time");
    let asked = holder.wallet.check_in_request().unwrap();
    assert_eq!(said(&holder.ask(asked)), [false]);
    let asked = holder.wallet.identity_check_request(card, code.into()).unwrap();
    assert_eq!(said(&holder.ask(asked)), [false]);
    assert_eq!(holder.wallet.card(card, 0).unwrap().state, CardState::Active);
}

#[test]
fn a_renewed_card_goes_on_with_its_keys() {
    let mut holder = EnrolledWallet::new();
    holder.install("kernel3-cvn18", 0, 5);
    holder.pay().unwrap();
    holder.order(|issuer, holder, random| issuer.renew(holder, random));
    assert_eq!(holder.pay(), Ok(Verdict::Valid));
    holder.reopen();
    assert_eq!(holder.pay(), Ok(Verdict::Valid));
}

#[test]
fn a_lost_spend_key_costs_the_keys_and_the_next_replenishment_mends_it() {
    let mut holder = EnrolledWallet::new();
    holder.install("kernel3-cvn18", 0, 9);
    holder.pay().unwrap();
    holder.platform.forget_authenticated();
    let made = holder.platform.spend_point(ReleasedSpendKey::Authenticated);
    holder.wallet.spend_key_made(ReleasedSpendKey::Authenticated, made).unwrap();
    for _ in 0..2 {
        let card = holder.wallet.card(holder.card(), holder.now.wall_ms).unwrap();
        assert!(card.keys_lost && card.applications[0].uses_left == 0);
        assert_eq!(holder.pay(), Err(Reason::NoKeyLeft));
        let advice = holder.wallet.replenishment(holder.card(), holder.now.wall_ms).unwrap();
        assert_eq!((advice.ask, advice.why), (Ask::Now, Why::KeysLost));
        holder.reopen();
    }
    holder.replenish();
    assert!(!holder.wallet.card(holder.card(), holder.now.wall_ms).unwrap().keys_lost);
    assert_eq!(holder.pay(), Ok(Verdict::Valid));
}

#[test]
fn the_issuer_s_time_mends_a_clock_that_was_far_ahead() {
    let mut holder = EnrolledWallet::new();
    holder.install("kernel3-cvn18", 0, 9);
    holder.now.wall_ms += DAY_MS;
    holder.pay().unwrap();
    holder.now.wall_ms -= DAY_MS;
    assert!(holder.wallet.clock_was_set_back(holder.now.wall_ms));
    assert_eq!(holder.pay(), Err(Reason::ClockSetBack));
    let asked = holder.wallet.issuer_time_request().unwrap();
    let request = holder.sign(asked);
    let answer = holder.issuer.tell_time(&request, holder.now.wall_ms, &mut holder.random).unwrap();
    holder.apply(&answer).unwrap();
    assert_eq!(holder.pay(), Ok(Verdict::Valid));
    holder.reopen();
    assert_eq!(holder.pay(), Ok(Verdict::Valid));
}

#[test]
fn a_wallet_put_back_to_an_older_copy_pays_nothing_until_it_is_resynchronised() {
    let mut holder = EnrolledWallet::new();
    holder.install("kernel3-cvn18", 0, 9);
    holder.pay().unwrap();
    let older = holder.disk.medium();
    for _ in 0..3 {
        holder.pay().unwrap();
    }
    holder.disk = Disk::of(older);
    holder.reopen();
    assert!(holder.wallet.is_rolled_back());
    assert_eq!(holder.pay(), Err(Reason::RolledBack));
    assert_eq!(holder.wallet.replenishment_request(holder.now.wall_ms), Err(Error::RolledBack));
    let suspend = holder.ordered(|issuer, holder, random| issuer.suspend(holder, random));
    let log = holder.log();
    assert_eq!(holder.apply(&suspend), Err(Error::RolledBack));
    assert_eq!(holder.log(), log);
    let resume = holder.ordered(|issuer, holder, random| issuer.resume(holder, random));
    let asked = holder.wallet.resynchronisation_request().unwrap();
    let request = holder.sign(asked);
    for envelope in holder.issuer.resynchronise(&request, holder.now.wall_ms, &mut holder.random).unwrap() {
        holder.apply(&envelope).unwrap();
    }
    assert!(!holder.wallet.is_rolled_back());
    assert_eq!(holder.apply(&resume), Err(Error::Stale));
    holder.reopen();
    assert!(!holder.wallet.is_rolled_back(), "it is found mended");
    holder.unfreeze();
    assert_eq!(holder.pay(), Err(Reason::NoKeyLeft));
    holder.replenish();
    assert_eq!(holder.pay(), Ok(Verdict::Valid), "above every counter that was used in the lost time");
}

#[test]
fn a_resynchronisation_of_as_many_counters_as_fit_and_of_ones_that_never_began_is_found_again() {
    let mut holder = EnrolledWallet::new();
    holder.install("kernel3-cvn18", 0, 9);
    holder.install("kernel2-cvn14", 0, 9);
    let asked = holder.wallet.resynchronisation_request().unwrap();
    let request = holder.sign(asked);
    // Behind version, kind and wallet.
    let challenge = request[18..34].try_into().unwrap();
    let counter = |atc| Counter {
        card: holder.card().number(),
        aid: demo_card("kernel3-cvn18").unwrap().applications[0].aid.clone(),
        channel: 0x01,
        atc,
    };
    let content = contents::resynchronise(&challenge, &(0..255).map(counter).collect::<Vec<_>>()).unwrap();
    holder.apply_content(Purpose::Resynchronise, 0, &content).unwrap();
    holder.reopen();
    let card = holder.wallet.card(holder.card(), holder.now.wall_ms).unwrap();
    assert_eq!((card.applications[0].last_atc.number(), card.applications[0].uses_left), (254, 0));
    // Nobody named its counters: what keys it has may have signed in the lost time.
    let other = holder.wallet.card(holder.wallet.cards()[1], holder.now.wall_ms).unwrap();
    assert_eq!((other.applications[0].last_atc.number(), other.applications[0].uses_left), (0, 0));
}

#[test]
fn where_the_medium_fails_an_envelope_is_whole_or_not_there_when_the_wallet_is_opened_again() {
    for lost in [false, true] {
        let mut holder = EnrolledWallet::new();
        holder.install("kernel3-cvn18", 0, 5);
        let suspend = holder.ordered(|issuer, holder, random| issuer.suspend(holder, random));
        // The record is written, its sync fails.
        let error = std::io::ErrorKind::Other;
        let fault = hcepay_desk::disk::Fault { call: holder.disk.calls() + 1, from_then_on: false, error, written: 0 };
        holder.disk.fail(Some(fault));
        assert_eq!(holder.apply(&suspend), Err(Error::Ledger(LedgerError::Failed)));
        holder.disk.fail(None);
        assert_eq!(holder.apply(&suspend), Err(Error::Ledger(LedgerError::Poisoned)));
        if lost {
            holder.disk = Disk::of(holder.disk.medium().synced());
        }
        holder.reopen();
        let state = |holder: &EnrolledWallet| holder.wallet.card(holder.card(), holder.now.wall_ms).unwrap().state;
        assert_eq!(state(&holder), if lost { CardState::Active } else { CardState::Suspended });
        let again = holder.apply(&suspend);
        assert_eq!(again.is_err(), !lost, "{again:?}");
        assert_eq!(state(&holder), CardState::Suspended);
        assert_eq!(holder.wallet.highest_sequence(), 2);
    }
}

#[test]
fn a_rotated_issuer_key_replaces_the_old_one() {
    let mut holder = EnrolledWallet::new();
    holder.install("kernel3-cvn18", 0, 9);
    let before = holder.ordered(|issuer, holder, random| issuer.renew(holder, random));
    let envelopes = holder.issuer.rotate_envelope_key(77, &mut holder.random).unwrap();
    holder.apply(&envelopes[&holder.id]).unwrap();
    holder.reopen();
    assert_eq!(holder.apply(&before), Err(Error::Envelope(EnvelopeError::ForeignIssuer)), "signed by the old key");
    holder.order(|issuer, holder, random| issuer.suspend(holder, random));
    holder.order(|issuer, holder, random| issuer.resume(holder, random));
    assert_eq!(holder.pay(), Ok(Verdict::Valid));
}

#[test]
fn the_same_envelope_again_is_told_from_an_older_one_and_neither_changes_anything() {
    let mut holder = EnrolledWallet::new();
    holder.install("kernel3-cvn18", 0, 5);
    let suspend = holder.ordered(|issuer, holder, random| issuer.suspend(holder, random));
    let resume = holder.ordered(|issuer, holder, random| issuer.resume(holder, random));
    let applied = holder.apply(&resume);
    assert_eq!(applied, Err(Error::Move(IllegalMove::CardActive)), "of a refused one not even the sequence stays");
    holder.apply(&suspend).unwrap();
    assert_eq!(holder.apply(&resume).unwrap().highest_sequence, 3);
    let log = holder.log();
    assert_eq!(holder.apply(&resume), Err(Error::AlreadyApplied));
    assert_eq!(holder.apply(&suspend), Err(Error::AlreadyApplied));
    assert_eq!(holder.log(), log);
    for _ in 0..15 {
        holder.order(|issuer, holder, random| issuer.suspend(holder, random));
        holder.order(|issuer, holder, random| issuer.resume(holder, random));
    }
    assert_eq!(holder.apply(&suspend), Err(Error::AlreadyApplied), "31 came after it");
    holder.order(|issuer, holder, random| issuer.suspend(holder, random));
    let log = holder.log();
    assert_eq!(holder.apply(&suspend), Err(Error::Stale), "32 came after it");
    assert_eq!(holder.apply(&resume), Err(Error::AlreadyApplied));
    assert_eq!(holder.log(), log);
}

#[test]
fn an_envelope_is_finished_once_in_time_and_with_the_right_agreement() {
    let mut holder = EnrolledWallet::new();
    holder.install("kernel3-cvn18", 0, 5);
    let suspend = holder.ordered(|issuer, holder, random| issuer.suspend(holder, random));
    let log = holder.log();
    let begun = holder.wallet.apply_begin(&suspend, holder.now).unwrap();
    let shared = || holder.platform.agree(&begun.ephemeral);
    let wrong = SharedSecret::new(Box::new([1; 32]));
    let finish = |token, shared: &SharedSecret, now| holder.wallet.apply_finish(token, shared, now);
    assert_eq!(finish(begun.token, &wrong, holder.now), Err(Error::Envelope(EnvelopeError::CannotOpen)));
    assert_eq!(finish(begun.token, &shared(), holder.now), Err(Error::NotBegun), "it was finished");
    let begun = holder.wallet.apply_begin(&suspend, holder.now).unwrap();
    assert_eq!(finish(begun.token + 1, &shared(), holder.now), Err(Error::NotBegun));
    let late = Now { boot_ms: holder.now.boot_ms + AGREEMENT_WITHIN_MS + 1, ..holder.now };
    let begun = holder.wallet.apply_begin(&suspend, holder.now).unwrap();
    assert_eq!(finish(begun.token, &holder.platform.agree(&begun.ephemeral), late), Err(Error::NotBegun));
    assert_eq!(holder.log(), log);
    let begun = holder.wallet.apply_begin(&suspend, holder.now).unwrap();
    assert!(finish(begun.token, &holder.platform.agree(&begun.ephemeral), holder.now).is_ok());
}

#[test]
fn a_request_is_finished_once_and_with_the_device_s_signature_alone() {
    let holder = EnrolledWallet::new();
    let asked = holder.wallet.issuer_time_request().unwrap();
    assert_eq!(holder.wallet.request_finish(asked.token, &[1; 64]), Err(Error::SignatureWrong));
    let signature = holder.platform.sign(&asked.digest);
    assert_eq!(holder.wallet.request_finish(asked.token, &signature), Err(Error::NotBegun));
    let again = holder.wallet.issuer_time_request().unwrap();
    assert!(holder.platform.sign_request(&holder.wallet, again).is_ok());
}

#[test]
fn what_was_acknowledged_is_there_after_every_crash_and_applied_whole_or_not_at_all() {
    let mut holder = EnrolledWallet::new();
    holder.install("kernel3-cvn18", 0, 3);
    let (before, mark) = (holder.wallet.highest_sequence(), holder.platform.mark);
    let suspend = holder.ordered(|issuer, holder, random| issuer.suspend(holder, random));
    holder.disk.record();
    holder.apply(&suspend).unwrap();
    let card = holder.card();
    let look = |medium, boot_count| {
        let now = Now { boot_count, ..NEW_YEAR };
        let randomness = hcepay_desk::phone::randomness(5);
        let opened = hcepay_core::Wallet::open(Box::new(Disk::of(medium)), store_key(), mark, now, randomness).unwrap();
        let suspended = opened.card(card, 0).unwrap().state == CardState::Suspended;
        assert_eq!(opened.highest_sequence() > before, suspended);
        suspended
    };
    let mut found = [0, 0];
    for point in holder.disk.take_recorded() {
        point.before.after_kill(&point.call, &mut |medium| found[usize::from(look(medium, 1))] += 1);
        point.before.after_cut_write(&point.call, &mut |medium| found[usize::from(look(medium, 1))] += 1);
        point.before.after_power_loss(&point.call, &mut |medium| found[usize::from(look(medium, 2))] += 1);
    }
    assert!(found[0] > 0 && found[1] > 0, "{found:?}");
    // Acknowledged: from now on it is there, whatever is lost of what was not synced.
    let medium = holder.disk.medium();
    let mut images = 0;
    medium.after_power_loss(&hcepay_desk::disk::Call::SyncDirectory, &mut |medium| {
        assert!(look(medium, 2));
        images += 1;
    });
    assert!(images > 0);
}
