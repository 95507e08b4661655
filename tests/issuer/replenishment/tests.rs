//! A sequence for each channel: keys sent and asked for, counters, older copies.

use super::*;
use crate::issuer::key_entry::Protection;
use crate::issuer::minimal_wallet::{MinimalWallet, OpenedKey, randomness};
use crate::issuer::provisioning::tests::{NEW_YEAR, ORDER, installed, verdict};
use crate::issuer::verification::Verdict;
use crate::issuer::wallets::{RolledBack, Unheard};

const CARD: &str = "kernel3-cvn18";

pub(in crate::issuer) fn at_work(name: &str) -> (Issuer, MinimalWallet, Holder, Vec<OpenedKey>) {
    let mut issuer = Issuer::new(0);
    let mut wallet = MinimalWallet::enrolled(1, &mut issuer);
    let (holder, keys) = installed(&mut issuer, &mut wallet, name, &ORDER);
    (issuer, wallet, holder, keys)
}

/// Opens envelopes that bring keys.
fn opened(wallet: &mut MinimalWallet, holder: Holder, envelopes: &[Vec<u8>]) -> Vec<OpenedKey> {
    let mut keys = Vec::new();
    for envelope in envelopes {
        let opened = wallet.open(envelope);
        assert_eq!((opened.purpose, opened.card), (2, holder.card));
        keys.extend(wallet.keys(holder.card, Protection::Authenticated, &opened.content));
    }
    keys
}

pub(in crate::issuer) fn sent(
    issuer: &mut Issuer,
    wallet: &mut MinimalWallet,
    holder: Holder,
    (channel, uses): (Channel, u16),
) -> Vec<OpenedKey> {
    let envelopes = issuer.send_keys_for(holder, channel, uses, NEW_YEAR, &mut randomness(2)).unwrap();
    opened(wallet, holder, &envelopes)
}

fn atcs(keys: &[OpenedKey]) -> Vec<(Channel, u16)> {
    keys.iter().map(|key| (key.channel, key.first_atc)).collect()
}

#[test]
fn every_channel_counts_by_itself_in_what_is_sent_and_in_what_is_asked_for() {
    let (mut issuer, mut wallet, holder, first) = at_work(CARD);
    let aid = first[0].aid.clone();
    let (tap, online, qr) = (Channel::Tap, Channel::Online, Channel::Qr);
    let keys = sent(&mut issuer, &mut wallet, holder, (online, 2));
    assert_eq!(atcs(&keys), [(online, 1), (online, 2)]);
    let asked = wallet.replenishment_for(&[(1, &aid, tap, 1), (1, &aid, online, 1), (1, &aid, qr, 2)]);
    let envelopes = issuer.replenish(&asked, NEW_YEAR, &mut randomness(2)).unwrap();
    let keys = opened(&mut wallet, holder, &envelopes);
    assert_eq!(atcs(&keys), [(tap, 11), (online, 3), (qr, 1), (qr, 2)]);
    assert_eq!(atcs(&sent(&mut issuer, &mut wallet, holder, (tap, 1))), [(tap, 12)]);
}

#[test]
fn every_application_of_a_card_gets_keys_of_the_channel() {
    for (name, applications) in [("cobadged", 2), ("kernel3-cvn43", 1), ("closed-loop", 1)] {
        let (mut issuer, mut wallet, holder, _) = at_work(name);
        let keys = sent(&mut issuer, &mut wallet, holder, (Channel::Online, 1));
        assert_eq!(atcs(&keys), vec![(Channel::Online, 1); applications], "{name}");
    }
    let (mut issuer, mut wallet, holder, _) = at_work(CARD);
    let envelopes = issuer.send_keys_for(holder, Channel::Qr, 40, NEW_YEAR, &mut randomness(2)).unwrap();
    assert_eq!((envelopes.len(), opened(&mut wallet, holder, &envelopes).len()), (2, 40));
}

