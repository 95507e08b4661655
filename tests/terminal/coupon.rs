//! A merchant's reader that takes coupons before it takes the payment, in the same contact: the reader's side of the application
//! described in the core's `tap/coupons.rs`, written without it.

use std::fmt;

use crate::terminal::{Reason, command, exchange, tlv};

/// The application's name: `F0` and `hcepay.CP`, proprietary and not registered.
pub const NAME: &[u8] = &[0xF0, 0x68, 0x63, 0x65, 0x70, 0x61, 0x79, 0x2E, 0x43, 0x50];
/// What the reader brings: its challenge and whose coupons it takes, each 8 bytes.
const PDOL: &[u8] = &[0xDF, 0x10, 8, 0xDF, 0x11, 8];

/// What a wallet presents.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Presentation {
    /// The coupon's id.
    pub coupon: [u8; 16],
    /// Which of its uses.
    pub number: u16,
    /// SHA-256 of its terms.
    pub terms_digest: [u8; 32],
    /// What proves it, for this challenge and this signer.
    pub mac: [u8; 16],
}

impl fmt::Debug for Presentation {
    /// Not what proves it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presentation").field("number", &self.number).finish_non_exhaustive()
    }
}

/// Why there is no coupon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoCoupon {
    /// The wallet has none to present now, with this status word.
    NotOffered(u16),
    /// It does not present it to this reader, with this status word.
    NotPresented(u16),
    /// What it answers is not what it must be.
    Wrong(Reason),
    /// It asks for other data than a reader has.
    AsksForOther,
}

impl fmt::Display for NoCoupon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoCoupon::NotOffered(status) => write!(f, "the wallet offers no coupon now ({status:04X})"),
            NoCoupon::NotPresented(status) => write!(f, "the wallet presents no coupon to this reader ({status:04X})"),
            NoCoupon::Wrong(reason) => write!(f, "the wallet's answer is wrong: {}", reason.sentence()),
            NoCoupon::AsksForOther => f.write_str("the wallet asks for other data than a reader has"),
        }
    }
}

impl std::error::Error for NoCoupon {}

impl From<Reason> for NoCoupon {
    fn from(reason: Reason) -> NoCoupon {
        NoCoupon::Wrong(reason)
    }
}

/// Asks the wallet for a coupon of this signer. `card` answers one command at a time, data and status word.
///
/// # Errors
/// Why there is none: the payment may follow all the same.
pub fn ask_for_coupon(
    challenge: &[u8; 8],
    signer: &[u8; 8],
    card: &mut dyn FnMut(&[u8]) -> Vec<u8>,
) -> Result<Presentation, NoCoupon> {
    let mut link = exchange::Link::new(card);
    let selected = link.transmit(command::select(NAME)?)?;
    if selected.status != 0x9000 {
        return Err(NoCoupon::NotOffered(selected.status));
    }
    let selected = selected.accepted(Reason::SelectRefused)?;
    let information = tlv::objects(tlv::template(&selected, 0x6F)?)?;
    if tlv::required(&information, 0x84)? != NAME {
        return Err(Reason::WrongName.into());
    }
    let proprietary = tlv::objects(tlv::required(&information, 0xA5)?)?;
    if tlv::required(&proprietary, 0x9F38)? != PDOL {
        return Err(NoCoupon::AsksForOther);
    }
    let asked = command::get_processing_options(&[challenge.as_slice(), signer].concat())?;
    let answer = link.transmit(asked)?;
    if answer.status != 0x9000 {
        return Err(NoCoupon::NotPresented(answer.status));
    }
    let answer = answer.accepted(Reason::SelectRefused)?;
    let objects = tlv::objects(tlv::template(&answer, 0x77)?)?;
    Ok(Presentation {
        coupon: fixed(&objects, 0xDF12)?,
        number: u16::from_be_bytes(fixed(&objects, 0xDF13)?),
        terms_digest: fixed(&objects, 0xDF14)?,
        mac: fixed(&objects, 0xDF15)?,
    })
}

fn fixed<const LENGTH: usize>(objects: &[tlv::DataObject<'_>], tag: u32) -> Result<[u8; LENGTH], Reason> {
    tlv::required(objects, tag)?.try_into().map_err(|_| Reason::WrongLength(tag))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::{from_hex, hex};
    use crate::terminal::scripted_card::{object, script};

    const SELECTED: &str = "6F19840AF0686365706179 2E4350A50B 9F3806DF1008DF1108 5000";

    fn selected() -> String {
        SELECTED.replace(' ', "") + "9000"
    }

    fn presented() -> String {
        let (coupon, digest, mac) = ("C0".repeat(16), "D1".repeat(32), "AC".repeat(16));
        let objects = [("DF12", coupon.as_str()), ("DF13", "0102"), ("DF14", &digest), ("DF15", &mac)];
        objects.map(|(tag, value)| object(tag, value)).concat()
    }

    fn asked(answers: &[&str]) -> Result<Presentation, NoCoupon> {
        ask_for_coupon(&[1; 8], &[2; 8], &mut script(answers))
    }

    #[test]
    fn a_reader_selects_the_coupons_by_name_and_brings_challenge_and_signer() {
        let mut commands = Vec::new();
        let answers = [selected(), object("77", &presented()) + "9000"];
        let mut answers = answers.iter().map(|answer| from_hex(answer).unwrap());
        let presented = ask_for_coupon(&[1; 8], &[2; 8], &mut |command| {
            commands.push(hex(command));
            answers.next().unwrap()
        });
        let [coupon, mac] = [[0xC0; 16], [0xAC; 16]];
        assert_eq!(presented, Ok(Presentation { coupon, number: 0x0102, terms_digest: [0xD1; 32], mac }));
        let values = "01".repeat(8) + &"02".repeat(8);
        assert_eq!(commands, ["00A404000AF06863657061792E435000".to_owned(), format!("80A80000128310{values}00")]);
    }

    #[test]
    fn what_is_no_coupon_is_told_by_name() {
        let selected = selected();
        assert_eq!(asked(&["6A82"]), Err(NoCoupon::NotOffered(0x6A82)));
        assert_eq!(asked(&[&selected, "6985"]), Err(NoCoupon::NotPresented(0x6985)));
        let other_list = selected.replace("DF1108", "DF1104");
        assert_eq!(asked(&[&other_list]), Err(NoCoupon::AsksForOther));
        let other_name = selected.replace("2E4350", "2E4351");
        assert_eq!(asked(&[&other_name]), Err(NoCoupon::Wrong(Reason::WrongName)));
        let answer = |objects: &str| asked(&[&selected, &(object("77", objects) + "9000")]);
        assert!(answer(&presented()).is_ok());
        assert_eq!(
            answer(&presented().replace("DF13020102", "DF130102")),
            Err(NoCoupon::Wrong(Reason::WrongLength(0xDF13)))
        );
        assert_eq!(answer(&presented().replace("DF13020102", "")), Err(NoCoupon::Wrong(Reason::MissingTag(0xDF13))));
    }
}
