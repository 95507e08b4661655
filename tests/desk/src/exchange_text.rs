//! Commands and answers, decoded tag by tag.
//!
//! The values that a terminal sends for a data object list carry no tags: they are cut by the list that the card sent
//! before, in the same contact.

use std::time::Duration;

use hcepay_tests::bytes::hex;
use hcepay_tests::terminal::{Exchange, Kernel};
use iso7816_tlv::ber::{Tag, Tlv, Value};

use crate::meaning::issuer_application_data::fields;
use crate::meaning::{Setting, currency_number, default_kernel, list_entries, meaning};
use crate::names;
use crate::page::{BAD, DIM, GOOD, Page, Row, microseconds, styled};

/// Writes all exchanges of one contact, each with the time that the card took for it.
pub fn exchanges(page: &mut Page, exchanges: &[Exchange], times: &[Duration]) {
    let mut contact = Contact::default();
    let times = times.iter().map(Some).chain(std::iter::repeat(None));
    for ((number, exchange), time) in (1..).zip(exchanges).zip(times) {
        let remark = time.map_or_else(String::new, |time| format!("card {}", microseconds(*time)));
        contact.show(page, number, exchange, &remark);
        page.gap();
    }
}

/// What the card has said so far, as far as later bytes are read by it.
#[derive(Debug, Default)]
struct Contact {
    setting: Setting,
    processing_options_list: Vec<u8>,
    cdol1: Vec<u8>,
}

/// A short command, taken apart.
struct Command<'a> {
    class: u8,
    instruction: u8,
    p1: u8,
    p2: u8,
    /// The parts as they lie one behind the other: header, Lc, data, Le.
    parts: [&'a [u8]; 4],
}

impl<'a> Command<'a> {
    /// Cases 1 to 4, short (ISO/IEC 7816-3, section 12.1). Terminals of ours send no others.
    fn read(command: &'a [u8]) -> Option<Command<'a>> {
        let (header, body) = command.split_at_checked(4)?;
        let (lc, data, le) = match body {
            [] | [_] => (&[][..], &[][..], body),
            [length, ..] => {
                let (lc, rest) = body.split_at_checked(1)?;
                let (data, le) = rest.split_at_checked(usize::from(*length))?;
                (lc, data, le)
            }
        };
        let [class, instruction, p1, p2] = *header.as_array()?;
        (le.len() <= 1).then_some(Command { class, instruction, p1, p2, parts: [header, lc, data, le] })
    }

    fn data(&self) -> &'a [u8] {
        let [_, _, data, _] = self.parts;
        data
    }
}

impl Contact {
    fn show(&mut self, page: &mut Page, number: u32, exchange: &Exchange, remark: &str) {
        let command = Command::read(&exchange.command);
        let (name, purpose) = match &command {
            Some(command) => (names::command(command.class, command.instruction), self.purpose(command)),
            None => ("not a short command", String::new()),
        };
        page.heading(&format!("{number} {name}"), remark);
        page.sentences(DIM, 2, &purpose);
        match &command {
            Some(command) => {
                page.bytes('>', &command.parts);
                self.show_data(page, command);
            }
            None => page.bytes('>', &[&exchange.command]),
        }
        self.show_answer(page, &exchange.response);
    }

    /// What the command is for, in a sentence for someone who has never seen one.
    fn purpose(&mut self, command: &Command<'_>) -> String {
        match (names::command(command.class, command.instruction), self.setting.kernel) {
            ("SELECT", _) if command.data().starts_with(b"2PAY") => {
                "The terminal asks for the payment directory (PPSE): which applications are there?".to_owned()
            }
            ("SELECT", _) => {
                // What another application said counts no more.
                *self = Contact::default();
                self.setting.kernel = default_kernel(command.data());
                "The terminal chooses an application.".to_owned()
            }
            ("GET PROCESSING OPTIONS", Some(Kernel::Kernel2)) => {
                "The terminal asks what the card can do (AIP) and which records there are (AFL).".to_owned()
            }
            ("GET PROCESSING OPTIONS", _) => {
                "The terminal names the purchase and asks for a cryptogram over it, which costs the card a key."
                    .to_owned()
            }
            ("READ RECORD", _) => {
                format!("The terminal reads record {} of file {}.", command.p1, command.p2 >> 3)
            }
            ("GENERATE AC", _) => {
                let asked = match command.p1 >> 6 {
                    0b10 => "a cryptogram over it (ARQC), which costs the card a key.",
                    0b01 => "approval without the issuer (TC).",
                    _ => "a decline (AAC).",
                };
                format!("The terminal names the purchase and asks for {asked}")
            }
            _ => String::new(),
        }
    }

