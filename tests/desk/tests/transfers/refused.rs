//! What keeps a card from a transfer: told by name, and nothing is asked for.

use hcepay_core::{Error, MostPaid, NotPaid, Reason, Scope, TemporaryUse, Transfer, TransferError, TransferTerms};

use hcepay_desk::disk::Disk;
use hcepay_tests::issuer::transfers::Transfer as Read;
use hcepay_tests::issuer::verification::Verdict;

use super::sender::{Sender, of, terms, transfer};
use crate::enrolled_wallet::EnrolledWallet;
use crate::everyday::later;
use crate::remote::payer::{error, refused};

#[test]
fn a_transfer_that_is_none_is_refused_by_name() {
    use TransferError::{AmountTooLarge, AmountZero, Currency, HiddenCharacters, Malformed, Note, Payee, PayeeName};
    type Change = fn(&mut TransferTerms);
    let changes: [(TransferError, Change); 8] = [
        (AmountZero, |terms| terms.amount.minor = 0),
        (AmountTooLarge, |terms| terms.amount.minor = u64::MAX),
        (Currency, |terms| terms.amount.currency = 0),
        (Payee, |terms| terms.payee = "\u{661F}".to_owned()),
        (PayeeName, |terms| terms.payee_name = "\u{661F}".repeat(22)),
        (HiddenCharacters, |terms| terms.payee_name.push('\u{202E}')),
        (HiddenCharacters, |terms| terms.note.push('\0')),
        (Note, |terms| terms.note = "\u{661F}".repeat(47)),
    ];
    for (refused, change) in changes {
        let mut terms = terms();
        change(&mut terms);
        assert_eq!(Transfer::new(&terms), Err(refused));
    }
    assert_eq!(Transfer::read(&[]), Err(Malformed));
}

/// One byte of a transfer is another, or two of its fields end elsewhere.
#[test]
fn whatever_transfer_the_phone_takes_the_issuer_reads_the_same() {
    let mut random = hcepay_desk::phone::randomness(16);
    let mut number = |below: usize| {
        let mut bytes = [0; 4];
        random(&mut bytes);
        usize::try_from(u32::from_be_bytes(bytes)).unwrap() % below
    };
    let (mut taken, mut refused) = (0, 0);
    let whole = transfer().bytes();
    for _ in 0..100_000 {
        let mut bytes = whole.clone();
        for _ in 0..=number(2) {
            let place = number(bytes.len());
            match number(3) {
                0 => bytes[place] = u8::try_from(number(256)).unwrap(),
                1 => bytes[place] ^= 1 << number(8),
                _ => bytes.insert(place, u8::try_from(number(128)).unwrap()),
            }
        }
        let Ok(transfer) = Transfer::read(&bytes) else {
            refused += 1;
            continue;
        };
        taken += 1;
        assert_eq!(transfer.bytes(), bytes, "in one form");
        let before = [&b"hcepay transfer 1"[..], &[7; 16], &[0; 4 + 8 + 8], &[1]].concat();
        let (read, _) = Read::read(&[&before[..], &bytes, &[0; 64]].concat()).unwrap();
        let TransferTerms { amount, payee, payee_name, note } = transfer.terms().clone();
        assert_eq!((read.amount_minor, read.currency), (amount.minor, amount.currency));
        assert_eq!((read.payee, read.payee_name, read.note), (payee, payee_name, note));
    }
    assert!(taken > 10_000 && refused > 10_000, "{taken} {refused}");
}

#[test]
fn only_a_holder_who_has_verified_for_exactly_this_transfer_asks_for_it() {
    let mut sender = Sender::new();
    let card = sender.card();
    assert_eq!(sender.transfer(&transfer()), Err(refused(Reason::NotVerified)));
    let other = |change: fn(&mut TransferTerms)| {
        let mut terms = terms();
        change(&mut terms);
        Scope::Transfer(card, Transfer::new(&terms).unwrap().digest())
    };
    for scope in [
        Scope::AnyCard,
        Scope::Card(card),
        Scope::Payment(card, terms().amount),
        Scope::Code(card),
        other(|terms| terms.amount.minor += 1),
        other(|terms| terms.amount.currency = 840),
        other(|terms| terms.payee.push('1')),
        other(|terms| terms.payee_name.push('s')),
        other(|terms| terms.note.clear()),
    ] {
        sender.verify_for(scope);
        assert_eq!(sender.transfer(&transfer()), Err(refused(Reason::ArmedForAnotherPayment)), "{scope:?}");
    }
    sender.verify(&transfer());
    sender.now = later(sender.now, 30_000);
    assert_eq!(sender.transfer(&transfer()), Err(refused(Reason::WindowOver)));
    sender.verify(&transfer());
    sender.wallet.disarm();
    assert_eq!(sender.transfer(&transfer()), Err(refused(Reason::NotVerified)));
    assert_eq!(sender.rows(), []);
    sender.ask(&transfer()).unwrap();
    assert_eq!(sender.transfer(&transfer()), Err(refused(Reason::NotVerified)), "once");
    assert_eq!(sender.rows().len(), 1);
}

#[test]
fn a_verification_for_a_transfer_pays_nothing_and_one_for_a_payment_transfers_nothing() {
    let mut sender = Sender::new();
    sender.verify(&transfer());
    assert_eq!(sender.pay_unverified(), Err(Reason::ArmedForAnotherPayment));
    sender.ask(&transfer()).unwrap();
    assert_eq!(sender.pay_unverified(), Err(Reason::NotVerified), "used up");
}

