//! Enrolment, cards and keys, the clock and the issuer's own key.

use super::*;
use crate::issuer::demo_cards::{DEMO_CARDS, DemoCard, demo_card};
use crate::issuer::key_entry::Protection;
use crate::issuer::minimal_wallet::{MinimalWallet, OpenedKey, randomness};
use crate::issuer::verification::Verdict;
use crate::issuer::verification::tests::{iad, request};

pub(in crate::issuer) const NEW_YEAR: u64 = 1_767_225_600_000;

/// Active at once, ten keys.
pub(in crate::issuer) const ORDER: CardOrder =
    CardOrder { policy: Policy::of_single_uses(Protection::Authenticated, 3), codes: 0, first_keys: 10 };

/// What the issuer says of a tap with this key of this demo card.
pub(in crate::issuer) fn verdict(issuer: &mut Issuer, card_name: &str, key: &OpenedKey, atc: u16) -> Verdict {
    let card = demo_card(card_name).unwrap();
    let key = key.issued();
    let application = card.applications.iter().find(|application| application.aid == key.aid).unwrap();
    issuer.verify(&request(&card, &key, atc, &iad(application, &key)), NEW_YEAR).verdict
}

/// Installs a card as ordered, and opens its keys: behind policy, codes, and the profile with its length.
pub(in crate::issuer) fn installed(
    issuer: &mut Issuer,
    wallet: &mut MinimalWallet,
    card_name: &str,
    order: &CardOrder,
) -> (Holder, Vec<OpenedKey>) {
    let installed = issuer.install(&wallet.id, card_name, order, NEW_YEAR, &mut randomness(1)).unwrap();
    let opened = wallet.open(&installed.envelope);
    assert_eq!((opened.purpose, opened.card), (1, installed.card));
    let profile_length = usize::from(u16::from_be_bytes([opened.content[8], opened.content[9]]));
    let keys = wallet.keys(installed.card, order.policy.protection, &opened.content[10 + profile_length..]);
    let state = if order.codes == 0 { 2 } else { 1 };
    wallet.cards.insert(installed.card, (state, Vec::new()));
    (Holder { wallet: wallet.id, card: installed.card }, keys)
}

#[test]
fn an_enrolment_answers_a_challenge_of_the_issuer_once() {
    let mut issuer = Issuer::new(0);
    let mut wallet = MinimalWallet::new(1, &issuer);
    let foreign = wallet.enrolment(&[9; 16]);
    assert_eq!(issuer.enrol(&foreign, NEW_YEAR), Err(Refused::UnknownChallenge));
    let challenge = issuer.challenge(&mut randomness(0));
    let request = wallet.enrolment(&challenge);
    assert_eq!(issuer.enrol(&request, NEW_YEAR), Ok(wallet.id));
    assert_eq!(issuer.enrol(&request, NEW_YEAR), Err(Refused::UnknownChallenge), "it is used up");
    assert_eq!(issuer.wallets().wallet(&wallet.id).unwrap().device.signature, wallet.signature_point());
}

#[test]
fn a_wallet_enrolled_again_keeps_its_cards_and_no_other_takes_its_number() {
    let mut issuer = Issuer::new(0);
    let mut wallet = MinimalWallet::enrolled(1, &mut issuer);
    installed(&mut issuer, &mut wallet, "kernel3-cvn18", &ORDER);
    let challenge = issuer.challenge(&mut randomness(0));
    let request = wallet.enrolment(&challenge);
    assert_eq!(issuer.enrol(&request, NEW_YEAR), Ok(wallet.id));
    assert_eq!(issuer.wallets().wallet(&wallet.id).unwrap().cards.len(), 1);

    // The number of the one, the keys of the other.
    let challenge = issuer.challenge(&mut randomness(1));
    let mut other = MinimalWallet::new(2, &issuer);
    let request = other.enrolment(&challenge);
    let mut unsigned = request[..request.len() - 64].to_vec();
    unsigned[2..18].copy_from_slice(&wallet.id);
    assert_eq!(issuer.enrol(&other.signed(unsigned), NEW_YEAR), Err(Refused::EnrolledBefore));
}

