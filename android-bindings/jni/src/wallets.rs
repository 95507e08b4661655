//! Open wallets by number. A number that was closed, or never given, is no wallet: it is looked up, never followed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use hcepay_core::Wallet;

/// The wallets of this process.
static WALLETS: Mutex<Wallets> = Mutex::new(Wallets { open: BTreeMap::new(), last: 0 });

struct Wallets {
    open: BTreeMap<i64, Arc<Wallet>>,
    last: i64,
}

/// Gives an open wallet its number, which no other one had or will have in this process.
pub(crate) fn insert(wallet: Wallet) -> i64 {
    let mut wallets = WALLETS.lock().unwrap_or_else(PoisonError::into_inner);
    wallets.last = wallets.last.saturating_add(1);
    let number = wallets.last;
    wallets.open.insert(number, Arc::new(wallet));
    number
}

/// The wallet of that number, if it is open.
pub(crate) fn get(number: i64) -> Option<Arc<Wallet>> {
    WALLETS.lock().unwrap_or_else(PoisonError::into_inner).open.get(&number).cloned()
}

/// Closes it. Calls that are under way on other threads end as they would have; its directory is free after them.
pub(crate) fn remove(number: i64) {
    let removed = WALLETS.lock().unwrap_or_else(PoisonError::into_inner).open.remove(&number);
    drop(removed);
}
