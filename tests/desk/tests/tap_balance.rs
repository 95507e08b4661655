//! `tap balance`, as a person runs it.

use crate::tap_program::{tap, text};

/// What the program says, where all went well.
pub fn said(arguments: &[&str]) -> String {
    let output = tap(arguments);
    let shown = text(&output.stdout);
    assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""), "{arguments:?}: {shown}");
    let fits = |line: &str| line.chars().count() <= 100 || line.starts_with('{');
    assert!(shown.lines().all(fits), "{shown}");
    shown
}

#[test]
fn a_balance_is_shown_with_its_age_and_what_was_paid_since_stands_beside_it() {
    let place = tempfile::tempdir().unwrap();
    let wallet = ["--wallet", place.path().to_str().unwrap()];
    let with_wallet = |arguments: &[&'static str]| said(&[arguments, &wallet[..]].concat());
    let first = with_wallet(&["balance"]);
    for says in ["Available 1000.00 EUR", "Booked    1000.00 EUR", "statement 1", "This phone has paid nothing since."]
    {
        assert!(first.contains(says), "{says}{first}");
    }
    with_wallet(&["--amount", "12.50"]);
    let kept = with_wallet(&["balance", "--kept"]);
    for says in ["Available 1000.00 EUR", "statement 1", "It is not subtracted", "12.50 EUR, with kernel3-cvn18"] {
        assert!(kept.contains(says), "{says}{kept}");
    }
    let told = with_wallet(&["balance"]);
    for says in ["Available 987.50 EUR", "Booked    1000.00 EUR", "statement 2", "This phone has paid nothing since."] {
        assert!(told.contains(says), "{says}{told}");
    }
}

#[test]
fn nothing_is_shown_that_the_issuer_has_not_told() {
    let place = tempfile::tempdir().unwrap();
    let wallet = place.path().to_str().unwrap();
    said(&["install", "--wallet", wallet]);
    let shown = said(&["balance", "--kept", "--wallet", wallet]);
    assert_eq!(shown.trim_end(), "The issuer has told nothing of this account yet.");
    let missing = tap(&["balance", "--kept", "--card", "cobadged", "--wallet", wallet]);
    assert_eq!((missing.status.code(), text(&missing.stdout).as_str()), (Some(1), ""));
}
