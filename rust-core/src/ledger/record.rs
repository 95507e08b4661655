//! The ledger's records: what can happen to a wallet, as bytes and back.
//!
//! All numbers are big-endian; string8 and string16 are a length of one or two bytes, then so many bytes. A *use* is card
//! (4), AID (string8), channel (1), counter (2). States are numbered as in [`crate::card::life_cycle`], policies and keys written as in
//! [`crate::card::policy`] and [`crate::keys::payment_key`], outcomes and reasons numbered as [`crate::card::report`] lists them, from 1.
//!
//! | kind | | body | must be on the medium before |
//! |---|---|---|---|
//! | 1 | opened | boot count (4), boot clock (8), what it says of all before it (1: bit 1 leases are burned, bit 2 an older copy was put back), chain of the record before (16) | anything rests on it |
//! | 2 | identity | wallet (16), issuer key (65), device spend point (65), device keys (string8: empty, or agreement and signature point), unlocked spend point (string8: empty, or 65), authenticated spend point (likewise), device spend key (32) | it is acknowledged |
//! | 3 | card | card (4), state (1), codes left (1), policy, token (16: SHA-256, cut), profile (string16) | it is acknowledged |
//! | 4 | card state | card (4), state (1), codes left (1) | it is acknowledged |
//! | 5 | policy | card (4), policy | it is acknowledged |
//! | 6 | key | card (4), paid with it so far (as limits are written), key ([`crate::keys::payment_key`]) | it is acknowledged |
//! | 7 | leased | use, boot clock (8) | the lease is used |
//! | 8 | released | use | |
//! | 9 | consumed | contact (8), use, amount (8), currency (2), wall clock (8), holder verified (1: 0 or 1) | written before the cryptogram is computed |
//! | 10 | burned | use | |
//! | 11 | keys dropped | card (4), why (1: 1 spend key lost, 2 replaced, 3 the card retired) | it is acknowledged |
//! | 12 | card deleted | card (4) | it is acknowledged |
//! | 13 | counter of a deleted card | token (16), AID (string8), channel (1), counter (2) | it is acknowledged |
//! | 14 | chosen | card (4; 0 = none) | |
//! | 15 | reported | contact (8), outcome (1), reason (1; 0 = none), keys left (2), attempts: count (1), each outcome (1), reason (1), form (1), and in form 0 AID (string8), amount (8), currency (2); in form 2 AID alone | |
//! | 16 | acknowledged | contact (8) | |
//! | 17 | envelope applied | sequence (8), digest (32), records that it comes to: count (2), each as string16 | the sequence is acknowledged |
//! | 18 | envelopes | highest sequence (8), digests of the last ones: count (1), 32 each | |
//! | 19 | clock | wall clock (8): the highest that counts from here on | |
//! | 20 | ratcheted | use, boot clock (8), form (1: `00` or `05`) and secret of its key, form (1: `03` or `04`) and secret of the seed of the next counter: leases the use too | the lease is used |
//! | 21 | rate | card (4), uses (4), since when (8): how often the holder pays; how many cryptograms were given without verification within a day (1: at most 254), the wall clock of each (8), oldest first | |
//! | 22 | ICC key | card (4), key ([`crate::keys::icc_key`]): takes the place of the one before it; dropped with the payment keys | it is acknowledged |
//! | 23 | the holder's rules | card (4), rules ([`crate::card::holder_rules`]): another temporary use counts anew | it is acknowledged |
//! | 24 | used since | card (4), payments without verification since the last one with it (2), nothing more is allowed (1: 0 or 1), paid (as limits are written); of the temporary use: payments (2), paid | |
//! | 25 | chosen once | card (4; 0 = none), boot count (4), boot clock at which it is over (8): spent by the card's next payment at a reader | it is acknowledged |
//! | 26 | row | a contact's row of the journal ([`super::row`]): as of kind 15 where it spent a key | |
//! | 27 | notice settled | row (8: where the payment has none, it gets this one; 0 = none), notice ([`super::notice`]) | it is acknowledged |
//! | 28 | row deleted | row (8; 0 = none), payments of which no notice makes a row, nor of those before them: count (1), uses | it is acknowledged |
//! | 29 | alert | contact (8), rule (1), action (1), wall clock (8), card (4; 0 = none), evidence: count (1: at most 3), 8 each | |
//! | 30 | alert acknowledged | contact (8), rule (1) | |
//! | 31 | what alerts remember | as [`crate::card::alert_memory`] writes it: all of it, or one contact more | |
//! | 32 | statement | card (4), statement ([`crate::card::statement`]) | it is acknowledged |
//! | 33 | transfer | number to note ([`crate::card::transfer`], without label and wallet; the card stands behind the number), signature (64) | it is handed out |
//! | 34 | transfer settled | notice ([`super::transfer_notice`]) | it is acknowledged |
//! | 35 | transfer deleted | number (8) | it is acknowledged |
//! | 36 | signer of coupons | as [`crate::coupon::coupon_signer`] writes it | it is acknowledged |
//! | 37 | coupon | its highest use that is gone (2), terms (string16: [`crate::coupon::coupon_terms`]), secret (string8: 32, or empty where no use is left) | it is acknowledged |
//! | 38 | coupon chosen | use, boot count (4), boot clock at which the choice is over (8), boot clock (8): leases the use too | the lease is used |
//! | 39 | coupon released | use | |
//! | 40 | coupon's use consumed | contact (8; 0 = none that is still told), use, wall clock (8) | written before the answer is computed |
//! | 41 | coupon's use settled | as [`crate::coupon::coupon_notice`] writes it | it is acknowledged |
//! | 42 | coupon removed | coupon (16), until when it was valid (8): its mark, by which it does not come again | it is acknowledged |
//!
//! A coupon's use is coupon (16), number (2).
//! Kind 15 was written before there were rows; it makes one.
//! An attempt in form 1 spent a key: its amount, application and counter stand in the contact's "consumed" record, in order.
//! Of kind 20 the key is kept until its use is spent, also where the lease is released; both secrets are locked where the seed was.
//! Kind 17 is one record, so that an envelope is applied whole or not at all. Kinds 13, 18 and, as a whole, the others
//! too, are what a compacted log begins with. A kind that this version does not know is kept as it is.

