#![allow(clippy::arithmetic_side_effects, reason = "the numbers are ours")]

use super::*;
use crate::card::recognition::ExpiryMonth;

const NOW: u64 = 1_700_000_000_000;

/// So many keys of one use, ten days old, with twenty days ahead.
fn keys(count: u16) -> Vec<KeyLeft> {
    (0..count).map(|_| ending(1, 20)).collect()
}

/// A key of so many uses, ten days old, with so many days ahead.
fn ending(uses: u16, days: u64) -> KeyLeft {
    KeyLeft { uses, not_before_ms: NOW - 10 * DAY_MS, not_after_ms: NOW + days * DAY_MS }
}

/// An active card's stock that asks at two, of a holder who has not paid yet.
fn stock(keys: Vec<KeyLeft>) -> Stock {
    Stock {
        state: CardState::Active,
        rolled_back: false,
        has_spend_key: true,
        keys_lost: false,
        ask_at: 2,
        keys,
        counters_left: 0xFFFE,
        made: 0,
        since_ms: NOW,
    }
}

fn advised(stock: &Stock) -> (Ask, Why) {
    let Advice { ask, why, .. } = stock.need(NOW).advice;
    (ask, why)
}

#[test]
fn the_policy_says_when_few_are_left() {
    assert_eq!(advised(&stock(keys(0))), (Ask::Now, Why::NoKeysLeft));
    assert_eq!(advised(&stock(keys(1))), (Ask::Now, Why::FewKeysLeft));
    assert_eq!(advised(&stock(keys(2))), (Ask::Now, Why::FewKeysLeft));
    assert_eq!(advised(&stock(keys(3))), (Ask::Soon, Why::FewKeysLeft));
    assert_eq!(advised(&stock(keys(4))), (Ask::Soon, Why::FewKeysLeft));
    assert_eq!(advised(&stock(keys(5))), (Ask::No, Why::Enough));
    let at_nothing = |count| advised(&Stock { ask_at: 0, ..stock(keys(count)) });
    assert_eq!(at_nothing(0), (Ask::Now, Why::NoKeysLeft));
    assert_eq!(at_nothing(1), (Ask::No, Why::Enough));
}

#[test]
fn the_uses_of_limited_use_keys_and_seeds_count_as_so_many() {
    let advice = stock(vec![ending(5, 20), ending(1000, 20)]).need(NOW).advice;
    assert_eq!((advice.uses_left, advice.ask), (1005, Ask::No));
}

#[test]
fn in_the_last_quarter_of_their_life_keys_are_to_be_replaced() {
    // A life of 40 days: the last quarter begins 10 days before its end.
    let of_forty_days =
        |ahead_ms| KeyLeft { uses: 1, not_before_ms: NOW + ahead_ms - 40 * DAY_MS, not_after_ms: NOW + ahead_ms };
    assert_eq!(advised(&stock(vec![of_forty_days(10 * DAY_MS + 1); 10])), (Ask::No, Why::Enough));
    assert_eq!(advised(&stock(vec![of_forty_days(10 * DAY_MS); 10])), (Ask::Now, Why::KeysExpireSoon));

    let few_fresh = [vec![of_forty_days(DAY_MS); 10], vec![of_forty_days(30 * DAY_MS); 2]].concat();
    assert_eq!(advised(&stock(few_fresh)), (Ask::Now, Why::KeysExpireSoon));
    let some_fresh = [vec![of_forty_days(DAY_MS); 10], vec![of_forty_days(30 * DAY_MS); 4]].concat();
    assert_eq!(advised(&stock(some_fresh)), (Ask::Soon, Why::KeysExpireSoon));
    let enough_fresh = [vec![of_forty_days(DAY_MS); 10], vec![of_forty_days(30 * DAY_MS); 5]].concat();
    assert_eq!(advised(&stock(enough_fresh)), (Ask::No, Why::Enough));
}

#[test]
fn what_is_advised_is_wanted_and_keys_near_their_end_are_renewed() {
    let of_thirty_days = KeyLeft { uses: 1, not_before_ms: NOW, not_after_ms: NOW + 30 * DAY_MS };
    let full = stock(vec![of_thirty_days; 10]);
    let on_day = |day| full.need(NOW + day * DAY_MS);
    assert_eq!((on_day(22).advice.ask, on_day(22).want), (Ask::No, 0));
    // The last quarter: seven and a half days.
    let dying = on_day(23);
    assert_eq!((dying.advice.ask, dying.advice.why, dying.want), (Ask::Now, Why::KeysExpireSoon, 10));
    assert_eq!(dying.advice.uses_left, 10, "they can be used until they are over");
    let renewed = KeyLeft { not_before_ms: NOW + 23 * DAY_MS, not_after_ms: NOW + 53 * DAY_MS, ..of_thirty_days };
    let both = stock([vec![of_thirty_days; 10], vec![renewed; 10]].concat());
    let need = both.need(NOW + 23 * DAY_MS);
    assert_eq!((need.advice.ask, need.want, need.advice.uses_left), (Ask::No, 0, 20));
}

