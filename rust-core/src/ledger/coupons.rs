//! The coupons that a wallet holds, as its records tell it: their terms, how far each has come, which one is chosen for the next
//! reader of its merchant, and what became of their uses.
//!
//! Uses are numbered from 1 and go in that order. At most one is leased in the whole wallet, that of the chosen coupon: it is what a
//! power loss can cost. A coupon that is removed leaves its mark, so that its uses do not begin anew should it come again. Marks that
//! are over by the clock give way where there is no room.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::coupon_record::CouponRecord;
use super::record::Boot;
use crate::coupon::coupon_notice::CouponNotice;
use crate::coupon::coupon_signer::SignerWord;
use crate::coupon::coupon_terms::{CouponId, CouponTerms, CouponUse};
use crate::coupon::listing::{Coupon, CouponState, PresentedUse};
use crate::error::coupon::{CouponError, CouponFault};
use crate::keys::coupon_secret::CouponSecret;
use crate::keys::issuer_key::{IssuerKey, IssuerKeyId};
use crate::now::Now;

const MOST_COUPONS: usize = 64;
/// With the marks of those that were removed.
const MOST_KNOWN: usize = 256;
const MOST_SIGNERS: usize = 16;
/// Of each coupon so many uses are told.
const MOST_PRESENTED: usize = 32;

#[derive(Debug, Default)]
pub(super) struct Coupons {
    /// With the name that each had when it was trusted last.
    signers: Vec<SignerWord>,
    held: BTreeMap<CouponId, HeldCoupon>,
    /// Until when those were valid that are gone.
    removed: BTreeMap<CouponId, u64>,
    chosen: Option<Chosen>,
}

/// A coupon.
#[derive(Debug)]
pub(super) struct HeldCoupon {
    pub(super) terms: Box<CouponTerms>,
    /// `None` where no use is left.
    pub(super) secret: Option<Arc<CouponSecret>>,
    /// The highest use that is gone: presented or burned.
    last: u16,
    /// In the order of their numbers.
    presented: Vec<PresentedUse>,
}

/// The coupon that the next reader of its merchant is given, and the use that is leased for that.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chosen {
    pub(super) leased: CouponUse,
    /// The record that did so.
    pub(super) number: u64,
    boot_count: u32,
    until_ms: u64,
    /// When it was chosen.
    boot_ms: u64,
}

impl Chosen {
    /// Whether its time is not over.
    pub(super) fn counts(&self, now: Now) -> bool {
        self.boot_count == now.boot_count && now.boot_ms < self.until_ms
    }
}

impl HeldCoupon {
    fn pass(&mut self, number: u16) {
        self.last = self.last.max(number);
        if self.last >= self.terms.uses {
            self.secret = None;
        }
    }

    fn uses_left(&self) -> u16 {
        self.terms.uses.saturating_sub(self.last)
    }

    /// The place of a use in what is told of; `None` where it is too long ago.
    fn presented(&mut self, number: u16) -> Option<&mut PresentedUse> {
        let place = match self.presented.binary_search_by_key(&number, |presented| presented.number) {
            Ok(place) => place,
            Err(0) if self.presented.len() >= MOST_PRESENTED => return None,
            Err(place) => {
                self.presented.insert(place, PresentedUse { number, at_ms: 0, settled: None });
                let surplus = self.presented.len().saturating_sub(MOST_PRESENTED);
                self.presented.drain(..surplus);
                place.saturating_sub(surplus)
            }
        };
        self.presented.get_mut(place)
    }
}

impl Coupons {
    /// What a record changes, and by which number it stands in the log. `clock` is the highest wall clock that was seen.
    pub(super) fn apply(&mut self, record: CouponRecord, number: u64, clock: u64) {
        match record {
            CouponRecord::Signer(word) => self.keep_signer(word),
            CouponRecord::Coupon { last, terms, secret } => {
                if self.held.len().saturating_add(self.removed.len()) >= MOST_KNOWN {
                    self.removed.retain(|_, until_ms| *until_ms >= clock);
                }
                let id = terms.id;
                let mut held = HeldCoupon { terms, secret, last: 0, presented: Vec::new() };
                held.pass(last);
                self.held.insert(id, held);
            }
            CouponRecord::Chosen { leased, boot_count, until_ms, boot_ms } => {
                self.chosen = Some(Chosen { leased, number, boot_count, until_ms, boot_ms });
            }
            CouponRecord::Released(leased) => self.chosen = self.chosen.filter(|chosen| chosen.leased != leased),
            CouponRecord::Consumed { spent, wall_ms, .. } => {
                self.chosen = self.chosen.filter(|chosen| chosen.leased != spent);
                if let Some(held) = self.held.get_mut(&spent.coupon) {
                    held.pass(spent.number);
                    if let Some(presented) = held.presented(spent.number) {
                        presented.at_ms = wall_ms;
                    }
                }
            }
            CouponRecord::Settled(CouponNotice { presented, settled, at_ms }) => {
                let held = self.held.get_mut(&presented.coupon);
                if let Some(told) = held.and_then(|held| held.presented(presented.number)) {
                    // The same wherever it comes first, also where two are of one moment.
                    let latest = |one: &(_, u64), other: &(_, u64)| (one.1, one.0) < (other.1, other.0);
                    if told.settled.is_none_or(|before| latest(&before, &(settled, at_ms))) {
                        told.settled = Some((settled, at_ms));
                    }
                }
            }
            CouponRecord::Removed { coupon, until_ms } => {
                self.held.remove(&coupon);
                self.chosen = self.chosen.filter(|chosen| chosen.leased.coupon != coupon);
                self.removed.insert(coupon, until_ms);
            }
        }
    }

