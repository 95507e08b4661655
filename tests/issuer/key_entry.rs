//! A payment key on its way to a wallet: its terms in the open of the envelope, itself sealed once more, to the spend key
//! that its card's policy names.

use super::account::{IssuedKey, Secret};
use super::certification::KeyPair;
use super::contents::string16;
use super::limited_use_key::LukIndex;
use super::seal::{SealRefused, hpke_seal};
use super::wallets::{Holder, SpendPoints};

/// The way of paying that a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Channel {
    /// At a terminal.
    Tap = 0x01,
    /// In an online shop.
    Online = 0x02,
    /// By a QR code.
    Qr = 0x03,
}

impl Channel {
    /// All of them, in the order of their numbers.
    pub const ALL: [Channel; 3] = [Channel::Tap, Channel::Online, Channel::Qr];

    /// The channel of this number.
    pub fn of_number(number: u8) -> Option<Channel> {
        Channel::ALL.into_iter().find(|channel| *channel as u8 == number)
    }
}

/// What must have happened on the phone before a key can be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Protection {
    /// Nothing.
    Device = 0x01,
    /// The phone is unlocked.
    Unlocked = 0x02,
    /// The holder has verified.
    Authenticated = 0x03,
}

impl Protection {
    /// The protection of this number.
    pub fn of_number(number: u8) -> Option<Protection> {
        let all = [Protection::Device, Protection::Unlocked, Protection::Authenticated];
        all.into_iter().find(|protection| *protection as u8 == number)
    }
}

/// A key entry before it is sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyEntry {
    /// The application the key belongs to, at most 16 bytes.
    pub aid: Vec<u8>,
    /// The way of paying.
    pub channel: Channel,
    /// The first ATC it may be used with.
    pub first_atc: u16,
    /// How many ATCs from there on.
    pub uses: u16,
    /// Valid from this moment on: wall clock, milliseconds since 1970-01-01T00:00Z.
    pub not_before_ms: u64,
    /// Valid up to and with this moment.
    pub not_after_ms: u64,
    /// The index of a limited-use key.
    pub luk_index: Option<LukIndex>,
    /// Currency (ISO 4217 numeric) and sum in minor units, at most 4 of them.
    pub limits: Vec<(u16, u64)>,
    /// The key itself.
    pub secret: Secret,
}

impl From<IssuedKey> for KeyEntry {
    fn from(issued: IssuedKey) -> KeyEntry {
        KeyEntry {
            aid: issued.aid,
            channel: issued.channel,
            first_atc: issued.first_atc,
            uses: issued.uses,
            not_before_ms: issued.not_before_ms,
            not_after_ms: issued.not_after_ms,
            luk_index: issued.luk_index,
            limits: issued.limits,
            secret: issued.secret,
        }
    }
}

impl KeyEntry {
    /// The entry as an envelope carries it, its secret sealed for one card of one wallet.
    ///
    /// # Errors
    /// [`SealRefused::TooLong`] where AID or limits are too many for their length bytes, [`SealRefused::NoPoint`] where the
    /// spend key is none.
    pub fn sealed(
        &self,
        holder: Holder,
        spend_point: &[u8; 65],
        randomness: &mut dyn FnMut(&mut [u8]),
    ) -> Result<Vec<u8>, SealRefused> {
        let mut entry = string8(&self.aid)?;
        entry.push(self.channel as u8);
        entry.extend(self.first_atc.to_be_bytes());
        entry.extend(self.uses.to_be_bytes());
        entry.extend(self.not_before_ms.to_be_bytes());
        entry.extend(self.not_after_ms.to_be_bytes());
        let index = self.luk_index.map(|index| index.derivation_data().to_vec()).unwrap_or_default();
        entry.extend(string8(&index)?);
        entry.push(u8::try_from(self.limits.len()).map_err(|_| SealRefused::TooLong)?);
        for (currency, minor) in &self.limits {
            entry.extend(currency.to_be_bytes());
            entry.extend(minor.to_be_bytes());
        }
        entry.push(self.secret.form());
        let info = [b"hcepay key 1", holder.wallet.as_slice(), &holder.card.to_be_bytes(), &entry].concat();
        let (enc, ciphertext) = hpke_seal(spend_point, &info, &[], self.secret.bytes(), randomness)?;
        entry.extend(enc);
        entry.extend(ciphertext);
        Ok(entry)
    }
}