#[test]
fn what_the_device_did_not_sign_is_not_asked_for_and_what_was_begun_is_finished_once() {
    let mut sender = Sender::new();
    let card = sender.card();
    sender.verify(&transfer());
    let begin = || sender.wallet.transfer_begin(card, &transfer(), sender.now).unwrap();
    let finish = |token, signature: &[u8; 64]| sender.wallet.transfer_finish(token, signature, sender.now);
    let asked = begin();
    assert_eq!(finish(asked.token, &sender.platform.sign(&[7; 32])), Err(error(Error::SignatureWrong)));
    let signature = sender.platform.sign(&asked.digest);
    assert_eq!(finish(asked.token, &signature), Err(error(Error::NotBegun)), "it is over");
    let (first, second) = (begin(), begin());
    assert_ne!(first.digest, second.digest, "each has a number of its own");
    assert_eq!(finish(first.token, &sender.platform.sign(&first.digest)), Err(error(Error::NotBegun)));
    assert_eq!(finish(second.token, &sender.platform.sign(&second.digest)), Err(error(Error::NotBegun)));
    assert_eq!(sender.rows(), []);
    let asked = begin();
    let signature = sender.platform.sign(&asked.digest);
    assert!(finish(asked.token, &signature).is_ok());
    assert_eq!(finish(asked.token, &signature), Err(error(Error::NotBegun)));
    assert_eq!(sender.rows().len(), 1);
}

#[test]
fn a_card_that_may_not_pay_transfers_nothing() {
    let mut sender = Sender::new();
    let card = sender.card();
    let tries = |sender: &mut Sender, reason| {
        assert_eq!(sender.ask(&transfer()), Err(refused(reason)));
        assert_eq!(sender.rows(), []);
    };
    sender.wallet.freeze(card, sender.now).unwrap();
    tries(&mut sender, Reason::Frozen);
    sender.unfreeze();
    sender.order(|issuer, holder, random| issuer.suspend(holder, random));
    tries(&mut sender, Reason::CardNotActive);
    sender.order(|issuer, holder, random| issuer.resume(holder, random));
    let limits = MostPaid { currency: 978, single: 100_000, total: 100_000 };
    let limits = TemporaryUse { amounts: vec![limits], ..TemporaryUse::default() };
    sender.verify_for(Scope::Card(card));
    sender.wallet.limit_use(card, Some(limits), sender.now).unwrap();
    tries(&mut sender, Reason::OverHolderLimit);
    sender.verify_for(Scope::Card(card));
    sender.wallet.limit_use(card, None, sender.now).unwrap();
    assert!(sender.pay().is_ok());
    sender.now.wall_ms -= 3_600_000;
    tries(&mut sender, Reason::ClockSetBack);
}

#[test]
fn a_card_that_waits_transfers_nothing_and_one_that_is_not_there_neither() {
    let mut sender = Sender(EnrolledWallet::new());
    sender.install("kernel3-everyday", 3, 1);
    assert_eq!(sender.ask(&transfer()), Err(refused(Reason::CardNotActive)));
    let card = sender.card();
    sender.verify(&transfer());
    sender.wallet.delete(card).unwrap();
    assert_eq!(sender.wallet.transfer_begin(card, &transfer(), sender.now), Err(error(Error::UnknownCard)));
}

#[test]
fn a_card_that_ends_between_the_two_steps_transfers_nothing() {
    let mut sender = Sender::new();
    sender.verify(&transfer());
    let asked = sender.wallet.transfer_begin(sender.card(), &transfer(), sender.now).unwrap();
    let signature = sender.platform.sign(&asked.digest);
    sender.wallet.freeze(sender.card(), sender.now).unwrap();
    let finished = sender.wallet.transfer_finish(asked.token, &signature, sender.now);
    assert!(matches!(finished, Err(NotPaid::Refused(Reason::Frozen | Reason::NotVerified))), "{finished:?}");
    assert_eq!(sender.rows(), []);
}

#[test]
fn a_transfer_to_the_card_itself_is_refused_however_its_number_is_grouped() {
    let mut sender = Sender::new();
    let description = sender.issuer.describe("kernel3-everyday").unwrap();
    let digits = description.token.digits().to_owned();
    let grouped = digits.as_bytes().chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join(" ");
    for payee in [digits, grouped] {
        let to_oneself = Transfer::new(&TransferTerms { payee, ..terms() }).unwrap();
        assert_eq!(sender.ask(&to_oneself), Err(error(Error::ToOneself)));
    }
    assert_eq!(sender.rows(), []);
}

#[test]
fn an_older_copy_of_the_wallet_transfers_nothing_until_the_issuer_has_answered() {
    let mut sender = Sender::new();
    let older = sender.disk.medium();
    let first = sender.ask(&transfer()).unwrap();
    sender.disk_is(Disk::of(older), false);
    assert!(sender.wallet.is_rolled_back());
    assert_eq!(sender.ask(&of(1)), Err(refused(Reason::RolledBack)));
    sender.ask_next();
    sender.unfreeze();
    let second = sender.ask(&of(1)).unwrap();
    assert!(second.number > first.number, "its number is above all that were given");
}

#[test]
fn a_number_that_an_older_copy_gives_again_is_for_the_issuer_to_notice_where_its_mark_is_put_back_too() {
    let mut sender = Sender::new();
    let (older, mark) = (sender.disk.medium(), sender.platform.mark);
    let requests = [transfer(), of(1)].map(|transfer| {
        sender.platform.mark = mark;
        sender.disk_is(Disk::of(older.clone()), false);
        assert!(!sender.wallet.is_rolled_back(), "the phone cannot know");
        sender.ask(&transfer).unwrap()
    });
    assert_eq!(requests[0].number, requests[1].number);
    let verdicts = requests.map(|request| sender.verdict(&request.bytes));
    assert_eq!(verdicts, [Verdict::Valid, Verdict::TransferNumberUsed]);
}
