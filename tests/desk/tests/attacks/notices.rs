//! Notices that the issuer did not send, or not to this wallet, or not now, or by mistake.

use super::{arm, asked_for, pays};
use crate::enrolled_wallet::EnrolledWallet;
use crate::notices::{notice, notify, rows, that_paid};
use hcepay_core::{ContentError, EnvelopeError, Error, Reason, Row};
use hcepay_tests::issuer::notices::{Event, notices};
use hcepay_tests::issuer::seal::{Address, Purpose};

/// What became of an envelope. No terminal sees it.
#[derive(Debug, PartialEq, Eq)]
struct Handed {
    /// Why it was refused.
    refused: Option<Error>,
    /// The rows of the journal that are new or say something else than before.
    told: Vec<Row>,
    /// How many bytes longer the ledger is.
    written: usize,
    /// How many keys fewer there are.
    spent: u32,
}

fn refused(error: Error) -> Handed {
    Handed { refused: Some(error), told: vec![], written: 0, spent: 0 }
}

fn handed(holder: &mut EnrolledWallet, envelope: &[u8]) -> Handed {
    let wall_ms = holder.now.wall_ms;
    let (rows_before, log, keys) = (rows(holder), holder.log(), super::keys(holder, wall_ms));
    let applied = holder.apply(envelope);
    let now = holder.log();
    assert!(now.starts_with(&log), "nothing is written over");
    let told = rows(holder).into_iter().filter(|row| !rows_before.contains(row)).collect();
    let spent = keys - super::keys(holder, wall_ms);
    Handed { refused: applied.err(), told, written: now.len() - log.len(), spent }
}

/// A payment was made; and an envelope with a refund of it.
fn refunded() -> (EnrolledWallet, Address, Vec<u8>) {
    let holder = that_paid(1);
    let told = notices(&[notice(&holder, 1, Event::Refunded, 1)]).unwrap();
    let address = Address { purpose: Purpose::Notices, wallet: holder.id, card: 0, sequence: 500 };
    (holder, address, told)
}

/// The next tap is as if there had been nothing.
fn pays_on(holder: &mut EnrolledWallet) {
    arm(holder);
    assert_eq!(asked_for(holder, 20_00), pays(Reason::Verified));
}

#[test]
fn a_notice_is_forged() {
    let (mut holder, address, told) = refunded();
    let forged = EnrolledWallet::another().seal(&address, &told);
    assert_eq!(handed(&mut holder, &forged), refused(Error::Envelope(EnvelopeError::ForeignIssuer)));
    let mut altered = holder.seal(&address, &told);
    altered[150] ^= 1;
    assert_eq!(handed(&mut holder, &altered), refused(Error::Envelope(EnvelopeError::SignatureWrong)));
    pays_on(&mut holder);
}

#[test]
fn a_notice_is_replayed() {
    let (mut holder, address, told) = refunded();
    let envelope = holder.seal(&address, &told);
    let once = handed(&mut holder, &envelope);
    assert_eq!((once.refused, once.told, once.spent), (None, rows(&holder), 0));
    assert_eq!(handed(&mut holder, &envelope), refused(Error::AlreadyApplied));
    let older = holder.seal(&Address { sequence: 499, ..address }, &told);
    assert_eq!(handed(&mut holder, &older), refused(Error::Stale));
    pays_on(&mut holder);
}

#[test]
fn a_notice_for_another_wallet_is_handed_in() {
    let (mut holder, address, told) = refunded();
    let another = EnrolledWallet::another().id;
    assert_ne!(another, holder.id);
    let for_another = holder.seal(&Address { wallet: another, ..address }, &told);
    assert_eq!(handed(&mut holder, &for_another), refused(Error::Envelope(EnvelopeError::ForeignWallet)));
    let about_a_card = holder.seal(&Address { card: holder.card().number(), ..address }, &told);
    assert_eq!(handed(&mut holder, &about_a_card), refused(Error::WrongAddress));
    pays_on(&mut holder);
}

#[test]
fn a_notice_for_a_counter_never_used_shows_no_payment_that_was_not_made() {
    let mut holder = that_paid(2);
    let [used, never] = [2, 3].map(|atc| notice(&holder, atc, Event::Approved, 1));
    let envelope = holder.issuer.notify(&holder.id, &[used.clone(), never], &mut holder.random).unwrap();
    let of_the_whole_envelope_nothing = refused(Error::Content(ContentError::CounterUnused));
    assert_eq!(handed(&mut holder, &envelope), of_the_whole_envelope_nothing);
    pays_on(&mut holder);
    assert_eq!(rows(&holder)[0].report.atc.unwrap().number(), 3, "the counter is not used up by it");
    notify(&mut holder, &[used]);
}
