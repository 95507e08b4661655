//! A contactless payment terminal in software: entry point (EMV Book B) and the reader's side of kernels 2, 3 and 7.
//!
//! A tap passes through the files in this order: `entry_point` selects the directory and chooses an application,
//! `kernel3` (kernel 7 too) or `kernel2` talks to it, `file_locator` reads its records, and `outcome` says how it ended.
//! Below them, `exchange` sends a command and checks the outside of an answer, `command` builds commands, `tlv` and
//! `data_object_list` read what the card sends, `card_data` and `terminal_data` hold the data objects of each side, `oda` goes
//! from the keys of `ca_key` to the card's, and `cda` and `fdda` check what that signed. A reader that takes coupons asks for one before (`coupon`).
//!
//! The terminal is strict where a real one might look away: a tag twice, a wrong length, a byte too many each end the
//! tap with a reason of its own. It authenticates cards offline (CDA in kernel 2, fDDA in kernels 3 and 7), and always wants the issuer's word too, now or
//! like a gate later.

mod ca_key;
mod card_data;
mod cda;
mod command;
pub mod coupon;
mod data_object_list;
mod entry_point;
mod exchange;
mod fdda;
mod file_locator;
mod kernel2;
mod kernel3;
mod oda;
mod online_request;
mod outcome;
#[cfg(test)]
mod scripted_card;
mod terminal_data;
pub(crate) mod tlv;

pub use ca_key::CaKey;
pub use entry_point::{Application, Kernel};
pub use exchange::Exchange;
pub use oda::{Oda, OdaStep};
pub use outcome::{Outcome, Reason, Tap};
pub use terminal_data::Purchase;

/// A terminal: what it supports and how it decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terminal {
    /// The applications it accepts and the kernel that it runs for each.
    pub applications: Vec<Application>,
    /// The reader CVM required limit in minor units: an amount over it needs a verified cardholder.
    pub cvm_required_above: u64,
    /// Kernels 3 and 7: the holder may verify on the phone (TTQ byte 3 bit 7).
    pub cdcvm_supported: bool,
    /// Kernel 2, Kernel Configuration (DF811B). Bit 6: on-device cardholder verification is supported. No other bit counts here.
    pub kernel_configuration: u8,
    /// There is a PIN pad, and the PIN goes to the issuer (TTQ byte 1 bit 3).
    pub online_pin_supported: bool,
    /// The holder may sign (TTQ byte 1 bit 2).
    pub signature_supported: bool,
    /// It never goes online (TTQ byte 1 bit 4; kernel 2 asks for a TC).
    pub offline_only: bool,
    /// EMV mode (TTQ byte 1 bit 6). Without it nothing is left, as there is no mag-stripe mode here.
    pub emv_mode_supported: bool,
    /// Kernel 2: combined data authentication (CDA) is supported (security capability, 9F33 byte 3 bit 4).
    pub cda_supported: bool,
    /// Whose it is, where it tells.
    pub merchant: Option<Merchant>,
    /// Kernels 3 and 7: fast dynamic data authentication (fDDA).
    pub fdda: Fdda,
    /// The keys of certification authorities that it has loaded.
    pub ca_keys: Vec<CaKey>,
    /// Kernel 2, terminal action code - denial: a bit set here and in the TVR makes the terminal ask for an AAC.
    pub tac_denial: [u8; 5],
    /// Kernel 2 asks for an AAC whatever the TVR says.
    pub asks_for_decline: bool,
}

/// Whose terminal it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merchant {
    /// Merchant category code (9F15; ISO 18245), four digits.
    pub category: u16,
    /// Merchant name and location (9F4E).
    pub name: String,
}

/// What a terminal of kernel 3 or 7 does about fast dynamic data authentication (fDDA).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fdda {
    /// It never asks for it.
    NotSupported,
    /// It asks for it (TTQ byte 1 bit 1: for online authorisations), and goes online with cards that do not promise it, or whose
    /// signature is wrong and whose CTQ wants that (byte 1 bit 6).
    Supported,
    /// It asks for it, and lets no other card pass: a gate, which asks the issuer later.
    Required,
}

