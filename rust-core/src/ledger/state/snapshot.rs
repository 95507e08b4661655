//! What a wallet holds, as records again: what a log that is written anew begins with.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{HeldCard, LedgerState, Rules};
use crate::card::alert_memory::{Memory, MemoryRecord};
use crate::card::holder_rules::HolderRules;
use crate::coupon::coupon_terms::CouponUse;
use crate::ledger::coupon_record::CouponRecord;
use crate::ledger::key_sequence::Use;
use crate::ledger::record::{Dropped, Record};
use crate::ledger::spent::Spent;

impl LedgerState {
    /// The fewest records that come to the same.
    pub(in crate::ledger) fn snapshot(&self) -> Vec<Record> {
        let mut records = vec![Record::Envelopes { highest: self.highest_envelope, digests: self.digests.clone() }];
        records.extend(self.identity.clone().map(Record::Identity));
        records.extend(self.deleted.iter().map(|card| Record::CardDeleted(*card)));
        let kept = self.counters_of_deleted.iter();
        records.extend(kept.map(|((token, aid, channel), atc)| Record::CounterOfDeleted {
            token: *token,
            aid: *aid,
            channel: *channel,
            atc: *atc,
        }));
        let mut used_since = Vec::new();
        for (card, held) in &self.cards {
            let HeldCard { state, codes, token, .. } = *held;
            let (policy, profile) = (held.policy.clone(), held.profile.clone());
            records.push(Record::Card { card: *card, state, codes, policy, token, profile });
            let Rules { holder, since, temporarily_used } = &held.rules;
            if *holder != HolderRules::default() {
                records.push(Record::HolderRules { card: *card, rules: holder.clone() });
            }
            records.extend(held.statement.map(|statement| Record::Statement { card: *card, statement }));
            used_since.push(Record::UsedSince {
                card: *card,
                since: since.clone(),
                temporarily_used: temporarily_used.clone(),
            });
        }
        records.extend(self.chosen.map(Record::Chosen));
        // Before the contacts: it says how far their numbers have come, and takes none away.
        records.push(Record::Acknowledged(self.last_contact));
        records.extend(self.coupons.snapshot().into_iter().map(Record::Coupon));
        let told: BTreeSet<CouponUse> =
            self.contacts.values().filter_map(|held| held.coupon.map(|(spent, _)| spent)).collect();
        for (contact, held) in &self.contacts {
            records.extend(
                held.coupon.map(|(spent, wall_ms)| {
                    Record::Coupon(CouponRecord::Consumed { contact: *contact, spent, wall_ms })
                }),
            );
            let consumed = |spent: &Spent| Record::Consumed {
                contact: *contact,
                spent: spent.one_use,
                amount: spent.amount,
                wall_ms: spent.wall_ms,
                verified: spent.verified,
            };
            records.extend(held.spent.iter().map(consumed));
            // Its row has fallen out, or was deleted; it is still to be told. Other reports stand in their rows.
            if let Some(report) = held.reported.as_ref().filter(|_| !self.journal.has(*contact)) {
                records.push(Record::Row(Arc::clone(report)));
                records.push(Record::RowDeleted { row: *contact, payments: Vec::new() });
            }
        }
        records.extend(self.journal.snapshot());
        records.extend(self.transfers.snapshot());
        for (sequence, counter) in &self.counters {
            let sequence = *sequence;
            records.extend(counter.last.map(|atc| Record::Burned(Use { sequence, atc })));
            for held in &counter.keys {
                let (paid, key) = (held.paid.clone(), held.key.copy());
                records.push(Record::Key { card: sequence.card, paid, key });
                if let Some(key) = &held.next_key {
                    let leased = held.next_use(&sequence).one_use;
                    let (key, beyond) = (key.copy(), held.key.secret.copy());
                    let ratcheted = Record::Ratcheted { leased, boot_ms: self.boot_ms, key, beyond };
                    records.extend([ratcheted, Record::Released(leased)]);
                }
            }
            records.extend(
                counter
                    .leased
                    .map(|leased| Record::Leased { leased: Use { sequence, atc: leased.atc }, boot_ms: self.boot_ms }),
            );
        }
        let presented = self.coupons.presented(|spent| told.contains(&spent));
        records.extend(presented.into_iter().map(Record::Coupon));
        let lost = self.cards.iter().filter(|(_, held)| held.keys_lost);
        records.extend(lost.map(|(card, _)| Record::KeysDropped { card: *card, why: Dropped::SpendKeyLost }));
        for (card, held) in &self.cards {
            records.extend(held.icc_keys.values().map(|key| Record::IccKey { card: *card, key: Arc::clone(key) }));
        }
        // Behind the contacts: their uses are counted already, and the issuer's time may have set the clock back since.
        records.extend(used_since);
        records.extend(self.chosen_once.map(Record::ChosenOnce));
        records.push(Record::Clock(self.clock));
        records.extend(self.used.iter().map(|(card, used)| Record::Rate {
            card: *card,
            rate: used.rate,
            unverified: used.unverified.clone(),
        }));
        records.extend(self.alerts.values().cloned().map(Record::Alert));
        if self.memory != Memory::default() {
            records.push(Record::Remembered(MemoryRecord::Whole(Box::new(self.memory.clone()))));
        }
        let unknown = self.unknown.iter().map(|(kind, body)| Record::Unknown { kind: *kind, body: body.clone() });
        records.extend(unknown);
        records
    }
}
