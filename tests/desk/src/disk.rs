//! A disk in memory that can die: it keeps, for every call, what may have reached the medium and what may not.
//!
//! A *kill* ends the process: what was written is there, the call in progress is absent, cut (as `cuts` says), or whole. A
//! *power loss* takes more: of the writes that were not synced any may be lost, the last one cut at any byte, and its
//! lost bytes may read as zeros or garbage; names that were not synced may be the old ones. Some media lose with the write that
//! is cut the whole block that it falls into. A *failed sync* leaves what was to be written unwritten for ever, while the
//! running system goes on to show it.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use hcepay_core::{Storage, StoredFile};

/// A disk; clones are the same one.
#[derive(Debug, Clone, Default)]
pub struct Disk(Arc<Mutex<Drive>>);

#[derive(Debug, Default)]
struct Drive {
    medium: Medium,
    calls: usize,
    syncs: usize,
    /// What was there before each call, where that is recorded.
    recorded: Option<Vec<CrashPoint>>,
    fault: Option<Fault>,
}

/// What is on a disk, in its cache and on its medium.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Medium {
    files: Vec<Content>,
    /// Which file has the name of `Log` and of `Next`, as a running system sees it.
    names: [Option<usize>; 2],
    /// The same on the medium.
    safe_names: [Option<usize>; 2],
}

/// Shared, because a medium is copied at every call that is recorded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
struct Content {
    visible: Arc<Vec<u8>>,
    safe: Arc<Vec<u8>>,
    unsynced: Vec<Change>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Truncate(usize),
}

/// One call of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Call {
    /// [`Storage::create`].
    Create(StoredFile),
    /// [`Storage::write`].
    Write(StoredFile, u64, Vec<u8>),
    /// [`Storage::truncate`].
    Truncate(StoredFile, u64),
    /// [`Storage::sync`].
    Sync(StoredFile),
    /// [`Storage::rename`].
    Rename,
    /// [`Storage::sync_directory`].
    SyncDirectory,
}

/// The moment before a call ended.
#[derive(Debug, Clone, Hash)]
pub struct CrashPoint {
    /// What there was before it.
    pub before: Medium,
    /// The call in progress.
    pub call: Call,
}

/// How calls are made to fail.
#[derive(Debug, Clone, Copy)]
pub struct Fault {
    /// Which call, counted from 0.
    pub call: usize,
    /// Whether all calls after it fail too.
    pub from_then_on: bool,
    /// With what.
    pub error: io::ErrorKind,
    /// How much of a write happens all the same.
    pub written: usize,
}

impl Disk {
    /// A disk with this on it, as after a restart.
    pub fn of(medium: Medium) -> Disk {
        Disk(Arc::new(Mutex::new(Drive { medium, ..Drive::default() })))
    }

    /// Records every crash point from now on.
    pub fn record(&self) {
        self.drive(|drive| drive.recorded = Some(Vec::new()));
    }

    /// The crash points recorded so far; recording goes on from nothing.
    pub fn take_recorded(&self) -> Vec<CrashPoint> {
        self.drive(|drive| drive.recorded.replace(Vec::new()).unwrap_or_default())
    }

    /// How many crash points are recorded.
    pub fn recorded(&self) -> usize {
        self.drive(|drive| drive.recorded.as_ref().map_or(0, Vec::len))
    }

    /// What is on it now.
    pub fn medium(&self) -> Medium {
        self.drive(|drive| drive.medium.clone())
    }

    /// How many calls there were, reading aside.
    pub fn calls(&self) -> usize {
        self.drive(|drive| drive.calls)
    }

    /// How many of them waited for the medium or changed names.
    pub fn syncs(&self) -> usize {
        self.drive(|drive| drive.syncs)
    }

    /// Lets calls fail.
    pub fn fail(&self, fault: Option<Fault>) {
        self.drive(|drive| drive.fault = fault);
    }

