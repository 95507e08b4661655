//! No wait in a tap: whatever another thread waits for, a tap with a lease at hand goes on.

use std::sync::mpsc;
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::{Duration, Instant};

use crate::checkout::{Checkout, NEXT_BOOT, key, large_profile};
use crate::enrolled_wallet::{EnrolledWallet, fresh_purchase, policy};
use crate::slow_disk::SlowDisk;
use hcepay_core::{Atc, DEFAULT_WINDOW_MS, Error, LedgerError, Method, Reason, StoredFile, Wallet};
use hcepay_desk::disk::{Disk, Medium};
use hcepay_desk::phone::{NEW_YEAR, issuer_key, randomness, store_key};
use hcepay_desk::platform::Platform;
use hcepay_tests::issuer::demo_cards::demo_card;
use hcepay_tests::issuer::key_entry::Protection;
use hcepay_tests::terminal::Terminal;

/// A tap that waits for the medium would be five seconds late.
const AT_MOST_LATER: Duration = Duration::from_millis(50);
const ROUNDS: u16 = 7;

/// A wallet with a card and keys.
fn wallet() -> (SlowDisk, Checkout) {
    let slow = SlowDisk::default();
    let wallet = Wallet::create(Box::new(slow.clone()), store_key(), issuer_key(), NEW_YEAR, randomness(1)).unwrap();
    let card = wallet.install_unsealed(&demo_card(crate::checkout::CARD).unwrap().profile()).unwrap();
    let mut shop = Checkout { disk: slow.disk.clone(), wallet, card, now: NEW_YEAR, mark: 0 };
    shop.add((1..=40).map(key).collect()).unwrap();
    (slow, shop)
}

/// A lease at hand; the pace begun anew.
fn be_ready(shop: &mut Checkout) {
    shop.wallet.arm(shop.now, Method::Biometric, DEFAULT_WINDOW_MS, None).unwrap();
    shop.keep_mark();
}