    fn keep_signer(&mut self, word: SignerWord) {
        let known = self.signers.iter_mut().find(|known| known.key.id() == word.key.id());
        match known {
            Some(known) if word.trusted => *known = word,
            Some(known) => known.trusted = false,
            None => {
                if self.signers.len() >= MOST_SIGNERS {
                    let place = self.signers.iter().position(|signer| self.has_no_use(signer));
                    place.map(|place| self.signers.remove(place));
                }
                self.signers.push(word);
            }
        }
    }

    /// A signer that is trusted no longer and of whom there is no coupon.
    fn has_no_use(&self, signer: &SignerWord) -> bool {
        !signer.trusted && !self.held.values().any(|held| held.terms.signer == signer.key.id())
    }

    /// A segment of the log begins.
    pub(super) fn begin(&mut self, boot: Boot) {
        if boot.burns_leases || boot.rolled_back {
            // What was leased may have been presented.
            if let Some(Chosen { leased, .. }) = self.chosen.take() {
                self.held.get_mut(&leased.coupon).into_iter().for_each(|held| held.pass(leased.number));
            }
        }
        if boot.rolled_back {
            // Which uses were presented since the copy was made is not in it.
            self.held.values_mut().for_each(|held| held.pass(u16::MAX));
        }
    }

    /// All of it as records again, but for the uses that were presented.
    pub(super) fn snapshot(&self) -> Vec<CouponRecord> {
        let mut records = Vec::new();
        for signer in &self.signers {
            records.push(CouponRecord::Signer(SignerWord { trusted: true, ..signer.clone() }));
            if !signer.trusted {
                let name = String::new();
                records.push(CouponRecord::Signer(SignerWord { name, ..signer.clone() }));
            }
        }
        let removed = self.removed.iter();
        records.extend(removed.map(|(id, until_ms)| CouponRecord::Removed { coupon: *id, until_ms: *until_ms }));
        records.extend(self.held.values().map(|HeldCoupon { terms, secret, last, .. }| CouponRecord::Coupon {
            last: *last,
            terms: Box::new(terms.copy()),
            secret: secret.clone(),
        }));
        records.extend(self.chosen.map(|Chosen { leased, boot_count, until_ms, boot_ms, .. }| CouponRecord::Chosen {
            leased,
            boot_count,
            until_ms,
            boot_ms,
        }));
        records
    }

    /// The uses that were presented, and what became of them, as records; of those in a contact that is still told, by another's hand.
    pub(super) fn presented(&self, is_told: impl Fn(CouponUse) -> bool) -> Vec<CouponRecord> {
        let mut records = Vec::new();
        for (coupon, held) in &self.held {
            for PresentedUse { number, at_ms, settled } in &held.presented {
                let presented = CouponUse { coupon: *coupon, number: *number };
                if *at_ms != 0 && !is_told(presented) {
                    records.push(CouponRecord::Consumed { contact: 0, spent: presented, wall_ms: *at_ms });
                }
                records.extend(
                    settled.map(|(settled, at_ms)| CouponRecord::Settled(CouponNotice { presented, settled, at_ms })),
                );
            }
        }
        records
    }

    pub(super) fn get(&self, coupon: CouponId) -> Option<&HeldCoupon> {
        self.held.get(&coupon)
    }

    pub(super) fn chosen(&self) -> Option<Chosen> {
        self.chosen
    }

    fn signer(&self, id: IssuerKeyId) -> Option<&SignerWord> {
        self.signers.iter().find(|signer| signer.key.id() == id)
    }

    /// The key of a signer whose coupons are taken. The issuer's own always are.
    fn trusted<'a>(&'a self, id: IssuerKeyId, issuer: &'a IssuerKey) -> Option<&'a IssuerKey> {
        let of_others = self.signer(id).filter(|signer| signer.trusted).map(|signer| &signer.key);
        Some(issuer).filter(|issuer| issuer.id() == id).or(of_others)
    }

    /// Whether a use may be presented now. `latest_ms` is the wall clock, which a little set back makes nothing valid again.
    pub(super) fn next_use(
        &self,
        coupon: CouponId,
        (wall_ms, latest_ms): (u64, u64),
        issuer: &IssuerKey,
    ) -> Result<CouponUse, CouponError> {
        let held = self.held.get(&coupon).ok_or(CouponError::Unknown)?;
        match self.state(held, (wall_ms, latest_ms), issuer) {
            CouponState::Valid => Ok(CouponUse { coupon, number: held.last.saturating_add(1) }),
            CouponState::UsedUp => Err(CouponError::UsedUp),
            CouponState::Expired => Err(CouponError::Expired),
            CouponState::SignerNotTrusted => Err(CouponError::SignerNotTrusted),
            CouponState::NotYetValid => Err(CouponError::NotYetValid),
        }
    }

