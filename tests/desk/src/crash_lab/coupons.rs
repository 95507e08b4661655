//! A coupon that the holder presents, between the taps of the life that is crashed in: no use of it answers two challenges.

use std::sync::LazyLock;

use hcepay_core::CouponId;
use hcepay_tests::issuer::Issuer;
use hcepay_tests::issuer::wallets::WalletId;
use hcepay_tests::merchant::coupons::{CouponSigner, CouponTerms, Worth};
use hcepay_tests::terminal::coupon::ask_for_coupon;

use super::life::Life;
use crate::phone::{KEY_LIFE_MS, NEW_YEAR};
use crate::platform::Platform;

/// As many as are presented in the life, and after two crashes.
const USES: u16 = 40;
const COUPON: CouponId = CouponId([0xC0; 16]);
const FOR_MS: u64 = 60_000;

/// What is known of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Coupons {
    /// Whether it is there.
    pub(super) brought: bool,
    /// The highest use that a reader was given; and that was when the mark was stored last.
    pub(super) presented: u16,
    pub(super) marked: u16,
    /// How many uses were asked for, and no reader has heard an answer.
    unanswered: u16,
}

fn merchant() -> CouponSigner {
    CouponSigner::from_seed(77)
}

/// Whose coupons its readers take.
static SIGNER: LazyLock<[u8; 8]> = LazyLock::new(|| merchant().id());

/// It comes.
pub(super) fn bring(
    life: &mut Life,
    platform: &Platform,
    issuer: &mut Issuer,
    id: &WalletId,
    random: &mut dyn FnMut(&mut [u8]),
) {
    let mut merchant = merchant();
    let terms = CouponTerms {
        coupon: COUPON.0,
        signer: merchant.id(),
        title: "Free coffee".to_owned(),
        worth: Worth::Percentage(10_000),
        conditions: String::new(),
        valid_from_ms: NEW_YEAR.wall_ms,
        valid_until_ms: NEW_YEAR.wall_ms.saturating_add(KEY_LIFE_MS),
        uses: USES,
    };
    let named = issuer.name_coupon_signer(id, &merchant.public(), Some("Café Sol"), random);
    let sent = issuer.send_coupon(id, &merchant.make(&terms), random);
    for envelope in [named, sent] {
        life.apply(platform, &envelope.expect("the wallet is known"));
    }
    life.known.coupons.brought = true;
}

/// The holder chooses it, a reader of its merchant takes a use. No reader has had that.
pub(super) fn present(life: &mut Life) -> Result<(), String> {
    let chosen = life.wallet.present_coupon(Some(COUPON), FOR_MS, life.now);
    chosen.map_err(|error| format!("no coupon: {error}"))?;
    life.collect();
    life.keep_mark();
    life.known.coupons.unanswered = life.known.coupons.unanswered.saturating_add(1);
    let (wallet, now) = (&life.wallet, life.now);
    let presented = ask_for_coupon(&[7; 8], &SIGNER, &mut |command| wallet.process(now, command));
    let report = life.wallet.deactivated(life.now);
    life.collect();
    let number = presented.map_err(|none| format!("no coupon: {none}"))?.number;
    let before = life.known.coupons.presented;
    if number <= before || number > USES {
        return Err(format!("use {number} of a coupon presented again, {before} was the last"));
    }
    (life.known.coupons.presented, life.known.coupons.unanswered) = (number, 0);
    if report.coupon.map(|told| told.number) != Some(number) {
        return Err(format!("the report does not tell of use {number} of a coupon"));
    }
    life.row_of(report.id.unwrap_or_default())?;
    for report in life.wallet.reports() {
        let _ = life.wallet.acknowledge(report.id.unwrap_or_default());
    }
    life.rest()
}

/// Each power loss burns one use at most.
pub(super) fn not_too_much_is_burned(life: &Life) -> Result<(), String> {
    let known = life.known.coupons;
    if !known.brought {
        return Ok(());
    }
    let coupon = life.wallet.coupons(life.now.wall_ms).into_iter().find(|coupon| coupon.id == COUPON);
    let gone = USES.saturating_sub(coupon.ok_or("a coupon that was acknowledged is lost")?.uses_left);
    let burned = gone.saturating_sub(known.presented.saturating_add(known.unanswered));
    let losses = life.known.losses;
    if burned > losses { Err(format!("{burned} uses of a coupon burned by {losses} power losses")) } else { Ok(()) }
}
