//! The application cryptogram: pure functions, one step each, so that every intermediate value can be checked.
//!
//! `transaction data + card data --input--> bytes --mac--> cryptogram`, under a key that the ledger has spent.

pub mod card_verification_results;
pub mod cvn;
pub mod input;
pub mod issuer_application_data;
pub mod mac;
pub mod session_key;

use crate::ledger::SpentKey;
use cvn::{Cvn, KeyStep};
use input::CryptogramInput;

/// An Application Cryptogram (9F26): lets the issuer check that this card, with this key, answered this transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApplicationCryptogram(pub [u8; 8]);

/// Makes the one cryptogram that the spent key is good for.
pub fn compute(spent: SpentKey, cvn: Cvn, input: &CryptogramInput<'_>) -> ApplicationCryptogram {
    let key = spent.into_key();
    let bytes = input.bytes(cvn);
    match cvn.key_step() {
        KeyStep::None => ApplicationCryptogram(mac::retail_mac(&key, cvn.padding(), &bytes)),
        KeyStep::MastercardSessionKey => {
            let un = input.transaction.unpredictable_number;
            let session_key = session_key::mastercard(&key, input.atc, un);
            ApplicationCryptogram(mac::retail_mac(&session_key, cvn.padding(), &bytes))
        }
    }
}
