//! The issuer's notices: they settle rows of the journal, in any order and as often as they come. And what a mistaken issuer gets by
//! them; a forger and a replayer: [`crate::attacks`].

use crate::enrolled_wallet::EnrolledWallet;
use hcepay_core::{Amount, CardState, ContentError, DeclineReason, Error, Outcome, Purpose, Row, Settled, Settlement};
use hcepay_desk::disk::Disk;
use hcepay_desk::phone::NEW_YEAR;
use hcepay_tests::bytes::from_hex;
use hcepay_tests::issuer::key_entry::Channel;
use hcepay_tests::issuer::notices::{DeclineReason as Why, Event, Notice};
use hcepay_tests::issuer::seal::Purpose as For;
use hcepay_tests::issuer::verification::Verdict;

const AID: &str = "A0000000031010";

/// With a card and keys for so many payments.
fn with_keys(keys: u16) -> EnrolledWallet {
    let mut holder = EnrolledWallet::new();
    holder.install("kernel3-cvn18", 0, keys);
    holder
}

/// With so many payments made.
pub fn that_paid(times: u16) -> EnrolledWallet {
    let mut holder = with_keys(times + 1);
    (0..times).for_each(|_| assert_eq!(holder.pay(), Ok(Verdict::Valid)));
    holder
}

/// What became of the card's payment with this counter, so many minutes later.
pub fn notice(holder: &EnrolledWallet, atc: u16, event: Event, minutes: u64) -> Notice {
    Notice {
        card: holder.card().number(),
        aid: from_hex(AID).unwrap(),
        channel: Channel::Tap,
        atc,
        event,
        wall_ms: NEW_YEAR.wall_ms + minutes * 60_000,
        amount_minor: 1250,
        currency: 978,
        merchant: String::new(),
    }
}

pub fn notify(holder: &mut EnrolledWallet, told: &[Notice]) {
    let envelope = holder.issuer.notify(&holder.id, told, &mut holder.random).unwrap();
    let applied = holder.apply(&envelope).unwrap();
    assert_eq!((applied.purpose, applied.card), (Purpose::Notices, None));
}

pub fn rows(holder: &EnrolledWallet) -> Vec<Row> {
    holder.wallet.journal(None, usize::MAX)
}

fn settled(row: &Row) -> Vec<Settled> {
    row.settlements.iter().map(|settlement| settlement.settled).collect()
}

#[test]
fn several_notices_in_one_envelope_settle_the_rows_of_their_payments() {
    let mut holder = that_paid(3);
    let cafe = Notice { merchant: "Café Löwe".to_owned(), ..notice(&holder, 1, Event::Approved, 1) };
    let cleared = Notice { amount_minor: 1300, ..notice(&holder, 1, Event::Cleared, 60) };
    let declined = notice(&holder, 3, Event::Declined(Why::InsufficientFunds), 2);
    notify(&mut holder, &[cafe, declined, cleared]);
    let rows = rows(&holder);
    assert_eq!(rows.len(), 3, "none of its own");
    let [third, second, first] = &rows[..] else { panic!() };
    assert_eq!(settled(third), [Settled::Declined(DeclineReason::InsufficientFunds)]);
    assert_eq!((settled(second), &second.merchant), (vec![], &None));
    assert_eq!(
        (settled(first), first.merchant.as_deref()),
        (vec![Settled::Approved, Settled::Cleared], Some("Café Löwe"))
    );
    let Settlement { at_ms, amount, atc, .. } = first.settlements[1];
    assert_eq!((at_ms, amount, atc.number()), (NEW_YEAR.wall_ms + 3_600_000, Amount { minor: 1300, currency: 978 }, 1));
    assert_eq!(first.report.amount_minor, Some(1250), "what the card knows is not rewritten");
    holder.reopen();
    assert_eq!(self::rows(&holder), rows);
}

