//! Alerts in the ledger: what is remembered of contacts, which alerts wait to be acknowledged, and which unpredictable numbers payments
//! had. Numbers and names are kept as a keyed hash.

use ring::digest::{Context, SHA256};

use super::Ledger;
use super::record::Record;
use super::state::LedgerState;
use crate::card::alert::Alert;
use crate::card::alert_kind::Action;
use crate::card::alert_memory::{MemoryRecord, Remembered};
use crate::card::alert_policy::AlertPolicy;
use crate::card::alert_rules::{Facts, look};
use crate::card::holder_rules::HolderRules;
use crate::card::report::Report;
use crate::card::snapshot::CardId;
use crate::error::LedgerError;
use crate::keys::channel::Channel;

/// So many alerts wait to be acknowledged; the oldest gives way.
const MOST_ALERTS: usize = 256;

/// What a contact leaves.
#[derive(Debug, Clone, Default)]
pub(super) struct SeenContact {
    alerts: Vec<Alert>,
    kept: Option<Remembered>,
    /// The rules of its card, where that is frozen now.
    frozen: Option<(CardId, HolderRules)>,
}

impl SeenContact {
    pub(super) fn records(self) -> impl Iterator<Item = Record> {
        let frozen = self.frozen.map(|(card, rules)| Record::HolderRules { card, rules });
        let kept = self.kept.map(|kept| Record::Remembered(MemoryRecord::Contact(kept)));
        frozen.into_iter().chain(kept).chain(self.alerts.into_iter().map(Record::Alert))
    }
}

impl Ledger {
    /// Whether another payment had this number: of the last ones, or in this contact. Of a wallet that has met one number alone nothing
    /// can be said yet: it may lie on a desk, before a reader that has no other.
    pub(crate) fn had_number(&self, number: [u8; 4]) -> bool {
        self.had(self.hashed(&number))
    }

    fn had(&self, hashed: u32) -> bool {
        let numbers = || self.numbers.given.iter().chain(self.state.memory.numbers());
        numbers().any(|had| *had == hashed) && numbers().any(|had| *had != hashed)
    }

    /// A payment has this number. Kept until the contact's end, then in the ledger.
    pub(crate) fn number_given(&mut self, number: [u8; 4]) {
        let hashed = self.hashed(&number);
        self.numbers.repeated |= self.had(hashed);
        self.numbers.without_chance |= number == [0x00; 4] || number == [0xFF; 4];
        self.numbers.give(hashed);
    }

    /// Whether an alert came to it that the holder must verify for the next payment.
    pub(crate) fn wants_verification(&self) -> bool {
        self.state.memory.wants_verification
    }

    /// Alerts that were not acknowledged, oldest first.
    pub(crate) fn alerts(&self) -> Vec<Alert> {
        self.state.alerts.values().cloned().collect()
    }

    /// The app has this alert: it is not told again.
    ///
    /// # Errors
    /// The disk's.
    pub(crate) fn acknowledge_alert(&mut self, id: u64) -> Result<(), LedgerError> {
        let place = self.state.alerts.iter().find(|(_, alert)| alert.id() == id).map(|(place, _)| *place);
        let acknowledged = place.map(|(contact, rule)| Record::AlertAcknowledged { contact, rule });
        self.write(acknowledged.into_iter().collect())
    }

    /// What there is to say of a contact that has ended, and to remember. A contact in which nobody asked for anything leaves nothing.
    pub(super) fn look_at(&self, report: &Report) -> SeenContact {
        let name = report.terminal.merchant_name.as_ref().map_or(0, |name| self.hashed(name.as_bytes()));
        let at_a_reader = report.channel == Channel::Tap;
        let numbers = if at_a_reader { self.numbers.given.clone() } else { Vec::new() };
        let mut facts = Facts::of(report, name, numbers);
        if at_a_reader && self.numbers.repeated {
            facts.number_repeated.get_or_insert(false);
        }
        facts.number_without_chance = at_a_reader && self.numbers.without_chance;
        let Some(contact) = report.id.filter(|_| facts.asked()) else {
            return SeenContact::default();
        };
        let (at_ms, card) = (report.at_ms, report.card);
        let held = card.and_then(|card| self.state.cards.get(&card));
        let policy = AlertPolicy::under(held.map_or(&[], |held| &held.policy.alerts));
        let findings = look(&self.state.memory, &policy, &facts);
        let freezes = findings.iter().any(|finding| finding.action == Action::Freeze);
        let rules = held.filter(|_| freezes).map(|held| HolderRules { frozen: true, ..held.rules.holder.clone() });
        let findings = findings.into_iter();
        let alerts = findings.map(|finding| Alert {
            contact,
            rule: finding.rule,
            action: finding.action,
            at_ms,
            card,
            evidence: finding.evidence,
        });
        SeenContact { alerts: alerts.collect(), kept: Some(facts.kept), frozen: card.zip(rules) }
    }

    /// The first bytes of a hash that is this wallet's own.
    fn hashed(&self, bytes: &[u8]) -> u32 {
        let mut context = Context::new(&SHA256);
        context.update(b"hcepay alerts 1");
        context.update(self.identity().wallet.bytes());
        context.update(bytes);
        let digest = context.finish();
        digest.as_ref().first_chunk().map_or(0, |first| u32::from_be_bytes(*first))
    }
}

impl LedgerState {
    pub(super) fn keep_alert(&mut self, alert: Alert) {
        self.memory.wants_verification |= alert.action == Action::VerifyAgain;
        self.alerts.insert((alert.contact, alert.rule), alert);
        if self.alerts.len() > MOST_ALERTS {
            self.alerts.pop_first();
        }
    }
}
