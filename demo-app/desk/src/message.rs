//! What natives give back beside a code, as bytes. Kotlin reads them in `org.hcepay.demo.desk.Message`.
//!
//! Numbers are big-endian. A message begins with its version, 1. Lists begin with their length in two bytes.
//! Text is UTF-8, its length in two bytes before it. Bytes have theirs in four.
//!
//! | message | fields after the version |
//! |---|---|
//! | envelopes | list, each: envelope (bytes) |
//! | offers | list, each: name (text), title (text), about (text), last four (text), expiry YYMM (text), flags (1: bit 0 always verifies), kernels (list, each: 1) |
//! | installed | card (4), code of the identity check (text, empty = none), envelope (bytes) |
//! | cards | list, each: card (4), name (text), last four (text), expiry YYMM (text), state (1: 1 waiting, 2 active, 3 suspended, 4 deleted), code of the identity check (text, empty = none), codes left (1) |
//! | purchase | outcome (text), reason (text), torn (1: 0 no, 1 the terminal left, 2 the channel threw, 3 it gave no answer), exchanges (list, each: *exchange*), *verdict*, coupon (text), asked of the card in minor units (8), envelopes (list, each: envelope (bytes)) |
//! | verification | *verdict* |
//! | transferred | *verdict*, envelopes (list of none or one, each: envelope (bytes)) |
//! | exchanges | list, each: *exchange* |
//! | *exchange* | command (text), name (text), purpose (text), bytes of the command (text), bytes of the answer (text), microseconds (4), status word (2, 0 = none), sent (list, each: *row*), answered (list, each: *row*), heard (1) |
//! | *row* | depth (1), tag (text), name (text), value (text), meaning (text) |
//! | *verdict* | asked (1: 0 = the issuer was not asked, and nothing follows), verdict (text), approved (1), checks (list, each: check (text), found (text), passed (1)) |
//!
//! Texts that are codes, the same in every version: outcome (those of the terminal, and `torn`), reason (those of the terminal; of a torn
//! contact `terminal-left`, `channel-threw`, `no-answer`), coupon (what became of it, see [`Became`](crate::coupons::Became)), command (see [`shown`](crate::shown)), purpose, verdict, and check (its
//! name in small letters, words joined by hyphens). The app has words for each, in its languages. Bytes as text are hexadecimal, `••` for a byte that is covered.

use std::time::Duration;

use hcepay_tests::bytes::hex;
use hcepay_tests::issuer::provisioning::Installed;
use hcepay_tests::issuer::verification::{Step, Verdict, Verification};
use hcepay_tests::terminal::Exchange;

use crate::account::Answered;
use crate::cards::Offer;
use crate::coupons::Concluded;
use crate::desk::CardAtIssuer;
use crate::purchase::{Contact, Torn};
use crate::shown::{Show, Shown, ShownRow, shown};
use crate::watched::Watched;

const VERSION: u8 = 1;

/// A message that is being written.
struct Message(Vec<u8>);

impl Message {
    fn new() -> Message {
        Message(vec![VERSION])
    }

    fn u8(&mut self, number: u8) -> &mut Message {
        self.0.push(number);
        self
    }

    fn u16(&mut self, number: u16) -> &mut Message {
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }

    fn u32(&mut self, number: u32) -> &mut Message {
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }

    fn u64(&mut self, number: u64) -> &mut Message {
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }

    fn bytes(&mut self, bytes: &[u8]) -> &mut Message {
        self.u32(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
        self.0.extend_from_slice(bytes);
        self
    }

    /// All texts are shorter than the longest by far: those of an answer are at most twelve times as long as it is.
    fn text(&mut self, text: &str) -> &mut Message {
        let text = text.as_bytes().get(..usize::from(u16::MAX)).unwrap_or(text.as_bytes());
        self.u16(u16::try_from(text.len()).unwrap_or(u16::MAX));
        self.0.extend_from_slice(text);
        self
    }

    fn list<T>(&mut self, list: &[T], one: impl Fn(&mut Message, &T)) -> &mut Message {
        let list = list.get(..usize::from(u16::MAX)).unwrap_or(list);
        self.u16(u16::try_from(list.len()).unwrap_or(u16::MAX));
        list.iter().for_each(|item| one(self, item));
        self
    }

    /// Where the last answer was not heard, that stands beside it.
    fn exchanges(
        &mut self,
        exchanges: &[Exchange],
        times: &[Duration],
        show: Show,
        is_last_heard: bool,
    ) -> &mut Message {
        let shown = shown(exchanges, show);
        let last = shown.len().saturating_sub(1);
        let told: Vec<(Shown, u32, bool)> = shown
            .into_iter()
            .zip(times)
            .enumerate()
            .map(|(at, (shown, time))| {
                let microseconds = u32::try_from(time.as_micros()).unwrap_or(u32::MAX);
                (shown, microseconds, is_last_heard || at < last)
            })
            .collect();
        self.list(&told, |message, (shown, microseconds, heard)| {
            message
                .text(shown.code)
                .text(shown.name)
                .text(shown.purpose.name())
                .text(&shown.command)
                .text(&shown.response);
            message.u32(*microseconds).u16(shown.status.unwrap_or(0));
            message.list(&shown.sent, row).list(&shown.answered, row).u8(u8::from(*heard));
        })
    }

    fn verdict(&mut self, verification: Option<&Verification>) -> &mut Message {
        let Some(Verification { verdict, steps }) = verification else { return self.u8(0) };
        self.u8(1).text(verdict.name()).u8(u8::from(*verdict == Verdict::Valid));
        self.list(steps, |message, Step { name, detail, passed }| {
            let code = name.to_lowercase().replace(' ', "-");
            message.text(&code).text(detail).u8(u8::from(*passed));
        })
    }

    fn envelopes(&mut self, envelopes: &[Vec<u8>]) -> &mut Message {
        self.list(envelopes, |message, envelope| {
            message.bytes(envelope);
        })
    }

    fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }
}

pub(crate) fn envelopes(envelopes: &[Vec<u8>]) -> Vec<u8> {
    Message::new().envelopes(envelopes).take()
}

pub(crate) fn offers(offers: &[Offer]) -> Vec<u8> {
    let mut message = Message::new();
    message.list(offers, |message, offer| {
        message.text(offer.card.name).text(offer.title).text(offer.about).text(offer.last_four());
        message.text(&hex(&offer.card.expiry)).u8(u8::from(offer.always_verifies()));
        message.list(&offer.kernels(), |message, kernel| {
            message.u8(*kernel);
        });
    });
    message.take()
}

pub(crate) fn installed(installed: &Installed) -> Vec<u8> {
    let code = installed.code.as_deref().unwrap_or_default();
    Message::new().u32(installed.card).text(code).bytes(&installed.envelope).take()
}

pub(crate) fn cards(cards: &[CardAtIssuer]) -> Vec<u8> {
    let mut message = Message::new();
    message.list(cards, |message, card| {
        let (code, left) = card.identity_check.as_ref().map_or(("", 0), |(code, left)| (code.as_str(), *left));
        message.u32(card.card).text(card.name).text(&card.last_four).text(&hex(&card.expiry));
        message.u8(card.state as u8).text(code).u8(left);
    });
    message.take()
}

pub(crate) fn purchase(contact: &Contact, concluded: &Concluded, show: Show) -> Vec<u8> {
    let mut message = Message::new();
    let (outcome, reason) = match contact.torn {
        Some(Torn::TerminalLeft) => ("torn", "terminal-left"),
        Some(Torn::ChannelThrew) => ("torn", "channel-threw"),
        Some(Torn::NoAnswer) => ("torn", "no-answer"),
        None => (contact.tap.outcome.name(), contact.tap.reason.name()),
    };
    message.text(outcome).text(reason).u8(contact.torn.map_or(0, |torn| torn as u8));
    message.exchanges(&contact.exchanges, &contact.times, show, contact.torn.is_none());
    message.verdict(concluded.verification.as_ref());
    let envelopes: Vec<Vec<u8>> = contact.envelopes.iter().chain(&concluded.envelope).cloned().collect();
    message.text(contact.coupon.name()).u64(contact.asked_minor).envelopes(&envelopes).take()
}

pub(crate) fn verification(verification: &Verification) -> Vec<u8> {
    Message::new().verdict(Some(verification)).take()
}

pub(crate) fn transferred(answered: &Answered) -> Vec<u8> {
    let mut message = Message::new();
    message.verdict(Some(&answered.verification));
    message.envelopes(answered.envelope.as_slice()).take()
}

pub(crate) fn exchanges(watched: &Watched) -> Vec<u8> {
    Message::new().exchanges(&watched.exchanges, &watched.times, Show::Covered, true).take()
}

fn row(message: &mut Message, row: &ShownRow) {
    message.u8(u8::try_from(row.depth).unwrap_or(u8::MAX)).text(&row.tag).text(&row.name);
    message.text(&row.value).text(&row.meaning);
}
