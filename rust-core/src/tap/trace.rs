//! A redacted trace of the last contacts, for a person to paste into a bug report. It is kept in memory alone and dies with the
//! process. What may stand in it: [`shown`].
//!
//! Lines of text, in this format. Numbers are decimal, bytes are hexadecimal in capitals.
//!
//! | line | |
//! |---|---|
//! | `hcepay trace 1` | the first: whose it is, and the version of this format |
//! | `# …` | a remark, anywhere |
//! | `contact` | a contact begins; the oldest stands first. Only such stand here as are over |
//! | `> MS ms HEADER lc N le N NAME` | a command: milliseconds since the one before, CLA INS P1 P2, the length of its data, how much it takes at most (`-` where it does not say), what it is called (`unknown` where the card does not know it) |
//! | `> MS ms ? N` | one that is no command: its length |
//! | `< SW N` | its answer: the status word, the length of the data |
//! | `  TAG N VALUE` | a data object of the command or answer above, two spaces deeper for each template around it: its length, and its value where that may be shown. A template's objects follow it. `+` right behind a value: the rest of it is left out |
//! | `  ? N` | so many bytes that are no data objects |
//! | `left out N` | so many more exchanges, for which there was no room |
//! | `= OUTCOME REASON` | what the report says, the last line of a contact; `-` where there is no reason |
//!
//! Values that the terminal sends for a data object list have no tags: they are cut by the list that the card gave before.

mod shown;

use std::collections::VecDeque;

use crate::card::report::{Outcome, Reason};
use crate::emv::apdu::CommandApdu;
use crate::emv::command::Instruction;
use crate::emv::dol;
use crate::emv::tags::{self, Tag};
use crate::emv::tlv;
use crate::now::Now;
use crate::wire::{Fields, put_string16};
use zeroize::{Zeroize, Zeroizing};

const HEAD: &str = "hcepay trace 1\n\
                    # The last contacts of this process with readers, oldest first. What could name someone is left out.\n";
/// So many contacts that are over are kept.
const MOST_CONTACTS: usize = 8;
/// For the exchanges of one contact, in bytes of text. A tap of kernel 2 with all its certificates takes half of it.
const ROOM: usize = 4096;
/// For the lines behind them.
const ROOM_FOR_THE_END: usize = 96;
/// For exchanges as they were heard, in bytes.
const ROOM_TO_HEAR: usize = 4096;
/// Of each exchange there: milliseconds (8), and a length (2) before command and answer.
const AROUND_AN_EXCHANGE: usize = 12;
/// More than a line without its value takes.
const LINE: usize = 64;
/// Objects within more templates than that are not looked for.
const DEEPEST: usize = 8;
/// A registered application provider's identifier (RID), with which an application's name begins: whose application it is.
const PROVIDER: usize = 5;

/// The last contacts, and the one under way.
#[derive(Default)]
pub(crate) struct Trace {
    /// Oldest first.
    over: VecDeque<String>,
    under_way: UnderWay,
}

/// The contact under way.
#[derive(Default)]
struct UnderWay {
    /// Exchanges as they were heard: they become text when no terminal waits. Never told, and wiped.
    heard: Zeroizing<Vec<u8>>,
    text: String,
    left_out: u32,
    /// When its last command came.
    last: Option<Now>,
    /// The lists that the application has given.
    pdol: Vec<u8>,
    cdol1: Vec<u8>,
}

impl Trace {
    /// A command was answered.
    pub(crate) fn exchange(&mut self, now: Now, command: &[u8], answer: &[u8]) {
        let contact = &mut self.under_way;
        let before = contact.last.replace(now).unwrap_or(now);
        let gap = if before.boot_count == now.boot_count { now.boot_ms.saturating_sub(before.boot_ms) } else { 0 };
        contact.hear(gap, command, answer);
    }

    /// The contact is over.
    pub(crate) fn end(&mut self, outcome: Outcome, reason: Option<Reason>) {
        let contact = &mut self.under_way;
        contact.write_heard();
        if contact.left_out > 0 {
            contact.text.push_str("left out ");
            contact.decimal(contact.left_out.into());
            contact.text.push('\n');
        }
        let reason = reason.map_or("-", Reason::name);
        for part in ["= ", outcome.name(), " ", reason, "\n"] {
            contact.text.push_str(part);
        }
        self.over.push_back(std::mem::take(&mut contact.text));
        if self.over.len() > MOST_CONTACTS {
            // Its room is the next contact's.
            contact.text = self.over.pop_front().unwrap_or_default();
            contact.text.clear();
        }
        (contact.left_out, contact.last) = (0, None);
        contact.forget_lists();
    }

