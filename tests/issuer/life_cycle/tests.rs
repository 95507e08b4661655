//! The life of a card, and how a rolled-back wallet is noticed and helped.

use super::*;
use crate::issuer::key_entry::Protection;
use crate::issuer::minimal_wallet::{MinimalWallet, OpenedKey, randomness};
use crate::issuer::provisioning::CardOrder;
use crate::issuer::provisioning::tests::{NEW_YEAR, ORDER, installed, verdict};
use crate::issuer::verification::Verdict;
use crate::issuer::wallets::{RolledBack, Unheard};

const CARD: &str = "kernel3-cvn18";

/// An issuer, an enrolled wallet with an active card, the card, and its keys.
fn at_work() -> (Issuer, MinimalWallet, Holder, Vec<OpenedKey>) {
    let mut issuer = Issuer::new(0);
    let mut wallet = MinimalWallet::enrolled(1, &mut issuer);
    let (holder, keys) = installed(&mut issuer, &mut wallet, CARD, &ORDER);
    (issuer, wallet, holder, keys)
}

/// The wallet says that this ATC of its card is the last one gone, of ten.
fn used_up_to(wallet: &mut MinimalWallet, holder: Holder, aid: &[u8], last_gone: u16) {
    wallet.cards.insert(holder.card, (2, vec![(aid.to_vec(), 1, last_gone, 10)]));
}

fn asked(issuer: &mut Issuer, wallet: &mut MinimalWallet, keys: &[OpenedKey]) -> Result<Vec<Vec<u8>>, Refused> {
    let request = wallet.replenishment(&[(1, &keys[0].aid, 1)]);
    issuer.replenish(&request, NEW_YEAR, &mut randomness(3))
}

fn rolled_back<T>(sign: RolledBack) -> Result<T, Refused> {
    Err(Refused::Unheard(Unheard::RolledBack(sign)))
}

#[test]
fn a_suspended_card_may_not_pay_until_it_is_resumed() {
    let (mut issuer, mut wallet, holder, keys) = at_work();
    assert_eq!(verdict(&mut issuer, CARD, &keys[0], 1), Verdict::Valid);
    let envelope = issuer.suspend(holder, &mut randomness(1)).unwrap();
    let opened = wallet.open(&envelope);
    assert_eq!((opened.purpose, opened.card, opened.content.len()), (4, 1, 0));
    assert_eq!(verdict(&mut issuer, CARD, &keys[1], 2), Verdict::CardNotActive);
    assert_eq!(asked(&mut issuer, &mut wallet, &keys), Ok(Vec::new()), "nor does it get keys");
    let envelope = issuer.resume(holder, &mut randomness(1)).unwrap();
    assert_eq!(wallet.open(&envelope).purpose, 5);
    assert_eq!(verdict(&mut issuer, CARD, &keys[1], 2), Verdict::AtcReplay, "what was refused stays refused");
    assert_eq!(verdict(&mut issuer, CARD, &keys[2], 3), Verdict::Valid);
}

#[test]
fn a_deleted_card_stays_deleted() {
    let (mut issuer, mut wallet, holder, keys) = at_work();
    let envelope = issuer.delete(holder, &mut randomness(1)).unwrap();
    assert_eq!(wallet.open(&envelope).purpose, 7);
    assert_eq!(verdict(&mut issuer, CARD, &keys[0], 1), Verdict::CardNotActive);
    let refused = |card_move| Err(Refused::NoSuchMove(CardState::Deleted, card_move));
    assert_eq!(issuer.resume(holder, &mut randomness(1)), refused(CardMove::Resume));
    assert_eq!(issuer.suspend(holder, &mut randomness(1)), refused(CardMove::Suspend));
    assert_eq!(issuer.delete(holder, &mut randomness(1)), refused(CardMove::Delete));
    assert_eq!(issuer.renew(holder, &mut randomness(1)), refused(CardMove::Renew));
    let policy = issuer.set_policy(holder, ORDER.policy, NEW_YEAR, &mut randomness(1));
    assert_eq!(policy, Err(Refused::NoSuchMove(CardState::Deleted, CardMove::Policy)));
}