#[test]
fn every_kind_is_told_by_its_name() {
    let mut holder = that_paid(1);
    let why =
        [Why::NotTold, Why::InsufficientFunds, Why::OverLimit, Why::Blocked, Why::SuspectedFraud, Why::NotVerified];
    let of_why = [
        DeclineReason::NotTold,
        DeclineReason::InsufficientFunds,
        DeclineReason::OverLimit,
        DeclineReason::Blocked,
        DeclineReason::SuspectedFraud,
        DeclineReason::NotVerified,
    ];
    for (minutes, (why, of_why)) in (1..).zip(why.into_iter().zip(of_why)) {
        let told = notice(&holder, 1, Event::Declined(why), minutes);
        notify(&mut holder, &[told]);
        assert_eq!(settled(&rows(&holder)[0]), [Settled::Declined(of_why)], "the latest of each kind");
    }
    let events = [Event::Approved, Event::Cleared, Event::Refunded, Event::Reversed, Event::AmountChanged];
    let told: Vec<Notice> = (10..).zip(events).map(|(minutes, event)| notice(&holder, 1, event, minutes)).collect();
    notify(&mut holder, &told);
    let names: Vec<&str> = rows(&holder)[0].settlements.iter().map(|settlement| settlement.settled.name()).collect();
    assert_eq!(names, ["declined", "approved", "cleared", "refunded", "reversed", "amount-changed"]);
}

#[test]
fn notices_come_in_any_order_and_any_number_of_times_to_the_same() {
    let told = |holder: &EnrolledWallet| {
        let one = notice(holder, 1, Event::Approved, 1);
        let two = Notice { amount_minor: 100, merchant: "Kiosk".to_owned(), ..notice(holder, 1, Event::Refunded, 5) };
        let three = Notice { amount_minor: 300, ..notice(holder, 1, Event::Refunded, 9) };
        let same_time = Notice { amount_minor: 301, merchant: "Laden".to_owned(), ..three.clone() };
        [one, two, three, same_time]
    };
    let mut orders = Vec::new();
    for order in permutations(4) {
        let mut holder = that_paid(1);
        let told = told(&holder);
        for place in &order {
            notify(&mut holder, &[told[*place].clone()]);
        }
        notify(&mut holder, &[told[order[0]].clone(), told[order[2]].clone(), told[order[2]].clone()]);
        orders.push(rows(&holder));
    }
    assert_eq!(orders.len(), 24);
    assert!(orders.iter().all(|rows| *rows == orders[0]), "{orders:?}");
    let amounts: Vec<u64> = orders[0][0].settlements.iter().map(|settlement| settlement.amount.minor).collect();
    assert_eq!((amounts, orders[0][0].merchant.as_deref()), (vec![1250, 301], Some("Laden")));
}

/// All orders of so many.
fn permutations(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let shorter = permutations(count - 1);
    let with = |order: &Vec<usize>, at: usize| {
        let mut order = order.clone();
        order.insert(at, count - 1);
        order
    };
    shorter.iter().flat_map(|order| (0..count).map(move |at| with(order, at))).collect()
}

/// The holder verifies, and a terminal gets a cryptogram. The field is still there.
fn ask(holder: &mut EnrolledWallet) {
    let released = Some(holder.platform.authenticated());
    holder.wallet.arm(holder.now, hcepay_core::Method::Biometric, 30_000, released).unwrap();
    holder.keep_mark();
    for command in [
        "00A4040007A000000003101000",
        "80A8000023832132804000000000001250000000000000027600000000000978260101001122334400",
    ] {
        holder.wallet.process(holder.now, &from_hex(command).unwrap());
    }
}

