//! The Application File Locator (AFL, 94; EMV Book 3, section 10.2): which records the terminal is to read.

/// Where a record lies: Short File Identifier (SFI) and record number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RecordAddress {
    sfi: u8,
    number: u8,
}

impl RecordAddress {
    /// `None` where the SFI is not 1 to 30 or the record number not 1 to 255.
    pub(crate) fn new(sfi: u8, number: u8) -> Option<RecordAddress> {
        ((1..=30).contains(&sfi) && number > 0).then_some(RecordAddress { sfi, number })
    }

    /// Whether a signature over the record is over its template too: files from 11 on are no EMV files (EMV Book 3, section
    /// 10.3).
    pub(crate) fn is_signed_with_template(self) -> bool {
        self.sfi > 10
    }
}

/// All records that an AFL names, in the order in which the terminal reads them, and whether each is authenticated offline:
/// in each entry the first so many. `None` where it is malformed, names
/// a record twice, or wants more records authenticated offline than it names.
pub(crate) fn records(afl: &[u8]) -> Option<Vec<(RecordAddress, bool)>> {
    let (entries, []) = afl.as_chunks::<4>() else { return None };
    let mut records: Vec<(RecordAddress, bool)> = Vec::new();
    for [sfi, first, last, authenticated] in entries {
        let count = last.checked_sub(*first)?.checked_add(1)?;
        if sfi & 0x07 != 0 || *authenticated > count {
            return None;
        }
        for (number, place) in (*first..=*last).zip(0..) {
            let address = RecordAddress::new(sfi >> 3, number)?;
            if records.iter().any(|(named, _)| *named == address) {
                return None;
            }
            records.push((address, place < *authenticated));
        }
    }
    Some(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_named_in_reading_order() {
        let at = |sfi, number| RecordAddress::new(sfi, number).unwrap();
        let named = records(&[0x18, 2, 3, 0, 0x08, 1, 1, 1, 0x10, 1, 3, 2]).unwrap();
        let expected = [(3, 2), (3, 3), (1, 1), (2, 1), (2, 2), (2, 3)].map(|(sfi, number)| at(sfi, number));
        assert!(named.iter().map(|(address, _)| *address).eq(expected));
        assert_eq!(
            named.iter().map(|(_, signed)| *signed).collect::<Vec<_>>(),
            [false, false, true, true, true, false]
        );
        assert_eq!(records(&[]), Some(vec![]));
    }

    #[test]
    fn a_malformed_locator_names_nothing() {
        let malformed: [&[u8]; 8] = [
            &[0x08, 1, 1],
            &[0x00, 1, 1, 0],
            &[0xF8, 1, 1, 0],
            &[0x09, 1, 1, 0],
            &[0x08, 0, 1, 0],
            &[0x08, 2, 1, 0],
            &[0x08, 1, 1, 2],
            &[0x08, 1, 2, 0, 0x08, 2, 2, 0],
        ];
        for afl in malformed {
            assert_eq!(records(afl), None, "{afl:02X?}");
        }
    }
}
