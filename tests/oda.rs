//! Offline data authentication held against other people's verifier: random transactions of every card that signs, and every change
//! of one bit in what a signature is to hold together, judged by the crate emv and by our own terminal.

mod cda;
mod fdda;

use emv::core::oda::{self, CaPublicKey, IccPublicKey};
use hcepay_core::{DEFAULT_WINDOW_MS, Method};
use hcepay_desk::phone::{NEW_YEAR, Phone};
use hcepay_tests::bytes::from_hex;
use hcepay_tests::issuer::demo_cards::{DEMO_CARDS, demo_card};
use hcepay_tests::terminal::{CaKey, Fdda, Purchase, Tap, Terminal};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

/// The objects of one level.
fn objects(mut bytes: &[u8]) -> Vec<(u32, &[u8], &[u8])> {
    let mut objects = Vec::new();
    while !bytes.is_empty() {
        let tag_length = if bytes[0] & 0x1F == 0x1F { 2 } else { 1 };
        let tag = bytes[..tag_length].iter().fold(0, |tag, byte| tag << 8 | u32::from(*byte));
        let (length, header) = match bytes[tag_length] {
            0x81 => (usize::from(bytes[tag_length + 1]), tag_length + 2),
            short => (usize::from(short), tag_length + 1),
        };
        let (whole, rest) = bytes.split_at(header + length);
        objects.push((tag, &whole[header..], whole));
        bytes = rest;
    }
    objects
}

/// A command and its answer.
type Exchange = (Vec<u8>, Vec<u8>);

/// What passed between a reader and a card, taken apart anew.
struct Heard {
    objects: Vec<(u32, Vec<u8>)>,
    static_data: Vec<u8>,
    pdol_values: Vec<u8>,
    cdol1_values: Vec<u8>,
    /// The answer to GENERATE AC without 9F4B.
    answered: Vec<u8>,
    rid: [u8; 5],
}

impl Heard {
    fn of(exchanges: &[Exchange]) -> Heard {
        let mut heard = Heard {
            objects: Vec::new(),
            static_data: Vec::new(),
            pdol_values: Vec::new(),
            cdol1_values: Vec::new(),
            answered: Vec::new(),
            rid: [0; 5],
        };
        let mut aip = Vec::new();
        for (command, answer) in exchanges {
            let answer = &answer[..answer.len() - 2];
            match command[1] {
                0xA4 => heard.rid.copy_from_slice(&command[5..10]),
                0xA8 => {
                    heard.pdol_values = command[7..command.len() - 1].to_vec();
                    for (tag, value, _) in objects(objects(answer)[0].1) {
                        aip = if tag == 0x82 { value.to_vec() } else { aip };
                        heard.objects.push((tag, value.to_vec()));
                    }
                }
                0xB2 => {
                    let content = objects(answer)[0].1;
                    // Files 2 and 3 of the demo cards are signed.
                    if command[3] >> 3 < 4 {
                        heard.static_data.extend(content);
                    }
                    heard.objects.extend(objects(content).into_iter().map(|(tag, value, _)| (tag, value.to_vec())));
                }
                0xAE => {
                    heard.cdol1_values = command[5..command.len() - 1].to_vec();
                    for (tag, value, whole) in objects(objects(answer)[0].1) {
                        heard.objects.push((tag, value.to_vec()));
                        if tag != 0x9F4B {
                            heard.answered.extend(whole);
                        }
                    }
                }
                _ => {}
            }
        }
        heard.static_data.extend(aip);
        heard
    }

    fn value(&self, tag: u32) -> Option<&[u8]> {
        self.objects.iter().find(|(known, _)| *known == tag).map(|(_, value)| value.as_slice())
    }

    /// The card's key, recovered by the crate emv.
    fn icc_key(&self) -> Result<IccPublicKey, emv::Error> {
        let CaKey { rid, index, modulus, exponent } = CaKey::of_demo_cards(self.rid);
        let authority = CaPublicKey { rid, index, modulus, exponent };
        let value = |tag| self.value(tag).unwrap_or_default();
        let today = [0x01, 0x26];
        let issuer = oda::recover_issuer_public_key(
            &authority,
            value(0x90),
            self.value(0x92),
            value(0x9F32),
            value(0x5A),
            today,
        )?;
        oda::recover_icc_public_key(
            &issuer,
            value(0x9F46),
            self.value(0x9F48),
            value(0x9F47),
            &self.static_data,
            value(0x5A),
            today,
        )
    }
}

