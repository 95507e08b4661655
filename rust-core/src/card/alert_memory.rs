//! What alerts remember: of the last contacts a little each, of all before them what is usual. So much and no more, however long the
//! wallet lives.
//!
//! # As bytes, in the ledger
//!
//! | form | |
//! |---|---|
//! | `01` one contact more | at (8), card's cryptograms (1), asked for (1), torn and verified (1: bits 1 and 2), amount (8), paid in all (8), currency (2; 0 = none), country (2; 0 = none), name (4; 0 = none), median gap (2), numbers: count (1), 4 each |
//! | `00` all of it | contacts: count (1), each as above without numbers; numbers: count (1), 4 each; countries: count (1), each country (2), last at (8); currencies: count (1), each currency (2), payments (2), periods: 2 of number (4), largest (8), largest day (8); day (4), its sum (8); gaps: count (1), 2 each; torn in a row (1), latest (8), last country (2), at (8), wants verification (1) |
//!
//! Names and unpredictable numbers are the first bytes of a keyed hash: they name nothing to who does not have the wallet.

use std::collections::VecDeque;

use crate::emv::amount::Amount;
use crate::emv::date::DAY_MS;
use crate::wire::Fields;

/// So many contacts, unpredictable numbers, gaps, countries and currencies are kept.
const MOST_CONTACTS: usize = 32;
pub(crate) const MOST_NUMBERS: usize = 32;
const MOST_GAPS: usize = 31;
const MOST_COUNTRIES: usize = 24;
const MOST_CURRENCIES: usize = 8;
/// The most of the last 90 days is the larger one of two such periods.
const PERIOD_MS: u64 = 45 * DAY_MS;

const WHOLE: u8 = 0x00;
const CONTACT: u8 = 0x01;

/// Of one contact.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Remembered {
    pub(crate) at_ms: u64,
    pub(crate) cryptograms: u8,
    pub(crate) asks: u8,
    pub(crate) torn: bool,
    pub(crate) verified: bool,
    pub(crate) amount: Option<Amount>,
    /// Minor units of all its payments in that currency.
    pub(crate) paid: u64,
    pub(crate) country: u16,
    pub(crate) name: u32,
    pub(crate) median_gap_ms: u16,
    /// Those that a cryptogram was given for.
    pub(crate) numbers: Vec<u32>,
}

/// What is usual in a currency.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Usual {
    currency: u16,
    pub(crate) payments: u16,
    periods: [Period; 2],
    day: u32,
    sum: u64,
}

/// Some weeks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Period {
    number: u32,
    largest: u64,
    largest_day: u64,
}

/// All that is remembered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Memory {
    contacts: VecDeque<Remembered>,
    numbers: VecDeque<u32>,
    countries: Vec<(u16, u64)>,
    currencies: Vec<Usual>,
    gaps_ms: VecDeque<u16>,
    pub(crate) torn_in_a_row: u8,
    pub(crate) latest_ms: u64,
    last_country: (u16, u64),
    pub(crate) wants_verification: bool,
}

/// A record of it.
#[derive(Debug)]
pub(crate) enum MemoryRecord {
    Whole(Box<Memory>),
    Contact(Remembered),
}

fn number_of(at_ms: u64, span_ms: u64) -> u32 {
    at_ms.checked_div(span_ms).and_then(|number| u32::try_from(number).ok()).unwrap_or(u32::MAX)
}

fn push<T>(list: &mut VecDeque<T>, most: usize, one: T) {
    if list.len() >= most {
        list.pop_front();
    }
    list.push_back(one);
}

impl Usual {
    fn of(currency: u16) -> Usual {
        Usual { currency, ..Usual::default() }
    }

    /// The most that was paid at once in the last periods.
    pub(crate) fn largest(&self, at_ms: u64) -> u64 {
        self.lately(at_ms).map(|period| period.largest).max().unwrap_or(0)
    }

    /// And on one day, that of this moment left out.
    pub(crate) fn largest_day(&self, at_ms: u64) -> u64 {
        let closed = if number_of(at_ms, DAY_MS) == self.day { 0 } else { self.sum };
        self.lately(at_ms).map(|period| period.largest_day).max().unwrap_or(0).max(closed)
    }

    /// What was paid on the day of this moment.
    pub(crate) fn paid_that_day(&self, at_ms: u64) -> u64 {
        if number_of(at_ms, DAY_MS) == self.day { self.sum } else { 0 }
    }