#[test]
fn a_card_that_may_not_pay_is_sent_no_keys_nor_is_one_that_would_need_its_master_key() {
    let (mut issuer, _, holder, _) = at_work(CARD);
    for uses in [0, 1001] {
        let refused = issuer.send_keys_for(holder, Channel::Online, uses, NEW_YEAR, &mut randomness(2));
        assert_eq!(refused, Err(Refused::OutOfBounds));
    }
    issuer.suspend(holder, &mut randomness(1)).unwrap();
    let refused = issuer.send_keys_for(holder, Channel::Online, 1, NEW_YEAR, &mut randomness(2));
    let expected = Refused::NoSuchMove(CardState::Suspended, CardMove::Keys);
    assert_eq!(refused, Err(expected));
    assert_eq!(expected.to_string(), "a card that is suspended cannot be sent keys");
    let nobody = Holder { card: 9, ..holder };
    let refused = issuer.send_keys_for(nobody, Channel::Online, 1, NEW_YEAR, &mut randomness(2));
    assert_eq!(refused, Err(Refused::UnknownCard));
    let (mut issuer, _, holder, _) = at_work("test-kernel3-cvn0a");
    assert_eq!(issuer.send_keys_for(holder, Channel::Online, 1, NEW_YEAR, &mut randomness(2)), Ok(Vec::new()));
}

#[test]
fn no_key_of_another_channel_passes_at_a_tap() {
    for channel in [Channel::Online, Channel::Qr] {
        let (mut issuer, mut wallet, holder, _) = at_work(CARD);
        let keys = sent(&mut issuer, &mut wallet, holder, (channel, 11));
        assert_eq!(verdict(&mut issuer, CARD, &keys[0], 1), Verdict::InvalidCryptogram);
        assert_eq!(verdict(&mut issuer, CARD, &keys[10], 11), Verdict::AtcOutOfRange, "above all taps");
    }
}

#[test]
fn a_counter_of_any_channel_that_is_lower_than_told_is_a_rolled_back_wallet() {
    for channel in [Channel::Online, Channel::Qr] {
        let (mut issuer, mut wallet, holder, first) = at_work(CARD);
        sent(&mut issuer, &mut wallet, holder, (channel, 5));
        let mut told = |last_gone, highest_held| {
            let counter = (first[0].aid.clone(), channel as u8, last_gone, highest_held);
            wallet.cards.insert(holder.card, (2, vec![counter]));
            let request = wallet.check_in();
            issuer.check_in(&request, NEW_YEAR, &mut randomness(1)).map(|answer| answer.len())
        };
        assert_eq!(told(3, 6), Err(Refused::Unheard(Unheard::NeverSent)), "held beyond what was issued");
        assert_eq!(told(3, 5), Ok(1));
        assert_eq!(told(2, 5), Err(Refused::Unheard(Unheard::RolledBack(RolledBack::LastAtc))));
    }
}

#[test]
fn a_resynchronised_wallet_learns_the_counters_of_the_channels_that_had_keys() {
    let (mut issuer, mut wallet, holder, first) = at_work(CARD);
    sent(&mut issuer, &mut wallet, holder, (Channel::Qr, 3));
    let request = wallet.resynchronisation();
    let envelopes = issuer.resynchronise(&request, NEW_YEAR, &mut randomness(1)).unwrap();
    let content = wallet.open(&envelopes[0]).content;
    let counter = |channel, atc| [&[0, 0, 0, 1, 7], first[0].aid.as_slice(), &[channel, 0, atc]].concat();
    assert_eq!(content, [wallet.challenge.as_slice(), &[2], &counter(1, 10), &counter(3, 3)].concat());
    let withdrawn = |issuer: &Issuer| {
        let account = issuer.accounts.values().next().unwrap();
        account.applications[0].qr.issued.values().map(|issued| issued.withdrawn).collect::<Vec<bool>>()
    };
    assert_eq!(withdrawn(&issuer), [true; 3]);
    assert_eq!(atcs(&sent(&mut issuer, &mut wallet, holder, (Channel::Qr, 1))), [(Channel::Qr, 4)]);
    assert_eq!(withdrawn(&issuer), [true, true, true, false]);
}
