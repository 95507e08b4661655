//! What a person may see of an exchange: decoded, with the token, track data and what else names an account covered, or whole.

use hcepay_desk::decoded::{Decoded, Purpose, decoded};
use hcepay_desk::page::{NO_BREAK, Row};
use hcepay_tests::bytes::hex;
use hcepay_tests::terminal::Exchange;

use crate::cards::last_four;

/// How much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Show {
    /// Of the token the last four digits, of other account data nothing.
    Covered,
    /// Every byte: test tokens are no secret.
    Whole,
}

/// A command and its answer, for the eye.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The command in one word, for programs.
    pub code: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub purpose: Purpose,
    /// Its bytes in hexadecimal, a space between its parts.
    pub command: String,
    /// The answer's bytes; `••` for a byte that is covered.
    pub response: String,
    /// The status word, if there is one.
    pub status: Option<u16>,
    /// What the terminal sends.
    pub sent: Vec<ShownRow>,
    /// What the card answers.
    pub answered: Vec<ShownRow>,
}

/// A data object, or a field within one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownRow {
    /// How many templates it is in.
    pub depth: usize,
    /// The tag in hexadecimal; empty for a field within an object.
    pub tag: String,
    /// The name.
    pub name: String,
    /// The value in hexadecimal; `••` for a byte that is covered; empty where rows below show it.
    pub value: String,
    /// What it means; empty where it speaks for itself.
    pub meaning: String,
}

/// Name, track data, token, bank account, payment account reference.
const ACCOUNT_DATA: [&str; 5] = ["57", "5A", "5F20", "5F53", "9F24"];

/// All exchanges of one contact.
pub fn shown(exchanges: &[Exchange], show: Show) -> Vec<Shown> {
    let decoded = decoded(exchanges);
    let covered = match show {
        Show::Covered => decoded.iter().flat_map(|exchange| &exchange.answered).flat_map(secrets).collect(),
        Show::Whole => Vec::new(),
    };
    decoded.into_iter().map(|exchange| one(exchange, show, &covered)).collect()
}

fn one(exchange: Decoded, show: Show, covered: &[Vec<u8>]) -> Shown {
    let Decoded { name, purpose, parts, sent, status, data, answered, is_tlv } = exchange;
    let is_directory = parts.get(2).is_some_and(|data| data.starts_with(b"2PAY"));
    let code = match name {
        "SELECT" if is_directory => "select-directory",
        "SELECT" if purpose == Purpose::ChooseCoupons => "select-coupons",
        "SELECT" => "select",
        "GET PROCESSING OPTIONS" => "get-processing-options",
        "READ RECORD" => "read-record",
        "GENERATE AC" => "generate-ac",
        "GET DATA" => "get-data",
        _ => "unknown",
    };
    let parts: Vec<String> = parts.iter().filter(|part| !part.is_empty()).map(|part| hex(part)).collect();
    // What cannot be read may hold anything.
    let is_unread = show == Show::Covered && !is_tlv;
    let bytes = if is_unread { "••".repeat(data.len()) } else { visible(&data, covered) };
    let word = status.map(|status| format!("{status:04X}"));
    let response: Vec<String> = [Some(bytes), word].into_iter().flatten().filter(|part| !part.is_empty()).collect();
    let answered = if is_unread { Vec::new() } else { answered };
    Shown {
        code,
        name,
        purpose,
        command: parts.join(" "),
        response: response.join(" "),
        status,
        sent: sent.into_iter().map(|row| self::row(row, Show::Whole, &[])).collect(),
        answered: answered.into_iter().map(|row| self::row(row, show, covered)).collect(),
    }
}

fn row(row: Row, show: Show, covered: &[Vec<u8>]) -> ShownRow {
    let is_covered = show == Show::Covered && ACCOUNT_DATA.contains(&row.tag.as_str());
    let (value, meaning) = match is_covered {
        true => ("••".repeat(row.value.len()), covered_meaning(&row)),
        false => (visible(&row.value, covered), row.meaning),
    };
    // Where a line is broken is a screen's own business.
    let meaning = meaning.replace(NO_BREAK, " ");
    ShownRow { depth: row.depth, tag: row.tag, name: row.name, value, meaning }
}

fn covered_meaning(row: &Row) -> String {
    match token(row) {
        Some(token) => format!("a token that ends in {}", last_four(&token)),
        None => "covered".to_owned(),
    }
}

/// The digits of the token in a row that has one.
fn token(row: &Row) -> Option<String> {
    let digits = hex(&row.value);
    match row.tag.as_str() {
        "57" => digits.split_once('D').map(|(token, _)| token.to_owned()),
        "5A" => Some(digits.trim_end_matches('F').to_owned()),
        _ => None,
    }
}

