//! Payment keys on their way to wallets: those that a wallet asks for, and those that it is sent unasked.

use std::collections::BTreeMap;

use super::Issuer;
use super::contents::{MOST_ENTRIES, replenish_keys, with_icc_keys};
use super::key_entry::{Channel, KeyEntry};
use super::key_sequence::Terms;
use super::life_cycle::CardMove;
use super::provisioning::Refused;
use super::requests::{Body, Wanted};
use super::seal::Purpose;
use super::wallets::{AtcSequence, CardState, Holder};

/// The most uses that one request is given for one application in one channel.
const MOST_USES: u16 = 1000;

impl Issuer {
    /// Answers a replenishment request: keys for what is wanted, above the highest ATC ever issued, an envelope for each card
    /// and each 32 entries. Only active cards get keys.
    pub fn replenish(
        &mut self,
        request: &[u8],
        wall_ms: u64,
        randomness: &mut dyn FnMut(&mut [u8]),
    ) -> Result<Vec<Vec<u8>>, Refused> {
        let request = self.read(request)?;
        let Body::Replenishment { wanted, .. } = &request.body else {
            return Err(Refused::OtherKind);
        };
        self.hear(&request)?;
        let mut by_card: BTreeMap<u32, Vec<&Wanted>> = BTreeMap::new();
        wanted.iter().for_each(|wanted| by_card.entry(wanted.sequence.card).or_default().push(wanted));
        let mut envelopes = Vec::new();
        for (card, wanted) in by_card {
            let holder = Holder { wallet: request.wallet, card };
            let known = self.wallets.card(holder).ok_or(Refused::UnknownCard)?;
            if known.state != CardState::Active {
                continue;
            }
            let mut entries = Vec::new();
            for wanted in wanted {
                entries.extend(self.entries(holder, &wanted.sequence, wanted.uses.min(MOST_USES), wall_ms)?);
            }
            envelopes.extend(self.send_keys(holder, &entries, randomness)?);
        }
        Ok(envelopes)
    }

    /// Sends keys of a channel, unasked: of so many uses, 1 to 1,000, for each application of an active card. An envelope for each
    /// 32 entries; none where the phone has not made the spend key that they would be sealed to.
    pub fn send_keys_for(
        &mut self,
        holder: Holder,
        channel: Channel,
        uses: u16,
        wall_ms: u64,
        randomness: &mut dyn FnMut(&mut [u8]),
    ) -> Result<Vec<Vec<u8>>, Refused> {
        if !(1..=MOST_USES).contains(&uses) {
            return Err(Refused::OutOfBounds);
        }
        self.moved(holder, CardMove::Keys)?;
        let card = self.wallets.card(holder).ok_or(Refused::UnknownCard)?;
        let applications = self.account_of(card)?.applications.iter();
        let sequences: Vec<AtcSequence> =
            applications.map(|application| AtcSequence::of(holder.card, &application.profile.aid, channel)).collect();
        let mut entries = Vec::new();
        for sequence in sequences {
            entries.extend(self.entries(holder, &sequence, uses, wall_ms)?);
        }
        self.send_keys(holder, &entries, randomness)
    }

    /// Issues keys of this many uses to a card's application in a channel, or as many as its ATCs last for. None where the phone has not made
    /// the spend key that they would be sealed to: it asks for them once it has.
    pub(super) fn entries(
        &mut self,
        holder: Holder,
        sequence: &AtcSequence,
        uses: u16,
        wall_ms: u64,
    ) -> Result<Vec<KeyEntry>, Refused> {
        let wallet = self.wallets.wallet(&holder.wallet).ok_or(Refused::UnknownWallet)?;
        let card = wallet.cards.get(&holder.card).ok_or(Refused::UnknownCard)?;
        if wallet.spend_points.of(card.policy.protection).is_none() {
            return Ok(Vec::new());
        }
        let terms = Terms {
            not_before_ms: wall_ms,
            not_after_ms: wall_ms.saturating_add(self.key_life_ms),
            uses_per_limited_use_key: self.uses_per_limited_use_key.min(card.policy.most_uses),
            limits: self.limits.clone(),
            holder: Some(holder),
        };
        let account = self.accounts.get_mut(&card.token);
        let keys = account.and_then(|account| account.keys_of_mut(sequence)).ok_or(Refused::UnknownCard)?;
        let highest = keys.highest_issued();
        let uses = uses.min(0xFFFE_u16.saturating_sub(highest));
        if uses == 0 || keys.test_only() {
            return Ok(Vec::new());
        }
        let issued = keys.issue(highest.saturating_add(1), uses, &terms)?;
        Ok(issued.into_iter().map(KeyEntry::from).collect())
    }

    /// Issues keys for taps to each application of a card, as many uses as its order says, of so many entries at most.
    pub(super) fn first_entries(&mut self, holder: Holder, uses: u16, wall_ms: u64) -> Result<Vec<KeyEntry>, Refused> {
        let card = self.wallets.card(holder).ok_or(Refused::UnknownCard)?;
        let account = self.accounts.get(&card.token).ok_or(Refused::UnknownCard)?;
        let room = MOST_ENTRIES.checked_div(account.applications.len()).unwrap_or(0);
        let uses_per_limited_use_key = self.uses_per_limited_use_key.min(card.policy.most_uses);
        let orders: Vec<(AtcSequence, u16)> = account
            .applications
            .iter()
            .map(|application| {
                let most = application.taps.most_uses(uses_per_limited_use_key);
                let most = u16::try_from(room).unwrap_or(u16::MAX).saturating_mul(most);
                (AtcSequence::of(holder.card, &application.profile.aid, Channel::Tap), uses.min(most).min(MOST_USES))
            })
            .collect();
        let mut entries = Vec::new();
        for (sequence, uses) in orders {
            entries.extend(self.entries(holder, &sequence, uses, wall_ms)?);
        }
        Ok(entries)
    }

    /// Envelopes that bring keys, at most 32 in each.
    pub(super) fn send_keys(
        &mut self,
        holder: Holder,
        entries: &[KeyEntry],
        randomness: &mut dyn FnMut(&mut [u8]),
    ) -> Result<Vec<Vec<u8>>, Refused> {
        let mut envelopes = Vec::new();
        for entries in entries.chunks(MOST_ENTRIES) {
            let content = replenish_keys(&self.sealed(holder, entries, randomness)?)?;
            let served = |aid: &[u8]| entries.iter().any(|entry| entry.aid == aid);
            let content = with_icc_keys(content, &self.sealed_icc_keys(holder, served, randomness)?)?;
            envelopes.push(self.send(holder, Purpose::ReplenishKeys, &content, randomness)?);
        }
        Ok(envelopes)
    }
}

#[cfg(test)]
pub(super) mod tests;
