//! An account: one token and its applications, each with a sequence of keys for every channel.

use std::fmt;

use crate::bytes::hex;

use super::demo_cards::{Certificates, DemoCard};
use super::funds::Funds;
use super::key_entry::Channel;
use super::key_sequence::KeySequence;
use super::limited_use_key::LukIndex;
use super::profile::ApplicationProfile;
use super::wallets::{AtcSequence, Holder};

/// A key for one card application, with what the issuer allows for it.
#[derive(Clone, PartialEq, Eq)]
pub struct IssuedKey {
    /// The application it belongs to.
    pub aid: Vec<u8>,
    /// The first ATC it may be used with.
    pub first_atc: u16,
    /// How many ATCs from there on, one cryptogram each.
    pub uses: u16,
    /// Valid from this moment on: wall clock, milliseconds since 1970-01-01T00:00Z.
    pub not_before_ms: u64,
    /// Valid up to and with this moment.
    pub not_after_ms: u64,
    /// The way of paying it is for.
    pub channel: Channel,
    /// What all its uses together may pay at most, by currency (ISO 4217 numeric), in minor units; with none any amount,
    /// with some only these currencies.
    pub limits: Vec<(u16, u64)>,
    /// The key, or what the phone makes it from.
    pub secret: Secret,
    /// The index of a limited-use key; the IAD carries it as [`LukIndex::derivation_data`].
    pub luk_index: Option<LukIndex>,
}

/// What the phone is given to sign with.
#[derive(Clone, PartialEq, Eq)]
pub enum Secret {
    /// The key: session key, limited-use key, or (test-only cards) the card master key.
    Key([u8; 16]),
    /// The closed-loop seed of the first ATC: those of the following, and all their keys, come from it.
    Seed([u8; 32]),
}

impl Secret {
    /// The form of a key entry in an envelope: `01` a payment key, `02` a seed for the entry's first ATC.
    pub(super) fn form(&self) -> u8 {
        match self {
            Secret::Key(_) => 0x01,
            Secret::Seed(_) => 0x02,
        }
    }

    /// The bytes to be sealed.
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Secret::Key(key) => key,
            Secret::Seed(seed) => seed,
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Secret::Key(_) => "Key(..)",
            Secret::Seed(_) => "Seed(..)",
        })
    }
}

impl fmt::Debug for IssuedKey {
    /// Everything but the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedKey")
            .field("aid", &hex(&self.aid))
            .field("first_atc", &self.first_atc)
            .field("uses", &self.uses)
            .field("not_before_ms", &self.not_before_ms)
            .field("not_after_ms", &self.not_after_ms)
            .field("channel", &self.channel)
            .field("limits", &self.limits)
            .field("luk_index", &self.luk_index)
            .finish_non_exhaustive()
    }
}

/// Why no keys were issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssueRefused {
    /// No open account has this token and application.
    UnknownApplication,
    /// ATCs go from 0001 to FFFE; FFFF is never used.
    AtcOutOfRange,
    /// A key was issued for one of these ATCs before.
    AtcIssuedBefore,
}

impl fmt::Display for IssueRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            IssueRefused::UnknownApplication => "no open account has this token and application",
            IssueRefused::AtcOutOfRange => "ATCs go from 0001 to FFFE",
            IssueRefused::AtcIssuedBefore => "a key was issued for one of these ATCs before",
        })
    }
}

impl std::error::Error for IssueRefused {}

/// One token with its applications.
pub(super) struct Account {
    pub(super) card: DemoCard,
    pub(super) applications: Vec<Application>,
    pub(super) funds: Funds,
}

/// One application of an account.
pub(super) struct Application {
    pub(super) profile: ApplicationProfile,
    pub(super) taps: KeySequence,
    pub(super) online: KeySequence,
    pub(super) qr: KeySequence,
}

impl Account {
    pub(super) fn open(seed: u64, card: DemoCard) -> Account {
        let applications = card.applications.iter().map(|profile| Application {
            profile: profile.clone(),
            taps: KeySequence::open(seed, &card, profile, Channel::Tap),
            online: KeySequence::open(seed, &card, profile, Channel::Online),
            qr: KeySequence::open(seed, &card, profile, Channel::Qr),
        });
        Account { applications: applications.collect(), card, funds: Funds::opened() }
    }

    /// The same card with a later expiry. Keys and counters stay as they are.
    pub(super) fn renew(&mut self) {
        self.becomes(self.card.renewed());
    }

    /// The same card under other certificates.
    pub(super) fn certify(&mut self, certificates: Certificates) {
        self.becomes(self.card.certified(certificates));
    }

    fn becomes(&mut self, card: DemoCard) {
        self.card = card;
        for (application, profile) in self.applications.iter_mut().zip(&self.card.applications) {
            application.profile = profile.clone();
        }
    }

    /// The keys of this sequence. `None` for an application that this account has not.
    pub(super) fn keys_of(&self, sequence: &AtcSequence) -> Option<&KeySequence> {
        let application = self.applications.iter().find(|application| application.profile.aid == sequence.aid);
        application.map(|application| application.keys(sequence.channel))
    }

    /// The same, to issue some.
    pub(super) fn keys_of_mut(&mut self, sequence: &AtcSequence) -> Option<&mut KeySequence> {
        self.application(&sequence.aid).map(|application| application.keys_mut(sequence.channel))
    }

    pub(super) fn application(&mut self, aid: &[u8]) -> Option<&mut Application> {
        self.applications.iter_mut().find(|application| application.profile.aid == aid)
    }
}

impl Application {
    /// The keys of this channel.
    pub(super) fn keys(&self, channel: Channel) -> &KeySequence {
        match channel {
            Channel::Tap => &self.taps,
            Channel::Online => &self.online,
            Channel::Qr => &self.qr,
        }
    }

    /// The same, to change them.
    pub(super) fn keys_mut(&mut self, channel: Channel) -> &mut KeySequence {
        match channel {
            Channel::Tap => &mut self.taps,
            Channel::Online => &mut self.online,
            Channel::Qr => &mut self.qr,
        }
    }

    /// Accepts no cryptogram any more under the keys of any channel that went to this card.
    pub(super) fn withdraw(&mut self, holder: Holder) {
        Channel::ALL.into_iter().for_each(|channel| self.keys_mut(channel).withdraw(holder));
    }
}
