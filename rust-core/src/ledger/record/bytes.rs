//! Records as bytes and back.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::{Boot, ChosenOnce, Dropped, Rate, Record};
use crate::card::alert::Alert;
use crate::card::alert_kind::Rule;
use crate::card::alert_memory::MemoryRecord;
use crate::card::allowance::SinceVerified;
use crate::card::cryptogram_budget::Unverified;
use crate::card::holder_rules::HolderRules;
use crate::card::life_cycle::CardState;
use crate::card::policy::Policy;
use crate::card::profile::TokenDigest;
use crate::card::report::{Outcome, Reason};
use crate::card::snapshot::CardId;
use crate::card::statement::Statement;
use crate::card::temporary_use::TemporarilyUsed;
use crate::card::transfer::SignedTransfer;
use crate::emv::aid::Aid;
use crate::emv::amount::Amount;
use crate::emv::atc::Atc;
use crate::keys::channel::Channel;
use crate::keys::icc_key::HeldIccKey;
use crate::keys::payment_key::{HeldSecret, PaymentKey, put_amounts, read_amounts};
use crate::ledger::coupon_record::CouponRecord;
use crate::ledger::key_sequence::{Sequence, Use};
use crate::ledger::notice::Notice;
use crate::ledger::transfer_notice::TransferNotice;
use crate::ledger::{kept_attempt, kept_identity, row};
use crate::wire::{Fields, put_string8, put_string16};

/// The kinds by number, as the table above has them.
mod kind {
    pub(super) const OPENED: u8 = 1;
    pub(super) const IDENTITY: u8 = 2;
    pub(super) const CARD: u8 = 3;
    pub(super) const CARD_STATE: u8 = 4;
    pub(super) const POLICY: u8 = 5;
    pub(super) const KEY: u8 = 6;
    pub(super) const LEASED: u8 = 7;
    pub(super) const RELEASED: u8 = 8;
    pub(super) const CONSUMED: u8 = 9;
    pub(super) const BURNED: u8 = 10;
    pub(super) const KEYS_DROPPED: u8 = 11;
    pub(super) const CARD_DELETED: u8 = 12;
    pub(super) const COUNTER_OF_DELETED: u8 = 13;
    pub(super) const CHOSEN: u8 = 14;
    pub(super) const REPORTED: u8 = 15;
    pub(super) const ACKNOWLEDGED: u8 = 16;
    pub(super) const APPLIED: u8 = 17;
    pub(super) const ENVELOPES: u8 = 18;
    pub(super) const CLOCK: u8 = 19;
    pub(super) const RATCHETED: u8 = 20;
    pub(super) const RATE: u8 = 21;
    pub(super) const ICC_KEY: u8 = 22;
    pub(super) const HOLDER_RULES: u8 = 23;
    pub(super) const USED_SINCE: u8 = 24;
    pub(super) const CHOSEN_ONCE: u8 = 25;
    pub(super) const ROW: u8 = 26;
    pub(super) const SETTLED: u8 = 27;
    pub(super) const ROW_DELETED: u8 = 28;
    pub(super) const ALERT: u8 = 29;
    pub(super) const ALERT_ACKNOWLEDGED: u8 = 30;
    pub(super) const REMEMBERED: u8 = 31;
    pub(super) const STATEMENT: u8 = 32;
    pub(super) const TRANSFER: u8 = 33;
    pub(super) const TRANSFER_SETTLED: u8 = 34;
    pub(super) const TRANSFER_DELETED: u8 = 35;
}

