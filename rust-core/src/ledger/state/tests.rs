//! What the ledger's state makes of its records, where no tap shows it.

use super::*;
use crate::ledger::key_sequence::Use;

const DAY_MS: u64 = 24 * 3_600_000;

fn paid_at(wall_ms: u64, atc: u16) -> Record {
    let aid = Aid::new(&[0xA0, 0, 0, 0, 3, 0x10, 0x10]).unwrap();
    let spent = Use { sequence: Sequence::of_taps(CardId(1), aid), atc: Atc::new(atc).unwrap() };
    Record::Consumed { contact: 1, spent, amount: Amount { minor: 1, currency: 978 }, wall_ms, verified: true }
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
