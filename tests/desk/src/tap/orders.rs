//! The commands of `tap` that are no taps: what is asked of the wallet's issuer, or of the wallet.

use lexopt::prelude::{Long, Short, Value};

use super::online::{self, Basket};
use super::options::{DEFAULT_CARD, Request, WrongUse, directory, known_card, may_be_kept, text};
use super::transfer::{self, Payee};
use super::{alerts, balance, coupon, journal, show};
use crate::demo_wallet::life_cycle::FIRST_KEYS;
use crate::demo_wallet::{DemoWallet, DemoWalletError, Directory};
use crate::money::Money;
use crate::page::fitted;
use hcepay_tests::issuer::notices::{DeclineReason, Event};

/// A command. Cards are named by one of `DEMO_CARDS`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// A wallet is made and enrolled.
    Enrol,
    /// The issuer installs a card.
    Install {
        /// Which.
        card: &'static str,
        /// Whether the holder must hand in a code first.
        identity_check: bool,
    },
    /// The wallet asks for keys.
    Replenish,
    /// The issuer suspends a card.
    Suspend(&'static str),
    /// The issuer resumes a card, or the holder hands in a code.
    Resume {
        /// Which.
        card: &'static str,
        /// What the holder types in.
        code: Option<String>,
    },
    /// The issuer renews a card.
    Renew(&'static str),
    /// The issuer deletes a card.
    Delete(&'static str),
    /// The holder, verified, lets a frozen card pay again.
    Unfreeze(&'static str),
    /// What was paid, or was not.
    Journal {
        /// JSON lines instead of text.
        json: bool,
    },
    /// What contacts showed that the holder should know of.
    Alerts {
        /// JSON lines instead of text.
        json: bool,
    },
    /// The issuer tells what became of the last payment.
    Notice {
        /// What.
        event: Event,
        /// Of so much; of what was paid where it is not said.
        money: Option<Money>,
        /// What the issuer calls the merchant.
        merchant: Option<String>,
    },
    /// The holder pays an order online.
    Online {
        /// With which card.
        card: &'static str,
        /// What.
        basket: Basket,
    },
    /// The holder shows a code, and a merchant asks for so much.
    ShowCode {
        /// Of which card.
        card: &'static str,
        /// What the merchant asks.
        money: Money,
    },
    /// The holder sends money from a card's account.
    Transfer {
        /// Of which card.
        card: &'static str,
        /// How much.
        money: Money,
        /// To whom.
        payee: Payee,
    },
    /// What is on a card's account.
    Balance {
        /// Of which card.
        card: &'static str,
        /// What the wallet knows already; the issuer is not asked.
        kept: bool,
    },
    /// The holder presents a coupon of a merchant, and pays what is left of a price.
    Coupon {
        /// With which card.
        card: &'static str,
        /// The price.
        money: Money,
    },
    /// How the wallet stands.
    Show {
        /// JSON instead of text.
        json: bool,
    },
}

impl Order {
    /// Reads what stands behind the command's word.
    ///
    /// # Errors
    /// What is wrong and what is allowed.
    pub fn read(command: &str, mut arguments: lexopt::Parser) -> Result<Request, WrongUse> {
        let mut card = DEFAULT_CARD;
        let (mut wallet, mut identity_check, mut code, mut json) = (None, false, None, false);
        let mut kept = false;
        let [mut account, mut name, mut note] = USUAL_PAYEE.map(str::to_owned);
        let (mut event, mut amount, mut currency, mut merchant) = (None, None, "EUR".to_owned(), None);
        let pays = matches!(command, "online" | "show-code" | "coupon");
        let about_a_card = pays
            || matches!(
                command,
                "install" | "suspend" | "resume" | "renew" | "delete" | "unfreeze" | "balance" | "transfer"
            );
        let with_an_amount = pays || matches!(command, "notice" | "transfer");
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("wallet") => wallet = Some(directory(&mut arguments)?),
                Long("card") if about_a_card => card = known_card(&text(&mut arguments)?)?,
                Long("identity-check") if command == "install" => identity_check = true,
                Long("code") if matches!(command, "resume" | "online") => code = Some(text(&mut arguments)?),
                Long("to") if command == "transfer" => account = text(&mut arguments)?,
                Long("name") if command == "transfer" => name = text(&mut arguments)?,
                Long("note") if command == "transfer" => note = text(&mut arguments)?,
                Long("kept") if command == "balance" => kept = true,
                Long("json") if matches!(command, "show" | "journal" | "alerts") => json = true,
                Long("amount") if with_an_amount => amount = Some(text(&mut arguments)?),
                Long("currency") if with_an_amount => currency = text(&mut arguments)?,
                Long("merchant") if command == "notice" => merchant = Some(text(&mut arguments)?),
                Long("declined") if command == "notice" => event = Some(declined(&text(&mut arguments)?)?),
                Long(name) if command == "notice" && Event::of_name(name).is_some() => event = Event::of_name(name),
                Short('h') | Long("help") => return Ok(Request::Help),
                Long(_) | Short(_) | Value(_) => return Err(argument.unexpected().into()),
            }
        }
        may_be_kept(card)?;
        let money = |amount: &str| {
            let wrong = |error| WrongUse(format!("--amount {amount} --currency {currency}: {error}"));
            Money::parse(amount, &currency).map_err(wrong)
        };
        let order = match command {
            "enrol" => Order::Enrol,
            "install" => Order::Install { card, identity_check },
            "replenish" => Order::Replenish,
            "suspend" => Order::Suspend(card),
            "resume" => Order::Resume { card, code },
            "renew" => Order::Renew(card),
            "delete" => Order::Delete(card),
            "unfreeze" => Order::Unfreeze(card),
            "journal" => Order::Journal { json },
            "alerts" => Order::Alerts { json },
            "notice" => {
                let money = amount.as_deref().map(money).transpose()?;
                Order::Notice { event: event.unwrap_or(Event::Approved), money, merchant }
            }
            "online" => {
                let basket = match code {
                    Some(code) => Basket::Code(code, amount.as_deref().map(money).transpose()?),
                    None => Basket::Shop(money(amount.as_deref().unwrap_or(USUAL_AMOUNT))?),
                };
                Order::Online { card, basket }
            }
            "show-code" => Order::ShowCode { card, money: money(amount.as_deref().unwrap_or(USUAL_AMOUNT))? },
            "transfer" => {
                let money = money(amount.as_deref().unwrap_or(USUAL_AMOUNT))?;
                Order::Transfer { card, money, payee: Payee { account, name, note } }
            }
            "balance" => Order::Balance { card, kept },
            "coupon" => Order::Coupon { card, money: money(amount.as_deref().unwrap_or(USUAL_AMOUNT))? },
            "show" => Order::Show { json },
            _ => return Err(WrongUse(format!("{command}: no such command (tap --help shows what is allowed)"))),
        };
        Ok(Request::Order(order, wallet.unwrap_or_else(Directory::usual)))
    }

    /// Carries it out, and tells what came of it, in lines of at most so many columns (JSON in one).
    ///
    /// # Errors
    /// Why it was not.
    pub fn carry_out(&self, directory: &Directory, width: usize) -> Result<String, DemoWalletError> {
        let mut wallet = match self {
            Order::Enrol => DemoWallet::enrol(directory)?,
            Order::Install { .. }
            | Order::Online { .. }
            | Order::ShowCode { .. }
            | Order::Transfer { .. }
            | Order::Coupon { .. }
            | Order::Balance { kept: false, .. } => DemoWallet::open_or_enrol(directory, None)?,
            _ => DemoWallet::open(directory)?,
        };
        let said = match self {
            Order::Enrol => format!("A new wallet in {}, enrolled with its issuer.\n", directory.name()),
            Order::Install { card, identity_check } => match wallet.install(card, *identity_check)?.1 {
                None => format!("Demo card {card} is installed, with {FIRST_KEYS} keys for each application.\n"),
                Some(code) => {
                    let resume = directory.command(&format!("resume --card {card} --code {code}"));
                    format!(
                        "Demo card {card} is installed and waits for its holder's identity check.\n\
                         The issuer has sent the holder the code {code} on another way. Hand it in with:\n{resume}\n"
                    )
                }
            },
            Order::Replenish => {
                let before = show::keys(&wallet);
                wallet.replenish()?;
                show::keys_brought(&before, &show::keys(&wallet))
            }
            Order::Suspend(card) => {
                wallet.suspend(card)?;
                format!("Demo card {card} is suspended: it pays nothing until it is resumed.\n")
            }
            Order::Resume { card, code } => {
                match code {
                    Some(code) => wallet.check_identity(card, code)?,
                    None => wallet.resume(card)?,
                }
                format!("Demo card {card} is active: it pays.\n")
            }
            Order::Renew(card) => {
                wallet.renew(card)?;
                let expiry = show::expiry(&wallet, card);
                format!("Demo card {card} is renewed, and good until {expiry} (year-month).\n")
            }
            Order::Delete(card) => {
                wallet.delete(card)?;
                format!("Demo card {card} is deleted, and its keys are destroyed.\n")
            }
            Order::Unfreeze(card) => {
                wallet.unfreeze(card)?;
                format!("The holder has verified: demo card {card} pays again.\n")
            }
            Order::Journal { json: true } => return Ok(wallet.wallet().journal_as_json_lines()),
            Order::Journal { json: false } => return Ok(journal::text(&wallet, width)),
            Order::Alerts { json: true } => return Ok(alerts::json_lines(&wallet.wallet().alerts())),
            Order::Alerts { json: false } => return Ok(alerts::text(&wallet, width)),
            Order::Notice { event, money, merchant } => {
                let row = wallet.notify(*event, *money, merchant.as_deref())?;
                return Ok(journal::row_text(&wallet, &row, width));
            }
            Order::Online { card, basket } => return online::pay(&mut wallet, card, basket, width),
            Order::ShowCode { card, money } => return online::show_code(&mut wallet, card, *money, width),
            Order::Transfer { card, money, payee } => return transfer::send(&mut wallet, card, *money, payee, width),
            Order::Balance { card, kept } => return balance::tell(&mut wallet, card, !kept, width),
            Order::Coupon { card, money } => return coupon::present(&mut wallet, card, *money, width),
            Order::Show { json: true } => return Ok(format!("{}\n", show::json(&wallet))),
            Order::Show { json: false } => return Ok(show::text(&wallet, width)),
        };
        Ok(fitted(&said, width))
    }
}

/// The account (an example of the IBAN registry), the name and the note, where nothing else is said.
const USUAL_PAYEE: [&str; 3] = ["DE89 3704 0044 0532 0130 00", "Löwe & Söhne", ""];

/// What is paid where nothing else is said.
const USUAL_AMOUNT: &str = "12.50";

fn declined(reason: &str) -> Result<Event, WrongUse> {
    let event = DeclineReason::of_name(reason).map(Event::Declined);
    event.ok_or_else(|| WrongUse(format!("--declined {reason}: it must be one of {REASONS}")))
}

const REASONS: &str = "not-told, insufficient-funds, over-limit, blocked, suspected-fraud and not-verified";

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Result<Request, String> {
        Request::read(lexopt::Parser::from_args(arguments)).map_err(|error| error.to_string())
    }

    fn notice(event: Event) -> Order {
        Order::Notice { event, money: None, merchant: None }
    }

    fn payee(texts: [&str; 3]) -> Payee {
        let [account, name, note] = texts.map(str::to_owned);
        Payee { account, name, note }
    }

    fn money(amount: &str) -> Money {
        Money::parse(amount, "EUR").unwrap()
    }

    #[test]
    fn each_command_is_read_with_what_belongs_to_it() {
        let card = "cobadged";
        for (arguments, order) in [
            (&["enrol"][..], Order::Enrol),
            (&["install"], Order::Install { card: "kernel3-cvn18", identity_check: false }),
            (&["install", "--card", card, "--identity-check"], Order::Install { card, identity_check: true }),
            (&["replenish"], Order::Replenish),
            (&["suspend", "--card", card], Order::Suspend(card)),
            (&["resume", "--card", card], Order::Resume { card, code: None }),
            (&["resume", "--card", card, "--code", "12"], Order::Resume { card, code: Some("12".to_owned()) }),
            (&["renew", "--card", card], Order::Renew(card)),
            (&["delete", "--card", card], Order::Delete(card)),
            (&["unfreeze", "--card", card], Order::Unfreeze(card)),
            (&["journal"], Order::Journal { json: false }),
            (&["journal", "--json"], Order::Journal { json: true }),
            (&["alerts"], Order::Alerts { json: false }),
            (&["alerts", "--json"], Order::Alerts { json: true }),
            (&["notice"], notice(Event::Approved)),
            (&["notice", "--declined", "blocked"], notice(Event::Declined(DeclineReason::Blocked))),
            (&["notice", "--amount-changed"], notice(Event::AmountChanged)),
            (&["online"], Order::Online { card: "kernel3-cvn18", basket: Basket::Shop(money("12.50")) }),
            (&["online", "--card", card, "--amount", "9"], Order::Online { card, basket: Basket::Shop(money("9")) }),
            (
                &["online", "--card", card, "--code", "0002"],
                Order::Online { card, basket: Basket::Code("0002".to_owned(), None) },
            ),
            (&["show-code"], Order::ShowCode { card: "kernel3-cvn18", money: money("12.50") }),
            (
                &["transfer", "--card", card, "--amount", "9", "--to", "4711", "--name", "Anna", "--note", "Rent"],
                Order::Transfer { card, money: money("9"), payee: payee(["4711", "Anna", "Rent"]) },
            ),
            (
                &["transfer"],
                Order::Transfer { card: "kernel3-cvn18", money: money("12.50"), payee: payee(USUAL_PAYEE) },
            ),
            (&["balance", "--card", card], Order::Balance { card, kept: false }),
            (&["balance", "--card", card, "--kept"], Order::Balance { card, kept: true }),
            (&["coupon", "--amount", "9"], Order::Coupon { card: "kernel3-cvn18", money: money("9") }),
            (&["show"], Order::Show { json: false }),
            (&["show", "--json"], Order::Show { json: true }),
        ] {
            assert_eq!(read(arguments), Ok(Request::Order(order.clone(), Directory::usual())), "{arguments:?}");
            let with_wallet = [arguments, &["--wallet", "w"]].concat();
            assert_eq!(read(&with_wallet), Ok(Request::Order(order, Directory::new("w".as_ref()))), "{arguments:?}");
        }
    }

    #[test]
    fn what_does_not_belong_to_a_command_is_wrong_use() {
        for arguments in [
            &["coffee"][..],
            &["enrol", "--card", "cobadged"],
            &["replenish", "--card", "cobadged"],
            &["suspend", "--code", "1"],
            &["resume", "--identity-check"],
            &["install", "--json"],
            &["install", "--card", "visa"],
            &["install", "--card", "test-kernel3-cvn11"],
            &["show", "show"],
            &["journal", "--card", "cobadged"],
            &["notice", "--declined", "today"],
            &["show", "--kept"],
            &["online", "--to", "4711"],
            &["notice", "--lost"],
            &["notice", "--json"],
            &["show", "--taps", "2"],
            &["delete", "--wallet"],
        ] {
            let error = read(arguments).unwrap_err();
            assert_eq!(error.lines().count(), 1, "{arguments:?}: {error}");
        }
    }
}
