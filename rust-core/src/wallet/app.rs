//! What the app reads and acknowledges: cards and reports. And the doors for tests, by which cards and keys come unsealed.

use std::sync::Arc;

use super::Wallet;
use crate::card::alert::Alert;
use crate::card::journal_row::Row;
use crate::card::life_cycle::CardState;
use crate::card::policy::Policy;
use crate::card::profile::CardProfile;
use crate::card::report::Report;
use crate::card::row_json;
use crate::card::snapshot::{Card, CardApplication, CardId};
use crate::emv::aid::Aid;
use crate::error::{ContentError, Error, LedgerError};
use crate::keys::channel::Channel;
use crate::keys::icc_key::HeldIccKey;
use crate::keys::payment_key::PaymentKey;
use crate::ledger::key_sequence::Sequence;
use crate::ledger::record::Record;
use crate::now::Now;
use crate::wire::Fields;

impl Wallet {
    /// Reports of contacts that spent a key, or presented a coupon, and that were not acknowledged, oldest first. After a process that ended in a
    /// contact, that contact is among them, as unknown.
    pub fn reports(&self) -> Vec<Report> {
        self.state().ledger.reports()
    }

    /// Alerts that were not acknowledged, oldest first; at most 256. What a contact shows is known when [`Wallet::deactivated`] has
    /// reported it.
    pub fn alerts(&self) -> Vec<Alert> {
        self.state().ledger.alerts()
    }

    /// The app has taken this alert in ([`Alert::id`]): it is not told again. What follows from it goes on.
    ///
    /// # Errors
    /// The disk's.
    pub fn acknowledge_alert(&self, alert: u64) -> Result<(), LedgerError> {
        self.state().ledger.acknowledge_alert(alert)
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

    /// The journal: at most so many rows before this one, newest first; `None` for the newest. Every contact has one, whether it
    /// spent a key or not, and so has a payment of which only the issuer tells. The last 500 are kept, whether acknowledged or not.
    pub fn journal(&self, before: Option<u64>, limit: usize) -> Vec<Row> {
        self.state().ledger.journal(before, limit)
    }

    /// The whole journal and all transfers as JSON lines, newest first, for the holder to keep: what is not known is null, times are in
    /// milliseconds since 1970. `terminal_says` is what the terminal calls itself, `merchant` what the issuer calls it.
    pub fn journal_as_json_lines(&self) -> String {
        row_json::lines(&self.journal(None, usize::MAX), &self.transfers(None, usize::MAX))
    }

    /// The cards.
    pub fn cards(&self) -> Vec<CardId> {
        self.state().ledger.cards().map(|(card, _)| card).collect()
    }

    /// How a card stands, its keys counted as of `wall_ms`.
    pub fn card(&self, card: CardId, wall_ms: u64) -> Option<Card> {
        let state = self.state();
        let held = state.ledger.card(card)?;
        let profile = state.profiles.get(&card)?;
        let recognition = profile.recognition?;
        let applications = profile.applications.iter().map(|application| {
            let sequence = Sequence::of_taps(card, application.aid);
            CardApplication {
                aid: application.aid,
                label: application.label.clone(),
                last_atc: state.ledger.last_atc(&sequence),
                uses_left: state.ledger.uses_left(&sequence, wall_ms),
            }
        });
        Some(Card {
            id: card,
            state: held.state,
            codes_left: held.codes,
            policy: held.policy.clone(),
            rules: held.rules.holder.clone(),
            temporarily_used: held.rules.temporarily_used().clone(),
            keys_lost: held.keys_lost,
            chosen: state.ledger.chosen() == Some(card),
            last_four: recognition.last_four,
            expires: recognition.expires,
            applications: applications.collect(),
        })
    }

    /// How many cryptograms a card's keys of a channel can still make, of all its applications, were it `wall_ms` for all of them; 0
    /// where there is no such card. Those at terminals by application: [`Card::applications`].
    pub fn uses_left(&self, card: CardId, channel: Channel, wall_ms: u64) -> u32 {
        let state = self.state();
        let applications = state.profiles.get(&card).into_iter().flat_map(|profile| &profile.applications);
        let sequences = applications.map(|application| Sequence { card, aid: application.aid, channel });
        sequences.map(|sequence| state.ledger.uses_left(&sequence, wall_ms)).fold(0, u32::saturating_add)
    }

    /// Installs a card from a plain profile: the door for tests and demonstrations, and the only one by which a
    /// `test only` card comes in. The Android bindings never call it. The first card is chosen for payments.
    ///
    /// # Errors
    /// Which data object of the profile is not usable, and why; [`Error::TooManyCards`]; or the disk's.
    pub fn install_unsealed(&self, profile: &[u8]) -> Result<CardId, Error> {
        self.install_under(profile, Policy::UNSEALED)
    }

    /// The same under a policy, as its envelope holds it. Whether it fits the profile is not asked: keys come unsealed here.
    ///
    /// # Errors
    /// Those of [`Wallet::install_unsealed`], and [`Error::Content`] where it is no policy.
    pub fn install_unsealed_under(&self, profile: &[u8], policy: &[u8]) -> Result<CardId, Error> {
        let fields = &mut Fields::of(policy);
        let policy = Policy::read_from_issuer(fields)?;
        fields.end().ok_or(ContentError::TrailingBytes)?;
        self.install_under(profile, policy)
    }

    fn install_under(&self, profile: &[u8], policy: Policy) -> Result<CardId, Error> {
        let _working = self.work();
        let parsed = CardProfile::parse(profile)?;
        let mut state = self.state();
        state.has_room_for_a_card()?;
        let card = state.ledger.next_card();
        let installed = Record::Card {
            card,
            state: CardState::Active,
            codes: 0,
            policy,
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

    /// Takes the plain ICC private key of an application in: p, q, d mod (p - 1), d mod (q - 1), the inverse of q modulo p, one
    /// behind the other. The door for tests and demonstrations.
    ///
    /// # Errors
    /// [`Error::UnknownCard`], [`Error::UnknownApplication`], [`Error::KeyDoesNotFit`] where it is not as long as a key that the
    /// application's certificate can be of; or the disk's.
    pub fn add_icc_key_unsealed(&self, card: CardId, aid: &[u8], numbers: &[u8], now: Now) -> Result<(), Error> {
        let _working = self.work();
        let mut state = self.state();
        let profile = Arc::clone(state.profiles.get(&card).ok_or(Error::UnknownCard)?);
        let aid = Aid::new(aid).ok_or(Error::UnknownApplication)?;
        let key = HeldIccKey::plain(aid, numbers).ok_or(Error::KeyDoesNotFit)?;
        profile.takes_icc_keys(std::slice::from_ref(&key))?;
        state.ledger.write(vec![Record::IccKey { card, key: Arc::new(key) }])?;
        drop(state);
        Ok(self.ready(now)?)
    }

    /// How many bytes the ledger's file has.
    pub fn ledger_length(&self) -> u64 {
        self.state().ledger.length()
    }
}
