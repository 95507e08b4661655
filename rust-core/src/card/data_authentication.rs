//! Offline data authentication of an application: what the card's own key must be like so that its certificate is of use.

use super::recognition::ExpiryMonth;
use crate::keys::icc_key::{HeldIccKey, IccKey};

/// How an application authenticates itself to a terminal that does not ask the issuer: what its ICC key must be like.
#[derive(Debug, Clone)]
pub(crate) struct DataAuthentication {
    pub(crate) exponent: u32,
    /// The modulus that the ICC certificate names, where that could be read.
    pub(crate) modulus: Option<Vec<u8>>,
    /// How much of a modulus there is room for in the ICC certificate, and how much of it stands beside.
    pub(crate) inside: usize,
    pub(crate) beside: usize,
    /// The month at whose end the first of the two certificates is over, where they could be read.
    pub(crate) ends: Option<ExpiryMonth>,
    /// SHA-256 of the ICC certificate, and of the signed records and the AIP that it is over.
    pub(crate) certificate: [u8; 32],
    pub(crate) static_data: [u8; 32],
}

impl DataAuthentication {
    /// Whether the certificate can be that of this key, by its length.
    pub(crate) fn fits(&self, key: &HeldIccKey) -> bool {
        key.modulus_length().saturating_sub(self.inside) == self.beside
    }

    /// Whether it is, as far as the profile can tell.
    pub(crate) fn certifies(&self, key: &IccKey) -> bool {
        self.modulus.as_ref().is_none_or(|modulus| modulus == key.modulus())
    }
}