    fn lately(&self, at_ms: u64) -> impl Iterator<Item = &Period> {
        let now = number_of(at_ms, PERIOD_MS);
        self.periods.iter().filter(move |period| period.number.saturating_add(1) >= now)
    }

    fn take_in(&mut self, at_ms: u64, amount: u64, paid: u64) {
        let (day, number) = (number_of(at_ms, DAY_MS), number_of(at_ms, PERIOD_MS));
        let [before, last] = self.periods;
        if last.number != number {
            self.periods = [last, Period { number, ..Period::default() }];
        } else {
            self.periods = [before, last];
        }
        let [_, now] = &mut self.periods;
        if day != self.day {
            now.largest_day = now.largest_day.max(self.sum);
            (self.day, self.sum) = (day, 0);
        }
        self.sum = self.sum.saturating_add(paid);
        now.largest = now.largest.max(amount);
        self.payments = self.payments.saturating_add(1);
    }
}

impl Memory {
    /// What one contact more leaves.
    pub(crate) fn take_in(&mut self, contact: &Remembered) {
        for number in &contact.numbers {
            push(&mut self.numbers, MOST_NUMBERS, *number);
        }
        if contact.country != 0 {
            self.countries.retain(|(country, _)| *country != contact.country);
            if self.countries.len() >= MOST_COUNTRIES {
                self.countries.remove(0);
            }
            self.countries.push((contact.country, contact.at_ms));
            self.last_country = (contact.country, contact.at_ms);
        }
        if let Some(amount) = contact.amount.filter(|_| contact.cryptograms > 0) {
            let place = self.currencies.iter().position(|usual| usual.currency == amount.currency);
            let mut usual = match place {
                Some(place) => self.currencies.remove(place),
                None => Usual::of(amount.currency),
            };
            usual.take_in(contact.at_ms, amount.minor, contact.paid);
            if self.currencies.len() >= MOST_CURRENCIES {
                self.currencies.remove(0);
            }
            self.currencies.push(usual);
        }
        if contact.median_gap_ms != 0 {
            push(&mut self.gaps_ms, MOST_GAPS, contact.median_gap_ms);
        }
        self.torn_in_a_row = if contact.torn { self.torn_in_a_row.saturating_add(1) } else { 0 };
        self.latest_ms = contact.at_ms;
        if contact.verified && contact.cryptograms > 0 {
            self.wants_verification = false;
        }
        let numbers = Vec::new();
        push(&mut self.contacts, MOST_CONTACTS, Remembered { numbers, ..contact.clone() });
    }

    /// The issuer's time: what was seen before may have been the phone's wrong one.
    pub(crate) fn set_clock(&mut self, wall_ms: u64) {
        self.latest_ms = self.latest_ms.min(wall_ms);
    }

    /// Those that payments had.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = &u32> {
        self.numbers.iter()
    }

    /// The contacts since this moment, or later, the latest first.
    pub(crate) fn since(&self, at_ms: u64) -> impl Iterator<Item = &Remembered> {
        self.contacts.iter().rev().filter(move |contact| contact.at_ms > at_ms)
    }

    /// When a terminal last said that it stands there.
    pub(crate) fn last_in(&self, country: u16) -> Option<u64> {
        self.countries.iter().find(|(of, _)| *of == country).map(|(_, at_ms)| *at_ms)
    }

    /// Where the last terminal stood, and when.
    pub(crate) fn last_country(&self) -> Option<(u16, u64)> {
        Some(self.last_country).filter(|(country, _)| *country != 0)
    }

    /// What is usual in this currency.
    pub(crate) fn usual(&self, currency: u16) -> Option<&Usual> {
        self.currencies.iter().find(|usual| usual.currency == currency)
    }

    /// Whether anything is known of countries, or of currencies.
    pub(crate) fn knows(&self) -> [bool; 2] {
        [!self.countries.is_empty(), !self.currencies.is_empty()]
    }

    /// How fast readers are: the median, and over how many contacts.
    pub(crate) fn usual_gap_ms(&self) -> (u16, usize) {
        let mut gaps: Vec<u16> = self.gaps_ms.iter().copied().collect();
        gaps.sort_unstable();
        (gaps.get(gaps.len() / 2).copied().unwrap_or(0), gaps.len())
    }
}

