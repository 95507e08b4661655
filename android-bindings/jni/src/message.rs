//! What natives give back beside a code, as bytes. Kotlin reads them in `org.hcepay.internal.Message`; `tests/messages` has
//! an example of each, which both sides are held against.
//!
//! Numbers are big-endian. A message begins with its version, 1. Lists begin with their length.
//!
//! | message | fields after the version |
//! |---|---|
//! | snapshot | flags (1: bit 0 put back to an older copy, bit 1 wall clock set back; of the keys that the platform makes it has told: bit 2 the device keys, bit 3 the spend key of the unlocked phone, bit 4 that of the verified holder; bit 5 wall clock wrong, by the issuer's), cards (2), each: id (4), state (1), codes left (1), protection (1), most uses (2), flags (1: bit 0 keys lost, bit 1 chosen), the last four digits of the token (4, 0 to 9 each), expiry year (2, 0 = not told), its month (1), *advice*, uses left online (4), by codes (4), applications (1), each: AID (bytes), label (bytes, ASCII), last ATC (2), uses left (4); and *rules* ([`holder_rules`]) |
//! | *advice* | uses left (4), days of cover (4, -1 = not known), ask (1: 0 no, 1 soon, 2 now), why (1), *certificate* |
//! | *certificate* | the month with which the first certificates end, where that is to be told: year (2, 0 = nothing to tell), month (1), it is over (1: 0 or 1) |
//! | reports | count (2), each: *report* |
//! | *report* | contact (8, 0 = none), channel (1), card (4, 0 = none), outcome (1), reason (1, 0 = none), keys left (4, -1 = not told), *about*, *observed*, *certificate*, attempts (1), each: outcome (1), reason (1), *about* |
//! | *observed* | wall clock of the first command (8, 0 = not known), duration in milliseconds (4), gaps (1), each: milliseconds (4); verified (1, 0 = not, else numbered as in `cardholder_verification.rs`), transaction type (2), country (2), merchant category (2), date (bytes, YYMMDD as two digits a byte, empty = none), merchant name (bytes, UTF-8, empty = none), coupon that was presented (bytes, empty = none), which of its uses (2, 0 = none); FFFF = not claimed |
//! | rows | count (2), each: id (8), *report*, merchant as the issuer knows it (bytes, UTF-8, empty = none), settlements (1), each: what (1), why (1, 0 = not declined), wall clock (8), *about* |
//! | *about* | amount in minor units (8, -1 = not known), currency (2, FFFF = not known), ATC (2, 0 = none), AID (bytes, empty = none) |
//! | alerts | count (2), each: id (8), contact (8), rule (1), action (1), wall clock (8), card (4, 0 = none), evidence (1), each: number (8), sentence (bytes) |
//! | applied | purpose (1, 0 = this envelope was applied before), card (4, 0 = none), highest sequence (8), a code was wrong (1: 0 or 1) |
//! | next | enrolled (1: 0 or 1), what to ask next (1: as the core lists it, from 0 for nothing) |
//! | to sign | token (8), digest (32) |
//! | begun | token (8), ephemeral point (65) |
//! | order, merchant code, online payment, consumer code | [`remote`] |
//! | balance, transfer, transfer request, transfer rows | [`account`] |
//! | coupons | [`coupons`] |
//!
//! Bytes are their length (1) and themselves, long bytes their length (2). Outcome, reason, channel, state, protection and purpose are numbered as the core
//! numbers them (`report.rs`, `alert.rs`, `channel.rs`, `life_cycle.rs`, `spend_key.rs`, `envelope_purpose.rs`), why as its list is
//! ordered, from 1.

pub(crate) mod account;
pub(crate) mod coupons;
pub(crate) mod holder_rules;
pub(crate) mod remote;

use hcepay_core::{
    Advice, Aid, Alert, Applied, Ask, Atc, Attempt, Begun, Card, CardId, CertificateEnd, Channel, DeclineReason,
    Method, NextRequest, Outcome, Reason, ReleasedSpendKey, Report, Row, Settlement, TerminalClaims, ToSign, Wallet,
    Why,
};

const VERSION: u8 = 1;

/// A message that is being written.
pub(crate) struct Message(Vec<u8>);

impl Message {
    /// Begins one.
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

