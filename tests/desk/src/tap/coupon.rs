//! A coupon, from its merchant over the issuer to the phone, and from there to the merchant's reader, before a payment in the same
//! contact: as text.

use anstyle::Style;
use hcepay_core::{Coupon, CouponId, CouponState, Scope};
use hcepay_tests::bytes::hex;
use hcepay_tests::issuer::coupons::CouponEvent;
use hcepay_tests::issuer::verification::Verdict;
use hcepay_tests::merchant::coupons::{CouponSigner, CouponTerms, NotTaken, Worth};
use hcepay_tests::terminal::Terminal;
use hcepay_tests::terminal::coupon::{Presentation, ask_for_coupon};

use super::{journal, purchase};
use crate::demo_wallet::{DemoWallet, DemoWalletError, random};
use crate::money::Money;
use crate::page::{BAD, DIM, GOOD, Page};

const MERCHANT: &str = "Café Sol";
/// The merchant's keys follow from it.
const MERCHANT_SEED: u64 = 4711;
const DAY_MS: u64 = 24 * 3_600_000;

/// Presents a new coupon and pays with the card of this name what is left of the price.
///
/// # Errors
/// See [`DemoWalletError`].
pub fn present(
    wallet: &mut DemoWallet,
    name: &'static str,
    price: Money,
    width: usize,
) -> Result<String, DemoWalletError> {
    let mut page = Page::of_width(width);
    wallet.choose(name)?;
    let mut merchant = CouponSigner::from_seed(MERCHANT_SEED);
    let terms = terms(price, wallet.now().wall_ms);
    let id = CouponId(terms.coupon);
    wallet.send_coupon(&merchant.public(), MERCHANT, &merchant.make(&terms))?;
    if let Some(coupon) = wallet.coupon(id) {
        tell_coupon(&mut page, &coupon, &terms);
    }
    wallet.choose_coupon(id)?;
    page.labelled("", Style::new(), "the holder has chosen it for the next reader of its merchant: one use is leased");

    wallet.verify_holder_for(Scope::AnyCard)?;
    let mut challenge = [0; 8];
    random(&mut challenge);
    let signer = merchant.id();
    let presented = ask_for_coupon(&challenge, &signer, &mut |command| wallet.process(command));
    let presented = presented.map_err(DemoWalletError::NoCoupon)?;
    tell_presentation(&mut page, &challenge, &presented);
    let wall_ms = wallet.now().wall_ms;
    for (what, challenge) in [("for another challenge", [0; 8]), ("for its own", challenge), ("once more", challenge)] {
        let taken = merchant.take(&presented, &challenge, wall_ms);
        let told = taken.as_ref().map_or_else(NotTaken::to_string, |terms| format!("taken: {}", terms.title));
        page.checked(taken.is_ok() == (what == "for its own"), what, &told);
    }

    let left = price.minor.saturating_sub(off(price));
    let left = Money::of_number(left, price.currency_number()).unwrap_or(price);
    let tap = Terminal::default().pay(&purchase(left, wallet.now()), &mut |command| wallet.process(command));
    let verification = tap.authorisation.as_ref().map(|request| wallet.ask_issuer(request));
    let report = wallet.leave_field()?;
    wallet.acknowledge()?;
    wallet.make_ready()?;
    page.gap();
    page.heading("The payment, in the same contact", "");
    page.labelled("Amount", Style::new(), &format!("{left}: {price} less what the coupon takes off"));
    match &verification {
        Some(verification) => {
            let style = if verification.verdict == Verdict::Valid { GOOD } else { BAD };
            let (name, sentence) = (verification.verdict.name(), verification.verdict.sentence());
            page.labelled("Issuer", style, &format!("{name}: {sentence}"));
        }
        None => page.labelled("Reader", BAD, &tap.reason.sentence()),
    }
    if let Some(row) = wallet.wallet().journal(None, 1).first().filter(|row| Some(row.id) == report.id) {
        journal::row(&mut page, wallet, row);
    }

    page.gap();
    page.heading("The issuer settles it", "");
    wallet.notify_of_coupon(id, presented.number, CouponEvent::Redeemed)?;
    if let Some(coupon) = wallet.coupon(id) {
        tell_uses(&mut page, &coupon);
    }
    wallet.remove_coupon(id)?;
    page.sentences(DIM, 0, "The holder removes the coupon: should it come again, the wallet refuses it.");
    Ok(page.text().to_owned())
}

/// A tenth off, twice, for a day.
fn terms(price: Money, wall_ms: u64) -> CouponTerms {
    let mut coupon = [0; 16];
    random(&mut coupon);
    CouponTerms {
        coupon,
        signer: [0; 8],
        title: "A tenth off your breakfast".to_owned(),
        worth: Worth::Amount(off(price).max(1), price.currency_number()),
        conditions: "Once a visit.".to_owned(),
        valid_from_ms: wall_ms,
        valid_until_ms: wall_ms.saturating_add(DAY_MS),
        uses: 2,
    }
}

fn off(price: Money) -> u64 {
    price.minor / 10
}

fn tell_coupon(page: &mut Page, coupon: &Coupon, terms: &CouponTerms) {
    page.heading("A coupon comes, sealed by the issuer and signed by its merchant", "");
    let signer = coupon.signer.as_deref().unwrap_or("the issuer");
    page.labelled("Coupon", GOOD, &format!("{}, of {signer}", coupon.title));
    let worth = match coupon.worth {
        hcepay_core::Worth::Amount(amount) => crate::meaning::money(amount.minor, Some(amount.currency)),
        hcepay_core::Worth::Percentage(hundredths) => format!("{}.{:02} %", hundredths / 100, hundredths % 100),
    };
    page.labelled("Worth", Style::new(), &format!("{worth}, {} times; {}", coupon.uses, coupon.conditions));
    let day = |at_ms| format!("{} {}", journal::day(at_ms), journal::time(at_ms));
    let (from, until) = (day(coupon.valid_from_ms), day(coupon.valid_until_ms));
    page.labelled("Valid", Style::new(), &format!("{from} to {until}"));
    page.labelled("Id", DIM, &hex(&terms.coupon));
    let style = if coupon.state == CouponState::Valid { GOOD } else { BAD };
    page.labelled("State", style, coupon.state.name());
}

fn tell_presentation(page: &mut Page, challenge: &[u8; 8], presented: &Presentation) {
    page.gap();
    page.heading("The merchant's reader asks, before the payment", "");
    page.labelled("Challenge", DIM, &hex(challenge));
    page.labelled(
        "Use",
        Style::new(),
        &format!("{}: written as presented before the answer is computed", presented.number),
    );
    page.labelled("Terms", DIM, &format!("SHA-256 {}", hex(&presented.terms_digest)));
    page.labelled("MAC", DIM, &hex(&presented.mac));
    page.gap();
    page.heading("The merchant checks, and asks nobody", "");
}

fn tell_uses(page: &mut Page, coupon: &Coupon) {
    for presented in &coupon.presented {
        let told = presented.settled.map_or("awaits the issuer's notice", |(settled, _)| settled.name());
        page.labelled("Use", GOOD, &format!("{}: {told}", presented.number));
    }
    page.labelled("Left", Style::new(), &format!("{} of {}", coupon.uses_left, coupon.uses));
}
