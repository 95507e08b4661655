//! Temporary use: the holder's limits for one card. Used up or over, the card retires: its keys are destroyed.
//!
//! # As bytes, in the ledger
//!
//! until (8: wall clock; all bits set = without end), taps (2: all bits set = any number), amounts: count (1: 0 to 4), each
//! currency (2), single (8), total (8); channels (1: bit 1 tap, bit 2 online, bit 3 QR), merchant categories: count (1: 0 to 16),
//! each two bytes (9F15, BCD).

use super::allowance::currencies;
use super::payment::{MOST_CATEGORIES, Payment};
use crate::emv::amount::Amount;
use crate::emv::bcd;
use crate::error::LimitFault;
use crate::keys::channel::Channel;
use crate::wire::Fields;

/// Until when, how often, how much, and for what a card may pay.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TemporaryUse {
    /// The wall clock from which on it pays nothing.
    pub until_ms: Option<u64>,
    /// So many cryptograms; more than 0.
    pub taps: Option<u16>,
    /// The most for one payment and for all, in at most four currencies; where any is named, only these.
    pub amounts: Vec<MostPaid>,
    /// Where it may pay; empty = in all channels.
    pub channels: Vec<Channel>,
    /// Which merchants, by the category that the terminal claims (9F15); at most 16; empty = all.
    pub merchant_categories: Vec<u16>,
}

/// The most that may be paid in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MostPaid {
    /// ISO 4217 numeric.
    pub currency: u16,
    /// By one payment, in minor units.
    pub single: u64,
    /// By all.
    pub total: u64,
}

/// How much of a temporary use is gone. It follows from what the ledger says of each payment; what a power loss may have taken away
/// counts as the most that it can have been.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TemporarilyUsed {
    /// So many cryptograms.
    pub taps: u16,
    /// What was paid, in the currencies that are limited.
    pub paid: Vec<Amount>,
}

const WITHOUT_END: u64 = u64::MAX;
const ANY_NUMBER: u16 = u16::MAX;

impl TemporaryUse {
    /// Whether it can be kept, and ends ever.
    ///
    /// # Errors
    /// What is wrong.
    pub(crate) fn check(&self) -> Result<(), LimitFault> {
        currencies(self.amounts.iter().map(|most| most.currency))?;
        let bounds = self.amounts.iter().all(|most| most.single <= most.total && most.single > 0);
        let some_taps = self.taps.is_none_or(|taps| taps > 0 && taps != ANY_NUMBER);
        let until = self.until_ms.is_none_or(|until_ms| until_ms != WITHOUT_END);
        let ends = self.until_ms.is_some() || self.taps.is_some() || !self.amounts.is_empty();
        let categories = self.merchant_categories.iter().all(|category| *category <= 9999);
        if !(bounds && some_taps && until && ends && categories) {
            return Err(LimitFault::Bounds);
        }
        if self.merchant_categories.len() > MOST_CATEGORIES { Err(LimitFault::TooMany) } else { Ok(()) }
    }

    /// Whether nothing can be paid any more.
    pub(crate) fn is_over(&self, used: &TemporarilyUsed, wall_ms: u64) -> bool {
        let all_paid = || self.amounts.iter().all(|most| Amount::of_currency(&used.paid, most.currency) >= most.total);
        self.until_ms.is_some_and(|until_ms| wall_ms >= until_ms)
            || self.taps.is_some_and(|taps| used.taps >= taps)
            || (!self.amounts.is_empty() && all_paid())
    }

    /// Whether this may be paid, as long as it is not over.
    pub(crate) fn allows(&self, channel: Channel, payment: &Payment, used: &TemporarilyUsed) -> bool {
        let amount = &payment.amount;
        let within = |most: &MostPaid| {
            let sum = Amount::of_currency(&used.paid, amount.currency).checked_add(amount.minor);
            most.currency == amount.currency && amount.minor <= most.single && sum.is_some_and(|sum| sum <= most.total)
        };
        // Of a merchant whose category the terminal does not tell nothing is known.
        let is_named = |category| self.merchant_categories.contains(&category);
        (self.amounts.is_empty() || self.amounts.iter().any(within))
            && (self.channels.is_empty() || self.channels.contains(&channel))
            && (self.merchant_categories.is_empty() || payment.merchant_category.is_some_and(is_named))
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.until_ms.unwrap_or(WITHOUT_END).to_be_bytes());
        out.extend_from_slice(&self.taps.unwrap_or(ANY_NUMBER).to_be_bytes());
        out.push(u8::try_from(self.amounts.len()).expect("at most 4"));
        for MostPaid { currency, single, total } in &self.amounts {
            out.extend_from_slice(&currency.to_be_bytes());
            out.extend_from_slice(&single.to_be_bytes());
            out.extend_from_slice(&total.to_be_bytes());
        }
        let chosen = Channel::ALL.iter().rev().map(|channel| u8::from(self.channels.contains(channel)));
        out.push(chosen.fold(0, |bits, bit| bits << 1 | bit));
        out.push(u8::try_from(self.merchant_categories.len()).expect("at most 16"));
        self.merchant_categories.iter().for_each(|category| out.extend_from_slice(&bcd::of_code(*category)));
    }

    pub(crate) fn read(fields: &mut Fields<'_>) -> Option<TemporaryUse> {
        let until_ms = Some(fields.u64()?).filter(|until_ms| *until_ms != WITHOUT_END);
        let taps = Some(fields.u16()?).filter(|taps| *taps != ANY_NUMBER);
        let amounts = (0..fields.u8()?)
            .map(|_| Some(MostPaid { currency: fields.u16()?, single: fields.u64()?, total: fields.u64()? }))
            .collect::<Option<_>>()?;
        let bits = fields.u8().filter(|bits| *bits <= 0b111)?;
        let channels = Channel::ALL.into_iter().zip([1, 2, 4]).filter(|(_, bit)| bits & bit != 0);
        let channels = channels.map(|(channel, _)| channel).collect();
        let merchant_categories = (0..fields.u8()?).map(|_| bcd::code(fields.array()?)).collect::<Option<_>>()?;
        Some(TemporaryUse { until_ms, taps, amounts, channels, merchant_categories })
    }
}

