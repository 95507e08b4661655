//! Issuer Application Data (IAD, 9F10), field by field, and its Card Verification Results (CVR), bit by bit.

use hcepay_tests::bytes::hex;
use hcepay_tests::issuer::issuer_application_data::{CryptogramType, IadKind, IssuerApplicationData};

use super::bits::{Bit, set_bits};

/// One field of the issuer application data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Its bytes.
    pub value: Vec<u8>,
    /// What they mean; empty where they speak for themselves.
    pub meaning: String,
}

/// The fields in their order, to the last byte; none where the layout is not known.
pub fn fields(value: &[u8]) -> Vec<Field> {
    let Some(iad) = IssuerApplicationData::read(value) else { return Vec::new() };
    let mut rest = value;
    let mut fields = Vec::new();
    for (name, length) in layout(iad.kind) {
        let (field, behind) = rest.split_at(rest.len().min(*length));
        if !field.is_empty() {
            fields.push(Field { name, value: field.to_vec(), meaning: meaning(&iad, name, field) });
        }
        rest = behind;
    }
    fields
}

const LENGTH: &str = "Length of what follows";
const KEY_INDEX: &str = "Derivation Key Index (DKI)";
const VERSION: &str = "Cryptogram Version Number (CVN)";
const RESULTS: &str = "Card Verification Results (CVR)";
const DERIVATION: &str = "Derivation Data";
const DISCRETIONARY_LENGTH: &str = "Length of Issuer Discretionary Data";
const DISCRETIONARY: &str = "Issuer Discretionary Data (IDD)";

/// Name and length of each field. What a shorter value has not is left out.
fn layout(kind: IadKind) -> &'static [(&'static str, usize)] {
    match kind {
        IadKind::VsdcFormat013 | IadKind::ClosedLoop => &[
            (LENGTH, 1),
            (KEY_INDEX, 1),
            (VERSION, 1),
            (RESULTS, 4),
            (DISCRETIONARY_LENGTH, 1),
            (DISCRETIONARY, usize::MAX),
        ],
        IadKind::Pboc => &[
            (LENGTH, 1),
            (KEY_INDEX, 1),
            (VERSION, 1),
            (RESULTS, 4),
            ("Algorithm", 1),
            (DISCRETIONARY_LENGTH, 1),
            (DISCRETIONARY, usize::MAX),
        ],
        IadKind::VsdcFormat24 => &[
            (LENGTH, 1),
            (VERSION, 1),
            (KEY_INDEX, 1),
            (RESULTS, 5),
            ("IDD Option", 1),
            ("Digital Wallet Provider ID", 4),
            (DERIVATION, 4),
            ("IDD Format", 1),
            (DISCRETIONARY, usize::MAX),
        ],
        IadKind::MChip => &[
            ("Key Derivation Index (KDI)", 1),
            (VERSION, 1),
            (RESULTS, 6),
            ("Data Authentication Code (DAC)", 2),
            ("Counters", 8),
            ("Further counters", usize::MAX),
        ],
        IadKind::Ccd => &[
            (LENGTH, 1),
            ("Common Core Identifier (CCI)", 1),
            (KEY_INDEX, 1),
            (RESULTS, 5),
            ("Counters", 8),
            (LENGTH, 1),
            (DISCRETIONARY, usize::MAX),
        ],
    }
}

fn meaning(iad: &IssuerApplicationData, name: &str, field: &[u8]) -> String {
    match (name, field) {
        (VERSION, _) if iad.kind == IadKind::ClosedLoop => "closed loop: no payment scheme's cryptogram".to_owned(),
        (VERSION, [cvn]) => format!("{cvn}: which key, and over which data"),
        (RESULTS, cvr) => card_verification_results(iad, cvr),
        (KEY_INDEX | "Key Derivation Index (KDI)", _) => "which of the issuer's master keys".to_owned(),
        ("Algorithm", [0x01]) => "triple DES".to_owned(),
        (DERIVATION, [first @ 0x00..=0x09, hour @ .., number]) if field.iter().any(|byte| *byte != 0) => {
            format!("limited-use key of year {first}, hour {}, number {number:02X}", hex(hour))
        }
        _ => String::new(),
    }
}

