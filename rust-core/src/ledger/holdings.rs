//! What a wallet holds, as its records tell it: cards, keys, how far each counter has come, what was leased and which
//! contacts were never closed. The same code applies a record when it is written and when it is read again.

use std::collections::{BTreeMap, BTreeSet};

use super::record::{Record, Use};
use super::{Amount, CardId, NoLease};
use crate::aid::Aid;
use crate::payment_key::{Atc, KeyTerms, PaymentKey, SecretKey};

/// The sum of all records.
#[derive(Debug, Default)]
pub(super) struct Holdings {
    pub(super) cards: BTreeMap<CardId, Vec<u8>>,
    pub(super) deleted: BTreeSet<CardId>,
    sequences: Vec<Sequence>,
    /// Contacts that spent a key and were not closed.
    pub(super) open_contacts: Vec<(u64, Use, Amount)>,
    pub(super) last_contact: u64,
    /// The boot in which the records applied now were written.
    pub(super) boot_count: u32,
    unknown: Vec<(u8, Vec<u8>)>,
}

/// One rising sequence of counters: an application of a card.
#[derive(Debug)]
struct Sequence {
    card: CardId,
    aid: Aid,
    /// The highest counter that is gone: spent or burned.
    last: Atc,
    keys: Vec<HeldKey>,
    leased: Option<Leased>,
}

/// The use that is leased, and in which boot.
#[derive(Debug, Clone, Copy)]
struct Leased {
    atc: Atc,
    boot_count: u32,
}

/// A key and how many of its uses are gone.
#[derive(Debug)]
struct HeldKey {
    key: PaymentKey,
    used: u16,
}

impl HeldKey {
    fn next(&self) -> Option<Atc> {
        self.key.atc_after(self.used)
    }
}

impl Holdings {
    /// What a record changes.
    pub(super) fn apply(&mut self, record: Record) {
        match record {
            Record::Opened { boot_count, .. } => self.boot_count = boot_count,
            Record::CardInstalled { card, profile } => {
                if !self.deleted.contains(&card) {
                    self.cards.insert(card, profile);
                }
            }
            Record::KeyAdded { card, key } => {
                let sequence = self.sequence(card, key.aid);
                if key.first_atc > sequence.last.number() {
                    sequence.keys.push(HeldKey { key, used: 0 });
                }
            }
            Record::Leased(Use { card, aid, atc }) => {
                let leased = Leased { atc, boot_count: self.boot_count };
                self.sequence(card, aid).leased = Some(leased);
            }
            Record::Consumed { contact, spent, amount } => {
                self.sequence(spent.card, spent.aid).pass(spent.atc);
                self.open_contacts.push((contact, spent, amount));
                self.last_contact = self.last_contact.max(contact);
            }
            Record::Burned(burned) => self.sequence(burned.card, burned.aid).pass(burned.atc),
            Record::CardDeleted(card) => {
                self.deleted.insert(card);
                self.cards.remove(&card);
                self.sequences.retain(|sequence| sequence.card != card);
            }
            Record::ContactClosed(contact) => {
                self.open_contacts.retain(|(open, _, _)| *open != contact);
                self.last_contact = self.last_contact.max(contact);
            }
            Record::Unknown { kind, body } => self.unknown.push((kind, body)),
        }
    }

    /// The next use of the first key that may be used now, and the index of that key where it has one.
    pub(super) fn next_use(&self, card: CardId, aid: &Aid, wall_ms: u64) -> Result<(Use, Option<[u8; 4]>), NoLease> {
        let mut why = NoLease::NoKeyLeft;
        for held in self.find(card, aid).into_iter().flat_map(|sequence| &sequence.keys) {
            let Some(atc) = held.next() else { continue };
            if wall_ms < held.key.not_before_ms {
                return Err(NoLease::KeyNotYetValid);
            }
            if wall_ms > held.key.not_after_ms {
                why = NoLease::KeyExpired;
                continue;
            }
            return Ok((Use { card, aid: *aid, atc }, held.key.derivation_data));
        }
        Err(why)
    }

    /// The key whose next use this is, still there.
    pub(super) fn key_for(&self, one_use: &Use) -> Option<SecretKey> {
        let keys = self.find(one_use.card, &one_use.aid)?.keys.iter();
        let mut fitting = keys.filter(|held| held.next() == Some(one_use.atc));
        fitting.next().map(|held| held.key.key.copy())
    }

    pub(super) fn is_leased(&self, one_use: &Use) -> bool {
        let leased = self.find(one_use.card, &one_use.aid).and_then(|sequence| sequence.leased);
        leased.is_some_and(|leased| leased.atc == one_use.atc && leased.boot_count == self.boot_count)
    }