#[test]
fn a_notice_that_comes_before_the_contact_has_ended_settles_its_row() {
    for killed in [false, true] {
        let mut holder = with_keys(3);
        ask(&mut holder);
        assert!(holder.wallet.gave_cryptogram());
        let told = notice(&holder, 1, Event::Approved, 0);
        notify(&mut holder, &[told]);
        let [of_notice] = &rows(&holder)[..] else { panic!("its own row until then") };
        let number = of_notice.id;
        // What the contact spends from now on is the contact's too.
        ask(&mut holder);
        if !killed {
            assert_ne!(holder.wallet.deactivated(holder.now).id, Some(number), "the contact keeps its own number");
        }
        holder.reopen();
        let [row] = &rows(&holder)[..] else { panic!("one row: {:?}", rows(&holder)) };
        assert_ne!(row.id, number);
        assert_eq!(settled(row), [Settled::Approved]);
        let paid: Vec<u16> = row.report.attempts.iter().map(|attempt| attempt.atc.unwrap().number()).collect();
        assert_eq!(paid, [1, 2], "what the card knows");
        assert_eq!(holder.wallet.reports(), std::slice::from_ref(&row.report));
    }
}

#[test]
fn a_payment_whose_row_a_power_loss_took_gets_one_by_its_notice() {
    let mut holder = with_keys(3);
    let before = Disk::of(holder.disk.medium().synced());
    assert_eq!(holder.pay_armed_with(Some(holder.platform.authenticated())), Ok(Verdict::Valid));
    // All that was not on the medium is gone; the leased key was burned.
    let mark = holder.platform.mark;
    holder.disk = before;
    holder.now.boot_count += 1;
    holder.platform.mark = 0;
    holder.reopen();
    holder.platform.mark = mark.min(holder.wallet.mark());
    assert_eq!(rows(&holder), []);
    let told = Notice { merchant: "Kiosk".to_owned(), ..notice(&holder, 1, Event::Approved, 3) };
    notify(&mut holder, &[told]);
    let found = rows(&holder);
    let [row] = &found[..] else { panic!("a row of its own") };
    assert_eq!((row.report.outcome, row.report.reason, row.report.attempts.len()), (Outcome::Unknown, None, 0));
    assert_eq!((row.report.amount_minor, row.report.currency), (Some(1250), Some(978)));
    assert_eq!((row.report.at_ms, row.report.atc.unwrap().number()), (NEW_YEAR.wall_ms + 180_000, 1));
    assert_eq!(row.merchant.as_deref(), Some("Kiosk"));
    holder.reopen();
    assert_eq!(rows(&holder), found);
    assert_eq!(holder.wallet.reports(), [], "no contact is reported that was not");
}

#[test]
fn no_notice_brings_back_what_the_holder_deleted() {
    let mut holder = that_paid(3);
    let second = rows(&holder)[1].id;
    holder.wallet.delete_row(second).unwrap();
    let told: Vec<Notice> = (1..=3).map(|atc| notice(&holder, atc, Event::Cleared, 9)).collect();
    notify(&mut holder, &told);
    for _ in 0..2 {
        let found = rows(&holder);
        assert_eq!(found.iter().map(|row| row.report.atc.unwrap().number()).collect::<Vec<_>>(), [3, 1]);
        assert!(found.iter().all(|row| settled(row) == [Settled::Cleared]), "those that stay are settled");
        crate::checkout::grow_until_compacted(&holder.wallet, holder.now);
        holder.keep_mark();
        holder.reopen();
        notify(&mut holder, &told);
    }
}

#[test]
fn rows_of_a_deleted_card_stay_and_are_settled_and_no_more_are_made() {
    let mut holder = that_paid(2);
    let told: Vec<Notice> = (1..=2).map(|atc| notice(&holder, atc, Event::Refunded, 9)).collect();
    let never = notice(&holder, 9, Event::Approved, 9);
    let first = rows(&holder)[1].id;
    holder.wallet.delete_row(first).unwrap();
    holder.wallet.delete(holder.card()).unwrap();
    notify(&mut holder, &[told[0].clone(), told[1].clone(), never]);
    let found = rows(&holder);
    assert_eq!((found.len(), settled(&found[0])), (1, vec![Settled::Refunded]));
}

