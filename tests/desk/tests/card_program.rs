//! The built program `card`, as other people's terminals and issuers use it.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use hcepay_tests::authorisation::AuthorisationRequest;
use hcepay_tests::bytes::{from_hex, hex};
use hcepay_tests::issuer::card_master_key::{Derivation, card_master_key};
use hcepay_tests::issuer::cryptogram_input::{TransactionData, cryptogram_input};
use hcepay_tests::issuer::cryptogram_version::CryptogramVersion;
use hcepay_tests::issuer::demo_cards::DEMO_CARDS;
use hcepay_tests::issuer::issuer_application_data::IssuerApplicationData;
use hcepay_tests::issuer::limited_use_key::{LukIndex, limited_use_key};
use hcepay_tests::issuer::session_key::{common_session_key, common_session_key_diversifier};
use hcepay_tests::issuer::token::Token;
use hcepay_tests::terminal::{Outcome, Purchase, Tap, Terminal};
use serde_json::{Value, json};

const CARD: &str = env!("CARGO_BIN_EXE_card");
const SELECT_DIRECTORY: &str = "00A404000E325041592E5359532E444446303100";

fn card(arguments: &[&str]) -> Output {
    Command::new(CARD).args(arguments).stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The program at the other end of two pipes: a line in, a line out.
pub(super) struct LineCard {
    child: Child,
    input: ChildStdin,
    answers: Receiver<String>,
}

impl LineCard {
    pub(super) fn start(arguments: &[&str]) -> LineCard {
        let mut command = Command::new(CARD);
        command.arg("--hex").args(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (line, answers) = channel();
        thread::spawn(move || output.lines().try_for_each(|answer| line.send(answer.unwrap())));
        LineCard { input: child.stdin.take().unwrap(), child, answers }
    }

    /// The program has no other line before it answers this one: it must not wait for more.
    pub(super) fn answer(&mut self, line: &[u8]) -> String {
        self.input.write_all(&[line, b"\n"].concat()).unwrap();
        self.answers.recv_timeout(Duration::from_secs(30)).expect("each line is answered at once")
    }

    pub(super) fn reset(&mut self) -> Value {
        serde_json::from_str(&self.answer(b"RESET")).unwrap()
    }

    /// One tap and the report on it.
    pub(super) fn tap(&mut self, purchase: &Purchase) -> (Tap, Value) {
        let tap = Terminal::default().pay(purchase, &mut |command| {
            let answer = self.answer(hex(command).as_bytes());
            from_hex(&answer).filter(|bytes| hex(bytes) == answer).expect("hex in upper case")
        });
        (tap, self.reset())
    }

    /// The input ends: nothing more comes, and the program ends well. Gives what it said on standard error.
    pub(super) fn end(mut self) -> String {
        drop(self.input);
        assert_eq!(self.answers.recv_timeout(Duration::from_secs(30)), Err(RecvTimeoutError::Disconnected));
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        let mut error = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut error).unwrap();
        error
    }
}

pub(super) fn purchase(amount_minor: u64, number: u32) -> Purchase {
    Purchase {
        amount_minor,
        amount_other_minor: 0,
        currency: 978,
        country: 276,
        transaction_type: 0x00,
        date: [0x26, 0x01, 0x01],
        unpredictable_number: number.wrapping_mul(0x9E37_79B9).to_be_bytes(),
    }
}

/// An issuer that knows what `card --describe` says, and nothing else.
struct OutsideIssuer {
    description: Value,
    last_atc: u16,
}

impl OutsideIssuer {
    fn of(arguments: &[&str]) -> OutsideIssuer {
        let output = card(&[&["--describe"], arguments].concat());
        assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""));
        OutsideIssuer { description: serde_json::from_slice(&output.stdout).unwrap(), last_atc: 0 }
    }

    /// Checks token, rising counter and cryptogram.
    fn accepts(&mut self, request: &AuthorisationRequest) -> bool {
        let transaction = TransactionData::from_request(request).unwrap();
        let rising = transaction.atc > self.last_atc;
        self.last_atc = transaction.atc;
        let token_is_known = request.token().as_deref() == self.description["token"].as_str();
        rising && token_is_known && request.object(0x9F26) == Some(&self.cryptogram(request, &transaction))
    }

    fn cryptogram(&self, request: &AuthorisationRequest, transaction: &TransactionData) -> [u8; 8] {
        let applications = self.description["applications"].as_array().unwrap();
        let aid = hex(request.object(0x4F).unwrap());
        let application = applications.iter().find(|application| application["aid"] == aid.as_str()).unwrap();
        let iad = IssuerApplicationData::read(request.object(0x9F10).unwrap()).unwrap();
        assert_eq!(application["cvn"], hex(&[iad.cvn.unwrap()]).as_str());
        let version = match (application["kernel"].as_u64(), application["cvn"].as_str()) {
            (Some(3), Some("12")) => CryptogramVersion::Kernel3Cvn12,
            (Some(3), Some("43")) => CryptogramVersion::Kernel3Cvn43,
            (Some(2), Some("14")) => CryptogramVersion::Kernel2Cvn14,
            other => panic!("{other:?}"),
        };
        let card_master_key = self.card_master_key(application);
        let key = match application["scheme"].as_str() {
            Some("csk") => common_session_key(&card_master_key, common_session_key_diversifier(transaction.atc)),
            Some("luk") => {
                let index = LukIndex::from_derivation_data(iad.derivation_data.unwrap()).unwrap();
                limited_use_key(&card_master_key, &index)
            }
            other => panic!("{other:?}"),
        };
        version.cryptogram(&key, &cryptogram_input(version, transaction, &iad).unwrap())
    }

    fn card_master_key(&self, application: &Value) -> [u8; 16] {
        let issuer_master_key = from_hex(application["issuer_master_key"].as_str().unwrap()).unwrap();
        let derivation = match application["derivation"].as_str() {
            Some("A") => Derivation::OptionA,
            Some("B") => Derivation::OptionB,
            other => panic!("{other:?}"),
        };
        let token = Token::parse(self.description["token"].as_str().unwrap()).unwrap();
        let sequence_number = self.description["sequence_number"].as_str().map_or(0, |number| {
            let [number] = from_hex(number).unwrap().try_into().unwrap();
            number
        });
        card_master_key(&issuer_master_key.try_into().unwrap(), derivation.digits(&token, sequence_number))
    }
}

