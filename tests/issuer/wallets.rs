//! What the issuer knows of enrolled wallets: their public keys, their cards, and what they have told of themselves, by
//! which an older copy that was put back is noticed. Nothing secret of a wallet is ever here.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

use p256::ecdsa::signature::hazmat::PrehashVerifier;
use p256::ecdsa::{Signature, VerifyingKey};

use super::contents::Policy;
use super::key_entry::{Channel, Protection};
use super::requests::{Body, DevicePoints, Listing, Request};
use super::token::Token;

/// The number that a wallet gave itself.
pub type WalletId = [u8; 16];

/// One card of one wallet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    /// The wallet.
    pub wallet: WalletId,
    /// The card, numbered by the issuer from 1 on; a number is never used again.
    pub card: u32,
}

/// One rising sequence of ATCs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AtcSequence {
    /// The card.
    pub card: u32,
    /// The application.
    pub aid: Vec<u8>,
    /// The way of paying.
    pub channel: Channel,
}

impl AtcSequence {
    /// That of this application in this channel.
    pub(super) fn of(card: u32, aid: &[u8], channel: Channel) -> AtcSequence {
        AtcSequence { card, aid: aid.to_vec(), channel }
    }
}

/// The public halves of the spend keys. The phone makes the last two when a card needs them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpendPoints {
    /// Of protection [`Protection::Device`].
    pub device: [u8; 65],
    /// Of protection [`Protection::Unlocked`].
    pub unlocked: Option<[u8; 65]>,
    /// Of protection [`Protection::Authenticated`].
    pub authenticated: Option<[u8; 65]>,
}

impl SpendPoints {
    /// The point of this protection. `None` until the phone has made it.
    pub fn of(&self, protection: Protection) -> Option<&[u8; 65]> {
        match protection {
            Protection::Device => Some(&self.device),
            Protection::Unlocked => self.unlocked.as_ref(),
            Protection::Authenticated => self.authenticated.as_ref(),
        }
    }
}

/// The state of a card, with its number in listings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum CardState {
    /// It waits for the holder's identity check.
    Waiting = 1,
    /// It may pay.
    Active = 2,
    /// It must not pay for now.
    Suspended = 3,
    /// It is gone for good.
    Deleted = 4,
    /// Its temporary use, which the holder had limited, is over.
    Retired = 5,
}

impl CardState {
    /// One word.
    pub fn name(self) -> &'static str {
        match self {
            CardState::Waiting => "waiting",
            CardState::Active => "active",
            CardState::Suspended => "suspended",
            CardState::Deleted => "deleted",
            CardState::Retired => "retired",
        }
    }

    /// The state of this number.
    pub fn of_number(number: u8) -> Option<CardState> {
        use CardState::{Active, Deleted, Retired, Suspended, Waiting};
        let all = [Waiting, Active, Suspended, Deleted, Retired];
        all.into_iter().find(|state| *state as u8 == number)
    }
}

/// A code that the holder gets from the issuer on another way and types in on the phone.
#[derive(Clone, PartialEq, Eq)]
pub struct IdentityCheck {
    /// Six digits.
    pub code: String,
    /// How many codes may still be tried.
    pub left: u8,
}

impl fmt::Debug for IdentityCheck {
    /// Not the code.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdentityCheck").field("left", &self.left).finish_non_exhaustive()
    }
}

/// A card that the issuer sent to a wallet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// Which account it belongs to.
    pub token: Token,
    /// What may be done with it.
    pub state: CardState,
    /// What was last asked of the wallet for it.
    pub policy: Policy,
    /// The identity check of a card that waits for it.
    pub identity_check: Option<IdentityCheck>,
    /// How many keys each of its applications gets when it gets new ones unasked.
    pub first_keys: u16,
    /// The sequence of the envelope that brought the policy.
    pub(super) policy_at: u64,
    /// The sequence of the envelope that brought the profile.
    pub(super) profile_at: u64,
}

/// What a wallet told of itself, last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The number of its last synced record.
    pub mark: u64,
    /// The highest sequence applied.
    pub sequence: u64,
    /// The digest of its state.
    pub digest: [u8; 32],
    /// The last ATC that was gone, of each sequence.
    pub last_gone: BTreeMap<AtcSequence, u16>,
}

/// How a wallet gave away that an older copy of its state was put back. Requests must come in the order in which they were
/// made, and before later taps: one that was overtaken looks the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum RolledBack {
    /// Its mark is lower than it was.
    Mark = 1,
    /// It has applied less than it had.
    Sequence = 2,
    /// An ATC that it had used, or that came in an authorisation, is not gone.
    LastAtc = 3,
    /// The digest of its state is not that of what it lists.
    Digest = 4,
}

