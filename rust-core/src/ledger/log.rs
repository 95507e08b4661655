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
//! Records are read until one does not follow. What lies behind that place is a torn tail where a crash explains it, and
//! is cut off. It is damage where a record readable further on says that the lost one had been on the medium, and where
//! the record in that place is sealed as it must be: no crash makes one that cannot be read.
//!
//! A log that is found is not changed before [`Log::go_on`].

use std::io;
use std::sync::Arc;

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
    /// Something lies behind that, and is to be cut off.
    torn: bool,
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
    /// More is missing than a crash explains.
    damaged: bool,
}

impl Read {
    fn sound(self) -> Result<Read, LedgerError> {
        if self.damaged { Err(LedgerError::Damaged) } else { Ok(self) }
    }
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
    first: u64,
}

impl Replacement {
    /// The number of its first record.
    pub(super) fn first_number(&self) -> u64 {
        self.first
    }

    /// Seals and writes it all, under the name that does not count yet. Takes its time.
    pub(crate) fn write(&mut self) -> Result<(), LedgerError> {
        for record in self.records.drain(..) {
            self.end.seal(&record, self.synced, &mut self.content);
        }
        let storage = &self.storage;
        let created = storage.create(StoredFile::Next);
        let written = created.and_then(|()| storage.append(StoredFile::Next, &self.content));
        written.and_then(|()| storage.sync(StoredFile::Next)).map_err(|error| ledger_error(&error))
    }
}

impl Log {
    /// Makes a new log where none is, with these records in it.
    pub(super) fn create(
        storage: Arc<dyn Storage>,
        store_key: StoreKey,
        boot_count: u32,
        randomness: &mut Randomness,
        records: Vec<Record>,
    ) -> Result<Log, LedgerError> {
        if storage.read(StoredFile::Log).map_err(|error| ledger_error(&error))?.is_some() {
            return Err(LedgerError::Exists);
        }
        let mut log = Log::before_first_record(storage, store_key);
        let mut first = log.replacement(boot_count, randomness, records, 0)?;
        first.write()?;
        log.put_in_place(first)?;
        log.sync()?;
        Ok(log)
    }

    /// Reads the log that is there: all records in order. Changes nothing.
    pub(super) fn find(storage: Arc<dyn Storage>, store_key: StoreKey) -> Result<(Log, Vec<Record>), LedgerError> {
        let content = storage.read(StoredFile::Log).map_err(|error| ledger_error(&error))?;
        let content = content.ok_or(LedgerError::Missing)?;
        let read = read(&content, &store_key)?.sound()?;
        let mut log = Log::before_first_record(storage, store_key);
        (log.end.number, log.end.chain, log.length) = (read.number, read.chain, read.length as u64);
        (log.torn, log.poisoned) = (content.len() > read.length, true);
        Ok((log, read.records))
    }

    /// Begins a new segment in a log that was found: from now on it can be written.
    pub(super) fn go_on(&mut self, boot_count: u32, randomness: &mut Randomness) -> Result<(), LedgerError> {
        if self.torn {
            self.storage.truncate(StoredFile::Log, self.length).map_err(|error| ledger_error(&error))?;
        }
        (self.torn, self.poisoned) = (false, false);
        // What was read must be on the medium before anything rests on it, and so must its name, which a process may have
        // left unsynced when it was killed; and the tail must be gone before anything takes its place.
        self.renamed = true;
        self.sync()?;
        let opened = self.end.begin_segment(&self.store_key, boot_count, randomness, self.synced);
        self.write(&opened)?;
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
        let (torn, poisoned, renamed) = (false, false, false);
        Log { storage, store_key, end, synced: 0, on_medium: 0, renamed, length: 0, torn, poisoned }
    }

    /// Appends records with one write; gives the number of the first. Where that fails, they are not there, or the log is
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
        boot_count: u32,
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
        content.extend(end.begin_segment(&self.store_key, boot_count, randomness, synced));
        let (storage, after) = (Arc::clone(&self.storage), self.end.number);
        Ok(Replacement { storage, content, records, end, synced, after, first: number.saturating_add(1) })
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
        match self.storage.append(StoredFile::Log, bytes) {
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
    fn begin_segment(
        &mut self,
        store_key: &StoreKey,
        boot_count: u32,
        randomness: &mut Randomness,
        synced: u64,
    ) -> Vec<u8> {
        let mut salt = [0; SALT_LENGTH];
        randomness(&mut salt);
        self.segment = Segment::new(store_key, &salt);
        self.counter = 0;
        let opened = Record::Opened { boot_count, chain: self.chain };
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
    let mut read = Read { records: Vec::new(), number: 0, chain: NO_CHAIN, length: header, damaged: false };
    let mut segment = None;
    while let Some(next) = content.get(read.length..).filter(|rest| !rest.is_empty()) {
        let Some(found) = next_record(next, store_key, &mut segment, &read) else { break };
        if read.records.is_empty() {
            read.number = found.number.saturating_sub(1);
        }
        let Some(record) = found.record else {
            read.damaged = true;
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
        read.records.push(record);
    }
    // A log is renamed into place whole, so its first record cannot be torn.
    match (read.records.is_empty(), key_fits) {
        (false, true) => {}
        (true, false) => return Err(LedgerError::Foreign),
        _ => return Err(LedgerError::Damaged),
    }
    let lost = read.number.saturating_add(1);
    let tail = content.get(read.length..).unwrap_or_default();
    read.damaged |= segment.is_some_and(|(segment, _)| says_that_it_was_safe(tail, store_key, &segment, lost));
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
