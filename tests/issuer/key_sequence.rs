//! One rising sequence of ATCs at the issuer: an application of an account in one channel, with a card master key of its own. The
//! keys that were issued for it, and the counters that were seen.

use std::collections::{BTreeMap, BTreeSet};

use sha1::{Digest, Sha1};

use super::account::{IssueRefused, IssuedKey, Secret};
use super::card_master_key::{card_master_key, odd_parity};
use super::closed_loop;
use super::cryptogram_version::{CryptogramVersion, KeyScheme};
use super::demo_cards::DemoCard;
use super::key_entry::Channel;
use super::limited_use_key::{LukIndex, limited_use_key};
use super::profile::ApplicationProfile;
use super::session_key::{
    common_session_key, common_session_key_diversifier, mastercard_diversifier, pboc_session_key,
};
use super::wallets::Holder;

/// One application in one channel. The same ATC in two channels means two keys.
pub(super) struct KeySequence {
    aid: Vec<u8>,
    version: CryptogramVersion,
    channel: Channel,
    card_master_key: [u8; 16],
    /// The closed-loop seed of ATC 0001.
    first_seed: [u8; 32],
    pub(super) issued: BTreeMap<u16, Issued>,
    pub(super) seen: BTreeSet<u16>,
    pub(super) last_index: Option<(u64, u8)>,
}

/// What keys are issued under.
pub(super) struct Terms {
    pub(super) not_before_ms: u64,
    pub(super) not_after_ms: u64,
    /// How many ATCs a limited-use key serves.
    pub(super) uses_per_limited_use_key: u16,
    pub(super) limits: Vec<(u16, u64)>,
    /// The card of an enrolled wallet that they go to, if they go to one.
    pub(super) holder: Option<Holder>,
}

/// What the issuer remembers of an issued key: never the key itself, which it can derive again.
pub(super) struct Issued {
    pub(super) uses: u16,
    pub(super) not_before_ms: u64,
    pub(super) not_after_ms: u64,
    pub(super) luk_index: Option<LukIndex>,
    pub(super) limits: Vec<(u16, u64)>,
    pub(super) holder: Option<Holder>,
    /// No cryptogram under it is accepted any more: its wallet was rolled back, so that it may be in two places.
    pub(super) withdrawn: bool,
    /// The sum of what came with right cryptograms, by currency.
    pub(super) paid: BTreeMap<u16, u64>,
}

/// The issuer master key of one application of one card in one channel: the first 16 bytes of SHA-1 over a fixed text, the seed,
/// the card's name and the AID, in odd parity; behind the AID the channel's number, where it is not that of taps. Test keys only.
pub(super) fn issuer_master_key(seed: u64, card_name: &str, aid: &[u8], channel: Channel) -> [u8; 16] {
    let number = [channel as u8];
    let number: &[u8] = if channel == Channel::Tap { &[] } else { &number };
    let hash = Sha1::new()
        .chain_update(b"hcepay test issuer master key")
        .chain_update(seed.to_be_bytes())
        .chain_update(card_name)
        .chain_update(aid)
        .chain_update(number)
        .finalize();
    odd_parity(*hash.first_chunk().expect("SHA-1 gives 20 bytes"))
}

impl KeySequence {
    /// For which nothing was issued yet.
    pub(super) fn open(seed: u64, card: &DemoCard, profile: &ApplicationProfile, channel: Channel) -> KeySequence {
        let sequence_number = card.sequence_number.unwrap_or(0x00);
        let digits = card.derivation.digits(&card.token, sequence_number);
        let aid = &profile.aid;
        let issuer_master_key = issuer_master_key(seed, card.name, aid, channel);
        KeySequence {
            card_master_key: card_master_key(&issuer_master_key, digits),
            first_seed: closed_loop::first_seed(&issuer_master_key, &card.token, sequence_number, aid, channel as u8),
            aid: aid.clone(),
            version: profile.version,
            channel,
            issued: BTreeMap::new(),
            seen: BTreeSet::new(),
            last_index: None,
        }
    }

