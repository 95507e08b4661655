//! The ledger on a real disk: one directory that the app gives, two files readable by the app alone, one lock.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::fs::{FlockOperation, flock};

use super::storage::{Storage, StoredFile, ledger_error};
use crate::error::LedgerError;

/// A directory, locked while this exists.
#[derive(Debug)]
pub struct Files {
    directory: PathBuf,
    _lock: File,
    /// Open for appending, once there was something to append.
    log: Mutex<Option<Arc<File>>>,
    next: Mutex<Option<Arc<File>>>,
}

impl Files {
    /// Locks the directory, which must exist. The lock goes with this value, or with the process.
    ///
    /// # Errors
    /// [`LedgerError::InUse`] where another process has it, [`LedgerError::Failed`] where it cannot be used.
    pub fn lock(directory: &Path) -> Result<Files, LedgerError> {
        let failed = |error: io::Error| ledger_error(&error);
        let lock = private().write(true).create(true).truncate(false).open(directory.join("lock")).map_err(failed)?;
        // The standard library's locks are not supported on Android.
        flock(&lock, FlockOperation::NonBlockingLockExclusive).map_err(|error| match error {
            rustix::io::Errno::WOULDBLOCK => LedgerError::InUse,
            error => ledger_error(&error.into()),
        })?;
        Ok(Files { directory: directory.to_owned(), _lock: lock, log: Mutex::default(), next: Mutex::default() })
    }

    fn path(&self, file: StoredFile) -> PathBuf {
        self.directory.join(match file {
            StoredFile::Log => "ledger",
            StoredFile::Next => "ledger.next",
        })
    }

    fn slot(&self, file: StoredFile) -> MutexGuard<'_, Option<Arc<File>>> {
        let slot = match file {
            StoredFile::Log => &self.log,
            StoredFile::Next => &self.next,
        };
        slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self, file: StoredFile) -> io::Result<Arc<File>> {
        let mut slot = self.slot(file);
        let open = match slot.take() {
            Some(open) => open,
            None => Arc::new(private().append(true).open(self.path(file))?),
        };
        *slot = Some(Arc::clone(&open));
        Ok(open)
    }
}

/// Readable and writable by the app alone.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

impl Storage for Files {
    fn read(&self, file: StoredFile) -> io::Result<Option<Vec<u8>>> {
        let mut content = Vec::new();
        match File::open(self.path(file)) {
            Ok(mut open) => open.read_to_end(&mut content).map(|_| Some(content)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn create(&self, file: StoredFile) -> io::Result<()> {
        let created = private().write(true).create(true).truncate(true).open(self.path(file))?;
        *self.slot(file) = Some(Arc::new(created));
        Ok(())
    }

    fn append(&self, file: StoredFile, bytes: &[u8]) -> io::Result<()> {
        match (&*self.open(file)?).write(bytes)? {
            written if written == bytes.len() => Ok(()),
            _ => Err(io::ErrorKind::StorageFull.into()),
        }
    }

    fn truncate(&self, file: StoredFile, length: u64) -> io::Result<()> {
        self.open(file)?.set_len(length)
    }

    fn sync(&self, file: StoredFile) -> io::Result<()> {
        self.open(file)?.sync_data()
    }

    fn rename(&self) -> io::Result<()> {
        std::fs::rename(self.path(StoredFile::Next), self.path(StoredFile::Log))?;
        *self.slot(StoredFile::Log) = None;
        *self.slot(StoredFile::Next) = None;
        Ok(())
    }

    fn sync_directory(&self) -> io::Result<()> {
        File::open(&self.directory)?.sync_all()
    }
}
