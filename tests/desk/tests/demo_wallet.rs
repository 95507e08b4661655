//! The programs `tap` and `card` on a wallet that is kept from run to run: it goes on where it was, whatever it died of.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use hcepay_tests::issuer::demo_cards::DEMO_CARDS;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::Value;
use tempfile::TempDir;

const CARD: &str = "kernel3-cvn18";

/// A wallet's path, at which there is nothing yet, in a directory of the test's own.
struct Kept(PathBuf, TempDir);

impl Kept {
    fn new() -> Kept {
        let place = tempfile::tempdir().unwrap();
        Kept(place.path().join("wallet"), place)
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Output {
        Command::new(program).args(arguments).arg("--wallet").arg(&self.0).stdin(Stdio::null()).output().unwrap()
    }

    fn tap(&self, arguments: &[&str]) -> Output {
        self.run(env!("CARGO_BIN_EXE_tap"), arguments)
    }

    /// What must go well; gives what it says.
    fn well(&self, arguments: &[&str]) -> String {
        let output = self.tap(arguments);
        assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""), "{arguments:?}");
        text(&output.stdout)
    }

    /// What must be refused, in one line, which it gives.
    fn refused(&self, arguments: &[&str]) -> String {
        let output = self.tap(arguments);
        let line = text(&output.stderr);
        assert_eq!((output.status.code(), line.lines().count()), (Some(1), 1), "{arguments:?}: {line}");
        assert_eq!(text(&output.stdout), "", "{arguments:?}");
        line
    }

    /// An accepted tap: the counter of its cryptogram, and the keys left.
    fn accepted(&self, card: &str) -> (u64, u64) {
        let line: Value = serde_json::from_str(&self.well(&["--json", "--card", card])).unwrap();
        assert_eq!(line["issuer"]["verdict"], "valid", "{card}");
        (line["report"]["atc"].as_u64().unwrap(), line["report"]["keys_left"].as_u64().unwrap())
    }

    fn show(&self) -> Value {
        serde_json::from_str(&self.well(&["show", "--json"])).unwrap()
    }

    fn card(&self, name: &str) -> Value {
        let shown = self.show();
        let card = shown["cards"].as_array().unwrap().iter().find(|card| card["name"] == name);
        card.cloned().unwrap_or(Value::Null)
    }

    /// Last counter and keys left of each application.
    fn counters(&self, name: &str) -> Vec<(u64, u64)> {
        let card = self.card(name);
        let applications = card["applications"].as_array().unwrap().iter();
        applications
            .map(|application| (application["atc"].as_u64().unwrap(), application["keys_left"].as_u64().unwrap()))
            .collect()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn cards() -> impl Iterator<Item = &'static str> {
    DEMO_CARDS.into_iter().filter(|name| !name.starts_with("test-"))
}

#[test]
fn one_run_continues_the_other_until_the_keys_run_out_and_again_when_more_have_come() {
    for card in cards() {
        let kept = Kept::new();
        for tap in 1..=10 {
            assert_eq!(kept.accepted(card), (tap, 10 - tap), "{card}");
        }
        let line = kept.refused(&["--card", card]);
        assert!(line.contains("scripts/tap replenish --wallet "), "{card}: {line}");
        assert_eq!(kept.counters(card)[0], (10, 0), "{card}");
        // At ten a day, as many as one envelope holds.
        assert!(kept.well(&["replenish"]).contains("0 keys before, 32 now"), "{card}");
        assert_eq!(kept.accepted(card), (11, 31), "{card}");
    }
}

#[test]
fn many_taps_of_a_wallet_end_where_its_keys_end() {
    let kept = Kept::new();
    let output = kept.tap(&["--taps", "12"]);
    assert_eq!(output.status.code(), Some(1));
    let last = "Accepted by the issuer: 10 of 12 taps; the others were not made.\n";
    assert!(text(&output.stdout).ends_with(last), "{}", text(&output.stdout));
    assert!(text(&output.stderr).contains("scripts/tap replenish --wallet "), "{}", text(&output.stderr));
    assert_eq!(kept.counters(CARD), [(10, 0)]);
}