    /// Issues keys for `count` ATCs; a limited-use key, a seed and the card master key serve several of them.
    pub(super) fn issue(&mut self, first_atc: u16, count: u16, terms: &Terms) -> Result<Vec<IssuedKey>, IssueRefused> {
        let last_atc = count.checked_sub(1).and_then(|further| first_atc.checked_add(further));
        let last_atc = last_atc.filter(|last| first_atc > 0 && *last < 0xFFFF).ok_or(IssueRefused::AtcOutOfRange)?;
        let latest = self.issued.range(..=last_atc).next_back();
        if latest.is_some_and(|(first, issued)| first.saturating_add(issued.uses) > first_atc) {
            return Err(IssueRefused::AtcIssuedBefore);
        }
        let scheme = self.version.scheme();
        let most_uses = self.most_uses(terms.uses_per_limited_use_key).min(count);
        let firsts = (first_atc..=last_atc).step_by(most_uses.into());
        let issue_one = |first_atc: u16| {
            let uses = last_atc.saturating_sub(first_atc).saturating_add(1).min(most_uses);
            let luk_index = (scheme == KeyScheme::LimitedUseKey).then(|| self.next_index(terms.not_before_ms));
            let secret = match scheme {
                KeyScheme::MasterKey | KeyScheme::MastercardSessionKey => Secret::Key(self.card_master_key),
                KeyScheme::ClosedLoop => Secret::Seed(closed_loop::seed(self.first_seed, first_atc)),
                _ => {
                    let key = self.cryptogram_key(first_atc, [0; 4], luk_index);
                    Secret::Key(key.expect("a limited-use key has its index"))
                }
            };
            let Terms { not_before_ms, not_after_ms, holder, .. } = *terms;
            let (limits, withdrawn, paid) = (terms.limits.clone(), false, BTreeMap::new());
            let issued = Issued { uses, not_before_ms, not_after_ms, luk_index, limits, holder, withdrawn, paid };
            self.issued.insert(first_atc, issued);
            let (aid, channel, limits) = (self.aid.clone(), self.channel, terms.limits.clone());
            IssuedKey { aid, first_atc, uses, not_before_ms, not_after_ms, channel, limits, secret, luk_index }
        };
        Ok(firsts.map(issue_one).collect())
    }

    /// Whether the phone would need the card master key.
    pub(super) fn test_only(&self) -> bool {
        self.version.test_only()
    }

