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
}

/// All records that an AFL names, in the order in which the terminal reads them. `None` where it is malformed, names
/// a record twice, or wants more records authenticated offline than it names.
pub(crate) fn records(afl: &[u8]) -> Option<Vec<RecordAddress>> {
    let (entries, []) = afl.as_chunks::<4>() else { return None };
    let mut records = Vec::new();
    for [sfi, first, last, authenticated] in entries {
        let count = last.checked_sub(*first)?.checked_add(1)?;
        if sfi & 0x07 != 0 || *authenticated > count {
            return None;
        }
        for number in *first..=*last {
            let address = RecordAddress::new(sfi >> 3, number)?;
            if records.contains(&address) {
                return None;
            }
            records.push(address);
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
        assert_eq!(records(&[0x18, 2, 3, 0, 0x08, 1, 1, 1]), Some(vec![at(3, 2), at(3, 3), at(1, 1)]));
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
