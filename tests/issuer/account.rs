//! An account: one token, its applications, the keys that were issued for them and the counters that were seen.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use sha1::{Digest, Sha1};

use crate::bytes::hex;

use super::card_master_key::{card_master_key, odd_parity};
use super::cryptogram_version::KeyScheme;
use super::demo_cards::DemoCard;
use super::limited_use_key::{LukIndex, limited_use_key};
use super::profile::ApplicationProfile;
use super::session_key::{
    common_session_key, common_session_key_diversifier, mastercard_diversifier, pboc_session_key,
};

/// A key for one card application, with what the issuer allows for it.
#[derive(Clone, PartialEq, Eq)]
pub struct IssuedKey {
    /// The application it belongs to.
    pub aid: Vec<u8>,
    /// The first ATC it may be used with.
    pub first_atc: u16,
    /// How many ATCs from there on, one cryptogram each.
    pub uses: u16,
    /// Valid from this moment on: wall clock, milliseconds since 1970-01-01T00:00Z.
    pub not_before_ms: u64,
    /// Valid up to and with this moment.
    pub not_after_ms: u64,
    /// The key: session key, limited-use key, or (test-only cards) the card master key.
    pub key: [u8; 16],
    /// The index of a limited-use key; the IAD carries it as [`LukIndex::derivation_data`].
    pub luk_index: Option<LukIndex>,
}

impl fmt::Debug for IssuedKey {
    /// Everything but the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedKey")
            .field("aid", &hex(&self.aid))
            .field("first_atc", &self.first_atc)
            .field("uses", &self.uses)
            .field("not_before_ms", &self.not_before_ms)
            .field("not_after_ms", &self.not_after_ms)
            .field("luk_index", &self.luk_index)
            .finish_non_exhaustive()
    }
}

/// Why no keys were issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssueRefused {
    /// No open account has this token and application.
    UnknownApplication,
    /// ATCs go from 0001 to FFFE; FFFF is never used.
    AtcOutOfRange,
    /// A key was issued for one of these ATCs before.
    AtcIssuedBefore,
}

impl fmt::Display for IssueRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            IssueRefused::UnknownApplication => "no open account has this token and application",
            IssueRefused::AtcOutOfRange => "ATCs go from 0001 to FFFE",
            IssueRefused::AtcIssuedBefore => "a key was issued for one of these ATCs before",
        })
    }
}

impl std::error::Error for IssueRefused {}

/// One token with its applications.
pub(super) struct Account {
    pub(super) card: DemoCard,
    pub(super) applications: Vec<Application>,
}

/// One application of an account, with an issuer master key and an ATC sequence of its own.
pub(super) struct Application {
    pub(super) profile: ApplicationProfile,
    card_master_key: [u8; 16],
    issued: BTreeMap<u16, Issued>,
    seen: BTreeSet<u16>,
    last_index: Option<(u64, u8)>,
}

/// What the issuer remembers of an issued key: never the key itself, which it can derive again.
pub(super) struct Issued {
    uses: u16,
    pub(super) not_before_ms: u64,
    pub(super) not_after_ms: u64,
    pub(super) luk_index: Option<LukIndex>,
}

/// The issuer master key of one application of one card: the first 16 bytes of SHA-1 over a fixed text, the seed, the
/// card's name and the AID, in odd parity. Test keys only.
pub(super) fn issuer_master_key(seed: u64, card_name: &str, aid: &[u8]) -> [u8; 16] {
    let hash = Sha1::new()
        .chain_update(b"hcepay test issuer master key")
        .chain_update(seed.to_be_bytes())
        .chain_update(card_name)
        .chain_update(aid)
        .finalize();
    odd_parity(*hash.first_chunk().expect("SHA-1 gives 20 bytes"))
}

impl Account {
    pub(super) fn open(seed: u64, card: DemoCard) -> Account {
        let digits = card.derivation.digits(&card.token, card.sequence_number.unwrap_or(0x00));
        let applications = card.applications.iter().map(|profile| Application {
            card_master_key: card_master_key(&issuer_master_key(seed, card.name, &profile.aid), digits),
            profile: profile.clone(),
            issued: BTreeMap::new(),
            seen: BTreeSet::new(),
            last_index: None,
        });
        Account { applications: applications.collect(), card }
    }