use std::sync::Arc;

use crate::card::alert::Alert;
use crate::card::alert_kind::Rule;
use crate::card::alert_memory::MemoryRecord;
use crate::card::allowance::SinceVerified;
use crate::card::cryptogram_budget::Unverified;
use crate::card::holder_rules::HolderRules;
use crate::card::life_cycle::CardState;
use crate::card::policy::Policy;
use crate::card::profile::TokenDigest;
use crate::card::report::{Outcome, Reason, Report};
use crate::card::statement::Statement;
use crate::card::temporary_use::TemporarilyUsed;
use crate::card::transfer::SignedTransfer;
use crate::emv::aid::Aid;
use crate::emv::amount::Amount;
use crate::emv::atc::Atc;
use crate::keys::channel::Channel;
use crate::keys::icc_key::HeldIccKey;
use crate::keys::identity::Identity;
use crate::keys::payment_key::{HeldSecret, PaymentKey};
use crate::now::Now;

use super::coupon_record::CouponRecord;
use super::kept_attempt::KeptAttempt;
use super::key_sequence::Use;
use super::notice::Notice;
use super::seal::Chain;
use super::transfer_notice::TransferNotice;
use crate::card::snapshot::CardId;

/// Why keys were dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dropped {
    /// The spend key that would open them is gone.
    SpendKeyLost = 1,
    /// The issuer sends others.
    Replaced = 2,
    /// The card's temporary use is over.
    Retired = 3,
}

impl Dropped {
    const ALL: [Dropped; 3] = [Dropped::SpendKeyLost, Dropped::Replaced, Dropped::Retired];

    fn byte(self) -> u8 {
        self as u8
    }

    fn of_byte(byte: u8) -> Option<Dropped> {
        Dropped::ALL.into_iter().find(|why| why.byte() == byte)
    }
}

/// One record.
#[derive(Debug)]
pub(crate) enum Record {
    Opened { boot: Boot, chain: Chain },
    Identity(Identity),
    Card { card: CardId, state: CardState, codes: u8, policy: Policy, token: TokenDigest, profile: Vec<u8> },
    CardState { card: CardId, state: CardState, codes: u8 },
    Policy { card: CardId, policy: Policy },
    Key { card: CardId, paid: Vec<Amount>, key: PaymentKey },
    Leased { leased: Use, boot_ms: u64 },
    Released(Use),
    Consumed { contact: u64, spent: Use, amount: Amount, wall_ms: u64, verified: bool },
    Burned(Use),
    KeysDropped { card: CardId, why: Dropped },
    CardDeleted(CardId),
    CounterOfDeleted { token: TokenDigest, aid: Aid, channel: Channel, atc: Atc },
    Chosen(CardId),
    Reported { contact: u64, outcome: Outcome, reason: Option<Reason>, keys_left: u16, attempts: Vec<KeptAttempt> },
    Acknowledged(u64),
    Applied { sequence: u64, digest: [u8; 32], effects: Vec<Record> },
    Envelopes { highest: u64, digests: Vec<[u8; 32]> },
    Clock(u64),
    Ratcheted { leased: Use, boot_ms: u64, key: HeldSecret, beyond: HeldSecret },
    Rate { card: CardId, rate: Rate, unverified: Unverified },
    IccKey { card: CardId, key: Arc<HeldIccKey> },
    HolderRules { card: CardId, rules: HolderRules },
    UsedSince { card: CardId, since: SinceVerified, temporarily_used: TemporarilyUsed },
    ChosenOnce(ChosenOnce),
    Row(Arc<Report>),
    Settled { row: u64, notice: Notice },
    RowDeleted { row: u64, payments: Vec<Use> },
    Alert(Alert),
    AlertAcknowledged { contact: u64, rule: Rule },
    Remembered(MemoryRecord),
    Statement { card: CardId, statement: Statement },
    Transfer(Arc<SignedTransfer>),
    TransferSettled(TransferNotice),
    TransferDeleted(u64),
    Coupon(CouponRecord),
    Unknown { kind: u8, body: Vec<u8> },
}

/// In which boot a segment of the log begins, and what that makes of the records before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Boot {
    pub(crate) count: u32,
    pub(crate) clock_ms: u64,
    /// What was written last may be lost: no lease from before counts.
    pub(crate) burns_leases: bool,
    /// An older copy was put back, and the issuer has not answered since.
    pub(crate) rolled_back: bool,
}

/// The card that pays once, or until then; card 0 for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ChosenOnce {
    pub(crate) card: CardId,
    pub(crate) boot_count: u32,
    pub(crate) until_ms: u64,
}

impl ChosenOnce {
    /// Whether it counts, if it was not spent.
    pub(super) fn counts(&self, now: Now) -> bool {
        self.boot_count == now.boot_count && now.boot_ms < self.until_ms
    }
}

/// How often a card is used: so many times since then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rate {
    pub(crate) uses: u32,
    pub(crate) since_ms: u64,
}

mod bytes;
