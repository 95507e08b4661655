//! A disk whose medium can be made to take its time, while another thread goes on.

use std::io;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use hcepay_core::{Storage, StoredFile};
use hcepay_desk::disk::Disk;

/// The medium takes no longer than this.
const FIVE_SECONDS: Duration = Duration::from_secs(5);

/// Clones are the same one.
#[derive(Clone, Default)]
pub struct SlowDisk {
    pub disk: Disk,
    gate: Arc<(Mutex<Gate>, Condvar)>,
}

#[derive(Default)]
struct Gate {
    closed_for: Option<StoredFile>,
    /// The medium has what it is asked for at once, and only tells late.
    tells_late: bool,
    /// The sync that waits will fail: the system tells that one of it, and no other.
    fails: bool,
    waiting: bool,
    /// One waits that will fail: the others need not wait.
    failing: bool,
}

impl SlowDisk {
    /// From now on a sync of this file takes until [`SlowDisk::open`], or five seconds.
    pub fn close(&self, file: StoredFile) {
        self.gate.0.lock().unwrap().closed_for = Some(file);
    }

    /// The same, but what was written before is on the medium at once.
    pub fn tell_late(&self, file: StoredFile) {
        self.close(file);
        self.gate.0.lock().unwrap().tells_late = true;
    }

    /// The same, and then it fails. What others ask for meanwhile seems to succeed.
    pub fn fail_late(&self, file: StoredFile) {
        self.close(file);
        self.gate.0.lock().unwrap().fails = true;
    }

    /// Returns when another thread waits.
    pub fn is_waited_for(&self) {
        let (gate, changed) = &*self.gate;
        let waiting = changed.wait_timeout_while(gate.lock().unwrap(), FIVE_SECONDS, |gate| !gate.waiting);
        assert!(!waiting.unwrap().1.timed_out(), "no one waits for the medium");
    }

    /// Tells whether one did until now.
    pub fn open(&self) -> bool {
        let (gate, changed) = &*self.gate;
        let mut gate = gate.lock().unwrap();
        gate.closed_for = None;
        changed.notify_all();
        gate.waiting
    }
}

impl Storage for SlowDisk {
    fn sync(&self, file: StoredFile) -> io::Result<()> {
        let (gate, changed) = &*self.gate;
        let mut open = gate.lock().unwrap();
        let done = open.tells_late.then(|| self.disk.sync(file));
        let fails = open.closed_for == Some(file) && std::mem::take(&mut open.fails);
        if fails {
            self.disk.give_up(file);
        }
        if open.closed_for == Some(file) && (fails || !open.failing) {
            open.failing |= fails;
            open.waiting = true;
            changed.notify_all();
            open = changed.wait_timeout_while(open, FIVE_SECONDS, |gate| gate.closed_for.is_some()).unwrap().0;
            open.waiting = false;
        }
        drop(open);
        if fails {
            return Err(io::ErrorKind::Other.into());
        }
        // Others may run meanwhile, as they would.
        thread::yield_now();
        done.unwrap_or_else(|| self.disk.sync(file))
    }

    fn read(&self, file: StoredFile) -> io::Result<Option<Vec<u8>>> {
        self.disk.read(file)
    }
    fn create(&self, file: StoredFile) -> io::Result<()> {
        self.disk.create(file)
    }
    fn write(&self, file: StoredFile, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.disk.write(file, at, bytes)
    }
    fn truncate(&self, file: StoredFile, length: u64) -> io::Result<()> {
        self.disk.truncate(file, length)
    }
    fn rename(&self) -> io::Result<()> {
        self.disk.rename()
    }
    fn sync_directory(&self) -> io::Result<()> {
        self.disk.sync_directory()
    }
}
