//! A merchant who makes QR codes (EMV QRCPS, Merchant-Presented Mode), written from the specification without the core. Beside that
//! its online shop, the codes that it reads from consumers' phones, and the coupons that it signs and takes.

pub mod base64;
pub mod consumer_code;
pub mod coupons;
pub mod online_shop;
pub mod published;

use std::str::Chars;

/// A data object: its ID, and its value, which in a template is data objects again.
pub type DataObject = (u8, String);

/// Data objects one behind the other: ID, length in characters, value.
pub fn written(objects: &[DataObject]) -> String {
    objects.iter().map(|(id, value)| format!("{id:02}{:02}{value}", value.chars().count())).collect()
}

/// The whole code: these data objects, and the checksum behind them.
pub fn code(objects: &[DataObject]) -> String {
    sealed(&written(objects))
}

/// Whatever it is, with the checksum that it must have.
pub fn sealed(text: &str) -> String {
    let text = format!("{text}6304");
    let checksum = checksum(text.as_bytes());
    format!("{text}{checksum:04X}")
}

/// The data objects of a text; `None` where it is not made of whole ones.
pub fn taken_apart(text: &str) -> Option<Vec<DataObject>> {
    let (mut objects, mut rest) = (Vec::new(), text.chars());
    while !rest.as_str().is_empty() {
        let [id, length] = [two_digits(&mut rest)?, two_digits(&mut rest)?];
        let value: String = rest.by_ref().take(length.into()).collect();
        if value.chars().count() < length.into() {
            return None;
        }
        objects.push((id, value));
    }
    Some(objects)
}

fn two_digits(characters: &mut Chars<'_>) -> Option<u8> {
    let digits: String = characters.by_ref().take(2).filter(char::is_ascii_digit).collect();
    if digits.len() == 2 { digits.parse().ok() } else { None }
}

/// The remainder of the text as a polynomial over GF(2), divided by x^16 + x^12 + x^5 + 1, the first 16 bits inverted before: bit by
/// bit, as the definition has it.
fn checksum(text: &[u8]) -> u16 {
    let bits = text.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1));
    let mut remainder = 0_u32;
    for (place, bit) in bits.chain([false; 16]).enumerate() {
        // The initial value FFFF inverts the first 16 bits.
        remainder = remainder << 1 | u32::from(bit ^ (place < 16));
        if remainder & 0x1_0000 != 0 {
            remainder ^= 0x1_1021;
        }
    }
    (remainder & 0xFFFF) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_has_the_check_value_of_the_catalogue() {
        assert_eq!((checksum(b"123456789"), checksum(b"A random string")), (0x29B1, 0x0375));
    }

    #[test]
    fn what_is_written_can_be_taken_apart() {
        let objects = [(0, "01".to_owned()), (59, "最佳运输".to_owned())];
        assert_eq!(written(&objects), "0002015904最佳运输");
        assert_eq!(taken_apart(&written(&objects)).unwrap(), objects);
        assert_eq!([taken_apart("5903ab"), taken_apart("5x03abc"), taken_apart("590")], [None, None, None]);
    }
}
