//! The built program `card` on a PC/SC reader: the test is vpcd, at the other end of a socket. `scripts/try-pcsc` lays it on the
//! real one.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use hcepay_tests::bytes::{from_hex, hex};
use hcepay_tests::terminal::{Outcome, Purchase, Tap, Terminal};
use serde_json::Value;

use crate::card_program::{LineCard, purchase};

const CARD: &str = env!("CARGO_BIN_EXE_card");
const LONGEST: Duration = Duration::from_secs(30);
const POWER_OFF: u8 = 0x00;
const POWER_ON: u8 = 0x01;
const RESET: u8 = 0x02;
const GIVE_ATR: u8 = 0x04;

/// Kernel 3's first two commands: directory and application.
const SELECTS: [&str; 2] = ["00A404000E325041592E5359532E444446303100", "00A4040007A000000003101000"];
const OPTIONS: &str = "80A8000023832130804000000000001250000000000000027600000000000978260101001122334400";

/// A reader, and the program whose card lies on it.
struct Reader {
    card: Child,
    connection: TcpStream,
    reports: Receiver<String>,
}

impl Reader {
    fn with(arguments: &[&str]) -> Reader {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let mut command = Command::new(CARD);
        command.args(["--pcsc", "--at", &listener.local_addr().unwrap().to_string()]).args(arguments);
        let mut card = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(card.stdout.take().unwrap());
        let (line, reports) = channel();
        thread::spawn(move || output.lines().try_for_each(|report| line.send(report.unwrap())));
        Reader { card, connection: called(&listener), reports }
    }

    fn send(&mut self, message: &[u8]) {
        let length = u16::try_from(message.len()).unwrap();
        self.connection.write_all(&[&length.to_be_bytes(), message].concat()).unwrap();
    }

    fn receive(&mut self) -> Vec<u8> {
        let mut length = [0; 2];
        self.connection.read_exact(&mut length).unwrap();
        let mut message = vec![0; u16::from_be_bytes(length).into()];
        self.connection.read_exact(&mut message).unwrap();
        message
    }

    fn atr(&mut self) -> Vec<u8> {
        self.send(&[GIVE_ATR]);
        self.receive()
    }

    fn transmit(&mut self, command: &[u8]) -> Vec<u8> {
        self.send(command);
        self.receive()
    }

    fn transmit_hex(&mut self, command: &str) -> String {
        hex(&self.transmit(&from_hex(command).unwrap()))
    }

    /// vpcd asks for the ATR again and again, to know that the card is there still.
    fn pay(&mut self, purchase: &Purchase) -> Tap {
        Terminal::default().pay(purchase, &mut |command| {
            self.atr();
            self.transmit(command)
        })
    }

    fn report(&self) -> Value {
        serde_json::from_str(&self.reports.recv_timeout(LONGEST).expect("a contact is reported when it ends")).unwrap()
    }

    /// Has gone. Gives the exit code, and what the program said after its first line.
    fn gone(mut self) -> (Option<i32>, String) {
        drop(self.connection);
        assert_eq!(self.reports.recv_timeout(LONGEST), Err(RecvTimeoutError::Disconnected), "no further report");
        let code = self.card.wait().unwrap().code();
        let mut said = String::new();
        self.card.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        let (first, rest) = said.split_once('\n').unwrap();
        assert!(first.starts_with("card: on the reader at 127.0.0.1:"), "{first}");
        (code, rest.to_owned())
    }
}

/// The connection of a program that was begun for it.
fn called(listener: &TcpListener) -> TcpStream {
    listener.set_nonblocking(true).unwrap();
    let begun = Instant::now();
    let connection = loop {
        match listener.accept() {
            Ok((connection, _)) => break connection,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && begun.elapsed() < LONGEST => {
                thread::sleep(Duration::from_millis(2));
            }
            Err(error) => panic!("the card does not come: {error}"),
        }
    };
    connection.set_nonblocking(false).unwrap();
    connection.set_read_timeout(Some(LONGEST)).unwrap();
    connection
}

fn well() -> (Option<i32>, String) {
    (Some(0), String::new())
}

fn card(arguments: &[&str]) -> Output {
    Command::new(CARD).args(arguments).stdin(Stdio::null()).output().unwrap()
}

