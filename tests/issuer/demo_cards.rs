//! The demo cards: test tokens, test keys, and data as an issuer would give them to a phone.

use super::card_master_key::Derivation;
use super::certification::{CA_KEY_INDEX, KeyPair};
use super::contents::Policy;
use super::cryptogram_version::CryptogramVersion;
use super::key_entry::Protection;
use super::profile::{
    ApplicationProfile, CardholderVerification, DataAuthentication, Face, Record, data_object, data_object_list,
    profile,
};
use super::token::Token;
use super::verification_policy::{Allowance, Gates, but_for};

/// The names of all demo cards. Those that would need a card master key on the phone begin with `test-`.
pub const DEMO_CARDS: [&str; 21] = [
    "kernel3-cvn18",
    "kernel3-cvn43",
    "kernel3-no-verification",
    "kernel3-two-applications",
    "kernel3-everyday",
    "kernel3-fdda",
    "kernel3-fdda-record",
    "kernel2-cvn14",
    "kernel2-cvn15",
    "kernel2-no-verification",
    "kernel2-without-oda",
    "kernel2-everyday",
    "kernel7-cvn01",
    "kernel7-everyday",
    "kernel7-fdda",
    "cobadged",
    "closed-loop",
    "test-kernel3-cvn0a",
    "test-kernel3-cvn11",
    "test-kernel2-cvn10",
    "test-kernel2-cvn11",
];

const KERNEL_2_AID: [u8; 7] = [0xA0, 0x00, 0x00, 0x00, 0x04, 0x10, 0x10];
const KERNEL_3_AID: [u8; 7] = [0xA0, 0x00, 0x00, 0x00, 0x03, 0x10, 0x10];
const KERNEL_3_SECOND_AID: [u8; 7] = [0xA0, 0x00, 0x00, 0x00, 0x03, 0x20, 0x10];
const KERNEL_7_AID: [u8; 8] = [0xA0, 0x00, 0x00, 0x03, 0x33, 0x01, 0x01, 0x01];
/// A name of category F, registered with nobody: F0, "HCEPAY", 01.
const CLOSED_LOOP_AID: [u8; 8] = [0xF0, 0x48, 0x43, 0x45, 0x50, 0x41, 0x59, 0x01];

/// The PDOL of kernels 3 and 7 as seen on public samples.
const USUAL_PDOL: [(u32, u8); 9] =
    [(0x9F66, 4), (0x9F02, 6), (0x9F03, 6), (0x9F1A, 2), (0x95, 5), (0x5F2A, 2), (0x9A, 3), (0x9C, 1), (0x9F37, 4)];

/// The same objects in another order, among others: merchant name and location (9F4E), program identifier (9F5A).
const UNUSUAL_PDOL: [(u32, u8); 11] = [
    (0x9F37, 4),
    (0x9F4E, 20),
    (0x9F66, 4),
    (0x9C, 1),
    (0x9F02, 6),
    (0x9F03, 6),
    (0x9F5A, 5),
    (0x5F2A, 2),
    (0x9F1A, 2),
    (0x9A, 3),
    (0x95, 5),
];

/// What a card asks for beside that is to know who the merchant is: category (9F15), name and location (9F4E).
const MERCHANT: [(u32, u8); 2] = [(0x9F15, 2), (0x9F4E, 20)];

/// The 43 bytes that kernel 2 cards usually ask for at GENERATE AC.
const USUAL_CDOL1: [(u32, u8); 12] = [
    (0x9F02, 6),
    (0x9F03, 6),
    (0x9F1A, 2),
    (0x95, 5),
    (0x5F2A, 2),
    (0x9A, 3),
    (0x9C, 1),
    (0x9F37, 4),
    (0x9F35, 1),
    (0x9F45, 2),
    (0x9F4C, 8),
    (0x9F34, 3),
];

/// A demo card as its issuer knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoCard {
    /// Its name, one of [`DEMO_CARDS`].
    pub name: &'static str,
    /// The token.
    pub token: Token,
    /// 5F34 as two BCD digits, where the card has one.
    pub sequence_number: Option<u8>,
    /// Expiry YYMM in BCD.
    pub expiry: [u8; 2],
    /// How the card master keys are derived.
    pub derivation: Derivation,
    /// Of those of its applications that authenticate themselves offline.
    pub certificates: Certificates,
    /// The applications, in the order of the directory.
    pub applications: Vec<ApplicationProfile>,
}

