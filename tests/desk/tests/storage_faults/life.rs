//! The life of a wallet whose disk fails, as an app lives it: it goes on after an error, opens again where it must, and
//! keeps in mind what it was told.

use std::collections::{BTreeMap, BTreeSet};

use hcepay_core::{CardId, DEFAULT_WINDOW_MS, Error, LedgerError, Method, Now, Storage, StoredFile, Wallet};
use hcepay_desk::disk::{Disk, Fault};
use hcepay_desk::phone::{KEY_LIFE_MS, NEW_YEAR, PURCHASE, issuer_key, payment_key, randomness, store_key};
use hcepay_tests::issuer::Issuer;
use hcepay_tests::issuer::account::IssuedKey;
use hcepay_tests::issuer::demo_cards::{DemoCard, demo_card};
use hcepay_tests::terminal::Terminal;

use super::failing::Failing;
use crate::checkout::{CARD, large_profile};

/// A tap's sequence of counters: token and name of the application.
type Sequence = (String, Vec<u8>);

/// What the app knows, and what terminals have seen.
pub(crate) struct Life {
    pub(crate) storage: Failing,
    wallet: Option<Wallet>,
    now: Now,
    mark: u64,
    seed: u64,
    /// By token: the card's number.
    installed: BTreeMap<String, CardId>,
    deleted: BTreeSet<CardId>,
    may_be_deleted: BTreeSet<CardId>,
    /// The choice that was acknowledged, if no other may have been made since.
    chosen: Option<CardId>,
    /// By card, the counters whose keys were acknowledged.
    keys: BTreeMap<CardId, BTreeSet<u16>>,
    /// The counters under which a cryptogram was seen.
    signed: BTreeMap<Sequence, BTreeSet<u16>>,
    /// Reports told and not acknowledged, and those whose acknowledgement was confirmed.
    told: BTreeSet<u64>,
    acknowledged: BTreeSet<u64>,
    /// Errors met.
    pub(crate) errors: usize,
}

impl Life {
    /// From beginning to end, on a disk with these faults.
    pub(crate) fn live(cards: &Cards, faults: &[Fault]) -> Life {
        let mut life = Life::on(Failing::with(Disk::default(), faults));
        life.create();
        life.install(CARD);
        life.add_keys(CARD, &cards.plain);
        life.tap();
        life.install("closed-loop");
        life.add_keys("closed-loop", &cards.seeds);
        life.tap();
        life.choose("closed-loop");
        life.tap();
        life.tap();
        life.open("reopen", false);
        life.tap();
        life.choose(CARD);
        life.tap_without_lease();
        life.grow();
        life.tap();
        life.leave_torn_tail();
        life.open("reopen with a torn tail", true);
        life.tap();
        life.delete("closed-loop");
        life.open("reopen after all", false);
        life.tap();
        life
    }

    fn on(storage: Failing) -> Life {
        Life {
            storage,
            wallet: None,
            now: NEW_YEAR,
            mark: 0,
            seed: 0,
            installed: BTreeMap::new(),
            deleted: BTreeSet::new(),
            may_be_deleted: BTreeSet::new(),
            chosen: None,
            keys: BTreeMap::new(),
            signed: BTreeMap::new(),
            told: BTreeSet::new(),
            acknowledged: BTreeSet::new(),
            errors: 0,
        }
    }

    /// Notes an error; nothing else than the disk's may come up.
    fn noted<T>(&mut self, done: Result<T, Error>) -> Option<T> {
        match done {
            Ok(value) => Some(value),
            Err(Error::Ledger(LedgerError::Failed | LedgerError::Full | LedgerError::Poisoned)) => {
                self.errors += 1;
                None
            }
            Err(error) => panic!("{error:?}"),
        }
    }

    fn with_wallet<T>(
        &mut self,
        doing: &'static str,
        work: impl FnOnce(&Wallet, Now) -> Result<T, Error>,
    ) -> Option<T> {
        self.storage.begin(doing);
        let done = work(self.wallet.as_ref()?, self.now);
        let done = self.noted(done);
        self.keep_mark();
        done
    }

    fn keep_mark(&mut self) {
        if let Some(wallet) = &self.wallet {
            self.mark = wallet.mark();
            wallet.mark_stored(self.mark);
        }
    }

    fn create(&mut self) {
        self.storage.begin("create");
        let storage = || Box::new(self.storage.clone());
        let create = || Wallet::create(storage(), store_key(), issuer_key(), self.now, randomness(1));
        // An app tries twice. What failed may be there all the same, as far as it has its name: that is opened.
        let created = create().or_else(|_| create()).or_else(|error| match error {
            LedgerError::Exists => Wallet::open(storage(), store_key(), 0, self.now, randomness(2)),
            error => Err(error),
        });
        self.wallet = self.noted(created.map_err(Error::from));
        self.keep_mark();
    }

