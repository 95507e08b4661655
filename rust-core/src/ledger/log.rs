//! The log: an append-only file of sealed records, found whole again after whatever happened to the phone.
//!
//! # The file
//!
//! | | bytes |
//! |---|---|
//! | header | `hcepayL`, version of this format (01), check value of the store key (8) |
//! | segment | `S`, salt (32). The chain of its first record is zero; that record is "opened" and names the chain before it |
//! | record | `R`, counter within the segment (4), length of what follows (2), ciphertext, tag (16) |
//!
//! The plaintext of a record: its number in the file's life (8, from 1, without a gap), the number up to which all records
//! were on the medium when it was written (8), kind and body ([`super::record`]).
//!
//! An example, byte by byte and with what stands behind each seal: `tests/golden/ledger.txt`.
//!
//! # What is found
//!
//! Records are read until one does not follow. A kill leaves the log whole to its last byte, or with a part of one write
//! behind that; a power loss may leave anything behind what had reached the medium. So whatever lies behind the last good
//! record is a **torn tail**: it is overwritten, and whoever opens the log must take it that the last things written are lost
//! ([`Log::is_torn`]). It is **damage** where the record in that place is sealed as it must be and yet says nothing that it can
//! say, and where a record can be read further on ([`Log::safe_by_what_is_behind`]) that no crash explains.
//!
//! The search for such a record takes time in proportion to the tail; a tail that is made to take more counts as damage.
//!
//! A log that is found is not changed before [`Log::go_on`]. That writes again what is not known to be on the medium: after
//! a failed sync the system may show what it has already given up to write.

use std::io;
use std::ops::RangeInclusive;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::record::{Boot, Record};
use super::seal::{Chain, SALT_LENGTH, Segment, StoreKey, TAG_LENGTH};
use super::storage::{Storage, StoredFile, ledger_error};
use crate::error::LedgerError;
use crate::randomness::Randomness;

const MAGIC: &[u8; 7] = b"hcepayL";
const VERSION: u8 = 1;
const SEGMENT: u8 = b'S';
const RECORD: u8 = b'R';
const NO_CHAIN: Chain = [0; TAG_LENGTH];

/// The log, open at its end.
pub(super) struct Log {
    storage: Arc<dyn Storage>,
    store_key: StoreKey,
    end: End,
    /// Up to here all records count: they are on the medium, in a log whose name is.
    synced: u64,
    /// Up to here they are on the medium, as the records themselves say. More than count only where a new log took the
    /// old one's name and that name is not on the medium yet.
    on_medium: u64,
    renamed: bool,
    /// Of the file, in bytes.
    length: u64,
    /// Something lies behind that.
    torn: bool,
    /// What was read at the end and is not known to be on the medium.
    unproved: Vec<u8>,
    /// Of a record that can be read behind the torn place: the highest number that it says was on the medium.
    behind: Option<u64>,
    /// Nothing may be written: an earlier write failed, or the log was only found.
    poisoned: bool,
}

/// Where the log ends, and with what the next record is sealed.
struct End {
    segment: Segment,
    counter: u32,
    chain: Chain,
    /// Of the last record.
    number: u64,
}

/// What was read of a log.
struct Read {
    records: Vec<Record>,
    /// The last record's number and chain.
    number: u64,
    chain: Chain,
    /// How far it was good.
    length: usize,
    /// Up to which number all was on the medium, and how far into the file that is.
    on_medium: u64,
    proved: usize,
    /// A record that is sealed as it must be says nothing that it can say.
    unreadable: bool,
    /// See [`Log::behind`].
    behind: Option<u64>,
}

/// What is to be waited for before records count, without the log itself, so that it can be written meanwhile.
pub(crate) struct Waiting {
    storage: Arc<dyn Storage>,
    through: u64,
    renamed: bool,
}

impl Waiting {
    /// Returns when all records written before are on the medium, and so is the name of the log.
    pub(crate) fn wait(&self) -> io::Result<()> {
        self.storage.sync(StoredFile::Log)?;
        if self.renamed { self.storage.sync_directory() } else { Ok(()) }
    }
}

