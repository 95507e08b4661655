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
//! # What is found
//!
//! Records are read until one does not follow. What lies behind that place is a torn tail where a crash explains it, and
//! is cut off. It is damage where a record readable further on says that the lost one had been on the medium.

use zeroize::Zeroizing;

use super::record::Record;
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
    storage: Box<dyn Storage>,
    store_key: StoreKey,
    end: End,
    poisoned: bool,
}

/// Where the log ends, and with what the next record is sealed.
struct End {
    segment: Segment,
    counter: u32,
    chain: Chain,
    /// Of the last record.
    number: u64,
    /// Up to here all records are on the medium.
    synced: u64,
    /// Of the file, in bytes.
    length: u64,
}

/// What was read of a log.
struct Read {
    records: Vec<Record>,
    /// The last record's number and chain.
    number: u64,
    chain: Chain,
    /// How far it was good.
    length: usize,
}

impl Log {
    /// Makes a new log where none is.
    pub(super) fn create(
        mut storage: Box<dyn Storage>,
        store_key: StoreKey,
        boot_count: u32,
        randomness: &mut Randomness,
    ) -> Result<Log, LedgerError> {
        if storage.read(StoredFile::Log).map_err(|error| ledger_error(&error))?.is_some() {
            return Err(LedgerError::Exists);
        }
        let mut log = Log::before_first_record(storage, store_key);
        log.replace(boot_count, randomness, &[])?;
        Ok(log)
    }

    /// Opens the log that is there, and begins a new segment. Gives all records in order.
    pub(super) fn open(
        mut storage: Box<dyn Storage>,
        store_key: StoreKey,
        boot_count: u32,
        randomness: &mut Randomness,
    ) -> Result<(Log, Vec<Record>), LedgerError> {
        let failed = |error: std::io::Error| ledger_error(&error);
        let content = storage.read(StoredFile::Log).map_err(failed)?.ok_or(LedgerError::Missing)?;
        let read = read(&content, &store_key)?;
        let mut log = Log::before_first_record(storage, store_key);
        (log.end.number, log.end.chain, log.end.length) = (read.number, read.chain, read.length as u64);
        if content.len() > read.length {
            log.storage.truncate(StoredFile::Log, log.end.length).map_err(failed)?;
        }
        // What was read must be on the medium before anything rests on it, and the tail must be gone before anything
        // takes its place.
        log.sync()?;
        let segment = log.begin_segment(boot_count, randomness);
        log.write(&segment)?;
        log.sync()?;
        Ok((log, read.records))
    }

    fn before_first_record(storage: Box<dyn Storage>, store_key: StoreKey) -> Log {
        let segment = Segment::new(&store_key, &[0; SALT_LENGTH]);
        let end = End { segment, counter: 0, chain: NO_CHAIN, number: 0, synced: 0, length: 0 };
        Log { storage, store_key, end, poisoned: false }
    }

    /// Appends records with one write. Where that fails, they are not there, or the log is poisoned.
    pub(super) fn append(&mut self, records: &[Record]) -> Result<(), LedgerError> {
        if self.poisoned {
            return Err(LedgerError::Poisoned);
        }
        let (chain, number) = (self.end.chain, self.end.number);
        let mut bytes = Vec::with_capacity(records.len().saturating_mul(128));
        for record in records {
            self.seal(record, &mut bytes);
        }
        let written = self.write(&bytes);
        if written.is_err() {
            // The counters used are gone for good; the numbers are not.
            (self.end.chain, self.end.number) = (chain, number);
        }
        written
    }

    /// Returns when all records are on the medium. After an error no one knows what is: the log is poisoned.
    pub(super) fn sync(&mut self) -> Result<(), LedgerError> {
        if self.poisoned {
            return Err(LedgerError::Poisoned);
        }
        match self.storage.sync(StoredFile::Log) {
            Ok(()) => {
                self.end.synced = self.end.number;
                Ok(())
            }
            Err(error) => {
                self.poisoned = true;
                Err(ledger_error(&error))
            }
        }
    }

    /// Whether records wait for the medium.
    pub(super) fn is_synced(&self) -> bool {
        self.end.synced == self.end.number
    }

    /// Bytes in the log.
    pub(super) fn length(&self) -> u64 {
        self.end.length
    }

    /// Writes a new log of these records alone and puts it in the old one's place. Where that fails the old one stays, and
    /// goes on being written.
    pub(super) fn replace(
        &mut self,
        boot_count: u32,
        randomness: &mut Randomness,
        records: &[Record],
    ) -> Result<(), LedgerError> {
        if self.poisoned {
            return Err(LedgerError::Poisoned);
        }
        let next = End { segment: Segment::new(&self.store_key, &[0; SALT_LENGTH]), ..self.end };
        let old = std::mem::replace(&mut self.end, next);
        let mut content = [&MAGIC[..], &[VERSION], &self.store_key.check()].concat();
        content.extend(self.begin_segment(boot_count, randomness));
        for record in records {
            self.seal(record, &mut content);
        }
        if let Err(error) = self.put_in_place(&content) {
            self.end = old;
            return Err(ledger_error(&error));
        }
        self.end.length = content.len() as u64;
        self.end.synced = self.end.number;
        // The new log has its name; whether the name is on the medium is open where this fails.
        self.storage.sync_directory().map_err(|error| {
            self.poisoned = true;
            ledger_error(&error)
        })
    }

