//! The application cryptogram: pure functions, one step each, so that every intermediate value can be checked.
//!
//! `transaction data + card data --input--> bytes --mac--> cryptogram`, under a key that the ledger has spent.

pub mod card_verification_results;
pub(crate) mod coupon_mac;
pub mod input;
pub mod issuer_application_data;
pub mod mac;
pub mod session_key;
pub mod signed_dynamic_data;

use crate::card::cvn::{Cvn, KeyKind};
use crate::keys::secret::SecretKey;
use crate::keys::wipe;
use crate::ledger::spending::SpentKey;
use input::CryptogramInput;

/// An Application Cryptogram (9F26): lets the issuer check that this card, with this key, answered this transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApplicationCryptogram(pub [u8; 8]);

/// Makes the one cryptogram that the spent key is good for.
pub(crate) fn compute<Way>(spent: SpentKey<Way>, cvn: Cvn, input: &CryptogramInput<'_>) -> ApplicationCryptogram {
    wipe::stack_after_a_mac(|| under(spent.into_key(), cvn, input))
}

/// The cryptogram under a key that the caller has: for known answers. The wallet's keys come out of the ledger as
/// `SpentKey` alone.
pub fn under(key: SecretKey, cvn: Cvn, input: &CryptogramInput<'_>) -> ApplicationCryptogram {
    let key = match cvn.key_kind() {
        KeyKind::CardMasterKeyForSessions => {
            session_key::mastercard(&key, input.atc, input.transaction.unpredictable_number)
        }
        KeyKind::CardMasterKey | KeyKind::SessionKey | KeyKind::LimitedUseKey | KeyKind::Seed => key,
    };
    ApplicationCryptogram(mac::mac(cvn.mac_algorithm(), &key, &input.bytes(cvn)))
}
