//! Commands and answers, decoded tag by tag, as rows that a page, or an app, shows.
//!
//! The values that a terminal sends for a data object list carry no tags: they are cut by the list that the card sent
//! before, in the same contact.

use hcepay_tests::bytes::hex;
use hcepay_tests::terminal::coupon;
use hcepay_tests::terminal::{Exchange, Kernel};
use iso7816_tlv::ber::{Tag, Tlv, Value};

use crate::meaning::issuer_application_data::fields;
use crate::meaning::{Setting, currency_number, list_entries, meaning};
use crate::names;
use crate::page::Row;

/// A command and its answer, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The command's name.
    pub name: &'static str,
    /// What it is for.
    pub purpose: Purpose,
    /// The command's bytes: header, Lc, data, Le; in one piece where it is no short command.
    pub parts: Vec<Vec<u8>>,
    /// What the terminal sends in it.
    pub sent: Vec<Row>,
    /// The answer's status word. Without one, the answer cannot be decoded.
    pub status: Option<u16>,
    /// The answer's data.
    pub data: Vec<u8>,
    /// What is in them.
    pub answered: Vec<Row>,
    /// All of them are BER-TLV.
    pub is_tlv: bool,
}

/// What a command is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// SELECT of the directory.
    AskDirectory,
    /// SELECT of an application.
    ChooseApplication,
    /// SELECT of the application of coupons.
    ChooseCoupons,
    /// Its GET PROCESSING OPTIONS.
    AskCoupon,
    /// GET PROCESSING OPTIONS of kernel 2.
    AskAbilities,
    /// GET PROCESSING OPTIONS of the others.
    AskCryptogram,
    /// READ RECORD.
    ReadRecord {
        /// Its number in the file.
        record: u8,
        /// Short file identifier.
        file: u8,
    },
    /// GENERATE AC: an ARQC.
    AskIssuersWord,
    /// GENERATE AC: a TC.
    AskApproval,
    /// GENERATE AC: an AAC.
    AskDecline,
    /// Of a command that is not known.
    Unknown,
}

impl Purpose {
    /// Words joined by hyphens, the same in every version.
    pub fn name(self) -> &'static str {
        match self {
            Purpose::AskDirectory => "ask-directory",
            Purpose::ChooseApplication => "choose-application",
            Purpose::ChooseCoupons => "choose-coupons",
            Purpose::AskCoupon => "ask-coupon",
            Purpose::AskAbilities => "ask-abilities",
            Purpose::AskCryptogram => "ask-cryptogram",
            Purpose::ReadRecord { .. } => "read-record",
            Purpose::AskIssuersWord => "ask-issuers-word",
            Purpose::AskApproval => "ask-approval",
            Purpose::AskDecline => "ask-decline",
            Purpose::Unknown => "unknown",
        }
    }

    /// A sentence for someone who has never seen one; empty for a command that is not known.
    pub fn sentence(self) -> String {
        let words = match self {
            Purpose::AskDirectory => {
                "The terminal asks for the payment directory (PPSE): which applications are there?"
            }
            Purpose::ChooseApplication => "The terminal chooses an application.",
            Purpose::ChooseCoupons => "The terminal asks whether there is a coupon, before the payment.",
            Purpose::AskCoupon => {
                "The terminal says whose coupons it takes and asks for a use of one, which costs the coupon that use."
            }
            Purpose::AskAbilities => "The terminal asks what the card can do (AIP) and which records there are (AFL).",
            Purpose::AskCryptogram => {
                "The terminal names the purchase and asks for a cryptogram over it, which costs the card a key."
            }
            Purpose::ReadRecord { record, file } => {
                return format!("The terminal reads record {record} of file {file}.");
            }
            Purpose::AskIssuersWord => {
                "The terminal names the purchase and asks for a cryptogram over it (ARQC), which costs the card a key."
            }
            Purpose::AskApproval => "The terminal names the purchase and asks for approval without the issuer (TC).",
            Purpose::AskDecline => "The terminal names the purchase and asks for a decline (AAC).",
            Purpose::Unknown => "",
        };
        words.to_owned()
    }
}

/// Decodes all exchanges of one contact.
pub fn decoded(exchanges: &[Exchange]) -> Vec<Decoded> {
    let mut contact = Contact::default();
    exchanges.iter().map(|exchange| contact.decoded(exchange)).collect()
}

/// What a command of this header is for; of SELECT with the name that is selected, of the others by the
/// application that was selected before.
pub fn purpose(header: [u8; 4], selected: &[u8], setting: Setting) -> Purpose {
    let [class, instruction, p1, p2] = header;
    match (names::command(class, instruction), setting.kernel) {
        ("SELECT", _) if selected.starts_with(b"2PAY") => Purpose::AskDirectory,
        ("SELECT", _) if selected == coupon::NAME => Purpose::ChooseCoupons,
        ("SELECT", _) => Purpose::ChooseApplication,
        ("GET PROCESSING OPTIONS", _) if setting.is_of_coupons => Purpose::AskCoupon,
        ("GET PROCESSING OPTIONS", Some(Kernel::Kernel2)) => Purpose::AskAbilities,
        ("GET PROCESSING OPTIONS", _) => Purpose::AskCryptogram,
        ("READ RECORD", _) => Purpose::ReadRecord { record: p1, file: p2 >> 3 },
        ("GENERATE AC", _) => match p1 >> 6 {
            0b10 => Purpose::AskIssuersWord,
            0b01 => Purpose::AskApproval,
            _ => Purpose::AskDecline,
        },
        _ => Purpose::Unknown,
    }
}

