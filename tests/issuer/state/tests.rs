//! What is kept across runs, and what is not read.

use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::issuer::demo_cards::DEMO_CARDS;
use crate::issuer::minimal_wallet::{MinimalWallet, randomness};
use crate::issuer::provisioning::tests::{NEW_YEAR, ORDER, installed, verdict};
use crate::issuer::provisioning::{CardOrder, Refused};
use crate::issuer::verification::Verdict;
use crate::issuer::wallets::Unheard;

/// An issuer of which every field says something, and a wallet of it.
fn at_work() -> (Issuer, MinimalWallet) {
    let mut issuer = Issuer::new(u64::MAX);
    issuer.set_uses_per_limited_use_key(3);
    issuer.set_limits(&[(978, 5000)]).unwrap();
    issuer.set_key_life(1_000_000);
    issuer.set_attestation_policy(attestation::Policy {
        roots: vec![vec![0x30, 0x00]],
        level: None,
        agreement_too: true,
        verified_boot: true,
        app: Some(attestation::App { package: "org.example".to_owned(), signer: [7; 32] }),
    });
    issuer.set_certificate_terms(CertificateTerms { months: Some(2), face_after: true, renews: false });
    issuer.challenge(&mut randomness(9));
    for (number, told) in [(1, Outcome::Done), (2, Outcome::Refused(6))] {
        issuer.transfers.insert(([8; 16], number), Decided { digest: [9; 32], told });
    }
    let mut wallet = MinimalWallet::enrolled(1, &mut issuer);
    let several = CardOrder { policy: Policy { most_uses: 3, ..ORDER.policy }, codes: 0, first_keys: 10 };
    installed(&mut issuer, &mut wallet, "kernel3-cvn43", &several);
    let (card, keys) = installed(&mut issuer, &mut wallet, "kernel3-cvn18", &ORDER);
    issuer.set_funds(card, 840, -1_250).unwrap();
    assert_eq!(verdict(&mut issuer, "kernel3-cvn18", &keys[0], 1), Verdict::Valid);
    installed(&mut issuer, &mut wallet, "cobadged", &CardOrder { codes: 4, ..ORDER });
    wallet.open(&issuer.renew(card, &mut randomness(1)).unwrap());
    wallet.open(&issuer.rotate_envelope_key(5, &mut randomness(1)).unwrap()[&wallet.id]);
    wallet.issuer_key = issuer.envelope_key();
    wallet.cards.get_mut(&card.card).unwrap().1.push((keys[0].aid.clone(), 1, 1, 10));
    let asked = wallet.replenishment(&[(card.card, &keys[0].aid, 2)]);
    for envelope in issuer.replenish(&asked, NEW_YEAR, &mut randomness(1)).unwrap() {
        wallet.open(&envelope);
    }
    for (channel, uses) in [(Channel::Online, 2), (Channel::Qr, 1)] {
        for card in [1, 2] {
            let holder = Holder { wallet: wallet.id, card };
            for envelope in issuer.send_keys_for(holder, channel, uses, NEW_YEAR, &mut randomness(1)).unwrap() {
                wallet.open(&envelope);
            }
        }
    }
    (issuer, wallet)
}

#[test]
fn an_issuer_loaded_goes_on_as_the_one_that_was_saved() {
    let (mut issuer, mut wallet) = at_work();
    let mut loaded = Issuer::from_json(&issuer.to_json()).unwrap();
    assert_eq!(loaded.to_json(), issuer.to_json());
    assert_eq!((loaded.wallets(), loaded.envelope_key()), (issuer.wallets(), issuer.envelope_key()));
    for name in DEMO_CARDS {
        assert_eq!(loaded.describe(name), issuer.describe(name));
    }
    let aids =
        ["kernel3-cvn43", "kernel3-cvn18"].map(|name| issuer.describe(name).unwrap().applications[0].aid.clone());
    let asked = wallet.replenishment_for(&[
        (1, &aids[0], Channel::Tap, 7),
        (1, &aids[0], Channel::Online, 2),
        (2, &aids[1], Channel::Tap, 3),
        (2, &aids[1], Channel::Qr, 3),
    ]);
    let sent = issuer.replenish(&asked, NEW_YEAR, &mut randomness(2)).unwrap();
    assert_eq!(sent.len(), 2);
    assert_eq!(loaded.replenish(&asked, NEW_YEAR, &mut randomness(2)), Ok(sent));
    assert_eq!(loaded.to_json(), issuer.to_json());
    assert_eq!(
        loaded.replenish(&asked, NEW_YEAR, &mut randomness(2)),
        Err(Refused::Unheard(Unheard::Repeated)),
        "what came before is known"
    );
}

