//! Writes the seed corpora: the transcripts as command sequences, the demo cards as profiles, an envelope of each kind
//! and what such ones hold, the ledgers of phones that paid, the codes of merchants that were published.

use std::fs;
use std::path::Path;

use hcepay_desk::phone::{NEW_YEAR, PURCHASE, Phone};
use hcepay_desk::transcript::{Decision, Line, parse};
use hcepay_desk::watch::WATCHED_CARDS;
use hcepay_tests::bytes::from_hex;
use hcepay_tests::issuer::demo_cards::{DEMO_CARDS, demo_card};
use hcepay_tests::issuer::seal::{Address, PURPOSES, Purpose, SigningIssuer, agreement_key};
use hcepay_tests::ledger_file::LedgerFile;
use hcepay_tests::merchant::online_shop::{Merchant, OnlineShop};
use hcepay_tests::merchant::published;
use hcepay_tests::terminal::Terminal;

/// EMVCo's example of a code that a consumer shows.
const CONSUMER_PRESENTED: &str = "hQVDUFYwMWETTwegAAAAVVVVUAhQcm9kdWN0MWETTwegAAAAZmZmUAhQcm9kdWN0MmJJWggSNFZ4kBI0WF8gDkNBUkRIT0xERVIvRU1WXy0IcnVlc2RlZW5kIZ8QBwYBCgMAAACfJghYT9OF+iNLzJ82AgABnzcEbVjvEw==";

fn main() -> std::io::Result<()> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (sequences, profiles) = (here.join("corpus/command_sequence"), here.join("corpus/card_profile"));
    fs::create_dir_all(&sequences)?;
    fs::create_dir_all(&profiles)?;
    for name in DEMO_CARDS {
        let card = demo_card(name).expect("the list names demo cards");
        fs::write(profiles.join(name), card.profile())?;
    }
    let envelopes = here.join("corpus/envelope");
    fs::create_dir_all(&envelopes)?;
    // Issuer, wallet and key as the target has them.
    let (issuer, (_, device)) = (SigningIssuer::from_seed(0), agreement_key(&[0; 32]));
    for purpose in PURPOSES {
        let address = Address { purpose, wallet: [0; 16], card: 1, sequence: 1 };
        let envelope = issuer.seal(&address, b"content", &device, &mut |buffer| buffer.fill(purpose as u8));
        fs::write(envelopes.join(format!("{purpose:?}")), envelope.expect("there is room"))?;
    }
    let contents = here.join("corpus/envelope_contents");
    fs::create_dir_all(&contents)?;
    for entry in fs::read_dir(here.join("../golden"))? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default();
        if name.as_encoded_bytes().starts_with(b"envelope-") && path.extension().is_some_and(|kind| kind == "txt") {
            fs::write(contents.join(name), content_of(&fs::read_to_string(&path)?))?;
        }
    }
    let codes = here.join("corpus/merchant_code");
    fs::create_dir_all(&codes)?;
    for (name, code) in published::READ {
        fs::write(codes.join(name), code)?;
        // The target makes the checksum anew: what stands before it changes more.
        fs::write(codes.join(format!("{name}-unsealed")), code.split_at(code.len() - 8).0)?;
    }
    let orders = here.join("corpus/online_order");
    fs::create_dir_all(&orders)?;
    let merchant = Merchant { country: 276, category: 5942, id: "4711".to_owned(), name: "Löwe".to_owned() };
    let mut shop = OnlineShop::new(merchant);
    for (name, code) in [("shop", None), ("code", Some(published::EMVCO))] {
        let order = shop.order(4_990, 978, code, &mut |nonce| nonce.fill(7)).expect("it is an order");
        fs::write(orders.join(name), order)?;
    }
    fs::write(orders.join("consumer"), CONSUMER_PRESENTED)?;
    let ledgers = here.join("corpus/ledger_file");
    fs::create_dir_all(&ledgers)?;
    for name in ["kernel3-no-verification", "kernel3-cvn43", "kernel2-cvn14", "closed-loop"] {
        let mut phone = Phone::new(name, 0, NEW_YEAR).expect("it is a demo card");
        fs::write(ledgers.join(format!("{name}-new")), records(&phone))?;
        phone.receive_keys(3);
        phone.verify_holder();
        Terminal::default().pay(&PURCHASE, &mut |command| phone.process(command));
        fs::write(ledgers.join(format!("{name}-torn")), records(&phone))?;
        phone.leave_field();
        phone.restart(true).expect("the disk does not fail");
        phone.verify_holder();
        Terminal::default().pay(&PURCHASE, &mut |command| phone.process(command));
        phone.leave_field();
        fs::write(ledgers.join(format!("{name}-paid")), records(&phone))?;
    }
    for entry in fs::read_dir(here.join("../taps"))? {
        let path = entry?.path();
        let text = fs::read_to_string(&path)?;
        let Ok(lines) = parse(&text) else { continue };
        let mut seed = vec![0];
        for (_, line) in lines {
            match line {
                Line::Card(name) => {
                    let place = WATCHED_CARDS.iter().position(|(card, _)| *card == name);
                    seed = vec![place.unwrap_or(0) as u8];
                }
                Line::Holder(Decision::Verify(_)) => seed[0] |= 8,
                Line::Exchange(command, _) => {
                    seed.extend((command.len() as u16).to_be_bytes());
                    seed.extend(command);
                }
                Line::Holder(_) | Line::Clock(_) | Line::Field(_) | Line::Report(..) => {}
            }
        }
        fs::write(sequences.join(path.file_stem().unwrap_or_default()), seed)?;
    }
    Ok(())
}

/// What an envelope that is described in words holds, as the target takes it: purpose, card, content. Where it is about a card, that is
/// the target's, or a new one.
fn content_of(text: &str) -> Vec<u8> {
    let bytes = |line: &str| from_hex(line.split_whitespace().next_back().unwrap_or_default()).unwrap_or_default();
    let header = |field: &str| text.lines().find(|line| line.starts_with(field)).map(bytes).unwrap_or_default();
    let purpose = header(": purpose");
    let card = match header(": card id").as_slice() {
        [0, 0, 0, 0] => 0,
        _ if purpose == [Purpose::InstallCard as u8] => 9,
        _ => 1,
    };
    let content = text.lines().filter(|line| line.starts_with('=')).flat_map(bytes);
    purpose.into_iter().chain([card]).chain(content).collect()
}

/// What stands in a phone's ledger, as the target takes it: nothing behind the records, and each with its length.
fn records(phone: &Phone) -> Vec<u8> {
    let medium = phone.disk().medium();
    let file = LedgerFile::read(medium.log().expect("it was created"), [0x5C; 32]).expect("it is as described");
    let mut input = vec![0];
    for record in &file.records {
        let body = match record.salt {
            // The target finds the chain itself; of the boot count one byte is enough.
            Some(_) => record.body.get(3..4).unwrap_or_default(),
            None => &record.body,
        };
        input.extend((body.len() as u16 + 1).to_be_bytes());
        input.push(record.kind);
        input.extend(body);
        if record.number <= file.synced {
            input.extend(u16::MAX.to_be_bytes());
        }
    }
    input
}
