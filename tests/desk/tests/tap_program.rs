//! The built program `tap`, as a person or a script runs it.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::ffi::OsStrExt;
use std::process::{Command, Output, Stdio};

use hcepay_tests::issuer::demo_cards::DEMO_CARDS;
use hcepay_tests::merchant::published::{EMVCO, SGQR, broken};
use serde_json::Value;

use crate::card_program::REPORT;

const TAP: &str = env!("CARGO_BIN_EXE_tap");

/// Where it looks for a wallet there is none yet.
pub fn tap(arguments: &[&str]) -> Output {
    tap_where(arguments, &[])
}

fn tap_where(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let target = tempfile::tempdir().unwrap();
    let mut command = Command::new(TAP);
    command
        .args(arguments)
        .env_remove("NO_COLOR")
        .env("CARGO_TARGET_DIR", target.path())
        .envs(variables.iter().copied());
    command.output().expect("the program was built")
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("the program writes UTF-8")
}

fn members(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

#[test]
fn every_demo_card_is_accepted_and_shown_within_100_columns_and_without_colours() {
    for name in DEMO_CARDS {
        let output = tap(&["--card", name]);
        let shown = text(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{name}: {shown}");
        assert_eq!(text(&output.stderr), "", "{name}");
        assert_eq!(shown.lines().last(), Some("Accepted by the issuer."), "{name}");
        assert!(shown.lines().all(|line| line.chars().count() <= 100), "{name}: {shown}");
        assert!(!shown.contains('\u{1b}') && !shown.contains('\u{a0}'), "{name}");
        for unknown in ["unknown to this program", "not in use", "no BER-TLV", "does not name"] {
            assert!(!shown.contains(unknown), "{name}: {unknown}: {shown}");
        }
        for shows in ["10 before, 9 after: 1 spent", "(AC) ", "(IAD) ", "✓ cryptogram ", "Terminal  online-request: "]
        {
            assert!(shown.contains(shows), "{name}: {shows}: {shown}");
        }
    }
}

/// The program in a terminal of its own, so wide; what it shows, without colours.
fn in_a_terminal(width: u16, program: &str, arguments: &[&str]) -> String {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let size = rustix::termios::Winsize { ws_row: 25, ws_col: width, ws_xpixel: 0, ws_ypixel: 0 };
    rustix::termios::tcsetwinsize(&terminal, size).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap().into_string().unwrap();
    let open = || std::fs::File::options().read(true).write(true).open(&name).unwrap();
    let target = tempfile::Builder::new().prefix("hcepay-terminal-").tempdir().unwrap();
    let mut command = Command::new(program);
    command.args(arguments).env_remove("NO_COLOR").env("TERM", "xterm").env("CARGO_TARGET_DIR", target.path());
    let mut child = command.stdin(Stdio::null()).stdout(open()).stderr(open()).spawn().unwrap();
    drop(command);
    // Reading ends with an error when nobody has the other end any more.
    let mut shown = Vec::new();
    let _ = std::fs::File::from(terminal).read_to_end(&mut shown);
    child.wait().unwrap();
    let shown = anstream::adapter::strip_str(&text(&shown)).to_string().replace("\r\n", "\n");
    // A line that was drawn over is not there any more.
    shown.split('\n').map(|line| line.rsplit('\r').next().unwrap_or(line)).collect::<Vec<&str>>().join("\n")
}

#[test]
fn lines_fit_the_terminal_from_60_columns_on() {
    let taps: Vec<Vec<&str>> = DEMO_CARDS.into_iter().map(|name| vec!["--card", name]).collect();
    let others = [
        &["--help"][..],
        &["--no-verification"],
        &["--kill-after", "3"],
        &["--taps", "3"],
        &["show"],
        &["enrol"],
        &["install", "--identity-check"],
        &["--card", "visa"],
    ];
    for width in [60, 80, 100, 120] {
        for arguments in taps.iter().map(Vec::as_slice).chain(others) {
            let shown = in_a_terminal(width, TAP, arguments);
            // A path is longer than it can be in a checkout, and no line is broken within a path or a command.
            let fits = |line: &str| line.chars().count() <= usize::from(width) || line.contains("/hcepay-terminal-");
            assert!(shown.lines().all(fits), "{width}: {arguments:?}: {shown}");
            assert!(
                shown.lines().count() > 0 && !shown.contains(['\u{a0}', '\u{2007}']),
                "{width}: {arguments:?}: {shown}"
            );
        }
        for program in [env!("CARGO_BIN_EXE_card"), env!("CARGO_BIN_EXE_issuer"), env!("CARGO_BIN_EXE_crash_lab")] {
            let shown = in_a_terminal(width, program, &["--help"]);
            assert!(shown.lines().all(|line| line.chars().count() <= usize::from(width)), "{width}: {shown}");
            assert!(shown.contains("-h, --help"), "{shown}");
        }
    }
}

#[test]
fn a_narrow_terminal_is_told_as_much_as_a_wide_one() {
    let words = |width| {
        let shown = in_a_terminal(width, TAP, &["--help"]);
        shown.split_whitespace().map(str::to_owned).collect::<Vec<String>>()
    };
    assert_eq!(words(60), words(100));
}

#[test]
fn without_verification_the_holder_is_told_to_look_at_the_phone_and_no_key_is_spent() {
    for name in DEMO_CARDS.into_iter().filter(|name| !name.ends_with("no-verification") && !name.ends_with("everyday"))
    {
        let output = tap(&["--card", name, "--no-verification"]);
        let shown = text(&output.stdout);
        assert_eq!(output.status.code(), Some(1), "{name}: {shown}");
        assert_eq!(shown.lines().last(), Some("Not accepted: look at your phone, verify and tap again."), "{name}");
        assert!(shown.contains("10 before, 10 after: none spent"), "{name}: {shown}");
        assert!(!shown.contains("unknown to this program"), "{name}: {shown}");
    }
}

#[test]
fn a_card_that_verifies_only_when_asked_pays_small_amounts_without() {
    for name in ["kernel3-no-verification", "kernel2-no-verification"] {
        assert_eq!(tap(&["--card", name, "--no-verification", "--amount", "50"]).status.code(), Some(0), "{name}");
        assert_eq!(tap(&["--card", name, "--no-verification", "--amount", "50.01"]).status.code(), Some(1), "{name}");
    }
}

#[test]
fn readers_that_authenticate_cards_offline_take_those_that_can_and_the_others_what_they_get() {
    let reader = |card: &str, kind: &str| {
        let output = tap(&["--card", card, "--reader", kind]);
        (output.status.code(), text(&output.stdout))
    };
    let (_, shown) = reader("kernel3-fdda-record", "gate");
    for shows in
        ["fDDA      the card has proved", "1408 bits, certified (9F46)", "9F69  Card Authentication", "(9F36)\nIssuer"]
    {
        assert!(shown.contains(shows), "{shows}: {shown}");
    }
    for kind in ["cda", "deny-without-oda"] {
        let (code, shown) = reader("kernel2-cvn14", kind);
        assert_eq!(code, Some(0), "{kind}: {shown}");
        for shows in
            ["CDA       the card has proved", "✓ card's key", "1024 bits, certified (9F46)", "9F4B  Signed Dynamic"]
        {
            assert!(shown.contains(shows), "{kind}: {shows}: {shown}");
        }
    }
    for (card, kind, accepted, reason, oda) in [
        ("kernel2-cvn14", "cda", true, "no-verification", Some("cda")),
        ("kernel2-without-oda", "no-cda", true, "no-verification", None),
        ("kernel2-without-oda", "cda", true, "no-verification", None),
        ("kernel2-without-oda", "deny-without-oda", false, "not-authenticated", None),
        ("kernel2-cvn14", "no-cda", false, "on-device-without-cda", None),
        // No other kind asks kernels 3 and 7.
        ("kernel3-fdda", "deny-without-oda", true, "verified-on-device", None),
        ("kernel2-cvn14", "gate", true, "no-verification", Some("cda")),
        ("kernel3-fdda", "gate", true, "verified-on-device", Some("fdda")),
        ("kernel3-fdda-record", "gate", true, "verified-on-device", Some("fdda")),
        ("kernel7-fdda", "gate", true, "verified-on-device", Some("fdda")),
        ("kernel2-without-oda", "gate", false, "not-authenticated", None),
        ("kernel3-cvn18", "gate", false, "not-authenticated", None),
        ("kernel7-cvn01", "gate", false, "not-authenticated", None),
    ] {
        let output = tap(&["--card", card, "--reader", kind, "--json"]);
        let line: Value = serde_json::from_slice(&output.stdout).unwrap();
        let told = (output.status.success(), &line["terminal"]["reason"], &line["terminal"]["oda"]);
        assert_eq!(told, (accepted, &Value::from(reason), &Value::from(oda)), "{card} {kind}");
    }
}

#[test]
fn json_is_one_line_per_tap_with_exactly_these_members() {
    for name in DEMO_CARDS {
        let output = tap(&["--card", name, "--json", "--taps", "2"]);
        assert_eq!(output.status.code(), Some(0), "{name}");
        let lines: Vec<Value> = text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2, "{name}");
        for (line, atc) in lines.iter().zip(1..) {
            assert_eq!(members(line), ["report", "terminal", "issuer"], "{name}");
            assert_eq!(members(&line["report"]), REPORT, "{name}");
            assert_eq!(
                (&line["report"]["atc"], &line["report"]["amount_minor"]),
                (&atc.into(), &1250.into()),
                "{name}"
            );
            assert_eq!(members(&line["terminal"]), ["outcome", "reason", "oda"], "{name}");
            assert_eq!(line["terminal"]["outcome"], "online-request", "{name}");
            assert_eq!(members(&line["issuer"]), ["verdict", "steps"], "{name}");
            assert_eq!(line["issuer"]["verdict"], "valid", "{name}");
            let steps = line["issuer"]["steps"].as_array().unwrap();
            assert_eq!(steps.len(), 13, "{name}");
            for step in steps {
                assert_eq!(members(step), ["name", "detail", "passed"], "{name}");
                assert_eq!(step["passed"], true, "{name}");
            }
        }
    }
}

#[test]
fn where_nothing_went_to_the_issuer_json_says_null_and_the_reason_goes_to_standard_error() {
    for name in ["kernel3-cvn18", "kernel2-cvn14"] {
        let output = tap(&["--card", name, "--json", "--no-verification"]);
        assert_eq!(output.status.code(), Some(1), "{name}");
        let line: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(line["issuer"], serde_json::json!({ "verdict": null, "steps": null }), "{name}");
        assert_eq!(line["report"]["outcome"], "verification-needed", "{name}");
        assert_eq!(line["report"]["atc"], Value::Null, "{name}");
        assert_eq!(line["terminal"]["outcome"], "see-phone", "{name}");
        assert_eq!(text(&output.stderr), "Not accepted: look at your phone, verify and tap again.\n", "{name}");
    }
}

#[test]
fn a_hundred_taps_are_summed_up() {
    for name in DEMO_CARDS {
        let output = tap(&["--card", name, "--taps", "100"]);
        let shown = text(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{name}: {shown}");
        assert!(shown.ends_with("Accepted by the issuer: all 100 taps.\n") && shown.lines().count() < 10, "{shown}");
        assert_eq!(text(&output.stderr), "", "{name}");
    }
}

#[test]
fn of_many_taps_the_first_that_fails_is_shown_in_full() {
    let output = tap(&["--taps", "3", "--no-verification"]);
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(shown.matches("GET PROCESSING OPTIONS").count(), 1, "{shown}");
    let last = "Not accepted: look at your phone, verify and tap again (tap 1; 0 of 3 taps were accepted).\n";
    assert!(shown.ends_with(last), "{shown}");
}

#[test]
fn wrong_use_is_one_line_and_exit_code_2() {
    for arguments in [
        &["--amount", "12,50"][..],
        &["--amount", "-1"],
        &["--amount", "1e3"],
        &["--amount", "12.505"],
        &["--currency", "euro"],
        &["--card", "visa"],
        &["--taps", "0"],
        &["--taps"],
        &["--loud"],
        &["coffee"],
        &["--wallet"],
        &["--kill-after", "0"],
        &["--lose-power-after", "1", "--taps", "2"],
        &["replenish", "--card", "kernel3-cvn18"],
        &["install", "--card", "test-kernel3-cvn0a"],
    ] {
        let output = tap(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let error = text(&output.stderr);
        assert!(error.starts_with("tap: ") && error.lines().count() == 1, "{arguments:?}: {error}");
        assert_eq!(text(&output.stdout), "", "{arguments:?}");
    }
}

#[test]
fn the_cards_are_listed_one_per_line() {
    let output = tap(&["--list-cards"]);
    assert_eq!(text(&output.stdout).lines().collect::<Vec<&str>>(), DEMO_CARDS);
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn help_names_every_option_and_command() {
    let output = tap(&["--help"]);
    let help = text(&output.stdout);
    for option in [
        "--card",
        "--list-cards",
        "--amount",
        "--currency",
        "--taps",
        "--no-verification",
        "--json",
        "--wallet",
        "--kill-after",
        "--lose-power-after",
        "--identity-check",
        "--code",
        "--help",
        "  enrol ",
        "  install ",
        "  replenish ",
        "  suspend ",
        "  resume ",
        "  renew ",
        "  delete ",
        "  show ",
        "  online ",
        "  show-code ",
        "  coupon ",
        "  tap code ",
    ] {
        assert!(help.contains(option), "{option}");
    }
    assert!(help.lines().all(|line| line.chars().count() <= 100), "{help}");
    assert_eq!(output.status.code(), Some(0));
}

/// EMVCo's own example.
#[test]
fn a_merchant_s_qr_code_is_told_in_words() {
    let output = tap(&["code", EMVCO]);
    let shown = text(&output.stdout);
    assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""), "{shown}");
    for says in [
        "Merchant  BEST TRANSPORT, BEIJING, CN, category 4111\n",
        "in the language ZH: 最佳运输, 北京\n",
        "Amount    23.72 CNY\n",
        "Beside    a tip, if you give one\n",
        "In all    23.72 CNY, without a tip\n",
        "Code      dynamic: for one payment\n",
        "Pays to   D15600000000 (29), D15600000001 (31)\n",
        "Says      shop 1234, terminal A6008667\n",
        "Asks      you type the customer, your mobile number is sent along, your email address is sent along\n",
    ] {
        assert!(shown.contains(says), "{says}{shown}");
    }
    let label = text(&tap(&["code", SGQR]).stdout);
    for says in [
        "Amount    you type it, in SGD\n",
        "Code      static: the same for many payments\n",
        "Visa (02), Mastercard (04)",
    ] {
        assert!(label.contains(says), "{says}{label}");
    }
    assert!(!label.contains("4761360000000") && label.lines().all(|line| line.chars().count() <= 100), "{label}");
}

#[test]
fn a_code_that_would_not_be_paid_is_refused_in_one_sentence() {
    for (code, sentence) in [
        ("https://example.com/pay", "this is not a merchant's payment code"),
        (&EMVCO.replace("BEST", "BEAT"), "the code's checksum is wrong: it was read wrongly or is damaged"),
        (broken::PROMPTPAY, "data object 52 (merchant category code) of the code is missing"),
    ] {
        let output = tap(&["code", code]);
        assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(1), ""), "{code}");
        assert_eq!(text(&output.stderr), format!("tap: {sentence}\n"), "{code}");
    }
    let output = Command::new(TAP).arg("code").arg(OsStr::from_bytes(b"0002\xFF")).output().unwrap();
    assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(1), "tap: the code is not text\n"));
    for wrong in [&["code"][..], &["code", EMVCO, EMVCO], &["code", "--json"]] {
        assert_eq!(tap(wrong).status.code(), Some(2), "{wrong:?}");
    }
}

