//! An order that is paid online, and a code that is shown: from the merchant over the phone to the issuer's verdict, as text.

use anstyle::{AnsiColor, Style};
use hcepay_core::{CardId, Channel, MerchantCode, Modules, OnlineOrder, OnlinePayment};
use hcepay_tests::authorisation::AuthorisationRequest;
use hcepay_tests::bytes::hex;
use hcepay_tests::issuer::verification::{Verdict, Verification};
use hcepay_tests::merchant::consumer_code::ConsumerCode;
use hcepay_tests::merchant::online_shop::{self, Merchant, OnlineShop};

use crate::decoded::data_object;
use crate::demo_wallet::{DemoWallet, DemoWalletError, random};
use crate::meaning::issuer_application_data::{Field, fields};
use crate::meaning::{Setting, money};
use crate::money::Money;
use crate::page::{BAD, DIM, GOOD, Page, Row};

/// What is to be paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Basket {
    /// What a shop on the internet asks.
    Shop(Money),
    /// What a merchant's code asks, and what the person types where the code leaves the amount open.
    Code(String, Option<Money>),
}

/// Pays an order with the card of this name.
///
/// # Errors
/// See [`DemoWalletError`].
pub fn pay(
    wallet: &mut DemoWallet,
    name: &'static str,
    basket: &Basket,
    width: usize,
) -> Result<String, DemoWalletError> {
    let mut page = Page::of_width(width);
    let card = wallet.ready_to_pay(name, Channel::Online)?;
    let mut shop = shop();
    let order = match basket {
        Basket::Shop(money) => {
            let bytes = shop.order(money.minor, money.currency_number(), None, &mut random);
            OnlineOrder::read(&bytes.map_err(DemoWalletError::Shop)?).map_err(DemoWalletError::Order)?
        }
        Basket::Code(text, typed) => {
            let code = MerchantCode::parse(text.as_bytes()).map_err(DemoWalletError::Code)?;
            let order = code.order(typed.map(|typed| typed.minor), 0).map_err(DemoWalletError::Code)?;
            wallet.order_of_code(&order)?
        }
    };
    tell_order(&mut page, &order);
    let paid = wallet.pay_online(card, &order)?;
    tell_payment(&mut page, &paid);
    let handed_over = handed_over(&paid, &order);
    let authorisation = match basket {
        Basket::Shop(_) => shop.take(&handed_over, wallet.now().wall_ms),
        Basket::Code(..) => online_shop::asked_of_issuer(&handed_over),
    };
    let authorisation = authorisation.map_err(DemoWalletError::Merchant)?;
    tell_objects(&mut page, &authorisation.request, "the begin of the order's digest");
    let verification = wallet.ask_issuer_online(&authorisation)?;
    tell_verdict(&mut page, &verification);
    rest(&mut page, wallet, card, Channel::Online);
    Ok(page.text().to_owned())
}

/// Shows a code of the card of this name; a merchant reads it and asks for so much.
///
/// # Errors
/// See [`DemoWalletError`].
pub fn show_code(
    wallet: &mut DemoWallet,
    name: &'static str,
    money_asked: Money,
    width: usize,
) -> Result<String, DemoWalletError> {
    let mut page = Page::of_width(width);
    let card = wallet.ready_to_pay(name, Channel::Qr)?;
    let shown = wallet.show_code(card)?;
    page.sentences(
        Style::new(),
        0,
        "The holder has verified for a code, and shows it. It is good for one payment within 60 s.",
    );
    page.gap();
    Modules::of(&shown.text).iter().for_each(|modules| draw(&mut page, modules));
    page.gap();
    page.labelled("Code", DIM, &in_pieces(&shown.text));
    page.labelled("Amount", Style::new(), &format!("{money_asked}, as the merchant says: the phone does not know it"));
    let code = ConsumerCode::read(&shown.text).map_err(DemoWalletError::ReadCode)?;
    let aid = code.aids().next().unwrap_or_default().to_vec();
    let request = code.request(&aid).map_err(DemoWalletError::ReadCode)?;
    tell_objects(&mut page, &request, "when the code was made, in seconds since 1970");
    let verification = wallet.ask_issuer_about_code(&request, money_asked)?;
    tell_verdict(&mut page, &verification);
    rest(&mut page, wallet, card, Channel::Qr);
    Ok(page.text().to_owned())
}

fn shop() -> OnlineShop {
    let (id, name) = ("4711".to_owned(), "Bookshop Löwe".to_owned());
    OnlineShop::new(Merchant { country: 276, category: 5942, id, name })
}

