//! What the issuer's envelopes are for.

/// What an envelope is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// A new card.
    InstallCard,
    /// Payment keys for a card.
    ReplenishKeys,
    /// What cards may pay.
    Policy,
    /// A card must not pay for now.
    Suspend,
    /// A suspended card may pay again.
    Resume,
    /// A new profile for the same card.
    Renew,
    /// A card ends.
    Delete,
    /// The issuer's clock, as an answer to a challenge.
    IssuerTime,
    /// Another issuer key from now on.
    RotateIssuerKey,
    /// What the issuer knows of the wallet's counters, as an answer to a challenge: for a wallet that was put back to an
    /// older copy.
    Resynchronise,
}

impl Purpose {
    pub(crate) fn from_byte(byte: u8) -> Option<Purpose> {
        Some(match byte {
            0x01 => Purpose::InstallCard,
            0x02 => Purpose::ReplenishKeys,
            0x03 => Purpose::Policy,
            0x04 => Purpose::Suspend,
            0x05 => Purpose::Resume,
            0x06 => Purpose::Renew,
            0x07 => Purpose::Delete,
            0x08 => Purpose::IssuerTime,
            0x09 => Purpose::RotateIssuerKey,
            0x0A => Purpose::Resynchronise,
            _ => return None,
        })
    }
}
