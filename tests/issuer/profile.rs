//! The card profile, layout 1: what the issuer tells the card about itself, as BER-TLV.

use super::certification::KeyPair;
use super::cryptogram_version::CryptogramVersion;

/// What a profile says about one application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicationProfile {
    /// The application identifier, 5 to 16 bytes.
    pub aid: Vec<u8>,
    /// The cryptogram version, which also names the kernel.
    pub version: CryptogramVersion,
    /// When the holder must have verified.
    pub cardholder_verification: CardholderVerification,
    /// 9F2A of the directory entry, if any.
    pub kernel_identifier: Option<u8>,
    /// The fixed part of the issuer application data; its first byte is the derivation key index.
    pub issuer_application_data: Vec<u8>,
    /// The content of A5 in the answer to SELECT.
    pub fci: Vec<u8>,
    /// Application interchange profile (82).
    pub aip: [u8; 2],
    /// Further objects of the GET PROCESSING OPTIONS answer, behind AIP and AFL.
    pub processing_options: Vec<u8>,
    /// The records, in the order in which the AFL names them.
    pub records: Vec<Record>,
    /// Offline data authentication, where the AIP promises it.
    pub data_authentication: Option<DataAuthentication>,
}

/// What a card needs for offline data authentication beside its records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataAuthentication {
    /// The card's key.
    pub icc_key: KeyPair,
    /// The key of the certification authority, for the card to check its certificates by.
    pub authority: KeyPair,
    /// Of fDDA the signed data format, where it is to be another than 05.
    pub signed_data_format: Option<u8>,
    /// Of fDDA file and number of the last record, which the card makes for each transaction.
    pub made_record: Option<(u8, u8)>,
    /// What terminals see once the certificates are over, if anything else.
    pub face_after: Option<Face>,
}

/// Another AIP and other records of an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Face {
    /// Application interchange profile (82).
    pub aip: [u8; 2],
    /// The records, in the order in which the AFL names them.
    pub records: Vec<Record>,
}

/// When the holder must have verified before the card gives a cryptogram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardholderVerification {
    /// Before every one.
    Always,
    /// Only where the terminal asks for it.
    WhenAsked,
}

/// A record, as READ RECORD reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Short file identifier, 1 to 30.
    pub sfi: u8,
    /// Record number, from 1.
    pub number: u8,
    /// The content of template 70.
    pub content: Vec<u8>,
    /// The ICC certificate is over it too. The signed ones of a file come first.
    pub signed: bool,
}

/// Writes the profile of a card with these applications, in the order of its directory.
pub fn profile(applications: &[ApplicationProfile]) -> Vec<u8> {
    let test_only = applications.iter().any(|application| application.version.test_only());
    let mut content = [data_object(0xC0, &[0x01]), data_object(0xC1, &[u8::from(test_only)])].concat();
    for application in applications {
        content.extend(data_object(0xEB, &application_content(application)));
    }
    data_object(0xEA, &content)
}

fn application_content(application: &ApplicationProfile) -> Vec<u8> {
    let verification = match application.cardholder_verification {
        CardholderVerification::Always => 0x00,
        CardholderVerification::WhenAsked => 0x01,
    };
    let mut content = [
        data_object(0xC2, &[application.version.kernel()]),
        data_object(0xC3, &[application.version.cvn()]),
        data_object(0xC4, &[verification]),
        data_object(0xC5, &application.issuer_application_data),
        data_object(0x4F, &application.aid),
    ]
    .concat();
    if let Some(kernel) = application.kernel_identifier {
        content.extend(data_object(0x9F2A, &[kernel]));
    }
    content.extend(data_object(0xEC, &application.fci));

    let authentication = application.data_authentication.as_ref();
    let made = authentication.and_then(|authentication| authentication.made_record);
    content.extend(answers(application.aip, &application.records, made, &application.processing_options));
    if let Some(authentication) = authentication {
        let DataAuthentication { authority, signed_data_format, face_after, .. } = authentication;
        content.extend(data_object(0xC7, &authority.modulus));
        content.extend(data_object(0xC8, &authority.exponent));
        content.extend(signed_data_format.iter().flat_map(|format| data_object(0xC9, &[*format])));
        let after = |face: &Face| answers(face.aip, &face.records, None, &application.processing_options);
        content.extend(face_after.iter().flat_map(|face| data_object(0xEF, &after(face))));
    }
    content
}