    /// A sync of this file failed: what was to be written is written never, but goes on to be shown.
    pub fn give_up(&self, file: StoredFile) {
        self.drive(|drive| drive.medium.give_up(file));
    }

    fn drive<T>(&self, work: impl FnOnce(&mut Drive) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn call(&self, call: Call) -> io::Result<()> {
        self.drive(|drive| {
            let number = drive.calls;
            drive.calls = number.saturating_add(1);
            if matches!(call, Call::Sync(_) | Call::Rename | Call::SyncDirectory) {
                drive.syncs = drive.syncs.saturating_add(1);
            }
            if let Some(recorded) = &mut drive.recorded {
                recorded.push(CrashPoint { before: drive.medium.clone(), call: call.clone() });
            }
            let fault = drive.fault.filter(|fault| number == fault.call || (fault.from_then_on && number > fault.call));
            if let Some(fault) = fault {
                if let Call::Write(file, at, bytes) = &call {
                    let part = bytes.iter().take(fault.written).copied().collect();
                    let _ = drive.medium.apply(&Call::Write(*file, *at, part));
                }
                if let Call::Sync(file) = &call {
                    drive.medium.give_up(*file);
                }
                return Err(fault.error.into());
            }
            drive.medium.apply(&call)
        })
    }
}

impl Storage for Disk {
    fn read(&self, file: StoredFile) -> io::Result<Option<Vec<u8>>> {
        Ok(self.drive(|drive| drive.medium.content(file).map(|content| content.visible.to_vec())))
    }

    fn create(&self, file: StoredFile) -> io::Result<()> {
        self.call(Call::Create(file))
    }

    fn write(&self, file: StoredFile, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.call(Call::Write(file, at, bytes.to_vec()))
    }

    fn truncate(&self, file: StoredFile, length: u64) -> io::Result<()> {
        self.call(Call::Truncate(file, length))
    }

    fn sync(&self, file: StoredFile) -> io::Result<()> {
        self.call(Call::Sync(file))
    }

    fn rename(&self) -> io::Result<()> {
        self.call(Call::Rename)
    }

    fn sync_directory(&self) -> io::Result<()> {
        self.call(Call::SyncDirectory)
    }
}

/// What flash writes at once.
const BLOCK: usize = 4096;
const LOG: usize = 0;
const NEXT: usize = 1;

fn place(file: StoredFile) -> usize {
    match file {
        StoredFile::Log => LOG,
        StoredFile::Next => NEXT,
    }
}

impl Medium {
    /// With a log that is safe on it.
    pub fn of_log(log: Vec<u8>) -> Medium {
        let log = Arc::new(log);
        let file = Content { visible: Arc::clone(&log), safe: log, unsynced: Vec::new() };
        Medium { files: vec![file], names: [Some(0), None], safe_names: [Some(0), None] }
    }

    /// What of the log is left where the power is lost and with it everything that was not synced.
    pub fn log_on_medium(&self) -> Option<&[u8]> {
        let [log, _] = self.safe_names;
        self.files.get(log?).map(|content| content.safe.as_slice())
    }

    /// What lies under the name of the next log.
    pub fn next_log(&self) -> Option<&[u8]> {
        self.content(StoredFile::Next).map(|content| content.visible.as_slice())
    }

    /// The visible content of the log.
    pub fn log(&self) -> Option<&[u8]> {
        self.content(StoredFile::Log).map(|content| content.visible.as_slice())
    }

    fn content(&self, file: StoredFile) -> Option<&Content> {
        self.files.get((*self.names.get(place(file))?)?)
    }

