//! A kill and a power loss at every call of a payment without a reader: nothing is signed under a counter that was signed under.

use hcepay_core::{NotPaid, OnlineOrder, Outcome, Reason, Report, Scope};
use hcepay_desk::disk::{Call, CrashPoint, Disk, Fault, Medium};
use hcepay_desk::tally::tell;

use super::orders::{another, order};
use super::payer::{Payer, refused};

#[derive(Debug, Clone, Copy)]
enum Way {
    Online,
    Code,
}

impl Way {
    fn verify(self, payer: &mut Payer, order: &OnlineOrder) {
        let card = payer.card();
        payer.verify_for(match self {
            Way::Online => Scope::Order(card, order.digest()),
            Way::Code => Scope::Code(card),
        });
    }

    /// For a holder who has verified.
    fn pay(self, payer: &mut Payer, order: &OnlineOrder) -> Result<Report, NotPaid> {
        let card = payer.card();
        match self {
            Way::Online => payer.pay_unverified_online(card, order).map(|paid| paid.report),
            Way::Code => payer.wallet.show_code(card, payer.now).map(|shown| shown.report),
        }
    }
}

const CARDS: [&str; 2] = ["kernel3-cvn18", "closed-loop"];

/// What the wallet is opened on again, and whether anything was signed before.
struct Found {
    medium: Medium,
    is_power_loss: bool,
    signed: bool,
}

/// All that a crash may leave: before the consumption is on the medium, by the first sync, nothing was signed.
fn all_found(points: &[CrashPoint], last: Medium) -> Vec<Found> {
    let first_sync = points.iter().position(|point| matches!(point.call, Call::Sync(_))).unwrap();
    let mut all = Vec::new();
    for (place, CrashPoint { before, call }) in points.iter().enumerate() {
        let signed = place > first_sync;
        before.after_kill(call, &mut |medium| all.push(Found { medium, is_power_loss: false, signed }));
        before.after_power_loss(call, &mut |medium| all.push(Found { medium, is_power_loss: true, signed }));
    }
    all.push(Found { medium: last.synced(), is_power_loss: true, signed: true });
    all.push(Found { medium: last, is_power_loss: false, signed: true });
    all
}

#[test]
fn a_crash_at_any_call_signs_nothing_twice_and_is_told_once() {
    let mut crashes = 0;
    for (way, card) in [Way::Online, Way::Code].into_iter().flat_map(|way| CARDS.map(|card| (way, card))) {
        let mut payer = Payer::with(card, 5);
        way.verify(&mut payer, &order());
        let mark = payer.platform.mark;
        payer.disk.record();
        let report = way.pay(&mut payer, &order()).unwrap();
        let points = payer.disk.take_recorded();
        for Found { medium, is_power_loss, signed } in all_found(&points, payer.disk.medium()) {
            crashes += 1;
            payer.platform.mark = mark;
            payer.disk_is(Disk::of(medium), is_power_loss);
            let told: Vec<Report> = payer.wallet.reports();
            assert!(told.len() <= 1, "{told:?}");
            if signed {
                let told = &told[0];
                assert_eq!((told.id, told.atc, told.channel), (report.id, report.atc, report.channel));
                assert!(matches!(told.outcome, Outcome::AuthorisationRequested | Outcome::Unknown), "{told:?}");
                assert_eq!(told.amount_minor, report.amount_minor);
            }
            way.verify(&mut payer, &another());
            let next = way.pay(&mut payer, &another()).unwrap();
            assert!(!signed || next.atc > report.atc, "{:?} after {:?}", next.atc, report.atc);
        }
    }
    tell(&format!("payments without a reader: {crashes} crashes"));
}

#[test]
fn where_the_medium_fails_nothing_is_given_out_and_the_key_is_gone() {
    for way in [Way::Online, Way::Code] {
        for call in 0..3 {
            let mut payer = Payer::with("kernel3-cvn18", 5);
            way.verify(&mut payer, &order());
            let at = payer.disk.calls() + call;
            payer.disk.fail(Some(Fault { call: at, from_then_on: true, error: std::io::ErrorKind::Other, written: 0 }));
            let paid = way.pay(&mut payer, &order());
            // The consumption; its sync. Behind that the payment stands, whatever becomes of its row.
            match call {
                0 | 1 => assert_eq!(paid, Err(refused(Reason::StorageFailed)), "{call}"),
                _ => assert!(paid.is_ok(), "{call}"),
            }
            payer.disk.fail(None);
            let medium = payer.disk.medium();
            payer.disk_is(Disk::of(medium), true);
            let given = paid.ok().and_then(|report| report.atc);
            way.verify(&mut payer, &another());
            assert!(way.pay(&mut payer, &another()).unwrap().atc > given);
        }
    }
}
