//! File Control Information (FCI): what SELECT answers (EMV Book 1, section 11.3.4; EMV Contactless Book B, section 3.3).

use super::aid::Aid;
use super::tags;
use super::tlv;

/// The name of the directory, the Proximity Payment System Environment (PPSE).
pub(crate) const DIRECTORY_NAME: &[u8] = b"2PAY.SYS.DDF01";

/// The answer to SELECT of the directory, given its encoded entries.
pub(crate) fn of_directory(entries: &[u8]) -> Vec<u8> {
    let listed = tlv::object(tags::FCI_ISSUER_DISCRETIONARY_DATA, entries);
    file_control_information(DIRECTORY_NAME, &listed)
}

/// The answer to SELECT of an application, given the content of its proprietary template.
pub(crate) fn of_application(aid: &Aid, proprietary: &[u8]) -> Vec<u8> {
    file_control_information(aid.bytes(), proprietary)
}

fn file_control_information(name: &[u8], proprietary: &[u8]) -> Vec<u8> {
    let mut content = tlv::object(tags::DF_NAME, name);
    tlv::write(&mut content, tags::FCI_PROPRIETARY_TEMPLATE, proprietary);
    tlv::object(tags::FCI_TEMPLATE, &content)
}
