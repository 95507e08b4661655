//! Issuer application data (IAD, 9F10): what the card tells its issuer, in the layouts that are public.

/// The layout of issuer application data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IadKind {
    /// Common core definitions 4.1 with triple DES (EMV Book 3, annex C7).
    Ccd,
    /// Kernel 2, 18 bytes or more.
    MChip,
    /// Kernel 3, formats 0, 1 and 3: 7 bytes or more.
    VsdcFormat013,
    /// Kernel 3, formats 2 and 4: 32 bytes.
    VsdcFormat24,
    /// Kernel 7 (PBOC), 8 bytes or more.
    Pboc,
    /// hcepay's closed-loop scheme: laid out as kernel 3's format 0, with a cryptogram version of its own.
    ClosedLoop,
}

/// What the card decided, as CVR and CID code it in two bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CryptogramType {
    /// Application authentication cryptogram: declined.
    Aac,
    /// Transaction certificate: approved offline.
    Tc,
    /// Authorisation request cryptogram: the issuer shall decide.
    Arqc,
    /// The fourth value, not in use.
    Reserved,
}

/// Issuer application data (9F10), taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerApplicationData {
    /// The layout.
    pub kind: IadKind,
    /// Derivation key index (DKI, KDI): which of the issuer's master keys is meant.
    pub derivation_key_index: u8,
    /// Cryptogram version number; CCD has none.
    pub cvn: Option<u8>,
    /// Card verification results (CVR). Formats 0, 1, 3, PBOC and closed loop: 4 bytes, of which the first is 03, their length. Formats 2, 4
    /// and CCD: 5 bytes. M/Chip: 6 bytes.
    pub cvr: Vec<u8>,
    /// Formats 2 and 4: the derivation data, which name a limited-use key.
    pub derivation_data: Option<[u8; 4]>,
    /// M/Chip: the eight bytes of counters.
    pub counters: Option<[u8; 8]>,
    /// The whole value of 9F10.
    pub value: Vec<u8>,
}

