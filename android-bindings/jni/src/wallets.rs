//! Open wallets by number. A number that was closed, or never given, is no wallet: it is looked up, never followed.

use std::sync::{Arc, Mutex, PoisonError};

use hcepay_core::Wallet;

/// The wallets of this process.
static WALLETS: Mutex<Wallets> = Mutex::new(Wallets { open: Vec::new(), last: 0 });

struct Wallets {
    open: Vec<(i64, Arc<Wallet>)>,
    last: i64,
}

/// Gives an open wallet its number, which no other one had or will have in this process.
pub(crate) fn insert(wallet: Wallet) -> i64 {
    let mut wallets = WALLETS.lock().unwrap_or_else(PoisonError::into_inner);
    wallets.last = wallets.last.saturating_add(1);
    let number = wallets.last;
    wallets.open.push((number, Arc::new(wallet)));
    number
}

/// The wallet of that number, if it is open.
pub(crate) fn get(number: i64) -> Option<Arc<Wallet>> {
    let wallets = WALLETS.lock().unwrap_or_else(PoisonError::into_inner);
    wallets.open.iter().find(|(open, _)| *open == number).map(|(_, wallet)| Arc::clone(wallet))
}

/// Closes it. Calls that are under way on other threads end as they would have; its directory is free after them.
pub(crate) fn remove(number: i64) {
    let removed = {
        let mut wallets = WALLETS.lock().unwrap_or_else(PoisonError::into_inner);
        let place = wallets.open.iter().position(|(open, _)| *open == number);
        place.map(|place| wallets.open.swap_remove(place))
    };
    drop(removed);
}
