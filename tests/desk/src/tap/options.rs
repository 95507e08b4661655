//! The command line of `tap`.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use hcepay_tests::issuer::demo_cards::DEMO_CARDS;
use lexopt::prelude::{Long, Short, Value};

use super::decisions::{Decisions, PolicyKind, temporary_use};
use super::orders::Order;
use super::reader::Reader;
use crate::demo_wallet::life_cycle::is_test_only;
use crate::demo_wallet::{Death, Directory};
use crate::money::Money;

/// The text of `--help`: each line is one paragraph.
pub const HELP: &str = "\
Plays a contactless purchase: a terminal asks, a demo card answers, its issuer checks that.

  tap [OPTIONS]

      --card NAME         demo card [kernel3-cvn18]
      --list-cards        the names of all demo cards, one per line
      --amount AMOUNT     with a point, such as 12.50 [12.50]
      --currency CODE     ISO 4217, three letters [EUR]
      --taps N            so many taps, and a summary instead of each of them
      --no-verification   the holder does not verify on the phone
      --reader KIND       what the reader does about offline data authentication: in kernel 2 cda, no-cda or \
deny-without-oda, which declines every card that it cannot authenticate; gate, which does so in all kernels [cda]
      --two-tap           the first tap tells what is to be paid, the holder verifies for exactly that, the second pays
      --policy KIND       what the issuer lets the card kernel3-everyday pay without the phone's verification: flexible = low value, transit = gates, card-like = the terminal's online PIN
      --temporary LIMITS  the holder lets the card be used for a time only, such as taps=1,until=2026-12-31 or \
each=10.00,total=50.00
      --freeze            the holder freezes the card before; tap unfreeze lets it pay again
      --once CARD         the holder pays with this card once
      --json              one line of JSON per tap
      --trace FILE        writes what was said into FILE, without what could name someone, for a bug report
      --explain FILE      tells such a trace in words, and nothing else
      --wallet DIR        the wallet that pays [demo-wallet in cargo's target directory]
      --kill-after N      the phone's process is killed when it has answered the Nth command, before anyone hears the \
answer; where there are fewer, after the last
      --lose-power-after N  the same, and what is not safe on the disk is lost; the phone boots anew
  -h, --help              this text

Wallet and issuer are kept from run to run. The issuer installs a card when it is to pay for the first time, with 10 keys; \
each cryptogram spends one, and `tap replenish` brings more. Without --wallet, --taps N (more than 1) and the cards test-... \
play on a fresh phone in memory that is always kept in keys. No issuer gives a card test-... to a wallet.

  tap COMMAND [--wallet DIR]

      enrol               makes a wallet and enrols it with its issuer
      install             the issuer installs a card; with --identity-check it waits for a code
      replenish           the wallet asks for keys for all cards that are short, else to fill up all
      suspend             a card pays nothing for now
      resume              it pays again; with --code CODE the holder hands in what a card waits for
      renew               a card gets an expiry three years later
      delete              a card ends
      unfreeze            the holder, verified, lets a frozen card pay again
      alerts              what contacts showed that the holder should know of, with its evidence; with --json one line of \
JSON for each
      journal             what was paid and what was not, day by day; with --json one line of JSON for each row
      notice              the issuer tells what became of the last payment: --approved, --declined REASON (not-told, \
insufficient-funds, over-limit, blocked, suspected-fraud, not-verified), --cleared, --refunded, --reversed or --amount-changed; \
--amount AMOUNT and --currency CODE where it is another than was paid; --merchant NAME as the issuer knows it
      online              the holder pays an order of a shop online: --amount AMOUNT, --currency CODE; or what a merchant's QR \
code asks for: --code TEXT
      show-code           the holder shows a QR code, and a merchant asks for --amount AMOUNT, --currency CODE
      transfer            the holder sends --amount AMOUNT, --currency CODE from the card's account: --to ACCOUNT, --name NAME, \
--note TEXT; the issuer does it or refuses
      balance             the issuer tells what is on the card's account, and the wallet shows it with its age and what it has \
paid since; with --kept it shows what it knows already, and the issuer is not asked
      coupon              the holder presents a merchant's coupon, and pays what is left of --amount AMOUNT
      show                cards, keys, how long they last, the ledger; with --json one line of JSON

      --card NAME         which card to install, suspend, resume, renew, delete, unfreeze, to pay with or to look at [kernel3-cvn18]

  tap code TEXT           what a merchant's QR code asks for, or why it would not be paid; TEXT is what stands in it

Exit code: 0 = the issuer accepted every tap, the command was carried out; 1 = it did not come to that; 2 = wrong use.
";

/// The card that pays where none is named.
pub const DEFAULT_CARD: &str = "kernel3-cvn18";

/// The card that pays where none is named, but a policy.
const POLICY_CARD: &str = "kernel3-everyday";

/// Each tap takes a number of the card's own (ATC, two bytes), and no number comes twice.
const MOST_TAPS: u32 = 50_000;

/// What a person asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// The help text.
    Help,
    /// The names of the demo cards.
    ListCards,
    /// The trace in this file, in words.
    Explain(PathBuf),
    /// What the text of a merchant's QR code asks for.
    Code(OsString),
    /// Taps.
    Taps(Options),
    /// A command to the wallet in this directory or its issuer.
    Order(Order, Directory),
}

