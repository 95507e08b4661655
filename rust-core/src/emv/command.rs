//! Commands: class and instruction, then parameters and data, become one typed command or a status word.
//!
//! The checks come in the order that terminals and test tools expect: class, instruction, (state, which
//! [`crate::tap::transaction`] knows), P1 and P2, length, content. That is why parsing has two steps.

use super::afl::RecordAddress;
use super::apdu::{CommandApdu, MAXIMUM_DATA};
use super::status_word::StatusWord;
use super::tags;
use super::tlv;

/// The commands that a payment card of ours knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Instruction {
    /// 00 A4 (EMV Book 1, section 11.3).
    Select,
    /// 80 A8 (EMV Book 3, section 6.5.8).
    GetProcessingOptions,
    /// 00 B2 (EMV Book 3, section 6.5.11).
    ReadRecord,
    /// 80 AE (EMV Book 3, section 6.5.5).
    GenerateAc,
    /// 80 CA (EMV Book 3, section 6.5.7).
    GetData,
}

impl Instruction {
    /// Class, then instruction.
    pub(crate) fn of(apdu: &CommandApdu<'_>) -> Result<Instruction, StatusWord> {
        let proprietary = match apdu.class {
            0x00 => false,
            0x80 => true,
            class => return Err(refused_class(class)),
        };
        match (proprietary, apdu.instruction) {
            (false, 0xA4) => Ok(Instruction::Select),
            (false, 0xB2) => Ok(Instruction::ReadRecord),
            (true, 0xA8) => Ok(Instruction::GetProcessingOptions),
            (true, 0xAE) => Ok(Instruction::GenerateAc),
            (true, 0xCA) => Ok(Instruction::GetData),
            _ => Err(StatusWord::InstructionNotSupported),
        }
    }
}

/// Why a class byte is refused (ISO/IEC 7816-4, section 5.4.1): which of its features we do not have.
fn refused_class(class: u8) -> StatusWord {
    match class {
        0x40..=0x7F => StatusWord::LogicalChannelNotSupported,
        0x20..=0x3F | 0xA0..=0xFF => StatusWord::ClassNotSupported,
        _ if class & 0x03 != 0 => StatusWord::LogicalChannelNotSupported,
        _ if class & 0x0C != 0 => StatusWord::SecureMessagingNotSupported,
        _ => StatusWord::ChainingNotSupported,
    }
}

/// A command whose parameters and lengths are right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command<'a> {
    Select(Occurrence, Name<'a>),
    /// The terminal's values for the PDOL.
    GetProcessingOptions(&'a [u8]),
    ReadRecord(RecordAddress),
    /// What the terminal asks for, and its values for CDOL1.
    GenerateAc(CryptogramAsked, &'a [u8]),
    /// Whatever the object: this card gives out none (its counters are no stranger's business).
    GetData,
}

/// Which application of that name SELECT means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Occurrence {
    First,
    Next,
}

/// The full or partial name of an application, 5 to 16 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Name<'a>(pub(crate) &'a [u8]);

/// The application cryptogram that GENERATE AC asks for (EMV Book 3, table 12).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CryptogramAsked {
    /// An AAC: the terminal declines.
    Aac,
    /// A TC or an ARQC. This card is online only and answers both with an ARQC.
    TcOrArqc,
    /// The same inside a signature: combined data authentication (CDA).
    TcOrArqcWithCda,
}

impl<'a> Command<'a> {
    /// P1 and P2, then lengths, then content.
    pub(crate) fn parse(instruction: Instruction, apdu: &CommandApdu<'a>) -> Result<Command<'a>, StatusWord> {
        match instruction {
            Instruction::Select => select(apdu),
            Instruction::GetProcessingOptions => get_processing_options(apdu),
            Instruction::ReadRecord => read_record(apdu),
            Instruction::GenerateAc => generate_ac(apdu),
            Instruction::GetData => without_data(apdu).map(|()| Command::GetData),
        }
    }
}

fn select<'a>(apdu: &CommandApdu<'a>) -> Result<Command<'a>, StatusWord> {
    let occurrence = match (apdu.p1, apdu.p2) {
        (0x04, 0x00) => Occurrence::First,
        (0x04, 0x02) => Occurrence::Next,
        _ => return Err(StatusWord::WrongParameters),
    };
    takes_any_answer(apdu)?;
    match apdu.data.len() {
        5..=16 => Ok(Command::Select(occurrence, Name(apdu.data))),
        _ => Err(StatusWord::WrongLength),
    }
}

fn get_processing_options<'a>(apdu: &CommandApdu<'a>) -> Result<Command<'a>, StatusWord> {
    if (apdu.p1, apdu.p2) != (0, 0) {
        return Err(StatusWord::WrongParameters);
    }
    takes_any_answer(apdu)?;
    match apdu.data {
        [] => Err(StatusWord::WrongLength),
        data => tlv::only(data, tags::COMMAND_TEMPLATE)
            .map(Command::GetProcessingOptions)
            .map_err(|tlv::Malformed| StatusWord::WrongData),
    }
}

fn read_record<'a>(apdu: &CommandApdu<'a>) -> Result<Command<'a>, StatusWord> {
    // P2: the short file identifier in bits 8-4, then 100 = "P1 is a record number".
    let address = (apdu.p2 & 0x07 == 0x04).then(|| RecordAddress::new(apdu.p2 >> 3, apdu.p1)).flatten();
    let address = address.ok_or(StatusWord::WrongParameters)?;
    without_data(apdu).map(|()| Command::ReadRecord(address))
}

fn generate_ac<'a>(apdu: &CommandApdu<'a>) -> Result<Command<'a>, StatusWord> {
    // Bit 5 of P1 asks for combined data authentication. None is made for an AAC.
    let asked = match (apdu.p1, apdu.p2) {
        (0x00, 0) => CryptogramAsked::Aac,
        (0x40 | 0x80, 0) => CryptogramAsked::TcOrArqc,
        (0x50 | 0x90, 0) => CryptogramAsked::TcOrArqcWithCda,
        _ => return Err(StatusWord::WrongParameters),
    };
    takes_any_answer(apdu)?;
    match apdu.data {
        [] => Err(StatusWord::WrongLength),
        data => Ok(Command::GenerateAc(asked, data)),
    }
}

/// A contactless terminal always sends Le = 00 (EMV Contactless Book B), or none. An answer cut short would be worse than
/// no answer, and must be known to be impossible before a key is spent.
fn takes_any_answer(apdu: &CommandApdu<'_>) -> Result<(), StatusWord> {
    match apdu.expected {
        Some(fewer) if fewer < MAXIMUM_DATA => Err(StatusWord::WrongLength),
        _ => Ok(()),
    }
}

fn without_data(apdu: &CommandApdu<'_>) -> Result<(), StatusWord> {
    takes_any_answer(apdu)?;
    if apdu.data.is_empty() { Ok(()) } else { Err(StatusWord::WrongLength) }
}
