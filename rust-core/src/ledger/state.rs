//! What a wallet holds, as its records tell it: who it is, cards, keys, how far each counter has come, what is leased, and
//! the contacts whose reports were not acknowledged. The same code applies a record when it is written and when it is
//! read again.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::coupon_record::CouponRecord;
use super::coupons::Coupons;
use super::journal::Journal;
use super::key_counter::{Counter, HeldKey, Leased};
use super::key_sequence::Sequence;
use super::key_sequence::Use;
use super::record::{Boot, ChosenOnce, Dropped, Rate, Record};
use super::rules::Rules;
use super::spent::{self, Spent};
use super::transfer_journal::TransferJournal;
use crate::card::alert::Alert;
use crate::card::alert_kind::Rule;
use crate::card::alert_memory::{Memory, MemoryRecord};
use crate::card::cryptogram_budget::Unverified;
use crate::card::life_cycle::CardState;
use crate::card::policy::Policy;
use crate::card::profile::TokenDigest;
use crate::card::report::Report;
use crate::card::snapshot::CardId;
use crate::card::statement::Statement;
use crate::coupon::coupon_terms::CouponUse;
use crate::emv::aid::Aid;
use crate::emv::amount::Amount;
use crate::emv::atc::Atc;
use crate::keys::channel::Channel;
use crate::keys::icc_key::HeldIccKey;
use crate::keys::identity::Identity;
use crate::keys::payment_key::{HeldSecret, PaymentKey};
use crate::now::Now;

/// A wall clock that is set back by more than this is not believed.
const BELIEVED_MS: u64 = 5 * 60_000;
const LONG_AGO_MS: u64 = 60 * 24 * 3_600_000;
/// So many digests of envelopes are kept.
const MOST_DIGESTS: usize = 32;

/// The sum of all records.
#[derive(Debug, Default)]
pub(super) struct LedgerState {
    pub(super) identity: Option<Identity>,
    pub(super) cards: BTreeMap<CardId, HeldCard>,
    pub(super) deleted: BTreeSet<CardId>,
    /// Counters that cards deleted since have come to: another card with their token goes on above.
    counters_of_deleted: BTreeMap<(TokenDigest, Aid, Channel), Atc>,
    pub(super) chosen: Option<CardId>,
    pub(super) chosen_once: Option<ChosenOnce>,
    counters: BTreeMap<Sequence, Counter>,
    /// Contacts that spent a key, or a use of a coupon, and whose reports were not acknowledged.
    pub(super) contacts: BTreeMap<u64, HeldContact>,
    /// The last number that a contact, a row or a transfer had.
    pub(super) last_contact: u64,
    pub(super) journal: Journal,
    /// The highest sequence of the issuer's envelopes, and which ones were the last.
    pub(super) highest_envelope: u64,
    pub(super) digests: Vec<[u8; 32]>,
    /// The highest wall clock that was seen when a key was spent.
    pub(super) clock: u64,
    /// The boot in which the records applied now were written, and the highest boot clock that was seen in it.
    pub(super) boot_count: u32,
    pub(super) boot_ms: u64,
    /// An older copy was put back, and the issuer has not answered since.
    pub(super) rolled_back: bool,
    pub(super) used: BTreeMap<CardId, Used>,
    /// Those that were not acknowledged, by contact and rule.
    pub(super) alerts: BTreeMap<(u64, Rule), Alert>,
    pub(super) memory: Memory,
    pub(super) transfers: TransferJournal,
    pub(super) coupons: Coupons,
    unknown: Vec<(u8, Vec<u8>)>,
}

/// A card.
#[derive(Debug)]
pub(crate) struct HeldCard {
    pub(crate) state: CardState,
    pub(crate) codes: u8,
    pub(crate) policy: Policy,
    pub(crate) token: TokenDigest,
    pub(crate) profile: Vec<u8>,
    /// Of each application that has one.
    pub(crate) icc_keys: BTreeMap<Aid, Arc<HeldIccKey>>,
    /// The spend key of its keys was lost, and none came since.
    pub(crate) keys_lost: bool,
    pub(crate) rules: Rules,
    /// The issuer's last word on the account, where it told one.
    pub(crate) statement: Option<Statement>,
}

/// How a card was used.
#[derive(Debug)]
pub(super) struct Used {
    pub(super) rate: Rate,
    pub(super) unverified: Unverified,
}

