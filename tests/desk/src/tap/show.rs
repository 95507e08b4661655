//! How a demo wallet stands, as text for a person or as JSON for programs.

use std::collections::BTreeMap;

use hcepay_core::{Advice, Ask, Card, CardState, CertificateEnd, Protection, Why};
use hcepay_tests::bytes::hex;
use serde_json::{Value, json};

use super::decisions::in_words;
use crate::demo_wallet::DemoWallet;
use crate::page::{BAD, DIM, GOOD, Page};
use crate::report_json;

/// A page.
pub fn text(wallet: &DemoWallet, width: usize) -> String {
    let mut page = Page::of_width(width);
    page.heading(&format!("Wallet in {}", wallet.directory().name()), "");
    let now = wallet.now();
    let (bytes, mark) = (wallet.wallet().ledger_length(), wallet.wallet().mark());
    let (sequence, boots) = (wallet.wallet().highest_sequence(), now.boot_count);
    page.labelled(
        "Ledger",
        DIM,
        &format!("{bytes} bytes; mark {mark}; applied up to envelope {sequence}; boot {boots}"),
    );
    let replenish = wallet.directory().command("replenish");
    if wallet.wallet().is_rolled_back() {
        page.labelled("", BAD, &format!("an older copy was put back: {replenish} mends it"));
    }
    if wallet.wallet().clock_was_set_back(now.wall_ms) {
        page.labelled("", BAD, &format!("the clock was set back: {replenish} mends it"));
    }
    let cards = cards(wallet);
    if cards.is_empty() {
        page.labelled("Cards", DIM, "none");
    }
    for card in &cards {
        page.gap();
        self::card(&mut page, wallet, card);
    }
    page.text().to_owned()
}

fn card(page: &mut Page, wallet: &DemoWallet, card: &Card) {
    let name = wallet.name_of(card.id).unwrap_or("unknown to its issuer");
    page.heading(&format!("Card {}: {name}", card.id.number()), if card.chosen { "chosen" } else { "" });
    let expiry = expiry(wallet, name);
    let style = if card.state == CardState::Active { GOOD } else { BAD };
    let codes = if card.state == CardState::Waiting {
        format!(" for the identity check, {} codes left", card.codes_left)
    } else {
        String::new()
    };
    let protection = match card.policy.protection {
        Protection::Device => "at any time",
        Protection::Unlocked => "while the phone is unlocked",
        Protection::Authenticated => "when the holder has verified",
    };
    page.labelled("State", style, &format!("{}{codes}", state(card.state)));
    page.labelled("", DIM, &format!("good until {expiry}; its keys open {protection}"));
    if card.rules.frozen {
        let unfreeze = wallet.directory().command(&format!("unfreeze --card {name}"));
        page.labelled("", BAD, &format!("frozen: {unfreeze} lets it pay again"));
    }
    if let Some(limits) = &card.rules.temporary_use {
        let used = card.temporarily_used.taps;
        page.labelled("", DIM, &format!("for a time only: {}; {used} used", in_words(limits)));
    }
    for application in &card.applications {
        let (aid, left) = (application.aid, application.uses_left);
        let atc = application.last_atc.number();
        page.labelled("Keys", DIM, &format!("AID {aid}: {left} left; the last ATC was {atc:04X}"));
    }
    if let Some(advice) = wallet.wallet().replenishment(card.id, wallet.now().wall_ms) {
        page.labelled("Cover", DIM, &cover(&advice));
        if let Some(end) = advice.certificate {
            let is = if end.is_over { "are over since" } else { "end with" };
            let CertificateEnd { month, .. } = end;
            let told = format!("for offline data authentication {is} {:04}-{:02}", month.year, month.month);
            page.labelled("Certificates", DIM, &told);
        }
    }
}

fn cover(advice: &Advice) -> String {
    let days = match advice.days_of_cover {
        Some(1) => "keys last for 1 day".to_owned(),
        Some(days) => format!("keys last for {days} days"),
        None => "nothing was paid yet".to_owned(),
    };
    let ask = match (advice.ask, advice.why) {
        (_, Why::CertificateEnds) => "check in soon",
        (_, Why::CertificateOver) => "check in now",
        (Ask::No, _) => "no need to ask for more",
        (Ask::Soon, _) => "ask for more soon",
        (Ask::Now, _) => "ask for more now",
    };
    format!("{days}; {ask} ({})", why(advice.why))
}