    /// A number that Java holds with a sign, -1 where there is none.
    fn u32_or_none(&mut self, number: Option<u32>) -> &mut Message {
        self.u32(number.map_or(u32::MAX, |number| number.min(i32::MAX.cast_unsigned())))
    }

    /// The first one in bit 0.
    fn flags(&mut self, flags: &[bool]) -> &mut Message {
        self.u8(flags.iter().rev().fold(0, |bits, flag| bits << 1 | u8::from(*flag)))
    }

    fn bytes(&mut self, bytes: &[u8]) -> &mut Message {
        self.u8(u8::try_from(bytes.len()).unwrap_or_default());
        self.0.extend_from_slice(bytes);
        self
    }

    /// None of them is longer than the length can say.
    fn long_bytes(&mut self, bytes: &[u8]) -> &mut Message {
        self.u16(u16::try_from(bytes.len()).unwrap_or_default());
        self.0.extend_from_slice(bytes);
        self
    }

    fn rows(&mut self, rows: &[Row]) -> &mut Message {
        self.u16(u16::try_from(rows.len()).unwrap_or(u16::MAX));
        rows.iter().take(u16::MAX.into()).for_each(|row| self.row(row));
        self
    }

    fn advice(&mut self, advice: &Advice) {
        let ask = match advice.ask {
            Ask::No => 0,
            Ask::Soon => 1,
            Ask::Now => 2,
        };
        let why = match advice.why {
            Why::NoKeysLeft => 1,
            Why::FewKeysLeft => 2,
            Why::KeysExpireSoon => 3,
            Why::NoSpendKey => 4,
            Why::KeysLost => 5,
            Why::Enough => 6,
            Why::CardWaiting => 7,
            Why::CardSuspended => 8,
            Why::RolledBack => 9,
            Why::CertificateEnds => 10,
            Why::CertificateOver => 11,
        };
        self.u32_or_none(Some(advice.uses_left)).u32_or_none(advice.days_of_cover).u8(ask).u8(why);
        self.certificate(advice.certificate);
    }

    fn certificate(&mut self, end: Option<CertificateEnd>) {
        let (year, month, is_over) = end.map_or((0, 0, false), |end| (end.month.year, end.month.month, end.is_over));
        self.u16(year).u8(month).u8(is_over.into());
    }

    fn report(&mut self, report: &Report) {
        self.u64(report.id.unwrap_or(0))
            .u8(report.channel.byte())
            .u32(report.card.map_or(0, CardId::number))
            .end(report.outcome, report.reason)
            .u32_or_none(report.keys_left);
        self.about(report.amount_minor, report.currency, report.atc, report.aid);
        self.observed(report);
        self.certificate(report.certificate);
        self.u8(u8::try_from(report.attempts.len()).unwrap_or(u8::MAX));
        for Attempt { outcome, reason, amount_minor, currency, atc, aid } in report.attempts.iter().take(u8::MAX.into())
        {
            self.end(*outcome, Some(*reason)).about(*amount_minor, *currency, *atc, Some(*aid));
        }
    }

    fn observed(&mut self, report: &Report) {
        let Report { at_ms, duration_ms, gaps_ms, verified, terminal, coupon, .. } = report;
        let TerminalClaims { transaction_type, country, merchant_name, merchant_category, date } = terminal;
        self.u64(*at_ms).u32((*duration_ms).min(i32::MAX.cast_unsigned()));
        self.u8(u8::try_from(gaps_ms.len()).unwrap_or(u8::MAX));
        for gap in gaps_ms.iter().take(u8::MAX.into()) {
            self.u32((*gap).min(i32::MAX.cast_unsigned()));
        }
        self.u8(verified.map_or(0, Method::byte));
        self.u16(transaction_type.map_or(u16::MAX, u16::from)).u16(country.unwrap_or(u16::MAX));
        self.u16(merchant_category.unwrap_or(u16::MAX));
        self.bytes(date.as_ref().map_or(&[], <[u8; 3]>::as_slice));
        self.bytes(merchant_name.as_deref().unwrap_or_default().as_bytes());
        self.bytes(coupon.as_ref().map_or(&[], |spent| &spent.coupon.0)).u16(coupon.map_or(0, |spent| spent.number));
    }