#[test]
fn every_demo_card_answers_line_by_line_and_ends_with_the_input() {
    for name in DEMO_CARDS {
        let mut card = LineCard::start(&["--card", name]);
        let directory = card.answer(SELECT_DIRECTORY.as_bytes());
        assert!(directory.starts_with("6F") && directory.ends_with("9000"), "{name}: {directory}");
        assert!(directory.contains("840E325041592E5359532E4444463031"), "{name}: {directory}");
        assert_eq!(
            card.answer(b"00a4 0400 05 A000000999 00\r"),
            "6A82",
            "{name}: lower case, spaces, a line of Windows"
        );
        assert_eq!(card.end(), "", "{name}");
    }
}

#[test]
fn two_thousand_taps_are_accepted_by_an_issuer_that_knows_the_description_alone() {
    for name in ["kernel3-cvn18", "kernel3-cvn43"] {
        let mut issuer = OutsideIssuer::of(&["--card", name]);
        let mut card = LineCard::start(&["--card", name]);
        for number in 1..=2000 {
            let (tap, report) = card.tap(&purchase(u64::from(number) * 7, number));
            assert_eq!(tap.outcome, Outcome::OnlineRequest, "{name}: tap {number}: {}", tap.reason.name());
            assert!(issuer.accepts(&tap.authorisation.unwrap()), "{name}: tap {number}");
            assert_eq!(report["id"], number, "{name}");
            assert_eq!(report["outcome"], "authorisation-requested", "{name}: tap {number}");
            assert_eq!((&report["atc"], &report["amount_minor"]), (&number.into(), &(number * 7).into()), "{name}");
        }
        assert_eq!(card.end(), "", "{name}");
    }
}

#[test]
fn the_description_names_the_first_limited_use_key() {
    let mut issuer = OutsideIssuer::of(&["--card", "kernel3-cvn43"]);
    let (tap, _) = LineCard::start(&["--card", "kernel3-cvn43"]).tap(&purchase(12_50, 1));
    let request = tap.authorisation.unwrap();
    assert!(issuer.accepts(&request));
    let iad = IssuerApplicationData::read(request.object(0x9F10).unwrap()).unwrap();
    let described = issuer.description["applications"][0]["luk_index"].as_str().unwrap();
    assert_eq!(hex(&iad.derivation_data.unwrap()), format!("0{described}"));
}