#[test]
fn whoever_stops_reading_stops_it_quietly() {
    let arguments = ["--json", "--taps", "50000"];
    let mut child = Command::new(TAP).args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::with_capacity(1, child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("{\"report\""), "{line}");
    let mut error = String::new();
    child.stderr.take().unwrap().read_to_string(&mut error).unwrap();
    assert_eq!(error, "");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn colours_come_only_where_they_are_wanted() {
    let colours = |variables: &[(&str, &str)]| tap_where(&[], variables).stdout.contains(&0x1B);
    assert!(colours(&[("CLICOLOR_FORCE", "1")]));
    assert!(!colours(&[("NO_COLOR", "1")]));
    assert!(!colours(&[]));
}

#[test]
fn a_trace_that_a_tap_has_written_is_told_in_words_with_the_reason_s_sentence() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("trace.txt").into_os_string().into_string().unwrap();
    for (card, says) in [
        (
            "kernel2-cvn14",
            &["9 GENERATE AC", "Card Risk Management DOL 1 (CDOL1)", "8 bytes, which a trace does not show"][..],
        ),
        ("kernel3-cvn18", &["3 GET PROCESSING OPTIONS", "Terminal Transaction Qualifiers (TTQ)", "12.50 EUR"]),
    ] {
        assert_eq!(tap(&["--card", card, "--trace", &file]).status.code(), Some(0));
        let told = tap(&["--explain", &file]);
        let (shown, complaint) = (text(&told.stdout), text(&told.stderr));
        assert_eq!((told.status.code(), complaint.as_str()), (Some(0), ""), "{card}");
        for says in says.iter().chain(&["authorisation-requested (verified)", "You verified. The reader shows whether"])
        {
            assert!(shown.contains(says), "{says}: {shown}");
        }
        assert!(shown.lines().all(|line| line.chars().count() <= 100) && !shown.contains("unknown"), "{shown}");
    }
}