    pub(super) fn application(&mut self, aid: &[u8]) -> Option<&mut Application> {
        self.applications.iter_mut().find(|application| application.profile.aid == aid)
    }
}

impl Application {
    /// Issues keys for `count` ATCs; a limited-use key and the card master key serve several of them.
    pub(super) fn issue(
        &mut self,
        first_atc: u16,
        count: u16,
        uses_per_limited_use_key: u16,
        (not_before_ms, not_after_ms): (u64, u64),
    ) -> Result<Vec<IssuedKey>, IssueRefused> {
        let last_atc = count.checked_sub(1).and_then(|further| first_atc.checked_add(further));
        let last_atc = last_atc.filter(|last| first_atc > 0 && *last < 0xFFFF).ok_or(IssueRefused::AtcOutOfRange)?;
        let latest = self.issued.range(..=last_atc).next_back();
        if latest.is_some_and(|(first, issued)| first.saturating_add(issued.uses) > first_atc) {
            return Err(IssueRefused::AtcIssuedBefore);
        }
        let scheme = self.profile.version.scheme();
        let most_uses = match scheme {
            KeyScheme::MasterKey | KeyScheme::MastercardSessionKey => count,
            KeyScheme::LimitedUseKey => uses_per_limited_use_key.max(1),
            KeyScheme::CommonSessionKey | KeyScheme::PbocSessionKey => 1,
        };
        let firsts = (first_atc..=last_atc).step_by(most_uses.into());
        let issue_one = |first_atc: u16| {
            let uses = last_atc.saturating_sub(first_atc).saturating_add(1).min(most_uses);
            let luk_index = (scheme == KeyScheme::LimitedUseKey).then(|| self.next_index(not_before_ms));
            let key = match scheme {
                KeyScheme::MasterKey | KeyScheme::MastercardSessionKey => self.card_master_key,
                _ => self.cryptogram_key(first_atc, [0; 4], luk_index).expect("a limited-use key has its index"),
            };
            self.issued.insert(first_atc, Issued { uses, not_before_ms, not_after_ms, luk_index });
            let aid = self.profile.aid.clone();
            IssuedKey { aid, first_atc, uses, not_before_ms, not_after_ms, key, luk_index }
        };
        Ok(firsts.map(issue_one).collect())
    }

    /// The next index: number 00 of the hour at issue, or the one behind the last issued. Where the hundred numbers of an
    /// hour are used up, the next hour's follow, so that no index is ever given twice.
    fn next_index(&mut self, wall_ms: u64) -> LukIndex {
        let this_hour = (wall_ms / 3_600_000, 0);
        let behind_last = self.last_index.map(|(hour, number)| match number {
            0..99 => (hour, number.saturating_add(1)),
            _ => (hour.saturating_add(1), 0),
        });
        let (hour, number) = behind_last.map_or(this_hour, |behind_last| behind_last.max(this_hour));
        self.last_index = Some((hour, number));
        LukIndex::at_hour(hour, number).expect("the number is at most 99")
    }

    /// The key of the cryptogram with this ATC. `None` where a limited-use key is wanted and its index is not given.
    pub(super) fn cryptogram_key(
        &self,
        atc: u16,
        unpredictable_number: [u8; 4],
        luk_index: Option<LukIndex>,
    ) -> Option<[u8; 16]> {
        let master_key = &self.card_master_key;
        Some(match self.profile.version.scheme() {
            KeyScheme::MasterKey => *master_key,
            KeyScheme::MastercardSessionKey => {
                common_session_key(master_key, mastercard_diversifier(atc, unpredictable_number))
            }
            KeyScheme::CommonSessionKey => common_session_key(master_key, common_session_key_diversifier(atc)),
            KeyScheme::LimitedUseKey => limited_use_key(master_key, &luk_index?),
            KeyScheme::PbocSessionKey => pboc_session_key(master_key, atc),
        })
    }

    /// The issued key whose ATCs contain this one.
    pub(super) fn issued_for(&self, atc: u16) -> Option<&Issued> {
        let (first, issued) = self.issued.range(..=atc).next_back()?;
        (atc.checked_sub(*first)? < issued.uses).then_some(issued)
    }