#[test]
fn a_token_is_on_one_card_at_a_time_and_its_counters_go_on() {
    let (mut issuer, mut wallet, holder, keys) = at_work();
    let mut other = MinimalWallet::enrolled(2, &mut issuer);
    for id in [wallet.id, other.id] {
        let refused = issuer.install(&id, CARD, &ORDER, NEW_YEAR, &mut randomness(1));
        assert_eq!(refused, Err(Refused::TokenInUse));
    }
    wallet.open(&issuer.delete(holder, &mut randomness(1)).unwrap());
    let (new_holder, new_keys) = installed(&mut issuer, &mut other, CARD, &ORDER);
    assert_eq!((new_holder.card, new_keys[0].first_atc), (1, 11));
    assert_eq!(verdict(&mut issuer, CARD, &keys[5], 6), Verdict::CardNotActive, "a key of the deleted card");
    assert_eq!(verdict(&mut issuer, CARD, &new_keys[0], 11), Verdict::Valid);
    other.open(&issuer.delete(new_holder, &mut randomness(1)).unwrap());
    let (again, keys) = installed(&mut issuer, &mut wallet, CARD, &ORDER);
    assert_eq!((again.card, keys[0].first_atc), (2, 21), "no card number comes again");
}

#[test]
fn a_renewed_card_has_the_same_token_and_a_later_expiry() {
    let (mut issuer, mut wallet, holder, keys) = at_work();
    let opened = wallet.open(&issuer.renew(holder, &mut randomness(1)).unwrap());
    assert_eq!((opened.purpose, opened.card), (6, 1));
    let profile = crate::issuer::demo_cards::demo_card(CARD).unwrap().renewed().profile();
    assert_eq!(opened.content[2..], profile);
    assert_eq!(issuer.describe(CARD).unwrap().expiry, [0x32, 0x12]);
    assert_eq!(verdict(&mut issuer, CARD, &keys[0], 1), Verdict::Valid, "its keys are the same");
}

#[test]
fn a_changed_protection_brings_new_keys_under_the_other_spend_key() {
    let (mut issuer, mut wallet, holder, _) = at_work();
    let policy = crate::issuer::contents::Policy { ask_at: 5, ..ORDER.policy };
    let envelopes = issuer.set_policy(holder, policy.clone(), NEW_YEAR, &mut randomness(1)).unwrap();
    assert_eq!(envelopes.len(), 1, "the protection is the same");
    assert_eq!(wallet.open(&envelopes[0]).content, policy.content());
    let policy = crate::issuer::contents::Policy { protection: Protection::Device, ..policy };
    let envelopes = issuer.set_policy(holder, policy.clone(), NEW_YEAR, &mut randomness(1)).unwrap();
    let opened: Vec<_> = envelopes.iter().map(|envelope| wallet.open(envelope)).collect();
    assert_eq!((opened.len(), opened[0].purpose, opened[1].purpose), (2, 3, 2));
    let keys = wallet.keys(1, Protection::Device, &opened[1].content);
    assert_eq!((keys.len(), keys[0].first_atc), (10, 11));
    assert_eq!(verdict(&mut issuer, CARD, &keys[0], 11), Verdict::Valid);
}

#[test]
fn a_waiting_card_becomes_active_by_the_right_code_alone() {
    let mut issuer = Issuer::new(0);
    let mut wallet = MinimalWallet::enrolled(1, &mut issuer);
    let order = CardOrder { codes: 3, ..ORDER };
    let sent = issuer.install(&wallet.id, CARD, &order, NEW_YEAR, &mut randomness(1)).unwrap();
    let opened = wallet.open(&sent.envelope);
    assert_eq!(opened.content[7], 3);
    let profile_length = usize::from(u16::from_be_bytes([opened.content[8], opened.content[9]]));
    let keys = wallet.keys(1, Protection::Authenticated, &opened.content[10 + profile_length..]);
    let holder = Holder { wallet: wallet.id, card: 1 };
    let code = sent.code.unwrap();
    assert!(code.len() == 6 && code.bytes().all(|digit| digit.is_ascii_digit()));
    assert!(!format!("{:?}", issuer.wallets()).contains(&code), "the code is shown to its holder alone");
    assert_eq!(verdict(&mut issuer, CARD, &keys[0], 1), Verdict::CardNotActive);
    let refused = Err(Refused::NoSuchMove(CardState::Waiting, CardMove::Resume));
    assert_eq!(issuer.resume(holder, &mut randomness(1)), refused);
    let wrong = wallet.identity_check(1, "wrong");
    assert_eq!(issuer.check_identity(&wrong, &mut randomness(1)), Ok(IdentityAnswer::Wrong { left: 2 }));
    let right = wallet.identity_check(1, &code);
    let Ok(IdentityAnswer::Right(envelope)) = issuer.check_identity(&right, &mut randomness(1)) else {
        panic!("the code is right");
    };
    assert_eq!(wallet.open(&envelope).purpose, 5);
    assert_eq!(verdict(&mut issuer, CARD, &keys[1], 2), Verdict::Valid);
    let once_more = wallet.identity_check(1, &code);
    let refused = Err(Refused::NoSuchMove(CardState::Active, CardMove::IdentityCheck));
    assert_eq!(issuer.check_identity(&once_more, &mut randomness(1)), refused);
}