/// How to tap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The demo card, one of `DEMO_CARDS`.
    pub card: &'static str,
    /// What is paid each time.
    pub money: Money,
    /// How often, at least once.
    pub taps: u32,
    /// The holder verifies before each tap.
    pub holder_verifies: bool,
    /// What stands at the till.
    pub reader: Reader,
    /// JSON instead of text.
    pub json: bool,
    /// Where the trace is written.
    pub trace: Option<PathBuf>,
    /// Where the wallet is; none where a fresh phone in memory pays.
    pub wallet: Option<Directory>,
    /// The phone dies in the middle of the tap.
    pub death: Option<Death>,
    /// What holder and issuer decide before.
    pub decisions: Decisions,
}

/// What is wrong with a command line and what is allowed, in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongUse(pub(super) String);

impl fmt::Display for WrongUse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl From<lexopt::Error> for WrongUse {
    fn from(error: lexopt::Error) -> WrongUse {
        WrongUse(format!("{error} (tap --help shows what is allowed)"))
    }
}

impl Request {
    /// Reads a command line without the program's name.
    pub fn read(mut arguments: lexopt::Parser) -> Result<Request, WrongUse> {
        let first = arguments.try_raw_args().and_then(|raw| raw.peek()?.to_str().map(str::to_owned));
        if let Some(command) = first.filter(|first| !first.starts_with('-')) {
            arguments.next()?;
            return if command == "code" { code(arguments) } else { Order::read(&command, arguments) };
        }
        let (mut named, mut taps, mut holder_verifies, mut json) = (None, 1, true, false);
        let (mut decisions, mut temporary) = (Decisions::default(), None);
        let (mut amount, mut currency) = ("12.50".to_owned(), "EUR".to_owned());
        let (mut wallet, mut death, mut reader, mut trace) = (None, None, Reader::default(), None);
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("card") => named = Some(known_card(&text(&mut arguments)?)?),
                Long("list-cards") => return Ok(Request::ListCards),
                Long("amount") => amount = text(&mut arguments)?,
                Long("currency") => currency = text(&mut arguments)?,
                Long("taps") => taps = number_of_taps(&text(&mut arguments)?)?,
                Long("no-verification") => holder_verifies = false,
                Long("two-tap") => decisions.two_tap = true,
                Long("policy") => decisions.policy = Some(known_policy(&text(&mut arguments)?)?),
                Long("temporary") => temporary = Some(text(&mut arguments)?),
                Long("freeze") => decisions.freeze = true,
                Long("once") => decisions.once = Some(known_card(&text(&mut arguments)?)?),
                Long("reader") => reader = known_reader(&text(&mut arguments)?)?,
                Long("json") => json = true,
                Long("trace") => trace = Some(PathBuf::from(arguments.value()?)),
                Long("explain") => return Ok(Request::Explain(PathBuf::from(arguments.value()?))),
                Long("wallet") => wallet = Some(directory(&mut arguments)?),
                Long("kill-after") => death = Some(Death::Kill(commands("--kill-after", &mut arguments)?)),
                Long("lose-power-after") => {
                    death = Some(Death::PowerLoss(commands("--lose-power-after", &mut arguments)?));
                }
                Short('h') | Long("help") => return Ok(Request::Help),
                Long(_) | Short(_) | Value(_) => return Err(argument.unexpected().into()),
            }
        }
        let usual = if decisions.policy.is_some() { POLICY_CARD } else { DEFAULT_CARD };
        let card = named.unwrap_or(usual);
        decisions.temporary = temporary.map(|limits| temporary_use(&limits, &currency)).transpose()?;
        let money = Money::parse(&amount, &currency)
            .map_err(|error| WrongUse(format!("--amount {amount} --currency {currency}: {error}")))?;
        if wallet.is_some() {
            may_be_kept(card)?;
        } else if taps == 1 && !is_test_only(card) {
            wallet = Some(Directory::usual());
        }
        if !decisions.are_none() && (taps > 1 || wallet.is_none() || death.is_some()) {
            return Err(WrongUse(
                "holder and issuer decide before one tap of a wallet that is kept, and no other".to_owned(),
            ));
        }
        if death.is_some() && (taps > 1 || wallet.is_none()) {
            return Err(WrongUse("the phone dies in one tap of a wallet that is kept, and no other".to_owned()));
        }
        if death.is_some() && trace.is_some() {
            return Err(WrongUse("--trace FILE: the trace dies with the phone's process".to_owned()));
        }
        Ok(Request::Taps(Options { card, money, taps, holder_verifies, reader, json, trace, wallet, death, decisions }))
    }
}

