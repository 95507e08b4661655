//! Who pays without a reader: an order in two steps, because the device signs it too; a code in one.

use std::sync::Arc;

use super::Wallet;
use super::requests::ToSign;
use super::state::State;
use crate::card::cardholder_verification::{Method, Verdict};
use crate::card::online_order::OnlineOrder;
use crate::card::payment::Payment;
use crate::card::profile::Application;
use crate::card::report::{Reason, Report};
use crate::card::snapshot::CardId;
use crate::card::terminal_claims::TerminalClaims;
use crate::emv::amount::Amount;
use crate::error::Error;
use crate::error::order::OrderError;
use crate::keys::channel::{Channel, OfChannel, Online, Qr};
use crate::keys::spend_key::Protection;
use crate::ledger::compaction::Compaction;
use crate::ledger::key_sequence::Sequence;
use crate::ledger::no_lease::NoLease;
use crate::ledger::open_keys::NotSpent;
use crate::now::Now;
use crate::qr::consumer_presented::Presented;
use crate::qr::merchant_order::MerchantOrder;
use crate::remote::chip_data;
use crate::remote::consumer_code::{CODE_LIFE_MS, ConsumerCode};
use crate::remote::not_paid::NotPaid;
use crate::remote::online_payment::OnlinePayment;
use crate::remote::signed::SpentUse;
use crate::remote::transaction;
use crate::tap::kernels::reason_of;
use crate::tap::verification::Scope;

impl Wallet {
    /// The order that a merchant's code asks for, with a nonce of the wallet's, ready to be confirmed and paid.
    ///
    /// # Errors
    /// [`OrderError`], where the code is fit for a code and not for an order.
    pub fn order_of_code(&self, order: &MerchantOrder) -> Result<OnlineOrder, OrderError> {
        let mut nonce = [0; 16];
        (self.state().randomness)(&mut nonce);
        OnlineOrder::of_code(order, nonce)
    }

    /// Begins to pay an order that the holder has verified for ([`Scope::Order`]): gives what the device signature key is to sign, the
    /// order's digest. Nothing is spent yet. What was begun before is over.
    ///
    /// # Errors
    /// [`NotPaid::Refused`] with what keeps the card from paying it, [`Error::UnknownCard`], [`Error::NoDeviceKeys`].
    pub fn pay_online_begin(&self, card: CardId, order: &OnlineOrder, now: Now) -> Result<ToSign, NotPaid> {
        let mut state = self.state_at(now);
        state.device_keys()?;
        let paid = Paid::of_order(card, order);
        state.verified_for(&paid, now)?;
        state.application_for::<Online>(&paid, now.wall_ms)?;
        let token = state.begun_order.begin((card, order.clone()));
        Ok(ToSign { token, digest: order.digest().0 })
    }

    /// Pays it, once, with the device's signature (r, s): spends a key of the card's online channel, which is on the medium before this
    /// returns. Uses the verification up. The payment is a row of the journal, and told by [`Wallet::reports`] until it is
    /// acknowledged. Store [`Wallet::mark`] afterwards.
    ///
    /// # Errors
    /// As [`Wallet::pay_online_begin`]; [`Error::NotBegun`] where another one was begun since, or this one was finished;
    /// [`Error::SignatureWrong`] where it is not the device signature key's; [`Reason::StorageFailed`] where the medium fails: the key
    /// is spent then, for nothing.
    pub fn pay_online_finish(&self, token: u64, signature: &[u8; 64], now: Now) -> Result<OnlinePayment, NotPaid> {
        let _working = self.work();
        let (card, order) = self.state_at(now).begun_order.take(token).ok_or(Error::NotBegun)?;
        self.device_signed(order.digest().0, signature)?;
        let paid = Paid::of_order(card, &order);
        let spent = self.spend_remote::<Online>(&paid, now)?;
        let report = self.report_remote(&spent, &paid, now);
        let token = spent.application.payment_token.clone();
        let transaction = transaction::of_order(&order, now.wall_ms);
        let chip_data = chip_data::of_order(&spent.sign(&transaction), &transaction);
        // The payment stands whether the next one is ready or not.
        let _ = self.ready(now);
        Ok(OnlinePayment { token, chip_data, order: order.digest(), signature: *signature, report })
    }

    /// The code by which a merchant is paid who reads it off the screen within [`CODE_LIFE_MS`], for a holder who has verified for it
    /// ([`Scope::Code`]): spends a key of the card's QR channel, which is on the medium before this returns. Uses the verification up:
    /// another code takes another one. It is a row of the journal, whether anybody reads it or not. Store [`Wallet::mark`] afterwards.
    ///
    /// # Errors
    /// [`NotPaid::Refused`] with what keeps the card from paying, [`Error::UnknownCard`].
    pub fn show_code(&self, card: CardId, now: Now) -> Result<ConsumerCode, NotPaid> {
        let _working = self.work();
        let paid = Paid::of_code(card);
        let spent = self.spend_remote::<Qr>(&paid, now)?;
        let report = self.report_remote(&spent, &paid, now);
        let transaction = transaction::of_code(now.wall_ms);
        let signed = spent.sign(&transaction);
        let application = &signed.application;
        let presented = Presented {
            aid: application.aid.bytes(),
            label: &application.label,
            token: &application.payment_token.digits,
            sequence_number: application.payment_token.sequence_number,
            chip_data: &chip_data::of_code(&signed, &transaction),
        };
        let text = presented.text();
        // The code stands whether the next one is ready or not.
        let _ = self.ready(now);
        Ok(ConsumerCode { text, until_ms: now.wall_ms.saturating_add(CODE_LIFE_MS), report })
    }