    /// The contacts that are over.
    pub(crate) fn text(&self) -> String {
        let length: usize = self.over.iter().map(String::len).sum();
        let mut text = String::with_capacity(HEAD.len().saturating_add(length));
        text.push_str(HEAD);
        self.over.iter().for_each(|contact| text.push_str(contact));
        text
    }
}

impl UnderWay {
    /// What a terminal waits for: a copy, and no more.
    fn hear(&mut self, gap: u64, command: &[u8], answer: &[u8]) {
        let length = command.len().saturating_add(answer.len()).saturating_add(AROUND_AN_EXCHANGE);
        if self.heard.len().saturating_add(length) > ROOM_TO_HEAR {
            self.write_heard();
        }
        if length > ROOM_TO_HEAR {
            return self.write_exchange(gap, command, answer);
        }
        // Once: it stays for the contacts to come.
        if self.heard.capacity() < ROOM_TO_HEAR {
            self.heard.reserve_exact(ROOM_TO_HEAR);
        }
        self.heard.extend_from_slice(&gap.to_be_bytes());
        put_string16(&mut self.heard, command);
        put_string16(&mut self.heard, answer);
    }

    fn write_heard(&mut self) {
        let mut heard = std::mem::take(&mut self.heard);
        let mut fields = Fields::of(&heard);
        while let (Some(gap), Some(command), Some(answer)) = (fields.u64(), fields.string16(), fields.string16()) {
            self.write_exchange(gap, command, answer);
        }
        heard.zeroize();
        self.heard = heard;
    }

    /// One exchange, where there is room for all of it.
    fn write_exchange(&mut self, gap: u64, command: &[u8], answer: &[u8]) {
        if self.text.is_empty() {
            self.text.reserve_exact(ROOM.saturating_add(ROOM_FOR_THE_END));
            self.text.push_str("contact\n");
        }
        let from = self.text.len();
        if self.left_out > 0 || self.write(gap, command, answer).is_none() {
            self.text.truncate(from);
            self.left_out = self.left_out.saturating_add(1);
        }
    }

    /// One exchange; `None` where there is no room for all of it.
    fn write(&mut self, gap: u64, command: &[u8], answer: &[u8]) -> Option<()> {
        let (data, status_word) = answer.split_last_chunk::<2>().unwrap_or((answer, &[0, 0]));
        self.has_room(0)?;
        self.text.push_str("> ");
        self.decimal(gap);
        self.text.push_str(" ms ");
        match CommandApdu::parse(command) {
            Ok(apdu) => self.command(&apdu, command, *status_word == [0x90, 0x00])?,
            Err(_) => {
                self.text.push_str("? ");
                self.decimal(wide(command.len()));
                self.text.push('\n');
            }
        }
        self.has_room(0)?;
        self.text.push_str("< ");
        self.hex(status_word);
        self.text.push(' ');
        self.decimal(wide(data.len()));
        self.text.push('\n');
        self.objects(0, data)
    }

    fn command(&mut self, apdu: &CommandApdu<'_>, command: &[u8], is_answered: bool) -> Option<()> {
        let instruction = Instruction::of(apdu).ok();
        self.hex(command.get(..4).unwrap_or_default());
        self.text.push_str(" lc ");
        self.decimal(wide(apdu.data.len()));
        self.text.push_str(" le ");
        match apdu.expected {
            Some(most) => self.decimal(wide(most)),
            None => self.text.push('-'),
        }
        self.text.push(' ');
        self.text.push_str(match instruction {
            Some(Instruction::Select) => "SELECT",
            Some(Instruction::GetProcessingOptions) => "GET PROCESSING OPTIONS",
            Some(Instruction::ReadRecord) => "READ RECORD",
            Some(Instruction::GenerateAc) => "GENERATE AC",
            Some(Instruction::GetData) => "GET DATA",
            None => "unknown",
        });
        self.text.push('\n');
        match instruction {
            Some(Instruction::Select) => {
                self.forget_lists();
                // What the card does not know by that name may be anything but the name of an application.
                let whole = is_answered || apdu.data == shown::DIRECTORY;
                let value = if whole { apdu.data } else { apdu.data.get(..PROVIDER).unwrap_or_default() };
                self.object(0, tags::DF_NAME, apdu.data.len(), value)
            }
            Some(Instruction::GetProcessingOptions) => match tlv::only(apdu.data, tags::COMMAND_TEMPLATE) {
                Ok(values) => {
                    self.object(0, tags::COMMAND_TEMPLATE, values.len(), &[])?;
                    let list = std::mem::take(&mut self.pdol);
                    let written = self.values(1, &list, values);
                    self.pdol = list;
                    written
                }
                Err(tlv::Malformed) => self.unknown(0, apdu.data.len()),
            },
            Some(Instruction::GenerateAc) => {
                let list = std::mem::take(&mut self.cdol1);
                let written = self.values(0, &list, apdu.data);
                self.cdol1 = list;
                written
            }
            _ => self.unknown(0, apdu.data.len()),
        }
    }