#[test]
fn a_reader_hears_and_learns_the_same_of_a_tap_as_who_speaks_in_lines() {
    for arguments in [
        &["--card", "kernel3-cvn18"][..],
        &["--card", "kernel2-cvn14"],
        &["--card", "kernel7-cvn01", "--seed", "7"],
        &["--card", "kernel3-cvn18", "--no-verification"],
    ] {
        let (mut reader, mut lines) = (Reader::with(arguments), LineCard::start(arguments));
        for contact in 1..=3 {
            reader.send(&[POWER_ON]);
            let tap = reader.pay(&purchase(12_50, contact));
            reader.send(&[POWER_OFF]);
            let (on_lines, report) = lines.tap(&purchase(12_50, contact));
            assert_eq!(tap.exchanges, on_lines.exchanges, "{arguments:?}");
            assert_eq!(reader.report(), report, "{arguments:?}");
            let verifies = !arguments.contains(&"--no-verification");
            assert_eq!(tap.outcome == Outcome::OnlineRequest, verifies, "{arguments:?}");
        }
        lines.end();
        assert_eq!(reader.gone(), well());
    }
}

/// PC/SC part 3, section 3.1.3.2.3.1, and ISO/IEC 7816-3 for its check character.
#[test]
fn the_answer_to_reset_is_that_of_a_contactless_card() {
    let mut reader = Reader::with(&["--card", "kernel3-cvn18"]);
    let before_power = reader.atr();
    reader.send(&[POWER_ON]);
    let atr = reader.atr();
    assert_eq!(before_power, atr);
    assert_eq!((atr[0], atr[1] >> 4, &atr[2..4]), (0x3B, 8, &[0x80, 0x01][..]));
    assert_eq!(atr.len(), 4 + usize::from(atr[1] & 0x0F) + 1, "historical bytes and check character");
    assert_eq!(atr[1..].iter().fold(0, |sum, byte| sum ^ byte), 0);
    assert_eq!(reader.gone(), well());
}

#[test]
fn power_off_power_on_and_reset_end_a_contact_and_what_was_selected_in_it() {
    let mut lines = LineCard::start(&["--card", "kernel3-cvn18"]);
    for select in SELECTS {
        lines.answer(select.as_bytes());
    }
    let torn = lines.reset();
    for word in [POWER_OFF, POWER_ON, RESET] {
        let mut reader = Reader::with(&["--card", "kernel3-cvn18"]);
        for select in SELECTS {
            assert!(reader.transmit_hex(select).ends_with("9000"));
        }
        reader.send(&[word]);
        assert_eq!(reader.report(), torn, "{word:02X}");
        assert_eq!(reader.transmit_hex(OPTIONS), "6985", "{word:02X}: nothing is selected any more");
        for select in SELECTS {
            reader.transmit_hex(select);
        }
        assert!(reader.transmit_hex(OPTIONS).ends_with("9000"), "{word:02X}");
        reader.send(&[word]);
        assert_eq!(reader.report()["atc"], 1, "{word:02X}");
        assert_eq!(reader.gone(), well());
    }
}

#[test]
fn a_reader_that_goes_ends_the_contact_and_the_program_ends_well() {
    let mut reader = Reader::with(&["--card", "kernel3-cvn18"]);
    for command in [SELECTS[0], SELECTS[1], OPTIONS] {
        reader.transmit_hex(command);
    }
    reader.connection.shutdown(Shutdown::Write).unwrap();
    assert_eq!(reader.report()["atc"], 1);
    assert_eq!(reader.gone(), well());
}

#[test]
fn a_reader_that_goes_without_its_answer_ends_the_contact_all_the_same() {
    let mut reader = Reader::with(&["--card", "kernel3-cvn18"]);
    // Answers that no one reads: the connection is reset when it is closed.
    for command in [SELECTS[0], SELECTS[1], OPTIONS] {
        reader.send(&from_hex(command).unwrap());
    }
    assert_eq!(reader.connection.peek(&mut [0]).unwrap(), 1);
    let Reader { mut card, connection, reports } = reader;
    drop(connection);
    let report: Value = serde_json::from_str(&reports.recv_timeout(LONGEST).unwrap()).unwrap();
    assert_eq!(report["id"], 1);
    assert_eq!(reports.recv_timeout(LONGEST), Err(RecvTimeoutError::Disconnected));
    assert_eq!(card.wait().unwrap().code(), Some(0));
}

#[test]
fn a_field_that_comes_and_goes_without_a_command_is_no_contact() {
    let mut reader = Reader::with(&["--card", "kernel3-cvn18"]);
    for word in [POWER_ON, POWER_OFF, POWER_ON, RESET, RESET, POWER_OFF, POWER_OFF, POWER_ON] {
        reader.send(&[word]);
        reader.atr();
    }
    reader.transmit_hex(SELECTS[0]);
    reader.send(&[POWER_OFF]);
    assert_eq!(reader.report()["id"], 1, "the first report");
    assert_eq!(reader.gone(), well());
}

