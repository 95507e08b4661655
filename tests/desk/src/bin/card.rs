//! `card`: a demo card as a line engine for other people's terminals, and what an independent issuer needs.

use std::io::{self, BufRead, Write};
use std::process::ExitCode;

use hcepay_desk::description_json::description;
use hcepay_desk::phone::{NEW_YEAR, Phone};
use hcepay_desk::report_json;
use hcepay_tests::bytes::{from_hex, hex};
use hcepay_tests::issuer::demo_cards::DEMO_CARDS;

const HELP: &str = "\
A demo card on standard input and output.

    card --hex --card NAME        one hex command per line in, one hex answer (data and status word) per line out;
                                  a line RESET = the field went away, answered by one line of JSON, the card's report;
                                  any other line, an empty one too, never reaches the card: it is answered by 6700
                                  and a note on standard error
    card --describe --card NAME   what an independent issuer needs, as JSON. Test keys!
    card --list-cards             the names, one per line

    --seed N            decides keys and randomness (default 0); --describe prints the keys that --hex uses
    --no-verification   the holder does not verify before each contact

Each contact begins a minute after the one before; the first on 2026-01-01.
";

fn main() -> ExitCode {
    let options = match Options::parse(lexopt::Parser::from_env()) {
        Ok(options) => options,
        Err(error) => {
            eprintln!("card: {error}; see card --help");
            return ExitCode::from(2);
        }
    };
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever was listening has gone: nothing is wrong with the card.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("card: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match options.task {
        Task::Help => write!(out, "{HELP}"),
        Task::ListCards => DEMO_CARDS.iter().try_for_each(|name| writeln!(out, "{name}")),
        Task::Describe(name) => {
            let phone = options.phone(name);
            writeln!(out, "{:#}", description(phone.issuer(), name))
        }
        Task::Hex(name) => hex_engine(options.phone(name), options.verifies, &mut out),
    }
}

/// Answers line by line until the input ends.
fn hex_engine(mut phone: Phone, verifies: bool, out: &mut impl Write) -> io::Result<()> {
    for (number, line) in io::stdin().lock().split(b'\n').enumerate() {
        let line = String::from_utf8_lossy(&line?).trim().to_owned();
        if line == "RESET" {
            let report = report_json::report(&phone.leave_field());
            writeln!(out, "{report}")?;
            phone.wait(60_000);
            make_ready(&mut phone, verifies);
        } else if let Some(command) = from_hex(&line).filter(|command| !command.is_empty()) {
            writeln!(out, "{}", hex(&phone.process(&command)))?;
        } else {
            eprintln!("card: line {} is neither hex nor RESET", number.saturating_add(1));
            writeln!(out, "6700")?;
        }
        out.flush()?;
    }
    Ok(())
}

/// What has happened before a contact begins: keys have come, the holder has verified.
fn make_ready(phone: &mut Phone, verifies: bool) {
    phone.keep_in_keys();
    if verifies {
        phone.verify_holder();
    }
}

enum Task {
    Help,
    ListCards,
    Describe(&'static str),
    Hex(&'static str),
}

struct Options {
    task: Task,
    seed: u64,
    verifies: bool,
}

impl Options {
    fn parse(mut arguments: lexopt::Parser) -> Result<Options, lexopt::Error> {
        use lexopt::prelude::{Long, ValueExt};
        let (mut card, mut seed, mut verifies) = (None, 0, true);
        let mut tasks = Vec::new();
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("hex") => tasks.push("hex"),
                Long("describe") => tasks.push("describe"),
                Long("list-cards") => tasks.push("list-cards"),
                Long("help") => tasks.push("help"),
                Long("card") => {
                    let name = arguments.value()?.string()?;
                    let known = DEMO_CARDS.into_iter().find(|known| *known == name);
                    card = Some(known.ok_or("there is no card of that name, card --list-cards tells them")?);
                }
                Long("seed") => seed = arguments.value()?.parse()?,
                Long("no-verification") => verifies = false,
                unknown => return Err(unknown.unexpected()),
            }
        }
        let card = || card.ok_or("which card? --card NAME");
        let task = match tasks.as_slice() {
            ["help"] => Task::Help,
            ["list-cards"] => Task::ListCards,
            ["describe"] => Task::Describe(card()?),
            ["hex"] => Task::Hex(card()?),
            _ => return Err("one of --hex, --describe and --list-cards is wanted".into()),
        };
        Ok(Options { task, seed, verifies })
    }

    fn phone(&self, name: &str) -> Phone {
        let mut phone = Phone::new(name, self.seed, NEW_YEAR).expect("the name was looked up in the list");
        make_ready(&mut phone, self.verifies);
        phone
    }
}
