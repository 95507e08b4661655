//! What stands inside envelopes, by purpose. The purposes without content (suspend, resume, delete) need no writer.

use super::key_entry::{Protection, string8};
use super::seal::SealRefused;

/// The most key entries in one envelope.
pub const MOST_ENTRIES: usize = 32;

/// What the issuer asks of a wallet for one card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// What its keys are sealed to.
    pub protection: Protection,
    /// How many uses a key may have, 1 or more.
    pub most_uses: u16,
    /// The wallet asks for keys when so many uses or fewer are left.
    pub ask_at: u16,
    /// So many cryptograms in any hour without verification: 1 to 254, 0 = 20, 255 = any number.
    pub most_an_hour: u8,
    /// The same in any 24 hours, 0 = 60.
    pub most_a_day: u8,
    /// When the holder must be verified, as [`super::verification_policy`] writes it; empty = as the profile says.
    pub verification: Vec<u8>,
    /// What counts as unusual, as [`super::alert_terms`] writes it; empty = what usually does.
    pub alerts: Vec<u8>,
}

impl Policy {
    /// Keys of one use; what may be done without verification is left to the wallet.
    pub const fn of_single_uses(protection: Protection, ask_at: u16) -> Policy {
        let verification = Vec::new();
        Policy { protection, most_uses: 1, ask_at, most_an_hour: 0, most_a_day: 0, verification, alerts: Vec::new() }
    }

    /// The content of purpose 03, and the beginning of 01.
    pub fn content(&self) -> Vec<u8> {
        let (most_uses, ask_at) = (self.most_uses.to_be_bytes(), self.ask_at.to_be_bytes());
        let follow = [(&self.verification, 0x80), (&self.alerts, 0x40)];
        let follow = follow.into_iter().filter(|(tail, _)| !tail.is_empty()).fold(0, |bits, (_, bit)| bits | bit);
        let first = [self.protection as u8 | follow];
        let budget = [self.most_an_hour, self.most_a_day];
        [&first, most_uses.as_slice(), &ask_at, &budget, &self.verification, &self.alerts].concat()
    }
}

/// Purpose 01, install card: `codes` is how often an identity-check code may be tried, 0 for no check.
///
/// # Errors
/// [`SealRefused::TooLong`] where profile or entries are too many for their lengths.
pub fn install_card(policy: &Policy, codes: u8, profile: &[u8], entries: &[Vec<u8>]) -> Result<Vec<u8>, SealRefused> {
    Ok([policy.content(), vec![codes], string16(profile)?, counted(entries)?].concat())
}

/// Purpose 02, replenish keys.
///
/// # Errors
/// [`SealRefused::TooLong`] for more entries than a count byte tells.
pub fn replenish_keys(entries: &[Vec<u8>]) -> Result<Vec<u8>, SealRefused> {
    counted(entries)
}

/// Purpose 06, renew.
///
/// # Errors
/// [`SealRefused::TooLong`] where the profile is too long for its length.
pub fn renew(profile: &[u8]) -> Result<Vec<u8>, SealRefused> {
    string16(profile)
}

/// The same with ICC private keys behind it: purposes 01, 02 and 06. Without any it stays as it is.
///
/// # Errors
/// [`SealRefused::TooLong`] for more keys than a count byte tells.
pub fn with_icc_keys(content: Vec<u8>, icc_keys: &[Vec<u8>]) -> Result<Vec<u8>, SealRefused> {
    if icc_keys.is_empty() { Ok(content) } else { Ok([content, counted(icc_keys)?].concat()) }
}

/// Purpose 08, issuer time: the answer to the wallet's challenge.
pub fn issuer_time(challenge: &[u8; 16], wall_ms: u64) -> Vec<u8> {
    [challenge.as_slice(), &wall_ms.to_be_bytes()].concat()
}

/// Purpose 09, rotate issuer key: the new public key, an uncompressed point.
pub fn rotate_issuer_key(point: &[u8; 65]) -> Vec<u8> {
    point.to_vec()
}

