//! Data object lists (PDOL, CDOL1): what the card wants to hear, as tags and lengths (EMV Book 3, section 5.4).

use crate::terminal::Reason;
use crate::terminal::card_data::CardData;
use crate::terminal::terminal_data::TerminalData;
use crate::terminal::tlv;

/// Format n in EMV Book 3, Annex A, among the objects that a terminal of ours gives: they keep their last digits.
const NUMERIC: [u32; 7] = [0x5F2A, 0x9A, 0x9C, 0x9F02, 0x9F03, 0x9F1A, 0x9F35];

#[derive(Debug, PartialEq, Eq)]
pub(super) struct DataObjectList {
    entries: Vec<Entry>,
}

#[derive(Debug, PartialEq, Eq)]
struct Entry {
    tag: u32,
    length: usize,
}

impl DataObjectList {
    pub(super) fn parse(mut bytes: &[u8]) -> Result<DataObjectList, Reason> {
        let mut entries = Vec::new();
        while !bytes.is_empty() {
            let (tag, rest) = tlv::read_tag(bytes).map_err(|_| Reason::DataObjectListMalformed)?;
            let (length, rest) = rest.split_first().ok_or(Reason::DataObjectListMalformed)?;
            entries.push(Entry { tag, length: usize::from(*length) });
            bytes = rest;
        }
        Ok(DataObjectList { entries })
    }

    pub(super) fn names(&self, tag: u32) -> bool {
        self.entries.iter().any(|entry| entry.tag == tag)
    }

    /// The values one after another, each in the length asked for. The terminal's own objects come first, so that a
    /// card cannot put words into its mouth; what neither side has is zeros.
    pub(super) fn fill(&self, terminal: &TerminalData, card: &CardData) -> Vec<u8> {
        let value_of = |entry: &Entry| {
            let value = terminal.object(entry.tag).or_else(|| card.object(entry.tag)).unwrap_or_default();
            fitted(value, entry)
        };
        self.entries.iter().flat_map(value_of).collect()
    }
}

/// Numbers are cut and padded on the left, everything else on the right.
fn fitted(value: &[u8], entry: &Entry) -> Vec<u8> {
    let cut = value.len().saturating_sub(entry.length);
    let padding = vec![0; entry.length.saturating_sub(value.len())];
    if NUMERIC.contains(&entry.tag) {
        [&padding, value.get(cut..).unwrap_or_default()].concat()
    } else {
        [value.get(..entry.length).unwrap_or(value), &padding].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::{from_hex, hex};
    use crate::terminal::command;
    use crate::terminal::scripted_card::purchase;

    fn filled(list: &str) -> String {
        let list = DataObjectList::parse(&from_hex(list).unwrap()).unwrap();
        hex(&list.fill(&TerminalData::of(&purchase()).unwrap(), &CardData::default()))
    }

    #[test]
    fn the_published_qpboc_command_is_reproduced() {
        let pdol = "9F66049F02069F03069F1A0295055F2A029A039C019F3704";
        let pdol = DataObjectList::parse(&from_hex(pdol).unwrap()).unwrap();
        let mut terminal = TerminalData::of(&purchase()).unwrap();
        terminal.put(0x9F66, &[0x27, 0, 0, 0]);
        terminal.put(0x95, &[0, 0, 0, 0x08, 0]);
        let command = command::get_processing_options(&pdol.fill(&terminal, &CardData::default())).unwrap();
        let published = "80A80000238321270000000000000001000000000000000156000000080001561303220111223344";
        // The capture left Le out.
        assert_eq!(hex(&command), format!("{published}00"));
    }

    #[test]
    fn unknown_objects_are_zeros_in_any_order_and_length() {
        assert_eq!(filled("9F4E03 9C01 DF0102 9F3704"), "000000010000 11223344".replace(' ', ""));
    }

    #[test]
    fn numbers_keep_their_last_digits_and_everything_else_its_first_bytes() {
        assert_eq!(filled("9F0202 9F0207 9F3702 9F3705"), "0100 00000000000100 1122 1122334400".replace(' ', ""));
    }

    #[test]
    fn the_card_cannot_speak_for_the_terminal() {
        let mut card = CardData::default();
        card.add(&from_hex("9F3704 FFFFFFFF 9F4502 DAC0").unwrap()).unwrap();
        let list = DataObjectList::parse(&from_hex("9F3704 9F4502").unwrap()).unwrap();
        assert_eq!(hex(&list.fill(&TerminalData::of(&purchase()).unwrap(), &card)), "11223344DAC0");
    }

    #[test]
    fn a_list_that_ends_within_an_entry_is_refused() {
        for list in ["9F", "9F02", "9A", "0003"] {
            let parsed = DataObjectList::parse(&from_hex(list).unwrap());
            assert_eq!(parsed, Err(Reason::DataObjectListMalformed), "{list}");
        }
    }
}
