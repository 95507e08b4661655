//! What became of payments, told to the wallet that made them, for its holder's journal (purpose 0B).

use super::Issuer;
use super::key_entry::{Channel, string8};
use super::provisioning::Refused;
use super::seal::{Purpose, SealRefused};
use super::wallets::{Holder, WalletId};

/// The most notices in one envelope.
pub const MOST_NOTICES: usize = 32;

/// Why the issuer declined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum DeclineReason {
    /// It does not say.
    NotTold = 0x01,
    /// Not enough money.
    InsufficientFunds = 0x02,
    /// More than the account may pay.
    OverLimit = 0x03,
    /// The account or the card is blocked.
    Blocked = 0x04,
    /// It looked like fraud.
    SuspectedFraud = 0x05,
    /// The holder was not verified as the issuer wants it.
    NotVerified = 0x06,
}

impl DeclineReason {
    const ALL: [(&'static str, DeclineReason); 6] = [
        ("not-told", DeclineReason::NotTold),
        ("insufficient-funds", DeclineReason::InsufficientFunds),
        ("over-limit", DeclineReason::OverLimit),
        ("blocked", DeclineReason::Blocked),
        ("suspected-fraud", DeclineReason::SuspectedFraud),
        ("not-verified", DeclineReason::NotVerified),
    ];

    /// The one of this name.
    pub fn of_name(name: &str) -> Option<DeclineReason> {
        DeclineReason::ALL.into_iter().find(|(known, _)| *known == name).map(|(_, reason)| reason)
    }
}

/// What became of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The issuer approved it.
    Approved,
    /// It declined.
    Declined(DeclineReason),
    /// The money has moved.
    Cleared,
    /// So much was given back in all.
    Refunded,
    /// The merchant took it back.
    Reversed,
    /// The merchant asks for another amount.
    AmountChanged,
}

impl Event {
    /// The one of this name; a decline is `declined:REASON`.
    pub fn of_name(name: &str) -> Option<Event> {
        match name {
            "approved" => Some(Event::Approved),
            "cleared" => Some(Event::Cleared),
            "refunded" => Some(Event::Refunded),
            "reversed" => Some(Event::Reversed),
            "amount-changed" => Some(Event::AmountChanged),
            name => name.strip_prefix("declined:").and_then(DeclineReason::of_name).map(Event::Declined),
        }
    }

    /// Its number and that of its reason.
    fn numbers(self) -> [u8; 2] {
        match self {
            Event::Approved => [0x01, 0],
            Event::Declined(reason) => [0x02, reason as u8],
            Event::Cleared => [0x03, 0],
            Event::Refunded => [0x04, 0],
            Event::Reversed => [0x05, 0],
            Event::AmountChanged => [0x06, 0],
        }
    }
}

/// One notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The card that paid.
    pub card: u32,
    /// With which application.
    pub aid: Vec<u8>,
    /// In which way.
    pub channel: Channel,
    /// The payment's counter.
    pub atc: u16,
    /// What became of it.
    pub event: Event,
    /// When, in milliseconds since 1970.
    pub wall_ms: u64,
    /// How much.
    pub amount_minor: u64,
    /// Of which currency.
    pub currency: u16,
    /// The merchant's name, where the issuer knows it; at most 64 bytes.
    pub merchant: String,
}

impl Notice {
    /// As it stands in an envelope.
    ///
    /// # Errors
    /// [`SealRefused::TooLong`] for a name too long for its length.
    pub fn content(&self) -> Result<Vec<u8>, SealRefused> {
        let mut content = [self.card.to_be_bytes().as_slice(), &string8(&self.aid)?, &[self.channel as u8]].concat();
        content.extend(self.atc.to_be_bytes());
        content.extend(self.event.numbers());
        content.extend(self.wall_ms.to_be_bytes());
        content.extend(self.amount_minor.to_be_bytes());
        content.extend(self.currency.to_be_bytes());
        content.extend(string8(self.merchant.as_bytes())?);
        Ok(content)
    }
}

/// Purpose 0B: a count byte, then one after the other.
///
/// # Errors
/// [`SealRefused::TooLong`] for more than a count byte tells.
pub fn notices(notices: &[Notice]) -> Result<Vec<u8>, SealRefused> {
    let count = u8::try_from(notices.len()).map_err(|_| SealRefused::TooLong)?;
    let contents: Result<Vec<Vec<u8>>, SealRefused> = notices.iter().map(Notice::content).collect();
    Ok([vec![count], contents?.concat()].concat())
}

impl Issuer {
    /// Tells a wallet what became of payments: 1 to 32 of them in one envelope.
    pub fn notify(
        &mut self,
        wallet: &WalletId,
        told: &[Notice],
        randomness: &mut dyn FnMut(&mut [u8]),
    ) -> Result<Vec<u8>, Refused> {
        if !(1..=MOST_NOTICES).contains(&told.len()) {
            return Err(Refused::OutOfBounds);
        }
        let holder = Holder { wallet: *wallet, card: 0 };
        self.send(holder, Purpose::Notices, &notices(told)?, randomness)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::hex;

    #[test]
    fn every_notice_is_written_as_the_format_says() {
        let approved = Notice {
            card: 7,
            aid: vec![0xA0; 5],
            channel: Channel::Tap,
            atc: 0x0203,
            event: Event::Approved,
            wall_ms: 0x0A,
            amount_minor: 1250,
            currency: 978,
            merchant: "Caf\u{e9}".to_owned(),
        };
        let one = "00000007 05A0A0A0A0A0 01 0203 0100 000000000000000A 00000000000004E2 03D2 05436166C3A9";
        assert_eq!(hex(&approved.content().unwrap()), one.replace(' ', ""));
        let numbers = |event: Event| event.numbers();
        assert_eq!(numbers(Event::Declined(DeclineReason::SuspectedFraud)), [2, 5]);
        let others = [Event::Cleared, Event::Refunded, Event::Reversed, Event::AmountChanged];
        assert_eq!(others.map(numbers), [[3, 0], [4, 0], [5, 0], [6, 0]]);
        assert_eq!(Event::of_name("declined:blocked"), Some(Event::Declined(DeclineReason::Blocked)));
        assert_eq!((Event::of_name("amount-changed"), Event::of_name("declined")), (Some(Event::AmountChanged), None));
        let two = notices(&[approved.clone(), approved]).unwrap();
        assert_eq!(hex(&two), format!("02{}", one.replace(' ', "").repeat(2)));
    }
}