impl IssuerApplicationData {
    /// Recognises the layout by its fixed bytes and lengths (at most 32); `None` where it is none of the six.
    pub fn read(value: &[u8]) -> Option<IssuerApplicationData> {
        if value.len() > 32 {
            return None;
        }
        let read = IssuerApplicationData {
            kind: IadKind::MChip,
            derivation_key_index: 0,
            cvn: None,
            cvr: Vec::new(),
            derivation_data: None,
            counters: None,
            value: value.to_vec(),
        };
        match *value {
            // 07 ‖ DKI ‖ CVN ‖ CVR (03 ‖ 3) ‖ algorithm (01 = triple DES) [‖ length ‖ discretionary data]
            [0x07, dki, cvn, 0x03, c2, c3, c4, 0x01, ref rest @ ..] if discretionary(rest) => {
                Some(IssuerApplicationData {
                    kind: IadKind::Pboc,
                    derivation_key_index: dki,
                    cvn: Some(cvn),
                    cvr: vec![0x03, c2, c3, c4],
                    ..read
                })
            }
            // 06 ‖ DKI ‖ CVN ‖ CVR (03 ‖ 3) [‖ length ‖ discretionary data]
            [0x06, dki, cvn, 0x03, c2, c3, c4, ref rest @ ..]
                if discretionary(rest) && matches!(cvn >> 4, 0 | 1 | 3) =>
            {
                Some(IssuerApplicationData {
                    kind: IadKind::VsdcFormat013,
                    derivation_key_index: dki,
                    cvn: Some(cvn),
                    cvr: vec![0x03, c2, c3, c4],
                    ..read
                })
            }
            // The same with the closed-loop scheme's CVN.
            [0x06, dki, cvn @ 0xC1, 0x03, c2, c3, c4, ref rest @ ..] if discretionary(rest) => {
                Some(IssuerApplicationData {
                    kind: IadKind::ClosedLoop,
                    derivation_key_index: dki,
                    cvn: Some(cvn),
                    cvr: vec![0x03, c2, c3, c4],
                    ..read
                })
            }
            // 1F ‖ CVN ‖ DKI ‖ CVR (5) ‖ option ‖ wallet provider (4) ‖ derivation data (4) ‖ format ‖ discretionary (14)
            [0x1F, cvn, dki, c1, c2, c3, c4, c5, _, _, _, _, _, d1, d2, d3, d4, ref rest @ ..]
                if rest.len() == 15 && matches!(cvn >> 4, 2 | 4) =>
            {
                Some(IssuerApplicationData {
                    kind: IadKind::VsdcFormat24,
                    derivation_key_index: dki,
                    cvn: Some(cvn),
                    cvr: vec![c1, c2, c3, c4, c5],
                    derivation_data: Some([d1, d2, d3, d4]),
                    ..read
                })
            }
            // 0F ‖ common core identifier A5 ‖ DKI ‖ CVR (5) ‖ counters (8) ‖ 0F ‖ discretionary (15)
            [0x0F, 0xA5, dki, c1, c2, c3, c4, c5, _, _, _, _, _, _, _, _, 0x0F, ref rest @ ..] if rest.len() == 15 => {
                Some(IssuerApplicationData {
                    kind: IadKind::Ccd,
                    derivation_key_index: dki,
                    cvr: vec![c1, c2, c3, c4, c5],
                    ..read
                })
            }
            // KDI ‖ CVN (0001 0ss c) ‖ CVR (6) ‖ DAC (2) ‖ counters (8) [‖ further counters]
            [kdi, cvn, c1, c2, c3, c4, c5, c6, _, _, n1, n2, n3, n4, n5, n6, n7, n8, ..]
                if matches!(cvn, 0x10 | 0x11 | 0x14..=0x17) && matches!(value.len(), 18 | 20 | 26 | 28 | 32) =>
            {
                Some(IssuerApplicationData {
                    derivation_key_index: kdi,
                    cvn: Some(cvn),
                    cvr: vec![c1, c2, c3, c4, c5, c6],
                    counters: Some([n1, n2, n3, n4, n5, n6, n7, n8]),
                    ..read
                })
            }
            _ => None,
        }
    }

    /// The layout in words: "CCD 4.1 TDES", "M/Chip 18B" (with its length), "VSDC 0/1/3", "VSDC 2/4", "PBOC" or "closed loop".
    pub fn layout(&self) -> String {
        match self.kind {
            IadKind::Ccd => "CCD 4.1 TDES".to_owned(),
            IadKind::MChip => format!("M/Chip {}B", self.value.len()),
            IadKind::VsdcFormat013 => "VSDC 0/1/3".to_owned(),
            IadKind::VsdcFormat24 => "VSDC 2/4".to_owned(),
            IadKind::Pboc => "PBOC".to_owned(),
            IadKind::ClosedLoop => "closed loop".to_owned(),
        }
    }

    /// What the card decided at its first cryptogram: bits 6 and 5 of CVR byte 1 (CCD, M/Chip) or byte 2 (the others).
    pub fn first_cryptogram(&self) -> CryptogramType {
        let byte = match self.kind {
            IadKind::Ccd | IadKind::MChip => self.cvr.first(),
            IadKind::VsdcFormat013 | IadKind::VsdcFormat24 | IadKind::Pboc | IadKind::ClosedLoop => self.cvr.get(1),
        };
        byte.map_or(CryptogramType::Reserved, |byte| CryptogramType::of_bits(byte >> 4))
    }
}

impl CryptogramType {
    /// The type in the lowest two bits.
    pub fn of_bits(bits: u8) -> CryptogramType {
        match bits & 0b11 {
            0b00 => CryptogramType::Aac,
            0b01 => CryptogramType::Tc,
            0b10 => CryptogramType::Arqc,
            _ => CryptogramType::Reserved,
        }
    }