fn card_verification_results(iad: &IssuerApplicationData, cvr: &[u8]) -> String {
    match iad.kind {
        IadKind::VsdcFormat013 | IadKind::Pboc => {
            let said = set_bits(&masked(cvr, &[0x00, 0x0F]), &[BYTES_2_TO_4, &[VERIFIED_OR_OFFLINE_PIN]].concat());
            sentence(decisions(cvr.get(1)), said)
        }
        IadKind::ClosedLoop => {
            let said = set_bits(&masked(cvr, &[0x00, 0x0F]), &[BYTES_2_TO_4, &[VERIFIED]].concat());
            sentence(decisions(cvr.get(1)), said)
        }
        IadKind::VsdcFormat24 => {
            let said = set_bits(&masked(cvr, &[0x00, 0x0F]), &[BYTES_2_TO_4, &[VERIFIED], BYTE_5].concat());
            sentence(format!("{}; {}", verifier(cvr.first()), decisions(cvr.get(1))), said)
        }
        IadKind::MChip => {
            let mut said = set_bits(&masked(cvr, &[0x0F, 0xFF, 0x00]), M_CHIP);
            if let Some(counts @ 1..) = cvr.get(2) {
                said.push(format!("scripts {}, PIN tries left {} (b3)", counts >> 4, counts & 0x0F));
            }
            sentence(decisions(cvr.first()), said)
        }
        IadKind::Ccd => decisions(cvr.first()),
    }
}

fn sentence(decisions: String, said: Vec<String>) -> String {
    [vec![decisions], said].concat().join(", ")
}

/// The bits that are single bits; the first bytes hold others too, which are read on their own.
fn masked(cvr: &[u8], masks: &[u8]) -> Vec<u8> {
    cvr.iter().zip(masks.iter().chain(std::iter::repeat(&0xFF))).map(|(byte, mask)| byte & mask).collect()
}

/// What was answered to the first and to a second GENERATE AC: bits 6-5 and 8-7. In kernel 3 and 7 GET PROCESSING OPTIONS
/// is the first.
fn decisions(byte: Option<&u8>) -> String {
    let Some(byte) = byte else { return String::new() };
    let first = CryptogramType::of_bits(byte >> 4).name();
    match CryptogramType::of_bits(byte >> 6) {
        CryptogramType::Arqc => format!("{first} given, no second cryptogram asked for"),
        second => format!("{first} given, then {}", second.name()),
    }
}

/// Formats 2 and 4, byte 1: who verified the holder, and how.
fn verifier(byte: Option<&u8>) -> String {
    let Some(byte) = byte else { return String::new() };
    let by = match byte >> 4 {
        0 => "nobody",
        1 => "VMPA",
        2 => "MG",
        3 => "an app in the secure element",
        4 => "an app in the trusted execution environment",
        5 => "the mobile app",
        6 => "the terminal",
        7 => "the cloud",
        8 => "the phone's operating system",
        _ => "an unknown entity",
    };
    let how = match byte & 0x0F {
        0 => return format!("holder verified by {by} (b1)"),
        1 => "passcode",
        2 => "finger",
        3 => "pattern",
        4 => "face",
        5 => "iris",
        6 => "voice",
        7 => "palm",
        0xD => "signature",
        0xE => "online PIN",
        _ => "unknown method",
    };
    format!("holder verified by {by}, {how} (b1)")
}

const VERIFIED: Bit = (2, 3, "holder verified on the phone");
const VERIFIED_OR_OFFLINE_PIN: Bit = (2, 3, "holder verified on the phone or by offline PIN");

/// Bytes 2 to 4, which formats 0, 1, 3 and 2, 4 have in common.
const BYTES_2_TO_4: &[Bit] = &[
    (2, 4, "issuer authentication failed"),
    (2, 2, "offline PIN failed"),
    (2, 1, "unable to go online"),
    (3, 8, "last online transaction not completed"),
    (3, 7, "PIN try limit exceeded"),
    (3, 6, "velocity counters exceeded"),
    (3, 5, "new card"),
    (3, 4, "issuer authentication failed last time"),
    (3, 3, "issuer authentication not performed"),
    (3, 2, "application blocked"),
    (3, 1, "SDA failed last time"),
    (4, 8, "script count 8"),
    (4, 7, "script count 4"),
    (4, 6, "script count 2"),
    (4, 5, "script count 1"),
    (4, 4, "script failed"),
    (4, 3, "DDA failed last time"),
    (4, 2, "DDA performed"),
    (4, 1, "PIN not received"),
];

const BYTE_5: &[Bit] = &[
    (5, 8, "not in debug mode"),
    (5, 7, "not rooted"),
    (5, 6, "not hooked"),
    (5, 5, "app integrity good"),
    (5, 4, "connected"),
    (5, 3, "genuine device"),
    (5, 2, "holder verified on the phone"),
    (5, 1, "EMV session key for scripts"),
];

