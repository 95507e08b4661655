//! The right to spend a use, and the key that comes of it: a lease is spent by value, with a record that is written before the key is
//! there. Nothing else makes a [`SpentKey`].

use std::marker::PhantomData;

use super::Ledger;
use super::key_sequence::Use;
use super::open_keys::NotSpent;
use super::record::Record;
use crate::emv::amount::Amount;
use crate::emv::atc::Atc;
use crate::keys::channel::{OfChannel, Tap};
use crate::keys::secret::SecretKey;
use crate::now::Now;
use crate::randomness::Randomness;

/// The right to spend one use of one key in one channel: names the key and the counter, and holds no key itself. Not `Clone`.
#[derive(Debug)]
pub(crate) struct Lease<Way> {
    pub(super) leased: Use,
    pub(super) derivation_data: Option<[u8; 4]>,
    pub(super) way: PhantomData<Way>,
}

impl<Way> Lease<Way> {
    /// The index of a limited-use key, `0YHHHHCC`.
    pub(crate) fn derivation_data(&self) -> Option<[u8; 4]> {
        self.derivation_data
    }
}

/// A key whose use in its channel is counted already. [`crate::cryptogram::compute`] takes it by value: one cryptogram, then it is
/// gone. There is no other constructor, and it is not `Clone`.
#[derive(Debug)]
pub(crate) struct SpentKey<Way> {
    key: SecretKey,
    atc: Atc,
    way: PhantomData<Way>,
}

impl<Way> SpentKey<Way> {
    /// The counter that belongs to this use.
    pub(crate) fn atc(&self) -> Atc {
        self.atc
    }

    pub(crate) fn into_key(self) -> SecretKey {
        self.key
    }
}

impl Ledger {
    /// Writes that the leased use is spent in the contact that is under way, and only then gives the key out.
    ///
    /// # Errors
    /// Why not; no key is opened then.
    pub(crate) fn consume(
        &mut self,
        lease: Lease<Tap>,
        amount: Amount,
        verified: bool,
        now: Now,
        randomness: &mut Randomness,
    ) -> Result<SpentKey<Tap>, NotSpent> {
        let (key, atc) = self.spend(self.contact, lease.leased, amount, verified, now, randomness)?;
        Ok(SpentKey { key, atc, way: PhantomData })
    }

    /// The same without a reader: by a holder who has verified for it. Gives the number that its report has.
    ///
    /// # Errors
    /// The same.
    pub(crate) fn consume_remote<Way: OfChannel>(
        &mut self,
        lease: Lease<Way>,
        amount: Amount,
        now: Now,
        randomness: &mut Randomness,
    ) -> Result<(u64, SpentKey<Way>), NotSpent> {
        let number = self.next_number();
        let (key, atc) = self.spend(number, lease.leased, amount, true, now, randomness)?;
        Ok((number, SpentKey { key, atc, way: PhantomData }))
    }

    fn spend(
        &mut self,
        contact: u64,
        spent: Use,
        amount: Amount,
        verified: bool,
        now: Now,
        randomness: &mut Randomness,
    ) -> Result<(SecretKey, Atc), NotSpent> {
        if !self.is_usable(&spent) {
            return Err(NotSpent::Gone);
        }
        if let Some(to_open) = self.open_keys.to_open(&self.state, &spent, randomness) {
            // It should have been opened before; better late than declined.
            self.opened(vec![to_open.open()], now).map_err(NotSpent::NotWritten)?;
        }
        let key = self.open_keys.take(&self.state, &spent)?;
        let consumed = Record::Consumed { contact, spent, amount, wall_ms: now.wall_ms, verified };
        self.write(vec![consumed]).map_err(NotSpent::NotWritten)?;
        self.open_keys.drop_spent(&self.state);
        Ok((key, spent.atc))
    }
}
