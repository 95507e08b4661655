//! Which card pays: the one that the holder chose, until it is deleted.

use crate::checkout::{AID, Checkout, NEXT_BOOT, key};
use hcepay_core::{CardId, Error, Wallet};
use hcepay_desk::phone::NEW_YEAR;
use hcepay_tests::issuer::demo_cards::demo_card;

/// Three cards of the same application, each with keys of its own: the first from 1, the second from 101, the third from 201.
fn three_cards() -> (Checkout, [CardId; 3]) {
    let shop = Checkout::new();
    let profile = demo_card(crate::checkout::CARD).unwrap().profile();
    let cards =
        [shop.card, shop.wallet.install_unsealed(&profile).unwrap(), shop.wallet.install_unsealed(&profile).unwrap()];
    for (card, first) in cards.into_iter().zip([1, 101, 201]) {
        let keys = (first..first + 20).map(key).collect();
        shop.wallet.add_keys_unsealed(card, keys, NEW_YEAR).unwrap();
    }
    (shop, cards)
}

fn chosen(wallet: &Wallet) -> Vec<CardId> {
    let is_chosen = |card: &CardId| wallet.card(*card, NEW_YEAR.wall_ms).unwrap().chosen;
    wallet.cards().into_iter().filter(is_chosen).collect()
}

#[test]
fn the_first_card_is_chosen_and_another_only_by_the_holder() {
    let (shop, cards) = three_cards();
    assert_eq!(chosen(&shop.wallet), cards.get(..1).unwrap());
    assert_eq!(shop.ask(AID, 1250, 978), Some(1));
}

#[test]
fn the_chosen_card_stays_chosen_over_kills_reboots_and_a_log_written_anew() {
    let (mut shop, [_, second, third]) = three_cards();
    shop.wallet.choose(second, NEW_YEAR).unwrap();
    for now in [NEW_YEAR, NEXT_BOOT] {
        assert_eq!(chosen(&shop.reopened(now).wallet), [second]);
    }
    assert_eq!(shop.reopened(NEW_YEAR).ask(AID, 1250, 978), Some(101));
    shop.wallet.choose(third, NEW_YEAR).unwrap();
    shop.grow_until_compacted();
    assert_eq!(chosen(&shop.wallet), [third]);
    let reopened = shop.reopened(NEW_YEAR);
    assert_eq!((chosen(&reopened.wallet), reopened.ask(AID, 1250, 978)), (vec![third], Some(201)));
}

#[test]
fn deleting_the_chosen_card_chooses_another_and_deleting_another_changes_nothing() {
    let (mut shop, [first, second, third]) = three_cards();
    shop.wallet.choose(third, NEW_YEAR).unwrap();
    shop.wallet.delete(first).unwrap();
    assert_eq!(chosen(&shop.wallet), [third]);
    shop.wallet.delete(third).unwrap();
    assert_eq!(chosen(&shop.wallet), [second]);
    for now in [NEW_YEAR, NEXT_BOOT] {
        assert_eq!(chosen(&shop.reopened(now).wallet), [second]);
    }
    assert_eq!(shop.wallet.choose(third, NEW_YEAR), Err(Error::UnknownCard));
    assert_eq!(shop.ask(AID, 1250, 978), Some(101), "at once, without being made ready");
    shop.wallet.deactivated(NEW_YEAR);
    shop.wallet.delete(second).unwrap();
    assert_eq!((chosen(&shop.wallet), shop.ask(AID, 1250, 978)), (Vec::new(), None));
    shop.wallet.deactivated(NEW_YEAR);
    shop.grow_until_compacted();
    assert_eq!(chosen(&shop.reopened(NEW_YEAR).wallet), []);
    let next = shop.wallet.install_unsealed(&demo_card(crate::checkout::CARD).unwrap().profile()).unwrap();
    assert_eq!(chosen(&shop.wallet), [next], "the first of a new life");
}

#[test]
fn a_card_that_is_deleted_in_its_contact_pays_no_more_in_it() {
    let (shop, [first, ..]) = three_cards();
    assert_eq!(shop.ask(AID, 1250, 978), Some(1));
    shop.wallet.delete(first).unwrap();
    assert_eq!(shop.ask(AID, 1250, 978), None);
    let report = shop.wallet.deactivated(NEW_YEAR);
    assert_eq!(report.atc.unwrap().number(), 1);
    assert_eq!(shop.wallet.reports(), std::slice::from_ref(&report), "what it had paid is told all the same");
    assert_eq!(shop.reopened(NEW_YEAR).wallet.reports(), [report]);
    assert_eq!(shop.ask(AID, 1250, 978), Some(101), "the next contact is another card's");
}
