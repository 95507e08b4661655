//! What the issuer tells of the account behind a card: kept, shown with its age, never older than before, never mixed with what the
//! phone has paid since.

use hcepay_core::{Balance, ContentError, Error, IllegalMove, Now, Purpose, Statement};
use hcepay_desk::phone::NEW_YEAR;
use hcepay_tests::issuer::funds::Statement as Told;
use hcepay_tests::issuer::key_entry::Channel;
use hcepay_tests::issuer::notices::{Event, Notice};
use hcepay_tests::issuer::verification::Verdict;
use hcepay_tests::issuer::wallets::Holder;

use crate::checkout::grow_until_compacted;
use crate::enrolled_wallet::EnrolledWallet;

const MINUTE_MS: u64 = 60_000;

fn with_card() -> EnrolledWallet {
    let mut holder = EnrolledWallet::new();
    holder.install("kernel3-cvn18", 0, 5);
    holder
}

fn of(holder: &EnrolledWallet) -> Holder {
    Holder { wallet: holder.id, card: holder.card().number() }
}

fn later(holder: &mut EnrolledWallet, minutes: u64) {
    let Now { boot_count, boot_ms, wall_ms } = holder.now;
    let ms = minutes * MINUTE_MS;
    holder.now = Now { boot_count, boot_ms: boot_ms + ms, wall_ms: wall_ms + ms };
}

/// The issuer tells what it has.
fn tell(holder: &mut EnrolledWallet) {
    let wall_ms = holder.now.wall_ms;
    let envelope = holder.issuer.tell_balance(of(holder), wall_ms, &mut holder.random).unwrap();
    let applied = holder.apply(&envelope).unwrap();
    assert_eq!((applied.purpose, applied.card), (Purpose::Statement, Some(holder.card())));
}

/// The issuer tells this.
fn tell_this(holder: &mut EnrolledWallet, told: Told) -> Result<(), Error> {
    let envelope = holder.issuer.send_statement(of(holder), &told, &mut holder.random).unwrap();
    holder.apply(&envelope).map(|_| ())
}

fn balance(holder: &EnrolledWallet) -> Option<Balance> {
    holder.wallet.balance(holder.card(), holder.now.wall_ms)
}

const TOLD: Told =
    Told { sequence: 7, as_of_ms: NEW_YEAR.wall_ms, currency: 978, available_minor: 90_00, booked_minor: 10_000 };

#[test]
fn a_balance_is_the_issuer_s_last_word_with_its_age_and_outlives_the_process() {
    let mut holder = with_card();
    assert_eq!(balance(&holder), None, "nothing is invented");
    tell(&mut holder);
    later(&mut holder, 5);
    let Balance { statement, age_ms, paid_since, sent_since } = balance(&holder).unwrap();
    let expected = Statement {
        sequence: 1,
        as_of_ms: NEW_YEAR.wall_ms,
        currency: 978,
        available_minor: 100_000,
        booked_minor: 100_000,
    };
    assert_eq!((statement, age_ms, paid_since, sent_since), (expected, 5 * MINUTE_MS, vec![], vec![]));
    holder.reopen();
    assert_eq!(balance(&holder).unwrap().statement, expected);
    grow_until_compacted(&holder.wallet, holder.now);
    holder.keep_mark();
    holder.reopen();
    assert_eq!(balance(&holder).unwrap().statement, expected);
}

