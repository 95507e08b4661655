//! One tap, or many, as text for a person.

use anstyle::Style;
use hcepay_core::Report;
use hcepay_tests::bytes::hex;
use hcepay_tests::issuer::verification::Verdict;
use hcepay_tests::terminal::Oda;

use super::options::{DEFAULT_CARD, Options};
use super::summary::Summary;
use super::{LastCommands, PlayedTap};
use crate::demo_wallet::{Death, DemoWallet, Directory};
use crate::exchange_text;
use crate::meaning::money;
use crate::page::{BAD, DIM, GOOD, Page, microseconds};

/// What is about to happen.
pub fn head(page: &mut Page, options: &Options) {
    let holder = if options.holder_verifies { "the holder verified on the phone" } else { "the holder did not verify" };
    let times = if options.taps == 1 { String::new() } else { format!("{} taps of ", options.taps) };
    let heading = format!("{times}{} with demo card {}; {holder}", options.money, options.card);
    page.heading(&heading, "");
    page.sentences(DIM, 0, "Test keys and a test card. > is the terminal, < is the card; b1.8 is byte 1, bit 8.");
    page.gap();
}

/// The wallet that pays, and contacts in which its program died before.
pub fn wallet(page: &mut Page, wallet: &DemoWallet, interrupted: &[Report]) {
    let (name, show) = (wallet.directory().name(), wallet.directory().command("show"));
    let kept = if wallet.is_new() { "new, and kept" } else { "kept" };
    page.labelled("Wallet", DIM, &format!("{kept} in {name}; {show} tells how it stands"));
    for report in interrupted {
        page.labelled("", DIM, &format!("the phone died in a contact before; its report: {}", self::report(report)));
    }
    page.gap();
}

/// What holder and issuer have decided before the tap.
pub fn decided(page: &mut Page, decided: &[String]) {
    for (number, line) in decided.iter().enumerate() {
        page.labelled(if number == 0 { "Decided" } else { "" }, DIM, line);
    }
    if !decided.is_empty() {
        page.gap();
    }
}

/// The first of two taps, and what the holder sees then.
pub fn first_of_two(page: &mut Page, played: &PlayedTap) {
    tap(page, played);
    let amount = played.report.amount_minor.map_or_else(String::new, |minor| money(minor, played.report.currency));
    let at = played.report.terminal.merchant_name.as_ref().map_or_else(String::new, |name| format!(" at \"{name}\""));
    page.labelled("Phone", DIM, &format!("the terminal asks for {amount}{at}; the holder verifies for exactly that"));
    page.gap();
}

/// Everything about one tap: the exchange, and what each side says in the end.
pub fn tap(page: &mut Page, played: &PlayedTap) {
    exchange_text::exchanges(page, &played.tap.exchanges, &played.answer_times);
    let (outcome, reason) = (played.tap.outcome.name(), played.tap.reason.sentence());
    let style = if played.went_online() { GOOD } else { BAD };
    page.labelled("Terminal", style, &format!("{outcome}: {reason}"));
    if let Some(proof) = &played.tap.oda {
        oda(page, proof);
    }
    match &played.verification {
        Some(verification) => {
            let style = if verification.verdict == Verdict::Valid { GOOD } else { BAD };
            let sentence = verification.verdict.sentence();
            page.labelled("Issuer", style, &format!("{}: {sentence}", verification.verdict.name()));
            verification.steps.iter().for_each(|step| page.checked(step.passed, step.name, &step.detail));
        }
        None => page.labelled("Issuer", DIM, "was not asked"),
    }
    page.labelled("Card", DIM, &report(&played.report));
    if let Some(reason) = played.report.reason {
        page.labelled("Why", DIM, reason.why());
    }
    page.labelled("Keys", DIM, &keys(played));
    let (card, answers, whole) = (played.card_time(), played.answer_times.len(), played.whole_time);
    let (card, whole) = (microseconds(card), microseconds(whole));
    page.labelled(
        "Time",
        DIM,
        &format!("card {card} for {answers} answers; whole tap {whole}, with terminal and issuer"),
    );
    page.gap();
}