#[test]
fn a_file_that_is_no_trace_is_answered_by_the_name_of_what_is_wrong_and_nothing_else() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("trace.txt");
    let name = file.to_str().unwrap();
    let head = "hcepay trace 1\ncontact\n";
    for (content, wrong) in [
        (None, "unreadable"),
        (Some("\u{1b}[31mred\n".to_owned()), "no-trace"),
        (Some("hcepay trace 9\n".to_owned()), "another-version"),
        (Some(format!("{head}> 0 ms ? \u{1b}[31m\n")), "wrong-line"),
        (Some(format!("{head}> 0 ms ? 3\n")), "cut-short"),
    ] {
        if let Some(content) = content {
            std::fs::write(&file, content).unwrap();
        }
        let told = tap(&["--explain", name]);
        let complaint = text(&told.stderr);
        assert_eq!((told.status.code(), text(&told.stdout).as_str()), (Some(2), ""), "{wrong}");
        assert!(complaint.starts_with(&format!("tap: --explain {name}: {wrong}: ")), "{wrong}: {complaint}");
        assert!(complaint.lines().count() == 1 && !complaint.contains('\u{1b}'), "{complaint}");
    }
    let nowhere = tap(&["--trace", "/none/trace.txt"]);
    assert_eq!(nowhere.status.code(), Some(1));
    assert!(text(&nowhere.stderr).starts_with("tap: --trace /none/trace.txt: "), "{}", text(&nowhere.stderr));
}