#[test]
fn a_notice_moves_no_counter_no_card_and_no_key() {
    let mut holder = that_paid(1);
    let before = holder.wallet.card(holder.card(), NEW_YEAR.wall_ms).unwrap();
    let told = notice(&holder, 1, Event::Declined(Why::Blocked), 1);
    notify(&mut holder, &[told]);
    assert_eq!(holder.wallet.card(holder.card(), NEW_YEAR.wall_ms).unwrap(), before);
    assert_eq!(before.state, CardState::Active, "only a suspension suspends");
    assert_eq!(holder.pay(), Ok(Verdict::Valid));
}

#[test]
fn a_notice_that_is_wrong_has_an_error_of_its_own_and_nothing_is_changed_by_its_envelope() {
    let mut holder = that_paid(2);
    let good = notice(&holder, 1, Event::Approved, 1).content().unwrap();
    let (before, log) = (rows(&holder), holder.log());
    let with = |at: usize, bytes: &[u8]| {
        let mut wrong = good.clone();
        wrong[at..at + bytes.len()].copy_from_slice(bytes);
        wrong
    };
    let named = |name: &[u8]| [&good[..good.len() - 1], &[u8::try_from(name.len()).unwrap()], name].concat();
    let wrong = [
        (with(0, &[0; 4]), Error::Content(ContentError::CardMissing)),
        (with(0, &[0, 0, 0, 99]), Error::UnknownCard),
        (with(4, &[4]), Error::Content(ContentError::ApplicationName)),
        (with(12, &[9]), Error::Content(ContentError::UnknownChannel)),
        (with(13, &[0, 0]), Error::Content(ContentError::AtcOutOfRange)),
        (with(13, &[0, 3]), Error::Content(ContentError::CounterUnused)),
        (with(12, &[2]), Error::Content(ContentError::CounterUnused)),
        (with(15, &[7]), Error::Content(ContentError::UnknownNotice)),
        (with(16, &[1]), Error::Content(ContentError::NoticeReason)),
        (with(15, &[2, 0]), Error::Content(ContentError::NoticeReason)),
        (with(15, &[2, 7]), Error::Content(ContentError::NoticeReason)),
        (with(33, &[0x03, 0xE8]), Error::Content(ContentError::NoticeCurrency)),
        (named(&[b'x'; 65]), Error::Content(ContentError::MerchantName)),
        (named(&[0xFF]), Error::Content(ContentError::MerchantName)),
        (good[..good.len() - 1].to_vec(), Error::Content(ContentError::Truncated)),
        ([good.as_slice(), &[0]].concat(), Error::Content(ContentError::TrailingBytes)),
    ];
    for (wrong, error) in wrong {
        // Behind a good one: either both or none.
        let content = [&[2], good.as_slice(), &wrong].concat();
        assert_eq!(holder.apply_content(For::Notices, 0, &content), Err(error), "{wrong:02X?}");
        assert_eq!((rows(&holder), holder.log()), (before.clone(), log.clone()), "{error}");
    }
    for count in [0, 33] {
        let content = [&[count], good.repeat(count.into()).as_slice()].concat();
        let refused = holder.apply_content(For::Notices, 0, &content);
        assert_eq!((refused, holder.log()), (Err(Error::Content(ContentError::NoticeCount)), log.clone()));
    }
    let most = [&[32], good.repeat(32).as_slice()].concat();
    assert!(holder.apply_content(For::Notices, 0, &most).is_ok());
}

#[test]
fn a_merchant_s_name_is_harmless_whoever_sends_it() {
    let mut holder = that_paid(1);
    let told = Notice { merchant: "Bank\u{202E}\u{1B}[2J".to_owned(), ..notice(&holder, 1, Event::Approved, 1) };
    notify(&mut holder, &[told]);
    assert_eq!(rows(&holder)[0].merchant.as_deref(), Some("Bank\u{FFFD}\u{FFFD}[2J"));
}