#[test]
fn the_seed_decides_the_keys_of_card_and_description_alike() {
    for name in ["kernel3-cvn18", "kernel3-cvn43", "kernel2-cvn14"] {
        for (described, playing) in [("0", "0"), ("7", "7"), ("0", "7"), ("7", "0")] {
            let mut issuer = OutsideIssuer::of(&["--card", name, "--seed", described]);
            let mut card = LineCard::start(&["--card", name, "--seed", playing]);
            let (tap, _) = card.tap(&purchase(12_50, 1));
            let accepted = issuer.accepts(&tap.authorisation.unwrap());
            assert_eq!(accepted, described == playing, "{name}: seed {described} described, {playing} playing");
            card.end();
        }
        let without = OutsideIssuer::of(&["--card", name]);
        assert_eq!(without.description, OutsideIssuer::of(&["--card", name, "--seed", "0"]).description, "{name}");
    }
}

/// The members of a report as JSON, in their order.
pub(crate) const REPORT: [&str; 16] = [
    "id",
    "outcome",
    "reason",
    "amount_minor",
    "currency",
    "aid",
    "atc",
    "keys_left",
    "at_ms",
    "duration_ms",
    "gaps_ms",
    "verified",
    "terminal",
    "coupon",
    "certificate",
    "attempts",
];

#[test]
fn reset_is_answered_by_a_report_with_exactly_these_members() {
    for name in DEMO_CARDS {
        let mut card = LineCard::start(&["--card", name]);
        let (_, report) = card.tap(&purchase(12_50, 1));
        let members: Vec<&str> = report.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(members, REPORT, "{name}");
        assert_eq!(
            (&report["outcome"], &report["currency"]),
            (&"authorisation-requested".into(), &978.into()),
            "{name}"
        );
        assert_eq!(report["keys_left"], 9, "{name}");
        assert_eq!(report["attempts"].as_array().unwrap().len(), 1, "{name}");
        card.end();
    }
}

/// The report where no command came.
fn nothing() -> Value {
    json!({
        "id": null, "outcome": "nothing", "reason": null, "amount_minor": null, "currency": null, "aid": null,
        "atc": null, "keys_left": null, "at_ms": null, "duration_ms": null, "gaps_ms": null,
        "verified": null, "terminal": null, "coupon": null, "certificate": null, "attempts": null,
    })
}

#[test]
fn a_reset_without_commands_reports_nothing() {
    let mut card = LineCard::start(&["--card", "kernel3-cvn18"]);
    assert_eq!([card.reset(), card.reset()], [nothing(), nothing()]);
    card.answer(SELECT_DIRECTORY.as_bytes());
    let report = card.reset();
    assert_eq!((&report["id"], &report["outcome"]), (&1.into(), &"nothing".into()), "a contact without a transaction");
    assert_eq!(card.reset(), nothing());
    card.end();
}

#[test]
fn what_is_not_hex_is_6700_and_a_note_and_never_reaches_the_card() {
    let malformed: [&[u8]; 8] = [b"", b"   ", b"\r", b"00A", b"hello", b"0x00A4", b"reset", b"\xFF\xFE"];
    let mut card = LineCard::start(&["--card", "kernel3-cvn18"]);
    for line in malformed {
        assert_eq!(card.answer(line), "6700", "{line:?}");
    }
    assert_eq!(card.reset(), nothing(), "no contact began");
    // In the middle of a contact they disturb nothing.
    let aid = "00A4040007A000000003101000";
    let (first, second) = (card.answer(aid.as_bytes()), card.answer(b"00A4040"));
    assert!(first.starts_with("6F") && second == "6700");
    let options = "80A8000023832130804000000000001250000000000000027600000000000978260101001122334400";
    assert!(card.answer(options.as_bytes()).ends_with("9000"));
    assert_eq!(card.reset()["atc"], 1);
    let notes = card.end();
    assert_eq!(notes.lines().count(), malformed.len() + 1, "{notes}");
    assert!(notes.lines().all(|note| note.starts_with("card: line ")), "{notes}");
    assert!(notes.starts_with("card: line 1 "), "{notes}");
}