#[test]
fn after_a_kill_nothing_burns_and_the_issuer_accepts_the_next_tap() {
    for card in cards() {
        let kept = Kept::new();
        let commands = commands(&kept, card);
        let mut spent_after = Vec::new();
        for command in 1..=commands + 1 {
            let before = kept.counters(card);
            let output = kept.tap(&["--card", card, "--kill-after", &command.to_string()]);
            assert_eq!(output.status.signal(), Some(9), "{card}: {command}");
            shows_the_last_commands(&output, command.min(commands), &kept);
            let after = kept.counters(card);
            let spent = after[0].0 - before[0].0;
            assert_eq!((before[0].1 - after[0].1, &after[1..]), (spent, &before[1..]), "{card}: {command}");
            spent_after.push(spent);
            assert_eq!(kept.accepted(card), (after[0].0 + 1, after[0].1 - 1), "{card}: {command}");
            kept.well(&["replenish"]);
        }
        // A cryptogram that was computed took its key with it, and no other did.
        let cryptogram = spent_after.iter().position(|spent| *spent == 1).unwrap();
        assert!(cryptogram >= 2, "{card}: {spent_after:?}");
        assert!(spent_after[cryptogram..].iter().all(|spent| *spent == 1), "{card}: {spent_after:?}");
    }
}

#[test]
fn after_a_power_loss_the_leases_burn_at_most_and_the_issuer_accepts_the_next_tap() {
    for card in cards() {
        let kept = Kept::new();
        let commands = commands(&kept, card);
        for command in 1..=commands + 1 {
            let (before, boot_count) = (kept.counters(card), kept.show()["boot_count"].as_u64().unwrap());
            let output = kept.tap(&["--card", card, "--lose-power-after", &command.to_string()]);
            assert_eq!(output.status.signal(), Some(9), "{card}");
            shows_the_last_commands(&output, command.min(commands), &kept);
            assert_eq!(kept.show()["boot_count"], boot_count + 1, "{card}");
            let after = kept.counters(card);
            for (before, after) in before.iter().zip(&after) {
                let burned = after.0 - before.0;
                assert!(burned <= 1 && before.1 - after.1 == burned, "{card}: {command}: {before:?} {after:?}");
            }
            assert_eq!(kept.accepted(card), (after[0].0 + 1, after[0].1 - 1), "{card}: {command}");
            kept.well(&["replenish"]);
        }
    }
}

