//! A phone that dies in the middle of a tap, as the programs play it.

use std::io;

use hcepay_core::{Files, Storage, StoredFile};

use super::error::DemoWalletError;
use crate::disk::{Disk, Medium};

/// How a phone dies: when the terminal's command of this number was answered, before anyone hears the answer. Where the
/// terminal sends fewer, it dies after the last, before the issuer is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Death {
    /// The process is killed. What it has written is there.
    Kill(u32),
    /// The phone loses its power: what was written and not synced is lost.
    PowerLoss(u32),
}

impl Death {
    /// After which command.
    pub fn after(self) -> u32 {
        match self {
            Death::Kill(commands) | Death::PowerLoss(commands) => commands,
        }
    }
}

/// A disk in memory that stands for the wallet's directory until the power is lost.
#[derive(Debug)]
pub(super) struct SimulatedDisk {
    disk: Disk,
    files: Files,
}

impl SimulatedDisk {
    /// With the wallet's log on it.
    pub(super) fn of(files: Files) -> Result<SimulatedDisk, DemoWalletError> {
        let log = files.read(StoredFile::Log).map_err(failed)?;
        let disk = Disk::of(log.map(Medium::of_log).unwrap_or_default());
        Ok(SimulatedDisk { disk, files })
    }

    /// For the wallet.
    pub(super) fn storage(&self) -> Box<dyn Storage> {
        Box::new(self.disk.clone())
    }

    /// Puts what is on its medium by now into the directory: whatever comes, that stays.
    pub(super) fn write_back(&self) -> Result<(), DemoWalletError> {
        match self.disk.medium().log_on_medium() {
            Some(log) => self.write_log(log).map_err(failed),
            None => Ok(()),
        }
    }

    fn write_log(&self, log: &[u8]) -> io::Result<()> {
        self.files.create(StoredFile::Next)?;
        self.files.write(StoredFile::Next, 0, log)?;
        self.files.sync(StoredFile::Next)?;
        self.files.rename()?;
        self.files.sync_directory()
    }
}

fn failed(error: io::Error) -> DemoWalletError {
    DemoWalletError::File("the wallet's ledger".into(), error)
}

/// Ends this process at once, as the system's out-of-memory killer would.
pub(super) fn kill_this_process() -> ! {
    use rustix::process::{Signal, getpid, kill_process};
    loop {
        let _ = kill_process(getpid(), Signal::KILL);
    }
}
