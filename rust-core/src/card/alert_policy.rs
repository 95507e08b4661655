//! What counts as unusual, and what follows: the usual thresholds and actions, and those that an issuer wants for one card, which come
//! with its policy ([`super::policy`]).

use super::alert_kind::{Action, Rule};
use crate::error::ContentError;
use crate::wire::Fields;

/// What an issuer wants of one rule. As bytes: rule (1), action (1; 0 = as usual), threshold (4; 0 = as usual).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlertTerms {
    /// Of which.
    pub rule: Rule,
    /// What follows from it; absent: what usually does.
    pub action: Option<Action>,
    /// From which number on it speaks; absent: from the usual one. How many are usual at most ([`Rule::ManyAsksInAContact`],
    /// [`Rule::ManyAsksInAMinute`], [`Rule::ManyPaymentsInTenMinutes`], [`Rule::ManyPaymentsInADay`], [`Rule::TornInARow`]); how many
    /// times as much, or as slow ([`Rule::LargeAmount`], [`Rule::LargeDay`], [`Rule::SlowReader`]); how many milliseconds
    /// ([`Rule::DoubleCharge`], [`Rule::CountryChanged`], [`Rule::ClockSetBack`]) or days ([`Rule::TerminalDateWrong`]).
    pub threshold: Option<u32>,
}

/// From which numbers on an alert is raised, and what follows from each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AlertPolicy {
    /// No reader asks more often in one contact.
    pub(crate) asks_in_a_contact: u64,
    pub(crate) asks_in_a_minute: u64,
    pub(crate) payments_in_ten_minutes: u64,
    pub(crate) payments_in_a_day: u64,
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
    pub(crate) torn_in_a_row: u64,
    /// A clock that is set back by less is not worth a word.
    pub(crate) clock_set_back_ms: u64,
    /// What follows, where that is not the usual thing.
    actions: Vec<(Rule, Action)>,
}

impl AlertPolicy {
    pub(crate) const USUAL: AlertPolicy = AlertPolicy {
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
        actions: Vec::new(),
    };

    /// The usual one, but for what an issuer wants.
    pub(crate) fn under(terms: &[AlertTerms]) -> AlertPolicy {
        let mut policy = AlertPolicy::USUAL;
        for AlertTerms { rule, action, threshold } in terms {
            policy.actions.extend(action.map(|action| (*rule, action)));
            if let Some((kept, wanted)) = policy.threshold(*rule).zip(*threshold) {
                *kept = wanted.into();
            }
        }
        policy
    }

    /// The number that an issuer may set, where the rule has one.
    fn threshold(&mut self, rule: Rule) -> Option<&mut u64> {
        match rule {
            Rule::ManyAsksInAContact => Some(&mut self.asks_in_a_contact),
            Rule::ManyAsksInAMinute => Some(&mut self.asks_in_a_minute),
            Rule::ManyPaymentsInTenMinutes => Some(&mut self.payments_in_ten_minutes),
            Rule::ManyPaymentsInADay => Some(&mut self.payments_in_a_day),
            Rule::LargeAmount => Some(&mut self.times_the_largest),
            Rule::LargeDay => Some(&mut self.times_the_largest_day),
            Rule::DoubleCharge => Some(&mut self.double_charge_ms),
            Rule::TerminalDateWrong => Some(&mut self.days_off),
            Rule::SlowReader => Some(&mut self.times_as_slow),
            Rule::TornInARow => Some(&mut self.torn_in_a_row),
            Rule::CountryChanged => Some(&mut self.country_change_ms),
            Rule::ClockSetBack => Some(&mut self.clock_set_back_ms),
            Rule::NumberRepeated
            | Rule::NewCountry
            | Rule::UnusualType
            | Rule::OlderCopy
            | Rule::NewCurrency
            | Rule::NumberWithoutChance
            | Rule::StorageFailed => None,
        }
    }

    /// What follows.
    pub(crate) fn action(&self, rule: Rule) -> Action {
        let wanted = self.actions.iter().find(|(of, _)| *of == rule);
        wanted.map_or_else(|| usual_action(rule), |(_, action)| *action)
    }
}

/// Notes are for what ordinary life is full of: journeys, cash machines, readers whose date is wrong. Readers that ask too often are held
/// back before the answer already ([`crate::tap::rate_limit`], [`super::cryptogram_budget`]). None freezes a card but where its issuer
/// wants that: whoever holds a reader to a pocket could do it.
fn usual_action(rule: Rule) -> Action {
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

impl AlertTerms {
    pub(crate) fn write_list(list: &[AlertTerms], out: &mut Vec<u8>) {
        out.push(u8::try_from(list.len()).expect("at most one for each rule"));
        for AlertTerms { rule, action, threshold } in list {
            out.extend_from_slice(&[rule.byte(), action.map_or(0, Action::byte)]);
            out.extend_from_slice(&threshold.unwrap_or(0).to_be_bytes());
        }
    }

    /// # Errors
    /// [`ContentError::Truncated`], [`ContentError::AlertTerms`].
    pub(crate) fn read_list(fields: &mut Fields<'_>) -> Result<Vec<AlertTerms>, ContentError> {
        let mut list: Vec<AlertTerms> = Vec::new();
        for _ in 0..fields.u8().ok_or(ContentError::Truncated)? {
            let terms = AlertTerms::read(fields)?;
            let is_named_twice = list.iter().any(|before| before.rule == terms.rule);
            let has_threshold = AlertPolicy::under(&[]).threshold(terms.rule).is_some();
            if is_named_twice || (terms.threshold.is_some() && !has_threshold) {
                return Err(ContentError::AlertTerms);
            }
            list.push(terms);
        }
        Ok(list)
    }

    fn read(fields: &mut Fields<'_>) -> Result<AlertTerms, ContentError> {
        use ContentError::Truncated;
        let rule = Rule::of_byte(fields.u8().ok_or(Truncated)?).ok_or(ContentError::AlertTerms)?;
        let action = match fields.u8().ok_or(Truncated)? {
            0 => None,
            byte => Some(Action::of_byte(byte).ok_or(ContentError::AlertTerms)?),
        };
        let threshold = Some(fields.u32().ok_or(Truncated)?).filter(|threshold| *threshold != 0);
        Ok(AlertTerms { rule, action, threshold })
    }
}
