//! How the issuer serves wallets: it knows them by enrolment, sends cards and keys, answers their requests. Everything that
//! it sends is a sealed envelope with the next number of the wallet's sequence.
//!
//! Every function takes its randomness from outside, and the wall clock where time matters (milliseconds since 1970).

use std::collections::BTreeMap;
use std::fmt;

use super::Issuer;
use super::account::{Account, IssueRefused};
use super::attestation::{AttestationRefused, Enrolling, Findings};
use super::contents::{Policy, install_card, issuer_time, rotate_issuer_key, with_icc_keys};
use super::key_entry::{KeyEntry, sealed_entries, sealed_icc_key};
use super::life_cycle::CardMove;
use super::profile::DataAuthentication;
use super::requests::{Body, Request, RequestRefused};
use super::seal::{Address, Purpose, SealRefused, SigningIssuer};
use super::token::Token;
use super::wallets::{
    AtcSequence, Card, CardState, Holder, IdentityCheck, Known, Unheard, Waiting, Wallet, WalletId, Wallets,
};

/// How a card is to be installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardOrder {
    /// What the wallet has to keep to.
    pub policy: Policy,
    /// How many identity-check codes may be tried, 1 to 10; 0 for no check: the card is active at once.
    pub codes: u8,
    /// How many uses the first keys of each application have, as far as one envelope has room.
    pub first_keys: u16,
}

/// A card on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// The number that the issuer gave it.
    pub card: u32,
    /// What the issuer tells the holder on another way, where there is an identity check.
    pub code: Option<String>,
    /// For the wallet.
    pub envelope: Vec<u8>,
}

/// Why the issuer does not do something. Nothing was sent then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The request cannot be read, or is not the wallet's.
    Request(RequestRefused),
    /// The request is the wallet's, but is not answered.
    Unheard(Unheard),
    /// The request is of another kind than this answer is for.
    OtherKind,
    /// What the phone says of its device keys is not enough.
    Attestation(AttestationRefused),
    /// The enrolment does not carry a challenge of this issuer, or one that was used.
    UnknownChallenge,
    /// A wallet of this number is enrolled with other device keys, and has acknowledged an envelope.
    EnrolledBefore,
    /// No such wallet is enrolled.
    UnknownWallet,
    /// The wallet has no such card, or there is no demo card of this name.
    UnknownCard,
    /// Some wallet has a card with this token. It must be deleted first.
    TokenInUse,
    /// A card in this state does not go there.
    NoSuchMove(CardState, CardMove),
    /// The policy, the codes or the limits are outside of what the formats allow.
    OutOfBounds,
    /// Nothing could be sealed.
    Seal(SealRefused),
    /// No keys could be issued.
    Issue(IssueRefused),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::Request(refused) => refused.fmt(f),
            Refused::Unheard(unheard) => unheard.fmt(f),
            Refused::OtherKind => f.write_str("the request is of another kind"),
            Refused::Attestation(refused) => refused.fmt(f),
            Refused::UnknownChallenge => f.write_str("the enrolment does not answer a challenge of this issuer"),
            Refused::EnrolledBefore => f.write_str("a wallet of this number is enrolled with other keys"),
            Refused::UnknownWallet => f.write_str("no such wallet is enrolled"),
            Refused::UnknownCard => f.write_str("there is no such card"),
            Refused::TokenInUse => f.write_str("a wallet has a card with this token"),
            Refused::NoSuchMove(state, card_move) => {
                write!(f, "a card that is {} cannot be {}", state.name(), card_move.name())
            }
            Refused::OutOfBounds => f.write_str("policy, codes or limits are outside of their bounds"),
            Refused::Seal(refused) => refused.fmt(f),
            Refused::Issue(refused) => refused.fmt(f),
        }
    }
}

impl std::error::Error for Refused {}

impl From<RequestRefused> for Refused {
    fn from(refused: RequestRefused) -> Refused {
        Refused::Request(refused)
    }
}

impl From<Unheard> for Refused {
    fn from(unheard: Unheard) -> Refused {
        Refused::Unheard(unheard)
    }
}