/// What certificates a demo card has, where it has any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Certificates {
    /// The month with which they end, YYMM in BCD.
    pub ends: [u8; 2],
    /// How often they were renewed. Each time the card has the other one of two keys.
    pub renewals: u16,
    /// The profile holds another face for the time after them, which promises no offline data authentication.
    pub face_after: bool,
}

impl DemoCard {
    /// The profile as the card reads it.
    pub fn profile(&self) -> Vec<u8> {
        profile(&self.applications)
    }

    /// The same card, good for three more years: its expiry is all that changes.
    pub fn renewed(&self) -> DemoCard {
        let [year, month] = self.expiry;
        let year = (year >> 4).saturating_mul(10).saturating_add(year & 0x0F).saturating_add(3) % 100;
        let year = ((year / 10) << 4) | (year % 10);
        let renewals = self.certificates.renewals.saturating_add(1);
        let certificates = Certificates { ends: [year, month], renewals, ..self.certificates };
        demo_card_with(self.name, [year, month], certificates).unwrap_or_else(|| self.clone())
    }

    /// The same card under other certificates.
    pub fn certified(&self, certificates: Certificates) -> DemoCard {
        demo_card_with(self.name, self.expiry, certificates).unwrap_or_else(|| self.clone())
    }

    /// Whether any of its applications authenticates itself offline.
    pub fn is_certified(&self) -> bool {
        self.applications.iter().any(|application| application.data_authentication.is_some())
    }
}

/// What the everyday cards pay without verification: 20.00 at once, 50.00 in all, 4 times.
pub const LOW_VALUE: Allowance = Allowance { currency: 978, single: 20_00, total: 50_00, count: 4 };

/// Gates of local trains for these applications: 3.00 a ride, 10.00 in all, 3 rides.
pub fn gates(aids: Vec<Vec<u8>>) -> Gates {
    let allowance = Allowance { currency: 978, single: 3_00, total: 10_00, count: 3 };
    Gates { allowance, aids, merchant_categories: vec![4111, 4131] }
}

/// The policy that an issuer gives a demo card: keys of one use, opened by nothing but verification where the card always wants it.
pub fn usual_policy(name: &str, protection: Protection, ask_at: u16) -> Policy {
    let gates_of = |aid: &[u8]| (protection == Protection::Device).then(|| gates(vec![aid.to_vec()]));
    let verification = match name {
        _ if protection == Protection::Authenticated => Vec::new(),
        "kernel3-everyday" => but_for(&[LOW_VALUE], gates_of(&KERNEL_3_AID).as_ref(), false),
        "kernel7-everyday" => but_for(&[LOW_VALUE], gates_of(&KERNEL_7_AID).as_ref(), false),
        "kernel2-everyday" => but_for(&[LOW_VALUE], None, true),
        _ => Vec::new(),
    };
    Policy { verification, ..Policy::of_single_uses(protection, ask_at) }
}

/// The demo card of this name.
pub fn demo_card(name: &str) -> Option<DemoCard> {
    demo_card_with(name, EXPIRY, Certificates { ends: EXPIRY, renewals: 0, face_after: false })
}

