//! The commands that a contactless terminal sends, as short APDUs with Le = 00 (EMV Book 3, section 6.5).

use crate::terminal::Reason;

/// SELECT by name, first or only occurrence.
pub(super) fn select(name: &[u8]) -> Result<Vec<u8>, Reason> {
    command([0x00, 0xA4, 0x04, 0x00], name)
}

/// GET PROCESSING OPTIONS: the values of the PDOL in template 83.
pub(super) fn get_processing_options(pdol_values: &[u8]) -> Result<Vec<u8>, Reason> {
    let length = u8::try_from(pdol_values.len()).map_err(|_| Reason::DataObjectListTooLong)?;
    let header: &[u8] = if length < 0x80 { &[0x83, length] } else { &[0x83, 0x81, length] };
    command([0x80, 0xA8, 0x00, 0x00], &[header, pdol_values].concat())
}

/// READ RECORD, P1 = record number, short file identifier (1 to 30) in P2.
pub(super) fn read_record(short_file_identifier: u8, record_number: u8) -> Vec<u8> {
    vec![0x00, 0xB2, record_number, short_file_identifier << 3 | 0x04, 0x00]
}

/// GENERATE AC: the type asked for in P1, with CDA (bit 5) or without; the values of CDOL1 as data.
pub(super) fn generate_ac(asked: CryptogramType, cda: bool, cdol1_values: &[u8]) -> Result<Vec<u8>, Reason> {
    let p1 = match asked {
        CryptogramType::Aac => 0x00,
        CryptogramType::Arqc => 0x80,
        CryptogramType::Tc => 0x40,
    };
    command([0x80, 0xAE, if cda { p1 | 0x10 } else { p1 }, 0x00], cdol1_values)
}

/// Case 4: header, Lc, data, Le. Only data object lists grow beyond what fits.
fn command(header: [u8; 4], data: &[u8]) -> Result<Vec<u8>, Reason> {
    let length = u8::try_from(data.len()).map_err(|_| Reason::DataObjectListTooLong)?;
    Ok([&header, &[length][..], data, &[0x00]].concat())
}

/// The type of an application cryptogram, lowest first (EMV Book 3, section 9.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum CryptogramType {
    /// Application authentication cryptogram: declined.
    Aac,
    /// Authorisation request cryptogram: ask the issuer.
    Arqc,
    /// Transaction certificate: approved offline.
    Tc,
}

impl CryptogramType {
    /// From bits 8-7 of the cryptogram information data (9F27).
    pub(super) fn of_cid(cid: u8) -> Result<CryptogramType, Reason> {
        match cid >> 6 {
            0b00 => Ok(CryptogramType::Aac),
            0b01 => Ok(CryptogramType::Tc),
            0b10 => Ok(CryptogramType::Arqc),
            _ => Err(Reason::CryptogramTypeReserved),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::hex;

    #[test]
    fn commands_are_short_and_end_in_le() {
        assert_eq!(hex(&select(b"2PAY.SYS.DDF01").unwrap()), "00A404000E325041592E5359532E444446303100");
        assert_eq!(hex(&get_processing_options(&[]).unwrap()), "80A8000002830000");
        assert_eq!(hex(&read_record(3, 1)), "00B2011C00");
        assert_eq!(hex(&generate_ac(CryptogramType::Arqc, false, &[0x11]).unwrap()), "80AE8000011100");
        assert_eq!(hex(&generate_ac(CryptogramType::Tc, true, &[0x11]).unwrap()), "80AE5000011100");
    }

    #[test]
    fn template_83_counts_its_values_and_no_command_outgrows_255_bytes() {
        assert!(hex(&get_processing_options(&[0; 128]).unwrap()).starts_with("80A8000083838180"));
        assert!(get_processing_options(&[0; 252]).is_ok());
        assert_eq!(get_processing_options(&[0; 253]), Err(Reason::DataObjectListTooLong));
        assert_eq!(generate_ac(CryptogramType::Arqc, true, &[0; 256]), Err(Reason::DataObjectListTooLong));
    }

    #[test]
    fn a_transaction_certificate_is_higher_than_a_request_and_a_request_higher_than_a_decline() {
        assert!(CryptogramType::Tc > CryptogramType::Arqc && CryptogramType::Arqc > CryptogramType::Aac);
        assert_eq!(CryptogramType::of_cid(0x80), Ok(CryptogramType::Arqc));
        assert_eq!(CryptogramType::of_cid(0xC0), Err(Reason::CryptogramTypeReserved));
    }
}