/// The bytes that are seen nowhere in this contact: an object of account data, and the whole bytes of its token.
fn secrets(row: &Row) -> Vec<Vec<u8>> {
    if !ACCOUNT_DATA.contains(&row.tag.as_str()) || row.value.is_empty() {
        return Vec::new();
    }
    let token = token(row).map(|token| row.value.iter().take(token.len() / 2).copied().collect::<Vec<u8>>());
    [Some(row.value.clone()), token.filter(|token| token.len() >= 4)].into_iter().flatten().collect()
}

/// Hexadecimal, with every occurrence of what is covered covered.
fn visible(bytes: &[u8], covered: &[Vec<u8>]) -> String {
    let mut is_covered = vec![false; bytes.len()];
    for secret in covered {
        for (at, window) in bytes.windows(secret.len()).enumerate() {
            if window == secret.as_slice() {
                is_covered.iter_mut().skip(at).take(secret.len()).for_each(|covered| *covered = true);
            }
        }
    }
    let byte = |(byte, covered): (&u8, &bool)| if *covered { "••".to_owned() } else { format!("{byte:02X}") };
    bytes.iter().zip(&is_covered).map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hcepay_tests::bytes::from_hex;

    const SELECT: &str = "00A4040007 A0000000031010 00";
    const OPTIONS: &str = "80A8000002 8300 00";
    const ANSWERED: &str =
        "7729 8202 2000 5713 1122334455667788D23072010000043299995F 9F2608 52D7F6595EFD1E2A 9F3602 0005 9000";

    fn contact(pairs: &[(&str, &str)], show: Show) -> Vec<Shown> {
        let exchange = |(command, response): &(&str, &str)| Exchange {
            command: from_hex(command).unwrap(),
            response: from_hex(response).unwrap(),
        };
        shown(&pairs.iter().map(exchange).collect::<Vec<Exchange>>(), show)
    }

    #[test]
    fn of_a_token_the_last_four_digits_are_seen_and_of_track_data_nothing() {
        let pairs = [(SELECT, "6A82"), (OPTIONS, ANSWERED)];
        let seen = contact(&pairs, Show::Covered);
        let everything = format!("{seen:?}");
        assert!(!everything.contains("11223344") && !everything.contains("D2307") && !everything.contains("55667788"));
        let track = seen[1].answered.iter().find(|row| row.tag == "57").unwrap();
        assert_eq!((track.value.as_str(), track.meaning.as_str()), (&*"••".repeat(19), "a token that ends in 7788"));
        assert!(
            seen[1].response.contains(&format!("5713{}9F2608", "••".repeat(19))) && seen[1].response.ends_with(" 9000")
        );
        assert_eq!((seen[0].code, seen[0].status, seen[0].answered.len()), ("select", Some(0x6A82), 0));
        let whole = format!("{:?}", contact(&pairs, Show::Whole));
        assert!(whole.contains("1122334455667788D23072010000043299995F"));
    }

    #[test]
    fn a_token_that_comes_a_second_time_elsewhere_is_covered_there_too() {
        // As discretionary data of another object, and as a record's 5A.
        let pairs = [
            (OPTIONS, ANSWERED),
            (OPTIONS, "700D 9F0A0A 00112233445566778800 9000"),
            ("00B2011400", "700A 5A08 1122334455667788 9000"),
        ];
        let seen = contact(&pairs, Show::Covered);
        let everything = format!("{seen:?}");
        assert!(!everything.contains("1122334455667788"), "{everything}");
        let other = seen[1].answered.iter().find(|row| row.tag == "9F0A").unwrap();
        assert_eq!(other.value, format!("00{}00", "••".repeat(8)));
    }

    #[test]
    fn of_an_answer_that_cannot_be_read_only_the_status_word_is_seen() {
        let seen = contact(&[(OPTIONS, "1122334455667788 9000"), (OPTIONS, "11")], Show::Covered);
        assert_eq!(seen[0].response, format!("{} 9000", "••".repeat(8)));
        assert_eq!((seen[1].response.as_str(), seen[1].status), ("••", None));
        assert!(seen.iter().all(|exchange| exchange.answered.is_empty()));
    }

    #[test]
    fn the_directory_has_a_code_of_its_own() {
        let seen =
            contact(&[("00A404000E 325041592E5359532E4444463031 00", "6A82"), ("8012000000", "6D00")], Show::Covered);
        assert_eq!(seen[0].code, "select-directory");
        assert_eq!(seen[0].command, "00A40400 0E 325041592E5359532E4444463031 00");
        assert_eq!((seen[1].code, seen[1].status, seen[1].purpose), ("unknown", Some(0x6D00), Purpose::Unknown));
    }
}