impl RolledBack {
    /// The sign of this number.
    pub(super) fn of_number(number: u8) -> Option<RolledBack> {
        let all = [RolledBack::Mark, RolledBack::Sequence, RolledBack::LastAtc, RolledBack::Digest];
        all.into_iter().find(|sign| *sign as u8 == number)
    }
}

impl fmt::Display for RolledBack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            RolledBack::Mark => "its mark is lower than it was",
            RolledBack::Sequence => "it has applied less than it had",
            RolledBack::LastAtc => "a counter is lower than one that it had used",
            RolledBack::Digest => "the digest of its state is not that of what it lists",
        })
    }
}

/// Why a proved request is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unheard {
    /// A request with this challenge came before.
    Repeated,
    /// It names a card, a counter or an envelope that this issuer never sent.
    NeverSent,
    /// The wallet is older than it was. It is answered again once it has asked to be resynchronised.
    RolledBack(RolledBack),
}

impl fmt::Display for Unheard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unheard::Repeated => f.write_str("this request came before"),
            Unheard::NeverSent => f.write_str("the wallet names what this issuer never sent"),
            Unheard::RolledBack(sign) => write!(f, "the wallet was rolled back: {sign}"),
        }
    }
}

/// How many challenges of a wallet are remembered. A request that is older still is lower in mark or counter.
const REMEMBERED: usize = 256;

/// An enrolled wallet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wallet {
    /// What envelopes are sealed to, and what requests are signed by.
    pub device: DevicePoints,
    /// What the phone said of these keys when they were enrolled, in words.
    pub attested: String,
    /// What payment keys are sealed to.
    pub spend_points: SpendPoints,
    /// The sequence of the last envelope to it.
    pub sequence: u64,
    /// Its cards by number, deleted ones too.
    pub cards: BTreeMap<u32, Card>,
    /// What it told last.
    pub told: Told,
    /// How it was found to be rolled back, until it is resynchronised.
    pub rolled_back: Option<RolledBack>,
    pub(super) challenges: VecDeque<[u8; 16]>,
    /// Envelopes that it has not said to have applied, by sequence. Not the answers to a challenge of its: it may have asked again.
    pub(super) waiting: BTreeMap<u64, Waiting>,
}

/// An envelope that waits for its wallet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Waiting {
    /// Which card it is about; 0 for none.
    pub(super) card: u32,
    pub(super) envelope: Vec<u8>,
}

/// The highest ATC of a card's application that a key was ever issued for, and the highest seen in an authorisation.
pub(super) struct Known {
    pub(super) issued: u16,
    pub(super) seen: u16,
}

impl Wallet {
    pub(super) fn new(device: DevicePoints, spend_points: SpendPoints) -> Wallet {
        let told = Told { mark: 0, sequence: 0, digest: [0; 32], last_gone: BTreeMap::new() };
        let (cards, challenges, waiting) = (BTreeMap::new(), VecDeque::new(), BTreeMap::new());
        let attested = String::new();
        Wallet { device, attested, spend_points, sequence: 0, cards, told, rolled_back: None, challenges, waiting }
    }

    /// Whether its device has signed this digest. `None` where that is no signature of P-256.
    pub(super) fn has_signed(&self, digest: &[u8; 32], signature: &[u8; 64]) -> Option<bool> {
        let key = VerifyingKey::from_sec1_bytes(&self.device.signature).ok()?;
        let signature = Signature::from_slice(signature).ok()?;
        Some(key.verify_prehash(digest, &signature).is_ok())
    }

    /// The number of the next new card.
    pub(super) fn next_card(&self) -> Option<u32> {
        self.cards.last_key_value().map_or(Some(1), |(last, _)| last.checked_add(1))
    }