/// A contact that spent keys, or a use of a coupon.
#[derive(Debug, Default)]
pub(super) struct HeldContact {
    pub(super) spent: Vec<Spent>,
    /// And when it was presented.
    pub(super) coupon: Option<(CouponUse, u64)>,
    pub(super) reported: Option<Arc<Report>>,
}

impl LedgerState {
    /// Those of a new wallet.
    pub(super) fn new(identity: Identity, now: Now) -> LedgerState {
        let (boot_count, boot_ms) = (now.boot_count, now.boot_ms);
        LedgerState { identity: Some(identity), boot_count, boot_ms, ..LedgerState::default() }
    }

    /// What a record changes, and by which number it stands in the log.
    pub(super) fn apply(&mut self, record: Record, number: u64) {
        match record {
            Record::Opened { boot, .. } => self.begin(boot),
            Record::Identity(identity) => self.identity = Some(identity),
            Record::Card { card, state, codes, policy, token, profile } => {
                if !self.deleted.contains(&card) {
                    let before = self.cards.remove(&card);
                    let kept = before.map(|held| (held.keys_lost, held.icc_keys, held.rules, held.statement));
                    let (keys_lost, icc_keys, rules, statement) = kept.unwrap_or_default();
                    let held = HeldCard { state, codes, policy, token, profile, icc_keys, keys_lost, rules, statement };
                    self.cards.insert(card, held);
                }
            }
            Record::CardState { card, state, codes } => {
                if let Some(held) = self.cards.get_mut(&card) {
                    (held.state, held.codes) = (state, codes);
                }
            }
            Record::Policy { card, policy } => {
                if let Some(held) = self.cards.get_mut(&card) {
                    held.policy = policy;
                }
            }
            Record::Key { card, paid, key } => self.take_in(card, paid, key),
            Record::Leased { leased, boot_ms } => {
                self.boot_ms = self.boot_ms.max(boot_ms);
                self.lease(leased, number);
            }
            Record::Released(released) => {
                if let Some(counter) = self.counters.get_mut(&released.sequence) {
                    counter.leased = counter.leased.filter(|leased| leased.atc != released.atc);
                }
            }
            Record::Consumed { contact, spent, amount, wall_ms, verified } => {
                if !self.deleted.contains(&spent.sequence.card) {
                    self.counters.entry(spent.sequence).or_default().pass(spent.atc, Some(&amount));
                    let unverified = self.count_use(spent.sequence.card, wall_ms);
                    if verified { *unverified = Unverified::default() } else { unverified.count(wall_ms) }
                }
                if let Some(held) = self.cards.get_mut(&spent.sequence.card) {
                    held.rules.count(&amount, verified);
                }
                if spent.sequence.channel == Channel::Tap {
                    self.chosen_once = self.chosen_once.filter(|once| once.card != spent.sequence.card);
                }
                let spent = Spent { one_use: spent, amount, wall_ms, verified };
                self.contacts.entry(contact).or_default().spent.push(spent);
                self.last_contact = self.last_contact.max(contact);
                self.clock = self.clock.max(wall_ms);
            }
            Record::Burned(burned) => self.counters.entry(burned.sequence).or_default().pass(burned.atc, None),
            Record::KeysDropped { card, why } => {
                self.counters_of(card).for_each(|counter| (counter.keys, counter.leased) = (VecDeque::new(), None));
                if let Some(held) = self.cards.get_mut(&card) {
                    held.keys_lost = why == Dropped::SpendKeyLost;
                    held.icc_keys.clear();
                }
            }
            Record::CardDeleted(card) => self.delete(card),
            Record::CounterOfDeleted { token, aid, channel, atc } => self.keep_counter(token, aid, channel, atc),
            Record::Chosen(card) => self.chosen = self.cards.contains_key(&card).then_some(card),
            Record::Reported { contact, outcome, reason, keys_left, attempts } => {
                let held = self.contacts.get(&contact);
                if let Some(held) = held {
                    let report = spent::report(contact, &held.spent, (outcome, reason, keys_left), &attempts);
                    self.apply(Record::Row(Arc::new(report)), number);
                }
                self.last_contact = self.last_contact.max(contact);
            }
            Record::Row(report) => {
                if let Some(held) = report.id.and_then(|id| self.contacts.get_mut(&id)) {
                    held.reported = Some(Arc::clone(&report));
                }
                self.last_contact = self.last_contact.max(report.id.unwrap_or(0));
                self.journal.keep(report);
            }
            Record::Settled { row, notice } => {
                self.last_contact = self.last_contact.max(row);
                self.journal.settle(row, notice);
            }
            Record::RowDeleted { row, payments } => self.journal.delete(row, &payments),
            Record::Acknowledged(contact) => {
                self.contacts.remove(&contact);
                self.last_contact = self.last_contact.max(contact);
            }
            Record::Applied { sequence, digest, effects } => {
                self.highest_envelope = self.highest_envelope.max(sequence);
                self.digests.push(digest);
                let surplus = self.digests.len().saturating_sub(MOST_DIGESTS);
                self.digests.drain(..surplus);
                effects.into_iter().for_each(|effect| self.apply(effect, number));
            }
            Record::Envelopes { highest, digests } => (self.highest_envelope, self.digests) = (highest, digests),
            Record::Clock(wall_ms) => {
                self.clock = wall_ms;
                self.memory.set_clock(wall_ms);
                self.used.values_mut().for_each(|used| used.unverified.set_clock(wall_ms));
            }
            Record::Rate { card, rate, unverified } => {
                self.used.insert(card, Used { rate, unverified });
            }
            Record::Ratcheted { leased, boot_ms, key, beyond } => {
                self.boot_ms = self.boot_ms.max(boot_ms);
                self.go_forward(leased, key, beyond, number);
            }
            Record::IccKey { card, key } => {
                if let Some(held) = self.cards.get_mut(&card) {
                    held.icc_keys.insert(key.aid, key);
                }
            }
            Record::HolderRules { card, rules } => {
                if let Some(held) = self.cards.get_mut(&card) {
                    held.rules.set(rules);
                }
            }
            Record::UsedSince { card, since, temporarily_used } => {
                if let Some(held) = self.cards.get_mut(&card) {
                    (held.rules.since, held.rules.temporarily_used) = (since, temporarily_used);
                }
            }
            Record::ChosenOnce(once) => {
                self.chosen_once = Some(once).filter(|once| self.cards.contains_key(&once.card))
            }
            Record::Alert(alert) => self.keep_alert(alert),
            Record::AlertAcknowledged { contact, rule } => drop(self.alerts.remove(&(contact, rule))),
            Record::Remembered(MemoryRecord::Whole(memory)) => self.memory = *memory,
            Record::Remembered(MemoryRecord::Contact(contact)) => self.memory.take_in(&contact),
            Record::Statement { card, statement } => {
                if let Some(held) = self.cards.get_mut(&card) {
                    held.statement = Some(statement);
                }
            }
            Record::Transfer(signed) => {
                self.last_contact = self.last_contact.max(signed.numbered.number);
                self.transfers.keep(signed);
            }
            Record::TransferSettled(notice) => self.transfers.settle(notice),
            Record::TransferDeleted(number) => self.transfers.delete(number),
            Record::Coupon(record) => self.apply_coupon(record, number),
            Record::Unknown { kind, body } => self.unknown.push((kind, body)),
        }
    }

