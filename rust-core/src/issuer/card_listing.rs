//! What a request tells of the wallet's state: its cards and how far their counters have come. Layout and digest stand in
//! [`crate::issuer::request`].
//!
//! # How many
//!
//! A wallet holds at most 20 cards, deleted ones not counted, and a card at most 12 counters: as many as four applications
//! have in three channels. Counters of applications that a renewal took away are among them, because they must not fall. That is
//! looked at when a card, its keys, or a counter comes, so that every request and every answer can be made: a listing then
//! takes 5,401 bytes at most, a request has 80 wants at most, and a resynchronisation is answered by 240 counters, where 255
//! would fit.

use sha2::{Digest as _, Sha256};

use crate::card::life_cycle::CardState;
use crate::emv::aid::Aid;
use crate::keys::channel::Channel;
use crate::wire::put_string8;

/// So many cards a wallet holds at most.
pub(crate) const MOST_CARDS: usize = 20;
/// So many counters a card has at most.
pub(crate) const MOST_COUNTERS: usize = 12;

/// One card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListedCard {
    pub(crate) card: u32,
    pub(crate) state: CardState,
    pub(crate) sequences: Vec<Sequence>,
}

/// The counters of one application of a card and one channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sequence {
    pub(crate) aid: Aid,
    pub(crate) channel: Channel,
    /// The last ATC that is gone, used or burned; 0 = none.
    pub(crate) last: u16,
    /// The highest ATC that a key is held for; 0 = none.
    pub(crate) highest: u16,
}

/// All cards but deleted ones, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listing(Vec<ListedCard>);

impl Listing {
    /// Puts the cards in order and leaves deleted ones out.
    pub(crate) fn new(mut cards: Vec<ListedCard>) -> Listing {
        cards.retain(|listed| listed.state != CardState::Deleted);
        cards.sort_by_key(|listed| listed.card);
        for listed in &mut cards {
            listed.sequences.sort_by_key(|sequence| (sequence.aid, sequence.channel));
        }
        Listing(cards)
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        put_count(out, self.0.len());
        for listed in &self.0 {
            out.extend_from_slice(&listed.card.to_be_bytes());
            out.push(listed.state.byte());
            put_count(out, listed.sequences.len());
            for sequence in &listed.sequences {
                put_string8(out, sequence.aid.bytes());
                out.push(sequence.channel.byte());
                out.extend_from_slice(&sequence.last.to_be_bytes());
                out.extend_from_slice(&sequence.highest.to_be_bytes());
            }
        }
    }
}

fn put_count(out: &mut Vec<u8>, count: usize) {
    out.push(u8::try_from(count).expect("neither a wallet nor a card takes more in"));
}

/// What the issuer compares with the state digest of a request.
pub(crate) fn state_digest(sequence: u64, mark: u64, listing: &Listing) -> [u8; 32] {
    let mut state = LABEL.to_vec();
    state.extend_from_slice(&sequence.to_be_bytes());
    state.extend_from_slice(&mark.to_be_bytes());
    listing.write(&mut state);
    Sha256::digest(&state).into()
}

const LABEL: &[u8; 14] = b"hcepay state 1";
