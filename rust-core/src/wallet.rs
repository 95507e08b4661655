//! The wallet: the one door. It owns the cards and the ledger, and asks [`crate::contact`] to do the talking.

use std::fmt;
use std::sync::Arc;

use crate::aid::Aid;
use crate::application::AtHand;
use crate::contact::Contact;
use crate::error::{Error, LedgerError};
use crate::ledger::{CardId, Ledger, OpenContact, Storage, StoreKey};
use crate::now::Now;
use crate::payment_key::PaymentKey;
use crate::profile::CardProfile;
use crate::randomness::Randomness;
use crate::report::{Attempt, Outcome, Reason, Report};
use crate::verification::{Method, Verification};

/// The cards of one phone.
pub struct Wallet {
    cards: Vec<(CardId, Arc<CardProfile>)>,
    chosen: Option<CardId>,
    ledger: Ledger,
    verification: Verification,
    contact: Option<Contact>,
    randomness: Randomness,
}

impl Wallet {
    /// Makes a new, empty wallet on a disk where none is. `randomness` must fill the whole buffer it is given,
    /// unpredictably outside tests.
    ///
    /// # Errors
    /// [`LedgerError::Exists`] where there is one already; or the disk's.
    pub fn create(
        storage: Box<dyn Storage>,
        store_key: StoreKey,
        now: Now,
        mut randomness: Randomness,
    ) -> Result<Wallet, LedgerError> {
        let ledger = Ledger::create(storage, store_key, now, &mut randomness)?;
        Ok(Wallet::of(ledger, Vec::new(), randomness))
    }

    /// Opens the wallet that is there, and makes uses of the first card's keys ready for a tap.
    ///
    /// # Errors
    /// Why it cannot be opened; nothing is lost by that. [`LedgerError::Damaged`] where a profile in it is not usable.
    pub fn open(
        storage: Box<dyn Storage>,
        store_key: StoreKey,
        now: Now,
        mut randomness: Randomness,
    ) -> Result<Wallet, LedgerError> {
        let ledger = Ledger::open(storage, store_key, now, &mut randomness)?;
        let parsed = ledger.cards().map(|(card, profile)| Some((card, Arc::new(CardProfile::parse(profile).ok()?))));
        let cards = parsed.collect::<Option<Vec<_>>>().ok_or(LedgerError::Damaged)?;
        let mut wallet = Wallet::of(ledger, cards, randomness);
        wallet.make_ready(now)?;
        Ok(wallet)
    }

    fn of(ledger: Ledger, cards: Vec<(CardId, Arc<CardProfile>)>, randomness: Randomness) -> Wallet {
        let chosen = cards.first().map(|(card, _)| *card);
        Wallet { cards, chosen, ledger, verification: Verification::default(), contact: None, randomness }
    }

    /// Makes uses of the chosen card's keys ready to be spent and writes the ledger anew where it has grown. Waits for
    /// the medium: to be called after a tap, not in it. [`Wallet::open`], [`Wallet::arm`], [`Wallet::choose`] and
    /// [`Wallet::add_keys_unsealed`] do it themselves.
    ///
    /// # Errors
    /// The disk's.
    pub fn make_ready(&mut self, now: Now) -> Result<(), LedgerError> {
        if let Some((card, profile)) = self.chosen_card() {
            let aids: Vec<Aid> = profile.applications.iter().map(|application| application.aid).collect();
            self.ledger.keep_leased(card, &aids, now)?;
        }
        // Where this fails the old log is as good, and it is tried again next time.
        let _ = self.ledger.compact_if_due(&mut self.randomness);
        Ok(())
    }

    /// Installs a card from a plain profile: the door for tests and demonstrations, and the only one by which a
    /// `test only` card comes in. The Android bindings never call it. The first card is chosen for payments.
    ///
    /// # Errors
    /// Which data object of the profile is not usable, and why; or the disk's.
    pub fn install_unsealed(&mut self, profile: &[u8]) -> Result<CardId, Error> {
        let parsed = CardProfile::parse(profile)?;
        let card = self.ledger.install(profile)?;
        self.cards.push((card, Arc::new(parsed)));
        self.chosen.get_or_insert(card);
        Ok(card)
    }

