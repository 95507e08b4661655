//! A transfer from the holder over the phone to the issuer's verdict, and what the list then says of it, as text.

use anstyle::Style;
use hcepay_core::{Amount, Transfer, TransferTerms};
use hcepay_tests::bytes::hex;
use hcepay_tests::issuer::verification::Verdict;

use super::journal;
use super::online::{in_pieces, tell_steps};
use crate::demo_wallet::{DemoWallet, DemoWalletError};
use crate::money::Money;
use crate::page::{BAD, DIM, GOOD, Page};

/// To whom, and what is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payee {
    /// The account.
    pub account: String,
    /// What the holder is shown.
    pub name: String,
    /// What the payee is told.
    pub note: String,
}

/// Sends so much from the account of the card of this name.
///
/// # Errors
/// See [`DemoWalletError`].
pub(super) fn send(
    wallet: &mut DemoWallet,
    name: &'static str,
    money: Money,
    payee: &Payee,
    width: usize,
) -> Result<String, DemoWalletError> {
    let Payee { account, name: payee_name, note } = payee.clone();
    let amount = Amount { minor: money.minor, currency: money.currency_number() };
    let terms = TransferTerms { amount, payee: account, payee_name, note };
    let transfer = Transfer::new(&terms).map_err(DemoWalletError::Transfer)?;
    let (request, verification) = wallet.transfer(name, &transfer)?;
    let mut page = Page::of_width(width);
    page.labelled("Transfer", GOOD, &format!("{money} to {}, {}", terms.payee_name, terms.payee));
    let verified =
        "the holder has verified for exactly this; the device has signed it, with a number that no other transfer has";
    page.labelled("", Style::new(), verified);
    page.labelled("Number", Style::new(), &request.number.to_string());
    page.labelled("Request", DIM, &in_pieces(&hex(&request.bytes)));
    tell_steps(&mut page, &verification);
    let verdict = verification.verdict;
    let (style, sentence) = match verdict {
        Verdict::Valid => (GOOD, "everything is right, and the money has moved"),
        _ => (BAD, verdict.sentence()),
    };
    page.sentences(style, 0, &format!("{}: {sentence}.", verdict.name()));
    page.gap();
    page.heading("In the wallet's list", "");
    let rows = wallet.wallet().transfers(None, 1);
    rows.iter().for_each(|row| journal::transfer(&mut page, wallet, row));
    Ok(page.text().to_owned())
}