/// The same with another expiry, YYMM in BCD, and other certificates.
pub(super) fn demo_card_with(name: &str, expiry: [u8; 2], certificates: Certificates) -> Option<DemoCard> {
    let name = DEMO_CARDS.into_iter().find(|known| *known == name)?;
    let holder = |digits: &str, sequence_number| Holder {
        token: Token::parse(digits).expect("the digits of each demo card are a token"),
        sequence_number,
        expiry,
        certificates,
    };
    let (holder, applications): (Holder, fn(&Holder) -> Vec<ApplicationProfile>) = match name {
        "kernel3-cvn18" => (holder("9999000000000012", Some(0x01)), |holder| {
            let application = kernel_3(holder, CryptogramVersion::Kernel3Cvn12);
            // Behind the derivation key index: issuer discretionary data of four bytes, which the cryptogram covers.
            let application =
                ApplicationProfile { issuer_application_data: vec![0x01, 0x48, 0x43, 0x45, 0x00], ..application };
            vec![in_one_answer(application)]
        }),
        "kernel3-cvn43" => (holder("9999000000000020", Some(0x00)), |holder| {
            vec![in_one_answer(kernel_3(holder, CryptogramVersion::Kernel3Cvn43))]
        }),
        // A card without sequence number.
        "kernel3-no-verification" => (holder("9999000000000038", None), |holder| {
            vec![ApplicationProfile {
                cardholder_verification: CardholderVerification::WhenAsked,
                ..in_one_answer(kernel_3(holder, CryptogramVersion::Kernel3Cvn12))
            }]
        }),
        // With records, which readers read after the cryptogram.
        "kernel3-two-applications" => (holder("9999000000000046", Some(0x01)), |holder| {
            let first = kernel_3(holder, CryptogramVersion::Kernel3Cvn12);
            let second = ApplicationProfile {
                aid: KERNEL_3_SECOND_AID.to_vec(),
                fci: fci(b"HCEPAY TEST 3B", 2, &USUAL_PDOL, &[]),
                ..first.clone()
            };
            vec![first, second]
        }),
        // Pays without verification where its policy lets it, and asks who the merchant is.
        "kernel3-everyday" => (holder("9999000000000194", Some(0x01)), |holder| {
            vec![ApplicationProfile {
                cardholder_verification: CardholderVerification::WhenAsked,
                fci: fci(b"HCEPAY TEST 3", 1, &[&USUAL_PDOL[..], &MERCHANT].concat(), &[]),
                ..in_one_answer(kernel_3(holder, CryptogramVersion::Kernel3Cvn12))
            }]
        }),
        // Its signature fits the answer to GET PROCESSING OPTIONS.
        "kernel3-fdda" => (holder("9999000000000160", Some(0x01)), |holder| {
            vec![fast_authenticated(holder, kernel_3(holder, CryptogramVersion::Kernel3Cvn12), 1024)]
        }),
        // It does not.
        "kernel3-fdda-record" => (holder("9999000000000178", Some(0x01)), |holder| {
            vec![fast_authenticated(holder, kernel_3(holder, CryptogramVersion::Kernel3Cvn12), 1408)]
        }),
        "kernel2-cvn14" => (holder("9999000000000053", Some(0x01)), |holder| {
            vec![authenticated(holder, kernel_2(holder, CryptogramVersion::Kernel2Cvn14), 1024)]
        }),
        // 19 digits, so that the keys come by option B; and a PDOL.
        "kernel2-cvn15" => (holder("9999000000000000061", Some(0x00)), |holder| {
            let application = ApplicationProfile {
                fci: fci(b"HCEPAY TEST 2", 1, &[(0x9F1A, 2), (0x9F35, 1), (0x9F1D, 8)], &[]),
                ..kernel_2(holder, CryptogramVersion::Kernel2Cvn15)
            };
            vec![authenticated(holder, application, 1152)]
        }),
        "kernel2-no-verification" => (holder("9999000000000079", Some(0x01)), |holder| {
            let application = ApplicationProfile {
                cardholder_verification: CardholderVerification::WhenAsked,
                ..kernel_2(holder, CryptogramVersion::Kernel2Cvn14)
            };
            vec![authenticated(holder, application, 896)]
        }),
        // Its AIP promises nothing: no reader sees the holder verified on the phone.
        "kernel2-without-oda" => {
            (holder("9999000000000152", Some(0x01)), |holder| vec![kernel_2(holder, CryptogramVersion::Kernel2Cvn14)])
        }
        // The same with kernel 2, where a terminal may also ask for a PIN that the issuer checks.
        "kernel2-everyday" => (holder("9999000000000202", Some(0x01)), |holder| {
            let cdol1 = [&USUAL_CDOL1[..], &MERCHANT].concat();
            let mut application = ApplicationProfile {
                cardholder_verification: CardholderVerification::WhenAsked,
                ..kernel_2(holder, CryptogramVersion::Kernel2Cvn14)
            };
            // Enciphered PIN verified online if the terminal can, else no CVM required.
            let cvm_list = |rules: &[u8]| data_object(0x8E, &[&[0; 8], rules].concat());
            let usual = [data_object(0x8C, &data_object_list(&USUAL_CDOL1)), cvm_list(&[0x1F, 0x03])].concat();
            let own = [data_object(0x8C, &data_object_list(&cdol1)), cvm_list(&[0x42, 0x03, 0x1F, 0x03])].concat();
            for record in &mut application.records {
                if let Some(behind) = record.content.strip_prefix(usual.as_slice()) {
                    record.content = [own.as_slice(), behind].concat();
                }
            }
            vec![authenticated(holder, application, 1024)]
        }),
        "kernel7-cvn01" => (holder("9999000000000087", Some(0x01)), |holder| vec![kernel_7(holder)]),
        // As kernel 3's.
        "kernel7-everyday" => (holder("9999000000000210", Some(0x01)), |holder| {
            vec![ApplicationProfile {
                cardholder_verification: CardholderVerification::WhenAsked,
                fci: fci(b"HCEPAY TEST 7", 1, &[&USUAL_PDOL[..], &MERCHANT].concat(), &[]),
                ..in_one_answer(kernel_7(holder))
            }]
        }),
        "kernel7-fdda" => {
            (holder("9999000000000186", Some(0x01)), |holder| vec![fast_authenticated(holder, kernel_7(holder), 1152)])
        }
        "cobadged" => (holder("9999000000000095", Some(0x01)), |holder| {
            let first = authenticated(holder, kernel_2(holder, CryptogramVersion::Kernel2Cvn14), 1408);
            let second = kernel_3(holder, CryptogramVersion::Kernel3Cvn12);
            vec![
                ApplicationProfile { kernel_identifier: Some(2), ..first },
                ApplicationProfile {
                    kernel_identifier: Some(3),
                    fci: fci(b"HCEPAY TEST 3", 2, &USUAL_PDOL, &[]),
                    ..second
                },
            ]
        }),
        // A canteen's own card: no terminal has a kernel for its AID by default, so that the directory names one.
        "closed-loop" => (holder("9999000000000145", Some(0x01)), |holder| {
            vec![ApplicationProfile {
                aid: CLOSED_LOOP_AID.to_vec(),
                kernel_identifier: Some(3),
                fci: fci(b"HCEPAY", 1, &USUAL_PDOL, &[]),
                ..in_one_answer(kernel_3(holder, CryptogramVersion::Kernel3CvnC1))
            }]
        }),
        "test-kernel3-cvn0a" => (holder("9999000000000103", Some(0x00)), |holder| {
            vec![in_one_answer(kernel_3(holder, CryptogramVersion::Kernel3Cvn0A))]
        }),
        "test-kernel3-cvn11" => (holder("9999000000000111", Some(0x00)), |holder| {
            vec![in_one_answer(kernel_3(holder, CryptogramVersion::Kernel3Cvn11))]
        }),
        "test-kernel2-cvn10" => (holder("9999000000000129", Some(0x01)), |holder| {
            vec![authenticated(holder, kernel_2(holder, CryptogramVersion::Kernel2Cvn10), 1024)]
        }),
        // 17 digits: option B over an odd number of them.
        "test-kernel2-cvn11" => (holder("99990000000000137", Some(0x01)), |holder| {
            vec![authenticated(holder, kernel_2(holder, CryptogramVersion::Kernel2Cvn11), 1408)]
        }),
        _ => return None,
    };
    Some(DemoCard {
        name,
        // Limited-use and PBOC keys are only public with option A; no such card has more than 16 digits.
        derivation: if holder.token.digits().len() > 16 { Derivation::OptionB } else { Derivation::OptionA },
        certificates,
        applications: applications(&holder),
        token: holder.token,
        sequence_number: holder.sequence_number,
        expiry,
    })
}

