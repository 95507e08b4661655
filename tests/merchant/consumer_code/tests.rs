//! EMVCo's example, and what is no code.

use super::*;
use crate::bytes::{from_hex, hex};

/// EMVCo's example of the specification, as public decoders have it.
const EMVCO: &str = "hQVDUFYwMWETTwegAAAAVVVVUAhQcm9kdWN0MWETTwegAAAAZmZmUAhQcm9kdWN0MmJJWggSNFZ4kBI0WF8gDkNBUkRIT0xERVIvRU1WXy0IcnVlc2RlZW5kIZ8QBwYBCgMAAACfJghYT9OF+iNLzJ82AgABnzcEbVjvEw==";

const FIRST: [u8; 7] = [0xA0, 0x00, 0x00, 0x00, 0x55, 0x55, 0x55];

/// Bytes in hexadecimal as a code.
fn of_hex(text: &str) -> Result<ConsumerCode, CodeRefused> {
    ConsumerCode::read(&base64(&from_hex(text).unwrap()))
}

#[test]
fn the_example_of_the_specification_is_read_and_written_again() {
    let code = ConsumerCode::read(EMVCO).unwrap();
    let aids: Vec<String> = code.aids().map(hex).collect();
    assert_eq!(aids, ["A0000000555555", "A0000000666666"]);
    let common: Vec<u32> = code.common.iter().flatten().map(|(tag, _)| *tag).collect();
    assert_eq!(common, [0x5A, 0x5F20, 0x5F2D, 0x64]);
    let said = [0x50, 0x5A, 0x9F26, 0x9F10, 0x9F36, 0x9F37].map(|tag| hex(&code.object(&FIRST, tag).unwrap()));
    let expected = ["50726F6475637431", "1234567890123458", "584FD385FA234BCC", "06010A03000000", "0001", "6D58EF13"];
    assert_eq!(said, expected);
    assert_eq!(code.text(), EMVCO);
    assert_eq!(code.request(&FIRST), Err(CodeRefused::Missing(0x82)), "it has no AIP, which our cryptograms cover");
}

#[test]
fn chip_data_stand_in_a_template_of_either_kind_or_beside_it() {
    let chip_data = "9F26080102030405060708 9F100706011203A40000 9F36020001 82020040 9F370400000001";
    let chip_data = hex(&from_hex(chip_data).unwrap());
    let nested = |tag: &str| format!("{tag}{:02X}{chip_data}", chip_data.len() / 2);
    let code = |application: &str, common: &str| {
        let application = format!("4F07A0000000555555{application}");
        let common = if common.is_empty() { String::new() } else { format!("62{:02X}{common}", common.len() / 2) };
        of_hex(&format!("85054350563031 61{:02X}{application}{common}", application.len() / 2)).unwrap()
    };
    let token = "5A089999000000000012";
    let asked = [
        code(&format!("{token}{}", nested("63")), ""),
        code(&format!("{token}{chip_data}"), ""),
        code(token, &nested("64")),
        code("", &format!("{token}{}", nested("64"))),
        code(&nested("63"), token),
    ]
    .map(|code| code.request(&FIRST).unwrap());
    assert!(asked.iter().all(|request| *request == asked[0]));
    assert_eq!(asked[0].token().unwrap(), "9999000000000012");
    assert_eq!(hex(asked[0].object(0x9F37).unwrap()), "00000001");
    assert_eq!(code("", &nested("64")).request(&FIRST), Err(CodeRefused::NoToken));
    assert_eq!(code(token, "").request(&FIRST), Err(CodeRefused::Missing(0x82)));
    assert_eq!(code(token, "").request(&[0xA0; 5]), Err(CodeRefused::UnknownApplication));
}

#[test]
fn what_is_no_code_is_refused_by_name() {
    use CodeRefused::{Malformed, NoAid, NoApplication, NotBase64, OtherFormat, OutOfPlace, TooLong, Twice};
    let application = "6107 4F05A000000055";
    let cases = [
        ("", OtherFormat),
        ("85054350563032 6107 4F05A000000055", OtherFormat),
        ("6107 4F05A000000055 85054350563031", OtherFormat),
        ("85054350563031", NoApplication),
        ("85054350563031 6200", NoApplication),
        ("85054350563031 6100", NoAid),
        ("85054350563031 6106 4F04A0000000", NoAid),
        ("85054350563031 610E 4F05A000000055 4F05A000000055", Twice(0x4F)),
        ("85054350563031 6107 4F05A000000055 6200 6200", Twice(0x62)),
        ("85054350563031 6107 4F05A000000055 6200 6107 4F05A000000055", OutOfPlace(0x61)),
        ("85054350563031 6107 4F05A000000055 85054350563031", OutOfPlace(0x85)),
        ("85054350563031 6107 4F05A000000055 5A0112", OutOfPlace(0x5A)),
        ("85054350563031 6109 4F05A000000055 6400", OutOfPlace(0x64)),
        ("85054350563031 6107 4F05A000000055 6202 6300", OutOfPlace(0x63)),
        ("85054350563031 610A 4F05A000000055 630182", Malformed),
        ("85054350563031 610F 4F05A000000055 6306 820100 820100", Twice(0x82)),
        ("85054350563031 6108 4F05A000000055", Malformed),
        ("85054350563031 618107 4F05A000000055", Malformed),
    ];
    for (bytes, refused) in cases {
        assert_eq!(of_hex(bytes), Err(refused), "{bytes}");
    }
    assert!(of_hex(&format!("85054350563031 {application}")).is_ok());
    assert_eq!(ConsumerCode::read(&format!("{EMVCO} ")), Err(NotBase64));
    assert_eq!(ConsumerCode::read(&EMVCO.replace('+', "-")), Err(NotBase64));
    assert_eq!(ConsumerCode::read(&"A".repeat(513)), Err(TooLong));
}

/// A template of more than 255 bytes, in a code of exactly 512 characters.
#[test]
fn a_code_may_have_512_characters() {
    let with = |length: usize| {
        let filled = vec![(AID, FIRST.to_vec()), (0x9F24, vec![0x31; length])];
        ConsumerCode { applications: vec![filled], common: None }
    };
    // 384 bytes, less those of 85 (7), 61 (4), 4F (9), 9F24 (5).
    let code = with(359);
    assert_eq!(code.text().len(), MOST_CHARACTERS);
    assert_eq!(ConsumerCode::read(&code.text()), Ok(code));
    assert_eq!(ConsumerCode::read(&with(360).text()), Err(CodeRefused::TooLong));
}

#[test]
fn no_change_of_a_character_or_a_byte_makes_the_reader_panic() {
    for place in 0..EMVCO.len() {
        for character in ['A', '/', '=', ' ', 'é'] {
            let mut text: Vec<char> = EMVCO.chars().collect();
            text[place] = character;
            reads_as_written(&text.into_iter().collect::<String>());
        }
    }
    let bytes = from_base64(EMVCO).unwrap();
    for place in 0..bytes.len() {
        for byte in 0..=255 {
            let mut bytes = bytes.clone();
            bytes[place] = byte;
            reads_as_written(&base64(&bytes));
        }
    }
}

/// What is read is written the same.
fn reads_as_written(text: &str) {
    if let Ok(code) = ConsumerCode::read(text) {
        assert_eq!(code.text(), text);
        code.aids().for_each(|aid| drop(code.request(aid)));
    }
}
