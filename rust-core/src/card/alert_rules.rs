//! The rules by which a contact is looked at when it is over: from what is remembered and what the contact showed to what there is to
//! say of it. Pure, and after the answer: nothing here keeps a terminal waiting or decides what it is told in this contact.

use super::alert_kind::{Action, Rule};
use super::alert_memory::{Memory, Remembered};
use super::alert_policy::AlertPolicy;
use super::report::{Outcome, Reason, Report};
use crate::emv::amount::Amount;
use crate::emv::date::{self, DAY_MS};
use crate::keys::channel::Channel;

/// What there is to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) rule: Rule,
    pub(crate) action: Action,
    pub(crate) evidence: Vec<u64>,
}

/// What a contact showed.
#[derive(Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) report: &'a Report,
    /// What of it is remembered.
    pub(crate) kept: Remembered,
    /// An unpredictable number that another payment had: it was refused, or not.
    pub(crate) number_repeated: Option<bool>,
    pub(crate) number_without_chance: bool,
}

impl Facts<'_> {
    /// Of a report; name and unpredictable numbers are hashed already.
    pub(crate) fn of(report: &Report, name: u32, numbers: Vec<u32>) -> Facts<'_> {
        let spent = report.attempts.iter().filter(|attempt| attempt.atc.is_some());
        let amount = report.amount_minor.zip(report.currency).map(|(minor, currency)| Amount { minor, currency });
        let in_its_currency = spent.clone().filter(|attempt| attempt.currency == report.currency);
        let paid = in_its_currency.filter_map(|attempt| attempt.amount_minor).fold(0, u64::saturating_add);
        let kept = Remembered {
            at_ms: report.at_ms,
            cryptograms: u8::try_from(spent.count()).unwrap_or(u8::MAX),
            asks: u8::try_from(report.attempts.len()).unwrap_or(u8::MAX),
            torn: report.outcome == Outcome::Torn,
            verified: report.verified.is_some(),
            amount,
            paid,
            // Who pays online does not stand where the merchant does.
            country: report.terminal.country.filter(|_| report.channel == Channel::Tap).unwrap_or(0),
            name,
            median_gap_ms: median(&report.gaps_ms),
            numbers,
        };
        let refused = |attempt: &super::report::Attempt| attempt.reason == Reason::UnpredictableNumberRepeated;
        let number_repeated = report.attempts.iter().any(refused).then_some(true);
        Facts { report, kept, number_repeated, number_without_chance: false }
    }

    /// Whether a reader asked for anything.
    pub(crate) fn asked(&self) -> bool {
        self.kept.asks > 0
    }
}

/// The one in the middle, of two the smaller one; 0 where there is none.
fn median(gaps_ms: &[u32]) -> u16 {
    let mut sorted = gaps_ms.to_vec();
    sorted.sort_unstable();
    let middle = sorted.get(sorted.len().saturating_sub(1) / 2).copied().unwrap_or(0);
    u16::try_from(middle).unwrap_or(u16::MAX)
}

/// All that there is to say of a contact, before it is remembered itself.
pub(crate) fn look(memory: &Memory, policy: &AlertPolicy, facts: &Facts<'_>) -> Vec<Finding> {
    let Remembered { at_ms, cryptograms, asks, .. } = facts.kept;
    let mut findings = Vec::new();
    let mut say = |rule: Rule, evidence: &[u64]| {
        let action = match rule {
            Rule::DoubleCharge if is_a_retry(policy, evidence) => Action::Note,
            // The holder had verified: it is of no use to ask him again.
            Rule::NumberRepeated if evidence.first() == Some(&0) => match policy.action(rule) {
                Action::VerifyAgain => Action::Alert,
                action => action,
            },
            _ => policy.action(rule),
        };
        findings.push(Finding { rule, action, evidence: evidence.to_vec() });
    };
    let reason = facts.report.reason;
    if reason == Some(Reason::RolledBack) {
        say(Rule::OlderCopy, &[]);
    }
    if reason == Some(Reason::StorageFailed) {
        say(Rule::StorageFailed, &[]);
    }
    let set_back_by = memory.latest_ms.saturating_sub(at_ms);
    if set_back_by > policy.clock_set_back_ms {
        say(Rule::ClockSetBack, &[set_back_by]);
    }
    if facts.asked() {
        let counted = |span_ms: u64, count: fn(&Remembered) -> u8| {
            let before = memory.since(at_ms.saturating_sub(span_ms)).map(|contact| u64::from(count(contact)));
            before.sum::<u64>()
        };
        let mut many = |rule: Rule, here: u8, before: u64, most: u64| {
            let many = before.saturating_add(here.into());
            if here > 0 && many > most {
                say(rule, &[many, most]);
            }
        };
        let asked = counted(60_000, |contact| contact.asks);
        let [ten_minutes, a_day] = [600_000, DAY_MS].map(|span| counted(span, |contact| contact.cryptograms));
        many(Rule::ManyAsksInAContact, asks, 0, policy.asks_in_a_contact);
        many(Rule::ManyAsksInAMinute, asks, asked, policy.asks_in_a_minute);
        many(Rule::ManyPaymentsInTenMinutes, cryptograms, ten_minutes, policy.payments_in_ten_minutes);
        many(Rule::ManyPaymentsInADay, cryptograms, a_day, policy.payments_in_a_day);
    }
    if let Some(refused) = facts.number_repeated {
        say(Rule::NumberRepeated, &[refused.into()]);
    }
    if facts.number_without_chance {
        say(Rule::NumberWithoutChance, &[]);
    }
    places(memory, policy, facts, &mut say);
    amounts(memory, policy, facts, &mut say);
    claims(policy, facts, &mut say);
    if let Some(evidence) = slow(memory, policy, facts) {
        say(Rule::SlowReader, &evidence);
    }
    let torn = if facts.kept.torn { u64::from(memory.torn_in_a_row).saturating_add(1) } else { 0 };
    if torn > policy.torn_in_a_row {
        say(Rule::TornInARow, &[torn]);
    }
    findings
}

