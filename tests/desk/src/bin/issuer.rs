//! `issuer`: an issuer and a terminal for wallets in other processes, on standard input and output or on a socket.

use std::io::{self, BufReader, BufWriter};
use std::net::{Ipv4Addr, TcpListener};
use std::process::ExitCode;

use hcepay_desk::issuer_lines::serve;

const HELP: &str = "\
An issuer of demo cards and a terminal on standard input and output, one line in, one line out. Test keys!

    fresh SEED MS | clock MS | challenge | request REQUEST | install WALLET CARD KEYS CODES |
    suspend|resume|renew|delete WALLET NUMBER | purchase AMOUNT CURRENCY

tests/desk/src/issuer_lines.rs says what each means.

    --listen PORT   the same for connections to 127.0.0.1, one after another; 0 for any port. Its first line says which.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let served = match arguments.as_slice() {
        [] => serve(&mut BufReader::new(io::stdin()), &mut io::stdout().lock()),
        [option, port] if option == "--listen" => port.parse().map_err(io::Error::other).and_then(listen),
        _ => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
    };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever was listening has gone.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("issuer: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Serves until it is killed. Each connection has an issuer of its own.
fn listen(port: u16) -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    println!("listening on {}", listener.local_addr()?);
    for connection in listener.incoming() {
        let connection = connection?;
        // Whoever broke off is not the next one's fault.
        if let Err(error) = serve(&mut BufReader::new(&connection), &mut BufWriter::new(&connection)) {
            eprintln!("issuer: {error}");
        }
    }
    Ok(())
}
