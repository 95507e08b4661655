//! Who carries the phone: meets readers as a life or an attack has them, and reads what the wallet says of each contact.

use std::time::{Duration, Instant};

use hcepay_core::{Alert, Reason, Report};
use hcepay_desk::phone::{NEW_YEAR, Phone};
use hcepay_tests::bytes::from_hex;

use super::ordinary_life::{Asked, Contact};

/// Asks for the merchant's name, and wants its holder verified.
const CARD: &str = "kernel3-cvn43";

pub struct Wearer {
    pub phone: Phone,
    asks_for_names: bool,
    /// How long the wallet took to end the last contact.
    pub last_end: Duration,
}

/// What a contact came to.
pub struct Seen {
    pub report: Report,
    pub alerts: Vec<Alert>,
    pub refused_for_its_number: bool,
    /// The status words of GET PROCESSING OPTIONS.
    pub answers: Vec<u16>,
}

impl Wearer {
    pub fn new(seed: u64) -> Wearer {
        Wearer::with(CARD, seed)
    }

    pub fn with(card: &str, seed: u64) -> Wearer {
        let mut phone = Phone::new(card, seed, NEW_YEAR).unwrap();
        phone.receive_keys(10);
        Wearer { phone, asks_for_names: card == CARD, last_end: Duration::ZERO }
    }

    pub fn meet(&mut self, contact: &Contact) -> Seen {
        let now = self.phone.now().wall_ms;
        self.phone.wait(contact.at_ms.saturating_sub(now));
        self.phone.set_wall_clock(contact.at_ms);
        if contact.process_was_ended {
            self.phone.restart(false).unwrap();
        }
        self.phone.keep_in_keys();
        if contact.verified {
            self.phone.verify_holder();
        }
        let mut answers = Vec::new();
        let commands = contact.asked.iter().flat_map(|asked| commands(asked, self.asks_for_names));
        let commands: Vec<Vec<u8>> = commands.collect();
        for (sent, command) in commands.into_iter().take(contact.ends_after.unwrap_or(usize::MAX)).enumerate() {
            if sent > 0 {
                let gap = contact.gaps_ms.get(sent - 1).or(contact.gaps_ms.last());
                self.phone.wait(gap.copied().unwrap_or(0));
            }
            let answer = self.phone.process(&command);
            if command[1] == 0xA8 {
                let [.., high, low] = answer[..] else { panic!("an answer without a status word") };
                answers.push(u16::from_be_bytes([high, low]));
            }
        }
        let began = Instant::now();
        let report = self.phone.wallet().deactivated(self.phone.now());
        self.last_end = began.elapsed();
        if let Some(id) = report.id {
            self.phone.wallet().acknowledge(id).unwrap();
        }
        self.phone.wallet().make_ready(self.phone.now()).unwrap();
        self.phone.keep_mark();
        let alerts = self.phone.wallet().alerts();
        for alert in &alerts {
            self.phone.wallet().acknowledge_alert(alert.id()).unwrap();
        }
        let refused = |attempt: &hcepay_core::Attempt| attempt.reason == Reason::UnpredictableNumberRepeated;
        let refused_for_its_number = report.attempts.iter().any(refused);
        Seen { report, alerts, refused_for_its_number, answers }
    }
}

/// The commands of one transaction: directory, application, and the values that its list asks for.
fn commands(asked: &Asked, asks_for_names: bool) -> Vec<Vec<u8>> {
    let bcd = |number: u64, digits: usize| from_hex(&format!("{number:0digits$}")).unwrap();
    let mut name = asked.merchant.clone().into_bytes();
    name.resize(20, b' ');
    let number = asked.unpredictable_number;
    let qualifiers = [0x32, 0x80, 0x40, 0x00];
    let amounts = [bcd(asked.amount_minor, 12), vec![0; 6]].concat();
    let (currency, country) = (bcd(asked.currency.into(), 4), bcd(asked.country.into(), 4));
    let kind = [asked.transaction_type];
    let values: [&[u8]; 10] = match asks_for_names {
        true => [&number, &name, &qualifiers, &kind, &amounts, &[0; 5], &currency, &country, &asked.date, &[0; 5]],
        false => [&qualifiers, &amounts, &country, &[0; 5], &currency, &asked.date, &kind, &number, &[], &[]],
    };
    let values = values.concat();
    let length = u8::try_from(values.len()).unwrap();
    vec![
        from_hex("00A404000E325041592E5359532E444446303100").unwrap(),
        from_hex("00A4040007A000000003101000").unwrap(),
        [&[0x80, 0xA8, 0, 0, length + 2, 0x83, length][..], &values, &[0]].concat(),
    ]
}
