//! What the phone says of a wallet's device keys when it enrols, and whether that is enough for this issuer.
//!
//! Android's key attestation: <https://source.android.com/docs/security/features/keystore/attestation>. The phone's secure
//! hardware states where a key lies, what it is for, how the phone was started and which app made it, for the issuer's challenge,
//! and signs that; a chain of certificates leads from that signature to a root of the hardware's maker. What is not looked at
//! here: the list of certificates that were revoked, which a real issuer fetches.

pub mod chain;
pub mod key_description;

use std::fmt;

use chain::{Chain, ChainRefused};
use key_description::{BootState, EcUse, KeyDescription, SecurityLevel};

use super::requests::{Chains, DevicePoints};
use crate::bytes::hex;

/// What an issuer wants to be attested.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    /// The public keys of the roots that it trusts, as certificates have them (SubjectPublicKeyInfo, DER).
    pub roots: Vec<Vec<u8>>,
    /// Where the signature key must lie at least. `None`: a wallet is enrolled whatever its chains say, or without any.
    pub level: Option<SecurityLevel>,
    /// Whether the agreement key must be attested too. Phones before Android 12 cannot: their key store has no such key.
    pub agreement_too: bool,
    /// Whether the phone must have been started by its maker's software, and be locked.
    pub verified_boot: bool,
    /// The app that must have made the keys.
    pub app: Option<App>,
}

/// An app, as Android names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    /// Its package.
    pub package: String,
    /// SHA-256 of the certificate that its package is signed with.
    pub signer: [u8; 32],
}

/// What an enrolment is held against.
#[derive(Debug, Clone, Copy)]
pub struct Enrolling<'a> {
    /// The issuer's challenge.
    pub challenge: &'a [u8],
    /// The keys that the wallet enrols with.
    pub device: &'a DevicePoints,
    /// What the phone says of them.
    pub chains: &'a Chains,
    /// The issuer's clock.
    pub wall_ms: u64,
}

/// What was found out about one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// It has no chain.
    NotAttested,
    /// Its chain does not count.
    Flawed(Flaw),
    /// Its chain holds.
    Attested(KeyDescription),
}

/// Why a chain does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// It does not lead to a root that is trusted.
    Chain(ChainRefused),
    /// It says nothing of a key, or not as the schema has it.
    NoStatement,
    /// A certificate that is not the key's own attests a key, too: whoever has that key may have written the rest.
    AttestedByAnother,
    /// It is about another key.
    OtherKey,
    /// It is for another challenge.
    OtherChallenge,
    /// The key is not one of P-256 for this use alone, made in the key store.
    OtherUse,
}

/// Why an enrolment is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttestationRefused {
    /// A key that must be attested is not.
    NotAttested,
    /// A chain does not count.
    Flawed(Flaw),
    /// A key lies where it is not safe enough.
    Level(SecurityLevel),
    /// The phone was not started by its maker's software, is not locked, or does not say.
    Boot,
    /// Another app made a key.
    OtherApp,
}

/// What was found out about both keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Findings {
    /// About the agreement key.
    pub agreement: Finding,
    /// About the signature key.
    pub signature: Finding,
}

impl Findings {
    /// Looks at both chains.
    pub fn of(enrolling: &Enrolling<'_>, policy: &Policy) -> Findings {
        let Enrolling { device, chains, .. } = enrolling;
        let finding = |chain: &[Vec<u8>], point, key_use| {
            if chain.is_empty() {
                return Finding::NotAttested;
            }
            stated(enrolling, policy, chain, point, key_use).map_or_else(Finding::Flawed, Finding::Attested)
        };
        Findings {
            agreement: finding(&chains.agreement, &device.agreement, EcUse::Agree),
            signature: finding(&chains.signature, &device.signature, EcUse::Sign),
        }
    }

