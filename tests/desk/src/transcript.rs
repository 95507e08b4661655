//! Transcripts of taps (`tests/taps/*.tap`): what a terminal sends and a card answers, byte for byte, with what happens
//! around it. Text, so that a person can read it, and strict, so that any layer can replay it.
//!
//! | line | meaning |
//! |---|---|
//! | `# text` | why; also empty lines |
//! | `!card NAME` | a fresh wallet with this demo card under the policy that its issuer gives it: seed 0, keys for the counters 1 to 3 of each application, boot count 1, 2026-01-01T00:00Z |
//! | `!arm` | the holder verifies by a biometric; the window is 30 s |
//! | `!arm MINOR CURRENCY` | the same for one payment: of this card, so many minor units, in this currency of ISO 4217 |
//! | `!gates` | the holder, verified, lets the card pass gates |
//! | `!freeze`, `!unfreeze` | the holder freezes the card; verified, he lets it pay again |
//! | `!taps N` | the holder lets the card be used for so many taps |
//! | `!clock +MS` | milliseconds pass on both clocks |
//! | `!field lost`, `!field deselected` | the phone leaves the field, or the reader selects another phone application |
//! | `> HEX` | a command; the next line that is not `#` must be its answer |
//! | `< HEX` | the answer, data and status word; `..` for a byte that is random by design |
//! | `= OUTCOME REASON` | after `!field`: what the card's report says; `-` for no reason |
//!
//! A transcript begins with `!card`. Spaces between bytes are allowed.

use std::fmt;

use hcepay_core::Amount;
use hcepay_tests::bytes::{from_hex, hex};

use crate::phone::{NEW_YEAR, Phone};

/// How many keys each application of a transcript's fresh wallet has.
pub const KEYS: u16 = 3;

/// One line that does something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// `!card`.
    Card(String),
    /// `!arm`, `!gates`, `!freeze`, `!unfreeze` and `!taps`.
    Holder(Decision),
    /// `!clock`, in milliseconds.
    Clock(u64),
    /// `!field`.
    Field(Ending),
    /// `>` and its `<`; `None` for a byte that is random by design.
    Exchange(Vec<u8>, Vec<Option<u8>>),
    /// `=`: outcome and reason by name.
    Report(String, Option<String>),
}

/// What the holder does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// He verifies: for any payment, or for one with the card.
    Verify(Option<Amount>),
    /// It passes gates.
    Gates,
    /// It pays nothing.
    Freeze,
    /// It pays again.
    Unfreeze,
    /// It is used for so many taps.
    Taps(u16),
}

/// How a contact ends. The card treats both alike; Android tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The phone left the field.
    Lost,
    /// The reader selected an application of another app.
    Deselected,
}

/// What is wrong in a transcript, and where: in its text, or between it and the card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deviation {
    /// The line's number, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Deviation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}: {}", self.line, self.what)
    }
}

/// Reads a transcript; each line with its number.
pub fn parse(text: &str) -> Result<Vec<(usize, Line)>, Deviation> {
    let mut parsed = Vec::new();
    let mut lines = text.lines().enumerate().map(|(index, line)| (index.saturating_add(1), line.trim_end()));
    let mut lines = lines.by_ref().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    while let Some((number, text)) = lines.next() {
        let wrong = |what: &str| Deviation { line: number, what: what.to_owned() };
        let line = match text.split_once(' ') {
            Some(("!card", name)) => Line::Card(name.to_owned()),
            Some(("!clock", ms)) => {
                let ms = ms.strip_prefix('+').and_then(|ms| ms.parse().ok());
                Line::Clock(ms.ok_or_else(|| wrong("`!clock` takes `+` and milliseconds"))?)
            }
            Some(("!arm", payment)) => {
                let amount = payment.split_once(' ').and_then(|(minor, currency)| {
                    Some(Amount { minor: minor.parse().ok()?, currency: currency.parse().ok()? })
                });
                let amount = amount.ok_or_else(|| wrong("`!arm` takes minor units and a currency, or nothing"))?;
                Line::Holder(Decision::Verify(Some(amount)))
            }
            Some(("!taps", taps)) => {
                let taps = taps.parse().map_err(|_| wrong("`!taps` takes a number"))?;
                Line::Holder(Decision::Taps(taps))
            }
            Some(("!field", "lost")) => Line::Field(Ending::Lost),
            Some(("!field", "deselected")) => Line::Field(Ending::Deselected),
            Some(("=", report)) => match report.split_once(' ') {
                Some((outcome, "-")) => Line::Report(outcome.to_owned(), None),
                Some((outcome, reason)) => Line::Report(outcome.to_owned(), Some(reason.to_owned())),
                None => return Err(wrong("`=` takes an outcome and a reason")),
            },
            Some((">", command)) => {
                let command = from_hex(command).ok_or_else(|| wrong("the command is not hexadecimal"))?;
                let (number, answer) = lines.next().ok_or_else(|| wrong("a command without an answer"))?;
                let wrong = |what: &str| Deviation { line: number, what: what.to_owned() };
                let answer = answer.strip_prefix("< ").ok_or_else(|| wrong("here the answer should be"))?;
                Line::Exchange(command, pattern(answer).ok_or_else(|| wrong("the answer is not hexadecimal"))?)
            }
            None => match text {
                "!arm" => Line::Holder(Decision::Verify(None)),
                "!gates" => Line::Holder(Decision::Gates),
                "!freeze" => Line::Holder(Decision::Freeze),
                "!unfreeze" => Line::Holder(Decision::Unfreeze),
                _ => return Err(wrong("unknown line")),
            },
            _ => return Err(wrong("unknown line")),
        };
        parsed.push((number, line));
    }
    match parsed.first() {
        Some((_, Line::Card(_))) => Ok(parsed),
        _ => Err(Deviation { line: 1, what: "a transcript begins with `!card`".to_owned() }),
    }
}