#[test]
fn a_stock_is_full_with_ten_or_what_the_policy_or_a_week_wants_and_never_with_more_than_32() {
    let want = |ask_at, made| Stock { ask_at, made, since_ms: NOW - 10 * DAY_MS, ..stock(keys(0)) }.need(NOW).want;
    assert_eq!([0, 2, 4].map(|ask_at| want(ask_at, 0)), [10; 3]);
    assert_eq!([5, 12, 13, u16::MAX].map(|ask_at| want(ask_at, 0)), [12, 30, 32, 32]);
    // One, two, three, five a day.
    assert_eq!([10, 20, 30, 50].map(|made| want(2, made)), [10, 14, 21, 32]);
    assert_eq!(want(2, 21), 15, "a fifteenth is begun within the week");
    assert_eq!(want(8, 20), 20, "the greatest of them");
    let missing = |count| stock(keys(count)).need(NOW).want;
    assert_eq!([1, 9, 10, 11].map(missing), [9, 1, 0, 0]);
}

#[test]
fn advice_that_asking_cannot_meet_is_not_given() {
    // Eleven a day: even a full stock does not last for three days.
    let paying = |left| Stock { made: 110, since_ms: NOW - 10 * DAY_MS, ..stock(keys(left)) }.need(NOW);
    assert_eq!((paying(31).advice.ask, paying(31).want), (Ask::Soon, 1));
    assert_eq!((paying(32).advice.ask, paying(32).advice.why, paying(32).want), (Ask::No, Why::Enough, 0));
    // A policy that asks where 40 are left.
    let wary = |left| Stock { ask_at: 40, ..stock(keys(left)) }.need(NOW);
    assert_eq!((wary(31).advice.ask, wary(31).want), (Ask::Now, 1));
    assert_eq!((wary(32).advice.ask, wary(32).want), (Ask::No, 0));
    // A counter at its end: only a new card helps.
    let at_its_end = |left| Stock { counters_left: 0, ..stock(keys(left)) }.need(NOW);
    assert_eq!((at_its_end(0).advice.ask, at_its_end(0).advice.why), (Ask::No, Why::NoKeysLeft));
    assert_eq!((at_its_end(1).advice.ask, at_its_end(1).want), (Ask::No, 0));
    let near_its_end = Stock { counters_left: 3, ..stock(keys(0)) }.need(NOW);
    assert_eq!((near_its_end.advice.ask, near_its_end.want), (Ask::Now, 3));
}

#[test]
fn keys_that_are_dying_when_they_come_do_not_pile_up() {
    let dying = KeyLeft { uses: 1, not_before_ms: NOW - 30 * DAY_MS, not_after_ms: NOW + DAY_MS };
    let need = |held| stock(vec![dying; held]).need(NOW);
    assert_eq!((need(120).advice.ask, need(120).want), (Ask::Now, 8));
    assert_eq!((need(128).advice.ask, need(128).want), (Ask::No, 0));
    assert_eq!(stock(vec![dying; 128]).need(NOW + 2 * DAY_MS).want, 10, "those that are over take no room");
}

#[test]
fn a_key_is_good_in_the_millisecond_in_which_it_ends_and_not_in_the_next() {
    let stock = stock(vec![ending(1, 20)]);
    let end = NOW + 20 * DAY_MS;
    assert_eq!(stock.need(end).advice.uses_left, 1);
    assert_eq!(stock.need(end + 1).advice.uses_left, 0);
    assert_eq!(stock.need(end + 1).advice.why, Why::NoKeysLeft);
}

#[test]
fn keys_whose_life_has_yet_to_begin_are_not_asked_for_again() {
    let later = KeyLeft { uses: 1, not_before_ms: NOW + DAY_MS, not_after_ms: NOW + 30 * DAY_MS };
    assert_eq!(advised(&stock(vec![later; 10])), (Ask::No, Why::Enough));
}