impl TemporarilyUsed {
    /// A payment.
    pub(crate) fn count(&mut self, limits: &TemporaryUse, amount: &Amount) {
        self.taps = self.taps.saturating_add(1);
        if limits.amounts.iter().any(|most| most.currency == amount.currency) {
            Amount::add_to(&mut self.paid, *amount);
        }
    }

    /// A payment that a power loss may have taken away: the most that it can have been, in each currency.
    pub(crate) fn count_lost(&mut self, limits: &TemporaryUse) {
        self.taps = self.taps.saturating_add(1);
        for MostPaid { currency, single, .. } in &limits.amounts {
            Amount::add_to(&mut self.paid, Amount { minor: *single, currency: *currency });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emv::aid::Aid;

    fn payment(minor: u64, merchant_category: Option<u16>) -> Payment {
        let aid = Aid::new(&[0xA0, 0, 0, 0, 3, 0x10, 0x10]).unwrap();
        Payment { aid, amount: Amount { minor, currency: 978 }, merchant_category }
    }

    fn limits() -> TemporaryUse {
        TemporaryUse {
            until_ms: Some(1_000),
            taps: Some(3),
            amounts: vec![MostPaid { currency: 978, single: 500, total: 1000 }],
            channels: vec![Channel::Tap],
            merchant_categories: vec![5411],
        }
    }

    #[test]
    fn it_is_over_by_time_by_taps_and_by_what_was_paid() {
        let used = |taps, minor| TemporarilyUsed { taps, paid: vec![Amount { minor, currency: 978 }] };
        assert!(!limits().is_over(&used(2, 999), 999));
        assert!(limits().is_over(&used(2, 999), 1_000));
        assert!(limits().is_over(&used(3, 999), 999));
        assert!(limits().is_over(&used(2, 1000), 999));
    }

    #[test]
    fn each_of_its_limits_refuses_a_payment_beyond_it() {
        let none = TemporarilyUsed::default();
        let half = TemporarilyUsed { taps: 1, paid: vec![Amount { minor: 600, currency: 978 }] };
        assert!(limits().allows(Channel::Tap, &payment(500, Some(5411)), &none));
        assert!(!limits().allows(Channel::Tap, &payment(501, Some(5411)), &none));
        assert!(!limits().allows(Channel::Tap, &payment(500, Some(5411)), &half));
        assert!(limits().allows(Channel::Tap, &payment(400, Some(5411)), &half));
        assert!(!limits().allows(Channel::Online, &payment(500, Some(5411)), &none));
        assert!(!limits().allows(Channel::Tap, &payment(500, Some(4111)), &none));
        assert!(!limits().allows(Channel::Tap, &payment(500, None), &none));
        let francs = Payment { amount: Amount { minor: 1, currency: 756 }, ..payment(1, Some(5411)) };
        assert!(!limits().allows(Channel::Tap, &francs, &none));
    }

    #[test]
    fn what_a_power_loss_took_counts_as_the_most_that_it_can_have_been() {
        let mut used = TemporarilyUsed::default();
        used.count_lost(&limits());
        assert_eq!((used.taps, Amount::of_currency(&used.paid, 978)), (1, 500));
        used.count(&limits(), &Amount { minor: 100, currency: 978 });
        assert_eq!((used.taps, Amount::of_currency(&used.paid, 978)), (2, 600));
    }

    #[test]
    fn a_use_without_an_end_or_a_currency_that_does_not_exist_is_refused() {
        assert_eq!(limits().check(), Ok(()));
        assert_eq!(TemporaryUse::default().check(), Err(LimitFault::Bounds));
        assert_eq!(TemporaryUse { taps: Some(0), ..limits() }.check(), Err(LimitFault::Bounds));
        let most = |currency, single| MostPaid { currency, single, total: 1000 };
        let amounts = |amounts: &[MostPaid]| TemporaryUse { amounts: amounts.to_vec(), ..limits() }.check();
        assert_eq!(amounts(&[most(979, 1), most(978, 1001)]), Err(LimitFault::Bounds));
        assert_eq!(amounts(&[most(999, 1)]), Err(LimitFault::Currency));
        assert_eq!(amounts(&[most(978, 1), most(978, 1)]), Err(LimitFault::Currency));
    }

    #[test]
    fn it_is_read_as_it_was_written() {
        for limits in [limits(), TemporaryUse::default(), TemporaryUse { taps: Some(9), ..TemporaryUse::default() }] {
            let mut bytes = Vec::new();
            limits.write(&mut bytes);
            let fields = &mut Fields::of(&bytes);
            assert_eq!(TemporaryUse::read(fields), Some(limits));
            assert!(fields.end().is_some());
        }
    }
}