/// A new log in the making.
pub(crate) struct Replacement {
    storage: Arc<dyn Storage>,
    /// Header and segment.
    content: Vec<u8>,
    records: Vec<Record>,
    end: End,
    synced: u64,
    /// The last record of the old log: where it is the last no more, the new one has missed something.
    after: u64,
}

impl Replacement {
    /// Seals and writes it all, under the name that does not count yet. Takes its time.
    pub(crate) fn write(&mut self) -> Result<(), LedgerError> {
        for record in self.records.drain(..) {
            self.end.seal(&record, self.synced, &mut self.content);
        }
        let storage = &self.storage;
        let created = storage.create(StoredFile::Next);
        let written = created.and_then(|()| storage.write(StoredFile::Next, 0, &self.content));
        written.and_then(|()| storage.sync(StoredFile::Next)).map_err(|error| ledger_error(&error))
    }
}

impl Log {
    /// Makes a new log where none is, with these records in it.
    pub(super) fn create(
        storage: Arc<dyn Storage>,
        store_key: StoreKey,
        boot: Boot,
        randomness: &mut Randomness,
        records: Vec<Record>,
    ) -> Result<Log, LedgerError> {
        if storage.read(StoredFile::Log).map_err(|error| ledger_error(&error))?.is_some() {
            return Err(LedgerError::Exists);
        }
        let mut log = Log::before_first_record(storage, store_key);
        let mut first = log.replacement(boot, randomness, records, 0)?;
        first.write()?;
        log.put_in_place(first)?;
        log.sync()?;
        Ok(log)
    }

    /// Reads the log that is there: all records in order. Changes nothing.
    pub(super) fn find(storage: Arc<dyn Storage>, store_key: StoreKey) -> Result<(Log, Vec<Record>), LedgerError> {
        let content = storage.read(StoredFile::Log).map_err(|error| ledger_error(&error))?;
        let content = content.ok_or(LedgerError::Missing)?;
        let read = read(&content, &store_key)?;
        if read.unreadable {
            return Err(LedgerError::Damaged);
        }
        let mut log = Log::before_first_record(storage, store_key);
        (log.end.number, log.end.chain, log.length) = (read.number, read.chain, read.length as u64);
        log.unproved = content.get(read.proved..read.length).unwrap_or_default().to_vec();
        (log.on_medium, log.behind) = (read.on_medium, read.behind);
        (log.torn, log.poisoned) = (content.len() > read.length, true);
        Ok((log, read.records))
    }

    /// Whether something lies behind the last good record of a log that was found.
    pub(super) fn is_torn(&self) -> bool {
        self.torn
    }

    /// Where a record can be read behind the torn place: up to which number all was on the medium once, as it says.
    pub(super) fn safe_by_what_is_behind(&self) -> Option<u64> {
        self.behind
    }

    /// Begins a new segment in a log that was found: from now on it can be written.
    pub(super) fn go_on(&mut self, boot: Boot, randomness: &mut Randomness) -> Result<(), LedgerError> {
        let failed = |error: io::Error| ledger_error(&error);
        // What was read must be on the medium before anything rests on it, and so must its name, which a process may have
        // left unsynced when it was killed.
        let unproved = std::mem::take(&mut self.unproved);
        if !unproved.is_empty() {
            let from = self.length.saturating_sub(unproved.len() as u64);
            self.storage.write(StoredFile::Log, from, &unproved).map_err(failed)?;
        }
        if self.torn {
            // Of the torn tail one byte is left: without it nothing would say that it was there, were this the last call.
            self.storage.truncate(StoredFile::Log, self.length.saturating_add(1)).map_err(failed)?;
        }
        let opened = self.end.begin_segment(&self.store_key, boot, randomness, self.on_medium);
        if let Err(error) = self.storage.write(StoredFile::Log, self.length, &opened) {
            if !self.torn {
                let _ = self.storage.truncate(StoredFile::Log, self.length);
            }
            return Err(ledger_error(&error));
        }
        self.length = self.length.saturating_add(opened.len() as u64);
        (self.torn, self.poisoned, self.renamed) = (false, false, true);
        self.sync()
    }