    /// The index of the first limited-use key.
    pub(super) fn first_luk_index(&self) -> Option<LukIndex> {
        self.issued.values().find_map(|issued| issued.luk_index)
    }

    pub(super) fn has_seen(&self, atc: u16) -> bool {
        self.seen.contains(&atc)
    }

    pub(super) fn see(&mut self, atc: u16) {
        self.seen.insert(atc);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::issuer::demo_cards::demo_card;

    fn application(card: &str) -> Application {
        Account::open(0, demo_card(card).unwrap()).applications.remove(0)
    }

    #[test]
    fn session_keys_serve_one_atc_each_and_differ() {
        for card in ["kernel3-cvn18", "kernel2-cvn14", "kernel2-cvn15", "kernel7-cvn01"] {
            let keys = application(card).issue(5, 3, 9, (0, 1)).unwrap();
            let atcs: Vec<(u16, u16)> = keys.iter().map(|key| (key.first_atc, key.uses)).collect();
            assert_eq!(atcs, [(5, 1), (6, 1), (7, 1)], "{card}");
            assert_eq!(keys.iter().map(|key| key.key).collect::<BTreeSet<_>>().len(), 3, "{card}");
        }
    }

    #[test]
    fn limited_use_keys_serve_as_many_atcs_as_asked() {
        let keys = application("kernel3-cvn43").issue(1, 7, 3, (0, 1)).unwrap();
        let issued: Vec<(u16, u16)> = keys.iter().map(|key| (key.first_atc, key.uses)).collect();
        assert_eq!(issued, [(1, 3), (4, 3), (7, 1)]);
    }

    #[test]
    fn no_index_is_given_twice_even_where_an_hour_is_full() {
        let keys = application("kernel3-cvn43").issue(1, 250, 1, (3_600_000, 7_200_000)).unwrap();
        let indexes: Vec<String> = keys.iter().map(|key| key.luk_index.unwrap().to_string()).collect();
        assert_eq!((indexes[0].as_str(), indexes[99].as_str()), ("0000200", "0000299"));
        assert_eq!((indexes[100].as_str(), indexes[249].as_str()), ("0000300", "0000449"));
        assert_eq!(indexes.iter().collect::<BTreeSet<_>>().len(), 250);
    }

    #[test]
    fn test_only_cards_get_their_master_key_once() {
        let keys = application("test-kernel2-cvn10").issue(1, 500, 1, (0, 1)).unwrap();
        assert_eq!((keys.len(), keys[0].uses, keys[0].luk_index), (1, 500, None));
    }

    #[test]
    fn no_atc_gets_a_key_twice_and_ffff_never() {
        let mut application = application("kernel3-cvn43");
        assert!(application.issue(10, 10, 5, (0, 1)).is_ok());
        assert_eq!(application.issue(19, 1, 1, (0, 1)), Err(IssueRefused::AtcIssuedBefore));
        assert_eq!(application.issue(1, 10, 1, (0, 1)), Err(IssueRefused::AtcIssuedBefore));
        assert!(application.issue(1, 9, 1, (0, 1)).is_ok());
        assert!(application.issue(20, 1, 1, (0, 1)).is_ok());
        for (first_atc, count) in [(0, 1), (1, 0), (0xFFFF, 1), (0xFFFE, 2), (2, 0xFFFF)] {
            assert_eq!(application.issue(first_atc, count, 1, (0, 1)), Err(IssueRefused::AtcOutOfRange));
        }
        assert!(application.issue(0xFFFE, 1, 1, (0, 1)).is_ok());
    }

    #[test]
    fn each_application_has_a_master_key_of_its_own() {
        for card in ["kernel3-two-applications", "cobadged"] {
            let account = Account::open(0, demo_card(card).unwrap());
            assert_ne!(account.applications[0].card_master_key, account.applications[1].card_master_key);
        }
    }

    #[test]
    fn an_issued_key_does_not_show_its_key() {
        let key = application("kernel3-cvn18").issue(1, 1, 1, (0, 1)).unwrap().remove(0);
        let shown = format!("{key:?} {key:#?}");
        assert!(!shown.contains(&format!("{:?}", key.key)) && !shown.to_uppercase().contains(&hex(&key.key)));
    }
}