    /// The short name.
    pub fn name(self) -> &'static str {
        match self {
            CryptogramType::Aac => "AAC",
            CryptogramType::Tc => "TC",
            CryptogramType::Arqc => "ARQC",
            CryptogramType::Reserved => "reserved",
        }
    }
}

/// Whether these are issuer discretionary data behind their length, or nothing at all.
fn discretionary(rest: &[u8]) -> bool {
    match rest {
        [] => true,
        [length, data @ ..] => usize::from(*length) == data.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::{from_hex, hex};

    fn read(value: &str) -> Option<IssuerApplicationData> {
        IssuerApplicationData::read(&from_hex(value).unwrap())
    }

    #[test]
    fn each_layout_is_read_as_emv_utils_reads_it() {
        let ccd = read("0FA526A83100000000000001500000000F240000000000000000000000000000").unwrap();
        assert_eq!((ccd.layout().as_str(), ccd.derivation_key_index), ("CCD 4.1 TDES", 0x26));
        assert_eq!((hex(&ccd.cvr).as_str(), ccd.cvn), ("A831000000", None));

        let m_chip = read("0110A04003223000000000001126980002FF").unwrap();
        assert_eq!((m_chip.layout().as_str(), m_chip.derivation_key_index), ("M/Chip 18B", 0x01));
        assert_eq!((hex(&m_chip.cvr).as_str(), m_chip.cvn), ("A04003223000", Some(0x10)));
        assert_eq!(hex(&m_chip.counters.unwrap()), "00001126980002FF");

        let format_1 = read("06011203A000000F0300001030800000046920AE952C48").unwrap();
        assert_eq!((format_1.layout().as_str(), format_1.derivation_key_index), ("VSDC 0/1/3", 0x01));
        assert_eq!((hex(&format_1.cvr).as_str(), format_1.cvn), ("03A00000", Some(0x12)));

        let format_4 = read("1F43FE82A0000000000000000003075300000000000000000000000000000000").unwrap();
        assert_eq!((format_4.layout().as_str(), format_4.derivation_key_index), ("VSDC 2/4", 0xFE));
        assert_eq!((hex(&format_4.cvr).as_str(), format_4.cvn), ("82A0000000", Some(0x43)));
        assert_eq!(hex(&format_4.derivation_data.unwrap()), "03075300");
    }

    #[test]
    fn the_pboc_layout_is_read_with_and_without_discretionary_data() {
        let with = read("07000103A04002010A010000001000D1F61152").unwrap();
        assert_eq!((with.kind, with.cvn, hex(&with.cvr).as_str()), (IadKind::Pboc, Some(0x01), "03A04002"));
        let without = read("0701010390000001").unwrap();
        assert_eq!((without.derivation_key_index, without.first_cryptogram()), (0x01, CryptogramType::Tc));
    }

    #[test]
    fn the_closed_loop_scheme_is_told_apart_by_its_cryptogram_version() {
        let iad = read("0601C103A4000002ABCD").unwrap();
        assert_eq!((iad.layout().as_str(), iad.derivation_key_index, iad.cvn), ("closed loop", 0x01, Some(0xC1)));
        assert_eq!((hex(&iad.cvr).as_str(), iad.first_cryptogram()), ("03A40000", CryptogramType::Arqc));
        assert_eq!(read("0601C203A40000"), None);
    }

    #[test]
    fn a_wrong_length_is_no_issuer_application_data() {
        for value in
            ["", "06", "06011203A00000FF", "06011203A0000001", "0110A04003223000000000001126980002", "07010103A0000002"]
        {
            assert_eq!(read(value), None, "{value}");
        }
    }

    #[test]
    fn an_aac_of_kernel_2_says_so() {
        let declined = read("0114800003220000000000000000000000FF").unwrap();
        assert_eq!(declined.first_cryptogram(), CryptogramType::Aac);
    }
}
