//! The life of a card that a wallet has: its moves, its identity check, a new profile or policy; and the way back for a
//! wallet to which an older copy of its state was put back.

use super::Issuer;
use super::contents::{Counter, Policy, renew, resynchronise, with_icc_keys};
use super::key_entry::Channel;
use super::provisioning::Refused;
use super::requests::{Body, ListedCard};
use super::seal::Purpose;
use super::wallets::{CardState, Holder, WalletId};

/// What moves a card from state to state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardMove {
    /// It must not pay for now.
    Suspend,
    /// It may pay again.
    Resume,
    /// It ends.
    Delete,
    /// It gets another profile.
    Renew,
    /// It gets another policy.
    Policy,
    /// A code of its holder is checked.
    IdentityCheck,
    /// It gets keys for which the wallet did not ask.
    Keys,
}

impl CardMove {
    /// As it stands behind "cannot be".
    pub fn name(self) -> &'static str {
        match self {
            CardMove::Suspend => "suspended",
            CardMove::Resume => "resumed",
            CardMove::Delete => "deleted",
            CardMove::Renew => "renewed",
            CardMove::Policy => "given another policy",
            CardMove::IdentityCheck => "asked for a code",
            CardMove::Keys => "sent keys",
        }
    }

    /// Where it leads. `None` where a card in this state does not go.
    fn from(self, state: CardState) -> Option<CardState> {
        match (self, state) {
            (CardMove::Suspend, CardState::Active) => Some(CardState::Suspended),
            (CardMove::Keys, CardState::Active) => Some(state),
            // A waiting card becomes active by the right code alone.
            (CardMove::Resume, CardState::Suspended) => Some(CardState::Active),
            (CardMove::IdentityCheck, CardState::Waiting) => Some(CardState::Active),
            (CardMove::Delete, CardState::Deleted) => None,
            (CardMove::Delete, _) => Some(CardState::Deleted),
            (CardMove::Renew | CardMove::Policy, CardState::Waiting | CardState::Active | CardState::Suspended) => {
                Some(state)
            }
            _ => None,
        }
    }
}

/// What became of a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdentityAnswer {
    /// It was right: an envelope that makes the card active.
    Right(Vec<u8>),
    /// It was wrong; so many may still be tried.
    Wrong {
        /// At least 1.
        left: u8,
    },
    /// It was wrong and the last one: an envelope that deletes the card.
    WasLast(Vec<u8>),
}

impl Issuer {
    /// Suspends an active card.
    pub fn suspend(&mut self, holder: Holder, randomness: &mut dyn FnMut(&mut [u8])) -> Result<Vec<u8>, Refused> {
        self.move_card(holder, CardMove::Suspend, randomness)
    }

    /// Lets a suspended card pay again.
    pub fn resume(&mut self, holder: Holder, randomness: &mut dyn FnMut(&mut [u8])) -> Result<Vec<u8>, Refused> {
        self.move_card(holder, CardMove::Resume, randomness)
    }

    /// Ends a card. Its token may go to another one then.
    pub fn delete(&mut self, holder: Holder, randomness: &mut dyn FnMut(&mut [u8])) -> Result<Vec<u8>, Refused> {
        self.move_card(holder, CardMove::Delete, randomness)
    }

    /// Sends the profile anew, with an expiry three years later.
    pub fn renew(&mut self, holder: Holder, randomness: &mut dyn FnMut(&mut [u8])) -> Result<Vec<u8>, Refused> {
        self.moved(holder, CardMove::Renew)?;
        let token = self.card_mut(holder)?.token.clone();
        self.accounts.get_mut(&token).ok_or(Refused::UnknownCard)?.renew();
        self.send_profile(holder, randomness)
    }

    /// Sends another policy. Where it changes the protection, the wallet drops the card's keys; an active card gets new ones
    /// at once, as many for taps as at first; it asks for those of other channels. What was sealed to the other spend key stays good until it expires: taps may be on the way.
    pub fn set_policy(
        &mut self,
        holder: Holder,
        policy: Policy,
        wall_ms: u64,
        randomness: &mut dyn FnMut(&mut [u8]),
    ) -> Result<Vec<Vec<u8>>, Refused> {
        if policy.most_uses == 0 {
            return Err(Refused::OutOfBounds);
        }
        self.moved(holder, CardMove::Policy)?;
        let card = self.card_mut(holder)?;
        let protection_changes = card.policy.protection != policy.protection;
        let (active, first_keys) = (card.state == CardState::Active, card.first_keys);
        card.policy = policy;
        let mut envelopes = vec![self.send_policy(holder, randomness)?];
        if protection_changes && active {
            let entries = self.first_entries(holder, first_keys, wall_ms)?;
            envelopes.extend(self.send_keys(holder, &entries, randomness)?);
        }
        Ok(envelopes)
    }

