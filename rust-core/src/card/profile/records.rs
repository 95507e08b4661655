//! The records of an application, in the order of its AFL.

use super::layout::{Leaf, MAXIMUM_RECORDS, RECORD, RECORD_ADDRESS};
use super::template::Template;
use super::{Record, checks};
use crate::emv::afl::{self, RecordAddress};
use crate::emv::tags;
use crate::emv::tlv;
use crate::error::{ProfileError, ProfileFault};

/// A record, with the objects in it, and with what of it a signature is over: nothing where the AFL does not say so.
pub(super) struct ReadRecord {
    address: RecordAddress,
    /// `None` of one that the card makes for each transaction.
    pub(super) record: Option<Record>,
    pub(super) leaves: Vec<Leaf>,
    pub(super) signed: Vec<u8>,
}

impl ReadRecord {
    pub(super) fn address(&self) -> RecordAddress {
        self.address
    }

    pub(super) fn is_made_by_the_card(&self) -> bool {
        self.record.is_none()
    }
}

/// The records in the order of the AFL.
pub(super) fn records(template: &Template<'_>, options: &Template<'_>) -> Result<Vec<ReadRecord>, ProfileError> {
    let named = match options.optional(tags::AFL) {
        Some(object) => afl::records(object.bytes()?).ok_or(ProfileFault::WrongValue.of(tags::AFL))?,
        None => Vec::new(),
    };
    let mut records = Vec::new();
    for object in template.all(RECORD) {
        let record = object.template()?;
        record.has_only(&[RECORD_ADDRESS, tags::RECORD_TEMPLATE])?;
        let address = match record.one(RECORD_ADDRESS)?.bytes()? {
            [sfi, number] => RecordAddress::new(*sfi, *number),
            _ => return Err(ProfileFault::WrongLength.of(RECORD_ADDRESS)),
        };
        let address = address.ok_or(ProfileFault::WrongValue.of(RECORD_ADDRESS))?;
        let Some(content) = record.optional(tags::RECORD_TEMPLATE) else {
            records.push(ReadRecord { address, record: None, leaves: Vec::new(), signed: Vec::new() });
            continue;
        };
        let content = content.template()?;
        content.has_only(checks::IN_RECORDS)?;
        let answer = tlv::object(tags::RECORD_TEMPLATE, &content.content());
        let signed = match named.contains(&(address, true)) {
            true if address.is_signed_with_template() => answer.clone(),
            true => content.content(),
            false => Vec::new(),
        };
        let leaves = content.leaves();
        records.push(ReadRecord { address, record: Some(Record { address, answer }), leaves, signed });
    }
    if records.len() > MAXIMUM_RECORDS {
        return Err(ProfileFault::TooMany.of(RECORD));
    }
    records.sort_by_key(|read| named.iter().position(|(address, _)| *address == read.address));
    if !records.iter().map(ReadRecord::address).eq(named.iter().map(|(address, _)| *address)) {
        return Err(ProfileFault::NotInAfl.of(tags::AFL));
    }
    Ok(records)
}
