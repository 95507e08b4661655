//! The ledger on a real disk: one directory that the app gives, two files readable by the app alone, one lock.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use super::storage::{Storage, StoredFile, ledger_error};
use crate::error::LedgerError;

/// A directory, locked while this exists.
#[derive(Debug)]
pub struct Files {
    directory: PathBuf,
    _lock: File,
    /// Open for appending, once there was something to append.
    log: Option<File>,
    next: Option<File>,
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
        Ok(Files { directory: directory.to_owned(), _lock: lock, log: None, next: None })
    }

    fn path(&self, file: StoredFile) -> PathBuf {
        self.directory.join(match file {
            StoredFile::Log => "ledger",
            StoredFile::Next => "ledger.next",
        })
    }

    fn open(&mut self, file: StoredFile) -> io::Result<&mut File> {
        let path = self.path(file);
        let slot = match file {
            StoredFile::Log => &mut self.log,
            StoredFile::Next => &mut self.next,
        };
        match slot {
            Some(open) => Ok(open),
            none => Ok(none.insert(private().append(true).open(path)?)),
        }
    }
}

/// Readable and writable by the app alone.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

impl Storage for Files {
    fn read(&mut self, file: StoredFile) -> io::Result<Option<Vec<u8>>> {
        let mut content = Vec::new();
        match File::open(self.path(file)) {
            Ok(mut open) => open.read_to_end(&mut content).map(|_| Some(content)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn create(&mut self, file: StoredFile) -> io::Result<()> {
        let path = self.path(file);
        let created = private().write(true).create(true).truncate(true).open(path)?;
        match file {
            StoredFile::Log => self.log = Some(created),
            StoredFile::Next => self.next = Some(created),
        }
        Ok(())
    }

    fn append(&mut self, file: StoredFile, bytes: &[u8]) -> io::Result<()> {
        match self.open(file)?.write(bytes)? {
            written if written == bytes.len() => Ok(()),
            _ => Err(io::ErrorKind::StorageFull.into()),
        }
    }

    fn truncate(&mut self, file: StoredFile, length: u64) -> io::Result<()> {
        self.open(file)?.set_len(length)
    }

    fn sync(&mut self, file: StoredFile) -> io::Result<()> {
        self.open(file)?.sync_data()
    }

    fn rename(&mut self) -> io::Result<()> {
        std::fs::rename(self.path(StoredFile::Next), self.path(StoredFile::Log))?;
        self.log = None;
        self.next = None;
        Ok(())
    }

    fn sync_directory(&mut self) -> io::Result<()> {
        File::open(&self.directory)?.sync_all()
    }
}