/// Whoever holds the phone too short does it again at once: no one has rung the same up twice so soon.
fn is_a_retry(policy: &AlertPolicy, evidence: &[u64]) -> bool {
    evidence.last().is_some_and(|ms| *ms < policy.retry_ms)
}

/// Where terminals say that they stand.
fn places(memory: &Memory, policy: &AlertPolicy, facts: &Facts<'_>, say: &mut impl FnMut(Rule, &[u64])) {
    let Remembered { at_ms, country, .. } = facts.kept;
    let Some((before, before_ms)) = memory.last_country().filter(|_| country != 0) else { return };
    let since = memory.last_in(country);
    if since.is_none() {
        say(Rule::NewCountry, &[country.into()]);
    }
    let is_known = since.is_some_and(|last_ms| at_ms.saturating_sub(last_ms) < policy.country_is_known_ms);
    let ago_ms = at_ms.saturating_sub(before_ms);
    if before != country && !is_known && ago_ms < policy.country_change_ms {
        say(Rule::CountryChanged, &[country.into(), before.into(), ago_ms]);
    }
}

/// How much was asked for.
fn amounts(memory: &Memory, policy: &AlertPolicy, facts: &Facts<'_>, say: &mut impl FnMut(Rule, &[u64])) {
    let Remembered { at_ms, cryptograms, amount: Some(amount), name, paid, .. } = facts.kept else { return };
    let [_, knows_currencies] = memory.knows();
    let usual = memory.usual(amount.currency);
    if usual.is_none() && knows_currencies && cryptograms > 0 {
        say(Rule::NewCurrency, &[amount.currency.into()]);
    }
    if let Some(usual) = usual.filter(|usual| usual.payments >= policy.payments_to_compare) {
        let (largest, largest_day) = (usual.largest(at_ms), usual.largest_day(at_ms));
        if largest > 0 && amount.minor > largest.saturating_mul(policy.times_the_largest) {
            say(Rule::LargeAmount, &[amount.minor, largest, amount.currency.into()]);
        }
        let day = usual.paid_that_day(at_ms).saturating_add(paid);
        if cryptograms > 0 && largest_day > 0 && day > largest_day.saturating_mul(policy.times_the_largest_day) {
            say(Rule::LargeDay, &[day, largest_day, amount.currency.into()]);
        }
    }
    let since = at_ms.saturating_sub(policy.double_charge_ms);
    let same = |before: &&Remembered| {
        before.cryptograms > 0 && before.amount == Some(amount) && before.name == name && !before.torn
    };
    let before = memory.since(since).find(same);
    if let Some(before) = before.filter(|_| cryptograms > 0 && amount.minor > 0) {
        say(Rule::DoubleCharge, &[amount.minor, amount.currency.into(), at_ms.saturating_sub(before.at_ms)]);
    }
}

/// What terminals say beside.
fn claims(policy: &AlertPolicy, facts: &Facts<'_>, say: &mut impl FnMut(Rule, &[u64])) {
    let terminal = &facts.report.terminal;
    if let Some(day) = terminal.date.and_then(date::day_of) {
        let today = facts.kept.at_ms.checked_div(DAY_MS).unwrap_or(0);
        // The wallet's day is that of UTC; a terminal's may be the one before or behind.
        let off = day.abs_diff(today);
        if off > policy.days_off {
            say(Rule::TerminalDateWrong, &[off, (day > today).into()]);
        }
    }
    let amount = facts.kept.amount.map_or(0, |amount| amount.minor);
    if let Some(transaction_type) = terminal.transaction_type.filter(|transaction_type| *transaction_type != 0) {
        say(Rule::UnusualType, &[transaction_type.into(), amount]);
    }
}

/// Whether somebody may stand between. One slow command says nothing; where most are, and far beyond what this wallet meets.
fn slow(memory: &Memory, policy: &AlertPolicy, facts: &Facts<'_>) -> Option<[u64; 3]> {
    let (usual, contacts) = memory.usual_gap_ms();
    let median = u64::from(facts.kept.median_gap_ms);
    let in_all = facts.report.gaps_ms.iter().fold(0, |sum: u64, gap| sum.saturating_add((*gap).into()));
    let is_slow = median > u64::from(usual).saturating_mul(policy.times_as_slow);
    let is_very_slow = median > policy.slow_gap_ms || in_all > policy.slow_contact_ms;
    (contacts >= policy.contacts_to_compare && is_slow && is_very_slow).then_some([median, usual.into(), in_all])
}