/// What all applications of one card name.
struct Holder {
    token: Token,
    sequence_number: Option<u8>,
    expiry: [u8; 2],
    certificates: Certificates,
}

/// The expiry of all demo cards until they are renewed. It is a December, renewed or not.
pub(super) const EXPIRY: [u8; 2] = [0x29, 0x12];

impl Holder {
    /// Application expiration date (5F24), YYMMDD: the last day of the month.
    fn expiration_date(&self) -> Vec<u8> {
        let [year, month] = self.expiry;
        data_object(0x5F24, &[year, month, 0x31])
    }

    fn sequence_number_object(&self) -> Vec<u8> {
        self.sequence_number.map(|number| data_object(0x5F34, &[number])).unwrap_or_default()
    }
}

/// The content of A5: label, priority, PDOL and whatever comes behind.
fn fci(label: &[u8], priority: u8, pdol: &[(u32, u8)], rest: &[u8]) -> Vec<u8> {
    let mut content = [data_object(0x50, label), data_object(0x87, &[priority]), data_object(0x5F2D, b"en")].concat();
    if !pdol.is_empty() {
        content.extend(data_object(0x9F38, &data_object_list(pdol)));
    }
    content.extend(rest);
    content
}

fn kernel_3(holder: &Holder, version: CryptogramVersion) -> ApplicationProfile {
    let (issuer_application_data, fci) = match version {
        CryptogramVersion::Kernel3Cvn43 => {
            // Key index, wallet provider (the last eight digits of the token requestor), then discretionary data.
            let fixed = [[0x01, 0x99, 0x00, 0x00, 0x01].as_slice(), &[0x00; 15]].concat();
            let program_identifier = data_object(0xBF0C, &data_object(0x9F5A, &[0x40, 0x09, 0x78, 0x02, 0x76]));
            (fixed, fci(b"HCEPAY TEST 3", 1, &UNUSUAL_PDOL, &program_identifier))
        }
        _ => (vec![0x01], fci(b"HCEPAY TEST 3", 1, &USUAL_PDOL, &[])),
    };
    let content = [
        holder.expiration_date(),
        data_object(0x5F28, &[0x02, 0x76]),
        // Application usage control: no restriction.
        data_object(0x9F07, &[0xFF, 0x00]),
        // Token requestor 99999000001, payment account reference.
        data_object(0x9F19, &[0x09, 0x99, 0x99, 0x00, 0x00, 0x01]),
        data_object(0x9F24, b"TEST0000000000000000000000001"),
    ]
    .concat();
    ApplicationProfile {
        aid: KERNEL_3_AID.to_vec(),
        version,
        cardholder_verification: CardholderVerification::Always,
        kernel_identifier: None,
        issuer_application_data,
        fci,
        // Byte 2 bit 7: a mobile phone. No offline data authentication.
        aip: [0x00, 0x40],
        processing_options: [
            data_object(0x57, &holder.token.track_2(holder.expiry)),
            holder.sequence_number_object(),
            // Form factor indicator: version 1, phone; passcode, two-way messaging, cloud-based credential; contactless.
            data_object(0x9F6E, &[0x23, 0x8C, 0x00, 0x00]),
        ]
        .concat(),
        records: vec![Record { sfi: 2, number: 1, content, signed: false }],
        data_authentication: None,
    }
}

