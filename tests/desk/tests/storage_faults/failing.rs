//! A disk whose calls are numbered, reading included, and of which each can be made to fail.

use std::io;
use std::sync::{Arc, Mutex};

use hcepay_core::{Storage, StoredFile};
use hcepay_desk::disk::{Disk, Fault};

/// What is done in the life of a wallet when a call comes, and which call it is.
pub(crate) type Site = (&'static str, &'static str);

/// The disk; clones are the same one.
#[derive(Clone, Default)]
pub(crate) struct Failing(Arc<Mutex<Watch>>);

#[derive(Default)]
struct Watch {
    disk: Disk,
    faults: Vec<Fault>,
    doing: &'static str,
    /// Each call so far, whether it failed, and of a write how long it was.
    calls: Vec<(Site, bool, usize)>,
}

impl Failing {
    pub(crate) fn with(disk: Disk, faults: &[Fault]) -> Failing {
        Failing(Arc::new(Mutex::new(Watch { disk, faults: faults.to_vec(), ..Watch::default() })))
    }

    pub(crate) fn begin(&self, doing: &'static str) {
        self.0.lock().unwrap().doing = doing;
    }

    pub(crate) fn disk(&self) -> Disk {
        self.0.lock().unwrap().disk.clone()
    }

    pub(crate) fn calls(&self) -> Vec<(Site, bool, usize)> {
        self.0.lock().unwrap().calls.clone()
    }

    pub(crate) fn failures(&self) -> usize {
        self.0.lock().unwrap().calls.iter().filter(|(_, failed, _)| *failed).count()
    }

    /// Numbers a call. Where it fails: with what, and how much of it is done all the same.
    fn call(&self, name: &'static str, length: usize) -> (Disk, Option<Fault>) {
        let mut watch = self.0.lock().unwrap();
        let number = watch.calls.len();
        let fails = |fault: &Fault| number == fault.call || (fault.from_then_on && number > fault.call);
        let fault = watch.faults.iter().copied().find(fails);
        let site = (watch.doing, name);
        watch.calls.push((site, fault.is_some(), length));
        (watch.disk.clone(), fault)
    }

    fn or_fails<T>(&self, name: &'static str, work: impl FnOnce(&Disk) -> io::Result<T>) -> io::Result<T> {
        match self.call(name, 0) {
            (_, Some(fault)) => Err(fault.error.into()),
            (disk, None) => work(&disk),
        }
    }
}

impl Storage for Failing {
    fn read(&self, file: StoredFile) -> io::Result<Option<Vec<u8>>> {
        self.or_fails("read", |disk| disk.read(file))
    }

    fn create(&self, file: StoredFile) -> io::Result<()> {
        self.or_fails("create", |disk| disk.create(file))
    }

    fn write(&self, file: StoredFile, at: u64, bytes: &[u8]) -> io::Result<()> {
        let name = if file == StoredFile::Log { "write" } else { "write of the next" };
        let (disk, fault) = self.call(name, bytes.len());
        let Some(fault) = fault else { return disk.write(file, at, bytes) };
        disk.write(file, at, &bytes[..fault.written.min(bytes.len())])?;
        Err(fault.error.into())
    }

    fn truncate(&self, file: StoredFile, length: u64) -> io::Result<()> {
        self.or_fails("truncate", |disk| disk.truncate(file, length))
    }

    fn sync(&self, file: StoredFile) -> io::Result<()> {
        let name = if file == StoredFile::Log { "sync" } else { "sync of the next" };
        let synced = self.or_fails(name, |disk| disk.sync(file));
        if synced.is_err() {
            self.disk().give_up(file);
        }
        synced
    }

    fn rename(&self) -> io::Result<()> {
        self.or_fails("rename", Disk::rename)
    }

    fn sync_directory(&self) -> io::Result<()> {
        self.or_fails("sync of the directory", Disk::sync_directory)
    }
}