#[test]
fn an_installed_card_brings_policy_profile_and_keys_that_pay() {
    for name in DEMO_CARDS.into_iter().filter(|name| !name.starts_with("test-")) {
        let mut issuer = Issuer::new(0);
        let mut wallet = MinimalWallet::enrolled(1, &mut issuer);
        let sent = issuer.install(&wallet.id, name, &ORDER, NEW_YEAR, &mut randomness(1)).unwrap();
        let opened = wallet.open(&sent.envelope);
        assert_eq!((opened.purpose, opened.card, opened.sequence, sent.code), (1, 1, 1, None));
        let card = demo_card(name).unwrap();
        let profile = card.profile();
        let length = u16::try_from(profile.len()).unwrap();
        let head = [ORDER.policy.content(), vec![0], length.to_be_bytes().to_vec(), profile].concat();
        assert!(opened.content.starts_with(&head), "{name}");
        let keys = wallet.keys(1, Protection::Authenticated, &opened.content[head.len()..]);
        let of_each = if name == "closed-loop" { 1 } else { 10 };
        assert_eq!(keys.len(), of_each * card.applications.len(), "{name}");
        assert_eq!(verdict(&mut issuer, name, &keys[0], 1), Verdict::Valid, "{name}");
    }
}

#[test]
fn keys_are_sealed_to_the_spend_key_that_the_policy_names() {
    for protection in [Protection::Device, Protection::Unlocked, Protection::Authenticated] {
        let mut issuer = Issuer::new(0);
        let mut wallet = MinimalWallet::enrolled(1, &mut issuer);
        let order = CardOrder { policy: Policy { protection, ..ORDER.policy }, ..ORDER };
        let (_, keys) = installed(&mut issuer, &mut wallet, "kernel3-cvn18", &order);
        assert_eq!(keys.len(), 10);
    }
}

#[test]
fn icc_keys_come_with_the_payment_keys_and_sealed_to_the_same_spend_key() {
    for (name, of_applications) in [("kernel2-cvn14", 1), ("cobadged", 1), ("kernel2-without-oda", 0)] {
        let mut issuer = Issuer::new(0);
        let mut wallet = MinimalWallet::enrolled(1, &mut issuer);
        let card = demo_card(name).unwrap();
        let numbers = |card: &DemoCard| -> Vec<(Vec<u8>, Vec<u8>)> {
            let applications = card.applications.iter();
            let keys = applications.filter_map(|application| {
                Some((application.aid.clone(), application.data_authentication.as_ref()?.icc_key.numbers.clone()))
            });
            keys.collect()
        };
        let sent = issuer.install(&wallet.id, name, &ORDER, NEW_YEAR, &mut randomness(1)).unwrap();
        let content = wallet.open(&sent.envelope).content;
        let head = ORDER.policy.content().len() + 1 + 2 + card.profile().len();
        let (keys, icc_keys) = wallet.keys_and_icc_keys(1, Protection::Authenticated, &content[head..]);
        assert_eq!((icc_keys.len(), icc_keys), (of_applications, numbers(&card)), "{name}");
        // A renewal changes the key.
        let holder = Holder { wallet: wallet.id, card: 1 };
        let renewal = issuer.renew(holder, &mut randomness(3)).unwrap();
        let content = wallet.open(&renewal).content;
        let behind = [&[0], &content[2 + card.renewed().profile().len()..]].concat();
        let (_, icc_keys) = wallet.keys_and_icc_keys(1, Protection::Authenticated, &behind);
        assert_eq!(icc_keys, numbers(&card.renewed()), "{name}");
        // And with all later payment keys.
        let asked = wallet.replenishment(&[(1, &keys[0].aid, 1)]);
        for envelope in issuer.replenish(&asked, NEW_YEAR, &mut randomness(2)).unwrap() {
            let content = wallet.open(&envelope).content;
            let (_, icc_keys) = wallet.keys_and_icc_keys(1, Protection::Authenticated, &content);
            assert_eq!(icc_keys, numbers(&card.renewed()), "{name}");
        }
    }
}

#[test]
fn a_key_has_no_more_uses_than_the_policy_allows() {
    for (most_uses, uses) in [(1, 1), (2, 2), (9, 5)] {
        let mut issuer = Issuer::new(0);
        issuer.set_uses_per_limited_use_key(5);
        let mut wallet = MinimalWallet::enrolled(1, &mut issuer);
        let order = CardOrder { policy: Policy { most_uses, ..ORDER.policy }, ..ORDER };
        let (_, keys) = installed(&mut issuer, &mut wallet, "kernel3-cvn43", &order);
        assert_eq!(keys[0].uses, uses);
    }
}