impl From<AttestationRefused> for Refused {
    fn from(refused: AttestationRefused) -> Refused {
        Refused::Attestation(refused)
    }
}

impl From<SealRefused> for Refused {
    fn from(refused: SealRefused) -> Refused {
        Refused::Seal(refused)
    }
}

impl From<IssueRefused> for Refused {
    fn from(refused: IssueRefused) -> Refused {
        Refused::Issue(refused)
    }
}

impl Issuer {
    /// The enrolled wallets.
    pub fn wallets(&self) -> &Wallets {
        &self.wallets
    }

    /// The public key that new wallets pin: the one that signs envelopes now.
    pub fn envelope_key(&self) -> [u8; 65] {
        self.signer().public()
    }

    /// A new challenge for one enrolment.
    pub fn challenge(&mut self, randomness: &mut dyn FnMut(&mut [u8])) -> [u8; 16] {
        let mut challenge = [0; 16];
        randomness(&mut challenge);
        self.wallets.challenges.insert(challenge.to_vec());
        challenge
    }

    /// Enrols the wallet that this request comes from. One that is enrolled already, with the same device keys, stays as it is;
    /// with others, where it has acknowledged nothing: it has made them anew for another challenge, and what was sealed to those
    /// before has no use. What the phone says of its device keys must be enough for [`Issuer::set_attestation_policy`].
    pub fn enrol(&mut self, request: &[u8], wall_ms: u64) -> Result<WalletId, Refused> {
        let request = self.read(request)?;
        let Body::Enrolment { challenge, device, spend_points, chains } = &request.body else {
            return Err(Refused::OtherKind);
        };
        let known = self.wallets.wallet(&request.wallet);
        if known.is_some_and(|wallet| wallet.device != *device && wallet.told.sequence > 0) {
            return Err(Refused::EnrolledBefore);
        }
        if !self.wallets.challenges.remove(challenge) {
            return Err(Refused::UnknownChallenge);
        }
        let findings = Findings::of(&Enrolling { challenge, device, chains, wall_ms }, &self.attestation);
        findings.are_enough(&self.attestation)?;
        let new = || Wallet::new(device.clone(), spend_points.clone());
        let wallet = self.wallets.wallets.entry(request.wallet).or_insert_with(new);
        if wallet.device != *device {
            wallet.device = device.clone();
            wallet.waiting.clear();
        }
        wallet.attested = findings.to_string();
        self.hear(&request)?;
        Ok(request.wallet)
    }

    /// Sends a demo card, with its first keys. Its account is opened where it was not; where the token was on a card before,
    /// the ATCs go on above. Test-only cards get no keys.
    pub fn install(
        &mut self,
        wallet: &WalletId,
        card_name: &str,
        order: &CardOrder,
        wall_ms: u64,
        randomness: &mut dyn FnMut(&mut [u8]),
    ) -> Result<Installed, Refused> {
        let known = self.wallets.wallet(wallet).ok_or(Refused::UnknownWallet)?;
        if order.codes > 10 || order.policy.most_uses == 0 {
            return Err(Refused::OutOfBounds);
        }
        let card = known.next_card().ok_or(Refused::OutOfBounds)?;
        let holder = Holder { wallet: *wallet, card };
        let token = self.open_account(card_name).ok_or(Refused::UnknownCard)?.token;
        if self.wallets.card_with(&token).is_some() {
            return Err(Refused::TokenInUse);
        }
        if let Some(account) = self.accounts.get(&token) {
            let certificates = self.first_certificates(account.card.certificates, account.card.expiry, wall_ms);
            self.accounts.get_mut(&token).into_iter().for_each(|account| account.certify(certificates));
        }
        let (state, identity_check) = match order.codes {
            0 => (CardState::Active, None),
            left => (CardState::Waiting, Some(IdentityCheck { code: code(randomness), left })),
        };
        let code = identity_check.as_ref().map(|check| check.code.clone());
        let CardOrder { policy, first_keys, .. } = order.clone();
        let new = Card { token: token.clone(), state, policy, identity_check, first_keys, policy_at: 0, profile_at: 0 };
        self.card_place(wallet)?.insert(card, new);
        let envelope = self.send_install(holder, order.first_keys, wall_ms, randomness)?;
        Ok(Installed { card, code, envelope })
    }