/// Seals entries one by one to the spend key of this protection.
///
/// # Errors
/// As [`KeyEntry::sealed`]; [`SealRefused::NoPoint`] also where the phone has not made that key.
pub fn sealed_entries(
    entries: &[KeyEntry],
    holder: Holder,
    (protection, spend_points): (Protection, &SpendPoints),
    randomness: &mut dyn FnMut(&mut [u8]),
) -> Result<Vec<Vec<u8>>, SealRefused> {
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let spend_point = spend_points.of(protection).ok_or(SealRefused::NoPoint)?;
    entries.iter().map(|entry| entry.sealed(holder, spend_point, randomness)).collect()
}

/// The ICC private key of a card's application as an envelope carries it, sealed for one card of one wallet.
///
/// # Errors
/// As [`KeyEntry::sealed`].
pub fn sealed_icc_key(
    aid: &[u8],
    key: &KeyPair,
    holder: Holder,
    spend_point: &[u8; 65],
    randomness: &mut dyn FnMut(&mut [u8]),
) -> Result<Vec<u8>, SealRefused> {
    let info = [b"hcepay icc key 1", holder.wallet.as_slice(), &holder.card.to_be_bytes(), aid].concat();
    let (enc, ciphertext) = hpke_seal(spend_point, &info, &[], &key.numbers, randomness)?;
    Ok([string8(aid)?, vec![0x01], string16(&[enc.as_slice(), &ciphertext].concat())?].concat())
}

/// A length byte, then the bytes.
pub(super) fn string8(bytes: &[u8]) -> Result<Vec<u8>, SealRefused> {
    let length = u8::try_from(bytes.len()).map_err(|_| SealRefused::TooLong)?;
    Ok([&[length], bytes].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::hex;
    use crate::issuer::seal::agreement_key;

    fn entry(secret: Secret) -> KeyEntry {
        KeyEntry {
            aid: vec![0xA0, 0, 0, 0, 3],
            channel: Channel::Tap,
            first_atc: 0x0102,
            uses: 3,
            not_before_ms: 0x0A,
            not_after_ms: 0x0B,
            luk_index: LukIndex::parse("6000100"),
            limits: vec![(978, 5000), (840, 0)],
            secret,
        }
    }

    #[test]
    fn the_fields_of_an_entry_stand_where_the_format_says() {
        let (_, spend_point) = agreement_key(&[7; 32]);
        let holder = Holder { wallet: [0xAB; 16], card: 9 };
        for (secret, form, ciphertext) in [(Secret::Key([1; 16]), "01", 32), (Secret::Seed([2; 32]), "02", 48)] {
            let sealed = entry(secret).sealed(holder, &spend_point, &mut |buffer| buffer.fill(5)).unwrap();
            let open = concat!(
                "05A000000003",
                "01",
                "0102",
                "0003",
                "000000000000000A",
                "000000000000000B",
                "0406000100",
                "02",
                "03D20000000000001388",
                "03480000000000000000",
            );
            let length = open.len() / 2 + 1;
            assert_eq!(hex(&sealed[..length]), format!("{open}{form}"));
            assert_eq!((sealed[length], sealed.len()), (0x04, length + 65 + ciphertext));
        }
    }

    #[test]
    fn no_secret_shows_itself() {
        let shown = format!("{:?} {:?}", entry(Secret::Key([0x5A; 16])), Secret::Seed([0x5A; 32]));
        assert!(!shown.contains("90") && shown.contains("Key(..)") && shown.contains("Seed(..)"), "{shown}");
    }
}
