//! BER-TLV (EMV Book 3, Annex B): a strict reader that never looks deeper than asked, and a writer.

use super::tags::Tag;

/// One data object; the value borrows the bytes that were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Object<'a> {
    pub(crate) tag: Tag,
    pub(crate) value: &'a [u8],
}

/// Not BER-TLV as EMV writes it: definite lengths in their shortest form, tags of one to three bytes, nothing left over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed;

/// Reads one data object; gives what follows it too.
pub(crate) fn read(bytes: &[u8]) -> Result<(Object<'_>, &[u8]), Malformed> {
    let (tag, rest) = read_tag(bytes)?;
    let (length, rest) = read_length(rest)?;
    let (value, rest) = rest.split_at_checked(length).ok_or(Malformed)?;
    Ok((Object { tag, value }, rest))
}

/// The value of a field that is exactly one data object of this tag.
pub(crate) fn only(bytes: &[u8], tag: Tag) -> Result<&[u8], Malformed> {
    match read(bytes)? {
        (object, []) if object.tag == tag => Ok(object.value),
        _ => Err(Malformed),
    }
}

/// Reads a tag of one to three bytes. A first byte of 00 is padding, which EMV cards and terminals do not send us.
pub(crate) fn read_tag(bytes: &[u8]) -> Result<(Tag, &[u8]), Malformed> {
    match bytes {
        [0, ..] => Err(Malformed),
        [first, rest @ ..] if first & 0x1F != 0x1F => Ok((Tag(u32::from(*first)), rest)),
        [first, second, rest @ ..] if second & 0x80 == 0 => {
            Ok((Tag(u32::from_be_bytes([0, 0, *first, *second])), rest))
        }
        [first, second, third, rest @ ..] if third & 0x80 == 0 => {
            Ok((Tag(u32::from_be_bytes([0, *first, *second, *third])), rest))
        }
        _ => Err(Malformed),
    }
}

fn read_length(bytes: &[u8]) -> Result<(usize, &[u8]), Malformed> {
    match bytes {
        [length @ 0..=0x7F, rest @ ..] => Ok((usize::from(*length), rest)),
        [0x81, length @ 0x80..=0xFF, rest @ ..] => Ok((usize::from(*length), rest)),
        [0x82, high @ 1..=0xFF, low, rest @ ..] => Ok((usize::from(u16::from_be_bytes([*high, *low])), rest)),
        _ => Err(Malformed),
    }
}

/// Writes one data object.
pub(crate) fn write(out: &mut Vec<u8>, tag: Tag, value: &[u8]) {
    write_header(out, tag, value.len());
    out.extend_from_slice(value);
}

/// Writes the tag and length of a data object whose value the caller writes next.
pub(crate) fn write_header(out: &mut Vec<u8>, tag: Tag, length: usize) {
    out.extend(tag.bytes());
    let [.., high, low] = length.to_be_bytes();
    match length {
        0..=0x7F => out.push(low),
        0x80..=0xFF => out.extend([0x81, low]),
        _ => out.extend([0x82, high, low]),
    }
}

/// A data object as bytes of its own.
pub(crate) fn object(tag: Tag, value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len().saturating_add(6));
    write(&mut out, tag, value);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back_at_every_length() {
        for length in [0, 1, 126, 127, 128, 129, 255, 256, 257, 65535] {
            let value = vec![7; length];
            for tag in [Tag(0x82), Tag(0x9F26), Tag(0xDF8131)] {
                assert_eq!(only(&object(tag, &value), tag), Ok(&value[..]), "length {length}");
            }
        }
    }

    #[test]
    fn longer_than_minimal_indefinite_and_overlong_are_malformed() {
        let malformed: [&[u8]; 13] = [
            &[],
            &[0x00, 0x00],
            &[0x82],
            &[0x82, 0x01],
            &[0x82, 0x80],
            &[0x82, 0x81, 0x01, 0x07],
            &[0x82, 0x81],
            &[0x82, 0x82, 0x00, 0x80],
            &[0x82, 0x83, 0x00, 0x00, 0x01, 0x07],
            &[0x9F],
            &[0x9F, 0x81],
            &[0x9F, 0x81, 0x81, 0x01, 0x00],
            &[0x82, 0x00, 0x00],
        ];
        for bytes in malformed {
            assert_eq!(only(bytes, Tag(0x82)), Err(Malformed), "{bytes:02X?}");
        }
    }

    #[test]
    fn the_constructed_bit_is_that_of_the_first_byte() {
        assert!(Tag(0x6F).is_constructed());
        assert!(Tag(0xBF0C).is_constructed());
        assert!(!Tag(0x9F38).is_constructed());
        assert!(!Tag(0x5F2A).is_constructed());
    }
}
