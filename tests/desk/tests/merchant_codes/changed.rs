//! Codes with one character changed.

use hcepay_core::{MerchantCode, QrError};
use hcepay_tests::merchant::published::READ;
use hcepay_tests::merchant::{code, sealed};

use super::written::random_order;
use super::{Draw, decimals, told_by_core, told_by_text};

const CHANGES: usize = 10_000;
/// What takes the place of a character: what codes are made of, and what they cannot have.
const CHARACTERS: &str = "0123456789ABCDEFabcxyz .*-+/~\0\n\u{7F}é最\u{202E}\u{200B}🍜";

/// A code, published or random, and where in it, but for so many characters at its end, a character is to change to what.
fn changed(draw: &mut Draw, end: usize, characters: &[char]) -> (Vec<char>, usize, char) {
    let text = if draw.one_in(2) { draw.of(&READ).1.to_owned() } else { code(&random_order(draw)) };
    let text: Vec<char> = text.chars().collect();
    let at = draw.below(text.len() - end);
    let before = text[at];
    let mut character = *draw.of(characters);
    while character == before {
        character = *draw.of(characters);
    }
    (text, at, character)
}

/// A CRC of 16 bits sees every change within 16 bits, so every one of a character of one byte to another one.
#[test]
fn no_change_of_one_character_goes_unseen() {
    let mut draw = Draw::seeded(0xC8);
    let characters: Vec<char> = (' '..='~').collect();
    for _ in 0..CHANGES {
        let (mut text, at, character) = changed(&mut draw, 0, &characters);
        if !text[at].is_ascii() {
            continue;
        }
        text[at] = character;
        let from_end = text.len() - at;
        let text: String = text.into_iter().collect();
        let error = MerchantCode::parse(text.as_bytes()).expect_err(&text);
        let expected: &[QrError] = match from_end {
            1..=4 => &[QrError::ChecksumWrong, QrError::ChecksumForm],
            5..=8 => &[QrError::ChecksumMissing],
            _ if at < 4 => &[QrError::NotMerchantPresented],
            _ => &[QrError::ChecksumWrong],
        };
        assert!(expected.contains(&error), "{error}: {text}");
    }
}

/// With the checksum made anew: it is refused, or read as the text now is.
#[test]
fn a_changed_code_with_a_new_checksum_is_refused_by_name_or_read_as_it_stands() {
    let mut draw = Draw::seeded(0xDD);
    let characters: Vec<char> = CHARACTERS.chars().collect();
    let (mut refused, mut read) = (0, 0);
    for _ in 0..CHANGES {
        let (mut text, at, character) = changed(&mut draw, 8, &characters);
        text[at] = character;
        let text = sealed(&text[..text.len() - 8].iter().collect::<String>());
        match MerchantCode::parse(text.as_bytes()) {
            Ok(code) => {
                read += 1;
                assert_eq!(told_by_core(&code), told_by_text(&text, decimals(code.currency)), "{text}");
            }
            Err(error) => {
                refused += 1;
                assert!(!error.to_string().is_empty());
                assert!(!matches!(error, QrError::ChecksumWrong | QrError::ChecksumMissing), "{error}: {text}");
            }
        }
    }
    assert!(refused > 1_000 && read > 1_000, "{refused} refused, {read} read");
}