    fn state(&self, held: &HeldCoupon, (wall_ms, latest_ms): (u64, u64), issuer: &IssuerKey) -> CouponState {
        let terms = &held.terms;
        if held.uses_left() == 0 {
            CouponState::UsedUp
        } else if latest_ms > terms.valid_until_ms {
            CouponState::Expired
        } else if self.trusted(terms.signer, issuer).is_none() {
            CouponState::SignerNotTrusted
        } else if wall_ms < terms.valid_from_ms {
            CouponState::NotYetValid
        } else {
            CouponState::Valid
        }
    }

    /// What there is to show of each.
    pub(super) fn told(&self, clocks: (u64, u64), issuer: &IssuerKey) -> Vec<Coupon> {
        let told = self.held.values().map(|held| Coupon {
            id: held.terms.id,
            signer: self.signer(held.terms.signer).map(|signer| signer.name.clone()),
            title: held.terms.title.clone(),
            worth: held.terms.worth,
            conditions: held.terms.conditions.clone(),
            valid_from_ms: held.terms.valid_from_ms,
            valid_until_ms: held.terms.valid_until_ms,
            uses: held.terms.uses,
            uses_left: held.uses_left(),
            state: self.state(held, clocks, issuer),
            presented: held.presented.clone(),
        });
        told.collect()
    }

    /// What a coupon that the issuer sends comes to.
    ///
    /// # Errors
    /// Why it is not taken in.
    pub(super) fn taken_in(
        &self,
        terms: CouponTerms,
        signature: &[u8; 64],
        secret: CouponSecret,
        (clock, latest_ms): (u64, u64),
        issuer: &IssuerKey,
    ) -> Result<Vec<CouponRecord>, CouponFault> {
        let signer = self.trusted(terms.signer, issuer).ok_or(CouponFault::UnknownSigner)?;
        if !signer.verifies(terms.digest(), signature) {
            return Err(CouponFault::SignatureWrong);
        }
        if self.held.contains_key(&terms.id) || self.removed.contains_key(&terms.id) {
            return Err(CouponFault::Known);
        }
        let marks = self.removed.values().filter(|until_ms| **until_ms >= clock).count();
        if self.held.len().saturating_add(marks) >= MOST_KNOWN {
            return Err(CouponFault::TooMany);
        }
        let mut records = Vec::new();
        if self.held.len() >= MOST_COUPONS {
            records.push(self.longest_over(latest_ms).ok_or(CouponFault::TooMany)?);
        }
        // Last, for the secret's sake.
        let (terms, secret) = (Box::new(terms), Some(Arc::new(secret)));
        records.push(CouponRecord::Coupon { last: 0, terms, secret });
        Ok(records)
    }

    /// Makes room by the coupon that is over for the longest time.
    fn longest_over(&self, latest_ms: u64) -> Option<CouponRecord> {
        let over = self.held.values().filter(|held| latest_ms > held.terms.valid_until_ms);
        over.min_by_key(|held| held.terms.valid_until_ms).map(HeldCoupon::removal)
    }

    /// What the holder's removal comes to.
    pub(super) fn removal(&self, coupon: CouponId) -> Option<CouponRecord> {
        self.held.get(&coupon).map(HeldCoupon::removal)
    }

    /// What the issuer's word about a signer comes to.
    ///
    /// # Errors
    /// Why it is not taken in.
    pub(super) fn signer_taken_in(&self, word: SignerWord) -> Result<CouponRecord, CouponFault> {
        let is_known = self.signer(word.key.id()).is_some();
        if !word.trusted && !is_known {
            return Err(CouponFault::UnknownSigner);
        }
        let has_room = self.signers.len() < MOST_SIGNERS || self.signers.iter().any(|signer| self.has_no_use(signer));
        if is_known || has_room { Ok(CouponRecord::Signer(word)) } else { Err(CouponFault::TooManySigners) }
    }

    /// What a notice comes to. Of a coupon that was removed it changes nothing.
    ///
    /// # Errors
    /// Why it is not taken in.
    pub(super) fn settled(&self, notice: CouponNotice) -> Result<CouponRecord, CouponFault> {
        let CouponUse { coupon, number } = notice.presented;
        match self.held.get(&coupon) {
            Some(held) if number > held.last => Err(CouponFault::UseUnused),
            None if !self.removed.contains_key(&coupon) => Err(CouponFault::NoSuchCoupon),
            _ => Ok(CouponRecord::Settled(notice)),
        }
    }
}

impl HeldCoupon {
    fn removal(&self) -> CouponRecord {
        CouponRecord::Removed { coupon: self.terms.id, until_ms: self.terms.valid_until_ms }
    }
}