#[test]
fn the_last_wrong_code_deletes_the_card() {
    let mut issuer = Issuer::new(0);
    let mut wallet = MinimalWallet::enrolled(1, &mut issuer);
    let (holder, _) = installed(&mut issuer, &mut wallet, CARD, &CardOrder { codes: 2, ..ORDER });
    let wrong = wallet.identity_check(1, "wrong");
    assert_eq!(issuer.check_identity(&wrong, &mut randomness(1)), Ok(IdentityAnswer::Wrong { left: 1 }));
    let again = issuer.check_identity(&wrong, &mut randomness(1));
    assert_eq!(again, Err(Refused::Unheard(Unheard::Repeated)), "the same request does not count twice");
    let wrong = wallet.identity_check(1, "wrong again");
    let Ok(IdentityAnswer::WasLast(envelope)) = issuer.check_identity(&wrong, &mut randomness(1)) else {
        panic!("it was the last one");
    };
    assert_eq!(wallet.open(&envelope).purpose, 7);
    assert_eq!(issuer.wallets().card(holder).unwrap().state, CardState::Deleted);
}

#[test]
fn a_mark_lower_than_told_is_a_rolled_back_wallet() {
    let (mut issuer, mut wallet, _, keys) = at_work();
    assert!(asked(&mut issuer, &mut wallet, &keys).is_ok());
    assert!(asked(&mut issuer, &mut wallet, &keys).is_ok(), "the same mark again is none");
    wallet.mark -= 1;
    assert_eq!(asked(&mut issuer, &mut wallet, &keys), rolled_back(RolledBack::Mark));
}

#[test]
fn a_sequence_lower_than_told_is_a_rolled_back_wallet() {
    let (mut issuer, mut wallet, _, keys) = at_work();
    assert!(asked(&mut issuer, &mut wallet, &keys).is_ok());
    wallet.sequence -= 1;
    assert_eq!(asked(&mut issuer, &mut wallet, &keys), rolled_back(RolledBack::Sequence));
}

#[test]
fn a_counter_lower_than_told_is_a_rolled_back_wallet() {
    let (mut issuer, mut wallet, holder, keys) = at_work();
    used_up_to(&mut wallet, holder, &keys[0].aid, 5);
    assert!(asked(&mut issuer, &mut wallet, &keys).is_ok());
    used_up_to(&mut wallet, holder, &keys[0].aid, 4);
    assert_eq!(asked(&mut issuer, &mut wallet, &keys), rolled_back(RolledBack::LastAtc));
}

#[test]
fn a_counter_lower_than_an_authorisation_is_a_rolled_back_wallet() {
    let (mut issuer, mut wallet, holder, keys) = at_work();
    assert_eq!(verdict(&mut issuer, CARD, &keys[6], 7), Verdict::Valid);
    used_up_to(&mut wallet, holder, &keys[0].aid, 6);
    assert_eq!(asked(&mut issuer, &mut wallet, &keys), rolled_back(RolledBack::LastAtc));
}

#[test]
fn a_digest_of_something_else_than_the_listing_is_a_rolled_back_wallet() {
    let (mut issuer, mut wallet, _, keys) = at_work();
    wallet.digest = Some([0; 32]);
    assert_eq!(asked(&mut issuer, &mut wallet, &keys), rolled_back(RolledBack::Digest));
    let request = wallet.resynchronisation();
    let answer = issuer.resynchronise(&request, NEW_YEAR, &mut randomness(1));
    assert_eq!(answer, rolled_back(RolledBack::Digest), "nor is it brought back by that");
}

