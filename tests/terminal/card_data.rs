//! The data objects that the card has sent, collected over a tap: none twice, each of a length that it can have.

use std::collections::BTreeMap;

use crate::terminal::Reason;
use crate::terminal::tlv;

/// Data objects by tag. A constructed one that no kernel opens is kept as it is.
#[derive(Debug, Clone, Default)]
pub(super) struct CardData {
    objects: BTreeMap<u32, Vec<u8>>,
}

impl CardData {
    /// Adds every object of the content of a template.
    pub(super) fn add(&mut self, content: &[u8]) -> Result<(), Reason> {
        tlv::objects(content)?.into_iter().try_for_each(|object| self.put(object.tag, object.value))
    }

    pub(super) fn put(&mut self, tag: u32, value: &[u8]) -> Result<(), Reason> {
        if !is_possible_length(tag, value.len()) {
            return Err(Reason::WrongLength(tag));
        }
        match self.objects.insert(tag, value.to_vec()) {
            Some(_) => Err(Reason::DuplicateTag(tag)),
            None => Ok(()),
        }
    }

    pub(super) fn object(&self, tag: u32) -> Option<&[u8]> {
        self.objects.get(&tag).map(Vec::as_slice)
    }

    pub(super) fn required(&self, tag: u32) -> Result<&[u8], Reason> {
        self.object(tag).ok_or(Reason::MissingTag(tag))
    }

    /// An object, where there is one, in the length that this kernel gives it.
    pub(super) fn fixed<const LENGTH: usize>(&self, tag: u32) -> Result<Option<[u8; LENGTH]>, Reason> {
        self.object(tag).map(|value| value.try_into().map_err(|_| Reason::WrongLength(tag))).transpose()
    }

    /// Checks that 57 and 5A, where they are, hold card numbers, and the same one.
    pub(super) fn check_account_numbers(&self) -> Result<(), Reason> {
        let track_2 = self.object(0x57).map(|value| track_2_number(value).ok_or(Reason::AccountNumberMalformed(0x57)));
        let number = self.object(0x5A).map(|value| plain_number(value).ok_or(Reason::AccountNumberMalformed(0x5A)));
        match (track_2.transpose()?, number.transpose()?) {
            (Some(track_2), Some(number)) if track_2 != number => Err(Reason::AccountNumbersDiffer),
            _ => Ok(()),
        }
    }
}

/// The digits before the separator of track 2 equivalent data (57: number, D, YYMM, service code, issuer's data).
fn track_2_number(value: &[u8]) -> Option<Vec<u8>> {
    let digits = without_padding(value);
    let separator = digits.iter().position(|digit| *digit == 0xD)?;
    let (number, rest) = digits.split_at_checked(separator)?;
    let (_, rest) = rest.split_first()?;
    (is_card_number(number) && rest.len() >= 7 && is_decimal(rest)).then(|| number.to_vec())
}

/// The digits of the application PAN (5A).
fn plain_number(value: &[u8]) -> Option<Vec<u8>> {
    let digits = without_padding(value);
    is_card_number(&digits).then_some(digits)
}

fn without_padding(value: &[u8]) -> Vec<u8> {
    let mut digits: Vec<u8> = value.iter().flat_map(|byte| [byte >> 4, byte & 0xF]).collect();
    while digits.last() == Some(&0xF) {
        digits.pop();
    }
    digits
}

fn is_card_number(digits: &[u8]) -> bool {
    (1..=19).contains(&digits.len()) && is_decimal(digits)
}

fn is_decimal(digits: &[u8]) -> bool {
    digits.iter().all(|digit| *digit <= 9)
}

/// EMV Book 3, Annex A (card data) and the kernel books, where a tag means the same to every kernel.
fn is_possible_length(tag: u32, length: usize) -> bool {
    match tag {
        0x5F34 | 0x87 | 0x8F | 0x9F11 | 0x9F27 | 0x9F44 => length == 1,
        0x5F28 | 0x5F30 | 0x82 | 0x9F07 | 0x9F08 | 0x9F25 | 0x9F36 | 0x9F42 | 0x5F55 | 0x9F4D | 0x9F6C => length == 2,
        0x42 | 0x5F24 | 0x5F25 | 0x5F56 | 0xDF4B => length == 3,
        0x9F0D..=0x9F0F => length == 5,
        0x9F19 => length == 6,
        0x9F26 => length == 8,
        0x9F24 => length == 29,
        0x4F | 0x84 => (5..=16).contains(&length),
        0x50 | 0x9F12 => (1..=16).contains(&length),
        0x57 => (1..=19).contains(&length),
        0x5A => (1..=10).contains(&length),
        0x5F20 => (2..=26).contains(&length),
        0x5F2D => matches!(length, 2 | 4 | 6 | 8),
        0x5F53 => (1..=34).contains(&length),
        0x5F54 => matches!(length, 8 | 11),
        0x8C | 0x9F38 => (1..=252).contains(&length),
        0x8E => (10..=252).contains(&length) && length.is_multiple_of(2),
        0x94 => (4..=252).contains(&length) && length.is_multiple_of(4),
        0x9F0C => matches!(length, 3 | 4),
        0x9F10 => (7..=32).contains(&length),
        0x9F2A => length <= 8,
        0x9F6E => (4..=32).contains(&length),
        0x9F7C => length <= 32,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::from_hex;

    fn card(hex: &str) -> Result<CardData, Reason> {
        let mut card = CardData::default();
        card.add(&from_hex(hex).unwrap()).map(|()| card)
    }

    #[test]
    fn no_tag_comes_twice_even_with_the_same_value() {
        let mut card = card("5F3401 01").unwrap();
        assert_eq!(card.add(&from_hex("5F3401 01").unwrap()), Err(Reason::DuplicateTag(0x5F34)));
    }

    #[test]
    fn every_known_object_has_a_length_that_it_can_have() {
        for (hex, tag) in [
            ("9F2607 00000000000000", 0x9F26),
            ("82 01 20", 0x82),
            ("9405 0801010008", 0x94),
            ("5700", 0x57),
            ("9F1006 060112039000", 0x9F10),
        ] {
            assert_eq!(card(hex).err(), Some(Reason::WrongLength(tag)), "{hex}");
        }
        assert!(card("DF7F00").is_ok());
    }

    #[test]
    fn a_missing_object_is_named() {
        assert_eq!(CardData::default().required(0x9F36), Err(Reason::MissingTag(0x9F36)));
    }

    #[test]
    fn both_numbers_are_card_numbers_and_the_same() {
        let reason = |hex: &str| card(hex).unwrap().check_account_numbers().err();
        let track_2 = "5713 4761739001010010D30122010000012345678F".replace(' ', "");
        assert_eq!(reason(&format!("{track_2} 5A08 4761739001010010")), None);
        assert_eq!(reason(&format!("{track_2} 5A0A 4761739001010010FFFF")), None);
        assert_eq!(reason(&format!("{track_2} 5A08 4761739001010028")), Some(Reason::AccountNumbersDiffer));
        assert_eq!(reason("5A08 47617390010100A0"), Some(Reason::AccountNumberMalformed(0x5A)));
        assert_eq!(reason("5708 4761739001010010"), Some(Reason::AccountNumberMalformed(0x57)));
        assert_eq!(reason("570B 4761739001010010D3012F"), Some(Reason::AccountNumberMalformed(0x57)));
    }
}
