//! Terminals that lie, repeat themselves or ask without end, and who stands between terminal and phone.

use super::{
    Became, DAY_MS, arm, asked_at, asked_for, asked_through, asks_for_the_holder, passed_on, pays, refuses, unverified,
    verified_always,
};
use crate::enrolled_wallet::EnrolledWallet;
use crate::everyday::{later, purchase};
use hcepay_core::{Action, Outcome, Reason, Rule};
use hcepay_desk::phone::{NEW_YEAR, PURCHASE, Phone};
use hcepay_desk::traced::parse;
use hcepay_tests::issuer::verification::Verdict;
use hcepay_tests::terminal::{Purchase, Terminal};

const HOUR_MS: u64 = 3_600_000;

/// The data object with this tag and this length.
fn object<'a>(answer: &'a [u8], head: &[u8]) -> &'a [u8] {
    &answer[place(answer, head)..][..head.len() + usize::from(head[head.len() - 1])]
}

fn place(answer: &[u8], head: &[u8]) -> usize {
    answer.windows(head.len()).position(|window| window == head).unwrap()
}

/// Kernel 2: on-device verification was performed, says the terminal, and nobody was asked.
#[test]
fn the_terminal_claims_in_9f34_that_the_holder_has_verified() {
    let mut holder = unverified("kernel2-no-verification");
    let claims = Terminal { cvm_required_above: 0, ..Terminal::default() };
    // A decline (AAC) comes with 9000.
    let declined = Became { terminal: vec![(0x9000, None)], ..asks_for_the_holder(Reason::NotVerified) };
    assert_eq!(asked_at(&mut holder, &claims, purchase(100)), declined);
    assert_eq!(asked_for(&mut holder, 100), pays(Reason::VerificationNotNeeded), "without the claim");
}

/// The terminal has claimed it, and between them somebody tells the card of a terminal that wants no verification.
#[test]
fn who_stands_between_takes_the_claim_out_of_9f34() {
    let mut holder = unverified("kernel2-no-verification");
    let mut taken_out = false;
    let became = asked_through(&mut holder, &Terminal::default(), &[purchase(80_00)], &mut |holder, command| {
        let mut command = command.to_vec();
        if command[1] == 0xAE {
            // 9F34 is the last that CDOL1 asks for, before the expected length.
            let at = command.len() - 4;
            assert_eq!(command[at..at + 3], [0x01, 0x00, 0x02]);
            command[at..at + 3].copy_from_slice(&[0x1F, 0x03, 0x02]);
            taken_out = true;
        }
        passed_on(holder, &command)
    });
    // The card's signature (CDA) covers what it was sent: the terminal sees that it was something else.
    let signed = Became { terminal: vec![(0x9000, None)], ..pays(Reason::VerificationNotNeeded) };
    assert!(taken_out);
    assert_eq!(became, signed);
}

/// Basin, Sasse and Toro-Pozo, IEEE S&P 2021: neither TTQ nor CTQ is authenticated towards the other side.
#[test]
fn who_stands_between_claims_in_the_ctq_that_the_holder_has_verified() {
    for (false_ctq, verdict) in [(false, None), (true, Some(Verdict::CvrInvalid))] {
        let mut holder = unverified("kernel3-no-verification");
        let became = asked_through(&mut holder, &Terminal::default(), &[purchase(80_00)], &mut |holder, command| {
            let mut command = command.to_vec();
            if command[1] != 0xA8 {
                return passed_on(holder, &command);
            }
            // The card is not told that verification is required (TTQ byte 2 bit 7).
            assert_eq!(command[8] & 0x40, 0x40);
            command[8] &= !0x40;
            let mut answer = passed_on(holder, &command);
            let ctq = place(&answer, &[0x9F, 0x6C, 0x02]) + 3;
            assert_eq!(answer[ctq..ctq + 2], [0x00, 0x00]);
            answer[ctq + 1] = if false_ctq { 0x80 } else { 0x00 };
            answer
        });
        // The terminal believes the CTQ. Its issuer reads in the CVR, inside the cryptogram, what the card knows.
        let terminal = vec![(0x9000, verdict)];
        assert_eq!(became, Became { terminal, ..pays(Reason::VerificationNotNeeded) });
    }
}