#[test]
fn payments_since_stand_beside_the_balance_and_are_not_subtracted() {
    let mut holder = with_card();
    assert_eq!(holder.pay(), Ok(Verdict::Valid));
    later(&mut holder, 1);
    tell(&mut holder);
    let before = balance(&holder).unwrap();
    assert_eq!((before.statement.available_minor, before.statement.booked_minor), (100_000 - 12_50, 100_000));
    assert_eq!(before.paid_since, [], "the issuer has counted that");
    later(&mut holder, 1);
    assert_eq!(holder.pay(), Ok(Verdict::Valid));
    later(&mut holder, 1);
    assert_eq!(holder.pay(), Ok(Verdict::Valid));
    let after = balance(&holder).unwrap();
    assert_eq!(after.statement, before.statement);
    let since: Vec<_> = after.paid_since.iter().map(|row| row.report.atc.unwrap().number()).collect();
    assert_eq!(since, [3, 2]);
    let declined = Notice {
        card: holder.card().number(),
        aid: after.paid_since[0].report.aid.unwrap().bytes().to_vec(),
        channel: Channel::Tap,
        atc: 3,
        event: Event::Declined(hcepay_tests::issuer::notices::DeclineReason::Blocked),
        wall_ms: holder.now.wall_ms,
        amount_minor: 12_50,
        currency: 978,
        merchant: String::new(),
    };
    let envelope = holder.issuer.notify(&holder.id, &[declined], &mut holder.random).unwrap();
    holder.apply(&envelope).unwrap();
    let after = balance(&holder).unwrap();
    assert_eq!(after.paid_since.len(), 2, "also what the bank declined, with its word");
    assert_eq!(after.paid_since[0].settlements[0].settled.name(), "declined");
    tell(&mut holder);
    let told = balance(&holder).unwrap();
    assert_eq!((told.statement.sequence, told.paid_since), (2, vec![]));
    assert_eq!(told.statement.available_minor, 100_000 - 3 * 12_50);
}

#[test]
fn a_tap_that_paid_nothing_is_not_among_the_payments_since() {
    let mut holder = with_card();
    tell(&mut holder);
    later(&mut holder, 1);
    let (wallet, now) = (&holder.wallet, holder.now);
    let tap = hcepay_tests::terminal::Terminal::default()
        .pay(&hcepay_desk::phone::PURCHASE, &mut |command| wallet.process(now, command));
    assert_eq!(tap.authorisation, None, "the holder has not verified");
    assert!(holder.wallet.deactivated(holder.now).atc.is_none());
    assert_eq!(balance(&holder).unwrap().paid_since, []);
}

#[test]
fn an_older_statement_is_refused_and_the_last_one_stays() {
    let mut holder = with_card();
    tell_this(&mut holder, TOLD).unwrap();
    let kept = balance(&holder).unwrap().statement;
    for (sequence, as_of_ms) in [
        (6, TOLD.as_of_ms + 1),
        (7, TOLD.as_of_ms),
        (7, TOLD.as_of_ms + 1),
        (8, TOLD.as_of_ms - 1),
        (u64::MAX, TOLD.as_of_ms - 1),
    ] {
        let refused = tell_this(&mut holder, Told { sequence, as_of_ms, ..TOLD });
        assert_eq!(refused, Err(Error::StatementOld), "{sequence} {as_of_ms}");
        assert_eq!(balance(&holder).unwrap().statement, kept);
    }
    tell_this(&mut holder, Told { sequence: 9, available_minor: 1, ..TOLD }).unwrap();
    assert_eq!(balance(&holder).unwrap().statement.available_minor, 1, "the same moment, told again");
}

#[test]
fn what_no_statement_can_say_is_refused_by_name() {
    let mut holder = with_card();
    for (told, refused) in [
        (Told { sequence: 0, ..TOLD }, ContentError::StatementSequence),
        (Told { currency: 1, ..TOLD }, ContentError::StatementCurrency),
        (Told { currency: 960, ..TOLD }, ContentError::StatementCurrency),
        (Told { available_minor: 1_000_000_000_000, ..TOLD }, ContentError::StatementAmount),
        (Told { booked_minor: -1_000_000_000_000, ..TOLD }, ContentError::StatementAmount),
        (Told { booked_minor: i64::MIN, ..TOLD }, ContentError::StatementAmount),
    ] {
        assert_eq!(tell_this(&mut holder, told), Err(Error::Content(refused)));
    }
    assert_eq!(balance(&holder), None);
    let most = Told { available_minor: -999_999_999_999, booked_minor: 999_999_999_999, ..TOLD };
    tell_this(&mut holder, most).unwrap();
    assert_eq!(balance(&holder).unwrap().statement.available_minor, -999_999_999_999);
}

