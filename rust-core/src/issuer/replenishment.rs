//! When to ask the issuer for keys, and for how many. A function of what is held, of the holder's own rate, and of the clock;
//! nothing is remembered here and nothing is sent. The advice that the app is given and the wants of a request come from the
//! same computation ([`Stock::need`]): what is advised is asked for, and what asking does not bring is not advised.
//!
//! # One stock
//!
//! Keys serve one application of a card and one channel, so each of these is a stock of its own. A card is as badly off as
//! the worst of those that it pays with: the greatest [`Ask`], and of equal ones the fewest uses left.
//!
//! # The formula
//!
//! A key's **life** goes from not before to not after. Of the uses that are still to be had of keys held,
//!
//! - **left** are those of keys whose life is not over: now <= not after. A key whose life has yet to begin counts: the
//!   issuer has sent it, and asking again would bring another such;
//! - **fresh** are those of keys of which more than a quarter of their life is ahead: 4 x (not after - now) > not after
//!   less not before.
//!
//! The holder's own **rate** is the uses made, per the time in which they were made, but at least a day: one payment on the
//! first evening is not 24 a day. Where none was made there is no rate.
//!
//! A stock is **full** with so many fresh uses: 10, or 5/2 of ask at, or what the rate uses up in 7 days, whichever is the
//! most; but never more than 32, which are as many keys of one use as an envelope holds. The **want** is what fills it up:
//! full less fresh. Uses that near their end are not counted, so that they are replaced before they are over. It is no more
//! than there is room for: 128 keys less those that are held and not over, and FFFE less the highest counter of a key.
//! There is none where asking brings none: where the wallet was put back to an older copy, the card is not active, or its
//! protection's spend key was not made yet, so that no key can be sealed to it.
//!
//! The first line that applies decides. Lines 6 to 10 apply only where there is a want.
//!
//! | | condition | ask | why |
//! |---|---|---|---|
//! | 1 | the wallet was put back to an older copy | now (to resynchronise, not for keys) | RolledBack |
//! | 2 | the card waits for its identity check, or is suspended | no: it pays nothing, and the issuer knows | CardWaiting, CardSuspended |
//! | 3 | the spend key of its protection was not made yet | no: the platform is to make it, and then to ask | NoSpendKey |
//! | 4 | the spend key of its protection is lost | now, or no without a want | KeysLost |
//! | 5 | left = 0 | now, or no without a want: its counter has come to its end | NoKeysLeft |
//! | 6 | left <= ask at | now | FewKeysLeft |
//! | 7 | fresh <= ask at | now | KeysExpireSoon |
//! | 8 | left <= 2 x ask at | soon | FewKeysLeft |
//! | 9 | fresh <= 2 x ask at | soon | KeysExpireSoon |
//! | 10 | left uses last less than 3 days at the rate | soon | FewKeysLeft |
//! | 11 | else | no | Enough |
//!
//! Ask at is the policy's. Lines 7 and 9 with 0 for it: no key has more than a quarter of its life ahead. Line 10 leaves
//! expiry out of account: new keys of the same life would not better it.
//!
//! A request asks for the wants of all stocks with an ask; where there is none of these, of all stocks that are not full. Keys
//! that are short-lived from the first day on are asked for again and again, but held up to 128 only.
//!
//! **Certificates** of offline data authentication are told of beside it, from 30 days before they end. They better no line but
//! these: where there is enough, the ask is soon (CertificateEnds); once they are over it is now (CertificateOver), there and where
//! it was soon. No request names them: the issuer has made them and knows when they end. It sends a renewal with its next answer, and
//! the wallet checks in so that it can ([`Wallet::next_request`](crate::Wallet::next_request)).
//!
//! **Days of cover** are whole days, rounded down, until the holder is without keys at the rate: keys are used up in the
//! order in which they expire, and what of a key is not used by then is lost. Without a rate there is no such number, but
//! where nothing is left it is 0. Under lines 1, 3 and 4 what is held cannot pay, so that 0 uses are left.

use crate::card::certificate_end::CertificateEnd;
use crate::card::life_cycle::CardState;

/// What is known of one stock. Plain numbers, out of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stock {
    /// Of the card.
    pub(crate) state: CardState,
    /// Whether the wallet was put back to an older copy.
    pub(crate) rolled_back: bool,
    /// Whether there is a spend key that the card's keys can be sealed to.
    pub(crate) has_spend_key: bool,
    /// Whether the spend key that the card's keys are sealed to is lost.
    pub(crate) keys_lost: bool,
    /// The card's policy: ask where so many uses or fewer are left.
    pub(crate) ask_at: u16,
    /// All keys held with uses left; expired ones may be among them.
    pub(crate) keys: Vec<KeyLeft>,
    /// How many counters there are above the highest of a key.
    pub(crate) counters_left: u16,
    /// How many uses were made since then, and when then was on the wall clock.
    pub(crate) made: u32,
    pub(crate) since_ms: u64,
}