#[test]
fn a_test_only_card_is_sent_without_keys() {
    let mut issuer = Issuer::new(0);
    let mut wallet = MinimalWallet::enrolled(1, &mut issuer);
    let (_, keys) = installed(&mut issuer, &mut wallet, "test-kernel3-cvn0a", &ORDER);
    assert!(keys.is_empty());
}

#[test]
fn first_keys_are_as_many_as_one_envelope_has_room_for() {
    let mut issuer = Issuer::new(0);
    let mut wallet = MinimalWallet::enrolled(1, &mut issuer);
    let (_, keys) = installed(&mut issuer, &mut wallet, "cobadged", &CardOrder { first_keys: 500, ..ORDER });
    let of_first = keys.iter().filter(|key| key.aid == keys[0].aid).count();
    assert_eq!((keys.len(), of_first), (32, 16));
}

#[test]
fn what_cannot_be_ordered_is_refused() {
    let mut issuer = Issuer::new(0);
    let wallet = MinimalWallet::enrolled(1, &mut issuer);
    let no_uses = CardOrder { policy: Policy { most_uses: 0, ..ORDER.policy }, ..ORDER };
    let cases = [
        (wallet.id, "kernel3-cvn18", CardOrder { codes: 11, ..ORDER }, Refused::OutOfBounds),
        (wallet.id, "kernel3-cvn18", no_uses, Refused::OutOfBounds),
        (wallet.id, "kernel9", ORDER, Refused::UnknownCard),
        ([2; 16], "kernel3-cvn18", ORDER, Refused::UnknownWallet),
    ];
    for (wallet, name, order, refused) in cases {
        assert_eq!(issuer.install(&wallet, name, &order, NEW_YEAR, &mut randomness(1)), Err(refused));
    }
    assert_eq!(issuer.set_limits(&[(978, 1); 2]), Err(Refused::OutOfBounds));
    assert_eq!(issuer.set_limits(&[(1, 1), (2, 1), (3, 1), (4, 1), (5, 1)]), Err(Refused::OutOfBounds));
}

#[test]
fn a_replenishment_gives_what_is_wanted_above_all_ever_issued() {
    let mut issuer = Issuer::new(0);
    let mut wallet = MinimalWallet::enrolled(1, &mut issuer);
    let (holder, first) = installed(&mut issuer, &mut wallet, "kernel3-cvn18", &ORDER);
    let asked = wallet.replenishment(&[(holder.card, &first[0].aid, 40)]);
    let envelopes = issuer.replenish(&asked, NEW_YEAR, &mut randomness(2)).unwrap();
    let mut keys = Vec::new();
    for envelope in &envelopes {
        let opened = wallet.open(envelope);
        assert_eq!((opened.purpose, opened.card), (2, holder.card));
        keys.push(wallet.keys(holder.card, Protection::Authenticated, &opened.content));
    }
    assert_eq!(keys.iter().map(Vec::len).collect::<Vec<usize>>(), [32, 8]);
    let atcs: Vec<u16> = keys.concat().iter().map(|key| key.first_atc).collect();
    assert_eq!(atcs, (11..=50).collect::<Vec<u16>>());
    assert_eq!(verdict(&mut issuer, "kernel3-cvn18", &keys[1][7], 50), Verdict::Valid);
}

#[test]
fn keys_run_out_at_fffe() {
    let mut issuer = Issuer::new(0);
    let mut wallet = MinimalWallet::enrolled(1, &mut issuer);
    let card = issuer.open_account("kernel3-cvn18").unwrap();
    let aid = &card.applications[0].aid;
    issuer.issue_keys(card.token.digits(), aid, 0xFFFC, 1, 0, 1).unwrap();
    let (holder, keys) = installed(&mut issuer, &mut wallet, "kernel3-cvn18", &ORDER);
    assert_eq!(keys.iter().map(|key| key.first_atc).collect::<Vec<u16>>(), [0xFFFD, 0xFFFE]);
    let asked = wallet.replenishment(&[(holder.card, aid, 1)]);
    assert_eq!(issuer.replenish(&asked, NEW_YEAR, &mut randomness(2)), Ok(Vec::new()));
}