#[test]
fn a_holder_who_pays_much_is_warned_three_days_ahead() {
    let paying = |left, made| Stock { made, since_ms: NOW - 10 * DAY_MS, ..stock(keys(left)) };
    // Three a day.
    assert_eq!(advised(&paying(9, 30)), (Ask::No, Why::Enough));
    assert_eq!(advised(&paying(8, 30)), (Ask::Soon, Why::FewKeysLeft));
    assert_eq!(paying(9, 30).need(NOW).advice.days_of_cover, Some(3));
    assert_eq!(paying(8, 30).need(NOW).advice.days_of_cover, Some(2));
    // One in ten days; but the keys end after twenty.
    assert_eq!(paying(9, 1).need(NOW).advice.days_of_cover, Some(20));
    assert_eq!(paying(1, 1).need(NOW).advice.days_of_cover, Some(10));
}

#[test]
fn the_first_payment_is_not_taken_for_a_rate_of_hundreds_a_day() {
    let paying = |since_ms| Stock { made: 1, since_ms, ..stock(keys(9)) }.need(NOW).advice;
    assert_eq!(paying(NOW - 1).days_of_cover, Some(9));
    assert_eq!(paying(NOW).days_of_cover, Some(9));
    // A clock set back since then.
    assert_eq!(paying(NOW + 5 * DAY_MS).days_of_cover, Some(9));
}

#[test]
fn cover_counts_what_can_be_used_before_it_ends() {
    let one_a_day =
        |keys| Stock { made: 10, since_ms: NOW - 10 * DAY_MS, ..stock(keys) }.need(NOW).advice.days_of_cover;
    // Ten uses that end in two days, and then five more.
    assert_eq!(one_a_day(vec![ending(10, 2), ending(5, 20)]), Some(7));
    assert_eq!(one_a_day(vec![ending(5, 20), ending(10, 2)]), Some(7));
    assert_eq!(one_a_day(vec![ending(10, 2)]), Some(2));
    assert_eq!(one_a_day(vec![ending(1000, 20)]), Some(20));
    assert_eq!(one_a_day(Vec::new()), Some(0));
}

#[test]
fn who_has_not_paid_yet_has_no_rate() {
    assert_eq!(stock(keys(10)).need(NOW).advice.days_of_cover, None);
    assert_eq!(stock(keys(0)).need(NOW).advice.days_of_cover, Some(0));
}

#[test]
fn a_card_that_is_not_active_asks_for_nothing() {
    for (state, why) in [(CardState::Waiting, Why::CardWaiting), (CardState::Suspended, Why::CardSuspended)] {
        for count in [0, 1, 10] {
            let stock = Stock { state, ..stock(keys(count)) };
            assert_eq!(advised(&stock), (Ask::No, why));
            assert_eq!(stock.need(NOW).want, 0);
            assert_eq!(stock.need(NOW).advice.uses_left, u32::from(count));
        }
    }
}

#[test]
fn keys_that_cannot_be_opened_are_as_none_and_asked_for() {
    let lost = Stock { keys_lost: true, ..stock(keys(10)) };
    assert_eq!(lost.need(NOW).want, 10);
    assert_eq!(
        lost.need(NOW).advice,
        Advice { uses_left: 0, days_of_cover: Some(0), ask: Ask::Now, why: Why::KeysLost, certificate: None }
    );
    let suspended = Stock { state: CardState::Suspended, ..lost };
    assert_eq!(advised(&suspended), (Ask::No, Why::CardSuspended));
}

#[test]
fn a_wallet_put_back_to_an_older_copy_asks_whatever_its_cards_say_they_are() {
    for state in [CardState::Waiting, CardState::Active, CardState::Suspended] {
        let back = Stock { rolled_back: true, state, ..stock(keys(10)) };
        assert_eq!(
            back.need(NOW).advice,
            Advice { uses_left: 0, days_of_cover: Some(0), ask: Ask::Now, why: Why::RolledBack, certificate: None }
        );
    }
}

/// Numbers that look random and are the same in each run (Knuth's MMIX generator).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn key(&mut self) -> KeyLeft {
        match self.below(20) {
            0 => KeyLeft { uses: u16::MAX, not_before_ms: 0, not_after_ms: u64::MAX },
            1 => KeyLeft { uses: 1, not_before_ms: u64::MAX, not_after_ms: 0 },
            _ => KeyLeft {
                uses: 1 + self.below(4) as u16,
                not_before_ms: NOW - self.below(30 * DAY_MS),
                not_after_ms: NOW - 2 * DAY_MS + self.below(30 * DAY_MS),
            },
        }
    }

    fn stock(&mut self) -> Stock {
        Stock {
            ask_at: self.below(6) as u16,
            keys: (0..self.below(12)).map(|_| self.key()).collect(),
            made: self.below(60) as u32,
            since_ms: NOW - self.below(20 * DAY_MS),
            ..stock(Vec::new())
        }
    }
}