/// `{wallet, ledger_bytes, mark, sequence, boot_count, rolled_back, clock_set_back, cards}`.
pub fn json(wallet: &DemoWallet) -> Value {
    let now = wallet.now();
    json!({
        "wallet": wallet.directory().name(),
        "ledger_bytes": wallet.wallet().ledger_length(),
        "mark": wallet.wallet().mark(),
        "sequence": wallet.wallet().highest_sequence(),
        "boot_count": now.boot_count,
        "rolled_back": wallet.wallet().is_rolled_back(),
        "clock_set_back": wallet.wallet().clock_was_set_back(now.wall_ms),
        "cards": cards(wallet).iter().map(|card| card_json(wallet, card)).collect::<Vec<Value>>(),
    })
}

fn card_json(wallet: &DemoWallet, card: &Card) -> Value {
    let advice = wallet.wallet().replenishment(card.id, wallet.now().wall_ms);
    let name = wallet.name_of(card.id);
    json!({
        "card": card.id.number(),
        "name": name,
        "state": state(card.state),
        "codes_left": card.codes_left,
        "chosen": card.chosen,
        "expiry": name.map(|name| expiry(wallet, name)),
        "protection": match card.policy.protection {
            Protection::Device => "device",
            Protection::Unlocked => "unlocked",
            Protection::Authenticated => "authenticated",
        },
        "keys_lost": card.keys_lost,
        "frozen": card.rules.frozen,
        "applications": card.applications.iter().map(|application| json!({
            "aid": application.aid.to_string(),
            "atc": application.last_atc.number(),
            "keys_left": application.uses_left,
        })).collect::<Vec<Value>>(),
        "advice": advice.map(|advice| json!({
            "ask": match advice.ask {
                Ask::No => "no",
                Ask::Soon => "soon",
                Ask::Now => "now",
            },
            "why": why(advice.why),
            "keys_left": advice.uses_left,
            "days_of_cover": advice.days_of_cover,
            "certificate": advice.certificate.map(report_json::certificate),
        })),
    })
}

/// How many keys each application of each card has left, by the card's name and the AID.
pub fn keys(wallet: &DemoWallet) -> BTreeMap<String, u32> {
    let mut keys = BTreeMap::new();
    for card in cards(wallet) {
        let name = wallet.name_of(card.id).unwrap_or("unknown");
        let applications = card.applications.iter();
        keys.extend(applications.map(|each| (format!("{name} {}", each.aid), each.uses_left)));
    }
    keys
}

/// What a replenishment came to.
pub fn keys_brought(before: &BTreeMap<String, u32>, after: &BTreeMap<String, u32>) -> String {
    let more = after.iter().filter_map(|(name, left)| {
        let had = before.get(name).copied().unwrap_or(0);
        (had != *left).then(|| format!("{name}: {had} keys before, {left} now.\n"))
    });
    let lines: String = more.collect();
    if lines.is_empty() { "The issuer has sent no keys: none are wanted.\n".to_owned() } else { lines }
}

/// Year and month to which a demo card is good.
pub fn expiry(wallet: &DemoWallet, name: &str) -> String {
    let described = wallet.issuer().describe(name);
    described.map_or_else(
        || "an unknown month".to_owned(),
        |described| {
            let [year, month] = described.expiry;
            format!("20{}-{}", hex(&[year]), hex(&[month]))
        },
    )
}

fn cards(wallet: &DemoWallet) -> Vec<Card> {
    let wall_ms = wallet.now().wall_ms;
    wallet.wallet().cards().into_iter().filter_map(|card| wallet.wallet().card(card, wall_ms)).collect()
}

fn state(state: CardState) -> &'static str {
    match state {
        CardState::Waiting => "waiting",
        CardState::Active => "active",
        CardState::Suspended => "suspended",
        CardState::Deleted => "deleted",
        CardState::Retired => "retired",
    }
}

fn why(why: Why) -> &'static str {
    match why {
        Why::NoKeysLeft => "no-keys-left",
        Why::FewKeysLeft => "few-keys-left",
        Why::KeysExpireSoon => "keys-expire-soon",
        Why::KeysLost => "keys-lost",
        Why::Enough => "enough",
        Why::CardWaiting => "card-waiting",
        Why::CardSuspended => "card-suspended",
        Why::NoSpendKey => "no-spend-key",
        Why::RolledBack => "rolled-back",
        Why::CertificateEnds => "certificate-ends",
        Why::CertificateOver => "certificate-over",
    }
}
