//! Open desks by number. A number that was closed, or never given, is no desk: it is looked up, never followed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::desk::Desk;

/// The desks of this process.
static DESKS: Mutex<Desks> = Mutex::new(Desks { open: BTreeMap::new(), last: 0 });

struct Desks {
    open: BTreeMap<i64, Arc<Mutex<Desk>>>,
    last: i64,
}

/// Gives an open desk its number, which no other one had or will have in this process.
pub(crate) fn insert(desk: Desk) -> i64 {
    let mut desks = DESKS.lock().unwrap_or_else(PoisonError::into_inner);
    desks.last = desks.last.saturating_add(1);
    let number = desks.last;
    desks.open.insert(number, Arc::new(Mutex::new(desk)));
    number
}

/// The desk of that number, if it is open.
pub(crate) fn get(number: i64) -> Option<Arc<Mutex<Desk>>> {
    DESKS.lock().unwrap_or_else(PoisonError::into_inner).open.get(&number).cloned()
}

/// Closes it. Calls that are under way on other threads end as they would have; its directory is free after them.
pub(crate) fn remove(number: i64) {
    let removed = DESKS.lock().unwrap_or_else(PoisonError::into_inner).open.remove(&number);
    drop(removed);
}
