//! The wallet: the one door. It owns the cards and the ledger, and asks [`crate::contact`] to do the talking.

use std::fmt;
use std::sync::Arc;

use crate::apdu;
use crate::application::{AtHand, Randomness};
use crate::contact::Contact;
use crate::error::Error;
use crate::ledger::{CardId, Ledger};
use crate::now::Now;
use crate::payment_key::PaymentKey;
use crate::profile::{CardProfile, ProfileError};
use crate::report::Report;
use crate::status_word::StatusWord;
use crate::verification::{Method, Verification};

/// The cards of one phone.
pub struct Wallet {
    cards: Vec<(CardId, Arc<CardProfile>)>,
    chosen: Option<CardId>,
    ledger: Ledger,
    verification: Verification,
    contact: Option<Contact>,
    contacts: u64,
    randomness: Randomness,
}

impl Wallet {
    /// An empty wallet. `randomness` must fill the whole buffer it is given, unpredictably outside tests.
    pub fn new(randomness: Randomness) -> Wallet {
        Wallet {
            cards: Vec::new(),
            chosen: None,
            ledger: Ledger::new(),
            verification: Verification::default(),
            contact: None,
            contacts: 0,
            randomness,
        }
    }

    /// Installs a card from a plain profile: the door for tests and demonstrations, and the only one by which a
    /// `test only` card comes in. The Android bindings never call it. The first card is chosen for payments.
    ///
    /// # Errors
    /// Which data object of the profile is not usable, and why.
    pub fn install_unsealed(&mut self, profile: &[u8]) -> Result<CardId, ProfileError> {
        let profile = CardProfile::parse(profile)?;
        let before = self.cards.last().map_or(0, |(id, _)| id.0);
        let id = CardId(before.saturating_add(1));
        self.cards.push((id, Arc::new(profile)));
        self.chosen.get_or_insert(id);
        Ok(id)
    }

    /// Takes plain keys in for a card, in the order in which they are to be spent. The door for tests and
    /// demonstrations.
    ///
    /// # Errors
    /// Unknown card or application, a key that does not fit the application's cryptogram version, or counters that do
    /// not rise. Nothing is taken in then.
    pub fn add_keys_unsealed(&mut self, card: CardId, keys: Vec<PaymentKey>) -> Result<(), Error> {
        let profile = self.profile(card).ok_or(Error::UnknownCard)?;
        for key in &keys {
            let application = profile.applications.iter().find(|application| application.aid == key.aid);
            let cvn = application.ok_or(Error::UnknownApplication)?.cvn;
            let limited_use = cvn.uses_limited_use_keys();
            let many_uses = limited_use || cvn.needs_card_master_key();
            if limited_use != key.derivation_data.is_some() || (key.uses > 1 && !many_uses) {
                return Err(Error::KeyDoesNotFit);
            }
        }
        self.ledger.add(card, keys)
    }

    /// Chooses the card that pays from the next contact on.
    ///
    /// # Errors
    /// [`Error::UnknownCard`].
    pub fn choose(&mut self, card: CardId) -> Result<(), Error> {
        self.profile(card).ok_or(Error::UnknownCard)?;
        self.chosen = Some(card);
        Ok(())
    }

    /// The phone has verified its holder: opens a window of 5 to 120 seconds for exactly one cryptogram. Gives the
    /// boot time in milliseconds at which it ends.
    ///
    /// # Errors
    /// [`Error::WindowOutOfRange`].
    pub fn arm(&mut self, now: Now, method: Method, window_ms: u64) -> Result<u64, Error> {
        self.verification.arm(now, method, window_ms)
    }

    /// Takes the verification back, for example when the screen goes dark.
    pub fn disarm(&mut self) {
        self.verification.disarm();
    }

    /// Answers a command of a terminal: whatever the bytes, at most 256 bytes of data and a status word.
    pub fn process(&mut self, now: Now, command: &[u8]) -> Vec<u8> {
        let contact = match &mut self.contact {
            Some(contact) => contact,
            none => {
                let chosen = self.chosen.and_then(|chosen| self.cards.iter().find(|(id, _)| *id == chosen));
                let Some((card, profile)) = chosen else {
                    return apdu::response(Err(StatusWord::ApplicationNotFound));
                };
                self.contacts = self.contacts.saturating_add(1);
                none.insert(Contact::begin(self.contacts, *card, Arc::clone(profile)))
            }
        };
        let mut at_hand = AtHand {
            now,
            card: contact.card(),
            ledger: &mut self.ledger,
            verification: &mut self.verification,
            randomness: &mut self.randomness,
        };
        contact.process(command, &mut at_hand)
    }

    /// The field is gone, or another application was selected: ends the contact and reports it.
    pub fn deactivated(&mut self, now: Now) -> Report {
        self.contact.take().map_or_else(Report::of_nothing, |contact| contact.end(&self.ledger, now))
    }

    /// The keys of all cards.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    fn profile(&self, card: CardId) -> Option<&CardProfile> {
        self.cards.iter().find(|(id, _)| *id == card).map(|(_, profile)| &**profile)
    }
}

impl fmt::Debug for Wallet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Wallet").field("cards", &self.cards.len()).finish_non_exhaustive()
    }
}
