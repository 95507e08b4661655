//! The ledger on a real disk: one directory that the app gives, locked while it is used, with at most two files in it that
//! the app alone can read.
//!
//! The lock is on the directory itself: a file made for it could be deleted, and the next process would lock another one.
//! What stands under the two names is believed only where it is a regular file with no other name, of the directory's owner: a link
//! would lead the writing elsewhere, and a pipe would keep the opening waiting for ever.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::fs::{AtFlags, FlockOperation, Mode, OFlags, flock, openat, renameat, unlinkat};
use rustix::io::Errno;

use super::storage::{Storage, StoredFile, ledger_error};
use crate::error::LedgerError;

/// More than a ledger comes to with all the cards and keys that a wallet takes. A file may claim any length and hold nothing.
const MOST_BYTES: u64 = 64 << 20;

/// A directory, locked while this exists.
#[derive(Debug)]
pub struct Files {
    directory: File,
    /// Open, once there was something to read or write.
    log: Mutex<Option<Arc<File>>>,
    next: Mutex<Option<Arc<File>>>,
}

impl Files {
    /// Locks the directory, which must exist. The lock goes with this value, or with the process.
    ///
    /// # Errors
    /// [`LedgerError::InUse`] where another process has it, [`LedgerError::Failed`] where it cannot be used.
    pub fn lock(directory: &Path) -> Result<Files, LedgerError> {
        let directory = File::open(directory).map_err(|error| ledger_error(&error))?;
        // The standard library's locks are not supported on Android.
        flock(&directory, FlockOperation::NonBlockingLockExclusive).map_err(|error| match error {
            Errno::WOULDBLOCK => LedgerError::InUse,
            error => ledger_error(&error.into()),
        })?;
        Ok(Files { directory, log: Mutex::default(), next: Mutex::default() })
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
            None => Arc::new(self.open_anew(file, OFlags::empty())?),
        };
        *slot = Some(Arc::clone(&open));
        Ok(open)
    }

    fn open_anew(&self, file: StoredFile, flags: OFlags) -> io::Result<File> {
        // Not following a link, and not waiting for the other end of a pipe.
        let flags = flags | OFlags::RDWR | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let open = openat(&self.directory, name(file), flags, Mode::RUSR | Mode::WUSR)?;
        let open = File::from(open);
        let (status, owner) = (open.metadata()?, self.directory.metadata()?.uid());
        if status.is_file() && status.nlink() == 1 && status.uid() == owner {
            Ok(open)
        } else {
            Err(io::ErrorKind::InvalidInput.into())
        }
    }
}

impl Drop for Files {
    /// A process that was forked meanwhile may have the directory open for a moment longer, which would hold the lock.
    fn drop(&mut self) {
        let _ = flock(&self.directory, FlockOperation::Unlock);
    }
}

fn name(file: StoredFile) -> &'static str {
    match file {
        StoredFile::Log => "ledger",
        StoredFile::Next => "ledger.next",
    }
}

impl Storage for Files {
    fn read(&self, file: StoredFile) -> io::Result<Option<Vec<u8>>> {
        let open = match self.open(file) {
            Ok(open) => open,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let length = open.metadata()?.len();
        let length =
            usize::try_from(length).ok().filter(|_| length <= MOST_BYTES).ok_or(io::ErrorKind::FileTooLarge)?;
        let mut content = vec![0; length];
        open.read_exact_at(&mut content, 0)?;
        Ok(Some(content))
    }

    fn create(&self, file: StoredFile) -> io::Result<()> {
        // Whatever has the name loses it, and where it leads is left alone.
        let unlink = |flags| unlinkat(&self.directory, name(file), flags);
        match unlink(AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(Errno::ISDIR) => unlink(AtFlags::REMOVEDIR)?,
            Err(error) => return Err(error.into()),
        }
        *self.slot(file) = Some(Arc::new(self.open_anew(file, OFlags::CREATE | OFlags::EXCL)?));
        Ok(())
    }

    fn write(&self, file: StoredFile, at: u64, bytes: &[u8]) -> io::Result<()> {
        match self.open(file)?.write_at(bytes, at)? {
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
        renameat(&self.directory, name(StoredFile::Next), &self.directory, name(StoredFile::Log))?;
        *self.slot(StoredFile::Log) = self.slot(StoredFile::Next).take();
        Ok(())
    }

    fn sync_directory(&self) -> io::Result<()> {
        self.directory.sync_all()
    }
}