    fn row(&mut self, row: &Row) {
        self.u64(row.id).report(&row.report);
        self.bytes(row.merchant.as_deref().unwrap_or_default().as_bytes());
        self.u8(u8::try_from(row.settlements.len()).unwrap_or(u8::MAX));
        for Settlement { settled, at_ms, amount, aid, atc } in row.settlements.iter().take(u8::MAX.into()) {
            self.u8(settled.byte()).u8(settled.reason().map_or(0, DeclineReason::byte)).u64(*at_ms);
            self.about(Some(amount.minor), Some(amount.currency), Some(*atc), Some(*aid));
        }
    }

    fn end(&mut self, outcome: Outcome, reason: Option<Reason>) -> &mut Message {
        self.u8(outcome.byte()).u8(reason.map_or(0, Reason::byte))
    }

    fn about(&mut self, amount: Option<u64>, currency: Option<u16>, atc: Option<Atc>, aid: Option<Aid>) {
        self.u64(amount.unwrap_or(u64::MAX)).u16(currency.unwrap_or(u16::MAX)).u16(atc.map_or(0, Atc::number));
        self.bytes(aid.as_ref().map_or(&[], Aid::bytes));
    }
}

/// How the wallet stands beside its cards.
#[derive(Debug)]
pub(crate) struct Standing {
    pub(crate) rolled_back: bool,
    pub(crate) clock_set_back: bool,
    pub(crate) has_device_keys: bool,
    pub(crate) has_unlocked_key: bool,
    pub(crate) has_authenticated_key: bool,
    pub(crate) clock_is_wrong: bool,
}

impl Standing {
    pub(crate) fn of(wallet: &Wallet, wall_ms: u64) -> Standing {
        Standing {
            rolled_back: wallet.is_rolled_back(),
            clock_set_back: wallet.clock_was_set_back(wall_ms),
            has_device_keys: wallet.has_device_keys(),
            has_unlocked_key: wallet.has_spend_key(ReleasedSpendKey::Unlocked),
            has_authenticated_key: wallet.has_spend_key(ReleasedSpendKey::Authenticated),
            clock_is_wrong: wallet.clock_is_wrong(wall_ms),
        }
    }

    fn flags(&self) -> [bool; 6] {
        [
            self.rolled_back,
            self.clock_set_back,
            self.has_device_keys,
            self.has_unlocked_key,
            self.has_authenticated_key,
            self.clock_is_wrong,
        ]
    }
}

/// A card, and how long its keys last.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) card: Card,
    pub(crate) advice: Advice,
    pub(crate) uses_left_online: u32,
    pub(crate) uses_left_by_codes: u32,
}

impl Held {
    pub(crate) fn of(wallet: &Wallet, card: CardId, wall_ms: u64) -> Option<Held> {
        Some(Held {
            card: wallet.card(card, wall_ms)?,
            advice: wallet.replenishment(card, wall_ms)?,
            uses_left_online: wallet.uses_left(card, Channel::Online, wall_ms),
            uses_left_by_codes: wallet.uses_left(card, Channel::Qr, wall_ms),
        })
    }
}

/// How the wallet stands.
pub(crate) fn snapshot(cards: &[Held], standing: &Standing) -> Vec<u8> {
    let mut message = Message::new();
    message.flags(&standing.flags());
    message.u16(u16::try_from(cards.len()).unwrap_or(u16::MAX));
    for Held { card, advice, uses_left_online, uses_left_by_codes } in cards.iter().take(u16::MAX.into()) {
        message.u32(card.id.number()).u8(card.state.byte()).u8(card.codes_left);
        message.u8(card.policy.protection.byte()).u16(card.policy.most_uses);
        message.flags(&[card.keys_lost, card.chosen]);
        card.last_four.digits().into_iter().for_each(|digit| _ = message.u8(digit));
        message.u16(card.expires.map_or(0, |expires| expires.year)).u8(card.expires.map_or(0, |expires| expires.month));
        message.advice(advice);
        message.u32_or_none(Some(*uses_left_online)).u32_or_none(Some(*uses_left_by_codes));
        message.u8(u8::try_from(card.applications.len()).unwrap_or(u8::MAX));
        for application in card.applications.iter().take(u8::MAX.into()) {
            message.bytes(application.aid.bytes()).bytes(application.label.as_bytes());
            message.u16(application.last_atc.number());
            message.u32_or_none(Some(application.uses_left));
        }
        message.rules(card);
    }
    message.0
}

