//! A holder with keys for all channels, who verifies and pays without a reader.

use std::ops::{Deref, DerefMut};

use hcepay_core::{CardId, ConsumerCode, Error, NotPaid, OnlineOrder, OnlinePayment, Reason, Scope};
use hcepay_tests::issuer::contents::Policy;
use hcepay_tests::issuer::key_entry::{Channel, Protection};
use hcepay_tests::issuer::wallets::Holder;

use crate::enrolled_wallet::{EnrolledWallet, policy};

pub struct Payer(pub EnrolledWallet);

impl Deref for Payer {
    type Target = EnrolledWallet;

    fn deref(&self) -> &EnrolledWallet {
        &self.0
    }
}

impl DerefMut for Payer {
    fn deref_mut(&mut self) -> &mut EnrolledWallet {
        &mut self.0
    }
}

impl Payer {
    /// With one card, and so many keys in each channel.
    pub fn with(card: &str, keys: u16) -> Payer {
        Payer::under(card, policy(Protection::Authenticated), keys)
    }

    pub fn under(card: &str, policy: Policy, keys: u16) -> Payer {
        let mut payer = Payer(EnrolledWallet::new());
        payer.install_with(card, policy, 0, keys);
        payer.send_keys(Channel::Online, keys);
        payer.send_keys(Channel::Qr, keys);
        payer
    }

    /// The issuer sends keys of a channel, unasked.
    pub fn send_keys(&mut self, channel: Channel, uses: u16) {
        let EnrolledWallet { issuer, id, now, random, wallet, .. } = &mut self.0;
        let card = *wallet.cards().last().unwrap();
        let holder = Holder { wallet: *id, card: card.number() };
        let envelopes = issuer.send_keys_for(holder, channel, uses, now.wall_ms, random).unwrap();
        for envelope in envelopes {
            self.apply(&envelope).unwrap();
        }
    }

    /// Both steps, as the platform does them, for a holder who has verified or not.
    pub fn pay_unverified_online(&mut self, card: CardId, order: &OnlineOrder) -> Result<OnlinePayment, NotPaid> {
        let asked = self.wallet.pay_online_begin(card, order, self.now)?;
        assert_eq!(asked.digest, order.digest().0, "the whole digest is signed");
        let paid = self.wallet.pay_online_finish(asked.token, &self.platform.sign(&asked.digest), self.now);
        self.keep_mark();
        paid
    }

    pub fn pay_online(&mut self, order: &OnlineOrder) -> Result<OnlinePayment, NotPaid> {
        let card = self.card();
        self.verify_for(Scope::Order(card, order.digest()));
        self.pay_unverified_online(card, order)
    }

    pub fn show_code(&mut self) -> Result<ConsumerCode, NotPaid> {
        let card = self.card();
        self.verify_for(Scope::Code(card));
        let shown = self.wallet.show_code(card, self.now);
        self.keep_mark();
        shown
    }

    /// How many keys each channel has, of all applications: tap, online, QR.
    pub fn keys(&self) -> [u32; 3] {
        use hcepay_core::Channel::{Online, Qr, Tap};
        [Tap, Online, Qr].map(|channel| self.wallet.uses_left(self.card(), channel, self.now.wall_ms))
    }
}

pub fn refused(reason: Reason) -> NotPaid {
    NotPaid::Refused(reason)
}

pub fn error(error: Error) -> NotPaid {
    NotPaid::Error(error)
}