/// What the app hands the merchant. A token without expiry has none there, which no merchant takes.
pub fn handed_over(paid: &OnlinePayment, order: &OnlineOrder) -> online_shop::OnlinePayment {
    let bcd = |number: u16| u8::try_from(((number / 10 % 10) << 4) | (number % 10)).unwrap_or_default();
    let expiry = paid.token.expires.map_or([0, 0], |month| [bcd(month.year), bcd(month.month.into())]);
    online_shop::OnlinePayment {
        chip_data: paid.chip_data.clone(),
        token: paid.token.digits.clone(),
        expiry,
        account_reference: paid.token.account_reference.clone(),
        order: order.bytes().to_vec(),
        signature: paid.signature,
    }
}

fn tell_order(page: &mut Page, order: &OnlineOrder) {
    let amount = order.amount();
    page.labelled(
        "Order",
        GOOD,
        &format!("{} to {}", money(amount.minor, Some(amount.currency)), order.merchant_name()),
    );
    page.labelled("Digest", DIM, &format!("SHA-256 {}", hex(&order.digest().0)));
    let verified = "the holder has verified for exactly this order; the device has signed its digest, and the card its first \
                    four bytes";
    page.labelled("", Style::new(), verified);
}

/// So that it can be broken between lines.
pub(super) fn in_pieces(text: &str) -> String {
    text.as_bytes().chunks(32).map(String::from_utf8_lossy).collect::<Vec<_>>().join(" ")
}

fn tell_payment(page: &mut Page, paid: &OnlinePayment) {
    page.gap();
    page.heading("What the merchant is given", "");
    let par = paid.token.account_reference.as_ref().map_or_else(String::new, |par| format!(", PAR {par}"));
    page.labelled("Token", Style::new(), &format!("{}{par}", paid.token.digits));
    page.labelled("Signature", DIM, &in_pieces(&hex(&paid.signature)));
}

/// The token is told already. No terminal has drawn the number.
fn tell_objects(page: &mut Page, request: &AuthorisationRequest, number_is: &str) {
    const TAGS: [u32; 14] =
        [0x4F, 0x5F34, 0x82, 0x95, 0x9A, 0x9C, 0x5F2A, 0x9F02, 0x9F1A, 0x9F34, 0x9F26, 0x9F27, 0x9F36, 0x9F10];
    let number = |tag| request.object(tag).map(hex).and_then(|digits| digits.parse().ok());
    let setting = Setting { currency: number(0x5F2A), ..Setting::default() };
    let present = TAGS.into_iter().filter_map(|tag| Some((tag, request.object(tag)?)));
    present.for_each(|(tag, value)| page.row(&data_object(0, tag, value, setting)));
    for Field { name, value, meaning } in request.object(0x9F10).map(fields).unwrap_or_default() {
        page.row(&Row { depth: 4, tag: String::new(), name: name.to_owned(), value, meaning });
    }
    if let Some(number) = request.object(0x9F37) {
        page.row(&Row { meaning: number_is.to_owned(), ..data_object(0, 0x9F37, number, setting) });
    }
}

/// What the issuer found, step by step.
pub(super) fn tell_steps(page: &mut Page, verification: &Verification) {
    page.gap();
    page.heading("The issuer checks", "");
    verification.steps.iter().for_each(|step| page.checked(step.passed, step.name, &step.detail));
    page.gap();
}

fn tell_verdict(page: &mut Page, verification: &Verification) {
    tell_steps(page, verification);
    let style = if verification.verdict == Verdict::Valid { GOOD } else { BAD };
    page.sentences(style, 0, &format!("{}: {}.", verification.verdict.name(), verification.verdict.sentence()));
}

fn rest(page: &mut Page, wallet: &DemoWallet, card: CardId, channel: Channel) {
    let left = wallet.wallet().uses_left(card, channel, wallet.now().wall_ms);
    page.sentences(DIM, 0, &format!("{left} more keys of this channel ({}).", channel.name()));
}

/// Dark on light whatever the terminal's colours, two rows of modules in a line, with the light border of four modules that readers
/// want (ISO/IEC 18004).
fn draw(page: &mut Page, modules: &Modules) {
    const BORDER: usize = 4;
    let paper = AnsiColor::Black.on(AnsiColor::BrightWhite);
    let is_dark = |x: usize, y: usize| {
        let inside = |place: usize| place.checked_sub(BORDER).filter(|place| *place < modules.width);
        let place = inside(x).zip(inside(y)).map(|(x, y)| y.saturating_mul(modules.width).saturating_add(x));
        place.and_then(|place| modules.dark.get(place)).copied().unwrap_or(false)
    };
    let side = modules.width.saturating_add(2 * BORDER);
    for y in (0..side).step_by(2) {
        let half = |x| match (is_dark(x, y), is_dark(x, y.saturating_add(1))) {
            (true, true) => '█',
            (true, false) => '▀',
            (false, true) => '▄',
            (false, false) => ' ',
        };
        let line: String = (0..side).map(half).collect();
        page.line(&crate::page::styled(paper, &line));
    }
}