/// The counter of one application, card and channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counter {
    /// The card.
    pub card: u32,
    /// The application.
    pub aid: Vec<u8>,
    /// The channel's number.
    pub channel: u8,
    /// The highest ATC that a key was ever issued for.
    pub atc: u16,
}

/// Purpose 0A, resynchronise: the answer to the wallet's challenge, and where its counters rise to.
///
/// # Errors
/// [`SealRefused::TooLong`] for more counters than a count byte tells.
pub fn resynchronise(challenge: &[u8; 16], counters: &[Counter]) -> Result<Vec<u8>, SealRefused> {
    let one = |counter: &Counter| {
        let tail = [&[counter.channel], counter.atc.to_be_bytes().as_slice()].concat();
        Ok([counter.card.to_be_bytes().to_vec(), string8(&counter.aid)?, tail].concat())
    };
    let counters: Result<Vec<Vec<u8>>, SealRefused> = counters.iter().map(one).collect();
    Ok([challenge.to_vec(), counted(&counters?)?].concat())
}

/// A count byte, then one after the other.
fn counted(entries: &[Vec<u8>]) -> Result<Vec<u8>, SealRefused> {
    let count = u8::try_from(entries.len()).map_err(|_| SealRefused::TooLong)?;
    Ok([&[count], entries.concat().as_slice()].concat())
}

/// A length of two bytes, then the bytes.
pub(super) fn string16(bytes: &[u8]) -> Result<Vec<u8>, SealRefused> {
    let length = u16::try_from(bytes.len()).map_err(|_| SealRefused::TooLong)?;
    Ok([length.to_be_bytes().as_slice(), bytes].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::hex;
    use crate::issuer::alert_terms::{Action, alert_terms};

    #[test]
    fn every_content_is_written_as_the_format_says() {
        let (protection, most_an_hour, most_a_day) = (Protection::Unlocked, 3, 4);
        let (verification, alerts) = (Vec::new(), Vec::new());
        let policy =
            Policy { protection, most_uses: 5, ask_at: 0x0102, most_an_hour, most_a_day, verification, alerts };
        assert_eq!(hex(&policy.content()), "02000501020304");
        assert_eq!(hex(&Policy { verification: vec![1], ..policy.clone() }.content()), "8200050102030401");
        let alerts = alert_terms(&[(7, Action::Freeze, 0), (4, Action::Usual, 20)]);
        let both = Policy { verification: vec![1], alerts: alerts.clone(), ..policy.clone() };
        assert_eq!(hex(&both.content()), "C2000501020304010207040000000004000000 0014".replace(' ', ""));
        assert_eq!(
            hex(&Policy { alerts, ..policy.clone() }.content()),
            "420005010203040207040000000004000000 0014".replace(' ', "")
        );
        let install = install_card(&policy, 3, &[0xEA, 0x00], &[vec![0xE1], vec![0xE2]]).unwrap();
        assert_eq!(hex(&install), concat!("02000501020304", "03", "0002EA00", "02", "E1E2"));
        assert_eq!(hex(&replenish_keys(&[vec![0xE1]]).unwrap()), "01E1");
        let renew = renew(&[0xEA, 0x00]).unwrap();
        assert_eq!(hex(&renew), "0002EA00");
        assert_eq!(hex(&with_icc_keys(renew.clone(), &[]).unwrap()), "0002EA00");
        assert_eq!(hex(&with_icc_keys(renew, &[vec![0xE1], vec![0xE2]]).unwrap()), "0002EA0002E1E2");
        assert_eq!(hex(&issuer_time(&[0xC0; 16], 0x0A)), format!("{}000000000000000A", "C0".repeat(16)));
        assert_eq!(rotate_issuer_key(&[4; 65]), [4; 65]);
        let counter = Counter { card: 7, aid: vec![0xA0; 5], channel: 1, atc: 0x0203 };
        let resynchronise = resynchronise(&[0xC0; 16], &[counter]).unwrap();
        assert_eq!(hex(&resynchronise), format!("{}0100000007{}010203", "C0".repeat(16), "05A0A0A0A0A0"));
    }
}
