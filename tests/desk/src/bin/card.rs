//! `card`: a demo card for other people's terminals, on lines or on a PC/SC reader, and what an independent issuer needs.

use std::io::{self, BufRead, Write};
use std::process::ExitCode;

use hcepay_core::{Report, Scope};
use hcepay_desk::demo_wallet::life_cycle::is_test_only;
use hcepay_desk::demo_wallet::{DemoWallet, DemoWalletError, Directory};
use hcepay_desk::description_json::description;
use hcepay_desk::page::{WIDEST, complain, fitted, terminal_width};
use hcepay_desk::phone::{NEW_YEAR, Phone};
use hcepay_desk::report_json;
use hcepay_desk::tap::options::DEFAULT_CARD;
use hcepay_desk::vpcd::{Ended, LoopbackAddress, Vpcd, VpcdError};
use hcepay_tests::bytes::{from_hex, hex};
use hcepay_tests::issuer::demo_cards::DEMO_CARDS;

/// Each line is one paragraph.
const HELP: &str = "\
A demo card on standard input and output, or on a PC/SC reader.

    card --hex --card NAME        one hex command per line in, one hex answer (data and status word) per line out; a line \
RESET = the field went away, answered by one line of JSON, the card's report; any other line, an empty one too, never \
reaches the card: it is answered by 6700 and a note on standard error
    card --pcsc --card NAME       on the virtual reader vpcd of this machine, for any PC/SC program (Debian's pcscd and \
vsmartcard-vpcd); each contact's report, one line of JSON, on standard output
    card --describe --card NAME   what an independent issuer needs, as JSON. Test keys!
    card --list-cards             the names, one per line

    --seed N            decides keys and randomness (default 0); --describe prints the keys that the card uses
    --no-verification   the holder does not verify before each contact
    --at ADDRESS:PORT   with --pcsc: where vpcd listens, a loopback address (default 127.0.0.1:35963)
    --wallet DIR        with --hex and --pcsc: the wallet that `tap --wallet DIR` has made, its counters and keys, on the real clock; \
without --card the card that it has chosen. It asks its issuer for keys by itself. May be killed at any moment. --describe \
without --seed knows its keys
    -h, --help          this text

Without --wallet each contact begins a minute after the one before; the first on 2026-01-01.
";

fn main() -> ExitCode {
    let options = match Options::parse(lexopt::Parser::from_env()) {
        Ok(options) => options,
        Err(error) => {
            complain("card", &format!("{error}; see card --help"));
            return ExitCode::from(2);
        }
    };
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever was listening has gone: nothing is wrong with the card.
        Err(Failed::Lines(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(Failed::Lines(error)) => failed(&error),
        Err(Failed::Wallet(error)) => match &options.task {
            Task::Play(_, Played::Kept(directory, _)) => failed(&error.told(directory)),
            _ => failed(&error),
        },
        Err(Failed::Reader(error)) => failed(&error),
    }
}

fn failed(error: &impl std::fmt::Display) -> ExitCode {
    complain("card", error);
    ExitCode::FAILURE
}

/// What can go wrong on the way.
enum Failed {
    Lines(io::Error),
    Wallet(DemoWalletError),
    Reader(VpcdError),
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Failed {
        Failed::Lines(error)
    }
}

impl From<DemoWalletError> for Failed {
    fn from(error: DemoWalletError) -> Failed {
        Failed::Wallet(error)
    }
}

impl From<VpcdError> for Failed {
    fn from(error: VpcdError) -> Failed {
        Failed::Reader(error)
    }
}

fn run(options: &Options) -> Result<(), Failed> {
    let mut out = io::stdout().lock();
    match &options.task {
        Task::Help => out.write_all(fitted(HELP, terminal_width(&io::stdout()).unwrap_or(WIDEST)).as_bytes())?,
        Task::ListCards => DEMO_CARDS.iter().try_for_each(|name| writeln!(out, "{name}"))?,
        Task::Describe(name) => {
            let phone = options.phone(name);
            writeln!(out, "{:#}", description(phone.issuer(), name))?;
        }
        Task::Play(Reader::Lines, played) => hex_engine(options.card(played)?.as_mut(), &mut out)?,
        Task::Play(Reader::Vpcd(address), played) => {
            let mut vpcd = Vpcd::at(*address)?;
            let mut card = options.card(played)?;
            eprintln!("card: on the reader at {address}, until it goes");
            on_a_reader(card.as_mut(), &mut vpcd, &mut out)?;
        }
    }
    Ok(())
}

/// A card that another program taps.
trait PlayedCard {
    fn process(&mut self, command: &[u8]) -> Result<Vec<u8>, DemoWalletError>;
    fn leave_field(&mut self) -> Result<Report, DemoWalletError>;
    /// The report was read; what happens before the next contact begins.
    fn make_ready(&mut self) -> Result<(), DemoWalletError>;
}

/// Answers line by line until the input ends.
fn hex_engine(card: &mut dyn PlayedCard, out: &mut impl Write) -> Result<(), Failed> {
    for (number, line) in io::stdin().lock().split(b'\n').enumerate() {
        let line = String::from_utf8_lossy(&line?).trim().to_owned();
        if line == "RESET" {
            end_contact(card, out)?;
        } else if let Some(command) = from_hex(&line).filter(|command| !command.is_empty()) {
            writeln!(out, "{}", hex(&card.process(&command)?))?;
        } else {
            eprintln!("card: line {} is neither hex nor RESET", number.saturating_add(1));
            writeln!(out, "6700")?;
        }
        out.flush()?;
    }
    Ok(())
}

/// Contact after contact, until the reader goes.
fn on_a_reader(card: &mut dyn PlayedCard, vpcd: &mut Vpcd, out: &mut impl Write) -> Result<(), Failed> {
    loop {
        let mut began = false;
        let ended = vpcd.contact(|command| {
            began = true;
            card.process(command).map_err(Failed::Wallet)
        });
        // A reader switches its field on and off also where no one pays.
        if began {
            end_contact(card, out)?;
        }
        if ended? == Ended::ReaderGone {
            return Ok(());
        }
    }
}

fn end_contact(card: &mut dyn PlayedCard, out: &mut impl Write) -> Result<(), Failed> {
    writeln!(out, "{}", report_json::report(&card.leave_field()?))?;
    out.flush()?;
    Ok(card.make_ready()?)
}

/// A card on a fresh phone in memory.
struct Fresh {
    phone: Phone,
    verifies: bool,
}

impl PlayedCard for Fresh {
    fn process(&mut self, command: &[u8]) -> Result<Vec<u8>, DemoWalletError> {
        Ok(self.phone.process(command))
    }

    fn leave_field(&mut self) -> Result<Report, DemoWalletError> {
        Ok(self.phone.leave_field())
    }

    fn make_ready(&mut self) -> Result<(), DemoWalletError> {
        self.phone.wait(60_000);
        make_ready(&mut self.phone, self.verifies);
        Ok(())
    }
}

/// A card of a wallet that is kept.
struct Kept {
    wallet: DemoWallet,
    verifies: bool,
    in_contact: bool,
}

impl Kept {
    fn open(directory: &Directory, name: Option<&'static str>, verifies: bool) -> Result<Kept, DemoWalletError> {
        let mut wallet = DemoWallet::open(directory)?;
        wallet.keep_in_keys()?;
        let name = name.or_else(|| wallet.chosen()).unwrap_or(DEFAULT_CARD);
        if wallet.card(name).is_none() {
            eprintln!("card: the wallet has no demo card {name} yet: its issuer installs it");
        }
        wallet.choose(name)?;
        for report in wallet.acknowledge()? {
            eprintln!("card: a report that no one has read: {}", report_json::report(&report));
        }
        Ok(Kept { wallet, verifies, in_contact: false })
    }
}

impl PlayedCard for Kept {
    fn process(&mut self, command: &[u8]) -> Result<Vec<u8>, DemoWalletError> {
        // The holder's window lasts 30 seconds, and no one knows when a terminal comes: it begins with its first command.
        if self.verifies && !self.in_contact {
            self.wallet.verify_holder_for(Scope::AnyCard)?;
        }
        self.in_contact = true;
        Ok(self.wallet.process(command))
    }

    fn leave_field(&mut self) -> Result<Report, DemoWalletError> {
        self.in_contact = false;
        self.wallet.leave_field()
    }

    fn make_ready(&mut self) -> Result<(), DemoWalletError> {
        self.wallet.acknowledge()?;
        self.wallet.keep_in_keys()?;
        self.wallet.make_ready()
    }
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
    Play(Reader, Played),
}

/// What the terminal speaks to the card over.
enum Reader {
    Lines,
    Vpcd(LoopbackAddress),
}

enum Played {
    Fresh(&'static str),
    /// A card of the wallet in this directory: this one, or the one that it has chosen.
    Kept(Directory, Option<&'static str>),
}

struct Options {
    task: Task,
    seed: u64,
    verifies: bool,
}

impl Options {
    fn parse(mut arguments: lexopt::Parser) -> Result<Options, lexopt::Error> {
        use lexopt::prelude::{Long, Short, ValueExt};
        let (mut card, mut seed, mut verifies, mut wallet, mut at) = (None, None, true, None, None);
        let mut tasks = Vec::new();
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("hex") => tasks.push("hex"),
                Long("pcsc") => tasks.push("pcsc"),
                Long("describe") => tasks.push("describe"),
                Long("list-cards") => tasks.push("list-cards"),
                Short('h') | Long("help") => tasks.push("help"),
                Long("card") => {
                    let name = arguments.value()?.string()?;
                    let known = DEMO_CARDS.into_iter().find(|known| *known == name);
                    card = Some(known.ok_or("there is no card of that name, card --list-cards tells them")?);
                }
                Long("seed") => seed = Some(arguments.value()?.parse()?),
                Long("at") => at = Some(arguments.value()?.parse()?),
                Long("wallet") => wallet = Some(Directory::new(arguments.value()?.as_ref())),
                Long("no-verification") => verifies = false,
                unknown => return Err(unknown.unexpected()),
            }
        }
        if tasks.contains(&"help") {
            return Ok(Options { task: Task::Help, seed: 0, verifies });
        }
        let reader = match tasks.as_slice() {
            ["hex"] => Some(Reader::Lines),
            ["pcsc"] => Some(Reader::Vpcd(at.unwrap_or(LoopbackAddress::OF_VPCD))),
            _ => None,
        };
        if at.is_some() && tasks != ["pcsc"] {
            return Err("--at goes with --pcsc".into());
        }
        if let Some(directory) = wallet {
            let Some(reader) = reader.filter(|_| seed.is_none()) else {
                return Err("--wallet goes with --hex or --pcsc, and its keys are its own".into());
            };
            if card.is_some_and(is_test_only) {
                return Err("the key of this card is a card master key, which no issuer gives to a wallet".into());
            }
            return Ok(Options { task: Task::Play(reader, Played::Kept(directory, card)), seed: 0, verifies });
        }
        let seed = seed.unwrap_or(0);
        let card = || card.ok_or("which card? --card NAME");
        let task = match (tasks.as_slice(), reader) {
            (["list-cards"], _) => Task::ListCards,
            (["describe"], _) => Task::Describe(card()?),
            (_, Some(reader)) => Task::Play(reader, Played::Fresh(card()?)),
            _ => return Err("one of --hex, --pcsc, --describe and --list-cards is wanted".into()),
        };
        Ok(Options { task, seed, verifies })
    }

    fn card(&self, played: &Played) -> Result<Box<dyn PlayedCard>, DemoWalletError> {
        Ok(match played {
            Played::Fresh(name) => Box::new(Fresh { phone: self.phone(name), verifies: self.verifies }),
            Played::Kept(directory, name) => Box::new(Kept::open(directory, *name, self.verifies)?),
        })
    }

    fn phone(&self, name: &str) -> Phone {
        let mut phone = Phone::new(name, self.seed, NEW_YEAR).expect("the name was looked up in the list");
        make_ready(&mut phone, self.verifies);
        phone
    }
}
