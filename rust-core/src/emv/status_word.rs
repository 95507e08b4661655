//! Status words: what a terminal is told (ISO/IEC 7816-4, section 5.6; EMV Book 3, section 6.3.5).

use std::fmt;

/// SW1 SW2 of a response. Never 61xx or 6Cxx: contactless cards do not use T=0 procedure bytes, and terminals treat
/// them as errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u16)]
pub(crate) enum StatusWord {
    /// 9000: done.
    Ok = 0x9000,
    /// 6700: wrong length of the command, of its data, or of the values for a data object list.
    WrongLength = 0x6700,
    /// 6881: logical channels are not supported.
    LogicalChannelNotSupported = 0x6881,
    /// 6882: secure messaging is not supported.
    SecureMessagingNotSupported = 0x6882,
    /// 6884: command chaining is not supported.
    ChainingNotSupported = 0x6884,
    /// 6985: not in this state, or the card declines. A kernel 3 terminal goes on to the next application.
    ConditionsNotSatisfied = 0x6985,
    /// 6986: kernels 3 and 7: the holder must verify on the phone first; the terminal says "see phone" and starts again.
    VerifyOnDevice = 0x6986,
    /// 6A80: the data field is not what it should be.
    WrongData = 0x6A80,
    /// 6A82: no such application, or no next one.
    ApplicationNotFound = 0x6A82,
    /// 6A83: no such record.
    RecordNotFound = 0x6A83,
    /// 6A86: wrong P1 or P2.
    WrongParameters = 0x6A86,
    /// 6A88: the card gives out no such data object.
    DataObjectNotFound = 0x6A88,
    /// 6D00: unknown instruction.
    InstructionNotSupported = 0x6D00,
    /// 6E00: unknown class.
    ClassNotSupported = 0x6E00,
    /// 6F00: a fault of the card's own. Nothing a terminal sends may cause it.
    Fault = 0x6F00,
}

impl StatusWord {
    /// SW1 and SW2.
    pub(crate) fn bytes(self) -> [u8; 2] {
        (self as u16).to_be_bytes()
    }
}

impl fmt::Display for StatusWord {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:04X}", *self as u16)
    }
}