#[test]
fn a_lost_spend_key_is_replaced_by_the_one_in_the_next_request() {
    let mut issuer = Issuer::new(0);
    let mut wallet = MinimalWallet::enrolled(1, &mut issuer);
    let (holder, first) = installed(&mut issuer, &mut wallet, "kernel3-cvn18", &ORDER);
    let new = MinimalWallet::new(9, &issuer);
    let listing = wallet.replenishment(&[(holder.card, &first[0].aid, 1)]);
    let body = &listing[84..listing.len() - 64 - 197];
    let asked = wallet.request(2, &[body, &new.spend_points()].concat());
    issuer.replenish(&asked, NEW_YEAR, &mut randomness(2)).unwrap();
    let known = &issuer.wallets().wallet(&wallet.id).unwrap().spend_points;
    assert_eq!(known.device.as_slice(), &new.spend_points()[..65]);
}

#[test]
fn the_time_comes_with_the_wallets_own_challenge() {
    let mut issuer = Issuer::new(0);
    let mut wallet = MinimalWallet::enrolled(1, &mut issuer);
    let asked = wallet.request(4, &[]);
    let envelope = issuer.tell_time(&asked, NEW_YEAR, &mut randomness(1)).unwrap();
    let opened = wallet.open(&envelope);
    let content = [wallet.challenge.as_slice(), &NEW_YEAR.to_be_bytes()].concat();
    assert_eq!((opened.purpose, opened.card, opened.content), (8, 0, content));
}

#[test]
fn a_new_issuer_key_comes_under_the_old_one_and_signs_from_then_on() {
    let mut issuer = Issuer::new(0);
    let mut wallets = [1, 2].map(|number| MinimalWallet::enrolled(number, &mut issuer));
    let old = issuer.envelope_key();
    let envelopes = issuer.rotate_envelope_key(77, &mut randomness(1)).unwrap();
    let new = issuer.envelope_key();
    assert!(old != new && envelopes.len() == 2);
    for wallet in &mut wallets {
        assert_eq!(wallet.issuer_key, old);
        let opened = wallet.open(&envelopes[&wallet.id]);
        assert_eq!((opened.purpose, opened.card, opened.content.as_slice()), (9, 0, new.as_slice()));
        wallet.issuer_key = new;
        let asked = wallet.request(4, &[]);
        wallet.open(&issuer.tell_time(&asked, NEW_YEAR, &mut randomness(1)).unwrap());
    }
}

#[test]
fn a_request_that_came_before_or_is_of_another_kind_is_not_answered() {
    let mut issuer = Issuer::new(0);
    let mut wallet = MinimalWallet::enrolled(1, &mut issuer);
    let asked = wallet.request(4, &[]);
    assert_eq!(issuer.enrol(&asked, NEW_YEAR), Err(Refused::OtherKind));
    assert_eq!(issuer.replenish(&asked, NEW_YEAR, &mut randomness(1)), Err(Refused::OtherKind));
    assert_eq!(issuer.check_identity(&asked, &mut randomness(1)), Err(Refused::OtherKind));
    assert_eq!(issuer.resynchronise(&asked, NEW_YEAR, &mut randomness(1)), Err(Refused::OtherKind));
    assert!(issuer.tell_time(&asked, NEW_YEAR, &mut randomness(1)).is_ok());
    let again = issuer.tell_time(&asked, NEW_YEAR, &mut randomness(1));
    assert_eq!(again, Err(Refused::Unheard(Unheard::Repeated)));
    let mut forged = asked.clone();
    forged[20] ^= 1;
    let refused = Err(Refused::Request(RequestRefused::WrongSignature));
    assert_eq!(issuer.tell_time(&forged, NEW_YEAR, &mut randomness(1)), refused);
    let other_kind = wallet.any_request(5);
    assert_eq!(issuer.tell_time(&other_kind, NEW_YEAR, &mut randomness(1)), Err(Refused::OtherKind));
}

#[test]
fn the_sequence_rises_with_every_envelope_of_a_wallet_and_stays_where_nothing_is_sent() {
    let mut issuer = Issuer::new(0);
    let mut wallet = MinimalWallet::enrolled(1, &mut issuer);
    let (holder, _) = installed(&mut issuer, &mut wallet, "kernel3-cvn18", &ORDER);
    for expected in 2..8_u64 {
        assert!(issuer.resume(holder, &mut randomness(1)).is_err());
        let envelope = issuer.renew(holder, &mut randomness(1)).unwrap();
        assert_eq!(wallet.open(&envelope).sequence, expected);
    }
    let mut other = MinimalWallet::enrolled(2, &mut issuer);
    let asked = other.request(4, &[]);
    assert_eq!(other.open(&issuer.tell_time(&asked, 0, &mut randomness(1)).unwrap()).sequence, 1);
}