/// What is left of one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeyLeft {
    pub(crate) uses: u16,
    pub(crate) not_before_ms: u64,
    pub(crate) not_after_ms: u64,
}

/// What a stock needs: the advice, and how many uses a request wants for it. Where the advice is to ask for keys, it wants some.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Need {
    pub(crate) advice: Advice,
    pub(crate) want: u16,
}

/// Whether to ask the issuer for keys or certificates, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Advice {
    /// How many payments the keys are good for that are here and not expired.
    pub uses_left: u32,
    /// For how many whole days they last at the holder's own rate: 0 for less than one, and where none is left
    /// (`uses_left` = 0). `None` where it is not known, because the holder has not paid yet.
    pub days_of_cover: Option<u32>,
    /// How urgent it is.
    pub ask: Ask,
    /// For what reason.
    pub why: Why,
    /// The first certificates of the card to end, where they do within 30 days or have.
    pub certificate: Option<CertificateEnd>,
}

/// How urgent it is to ask the issuer, from not at all upwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ask {
    /// There is no need.
    No,
    /// When the phone is online anyway.
    Soon,
    /// As soon as the phone can be online.
    Now,
}

/// Why the issuer is to be asked, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Why {
    /// There is nothing left to pay with.
    NoKeysLeft,
    /// There is little left, by the card's policy or by the holder's own rate.
    FewKeysLeft,
    /// Most of what is left nears its end.
    KeysExpireSoon,
    /// The platform has not made the key yet with which the card's payment keys are opened: nothing to ask for until it
    /// has.
    NoSpendKey,
    /// The platform lost the key with which payment keys are opened.
    KeysLost,
    /// There is enough.
    Enough,
    /// The card waits for its identity check.
    CardWaiting,
    /// The card is suspended.
    CardSuspended,
    /// The wallet was put back to an older copy: it must resynchronise, and gets new keys then.
    RolledBack,
    /// The certificates with which the card authenticates itself to terminals end within 30 days.
    CertificateEnds,
    /// They are over: the card pays without that, or not at all, until the issuer has sent others.
    CertificateOver,
}

impl Advice {
    /// The same of a card whose first certificates end then. There are none to be had by a card that asks for nothing.
    pub(crate) fn with_certificate(self, certificate: Option<CertificateEnd>) -> Advice {
        let (ask, why) = match (certificate, self.ask, self.why) {
            (Some(CertificateEnd { is_over: true, .. }), Ask::No, Why::Enough)
            | (Some(CertificateEnd { is_over: true, .. }), Ask::Soon, _) => (Ask::Now, Why::CertificateOver),
            (Some(_), Ask::No, Why::Enough) => (Ask::Soon, Why::CertificateEnds),
            (_, ask, why) => (ask, why),
        };
        Advice { ask, why, certificate, ..self }
    }
}

const DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// What the holder's rate must leave.
const COVER_MS: u128 = 3 * DAY_MS as u128;
/// What a full stock lasts for at the holder's rate.
const FULL_FOR_MS: u128 = 7 * DAY_MS as u128;
/// A stock is full with so many uses at least,
const LEAST_FULL: u16 = 10;
/// and at most with so many: the keys of one envelope.
const MOST_FULL: u16 = 32;
/// So many keys of one application and channel are held at most, those not counted that are over. A full stock renewed before
/// it is over has 64 at most.
pub(crate) const MOST_KEYS: usize = 128;

impl Stock {
    /// What it needs at this time on the wall clock.
    pub(crate) fn need(&self, wall_ms: u64) -> Need {
        let pays = !self.rolled_back && self.has_spend_key && !self.keys_lost;
        let mut keys: Vec<KeyLeft> = self.keys.iter().filter(|key| pays && key.is_left(wall_ms)).copied().collect();
        keys.sort_unstable_by_key(|key| key.not_after_ms);
        let left = uses_of(&keys);
        let fresh = uses_of(keys.iter().filter(|key| key.is_fresh(wall_ms)));
        let rate = self.rate(wall_ms);
        let days_of_cover = if left == 0 { Some(0) } else { rate.map(|rate| days_of_cover(&keys, rate, wall_ms)) };
        let want = self.want(keys.len(), fresh, rate);
        let (ask, why) = self.ask(left, fresh, rate, want);
        Need { advice: Advice { uses_left: left, days_of_cover, ask, why, certificate: None }, want }
    }

