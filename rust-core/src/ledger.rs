//! The ledger: which keys the wallet holds and how much of each is spent. It alone makes a [`SpentKey`].
//!
//! It lives in memory, for now: a wallet's keys end with its process. What it promises already by type is that a
//! cryptogram needs a `SpentKey`, that only [`Ledger::consume`] gives one, and that it counts the use first.

use crate::aid::Aid;
use crate::error::Error;
use crate::payment_key::{Atc, PaymentKey, SecretKey};
use crate::report::Reason;

/// Names one card of the wallet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CardId(pub(crate) u32);

/// What a cryptogram is spent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount {
    /// The amount in the currency's minor unit (cents).
    pub minor: u64,
    /// ISO 4217 numeric, as three decimal digits in a number (978 = euro).
    pub currency: u16,
}

/// The right to spend one use of one key: names the key and the counter, and holds no key itself. Not `Clone`.
#[derive(Debug)]
pub struct Lease {
    card: CardId,
    aid: Aid,
    atc: Atc,
    derivation_data: Option<[u8; 4]>,
}

impl Lease {
    /// The counter that the cryptogram will carry.
    pub fn atc(&self) -> Atc {
        self.atc
    }

    /// The index of a limited-use key, `0YHHHHCC`.
    pub fn derivation_data(&self) -> Option<[u8; 4]> {
        self.derivation_data
    }
}

/// A key whose use is counted already. [`crate::cryptogram::compute`] takes it by value: one cryptogram, then it is
/// gone. There is no other constructor, and it is not `Clone`.
#[derive(Debug)]
pub struct SpentKey {
    key: SecretKey,
    atc: Atc,
}

impl SpentKey {
    /// The counter that belongs to this use.
    pub fn atc(&self) -> Atc {
        self.atc
    }

    pub(crate) fn into_key(self) -> SecretKey {
        self.key
    }
}

/// A lease whose use was spent by someone else meanwhile, or whose key is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAvailable;

/// The keys of all cards of a wallet.
#[derive(Debug, Default)]
pub struct Ledger {
    held: Vec<HeldKey>,
    spent: Vec<LastAtc>,
}

#[derive(Debug)]
struct HeldKey {
    card: CardId,
    key: PaymentKey,
    used: u16,
}

impl HeldKey {
    fn serves(&self, card: CardId, aid: &Aid) -> bool {
        self.card == card && self.key.aid == *aid
    }
}

/// Where an application's counter stands, also when its keys are gone.
#[derive(Debug)]
struct LastAtc {
    card: CardId,
    aid: Aid,
    atc: Atc,
}

impl Ledger {
    /// A ledger without keys.
    pub fn new() -> Ledger {
        Ledger::default()
    }

    /// Takes keys in, in the order in which they are to be spent.
    ///
    /// # Errors
    /// [`Error::AtcNotRising`] where a counter is not above all counters of that application before it. Nothing is
    /// taken in then.
    pub fn add(&mut self, card: CardId, keys: Vec<PaymentKey>) -> Result<(), Error> {
        let mut rising: Vec<(&Aid, Atc)> = Vec::new();
        for key in &keys {
            let before = rising.iter().rev().find(|(aid, _)| **aid == key.aid).map(|(_, atc)| *atc);
            let before = before.unwrap_or_else(|| self.highest_atc(card, &key.aid));
            if key.first_atc <= before.number() {
                return Err(Error::AtcNotRising);
            }
            rising.push((&key.aid, key.last_atc()));
        }
        self.held.extend(keys.into_iter().map(|key| HeldKey { card, key, used: 0 }));
        Ok(())
    }

    /// Names the next use of the first key that may be used now. Opens nothing, spends nothing.
    ///
    /// # Errors
    /// Why there is none: no key left, or the first one left is not valid yet or no longer.
    pub fn lease(&self, card: CardId, aid: &Aid, wall_ms: u64) -> Result<Lease, Reason> {
        let mut why = Reason::NoKeyLeft;
        for held in self.held.iter().filter(|held| held.serves(card, aid)) {
            let Some(atc) = held.key.atc_after(held.used) else { continue };
            if wall_ms < held.key.not_before_ms {
                return Err(Reason::KeyNotYetValid);
            }
            if wall_ms > held.key.not_after_ms {
                why = Reason::KeyExpired;
                continue;
            }
            return Ok(Lease { card, aid: *aid, atc, derivation_data: held.key.derivation_data });
        }
        Err(why)
    }

    /// Counts one use of the leased key as spent, and only then gives the key out.
    ///
    /// # Errors
    /// [`NotAvailable`] where that use was spent already; no key is opened then.
    pub fn consume(&mut self, lease: Lease, _amount: Amount) -> Result<SpentKey, NotAvailable> {
        let matches =
            |held: &HeldKey| held.serves(lease.card, &lease.aid) && held.key.atc_after(held.used) == Some(lease.atc);
        let position = self.held.iter().position(matches).ok_or(NotAvailable)?;
        let held = self.held.get_mut(position).ok_or(NotAvailable)?;
        held.used = held.used.checked_add(1).ok_or(NotAvailable)?;
        let key = if held.used < held.key.uses {
            SecretKey::new(Box::new(*held.key.key.expose()))
        } else {
            self.held.remove(position).key.key
        };
        self.remember(lease.card, lease.aid, lease.atc);
        Ok(SpentKey { key, atc: lease.atc })
    }