#[test]
fn a_statement_of_another_issuer_for_another_wallet_or_altered_changes_nothing() {
    let (mut holder, mut other) = (with_card(), EnrolledWallet::another());
    other.install("kernel3-cvn18", 0, 1);
    tell_this(&mut holder, TOLD).unwrap();
    let kept = balance(&holder);
    let foreign = other.issuer.send_statement(of(&other), &Told { sequence: 8, ..TOLD }, &mut other.random).unwrap();
    assert!(matches!(holder.apply(&foreign), Err(Error::Envelope(_))));
    let own = holder.issuer.send_statement(of(&holder), &Told { sequence: 8, ..TOLD }, &mut holder.random).unwrap();
    for place in (0..own.len()).step_by(7) {
        let mut altered = own.clone();
        altered[place] ^= 1;
        assert!(holder.apply(&altered).is_err(), "{place}");
    }
    assert_eq!(balance(&holder), kept);
    holder.apply(&own).unwrap();
    assert_eq!(holder.apply(&own).map(|_| ()), Err(Error::AlreadyApplied));
}

#[test]
fn no_balance_is_told_of_a_card_that_waits_was_deleted_or_never_was() {
    let mut holder = EnrolledWallet::new();
    holder.install("kernel3-cvn18", 3, 1);
    assert_eq!(tell_this(&mut holder, TOLD), Err(Error::Move(IllegalMove::CardWaits)));
    assert_eq!(balance(&holder), None);

    let mut holder = with_card();
    let card = holder.card();
    tell_this(&mut holder, TOLD).unwrap();
    let suspended = holder.issuer.suspend(of(&holder), &mut holder.random).unwrap();
    holder.apply(&suspended).unwrap();
    tell_this(&mut holder, Told { sequence: 8, ..TOLD }).unwrap();
    assert_eq!(balance(&holder).unwrap().statement.sequence, 8, "a suspended card has an account still");
    let late = holder.issuer.send_statement(of(&holder), &Told { sequence: 9, ..TOLD }, &mut holder.random).unwrap();
    holder.wallet.delete(card).unwrap();
    assert_eq!(holder.wallet.balance(card, 0), None);
    assert_eq!(holder.apply(&late).map(|_| ()), Err(Error::Move(IllegalMove::CardDeleted)));
}

#[test]
fn a_renewed_card_keeps_its_balance_and_each_card_has_its_own() {
    let mut holder = with_card();
    tell_this(&mut holder, TOLD).unwrap();
    let renewed = holder.issuer.renew(of(&holder), &mut holder.random).unwrap();
    holder.apply(&renewed).unwrap();
    assert_eq!(balance(&holder).unwrap().statement.sequence, 7);
    holder.install("kernel2-cvn14", 0, 1);
    let second = holder.wallet.cards()[1];
    assert_eq!(holder.wallet.balance(second, NEW_YEAR.wall_ms), None);
}

#[test]
fn a_clock_before_the_statement_makes_it_new_and_never_negative() {
    let mut holder = with_card();
    tell_this(&mut holder, Told { as_of_ms: NEW_YEAR.wall_ms + 1000, ..TOLD }).unwrap();
    assert_eq!(balance(&holder).unwrap().age_ms, 0);
    assert_eq!(holder.wallet.balance(holder.card(), 0).unwrap().age_ms, 0);
    assert_eq!(holder.wallet.balance(holder.card(), u64::MAX).unwrap().age_ms, u64::MAX - NEW_YEAR.wall_ms - 1000);
}

#[test]
fn no_statement_says_what_someone_owns_where_it_is_only_shown_to_developers() {
    let mut holder = with_card();
    tell_this(&mut holder, Told { available_minor: 987_654, ..TOLD }).unwrap();
    let shown = format!("{:?}", balance(&holder).unwrap());
    assert!(!shown.contains("987654") && shown.contains("Statement(7, ..)"), "{shown}");
}