/// Reports.
pub(crate) fn reports(reports: &[Report]) -> Vec<u8> {
    let mut message = Message::new();
    message.u16(u16::try_from(reports.len()).unwrap_or(u16::MAX));
    reports.iter().take(u16::MAX.into()).for_each(|report| message.report(report));
    message.0
}

/// Alerts.
pub(crate) fn alerts(alerts: &[Alert]) -> Vec<u8> {
    let mut message = Message::new();
    message.u16(u16::try_from(alerts.len()).unwrap_or(u16::MAX));
    for alert in alerts.iter().take(u16::MAX.into()) {
        message.u64(alert.id()).u64(alert.contact).u8(alert.rule.byte()).u8(alert.action.byte());
        message.u64(alert.at_ms).u32(alert.card.map_or(0, |card| card.number()));
        message.u8(u8::try_from(alert.evidence.len()).unwrap_or(u8::MAX));
        alert.evidence.iter().take(u8::MAX.into()).for_each(|number| _ = message.u64(*number));
        message.bytes(alert.sentence().as_bytes());
    }
    message.0
}

/// Rows of the journal.
pub(crate) fn rows(rows: &[Row]) -> Vec<u8> {
    let mut message = Message::new();
    message.rows(rows);
    message.0
}

/// An envelope was applied.
pub(crate) fn applied(applied: &Applied) -> Vec<u8> {
    let mut message = Message::new();
    message.u8(applied.purpose.byte()).u32(applied.card.map_or(0, |card| card.number())).u64(applied.highest_sequence);
    message.u8(applied.code_was_wrong.into());
    message.0
}

/// An envelope was applied before.
pub(crate) fn applied_before(highest_sequence: u64) -> Vec<u8> {
    let mut message = Message::new();
    message.u8(0).u32(0).u64(highest_sequence).u8(0);
    message.0
}

/// What to ask the issuer next.
pub(crate) fn next(is_enrolled: bool, next: NextRequest) -> Vec<u8> {
    let next = match next {
        NextRequest::Nothing => 0,
        NextRequest::Enrolment => 1,
        NextRequest::Resynchronisation => 2,
        NextRequest::IssuerTime => 3,
        NextRequest::Replenishment => 4,
        NextRequest::CheckIn => 5,
    };
    let mut message = Message::new();
    message.u8(is_enrolled.into()).u8(next);
    message.0
}

/// A request waits for the device's signature.
pub(crate) fn to_sign(asked: &ToSign) -> Vec<u8> {
    let mut message = Message::new();
    message.u64(asked.token).0.extend_from_slice(&asked.digest);
    message.0
}

/// An envelope waits for the device's key agreement.
pub(crate) fn begun(begun: &Begun) -> Vec<u8> {
    let mut message = Message::new();
    message.u64(begun.token).0.extend_from_slice(&begun.ephemeral.bytes());
    message.0
}

#[cfg(test)]
mod tests {
    use hcepay_core::{
        Action, Allowance, Amount, CardState, CouponId, CouponUse, Exemptions, ExpiryMonth, HolderRules, MostPaid,
        Purpose, Rule, Settled, TemporarilyUsed, TemporaryUse, Transit, VerificationPolicy, Wallet,
    };
    use hcepay_desk::phone::{NEW_YEAR, Phone};
    use hcepay_tests::bytes::{from_hex, hex};

    use super::*;

