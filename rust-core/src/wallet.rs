//! The wallet: the one door. It owns the cards and the ledger, and asks [`crate::contact`] to do the talking.
//!
//! All methods may be called from any thread. Two locks keep them apart: one for the state, which a terminal's command
//! needs and which no one holds while waiting for the medium or computing on P-256; and one that lets only one of the
//! other calls work at a time.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::application::AtHand;
use crate::asking::Asking;
use crate::card::{Card, CardApplication};
use crate::contact::Contact;
use crate::envelope::{AgreementKey, AgreementPoint};
use crate::error::{Error, LedgerError};
use crate::identity::{Identity, PlatformKeys};
use crate::ledger::{Anew, CardId, Dropped, Ledger, Record, Sequence, Storage, StoreKey, ToOpen};
use crate::life_cycle::CardState;
use crate::now::Now;
use crate::pace::Pace;
use crate::payment_key::PaymentKey;
use crate::policy::Policy;
use crate::profile::CardProfile;
use crate::provisioning::Applying;
use crate::randomness::Randomness;
use crate::report::Report;
use crate::spend_key::Protection;
use crate::verification::{self, Method, Verification};

/// The cards of one phone.
pub struct Wallet {
    work: Mutex<()>,
    state: Mutex<State>,
}

/// What a terminal's command needs.
pub(crate) struct State {
    pub(crate) profiles: BTreeMap<CardId, Arc<CardProfile>>,
    pub(crate) ledger: Ledger,
    verification: Verification,
    pace: Pace,
    contact: Option<Contact>,
    pub(crate) randomness: Randomness,
    /// An envelope that waits for the platform's key agreement.
    pub(crate) applying: Applying,
    /// A request that waits for the platform's signature, and challenges that wait for their answers.
    pub(crate) asking: Asking,
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
        platform: PlatformKeys,
        now: Now,
        mut randomness: Randomness,
    ) -> Result<Wallet, LedgerError> {
        let identity = Identity::new(platform, &mut randomness);
        let ledger = Ledger::create(Arc::from(storage), store_key, identity, now, &mut randomness)?;
        Ok(Wallet::of(ledger, BTreeMap::new(), randomness))
    }

    /// Opens the wallet that is there, and makes uses of the chosen card's keys ready for a tap. `stored_mark` is the last
    /// [`Wallet::mark`] that the platform has stored, 0 if none. A wallet that is behind it was put back from an older
    /// copy ([`Wallet::is_rolled_back`]).
    ///
    /// # Errors
    /// Why it cannot be opened; what is damaged, foreign or too new is left as it is. [`LedgerError::Damaged`] where a profile
    /// in it is not usable.
    pub fn open(
        storage: Box<dyn Storage>,
        store_key: StoreKey,
        stored_mark: u64,
        now: Now,
        mut randomness: Randomness,
    ) -> Result<Wallet, LedgerError> {
        let mut ledger = Ledger::find(Arc::from(storage), store_key, stored_mark)?;
        let parsed = ledger.cards().map(|(card, held)| Some((card, Arc::new(CardProfile::parse(&held.profile).ok()?))));
        let profiles = parsed.collect::<Option<BTreeMap<_, _>>>().ok_or(LedgerError::Damaged)?;
        ledger.go_on(now, &mut randomness)?;
        let wallet = Wallet::of(ledger, profiles, randomness);
        wallet.make_ready(now)?;
        Ok(wallet)
    }

    /// The reports that can still be read of a wallet that does not open because it is damaged. Changes nothing.
    ///
    /// # Errors
    /// [`LedgerError::Damaged`] where not even its beginning can be read, and the others.
    pub fn salvage(storage: &dyn Storage, store_key: &StoreKey) -> Result<Vec<Report>, LedgerError> {
        Ledger::salvage(storage, store_key)
    }

    fn of(ledger: Ledger, profiles: BTreeMap<CardId, Arc<CardProfile>>, randomness: Randomness) -> Wallet {
        let state = State {
            profiles,
            ledger,
            verification: Verification::default(),
            pace: Pace::default(),
            contact: None,
            randomness,
            applying: Applying::default(),
            asking: Asking::default(),
        };
        Wallet { work: Mutex::new(()), state: Mutex::new(state) }
    }

    // ---- a tap

    /// Answers a command of a terminal: whatever the bytes, at most 256 bytes of data and a status word.
    pub fn process(&self, now: Now, command: &[u8]) -> Vec<u8> {
        self.state().process(now, command)
    }

    /// The field is gone, or another application was selected: ends the contact and reports it. Where it spent a key, the
    /// report is told again by [`Wallet::reports`] until it is acknowledged.
    pub fn deactivated(&self, now: Now) -> Report {
        let mut state = self.state();
        let Some(contact) = state.contact.take() else { return Report::of_nothing() };
        let report = contact.end(&state.ledger, now);
        // Where this cannot be written, the contact is reported as unknown when the ledger is opened again.
        let _ = state.ledger.report(&report);
        report
    }

    /// Reports of contacts that spent a key and that were not acknowledged, oldest first. After a process that ended in a
    /// contact, that contact is among them, as unknown.
    pub fn reports(&self) -> Vec<Report> {
        self.state().ledger.reports()
    }

    /// The app has taken this report in: it is not told again.
    ///
    /// # Errors
    /// The disk's.
    pub fn acknowledge(&self, report: u64) -> Result<(), LedgerError> {
        let mut state = self.state();
        // What has not ended has no report yet.
        if state.contact.as_ref().is_some_and(|contact| contact.id() == report) {
            return Ok(());
        }
        state.ledger.acknowledge(report)
    }

    // ---- before and after

    /// Makes uses of the chosen card's keys ready to be spent and writes the ledger anew where it has grown. Waits for
    /// the medium: to be called after a tap, not in it. [`Wallet::open`], [`Wallet::arm`], [`Wallet::choose`] and what
    /// brings keys do it themselves. Store [`Wallet::mark`] afterwards.
    ///
    /// # Errors
    /// The disk's.
    pub fn make_ready(&self, now: Now) -> Result<(), LedgerError> {
        let _working = self.work();
        self.ready(now)
    }

    /// The holder was verified by the phone: makes a key ready and opens a window of 5 to 120 seconds for exactly one
    /// cryptogram. Gives the boot time in milliseconds at which it ends. `released` is the spend key that the platform
    /// released by the verification, for cards whose keys need it; it is held until the cryptogram or the window's end.
    ///
    /// # Errors
    /// [`Error::WindowOutOfRange`], [`Error::AnotherSpendKey`], or the disk's.
    pub fn arm(&self, now: Now, method: Method, window_ms: u64, released: Option<AgreementKey>) -> Result<u64, Error> {
        let _working = self.work();
        if !verification::WINDOWS_MS.contains(&window_ms) {
            return Err(Error::WindowOutOfRange);
        }
        self.bring(Protection::Authenticated, released)?;
        if let Err(error) = self.ready_where(now, Anew::PastSeeds) {
            self.state().ledger.bring(Protection::Authenticated, None);
            return Err(error.into());
        }
        let mut state = self.state();
        state.pace.begin_anew();
        state.verification.arm(now, method, window_ms)
    }

    /// Takes the verification back, for example when the screen goes dark, and wipes what it opened.
    pub fn disarm(&self) {
        let mut state = self.state();
        state.verification.disarm();
        state.ledger.bring(Protection::Authenticated, None);
    }

    /// The phone is unlocked, and its platform has released the spend key for that.
    ///
    /// # Errors
    /// [`Error::AnotherSpendKey`], or the disk's.
    pub fn unlocked(&self, released: AgreementKey, now: Now) -> Result<(), Error> {
        let _working = self.work();
        self.bring(Protection::Unlocked, Some(released))?;
        Ok(self.ready(now)?)
    }

    /// The phone is locked: wipes the spend key for the unlocked phone, and what it opened.
    pub fn locked(&self) {
        self.state().ledger.bring(Protection::Unlocked, None);
    }

    /// The platform has lost a spend key and made another: payment keys that only the old one opens are dropped, and
    /// their cards stand as [`Card::keys_lost`] until the issuer sends keys for the new one, which the next request for
    /// keys tells it.
    ///
    /// # Errors
    /// The disk's.
    pub fn spend_key_lost(&self, lost: LostSpendKey, replacement: AgreementPoint) -> Result<(), LedgerError> {
        let _working = self.work();
        let mut state = self.state();
        let mut identity = state.ledger.identity().clone();
        let protection = match lost {
            LostSpendKey::Unlocked => {
                identity.platform.unlocked = replacement;
                Protection::Unlocked
            }
            LostSpendKey::Authenticated => {
                identity.platform.authenticated = replacement;
                Protection::Authenticated
            }
        };
        state.ledger.bring(protection, None);
        let concerned = state.ledger.cards().filter(|(_, held)| held.policy.protection == protection);
        // The keys first: a key must not outlive what opens it.
        let mut records: Vec<Record> =
            concerned.map(|(card, _)| Record::KeysDropped { card, why: Dropped::SpendKeyLost }).collect();
        records.push(Record::Identity(identity));
        state.ledger.write(records)?;
        drop(state);
        self.settle()
    }

    /// What the platform must store outside the wallet's directory, after every call that may have changed it, and then
    /// confirm by [`Wallet::mark_stored`]. It only rises.
    pub fn mark(&self) -> u64 {
        self.state().ledger.mark_to_store()
    }

    /// The platform has stored this mark. Only now may keys be spent that were leased up to it, without a wait in the tap.
    pub fn mark_stored(&self, mark: u64) {
        self.state().ledger.mark_stored(mark);
    }

    /// Whether an older copy of the wallet was put back. It can be looked at, but gives no key until the issuer has
    /// answered a request to resynchronise.
    pub fn is_rolled_back(&self) -> bool {
        self.state().ledger.is_rolled_back()
    }

    // ---- cards

    /// The cards.
    pub fn cards(&self) -> Vec<CardId> {
        self.state().ledger.cards().map(|(card, _)| card).collect()
    }

    /// How a card stands, its keys counted as of `wall_ms`.
    pub fn card(&self, card: CardId, wall_ms: u64) -> Option<Card> {
        let state = self.state();
        let held = state.ledger.card(card)?;
        let applications = state.profiles.get(&card)?.applications.iter().map(|application| {
            let sequence = Sequence::of_taps(card, application.aid);
            CardApplication {
                aid: application.aid,
                last_atc: state.ledger.last_atc(&sequence),
                uses_left: state.ledger.uses_left(&sequence, wall_ms),
            }
        });
        Some(Card {
            id: card,
            state: held.state,
            codes_left: held.codes,
            policy: held.policy,
            keys_lost: held.keys_lost,
            chosen: state.ledger.chosen() == Some(card),
            applications: applications.collect(),
        })
    }

    /// Chooses the card that pays from the next contact on.
    ///
    /// # Errors
    /// [`Error::UnknownCard`], or the disk's.
    pub fn choose(&self, card: CardId, now: Now) -> Result<(), Error> {
        let _working = self.work();
        let mut state = self.state();
        state.ledger.card(card).ok_or(Error::UnknownCard)?;
        state.ledger.write(vec![Record::Chosen(card)])?;
        drop(state);
        Ok(self.ready(now)?)
    }

    /// Deletes a card and its keys for good, as the holder wishes: the issuer is told by the next request.
    ///
    /// # Errors
    /// [`Error::UnknownCard`], or the disk's.
    pub fn delete(&self, card: CardId) -> Result<(), Error> {
        let _working = self.work();
        let mut state = self.state();
        state.ledger.card(card).ok_or(Error::UnknownCard)?;
        state.ledger.write(vec![Record::CardDeleted(card)])?;
        state.profiles.remove(&card);
        drop(state);
        Ok(self.settle()?)
    }

    /// Installs a card from a plain profile: the door for tests and demonstrations, and the only one by which a
    /// `test only` card comes in. The Android bindings never call it. The first card is chosen for payments.
    ///
    /// # Errors
    /// Which data object of the profile is not usable, and why; or the disk's.
    pub fn install_unsealed(&self, profile: &[u8]) -> Result<CardId, Error> {
        let _working = self.work();
        let parsed = CardProfile::parse(profile)?;
        let mut state = self.state();
        let card = state.ledger.next_card();
        let installed = Record::Card {
            card,
            state: CardState::Active,
            codes: 0,
            policy: Policy::UNSEALED,
            token: parsed.token,
            profile: profile.to_vec(),
        };
        let first = state.ledger.chosen().is_none().then_some(Record::Chosen(card));
        state.ledger.write([installed].into_iter().chain(first).collect())?;
        state.profiles.insert(card, Arc::new(parsed));
        drop(state);
        self.settle()?;
        Ok(card)
    }

    /// Takes plain keys in for a card, in the order in which they are to be spent. The door for tests and
    /// demonstrations.
    ///
    /// # Errors
    /// Unknown card or application, a key that does not fit the application's cryptogram version, or counters that do
    /// not rise. Nothing is taken in then.
    pub fn add_keys_unsealed(&self, card: CardId, keys: Vec<PaymentKey>, now: Now) -> Result<(), Error> {
        let _working = self.work();
        let mut state = self.state();
        state.keys_fit(card, &keys)?;
        state.ledger.write(keys.into_iter().map(|key| Record::Key { card, paid: Vec::new(), key }).collect())?;
        drop(state);
        Ok(self.ready(now)?)
    }

    /// How many bytes the ledger's file has.
    pub fn ledger_length(&self) -> u64 {
        self.state().ledger.length()
    }

    // ---- what may take its time, and is never done under the lock that a tap needs

    /// Only one call at a time waits or computes.
    pub(crate) fn work(&self) -> MutexGuard<'_, ()> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state, for a moment.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leases on the medium, their keys open where they can be, the log not too long.
    pub(crate) fn ready(&self, now: Now) -> Result<(), LedgerError> {
        self.ready_where(now, Anew::IfGrown)
    }

    fn ready_where(&self, now: Now, why: Anew) -> Result<(), LedgerError> {
        let mut state = self.state();
        let wanted = state.wanted();
        let State { ledger, randomness, .. } = &mut *state;
        let to_open = ledger.want_leases(&wanted, now, randomness)?;
        drop(state);
        if !to_open.is_empty() {
            let opened = to_open.into_iter().map(ToOpen::open).collect();
            self.state().ledger.opened(opened, now)?;
        }
        self.settle()?;
        // Where this fails before the new log has its name, the old one is as good, and it is tried again next time.
        let _ = self.write_anew(why);
        Ok(())
    }

    /// Returns when all that was written counts.
    pub(crate) fn settle(&self) -> Result<(), LedgerError> {
        let Some(waiting) = self.state().ledger.waiting()? else { return Ok(()) };
        let outcome = waiting.wait();
        self.state().ledger.reached(&waiting, outcome)
    }

    /// Writes the log anew, where it is time. `false` where it is not, or where something was written meanwhile.
    pub(crate) fn write_anew(&self, why: Anew) -> Result<bool, LedgerError> {
        let mut state = self.state();
        let State { ledger, randomness, .. } = &mut *state;
        let replacement = ledger.replacement(why, randomness)?;
        drop(state);
        let Some(mut replacement) = replacement else { return Ok(false) };
        replacement.write()?;
        let done = self.state().ledger.put_in_place(replacement)?;
        if done {
            self.settle()?;
        }
        Ok(done)
    }

    fn bring(&self, protection: Protection, released: Option<AgreementKey>) -> Result<(), Error> {
        let mut state = self.state();
        if let Some(released) = released {
            if released.point() != state.ledger.identity().spend_point(protection) {
                return Err(Error::AnotherSpendKey);
            }
            state.ledger.bring(protection, Some(Arc::new(released)));
        }
        Ok(())
    }
}

