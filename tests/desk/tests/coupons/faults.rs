//! A kill and a power loss at every call of a presentation: no use of a coupon answers two challenges.

use std::collections::BTreeMap;

use hcepay_core::CouponState;
use hcepay_desk::disk::{CrashPoint, Disk, Fault, Medium};
use hcepay_desk::tally::tell;
use hcepay_tests::issuer::coupons::{CouponEvent, CouponNotice};
use hcepay_tests::merchant::coupons::CouponTerms;
use hcepay_tests::terminal::coupon::NoCoupon;

use super::shopper::{COUPON, FOR_MS, Shopper, terms};

const USES: u16 = 3;

/// What readers have: the challenge that each use has answered.
type Seen = BTreeMap<u16, [u8; 8]>;

/// All uses that are left go to a reader each, with a challenge of its own. Gives how many readers have one then.
fn all_the_rest(shopper: &mut Shopper, mut seen: Seen) -> usize {
    while shopper.uses_left() > 0 {
        shopper.choose().unwrap();
        answered(shopper, &mut seen);
        shopper.wallet.deactivated(shopper.now);
    }
    assert_eq!(shopper.coupon().state, CouponState::UsedUp);
    seen.len()
}

fn answered(shopper: &mut Shopper, seen: &mut Seen) {
    let (challenge, presented) = shopper.ask();
    let number = presented.unwrap().number;
    assert!((1..=USES).contains(&number));
    assert_eq!(seen.insert(number, challenge), None, "use {number} was answered with two challenges");
}

/// How the wallet ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Death {
    Kill,
    CutWrite,
    PowerLoss,
}

/// What a crash may leave of the files, at a call and after the last.
fn left(shopper: &Shopper) -> Vec<(Death, Medium)> {
    let mut left = Vec::new();
    for CrashPoint { before, call } in shopper.disk.take_recorded() {
        before.after_kill(&call, &mut |medium| left.push((Death::Kill, medium)));
        before.after_cut_write(&call, &mut |medium| left.push((Death::CutWrite, medium)));
        before.after_power_loss(&call, &mut |medium| left.push((Death::PowerLoss, medium)));
    }
    left
}

/// What the wallet does when it dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Choosing,
    Answering,
    Leaving,
    Resting,
}

impl Step {
    fn take(self, shopper: &mut Shopper, seen: &mut Seen) {
        match self {
            Step::Choosing => shopper.wallet.present_coupon(Some(COUPON), FOR_MS, shopper.now).unwrap(),
            Step::Answering => answered(shopper, seen),
            Step::Leaving => drop(shopper.wallet.deactivated(shopper.now)),
            Step::Resting => shopper.wallet.make_ready(shopper.now).unwrap(),
        }
    }
}

#[test]
fn a_crash_at_any_call_lets_no_use_answer_two_challenges() {
    let mut crashes = 0;
    let mut burned_at_most = 0;
    let mut shopper = Shopper::with(&CouponTerms { uses: USES, ..terms() });
    let mut seen = Seen::new();
    // In the second life the first use is gone in peace; each step of the second one is died in.
    for step in [Step::Choosing, Step::Answering, Step::Leaving, Step::Resting] {
        Step::take(step, &mut shopper, &mut seen);
        shopper.keep_mark();
    }
    for step in [Step::Choosing, Step::Answering, Step::Leaving, Step::Resting] {
        let (mark, known) = (shopper.platform.mark, seen.clone());
        shopper.disk.record();
        Step::take(step, &mut shopper, &mut seen);
        let images = left(&shopper);
        // Between two steps, all that was answered is known.
        let whole = [(Death::Kill, shopper.disk.medium()), (Death::PowerLoss, shopper.disk.medium().synced())];
        let died = images.into_iter().map(|image| (image, &known)).chain(whole.into_iter().map(|image| (image, &seen)));
        let lives: Vec<_> = died.map(|(image, seen)| (image, seen.clone())).collect();
        let (now, disk) = (shopper.now, shopper.disk.clone());
        for ((death, medium), seen) in lives {
            crashes += 1;
            shopper.platform.mark = mark;
            shopper.disk_is(Disk::of(medium), death == Death::PowerLoss);
            let burned = usize::from(USES) - all_the_rest(&mut shopper, seen);
            // A use that was spent, and whose answer nobody heard, is gone also by a kill.
            let may_burn = death != Death::Kill || step == Step::Answering;
            assert!(burned <= usize::from(may_burn), "{burned} burned by {death:?} in {step:?}");
            burned_at_most = burned_at_most.max(burned);
            shopper.now = now;
        }
        shopper.platform.mark = mark;
        shopper.disk_is(disk, false);
    }
    assert_eq!(burned_at_most, 1);
    tell(&format!("coupons: {crashes} crashes, at most {burned_at_most} use burned"));
}

#[test]
fn where_the_presentation_cannot_be_written_the_reader_is_given_nothing() {
    let mut shopper = Shopper::with(&terms());
    shopper.choose().unwrap();
    let error = std::io::ErrorKind::StorageFull;
    shopper.disk.fail(Some(Fault { call: shopper.disk.calls(), from_then_on: false, error, written: 0 }));
    assert_eq!(shopper.ask().1, Err(NoCoupon::NotPresented(0x6985)));
    assert_eq!((shopper.uses_left(), shopper.coupon().presented.len()), (2, 0));
    assert!(shopper.redeem().is_ok(), "and it is offered again");
}

#[test]
fn what_only_the_medium_lost_is_settled_by_the_issuer_s_notice_all_the_same() {
    let mut shopper = Shopper::with(&terms());
    shopper.choose().unwrap();
    assert!(shopper.redeem().is_ok());
    let medium = shopper.disk.medium().synced();
    shopper.disk_is(Disk::of(medium), true);
    assert_eq!((shopper.uses_left(), shopper.coupon().presented.len()), (1, 0), "burned, and nobody knows why");
    let notice = CouponNotice { coupon: terms().coupon, number: 1, event: CouponEvent::Redeemed, wall_ms: 7 };
    shopper.notify(&[notice]).unwrap();
    let [told] = shopper.coupon().presented.try_into().unwrap();
    assert_eq!((told.number, told.at_ms, told.settled.is_some()), (1, 0, true));
}