    /// The counter of the application's last cryptogram; 0000 before the first.
    pub fn last_atc(&self, card: CardId, aid: &Aid) -> Atc {
        let last = self.spent.iter().find(|last| last.card == card && last.aid == *aid);
        last.map_or(Atc::NONE_YET, |last| last.atc)
    }

    /// How many cryptograms the application's keys can still make, were it `wall_ms` for all of them.
    pub fn uses_left(&self, card: CardId, aid: &Aid, wall_ms: u64) -> u32 {
        let valid = |held: &&HeldKey| held.serves(card, aid) && wall_ms <= held.key.not_after_ms;
        self.held.iter().filter(valid).map(|held| u32::from(held.key.uses.saturating_sub(held.used))).sum()
    }

    fn highest_atc(&self, card: CardId, aid: &Aid) -> Atc {
        let held = self.held.iter().filter(|held| held.serves(card, aid)).map(|held| held.key.last_atc());
        held.max().unwrap_or(Atc::NONE_YET).max(self.last_atc(card, aid))
    }

    fn remember(&mut self, card: CardId, aid: Aid, atc: Atc) {
        match self.spent.iter_mut().find(|last| last.card == card && last.aid == aid) {
            Some(last) => last.atc = atc,
            None => self.spent.push(LastAtc { card, aid, atc }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payment_key::KeyTerms;

    const CARD: CardId = CardId(1);
    const AMOUNT: Amount = Amount { minor: 100, currency: 978 };

    fn aid() -> Aid {
        Aid::new(&[0xA0, 0, 0, 0, 3, 0x10, 0x10]).unwrap()
    }

    fn key(first_atc: u16, uses: u16) -> PaymentKey {
        let terms = KeyTerms {
            aid: aid().bytes().to_vec(),
            first_atc,
            uses,
            not_before_ms: 1000,
            not_after_ms: 2000,
            derivation_data: None,
        };
        PaymentKey::new(&terms, SecretKey::new(Box::new([7; 16]))).unwrap()
    }

    fn with_keys(keys: Vec<PaymentKey>) -> Ledger {
        let mut ledger = Ledger::new();
        ledger.add(CARD, keys).unwrap();
        ledger
    }

    #[test]
    fn a_use_is_spent_once_however_often_it_was_leased() {
        let mut ledger = with_keys(vec![key(1, 1), key(2, 1)]);
        let first = ledger.lease(CARD, &aid(), 1500).unwrap();
        let same = ledger.lease(CARD, &aid(), 1500).unwrap();
        assert_eq!(ledger.consume(first, AMOUNT).unwrap().atc().number(), 1);
        assert_eq!(ledger.consume(same, AMOUNT).unwrap_err(), NotAvailable);
        assert_eq!(ledger.lease(CARD, &aid(), 1500).unwrap().atc().number(), 2);
    }

    #[test]
    fn a_limited_use_key_counts_its_uses_and_then_is_gone() {
        let mut ledger = with_keys(vec![key(7, 2)]);
        for atc in [7, 8] {
            let lease = ledger.lease(CARD, &aid(), 1500).unwrap();
            assert_eq!(ledger.consume(lease, AMOUNT).unwrap().atc().number(), atc);
        }
        assert_eq!(ledger.lease(CARD, &aid(), 1500).unwrap_err(), Reason::NoKeyLeft);
        assert_eq!(ledger.last_atc(CARD, &aid()).number(), 8);
    }

    #[test]
    fn a_key_is_leased_within_its_time_only() {
        let ledger = with_keys(vec![key(1, 1)]);
        assert_eq!(ledger.lease(CARD, &aid(), 999).unwrap_err(), Reason::KeyNotYetValid);
        assert!(ledger.lease(CARD, &aid(), 1000).is_ok());
        assert!(ledger.lease(CARD, &aid(), 2000).is_ok());
        assert_eq!(ledger.lease(CARD, &aid(), 2001).unwrap_err(), Reason::KeyExpired);
        assert_eq!(ledger.uses_left(CARD, &aid(), 2001), 0);
    }

    #[test]
    fn another_card_or_application_has_no_part_in_a_key() {
        let ledger = with_keys(vec![key(1, 1)]);
        let other = Aid::new(&[0xA0, 0, 0, 0, 4, 0x10, 0x10]).unwrap();
        assert_eq!(ledger.lease(CARD, &other, 1500).unwrap_err(), Reason::NoKeyLeft);
        assert_eq!(ledger.lease(CardId(2), &aid(), 1500).unwrap_err(), Reason::NoKeyLeft);
    }

    #[test]
    fn a_counter_that_does_not_rise_is_refused_even_when_its_key_is_gone() {
        let mut ledger = with_keys(vec![key(5, 1)]);
        assert_eq!(ledger.add(CARD, vec![key(5, 1)]), Err(Error::AtcNotRising));
        let lease = ledger.lease(CARD, &aid(), 1500).unwrap();
        ledger.consume(lease, AMOUNT).unwrap();
        assert_eq!(ledger.add(CARD, vec![key(5, 1)]), Err(Error::AtcNotRising));
        assert_eq!(ledger.add(CARD, vec![key(6, 2), key(7, 1)]), Err(Error::AtcNotRising));
        assert_eq!(ledger.uses_left(CARD, &aid(), 1500), 0, "a refused batch leaves nothing behind");
        assert_eq!(ledger.add(CARD, vec![key(6, 2), key(8, 1)]), Ok(()));
    }
}