    /// Answers a request for the issuer's time.
    pub fn tell_time(
        &mut self,
        request: &[u8],
        wall_ms: u64,
        randomness: &mut dyn FnMut(&mut [u8]),
    ) -> Result<Vec<u8>, Refused> {
        let request = self.read(request)?;
        if request.body != Body::IssuerTime {
            return Err(Refused::OtherKind);
        }
        self.hear(&request)?;
        let holder = Holder { wallet: request.wallet, card: 0 };
        self.send(holder, Purpose::IssuerTime, &issuer_time(&request.challenge, wall_ms), randomness)
    }

    /// Signs with another key from now on, and sends it to every wallet under the old one.
    pub fn rotate_envelope_key(
        &mut self,
        seed: u64,
        randomness: &mut dyn FnMut(&mut [u8]),
    ) -> Result<BTreeMap<WalletId, Vec<u8>>, Refused> {
        let content = rotate_issuer_key(&SigningIssuer::from_seed(seed).public());
        let wallets: Vec<WalletId> = self.wallets.ids().copied().collect();
        let mut envelopes = BTreeMap::new();
        for wallet in wallets {
            let holder = Holder { wallet, card: 0 };
            envelopes.insert(wallet, self.send(holder, Purpose::RotateIssuerKey, &content, randomness)?);
        }
        self.signing_seed = seed;
        Ok(envelopes)
    }

    fn signer(&self) -> SigningIssuer {
        SigningIssuer::from_seed(self.signing_seed)
    }

    pub(super) fn read(&self, request: &[u8]) -> Result<Request, RequestRefused> {
        Request::read(request, &|wallet| Some(self.wallets.wallet(wallet)?.device.signature))
    }

    /// Holds what a wallet tells of itself against what is known, and remembers it.
    pub(super) fn hear(&mut self, request: &Request) -> Result<(), Refused> {
        let wallet = self.wallets.wallets.get_mut(&request.wallet).ok_or(Refused::UnknownWallet)?;
        let tokens: BTreeMap<u32, Token> = wallet.cards.iter().map(|(id, card)| (*id, card.token.clone())).collect();
        let accounts = &self.accounts;
        let known = |sequence: &AtcSequence| {
            let account = tokens.get(&sequence.card).and_then(|token| accounts.get(token));
            let keys = account.and_then(|account| account.keys_of(sequence));
            let holder = Holder { wallet: request.wallet, card: sequence.card };
            keys.map_or(Known { issued: 0, seen: 0 }, |keys| Known {
                issued: keys.highest_issued(),
                seen: keys.highest_seen_of(holder),
            })
        };
        Ok(wallet.hear(request, &known)?)
    }

    /// An envelope that installs a card as the issuer knows it.
    pub(super) fn send_install(
        &mut self,
        holder: Holder,
        uses: u16,
        wall_ms: u64,
        randomness: &mut dyn FnMut(&mut [u8]),
    ) -> Result<Vec<u8>, Refused> {
        let entries = self.first_entries(holder, uses, wall_ms)?;
        let entries = self.sealed(holder, &entries, randomness)?;
        let card = self.wallets.card(holder).ok_or(Refused::UnknownCard)?;
        let codes = card.identity_check.as_ref().map_or(0, |check| check.left);
        let profile = self.account_of(card)?.card.profile();
        let content = install_card(&card.policy, codes, &profile, &entries)?;
        let content = with_icc_keys(content, &self.sealed_icc_keys(holder, |_| !entries.is_empty(), randomness)?)?;
        let envelope = self.send(holder, Purpose::InstallCard, &content, randomness)?;
        let sequence = self.last_sequence(holder);
        let card = self.card_mut(holder)?;
        (card.policy_at, card.profile_at) = (sequence, sequence);
        Ok(envelope)
    }

