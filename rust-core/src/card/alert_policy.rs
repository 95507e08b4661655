//! What counts as unusual, and what follows. The defaults hold for every wallet. An issuer that wants others would say so in its policy
//! envelope ([`super::policy`]), behind the bytes that are there; nothing reads such yet.

use super::alert::{Action, Rule};

/// From which numbers on an alert is raised, and what follows from each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AlertPolicy {
    /// No reader asks more often in one contact.
    pub(crate) asks_in_a_contact: usize,
    pub(crate) asks_in_a_minute: usize,
    pub(crate) payments_in_ten_minutes: usize,
    pub(crate) payments_in_a_day: usize,
    /// So many times the most before.
    pub(crate) times_the_largest: u64,
    pub(crate) times_the_largest_day: u64,
    /// Before so many payments in a currency nothing can be said of how much is much.
    pub(crate) payments_to_compare: u16,
    /// The same amount again within so many milliseconds; sooner than the second it is a retry.
    pub(crate) double_charge_ms: u64,
    pub(crate) retry_ms: u64,
    /// No one is in two countries within so many milliseconds.
    pub(crate) country_change_ms: u64,
    /// A country is known for so long.
    pub(crate) country_is_known_ms: u64,
    pub(crate) days_off: u64,
    /// So many times as slow as this wallet's readers, and slower than this at least; or so long in all.
    pub(crate) times_as_slow: u64,
    pub(crate) slow_gap_ms: u64,
    pub(crate) slow_contact_ms: u64,
    /// Before so many contacts nothing can be said of how fast readers are.
    pub(crate) contacts_to_compare: usize,
    pub(crate) torn_in_a_row: u8,
    /// A clock that is set back by less is not worth a word.
    pub(crate) clock_set_back_ms: u64,
}

impl AlertPolicy {
    pub(crate) const DEFAULT: AlertPolicy = AlertPolicy {
        asks_in_a_contact: 3,
        asks_in_a_minute: 6,
        payments_in_ten_minutes: 5,
        payments_in_a_day: 10,
        times_the_largest: 3,
        times_the_largest_day: 3,
        payments_to_compare: 20,
        double_charge_ms: 60_000,
        retry_ms: 10_000,
        country_change_ms: 2 * 3_600_000,
        country_is_known_ms: 90 * 24 * 3_600_000,
        days_off: 1,
        times_as_slow: 3,
        slow_gap_ms: 400,
        slow_contact_ms: 1_500,
        contacts_to_compare: 8,
        torn_in_a_row: 3,
        clock_set_back_ms: 5 * 60_000,
    };

    /// What follows. Notes are for what ordinary life is full of: journeys, cash machines, readers whose date is wrong. Readers that ask
    /// too often are held back before the answer already ([`crate::tap::rate_limit`], [`super::cryptogram_budget`]). Whoever wants a rule
    /// to freeze the card adds an action beside these, and does it where the alert is kept (`ledger/alerts.rs`).
    pub(crate) fn action(&self, rule: Rule) -> Action {
        match rule {
            Rule::NumberRepeated => Action::VerifyAgain,
            Rule::ManyAsksInAContact
            | Rule::ManyAsksInAMinute
            | Rule::ManyPaymentsInTenMinutes
            | Rule::NumberWithoutChance
            | Rule::DoubleCharge
            | Rule::SlowReader
            | Rule::TornInARow
            | Rule::OlderCopy
            | Rule::CountryChanged
            | Rule::ClockSetBack
            | Rule::LargeAmount
            | Rule::StorageFailed => Action::Alert,
            Rule::ManyPaymentsInADay
            | Rule::LargeDay
            | Rule::NewCountry
            | Rule::NewCurrency
            | Rule::TerminalDateWrong
            | Rule::UnusualType => Action::Note,
        }
    }
}