    fn open(&mut self, doing: &'static str, next_boot: bool) {
        if self.installed.is_empty() && self.wallet.is_none() {
            return;
        }
        self.wallet = None;
        self.now.boot_count += u32::from(next_boot);
        // An app tries twice.
        for _ in 0..2 {
            self.storage.begin(doing);
            self.seed += 1;
            let storage = Box::new(self.storage.clone());
            let opened = Wallet::open(storage, store_key(), self.mark, self.now, randomness(100 + self.seed));
            self.wallet = self.noted(opened.map_err(Error::from));
            if self.wallet.is_some() {
                break;
            }
        }
        self.keep_mark();
    }

    fn install(&mut self, name: &str) {
        let demo = demo_card(name).unwrap();
        let card = self.with_wallet("install", |wallet, _| wallet.install_unsealed(&demo.profile()));
        if let Some(card) = card {
            let alone = self.installed.is_empty();
            self.installed.insert(demo.token.digits().to_owned(), card);
            self.chosen = self.chosen.or(alone.then_some(card));
        }
    }

    fn card(&self, name: &str) -> Option<CardId> {
        self.installed.get(demo_card(name).unwrap().token.digits()).copied()
    }

    fn add_keys(&mut self, name: &str, keys: &[IssuedKey]) {
        let Some(card) = self.card(name) else { return };
        let counters: BTreeSet<u16> = keys.iter().flat_map(|key| key.first_atc..key.first_atc + key.uses).collect();
        let keys = keys.iter().map(payment_key).collect();
        if self.with_wallet("add keys", |wallet, now| wallet.add_keys_unsealed(card, keys, now)).is_some() {
            self.keys.entry(card).or_default().extend(counters);
        }
    }

    fn choose(&mut self, name: &str) {
        let Some(card) = self.card(name) else { return };
        self.chosen = None;
        self.chosen = self.with_wallet("choose", |wallet, now| wallet.choose(card, now)).map(|()| card);
    }

    fn delete(&mut self, name: &str) {
        let Some(card) = self.card(name) else { return };
        self.may_be_deleted.insert(card);
        self.chosen = self.chosen.filter(|chosen| *chosen != card);
        if self.with_wallet("delete", |wallet, _| wallet.delete(card)).is_some() {
            self.deleted.insert(card);
        }
    }

    /// Large cards come and go until the log is written anew, or an error comes.
    fn grow(&mut self) {
        let mut longest = 0;
        while let Some(length) = self.wallet.as_ref().map(Wallet::ledger_length) {
            let large = self.with_wallet("grow", |wallet, _| wallet.install_unsealed(&large_profile()));
            let deleted = large.and_then(|large| self.with_wallet("grow", |wallet, _| wallet.delete(large)));
            if length < longest || deleted.is_none() {
                break;
            }
            longest = length;
            self.with_wallet("make ready", |wallet, now| Ok(wallet.make_ready(now)?));
        }
    }

    /// Something that a process killed in a write left behind.
    fn leave_torn_tail(&mut self) {
        self.wallet = None;
        let disk = self.storage.disk();
        let end = disk.medium().log().map_or(0, <[u8]>::len) as u64;
        let _ = disk.write(StoredFile::Log, end, &[b'R', 0, 0, 0, 9, 0, 40, 1, 2, 3]);
    }

    fn tap(&mut self) {
        let window = DEFAULT_WINDOW_MS;
        self.with_wallet("arm", |wallet, now| wallet.arm(now, Method::Biometric, window, None));
        self.pay("tap");
        self.with_wallet("make ready", |wallet, now| Ok(wallet.make_ready(now)?));
    }

    /// Two taps so soon that no lease is left for the second, which waits for the medium.
    fn tap_without_lease(&mut self) {
        let window = DEFAULT_WINDOW_MS;
        self.with_wallet("arm", |wallet, now| wallet.arm(now, Method::Biometric, window, None));
        self.pay("tap");
        self.pay("tap without a lease");
        self.with_wallet("make ready", |wallet, now| Ok(wallet.make_ready(now)?));
    }

    fn pay(&mut self, doing: &'static str) {
        let (Some(wallet), now) = (&self.wallet, self.now) else { return };
        let failures = self.storage.failures();
        self.storage.begin(doing);
        let tap = Terminal::default().pay(&PURCHASE, &mut |command| wallet.process(now, command));
        let cryptogram = tap.authorisation.filter(|request| request.object(0x9F26).is_some());
        if self.storage.failures() > failures {
            assert!(cryptogram.is_none(), "a cryptogram after a failed write in its tap");
        }
        self.storage.begin("end of contact");
        let report = wallet.deactivated(now);
        if let Some(request) = &cryptogram {
            let atc = u16::from_be_bytes(request.object(0x9F36).unwrap().try_into().unwrap());
            let sequence = (request.token().unwrap(), request.object(0x4F).unwrap().to_vec());
            let signed = self.signed.entry(sequence).or_default();
            assert!(signed.last().is_none_or(|last| *last < atc), "counter {atc} again, or one behind");
            signed.insert(atc);
            self.told.insert(report.id.expect("a spent key is reported"));
        }
        if let Some(id) = report.id {
            // Where the consumption or the report was not written, there is nothing to acknowledge: a new process tells of it.
            let written = cryptogram.is_some() && self.storage.failures() == failures;
            if self.with_wallet("acknowledge", |wallet, _| Ok(wallet.acknowledge(id)?)).is_some() && written {
                self.acknowledged.insert(id);
            }
            self.told.remove(&id);
        }
        self.keep_mark();
    }

