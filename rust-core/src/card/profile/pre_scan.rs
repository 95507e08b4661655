//! The strict look at a profile's bytes before `iso7816-tlv` reads them: that crate recurses without a limit, accepts
//! lengths that are not minimal, and then mis-measures them.

use super::layout::{CARD_PROFILE, MAXIMUM_DEPTH, MAXIMUM_SIZE};
use crate::emv::tlv;
use crate::error::{ProfileError, ProfileFault};

/// Sees to size, depth, tags and minimal definite lengths, without recursion: a stack of the templates that are open.
pub(super) fn scan(bytes: &[u8]) -> Result<(), ProfileError> {
    if bytes.len() > MAXIMUM_SIZE {
        return Err(ProfileFault::TooLarge.of(CARD_PROFILE));
    }
    let outermost = tlv::only(bytes, CARD_PROFILE).map_err(|_| ProfileFault::Malformed.of(CARD_PROFILE))?;
    let mut open = vec![(CARD_PROFILE, outermost)];
    while let Some((template, rest)) = open.pop() {
        if rest.is_empty() {
            continue;
        }
        let (object, rest) = tlv::read(rest).map_err(|_| ProfileFault::Malformed.of(template))?;
        open.push((template, rest));
        if object.tag.is_constructed() {
            if open.len() >= MAXIMUM_DEPTH {
                return Err(ProfileFault::TooDeep.of(object.tag));
            }
            open.push((object.tag, object.value));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emv::tags::Tag;

    fn nested(depth: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        for _ in 1..depth {
            bytes = tlv::object(Tag(0x61), &bytes);
        }
        tlv::object(CARD_PROFILE, &bytes)
    }

    #[test]
    fn five_templates_deep_is_as_far_as_it_goes() {
        assert_eq!(scan(&nested(5)), Ok(()));
        assert_eq!(scan(&nested(6)), Err(ProfileFault::TooDeep.of(Tag(0x61))));
        assert_eq!(scan(&nested(2000)), Err(ProfileFault::TooDeep.of(Tag(0x61))));
    }

    #[test]
    fn bytes_left_over_and_lengths_not_minimal_are_refused() {
        let mut bytes = nested(2);
        bytes.push(0);
        assert_eq!(scan(&bytes), Err(ProfileFault::Malformed.of(CARD_PROFILE)));
        assert_eq!(scan(&[0xEA, 0x81, 0x01, 0x00]), Err(ProfileFault::Malformed.of(CARD_PROFILE)));
        assert_eq!(scan(&[0xEA, 0x04, 0x61, 0x80, 0, 0]), Err(ProfileFault::Malformed.of(CARD_PROFILE)));
        assert_eq!(scan(&[0xEA, 0x03, 0x61, 0x01, 0x9F]), Err(ProfileFault::Malformed.of(Tag(0x61))));
    }

    #[test]
    fn more_than_8_kib_is_not_even_looked_at() {
        assert_eq!(scan(&vec![0xEA; 8193]), Err(ProfileFault::TooLarge.of(CARD_PROFILE)));
    }
}