    pub(super) fn sealed(
        &self,
        holder: Holder,
        entries: &[KeyEntry],
        randomness: &mut dyn FnMut(&mut [u8]),
    ) -> Result<Vec<Vec<u8>>, Refused> {
        let wallet = self.wallets.wallet(&holder.wallet).ok_or(Refused::UnknownWallet)?;
        let card = wallet.cards.get(&holder.card).ok_or(Refused::UnknownCard)?;
        Ok(sealed_entries(entries, holder, (card.policy.protection, &wallet.spend_points), randomness)?)
    }

    /// The ICC private keys of those applications of a card that authenticate themselves offline. None where the phone has not
    /// made the spend key that they would be sealed to: they come with the first payment keys then. They come with all later ones
    /// too: the spend key may be another one since.
    pub(super) fn sealed_icc_keys(
        &self,
        holder: Holder,
        served: impl Fn(&[u8]) -> bool,
        randomness: &mut dyn FnMut(&mut [u8]),
    ) -> Result<Vec<Vec<u8>>, Refused> {
        let wallet = self.wallets.wallet(&holder.wallet).ok_or(Refused::UnknownWallet)?;
        let card = wallet.cards.get(&holder.card).ok_or(Refused::UnknownCard)?;
        let Some(spend_point) = wallet.spend_points.of(card.policy.protection) else { return Ok(Vec::new()) };
        let mut keys = Vec::new();
        for application in &self.account_of(card)?.card.applications {
            let authentication = application.data_authentication.as_ref().filter(|_| served(&application.aid));
            if let Some(DataAuthentication { icc_key, .. }) = authentication {
                keys.push(sealed_icc_key(&application.aid, icc_key, holder, spend_point, randomness)?);
            }
        }
        Ok(keys)
    }

    /// The next envelope of the wallet's sequence. The number counts as used only where there is an envelope.
    pub(super) fn send(
        &mut self,
        holder: Holder,
        purpose: Purpose,
        content: &[u8],
        randomness: &mut dyn FnMut(&mut [u8]),
    ) -> Result<Vec<u8>, Refused> {
        let signer = self.signer();
        let wallet = self.wallets.wallets.get_mut(&holder.wallet).ok_or(Refused::UnknownWallet)?;
        let sequence = wallet.sequence.checked_add(1).ok_or(Refused::OutOfBounds)?;
        let address = Address { purpose, wallet: holder.wallet, card: holder.card, sequence };
        let envelope = signer.seal(&address, content, &wallet.device.agreement, randomness)?;
        wallet.sequence = sequence;
        if !matches!(purpose, Purpose::IssuerTime | Purpose::Resynchronise) {
            wallet.waiting.insert(sequence, Waiting { card: holder.card, envelope: envelope.clone() });
        }
        Ok(envelope)
    }

    /// The sequence of the last envelope to the wallet.
    pub(super) fn last_sequence(&self, holder: Holder) -> u64 {
        self.wallets.wallet(&holder.wallet).map_or(0, |wallet| wallet.sequence)
    }

    pub(super) fn account_of(&self, card: &Card) -> Result<&Account, Refused> {
        self.accounts.get(&card.token).ok_or(Refused::UnknownCard)
    }

    pub(super) fn card_mut(&mut self, holder: Holder) -> Result<&mut Card, Refused> {
        self.card_place(&holder.wallet)?.get_mut(&holder.card).ok_or(Refused::UnknownCard)
    }

    fn card_place(&mut self, wallet: &WalletId) -> Result<&mut BTreeMap<u32, Card>, Refused> {
        Ok(&mut self.wallets.wallets.get_mut(wallet).ok_or(Refused::UnknownWallet)?.cards)
    }
}

/// Six digits.
fn code(randomness: &mut dyn FnMut(&mut [u8])) -> String {
    let mut bytes = [0; 4];
    randomness(&mut bytes);
    format!("{:06}", u32::from_be_bytes(bytes) % 1_000_000)
}

#[cfg(test)]
pub(super) mod tests;