/// Basin, Sasse and Toro-Pozo, USENIX Security 2021: the terminal is shown a card of kernel 3, whose holder it believes verified on
/// the phone. What pays is a card of kernel 2, which is told of a terminal that wants no verification.
#[test]
fn who_stands_between_passes_one_brand_off_as_another() {
    let mut holder = unverified("kernel2-no-verification");
    let mut shown = Phone::new("kernel3-no-verification", 9, NEW_YEAR).unwrap();
    let became = asked_through(&mut holder, &Terminal::default(), &[purchase(80_00)], &mut |holder, command| {
        if command[1] != 0xA8 {
            return shown.process(command);
        }
        let select = [0x00, 0xA4, 0x04, 0x00, 0x07, 0xA0, 0x00, 0x00, 0x00, 0x04, 0x10, 0x10, 0x00];
        passed_on(holder, &select);
        assert_eq!(passed_on(holder, command), [0x67, 0x00], "it is no command for a card of kernel 2");
        passed_on(holder, &select);
        let options = passed_on(holder, &[0x80, 0xA8, 0x00, 0x00, 0x02, 0x83, 0x00, 0x00]);
        let account = passed_on(holder, &[0x00, 0xB2, 0x01, 0x14, 0x00]);
        // What a card of kernel 2 asks for too; and 9F35, 9F45, 9F4C, 9F34: no verification.
        let values = &command[11..40];
        let generate = [&[0x80, 0xAE, 0x80, 0x00, 0x2B], values, &[0x22], &[0; 10], &[0x1F, 0x03, 0x02, 0x00]].concat();
        let answer = passed_on(holder, &generate);
        let objects = [
            // CTQ: verified on the phone.
            &[0x9F, 0x6C, 0x02, 0x00, 0x80],
            object(&options, &[0x82, 0x02]),
            object(&account, &[0x57, 0x0F]),
            object(&account, &[0x5F, 0x34, 0x01]),
            object(&answer, &[0x9F, 0x27, 0x01]),
            object(&answer, &[0x9F, 0x36, 0x02]),
            object(&answer, &[0x9F, 0x26, 0x08]),
            object(&answer, &[0x9F, 0x10, 0x12]),
        ];
        let content = objects.concat();
        [&[0x77, content.len() as u8][..], &content, &[0x90, 0x00]].concat()
    });
    // Its issuer knows no application of that name on this card. By the right name, the cryptogram is right.
    let terminal = vec![(0x9000, Some(Verdict::NotVerifiable))];
    assert_eq!(became, Became { terminal, ..pays(Reason::VerificationNotNeeded) });
    let mut request = holder.request.clone().unwrap();
    request.put(0x4F, &[0xA0, 0x00, 0x00, 0x00, 0x04, 0x10, 0x10]);
    assert_eq!(holder.issuer.verify(&request, holder.now.wall_ms).verdict, Verdict::Valid);
}

/// What the last contact's alert of this rule says.
fn alert(holder: &EnrolledWallet, rule: Rule) -> (Vec<u64>, Action) {
    let alert = holder.wallet.alerts().into_iter().find(|alert| alert.rule == rule).unwrap();
    assert_eq!(alert.contact, holder.wallet.journal(None, 1)[0].id);
    (alert.evidence, alert.action)
}

/// Of a wallet that has met one number nothing can be said.
fn with_two_payments() -> EnrolledWallet {
    let mut holder = unverified("kernel3-no-verification");
    for _ in 0..2 {
        arm(&holder);
        assert_eq!(asked_for(&mut holder, 12_50), pays(Reason::Verified));
    }
    holder
}

