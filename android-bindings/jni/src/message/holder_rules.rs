//! The holder's rules for one card, and what its issuer lets through: as a snapshot tells them, and as Java hands them over.
//!
//! | | fields |
//! |---|---|
//! | *rules* | flags (1: bit 0 frozen, bit 1 passes gates, bit 2 the issuer lets it pass gates, bit 3 the holder's low value follows, bit 4 temporary use follows), the issuer's low value: *allowances*, the holder's: *allowances*, *temporary use*, taps used (2), paid (1), each: amount in minor units (8), currency (2) |
//! | *allowances* | count (1), each: currency (2), at once (8), in all (8), times (1) |
//! | *temporary use* | until (8: wall clock, -1 = without end), taps (2, FFFF = any number), amounts (1), each: currency (2), at once (8), in all (8); channels (1: bit 0 tap, bit 1 online, bit 2 QR), merchant categories (1), each (2) |
//!
//! Amounts of Java's have a sign, and are never below 0.

use hcepay_core::{Allowance, Card, Channel, MostPaid, TemporaryUse, VerificationPolicy};

use super::Message;
use crate::border::Refused;
use crate::code::Code;
use crate::rest::Rest;

const CHANNELS: [Channel; 3] = [Channel::Tap, Channel::Online, Channel::Qr];

impl Message {
    pub(super) fn rules(&mut self, card: &Card) {
        let rules = &card.rules;
        let exemptions = match &card.policy.verification {
            VerificationPolicy::Exempt(exemptions) => Some(exemptions),
            VerificationPolicy::AsProfile | VerificationPolicy::Always => None,
        };
        let may_pass_gates = exemptions.is_some_and(|exemptions| exemptions.transit.is_some());
        self.flags(&[
            rules.frozen,
            rules.transit,
            may_pass_gates,
            rules.low_value.is_some(),
            rules.temporary_use.is_some(),
        ]);
        self.allowances(exemptions.map_or(&[], |exemptions| &exemptions.low_value));
        if let Some(low_value) = &rules.low_value {
            self.allowances(low_value);
        }
        if let Some(limits) = &rules.temporary_use {
            self.temporary_use(limits);
            self.u16(card.temporarily_used.taps);
            self.list(&card.temporarily_used.paid, |message, paid| _ = message.u64(paid.minor).u16(paid.currency));
        }
    }

    fn allowances(&mut self, list: &[Allowance]) {
        self.list(list, |message, Allowance { currency, single, total, count }| {
            message.u16(*currency).u64(*single).u64(*total).u8(*count);
        });
    }

    fn temporary_use(&mut self, limits: &TemporaryUse) {
        let TemporaryUse { until_ms, taps, amounts, channels, merchant_categories } = limits;
        self.u64(until_ms.unwrap_or(u64::MAX)).u16(taps.unwrap_or(u16::MAX));
        self.list(amounts, |message, MostPaid { currency, single, total }| {
            message.u16(*currency).u64(*single).u64(*total);
        });
        self.flags(&CHANNELS.map(|channel| channels.contains(&channel)));
        self.list(merchant_categories, |message, category| _ = message.u16(*category));
    }

    /// At most 255 of them.
    fn list<T>(&mut self, list: &[T], write: impl Fn(&mut Message, &T)) {
        self.u8(u8::try_from(list.len()).unwrap_or(u8::MAX));
        list.iter().take(u8::MAX.into()).for_each(|each| write(self, each));
    }
}

/// *allowances*
pub(crate) fn allowances(bytes: &[u8]) -> Result<Vec<Allowance>, Refused> {
    let read = |rest: &mut Rest<'_>| {
        Ok(Allowance { currency: rest.u16()?, single: amount(rest)?, total: amount(rest)?, count: rest.u8()? })
    };
    Rest::whole(bytes, |rest| Ok(rest.list(read)?))
}

/// *temporary use*
pub(crate) fn temporary_use(bytes: &[u8]) -> Result<TemporaryUse, Refused> {
    Rest::whole(bytes, |rest| {
        let until_ms = Some(rest.u64()?).filter(|until_ms| *until_ms != u64::MAX);
        let taps = Some(rest.u16()?).filter(|taps| *taps != u16::MAX);
        let amounts =
            rest.list(|rest| Ok(MostPaid { currency: rest.u16()?, single: amount(rest)?, total: amount(rest)? }))?;
        let bits = rest.u8()?;
        if bits > 0b111 {
            return Err(Code::Argument.into());
        }
        let channels = CHANNELS.into_iter().enumerate().filter(|(place, _)| bits >> place & 1 == 1);
        let channels = channels.map(|(_, channel)| channel).collect();
        Ok(TemporaryUse { until_ms, taps, amounts, channels, merchant_categories: rest.list(Rest::u16)? })
    })
}

fn amount(rest: &mut Rest<'_>) -> Result<u64, Code> {
    Some(rest.u64()?).filter(|minor| i64::try_from(*minor).is_ok()).ok_or(Code::Argument)
}
