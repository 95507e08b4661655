//! Every call of a wallet to its disk fails once, and from then on, in every way a disk has: nothing that was confirmed is
//! lost by that, no counter is signed twice, and no cryptogram comes of a consumption that could not be written.

mod failing;
mod life;
use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;

use failing::Site;
use hcepay_desk::disk::Fault;
use hcepay_desk::tally::tell;
use life::{Cards, Life};

/// EIO, ENOSPC, EINTR.
const ERRORS: [ErrorKind; 3] = [ErrorKind::Other, ErrorKind::StorageFull, ErrorKind::Interrupted];

#[test]
fn every_call_to_the_storage_may_fail() {
    let cards = Cards::new();
    let mut tried = Tried::default();
    let whole = tried.live(&cards, &[]);
    for (call, (_, _, length)) in whole.iter().enumerate() {
        for fault in faults_of(call, *length) {
            tried.live(&cards, &[fault]);
        }
    }
    // Some calls are made only after an error: these fail after it.
    while let Some((faults, call, length)) = tried.never_failed() {
        for fault in faults_of(call, length) {
            tried.live(&cards, &[faults.as_slice(), &[fault]].concat());
        }
    }
    let (faults, sites) = (tried.lives - 1, tried.failed.len());
    tell(&format!("storage faults: {faults} faults at {} calls, each of {sites} places met", whole.len()));
}

/// What was tried so far.
#[derive(Default)]
struct Tried {
    lives: usize,
    failed: BTreeSet<Site>,
    /// Where each call was met: after which faults, as which call, and how long a write.
    met: BTreeMap<Site, (Vec<Fault>, usize, usize)>,
}

impl Tried {
    fn live(&mut self, cards: &Cards, faults: &[Fault]) -> Vec<(Site, bool, usize)> {
        let mut life = Life::live(cards, faults);
        assert!(!faults.is_empty() || life.errors == 0);
        life.is_found_again();
        self.lives += 1;
        let calls = life.storage.calls();
        for (call, (site, failed, length)) in calls.iter().enumerate() {
            self.met.entry(*site).or_insert_with(|| (faults.to_vec(), call, *length));
            if *failed {
                self.failed.insert(*site);
            }
        }
        calls
    }

    fn never_failed(&self) -> Option<(Vec<Fault>, usize, usize)> {
        self.met.iter().find(|(site, _)| !self.failed.contains(*site)).map(|(_, met)| met.clone())
    }
}

/// Each error, once and for good; a write also cut short, in the middle and near its ends.
fn faults_of(call: usize, length: usize) -> Vec<Fault> {
    let mut faults = Vec::new();
    for from_then_on in [false, true] {
        let fault = |error, written| Fault { call, from_then_on, error, written };
        faults.extend(ERRORS.map(|error| fault(error, 0)));
        if length > 0 {
            let cuts = [1, length / 2, length - 1, length];
            faults.extend(cuts.map(|written| fault(ErrorKind::StorageFull, written)));
        }
    }
    faults
}