/// What the terminal recovered of certificates and signature, by keys alone.
fn oda(page: &mut Page, proof: &Oda) {
    let bits = |bytes: &[u8]| bytes.len().saturating_mul(8);
    let index = hex(&[proof.ca_key_index]);
    let head = if proof.cryptogram.is_some() { "CDA" } else { "fDDA" };
    page.labelled(head, GOOD, "the card has proved that it is this card and gave this answer, now");
    page.checked(
        true,
        "issuer's key",
        &format!("certified (90) by the authority's key {index}, {} bits", bits(&proof.issuer_certificate)),
    );
    page.checked(
        true,
        "card's key",
        &format!("{} bits, certified (9F46) with records and AIP", bits(&proof.signed_data)),
    );
    let number = hex(&proof.icc_dynamic_number);
    match &proof.cryptogram {
        Some(cryptogram) => {
            page.checked(true, "signature", &format!("over this unpredictable number; ICC dynamic number {number}"));
            let inside = hex(cryptogram);
            page.checked(true, "transaction", &format!("the one that was asked for; inside (AC) {inside}"));
        }
        None => {
            page.checked(true, "signature", "over this unpredictable number, amount and currency, and over 9F69");
            page.checked(true, "transaction", &format!("the card's number {number} (9F36)"));
        }
    }
}

/// A tap in which the phone dies now: all that was said, and what to run next.
pub fn death(page: &mut Page, last: &LastCommands, death: Death, directory: &Directory, card: &str) {
    exchange_text::exchanges(page, &last.exchanges, &last.answer_times);
    let when = if last.all_were_heard {
        "after the last answer, before the issuer is asked"
    } else {
        "before the terminal hears the answer above"
    };
    let what = match death {
        Death::Kill(_) => format!("its process is killed now, {when}"),
        Death::PowerLoss(_) => {
            format!("it loses its power now, {when}; what is not safe on the disk is lost, and it boots anew")
        }
    };
    page.labelled("Phone", BAD, &what);
    page.labelled("Next", DIM, &next(directory, card));
}

/// What to run when the phone has died.
pub fn next(directory: &Directory, card: &str) -> String {
    let tap = if card == DEFAULT_CARD { String::new() } else { format!("--card {card}") };
    format!("{} shows what it has cost; {} pays again", directory.command("show"), directory.command(&tap))
}

/// Many taps: how many were accepted, the first that was not, and the time that they took.
pub fn summary(page: &mut Page, summary: &Summary) {
    if let Some((number, played)) = summary.first_failure() {
        page.heading(&format!("Tap {number}, the first that was not accepted"), "");
        page.gap();
        tap(page, played);
    }
    page.labelled("Per tap", DIM, &summary.times());
}

/// The last line: accepted, or why not. So many taps were wanted.
pub fn ending(summary: &Summary, wanted: u32) -> (Style, String) {
    let (accepted, taps) = (summary.accepted(), summary.taps());
    match summary.first_failure() {
        None if taps < usize::try_from(wanted).unwrap_or(usize::MAX) => {
            (BAD, format!("Accepted by the issuer: {taps} of {wanted} taps; the others were not made."))
        }
        None if taps == 1 => (GOOD, "Accepted by the issuer.".to_owned()),
        None => (GOOD, format!("Accepted by the issuer: all {taps} taps.")),
        Some((_, played)) if taps == 1 => (BAD, format!("Not accepted: {}.", played.why_not())),
        Some((number, played)) => {
            let why = played.why_not();
            (BAD, format!("Not accepted: {why} (tap {number}; {accepted} of {taps} taps were accepted)."))
        }
    }
}

/// The card's report, without what is not known.
fn report(report: &Report) -> String {
    let reason = report.reason.map(|reason| format!(" ({})", reason.name())).unwrap_or_default();
    let amount = report.amount_minor.map(|minor| money(minor, report.currency));
    let aid = report.aid.map(|aid| format!("AID {aid}"));
    let atc = report.atc.map(|atc| format!("ATC {:04X}", atc.number()));
    let rest: Vec<String> = [amount, aid, atc].into_iter().flatten().collect();
    format!("{}{reason}: {}", report.outcome.name(), rest.join(", "))
}

fn keys(played: &PlayedTap) -> String {
    let before = played.keys_before;
    match played.report.keys_left {
        Some(left) => {
            let spent = match before.abs_diff(left) {
                0 => "none spent".to_owned(),
                spent => format!("{spent} spent"),
            };
            format!("{before} before, {left} after: {spent}")
        }
        None => format!("{before} before; the card reports no application"),
    }
}