    /// Answers an identity check. The right code makes the card active, the last wrong one deletes it.
    pub fn check_identity(
        &mut self,
        request: &[u8],
        randomness: &mut dyn FnMut(&mut [u8]),
    ) -> Result<IdentityAnswer, Refused> {
        let request = self.read(request)?;
        let Body::IdentityCheck { card, code } = &request.body else {
            return Err(Refused::OtherKind);
        };
        self.hear(&request)?;
        let holder = Holder { wallet: request.wallet, card: *card };
        let active = self.moved(holder, CardMove::IdentityCheck)?;
        let known = self.card_mut(holder)?;
        let check = known.identity_check.as_mut().ok_or(Refused::UnknownCard)?;
        if check.code.as_bytes() == code {
            (known.state, known.identity_check) = (active, None);
            return Ok(IdentityAnswer::Right(self.send(holder, Purpose::Resume, &[], randomness)?));
        }
        check.left = check.left.saturating_sub(1);
        match check.left {
            0 => Ok(IdentityAnswer::WasLast(self.move_card(holder, CardMove::Delete, randomness)?)),
            left => Ok(IdentityAnswer::Wrong { left }),
        }
    }

    /// Answers a resynchronisation: the wallet drops all keys and raises its counters to what was ever issued; no cryptogram
    /// under the dropped keys is accepted any more, since another copy of the wallet may hold them. Behind that come envelopes
    /// for what the older copy does not know: cards, states, policies, profiles. Keys it asks for then.
    pub fn resynchronise(
        &mut self,
        request: &[u8],
        wall_ms: u64,
        randomness: &mut dyn FnMut(&mut [u8]),
    ) -> Result<Vec<Vec<u8>>, Refused> {
        let request = self.read(request)?;
        let Body::Resynchronisation { listing, .. } = &request.body else {
            return Err(Refused::OtherKind);
        };
        self.hear(&request)?;
        let wallet = self.wallets.wallets.get_mut(&request.wallet).ok_or(Refused::UnknownWallet)?;
        wallet.rolled_back = None;
        // What waits was meant for the wallet as it was; what it still needs is sent anew.
        wallet.waiting.clear();
        let cards: Vec<u32> = wallet.cards.keys().copied().collect();
        let mut counters = Vec::new();
        for card in &cards {
            let listed = listing.cards.iter().any(|listed| listed.card == *card);
            counters.extend(self.withdraw(Holder { wallet: request.wallet, card: *card }).filter(|_| listed));
        }
        let content = resynchronise(&request.challenge, &counters.concat())?;
        let holder = Holder { wallet: request.wallet, card: 0 };
        let mut envelopes = vec![self.send(holder, Purpose::Resynchronise, &content, randomness)?];
        for card in cards {
            let holder = Holder { wallet: request.wallet, card };
            let listed = listing.cards.iter().find(|listed| listed.card == card);
            envelopes.extend(self.brought_up_to_date(holder, (listed, request.sequence), wall_ms, randomness)?);
        }
        Ok(envelopes)
    }

    /// Sends the cards of a wallet that has taken in none of them and that none waits for: it was enrolled anew.
    pub(super) fn install_what_does_not_wait(
        &mut self,
        wallet: &WalletId,
        wall_ms: u64,
        randomness: &mut dyn FnMut(&mut [u8]),
    ) -> Result<(), Refused> {
        let known = self.wallets.wallet(wallet).ok_or(Refused::UnknownWallet)?;
        if known.told.sequence > 0 || !known.waiting.is_empty() {
            return Ok(());
        }
        for card in known.cards.keys().copied().collect::<Vec<u32>>() {
            let holder = Holder { wallet: *wallet, card };
            self.withdraw(holder);
            self.brought_up_to_date(holder, (None, 0), wall_ms, randomness)?;
        }
        Ok(())
    }