impl Record {
    /// Kind and body.
    pub(in crate::ledger) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::with_capacity(128));
        out.push(self.kind());
        match self {
            Record::Opened { boot, chain } => {
                out.extend_from_slice(&boot.count.to_be_bytes());
                out.extend_from_slice(&boot.clock_ms.to_be_bytes());
                out.push(u8::from(boot.burns_leases) | u8::from(boot.rolled_back) << 1);
                out.extend_from_slice(chain);
            }
            Record::Identity(identity) => kept_identity::put(&mut out, identity),
            Record::Card { card, state, codes, policy, token, profile } => {
                out.extend_from_slice(&card.0.to_be_bytes());
                out.extend_from_slice(&[state.byte(), *codes]);
                policy.write(&mut out);
                out.extend_from_slice(&token.0);
                put_string16(&mut out, profile);
            }
            Record::CardState { card, state, codes } => {
                out.extend_from_slice(&card.0.to_be_bytes());
                out.extend_from_slice(&[state.byte(), *codes]);
            }
            Record::Policy { card, policy } => {
                out.extend_from_slice(&card.0.to_be_bytes());
                policy.write(&mut out);
            }
            Record::Key { card, paid, key } => {
                out.extend_from_slice(&card.0.to_be_bytes());
                put_amounts(&mut out, paid);
                key.write(&mut out);
            }
            Record::Leased { leased, boot_ms } => {
                put_use(&mut out, leased);
                out.extend_from_slice(&boot_ms.to_be_bytes());
            }
            Record::Released(one_use) | Record::Burned(one_use) => put_use(&mut out, one_use),
            Record::Consumed { contact, spent, amount, wall_ms, verified } => {
                out.extend_from_slice(&contact.to_be_bytes());
                put_use(&mut out, spent);
                out.extend_from_slice(&amount.minor.to_be_bytes());
                out.extend_from_slice(&amount.currency.to_be_bytes());
                out.extend_from_slice(&wall_ms.to_be_bytes());
                out.push(u8::from(*verified));
            }
            Record::KeysDropped { card, why } => {
                out.extend_from_slice(&card.0.to_be_bytes());
                out.push(why.byte());
            }
            Record::CardDeleted(card) | Record::Chosen(card) => out.extend_from_slice(&card.0.to_be_bytes()),
            Record::CounterOfDeleted { token, aid, channel, atc } => {
                out.extend_from_slice(&token.0);
                put_string8(&mut out, aid.bytes());
                out.push(channel.byte());
                out.extend_from_slice(&atc.bytes());
            }
            Record::Reported { contact, outcome, reason, keys_left, attempts } => {
                out.extend_from_slice(&contact.to_be_bytes());
                out.extend_from_slice(&[outcome.byte(), reason.map_or(0, Reason::byte)]);
                out.extend_from_slice(&keys_left.to_be_bytes());
                kept_attempt::put(&mut out, attempts);
            }
            Record::Acknowledged(contact) => out.extend_from_slice(&contact.to_be_bytes()),
            Record::Applied { sequence, digest, effects } => {
                out.extend_from_slice(&sequence.to_be_bytes());
                out.extend_from_slice(digest);
                let count =
                    u16::try_from(effects.len()).expect("an envelope has at most 255 counters, a wallet few cards");
                out.extend_from_slice(&count.to_be_bytes());
                effects.iter().for_each(|effect| put_string16(&mut out, &effect.encode()));
            }
            Record::Envelopes { highest, digests } => {
                out.extend_from_slice(&highest.to_be_bytes());
                out.push(u8::try_from(digests.len()).expect("only the last few digests are kept"));
                digests.iter().for_each(|digest| out.extend_from_slice(digest));
            }
            Record::Ratcheted { leased, boot_ms, key, beyond } => {
                put_use(&mut out, leased);
                out.extend_from_slice(&boot_ms.to_be_bytes());
                key.write_whole(&mut out);
                beyond.write_whole(&mut out);
            }
            Record::Rate { card, rate, unverified } => {
                out.extend_from_slice(&card.0.to_be_bytes());
                out.extend_from_slice(&rate.uses.to_be_bytes());
                out.extend_from_slice(&rate.since_ms.to_be_bytes());
                out.push(u8::try_from(unverified.at_ms().len()).expect("no more than a budget are kept"));
                unverified.at_ms().iter().for_each(|at_ms| out.extend_from_slice(&at_ms.to_be_bytes()));
            }
            Record::IccKey { card, key } => {
                out.extend_from_slice(&card.0.to_be_bytes());
                key.write(&mut out);
            }
            Record::HolderRules { card, rules } => {
                out.extend_from_slice(&card.0.to_be_bytes());
                rules.write(&mut out);
            }
            Record::UsedSince { card, since, temporarily_used } => {
                out.extend_from_slice(&card.0.to_be_bytes());
                out.extend_from_slice(&since.count.to_be_bytes());
                out.push(since.used_up.into());
                put_amounts(&mut out, &since.paid);
                out.extend_from_slice(&temporarily_used.taps.to_be_bytes());
                put_amounts(&mut out, &temporarily_used.paid);
            }
            Record::ChosenOnce(ChosenOnce { card, boot_count, until_ms }) => {
                out.extend_from_slice(&card.0.to_be_bytes());
                out.extend_from_slice(&boot_count.to_be_bytes());
                out.extend_from_slice(&until_ms.to_be_bytes());
            }
            Record::Row(report) => row::put(&mut out, report),
            Record::Settled { row, notice } => {
                out.extend_from_slice(&row.to_be_bytes());
                notice.write(&mut out);
            }
            Record::RowDeleted { row, payments } => {
                out.extend_from_slice(&row.to_be_bytes());
                out.push(u8::try_from(payments.len()).expect("no contact spends more"));
                payments.iter().for_each(|payment| put_use(&mut out, payment));
            }
            Record::Alert(alert) => alert.write(&mut out),
            Record::AlertAcknowledged { contact, rule } => {
                out.extend_from_slice(&contact.to_be_bytes());
                out.push(rule.byte());
            }
            Record::Remembered(memory) => memory.write(&mut out),
            Record::Statement { card, statement } => {
                out.extend_from_slice(&card.0.to_be_bytes());
                statement.write(&mut out);
            }
            Record::Transfer(signed) => signed.write(&mut out),
            Record::TransferSettled(notice) => notice.write(&mut out),
            Record::TransferDeleted(number) => out.extend_from_slice(&number.to_be_bytes()),
            Record::Coupon(coupon) => coupon.write(&mut out),
            Record::Clock(wall_ms) => out.extend_from_slice(&wall_ms.to_be_bytes()),
            Record::Unknown { body, .. } => out.extend_from_slice(body),
        }
        out
    }

    fn kind(&self) -> u8 {
        match self {
            Record::Opened { .. } => kind::OPENED,
            Record::Identity(_) => kind::IDENTITY,
            Record::Card { .. } => kind::CARD,
            Record::CardState { .. } => kind::CARD_STATE,
            Record::Policy { .. } => kind::POLICY,
            Record::Key { .. } => kind::KEY,
            Record::Leased { .. } => kind::LEASED,
            Record::Released(_) => kind::RELEASED,
            Record::Consumed { .. } => kind::CONSUMED,
            Record::Burned(_) => kind::BURNED,
            Record::KeysDropped { .. } => kind::KEYS_DROPPED,
            Record::CardDeleted(_) => kind::CARD_DELETED,
            Record::CounterOfDeleted { .. } => kind::COUNTER_OF_DELETED,
            Record::Chosen(_) => kind::CHOSEN,
            Record::Reported { .. } => kind::REPORTED,
            Record::Acknowledged(_) => kind::ACKNOWLEDGED,
            Record::Applied { .. } => kind::APPLIED,
            Record::Envelopes { .. } => kind::ENVELOPES,
            Record::Clock(_) => kind::CLOCK,
            Record::Ratcheted { .. } => kind::RATCHETED,
            Record::Rate { .. } => kind::RATE,
            Record::IccKey { .. } => kind::ICC_KEY,
            Record::HolderRules { .. } => kind::HOLDER_RULES,
            Record::UsedSince { .. } => kind::USED_SINCE,
            Record::ChosenOnce(_) => kind::CHOSEN_ONCE,
            Record::Row(_) => kind::ROW,
            Record::Settled { .. } => kind::SETTLED,
            Record::RowDeleted { .. } => kind::ROW_DELETED,
            Record::Alert(_) => kind::ALERT,
            Record::AlertAcknowledged { .. } => kind::ALERT_ACKNOWLEDGED,
            Record::Remembered(_) => kind::REMEMBERED,
            Record::Statement { .. } => kind::STATEMENT,
            Record::Transfer(_) => kind::TRANSFER,
            Record::TransferSettled(_) => kind::TRANSFER_SETTLED,
            Record::TransferDeleted(_) => kind::TRANSFER_DELETED,
            Record::Coupon(coupon) => coupon.kind(),
            Record::Unknown { kind, .. } => *kind,
        }
    }

    /// `None` where a known kind has a body that it cannot have.
    pub(in crate::ledger) fn decode(bytes: &[u8]) -> Option<Record> {
        let (number, body) = bytes.split_first()?;
        let fields = &mut Fields::of(body);
        let record = match *number {
            kind::OPENED => Record::Opened { boot: boot(fields)?, chain: fields.array()? },
            kind::IDENTITY => Record::Identity(kept_identity::read(fields)?),
            kind::CARD => Record::Card {
                card: card(fields)?,
                state: CardState::of_byte(fields.u8()?)?,
                codes: fields.u8()?,
                policy: Policy::read(fields)?,
                token: TokenDigest(fields.array()?),
                profile: fields.string16()?.to_vec(),
            },
            kind::CARD_STATE => {
                Record::CardState { card: card(fields)?, state: CardState::of_byte(fields.u8()?)?, codes: fields.u8()? }
            }
            kind::POLICY => Record::Policy { card: card(fields)?, policy: Policy::read(fields)? },
            kind::KEY => {
                Record::Key { card: card(fields)?, paid: read_amounts(fields)?, key: PaymentKey::read(fields)? }
            }
            kind::LEASED => Record::Leased { leased: one_use(fields)?, boot_ms: fields.u64()? },
            kind::RELEASED => Record::Released(one_use(fields)?),
            kind::CONSUMED => Record::Consumed {
                contact: fields.u64()?,
                spent: one_use(fields)?,
                amount: Amount { minor: fields.u64()?, currency: fields.u16()? },
                wall_ms: fields.u64()?,
                verified: yes_or_no(fields)?,
            },
            kind::BURNED => Record::Burned(one_use(fields)?),
            kind::KEYS_DROPPED => Record::KeysDropped { card: card(fields)?, why: Dropped::of_byte(fields.u8()?)? },
            kind::CARD_DELETED => Record::CardDeleted(card(fields)?),
            kind::COUNTER_OF_DELETED => Record::CounterOfDeleted {
                token: TokenDigest(fields.array()?),
                aid: Aid::new(fields.string8()?)?,
                channel: Channel::of_byte(fields.u8()?)?,
                atc: Atc::new(fields.u16()?)?,
            },
            kind::CHOSEN => Record::Chosen(card(fields)?),
            kind::REPORTED => Record::Reported {
                contact: fields.u64()?,
                outcome: Outcome::of_byte(fields.u8()?)?,
                reason: match fields.u8()? {
                    0 => None,
                    byte => Some(Reason::of_byte(byte)?),
                },
                keys_left: fields.u16()?,
                attempts: kept_attempt::read(fields)?,
            },
            kind::ACKNOWLEDGED => Record::Acknowledged(fields.u64()?),
            kind::APPLIED => applied(fields)?,
            kind::ENVELOPES => {
                let highest = fields.u64()?;
                let count = fields.u8()?;
                Record::Envelopes { highest, digests: (0..count).map(|_| fields.array()).collect::<Option<_>>()? }
            }
            kind::CLOCK => Record::Clock(fields.u64()?),
            kind::RATCHETED => Record::Ratcheted {
                leased: one_use(fields)?,
                boot_ms: fields.u64()?,
                key: HeldSecret::read_leased(fields)?,
                beyond: HeldSecret::read_whole(fields).filter(HeldSecret::is_seed)?,
            },
            kind::RATE => {
                let card = card(fields)?;
                let rate = Rate { uses: fields.u32()?, since_ms: fields.u64()? };
                let count = fields.u8()?;
                let at_ms = (0..count).map(|_| fields.u64()).collect::<Option<_>>()?;
                Record::Rate { card, rate, unverified: Unverified::of(at_ms) }
            }
            kind::ICC_KEY => Record::IccKey { card: card(fields)?, key: Arc::new(HeldIccKey::read(fields)?) },
            kind::HOLDER_RULES => Record::HolderRules { card: card(fields)?, rules: HolderRules::read(fields)? },
            kind::USED_SINCE => {
                let card = card(fields)?;
                let (count, used_up, paid) = (fields.u16()?, yes_or_no(fields)?, read_amounts(fields)?);
                let temporarily_used = TemporarilyUsed { taps: fields.u16()?, paid: read_amounts(fields)? };
                Record::UsedSince { card, since: SinceVerified { count, paid, used_up }, temporarily_used }
            }
            kind::CHOSEN_ONCE => Record::ChosenOnce(ChosenOnce {
                card: card(fields)?,
                boot_count: fields.u32()?,
                until_ms: fields.u64()?,
            }),
            kind::ROW => Record::Row(Arc::new(row::read(fields)?)),
            kind::SETTLED => Record::Settled { row: fields.u64()?, notice: Notice::read(fields).ok()? },
            kind::ROW_DELETED => {
                let (row, count) = (fields.u64()?, fields.u8()?);
                Record::RowDeleted { row, payments: (0..count).map(|_| one_use(fields)).collect::<Option<_>>()? }
            }
            kind::ALERT => Record::Alert(Alert::read(fields)?),
            kind::ALERT_ACKNOWLEDGED => {
                Record::AlertAcknowledged { contact: fields.u64()?, rule: Rule::of_byte(fields.u8()?)? }
            }
            kind::REMEMBERED => Record::Remembered(MemoryRecord::read(fields)?),
            kind::STATEMENT => Record::Statement { card: card(fields)?, statement: Statement::read(fields).ok()? },
            kind::TRANSFER => Record::Transfer(Arc::new(SignedTransfer::read(fields)?)),
            kind::TRANSFER_SETTLED => Record::TransferSettled(TransferNotice::read(fields).ok()?),
            kind::TRANSFER_DELETED => Record::TransferDeleted(fields.u64()?),
            kind if CouponRecord::has_kind(kind) => Record::Coupon(CouponRecord::read(kind, fields)?),
            kind => return Some(Record::Unknown { kind, body: body.to_vec() }),
        };
        fields.end().map(|()| record)
    }
}

