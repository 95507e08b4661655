//! Which card pays: the one that the holder chose, until it is deleted.

use crate::checkout::{AID, Checkout, NEXT_BOOT, key};
use hcepay_core::{CardId, Error, Wallet};
use hcepay_desk::phone::NEW_YEAR;
use hcepay_tests::issuer::demo_cards::demo_card;

/// Three cards of the same application, each with keys of its own: the first from 1, the second from 101, the third from 201.
fn three_cards() -> (Checkout, [CardId; 3]) {
    let till = Checkout::new();
    let profile = demo_card(crate::checkout::CARD).unwrap().profile();
    let cards =
        [till.card, till.wallet.install_unsealed(&profile).unwrap(), till.wallet.install_unsealed(&profile).unwrap()];
    for (card, first) in cards.into_iter().zip([1, 101, 201]) {
        let keys = (first..first + 20).map(key).collect();
        till.wallet.add_keys_unsealed(card, keys, NEW_YEAR).unwrap();
    }
    (till, cards)
}

fn chosen(wallet: &Wallet) -> Vec<CardId> {
    let is_chosen = |card: &CardId| wallet.card(*card, NEW_YEAR.wall_ms).unwrap().chosen;
    wallet.cards().into_iter().filter(is_chosen).collect()
}

#[test]
fn the_first_card_is_chosen_and_another_only_by_the_holder() {
    let (till, cards) = three_cards();
    assert_eq!(chosen(&till.wallet), cards.get(..1).unwrap());
    assert_eq!(till.ask(AID, 1250, 978), Some(1));
}

#[test]
fn the_chosen_card_stays_chosen_over_kills_reboots_and_a_log_written_anew() {
    let (mut till, [_, second, third]) = three_cards();
    till.wallet.choose(second, NEW_YEAR).unwrap();
    for now in [NEW_YEAR, NEXT_BOOT] {
        assert_eq!(chosen(&till.reopened(now).wallet), [second]);
    }
    assert_eq!(till.reopened(NEW_YEAR).ask(AID, 1250, 978), Some(101));
    till.wallet.choose(third, NEW_YEAR).unwrap();
    till.grow_until_compacted();
    assert_eq!(chosen(&till.wallet), [third]);
    let reopened = till.reopened(NEW_YEAR);
    assert_eq!((chosen(&reopened.wallet), reopened.ask(AID, 1250, 978)), (vec![third], Some(201)));
}

#[test]
fn deleting_the_chosen_card_chooses_another_and_deleting_another_changes_nothing() {
    let (mut till, [first, second, third]) = three_cards();
    till.wallet.choose(third, NEW_YEAR).unwrap();
    till.wallet.delete(first).unwrap();
    assert_eq!(chosen(&till.wallet), [third]);
    till.wallet.delete(third).unwrap();
    assert_eq!(chosen(&till.wallet), [second]);
    for now in [NEW_YEAR, NEXT_BOOT] {
        assert_eq!(chosen(&till.reopened(now).wallet), [second]);
    }
    assert_eq!(till.wallet.choose(third, NEW_YEAR), Err(Error::UnknownCard));
    assert_eq!(till.ask(AID, 1250, 978), Some(101), "at once, without being made ready");
    till.wallet.deactivated(NEW_YEAR);
    till.wallet.delete(second).unwrap();
    assert_eq!((chosen(&till.wallet), till.ask(AID, 1250, 978)), (Vec::new(), None));
    till.wallet.deactivated(NEW_YEAR);
    till.grow_until_compacted();
    assert_eq!(chosen(&till.reopened(NEW_YEAR).wallet), []);
    let next = till.wallet.install_unsealed(&demo_card(crate::checkout::CARD).unwrap().profile()).unwrap();
    assert_eq!(chosen(&till.wallet), [next], "the first of a new life");
}

#[test]
fn a_card_that_is_deleted_in_its_contact_pays_no_more_in_it() {
    let (till, [first, ..]) = three_cards();
    assert_eq!(till.ask(AID, 1250, 978), Some(1));
    till.wallet.delete(first).unwrap();
    assert_eq!(till.ask(AID, 1250, 978), None);
    let report = till.wallet.deactivated(NEW_YEAR);
    assert_eq!(report.atc.unwrap().number(), 1);
    assert_eq!(till.wallet.reports(), std::slice::from_ref(&report), "what it had paid is told all the same");
    assert_eq!(till.reopened(NEW_YEAR).wallet.reports(), [report]);
    assert_eq!(till.ask(AID, 1250, 978), Some(101), "the next contact is another card's");
}