    /// How many uses fill it up.
    fn want(&self, keys: usize, fresh: u32, rate: Option<Rate>) -> u16 {
        if self.rolled_back || self.state != CardState::Active || !self.has_spend_key {
            return 0;
        }
        let at_the_rate = rate.map_or(0, |rate| rate.uses_in(FULL_FOR_MS));
        // A policy asks at about two fifths of what is full.
        let full = (self.ask_at.saturating_mul(5) / 2).max(at_the_rate).clamp(LEAST_FULL, MOST_FULL);
        let missing = full.saturating_sub(u16::try_from(fresh).unwrap_or(u16::MAX));
        let room = u16::try_from(MOST_KEYS.saturating_sub(keys)).unwrap_or(u16::MAX);
        missing.min(room).min(self.counters_left)
    }

    fn ask(&self, left: u32, fresh: u32, rate: Option<Rate>, want: u16) -> (Ask, Why) {
        let now_if_wanted = if want == 0 { Ask::No } else { Ask::Now };
        let ask_at = u32::from(self.ask_at);
        let twice = ask_at.saturating_mul(2);
        if self.rolled_back {
            (Ask::Now, Why::RolledBack)
        } else if self.state == CardState::Waiting {
            (Ask::No, Why::CardWaiting)
        } else if self.state != CardState::Active {
            // A deleted one has no stock.
            (Ask::No, Why::CardSuspended)
        } else if !self.has_spend_key {
            (Ask::No, Why::NoSpendKey)
        } else if self.keys_lost {
            (now_if_wanted, Why::KeysLost)
        } else if left == 0 {
            (now_if_wanted, Why::NoKeysLeft)
        } else if want == 0 {
            (Ask::No, Why::Enough)
        } else if left <= ask_at {
            (Ask::Now, Why::FewKeysLeft)
        } else if fresh <= ask_at {
            (Ask::Now, Why::KeysExpireSoon)
        } else if left <= twice {
            (Ask::Soon, Why::FewKeysLeft)
        } else if fresh <= twice {
            (Ask::Soon, Why::KeysExpireSoon)
        } else if rate.is_some_and(|rate| rate.time_for(left) < COVER_MS) {
            (Ask::Soon, Why::FewKeysLeft)
        } else {
            (Ask::No, Why::Enough)
        }
    }

    fn rate(&self, wall_ms: u64) -> Option<Rate> {
        let span_ms = wall_ms.saturating_sub(self.since_ms).max(DAY_MS);
        (self.made > 0).then_some(Rate { made: self.made, span_ms })
    }
}

impl KeyLeft {
    fn is_left(&self, wall_ms: u64) -> bool {
        wall_ms <= self.not_after_ms
    }

    fn is_fresh(&self, wall_ms: u64) -> bool {
        let life = self.not_after_ms.saturating_sub(self.not_before_ms);
        let ahead = self.not_after_ms.saturating_sub(wall_ms);
        u128::from(ahead).saturating_mul(4) > u128::from(life)
    }
}

fn uses_of<'a>(keys: impl IntoIterator<Item = &'a KeyLeft>) -> u32 {
    keys.into_iter().fold(0, |sum, key| sum.saturating_add(key.uses.into()))
}

/// Uses made, more than 0, and the milliseconds in which they were made.
#[derive(Clone, Copy)]
struct Rate {
    made: u32,
    span_ms: u64,
}

impl Rate {
    /// Milliseconds until so many uses are made.
    fn time_for(self, uses: u32) -> u128 {
        u128::from(uses).saturating_mul(self.span_ms.into()).checked_div(self.made.into()).unwrap_or(u128::MAX)
    }

    /// How many uses are made in so many milliseconds, a use begun counted as one.
    fn uses_in(&self, span_ms: u128) -> u16 {
        let made = u128::from(self.made).saturating_mul(span_ms);
        u16::try_from(made.div_ceil(u128::from(self.span_ms).max(1))).unwrap_or(u16::MAX)
    }
}

/// Whole days until all keys, which are in the order of their ends, are used up or over.
fn days_of_cover(keys: &[KeyLeft], rate: Rate, wall_ms: u64) -> u32 {
    let without_keys = keys.iter().fold(0, |covered: u128, key| {
        let used_up = covered.saturating_add(rate.time_for(key.uses.into()));
        let over = u128::from(key.not_after_ms.saturating_sub(wall_ms));
        used_up.min(over)
    });
    u32::try_from(without_keys.checked_div(DAY_MS.into()).unwrap_or(0)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
