//! `tap coupon`, as a person runs it.

use crate::tap_program::{tap, text};

#[test]
fn a_coupon_is_sent_chosen_presented_taken_once_and_settled_and_the_rest_is_paid() {
    let place = tempfile::tempdir().unwrap();
    let coupon = ["coupon", "--card", "kernel2-cvn14", "--amount", "15", "--wallet", place.path().to_str().unwrap()];
    for _ in 0..2 {
        let output = tap(&coupon);
        let shown = text(&output.stdout);
        assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""), "{shown}");
        for says in [
            "A tenth off your breakfast, of Café Sol",
            "1.50 EUR, 2 times",
            "✓ for another challenge  the MAC is wrong",
            "✓ for its own            taken: A tenth off your breakfast",
            "✓ once more              this use was taken before",
            "13.50 EUR: 15.00 EUR less",
            "Issuer    valid: ",
            "1: redeemed",
            "1 of 2",
        ] {
            assert!(shown.contains(says), "{says}\n{shown}");
        }
        assert!(shown.lines().all(|line| line.chars().count() <= 100), "{shown}");
    }
    let journal = text(&tap(&["journal", "--wallet", place.path().to_str().unwrap()]).stdout);
    assert_eq!(journal.matches("use 1 of a coupon was presented").count(), 2, "{journal}");
}
