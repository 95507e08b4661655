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
    let mut till = Checkout::of("closed-loop");
    let terms = KeyTerms { uses: 40, ..terms(&from_hex(AID).unwrap(), 1) };
    till.add(vec![PaymentKey::of_seed(&terms, Seed::new(Box::new(FIRST))).unwrap()]).unwrap();
    till
}

fn arm(till: &Checkout) {
    till.wallet.arm(till.now, Method::Biometric, DEFAULT_WINDOW_MS, None).unwrap();
    till.wallet.mark_stored(till.wallet.mark());
}

/// The counters up to this one whose seed or key stands in the plaintext of any record.
fn readable(till: &Checkout, up_to: u16) -> Vec<u16> {
    let log = till.ledger_file();
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
    let till = with_seed();
    for atc in 1..=3 {
        arm(&till);
        assert_eq!(till.tap_at(AID, 1250, 978).atc.unwrap().number(), atc);
        till.wallet.make_ready(till.now).unwrap();
        till.wallet.mark_stored(till.wallet.mark());
        assert_eq!(readable(&till, atc + 2), [atc, atc + 1, atc + 2], "it is there until the log is written anew");
        arm(&till);
        assert_eq!(readable(&till, atc + 2), [atc + 1, atc + 2], "the next key is leased, and kept until it is spent");
    }
}

#[test]
fn after_eight_keys_the_log_is_written_anew_without_any_verification() {
    let mut till = with_seed();
    let mut longest = 0;
    for boot_count in 2..18 {
        // The leased key is burned: it may have been spent.
        till = till.reopened(Now { boot_count, ..till.now });
        let past: Vec<u16> = readable(&till, till.last_atc());
        longest = longest.max(past.len());
        assert!(past.len() <= 8, "{past:?}");
    }
    assert!(longest > 1, "they stay for a while");
    assert_eq!(till.last_atc(), 16);
}