    fn apply_coupon(&mut self, record: CouponRecord, number: u64) {
        match record {
            CouponRecord::Consumed { contact, spent, wall_ms } => {
                if contact != 0 {
                    self.contacts.entry(contact).or_default().coupon = Some((spent, wall_ms));
                }
                self.last_contact = self.last_contact.max(contact);
                self.clock = self.clock.max(wall_ms);
            }
            CouponRecord::Chosen { boot_ms, .. } => self.boot_ms = self.boot_ms.max(boot_ms),
            _ => {}
        }
        self.coupons.apply(record, number, self.clock);
    }

    fn take_in(&mut self, card: CardId, paid: Vec<Amount>, key: PaymentKey) {
        if let Some(held) = self.cards.get_mut(&card) {
            held.keys_lost = false;
        }
        let sequence = Sequence { card, aid: key.aid, channel: key.channel };
        let counter = self.counters.entry(sequence).or_default();
        let used = counter.used_of(&key);
        let held = HeldKey { key, used, paid, next_key: None };
        counter.hold(held);
    }

    /// Older uses count for less: every sixty days all that was counted is halved. Gives those without verification.
    fn count_use(&mut self, card: CardId, wall_ms: u64) -> &mut Unverified {
        let new = || Used { rate: Rate { uses: 0, since_ms: wall_ms }, unverified: Unverified::default() };
        let Used { rate, unverified } = self.used.entry(card).or_insert_with(new);
        rate.uses = rate.uses.saturating_add(1);
        let span = wall_ms.saturating_sub(rate.since_ms);
        if span > LONG_AGO_MS {
            *rate = Rate { uses: rate.uses / 2, since_ms: rate.since_ms.saturating_add(span / 2) };
        }
        unverified
    }