fn boot(fields: &mut Fields<'_>) -> Option<Boot> {
    let (count, clock_ms, flags) = (fields.u32()?, fields.u64()?, fields.u8()?);
    let known = flags <= 0b11;
    known.then_some(Boot { count, clock_ms, burns_leases: flags & 1 != 0, rolled_back: flags & 2 != 0 })
}

fn yes_or_no(fields: &mut Fields<'_>) -> Option<bool> {
    match fields.u8()? {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

fn card(fields: &mut Fields<'_>) -> Option<CardId> {
    fields.u32().map(CardId)
}

fn put_use(out: &mut Vec<u8>, one_use: &Use) {
    out.extend_from_slice(&one_use.sequence.card.0.to_be_bytes());
    put_string8(out, one_use.sequence.aid.bytes());
    out.push(one_use.sequence.channel.byte());
    out.extend_from_slice(&one_use.atc.bytes());
}

fn one_use(fields: &mut Fields<'_>) -> Option<Use> {
    let sequence =
        Sequence { card: card(fields)?, aid: Aid::new(fields.string8()?)?, channel: Channel::of_byte(fields.u8()?)? };
    Some(Use { sequence, atc: Atc::new(fields.u16()?)? })
}

fn applied(fields: &mut Fields<'_>) -> Option<Record> {
    let (sequence, digest) = (fields.u64()?, fields.array()?);
    let count = fields.u16()?;
    let effects = (0..count).map(|_| match Record::decode(fields.string16()?)? {
        // One level, so that no record nests without end; and these two belong to the log itself.
        Record::Applied { .. } | Record::Opened { .. } => None,
        effect => Some(effect),
    });
    Some(Record::Applied { sequence, digest, effects: effects.collect::<Option<_>>()? })
}
