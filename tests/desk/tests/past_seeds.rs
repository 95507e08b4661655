//! The closed-loop scheme on the medium: with every file and the store key at hand, what was paid cannot be made again once
//! the log was written anew. What flash memory keeps of files that were replaced is out of reach.

use crate::checkout::Checkout;
use hcepay_core::{DEFAULT_WINDOW_MS, KeyTerms, Method, Now, PaymentKey, Seed};
use hcepay_desk::plain_key::terms;
use hcepay_tests::bytes::from_hex;
use hcepay_tests::issuer::closed_loop::{key, seed};

const AID: &str = "F048434550415901";
const FIRST: [u8; 32] = [0x5E; 32];

fn with_seed() -> Checkout {
    let mut shop = Checkout::of("closed-loop");
    let terms = KeyTerms { uses: 40, ..terms(&from_hex(AID).unwrap(), 1) };
    shop.add(vec![PaymentKey::of_seed(&terms, Seed::new(Box::new(FIRST))).unwrap()]).unwrap();
    shop
}

fn arm(shop: &Checkout) {
    shop.wallet.arm(shop.now, Method::Biometric, DEFAULT_WINDOW_MS, None).unwrap();
    shop.wallet.mark_stored(shop.wallet.mark());
}

/// The counters up to this one whose seed or key stands in the plaintext of any record.
fn readable(shop: &Checkout, up_to: u16) -> Vec<u16> {
    let log = shop.ledger_file();
    let stands =
        |secret: &[u8]| log.records.iter().any(|found| found.body.windows(secret.len()).any(|at| at == secret));
    let gives_away = |atc: &u16| {
        let seed = seed(FIRST, *atc);
        stands(&seed) || stands(&key(&seed, *atc))
    };
    (1..=up_to).filter(gives_away).collect()
}

#[test]
fn a_key_that_was_spent_is_in_no_file_after_the_next_verification() {
    let shop = with_seed();
    for atc in 1..=3 {
        arm(&shop);
        assert_eq!(shop.tap_at(AID, 1250, 978).atc.unwrap().number(), atc);
        shop.wallet.make_ready(shop.now).unwrap();
        shop.wallet.mark_stored(shop.wallet.mark());
        assert_eq!(readable(&shop, atc + 2), [atc, atc + 1, atc + 2], "it is there until the log is written anew");
        arm(&shop);
        assert_eq!(readable(&shop, atc + 2), [atc + 1, atc + 2], "the next key is leased, and kept until it is spent");
    }
}

#[test]
fn after_eight_keys_the_log_is_written_anew_without_any_verification() {
    let mut shop = with_seed();
    let mut longest = 0;
    for boot_count in 2..18 {
        // The leased key is burned: it may have been spent.
        shop = shop.reopened(Now { boot_count, ..shop.now });
        let past: Vec<u16> = readable(&shop, shop.last_atc());
        longest = longest.max(past.len());
        assert!(past.len() <= 8, "{past:?}");
    }
    assert!(longest > 1, "they stay for a while");
    assert_eq!(shop.last_atc(), 16);
}
