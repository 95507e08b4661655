//! The tags of our own in layout 1, and its bounds.

use crate::emv::tags::Tag;

pub(super) const CARD_PROFILE: Tag = Tag(0xEA);
pub(super) const LAYOUT_VERSION: Tag = Tag(0xC0);
pub(super) const FLAGS: Tag = Tag(0xC1);
pub(super) const APPLICATION: Tag = Tag(0xEB);
pub(super) const KERNEL: Tag = Tag(0xC2);
pub(super) const CRYPTOGRAM_VERSION: Tag = Tag(0xC3);
pub(super) const HOLDER_VERIFICATION: Tag = Tag(0xC4);
pub(super) const FIXED_PART: Tag = Tag(0xC5);
pub(super) const SELECT_ANSWER: Tag = Tag(0xEC);
pub(super) const PROCESSING_OPTIONS: Tag = Tag(0xED);
pub(super) const RECORD: Tag = Tag(0xEE);
pub(super) const RECORD_ADDRESS: Tag = Tag(0xC6);
pub(super) const WITHOUT_DATA_AUTHENTICATION: Tag = Tag(0xEF);
pub(super) const CA_MODULUS: Tag = Tag(0xC7);
pub(super) const CA_EXPONENT: Tag = Tag(0xC8);
pub(super) const SIGNED_DATA_FORMAT: Tag = Tag(0xC9);

pub(super) const MAXIMUM_SIZE: usize = 8 * 1024;
pub(super) const MAXIMUM_DEPTH: usize = 5;
pub(super) const MAXIMUM_APPLICATIONS: usize = 4;
pub(super) const MAXIMUM_RECORDS: usize = 16;

/// A data object of the profile that holds no others.
#[derive(Debug, Clone)]
pub(super) struct Leaf {
    pub(super) tag: Tag,
    pub(super) value: Vec<u8>,
}

/// Digits in BCD, or what fills them up, one each.
pub(super) fn nibbles(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 0x0F]).collect()
}