/// What GET PROCESSING OPTIONS and READ RECORD answer. File and number of a record that the card makes, if any: it is the last.
fn answers(aip: [u8; 2], records: &[Record], made: Option<(u8, u8)>, further_options: &[u8]) -> Vec<u8> {
    let made = made.map(|(sfi, number)| Record { sfi, number, content: Vec::new(), signed: false });
    let named: Vec<Record> = records.iter().cloned().chain(made.clone()).collect();
    let mut processing_options = data_object(0x82, &aip);
    if !named.is_empty() {
        processing_options.extend(data_object(0x94, &application_file_locator(&named)));
    }
    processing_options.extend(further_options);
    let mut content = data_object(0xED, &processing_options);
    for record in records {
        let named = data_object(0xC6, &[record.sfi, record.number]);
        content.extend(data_object(0xEE, &[named, data_object(0x70, &record.content)].concat()));
    }
    content.extend(made.iter().flat_map(|made| data_object(0xEE, &data_object(0xC6, &[made.sfi, made.number]))));
    content
}

/// Application file locator (94; EMV Book 3, section 10.2): four bytes for each run of records in one file, the last of them
/// how many of the run are signed, from its first on.
fn application_file_locator(records: &[Record]) -> Vec<u8> {
    records
        .chunk_by(|record, next| record.sfi == next.sfi && record.number.checked_add(1) == Some(next.number))
        .filter_map(|run| {
            let signed = run.iter().take_while(|record| record.signed).count();
            Some([run.first()?.sfi << 3, run.first()?.number, run.last()?.number, u8::try_from(signed).ok()?])
        })
        .flatten()
        .collect()
}

/// A data object in BER-TLV, its length in the shortest form (EMV Book 3, annex B).
pub fn data_object(tag: u32, value: &[u8]) -> Vec<u8> {
    let length = value.len().to_be_bytes();
    let length = without_leading_zeros(&length);
    let tag = tag.to_be_bytes();
    let mut object = without_leading_zeros(&tag).to_vec();
    match length {
        [] => object.push(0x00),
        [short @ 0x00..0x80] => object.push(*short),
        _ => {
            object.extend(u8::try_from(length.len()).map(|bytes| 0x80 | bytes));
            object.extend(length);
        }
    }
    object.extend(value);
    object
}

/// A data object list: each tag with the length that is wanted (EMV Book 3, section 5.4).
pub fn data_object_list(entries: &[(u32, u8)]) -> Vec<u8> {
    entries.iter().flat_map(|(tag, length)| [without_leading_zeros(&tag.to_be_bytes()), &[*length]].concat()).collect()
}

fn without_leading_zeros(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.split_at(zeros).1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::hex;

    #[test]
    fn lengths_take_their_shortest_form() {
        assert_eq!(hex(&data_object(0x9F38, &[])), "9F3800");
        assert_eq!(hex(&data_object(0x70, &[0; 127])[..2]), "707F");
        assert_eq!(hex(&data_object(0x70, &[0; 128])[..3]), "708180");
        assert_eq!(hex(&data_object(0xEA, &[0; 256])[..4]), "EA820100");
    }

    #[test]
    fn records_of_one_file_share_an_entry_of_the_afl() {
        let record = |sfi, number, signed| Record { sfi, number, content: Vec::new(), signed };
        let records = [record(2, 1, false), record(3, 1, true), record(3, 2, false), record(3, 4, true)];
        assert_eq!(hex(&application_file_locator(&records)), "100101001801020118040401");
    }
}