    /// Uses that were leased before the phone was last started: what was written after that may be lost.
    pub(super) fn leases_of_other_boots(&self, boot_count: u32) -> Vec<Use> {
        let leased = |sequence: &Sequence| {
            let leased = sequence.leased.filter(|leased| leased.boot_count != boot_count)?;
            Some(Use { card: sequence.card, aid: sequence.aid, atc: leased.atc })
        };
        self.sequences.iter().filter_map(leased).collect()
    }

    /// The counter of the last use that is gone; 0000 before the first.
    pub(super) fn last_atc(&self, card: CardId, aid: &Aid) -> Atc {
        self.find(card, aid).map_or(Atc::NONE_YET, |sequence| sequence.last)
    }

    /// The highest counter that is gone or that a key is held for.
    pub(super) fn highest_atc(&self, card: CardId, aid: &Aid) -> Atc {
        let Some(sequence) = self.find(card, aid) else { return Atc::NONE_YET };
        let held = sequence.keys.iter().map(|held| held.key.last_atc()).max();
        held.unwrap_or(Atc::NONE_YET).max(sequence.last)
    }

    /// How many uses are left that are not too old.
    pub(super) fn uses_left(&self, card: CardId, aid: &Aid, wall_ms: u64) -> u32 {
        let keys = self.find(card, aid).into_iter().flat_map(|sequence| &sequence.keys);
        let valid = keys.filter(|held| wall_ms <= held.key.not_after_ms);
        valid.map(|held| u32::from(held.key.uses.saturating_sub(held.used))).sum()
    }

    /// The fewest records that come to the same.
    pub(super) fn snapshot(&self) -> Vec<Record> {
        let mut records: Vec<Record> = self.deleted.iter().map(|card| Record::CardDeleted(*card)).collect();
        let installed =
            |(card, profile): (&CardId, &Vec<u8>)| Record::CardInstalled { card: *card, profile: profile.clone() };
        records.extend(self.cards.iter().map(installed));
        records.push(Record::ContactClosed(self.last_contact));
        for (contact, spent, amount) in &self.open_contacts {
            records.push(Record::Consumed { contact: *contact, spent: *spent, amount: *amount });
        }
        for sequence in &self.sequences {
            let (card, aid) = (sequence.card, sequence.aid);
            if sequence.last > Atc::NONE_YET {
                records.push(Record::Burned(Use { card, aid, atc: sequence.last }));
            }
            records.extend(sequence.keys.iter().filter_map(rest_of).map(|key| Record::KeyAdded { card, key }));
            if let Some(leased) = sequence.leased {
                records.push(Record::Leased(Use { card, aid, atc: leased.atc }));
            }
        }
        let unknown = self.unknown.iter().map(|(kind, body)| Record::Unknown { kind: *kind, body: body.clone() });
        records.extend(unknown);
        records
    }

    fn find(&self, card: CardId, aid: &Aid) -> Option<&Sequence> {
        self.sequences.iter().find(|sequence| sequence.card == card && sequence.aid == *aid)
    }

    fn sequence(&mut self, card: CardId, aid: Aid) -> &mut Sequence {
        let place = self.sequences.iter().position(|sequence| sequence.card == card && sequence.aid == aid);
        let place = place.unwrap_or_else(|| {
            self.sequences.push(Sequence { card, aid, last: Atc::NONE_YET, keys: Vec::new(), leased: None });
            self.sequences.len().saturating_sub(1)
        });
        self.sequences.get_mut(place).expect("it was found or pushed just now")
    }
}

impl Sequence {
    /// This counter is gone, and with it all below: a sequence only rises.
    fn pass(&mut self, atc: Atc) {
        if atc <= self.last {
            return;
        }
        self.last = atc;
        self.leased = self.leased.filter(|leased| leased.atc > atc);
        for held in &mut self.keys {
            let gone = atc.number().checked_sub(held.key.first_atc).and_then(|before| before.checked_add(1));
            held.used = held.used.max(gone.unwrap_or(0));
        }
        self.keys.retain(|held| held.next().is_some());
    }
}

/// A key as it is still to be used.
fn rest_of(held: &HeldKey) -> Option<PaymentKey> {
    let terms = KeyTerms {
        aid: held.key.aid.bytes().to_vec(),
        first_atc: held.next()?.number(),
        uses: held.key.uses.checked_sub(held.used)?,
        not_before_ms: held.key.not_before_ms,
        not_after_ms: held.key.not_after_ms,
        derivation_data: held.key.derivation_data,
    };
    PaymentKey::new(&terms, held.key.key.copy()).ok()
}