/// The same without records: all that a reader needs for a transaction online stands in the answer to GET PROCESSING OPTIONS
/// (EMV Book C-3), and what it saves is a command.
fn in_one_answer(application: ApplicationProfile) -> ApplicationProfile {
    ApplicationProfile { records: Vec::new(), ..application }
}

fn kernel_2(holder: &Holder, version: CryptogramVersion) -> ApplicationProfile {
    let account = [
        data_object(0x5A, &holder.token.compressed()),
        data_object(0x57, &holder.token.track_2(holder.expiry)),
        holder.expiration_date(),
        holder.sequence_number_object(),
    ]
    .concat();
    let risk_management = [
        data_object(0x8C, &data_object_list(&USUAL_CDOL1)),
        // CVM list: no amounts; "no CVM required" if the terminal knows it. Above the limit from which a reader wants more
        // there is nothing.
        data_object(0x8E, &[0, 0, 0, 0, 0, 0, 0, 0, 0x1F, 0x03]),
        // Issuer action codes: decline nothing unasked, ask for everything, decline everything that could not be asked.
        data_object(0x9F0D, &[0xFF; 5]),
        data_object(0x9F0E, &[0x00; 5]),
        data_object(0x9F0F, &[0xFF; 5]),
    ]
    .concat();
    let usage = [
        data_object(0x5F28, &[0x02, 0x76]),
        data_object(0x9F07, &[0xFF, 0x00]),
        data_object(0x9F08, &[0x00, 0x02]),
        data_object(0x9F42, &[0x09, 0x78]),
    ]
    .concat();
    ApplicationProfile {
        aid: KERNEL_2_AID.to_vec(),
        version,
        cardholder_verification: CardholderVerification::Always,
        kernel_identifier: None,
        // Key index, no data authentication code, counters.
        issuer_application_data: vec![0x01, 0x00, 0x00, 0, 0, 0, 0, 0, 0, 0, 0xFF],
        fci: fci(b"HCEPAY TEST 2", 1, &[], &[]),
        // Byte 1: CVM supported, terminal risk management. Byte 2: EMV mode. Not "on-device CVM supported", which readers
        // decline without CDA (EMV Book C-2, GAC.20 to GAC.23).
        aip: [0x18, 0x80],
        processing_options: Vec::new(),
        records: vec![
            Record { sfi: 2, number: 1, content: account, signed: false },
            Record { sfi: 3, number: 1, content: risk_management, signed: false },
            Record { sfi: 3, number: 2, content: usage, signed: false },
        ],
        data_authentication: None,
    }
}

