//! `issuer`: an issuer and a terminal on standard input and output, for wallets in other processes.

use std::io::{self, BufReader};
use std::process::ExitCode;

const HELP: &str = "\
An issuer of demo cards and a terminal on standard input and output, one line in, one line out. Test keys!

    fresh SEED MS | clock MS | challenge | request REQUEST | install WALLET CARD KEYS CODES |
    suspend|resume|renew|delete WALLET NUMBER | purchase AMOUNT CURRENCY

tests/desk/src/issuer_lines.rs says what each means.
";

fn main() -> ExitCode {
    if std::env::args().len() > 1 {
        print!("{HELP}");
        return ExitCode::SUCCESS;
    }
    match hcepay_desk::issuer_lines::serve(&mut BufReader::new(io::stdin()), &mut io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever was listening has gone.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("issuer: {error}");
            ExitCode::FAILURE
        }
    }
}
