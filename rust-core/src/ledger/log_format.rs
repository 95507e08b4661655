//! The bytes of a log ([`super::log`] has their table): segments of sealed records, written one behind the other, and read until
//! one does not follow.

use std::ops::RangeInclusive;

use super::record::{Boot, Record};
use super::seal::{Chain, SALT_LENGTH, Segment, StoreKey};
use crate::error::LedgerError;
use crate::keys::aes_gcm::TAG_LENGTH;
use crate::randomness::Randomness;

pub(super) const MAGIC: &[u8; 7] = b"hcepayL";
pub(super) const VERSION: u8 = 1;
const SEGMENT: u8 = b'S';
const RECORD: u8 = b'R';
/// What stands before a record's ciphertext: `R`, counter, length.
const HEADER_LENGTH: usize = 1 + 4 + 2;
/// What a plaintext begins with: the record's number, the number up to which all were on the medium.
const NUMBERS_LENGTH: usize = 8 + 8;
pub(super) const NO_CHAIN: Chain = [0; TAG_LENGTH];

/// Where the log ends, and with what the next record is sealed.
pub(super) struct End {
    pub(super) segment: Segment,
    pub(super) counter: u32,
    pub(super) chain: Chain,
    /// Of the last record.
    pub(super) number: u64,
}

/// What was read of a log.
pub(super) struct Read {
    pub(super) records: Vec<Record>,
    /// The last record's number and chain.
    pub(super) number: u64,
    pub(super) chain: Chain,
    /// How far it was good.
    pub(super) length: usize,
    /// Up to which number all was on the medium, and how far into the file that is.
    pub(super) on_medium: u64,
    pub(super) proved: usize,
    /// A record that is sealed as it must be says nothing that it can say.
    pub(super) unreadable: bool,
    /// See the log.
    pub(super) behind: Option<u64>,
}

impl End {
    /// A fresh salt, and the record that opens the segment.
    pub(super) fn begin_segment(
        &mut self,
        store_key: &StoreKey,
        boot: Boot,
        randomness: &mut Randomness,
        synced: u64,
    ) -> Vec<u8> {
        let mut salt = [0; SALT_LENGTH];
        randomness(&mut salt);
        self.segment = Segment::new(store_key, &salt);
        self.counter = 0;
        let opened = Record::Opened { boot, chain: self.chain };
        self.chain = NO_CHAIN;
        let mut bytes = [&[SEGMENT], &salt[..]].concat();
        self.seal(&opened, synced, &mut bytes);
        bytes
    }

    pub(super) fn seal(&mut self, record: &Record, synced: u64, out: &mut Vec<u8>) {
        self.number = self.number.saturating_add(1);
        let record = record.encode();
        let length = record.len().saturating_add(NUMBERS_LENGTH).saturating_add(TAG_LENGTH);
        // Before there is a plaintext in it: a vector that grows leaves behind what it held.
        out.reserve(length.saturating_add(HEADER_LENGTH));
        out.push(RECORD);
        out.extend_from_slice(&self.counter.to_be_bytes());
        out.extend_from_slice(&u16::try_from(length).expect("a record is below 64 KiB").to_be_bytes());
        let from = out.len();
        out.extend_from_slice(&self.number.to_be_bytes());
        out.extend_from_slice(&synced.to_be_bytes());
        out.extend_from_slice(&record);
        let plaintext = out.get_mut(from..).expect("it was long before it grew");
        self.chain = self.segment.seal(self.counter, &self.chain, plaintext);
        out.extend_from_slice(&self.chain);
        self.counter = self.counter.saturating_add(1);
    }
}

/// Reads records until one does not follow.
pub(super) fn read(content: &[u8], store_key: &StoreKey) -> Result<Read, LedgerError> {
    let body = match content.strip_prefix(MAGIC).and_then(<[u8]>::split_first) {
        Some((&VERSION, body)) => body,
        Some((version, _)) if *version > VERSION => return Err(LedgerError::TooNew),
        _ => return Err(LedgerError::Damaged),
    };
    let (check, body) = body.split_first_chunk().ok_or(LedgerError::Damaged)?;
    let key_fits = *check == store_key.check();
    let header = content.len().saturating_sub(body.len());
    let (records, proved) = (Vec::new(), header);
    let (number, chain, length, unreadable, behind) = (0, NO_CHAIN, header, false, None);
    let mut read = Read { records, number, chain, length, on_medium: 0, proved, unreadable, behind };
    let mut segment = None;
    // Where each record ends.
    let mut ends = Vec::new();
    while let Some(next) = content.get(read.length..).filter(|rest| !rest.is_empty()) {
        let Some(found) = next_record(next, store_key, &mut segment, &read) else { break };
        if read.records.is_empty() {
            read.number = found.number.saturating_sub(1);
        }
        let Some(record) = found.record else {
            read.unreadable = true;
            break;
        };
        let follows = match &record {
            Record::Opened { chain, .. } => read.records.is_empty() || *chain == read.chain,
            _ => true,
        };
        if !follows || found.number != read.number.saturating_add(1) {
            break;
        }
        read.number = found.number;
        read.chain = found.chain;
        read.length = read.length.saturating_add(found.length);
        read.on_medium = read.on_medium.max(found.synced);
        ends.push(read.length);
        read.records.push(record);
    }
    let unproved = usize::try_from(read.number.saturating_sub(read.on_medium)).unwrap_or(usize::MAX);
    if let Some(last_proved) = ends.len().checked_sub(unproved).and_then(|proved| proved.checked_sub(1)) {
        read.proved = ends.get(last_proved).copied().unwrap_or(header);
    }
    // A log is renamed into place whole, so its first record cannot be torn.
    match (read.records.is_empty(), key_fits) {
        (false, true) => {}
        (true, false) => return Err(LedgerError::Foreign),
        _ => return Err(LedgerError::Damaged),
    }
    let tail = content.get(read.length..).unwrap_or_default();
    if let Some((segment, last)) = segment {
        read.behind = safe_by_what_is_in(tail, store_key, &segment, last);
    }
    Ok(read)
}

