//! BER-TLV as EMV Book 3, Annex B has it, read strictly: tags of up to three bytes, definite lengths as short as can be.
//! One level at a time; whoever knows a template opens it.

use crate::terminal::Reason;

/// A data object: its tag, read as a big-endian number, and its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DataObject<'a> {
    pub(crate) tag: u32,
    pub(crate) value: &'a [u8],
}

/// The data objects of one level, to the last byte.
pub(crate) fn objects(mut bytes: &[u8]) -> Result<Vec<DataObject<'_>>, Reason> {
    let mut objects = Vec::new();
    while !bytes.is_empty() {
        let (object, rest) = read_object(bytes)?;
        objects.push(object);
        bytes = rest;
    }
    Ok(objects)
}

/// The one data object that makes up an answer.
pub(crate) fn only_object(bytes: &[u8]) -> Result<DataObject<'_>, Reason> {
    let (object, rest) = read_object(bytes)?;
    if rest.is_empty() { Ok(object) } else { Err(Reason::TrailingBytes) }
}

/// The content of an answer that must be this one template.
pub(crate) fn template(bytes: &[u8], tag: u32) -> Result<&[u8], Reason> {
    let object = only_object(bytes)?;
    if object.tag == tag { Ok(object.value) } else { Err(Reason::WrongTemplate(object.tag)) }
}

/// The value of the one object of this tag.
pub(crate) fn required<'a>(objects: &[DataObject<'a>], tag: u32) -> Result<&'a [u8], Reason> {
    let mut found = objects.iter().filter(|object| object.tag == tag);
    match (found.next(), found.next()) {
        (Some(object), None) => Ok(object.value),
        (Some(_), Some(_)) => Err(Reason::DuplicateTag(tag)),
        (None, _) => Err(Reason::MissingTag(tag)),
    }
}

/// Reads a tag; also for data object lists, where no value follows. A tag 00 would be padding, which nobody needs here.
pub(crate) fn read_tag(bytes: &[u8]) -> Result<(u32, &[u8]), Reason> {
    let (first, mut rest) = bytes.split_first().ok_or(Reason::TagMalformed)?;
    if *first == 0 {
        return Err(Reason::TagMalformed);
    }
    let mut tag = u32::from(*first);
    let mut goes_on = first & 0x1F == 0x1F;
    while goes_on {
        let (next, after) = rest.split_first().ok_or(Reason::TagMalformed)?;
        if tag > 0xFFFF {
            return Err(Reason::TagMalformed);
        }
        tag = tag << 8 | u32::from(*next);
        goes_on = next & 0x80 != 0;
        rest = after;
    }
    Ok((tag, rest))
}

fn read_object(bytes: &[u8]) -> Result<(DataObject<'_>, &[u8]), Reason> {
    let (tag, rest) = read_tag(bytes)?;
    let (length, rest) = read_length(rest)?;
    let (value, rest) = rest.split_at_checked(length).ok_or(Reason::ValueCutShort)?;
    Ok((DataObject { tag, value }, rest))
}

/// Three forms are enough: answers have 256 bytes, codes 384.
fn read_length(bytes: &[u8]) -> Result<(usize, &[u8]), Reason> {
    match bytes {
        [length @ 0..=0x7F, rest @ ..] | [0x81, length @ 0x80..=0xFF, rest @ ..] => Ok((usize::from(*length), rest)),
        [0x82, high @ 0x01..=0xFF, low, rest @ ..] => Ok((u16::from_be_bytes([*high, *low]).into(), rest)),
        _ => Err(Reason::LengthMalformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::from_hex;

    fn reason_of(hex: &str) -> Option<Reason> {
        objects(&from_hex(hex).unwrap()).err()
    }

    #[test]
    fn tags_of_one_to_three_bytes_are_read() {
        let bytes = from_hex("8202 2040 9F3602 0001 9F810301 FF").unwrap();
        let tags: Vec<u32> = objects(&bytes).unwrap().iter().map(|object| object.tag).collect();
        assert_eq!(tags, [0x82, 0x9F36, 0x9F_8103]);
    }

    #[test]
    fn padding_cut_and_overlong_tags_are_refused() {
        for hex in ["00", "820120 00", "9F", "9F81", "9F818101 00"] {
            assert_eq!(reason_of(hex), Some(Reason::TagMalformed), "{hex}");
        }
    }

    #[test]
    fn a_length_is_definite_and_as_short_as_can_be() {
        for hex in ["82", "82 80 0000", "82 8101 00", "82 820001 00", "82 8200FF 00", "82 83000001 00", "82 81"] {
            assert_eq!(reason_of(hex), Some(Reason::LengthMalformed), "{hex}");
        }
        let long = [&[0x82, 0x81, 0x80][..], &[0; 128]].concat();
        assert_eq!(objects(&long).unwrap().first().unwrap().value.len(), 128);
        let longer = [&[0x82, 0x82, 0x01, 0x00][..], &[0; 256]].concat();
        assert_eq!(objects(&longer).unwrap().first().unwrap().value.len(), 256);
    }

    #[test]
    fn a_value_is_as_long_as_its_length_says() {
        assert_eq!(reason_of("8202 20"), Some(Reason::ValueCutShort));
    }

    #[test]
    fn an_answer_is_one_template_and_nothing_after_it() {
        let bytes = from_hex("7700").unwrap();
        assert_eq!(template(&bytes, 0x77), Ok(&[][..]));
        assert_eq!(template(&bytes, 0x70), Err(Reason::WrongTemplate(0x77)));
        assert_eq!(template(&from_hex("770000").unwrap(), 0x77), Err(Reason::TrailingBytes));
        assert_eq!(template(&[], 0x77), Err(Reason::TagMalformed));
    }
}