impl MemoryRecord {
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        match self {
            MemoryRecord::Contact(contact) => {
                out.push(CONTACT);
                put_contact(out, contact);
                put_list(out, contact.numbers.iter(), |out, number| out.extend_from_slice(&number.to_be_bytes()));
            }
            MemoryRecord::Whole(memory) => {
                out.push(WHOLE);
                put_list(out, memory.contacts.iter(), put_contact);
                put_list(out, memory.numbers.iter(), |out, number| out.extend_from_slice(&number.to_be_bytes()));
                put_list(out, memory.countries.iter(), |out, (country, at_ms)| {
                    out.extend_from_slice(&country.to_be_bytes());
                    out.extend_from_slice(&at_ms.to_be_bytes());
                });
                put_list(out, memory.currencies.iter(), put_usual);
                put_list(out, memory.gaps_ms.iter(), |out, gap| out.extend_from_slice(&gap.to_be_bytes()));
                out.push(memory.torn_in_a_row);
                out.extend_from_slice(&memory.latest_ms.to_be_bytes());
                out.extend_from_slice(&memory.last_country.0.to_be_bytes());
                out.extend_from_slice(&memory.last_country.1.to_be_bytes());
                out.push(memory.wants_verification.into());
            }
        }
    }

    /// Reads one as the ledger writes it. `None` where it is cut or none.
    pub(crate) fn read(fields: &mut Fields<'_>) -> Option<MemoryRecord> {
        match fields.u8()? {
            CONTACT => {
                let contact = read_contact(fields)?;
                let numbers = read_list(fields, MOST_NUMBERS, |fields| fields.u32())?;
                Some(MemoryRecord::Contact(Remembered { numbers, ..contact }))
            }
            WHOLE => {
                let memory = Memory {
                    contacts: read_list(fields, MOST_CONTACTS, read_contact)?.into(),
                    numbers: read_list(fields, MOST_NUMBERS, |fields| fields.u32())?.into(),
                    countries: read_list(fields, MOST_COUNTRIES, |fields| Some((fields.u16()?, fields.u64()?)))?,
                    currencies: read_list(fields, MOST_CURRENCIES, read_usual)?,
                    gaps_ms: read_list(fields, MOST_GAPS, |fields| fields.u16())?.into(),
                    torn_in_a_row: fields.u8()?,
                    latest_ms: fields.u64()?,
                    last_country: (fields.u16()?, fields.u64()?),
                    wants_verification: flag(fields.u8()?, 1)?,
                };
                Some(MemoryRecord::Whole(Box::new(memory)))
            }
            _ => None,
        }
    }
}

/// One bit, and no other beside it.
fn flag(byte: u8, bit: u8) -> Option<bool> {
    (byte & !bit == 0).then_some(byte & bit != 0)
}

fn put_list<'a, T: 'a>(
    out: &mut Vec<u8>,
    list: impl ExactSizeIterator<Item = &'a T>,
    put: impl Fn(&mut Vec<u8>, &'a T),
) {
    out.push(u8::try_from(list.len()).expect("no list of these is longer"));
    list.for_each(|one| put(out, one));
}

fn read_list<T>(fields: &mut Fields<'_>, most: usize, read: impl Fn(&mut Fields<'_>) -> Option<T>) -> Option<Vec<T>> {
    let count = usize::from(fields.u8()?);
    (count <= most).then(|| (0..count).map(|_| read(fields)).collect()).flatten()
}

fn put_contact(out: &mut Vec<u8>, contact: &Remembered) {
    out.extend_from_slice(&contact.at_ms.to_be_bytes());
    let flags = u8::from(contact.torn) | u8::from(contact.verified) << 1;
    out.extend_from_slice(&[contact.cryptograms, contact.asks, flags]);
    let amount = contact.amount.unwrap_or(Amount { minor: 0, currency: 0 });
    out.extend_from_slice(&amount.minor.to_be_bytes());
    out.extend_from_slice(&contact.paid.to_be_bytes());
    out.extend_from_slice(&amount.currency.to_be_bytes());
    out.extend_from_slice(&contact.country.to_be_bytes());
    out.extend_from_slice(&contact.name.to_be_bytes());
    out.extend_from_slice(&contact.median_gap_ms.to_be_bytes());
}