    /// What a new process finds on the disk as it is, and what the next boot finds where only what was waited for is left.
    pub(crate) fn is_found_again(&mut self) {
        self.wallet = None;
        let medium = self.storage.disk().medium();
        let (signed, errors) = (self.signed.clone(), self.errors);
        for (medium, next_boot) in [(medium.clone(), false), (medium.synced(), true)] {
            (self.signed, self.now.boot_count) = (signed.clone(), self.now.boot_count + u32::from(next_boot));
            let disk = Box::new(Disk::of(medium));
            match Wallet::open(disk, store_key(), self.mark, self.now, randomness(7)) {
                Ok(wallet) => self.is_all_there(&wallet, next_boot),
                Err(LedgerError::Missing) => assert!(self.mark == 0 && self.installed.is_empty(), "the wallet is lost"),
                Err(error) => panic!("a sound disk, but {error:?}"),
            }
        }
        self.errors = errors;
    }

    fn is_all_there(&mut self, wallet: &Wallet, after_power_loss: bool) {
        assert!(!wallet.is_rolled_back(), "the mark that was stored is not there");
        let wall = self.now.wall_ms;
        for (token, id) in &self.installed {
            let Some(card) = wallet.card(*id, wall) else {
                assert!(self.may_be_deleted.contains(id), "an installed card is lost");
                continue;
            };
            assert!(!self.deleted.contains(id), "a deleted card is back");
            let application = &card.applications[0];
            let last = application.last_atc.number();
            let sequence = (token.clone(), application.aid.bytes().to_vec());
            let highest = self.signed.get(&sequence).and_then(BTreeSet::last).copied().unwrap_or(0);
            // A lease burns without having been seen consumed: the next counter lies above it all the same.
            assert!(after_power_loss || last >= highest, "a consumption is lost");
            let left = self.keys.get(id).map_or(0, |keys| keys.iter().filter(|atc| **atc > highest.max(last)).count());
            let burned = self.now.boot_count - NEW_YEAR.boot_count;
            assert!(
                application.uses_left + burned >= left as u32,
                "keys are lost: {} of {left}",
                application.uses_left
            );
        }
        if let Some(chosen) = self.chosen {
            assert!(wallet.card(chosen, wall).is_some_and(|card| card.chosen), "the choice is lost");
        }
        if !after_power_loss {
            let told: BTreeSet<u64> = wallet.reports().iter().filter_map(|report| report.id).collect();
            assert!(told.is_superset(&self.told), "a report is lost");
            assert!(told.is_disjoint(&self.acknowledged), "an acknowledged report is told again");
        }
        for (token, id) in self.installed.clone() {
            if wallet.choose(id, self.now).is_err() {
                continue;
            }
            wallet.mark_stored(wallet.mark());
            for _ in 0..2 {
                wallet.arm(self.now, Method::Biometric, DEFAULT_WINDOW_MS, None).unwrap();
                let now = self.now;
                let tap = Terminal::default().pay(&PURCHASE, &mut |command| wallet.process(now, command));
                wallet.deactivated(now);
                let Some(request) = tap.authorisation else { continue };
                let atc = u16::from_be_bytes(request.object(0x9F36).unwrap().try_into().unwrap());
                let sequence = (request.token().unwrap(), request.object(0x4F).unwrap().to_vec());
                assert_eq!(sequence.0, token);
                let signed = self.signed.entry(sequence).or_default();
                assert!(signed.last().is_none_or(|last| *last < atc), "counter {atc} signed twice");
                signed.insert(atc);
            }
        }
    }
}

/// The keys of all lives.
pub(crate) struct Cards {
    plain: Vec<IssuedKey>,
    seeds: Vec<IssuedKey>,
}

impl Cards {
    pub(crate) fn new() -> Cards {
        let mut issuer = Issuer::new(1);
        Cards { plain: keys(&mut issuer, CARD, 12), seeds: keys(&mut issuer, "closed-loop", 12) }
    }
}

fn keys(issuer: &mut Issuer, name: &str, count: u16) -> Vec<IssuedKey> {
    let demo: DemoCard = issuer.open_account(name).unwrap();
    let (from, aid) = (NEW_YEAR.wall_ms, &demo.applications[0].aid);
    issuer.issue_keys(demo.token.digits(), aid, 1, count, from, from + KEY_LIFE_MS).unwrap()
}
