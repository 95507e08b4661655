//! Commands and answers of a contact as text for a person.

use std::time::Duration;

use hcepay_tests::terminal::Exchange;

use crate::decoded::{Decoded, decoded};
use crate::names;
use crate::page::{BAD, DIM, GOOD, Page, microseconds, styled};

/// Writes all exchanges of one contact, each with the time that the card took for it.
pub fn exchanges(page: &mut Page, exchanges: &[Exchange], times: &[Duration]) {
    let times = times.iter().map(Some).chain(std::iter::repeat(None));
    for ((number, decoded), time) in (1..).zip(decoded(exchanges)).zip(times) {
        let remark = time.map_or_else(String::new, |time| format!("card {}", microseconds(*time)));
        show(page, number, &decoded, &remark);
        page.gap();
    }
}

fn show(page: &mut Page, number: u32, decoded: &Decoded, remark: &str) {
    page.heading(&format!("{number} {}", decoded.name), remark);
    page.sentences(DIM, 2, &decoded.purpose.sentence());
    page.bytes('>', &decoded.parts.iter().map(Vec::as_slice).collect::<Vec<&[u8]>>());
    decoded.sent.iter().for_each(|row| page.row(row));
    let Some(status) = decoded.status else {
        page.bytes('<', &[&decoded.data]);
        page.line(&styled(BAD, "    an answer without status word"));
        return;
    };
    page.bytes('<', &[&decoded.data, &status.to_be_bytes()]);
    self::status(page, status);
    decoded.answered.iter().for_each(|row| page.row(row));
}

/// Writes what a status word says.
pub fn status(page: &mut Page, status: u16) {
    let style = if status == 0x9000 { GOOD } else { BAD };
    page.sentences(style, 4, &format!("{status:04X}  {}", names::status_word(status)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use hcepay_tests::bytes::from_hex;

    fn shown(pairs: &[(&str, &str)]) -> String {
        let exchange = |(command, response): &(&str, &str)| Exchange {
            command: from_hex(command).unwrap(),
            response: from_hex(response).unwrap(),
        };
        let list: Vec<Exchange> = pairs.iter().map(exchange).collect();
        let mut page = Page::default();
        exchanges(&mut page, &list, &[Duration::from_micros(7)]);
        anstream::adapter::strip_str(page.text()).to_string()
    }

    /// The line that begins with this tag, with single spaces.
    fn line(text: &str, tag: &str) -> String {
        let found = text.lines().find(|line| line.trim_start().starts_with(&format!("{tag} ")));
        found.unwrap_or_default().split_whitespace().collect::<Vec<&str>>().join(" ")
    }

    const SELECT: &str = "00A4040007 A0000000031010 00";
    /// The published FCI of a mobile card.
    const FCI: &str = "6F348407A0000000031010A5299F381B9F66049F02069F03069F1A0295055F2A029A039C019F37049F4E14\
                       BF0C089F5A054007020702 9000";
    const VALUES: &str = "27000000 000000000001 000000000000 0156 0000080000 0156 130322 01 11223344";

    #[test]
    fn values_are_cut_by_the_list_that_the_card_sent_before() {
        let merchant = "00".repeat(20);
        let text = shown(&[(SELECT, FCI), (&format!("80A8000037 8335 {VALUES} {merchant} 00"), "6985")]);
        assert_eq!(line(&text, "9F02"), "9F02 Amount, Authorised (Numeric) 000000000001 0.01 CNY");
        assert_eq!(line(&text, "9F37"), "9F37 Unpredictable Number (UN) 11223344 random: no old answer fits it");
        assert_eq!(line(&text, "9A"), "9A Transaction Date 130322 2013-03-22");
        assert!(text.contains("6985  conditions of use not satisfied"));
    }

    #[test]
    fn values_without_a_list_are_shown_and_said_to_be_so() {
        let text = shown(&[("80A8000006 8304 01020304 00", "6985")]);
        assert_eq!(line(&text, "values"), "values that the card's list does not name 01020304");
        let text = shown(&[(SELECT, FCI), (SELECT, "6A82"), ("80A8000006 8304 01020304 00", "6985")]);
        assert_eq!(line(&text, "values"), "values that the card's list does not name 01020304");
    }

    #[test]
    fn the_heading_has_the_command_s_name_and_the_card_s_time() {
        let text = shown(&[("00B2011400", "6A83"), ("8012000000", "6D00")]);
        assert!(text.starts_with("1 READ RECORD  ") && text.lines().next().unwrap().ends_with("  card 7.0 µs"));
        assert!(text.contains("record 1 of file 2") && text.contains("6A83  no such record"));
        assert!(text.contains("2 unknown command"));
    }

    #[test]
    fn nested_objects_are_indented_and_every_byte_is_there() {
        let text = shown(&[(SELECT, FCI)]);
        assert!(text.contains("\n    6F    File Control") && text.contains("\n      A5    FCI Proprietary"));
        assert!(text.contains("\n        BF0C  FCI Issuer") && text.contains("\n          9F5A  Application Program"));
        let bytes: String = text.chars().filter(|character| !character.is_whitespace()).collect();
        assert!(bytes.contains(&FCI.replace(' ', "")));
    }

    #[test]
    fn the_issuer_application_data_are_shown_field_by_field() {
        let text = shown(&[(SELECT, FCI), ("80A8000002830000", "770A 9F1007 06011203A00000 9000")]);
        assert!(text.contains("Derivation Key Index (DKI)") && text.contains("Card Verification Results (CVR)"));
    }

    #[test]
    fn any_bytes_are_shown_without_panic() {
        for length in 0..24 {
            for byte in [0x00, 0x1F, 0x6F, 0x77, 0x83, 0xFF] {
                let bytes = vec![byte; length];
                let list = [Exchange { command: bytes.clone(), response: bytes.clone() }];
                exchanges(&mut Page::default(), &list, &[]);
                for header in [[0x00, 0xA4, 0x04, 0x00], [0x80, 0xA8, 0x00, 0x00], [0x80, 0xAE, 0x80, 0x00]] {
                    let command = [&header, &bytes[..]].concat();
                    exchanges(&mut Page::default(), &[Exchange { command, response: bytes.clone() }], &[]);
                }
            }
        }
    }
}
