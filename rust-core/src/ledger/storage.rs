//! What the ledger needs of a disk. There are exactly two implementations: real files, and the crash lab's simulated disk.

use std::io;

use crate::error::LedgerError;

/// The two files of a ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StoredFile {
    /// The log. It is written at its known end, and cut back to it.
    Log,
    /// What becomes the log by renaming, once it is whole.
    Next,
}

/// A directory with at most two files in it. Each method is one call to the operating system, so that each can fail or be
/// the last one before the power goes. Waiting for the medium on one thread keeps no other thread from writing.
pub trait Storage: Send + Sync {
    /// The whole content; `None` where there is no such file.
    fn read(&self, file: StoredFile) -> io::Result<Option<Vec<u8>>>;
    /// Makes an empty file, in place of one that may be there.
    fn create(&self, file: StoredFile) -> io::Result<()>;
    /// Writes from this offset on, with one call, whatever stands there. After an error anything from none to all of it may
    /// be there.
    fn write(&self, file: StoredFile, at: u64, bytes: &[u8]) -> io::Result<()>;
    /// Cuts back to this length.
    fn truncate(&self, file: StoredFile, length: u64) -> io::Result<()>;
    /// Returns when all content is on the medium.
    fn sync(&self, file: StoredFile) -> io::Result<()>;
    /// Puts `Next` in the place of `Log`.
    fn rename(&self) -> io::Result<()>;
    /// Returns when the names are on the medium.
    fn sync_directory(&self) -> io::Result<()>;
}

/// What an error of the operating system means to the app.
pub(super) fn ledger_error(error: &io::Error) -> LedgerError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => LedgerError::Full,
        _ => LedgerError::Failed,
    }
}
