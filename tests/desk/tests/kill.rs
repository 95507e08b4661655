//! A process that taps is killed in the middle of it, 300 times, on a real directory: what it had signed is never signed
//! again, and nothing is lost by it.
//!
//! A kill is not a power loss: what was written stays. Power losses are the crash lab's.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{ChildStdout, Command, Stdio};
use std::thread;
use std::time::Duration;

use hcepay_core::{Aid, DEFAULT_WINDOW_MS, Files, Method, Wallet};
use hcepay_desk::phone::{NEW_YEAR, issuer_key, randomness, store_key};
use hcepay_desk::plain_key::{made, terms};
use hcepay_desk::tally::tell;
use hcepay_tests::bytes::from_hex;
use hcepay_tests::issuer::demo_cards::demo_card;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

const KILLS: u64 = 300;
/// Another number of kills, for a longer run.
const KILLS_WANTED: &str = "HCEPAY_KILLS";
/// Names the directory to the child, and the number of its life.
const DIRECTORY: &str = "HCEPAY_KILL_DIRECTORY";
const LIFE: &str = "HCEPAY_KILL_LIFE";

#[test]
fn three_hundred_kills_let_no_counter_be_signed_twice_and_burn_nothing() {
    let place = tempfile::tempdir().unwrap();
    let directory = place.path().join("wallet");
    new_wallet(&directory);
    let kills = std::env::var(KILLS_WANTED).map_or(KILLS, |wanted| wanted.parse().unwrap());
    let mut dice = ChaCha8Rng::seed_from_u64(20_260_101);
    let (mut last, mut signed, mut unanswered, mut in_between, mut unheard) = (0, 0, 0, 0, 0);
    for life in 1..=kills {
        // Counters come to their end.
        if last > 60_000 {
            std::fs::remove_dir_all(&directory).unwrap();
            new_wallet(&directory);
            (last, unanswered) = (0, 0);
        }
        let said = one_life(&directory, life, &mut dice);
        for line in &said {
            match line.strip_prefix("signed ") {
                Some(counter) => {
                    let counter: u32 = counter.parse().unwrap();
                    assert!(counter > last, "life {life}: {counter} was signed after {last}");
                    assert!(
                        counter <= last + unanswered,
                        "life {life}: {counter} after {last}, {unanswered} asked for"
                    );
                    unheard += counter - last - 1;
                    (last, unanswered, signed) = (counter, 0, signed + 1);
                }
                None => unanswered += u32::from(line == "ask"),
            }
        }
        in_between += u64::from(said.last().is_some_and(|line| line == "ask"));
    }
    let share = in_between * 100 / kills;
    tell(&format!(
        "kills: {kills} kills, {signed} cryptograms, {share} % between question and answer, none signed twice"
    ));
    // How many depends on the machine.
    assert!(in_between > 0, "no kill fell between question and answer");
    assert!(unheard > 0, "no kill came after a key was spent and before its answer was heard");
}

fn new_wallet(directory: &Path) {
    std::fs::create_dir_all(directory).unwrap();
    let files = Box::new(Files::lock(directory).unwrap());
    let wallet = Wallet::create(files, store_key(), issuer_key(), NEW_YEAR, randomness(0)).unwrap();
    wallet.install_unsealed(&demo_card("kernel3-cvn18").unwrap().profile()).unwrap();
}

/// Starts the child, kills it, and gives the lines that it wrote. Two kills of three come after a question, at once or
/// where its key is spent, the others at any time, the opening of the wallet included.
fn one_life(directory: &Path, life: u64, dice: &mut ChaCha8Rng) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill::child_taps_until_it_is_killed", "--nocapture", "--ignored", "--test-threads=1"])
        .envs([(DIRECTORY, directory.as_os_str()), (LIFE, life.to_string().as_ref())])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut said = Vec::new();
    if dice.next_u32().is_multiple_of(3) {
        thread::sleep(Duration::from_micros(u64::from(dice.next_u32() % 10_000)));
    } else {
        let mut questions = 1 + dice.next_u32() % 20;
        while questions > 0 {
            let line = read_line(&mut output).expect("the child taps until it is killed");
            questions -= u32::from(line == "ask");
            said.push(line);
        }
        thread::sleep(Duration::from_micros(500 * u64::from(dice.next_u32() % 2)));
    }
    child.kill().unwrap();
    said.extend(std::iter::from_fn(|| read_line(&mut output)));
    assert_eq!(child.wait().unwrap().signal(), Some(9), "life {life} ended by itself: {said:?}");
    said
}