/// How long a whole tap takes; it must give a cryptogram.
fn time_tap(shop: &Checkout) -> Duration {
    let begun = Instant::now();
    assert!(shop.tap(1250, 978).atc.is_some());
    begun.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// Taps undisturbed; then taps while `work` waits in the sync of this file. Before each round what `prepare` does, so that
/// there is something to wait for.
fn no_later(file: StoredFile, prepare: impl Fn(&Checkout), work: impl Fn(&Wallet) + Sync) {
    let (slow, mut shop) = wallet();
    let mut undisturbed = Vec::new();
    let mut disturbed = Vec::new();
    for _ in 0..ROUNDS {
        be_ready(&mut shop);
        undisturbed.push(time_tap(&shop));
        be_ready(&mut shop);
        prepare(&shop);
        slow.close(file);
        thread::scope(|scope| {
            scope.spawn(|| work(&shop.wallet));
            slow.is_waited_for();
            disturbed.push(time_tap(&shop));
            // What the app may ask at any time does not wait either.
            let _ = (shop.wallet.cards(), shop.wallet.reports(), shop.wallet.mark());
            shop.wallet.mark_stored(shop.wallet.mark());
            shop.wallet.disarm();
            assert!(slow.open(), "it still waited when the tap was over");
        });
    }
    let (undisturbed, disturbed) = (median(undisturbed), median(disturbed));
    assert!(disturbed <= undisturbed + AT_MOST_LATER, "{disturbed:?}, undisturbed {undisturbed:?}");
    let last = shop.last_atc();
    assert_eq!(last, 2 * ROUNDS);
    assert_eq!(shop.reopened(NEW_YEAR).last_atc(), last, "nothing is lost");
}

fn acknowledge_all(shop: &Checkout) {
    shop.wallet.reports().iter().for_each(|report| shop.wallet.acknowledge(report.id.unwrap()).unwrap());
}

#[test]
fn a_tap_does_not_wait_while_another_thread_makes_ready() {
    no_later(StoredFile::Log, acknowledge_all, |wallet| wallet.make_ready(NEW_YEAR).unwrap());
}

#[test]
fn a_tap_does_not_wait_while_another_thread_installs_or_deletes_a_card() {
    let install = |wallet: &Wallet| {
        wallet.install_unsealed(&large_profile()).unwrap();
    };
    no_later(StoredFile::Log, |_| (), install);
    let delete = |wallet: &Wallet| wallet.delete(*wallet.cards().last().unwrap()).unwrap();
    no_later(StoredFile::Log, |shop| install(&shop.wallet), delete);
}

#[test]
fn a_tap_does_not_wait_while_another_thread_arms() {
    // It is taken back meanwhile, which does not wait either.
    no_later(StoredFile::Log, acknowledge_all, |wallet| {
        let armed = wallet.arm(NEW_YEAR, Method::Biometric, DEFAULT_WINDOW_MS, None);
        assert_eq!(armed, Err(Error::TakenBack));
    });
}

#[test]
fn a_tap_does_not_wait_while_the_log_is_written_anew() {
    let grow = |shop: &Checkout| (0..60).for_each(|_| shop.grow());
    no_later(StoredFile::Next, grow, |wallet| wallet.make_ready(NEW_YEAR).unwrap());
}

#[test]
fn what_is_written_while_the_medium_is_waited_for_does_not_count_as_being_on_it() {
    let (slow, mut shop) = wallet();
    be_ready(&mut shop);
    shop.add(vec![key(41)]).unwrap();
    acknowledge_all(&shop);
    shop.wallet.install_unsealed(&demo_card("kernel3-cvn18").unwrap().profile()).unwrap();
    assert_eq!(shop.pay_without_making_ready(), Ok(1));
    slow.tell_late(StoredFile::Log);
    thread::scope(|scope| {
        scope.spawn(|| shop.wallet.make_ready(NEW_YEAR).unwrap());
        slow.is_waited_for();
        // The next lease is not told to be on the medium yet: this one waits, too, in a sync of its own.
        acknowledge_all(&shop);
        assert!(slow.open());
    });
    shop.keep_mark();
    let lost = Disk::of(slow.disk.medium().synced());
    assert!(!shop.found(lost, NEXT_BOOT).wallet.is_rolled_back(), "the mark is of what reached the medium");
}

#[test]
fn of_two_who_wait_for_the_medium_neither_believes_it_where_one_is_told_that_it_failed() {
    let (slow, mut shop) = wallet();
    be_ready(&mut shop);
    assert_eq!(shop.pay_without_making_ready(), Ok(1));
    slow.fail_late(StoredFile::Log);
    let (ready, paid) = thread::scope(|scope| {
        let ready = scope.spawn(|| shop.wallet.make_ready(NEW_YEAR));
        slow.is_waited_for();
        // Its lease is not on the medium: it waits, too.
        let paid = scope.spawn(|| shop.pay_without_making_ready());
        thread::sleep(Duration::from_millis(50));
        slow.open();
        (ready.join().unwrap(), paid.join().unwrap())
    });
    assert_eq!((ready, paid), (Err(LedgerError::Failed), Err(Reason::StorageFailed)));
}

#[test]
fn a_new_log_that_never_got_the_name_is_older_than_what_was_paid_since() {
    let (slow, mut shop) = wallet();
    be_ready(&mut shop);
    (0..60).for_each(|_| shop.grow());
    slow.close(StoredFile::Next);
    thread::scope(|scope| {
        scope.spawn(|| shop.wallet.make_ready(NEW_YEAR).unwrap());
        slow.is_waited_for();
        assert_eq!(shop.pay_without_making_ready(), Ok(1));
        assert!(slow.open());
    });
    let given_way = slow.disk.medium().next_log().unwrap().to_vec();
    be_ready(&mut shop);
    assert_eq!(shop.pay(), Ok(2));
    shop.keep_mark();
    for now in [NEW_YEAR, NEXT_BOOT] {
        let found = shop.found(Disk::of(Medium::of_log(given_way.clone())), now);
        assert!(found.wallet.is_rolled_back());
        assert_eq!(found.pay(), Err(Reason::RolledBack));
    }
}

#[test]
fn a_tap_while_the_log_is_written_anew_makes_the_new_log_give_way_and_nothing_is_lost() {
    let (slow, shop) = wallet();
    (0..60).for_each(|_| shop.grow());
    let length = shop.wallet.ledger_length();
    slow.close(StoredFile::Next);
    let report = thread::scope(|scope| {
        scope.spawn(|| shop.wallet.make_ready(NEW_YEAR).unwrap());
        slow.is_waited_for();
        let report = shop.tap(1250, 978);
        assert!(slow.open());
        report
    });
    assert_eq!(report.atc.unwrap().number(), 1);
    assert!(shop.wallet.ledger_length() > length, "the old log goes on");
    for shop in [&shop, &shop.reopened(NEW_YEAR)] {
        assert_eq!((shop.last_atc(), shop.wallet.reports()), (1, vec![report.clone()]));
    }
    shop.wallet.make_ready(NEW_YEAR).unwrap();
    assert!(shop.wallet.ledger_length() < length / 2, "and is written anew the next time");
    let reopened = shop.reopened(NEW_YEAR);
    assert_eq!((reopened.wallet.reports(), reopened.pay()), (vec![report], Ok(2)));
}

/// A wallet on a slow disk, whose issuer installs a card under this protection.
fn enrolled(name: &str, protection: Protection) -> (SlowDisk, EnrolledWallet) {
    let slow = SlowDisk::default();
    let mut holder = EnrolledWallet::on(Box::new(slow.clone()), slow.disk.clone());
    holder.install_with(name, policy(protection), 0, 9);
    (slow, holder)
}

/// Does this in another thread, and `meanwhile` as long as that waits for the medium.
fn while_it_waits<T: Send>(slow: &SlowDisk, waits: impl FnOnce() -> T + Send, meanwhile: impl FnOnce()) -> T {
    slow.close(StoredFile::Log);
    thread::scope(|scope| {
        let waiting = scope.spawn(waits);
        slow.is_waited_for();
        meanwhile();
        assert!(slow.open(), "it still waited");
        waiting.join().unwrap()
    })
}

fn arm(wallet: &Wallet, platform: &Platform) -> Result<u64, Error> {
    wallet.arm(NEW_YEAR, Method::Biometric, DEFAULT_WINDOW_MS, Some(platform.authenticated()))
}

/// A purchase without making ready for the next one, for which there is something to wait for then. Gives the counter.
fn tap(holder: &EnrolledWallet) -> Result<u16, Reason> {
    Terminal::default().pay(&fresh_purchase(), &mut |command| holder.wallet.process(NEW_YEAR, command));
    let report = holder.wallet.deactivated(NEW_YEAR);
    report.atc.map(Atc::number).ok_or(report.reason.unwrap())
}

#[test]
fn a_verification_taken_back_while_it_waits_is_not_there_afterwards() {
    let (slow, holder) = enrolled("kernel3-cvn18", Protection::Authenticated);
    arm(&holder.wallet, &holder.platform).unwrap();
    assert_eq!(tap(&holder), Ok(1));
    let armed = while_it_waits(&slow, || arm(&holder.wallet, &holder.platform), || holder.wallet.disarm());
    assert_eq!(armed, Err(Error::TakenBack));
    assert_eq!(tap(&holder), Err(Reason::NotVerified));
    holder.wallet.arm(NEW_YEAR, Method::Biometric, DEFAULT_WINDOW_MS, None).unwrap();
    assert_eq!(tap(&holder), Err(Reason::NotVerified), "nor did its spend key stay");
    arm(&holder.wallet, &holder.platform).unwrap();
    assert_eq!(tap(&holder), Ok(2), "the next one counts");
}

#[test]
fn a_verification_taken_back_before_its_turn_comes_brings_nothing() {
    let (slow, holder) = enrolled("kernel3-cvn18", Protection::Authenticated);
    arm(&holder.wallet, &holder.platform).unwrap();
    assert_eq!(tap(&holder), Ok(1));
    let armed = thread::scope(|scope| {
        let mut armed = None;
        while_it_waits(
            &slow,
            || holder.wallet.make_ready(NEW_YEAR).unwrap(),
            || {
                armed = Some(begun(scope, || arm(&holder.wallet, &holder.platform)));
                holder.wallet.disarm();
            },
        );
        armed.unwrap().join().unwrap()
    });
    assert_eq!(armed, Err(Error::TakenBack));
    assert_eq!(tap(&holder), Err(Reason::NotVerified));
}

#[test]
fn a_phone_locked_while_its_unlocking_waits_stays_locked() {
    let (slow, holder) = enrolled("kernel3-no-verification", Protection::Unlocked);
    let unlock = || holder.wallet.unlocked(holder.platform.unlocked(), NEW_YEAR).unwrap();
    unlock();
    assert_eq!(tap(&holder), Ok(1));
    // Behind another call, and in its own wait.
    thread::scope(|scope| {
        while_it_waits(
            &slow,
            || holder.wallet.make_ready(NEW_YEAR).unwrap(),
            || {
                begun(scope, unlock);
                holder.wallet.locked();
            },
        );
    });
    assert_eq!(tap(&holder), Err(Reason::PhoneLocked));
    unlock();
    assert_eq!(tap(&holder), Ok(2));
    while_it_waits(&slow, unlock, || holder.wallet.locked());
    assert_eq!(tap(&holder), Err(Reason::PhoneLocked));
}

/// Begun in another thread, and as far as it comes.
fn begun<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: impl FnOnce() -> T + Send + 'scope,
) -> ScopedJoinHandle<'scope, T> {
    let (runs, running) = mpsc::channel();
    let handle = scope.spawn(move || {
        runs.send(()).unwrap();
        work()
    });
    running.recv().unwrap();
    thread::sleep(Duration::from_millis(100));
    handle
}