    /// Reads what can be read of a log that does not open, and changes nothing.
    pub(super) fn salvage(storage: &dyn Storage, store_key: &StoreKey) -> Result<Vec<Record>, LedgerError> {
        let content = storage.read(StoredFile::Log).map_err(|error| ledger_error(&error))?;
        Ok(read(&content.ok_or(LedgerError::Missing)?, store_key)?.records)
    }

    fn before_first_record(storage: Arc<dyn Storage>, store_key: StoreKey) -> Log {
        let segment = Segment::new(&store_key, &[0; SALT_LENGTH]);
        let end = End { segment, counter: 0, chain: NO_CHAIN, number: 0 };
        Log {
            storage,
            store_key,
            end,
            synced: 0,
            on_medium: 0,
            renamed: false,
            length: 0,
            torn: false,
            unproved: Vec::new(),
            behind: None,
            poisoned: false,
        }
    }

    /// Appends records with one write at the log's end; gives the number of the first. Where that fails, they are not there, or the log is
    /// poisoned.
    pub(super) fn append(&mut self, records: &[Record]) -> Result<u64, LedgerError> {
        self.not_poisoned()?;
        let (chain, number) = (self.end.chain, self.end.number);
        let mut bytes = Vec::with_capacity(records.len().saturating_mul(128));
        for record in records {
            self.end.seal(record, self.on_medium, &mut bytes);
        }
        if let Err(error) = self.write(&bytes) {
            // The counters used are gone for good; the numbers are not.
            (self.end.chain, self.end.number) = (chain, number);
            return Err(error);
        }
        Ok(number.saturating_add(1))
    }

    /// What is to be waited for so that all records count; `None` where they do.
    pub(super) fn waiting(&self) -> Result<Option<Waiting>, LedgerError> {
        self.not_poisoned()?;
        if self.synced == self.end.number && !self.renamed {
            return Ok(None);
        }
        let storage = Arc::clone(&self.storage);
        Ok(Some(Waiting { storage, through: self.end.number, renamed: self.renamed }))
    }

    /// It was waited, and this came of it. After an error no one knows what is on the medium: the log is poisoned.
    pub(super) fn reached(&mut self, waiting: &Waiting, outcome: io::Result<()>) -> Result<(), LedgerError> {
        match outcome {
            Ok(()) => {
                self.synced = self.synced.max(waiting.through);
                self.on_medium = self.on_medium.max(self.synced);
                self.renamed &= !waiting.renamed;
                Ok(())
            }
            Err(error) => {
                self.poisoned = true;
                Err(ledger_error(&error))
            }
        }
    }

    /// Waits here and now.
    pub(super) fn sync(&mut self) -> Result<(), LedgerError> {
        match self.waiting()? {
            Some(waiting) => self.reached(&waiting, waiting.wait()),
            None => Ok(()),
        }
    }

    /// The number of the last record.
    pub(super) fn last_number(&self) -> u64 {
        self.end.number
    }

    /// Up to which number all records count.
    pub(super) fn synced(&self) -> u64 {
        self.synced
    }

    /// Bytes in the log.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Begins a new log of these records alone, numbered on from here, or from `above` where that is more.
    pub(super) fn replacement(
        &self,
        boot: Boot,
        randomness: &mut Randomness,
        records: Vec<Record>,
        above: u64,
    ) -> Result<Replacement, LedgerError> {
        self.not_poisoned()?;
        let mut content = [&MAGIC[..], &[VERSION], &self.store_key.check()].concat();
        let segment = Segment::new(&self.store_key, &[0; SALT_LENGTH]);
        let number = self.end.number.max(above);
        // All of it is on the medium before it gets the log's name, and it may say so.
        let synced = number.saturating_add(1).saturating_add(records.len() as u64);
        let mut end = End { segment, counter: 0, chain: self.end.chain, number };
        content.extend(end.begin_segment(&self.store_key, boot, randomness, synced));
        let (storage, after) = (Arc::clone(&self.storage), self.end.number);
        Ok(Replacement { storage, content, records, end, synced, after })
    }