fn read_contact(fields: &mut Fields<'_>) -> Option<Remembered> {
    let (at_ms, cryptograms, asks, flags) = (fields.u64()?, fields.u8()?, fields.u8()?, fields.u8()?);
    let (minor, paid, currency) = (fields.u64()?, fields.u64()?, fields.u16()?);
    let amount = (currency != 0).then_some(Amount { minor, currency });
    (flags <= 0b11).then_some(())?;
    Some(Remembered {
        at_ms,
        cryptograms,
        asks,
        torn: flags & 0b01 != 0,
        verified: flags & 0b10 != 0,
        amount,
        paid,
        country: fields.u16()?,
        name: fields.u32()?,
        median_gap_ms: fields.u16()?,
        numbers: Vec::new(),
    })
}

fn put_usual(out: &mut Vec<u8>, usual: &Usual) {
    out.extend_from_slice(&usual.currency.to_be_bytes());
    out.extend_from_slice(&usual.payments.to_be_bytes());
    for period in &usual.periods {
        out.extend_from_slice(&period.number.to_be_bytes());
        out.extend_from_slice(&period.largest.to_be_bytes());
        out.extend_from_slice(&period.largest_day.to_be_bytes());
    }
    out.extend_from_slice(&usual.day.to_be_bytes());
    out.extend_from_slice(&usual.sum.to_be_bytes());
}

fn read_usual(fields: &mut Fields<'_>) -> Option<Usual> {
    let (currency, payments) = (fields.u16()?, fields.u16()?);
    let mut period = || Some(Period { number: fields.u32()?, largest: fields.u64()?, largest_day: fields.u64()? });
    let periods = [period()?, period()?];
    Some(Usual { currency, payments, periods, day: fields.u32()?, sum: fields.u64()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[allow(clippy::arithmetic_side_effects, reason = "small numbers")]
    fn contact(number: u64) -> Remembered {
        let currency = 900 + (number % 12) as u16;
        Remembered {
            at_ms: number * DAY_MS / 3,
            cryptograms: (number % 5).min(1) as u8,
            asks: 1,
            torn: number.is_multiple_of(7),
            verified: number.is_multiple_of(2),
            amount: (!number.is_multiple_of(11)).then_some(Amount { minor: number * 10, currency }),
            paid: number * 10,
            country: (number % 40) as u16,
            name: number as u32,
            median_gap_ms: (number % 60) as u16,
            numbers: vec![number as u32; (number % 3) as usize],
        }
    }

    fn again(record: &MemoryRecord) -> MemoryRecord {
        let mut bytes = Vec::new();
        record.write(&mut bytes);
        let fields = &mut Fields::of(&bytes);
        let read = MemoryRecord::read(fields).unwrap();
        fields.end().unwrap();
        for cut in 0..bytes.len() {
            assert!(MemoryRecord::read(&mut Fields::of(&bytes[..cut])).is_none(), "{cut}");
        }
        read
    }

    #[test]
    fn what_is_remembered_is_read_back_and_never_grows_beyond_its_bounds() {
        let mut memory = Memory::default();
        let mut longest = 0;
        for number in 0..1000 {
            let MemoryRecord::Contact(read) = again(&MemoryRecord::Contact(contact(number))) else { panic!() };
            assert_eq!(read, contact(number));
            memory.take_in(&read);
            if number % 100 == 99 {
                let MemoryRecord::Whole(whole) = again(&MemoryRecord::Whole(Box::new(memory.clone()))) else {
                    panic!()
                };
                assert_eq!(*whole, memory);
                let mut bytes = Vec::new();
                MemoryRecord::Whole(whole).write(&mut bytes);
                longest = longest.max(bytes.len());
            }
        }
        assert!(longest < 2200, "{longest}");
    }

    #[test]
    fn the_most_of_a_time_is_forgotten_after_it() {
        let mut usual = Usual::of(978);
        usual.take_in(1000 * DAY_MS, 50_000, 50_000);
        usual.take_in(1001 * DAY_MS, 1_000, 1_000);
        usual.take_in(1001 * DAY_MS + 1, 1_000, 1_000);
        assert_eq!((usual.largest(1001 * DAY_MS), usual.largest_day(1001 * DAY_MS)), (50_000, 50_000));
        assert_eq!(usual.paid_that_day(1001 * DAY_MS), 2_000);
        assert_eq!((usual.largest(1091 * DAY_MS), usual.paid_that_day(1002 * DAY_MS)), (0, 0));
        assert_eq!(usual.largest_day(1002 * DAY_MS), 50_000);
    }
}
