//! The program `issuer`, with a wallet in this process.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use hcepay_core::{Attestation, DEFAULT_WINDOW_MS, Method, OnlineOrder, Scope, ToSign, Wallet};
use hcepay_desk::disk::Disk;
use hcepay_desk::phone::{NEW_YEAR, randomness, store_key};
use hcepay_desk::platform::Platform;
use hcepay_tests::bytes::{from_hex, hex};

struct Program {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Program {
    fn start(arguments: &[&str]) -> Program {
        let mut command = Command::new(env!("CARGO_BIN_EXE_issuer"));
        let mut child = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Program { child, input, output }
    }

    fn say(&mut self, line: &str) -> String {
        writeln!(self.input, "{line}").unwrap();
        self.read()
    }

    fn read(&mut self) -> String {
        let mut answer = String::new();
        self.output.read_line(&mut answer).unwrap();
        answer.trim().to_owned()
    }

    fn ask(&mut self, line: &str) -> Vec<String> {
        let answer = self.say(line);
        let words = answer.strip_prefix("ok").unwrap_or_else(|| panic!("{line}: {answer}"));
        words.split_whitespace().map(str::to_owned).collect()
    }

    /// Its terminal meets the wallet.
    fn purchase(&mut self, wallet: &Wallet) -> String {
        let mut line = self.say("purchase 1250 978");
        while let Some(command) = line.strip_prefix("> ") {
            let answer = wallet.process(NEW_YEAR, &from_hex(command).unwrap());
            line = self.say(&format!("< {}", hex(&answer)));
        }
        wallet.deactivated(NEW_YEAR);
        line
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn point(hexadecimal: &str) -> [u8; 65] {
    from_hex(hexadecimal).unwrap().try_into().unwrap()
}

#[test]
fn a_wallet_in_another_process_is_enrolled_gets_a_card_and_pays() {
    let mut issuer = Program::start(&[]);
    let key = issuer.ask(&format!("fresh 0 {}", NEW_YEAR.wall_ms)).remove(0);
    let platform = Platform::new(0, point(&key));
    let disk = Box::new(Disk::default());
    let wallet = Wallet::create(disk, store_key(), platform.issuer(), NEW_YEAR, randomness(0)).unwrap();
    platform.tell_keys(&wallet).unwrap();
    let sign = |asked: ToSign| hex(&platform.sign_request(&wallet, asked).unwrap());
    let apply = |envelope: &str| platform.apply(&wallet, &from_hex(envelope).unwrap(), NEW_YEAR).unwrap();

    let challenge = from_hex(&issuer.ask("challenge")[0]).unwrap();
    let request = sign(wallet.enrolment_request(&challenge, Attestation::default()).unwrap());
    let strict = "attestation trusted-environment agreement verified-boot app org.example.pay ";
    assert_eq!(issuer.say(&(strict.to_owned() + &"5A".repeat(32) + " root 3000")), "ok");
    assert_eq!(issuer.say(&format!("request {request}")), "refused a device key is not attested");
    assert_eq!(issuer.say("attestation strict"), "refused there is no such level");
    assert_eq!(issuer.say("attestation not-needed"), "ok");
    let challenge = from_hex(&issuer.ask("challenge")[0]).unwrap();
    let request = sign(wallet.enrolment_request(&challenge, Attestation::default()).unwrap());
    let found = issuer.say(&format!("request {request}"));
    assert_eq!(found, "found signature key: not attested; agreement key: not attested");
    apply(issuer.read().strip_prefix("ok ").unwrap());
    assert!(wallet.is_enrolled());
    let name = &request[4..36];
    let [number, envelope, code] = &issuer.ask(&format!("install {name} kernel3-cvn18 1 3"))[..] else { panic!() };
    let card = apply(envelope).card.unwrap();
    assert_eq!(card.number().to_string(), *number);

    let check = sign(wallet.identity_check_request(card, code.clone().into_bytes()).unwrap());
    apply(&issuer.ask(&format!("request {check}"))[0]);
    let pay = |issuer: &mut Program| {
        wallet.arm(NEW_YEAR, Method::Biometric, DEFAULT_WINDOW_MS, Some(platform.authenticated())).unwrap();
        wallet.mark_stored(wallet.mark());
        issuer.purchase(&wallet)
    };
    assert_eq!(pay(&mut issuer), "ok verified-on-device valid");
    let keys = sign(wallet.replenishment_request(NEW_YEAR.wall_ms).unwrap());
    for envelope in issuer.ask(&format!("request {keys}")) {
        apply(&envelope);
    }
    assert_eq!(pay(&mut issuer), "ok verified-on-device valid");
    for (channel, refused) in [("online", None), ("qr", None), ("radio", Some("refused there is no such channel"))] {
        let line = format!("keys {name} {number} {channel} 2");
        match refused {
            Some(refused) => assert_eq!(issuer.say(&line), refused),
            None => issuer.ask(&line).iter().for_each(|envelope| _ = apply(envelope)),
        }
    }
    let verify_for = |scope| {
        let released = Some(platform.authenticated());
        wallet.arm_for(scope, NEW_YEAR, Method::Biometric, DEFAULT_WINDOW_MS, released).unwrap();
    };
    let order = issuer.ask("order 1250 978").remove(0);
    let read = OnlineOrder::read(&from_hex(&order).unwrap()).unwrap();
    verify_for(Scope::Order(card, read.digest()));
    let asked = wallet.pay_online_begin(card, &read, NEW_YEAR).unwrap();
    let paid = wallet.pay_online_finish(asked.token, &platform.sign(&asked.digest), NEW_YEAR).unwrap();
    let [data, signature] = [paid.chip_data.as_slice(), &paid.signature].map(hex);
    let reference = paid.token.account_reference.unwrap_or_default();
    let paid = format!("paid-online {order} {} 2912 {signature} {data} {reference}", paid.token.digits);
    assert_eq!(issuer.say(&paid), "ok valid");
    assert_eq!(issuer.say(&paid), "refused the order was paid before");
    verify_for(Scope::Code(card));
    let shown = format!("paid-code {} 1250 978", wallet.show_code(card, NEW_YEAR).unwrap().text);
    assert_eq!([issuer.say(&shown), issuer.say(&shown)], ["ok valid", "ok atc-replay"]);
    for (line, pays) in [("suspend", false), ("resume", true), ("renew", true), ("delete", false)] {
        apply(&issuer.ask(&format!("{line} {name} {number}"))[0]);
        let told = pay(&mut issuer);
        assert_eq!(told.ends_with(" valid"), pays, "{line}: {told}");
    }
    assert_eq!(issuer.say(&format!("suspend {name} {number}")), "refused a card that is deleted cannot be suspended");
    for wrong in [
        "",
        "dance",
        "fresh",
        "request zz",
        "install 00 kernel3-cvn18 1 0",
        "purchase 1 euro",
        "clock -1",
        "certificates",
        "certificates 1 dance",
        "keys 00 1 online 1",
        "order 0 978",
        "paid-online 00 1 2912 00 00",
        "paid-code AAAA 1 978",
    ] {
        assert!(issuer.say(wrong).starts_with("refused "), "{wrong}");
    }
}

/// Whoever connects finds an issuer that knows nobody, also after one that broke off in the middle of a line.
#[test]
fn wallets_that_come_by_a_socket_are_served_one_after_another() {
    let mut program = Program::start(&["--listen", "0"]);
    let mut said = String::new();
    program.output.read_line(&mut said).unwrap();
    let address = said.trim().strip_prefix("listening on ").unwrap();
    assert!(address.starts_with("127.0.0.1:"), "no other machine reaches it: {address}");
    let key_of = |seed: u64| {
        let mut connection = TcpStream::connect(address).unwrap();
        writeln!(connection, "fresh {seed} {}", NEW_YEAR.wall_ms).unwrap();
        let mut answer = String::new();
        BufReader::new(&connection).read_line(&mut answer).unwrap();
        write!(connection, "purchase 1250").unwrap();
        answer
    };
    let (first, second) = (key_of(0), key_of(1));
    assert!(first.starts_with("ok 04") && second.starts_with("ok 04"), "{first} {second}");
    assert_ne!(first, second);
}

#[test]
fn help_explains_every_line_and_wrong_use_is_one_line_and_exit_code_2() {
    let run = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_issuer")).args(arguments).stdin(Stdio::null()).output().unwrap()
    };
    let help = run(&["--help"]);
    let text = String::from_utf8(help.stdout).unwrap();
    for line in [
        "fresh",
        "clock",
        "challenge",
        "request",
        "install",
        "suspend",
        "keys",
        "order",
        "paid-online",
        "paid-code",
        "purchase",
    ] {
        assert!(text.lines().any(|shown| shown.starts_with(&format!("    {line} ")) || shown.trim() == line), "{line}");
    }
    assert_eq!(help.status.code(), Some(0));
    for arguments in [&["--loud"][..], &["coffee"], &["--listen"], &["--listen", "70000"]] {
        let output = run(arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), said.lines().count()), (Some(2), 1), "{arguments:?}: {said}");
    }
}

#[test]
fn whoever_stops_reading_stops_it_quietly() {
    for (program, arguments) in [
        (env!("CARGO_BIN_EXE_issuer"), &["--help"][..]),
        (env!("CARGO_BIN_EXE_issuer"), &[]),
        (env!("CARGO_BIN_EXE_card"), &["--help"]),
        (env!("CARGO_BIN_EXE_crash_lab"), &["--help"]),
        (env!("CARGO_BIN_EXE_crash_lab"), &["--images", "10"]),
        (env!("CARGO_BIN_EXE_tap"), &["--help"]),
    ] {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        // It may have ended by then.
        let _ = child.stdin.take().unwrap().write_all(b"challenge\n");
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), said.as_str()), (Some(0), ""), "{program} {arguments:?}");
    }
}
