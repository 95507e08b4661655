//! Cryptogram version numbers (CVN): which key, which input, which padding.

/// The kernel on the terminal's side that an application speaks to (EMV Contactless Book A, section 5.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KernelId {
    /// Kernel 2: spends at GENERATE AC.
    Kernel2,
    /// Kernel 3: spends at GET PROCESSING OPTIONS.
    Kernel3,
    /// Kernel 7: as kernel 3.
    Kernel7,
}

/// A cryptogram version of one kernel. The same number means different things to different kernels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cvn {
    /// Kernel 3, hex 0A ("CVN 10"): under the card master key. Test only.
    Kernel3Cvn0A,
    /// Kernel 3, hex 11 ("CVN 17"): under the card master key. Test only.
    Kernel3Cvn11,
    /// Kernel 3, hex 12 ("CVN 18"): under a session key for one counter.
    Kernel3Cvn12,
    /// Kernel 3, hex 43: under a limited-use key. A test scheme in the style of public examples, see README.
    Kernel3Cvn43,
    /// Kernel 3, hex C1: AES-CMAC under a key that the phone derives from a seed, one for each counter. Of our closed-loop
    /// scheme (see [`crate::keys::ratchet`]), no payment scheme's.
    Kernel3CvnC1,
    /// Kernel 2, hex 10 ("CVN 16"): under a session key that needs the card master key. Test only.
    Kernel2Cvn10,
    /// Kernel 2, hex 11 ("CVN 17"): as hex 10, with counters. Test only.
    Kernel2Cvn11,
    /// Kernel 2, hex 14 ("CVN 20"): under a session key for one counter.
    Kernel2Cvn14,
    /// Kernel 2, hex 15 ("CVN 21"): as hex 14, with counters.
    Kernel2Cvn15,
    /// Kernel 7, hex 01: under a session key for one counter.
    Kernel7Cvn01,
}

/// What kind of key the issuer gives for a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyKind {
    /// The card master key, which is the MAC key too.
    CardMasterKey,
    /// The card master key, from which a session key is derived with counter and unpredictable number.
    CardMasterKeyForSessions,
    /// A session key for one counter.
    SessionKey,
    /// A limited-use key, derived from an index that the IAD carries.
    LimitedUseKey,
    /// A seed, from which the phone derives the key of each counter.
    Seed,
}

/// How a cryptogram is made of key and input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MacAlgorithm {
    /// ISO/IEC 9797-1 algorithm 3 with DES, after padding.
    Retail(Padding),
    /// AES-128-CMAC, which pads by itself; its first 8 bytes.
    AesCmac,
}

/// Padding methods of ISO/IEC 9797-1, to whole blocks of 8 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Padding {
    /// Method 1: zeros; none where the input is whole blocks already.
    Zeros,
    /// Method 2: 80, then zeros; always.
    Method2,
}

const ZEROS: MacAlgorithm = MacAlgorithm::Retail(Padding::Zeros);
const METHOD_2: MacAlgorithm = MacAlgorithm::Retail(Padding::Method2);

/// All, each with its kernel, its number as the IAD carries it, its key and its MAC.
#[rustfmt::skip]
const ALL: [(Cvn, KernelId, u8, KeyKind, MacAlgorithm); 10] = [
    (Cvn::Kernel3Cvn0A, KernelId::Kernel3, 0x0A, KeyKind::CardMasterKey,            ZEROS),
    (Cvn::Kernel3Cvn11, KernelId::Kernel3, 0x11, KeyKind::CardMasterKey,            ZEROS),
    (Cvn::Kernel3Cvn12, KernelId::Kernel3, 0x12, KeyKind::SessionKey,               METHOD_2),
    (Cvn::Kernel3Cvn43, KernelId::Kernel3, 0x43, KeyKind::LimitedUseKey,            METHOD_2),
    (Cvn::Kernel3CvnC1, KernelId::Kernel3, 0xC1, KeyKind::Seed,                     MacAlgorithm::AesCmac),
    (Cvn::Kernel2Cvn10, KernelId::Kernel2, 0x10, KeyKind::CardMasterKeyForSessions, METHOD_2),
    (Cvn::Kernel2Cvn11, KernelId::Kernel2, 0x11, KeyKind::CardMasterKeyForSessions, METHOD_2),
    (Cvn::Kernel2Cvn14, KernelId::Kernel2, 0x14, KeyKind::SessionKey,               METHOD_2),
    (Cvn::Kernel2Cvn15, KernelId::Kernel2, 0x15, KeyKind::SessionKey,               METHOD_2),
    (Cvn::Kernel7Cvn01, KernelId::Kernel7, 0x01, KeyKind::SessionKey,               METHOD_2),
];

impl Cvn {
    fn listed(self) -> (Cvn, KernelId, u8, KeyKind, MacAlgorithm) {
        ALL.into_iter().find(|listed| listed.0 == self).expect("every version is in the list")
    }

    /// The version that a kernel knows by this number, as the IAD carries it.
    pub fn of(kernel: KernelId, number: u8) -> Option<Cvn> {
        ALL.into_iter().find(|listed| (listed.1, listed.2) == (kernel, number)).map(|listed| listed.0)
    }

    /// The kernel that it belongs to.
    pub fn kernel(self) -> KernelId {
        self.listed().1
    }

    /// The number as the IAD carries it.
    pub fn number(self) -> u8 {
        self.listed().2
    }

    pub(crate) fn key_kind(self) -> KeyKind {
        self.listed().3
    }

    /// Whether the version needs the card master key, which a phone never holds.
    pub fn needs_card_master_key(self) -> bool {
        matches!(self.key_kind(), KeyKind::CardMasterKey | KeyKind::CardMasterKeyForSessions)
    }

    /// Whether its keys are limited-use keys, derived from an index that the IAD carries.
    pub fn uses_limited_use_keys(self) -> bool {
        self.key_kind() == KeyKind::LimitedUseKey
    }

    /// Whether it is the closed-loop scheme's: the issuer sends a seed, from which the phone derives the key of each counter.
    pub fn is_closed_loop(self) -> bool {
        self.key_kind() == KeyKind::Seed
    }

    /// How its cryptogram is made.
    pub fn mac_algorithm(self) -> MacAlgorithm {
        self.listed().4
    }
}