    fn lease(&mut self, leased: Use, number: u64) {
        let counter = self.counters.entry(leased.sequence).or_default();
        counter.leased = Some(Leased { atc: leased.atc, number });
    }

    /// The seed stands at the next counter; the key of the leased one is kept until it is spent.
    fn go_forward(&mut self, leased: Use, key: HeldSecret, beyond: HeldSecret, number: u64) {
        self.lease(leased, number);
        let counter = self.counters.entry(leased.sequence).or_default();
        if let Some(held) = counter.keys.iter_mut().find(|held| held.next() == Some(leased.atc)) {
            (held.key.secret, held.next_key) = (beyond, Some(key));
        }
    }

    fn delete(&mut self, card: CardId) {
        self.deleted.insert(card);
        self.used.remove(&card);
        self.journal.forget_card(card);
        let token = self.cards.remove(&card).map(|held| held.token);
        let gone: Vec<Sequence> = self.counters.keys().filter(|sequence| sequence.card == card).copied().collect();
        for sequence in gone {
            let counter = self.counters.remove(&sequence);
            if let Some((token, atc)) = token.zip(counter.and_then(|counter| counter.highest())) {
                self.keep_counter(token, sequence.aid, sequence.channel, atc);
            }
        }
        if self.chosen == Some(card) {
            self.chosen = self.cards.keys().next().copied();
        }
        self.chosen_once = self.chosen_once.filter(|once| once.card != card);
    }

    fn keep_counter(&mut self, token: TokenDigest, aid: Aid, channel: Channel, atc: Atc) {
        let kept = self.counters_of_deleted.entry((token, aid, channel)).or_insert(atc);
        *kept = (*kept).max(atc);
    }

    /// The wall clock: set back by a little it makes nothing valid again.
    pub(super) fn latest_ms(&self, wall_ms: u64) -> u64 {
        wall_ms.max(self.clock)
    }

    /// Whether the wall clock stands before what was seen already.
    pub(super) fn clock_was_set_back(&self, wall_ms: u64) -> bool {
        wall_ms.saturating_add(BELIEVED_MS) < self.clock
    }

    /// Whether a card has given as many cryptograms without verification as its policy allows.
    pub(super) fn is_over_budget(&self, card: CardId, wall_ms: u64) -> bool {
        let (held, used) = (self.cards.get(&card), self.used.get(&card));
        held.zip(used).is_some_and(|(held, used)| used.unverified.are_enough(&held.policy, self.latest_ms(wall_ms)))
    }

    /// Whether this is the boot that was seen last: what was written in it is all there, whatever became of the process. A count
    /// of 0 is none, and a count that is the same with a boot clock before what was seen is another boot's.
    pub(super) fn is_in_boot(&self, now: Now) -> bool {
        now.boot_count != 0 && now.boot_count == self.boot_count && now.boot_ms >= self.boot_ms
    }

    /// The card that pays now: that of the choice for one payment, else the default card.
    pub(super) fn paying(&self, now: Now) -> Option<CardId> {
        self.once(now).or(self.chosen)
    }

    /// The card that was chosen for one payment, where that still counts.
    pub(super) fn once(&self, now: Now) -> Option<CardId> {
        self.chosen_once.filter(|once| once.counts(now)).map(|once| once.card)
    }

    /// A segment of the log begins.
    pub(super) fn begin(&mut self, boot: Boot) {
        (self.boot_count, self.boot_ms, self.rolled_back) = (boot.count, boot.clock_ms, boot.rolled_back);
        if boot.burns_leases || boot.rolled_back {
            // It may have paid, whatever the platform counts as a boot.
            self.chosen_once = None;
        }
        if boot.burns_leases {
            for (sequence, counter) in &mut self.counters {
                let Some(leased) = counter.leased else { continue };
                counter.pass(leased.atc, None);
                if let Some(held) = self.cards.get_mut(&sequence.card) {
                    held.rules.count_lost();
                }
            }
        }
        if boot.rolled_back {
            // At every opening: until the issuer has answered, no mark tells one older copy from another.
            self.cards.values_mut().for_each(|held| held.rules.put_back());
        }
        self.coupons.begin(boot);
    }

    fn counters_of(&mut self, card: CardId) -> impl Iterator<Item = &mut Counter> {
        self.counters.iter_mut().filter(move |(sequence, _)| sequence.card == card).map(|(_, counter)| counter)
    }
}

mod keys;
mod snapshot;
#[cfg(test)]
mod tests;