    /// Whether that is enough.
    ///
    /// # Errors
    /// The first thing that is not.
    pub fn are_enough(&self, policy: &Policy) -> Result<(), AttestationRefused> {
        let Some(level) = policy.level else { return Ok(()) };
        is_enough(&self.signature, level, policy)?;
        match (&self.agreement, policy.agreement_too) {
            (Finding::NotAttested, false) => Ok(()),
            (agreement, _) => is_enough(agreement, level, policy),
        }
    }
}

fn stated(
    enrolling: &Enrolling<'_>,
    policy: &Policy,
    chain: &[Vec<u8>],
    point: &[u8; 65],
    key_use: EcUse,
) -> Result<KeyDescription, Flaw> {
    let chain = Chain::read(chain).map_err(Flaw::Chain)?;
    chain.leads_to(&policy.roots, enrolling.wall_ms).map_err(Flaw::Chain)?;
    if chain.another_attests() {
        return Err(Flaw::AttestedByAnother);
    }
    let description = chain.statement().and_then(KeyDescription::parse).ok_or(Flaw::NoStatement)?;
    if chain.point() != Some(point) {
        return Err(Flaw::OtherKey);
    }
    if description.challenge != enrolling.challenge {
        return Err(Flaw::OtherChallenge);
    }
    if description.key_use != Some(key_use) {
        return Err(Flaw::OtherUse);
    }
    Ok(description)
}

fn is_enough(finding: &Finding, level: SecurityLevel, policy: &Policy) -> Result<(), AttestationRefused> {
    let description = match finding {
        Finding::NotAttested => return Err(AttestationRefused::NotAttested),
        Finding::Flawed(flaw) => return Err(AttestationRefused::Flawed(*flaw)),
        Finding::Attested(description) => description,
    };
    if description.level() < level {
        return Err(AttestationRefused::Level(description.level()));
    }
    let boot = description.boot.as_ref();
    if policy.verified_boot && !boot.is_some_and(|boot| boot.state == BootState::Verified && boot.locked) {
        return Err(AttestationRefused::Boot);
    }
    let is_of_app = |app: &App| description.packages == [app.package.as_str()] && description.signers == [app.signer];
    if policy.app.as_ref().is_some_and(|app| !is_of_app(app)) {
        return Err(AttestationRefused::OtherApp);
    }
    Ok(())
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "signature key: {}; agreement key: {}", self.signature, self.agreement)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Finding::NotAttested => f.write_str("not attested"),
            Finding::Flawed(flaw) => write!(f, "not attested, for {flaw}"),
            Finding::Attested(description) => {
                write!(f, "attested, {}", description.level())?;
                match &description.boot {
                    Some(boot) => write!(f, ", {}, {}", boot.state, if boot.locked { "locked" } else { "not locked" })?,
                    None => f.write_str(", boot not told")?,
                }
                match description.packages.as_slice() {
                    [] => f.write_str(", app not told"),
                    packages => write!(f, ", app {}", packages.join(" ")),
                }?;
                description.signers.iter().try_for_each(|signer| write!(f, " {}", hex(signer)))
            }
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Flaw::Chain(refused) => refused.fmt(f),
            Flaw::NoStatement => f.write_str("its certificate says nothing of a key"),
            Flaw::AttestedByAnother => f.write_str("another certificate of its chain attests a key, too"),
            Flaw::OtherKey => f.write_str("its chain is about another key"),
            Flaw::OtherChallenge => f.write_str("its chain is for another challenge"),
            Flaw::OtherUse => f.write_str("it is not a key of P-256 for this use alone that the key store made"),
        }
    }
}

impl fmt::Display for AttestationRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AttestationRefused::NotAttested => f.write_str("a device key is not attested"),
            AttestationRefused::Flawed(flaw) => write!(f, "a device key is not attested, for {flaw}"),
            AttestationRefused::Level(level) => write!(f, "a device key lies in {level}"),
            AttestationRefused::Boot => {
                f.write_str("the phone does not say that its maker's software runs on it, locked")
            }
            AttestationRefused::OtherApp => f.write_str("another app made a device key"),
        }
    }
}

impl std::error::Error for AttestationRefused {}

#[cfg(test)]
mod tests;