/// So many, nothing of what would have come after the death, and what to run next.
fn shows_the_last_commands(output: &Output, commands: usize, kept: &Kept) {
    let shown = text(&output.stdout);
    for mark in ["  > ", "  < "] {
        assert_eq!(shown.lines().filter(|line| line.starts_with(mark)).count(), commands, "{shown}");
    }
    let next = shown.split("Next ").nth(1).unwrap().split_whitespace().collect::<Vec<&str>>().join(" ");
    let wallet = kept.0.display();
    for command in [format!("scripts/tap show --wallet {wallet}"), format!("--wallet {wallet} pays again")] {
        assert!(next.contains(&command), "{command}: {shown}");
    }
    assert!(!shown.contains("\nTerminal ") && !shown.contains("\nIssuer ") && !shown.contains("ccepted"), "{shown}");
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn a_death_of_which_json_was_wanted_says_on_standard_error_what_to_run_next() {
    let kept = Kept::new();
    let output = kept.tap(&["--json", "--kill-after", "2", "--card", "cobadged"]);
    assert_eq!((output.status.signal(), output.stdout.as_slice()), (Some(9), b"".as_slice()));
    let said = text(&output.stderr);
    assert!(said.contains("scripts/tap --card cobadged --wallet ") && said.lines().count() == 1, "{said}");
}

/// How many commands a tap has. One tap is made for it.
fn commands(kept: &Kept, card: &str) -> usize {
    let shown = kept.well(&["--card", card]);
    shown.lines().filter(|line| line.starts_with("  > ")).count()
}

#[test]
fn a_contact_in_which_the_program_died_is_told_once_at_the_next_tap() {
    let kept = Kept::new();
    kept.tap(&["--kill-after", "9"]);
    let shown = kept.well(&[]);
    assert!(shown.contains("the phone died in a contact before") && shown.contains("process-ended"), "{shown}");
    assert!(!kept.well(&[]).contains("died"));
}

#[test]
fn enrol_makes_a_wallet_once_for_its_owner_alone() {
    let kept = Kept::new();
    for arguments in [&["show"][..], &["replenish"], &["suspend"], &["resume"], &["renew"], &["delete"]] {
        assert!(kept.refused(arguments).contains("scripts/tap enrol --wallet "), "{arguments:?}");
    }
    let output = kept.run(env!("CARGO_BIN_EXE_card"), &["--hex"]);
    assert!(text(&output.stderr).contains("scripts/tap enrol --wallet "), "{}", text(&output.stderr));
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), b"".as_slice()));
    assert!(!kept.0.exists(), "nothing was made");
    assert!(kept.well(&["enrol"]).starts_with("A new wallet in "));
    assert!(kept.refused(&["enrol"]).contains("enrolled already"));
    assert_eq!(kept.show()["cards"], Value::Array(Vec::new()));
    for part in ["phone", "platform", "issuer"] {
        assert_eq!(mode(&kept.0.join(part)), 0o700, "{part}");
        for file in fs::read_dir(kept.0.join(part)).unwrap() {
            let path = file.unwrap().path();
            assert_eq!(mode(&path), 0o600, "{}", path.display());
        }
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_card_is_installed_once_and_beside_others() {
    let kept = Kept::new();
    assert!(kept.well(&["install"]).contains("is installed, with 10 keys"));
    assert!(kept.refused(&["install"]).contains("the issuer refuses: a wallet has a card with this token"));
    kept.well(&["install", "--card", "kernel2-no-verification"]);
    let (first, second) = (kept.card(CARD), kept.card("kernel2-no-verification"));
    assert_eq!(
        (&first["state"], &first["chosen"], &first["protection"]),
        (&"active".into(), &true.into(), &"authenticated".into())
    );
    assert_eq!(
        (&second["state"], &second["chosen"], &second["protection"]),
        (&"active".into(), &false.into(), &"device".into())
    );
    assert_eq!(kept.accepted("kernel2-no-verification"), (1, 9));
    assert_eq!(kept.card("kernel2-no-verification")["chosen"], true);
    kept.well(&["--card", "kernel2-no-verification", "--no-verification"]);
    let not_verified = kept.tap(&["--no-verification"]);
    assert_eq!(not_verified.status.code(), Some(1));
    assert_eq!(kept.accepted(CARD), (1, 9));
}

#[test]
fn an_identity_check_is_passed_with_the_right_code_alone() {
    let kept = Kept::new();
    let said = kept.well(&["install", "--identity-check"]);
    let code = said.split("the code ").nth(1).unwrap().split(' ').next().unwrap().to_owned();
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let waiting = kept.card(CARD);
    assert_eq!((&waiting["state"], &waiting["codes_left"]), (&"waiting".into(), &3.into()));
    assert!(text(&kept.tap(&[]).stdout).contains("declined (card-not-active)"), "it does not pay");
    assert!(kept.refused(&["resume"]).contains("a card that is waiting cannot be resumed"));
    assert!(kept.refused(&["resume", "--code", wrong]).contains("the code is wrong; 2 more may be tried"));
    assert_eq!(kept.card(CARD)["codes_left"], 2);
    assert!(kept.well(&["resume", "--code", &code]).contains("is active"));
    assert_eq!(kept.accepted(CARD), (1, 9));
    assert!(kept.refused(&["resume", "--code", &code]).contains("does not wait for an identity check"));
    // Whoever only guesses loses the card.
    kept.well(&["install", "--identity-check", "--card", "cobadged"]);
    for left in [2, 1] {
        let line = kept.refused(&["resume", "--card", "cobadged", "--code", "guess"]);
        assert!(line.contains(&format!("{left} more")), "{line}");
    }
    assert!(kept.refused(&["resume", "--card", "cobadged", "--code", "guess"]).contains("the card is deleted"));
    assert_eq!(kept.card("cobadged"), Value::Null);
}

#[test]
fn keys_are_filled_up_and_a_full_card_gets_none() {
    let kept = Kept::new();
    kept.well(&["install"]);
    assert!(kept.well(&["replenish"]).contains("no keys"));
    kept.accepted(CARD);
    assert!(kept.well(&["replenish"]).contains("9 keys before, 10 now"));
    assert_eq!(kept.counters(CARD), [(1, 10)]);
}

#[test]
fn a_suspended_card_pays_when_it_is_resumed_and_not_before() {
    let kept = Kept::new();
    assert_eq!(kept.accepted(CARD), (1, 9));
    kept.well(&["suspend"]);
    assert_eq!(kept.card(CARD)["state"], "suspended");
    assert!(kept.refused(&["suspend"]).contains("a card that is suspended cannot be suspended"));
    let output = kept.tap(&[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("declined (card-not-active)"), "{}", text(&output.stdout));
    kept.well(&["resume"]);
    assert!(kept.refused(&["resume"]).contains("a card that is active cannot be resumed"));
    assert_eq!(kept.accepted(CARD), (2, 8));
    assert!(kept.refused(&["suspend", "--card", "cobadged"]).contains("no demo card cobadged"));
}

#[test]
fn a_renewed_card_goes_on_with_another_expiry() {
    let kept = Kept::new();
    assert_eq!(kept.accepted(CARD), (1, 9));
    let before = kept.card(CARD)["expiry"].clone();
    assert!(kept.well(&["renew"]).contains("is renewed, and good until "));
    assert_ne!(kept.card(CARD)["expiry"], before);
    assert_eq!(kept.accepted(CARD), (2, 8));
}

#[test]
fn a_deleted_card_is_gone_and_a_new_one_goes_on_above_its_counters() {
    let kept = Kept::new();
    assert_eq!(kept.accepted(CARD), (1, 9));
    kept.well(&["delete"]);
    assert_eq!(kept.card(CARD), Value::Null);
    for command in ["delete", "suspend", "resume", "renew"] {
        assert!(kept.refused(&[command]).contains("no demo card kernel3-cvn18"), "{command}");
    }
    assert_eq!(kept.accepted(CARD), (11, 9), "it is installed anew, with keys above those that were issued");
    assert_eq!(kept.card(CARD)["card"], 2);
}

#[test]
fn an_older_copy_that_was_put_back_pays_when_it_was_resynchronised_and_not_before() {
    let kept = Kept::new();
    kept.accepted(CARD);
    let (ledger, copy) = (kept.0.join("phone/ledger"), kept.0.join("copy"));
    fs::copy(&ledger, &copy).unwrap();
    assert_eq!(kept.accepted(CARD), (2, 8));
    fs::copy(&copy, &ledger).unwrap();
    assert!(kept.refused(&[]).contains("scripts/tap replenish --wallet "));
    assert!(kept.well(&["show"]).contains("scripts/tap replenish --wallet "));
    assert_eq!(kept.show()["rolled_back"], true);
    kept.well(&["replenish"]);
    assert_eq!(kept.show()["rolled_back"], false);
    assert_eq!(kept.card(CARD)["frozen"], true, "what the holder decided since is not in the copy");
    assert!(kept.well(&["show"]).contains(&format!("unfreeze --card {CARD}")));
    kept.well(&["unfreeze"]);
    assert_eq!(kept.accepted(CARD), (11, 9), "above all counters that keys were ever issued for");
}

#[test]
fn what_belongs_to_the_wallet_must_be_there_and_whole() {
    let kept = Kept::new();
    kept.accepted(CARD);
    for file in ["platform/store-key", "platform/key-seed", "platform/mark", "platform/boot-count", "issuer/state.json"]
    {
        let path = kept.0.join(file);
        let content = fs::read(&path).unwrap();
        fs::write(&path, "?").unwrap();
        let line = kept.refused(&[]);
        let knows = ["/platform/store-key", "/phone/ledger"].iter().any(|known| line.contains(known));
        assert!((line.contains(file) || knows) && line.contains("begin anew: scripts/tap enrol --wallet "), "{line}");
        if file.starts_with("platform") {
            fs::remove_file(&path).unwrap();
            let line = kept.refused(&[]);
            assert!(line.contains(&format!("{file} is missing")) && line.contains("begin anew"), "{line}");
        }
        fs::write(&path, content).unwrap();
    }
    fs::rename(kept.0.join("phone/ledger"), kept.0.join("ledger")).unwrap();
    let line = kept.refused(&[]);
    assert!(
        line.contains("there is no ledger") && line.contains("phone/ledger"),
        "nothing starts anew by itself: {line}"
    );
    fs::rename(kept.0.join("ledger"), kept.0.join("phone/ledger")).unwrap();
    assert_eq!(kept.accepted(CARD), (2, 8));
}

/// A file in the place of a directory stands for one that may not be entered: root may enter any.
#[test]
fn a_wallet_that_cannot_be_looked_at_is_not_taken_for_none() {
    let kept = Kept::new();
    fs::write(&kept.0, "").unwrap();
    for arguments in [&["show"][..], &[], &["enrol"]] {
        let line = kept.refused(arguments);
        assert!(line.contains(kept.0.to_str().unwrap()) && !line.contains("no wallet"), "{line}");
    }
}

#[test]
fn a_damaged_ledger_is_told_with_its_path_and_mended_by_an_older_copy_and_the_issuer() {
    let kept = Kept::new();
    kept.accepted(CARD);
    let ledger = kept.0.join("phone/ledger");
    let copy = fs::read(&ledger).unwrap();
    let mut damaged = copy.clone();
    damaged[40] ^= 1;
    fs::write(&ledger, damaged).unwrap();
    let line = kept.refused(&["show"]);
    let named = [ledger.to_str().unwrap(), "begin anew: scripts/tap enrol --wallet "];
    assert!(named.iter().all(|name| line.contains(name)), "{line}");
    fs::write(&ledger, copy).unwrap();
    kept.well(&["show"]);
}

#[test]
fn show_is_for_people_too() {
    let kept = Kept::new();
    kept.accepted("cobadged");
    kept.well(&["install", "--identity-check"]);
    let shown = kept.well(&["show"]);
    for shows in [
        "Wallet in ",
        "Ledger ",
        "Card 1: cobadged",
        "active",
        "Card 2: kernel3-cvn18",
        "waiting for the identity check",
    ] {
        assert!(shown.contains(shows), "{shows}: {shown}");
    }
    assert!(shown.lines().all(|line| line.chars().count() <= 100 && !line.contains('\u{1b}')), "{shown}");
}

#[test]
fn cards_for_tests_alone_are_not_for_a_wallet() {
    let kept = Kept::new();
    for name in DEMO_CARDS.into_iter().filter(|name| name.starts_with("test-")) {
        for (program, arguments) in [
            (env!("CARGO_BIN_EXE_tap"), &["--card", name][..]),
            (env!("CARGO_BIN_EXE_tap"), &["install", "--card", name]),
            (env!("CARGO_BIN_EXE_card"), &["--hex", "--card", name]),
        ] {
            let output = kept.run(program, arguments);
            assert_eq!(output.status.code(), Some(2), "{arguments:?}");
            assert!(text(&output.stderr).contains("card master key"), "{arguments:?}");
        }
    }
    assert!(!kept.0.exists());
}

#[test]
fn a_wallet_is_one_program_s_at_a_time() {
    let kept = Kept::new();
    kept.accepted(CARD);
    let mut line_card = LineCard::start(&kept);
    line_card.answer("00A404000E325041592E5359532E444446303100").unwrap();
    let line = kept.refused(&["show"]);
    assert!(line.contains("another process has the ledger open (") && line.contains("/phone/ledger)"), "{line}");
    line_card.child.kill().unwrap();
    line_card.child.wait().unwrap();
    assert_eq!(kept.accepted(CARD), (2, 8));
}

/// The program `card` at the other end of two pipes.
struct LineCard {
    child: std::process::Child,
    input: std::process::ChildStdin,
    output: BufReader<std::process::ChildStdout>,
}

impl LineCard {
    fn start(kept: &Kept) -> LineCard {
        let mut command = Command::new(env!("CARGO_BIN_EXE_card"));
        command.arg("--hex").arg("--wallet").arg(&kept.0).stderr(Stdio::null());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        LineCard { input: child.stdin.take().unwrap(), output, child }
    }

    /// `None` where it has died.
    fn answer(&mut self, line: &str) -> Option<String> {
        self.input.write_all(format!("{line}\n").as_bytes()).ok()?;
        let mut answer = String::new();
        self.output.read_line(&mut answer).ok()?;
        answer.strip_suffix('\n').map(str::to_owned)
    }

    /// The counter of the cryptogram, where the program lives so long.
    fn tap(&mut self) -> Option<u16> {
        self.answer("00A4040007A000000003101000")?;
        let answer =
            self.answer("80A8000023832130804000000000001250000000000000027600000000000978260101001122334400")?;
        assert!(answer.ends_with("9000"), "{answer}");
        let at = answer.find("9F3602").unwrap() + 6;
        Some(u16::from_str_radix(&answer[at..at + 4], 16).unwrap())
    }
}

#[test]
fn the_card_on_lines_asks_for_keys_itself() {
    let kept = Kept::new();
    kept.well(&["enrol"]);
    let mut card = LineCard::start(&kept);
    for tap in 1..=40 {
        assert_eq!(card.tap(), Some(tap));
        let report: Value = serde_json::from_str(&card.answer("RESET").unwrap()).unwrap();
        assert_eq!(report["atc"], tap);
    }
    drop(card.input);
    assert_eq!(card.child.wait().unwrap().code(), Some(0));
    assert_eq!(kept.accepted(CARD).0, 41);
}

#[test]
fn the_card_on_lines_may_be_killed_at_any_moment() {
    let kept = Kept::new();
    kept.well(&["enrol"]);
    let mut dice = ChaCha8Rng::seed_from_u64(4);
    let mut last = 0;
    for _ in 0..60 {
        let mut card = LineCard::start(&kept);
        let pid = card.child.id();
        let wait = Duration::from_millis(u64::from(dice.next_u32() % 150));
        let killer = thread::spawn(move || {
            thread::sleep(wait);
            let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
            rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
        });
        while let Some(atc) = card.tap() {
            assert!(atc > last, "{atc} after {last}");
            last = atc;
            if card.answer("RESET").is_none() {
                break;
            }
        }
        killer.join().unwrap();
        assert_eq!(card.child.wait().unwrap().signal(), Some(9));
    }
    kept.well(&["replenish"]);
    assert!(kept.accepted(CARD).0 > u64::from(last));
}
