//! `tap transfer`, as a person runs it.

use crate::tap_balance::said;
use crate::tap_program::{tap, text};

#[test]
fn a_transfer_is_shown_with_the_issuer_s_steps_and_stands_in_the_journal_and_in_the_balance() {
    let place = tempfile::tempdir().unwrap();
    let wallet = ["--wallet", place.path().to_str().unwrap()];
    let with_wallet = |arguments: &[&'static str]| said(&[arguments, &wallet[..]].concat());
    with_wallet(&["balance"]);
    let sent = with_wallet(&["transfer", "--amount", "250", "--note", "Rent"]);
    for says in [
        "Transfer  250.00 EUR to Löwe & Söhne, DE89 3704 0044 0532 0130 00",
        "✓ transfer signed",
        "✓ holder verification",
        "valid: everything is right, and the money has moved.",
        "transfer done: 250.00 EUR to Löwe & Söhne",
        "note: Rent",
    ] {
        assert!(sent.contains(says), "{says}{sent}");
    }
    let kept = with_wallet(&["balance", "--kept"]);
    for says in ["Available 1000.00 EUR", "It is not subtracted", "transfer done: 250.00 EUR"] {
        assert!(kept.contains(says), "{says}{kept}");
    }
    let told = with_wallet(&["balance"]);
    assert!(told.contains("Available 750.00 EUR") && told.contains("Booked    750.00 EUR"), "{told}");
    let refused = with_wallet(&["transfer", "--amount", "751"]);
    for says in ["✗ funds", "funds-insufficient: the account has not enough.", "transfer refused (insufficient-funds)"]
    {
        assert!(refused.contains(says), "{says}{refused}");
    }
    with_wallet(&["--amount", "3"]);
    let journal = with_wallet(&["journal"]);
    let places = ["3.00 EUR, with", "751.00 EUR to", "250.00 EUR to"].map(|says| journal.find(says).unwrap());
    assert!(places.is_sorted(), "newest first: {journal}");
    let json = with_wallet(&["journal", "--json"]);
    let lines: Vec<serde_json::Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let numbers = lines.iter().map(|line| line.get("id").or(line.get("transfer")).unwrap().as_u64().unwrap());
    assert!(numbers.collect::<Vec<_>>().is_sorted_by(|one, next| one > next), "{json}");
    let transfer = &lines[2];
    assert_eq!((transfer["state"].as_str(), transfer["amount_minor"].as_u64()), (Some("done"), Some(25_000)));
    assert_eq!((transfer["payee_name"].as_str(), transfer["note"].as_str()), (Some("Löwe & Söhne"), Some("Rent")));
    assert_eq!((lines[1]["state"].as_str(), lines[1]["why"].as_str()), (Some("refused"), Some("insufficient-funds")));
}

#[test]
fn what_is_no_transfer_is_refused_in_one_sentence() {
    for (arguments, says) in [
        (&["transfer", "--amount", "0"][..], "the transfer's amount is 0"),
        (&["transfer", "--to", " "], "the payee's account is not 1 to 64 characters from space to tilde"),
        (&["transfer", "--name", "Bank\u{202E}"], "has characters that are not seen"),
    ] {
        let output = tap(arguments);
        assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(1), ""), "{arguments:?}");
        let told = text(&output.stderr);
        assert!(told.contains(says) && told.lines().count() == 1, "{arguments:?}: {told}");
    }
}
