//! Data object lists (DOL; EMV Book 3, section 5.4): what the card asks the terminal for, and the terminal's values cut by it.

use super::tags::Tag;
use super::tlv::{self, Malformed};

/// The most values, in bytes, that a command can bring for a list: a short command's data field, less the header of
/// the command template that GET PROCESSING OPTIONS wraps around them.
pub(crate) const MAXIMUM_VALUES: usize = 252;

/// A PDOL or CDOL1: tags and lengths, in the order in which the terminal must send the values. Any tags may stand in
/// it, also ones that this card does not know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct DataObjectList {
    entries: Vec<Entry>,
    length: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    tag: Tag,
    from: usize,
    to: usize,
}

/// Why bytes are not a usable data object list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unusable {
    Malformed,
    Twice(Tag),
    TooLong,
}

impl DataObjectList {
    pub(crate) fn parse(mut bytes: &[u8]) -> Result<DataObjectList, Unusable> {
        let mut list = DataObjectList::default();
        while !bytes.is_empty() {
            let (tag, rest) = tlv::read_tag(bytes).map_err(|Malformed| Unusable::Malformed)?;
            let (length, rest) = rest.split_first().ok_or(Unusable::Malformed)?;
            if list.length_of(tag).is_some() {
                return Err(Unusable::Twice(tag));
            }
            let from = list.length;
            let to = from.saturating_add(usize::from(*length));
            if to > MAXIMUM_VALUES {
                return Err(Unusable::TooLong);
            }
            list.entries.push(Entry { tag, from, to });
            list.length = to;
            bytes = rest;
        }
        Ok(list)
    }

    /// How many bytes the list asks for in this object's place.
    pub(crate) fn length_of(&self, tag: Tag) -> Option<usize> {
        self.entry(tag).map(|entry| entry.to.saturating_sub(entry.from))
    }

    /// The terminal's values, to be looked up by tag. `None` where they are not exactly as long as the list asks.
    pub(crate) fn cut<'a>(&'a self, values: &'a [u8]) -> Option<Values<'a>> {
        (values.len() == self.length).then_some(Values { list: self, values })
    }

    fn entry(&self, tag: Tag) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.tag == tag)
    }
}

/// The terminal's values for a data object list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Values<'a> {
    list: &'a DataObjectList,
    values: &'a [u8],
}

impl Values<'_> {
    /// The value of an object that the list asks for with exactly this length.
    pub(crate) fn value<const LENGTH: usize>(&self, tag: Tag) -> Option<[u8; LENGTH]> {
        let entry = self.list.entry(tag)?;
        self.values.get(entry.from..entry.to)?.try_into().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emv::tags;

    #[test]
    fn values_are_found_whatever_stands_before_them() {
        let list = DataObjectList::parse(&[0xDF, 0x81, 0x31, 2, 0x9F, 0x37, 4, 0x9C, 1]).unwrap();
        let values = list.cut(&[1, 2, 3, 4, 5, 6, 7]).unwrap();
        assert_eq!(values.value(tags::UNPREDICTABLE_NUMBER), Some([3, 4, 5, 6]));
        assert_eq!(values.value(tags::TRANSACTION_TYPE), Some([7]));
        assert_eq!(values.value::<6>(tags::AMOUNT_AUTHORISED), None);
        assert_eq!(values.value::<2>(tags::UNPREDICTABLE_NUMBER), None, "asked for with another length");
    }

    #[test]
    fn values_of_another_length_are_refused() {
        let list = DataObjectList::parse(&[0x9F, 0x37, 4]).unwrap();
        assert!(list.cut(&[1, 2, 3]).is_none());
        assert!(list.cut(&[1, 2, 3, 4, 5]).is_none());
        assert!(DataObjectList::default().cut(&[]).is_some());
    }

    #[test]
    fn a_list_that_asks_twice_or_too_much_is_unusable() {
        assert_eq!(DataObjectList::parse(&[0x9C, 1, 0x9C, 1]), Err(Unusable::Twice(tags::TRANSACTION_TYPE)));
        assert_eq!(DataObjectList::parse(&[0x9C, 200, 0x9A, 53]), Err(Unusable::TooLong));
        assert_eq!(DataObjectList::parse(&[0x9C]), Err(Unusable::Malformed));
        assert_eq!(DataObjectList::parse(&[0x9F, 0x37]), Err(Unusable::Malformed));
    }
}