fn random_purchase(random: &mut ChaCha8Rng) -> Purchase {
    let mut unpredictable_number = [0; 4];
    random.fill_bytes(&mut unpredictable_number);
    Purchase {
        amount_minor: random.next_u64() % 1_000_000,
        amount_other_minor: random.next_u64() % 1_000,
        currency: [978, 840, 756, 392][random.next_u32() as usize % 4],
        country: [276, 840, 756, 392][random.next_u32() as usize % 4],
        transaction_type: [0x00, 0x20, 0x09][random.next_u32() as usize % 3],
        date: [0x26, 0x01, 1 + (random.next_u32() % 9) as u8],
        unpredictable_number,
    }
}

fn phone(card: &str) -> Phone {
    let seed = DEMO_CARDS.iter().position(|name| *name == card).unwrap() as u64;
    let mut phone = Phone::new(card, seed, NEW_YEAR).unwrap();
    phone.receive_keys(20);
    phone
}

/// A reader of one kernel alone, which lets nobody pass whom it has not authenticated.
fn reader(rid: [u8; 5]) -> Terminal {
    let mut terminal = Terminal { fdda: Fdda::Required, ..Terminal::default() };
    terminal.applications.retain(|application| application.aid.starts_with(&rid));
    terminal
}

fn tap(phone: &mut Phone, reader: &Terminal, purchase: &Purchase) -> (Tap, Vec<Exchange>) {
    phone.keep_in_keys();
    phone.wallet().arm(phone.now(), Method::Biometric, DEFAULT_WINDOW_MS, None).unwrap();
    phone.keep_mark();
    let tap = reader.pay(purchase, &mut |command| phone.process(command));
    phone.leave_field();
    phone.wait(1_000);
    let exchanges = tap.exchanges.iter().map(|exchange| (exchange.command.clone(), exchange.response.clone()));
    let exchanges = exchanges.collect();
    (tap, exchanges)
}

/// One bit of a command on its way to the card, or of an answer on its way to the reader.
#[derive(Debug, Clone, Copy)]
enum Change {
    Command(usize),
    Answer(usize),
}

/// A tap with that bit changed in the exchange of this number.
fn tap_changed(
    phone: &mut Phone,
    reader: &Terminal,
    purchase: &Purchase,
    exchange: usize,
    change: Change,
) -> (Tap, Vec<Exchange>) {
    phone.keep_in_keys();
    phone.wallet().arm(phone.now(), Method::Biometric, DEFAULT_WINDOW_MS, None).unwrap();
    phone.keep_mark();
    let mut at = 0;
    let mut exchanges = Vec::new();
    let tap = reader.pay(purchase, &mut |command| {
        let flip = |bytes: &mut Vec<u8>, bit: usize| bytes[bit / 8] ^= 0x80 >> (bit % 8);
        let mut arrives = command.to_vec();
        if let (Change::Command(bit), true) = (change, at == exchange) {
            flip(&mut arrives, bit);
        }
        let mut answer = phone.process(&arrives);
        if let (Change::Answer(bit), true) = (change, at == exchange) {
            flip(&mut answer, bit);
        }
        at += 1;
        exchanges.push((command.to_vec(), answer.clone()));
        answer
    });
    phone.leave_field();
    phone.wait(1_000);
    (tap, exchanges)
}

/// Where the value of an object begins, in bits.
fn bits_of(bytes: &[u8], head: &str) -> std::ops::Range<usize> {
    let head = from_hex(head).unwrap();
    let at = bytes.windows(head.len()).position(|window| window == head).unwrap() + head.len();
    let length = usize::from(*head.last().unwrap());
    8 * at..8 * (at + length)
}

#[test]
fn the_demo_cards_sign_with_keys_of_the_lengths_that_are_named() {
    for (card, bits) in cda::CARDS.into_iter().chain(fdda::CARDS) {
        let applications = demo_card(card).unwrap().applications;
        let key = &applications[0].data_authentication.as_ref().unwrap().icc_key;
        assert_eq!(key.modulus.len() * 8, bits, "{card}");
    }
}