/// The same with offline data authentication (CDA) by a card's key of so many bits, and with verification on the phone, which
/// needs that. All its records are signed, and so is the AIP.
fn authenticated(holder: &Holder, plain: ApplicationProfile, bits: usize) -> ApplicationProfile {
    // Byte 1: CVM supported, terminal risk management, on-device CVM supported, CDA. Byte 2: EMV mode.
    certified(holder, ApplicationProfile { aip: [0x1B, 0x80], ..plain }, bits)
}

/// The same with fast dynamic data authentication (fDDA) by a card's key of so many bits. What a terminal without it needs of the
/// records stands in the first one, which is signed. The last one the card makes itself.
fn fast_authenticated(holder: &Holder, plain: ApplicationProfile, bits: usize) -> ApplicationProfile {
    let [byte_1, byte_2] = plain.aip;
    let country = if plain.version.kernel() == 7 { [0x01, 0x56] } else { [0x02, 0x76] };
    let content = [
        data_object(0x5A, &holder.token.compressed()),
        holder.expiration_date(),
        data_object(0x5F28, &country),
        data_object(0x9F07, &[0xFF, 0x00]),
    ]
    .concat();
    let records = vec![Record { sfi: 2, number: 1, content, signed: true }];
    let mut application =
        certified(holder, ApplicationProfile { aip: [byte_1 | 0x20, byte_2], records, ..plain }, bits);
    if let Some(authentication) = &mut application.data_authentication {
        authentication.made_record = Some((5, 1));
    }
    application
}

/// The same with certificates for a card's key of so many bits, over all its records and the AIP.
fn certified(holder: &Holder, plain: ApplicationProfile, bits: usize) -> ApplicationProfile {
    let Certificates { ends: [year, month], renewals, face_after } = holder.certificates;
    let authority = KeyPair::of_authority();
    // The longest card's key stands under the longest issuer's key.
    let issuer = KeyPair::of_issuer(if bits == 1408 { 1984 } else { 1408 }).expect("there is one");
    let icc_key = KeyPair::of_card(bits, renewals % 2 == 1).expect("there is one of each length");
    let aip = plain.aip;
    let mut records = plain.records;
    // After the certificates: the same records, and an AIP without on-device CVM, CDA and DDA.
    let [byte_1, byte_2] = aip;
    records.iter_mut().for_each(|record| record.signed = false);
    let face_after = face_after.then(|| Face { aip: [byte_1 & 0b1101_1100, byte_2], records: records.clone() });
    records.iter_mut().for_each(|record| record.signed = true);
    if let Some(last) = records.last_mut() {
        // Static data authentication tag list: the AIP is signed too.
        last.content.extend(data_object(0x9F4A, &[0x82]));
    }
    let signed: Vec<u8> = records.iter().flat_map(|record| record.content.clone()).collect();
    let objects = [
        data_object(0x90, &authority.certify_issuer(issuer, "9999", [month, year])),
        data_object(0x8F, &[CA_KEY_INDEX]),
        data_object(0x9F32, &issuer.exponent),
        remainder(0x92, issuer.issuer_remainder(authority)),
        data_object(0x9F47, &icc_key.exponent),
        remainder(0x9F48, icc_key.icc_remainder(issuer)),
        data_object(
            0x9F46,
            &issuer.certify_card(icc_key, &holder.token, [month, year], &[signed.as_slice(), &plain.aip].concat()),
        ),
    ];
    for (content, number) in in_records(&objects).into_iter().zip(1..) {
        records.push(Record { sfi: 4, number, content, signed: false });
    }
    let (icc_key, authority) = (icc_key.clone(), authority.clone());
    let data_authentication =
        DataAuthentication { icc_key, authority, signed_data_format: None, made_record: None, face_after };
    ApplicationProfile { records, data_authentication: Some(data_authentication), ..plain }
}

/// A remainder, where there is one: terminals take it where it is present (EMV Book 2, section 5.3, steps 5 and 12). At least two
/// public kernels 3 want the object nevertheless, and find the signature wrong without it; their terminal then goes online, as the
/// CTQ asks. Whether others would take an empty object is not known, so the demo cards have none; an issuer's profile may.
fn remainder(tag: u32, remainder: &[u8]) -> Vec<u8> {
    if remainder.is_empty() { Vec::new() } else { data_object(tag, remainder) }
}