/// Hexadecimal text in which `..` stands for any byte.
fn pattern(text: &str) -> Option<Vec<Option<u8>>> {
    let text: String = text.chars().filter(|character| *character != ' ').collect();
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let byte = |pair: &[u8; 2]| match pair {
        b".." => Some(None),
        pair => from_hex(std::str::from_utf8(pair).ok()?)?.first().copied().map(Some),
    };
    if rest.is_empty() { pairs.iter().map(byte).collect() } else { None }
}

/// Plays a transcript to the card. Gives how many commands were answered as they should.
///
/// # Errors
/// The first deviation.
pub fn replay(text: &str) -> Result<usize, Deviation> {
    let mut phone: Option<Phone> = None;
    let mut report = None;
    let mut exchanges: usize = 0;
    for (number, line) in parse(text)? {
        let wrong = |what: String| Deviation { line: number, what };
        if let Line::Card(name) = &line {
            let mut fresh = Phone::new(name, 0, NEW_YEAR).map_err(|_| wrong("no such card".to_owned()))?;
            fresh.receive_keys(KEYS);
            phone = Some(fresh);
            continue;
        }
        let Some(phone) = &mut phone else { return Err(wrong("no card yet".to_owned())) };
        match line {
            Line::Card(_) => {}
            Line::Holder(decision) => phone.decide(decision).map_err(|error| wrong(error.to_string()))?,
            Line::Clock(ms) => phone.wait(ms),
            Line::Field(_) => report = Some(phone.leave_field()),
            Line::Exchange(command, expected) => {
                let answer = phone.process(&command);
                let same = |(expected, byte): (&Option<u8>, &u8)| expected.is_none_or(|expected| expected == *byte);
                if answer.len() != expected.len() || !expected.iter().zip(&answer).all(same) {
                    return Err(wrong(format!("the card answers {}", hex(&answer))));
                }
                exchanges = exchanges.saturating_add(1);
            }
            Line::Report(outcome, reason) => {
                let report = report.take().ok_or_else(|| wrong("`=` follows `!field`".to_owned()))?;
                let told = (report.outcome.name(), report.reason.map(|reason| reason.name()));
                if told != (outcome.as_str(), reason.as_deref()) {
                    return Err(wrong(format!("the card reports {} {}", told.0, told.1.unwrap_or("-"))));
                }
            }
        }
    }
    Ok(exchanges)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong_line(text: &str) -> usize {
        replay(text).unwrap_err().line
    }

    #[test]
    fn a_transcript_is_played_to_its_end() {
        assert_eq!(
            replay("# why\n!card kernel3-cvn18\n\n> 00A4\n# too short\n< 6700\n!field lost\n= nothing -\n"),
            Ok(1)
        );
    }

    #[test]
    fn every_deviation_is_named_with_its_line() {
        assert_eq!(wrong_line("> 00A4\n< 6700"), 1, "no card");
        assert_eq!(wrong_line("!card none"), 1);
        assert_eq!(wrong_line("!card kernel3-cvn18\n> 00A4\n< 6701"), 2);
        assert_eq!(wrong_line("!card kernel3-cvn18\n> 00A4\n< 67"), 2);
        assert_eq!(wrong_line("!card kernel3-cvn18\n> 00A4\n> 00A4"), 3, "two commands");
        assert_eq!(wrong_line("!card kernel3-cvn18\n> 00A4"), 2, "no answer");
        assert_eq!(wrong_line("!card kernel3-cvn18\n!field lost\n= torn -"), 3);
        assert_eq!(wrong_line("!card kernel3-cvn18\n= nothing -"), 2, "no ending before it");
        for unknown in [
            "!dance",
            "arm",
            "!arm 5",
            "!arm 5 EUR",
            "!taps",
            "!taps -1",
            "!gates on",
            "!field",
            "!field gone",
            "!clock 5",
            "!clock -5",
            "> 0",
            "< 9000",
            "> zz\n< 9000",
        ] {
            assert_eq!(wrong_line(&format!("!card kernel3-cvn18\n{unknown}")), 2, "{unknown}");
        }
    }

    #[test]
    fn two_points_stand_for_any_byte() {
        assert_eq!(pattern("9F26 .. 00"), Some(vec![Some(0x9F), Some(0x26), None, Some(0)]));
        assert_eq!(pattern("9."), None);
        assert_eq!(pattern("900"), None);
    }
}
