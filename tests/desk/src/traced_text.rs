//! A wallet's trace as text for a person.

use hcepay_tests::bytes::hex;

use crate::decoded::{Purpose, data_object, purpose};
use crate::exchange_text::status;
use crate::meaning::{Setting, currency_number};
use crate::names;
use crate::page::{DIM, Page, Row};
use crate::traced::{TracedCommand, TracedContact, TracedExchange, TracedObject};

/// Writes all contacts, each with what the card reported.
pub fn contacts(page: &mut Page, contacts: &[TracedContact]) {
    if contacts.is_empty() {
        page.sentences(DIM, 0, "No contact with a reader was over when this trace was taken.");
    }
    for (number, contact) in (1..).zip(contacts) {
        page.heading(&format!("Contact {number} of {}", contacts.len()), "");
        page.gap();
        let mut setting = Setting::default();
        for (number, exchange) in (1..).zip(&contact.exchanges) {
            self::exchange(page, number, exchange, &mut setting);
            page.gap();
        }
        if contact.left_out > 0 {
            page.sentences(DIM, 0, &format!("{} more exchanges, for which the trace had no room", contact.left_out));
            page.gap();
        }
        let reason = contact.reason.map(|reason| format!(" ({})", reason.name())).unwrap_or_default();
        page.labelled("Card", DIM, &format!("{}{reason}", contact.outcome.name()));
        if let Some(reason) = contact.reason {
            page.labelled("Why", DIM, reason.why());
        }
        page.gap();
    }
}

fn exchange(page: &mut Page, number: u32, exchange: &TracedExchange, setting: &mut Setting) {
    let gap = if number == 1 { String::new() } else { format!("after {} ms", exchange.gap_ms) };
    match exchange.command {
        TracedCommand::Command { header, lc, le } => {
            let [class, instruction, ..] = header;
            page.heading(&format!("{number} {}", names::command(class, instruction)), &gap);
            let name = exchange.sent.first().map_or(&[][..], |object| &object.value);
            let purpose = purpose(header, name, *setting);
            if matches!(purpose, Purpose::ChooseApplication | Purpose::ChooseCoupons) {
                *setting = Setting::selected(name);
            }
            page.sentences(DIM, 2, &purpose.sentence());
            let takes = le.map_or_else(String::new, |le| format!(", takes {le}"));
            page.sentences(DIM, 2, &format!("> {} and {}{takes}", hex(&header), bytes(lc)));
        }
        TracedCommand::None(length) => {
            page.heading(&format!("{number} no command"), &gap);
            page.sentences(DIM, 2, &format!("> {}", bytes(length)));
        }
    }
    if let Some(currency) = value(&exchange.sent, 0x5F2A) {
        setting.currency = currency_number(currency);
    }
    rows(page, &exchange.sent, *setting);
    page.sentences(DIM, 2, &format!("< {} and {:04X}", bytes(exchange.length), exchange.status));
    status(page, exchange.status);
    setting.declined =
        value(&exchange.answered, 0x9F27).is_some_and(|cid| cid.first().is_some_and(|cid| cid >> 6 == 0));
    rows(page, &exchange.answered, *setting);
}

fn bytes(count: usize) -> String {
    if count == 1 { "1 byte".to_owned() } else { format!("{count} bytes") }
}

fn value(objects: &[TracedObject], tag: u32) -> Option<&[u8]> {
    objects.iter().find(|object| object.tag == Some(tag)).map(|object| object.value.as_slice())
}

fn rows(page: &mut Page, objects: &[TracedObject], setting: Setting) {
    for (place, object) in objects.iter().enumerate() {
        let holds_others = objects.get(place.saturating_add(1)).is_some_and(|next| next.depth > object.depth);
        let missing = object.length.saturating_sub(object.value.len());
        let row = match object.tag {
            None => {
                let name = format!("{} that are no data objects", bytes(missing));
                Row { depth: object.depth, name, ..Row::default() }
            }
            Some(tag) if holds_others || missing == 0 => data_object(object.depth, tag, &object.value, setting),
            Some(tag) => {
                let and = if object.value.is_empty() { "" } else { "and " };
                let meaning = format!("{and}{}, which a trace does not show", bytes(missing));
                Row { meaning, ..data_object(object.depth, tag, &object.value, setting) }
            }
        };
        page.row(&row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::WIDEST;
    use crate::traced::parse;

    #[test]
    fn values_are_told_with_their_meaning_and_what_is_left_out_by_its_length() {
        let trace = "hcepay trace 1\ncontact\n> 0 ms 00A40400 lc 7 le 256 SELECT\n  84 7 A0000000031010\n< 9000 9\n  6F 7\n    \
                     57 2\n    50 1\n> 31 ms 80A80000 lc 10 le 256 GET PROCESSING OPTIONS\n  83 8\n    9F02 6 000000001250\n    \
                     5F2A 2 0978\n< 6986 0\n= verification-needed not-verified\n";
        let mut page = Page::of_width(WIDEST);
        contacts(&mut page, &parse(trace).unwrap());
        let text = anstream::adapter::strip_str(page.text()).to_string();
        for told in [
            "12.50 EUR",
            "an application of kernel 3",
            "Track 2 Equivalent Data",
            "2 bytes, which a trace does not show",
            "after 31 ms",
            "verification-needed (not-verified)",
            "Verify and tap again.",
        ] {
            assert!(text.contains(told), "{told}: {text}");
        }
    }
}
