//! What was tried against a wallet. Each attack says what the terminal saw, what the app was told, and what was spent: as the card
//! counts it, and as its issuer does. What alerts tell beside, and of what is no attack: [`crate::alerts`].

mod holder_rules;
mod journal;
mod ledger;
mod notices;
mod terminal;
mod verification;

use hcepay_core::{Outcome, Reason, Report, Rule, Scope};
use hcepay_tests::authorisation::AuthorisationRequest;
use hcepay_tests::issuer::contents::Policy;
use hcepay_tests::issuer::key_entry::Protection;
use hcepay_tests::issuer::verification::Verdict;
use hcepay_tests::terminal::{Merchant, Purchase, Tap, Terminal};

use crate::alerts::ordinary_life::date;
use crate::enrolled_wallet::EnrolledWallet;
use crate::everyday::{later, policy, purchase, with_card};

const SHOP: u16 = 5411;
const DAY_MS: u64 = 24 * 3_600_000;

/// What became of an attack.
#[derive(Debug, PartialEq, Eq)]
struct Became {
    /// Of each time that a payment was asked for: the last status word, and what the issuer says where there was something to
    /// send to it.
    terminal: Vec<(u16, Option<Verdict>)>,
    /// The report of the contact, and the alerts that came with it.
    app: (Outcome, Option<Reason>, Vec<Rule>),
    /// How many keys fewer there are.
    spent: u32,
}

impl Became {
    fn and_alerts(self, rules: &[Rule]) -> Became {
        let (outcome, reason, _) = self.app;
        Became { app: (outcome, reason, rules.to_vec()), ..self }
    }
}

/// The terminal is told to send its customer to the phone's screen. Nothing is spent.
fn asks_for_the_holder(reason: Reason) -> Became {
    Became { terminal: vec![(0x6986, None)], app: (Outcome::VerificationNeeded, Some(reason), vec![]), spent: 0 }
}

/// The terminal is refused. Nothing is spent.
fn refuses(reason: Reason) -> Became {
    Became { terminal: vec![(0x6985, None)], app: (Outcome::Declined, Some(reason), vec![]), spent: 0 }
}

/// What is no attack: a payment.
fn pays(reason: Reason) -> Became {
    let app = (Outcome::AuthorisationRequested, Some(reason), vec![]);
    Became { terminal: vec![(0x9000, Some(Verdict::Valid))], app, spent: 1 }
}

/// A payment is asked for at a shop.
fn asked_for(holder: &mut EnrolledWallet, minor: u64) -> Became {
    asked_at(holder, &Terminal::default(), purchase(minor))
}

/// The same, wherever.
fn asked_at(holder: &mut EnrolledWallet, terminal: &Terminal, purchase: Purchase) -> Became {
    asked_through(holder, terminal, &[purchase], &mut passed_on)
}

/// What a command comes to where nobody stands between.
fn passed_on(holder: &mut EnrolledWallet, command: &[u8]) -> Vec<u8> {
    holder.wallet.process(holder.now, command)
}

/// Who stands between terminal and phone: gets a command, gives an answer.
type Between<'a> = &'a mut dyn FnMut(&mut EnrolledWallet, &[u8]) -> Vec<u8>;

/// The same with somebody between, and for several payments, one after the other in one contact.
fn asked_through(
    holder: &mut EnrolledWallet,
    terminal: &Terminal,
    purchases: &[Purchase],
    between: Between<'_>,
) -> Became {
    contact(holder, terminal, purchases, between).0
}

/// The same, and the report. The terminal's date is the phone's.
fn contact(
    holder: &mut EnrolledWallet,
    terminal: &Terminal,
    purchases: &[Purchase],
    between: Between<'_>,
) -> (Became, Report) {
    holder.wallet.alerts().iter().for_each(|alert| holder.wallet.acknowledge_alert(alert.id()).unwrap());
    let (before, wall_ms) = (holder.now, holder.now.wall_ms);
    let keys_before = keys(holder, wall_ms);
    let date = date(wall_ms);
    let mut pay = |purchase| terminal.pay(&Purchase { date, ..purchase }, &mut |command| between(holder, command));
    let taps: Vec<Tap> = purchases.iter().cloned().map(&mut pay).collect();
    let report = holder.wallet.deactivated(holder.now);
    let spent = keys_before - keys(holder, wall_ms);
    let signed: Vec<u16> = report.attempts.iter().filter_map(|attempt| Some(attempt.atc?.number())).collect();
    assert_eq!(signed.len(), spent as usize, "each key that is spent is a cryptogram that the app is told of");
    let mut seen = |tap: &Tap| {
        let answer = &tap.exchanges.last().unwrap().response;
        let verdict = tap.authorisation.as_ref().map(|request| accepted_once(holder, request, &signed));
        (u16::from_be_bytes(*answer.last_chunk().unwrap()), verdict)
    };
    let terminal = taps.iter().map(&mut seen).collect();
    holder.request = taps.into_iter().filter_map(|tap| tap.authorisation).next_back();
    let rules = holder.wallet.alerts().iter().map(|alert| alert.rule).collect();
    holder.wallet.make_ready(holder.now).unwrap();
    holder.keep_mark();
    // Not so fast that a reader's pace is what refuses the next one.
    holder.now = later(before, if spent > 0 { 150_000 } else { 10_001 });
    (Became { terminal, app: (report.outcome, report.reason, rules), spent }, report)
}

/// What the issuer says. What it accepts is one of the keys that the card counts as spent, and is not accepted again.
fn accepted_once(holder: &mut EnrolledWallet, request: &AuthorisationRequest, signed: &[u16]) -> Verdict {
    let verdict = holder.issuer.verify(request, holder.now.wall_ms).verdict;
    if verdict == Verdict::Valid {
        let atc = u16::from_be_bytes(request.object(0x9F36).unwrap().try_into().unwrap());
        assert!(signed.contains(&atc), "{atc}: {signed:?}");
        assert_eq!(holder.issuer.verify(request, holder.now.wall_ms).verdict, Verdict::AtcReplay);
    }
    verdict
}

/// How many the wallet has, by this clock.
fn keys(holder: &EnrolledWallet, wall_ms: u64) -> u32 {
    let cards = holder.wallet.cards().into_iter().filter_map(|card| holder.wallet.card(card, wall_ms));
    cards.flat_map(|card| card.applications).map(|application| application.uses_left).sum()
}

/// A merchant of this category.
fn merchant(category: u16) -> Terminal {
    Terminal { merchant: Some(Merchant { category, name: String::new() }), ..Terminal::default() }
}

/// A terminal that knows one of the default's applications alone.
fn terminal_for(aid: &[u8]) -> Terminal {
    let mut terminal = Terminal::default();
    terminal.applications.retain(|application| application.aid == aid);
    terminal
}

/// A card that always wants its holder verified.
fn verified_always(name: &str) -> EnrolledWallet {
    with_card(name, Policy::of_single_uses(Protection::Authenticated, 2))
}

/// A card that pays without verification where neither terminal nor policy wants it.
fn unverified(name: &str) -> EnrolledWallet {
    with_card(name, policy(Vec::new()))
}

/// The holder verifies, for everything.
fn arm(holder: &EnrolledWallet) {
    crate::everyday::arm(holder, Scope::AnyCard);
}