    /// Accepts nothing any more under the keys of this card, and tells where its counters rise to. A channel but that of taps for
    /// which nothing was ever issued has none.
    fn withdraw(&mut self, holder: Holder) -> Option<Vec<Counter>> {
        let token = self.wallets.card(holder)?.token.clone();
        let mut counters = Vec::new();
        for application in &mut self.accounts.get_mut(&token)?.applications {
            application.withdraw(holder);
            for channel in Channel::ALL {
                let atc = application.keys(channel).highest_issued();
                if atc > 0 || channel == Channel::Tap {
                    let (card, aid) = (holder.card, application.profile.aid.clone());
                    counters.push(Counter { card, aid, channel: channel as u8, atc });
                }
            }
        }
        counters.sort_by(|one, next| (&one.aid, one.channel).cmp(&(&next.aid, next.channel)));
        Some(counters)
    }

    /// What a card needs to be as the issuer knows it, where the wallet lists it so and has applied so much.
    fn brought_up_to_date(
        &mut self,
        holder: Holder,
        (listed, applied): (Option<&ListedCard>, u64),
        wall_ms: u64,
        randomness: &mut dyn FnMut(&mut [u8]),
    ) -> Result<Vec<Vec<u8>>, Refused> {
        let card = self.card_mut(holder)?;
        let (state, newer) = (card.state, (card.policy_at > applied, card.profile_at > applied));
        let mut envelopes = Vec::new();
        if state == CardState::Deleted {
            if listed.is_some() {
                envelopes.push(self.send(holder, Purpose::Delete, &[], randomness)?);
            }
            return Ok(envelopes);
        }
        let mut there = listed.and_then(|listed| CardState::of_number(listed.state));
        if there.is_none() {
            envelopes.push(self.send_install(holder, 0, wall_ms, randomness)?);
            there = Some(if state == CardState::Waiting { CardState::Waiting } else { CardState::Active });
        } else {
            if newer.0 {
                envelopes.push(self.send_policy(holder, randomness)?);
            }
            if newer.1 {
                envelopes.push(self.send_profile(holder, randomness)?);
            }
        }
        let purposes: &[Purpose] = match (there, state) {
            (Some(CardState::Waiting | CardState::Suspended), CardState::Active) => &[Purpose::Resume],
            (Some(CardState::Active), CardState::Suspended) => &[Purpose::Suspend],
            (Some(CardState::Waiting), CardState::Suspended) => &[Purpose::Resume, Purpose::Suspend],
            _ => &[],
        };
        for purpose in purposes {
            envelopes.push(self.send(holder, *purpose, &[], randomness)?);
        }
        Ok(envelopes)
    }

    /// The state that a card would get. It is not moved yet.
    pub(super) fn moved(&self, holder: Holder, card_move: CardMove) -> Result<CardState, Refused> {
        let state = self.wallets.card(holder).ok_or(Refused::UnknownCard)?.state;
        card_move.from(state).ok_or(Refused::NoSuchMove(state, card_move))
    }

    fn move_card(
        &mut self,
        holder: Holder,
        card_move: CardMove,
        randomness: &mut dyn FnMut(&mut [u8]),
    ) -> Result<Vec<u8>, Refused> {
        let purpose = match card_move {
            CardMove::Suspend => Purpose::Suspend,
            CardMove::Delete => Purpose::Delete,
            _ => Purpose::Resume,
        };
        let state = self.moved(holder, card_move)?;
        let envelope = self.send(holder, purpose, &[], randomness)?;
        let card = self.card_mut(holder)?;
        card.state = state;
        if state == CardState::Deleted {
            card.identity_check = None;
        }
        Ok(envelope)
    }

    fn send_policy(&mut self, holder: Holder, randomness: &mut dyn FnMut(&mut [u8])) -> Result<Vec<u8>, Refused> {
        let content = self.card_mut(holder)?.policy.content();
        let envelope = self.send(holder, Purpose::Policy, &content, randomness)?;
        self.card_mut(holder)?.policy_at = self.last_sequence(holder);
        Ok(envelope)
    }

    pub(super) fn send_profile(
        &mut self,
        holder: Holder,
        randomness: &mut dyn FnMut(&mut [u8]),
    ) -> Result<Vec<u8>, Refused> {
        let card = self.wallets.card(holder).ok_or(Refused::UnknownCard)?;
        let profile = self.account_of(card)?.card.profile();
        let content = with_icc_keys(renew(&profile)?, &self.sealed_icc_keys(holder, |_| true, randomness)?)?;
        let envelope = self.send(holder, Purpose::Renew, &content, randomness)?;
        self.card_mut(holder)?.profile_at = self.last_sequence(holder);
        Ok(envelope)
    }
}

#[cfg(test)]
mod tests;
