//! What the holder has decided for one card: frozen or not, what it may pay without verification, gates, temporary use.
//! A record of its own, so that no envelope undoes it.
//!
//! # As bytes, in the ledger
//!
//! flags (1: bit 1 frozen, bit 2 transit, bit 3 low value follows, bit 4 temporary use follows), low value: a list
//! ([`super::allowance`]), temporary use ([`super::temporary_use`]).

use super::allowance::Allowance;
use super::temporary_use::TemporaryUse;
use crate::wire::Fields;

/// What the holder has decided for one card.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HolderRules {
    /// It pays nothing until the holder, verified, says otherwise. An issuer's resume changes nothing about it.
    pub frozen: bool,
    /// It passes gates without verification, where and as far as the issuer allows that.
    pub transit: bool,
    /// What it may pay without verification, where that is less than the issuer allows: each currency that is not named, nothing.
    pub low_value: Option<Vec<Allowance>>,
    /// Until when, how often and how much it may pay; then it retires.
    pub temporary_use: Option<TemporaryUse>,
}

impl HolderRules {
    /// Whether by these a card may pay what it may not pay by those before: then the holder must be verified.
    pub(crate) fn loosen(&self, before: &HolderRules) -> bool {
        let less = |allowance: &Allowance, before: &Allowance| {
            allowance.currency == before.currency
                && allowance.single <= before.single
                && allowance.total <= before.total
                && allowance.count <= before.count
        };
        let low_value = match (&self.low_value, &before.low_value) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(after), Some(before)) => {
                !after.iter().all(|allowance| before.iter().any(|before| less(allowance, before)))
            }
        };
        let temporary_use = before.temporary_use.is_some() && self.temporary_use != before.temporary_use;
        (before.frozen && !self.frozen) || (self.transit && !before.transit) || low_value || temporary_use
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let HolderRules { frozen, transit, low_value, temporary_use } = self;
        let flags = [*frozen, *transit, low_value.is_some(), temporary_use.is_some()];
        out.push(flags.iter().rev().fold(0, |bits, flag| bits << 1 | u8::from(*flag)));
        if let Some(low_value) = low_value {
            Allowance::write_list(low_value, out);
        }
        if let Some(temporary_use) = temporary_use {
            temporary_use.write(out);
        }
    }

    pub(crate) fn read(fields: &mut Fields<'_>) -> Option<HolderRules> {
        let flags = fields.u8().filter(|flags| *flags <= 0b1111)?;
        let is_set = |bit: u8| flags & bit != 0;
        let low_value = if is_set(0b100) { Some(Allowance::read_list(fields)?) } else { None };
        let temporary_use = if is_set(0b1000) { Some(TemporaryUse::read(fields)?) } else { None };
        Some(HolderRules { frozen: is_set(0b1), transit: is_set(0b10), low_value, temporary_use })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALLOWANCE: Allowance = Allowance { currency: 978, single: 1000, total: 5000, count: 5 };

    fn low_value(list: &[Allowance]) -> HolderRules {
        HolderRules { low_value: Some(list.to_vec()), ..HolderRules::default() }
    }

    #[test]
    fn only_what_lets_a_card_pay_more_loosens() {
        let none = HolderRules::default();
        let frozen = HolderRules { frozen: true, ..none.clone() };
        let gates = HolderRules { transit: true, ..none.clone() };
        let once = TemporaryUse { taps: Some(1), ..TemporaryUse::default() };
        let temporary = HolderRules { temporary_use: Some(once), ..none.clone() };
        for (stricter, looser) in [
            (&frozen, &none),
            (&none, &gates),
            (&low_value(&[ALLOWANCE]), &none),
            (&low_value(&[]), &low_value(&[ALLOWANCE])),
            (&low_value(&[ALLOWANCE]), &low_value(&[Allowance { single: 1001, ..ALLOWANCE }])),
            (&low_value(&[ALLOWANCE]), &low_value(&[Allowance { total: 5001, ..ALLOWANCE }])),
            (&low_value(&[ALLOWANCE]), &low_value(&[Allowance { count: 6, ..ALLOWANCE }])),
            (&low_value(&[ALLOWANCE]), &low_value(&[ALLOWANCE, Allowance { currency: 840, ..ALLOWANCE }])),
            (&temporary, &none),
        ] {
            assert!(looser.loosen(stricter), "{stricter:?} to {looser:?}");
            assert!(!stricter.loosen(looser), "{looser:?} to {stricter:?}");
            assert!(!stricter.loosen(stricter));
        }
    }
}