/// A whole line; none at the end of what the child wrote.
fn read_line(output: &mut BufReader<ChildStdout>) -> Option<String> {
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    let whole = line.strip_suffix('\n').map(str::to_owned);
    assert!(whole.is_some() || line.is_empty() || !line.contains("signed"), "half a line: {line}");
    whole
}

/// Not a test of its own: what the test above starts and kills.
#[test]
#[ignore = "started by the test that kills it"]
fn child_taps_until_it_is_killed() {
    let (Ok(directory), Ok(life)) = (std::env::var(DIRECTORY), std::env::var(LIFE)) else { return };
    let randomness = randomness(life.parse().unwrap());
    let files = Files::lock(Path::new(&directory)).unwrap();
    let mut wallet = Wallet::open(Box::new(files), store_key(), 0, NEW_YEAR, randomness).unwrap();
    acknowledge_all(&wallet);
    let select = from_hex("00A4040007A000000003101000").unwrap();
    let options =
        from_hex("80A8000023832130804000000000001250000000000000027600000000000978260101001122334400").unwrap();
    // The harness has begun a line.
    say("");
    loop {
        keep_in_keys(&mut wallet);
        wallet.arm(NEW_YEAR, Method::Biometric, DEFAULT_WINDOW_MS, None).unwrap();
        wallet.mark_stored(wallet.mark());
        assert!(wallet.process(NEW_YEAR, &select).ends_with(&[0x90, 0x00]));
        say("ask");
        let answer = wallet.process(NEW_YEAR, &options);
        // On its way to the terminal: half of the kills after a question are meant to come here.
        thread::sleep(Duration::from_millis(1));
        assert!(answer.ends_with(&[0x90, 0x00]), "{answer:02X?}");
        let at = answer.windows(3).position(|object| object == [0x9F, 0x36, 0x02]).unwrap();
        let counter = u16::from_be_bytes([answer[at + 3], answer[at + 4]]);
        say(&format!("signed {counter}"));
        assert_eq!(wallet.deactivated(NEW_YEAR).atc.unwrap().number(), counter);
        acknowledge_all(&wallet);
        wallet.make_ready(NEW_YEAR).unwrap();
    }
}

/// One line, at once.
fn say(line: &str) {
    let mut output = std::io::stdout().lock();
    output.write_all(format!("{line}\n").as_bytes()).and_then(|()| output.flush()).unwrap();
}

/// An app that takes every report in.
fn acknowledge_all(wallet: &Wallet) {
    for report in wallet.reports() {
        wallet.acknowledge(report.id.unwrap()).unwrap();
    }
}

/// The issuer sends twenty keys where fewer than three are left. A kill burns nothing, so its counters have no gaps.
fn keep_in_keys(wallet: &mut Wallet) {
    let aid = Aid::new(&[0xA0, 0, 0, 0, 3, 0x10, 0x10]).unwrap();
    let card = wallet.cards()[0];
    let application = wallet.card(card, NEW_YEAR.wall_ms).unwrap().applications[0].clone();
    let left = u16::try_from(application.uses_left).unwrap();
    if left < 3 {
        let first = application.last_atc.number() + left + 1;
        let keys = (first..first + 20).map(|atc| made(&terms(aid.bytes(), atc)));
        wallet.add_keys_unsealed(card, keys.collect(), NEW_YEAR).unwrap();
    }
}
