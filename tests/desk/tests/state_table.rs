//! Every state of the card against every instruction, with valid and invalid parameters: the status word for each.

use hcepay_desk::phone::{NEW_YEAR, Phone};
use hcepay_desk::tally::tell;
use hcepay_tests::bytes::from_hex;

const PDOL_VALUES: &str = "308040000000000012500000000000000276000000000009782601010011223344";
const CDOL1_VALUES: &str = "000000001250000000000000027680000000000978260101001122334422000000000000000000003F0002";
const SELECT_DIRECTORY: &str = "00A404000E325041592E5359532E444446303100";
const SELECT_2: &str = "00A4040007A000000004101000";
const SELECT_3: &str = "00A4040007A000000003101000";
const OPTIONS_2: &str = "80A8000002830000";

/// The states, each with the commands that lead there. The card is co-badged, so that one wallet has all of them.
fn states() -> [(&'static str, Vec<String>); 8] {
    let options_3 = format!("80A80000238321{PDOL_VALUES}00");
    let arqc = format!("80AE80002B{CDOL1_VALUES}00");
    let aac = format!("80AE00002B{CDOL1_VALUES}00");
    let path = |commands: &[&str]| commands.iter().map(|command| (*command).to_owned()).collect();
    [
        ("idle", vec![]),
        ("directory", path(&[SELECT_DIRECTORY])),
        ("selected 2", path(&[SELECT_2])),
        ("initiated 2", path(&[SELECT_2, OPTIONS_2])),
        ("arqc given", path(&[SELECT_2, OPTIONS_2, &arqc])),
        ("aac given", path(&[SELECT_2, OPTIONS_2, &aac])),
        ("selected 3", path(&[SELECT_3])),
        ("completed 3", path(&[SELECT_3, &options_3])),
    ]
}

/// Command, then the status word in each state, in the order of `states`.
const TABLE: &[(&str, &str, [u16; 8])] = &[
    // SELECT: in every state the same.
    ("select the directory", SELECT_DIRECTORY, [0x9000; 8]),
    ("select kernel 2", SELECT_2, [0x9000; 8]),
    ("select without Le", "00A4040007A0000000041010", [0x9000; 8]),
    ("select in extended length", "00A40400000007A00000000410100000", [0x9000; 8]),
    ("select an unknown name", "00A4040007A000000099101000", [0x6A82; 8]),
    ("select the next of none", "00A4040207A000000099101000", [0x6A82; 8]),
    ("select by file", "00A40000023F0000", [0x6A86; 8]),
    ("select an odd occurrence", "00A4040107A000000004101000", [0x6A86; 8]),
    ("select a short name", "00A4040004A000000000", [0x6700; 8]),
    ("select without a name", "00A4040000", [0x6700; 8]),
    ("select with Le 08", "00A4040007A000000004101008", [0x6700; 8]),
    // GET PROCESSING OPTIONS: where an application is selected and nothing begun.
    ("options of kernel 2", OPTIONS_2, [0x6985, 0x6985, 0x9000, 0x6985, 0x6985, 0x6985, 0x6700, 0x6985]),
    ("options with P1", "80A8010002830000", [0x6985, 0x6985, 0x6A86, 0x6985, 0x6985, 0x6985, 0x6A86, 0x6985]),
    ("options without data", "80A8000000", [0x6985, 0x6985, 0x6700, 0x6985, 0x6985, 0x6985, 0x6700, 0x6985]),
    ("options in no template", "80A8000002840000", [0x6985, 0x6985, 0x6A80, 0x6985, 0x6985, 0x6985, 0x6A80, 0x6985]),
    ("options too long", "80A8000003830155", [0x6985, 0x6985, 0x6700, 0x6985, 0x6985, 0x6985, 0x6700, 0x6985]),
    // READ RECORD: kernel 2 after the options, kernel 3 after the cryptogram. Both have record 1 of SFI 2.
    ("a record", "00B2011400", [0x6985, 0x6985, 0x6985, 0x9000, 0x9000, 0x9000, 0x6985, 0x9000]),
    ("a record that is not there", "00B2091400", [0x6985, 0x6985, 0x6985, 0x6A83, 0x6A83, 0x6A83, 0x6985, 0x6A83]),
    ("record 0", "00B2001400", [0x6985, 0x6985, 0x6985, 0x6A86, 0x6A86, 0x6A86, 0x6985, 0x6A86]),
    ("a record by name", "00B2011000", [0x6985, 0x6985, 0x6985, 0x6A86, 0x6A86, 0x6A86, 0x6985, 0x6A86]),
    ("a record of SFI 31", "00B201FC00", [0x6985, 0x6985, 0x6985, 0x6A86, 0x6A86, 0x6A86, 0x6985, 0x6A86]),
    ("a record with Le 08", "00B2011408", [0x6985, 0x6985, 0x6985, 0x6700, 0x6700, 0x6700, 0x6985, 0x6700]),
    ("a record with data", "00B20114015500", [0x6985, 0x6985, 0x6985, 0x6700, 0x6700, 0x6700, 0x6985, 0x6700]),
    // GENERATE AC: kernel 2 after the options, once. Its valid forms are in the test below.
    ("generate a combined AAC", "80AE1000015500", [0x6985, 0x6985, 0x6985, 0x6A86, 0x6985, 0x6985, 0x6985, 0x6985]),
    (
        "generate combined of too little",
        "80AE9000015500",
        [0x6985, 0x6985, 0x6985, 0x6700, 0x6985, 0x6985, 0x6985, 0x6985],
    ),
    ("generate with P2", "80AE8001015500", [0x6985, 0x6985, 0x6985, 0x6A86, 0x6985, 0x6985, 0x6985, 0x6985]),
    ("generate a reserved AC", "80AEC000015500", [0x6985, 0x6985, 0x6985, 0x6A86, 0x6985, 0x6985, 0x6985, 0x6985]),
    ("generate without data", "80AE800000", [0x6985, 0x6985, 0x6985, 0x6700, 0x6985, 0x6985, 0x6985, 0x6985]),
    ("generate with too little", "80AE8000015500", [0x6985, 0x6985, 0x6985, 0x6700, 0x6985, 0x6985, 0x6985, 0x6985]),
    // GET DATA: gives nothing out, wherever an application is selected.
    ("the counter", "80CA9F3600", [0x6985, 0x6985, 0x6A88, 0x6A88, 0x6A88, 0x6A88, 0x6A88, 0x6A88]),
    ("any other object", "80CA005A00", [0x6985, 0x6985, 0x6A88, 0x6A88, 0x6A88, 0x6A88, 0x6A88, 0x6A88]),
    ("an object with data", "80CA9F36015500", [0x6985, 0x6985, 0x6700, 0x6700, 0x6700, 0x6700, 0x6700, 0x6700]),
    // What comes before any state: length, class, instruction.
    ("three bytes", "00A404", [0x6700; 8]),
    ("a length that does not fit", "00A4040009A000000004101000", [0x6700; 8]),
    ("a Le too small, of an unknown class", "E0A4040008", [0x6E00; 8]),
    ("a Le too small, of an unknown instruction", "0088000008", [0x6D00; 8]),
    ("an unknown class", "E0A4040000", [0x6E00; 8]),
    ("a logical channel", "01A4040007A000000004101000", [0x6881; 8]),
    ("a further logical channel", "40A4040007A000000004101000", [0x6881; 8]),
    ("secure messaging", "84AE8000015500", [0x6882; 8]),
    ("chaining", "90AE8000015500", [0x6884; 8]),
    ("SELECT in the proprietary class", "80A4040007A000000004101000", [0x6D00; 8]),
    ("GENERATE AC in the ISO class", "00AE8000015500", [0x6D00; 8]),
];

/// A fresh wallet brought to a state.
fn phone_in(path: &[String]) -> Phone {
    let mut phone = Phone::new("cobadged", 0, NEW_YEAR).unwrap();
    phone.receive_keys(2);
    phone.verify_holder();
    for command in path {
        let answer = phone.process(&from_hex(command).unwrap());
        assert!(answer.ends_with(&[0x90, 0x00]), "{command}");
    }
    phone
}

fn status_word(phone: &mut Phone, command: &str) -> u16 {
    let answer = phone.process(&from_hex(command).unwrap());
    let (data, status_word) = answer.split_last_chunk().unwrap();
    let status_word = u16::from_be_bytes(*status_word);
    assert_eq!(data.is_empty(), status_word != 0x9000, "{command}: data with a refusal, or none with 9000");
    status_word
}

#[test]
fn every_state_answers_every_instruction_as_the_table_says() {
    let states = states();
    for (name, command, expected) in TABLE {
        for ((state, path), expected) in states.iter().zip(expected) {
            let answered = status_word(&mut phone_in(path), command);
            assert_eq!(answered, *expected, "{name} in state {state}: {answered:04X}");
        }
    }
    tell(&format!("state table: {} commands in {} states", TABLE.len(), states.len()));
}

#[test]
fn the_commands_that_spend_are_taken_in_one_state_each() {
    let options_3 = format!("80A80000238321{PDOL_VALUES}00");
    for (state, path) in states() {
        let expected = match state {
            "selected 3" => 0x9000,
            // To kernel 2's application without PDOL the values are too long.
            "selected 2" => 0x6700,
            _ => 0x6985,
        };
        assert_eq!(status_word(&mut phone_in(&path), &options_3), expected, "GET PROCESSING OPTIONS in state {state}");
        for p1 in ["00", "40", "80", "50", "90"] {
            let generate = format!("80AE{p1}002B{CDOL1_VALUES}00");
            let expected = if state == "initiated 2" { 0x9000 } else { 0x6985 };
            assert_eq!(status_word(&mut phone_in(&path), &generate), expected, "GENERATE AC {p1} in state {state}");
        }
    }
}

#[test]
fn every_instruction_that_is_not_ours_is_unknown_in_every_state() {
    for (state, path) in states() {
        let mut phone = phone_in(&path);
        for class in [0x00, 0x80] {
            for instruction in 0..=0xFF_u8 {
                let ours = if class == 0 { [0xA4, 0xB2, 0xB2] } else { [0xA8, 0xAE, 0xCA] };
                if !ours.contains(&instruction) {
                    let command = format!("{class:02X}{instruction:02X}000000");
                    assert_eq!(status_word(&mut phone, &command), 0x6D00, "{command} in state {state}");
                }
            }
        }
    }
}

#[test]
fn a_refused_command_leaves_the_state_as_it_was() {
    for (state, path) in states() {
        let mut phone = phone_in(&path);
        for (name, command, _) in TABLE.iter().filter(|(_, command, _)| !command.starts_with("00A4")) {
            let before = status_word(&mut phone_in(&path), command);
            if before != 0x9000 {
                assert_eq!(status_word(&mut phone, command), before, "{name} after others, in state {state}");
            }
        }
    }
}