#[test]
fn a_rolled_back_wallet_stays_so_across_runs() {
    let (mut issuer, mut wallet) = at_work();
    wallet.mark = 1;
    let asked = wallet.request(4, &[]);
    let refused = Err(Refused::Unheard(Unheard::RolledBack(RolledBack::Mark)));
    assert_eq!(issuer.tell_time(&asked, NEW_YEAR, &mut randomness(1)), refused);
    let mut loaded = Issuer::from_json(&issuer.to_json()).unwrap();
    wallet.mark = 1000;
    let asked = wallet.request(4, &[]);
    assert_eq!(loaded.tell_time(&asked, NEW_YEAR, &mut randomness(1)), refused);
}

#[test]
fn a_state_of_before_there_were_other_channels_than_taps_and_money_is_read() {
    let mut before: Value = serde_json::from_str(&at_work().0.to_json()).unwrap();
    for account in before["accounts"].as_array_mut().unwrap() {
        account.as_object_mut().unwrap().remove("funds");
        for application in account["applications"].as_array_mut().unwrap() {
            for channel in ["online", "qr"] {
                application.as_object_mut().unwrap().remove(channel);
            }
        }
    }
    for name in ["paid_orders", "transfers"] {
        before.as_object_mut().unwrap().remove(name);
    }
    let loaded = Issuer::from_json(&before.to_string()).unwrap();
    (before["paid_orders"], before["transfers"]) = (json!([]), json!([]));
    let opened = json!({ "currency": 978, "booked_minor": 100_000, "held_minor": 0, "statements": 0 });
    before["accounts"].as_array_mut().unwrap().iter_mut().for_each(|account| account["funds"] = opened.clone());
    assert_eq!(serde_json::from_str::<Value>(&loaded.to_json()).unwrap(), before);
}

#[test]
fn a_state_with_a_field_missing_is_not_read() {
    let text = at_work().0.to_json();
    let whole: Value = serde_json::from_str(&text).unwrap();
    let mut refused = 0;
    let since = ["certificates", "paid_orders", "transfers"];
    for name in whole.as_object().unwrap().keys().filter(|name| !since.contains(&name.as_str())) {
        let mut lacking = whole.clone();
        lacking.as_object_mut().unwrap().remove(name);
        assert!(Issuer::from_json(&lacking.to_string()).is_err(), "{name}");
        refused += 1;
    }
    assert_eq!(refused, 10);
    assert_eq!(Issuer::from_json("{").err(), Some(StateError::NotJson));
    assert_eq!(Issuer::from_json("{}").err(), Some(StateError::OtherFormat));
    let other = text.replace("\"wallet\": \"0101", "\"wallet\": \"01");
    assert_eq!(Issuer::from_json(&other).err(), Some(StateError::Field("wallet")));
}

#[test]
fn a_file_is_written_whole_and_over_the_one_before() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("issuer.json");
    let (issuer, _) = at_work();
    write_whole(&path, "something older, longer or not").unwrap();
    write_whole(&path, &issuer.to_json()).unwrap();
    let names: Vec<std::ffi::OsString> =
        fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    let text = fs::read_to_string(&path).unwrap();
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!((names, mode & 0o777), (vec!["issuer.json".into()], 0o600));
    assert_eq!(Issuer::from_json(&text).unwrap().to_json(), issuer.to_json());
}