#[test]
fn an_active_card_with_nothing_left_is_never_told_that_there_is_no_need() {
    let mut dice = Dice(1);
    for _ in 0..100_000 {
        let stock = dice.stock();
        let Need { advice, want } = stock.need(NOW);
        assert_eq!(advice.uses_left == 0, advice.why == Why::NoKeysLeft, "{stock:?}");
        assert!(advice.uses_left > stock.ask_at.into() || advice.ask == Ask::Now, "{stock:?}");
        assert!(advice.ask == Ask::No || want > 0, "{stock:?}");
        assert_eq!(advice.ask == Ask::No, advice.why == Why::Enough, "{stock:?}");
        assert!(advice.uses_left > 0 || advice.days_of_cover == Some(0), "{stock:?}");
    }
}

#[test]
fn more_uses_never_make_it_more_urgent_nor_the_cover_shorter() {
    let mut dice = Dice(2);
    for _ in 0..100_000 {
        let fewer = dice.stock();
        let mut more = fewer.clone();
        match more.keys.first_mut() {
            Some(key) if dice.below(2) == 0 => key.uses = key.uses.saturating_add(1),
            _ => more.keys.push(dice.key()),
        }
        let (with_fewer, with_more) = (fewer.need(NOW).advice, more.need(NOW).advice);
        assert!(with_more.uses_left >= with_fewer.uses_left);
        assert!(with_more.ask <= with_fewer.ask, "{fewer:?} {more:?}");
        assert!(with_more.days_of_cover >= with_fewer.days_of_cover || with_fewer.uses_left == 0, "{fewer:?} {more:?}");
    }
}

#[test]
fn waiting_alone_never_makes_it_less_urgent_for_who_does_not_pay() {
    let mut dice = Dice(3);
    for _ in 0..100_000 {
        let stock = Stock { made: 0, ..dice.stock() };
        let later = NOW + dice.below(40 * DAY_MS);
        assert!(stock.need(later).advice.ask >= stock.need(NOW).advice.ask, "{stock:?}");
    }
}

#[test]
fn no_number_is_too_large() {
    let endless = KeyLeft { uses: u16::MAX, not_before_ms: 0, not_after_ms: u64::MAX };
    for made in [0, 1, u32::MAX] {
        for since_ms in [0, u64::MAX] {
            for wall_ms in [0, NOW, u64::MAX] {
                let stock = Stock { ask_at: u16::MAX, keys: vec![endless; 3], made, since_ms, ..stock(Vec::new()) };
                assert_eq!(stock.need(wall_ms).advice.uses_left, 3 * u32::from(u16::MAX));
            }
        }
    }
}

#[test]
fn certificates_raise_what_is_asked_only_where_keys_do_not() {
    let end = |is_over| Some(CertificateEnd { month: ExpiryMonth { year: 2026, month: 2 }, is_over });
    let with = |ask, why, certificate| {
        let advice = Advice { uses_left: 5, days_of_cover: None, ask, why, certificate: None };
        let advice = advice.with_certificate(certificate);
        assert_eq!((advice.certificate, advice.uses_left), (certificate, 5), "it is told in any case");
        (advice.ask, advice.why)
    };
    for (ask, why, near, over) in [
        (Ask::No, Why::Enough, (Ask::Soon, Why::CertificateEnds), (Ask::Now, Why::CertificateOver)),
        (Ask::Soon, Why::FewKeysLeft, (Ask::Soon, Why::FewKeysLeft), (Ask::Now, Why::CertificateOver)),
        (Ask::Now, Why::NoKeysLeft, (Ask::Now, Why::NoKeysLeft), (Ask::Now, Why::NoKeysLeft)),
        (Ask::Now, Why::RolledBack, (Ask::Now, Why::RolledBack), (Ask::Now, Why::RolledBack)),
        (Ask::No, Why::CardSuspended, (Ask::No, Why::CardSuspended), (Ask::No, Why::CardSuspended)),
        (Ask::No, Why::NoKeysLeft, (Ask::No, Why::NoKeysLeft), (Ask::No, Why::NoKeysLeft)),
    ] {
        assert_eq!(with(ask, why, None), (ask, why));
        assert_eq!((with(ask, why, end(false)), with(ask, why, end(true))), (near, over), "{why:?}");
    }
}