    fn put_in_place(&mut self, content: &[u8]) -> std::io::Result<()> {
        self.storage.create(StoredFile::Next)?;
        self.storage.append(StoredFile::Next, content)?;
        self.storage.sync(StoredFile::Next)?;
        self.storage.rename()
    }

    /// A fresh salt, and the record that opens the segment.
    fn begin_segment(&mut self, boot_count: u32, randomness: &mut Randomness) -> Vec<u8> {
        let mut salt = [0; SALT_LENGTH];
        randomness(&mut salt);
        self.end.segment = Segment::new(&self.store_key, &salt);
        self.end.counter = 0;
        let opened = Record::Opened { boot_count, chain: self.end.chain };
        self.end.chain = NO_CHAIN;
        let mut bytes = [&[SEGMENT], &salt[..]].concat();
        self.seal(&opened, &mut bytes);
        bytes
    }

    fn seal(&mut self, record: &Record, out: &mut Vec<u8>) {
        self.end.number = self.end.number.saturating_add(1);
        let mut plaintext = Zeroizing::new(Vec::with_capacity(128));
        plaintext.extend_from_slice(&self.end.number.to_be_bytes());
        plaintext.extend_from_slice(&self.end.synced.to_be_bytes());
        plaintext.extend_from_slice(&record.encode());
        let sealed = self.end.segment.seal(self.end.counter, &self.end.chain, &plaintext);
        let length = u16::try_from(sealed.len()).expect("a record is below 64 KiB");
        out.push(RECORD);
        out.extend_from_slice(&self.end.counter.to_be_bytes());
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(&sealed);
        self.end.counter = self.end.counter.saturating_add(1);
        self.end.chain = *sealed.last_chunk().expect("a tag is there always");
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), LedgerError> {
        match self.storage.append(StoredFile::Log, bytes) {
            Ok(()) => {
                self.end.length = self.end.length.saturating_add(bytes.len() as u64);
                Ok(())
            }
            Err(error) => {
                // Part of it may be there. It must go before anything else is written.
                self.poisoned = self.storage.truncate(StoredFile::Log, self.end.length).is_err();
                Err(ledger_error(&error))
            }
        }
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
    let mut read = Read { records: Vec::new(), number: 0, chain: NO_CHAIN, length: header };
    let mut segment = None;
    while let Some(next) = content.get(read.length..).filter(|rest| !rest.is_empty()) {
        let Some(found) = next_record(next, store_key, &mut segment, &read) else { break };
        if read.records.is_empty() {
            read.number = found.number.saturating_sub(1);
        }
        let follows = match &found.record {
            Record::Opened { chain, .. } => read.records.is_empty() || *chain == read.chain,
            _ => true,
        };
        if !follows || found.number != read.number.saturating_add(1) {
            break;
        }
        read.number = found.number;
        read.chain = found.chain;
        read.length = read.length.saturating_add(found.length);
        read.records.push(found.record);
    }
    // A log is renamed into place whole, so its first record cannot be torn.
    match (read.records.is_empty(), key_fits) {
        (false, true) => {}
        (true, false) => return Err(LedgerError::Foreign),
        _ => return Err(LedgerError::Damaged),
    }
    let lost = read.number.saturating_add(1);
    let tail = content.get(read.length..).unwrap_or_default();
    if segment.is_some_and(|(segment, _)| says_that_it_was_safe(tail, store_key, &segment, lost)) {
        return Err(LedgerError::Damaged);
    }
    Ok(read)
}

/// A record, and where the next one begins.
struct Found {
    record: Record,
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
            if !matches!(found.record, Record::Opened { .. }) {
                return None;
            }
            *segment = Some((fresh, Some(counter)));
            Some(Found { length: found.length.checked_add(SALT_LENGTH)?.checked_add(1)?, ..found })
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
    let (number, plain) = plaintext.split_first_chunk()?;
    let (synced, plain) = plain.split_first_chunk()?;
    let found = Found {
        record: Record::decode(plain)?,
        number: u64::from_be_bytes(*number),
        synced: u64::from_be_bytes(*synced),
        chain: *sealed.last_chunk()?,
        length: sealed.len().checked_add(7)?,
    };
    Some((counter, found))
}

/// Whether a record readable in the tail says that the lost one had been on the medium. The chain of each is the 16
/// bytes before it.
fn says_that_it_was_safe(tail: &[u8], store_key: &StoreKey, segment: &Segment, lost: u64) -> bool {
    (0..tail.len()).any(|at| {
        let rest = tail.get(at..).unwrap_or_default();
        let found = match rest.first() {
            Some(&SEGMENT) => rest
                .get(1..)
                .and_then(|rest| rest.split_first_chunk())
                .and_then(|(salt, rest)| open_record(rest, &Segment::new(store_key, salt), &NO_CHAIN)),
            Some(&RECORD) => tail
                .get(..at)
                .and_then(|before| before.last_chunk())
                .and_then(|chain| open_record(rest, segment, chain)),
            _ => None,
        };
        found.is_some_and(|(_, found)| found.synced >= lost)
    })
}