/// As many of these objects in each record as one answer has room for.
fn in_records(objects: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut records: Vec<Vec<u8>> = Vec::new();
    for object in objects {
        match records.last_mut() {
            Some(last) if last.len().saturating_add(object.len()) <= MOST_IN_A_RECORD => last.extend(object),
            _ => records.push(object.clone()),
        }
    }
    records
}

/// 256 bytes, less those of template 70 and its length.
const MOST_IN_A_RECORD: usize = 253;

fn kernel_7(holder: &Holder) -> ApplicationProfile {
    let content =
        [holder.expiration_date(), data_object(0x5F28, &[0x01, 0x56]), data_object(0x9F07, &[0xFF, 0x00])].concat();
    ApplicationProfile {
        aid: KERNEL_7_AID.to_vec(),
        version: CryptogramVersion::Kernel7Cvn01,
        cardholder_verification: CardholderVerification::Always,
        kernel_identifier: None,
        issuer_application_data: vec![0x01],
        fci: fci(b"HCEPAY TEST 7", 1, &USUAL_PDOL, &[]),
        // The public sample's 7C00 without offline data authentication, issuer authentication, and cardholder verification
        // by a list (8E), which this card has not.
        aip: [0x08, 0x00],
        processing_options: [data_object(0x57, &holder.token.track_2(holder.expiry)), holder.sequence_number_object()]
            .concat(),
        records: vec![Record { sfi: 3, number: 1, content, signed: false }],
        data_authentication: None,
    }
}