    /// Spends a use for a holder who has verified for exactly this; returns when it is on the medium.
    fn spend_remote<Way: OfChannel>(&self, paid: &Paid, now: Now) -> Result<SpentUse<Way>, NotPaid> {
        // Nothing is waited for or computed while a tap could be.
        let remote = self.state().remote_sequence(paid.scope, now.wall_ms);
        self.ready_where(now, Compaction::IfGrown, remote).map_err(|_| Reason::StorageFailed)?;
        let mut state = self.state_at(now);
        let method = state.verified_for(paid, now)?;
        let application = state.application_for::<Way>(paid, now.wall_ms)?;
        let State { ledger, randomness, verification, .. } = &mut *state;
        let payment = paid.payment(&application);
        let lease = ledger.lease::<Way>(paid.card, &payment, now, randomness).map_err(NoLease::reason)?;
        let derivation_data = lease.derivation_data();
        let consumed = ledger.consume_remote(lease, paid.amount(), now, randomness);
        let (number, key) = consumed.map_err(NotSpent::reason)?;
        verification.disarm();
        ledger.bring(Protection::Authenticated, None);
        drop(state);
        self.settle().map_err(|_| Reason::StorageFailed)?;
        Ok(SpentUse { number, card: paid.card, application, key, derivation_data, method })
    }

    /// Makes it a row of the journal.
    fn report_remote<Way: OfChannel>(&self, spent: &SpentUse<Way>, paid: &Paid, now: Now) -> Report {
        let mut state = self.state();
        let sequence = Sequence { card: paid.card, aid: spent.application.aid, channel: Way::CHANNEL };
        let keys_left = state.ledger.uses_left(&sequence, now.wall_ms);
        let report = spent.report(paid.amount, paid.claims.clone(), (keys_left, now.wall_ms));
        // Where this cannot be written, the payment is reported as unknown when the ledger is opened again.
        let _ = state.report(&report);
        report
    }
}

/// What is to be paid without a reader, by the wallet's own words.
struct Paid {
    card: CardId,
    scope: Scope,
    /// Not known of a code.
    amount: Option<Amount>,
    claims: TerminalClaims,
}

impl Paid {
    fn of_order(card: CardId, order: &OnlineOrder) -> Paid {
        let claims = TerminalClaims {
            country: order.country(),
            merchant_name: Some(order.merchant_name().to_owned()),
            merchant_category: order.category(),
            ..TerminalClaims::default()
        };
        Paid { card, scope: Scope::Order(card, order.digest()), amount: Some(order.amount()), claims }
    }

    fn of_code(card: CardId) -> Paid {
        Paid { card, scope: Scope::Code(card), amount: None, claims: TerminalClaims::default() }
    }

    fn amount(&self) -> Amount {
        self.amount.unwrap_or(Amount { minor: 0, currency: 0 })
    }

    fn payment(&self, application: &Application) -> Payment {
        let merchant_category = self.claims.merchant_category;
        Payment { aid: application.aid, amount: self.amount(), merchant_category }
    }
}

impl State {
    fn verified_for(&self, paid: &Paid, now: Now) -> Result<Method, Reason> {
        self.verification.of_remote(now, paid.scope).map_err(|missing| reason_of(Verdict::Missing(missing)))
    }

    /// The first application of the card, in the order of the directory, that has a key for this; else what keeps the first from it.
    fn application_for<Way: OfChannel>(&self, paid: &Paid, wall_ms: u64) -> Result<Arc<Application>, NotPaid> {
        let profile = self.profiles.get(&paid.card).ok_or(Error::UnknownCard)?;
        let mut why = None;
        for application in &profile.applications {
            let sequence = Sequence { card: paid.card, aid: application.aid, channel: Way::CHANNEL };
            match self.ledger.has_use_for(&sequence, &paid.payment(application), wall_ms) {
                Ok(()) => return Ok(Arc::clone(application).face(self.ledger.latest_ms(wall_ms))),
                Err(no_lease) => why = why.or(Some(no_lease.reason())),
            }
        }
        Err(NotPaid::Refused(why.unwrap_or(Reason::NoKeyLeft)))
    }

    /// Of which counter a use is to be made ready for what the holder verifies for without a reader.
    pub(super) fn remote_sequence(&self, scope: Scope, wall_ms: u64) -> Option<Sequence> {
        let (card, channel) = match scope {
            Scope::Order(card, _) => (card, Channel::Online),
            Scope::Code(card) => (card, Channel::Qr),
            Scope::AnyCard | Scope::Card(_) | Scope::Payment(..) | Scope::Transfer(..) => return None,
        };
        let applications = self.profiles.get(&card)?.applications.iter();
        let mut sequences = applications.map(|application| Sequence { card, aid: application.aid, channel });
        sequences.find(|sequence| self.ledger.has_use(sequence, wall_ms).is_ok())
    }
}