/// Kernel 2: bytes 1, 2, 4, 5 and 6; byte 3 counts.
const M_CHIP: &[Bit] = &[
    (1, 4, "date check failed"),
    (1, 3, "offline PIN verification performed"),
    (1, 2, "offline PIN enciphered"),
    (1, 1, "offline PIN successful"),
    (2, 8, "DDA returned"),
    (2, 7, "CDA returned in the first cryptogram"),
    (2, 6, "CDA returned in the second cryptogram"),
    (2, 5, "issuer authentication performed"),
    (2, 4, "card issuer action code skipped"),
    (2, 3, "offline PIN change successful"),
    (2, 2, "issuer's own"),
    (2, 1, "issuer's own"),
    (4, 8, "last online transaction not completed"),
    (4, 7, "unable to go online"),
    (4, 6, "offline PIN verification not performed"),
    (4, 5, "offline PIN verification failed"),
    (4, 4, "PIN try limit exceeded"),
    (4, 3, "international transaction"),
    (4, 2, "domestic transaction"),
    (4, 1, "terminal wrongly takes the offline PIN as good"),
    (5, 8, "consecutive limit exceeded"),
    (5, 7, "consecutive limit exceeded"),
    (5, 6, "cumulative limit exceeded"),
    (5, 5, "cumulative limit exceeded"),
    (5, 4, "go online next time"),
    (5, 3, "issuer authentication failed"),
    (5, 2, "script received"),
    (5, 1, "script failed"),
    (6, 8, "second consecutive limit exceeded"),
    (6, 7, "second consecutive limit exceeded"),
    (6, 6, "second cumulative limit exceeded"),
    (6, 5, "second cumulative limit exceeded"),
    (6, 4, "maximum transaction amount exceeded"),
    (6, 3, "day limit exceeded"),
    (6, 2, "additional check table"),
    (6, 1, "additional check table"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::NO_BREAK;
    use hcepay_tests::bytes::from_hex;

    fn results(iad: &str) -> String {
        let fields = fields(&from_hex(iad).unwrap());
        fields.into_iter().find(|field| field.name == RESULTS).unwrap().meaning.replace(NO_BREAK, " ")
    }

    /// The sample of each layout from the known answers, and our own demo cards'.
    const SAMPLES: [&str; 7] = [
        "0FA526A83100000000000001500000000F240000000000000000000000000000",
        "0110A04003223000000000001126980002FF",
        "06011203A000000F0300001030800000046920AE952C48",
        "1F43FE82A0000000000000000003075300000000000000000000000000000000",
        "1F4A0132A0000000001003027300000000400000000000000000000000000000",
        "07010103A0000001",
        "0601C103A40000",
    ];

    #[test]
    fn no_byte_is_lost_between_the_fields() {
        for sample in SAMPLES {
            let shown: Vec<u8> = fields(&from_hex(sample).unwrap()).into_iter().flat_map(|field| field.value).collect();
            assert_eq!(hex(&shown), sample);
        }
    }

    #[test]
    fn the_cvr_of_each_sample_reads_as_published() {
        let request = "ARQC given, no second cryptogram asked for";
        assert_eq!(results(SAMPLES[2]), request);
        assert_eq!(results(SAMPLES[5]), request);
        assert_eq!(
            results(SAMPLES[3]),
            format!("holder verified by the phone's operating system, finger (b1); {request}")
        );
        assert_eq!(
            results(SAMPLES[1]),
            format!(
                "{request}, CDA returned in the first cryptogram (b2.7), offline PIN verification not performed (b4.6), \
                 domestic transaction (b4.2), cumulative limit exceeded (b5.6), cumulative limit exceeded (b5.5), \
                 scripts 0, PIN tries left 3 (b3)"
            )
        );
    }

    #[test]
    fn verification_on_the_phone_shows() {
        assert_eq!(
            results("06011203A40000"),
            "ARQC given, no second cryptogram asked for, holder verified on the phone or by offline PIN (b2.3)"
        );
        assert_eq!(
            results(SAMPLES[6]),
            "ARQC given, no second cryptogram asked for, holder verified on the phone (b2.3)"
        );
        assert!(
            results("1F430182A4000002000000000103075300000000000000000000000000000000")
                .ends_with("holder verified on the phone (b2.3), holder verified on the phone (b5.2)")
        );
    }

    #[test]
    fn the_published_key_index_is_taken_apart() {
        let fields = fields(&from_hex("1F430152A4000000001003027300570201000000000000000000000000000000").unwrap());
        let derivation = fields.into_iter().find(|field| field.name == DERIVATION).unwrap();
        assert_eq!(derivation.meaning, "limited-use key of year 0, hour 5702, number 01");
    }

    #[test]
    fn a_decline_shows() {
        assert!(results("0114800000200000000000000000000000FF").starts_with("AAC given, no second"));
    }

    #[test]
    fn an_unknown_layout_has_no_fields() {
        assert_eq!(fields(&[0x06, 0x01]), []);
    }
}
