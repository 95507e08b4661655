//! The command line of `tap`.

use std::fmt;

use hcepay_tests::issuer::demo_cards::DEMO_CARDS;
use lexopt::prelude::{Long, Short, Value};

use crate::money::Money;

/// The text of `--help`.
pub const HELP: &str = "\
Plays a contactless purchase: a terminal asks, a demo card answers, its issuer checks the cryptogram.

  tap [OPTIONS]

      --card NAME         demo card [kernel3-cvn18]
      --list-cards        the names of all demo cards, one per line
      --amount AMOUNT     with a point, such as 12.50 [12.50]
      --currency CODE     ISO 4217, three letters [EUR]
      --taps N            so many taps of one phone, and a summary instead of each of them
      --no-verification   the holder does not verify on the phone
      --json              one line of JSON per tap
  -h, --help              this text

Exit code: 0 = the issuer accepted every tap, 1 = it did not come to that, 2 = wrong use.
";

/// Each tap takes a number of the card's own (ATC, two bytes), and no number comes twice.
const MOST_TAPS: u32 = 50_000;

/// What a person asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// The help text.
    Help,
    /// The names of the demo cards.
    ListCards,
    /// Taps.
    Taps(Options),
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
    /// JSON instead of text.
    pub json: bool,
}

/// What is wrong with a command line and what is allowed, in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongUse(String);

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
        let (mut card, mut taps, mut holder_verifies, mut json) = ("kernel3-cvn18", 1, true, false);
        let (mut amount, mut currency) = ("12.50".to_owned(), "EUR".to_owned());
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("card") => card = known_card(&text(&mut arguments)?)?,
                Long("list-cards") => return Ok(Request::ListCards),
                Long("amount") => amount = text(&mut arguments)?,
                Long("currency") => currency = text(&mut arguments)?,
                Long("taps") => taps = number_of_taps(&text(&mut arguments)?)?,
                Long("no-verification") => holder_verifies = false,
                Long("json") => json = true,
                Short('h') | Long("help") => return Ok(Request::Help),
                Long(_) | Short(_) | Value(_) => return Err(argument.unexpected().into()),
            }
        }
        let money = Money::parse(&amount, &currency)
            .map_err(|error| WrongUse(format!("--amount {amount} --currency {currency}: {error}")))?;
        Ok(Request::Taps(Options { card, money, taps, holder_verifies, json }))
    }
}

fn text(arguments: &mut lexopt::Parser) -> Result<String, WrongUse> {
    let text = arguments.value()?;
    text.into_string().map_err(|text| WrongUse(format!("{} is not text", text.display())))
}

fn known_card(name: &str) -> Result<&'static str, WrongUse> {
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
        let expected = Options { card: "kernel3-cvn18", money, taps: 1, holder_verifies: true, json: false };
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
        ]);
        assert_eq!((taken.card, taken.money.to_string(), taken.taps), ("kernel2-cvn14", "12 JPY".to_owned(), 3));
        assert_eq!((taken.holder_verifies, taken.json), (false, true));
        assert_eq!(read(&["--list-cards"]), Ok(Request::ListCards));
        assert_eq!(read(&["-h"]), Ok(Request::Help));
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
            (&["--loud"], "tap --help"),
            (&["coffee"], "tap --help"),
        ] {
            let error = read(arguments).unwrap_err();
            assert!(error.contains(allowed) && error.lines().count() == 1, "{arguments:?}: {error}");
        }
    }
}