impl Default for Terminal {
    /// An attended online terminal for all three kernels, and for the closed-loop cards of hcepay, that wants verification on the phone over 50.00, and denies
    /// where verification is required and did not happen.
    fn default() -> Terminal {
        let applications = [
            (&[0xA0, 0, 0, 0, 0x03, 0x10, 0x10][..], Kernel::Kernel3),
            (&[0xA0, 0, 0, 0, 0x03, 0x20, 0x10], Kernel::Kernel3),
            (&[0xA0, 0, 0, 0, 0x04, 0x10, 0x10], Kernel::Kernel2),
            (&[0xA0, 0, 0, 0x03, 0x33, 0x01, 0x01, 0x01], Kernel::Kernel7),
            (&[0xF0, 0x48, 0x43, 0x45, 0x50, 0x41, 0x59], Kernel::Kernel3),
        ];
        Terminal {
            applications: applications.map(|(aid, kernel)| Application { aid: aid.to_vec(), kernel }).to_vec(),
            cvm_required_above: 50_00,
            cdcvm_supported: true,
            kernel_configuration: 0x20,
            online_pin_supported: false,
            signature_supported: false,
            offline_only: false,
            emv_mode_supported: true,
            cda_supported: true,
            merchant: None,
            fdda: Fdda::NotSupported,
            ca_keys: [[0xA0, 0, 0, 0, 0x03], [0xA0, 0, 0, 0, 0x04], [0xA0, 0, 0, 0x03, 0x33]]
                .map(CaKey::of_demo_cards)
                .to_vec(),
            tac_denial: [0, 0, 0x80, 0, 0],
            asks_for_decline: false,
        }
    }
}

impl Terminal {
    /// Plays one tap. `card` answers one command at a time, data and status word.
    ///
    /// Ends whatever the card answers: the number of exchanges is bounded, and no answer makes it panic.
    pub fn pay(&self, purchase: &Purchase, card: &mut dyn FnMut(&[u8]) -> Vec<u8>) -> Tap {
        let mut link = exchange::Link::new(card);
        let (reason, authorisation, oda) = match entry_point::pay(self, purchase, &mut link) {
            Ok(online) => (online.reason, Some(online.request), online.oda),
            Err(reason) => (reason, None, None),
        };
        Tap { outcome: reason.outcome(), reason, authorisation, oda, exchanges: link.into_exchanges() }
    }

    /// Whether this purchase needs a verified cardholder.
    fn cvm_required(&self, purchase: &Purchase) -> bool {
        purchase.amount_minor > self.cvm_required_above
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::from_hex;
    use scripted_card::{directory, object, purchase, selected};

    /// The answers of one whole tap of kernel 2 and one of kernel 3.
    fn taps() -> [Vec<Vec<u8>>; 2] {
        let cdol1 = object("8C", "9F02069F03069F1A0295055F2A029A039C019F37049F3403");
        let kernel_2 = [
            directory(&object("61", &object("4F", "A0000000041010"))),
            selected("A0000000041010", ""),
            object("77", "82021880940408020200"),
            object("70", &(object("5A", "1234567890123456") + "5F2403301231" + &cdol1)),
            object("77", "9F2701809F3602001C9F2608D894EED80E0A8E1B9F10120114A00003220000000000000000000000FF"),
        ];
        let pdol = object("9F38", "9F66049F02069F03069F1A0295055F2A029A039C019F3704");
        let cryptogram = "9F360202059F260852D7F6595EFD1E2A9F100706011203A000009F2701809F6C020080";
        let track_2 = "57131122334455667788D23072010000043299995F";
        let kernel_3 = [
            directory(&object("61", &object("4F", "A0000000031010"))),
            selected("A0000000031010", &pdol),
            object("77", &["82020040940408010100", cryptogram, track_2].concat()),
            object("70", "5F3401015F2403301231"),
        ];
        let accepted = |data: &String| from_hex(&(data.to_owned() + "9000")).unwrap();
        [kernel_2.iter().map(accepted).collect(), kernel_3.iter().map(accepted).collect()]
    }

    fn pay(answers: &[Vec<u8>]) -> Tap {
        let mut answers = answers.iter().cloned();
        Terminal::default().pay(&purchase(), &mut |_| answers.next().unwrap_or_default())
    }

    #[test]
    fn a_whole_tap_of_either_flow_goes_online() {
        for answers in taps() {
            let tap = pay(&answers);
            assert_eq!(tap.outcome, Outcome::OnlineRequest, "{}", tap.reason.sentence());
            assert_eq!(tap.exchanges.len(), answers.len());
        }
    }

    #[test]
    fn no_changed_byte_makes_the_terminal_panic_and_a_request_comes_with_its_outcome_alone() {
        for answers in taps() {
            for (at, answer) in answers.iter().enumerate() {
                for position in 0..answer.len() {
                    for byte in 0..=0xFF {
                        let mut changed = answers.clone();
                        changed[at][position] = byte;
                        let tap = pay(&changed);
                        assert_eq!(tap.authorisation.is_some(), tap.outcome == Outcome::OnlineRequest);
                    }
                }
            }
        }
    }

    #[test]
    fn no_answer_can_lose_its_end_unnoticed() {
        for answers in taps() {
            for (at, answer) in answers.iter().enumerate() {
                for length in 0..answer.len() {
                    let mut cut = answers.clone();
                    cut[at].truncate(length);
                    assert_ne!(pay(&cut).outcome, Outcome::OnlineRequest, "answer {at}, {length} bytes");
                }
            }
        }
    }
}
