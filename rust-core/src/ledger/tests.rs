//! The ledger alone, where no tap shows what happens in it: keys that are opened outside of the lock, or dropped while they
//! are open.

use tempfile::TempDir;

use super::files::Files;
use super::*;
use crate::card::life_cycle::CardState;
use crate::card::payment::Payment;
use crate::card::policy::Policy;
use crate::emv::amount::Amount;
use crate::keys::issuer_key::IssuerKey;
use crate::keys::payment_key::KeyTerms;
use crate::keys::ratchet::Seed;
use crate::ledger::compaction::Compaction;
use crate::ledger::record::Dropped;

const NOW: Now = Now { boot_count: 1, boot_ms: 1000, wall_ms: 1000 };
const CARD: CardId = CardId(1);

fn aid() -> Aid {
    Aid::new(&[0xF0, 0x48, 0x43, 0x45, 0x50]).unwrap()
}

/// A ledger in a directory, which goes with the first of what is given, with a card whose keys come from a seed. The holder
/// has verified.
fn ledger() -> (TempDir, Ledger, Randomness) {
    let directory = tempfile::tempdir().unwrap();
    let mut counter = 0;
    let mut randomness: Randomness = Box::new(move |buffer| {
        counter = u8::wrapping_add(counter, 1);
        buffer.fill(counter);
    });
    let released = AgreementKey::draw(&mut randomness);
    let issuer = IssuerKey::new(&AgreementKey::draw(&mut randomness).point().bytes()).unwrap();
    let identity = Identity { authenticated: Some(released.point().clone()), ..Identity::new(issuer, &mut randomness) };
    let files = Arc::new(Files::lock(directory.path()).unwrap());
    let mut ledger = Ledger::create(files, StoreKey::new(Box::new([7; 32])), identity, NOW, &mut randomness).unwrap();
    let token = TokenDigest([0; 16]);
    let terms = KeyTerms {
        aid: aid().bytes().to_vec(),
        channel: Channel::Tap,
        first_atc: 1,
        uses: 5,
        not_before_ms: 0,
        not_after_ms: u64::MAX,
        derivation_data: None,
        limits: Vec::new(),
    };
    let key = PaymentKey::of_seed(&terms, Seed::new(Box::new([9; 32]))).unwrap();
    let policy = Policy { protection: Protection::Authenticated, ..Policy::UNSEALED };
    let (state, codes, profile) = (CardState::Active, 0, Vec::new());
    let card = Record::Card { card: CARD, state, codes, policy, token, profile };
    ledger.write(vec![card, Record::Key { card: CARD, paid: Vec::new(), key }]).unwrap();
    ledger.bring(Protection::Authenticated, Some(Arc::new(released)));
    (directory, ledger, randomness)
}

#[test]
fn a_key_that_is_opened_after_a_tap_has_spent_it_is_not_leased_again() {
    let (_directory, ledger, randomness) = &mut ledger();
    let sequence = Sequence::of_taps(CARD, aid());
    let late = ledger.want_leases(&[sequence], NOW, randomness).unwrap();
    assert_eq!(late.len(), 1);
    // The terminal comes first.
    let amount = Amount { minor: 1, currency: 978 };
    let payment = Payment { aid: aid(), amount, merchant_category: None };
    let lease = ledger.lease(CARD, &payment, NOW, randomness).unwrap();
    let spent = ledger.consume(lease, amount, true, NOW, randomness).unwrap();
    assert_eq!(spent.atc(), Atc::new(1).unwrap());
    let length = ledger.length();
    let opened = late.into_iter().map(open_keys::ToOpen::open).collect();
    ledger.opened(opened, NOW).unwrap();
    assert_eq!((ledger.length(), ledger.open_keys.count()), (length, 0));
    let lease = ledger.lease(CARD, &payment, NOW, randomness).unwrap();
    assert_eq!(ledger.consume(lease, amount, true, NOW, randomness).unwrap().atc(), Atc::new(2).unwrap());
}

#[test]
fn keys_that_are_dropped_are_open_no_more() {
    let drops = [
        Record::KeysDropped { card: CARD, why: Dropped::Replaced },
        Record::CardDeleted(CARD),
        Record::Applied {
            sequence: 1,
            digest: [0; 32],
            effects: vec![Record::KeysDropped { card: CARD, why: Dropped::Replaced }],
        },
    ];
    for drop in drops {
        let (_directory, ledger, randomness) = &mut ledger();
        let wanted = ledger.want_leases(&[Sequence::of_taps(CARD, aid())], NOW, randomness).unwrap();
        ledger.opened(wanted.into_iter().map(open_keys::ToOpen::open).collect(), NOW).unwrap();
        assert_eq!(ledger.open_keys.count(), 1);
        ledger.write(vec![drop]).unwrap();
        assert_eq!(ledger.open_keys.count(), 0);
    }
}

#[test]
fn a_log_that_is_written_anew_ends_with_the_number_of_the_one_that_it_may_give_way_to() {
    let (_directory, ledger, randomness) = &mut ledger();
    let last = ledger.log.last_number();
    let mut written_anew = ledger.replacement(Compaction::Resynchronised, randomness).unwrap().unwrap();
    written_anew.write().unwrap();
    assert!(ledger.put_in_place(written_anew).unwrap());
    assert_eq!(ledger.log.last_number(), last);
}
