//! Data object lists (DOL; EMV Book 3, section 5.4): what the card asks the terminal for, and the terminal's values cut by it.

use super::status_word::StatusWord;
use super::tags::Tag;
use super::tlv::{self, Malformed};

/// The most values, in bytes, that a command can bring for a list: a short command's data field, less the header of
/// the command template that GET PROCESSING OPTIONS wraps around them.
pub(crate) const MAXIMUM_VALUES: usize = 252;

/// A PDOL or CDOL1: tags and lengths, in the order in which the terminal must send the values. Any tags may stand in
/// it, also ones that this card does not know, and a tag may stand in it more than once: the terminal gives the object in
/// each place, in the length asked for there. The card goes by the first place that asks for the length which it needs; one
/// that asks for another gets the value cut or filled up. Places of the same length must bring the same value, because a
/// data object has but one: the card signs nothing of which the terminal says two things.
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
    TooLong,
}

impl DataObjectList {
    pub(crate) fn parse(mut bytes: &[u8]) -> Result<DataObjectList, Unusable> {
        let mut list = DataObjectList::default();
        while !bytes.is_empty() {
            let (tag, length, rest) = entry(bytes).map_err(|Malformed| Unusable::Malformed)?;
            let from = list.length;
            let to = from.saturating_add(length);
            if to > MAXIMUM_VALUES {
                return Err(Unusable::TooLong);
            }
            list.entries.push(Entry { tag, from, to });
            list.length = to;
            bytes = rest;
        }
        Ok(list)
    }

    /// Whether the list asks for this object at all.
    pub(crate) fn names(&self, tag: Tag) -> bool {
        self.entries.iter().any(|entry| entry.tag == tag)
    }

    /// Whether it asks for the object with this length.
    pub(crate) fn asks_for(&self, tag: Tag, length: usize) -> bool {
        self.places(tag, length).next().is_some()
    }

    /// The terminal's values, to be looked up by tag.
    ///
    /// # Errors
    /// 6700 where they are not exactly as long as the list asks, 6A80 where two places of one object and one length differ.
    pub(crate) fn cut<'a>(&'a self, values: &'a [u8]) -> Result<Values<'a>, StatusWord> {
        if values.len() != self.length {
            return Err(StatusWord::WrongLength);
        }
        let value = |entry: &Entry| values.get(entry.from..entry.to);
        for entry in &self.entries {
            if self.places(entry.tag, entry.length()).any(|other| value(other) != value(entry)) {
                return Err(StatusWord::WrongData);
            }
        }
        Ok(Values { list: self, values })
    }

    fn places(&self, tag: Tag, length: usize) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.tag == tag && entry.length() == length)
    }
}

/// A tag and the length asked for; gives what follows too.
pub(crate) fn entry(list: &[u8]) -> Result<(Tag, usize, &[u8]), Malformed> {
    let (tag, rest) = tlv::read_tag(list)?;
    let (length, rest) = rest.split_first().ok_or(Malformed)?;
    Ok((tag, usize::from(*length), rest))
}

/// How many bytes of values a list asks for.
pub(crate) fn length(mut list: &[u8]) -> Result<usize, Malformed> {
    let mut sum: usize = 0;
    while !list.is_empty() {
        let (_, length, rest) = entry(list)?;
        (sum, list) = (sum.saturating_add(length), rest);
    }
    Ok(sum)
}

impl Entry {
    fn length(&self) -> usize {
        self.to.saturating_sub(self.from)
    }
}

/// The terminal's values for a data object list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Values<'a> {
    list: &'a DataObjectList,
    values: &'a [u8],
}

impl Values<'_> {
    /// The value of an object in the first place that asks for it, whatever its length.
    pub(crate) fn of_any_length(&self, tag: Tag) -> Option<&[u8]> {
        let entry = self.list.entries.iter().find(|entry| entry.tag == tag)?;
        self.values.get(entry.from..entry.to)
    }

    /// The value of an object that the list asks for with exactly this length.
    pub(crate) fn value<const LENGTH: usize>(&self, tag: Tag) -> Option<[u8; LENGTH]> {
        let entry = self.list.places(tag, LENGTH).next()?;
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
        assert_eq!(list.cut(&[1, 2, 3]).unwrap_err(), StatusWord::WrongLength);
        assert_eq!(list.cut(&[1, 2, 3, 4, 5]).unwrap_err(), StatusWord::WrongLength);
        assert!(DataObjectList::default().cut(&[]).is_ok());
    }

    #[test]
    fn an_object_asked_for_twice_is_taken_in_the_length_that_the_card_needs() {
        let list = DataObjectList::parse(&[0x9F, 0x37, 2, 0x9C, 1, 0x9F, 0x37, 4, 0x9A, 3, 0x9F, 0x37, 4]).unwrap();
        assert!(list.asks_for(tags::UNPREDICTABLE_NUMBER, 2) && list.asks_for(tags::UNPREDICTABLE_NUMBER, 4));
        assert!(!list.asks_for(tags::UNPREDICTABLE_NUMBER, 3) && list.names(tags::UNPREDICTABLE_NUMBER));
        let values = list.cut(&[1, 2, 0x20, 1, 2, 3, 4, 0x26, 1, 1, 1, 2, 3, 4]).unwrap();
        assert_eq!(values.value(tags::UNPREDICTABLE_NUMBER), Some([1, 2, 3, 4]));
        assert_eq!(values.value(tags::TRANSACTION_TYPE), Some([0x20]));
        assert_eq!(values.value(tags::TRANSACTION_DATE), Some([0x26, 1, 1]));
        assert_eq!(list.cut(&[1, 2, 3, 4, 5, 6]).unwrap_err(), StatusWord::WrongLength, "each place has its value");
    }

    #[test]
    fn one_object_with_two_values_is_refused() {
        let list = DataObjectList::parse(&[0x9C, 1, 0x9F, 0x37, 4, 0x9C, 1]).unwrap();
        assert_eq!(list.cut(&[0, 1, 2, 3, 4, 0x20]).unwrap_err(), StatusWord::WrongData);
        assert!(list.cut(&[0x20, 1, 2, 3, 4, 0x20]).is_ok());
    }

    #[test]
    fn a_list_that_is_cut_or_asks_too_much_is_unusable() {
        assert_eq!(DataObjectList::parse(&[0x9C, 200, 0x9A, 53]), Err(Unusable::TooLong));
        assert_eq!(DataObjectList::parse(&[0x9C]), Err(Unusable::Malformed));
        assert_eq!(DataObjectList::parse(&[0x9F, 0x37]), Err(Unusable::Malformed));
    }
}