    /// Puts a written log in the old one's place; what follows counts when it was waited for. `false` where something was
    /// appended meanwhile: the old log goes on then.
    pub(super) fn put_in_place(&mut self, replacement: Replacement) -> Result<bool, LedgerError> {
        self.not_poisoned()?;
        if self.end.number != replacement.after {
            return Ok(false);
        }
        // After an error it is open which log has the name: neither may be written.
        self.storage.rename().map_err(|error| {
            self.poisoned = true;
            ledger_error(&error)
        })?;
        // What counted in the old log stands in the new one too, whichever of them has the name after a power loss.
        (self.end, self.on_medium) = (replacement.end, replacement.synced);
        self.length = replacement.content.len() as u64;
        self.renamed = true;
        Ok(true)
    }

    fn not_poisoned(&self) -> Result<(), LedgerError> {
        if self.poisoned { Err(LedgerError::Poisoned) } else { Ok(()) }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), LedgerError> {
        match self.storage.write(StoredFile::Log, self.length, bytes) {
            Ok(()) => {
                self.length = self.length.saturating_add(bytes.len() as u64);
                Ok(())
            }
            Err(error) => {
                // Part of it may be there. It must go before anything else is written.
                self.poisoned = self.storage.truncate(StoredFile::Log, self.length).is_err();
                Err(ledger_error(&error))
            }
        }
    }
}

impl End {
    /// A fresh salt, and the record that opens the segment.
    fn begin_segment(&mut self, store_key: &StoreKey, boot: Boot, randomness: &mut Randomness, synced: u64) -> Vec<u8> {
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

    fn seal(&mut self, record: &Record, synced: u64, out: &mut Vec<u8>) {
        self.number = self.number.saturating_add(1);
        let mut plaintext = Zeroizing::new(Vec::with_capacity(160));
        plaintext.extend_from_slice(&self.number.to_be_bytes());
        plaintext.extend_from_slice(&synced.to_be_bytes());
        plaintext.extend_from_slice(&record.encode());
        let sealed = self.segment.seal(self.counter, &self.chain, &plaintext);
        let length = u16::try_from(sealed.len()).expect("a record is below 64 KiB");
        out.push(RECORD);
        out.extend_from_slice(&self.counter.to_be_bytes());
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(&sealed);
        self.counter = self.counter.saturating_add(1);
        self.chain = *sealed.last_chunk().expect("a tag is there always");
    }
}

/// Reads records until one does not follow.
fn read(content: &[u8], store_key: &StoreKey) -> Result<Read, LedgerError> {
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
    for at in 0..tail.len() {
        let rest = tail.get(at..).unwrap_or_default();
        let (begins, counters) = match rest.split_first() {
            Some((&RECORD, _)) => (rest, counters.clone()),
            Some((&SEGMENT, behind)) => (behind.get(SALT_LENGTH..).unwrap_or_default(), 0..=0),
            _ => continue,
        };
        let Some(length) = record_length(begins, &counters) else { continue };
        let Some(left) = still.checked_sub(length.saturating_add(LOOK)) else { return Some(u64::MAX) };
        still = left;
        let found = match rest.split_first_chunk() {
            Some(([SEGMENT], behind)) => {
                behind.first_chunk().and_then(|salt| open_record(begins, &Segment::new(store_key, salt), &NO_CHAIN))
            }
            _ => tail.get(..at).and_then(<[u8]>::last_chunk).and_then(|chain| open_record(begins, segment, chain)),
        };
        highest = highest.max(found.map(|(_, found)| found.synced));
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