#[test]
fn a_repeated_unpredictable_number_is_refused_and_told_and_nothing_is_spent() {
    let mut holder = with_two_payments();
    let with = |number: u32| Purchase { unpredictable_number: number.to_be_bytes(), ..purchase(12_50) };
    let ask = |holder: &mut EnrolledWallet, number| asked_at(holder, &Terminal::default(), with(number));
    assert_eq!(ask(&mut holder, 77), pays(Reason::VerificationNotNeeded));
    // In another contact of another process.
    holder.now = later(holder.now, HOUR_MS);
    holder.reopen();
    let refused = refuses(Reason::UnpredictableNumberRepeated).and_alerts(&[Rule::NumberRepeated]);
    assert_eq!(ask(&mut holder, 77), refused);
    assert_eq!(alert(&holder, Rule::NumberRepeated), (vec![1], Action::VerifyAgain));
    // From then on the holder must verify, also for another process, and however long it is ago.
    holder.now = later(holder.now, 2 * DAY_MS);
    holder.reopen();
    assert_eq!(ask(&mut holder, 78), asks_for_the_holder(Reason::NotVerified));
    // What was refused is no payment, and its number may come with one.
    holder.now = later(holder.now, DAY_MS);
    arm(&holder);
    assert_eq!(ask(&mut holder, 78), pays(Reason::Verified));
    holder.now = later(holder.now, DAY_MS);
    let twice = asked_through(&mut holder, &Terminal::default(), &[with(79), with(79)], &mut passed_on);
    let terminal = vec![(0x9000, Some(Verdict::Valid)), (0x6985, None)];
    let app = (Outcome::AuthorisationRequested, Some(Reason::VerificationNotNeeded), vec![Rule::NumberRepeated]);
    assert_eq!(twice, Became { terminal, app, spent: 1 });
}

#[test]
fn a_flood_of_get_processing_options_gets_three_cryptograms_and_is_told() {
    let mut holder = with_two_payments();
    holder.now = later(holder.now, HOUR_MS);
    let flood: Vec<Purchase> = (0..8).map(|_| purchase(12_50)).collect();
    let became = asked_through(&mut holder, &Terminal::default(), &flood, &mut passed_on);
    let terminal = [vec![(0x9000, Some(Verdict::Valid)); 3], vec![(0x6986, None); 5]].concat();
    let rules = vec![Rule::ManyAsksInAContact, Rule::ManyAsksInAMinute];
    let app = (Outcome::AuthorisationRequested, Some(Reason::VerificationNotNeeded), rules);
    assert_eq!(became, Became { terminal, app, spent: 3 });
    assert_eq!(alert(&holder, Rule::ManyAsksInAContact), (vec![8, 3], Action::Alert));
}

#[test]
fn the_trace_asked_for_in_mid_tap_tells_finished_contacts_only_and_disturbs_nothing() {
    for card in ["kernel3-cvn18", "kernel2-cvn14"] {
        let play = |asks: bool| {
            let mut holder = verified_always(card);
            let mut answers = Vec::new();
            for contacts in 0..3 {
                arm(&holder);
                let before = holder.wallet.trace();
                assert_eq!(parse(&before).unwrap().len(), contacts);
                let purchase = Purchase { unpredictable_number: [contacts as u8 + 1; 4], ..PURCHASE };
                let became = asked_through(&mut holder, &Terminal::default(), &[purchase], &mut |holder, command| {
                    answers.push(passed_on(holder, command));
                    if asks {
                        assert_eq!(holder.wallet.trace(), before, "{card}");
                    }
                    answers.last().unwrap().clone()
                });
                assert_eq!(became, pays(Reason::Verified));
            }
            let told = holder.wallet.journal(None, usize::MAX);
            (answers, told, holder.wallet.ledger_length(), holder.wallet.trace())
        };
        assert_eq!(play(true), play(false), "{card}");
    }
}