    /// Deletes a card and its keys for good.
    ///
    /// # Errors
    /// [`Error::UnknownCard`], or the disk's.
    pub fn delete(&mut self, card: CardId) -> Result<(), Error> {
        self.profile(card).ok_or(Error::UnknownCard)?;
        self.ledger.delete(card)?;
        self.cards.retain(|(id, _)| *id != card);
        if self.chosen == Some(card) {
            self.chosen = self.cards.first().map(|(id, _)| *id);
        }
        Ok(())
    }

    /// The cards.
    pub fn cards(&self) -> Vec<CardId> {
        self.cards.iter().map(|(card, _)| *card).collect()
    }

    /// Takes plain keys in for a card, in the order in which they are to be spent. The door for tests and
    /// demonstrations.
    ///
    /// # Errors
    /// Unknown card or application, a key that does not fit the application's cryptogram version, or counters that do
    /// not rise. Nothing is taken in then.
    pub fn add_keys_unsealed(&mut self, card: CardId, keys: Vec<PaymentKey>, now: Now) -> Result<(), Error> {
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
        self.ledger.add(card, keys)?;
        Ok(self.make_ready(now)?)
    }

    /// Chooses the card that pays from the next contact on.
    ///
    /// # Errors
    /// [`Error::UnknownCard`], or the disk's.
    pub fn choose(&mut self, card: CardId, now: Now) -> Result<(), Error> {
        self.profile(card).ok_or(Error::UnknownCard)?;
        self.chosen = Some(card);
        Ok(self.make_ready(now)?)
    }

    /// The phone has verified its holder: makes a key ready and opens a window of 5 to 120 seconds for exactly one
    /// cryptogram. Gives the boot time in milliseconds at which it ends.
    ///
    /// # Errors
    /// [`Error::WindowOutOfRange`], or the disk's.
    pub fn arm(&mut self, now: Now, method: Method, window_ms: u64) -> Result<u64, Error> {
        self.make_ready(now)?;
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
                let chosen = self.cards.iter().find(|(id, _)| Some(*id) == self.chosen).cloned();
                let (card, profile) = chosen.unwrap_or_else(|| (CardId(0), Arc::new(CardProfile::none())));
                none.insert(Contact::begin(self.ledger.begin_contact(), card, profile))
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
        let Some(contact) = self.contact.take() else { return Report::of_nothing() };
        let report = contact.end(&self.ledger, now);
        if let Some(id) = report.id {
            // Where this cannot be written, the contact is reported once more when the ledger is opened again.
            let _ = self.ledger.close_contact(id);
        }
        report
    }

    /// Contacts that spent a key and whose end no one saw, because the process ended in them: each is reported once, as
    /// unknown. To be asked for after [`Wallet::open`].
    pub fn interrupted(&mut self, now: Now) -> Vec<Report> {
        let open = self.ledger.open_contacts();
        let reports = open.iter().map(|contact| self.report_of(contact, now)).collect();
        for contact in open {
            let _ = self.ledger.close_contact(contact.id);
        }
        reports
    }

    fn report_of(&self, contact: &OpenContact, now: Now) -> Report {
        let attempt = Attempt {
            outcome: Outcome::Unknown,
            reason: Reason::ProcessEnded,
            amount_minor: Some(contact.amount.minor),
            currency: Some(contact.amount.currency),
            aid: contact.aid,
            atc: Some(contact.atc),
        };
        Report {
            id: Some(contact.id),
            outcome: attempt.outcome,
            reason: Some(attempt.reason),
            amount_minor: attempt.amount_minor,
            currency: attempt.currency,
            aid: Some(attempt.aid),
            atc: attempt.atc,
            keys_left: Some(self.ledger.uses_left(contact.card(), &contact.aid, now.wall_ms)),
            attempts: vec![attempt],
        }
    }

    /// The keys of all cards.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    fn chosen_card(&self) -> Option<(CardId, Arc<CardProfile>)> {
        self.cards.iter().find(|(id, _)| Some(*id) == self.chosen).map(|(id, profile)| (*id, Arc::clone(profile)))
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