    /// How many ATCs a key serves at most.
    pub(super) fn most_uses(&self, uses_per_limited_use_key: u16) -> u16 {
        match self.version.scheme() {
            KeyScheme::MasterKey | KeyScheme::MastercardSessionKey => u16::MAX,
            KeyScheme::LimitedUseKey => uses_per_limited_use_key.max(1),
            KeyScheme::ClosedLoop => closed_loop::MOST_USES,
            KeyScheme::CommonSessionKey | KeyScheme::PbocSessionKey => 1,
        }
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
        Some(match self.version.scheme() {
            KeyScheme::MasterKey => *master_key,
            KeyScheme::MastercardSessionKey => {
                common_session_key(master_key, mastercard_diversifier(atc, unpredictable_number))
            }
            KeyScheme::CommonSessionKey => common_session_key(master_key, common_session_key_diversifier(atc)),
            KeyScheme::LimitedUseKey => limited_use_key(master_key, &luk_index?),
            KeyScheme::PbocSessionKey => pboc_session_key(master_key, atc),
            KeyScheme::ClosedLoop => closed_loop::key(&closed_loop::seed(self.first_seed, atc), atc),
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

    /// The highest ATC that a key was ever issued for; 0 for none.
    pub(super) fn highest_issued(&self) -> u16 {
        let last = self.issued.last_key_value();
        last.map_or(0, |(first, issued)| first.saturating_add(issued.uses).saturating_sub(1))
    }

    /// The highest ATC seen under a key that went to this card; 0 for none.
    pub(super) fn highest_seen_of(&self, holder: Holder) -> u16 {
        let of_holder = |atc: &&u16| self.issued_for(**atc).is_some_and(|issued| issued.holder == Some(holder));
        self.seen.iter().rev().find(of_holder).copied().unwrap_or(0)
    }

    /// Accepts no cryptogram any more under the keys that went to this card.
    pub(super) fn withdraw(&mut self, holder: Holder) {
        let of_holder = |issued: &&mut Issued| issued.holder == Some(holder);
        self.issued.values_mut().filter(of_holder).for_each(|issued| issued.withdrawn = true);
    }

    pub(super) fn has_seen(&self, atc: u16) -> bool {
        self.seen.contains(&atc)
    }

    /// A right cryptogram came. Its amount counts whatever becomes of the payment, as it does on the phone.
    pub(super) fn see(&mut self, atc: u16, payment: Option<(u16, u64)>) {
        self.seen.insert(atc);
        let issued = self.issued.range_mut(..=atc).next_back();
        if let (Some((_, issued)), Some((currency, minor))) = (issued, payment) {
            let paid = issued.paid.entry(currency).or_insert(0);
            *paid = paid.saturating_add(minor);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::hex;
    use crate::issuer::demo_cards::{DEMO_CARDS, demo_card};

    /// Of the card's first sequence.
    fn sequence_of(card: &str, channel: Channel) -> KeySequence {
        let card = demo_card(card).unwrap();
        KeySequence::open(0, &card, &card.applications[0], channel)
    }

    fn taps(card: &str) -> KeySequence {
        sequence_of(card, Channel::Tap)
    }

    fn terms(uses_per_limited_use_key: u16, (not_before_ms, not_after_ms): (u64, u64)) -> Terms {
        Terms { not_before_ms, not_after_ms, uses_per_limited_use_key, limits: Vec::new(), holder: None }
    }

    #[test]
    fn session_keys_serve_one_atc_each_and_differ() {
        for card in ["kernel3-cvn18", "kernel2-cvn14", "kernel2-cvn15", "kernel7-cvn01"] {
            let keys = taps(card).issue(5, 3, &terms(9, (0, 1))).unwrap();
            let atcs: Vec<(u16, u16)> = keys.iter().map(|key| (key.first_atc, key.uses)).collect();
            assert_eq!(atcs, [(5, 1), (6, 1), (7, 1)], "{card}");
            let secrets: BTreeSet<_> = keys.iter().map(|key| shown(&key.secret)).collect();
            assert_eq!(secrets.len(), 3, "{card}");
        }
    }

    #[test]
    fn limited_use_keys_serve_as_many_atcs_as_asked() {
        let keys = taps("kernel3-cvn43").issue(1, 7, &terms(3, (0, 1))).unwrap();
        let issued: Vec<(u16, u16)> = keys.iter().map(|key| (key.first_atc, key.uses)).collect();
        assert_eq!(issued, [(1, 3), (4, 3), (7, 1)]);
    }

    #[test]
    fn a_seed_serves_all_its_atcs_up_to_a_thousand_and_leads_to_their_keys() {
        let mut sequence = taps("closed-loop");
        let keys = sequence.issue(5, 2001, &terms(1, (0, 1))).unwrap();
        let issued: Vec<(u16, u16)> = keys.iter().map(|key| (key.first_atc, key.uses)).collect();
        assert_eq!(issued, [(5, 1000), (1005, 1000), (2005, 1)]);
        for key in keys {
            let Secret::Seed(seed) = key.secret else { panic!("a seed") };
            let from_seed = closed_loop::key(&seed, key.first_atc);
            assert_eq!(sequence.cryptogram_key(key.first_atc, [0; 4], None), Some(from_seed));
        }
    }

    #[test]
    fn no_index_is_given_twice_even_where_an_hour_is_full() {
        let keys = taps("kernel3-cvn43").issue(1, 250, &terms(1, (3_600_000, 7_200_000))).unwrap();
        let indexes: Vec<String> = keys.iter().map(|key| key.luk_index.unwrap().to_string()).collect();
        assert_eq!((indexes[0].as_str(), indexes[99].as_str()), ("0000200", "0000299"));
        assert_eq!((indexes[100].as_str(), indexes[249].as_str()), ("0000300", "0000449"));
        assert_eq!(indexes.iter().collect::<BTreeSet<_>>().len(), 250);
    }

    #[test]
    fn test_only_cards_get_their_master_key_once() {
        let keys = taps("test-kernel2-cvn10").issue(1, 500, &terms(1, (0, 1))).unwrap();
        assert_eq!((keys.len(), keys[0].uses, keys[0].luk_index), (1, 500, None));
    }

    #[test]
    fn no_atc_gets_a_key_twice_and_ffff_never() {
        let mut sequence = taps("kernel3-cvn43");
        assert!(sequence.issue(10, 10, &terms(5, (0, 1))).is_ok());
        assert_eq!(sequence.issue(19, 1, &terms(1, (0, 1))), Err(IssueRefused::AtcIssuedBefore));
        assert_eq!(sequence.issue(1, 10, &terms(1, (0, 1))), Err(IssueRefused::AtcIssuedBefore));
        assert!(sequence.issue(1, 9, &terms(1, (0, 1))).is_ok());
        assert!(sequence.issue(20, 1, &terms(1, (0, 1))).is_ok());
        for (first_atc, count) in [(0, 1), (1, 0), (0xFFFF, 1), (0xFFFE, 2), (2, 0xFFFF)] {
            assert_eq!(sequence.issue(first_atc, count, &terms(1, (0, 1))), Err(IssueRefused::AtcOutOfRange));
        }
        assert!(sequence.issue(0xFFFE, 1, &terms(1, (0, 1))).is_ok());
    }

    #[test]
    fn each_application_has_a_master_key_of_its_own() {
        for card in ["kernel3-two-applications", "cobadged"] {
            let card = demo_card(card).unwrap();
            let keys: Vec<[u8; 16]> = card
                .applications
                .iter()
                .map(|application| KeySequence::open(0, &card, application, Channel::Tap).card_master_key)
                .collect();
            assert_ne!(keys[0], keys[1]);
        }
    }

    #[test]
    fn the_same_atc_in_two_channels_means_two_keys() {
        for card in DEMO_CARDS {
            let channels = [Channel::Tap, Channel::Online, Channel::Qr];
            let keys: BTreeSet<String> = channels
                .into_iter()
                .map(|channel| {
                    let key = sequence_of(card, channel).issue(7, 1, &terms(1, (0, 1))).unwrap().remove(0);
                    assert_eq!((key.channel, key.first_atc), (channel, 7));
                    shown(&key.secret)
                })
                .collect();
            assert_eq!(keys.len(), channels.len(), "{card}");
        }
    }

    /// Computed with Python's hashlib: the tap's key is as it was before there were channels.
    #[test]
    fn the_master_key_of_a_channel_follows_from_the_text_with_its_number() {
        let [tap, online, qr] = [Channel::Tap, Channel::Online, Channel::Qr]
            .map(|channel| hex(&issuer_master_key(7, "kernel3-cvn18", &[0xA0, 0, 0, 0, 3, 0x10, 0x10], channel)));
        assert_eq!(
            [tap.as_str(), online.as_str(), qr.as_str()],
            [
                "801CDA2304238FD62934769E5151E6FE",
                "623DC87CDCD04A043210B05B5DAB4375",
                "70314C105D579237EC3DE36B54688326"
            ]
        );
    }

    /// The secret's bytes in hex.
    fn shown(secret: &Secret) -> String {
        match secret {
            Secret::Key(key) => hex(key),
            Secret::Seed(seed) => hex(seed),
        }
    }

    #[test]
    fn an_issued_key_does_not_show_its_secret() {
        for card in ["kernel3-cvn18", "closed-loop"] {
            let key = taps(card).issue(1, 1, &terms(1, (0, 1))).unwrap().remove(0);
            let debug = format!("{key:?} {key:#?} {:?}", key.secret);
            let secret = shown(&key.secret);
            let as_list = format!("{:?}", crate::bytes::from_hex(&secret).unwrap());
            assert!(!debug.contains(&as_list) && !debug.to_uppercase().contains(&secret), "{card}");
        }
    }
}