/// A data object as a row, with what its value means.
pub fn data_object(depth: usize, tag: u32, value: &[u8], setting: Setting) -> Row {
    let name = names::data_object(tag, setting).to_owned();
    Row { depth, tag: format!("{tag:02X}"), name, value: value.to_vec(), meaning: meaning(tag, value, setting) }
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
    header: [u8; 4],
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
        let parts = [header, lc, data, le];
        (le.len() <= 1).then_some(Command { header: *header.as_array()?, parts })
    }

    fn name(&self) -> &'static str {
        let [class, instruction, ..] = self.header;
        names::command(class, instruction)
    }

    fn data(&self) -> &'a [u8] {
        let [_, _, data, _] = self.parts;
        data
    }
}

impl Contact {
    fn decoded(&mut self, exchange: &Exchange) -> Decoded {
        let (name, purpose, parts, sent) = match Command::read(&exchange.command) {
            Some(command) => {
                let name = command.name();
                let purpose = purpose(command.header, command.data(), self.setting);
                if matches!(purpose, Purpose::ChooseApplication | Purpose::ChooseCoupons) {
                    // What another application said counts no more.
                    *self = Contact { setting: Setting::selected(command.data()), ..Contact::default() };
                }
                let parts = command.parts.map(<[u8]>::to_vec).to_vec();
                (name, purpose, parts, self.sent(&command))
            }
            None => ("not a short command", Purpose::Unknown, vec![exchange.command.clone()], Vec::new()),
        };
        let Some((data, status)) = exchange.response.split_last_chunk::<2>() else {
            let (status, data, answered) = (None, exchange.response.clone(), Vec::new());
            return Decoded { name, purpose, parts, sent, status, data, answered, is_tlv: false };
        };
        // An AAC gives other objects of the same answer another meaning, wherever it stands.
        let cid = Tlv::from_bytes(data).ok();
        let cid = cid.as_ref().and_then(|answer| answer.find(&Tag::try_from(0x9F27_u16).ok()?)).map(Tlv::value);
        self.setting.declined =
            matches!(cid, Some(Value::Primitive(cid)) if cid.first().is_some_and(|cid| cid >> 6 == 0));
        let mut answered = Vec::new();
        let is_tlv = self.objects(&mut answered, data);
        let (status, data) = (Some(u16::from_be_bytes(*status)), data.to_vec());
        Decoded { name, purpose, parts, sent, status, data, answered, is_tlv }
    }

    fn sent(&mut self, command: &Command<'_>) -> Vec<Row> {
        let mut rows = Vec::new();
        match command.name() {
            "SELECT" => self.object(&mut rows, 0, 0x84, command.data()),
            "GET PROCESSING OPTIONS" => match Tlv::from_bytes(command.data()) {
                Ok(template) if template.tag().to_bytes() == [0x83] => {
                    let Value::Primitive(values) = template.value() else { return rows };
                    rows.push(data_object(0, 0x83, &[], self.setting));
                    let list = std::mem::take(&mut self.processing_options_list);
                    self.values(&mut rows, 1, &list, values);
                }
                _ => rows.push(not_tlv(0, command.data())),
            },
            "GENERATE AC" => {
                let list = std::mem::take(&mut self.cdol1);
                self.values(&mut rows, 0, &list, command.data());
            }
            _ => {}
        }
        rows
    }

    /// Values without tags, cut by their list.
    fn values(&mut self, rows: &mut Vec<Row>, depth: usize, list: &[u8], values: &[u8]) {
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
            self.object(rows, depth, tag, value);
        }
        if !rest.is_empty() {
            let name = "values that the card's list does not name".to_owned();
            rows.push(Row { depth, name, value: rest.to_vec(), ..Row::default() });
        }
    }

    /// Whether they are objects to the last byte.
    fn objects(&mut self, rows: &mut Vec<Row>, mut bytes: &[u8]) -> bool {
        while !bytes.is_empty() {
            let (object, rest) = Tlv::parse(bytes);
            match object {
                Ok(object) => self.tlv(rows, 0, &object),
                Err(_) => {
                    rows.push(not_tlv(0, bytes));
                    return false;
                }
            }
            bytes = rest;
        }
        true
    }

    fn tlv(&mut self, rows: &mut Vec<Row>, depth: usize, object: &Tlv) {
        let tag = object.tag().to_bytes().iter().fold(0, |tag, byte| tag << 8 | u32::from(*byte));
        match object.value() {
            Value::Constructed(inner) => {
                rows.push(Row { meaning: String::new(), ..data_object(depth, tag, &[], self.setting) });
                for object in inner {
                    self.tlv(rows, depth.saturating_add(1), object);
                }
            }
            Value::Primitive(value) => {
                match tag {
                    0x9F38 => self.processing_options_list.clone_from(value),
                    0x8C => self.cdol1.clone_from(value),
                    _ => {}
                }
                self.object(rows, depth, tag, value);
            }
        }
    }

    fn object(&self, rows: &mut Vec<Row>, depth: usize, tag: u32, value: &[u8]) {
        rows.push(data_object(depth, tag, value, self.setting));
        if tag == 0x9F10 {
            for field in fields(value) {
                let depth = depth.saturating_add(4);
                let (name, value, meaning) = (field.name.to_owned(), field.value, field.meaning);
                rows.push(Row { depth, tag: String::new(), name, value, meaning });
            }
        }
    }
}

fn not_tlv(depth: usize, bytes: &[u8]) -> Row {
    let meaning = "no BER-TLV data object".to_owned();
    Row { depth, name: hex(bytes).chars().take(40).collect(), meaning, ..Row::default() }
}