#[test]
fn alerts_are_told_with_their_evidence() {
    let root = tempfile::tempdir().unwrap();
    let wallet = root.path().join("wallet").to_str().unwrap().to_owned();
    let said = |arguments: &[&str]| {
        let output = tap(&[arguments, &["--wallet", &wallet]].concat());
        (output.status.code(), text(&output.stdout))
    };
    assert_eq!(said(&["enrol"]).0, Some(0));
    assert_eq!(said(&["alerts"]), (Some(0), "Nothing unusual was seen.\n".to_owned()));
    // Twice the same within a minute, as where somebody tries again.
    assert_eq!(said(&[]).0, Some(0));
    assert_eq!(said(&[]).0, Some(0));
    let (code, shown) = said(&["alerts"]);
    assert_eq!(code, Some(0));
    assert!(shown.contains("The same amount was asked for twice within"), "{shown}");
    assert!(shown.contains("double-charge: noted; evidence 1250, 978, "), "{shown}");
    let (_, json) = said(&["alerts", "--json"]);
    let alert: Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
    assert_eq!((&alert["rule"], &alert["action"]), (&Value::from("double-charge"), &Value::from("note")));
    assert_eq!(alert["evidence"].as_array().unwrap()[..2], [Value::from(1250), Value::from(978)]);
}

