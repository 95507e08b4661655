//! Fast dynamic data authentication (fDDA) in a profile: which records only a terminal needs that wants it, and whether the
//! signature fits the answer to GET PROCESSING OPTIONS. All of it is arithmetic, and done before there is a tap.

use super::layout::{RECORD_ADDRESS, SIGNED_DATA_FORMAT};
use super::offline_authentication::is_for_it_alone;
use super::records::ReadRecord;
use super::template::Template;
use crate::card::cvn::Cvn;
use crate::card::data_authentication::{DataAuthentication, FastDda, ProcessingOptions, SignedDataFormat};
use crate::card::iad_fixed_part::FixedPart;
use crate::emv::afl;
use crate::emv::apdu::MAXIMUM_DATA;
use crate::emv::tags;
use crate::emv::tlv;
use crate::error::{ProfileError, ProfileFault};

/// ATC, application cryptogram, CID, CTQ: what the card puts to the profile's objects and the IAD, each behind tag and length.
const OF_THE_CARD: usize = 5 + 11 + 4 + 5;

/// What the profile gives for it.
pub(super) struct Given<'a> {
    pub(super) application: &'a Template<'a>,
    pub(super) options: &'a Template<'a>,
    pub(super) records: &'a [ReadRecord],
    pub(super) cvn: Cvn,
    pub(super) fixed_part: &'a FixedPart,
    pub(super) authentication: &'a DataAuthentication,
}

impl Given<'_> {
    /// Reads it.
    ///
    /// # Errors
    /// 9F69 is missing where no record is the card's to make; `C6` is wrong where that is not the last one,
    /// or not alone in its entry of the AFL, or the AFL has it signed; `C9` is wrong.
    pub(super) fn read(&self) -> Result<FastDda, ProfileError> {
        let format = match self.application.optional(SIGNED_DATA_FORMAT).map(|object| object.bytes()).transpose()? {
            None | Some([0x05]) => SignedDataFormat::Usual,
            Some([0x95]) => SignedDataFormat::BesideArqc,
            Some(_) => return Err(ProfileFault::WrongValue.of(SIGNED_DATA_FORMAT)),
        };
        let made = self.records.iter().find(|read| read.is_made_by_the_card());
        let record = made.ok_or(ProfileFault::Missing.of(tags::CARD_AUTHENTICATION_DATA))?.address();
        // In an entry of the AFL with others it would be named to a terminal that does not want it, and not be there.
        let last_entry = self.options.one(tags::AFL)?.bytes()?.rchunks(4).next().and_then(afl::records);
        if last_entry.as_deref() != Some(&[(record, false)]) {
            return Err(ProfileFault::WrongValue.of(RECORD_ADDRESS));
        }
        let options = ProcessingOptions {
            encoded: self.options.content(),
            records: self.records.iter().map(ReadRecord::address).collect(),
        };
        let iad = tlv::object(tags::IAD, &vec![0; self.fixed_part.iad_length(self.cvn.kernel())]);
        let signature = tlv::object(tags::SIGNED_DYNAMIC_DATA, &vec![0; self.authentication.longest_signature()]);
        let content = [options.encoded.as_slice(), &[0; OF_THE_CARD], &iad, &signature].concat();
        let fits_processing_options = tlv::object(tags::RESPONSE_TEMPLATE, &content).len() <= MAXIMUM_DATA;
        Ok(FastDda { format, options, record, fits_processing_options })
    }

    /// What a terminal is answered that does not want it: without the runs of records that it has no use for.
    ///
    /// # Errors
    /// None for a profile whose AFL was read.
    pub(super) fn without(&self) -> Result<ProcessingOptions, ProfileError> {
        let locator = self.options.one(tags::AFL)?.bytes()?;
        let (mut kept, mut records) = (Vec::new(), Vec::new());
        for run in locator.chunks(4) {
            let named = afl::records(run).ok_or(ProfileFault::WrongValue.of(tags::AFL))?;
            let named = || named.iter().map(|(address, _)| *address);
            let is_needed = |read: &ReadRecord| !read.leaves.iter().all(|leaf| is_for_it_alone(leaf.tag));
            if self.records.iter().any(|read| named().any(|address| address == read.address()) && is_needed(read)) {
                kept.extend_from_slice(run);
                records.extend(named());
            }
        }
        Ok(ProcessingOptions { encoded: self.options.content_with(tags::AFL, &kept), records })
    }
}