    /// The bytes of an example in `tests/messages`: what stands on each line before `#`.
    pub(super) fn example(name: &str) -> String {
        let path = format!("{}/../../tests/messages/{name}.txt", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        let bytes = text.lines().map(|line| line.split('#').next().unwrap_or_default());
        bytes.collect::<String>().split_whitespace().collect()
    }

    fn snapshot_of(wallet: &Wallet) -> Vec<u8> {
        let wall_ms = NEW_YEAR.wall_ms;
        let cards: Vec<_> = wallet.cards().into_iter().map(|card| Held::of(wallet, card, wall_ms).unwrap()).collect();
        snapshot(&cards, &Standing::of(wallet, wall_ms))
    }

    /// Declined first with one application, then paid with the other, and torn because no record is read.
    fn tapped() -> (Phone, Report) {
        let mut phone = Phone::new("kernel3-two-applications", 0, NEW_YEAR).unwrap();
        phone.receive_keys(3);
        let options = "80A8000023832130804000000000001250000000000000027600000000000978260101001122334400";
        let ask = |phone: &mut Phone, aid: &str| {
            phone.process(&from_hex(&format!("00A40400{:02X}{aid}00", aid.len() / 2)).unwrap());
            phone.process(&from_hex(options).unwrap());
        };
        ask(&mut phone, "A0000000032010");
        phone.verify_holder();
        ask(&mut phone, "A0000000031010");
        let report = phone.leave_field();
        (phone, report)
    }

    /// The card, with all that its holder can decide.
    fn ruled(wallet: &Wallet) -> Held {
        let mut held = Held::of(wallet, *wallet.cards().first().unwrap(), NEW_YEAR.wall_ms).unwrap();
        let card = &mut held.card;
        card.state = CardState::Retired;
        let euros = |single, total, count| Allowance { currency: 978, single, total, count };
        card.policy.verification = VerificationPolicy::Exempt(Exemptions {
            low_value: vec![euros(2000, 5000, 4)],
            transit: Some(Transit { aids: vec![], merchant_categories: vec![4111], allowance: euros(300, 1000, 3) }),
            card_like: false,
        });
        let limits = TemporaryUse {
            until_ms: Some(NEW_YEAR.wall_ms),
            taps: Some(3),
            amounts: vec![MostPaid { currency: 978, single: 4000, total: 6000 }],
            channels: vec![Channel::Tap, Channel::Qr],
            merchant_categories: vec![5603, 514],
        };
        let none_of_dollars = Allowance { currency: 840, single: 0, total: 0, count: 255 };
        card.rules = HolderRules {
            frozen: true,
            transit: true,
            low_value: Some(vec![euros(1000, 2000, 2), none_of_dollars]),
            temporary_use: Some(limits),
        };
        card.temporarily_used = TemporarilyUsed { taps: 1, paid: vec![Amount { minor: 1250, currency: 978 }] };
        (held.uses_left_online, held.uses_left_by_codes) = (7, 1);
        held
    }

    #[test]
    fn messages_are_written_as_the_examples_have_them() {
        let (phone, report) = tapped();
        assert_eq!(hex(&snapshot_of(phone.wallet())), example("snapshot"));
        assert_eq!(
            hex(&snapshot(&[ruled(phone.wallet())], &Standing::of(phone.wallet(), NEW_YEAR.wall_ms))),
            example("rules")
        );
        let nothing = phone.wallet().deactivated(NEW_YEAR);
        let month = ExpiryMonth { year: 2026, month: 1 };
        // Of a payment that the issuer knows more of than the terminal said.
        let amount = Amount { minor: 1250, currency: 978 };
        let settlement =
            |settled, at_ms| Settlement { settled, at_ms, amount, aid: report.aid.unwrap(), atc: report.atc.unwrap() };
        let declined = settlement(Settled::Declined(DeclineReason::SuspectedFraud), 2);
        let settlements = vec![settlement(Settled::Approved, 1), declined];
        let merchant = Some("Café".to_owned());
        let row = Row { id: 1, report: report.clone(), merchant, settlements };
        assert_eq!(hex(&rows(&[row])), example("rows"));
        let coupon = Some(CouponUse { coupon: CouponId([0xCC; 16]), number: 3 });
        let report = Report { coupon, certificate: Some(CertificateEnd { month, is_over: false }), ..report };
        assert_eq!(hex(&reports(&[report, nothing])), example("reports"));
        let card = phone.wallet().cards().first().copied();
        let (contact, at_ms) = (3, NEW_YEAR.wall_ms);
        let double = Alert {
            contact,
            rule: Rule::DoubleCharge,
            action: Action::Alert,
            at_ms,
            card,
            evidence: vec![1250, 978, 20_000],
        };
        let older = Alert { rule: Rule::OlderCopy, card: None, evidence: Vec::new(), ..double.clone() };
        assert_eq!(hex(&alerts(&[double, older])), example("alerts"));
        let installed = Applied { purpose: Purpose::InstallCard, card, highest_sequence: 7, code_was_wrong: false };
        assert_eq!(hex(&applied(&installed)), example("applied"));
        assert_eq!(hex(&next(phone.wallet().is_enrolled(), NextRequest::CheckIn)), example("next"));
    }
}
