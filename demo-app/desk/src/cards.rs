//! The demo cards that a phone can have, as its holder and an engineer would name them.

use hcepay_desk::demo_wallet::life_cycle::is_test_only;
use hcepay_tests::issuer::demo_cards::{DEMO_CARDS, DemoCard, demo_card};
use hcepay_tests::issuer::profile::CardholderVerification;

/// A card that may be installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The card.
    pub card: DemoCard,
    /// Its name in words.
    pub title: &'static str,
    /// What is particular about it.
    pub about: &'static str,
}

impl Offer {
    /// The kernels of its applications, in the order of its directory, each once.
    pub fn kernels(&self) -> Vec<u8> {
        let mut kernels: Vec<u8> =
            self.card.applications.iter().map(|application| application.version.kernel()).collect();
        kernels.dedup();
        kernels
    }

    /// Whether some application pays only when the holder has verified.
    pub fn always_verifies(&self) -> bool {
        let mut applications = self.card.applications.iter();
        applications.any(|application| application.cardholder_verification == CardholderVerification::Always)
    }

    /// The last four digits of its token.
    pub fn last_four(&self) -> &str {
        last_four(self.card.token.digits())
    }
}

/// The last four digits.
pub fn last_four(digits: &str) -> &str {
    digits.get(digits.len().saturating_sub(4)..).unwrap_or_default()
}

/// All of them: the demo cards but those whose keys no issuer gives to a phone.
pub fn offers() -> Vec<Offer> {
    let cards = DEMO_CARDS.into_iter().filter(|name| !is_test_only(name)).filter_map(demo_card);
    cards.map(|card| (words(card.name), card)).map(|((title, about), card)| Offer { card, title, about }).collect()
}

fn words(name: &str) -> (&'static str, &'static str) {
    match name {
        "kernel3-cvn18" => ("Kernel 3 card", "each key pays once; the holder always verifies"),
        "kernel3-cvn43" => ("Kernel 3 card, limited-use keys", "keys are derived from the hour of issue"),
        "kernel3-no-verification" => ("Kernel 3 card, quick", "pays small amounts without verification"),
        "kernel3-two-applications" => ("Kernel 3 card, two applications", "the terminal chooses one of them"),
        "kernel3-everyday" => ("Kernel 3 card, everyday", "its policy lets small amounts and gates through"),
        "kernel3-fdda" => ("Kernel 3 card for gates", "signs for readers that do not wait for the bank"),
        "kernel3-fdda-record" => ("Kernel 3 card for gates, long key", "its signature stands in a record of its own"),
        "kernel2-cvn14" => ("Kernel 2 card", "the terminal reads records and asks for a cryptogram"),
        "kernel2-cvn15" => ("Kernel 2 card, long number", "its token has 19 digits"),
        "kernel2-no-verification" => ("Kernel 2 card, quick", "pays small amounts without verification"),
        "kernel2-without-oda" => ("Kernel 2 card, unsigned", "cannot prove to a reader that it is real"),
        "kernel2-everyday" => ("Kernel 2 card, everyday", "its policy lets small amounts through"),
        "kernel7-cvn01" => ("Kernel 7 card", "reads like kernel 3; keys by PBOC"),
        "kernel7-everyday" => ("Kernel 7 card, everyday", "its policy lets small amounts and gates through"),
        "kernel7-fdda" => ("Kernel 7 card for gates", "signs like kernel 3; rests on one public source"),
        "cobadged" => ("Cobadged card", "pays with kernel 2 and with kernel 3"),
        "closed-loop" => ("Canteen card", "closed loop: a scheme of its own, no payment network's"),
        _ => ("Demo card", ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_card_that_a_phone_can_have_has_words_of_its_own() {
        let offers = offers();
        assert_eq!(offers.len(), 17);
        for offer in &offers {
            assert!(offer.title != "Demo card" && !offer.about.is_empty(), "{}", offer.card.name);
            let same = offers.iter().filter(|other| other.title == offer.title).count();
            assert_eq!((same, offer.last_four().len()), (1, 4), "{}", offer.card.name);
            let quick = ["no-verification", "everyday"].iter().any(|quick| offer.card.name.contains(quick));
            assert_eq!(quick, !offer.always_verifies(), "{}", offer.card.name);
        }
        let cobadged = offers.iter().find(|offer| offer.card.name == "cobadged").unwrap();
        assert_eq!((cobadged.kernels(), cobadged.last_four()), (vec![2, 3], "0095"));
    }
}
