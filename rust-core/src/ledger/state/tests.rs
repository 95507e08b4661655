//! What the ledger's state makes of its records, where no tap shows it.

use super::*;
use crate::keys::payment_key::KeyTerms;
use crate::keys::secret::SecretKey;
use crate::ledger::key_sequence::Use;

const DAY_MS: u64 = 24 * 3_600_000;

fn paid_at(wall_ms: u64, atc: u16) -> Record {
    let aid = Aid::new(&[0xA0, 0, 0, 0, 3, 0x10, 0x10]).unwrap();
    let spent = Use { sequence: Sequence::of_taps(CardId(1), aid), atc: Atc::new(atc).unwrap() };
    Record::Consumed { contact: 1, spent, amount: Amount { minor: 1, currency: 978 }, wall_ms, verified: true }
}

fn key_of_uses(first_atc: u16, uses: u16, not_after_ms: u64) -> Record {
    let terms = KeyTerms {
        aid: vec![0xA0, 0, 0, 0, 3, 0x10, 0x10],
        channel: Channel::Tap,
        first_atc,
        uses,
        not_before_ms: 0,
        not_after_ms,
        derivation_data: None,
        limits: Vec::new(),
    };
    let key = PaymentKey::new(&terms, SecretKey::new(Box::new([7; 16]))).unwrap();
    Record::Key { card: CardId(1), paid: Vec::new(), key }
}

/// Keys that overlap are refused when they come. Here they are in the ledger nevertheless.
#[test]
fn no_counter_is_given_again_where_the_uses_of_keys_overlap() {
    let token = TokenDigest([0; 16]);
    let (state, policy, profile) = (CardState::Active, Policy::UNSEALED, Vec::new());
    let card = Record::Card { card: CardId(1), state, codes: 0, policy, token, profile };
    let mut ledger = LedgerState::default();
    // The first is over in the middle of its uses.
    for (record, number) in [card, key_of_uses(1, 5, 1000), key_of_uses(3, 6, u64::MAX)].into_iter().zip(1..) {
        ledger.apply(record, number);
    }
    let sequence = Sequence::of_taps(CardId(1), Aid::new(&[0xA0, 0, 0, 0, 3, 0x10, 0x10]).unwrap());
    let mut given = Vec::new();
    for wall_ms in (0..12).map(|step| step * 300) {
        let Ok(next) = ledger.next_use(&sequence, wall_ms) else { continue };
        given.push(next.one_use.atc);
        ledger.apply(paid_at(wall_ms, next.one_use.atc.number()), 9);
    }
    assert!(given.is_sorted_by(|one, next| one < next), "{given:?}");
    assert_eq!(given[..4], [1, 2, 3, 4].map(|number| Atc::new(number).unwrap()));
}

fn rate(times: impl IntoIterator<Item = u64>) -> (u32, u64) {
    let mut state = LedgerState::default();
    for (wall_ms, atc) in times.into_iter().zip(1..) {
        state.apply(paid_at(wall_ms, atc), atc.into());
    }
    let rate = state.used[&CardId(1)].rate;
    (rate.uses, rate.since_ms)
}

#[test]
fn uses_are_counted_from_the_first_on() {
    assert_eq!(rate([5 * DAY_MS]), (1, 5 * DAY_MS));
    assert_eq!(rate([5 * DAY_MS, 6 * DAY_MS, 9 * DAY_MS]), (3, 5 * DAY_MS));
    assert_eq!(rate([5 * DAY_MS, 65 * DAY_MS]), (2, 5 * DAY_MS), "sixty days are not too long");
}

#[test]
fn after_sixty_days_all_that_was_counted_is_halved_and_so_is_its_time() {
    let days = |days: &[u64]| rate(days.iter().map(|day| day * DAY_MS));
    assert_eq!(days(&[0, 1, 2, 3, 4, 61]), (3, 61 * DAY_MS / 2));
    // Halved once more only when sixty days have passed since the new beginning.
    assert_eq!(days(&[0, 1, 2, 3, 4, 61, 62]), (4, 61 * DAY_MS / 2));
    assert_eq!(days(&[0, 1, 2, 3, 4, 61, 91]).0, 2, "91 days less 30.5 are more than sixty");
}
