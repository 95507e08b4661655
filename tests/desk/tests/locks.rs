//! No wait in a tap: whatever another thread waits for, a tap with a lease at hand goes on.

use std::thread;
use std::time::{Duration, Instant};

use crate::checkout::{Checkout, NEXT_BOOT, key, large_profile};
use crate::slow_disk::SlowDisk;
use hcepay_core::{DEFAULT_WINDOW_MS, Method, StoredFile, Wallet};
use hcepay_desk::disk::Disk;
use hcepay_desk::phone::{NEW_YEAR, platform_keys, randomness, store_key};
use hcepay_tests::issuer::demo_cards::demo_card;

/// A tap that waits for the medium would be five seconds late.
const AT_MOST_LATER: Duration = Duration::from_millis(50);
const ROUNDS: u16 = 7;

/// A wallet with a card and keys.
fn wallet() -> (SlowDisk, Checkout) {
    let slow = SlowDisk::default();
    let wallet = Wallet::create(Box::new(slow.clone()), store_key(), platform_keys(), NEW_YEAR, randomness(1)).unwrap();
    let card = wallet.install_unsealed(&demo_card(crate::checkout::CARD).unwrap().profile()).unwrap();
    let mut till = Checkout { disk: slow.disk.clone(), wallet, card, now: NEW_YEAR, mark: 0 };
    till.add((1..=40).map(key).collect()).unwrap();
    (slow, till)
}

/// A lease at hand; the pace begun anew.
fn be_ready(till: &mut Checkout) {
    till.wallet.arm(till.now, Method::Biometric, DEFAULT_WINDOW_MS, None).unwrap();
    till.keep_mark();
}

/// How long a whole tap takes; it must give a cryptogram.
fn time_tap(till: &Checkout) -> Duration {
    let begun = Instant::now();
    assert!(till.tap(1250, 978).atc.is_some());
    begun.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// Taps undisturbed; then taps while `work` waits in the sync of this file. Before each round what `prepare` does, so that
/// there is something to wait for.
fn no_later(file: StoredFile, prepare: impl Fn(&Checkout), work: impl Fn(&Wallet) + Sync) {
    let (slow, mut till) = wallet();
    let mut undisturbed = Vec::new();
    let mut disturbed = Vec::new();
    for _ in 0..ROUNDS {
        be_ready(&mut till);
        undisturbed.push(time_tap(&till));
        be_ready(&mut till);
        prepare(&till);
        slow.close(file);
        thread::scope(|scope| {
            scope.spawn(|| work(&till.wallet));
            slow.is_waited_for();
            disturbed.push(time_tap(&till));
            // What the app may ask at any time does not wait either.
            let _ = (till.wallet.cards(), till.wallet.reports(), till.wallet.mark());
            till.wallet.mark_stored(till.wallet.mark());
            till.wallet.disarm();
            assert!(slow.open(), "it still waited when the tap was over");
        });
    }
    let (undisturbed, disturbed) = (median(undisturbed), median(disturbed));
    assert!(disturbed <= undisturbed + AT_MOST_LATER, "{disturbed:?}, undisturbed {undisturbed:?}");
    let last = till.last_atc();
    assert_eq!(last, 2 * ROUNDS);
    assert_eq!(till.reopened(NEW_YEAR).last_atc(), last, "nothing is lost");
}

fn acknowledge_all(till: &Checkout) {
    till.wallet.reports().iter().for_each(|report| till.wallet.acknowledge(report.id.unwrap()).unwrap());
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
    no_later(StoredFile::Log, |till| install(&till.wallet), delete);
}

#[test]
fn a_tap_does_not_wait_while_another_thread_arms() {
    no_later(StoredFile::Log, acknowledge_all, |wallet| {
        wallet.arm(NEW_YEAR, Method::Biometric, DEFAULT_WINDOW_MS, None).unwrap();
    });
}

#[test]
fn a_tap_does_not_wait_while_the_log_is_written_anew() {
    let grow = |till: &Checkout| (0..60).for_each(|_| till.grow());
    no_later(StoredFile::Next, grow, |wallet| wallet.make_ready(NEW_YEAR).unwrap());
}

#[test]
fn what_is_written_while_the_medium_is_waited_for_does_not_count_as_being_on_it() {
    let (slow, mut till) = wallet();
    be_ready(&mut till);
    till.add(vec![key(41)]).unwrap();
    acknowledge_all(&till);
    till.wallet.install_unsealed(&demo_card("kernel3-cvn18").unwrap().profile()).unwrap();
    assert_eq!(till.pay_without_making_ready(), Ok(1));
    slow.tell_late(StoredFile::Log);
    thread::scope(|scope| {
        scope.spawn(|| till.wallet.make_ready(NEW_YEAR).unwrap());
        slow.is_waited_for();
        // The next lease is not told to be on the medium yet: this one waits, too, in a sync of its own.
        acknowledge_all(&till);
        assert!(slow.open());
    });
    till.keep_mark();
    let lost = Disk::of(slow.disk.medium().synced());
    assert!(!till.found(lost, NEXT_BOOT).wallet.is_rolled_back(), "the mark is of what reached the medium");
}

#[test]
fn a_tap_while_the_log_is_written_anew_makes_the_new_log_give_way_and_nothing_is_lost() {
    let (slow, till) = wallet();
    (0..60).for_each(|_| till.grow());
    let length = till.wallet.ledger_length();
    slow.close(StoredFile::Next);
    let report = thread::scope(|scope| {
        scope.spawn(|| till.wallet.make_ready(NEW_YEAR).unwrap());
        slow.is_waited_for();
        let report = till.tap(1250, 978);
        assert!(slow.open());
        report
    });
    assert_eq!(report.atc.unwrap().number(), 1);
    assert!(till.wallet.ledger_length() > length, "the old log goes on");
    for till in [&till, &till.reopened(NEW_YEAR)] {
        assert_eq!((till.last_atc(), till.wallet.reports()), (1, vec![report.clone()]));
    }
    till.wallet.make_ready(NEW_YEAR).unwrap();
    assert!(till.wallet.ledger_length() < length / 2, "and is written anew the next time");
    let reopened = till.reopened(NEW_YEAR);
    assert_eq!((reopened.wallet.reports(), reopened.pay()), (vec![report], Ok(2)));
}