#[test]
fn a_command_that_is_too_short_for_one_is_the_cards_to_refuse() {
    let mut card = LineCard::start(&["--card", "kernel3-cvn18"]);
    assert_eq!(card.answer(b"00"), "6700");
    assert_eq!(card.reset()["id"], 1, "it began a contact");
    assert_eq!(card.end(), "");
}

#[test]
fn a_last_line_needs_no_end() {
    let mut card = LineCard::start(&["--card", "kernel3-cvn18"]);
    card.input.write_all(b"RESET").unwrap();
    drop(card.input);
    let rest: Vec<String> = card.answers.iter().collect();
    assert_eq!(rest, [nothing().to_string()]);
    assert_eq!(card.child.wait().unwrap().code(), Some(0));
}

#[test]
fn without_verification_the_holder_must_look_at_the_phone_or_pays_where_the_card_allows() {
    for (name, amount, outcome, report_outcome) in [
        ("kernel3-cvn18", 12_50, Outcome::SeePhone, "verification-needed"),
        ("kernel3-no-verification", 12_50, Outcome::OnlineRequest, "authorisation-requested"),
        ("kernel3-no-verification", 60_00, Outcome::SeePhone, "verification-needed"),
    ] {
        let mut card = LineCard::start(&["--card", name, "--no-verification"]);
        for contact in 1..=2 {
            let (tap, report) = card.tap(&purchase(amount, contact));
            assert_eq!(tap.outcome, outcome, "{name}: {}", tap.reason.name());
            assert_eq!(report["outcome"], report_outcome, "{name}");
        }
        card.end();
    }
}

#[test]
fn the_cards_are_listed_one_per_line_and_each_is_described() {
    let output = card(&["--list-cards"]);
    assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""));
    assert_eq!(text(&output.stdout).lines().collect::<Vec<&str>>(), DEMO_CARDS);
    for name in DEMO_CARDS {
        let description = OutsideIssuer::of(&["--card", name]).description;
        assert_eq!(description["test_keys"], true, "{name}");
        let members: Vec<&str> = description.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(members, ["test_keys", "token", "sequence_number", "expiry", "applications"], "{name}");
        for application in description["applications"].as_array().unwrap() {
            let members: Vec<&str> = application.as_object().unwrap().keys().map(String::as_str).collect();
            let wanted = ["aid", "kernel", "cvn", "scheme", "issuer_master_key", "derivation", "luk_index"];
            assert_eq!(members, wanted, "{name}");
        }
    }
}

#[test]
fn wrong_use_is_one_line_and_exit_code_2() {
    for arguments in [
        &[][..],
        &["--hex"],
        &["--describe"],
        &["--card", "kernel3-cvn18"],
        &["--hex", "--card"],
        &["--hex", "--card", "visa"],
        &["--hex", "--describe", "--card", "kernel3-cvn18"],
        &["--hex", "--pcsc", "--card", "kernel3-cvn18"],
        &["--pcsc"],
        &["--hex", "--card", "kernel3-cvn18", "--at", "127.0.0.1:35963"],
        &["--at", "127.0.0.1:35963"],
        &["--hex", "--card", "kernel3-cvn18", "--seed", "x"],
        &["--hex", "--card", "kernel3-cvn18", "--seed", "-1"],
        &["--hex", "--wallet", "w", "--seed", "1"],
        &["--pcsc", "--wallet", "w", "--seed", "1"],
        &["--describe", "--wallet", "w", "--card", "kernel3-cvn18"],
        &["--hex", "--wallet", "w", "--card", "test-kernel3-cvn0a"],
        &["--hex", "--card", "kernel3-cvn18", "--loud"],
        &["--hex", "--card", "kernel3-cvn18", "coffee"],
    ] {
        let output = card(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let error = text(&output.stderr);
        assert!(error.starts_with("card: ") && error.lines().count() == 1, "{arguments:?}: {error}");
        assert_eq!(text(&output.stdout), "", "{arguments:?}");
    }
}

#[test]
fn help_names_every_option() {
    let output = card(&["--help"]);
    let help = text(&output.stdout);
    for option in [
        "--hex",
        "RESET",
        "--pcsc",
        "--at",
        "--describe",
        "--list-cards",
        "--card",
        "--seed",
        "--no-verification",
        "--wallet",
    ] {
        assert!(help.contains(option), "{option}");
    }
    assert_eq!(output.status.code(), Some(0));
}