/// A record, and where the next one begins.
struct Found {
    /// None where it is sealed as it must be and yet says nothing that it can say.
    record: Option<Record>,
    number: u64,
    synced: u64,
    chain: Chain,
    length: usize,
}

/// The record that begins here, or the first one of the segment that does.
fn next_record(
    bytes: &[u8],
    store_key: &StoreKey,
    segment: &mut Option<(Segment, Option<u32>)>,
    read: &Read,
) -> Option<Found> {
    match bytes.split_first()? {
        (&SEGMENT, rest) => {
            let (salt, rest) = rest.split_first_chunk::<SALT_LENGTH>()?;
            let fresh = Segment::new(store_key, salt);
            let (counter, found) = open_record(rest, &fresh, &NO_CHAIN)?;
            *segment = Some((fresh, Some(counter)));
            let record = found.record.filter(|record| matches!(record, Record::Opened { .. }));
            Some(Found { length: found.length.checked_add(SALT_LENGTH)?.checked_add(1)?, record, ..found })
        }
        _ => {
            let (key, last) = segment.as_mut()?;
            let (counter, found) = open_record(bytes, key, &read.chain)?;
            if last.is_some_and(|last| counter <= last) {
                return None;
            }
            *last = Some(counter);
            Some(found)
        }
    }
}

fn open_record(bytes: &[u8], segment: &Segment, chain: &Chain) -> Option<(u32, Found)> {
    let rest = bytes.strip_prefix(&[RECORD])?;
    let (counter, rest) = rest.split_first_chunk()?;
    let (length, rest) = rest.split_first_chunk()?;
    let counter = u32::from_be_bytes(*counter);
    let sealed = rest.get(..usize::from(u16::from_be_bytes(*length)))?;
    let plaintext = segment.open(counter, chain, sealed)?;
    let (number, plain) = plaintext.expose().split_first_chunk()?;
    let (synced, plain) = plain.split_first_chunk()?;
    let found = Found {
        record: Record::decode(plain),
        number: u64::from_be_bytes(*number),
        synced: u64::from_be_bytes(*synced),
        chain: *sealed.last_chunk()?,
        length: sealed.len().checked_add(7)?,
    };
    Some((counter, found))
}

/// The highest number that a record readable in the tail says was on the medium. The chain of each is the 16 bytes before
/// it. What cannot be a record by its counter and length is not tried, and whoever made the tail so that very much is tried
/// is told that there is such a record.
fn safe_by_what_is_in(tail: &[u8], store_key: &StoreKey, segment: &Segment, last: Option<u32>) -> Option<u64> {
    let length = u32::try_from(tail.len()).unwrap_or(u32::MAX);
    let first = last.map_or(0, |last| last.saturating_add(1));
    let counters = first..=first.saturating_add(length);
    let mut still = tail.len().saturating_mul(4).saturating_add(EVERY_TAIL);
    let mut highest = None;
    // Of a segment that begins in the tail.
    let mut begun: Option<Segment> = None;
    for at in 0..tail.len() {
        let rest = tail.get(at..).unwrap_or_default();
        let (begins, counters) = match rest.split_first() {
            Some((&RECORD, _)) if begun.is_some() => (rest, 1..=length),
            Some((&RECORD, _)) => (rest, counters.clone()),
            Some((&SEGMENT, behind)) => (behind.get(SALT_LENGTH..).unwrap_or_default(), 0..=0),
            _ => continue,
        };
        let Some(sealed) = record_length(begins, &counters) else { continue };
        let found = match rest.split_first_chunk() {
            Some(([SEGMENT], behind)) => behind.first_chunk().and_then(|salt| {
                let fresh = Segment::new(store_key, salt);
                let found = open_record(begins, &fresh, &NO_CHAIN)?;
                begun = Some(fresh);
                Some(found)
            }),
            _ => {
                let chain = tail.get(..at).and_then(<[u8]>::last_chunk);
                chain.and_then(|chain| open_record(begins, begun.as_ref().unwrap_or(segment), chain))
            }
        };
        match found {
            Some((_, found)) => highest = highest.max(Some(found.synced)),
            // Without the store key nobody makes what opens: only the other looks count.
            None => match still.checked_sub(sealed.saturating_add(LOOK)) {
                Some(left) => still = left,
                None => return Some(u64::MAX),
            },
        }
    }
    highest
}

/// What a look at a possible record costs beside its length, counted as bytes; and what any tail may cost.
const LOOK: usize = 512;
const EVERY_TAIL: usize = 256 * 1024;

/// The length behind the header of what may be a record with one of these counters.
fn record_length(bytes: &[u8], counters: &RangeInclusive<u32>) -> Option<usize> {
    let rest = bytes.strip_prefix(&[RECORD])?;
    let (counter, rest) = rest.split_first_chunk()?;
    let (length, rest) = rest.split_first_chunk()?;
    let length = usize::from(u16::from_be_bytes(*length));
    (counters.contains(&u32::from_be_bytes(*counter)) && length <= rest.len()).then_some(length)
}