/// The text is taken as it is, whatever bytes it has: whether it is a code is the core's to say.
fn code(mut arguments: lexopt::Parser) -> Result<Request, WrongUse> {
    let text = match arguments.next()? {
        Some(Value(text)) => text,
        Some(Short('h') | Long("help")) => return Ok(Request::Help),
        Some(other) => return Err(other.unexpected().into()),
        None => return Err(WrongUse("code: the text of the QR code must follow (tap --help)".to_owned())),
    };
    match arguments.next()? {
        None => Ok(Request::Code(text)),
        Some(more) => Err(more.unexpected().into()),
    }
}

fn known_policy(name: &str) -> Result<PolicyKind, WrongUse> {
    let known = PolicyKind::ALL.into_iter().find(|kind| kind.name() == name);
    known.ok_or_else(|| WrongUse(format!("--policy {name}: it must be one of flexible, transit and card-like")))
}

fn known_reader(name: &str) -> Result<Reader, WrongUse> {
    let known = Reader::ALL.into_iter().find(|reader| reader.name() == name);
    known.ok_or_else(|| WrongUse(format!("--reader {name}: it must be one of cda, no-cda, deny-without-oda and gate")))
}

pub(super) fn text(arguments: &mut lexopt::Parser) -> Result<String, WrongUse> {
    let text = arguments.value()?;
    text.into_string().map_err(|text| WrongUse(format!("{} is not text", text.display())))
}

pub(super) fn directory(arguments: &mut lexopt::Parser) -> Result<Directory, WrongUse> {
    Ok(Directory::new(&PathBuf::from(arguments.value()?)))
}

/// A card that an issuer gives to a wallet.
pub(super) fn may_be_kept(card: &str) -> Result<(), WrongUse> {
    if is_test_only(card) {
        let why = "its key is a card master key, which no issuer gives to a wallet; without --wallet it can be tapped";
        return Err(WrongUse(format!("--card {card}: {why}")));
    }
    Ok(())
}

fn commands(option: &str, arguments: &mut lexopt::Parser) -> Result<u32, WrongUse> {
    let text = text(arguments)?;
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| WrongUse(format!("{option} {text}: it must be a whole number from 1 on")))
}

pub(super) fn known_card(name: &str) -> Result<&'static str, WrongUse> {
    let known = DEMO_CARDS.into_iter().find(|known| *known == name);
    known
        .ok_or_else(|| WrongUse(format!("--card {name}: there is no such demo card; tap --list-cards shows all names")))
}

