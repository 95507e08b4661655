//! What the issuer told of a card's account last, with its age, and what the phone has paid since, as text.

use anstyle::Style;
use hcepay_core::{Balance, Statement};

use super::journal::{self, day, money, time};
use crate::demo_wallet::{DemoWallet, DemoWalletError};
use crate::page::{BAD, DIM, GOOD, Page};

/// A page: the issuer is asked first, where that is wanted.
///
/// # Errors
/// See [`DemoWalletError`].
pub(super) fn tell(
    wallet: &mut DemoWallet,
    name: &'static str,
    ask: bool,
    width: usize,
) -> Result<String, DemoWalletError> {
    let card = if ask { wallet.ask_for_balance(name)? } else { wallet.known(name)? };
    let mut page = Page::of_width(width);
    match wallet.wallet().balance(card, wallet.now().wall_ms) {
        Some(balance) => told(&mut page, wallet, &balance),
        None => page.sentences(DIM, 0, "The issuer has told nothing of this account yet."),
    }
    Ok(page.text().to_owned())
}

fn told(page: &mut Page, wallet: &DemoWallet, balance: &Balance) {
    let Balance { statement, age_ms, paid_since, sent_since } = balance;
    let Statement { sequence, as_of_ms, currency, available_minor, booked_minor } = *statement;
    let style = if available_minor < 0 { BAD } else { GOOD };
    page.labelled("Available", style, &signed(available_minor, currency));
    page.labelled("Booked", Style::new(), &signed(booked_minor, currency));
    let moment = format!("{} {}", day(as_of_ms), time(as_of_ms));
    page.labelled("As of", Style::new(), &format!("{moment}, {} ago: the issuer's statement {sequence}", age(*age_ms)));
    page.gap();
    if paid_since.is_empty() && sent_since.is_empty() {
        page.sentences(DIM, 0, "This phone has paid nothing since.");
    } else {
        let since = "Paid with this phone since. It is not subtracted: the issuer may have counted it, or not.";
        page.sentences(Style::new(), 0, since);
        paid_since.iter().for_each(|row| journal::row(page, wallet, row));
        sent_since.iter().for_each(|row| journal::transfer(page, wallet, row));
    }
}

fn signed(minor: i64, currency: u16) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    format!("{sign}{}", money(minor.unsigned_abs(), currency))
}

/// In the unit that says most.
fn age(ms: u64) -> String {
    let units = [(86_400_000, "days"), (3_600_000, "hours"), (60_000, "minutes"), (1000, "seconds")];
    let mut counted = units.into_iter().map(|(unit, name)| (ms.checked_div(unit).unwrap_or(0), name));
    let whole = counted.find(|(count, _)| *count >= 2);
    whole.map_or_else(|| "less than 2 seconds".to_owned(), |(count, name)| format!("{count} {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_told_in_the_largest_unit_of_which_there_are_two() {
        let told = [0, 1_999, 2_000, 119_999, 120_000, 7_200_000, 172_800_000].map(age);
        let expected = [
            "less than 2 seconds",
            "less than 2 seconds",
            "2 seconds",
            "119 seconds",
            "2 minutes",
            "2 hours",
            "2 days",
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn less_than_nothing_has_its_sign_before_it() {
        assert_eq!([signed(-2_50, 978), signed(0, 978), signed(7, 392)], ["-2.50 EUR", "0.00 EUR", "7 JPY"]);
    }
}
