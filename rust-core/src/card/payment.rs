//! What a terminal asks to be paid, as far as rules of issuer and holder go by it.

use crate::emv::aid::Aid;
use crate::emv::amount::Amount;

/// So many merchant categories (9F15) a rule names at most.
pub(super) const MOST_CATEGORIES: usize = 16;

/// One payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Payment {
    /// With which application.
    pub(crate) aid: Aid,
    pub(crate) amount: Amount,
    /// The merchant's category as the terminal claims it, where the card asked for it.
    pub(crate) merchant_category: Option<u16>,
}