/// A spend key that can be lost: the others lie in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LostSpendKey {
    /// The one that is released while the phone is unlocked.
    Unlocked,
    /// The one that is released when the holder has verified.
    Authenticated,
}

impl State {
    fn process(&mut self, now: Now, command: &[u8]) -> Vec<u8> {
        if self.verification.is_over(now) {
            self.ledger.bring(Protection::Authenticated, None);
        }
        let contact = match &mut self.contact {
            Some(contact) => contact,
            none => {
                self.pace.begin_contact();
                let chosen = self.ledger.chosen().and_then(|card| Some((card, Arc::clone(self.profiles.get(&card)?))));
                let (card, profile) = chosen.unwrap_or_else(|| (CardId(0), Arc::new(CardProfile::none())));
                none.insert(Contact::begin(self.ledger.begin_contact(), card, profile))
            }
        };
        let mut at_hand = AtHand {
            now,
            card: contact.card(),
            ledger: &mut self.ledger,
            verification: &mut self.verification,
            pace: &mut self.pace,
            randomness: &mut self.randomness,
        };
        contact.process(command, &mut at_hand)
    }

    /// The sequences of the chosen card that a terminal may ask for.
    fn wanted(&self) -> Vec<Sequence> {
        let chosen = self.ledger.chosen().and_then(|card| Some((card, self.profiles.get(&card)?)));
        let Some((card, profile)) = chosen else { return Vec::new() };
        profile.applications.iter().map(|application| Sequence::of_taps(card, application.aid)).collect()
    }

    /// Whether keys are such as the card's applications and its policy take, and rise above all that it has.
    pub(crate) fn keys_fit(&self, card: CardId, keys: &[PaymentKey]) -> Result<(), Error> {
        let profile = self.profiles.get(&card).ok_or(Error::UnknownCard)?;
        let held = self.ledger.card(card).ok_or(Error::UnknownCard)?;
        profile.takes(keys, &held.policy)?;
        self.ledger.rise(card, held.token, keys)
    }
}

impl fmt::Debug for Wallet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Wallet").field("cards", &self.cards().len()).finish_non_exhaustive()
    }
}
