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
use std::sync::{Arc, Mutex, PoisonError};

use super::log_format::{End, MAGIC, NO_CHAIN, VERSION, read};
use super::record::{Boot, Record};
use super::seal::{SALT_LENGTH, Segment, StoreKey};
use super::storage::{Storage, StoredFile, ledger_error};
use crate::error::LedgerError;
use crate::randomness::Randomness;

/// The number that a new log's last record has: more than a log that is written anew ever has records.
pub(super) const FIRST_NUMBER: u64 = 1 << 20;

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
    /// What the log said was on the medium when it was found, be it there or not.
    claimed: u64,
    /// Nothing may be written: an earlier write failed, or the log was only found.
    poisoned: bool,
    /// A sync has failed. The system tells of that once: who waits at the same time, or later, must not be told otherwise.
    sync_failed: Arc<Mutex<bool>>,
}

/// What is to be waited for before records count, without the log itself, so that it can be written meanwhile.
pub(crate) struct Waiting {
    storage: Arc<dyn Storage>,
    through: u64,
    renamed: bool,
    sync_failed: Arc<Mutex<bool>>,
}

impl Waiting {
    /// Returns when all records written before are on the medium, and so is the name of the log. One at a time.
    pub(crate) fn wait(&self) -> io::Result<()> {
        let mut failed = self.sync_failed.lock().unwrap_or_else(PoisonError::into_inner);
        if *failed {
            return Err(io::ErrorKind::Other.into());
        }
        let synced = self.storage.sync(StoredFile::Log);
        let synced = synced.and_then(|()| if self.renamed { self.storage.sync_directory() } else { Ok(()) });
        *failed = synced.is_err();
        synced
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
        (log.on_medium, log.claimed, log.behind) = (read.on_medium.min(read.number), read.on_medium, read.behind);
        (log.torn, log.poisoned) = (content.len() > read.length, true);
        Ok((log, read.records))
    }

    /// Up to which number all was on the medium once, as a log that was found says itself. Where that is more than its last
    /// number, what had been safe is lost: no crash does that.
    pub(super) fn claimed(&self) -> u64 {
        self.claimed
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
        let end = End { segment, counter: 0, chain: NO_CHAIN, number: FIRST_NUMBER };
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
            claimed: 0,
            poisoned: false,
            sync_failed: Arc::default(),
        }
    }

    /// Appends records with one write at the log's end; gives the number of the first. Where that fails, they are not there,
    /// or the log is poisoned.
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
        let sync_failed = Arc::clone(&self.sync_failed);
        Ok(Some(Waiting { storage, through: self.end.number, renamed: self.renamed, sync_failed }))
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

    /// Begins a new log of these records alone. Its last record has the number of this one's last, so that a new log which never
    /// got the name is older than all that was written since. Where `above` is not 0, they are numbered on above that.
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
        let count = (records.len() as u64).saturating_add(1);
        let number = if above == 0 { self.end.number.saturating_sub(count) } else { self.end.number.max(above) };
        // All of it is on the medium before it gets the log's name, and it may say so.
        let synced = number.saturating_add(count);
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