    fn show_data(&mut self, page: &mut Page, command: &Command<'_>) {
        match names::command(command.class, command.instruction) {
            "SELECT" => self.show_object(page, 0, 0x84, command.data()),
            "GET PROCESSING OPTIONS" => match Tlv::from_bytes(command.data()) {
                Ok(template) if template.tag().to_bytes() == [0x83] => {
                    let Value::Primitive(values) = template.value() else { return };
                    page.row(&self.row(0, 0x83, &[]));
                    let list = std::mem::take(&mut self.processing_options_list);
                    self.show_values(page, 1, &list, values);
                }
                _ => not_tlv(page, 0, command.data()),
            },
            "GENERATE AC" => {
                let list = std::mem::take(&mut self.cdol1);
                self.show_values(page, 0, &list, command.data());
            }
            _ => {}
        }
    }

    /// Values without tags, cut by their list.
    fn show_values(&mut self, page: &mut Page, depth: usize, list: &[u8], values: &[u8]) {
        let entries = list_entries(list).unwrap_or_default();
        let mut rest = values;
        let mut cut = Vec::new();
        for (tag, length) in entries {
            let Some((value, behind)) = rest.split_at_checked(length) else { break };
            if tag == 0x5F2A {
                self.setting.currency = currency_number(value);
            }
            cut.push((tag, value));
            rest = behind;
        }
        for (tag, value) in cut {
            self.show_object(page, depth, tag, value);
        }
        if !rest.is_empty() {
            let name = "values that the card's list does not name".to_owned();
            page.row(&Row { depth, name, value: rest.to_vec(), ..Row::default() });
        }
    }

    fn show_answer(&mut self, page: &mut Page, response: &[u8]) {
        let Some((data, status)) = response.split_last_chunk::<2>() else {
            page.bytes('<', &[response]);
            page.line(&styled(BAD, "    an answer without status word"));
            return;
        };
        page.bytes('<', &[data, status]);
        let status = u16::from_be_bytes(*status);
        let style = if status == 0x9000 { GOOD } else { BAD };
        page.sentences(style, 4, &format!("{status:04X}  {}", names::status_word(status)));
        // An AAC gives other objects of the same answer another meaning, wherever it stands.
        let cid = Tlv::from_bytes(data).ok();
        let cid = cid.as_ref().and_then(|answer| answer.find(&Tag::try_from(0x9F27_u16).ok()?)).map(Tlv::value);
        self.setting.declined =
            matches!(cid, Some(Value::Primitive(cid)) if cid.first().is_some_and(|cid| cid >> 6 == 0));
        self.show_objects(page, 0, data);
    }

    fn show_objects(&mut self, page: &mut Page, depth: usize, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let (object, rest) = Tlv::parse(bytes);
            match object {
                Ok(object) => self.show_tlv(page, depth, &object),
                Err(_) => return not_tlv(page, depth, bytes),
            }
            bytes = rest;
        }
    }

    fn show_tlv(&mut self, page: &mut Page, depth: usize, object: &Tlv) {
        let tag = object.tag().to_bytes().iter().fold(0, |tag, byte| tag << 8 | u32::from(*byte));
        match object.value() {
            Value::Constructed(inner) => {
                page.row(&self.row(depth, tag, &[]));
                for object in inner {
                    self.show_tlv(page, depth.saturating_add(1), object);
                }
            }
            Value::Primitive(value) => {
                match tag {
                    0x9F38 => self.processing_options_list.clone_from(value),
                    0x8C => self.cdol1.clone_from(value),
                    _ => {}
                }
                self.show_object(page, depth, tag, value);
            }
        }
    }

    fn show_object(&self, page: &mut Page, depth: usize, tag: u32, value: &[u8]) {
        page.row(&Row { meaning: meaning(tag, value, self.setting), ..self.row(depth, tag, value) });
        if tag == 0x9F10 {
            for field in fields(value) {
                let depth = depth.saturating_add(4);
                let (name, value, meaning) = (field.name.to_owned(), field.value, field.meaning);
                page.row(&Row { depth, tag: String::new(), name, value, meaning });
            }
        }
    }

    fn row(&self, depth: usize, tag: u32, value: &[u8]) -> Row {
        let name = names::data_object(tag, self.setting.kernel).to_owned();
        Row { depth, tag: format!("{tag:02X}"), name, value: value.to_vec(), meaning: String::new() }
    }
}

fn not_tlv(page: &mut Page, depth: usize, bytes: &[u8]) {
    let meaning = "no BER-TLV data object".to_owned();
    page.row(&Row { depth, name: hex(bytes).chars().take(40).collect(), meaning, ..Row::default() });
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
