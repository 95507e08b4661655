//! RSA's public operation: what a signature holds (EMV Book 2, annex A2.1, "recovery function"). No secret comes here.

use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{Limb, Odd, Uint};

/// The longest modulus, in bytes: that of the longest keys that payment schemes have (1984 bits).
pub(crate) const LONGEST_MODULUS: usize = 248;
const LIMBS: usize = LONGEST_MODULUS * 8 / Limb::BITS as usize;

/// What was signed, as long as the modulus. `None` where the signature is not as long as that or not below it, or the
/// modulus cannot be one.
pub(crate) fn recover(modulus: &[u8], exponent: u32, signature: &[u8]) -> Option<Vec<u8>> {
    if signature.len() != modulus.len() {
        return None;
    }
    let (n, s) = (number(modulus)?, number(signature)?);
    let params = FixedMontyParams::new_vartime(Option::from(Odd::new(n))?);
    let recovered = FixedMontyForm::new(&s, &params).pow_vartime(&Uint::<1>::from(exponent)).retrieve();
    let bytes = recovered.to_be_bytes();
    let start = LONGEST_MODULUS.checked_sub(modulus.len())?;
    (s < n).then_some(())?;
    Some(bytes.as_ref().get(start..)?.to_vec())
}

/// Big-endian bytes, however many there are up to the longest modulus.
fn number(bytes: &[u8]) -> Option<Uint<LIMBS>> {
    let mut whole = [0; LONGEST_MODULUS];
    let start = LONGEST_MODULUS.checked_sub(bytes.len())?;
    whole.get_mut(start..)?.copy_from_slice(bytes);
    Some(Uint::from_be_slice(&whole))
}
