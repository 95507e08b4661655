//! The kinds of reader that can stand at the till, by what they do about offline data authentication.

use hcepay_tests::terminal::{Fdda, Terminal};

/// What the reader does about offline data authentication.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Reader {
    /// Kernel 2 asks for CDA where the card offers it; all go online with other cards too.
    #[default]
    Cda,
    /// Kernel 2 never asks for it.
    NoCda,
    /// Kernel 2 asks for it, and its action code denies cards that it has not authenticated.
    DenyWithoutOda,
    /// A gate of public transport: no kernel lets a card pass that it has not authenticated.
    Gate,
}

impl Reader {
    /// All.
    pub const ALL: [Reader; 4] = [Reader::Cda, Reader::NoCda, Reader::DenyWithoutOda, Reader::Gate];

    /// As it stands on a command line.
    pub fn name(self) -> &'static str {
        match self {
            Reader::Cda => "cda",
            Reader::NoCda => "no-cda",
            Reader::DenyWithoutOda => "deny-without-oda",
            Reader::Gate => "gate",
        }
    }

    /// The terminal that it is part of.
    pub fn terminal(self) -> Terminal {
        let usual = Terminal::default();
        match self {
            Reader::Cda => usual,
            Reader::NoCda => Terminal { cda_supported: false, ..usual },
            Reader::Gate => Terminal { fdda: Fdda::Required, ..Reader::DenyWithoutOda.terminal() },
            Reader::DenyWithoutOda => {
                let mut tac_denial = usual.tac_denial;
                // TVR byte 1 bit 8: offline data authentication was not performed.
                tac_denial[0] = 0x80;
                Terminal { tac_denial, ..usual }
            }
        }
    }
}