    /// Values without tags, where they are as long as their list asks.
    fn values(&mut self, depth: usize, list: &[u8], values: &[u8]) -> Option<()> {
        if dol::length(list) != Ok(values.len()) {
            return self.unknown(depth, values.len());
        }
        let (mut list, mut values) = (list, values);
        while let Ok((tag, length, further)) = dol::entry(list) {
            let (value, rest) = values.split_at_checked(length).unwrap_or((values, &[]));
            self.object(depth, tag, length, shown::of(tag, value))?;
            (list, values) = (further, rest);
        }
        Some(())
    }

    /// Data objects, and what is left of the bytes where they are none.
    fn objects(&mut self, depth: usize, mut bytes: &[u8]) -> Option<()> {
        while !bytes.is_empty() {
            let Ok((object, rest)) = tlv::read(bytes) else { break };
            if object.tag.is_constructed() && depth < DEEPEST {
                self.object(depth, object.tag, object.value.len(), &[])?;
                self.objects(depth.saturating_add(1), object.value)?;
            } else {
                match object.tag {
                    tags::PDOL => keep(&mut self.pdol, object.value),
                    tags::CDOL1 => keep(&mut self.cdol1, object.value),
                    _ => {}
                }
                self.object(depth, object.tag, object.value.len(), shown::of(object.tag, object.value))?;
            }
            bytes = rest;
        }
        self.unknown(depth, bytes.len())
    }

    /// One line; of the value as much as is given.
    fn object(&mut self, depth: usize, tag: Tag, length: usize, value: &[u8]) -> Option<()> {
        self.has_room(value.len())?;
        self.indent(depth);
        for byte in tag.bytes() {
            self.hex(&[byte]);
        }
        self.text.push(' ');
        self.decimal(wide(length));
        if !value.is_empty() {
            self.text.push(' ');
            self.hex(value);
            self.text.push_str(if value.len() < length { "+" } else { "" });
        }
        self.text.push('\n');
        Some(())
    }

    /// Bytes that are nothing known, if there are any.
    fn unknown(&mut self, depth: usize, length: usize) -> Option<()> {
        self.has_room(0)?;
        if length > 0 {
            self.indent(depth);
            self.text.push_str("? ");
            self.decimal(wide(length));
            self.text.push('\n');
        }
        Some(())
    }

    /// Whether another line fits, with so many bytes of value.
    fn has_room(&self, value: usize) -> Option<()> {
        let line = value.saturating_mul(2).saturating_add(LINE);
        (self.text.len().saturating_add(line) <= ROOM).then_some(())
    }

    fn indent(&mut self, depth: usize) {
        (0..=depth).for_each(|_| self.text.push_str("  "));
    }

    fn hex(&mut self, bytes: &[u8]) {
        const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
        let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0x0F]);
        self.text.extend(digits.filter_map(|digit| DIGITS.get(usize::from(digit))));
    }

    fn decimal(&mut self, number: u64) {
        if number > 9 {
            self.decimal(number / 10);
        }
        self.text.extend(char::from_digit(u32::try_from(number % 10).unwrap_or(0), 10));
    }

    fn forget_lists(&mut self) {
        self.pdol.clear();
        self.cdol1.clear();
    }
}

fn keep(list: &mut Vec<u8>, given: &[u8]) {
    list.clear();
    list.extend_from_slice(given);
}

fn wide(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
