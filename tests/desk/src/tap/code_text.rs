//! What a merchant's QR code asks for, as text for a person.

use hcepay_core::{
    AdditionalData, ConsumerDatum, Initiation, Label, LabelValue, MerchantAccount, MerchantCode, TipOrFee,
};

use crate::meaning::{currency_code, money};
use crate::page::{DIM, GOOD, Page};
use anstyle::Style;

/// A page with lines of at most so many columns.
pub fn page(code: &MerchantCode, width: usize) -> String {
    let mut page = Page::of_width(width);
    let plain = Style::new();
    let postal_code = code.postal_code.iter().map(|postal_code| format!("{postal_code} "));
    let place = format!("{}{}, {}", postal_code.collect::<String>(), code.city, code.country);
    page.labelled("Merchant", GOOD, &format!("{}, {place}, category {:04}", code.name, code.category));
    if let Some(other) = &code.other_language {
        let city = other.city.iter().map(|city| format!(", {city}")).collect::<String>();
        // At the end of its line: what is written from right to left turns nothing behind it.
        page.labelled("", plain, &format!("in the language {}: {}{city}", other.language, other.name));
    }
    page.labelled("Amount", plain, &amount(code));
    page.labelled("Beside", plain, &beside(code));
    if let Ok(order) = code.order(None, 0) {
        let tip = if code.tip_or_fee == Some(TipOrFee::Ask) { ", without a tip" } else { "" };
        page.labelled("In all", GOOD, &format!("{}{tip}", money(order.total.minor, Some(code.currency))));
    }
    page.labelled("Code", plain, initiation(code.initiation));
    page.labelled("Pays to", DIM, &code.accounts.iter().map(account).collect::<Vec<_>>().join(", "));
    for (said, label) in [("Says", false), ("Asks", true)] {
        let list = said_or_asked(&code.additional_data, label);
        if !list.is_empty() {
            page.labelled(said, plain, &list.join(", "));
        }
    }
    page.text().to_owned()
}

fn amount(code: &MerchantCode) -> String {
    match code.amount_minor {
        Some(minor) => money(minor, Some(code.currency)),
        None => format!("you type it, in {}", currency_code(code.currency.into()).unwrap_or_default()),
    }
}

fn beside(code: &MerchantCode) -> String {
    match code.tip_or_fee {
        None => "no tip and no fee".to_owned(),
        Some(TipOrFee::Ask) => "a tip, if you give one".to_owned(),
        Some(TipOrFee::Fixed(minor)) => format!("a fee of {}", money(minor, Some(code.currency))),
        Some(TipOrFee::Percentage(hundredths)) => {
            format!("a fee of {}.{:02} % of the amount", hundredths / 100, hundredths % 100)
        }
    }
}

fn initiation(initiation: Option<Initiation>) -> &'static str {
    match initiation {
        Some(Initiation::Static) => "static: the same for many payments",
        Some(Initiation::Dynamic) => "dynamic: for one payment",
        None => "does not say whether it is for one payment or for many",
    }
}

/// The payment system, without the account.
fn account(account: &MerchantAccount) -> String {
    match account {
        MerchantAccount::Primitive { id, .. } => format!("{} ({id:02})", payment_system(*id)),
        MerchantAccount::Template { id, identifier, .. } => format!("{identifier} ({id:02})"),
    }
}

/// To whom EMVCo has given the ID (EMV QRCPS, Merchant-Presented Mode 1.1, table 4.3).
fn payment_system(id: u8) -> &'static str {
    match id {
        2 | 3 => "Visa",
        4 | 5 => "Mastercard",
        9 | 10 => "Discover",
        11 | 12 => "American Express",
        13 | 14 => "JCB",
        15 | 16 => "UnionPay",
        _ => "a payment system that EMVCo names",
    }
}

/// The labels that the code gives, or what it asks the person for.
fn said_or_asked(data: &AdditionalData, asked: bool) -> Vec<String> {
    let labels = data.labels.iter().filter_map(|(label, value)| match value {
        LabelValue::Given(value) if !asked => Some(format!("{} {value}", name(*label))),
        LabelValue::Ask if asked => Some(format!("you type the {}", name(*label))),
        LabelValue::Given(_) | LabelValue::Ask => None,
    });
    let data = data.consumer_data.iter().filter(|_| asked).map(|datum| match datum {
        ConsumerDatum::Address => "your address is sent along".to_owned(),
        ConsumerDatum::MobileNumber => "your mobile number is sent along".to_owned(),
        ConsumerDatum::Email => "your email address is sent along".to_owned(),
    });
    labels.chain(data).collect()
}

fn name(label: Label) -> &'static str {
    match label {
        Label::BillNumber => "bill number",
        Label::MobileNumber => "mobile number",
        Label::Store => "shop",
        Label::LoyaltyNumber => "loyalty number",
        Label::Reference => "reference",
        Label::Customer => "customer",
        Label::Terminal => "terminal",
        Label::Purpose => "purpose",
    }
}
