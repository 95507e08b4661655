//! The kinds of reader that can stand at the till, as kernel 2 tells them apart.

use hcepay_tests::terminal::Terminal;

/// What the reader does about offline data authentication.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Reader {
    /// It asks for CDA where the card offers it, and goes online with other cards too.
    #[default]
    Cda,
    /// It never asks for it.
    NoCda,
    /// It asks for it, and its action code denies cards that it has not authenticated.
    DenyWithoutOda,
}

impl Reader {
    /// All.
    pub const ALL: [Reader; 3] = [Reader::Cda, Reader::NoCda, Reader::DenyWithoutOda];

    /// As it stands on a command line.
    pub fn name(self) -> &'static str {
        match self {
            Reader::Cda => "cda",
            Reader::NoCda => "no-cda",
            Reader::DenyWithoutOda => "deny-without-oda",
        }
    }

    /// The terminal that it is part of.
    pub fn terminal(self) -> Terminal {
        let usual = Terminal::default();
        match self {
            Reader::Cda => usual,
            Reader::NoCda => Terminal { cda_supported: false, ..usual },
            Reader::DenyWithoutOda => {
                let mut tac_denial = usual.tac_denial;
                // TVR byte 1 bit 8: offline data authentication was not performed.
                tac_denial[0] = 0x80;
                Terminal { tac_denial, ..usual }
            }
        }
    }
}