#[test]
fn a_verification_ends_with_the_card_that_it_was_for() {
    let (slow, mut holder) = enrolled("kernel3-cvn18", Protection::Authenticated);
    arm(&holder.wallet, &holder.platform).unwrap();
    holder.order(|issuer, holder, random| issuer.suspend(holder, random));
    holder.order(|issuer, holder, random| issuer.resume(holder, random));
    assert_eq!(tap(&holder), Err(Reason::NotVerified), "suspended and resumed");
    holder.install("kernel3-cvn43", 0, 3);
    let [first, second] = holder.wallet.cards()[..] else { panic!("two cards") };
    arm(&holder.wallet, &holder.platform).unwrap();
    assert_eq!(tap(&holder), Ok(1));
    // The deletion comes while another verification waits, and waits behind it.
    thread::scope(|scope| {
        let delete = || holder.wallet.delete(first).unwrap();
        let armed = while_it_waits(&slow, || arm(&holder.wallet, &holder.platform), || drop(begun(scope, delete)));
        assert_eq!(armed, Err(Error::TakenBack));
    });
    assert!(holder.wallet.card(second, NEW_YEAR.wall_ms).unwrap().chosen);
    assert_eq!(tap(&holder), Err(Reason::NotVerified), "it was for the other card");
    arm(&holder.wallet, &holder.platform).unwrap();
    assert_eq!(tap(&holder), Ok(1));
}

#[test]
fn a_tap_while_a_verification_waits_uses_up_the_one_before_and_not_that_one() {
    let (slow, holder) = enrolled("kernel3-cvn18", Protection::Authenticated);
    arm(&holder.wallet, &holder.platform).unwrap();
    assert_eq!(tap(&holder), Ok(1));
    arm(&holder.wallet, &holder.platform).unwrap();
    holder.wallet.mark_stored(holder.wallet.mark());
    for report in holder.wallet.reports() {
        holder.wallet.acknowledge(report.id.unwrap()).unwrap();
    }
    while_it_waits(&slow, || arm(&holder.wallet, &holder.platform).unwrap(), || assert_eq!(tap(&holder), Ok(2)));
    assert_eq!(tap(&holder), Ok(3));
    assert_eq!(tap(&holder), Err(Reason::NotVerified), "one for each");
}