#[test]
fn the_journal_shows_what_was_paid_day_by_day_and_what_the_issuer_said_since() {
    let root = tempfile::tempdir().unwrap();
    let wallet = root.path().join("wallet").to_str().unwrap().to_owned();
    let said = |arguments: &[&str]| {
        let output = tap(&[arguments, &["--wallet", &wallet]].concat());
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    assert_eq!(said(&["enrol"]).0, Some(0));
    assert_eq!(said(&["journal"]).1, "Nothing was paid yet, and nothing refused.\n");
    assert_eq!(said(&["notice"]).0, Some(1), "of nothing there is nothing to tell");
    assert_eq!(said(&["--amount", "12.50"]).0, Some(0));
    assert_eq!(said(&["--no-verification"]).0, Some(1));
    assert_eq!(said(&["notice", "--approved", "--merchant", "Café Löwe"]).0, Some(0));
    let refunded = said(&["notice", "--refunded", "--amount", "2.00"]);
    assert!(refunded.1.contains("refunded, 2.00 EUR"), "{refunded:?}");
    let (code, shown, _) = said(&["journal"]);
    assert_eq!(code, Some(0));
    let lines: Vec<&str> = shown.lines().collect();
    let [_, refused, paid, approved, refunded] = &lines[..] else { panic!("{shown}") };
    assert!(refused.contains("verification-needed (not-verified): 12.50 EUR, with kernel3-cvn18"), "{shown}");
    assert!(
        paid.contains("authorisation-requested (verified): 12.50 EUR, with kernel3-cvn18, at Café Löwe"),
        "{shown}"
    );
    assert!(approved.contains("approved, 12.50 EUR") && refunded.contains("refunded, 2.00 EUR"), "{shown}");
    let (_, json, _) = said(&["journal", "--json"]);
    let rows: Vec<Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((rows.len(), &rows[1]["merchant"]), (2, &Value::from("Café Löwe")));
    assert_eq!(rows[1]["settlements"].as_array().unwrap().len(), 2);
}

#[test]
fn what_holder_and_issuer_decide_before_a_tap_is_told_and_holds() {
    let directory = tempfile::tempdir().unwrap();
    let wallet = directory.path().join("wallet");
    let play = |arguments: &[&str]| {
        let output = tap(&[arguments, &["--wallet", wallet.to_str().unwrap()]].concat());
        (output.status.code(), text(&output.stdout))
    };
    let paid = "Accepted by the issuer.";
    let cobadged = "cobadged";
    for (arguments, code, shows) in [
        (
            &["--two-tap"][..],
            0,
            &["verification-needed (not-verified)", "for exactly that", "(verified): 12.50", paid][..],
        ),
        (&["--policy", "flexible", "--no-verification"], 0, &["the policy \"flexible\"", "(low-value)", paid]),
        (
            &["--policy", "transit", "--amount", "0", "--no-verification"],
            0,
            &["the policy \"transit\"", "lets it pass gates", "  4111", "(transit)", paid],
        ),
        (&["--policy", "card-like", "--no-verification"], 0, &["enters the PIN here", "(online-pin)", paid]),
        (
            &["--card", "kernel2-cvn14", "--temporary", "taps=1,until=2099-12-31"],
            0,
            &["limited the use of kernel2-cvn14: 1 tap, until 2099-12-31", paid],
        ),
        (&["--card", "kernel2-cvn14"], 1, &["declined (temporary-use-over)"]),
        (&["--card", cobadged, "--freeze"], 1, &["has frozen cobadged", "declined (frozen)"]),
        (&["--card", cobadged], 1, &["declined (frozen)"]),
        (&["unfreeze", "--card", cobadged], 0, &["pays again"]),
        (&["--card", cobadged], 0, &[paid]),
        (&["--once", "closed-loop"], 0, &["pays with closed-loop this once", "AID F0", "10 before, 9 after", paid]),
        (&[], 0, &["AID A0000000031010", paid]),
        (&["show"], 0, &["retired"]),
    ] {
        let (ended, shown) = play(arguments);
        assert_eq!(ended, Some(code), "{arguments:?}: {shown}");
        for shows in shows {
            assert!(shown.contains(shows), "{arguments:?}: {shows}: {shown}");
        }
        assert!(shown.lines().all(|line| line.chars().count() <= 100), "{arguments:?}: {shown}");
    }
}