/// A profile of several kilobytes: four applications, as much in their records as fits. Of use where a wallet's store is
/// to grow.
pub fn large_profile() -> Vec<u8> {
    let mut application = demo_card("kernel3-no-verification").expect("there is such a card").applications.remove(0);
    let fill = |tag, length| data_object(tag, &vec![0x31; length]);
    let contents = [fill(0x8E, 250), fill(0x8C, 250), fill(0x9F24, 29), [fill(0x5F20, 26), fill(0x9F7C, 20)].concat()];
    application.records = contents
        .into_iter()
        .zip(1..)
        .map(|(content, number)| Record { sfi: 2, number, content, signed: false })
        .collect();
    let named = |last: u8| {
        let mut named = application.clone();
        named.aid.push(last);
        named
    };
    profile(&[named(1), named(2), named(3), named(4)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// The objects on one level: tag, value.
    fn objects(mut bytes: &[u8]) -> Vec<(u32, &[u8])> {
        let mut objects = Vec::new();
        while !bytes.is_empty() {
            let tag_length = if bytes[0] & 0x1F == 0x1F { 2 } else { 1 };
            let tag = bytes[..tag_length].iter().fold(0, |tag, byte| tag << 8 | u32::from(*byte));
            let rest = &bytes[tag_length..];
            let (length, header) = match rest[0] {
                0x81 => (usize::from(rest[1]), 2),
                0x82 => (usize::from(u16::from_be_bytes([rest[1], rest[2]])), 3),
                short => (usize::from(short), 1),
            };
            let (value, after) = rest[header..].split_at(length);
            objects.push((tag, value));
            bytes = after;
        }
        objects
    }

    fn value(objects: &[(u32, &[u8])], tag: u32) -> Option<Vec<u8>> {
        objects.iter().find(|(present, _)| *present == tag).map(|(_, value)| value.to_vec())
    }

    #[test]
    fn every_name_has_its_card_and_every_card_its_own_token() {
        let tokens: BTreeSet<Token> = DEMO_CARDS.iter().map(|name| demo_card(name).unwrap().token).collect();
        assert_eq!(tokens.len(), DEMO_CARDS.len());
        assert!(demo_card("kernel9").is_none());
    }

    #[test]
    fn only_cards_named_test_are_test_only() {
        for name in DEMO_CARDS {
            let profile = demo_card(name).unwrap().profile();
            let content = objects(&profile)[0].1;
            assert_eq!(value(&objects(content), 0xC0).unwrap(), [0x01]);
            assert_eq!(value(&objects(content), 0xC1).unwrap(), [u8::from(name.starts_with("test-"))], "{name}");
        }
    }

    #[test]
    fn no_tag_occurs_twice_in_what_one_terminal_reads() {
        for name in DEMO_CARDS {
            for application in demo_card(name).unwrap().applications {
                let records: Vec<u8> = application.records.iter().flat_map(|record| record.content.clone()).collect();
                let read = [application.fci, application.processing_options, records].concat();
                let tags: Vec<u32> = objects(&read).into_iter().map(|(tag, _)| tag).collect();
                assert_eq!(tags.iter().collect::<BTreeSet<_>>().len(), tags.len(), "{name}: {tags:X?}");
            }
        }
    }

    #[test]
    fn mandatory_objects_are_there_and_aips_promise_only_what_is_kept() {
        for name in DEMO_CARDS {
            for application in demo_card(name).unwrap().applications {
                let records: Vec<u8> = application.records.iter().flat_map(|record| record.content.clone()).collect();
                let read = [application.fci.as_slice(), &application.processing_options, &records].concat();
                let mandatory: &[u32] = match application.version.kernel() {
                    2 => &[0x50, 0x87, 0x5A, 0x57, 0x5F24, 0x8C],
                    _ => &[0x50, 0x87, 0x9F38, 0x57],
                };
                for tag in mandatory {
                    assert!(value(&objects(&read), *tag).is_some(), "{name} lacks {tag:X}");
                }
                let oda = application.data_authentication.is_some();
                // Kernel 2: CDA, and with it verification on the device. The others: DDA.
                let promised = match application.version.kernel() {
                    _ if !oda => 0,
                    2 => 0b0000_0011,
                    _ => 0b0010_0000,
                };
                assert_eq!(application.aip[0] & 0b1110_0111, promised, "{name}");
                let certificates = [0x8F, 0x90, 0x9F32, 0x9F46, 0x9F47, 0x9F4A];
                assert!(certificates.iter().all(|tag| value(&objects(&read), *tag).is_some() == oda), "{name}");
                let has_cvm_list = value(&objects(&read), 0x8E).is_some();
                assert_eq!(application.aip[0] & 0b0001_0000 != 0, has_cvm_list, "{name}");
                assert_eq!(
                    application.aip[1] & 0x81,
                    if application.version.kernel() == 2 { 0x80 } else { 0 },
                    "{name}"
                );
                assert!(application.records.iter().all(|record| record.content.len() <= 253), "{name}");
            }
        }
    }

    /// Without the records of certificates.
    fn profile_uncertified(card: &DemoCard) -> String {
        let mut applications = card.applications.clone();
        applications.iter_mut().for_each(|application| application.records.retain(|record| record.sfi != 4));
        crate::bytes::hex(&profile(&applications))
    }

    #[test]
    fn a_renewed_card_differs_in_its_expiry_its_key_and_what_is_certified_alone() {
        for name in DEMO_CARDS {
            let card = demo_card(name).unwrap();
            let renewed = card.renewed();
            assert_eq!((renewed.token.clone(), renewed.expiry), (card.token.clone(), [0x32, 0x12]), "{name}");
            let until_2032 = profile_uncertified(&card).replace("D2912201", "D3212201");
            let until_2032 = until_2032.replace("5F2403291231", "5F2403321231");
            assert_eq!(profile_uncertified(&renewed), until_2032, "{name}");
            for (before, after) in card.applications.iter().zip(&renewed.applications) {
                let key = |application: &ApplicationProfile| {
                    application.data_authentication.as_ref().map(|authentication| authentication.icc_key.clone())
                };
                assert_eq!(key(before).is_some(), key(after).is_some(), "{name}");
                assert!(key(before).is_none() || key(before) != key(after), "{name}");
            }
        }
    }

    #[test]
    fn the_whole_profile_of_the_default_card_is_as_written_here() {
        let profile = demo_card("kernel3-cvn18").unwrap().profile();
        let expected = concat!(
            "EA77 C00101 C10100 EB6F C20103 C30112 C40100 C5050148434500 4F07A0000000031010",
            "EC32 500D48434550415920544553542033 870101 5F2D02656E",
            "9F3818 9F6604 9F0206 9F0306 9F1A02 9505 5F2A02 9A03 9C01 9F3704",
            "ED20 82020040 570F9999000000000012D291220100000F 5F340101 9F6E04238C0000"
        );
        assert_eq!(crate::bytes::hex(&profile), expected.replace(' ', ""));
    }
}