    fn content_mut(&mut self, file: StoredFile) -> io::Result<&mut Content> {
        let index = self.names.get(place(file)).copied().flatten();
        index.and_then(|index| self.files.get_mut(index)).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// What a running system does.
    fn apply(&mut self, call: &Call) -> io::Result<()> {
        match call {
            Call::Create(file) => {
                self.files.push(Content::default());
                let created = self.files.len().checked_sub(1);
                if let Some(name) = self.names.get_mut(place(*file)) {
                    *name = created;
                }
            }
            Call::Write(file, at, bytes) => {
                let content = self.content_mut(*file)?;
                let change = Change::Write { at: usize::try_from(*at).unwrap_or(usize::MAX), bytes: bytes.clone() };
                change.reach(Arc::make_mut(&mut content.visible));
                content.unsynced.push(change);
            }
            Call::Truncate(file, length) => {
                let content = self.content_mut(*file)?;
                let length = usize::try_from(*length).unwrap_or(usize::MAX);
                content.unsynced.push(Change::Truncate(length));
                Arc::make_mut(&mut content.visible).truncate(length);
            }
            Call::Sync(file) => {
                let content = self.content_mut(*file)?;
                // Not by sharing what is visible: the next append, which may be in a tap that is timed, would copy it.
                let safe = Arc::make_mut(&mut content.safe);
                content.unsynced.drain(..).for_each(|change| change.reach(safe));
            }
            Call::Rename => {
                let [_, next] = self.names;
                next.ok_or(io::ErrorKind::NotFound)?;
                self.names = [next, None];
            }
            Call::SyncDirectory => {
                self.safe_names = self.names;
                self.forget_unnamed();
            }
        }
        Ok(())
    }

    /// See [`Disk::give_up`].
    fn give_up(&mut self, file: StoredFile) {
        if let Ok(content) = self.content_mut(file) {
            content.unsynced.clear();
        }
    }

    /// Files that no name leads to are gone.
    fn forget_unnamed(&mut self) {
        let mut named: Vec<usize> = self.names.into_iter().chain(self.safe_names).flatten().collect();
        named.sort_unstable();
        named.dedup();
        let moved =
            |name: &mut Option<usize>| *name = name.and_then(|index| named.iter().position(|kept| *kept == index));
        self.names.iter_mut().chain(&mut self.safe_names).for_each(moved);
        self.files = named.iter().filter_map(|index| self.files.get(*index).cloned()).collect();
    }

    /// What the next boot finds where the power loss took all that was not waited for.
    pub fn synced(&self) -> Medium {
        let file = |name: Option<usize>| name.and_then(|index| self.files.get(index));
        let [log, _] = self.safe_names;
        let Some(content) = file(log) else { return Medium::default() };
        let (visible, safe) = (Arc::clone(&content.safe), Arc::clone(&content.safe));
        let files = vec![Content { visible, safe, unsynced: Vec::new() }];
        Medium { files, names: [Some(0), None], safe_names: [Some(0), None] }
    }

    /// What a new process may find after the process was killed in this call: the call absent, or whole.
    pub fn after_kill(&self, call: &Call, found: &mut dyn FnMut(Medium)) {
        self.with(call, found);
        found(self.clone());
    }

    /// The same where the call is a write and the kill cut it in two, as `cuts` says.
    pub fn after_cut_write(&self, call: &Call, found: &mut dyn FnMut(Medium)) {
        if let Call::Write(file, at, bytes) = call {
            for cut in cuts(bytes.len()).skip(1) {
                self.with(&Call::Write(*file, *at, bytes.iter().take(cut).copied().collect()), found);
            }
        }
    }

    /// What a new process finds in the same boot where the call is a sync that failed.
    pub fn after_failed_sync(&self, call: &Call, found: &mut dyn FnMut(Medium)) {
        if let Call::Sync(file) = call {
            let mut medium = self.clone();
            medium.give_up(*file);
            found(medium);
        }
    }

    /// What the next boot may find where the power was lost in a write of the log, and the medium lost the whole block.
    pub fn after_lost_block(&self, call: &Call, found: &mut dyn FnMut(Medium)) {
        if let (Call::Write(StoredFile::Log, at, _), Some(log)) = (call, self.log_on_medium()) {
            let at = usize::try_from(*at).unwrap_or(usize::MAX).min(log.len());
            let block = at.saturating_sub(at % BLOCK);
            let kept = log.get(..block).unwrap_or_default();
            found(Medium::of_log(kept.to_vec()));
            found(Medium::of_log([kept, &vec![0; log.len().saturating_sub(block)]].concat()));
        }
    }

    fn with(&self, call: &Call, found: &mut dyn FnMut(Medium)) {
        let mut medium = self.clone();
        if medium.apply(call).is_ok() {
            found(medium);
        }
    }

    /// What the next boot may find after the power was lost in this call.
    ///
    /// Of up to four unsynced changes of the log any subset may be lost, of more each prefix and each single one. The
    /// last that is there may be cut, its rest absent, zeros or garbage. Unsynced names may be old or new.
    pub fn after_power_loss(&self, call: &Call, found: &mut dyn FnMut(Medium)) {
        let mut whole = self.clone();
        let _ = whole.apply(call);
        for system in [self, &whole] {
            let [old, _] = system.safe_names;
            let [new, _] = system.names;
            let mut logs = vec![old, new];
            logs.dedup();
            for log in logs {
                let mut with = |content: Vec<u8>| found(Medium::of_log(content));
                match log.and_then(|index| system.files.get(index)) {
                    Some(content) => content.after_power_loss(&mut with),
                    None => found(Medium::default()),
                }
            }
        }
    }
}

impl Content {
    /// All contents that the medium may have.
    fn after_power_loss(&self, found: &mut dyn FnMut(Vec<u8>)) {
        for kept in subsets(self.unsynced.len()) {
            let kept = self.unsynced.iter().zip(&kept).filter_map(|(change, kept)| kept.then_some(change));
            let changes: Vec<&Change> = kept.collect();
            let Some((last, before)) = changes.split_last() else {
                found(self.safe.to_vec());
                continue;
            };
            let mut base = self.safe.to_vec();
            before.iter().for_each(|change| change.reach(&mut base));
            if let Change::Write { at, bytes } = last {
                // The size may be on the medium before the bytes are: the rest reads as zeros or garbage.
                for cut in cuts(bytes.len()) {
                    let part = Change::Write { at: *at, bytes: bytes.iter().take(cut).copied().collect() };
                    let mut short = base.clone();
                    part.reach(&mut short);
                    let missing = bytes.len().saturating_sub(cut);
                    found([short.as_slice(), &vec![0x00; missing]].concat());
                    if cut % 16 == 0 {
                        found([short.as_slice(), &vec![0xA5; missing]].concat());
                    }
                    found(short);
                }
            }
            last.reach(&mut base);
            found(base);
        }
    }
}

impl Change {
    /// The change reaches the medium; what was lost before it reads as zeros.
    fn reach(&self, content: &mut Vec<u8>) {
        match self {
            Change::Write { at, bytes } => {
                let end = at.saturating_add(bytes.len());
                if content.len() < end {
                    content.resize(end, 0);
                }
                content.iter_mut().skip(*at).zip(bytes).for_each(|(byte, new)| *byte = *new);
            }
            Change::Truncate(length) => content.truncate(*length),
        }
    }
}

/// Where a write of this length may be cut: everywhere, but of more than 512 bytes in the middle only every 16.
fn cuts(length: usize) -> impl Iterator<Item = usize> {
    let near = move |cut: &usize| length <= 512 || *cut < 128 || cut.saturating_add(128) > length;
    (0..length).filter(move |cut| near(cut) || cut % 16 == 0)
}

/// Which of so many changes are kept.
fn subsets(count: usize) -> Vec<Vec<bool>> {
    if count <= 4 {
        return (0..1_u32 << count).map(|bits| (0..count).map(|place| bits >> place & 1 == 1).collect()).collect();
    }
    let prefixes = (0..=count).map(|kept| (0..count).map(|place| place < kept).collect());
    let single_losses = (0..count).map(|lost| (0..count).map(|place| place != lost).collect());
    prefixes.chain(single_losses).collect()
}
