//! Payments without the terminal: the shop makes orders and takes what a wallet gives for one, or reads a code off its screen, and asks
//! the issuer.
//!
//! The shop remembers no order: the issuer itself takes each only once, and reads in the order to whom it goes.

use hcepay_desk::demo_wallet::random;
use hcepay_tests::issuer::verification::Verification;
use hcepay_tests::merchant::consumer_code::ConsumerCode;
use hcepay_tests::merchant::online_shop::{Merchant, OnlinePayment, OnlineShop, asked_of_issuer};

use crate::desk::{Desk, SHOP};
use crate::error::DeskError;

/// An order of the shop, as a wallet reads it.
///
/// # Errors
/// [`DeskError::NotReadable`] where no order has this amount or currency.
pub fn order(amount_minor: u64, currency: u16) -> Result<Vec<u8>, DeskError> {
    let merchant = Merchant { country: 276, category: 5999, id: "4711".to_owned(), name: SHOP.to_owned() };
    let order = OnlineShop::new(merchant).order(amount_minor, currency, None, &mut random);
    order.map_err(|_| DeskError::NotReadable)
}

impl Desk {
    /// The issuer checks what a wallet gave for an order, whoever has made it.
    ///
    /// # Errors
    /// [`DeskError::NotReadable`] where chip data or token are none.
    pub fn verify_online(&mut self, payment: &OnlinePayment, wall_ms: u64) -> Result<Verification, DeskError> {
        let asked = asked_of_issuer(payment).map_err(|_| DeskError::NotReadable)?;
        self.act(|state| {
            let now = state.clock.now(wall_ms);
            Ok(state.issuer.verify_online(&asked, now))
        })
    }

    /// The issuer checks a code that the shop has read, by the application that stands in it first, for so many minor units of a currency.
    ///
    /// # Errors
    /// [`DeskError::NotReadable`] where the text is no code.
    pub fn verify_code(
        &mut self,
        text: &str,
        amount_minor: u64,
        currency: u16,
        wall_ms: u64,
    ) -> Result<Verification, DeskError> {
        let code = ConsumerCode::read(text).map_err(|_| DeskError::NotReadable)?;
        let aid = code.aids().next().unwrap_or_default();
        let request = code.request(aid).map_err(|_| DeskError::NotReadable)?;
        self.act(|state| {
            let now = state.clock.now(wall_ms);
            Ok(state.issuer.verify_code(&request, amount_minor, currency, now))
        })
    }
}
