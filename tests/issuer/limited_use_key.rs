//! The limited-use key (LUK) and the index that names it. Public descriptions only: a test scheme, not a current
//! scheme version.

use std::fmt;

use super::token::{nibbles, packed};
use super::triple_des::{encrypt_triple_des, joined};

const HOURS_IN_400_YEARS: u64 = 146_097 * 24;

/// The index of a limited-use key, seven digits YHHHHCC: last digit of the year, hour of the year from 0001 (1 January,
/// 00:00 UTC) to 8784, number of the key within that hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LukIndex {
    digits: [u8; 7],
}

impl LukIndex {
    /// The index of the key with a given number (0 to 99) in a given hour, counted since 1970-01-01T00:00Z. `None` above 99.
    pub fn at_hour(hours_since_1970: u64, number: u8) -> Option<LukIndex> {
        // 400 years bring calendar and last digit of the year back to where they were.
        let mut hour = hours_since_1970.checked_rem(HOURS_IN_400_YEARS)?;
        let mut year: u64 = 1970;
        loop {
            let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
            match hour.checked_sub(if leap { 8784 } else { 8760 }) {
                Some(later) => hour = later,
                None => break,
            }
            year = year.checked_add(1)?;
        }
        if number > 99 {
            return None;
        }
        LukIndex::parse(&format!("{}{:04}{number:02}", year % 10, hour.checked_add(1)?))
    }

    /// Reads the seven digits YHHHHCC. Whether there is such an hour is not checked.
    pub fn parse(digits: &str) -> Option<LukIndex> {
        let values: Option<Vec<u8>> = digits.chars().map(|digit| digit.to_digit(10)?.try_into().ok()).collect();
        Some(LukIndex { digits: values?.try_into().ok()? })
    }

    /// Reads the derivation data of the IAD (format 4, offset 13): a zero nibble, then the seven digits. `None` for data
    /// that name no limited-use key.
    pub fn from_derivation_data(data: [u8; 4]) -> Option<LukIndex> {
        let [first, digits @ ..]: [u8; 8] = data.map(nibbles).as_flattened().try_into().ok()?;
        (first == 0 && digits.iter().all(|digit| *digit <= 9) && data != [0; 4]).then_some(LukIndex { digits })
    }

    /// The four bytes that the IAD carries: a zero nibble, then the seven digits.
    pub fn derivation_data(&self) -> [u8; 4] {
        self.digits.iter().fold(0_u32, |data, digit| data << 4 | u32::from(*digit)).to_be_bytes()
    }

    /// The block that gives one half of the key: nibble 1 (left) or 2 (right), the seven digits, nibble 8, zeros.
    pub fn block(&self, half: u8) -> [u8; 8] {
        let mut block = [0; 8];
        let nibbles: Vec<u8> = [half].into_iter().chain(self.digits).chain([8, 0]).collect();
        block.iter_mut().zip(packed(&nibbles)).for_each(|(byte, value)| *byte = value);
        block
    }
}

impl fmt::Display for LukIndex {
    /// Seven digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.digits.iter().try_for_each(|digit| write!(f, "{digit}"))
    }
}

/// The limited-use key of an index: its two blocks under the card master key (option A, odd parity). No parity
/// adjustment of the result.
pub fn limited_use_key(card_master_key: &[u8; 16], index: &LukIndex) -> [u8; 16] {
    joined(encrypt_triple_des(card_master_key, index.block(1)), encrypt_triple_des(card_master_key, index.block(2)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::hex;

    #[test]
    fn the_limited_use_key_and_its_blocks_are_those_of_eftlab() {
        let card_master_key = 0xC8B5_0713_6D92_1FD0_5864_C81F_79F2_D30B_u128.to_be_bytes();
        let index = LukIndex::parse("0570201").unwrap();
        assert_eq!(hex(&index.block(1)), "1057020180000000");
        assert_eq!(hex(&index.block(2)), "2057020180000000");
        assert_eq!(hex(&limited_use_key(&card_master_key, &index)), "3EA78DED27B7BB01F9069B8E34C443BC");
    }

    #[test]
    fn the_index_is_found_again_in_the_derivation_data() {
        let index = LukIndex::from_derivation_data([0x03, 0x07, 0x53, 0x00]).unwrap();
        assert_eq!(index.to_string(), "3075300");
        assert_eq!(index.derivation_data(), [0x03, 0x07, 0x53, 0x00]);
        assert_eq!(LukIndex::from_derivation_data([0; 4]), None);
        assert_eq!(LukIndex::from_derivation_data([0x13, 0x07, 0x53, 0x00]), None);
        assert_eq!(LukIndex::from_derivation_data([0x0A, 0x07, 0x53, 0x00]), None);
    }

    #[test]
    fn the_first_hour_of_a_year_is_0001_and_the_last_of_a_leap_year_8784() {
        let hour = |ms: u64| LukIndex::at_hour(ms / 3_600_000, 0).unwrap().to_string();
        assert_eq!(hour(0), "0000100");
        assert_eq!(hour(1_767_225_600_000), "6000100", "2026-01-01T00:00Z");
        assert_eq!(hour(1_861_919_999_999), "8878400", "2028-12-31T23:59:59.999Z");
        assert_eq!(hour(1_861_920_000_000), "9000100", "2029-01-01T00:00Z");
        assert!(LukIndex::at_hour(u64::MAX, 99).is_some());
        assert_eq!(LukIndex::at_hour(0, 100), None);
    }
}