fn number_of_taps(text: &str) -> Result<u32, WrongUse> {
    let number = text.parse().ok().filter(|number| (1..=MOST_TAPS).contains(number));
    number.ok_or_else(|| WrongUse(format!("--taps {text}: it must be a whole number from 1 to {MOST_TAPS}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Result<Request, String> {
        Request::read(lexopt::Parser::from_args(arguments)).map_err(|error| error.to_string())
    }

    fn options(arguments: &[&str]) -> Options {
        match read(arguments) {
            Ok(Request::Taps(options)) => options,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn without_options_it_is_one_verified_tap_of_12_50_eur() {
        let money = Money::parse("12.50", "EUR").unwrap();
        let wallet = Some(Directory::usual());
        let (card, death) = ("kernel3-cvn18", None);
        let reader = Reader::Cda;
        let (json, trace) = (false, None);
        let decisions = Decisions::default();
        let (taps, holder_verifies) = (1, true);
        let expected = Options { card, money, taps, holder_verifies, reader, json, trace, wallet, death, decisions };
        assert_eq!(options(&[]), expected);
    }

    #[test]
    fn every_option_is_taken() {
        let taken = options(&[
            "--card=kernel2-cvn14",
            "--amount",
            "12",
            "--currency",
            "JPY",
            "--taps",
            "3",
            "--no-verification",
            "--json",
            "--wallet",
            "/tmp/wallet",
        ]);
        assert_eq!((taken.card, taken.money.to_string(), taken.taps), ("kernel2-cvn14", "12 JPY".to_owned(), 3));
        assert_eq!((taken.holder_verifies, taken.json), (false, true));
        assert_eq!(taken.wallet, Some(Directory::new("/tmp/wallet".as_ref())));
        assert_eq!(options(&["--kill-after", "3"]).death, Some(Death::Kill(3)));
        assert_eq!(options(&["--lose-power-after=1"]).death, Some(Death::PowerLoss(1)));
        assert_eq!([options(&[]).reader, options(&["--reader=no-cda"]).reader], [Reader::Cda, Reader::NoCda]);
        assert_eq!(options(&["--trace", "t.txt"]).trace, Some(PathBuf::from("t.txt")));
        assert_eq!(read(&["--explain", "t.txt"]), Ok(Request::Explain(PathBuf::from("t.txt"))));
        assert_eq!(read(&["code", "000201"]), Ok(Request::Code("000201".into())));
        assert_eq!(read(&["--list-cards"]), Ok(Request::ListCards));
        assert_eq!(read(&["-h"]), Ok(Request::Help));
    }

    #[test]
    fn many_taps_and_test_only_cards_are_played_in_memory_where_no_wallet_is_named() {
        assert_eq!(options(&["--taps", "2"]).wallet, None);
        assert_eq!(options(&["--card", "test-kernel3-cvn0a"]).wallet, None);
        assert!(options(&["--taps", "2", "--wallet", "w"]).wallet.is_some());
    }

    #[test]
    fn wrong_use_is_answered_by_one_line_that_names_what_is_allowed() {
        for (arguments, allowed) in [
            (&["--card", "visa"][..], "--list-cards"),
            (&["--amount", "12,50"], "such as 12.50 EUR"),
            (&["--amount", "-1"], "such as 12.50 EUR"),
            (&["--amount", "1e3"], "such as 12.50 EUR"),
            (&["--amount", "1.005"], "at most 2 decimals"),
            (&["--amount", "1.5", "--currency", "JPY"], "such as 12 JPY"),
            (&["--currency", "euro"], "ISO 4217"),
            (&["--taps", "0"], "from 1 to 50000"),
            (&["--taps", "50001"], "from 1 to 50000"),
            (&["--taps", "many"], "from 1 to 50000"),
            (&["--taps"], "tap --help"),
            (&["--json=yes"], "tap --help"),
            (&["--reader", "door"], "no-cda"),
            (&["--loud"], "tap --help"),
            (&["coffee"], "tap --help"),
            (&["code"], "must follow"),
            (&["code", "000201", "more"], "tap --help"),
            (&["--wallet", "w", "--card", "test-kernel2-cvn10"], "without --wallet"),
            (&["--kill-after", "0"], "from 1 on"),
            (&["--lose-power-after", "soon"], "from 1 on"),
            (&["--kill-after", "1", "--taps", "2", "--wallet", "w"], "in one tap"),
            (&["--kill-after", "1", "--card", "test-kernel2-cvn10"], "that is kept"),
            (&["--kill-after", "1", "--trace", "t.txt"], "dies with"),
            (&["--explain"], "tap --help"),
        ] {
            let error = read(arguments).unwrap_err();
            assert!(error.contains(allowed) && error.lines().count() == 1, "{arguments:?}: {error}");
        }
    }
}