    /// Takes in what a proved request tells of the wallet, where it fits to what is known.
    pub(super) fn hear(&mut self, request: &Request, known: &dyn Fn(&AtcSequence) -> Known) -> Result<(), Unheard> {
        if self.challenges.contains(&request.challenge) {
            return Err(Unheard::Repeated);
        }
        if self.challenges.len() >= REMEMBERED {
            self.challenges.pop_front();
        }
        self.challenges.push_back(request.challenge);
        let (listing, spend_points, resynchronises) = match &request.body {
            Body::Replenishment { listing, spend_points, .. } | Body::CheckIn { listing, spend_points } => {
                (Some(listing), Some(spend_points), false)
            }
            Body::Resynchronisation { listing, spend_points } => (Some(listing), Some(spend_points), true),
            Body::Enrolment { spend_points, .. } => (None, Some(spend_points), false),
            Body::IdentityCheck { .. } | Body::IssuerTime => (None, None, false),
        };
        if request.sequence > self.sequence || listing.is_some_and(|listing| self.never_sent(listing, known)) {
            return Err(Unheard::NeverSent);
        }
        let sign = match resynchronises {
            true => wrong_digest(request, listing),
            false => self.rolled_back.or_else(|| self.sign(request, listing, known)),
        };
        if let Some(sign) = sign {
            self.rolled_back = Some(sign);
            return Err(Unheard::RolledBack(sign));
        }
        let last_gone = listing
            .map(|listing| listing.counters().map(|counter| (counter.sequence.clone(), counter.last_gone)).collect());
        let last_gone = last_gone.unwrap_or_else(|| self.told.last_gone.clone());
        self.told = Told { mark: request.mark, sequence: request.sequence, digest: request.digest, last_gone };
        if let Some(spend_points) = spend_points {
            self.spend_points = spend_points.clone();
        }
        self.waiting.retain(|sequence, _| *sequence > request.sequence);
        if let Some(listing) = listing.filter(|_| !resynchronises) {
            self.ended_by_holder(listing, request.sequence);
        }
        Ok(())
    }

    /// Cards that the wallet took in and does not list any more, or lists as retired. What waits for them has no use.
    fn ended_by_holder(&mut self, listing: &Listing, applied: u64) {
        for (number, card) in &mut self.cards {
            let was_there = card.policy_at.min(card.profile_at) <= applied && card.state != CardState::Deleted;
            let listed = listing.cards.iter().find(|listed| listed.card == *number);
            let ended = match listed.map(|listed| CardState::of_number(listed.state)) {
                None => Some(CardState::Deleted),
                Some(Some(CardState::Retired)) => Some(CardState::Retired),
                Some(_) => None,
            };
            if let Some(ended) = ended.filter(|ended| was_there && *ended != card.state) {
                (card.state, card.identity_check) = (ended, None);
                self.waiting.retain(|_, waiting| waiting.card != *number);
            }
        }
    }

    fn never_sent(&self, listing: &Listing, known: &dyn Fn(&AtcSequence) -> Known) -> bool {
        listing.cards.iter().any(|card| !self.cards.contains_key(&card.card))
            || listing
                .counters()
                .any(|counter| counter.last_gone.max(counter.highest_held) > known(&counter.sequence).issued)
    }

    fn sign(
        &self,
        request: &Request,
        listing: Option<&Listing>,
        known: &dyn Fn(&AtcSequence) -> Known,
    ) -> Option<RolledBack> {
        if request.mark < self.told.mark {
            return Some(RolledBack::Mark);
        }
        if request.sequence < self.told.sequence {
            return Some(RolledBack::Sequence);
        }
        let is_behind = |sequence: &AtcSequence, last_gone: u16| {
            let told = self.told.last_gone.get(sequence).copied().unwrap_or(0);
            last_gone < told.max(known(sequence).seen)
        };
        let mut counters = listing.into_iter().flat_map(Listing::counters);
        if counters.any(|counter| is_behind(&counter.sequence, counter.last_gone)) {
            return Some(RolledBack::LastAtc);
        }
        wrong_digest(request, listing)
    }
}

fn wrong_digest(request: &Request, listing: Option<&Listing>) -> Option<RolledBack> {
    let listing = listing?;
    (listing.digest(request.sequence, request.mark) != request.digest).then_some(RolledBack::Digest)
}

/// All enrolled wallets, and the challenges that wait for an enrolment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wallets {
    pub(super) wallets: BTreeMap<WalletId, Wallet>,
    pub(super) challenges: BTreeSet<Vec<u8>>,
}

impl Wallets {
    /// The wallet of this number.
    pub fn wallet(&self, id: &WalletId) -> Option<&Wallet> {
        self.wallets.get(id)
    }

    /// The numbers of all of them.
    pub fn ids(&self) -> impl Iterator<Item = &WalletId> {
        self.wallets.keys()
    }

    /// This card of this wallet.
    pub fn card(&self, holder: Holder) -> Option<&Card> {
        self.wallets.get(&holder.wallet)?.cards.get(&holder.card)
    }

    /// The card that holds this token now. A token is in one place at a time.
    pub fn card_with(&self, token: &Token) -> Option<Holder> {
        let holds = |card: &Card| card.token == *token && card.state != CardState::Deleted;
        self.wallets.iter().find_map(|(wallet, known)| {
            let (card, _) = known.cards.iter().find(|(_, card)| holds(card))?;
            Some(Holder { wallet: *wallet, card: *card })
        })
    }
}
