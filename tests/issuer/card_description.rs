//! What an independent issuer must know to check the cryptograms of a demo card's taps. Test keys, meant to be shown.

use super::card_master_key::Derivation;
use super::cryptogram_version::{CryptogramVersion, KeyScheme};
use super::limited_use_key::LukIndex;
use super::token::Token;

/// A demo card for an independent issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// The token.
    pub token: Token,
    /// 5F34 as two BCD digits, where the card has one; derivation takes 00 without one.
    pub sequence_number: Option<u8>,
    /// Expiry YYMM in BCD.
    pub expiry: [u8; 2],
    /// Its applications, in the order of the directory.
    pub applications: Vec<DescribedApplication>,
}

/// One application of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribedApplication {
    /// The application identifier.
    pub aid: Vec<u8>,
    /// Cryptogram version, which names kernel and CVN.
    pub version: CryptogramVersion,
    /// How the key of a cryptogram comes from the card master key.
    pub scheme: KeyScheme,
    /// The issuer master key of this application.
    pub issuer_master_key: [u8; 16],
    /// How the card master key comes from it.
    pub derivation: Derivation,
    /// The index of the first limited-use key, once one is issued.
    pub luk_index: Option<LukIndex>,
}