/// A reader that breaks off in the middle of a message, and one that is none, after a command that began a contact.
#[test]
fn broken_and_unknown_messages_end_the_contact_and_the_program_with_a_reason() {
    let broken: [&[u8]; 5] = [b"\x00", b"\x00\x01", b"\x00\x05\x00\xA4", b"\xFF\xFF", b"GET / HTTP/1.1\r\n\r\n"];
    let unknown: Vec<Vec<u8>> =
        (0x00..=0xFF).filter(|word| !matches!(word, 0..=2 | 4)).map(|word| vec![0x00, 0x01, word]).collect();
    let empty: &[u8] = &[0x00, 0x00];
    let cases = broken.into_iter().map(|message| (message, "card: vpcd has gone in the middle of a message\n"));
    let unknown = unknown.iter().step_by(17).map(Vec::as_slice).chain([empty]);
    let no_vpcd = "card: what listens there is no vpcd: it sent a message that vpcd does not have\n";
    for (message, reason) in cases.chain(unknown.map(|message| (message, no_vpcd))) {
        let mut reader = Reader::with(&["--card", "kernel3-cvn18"]);
        reader.transmit_hex(SELECTS[0]);
        reader.connection.write_all(message).unwrap();
        reader.connection.shutdown(Shutdown::Write).unwrap();
        assert_eq!(reader.report()["id"], 1, "{message:02X?}");
        assert_eq!(reader.gone(), (Some(1), reason.to_owned()), "{message:02X?}");
    }
}

#[test]
fn a_command_of_any_length_is_the_cards_to_answer() {
    let mut reader = Reader::with(&["--card", "kernel3-cvn18"]);
    let mut lines = LineCard::start(&["--card", "kernel3-cvn18"]);
    for length in [2, 3, 4, 5, 6, 255, 256, 261, 262, 1_000, 65_534, 65_535] {
        for first in [0x00, 0x80, 0xFF] {
            let command = vec![first; length];
            let answer = hex(&reader.transmit(&command));
            assert_eq!(answer, lines.answer(hex(&command).as_bytes()), "{length} bytes");
        }
    }
    reader.send(&[POWER_OFF]);
    assert_eq!(reader.report(), lines.reset());
    lines.end();
    assert_eq!(reader.gone(), well());
}

#[test]
fn a_wallet_that_is_kept_lies_on_a_reader_too() {
    let place = tempfile::tempdir().unwrap();
    let wallet = place.path().join("wallet");
    let wallet = wallet.to_str().unwrap();
    let atc = |arguments: &[&str]| {
        let tap = Command::new(env!("CARGO_BIN_EXE_tap")).args(["--json", "--wallet", wallet]).args(arguments).output();
        let line: Value = serde_json::from_slice(&tap.unwrap().stdout).unwrap();
        assert_eq!(line["issuer"]["verdict"], "valid");
        line["report"]["atc"].clone()
    };
    assert_eq!(atc(&["--card", "kernel3-cvn18"]), 1);
    let mut reader = Reader::with(&["--wallet", wallet]);
    for contact in 2..=3 {
        assert_eq!(reader.pay(&purchase(12_50, contact)).outcome, Outcome::OnlineRequest, "{contact}");
        reader.send(&[RESET]);
        assert_eq!(reader.report()["atc"], contact);
    }
    assert_eq!(reader.gone(), well());
    assert_eq!(atc(&[]), 4);
    // Where there is no wallet none is made.
    let nowhere = place.path().join("nowhere");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let at = listener.local_addr().unwrap().to_string();
    let output = card(&["--pcsc", "--at", &at, "--wallet", nowhere.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(!nowhere.exists());
}

/// What a card answers goes over no network.
#[test]
fn no_address_but_a_loopback_one_is_called() {
    // The first two lead to this machine, all the same.
    for address in [
        "0.0.0.0:1",
        "[::]:1",
        "192.0.2.1:35963",
        "10.0.0.1:35963",
        "[2001:db8::1]:35963",
        "[::ffff:127.0.0.1]:1",
        "localhost:35963",
        "127.0.0.1",
        "127.0.0.1:65536",
        "35963",
        "",
    ] {
        let output = card(&["--pcsc", "--card", "kernel3-cvn18", "--at", address]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{address}: {said}");
        assert!(said.contains("a loopback address and a port are wanted"), "{address}: {said}");
    }
}

#[test]
fn where_no_vpcd_listens_it_says_what_to_install_and_to_start() {
    let gone = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().to_string();
    for at in [gone.as_str(), "127.0.0.2:1", "[::1]:1"] {
        let output = card(&["--pcsc", "--card", "kernel3-cvn18", "--at", at]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), said.lines().count()), (Some(1), 1), "{said}");
        for part in [&format!("no vpcd listens at {at} "), "apt-get install pcscd vsmartcard-vpcd", "start pcscd"] {
            assert!(said.contains(part), "{part}: {said}");
        }
    }
}