#[test]
fn a_wallet_that_names_what_was_never_sent_is_not_heard() {
    let never_sent = Err(Refused::Unheard(Unheard::NeverSent));
    let (mut issuer, mut wallet, holder, keys) = at_work();
    wallet.sequence += 1;
    assert_eq!(asked(&mut issuer, &mut wallet, &keys), never_sent);
    wallet.sequence -= 1;
    used_up_to(&mut wallet, holder, &keys[0].aid, 11);
    assert_eq!(asked(&mut issuer, &mut wallet, &keys), never_sent);
    used_up_to(&mut wallet, holder, &[0xA0; 7], 1);
    assert_eq!(asked(&mut issuer, &mut wallet, &keys), never_sent);
    wallet.cards = [(2, (2, Vec::new()))].into();
    assert_eq!(asked(&mut issuer, &mut wallet, &keys), never_sent);
}

#[test]
fn a_rolled_back_wallet_is_answered_nothing_until_it_is_resynchronised() {
    let (mut issuer, mut wallet, holder, keys) = at_work();
    used_up_to(&mut wallet, holder, &keys[0].aid, 5);
    assert!(asked(&mut issuer, &mut wallet, &keys).is_ok());
    let mark = wallet.mark;
    wallet.mark = 1;
    assert_eq!(asked(&mut issuer, &mut wallet, &keys), rolled_back(RolledBack::Mark));
    wallet.mark = mark + 1;
    assert_eq!(asked(&mut issuer, &mut wallet, &keys), rolled_back(RolledBack::Mark), "it does not outgrow it");
    let time = wallet.request(4, &[]);
    assert_eq!(issuer.tell_time(&time, NEW_YEAR, &mut randomness(1)), rolled_back(RolledBack::Mark));

    wallet.mark = 1;
    used_up_to(&mut wallet, holder, &keys[0].aid, 2);
    let request = wallet.resynchronisation();
    let envelopes = issuer.resynchronise(&request, NEW_YEAR, &mut randomness(1)).unwrap();
    assert_eq!(envelopes.len(), 1, "it knew everything else");
    let opened = wallet.open(&envelopes[0]);
    assert_eq!((opened.purpose, opened.card), (10, 0));
    // Ten keys at first, one more by the request before.
    let counter = [&[0, 0, 0, 1, 7], keys[0].aid.as_slice(), &[1, 0, 11]].concat();
    assert_eq!(opened.content, [wallet.challenge.as_slice(), &[1], &counter].concat());

    assert_eq!(verdict(&mut issuer, CARD, &keys[8], 9), Verdict::AtcNotInActiveList, "its keys may be in two places");
    used_up_to(&mut wallet, holder, &keys[0].aid, 11);
    wallet.cards.get_mut(&1).unwrap().1[0].3 = 11;
    let envelopes = asked(&mut issuer, &mut wallet, &keys).unwrap();
    let opened = wallet.open(&envelopes[0]);
    let new = wallet.keys(1, Protection::Authenticated, &opened.content);
    assert_eq!((new.len(), new[0].first_atc), (1, 12));
    assert_eq!(verdict(&mut issuer, CARD, &new[0], 12), Verdict::Valid);
}

#[test]
fn a_resynchronised_wallet_learns_what_its_older_copy_does_not_know() {
    let (mut issuer, mut wallet, suspended, _) = at_work();
    let (deleted, _) = installed(&mut issuer, &mut wallet, "kernel2-cvn14", &ORDER);
    let (renewed, _) = installed(&mut issuer, &mut wallet, "kernel7-cvn01", &ORDER);
    let older = wallet.clone();
    wallet.open(&issuer.suspend(suspended, &mut randomness(1)).unwrap());
    wallet.open(&issuer.delete(deleted, &mut randomness(1)).unwrap());
    wallet.open(&issuer.renew(renewed, &mut randomness(1)).unwrap());
    let (missing, _) = installed(&mut issuer, &mut wallet, "cobadged", &ORDER);

    let mut wallet = older;
    let request = wallet.resynchronisation();
    let envelopes = issuer.resynchronise(&request, NEW_YEAR, &mut randomness(1)).unwrap();
    let opened: Vec<_> = envelopes.iter().map(|envelope| wallet.open(envelope)).collect();
    let seen: Vec<(u8, u32)> = opened.iter().map(|opened| (opened.purpose, opened.card)).collect();
    let (suspend, delete, renew, install) = (4, 7, 6, 1);
    let expected =
        [(10, 0), (suspend, suspended.card), (delete, deleted.card), (renew, renewed.card), (install, missing.card)];
    assert_eq!(seen, expected);
    assert_eq!(opened[0].content[16], 3, "counters of the cards that it has");
}
