//! Allowances: what a card may pay without its holder verified, and how much was paid so since he last was.
//!
//! # As bytes, in envelopes and in the ledger
//!
//! | offset | length | field | |
//! |---|---|---|---|
//! | 0 | 2 | currency | ISO 4217 numeric; one that exists |
//! | 2 | 8 | single | the most that one payment may be, in minor units |
//! | 10 | 8 | total | the most that all of them may be since the holder was last verified: no less than single |
//! | 18 | 1 | count | so many of them: 1 to 255 |
//!
//! A list is its length (1: 0 to 4) and so many allowances, each in another currency.

use crate::emv::amount::Amount;
use crate::emv::currency;
use crate::error::LimitFault;
use crate::wire::Fields;

/// What a card may pay in one currency without its holder verified. Counted are all payments without verification, in whatever
/// currency and for whatever reason none was needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// ISO 4217 numeric.
    pub currency: u16,
    /// The most that one payment may be, in minor units.
    pub single: u64,
    /// The most that all payments in this currency may be since the holder was last verified.
    pub total: u64,
    /// The most payments since the holder was last verified.
    pub count: u8,
}

/// The most allowances, or amounts, in one list.
pub(crate) const MOST_CURRENCIES: usize = 4;

impl Allowance {
    /// Whether these can be allowances.
    ///
    /// # Errors
    /// What is wrong.
    pub(crate) fn check(list: &[Allowance]) -> Result<(), LimitFault> {
        currencies(list.iter().map(|allowance| allowance.currency))?;
        let in_bounds = |allowance: &Allowance| allowance.single <= allowance.total && allowance.count > 0;
        if list.iter().all(in_bounds) { Ok(()) } else { Err(LimitFault::Bounds) }
    }

    /// Whether this payment stays within it.
    pub(crate) fn covers(&self, amount: &Amount, since: &SinceVerified) -> bool {
        self.currency == amount.currency
            && amount.minor <= self.single
            && since.counts_less_than(self.count)
            && Amount::of_currency(&since.paid, amount.currency)
                .checked_add(amount.minor)
                .is_some_and(|sum| sum <= self.total)
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.currency.to_be_bytes());
        out.extend_from_slice(&self.single.to_be_bytes());
        out.extend_from_slice(&self.total.to_be_bytes());
        out.push(self.count);
    }

    pub(crate) fn read(fields: &mut Fields<'_>) -> Option<Allowance> {
        Some(Allowance { currency: fields.u16()?, single: fields.u64()?, total: fields.u64()?, count: fields.u8()? })
    }

    pub(crate) fn write_list(list: &[Allowance], out: &mut Vec<u8>) {
        out.push(u8::try_from(list.len()).expect("a list has at most 4"));
        list.iter().for_each(|allowance| allowance.write(out));
    }

    pub(crate) fn read_list(fields: &mut Fields<'_>) -> Option<Vec<Allowance>> {
        let count = fields.u8()?;
        (0..count).map(|_| Allowance::read(fields)).collect()
    }
}

/// Whether each currency exists and stands once, and there are not too many.
///
/// # Errors
/// What is wrong.
pub(crate) fn currencies(list: impl IntoIterator<Item = u16>) -> Result<(), LimitFault> {
    let mut seen = Vec::new();
    for currency in list {
        if !currency::exists(currency) || seen.contains(&currency) {
            return Err(LimitFault::Currency);
        }
        seen.push(currency);
    }
    if seen.len() > MOST_CURRENCIES { Err(LimitFault::TooMany) } else { Ok(()) }
}

/// So many currencies are told apart; with one more all is used up.
const MOST_TOLD_APART: usize = 8;

/// What was paid without verification since the holder was last verified. It follows from what the ledger says of each
/// payment, so that nothing more is written in a tap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SinceVerified {
    pub(crate) count: u16,
    pub(crate) paid: Vec<Amount>,
    /// A power loss may have taken payments away: none is allowed until the holder is verified.
    pub(crate) used_up: bool,
}

impl SinceVerified {
    /// One more.
    pub(crate) fn count(&mut self, amount: &Amount) {
        self.count = self.count.saturating_add(1);
        let is_known = self.paid.iter().any(|paid| paid.currency == amount.currency);
        if is_known || self.paid.len() < MOST_TOLD_APART {
            Amount::add_to(&mut self.paid, *amount);
        } else {
            self.used_up = true;
        }
    }

    /// Whether there may be one more, where so many may be.
    pub(crate) fn counts_less_than(&self, most: u8) -> bool {
        !self.used_up && self.count < u16::from(most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EURO: u16 = 978;

    fn euro(minor: u64) -> Amount {
        Amount { minor, currency: EURO }
    }

    const ALLOWANCE: Allowance = Allowance { currency: EURO, single: 5000, total: 15_000, count: 5 };

    fn paid(amounts: impl IntoIterator<Item = Amount>) -> SinceVerified {
        let mut since = SinceVerified::default();
        amounts.into_iter().for_each(|amount| since.count(&amount));
        since
    }

    #[test]
    fn single_total_and_count_each_end_it() {
        assert!(ALLOWANCE.covers(&euro(5000), &paid([])));
        assert!(!ALLOWANCE.covers(&euro(5001), &paid([])));
        assert!(!ALLOWANCE.covers(&Amount { minor: 1, currency: 840 }, &paid([])));
        assert!(ALLOWANCE.covers(&euro(5000), &paid([euro(5000), euro(5000)])));
        assert!(!ALLOWANCE.covers(&euro(1), &paid([euro(5000), euro(5000), euro(5000)])));
        assert!(ALLOWANCE.covers(&euro(0), &paid([euro(0); 4])));
        assert!(!ALLOWANCE.covers(&euro(0), &paid([euro(0); 5])));
        assert!(!ALLOWANCE.covers(&euro(0), &paid([Amount { minor: 1, currency: 840 }; 5])), "all payments count");
    }

    #[test]
    fn what_a_power_loss_may_have_taken_counts_as_used_up() {
        assert!(!ALLOWANCE.covers(&euro(0), &SinceVerified { used_up: true, ..SinceVerified::default() }));
        let nine = (1..=9).map(|currency| Amount { minor: 1, currency });
        assert!(paid(nine.clone().take(8)) == SinceVerified { used_up: false, ..paid(nine.clone().take(8)) });
        assert!(paid(nine).used_up);
    }

    #[test]
    fn a_list_names_each_currency_once_and_only_one_that_exists() {
        let of = |currency| Allowance { currency, ..ALLOWANCE };
        assert_eq!(Allowance::check(&[of(978), of(840), of(756), of(826)]), Ok(()));
        assert_eq!(Allowance::check(&[of(978), of(840), of(756), of(826), of(392)]), Err(LimitFault::TooMany));
        assert_eq!(Allowance::check(&[of(978), of(978)]), Err(LimitFault::Currency));
        assert_eq!(Allowance::check(&[of(3)]), Err(LimitFault::Currency));
        assert_eq!(Allowance::check(&[Allowance { single: 15_001, ..ALLOWANCE }]), Err(LimitFault::Bounds));
        assert_eq!(Allowance::check(&[Allowance { count: 0, ..ALLOWANCE }]), Err(LimitFault::Bounds));
    }
}
