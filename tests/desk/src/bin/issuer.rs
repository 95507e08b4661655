//! `issuer`: an issuer and a terminal for wallets in other processes, on standard input and output or on a socket.

use std::io::{self, BufReader, BufWriter, ErrorKind, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::process::ExitCode;

use hcepay_desk::issuer_lines::{HELP, serve};
use hcepay_desk::page::{WIDEST, complain, fitted, terminal_width};

fn main() -> ExitCode {
    let task = match Task::read(lexopt::Parser::from_env()) {
        Ok(task) => task,
        Err(error) => {
            complain("issuer", &format!("{error}; see issuer --help"));
            return ExitCode::from(2);
        }
    };
    let served = match task {
        Task::Help => {
            let help = fitted(HELP, terminal_width(&io::stdout()).unwrap_or(WIDEST));
            io::stdout().write_all(help.as_bytes())
        }
        Task::Lines => serve(&mut BufReader::new(io::stdin()), &mut io::stdout().lock()),
        Task::Listen(port) => listen(port),
    };
    match served {
        // Whoever was listening has gone.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            complain("issuer", &error);
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}

enum Task {
    Help,
    Lines,
    Listen(u16),
}

impl Task {
    fn read(mut arguments: lexopt::Parser) -> Result<Task, lexopt::Error> {
        use lexopt::prelude::{Long, Short, ValueExt};
        let mut task = Task::Lines;
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("listen") => task = Task::Listen(arguments.value()?.parse()?),
                Short('h') | Long("help") => return Ok(Task::Help),
                unknown => return Err(unknown.unexpected()),
            }
        }
        Ok(task)
    }
}

/// Serves until it is killed. Each connection has an issuer of its own.
fn listen(port: u16) -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .map_err(|error| io::Error::other(format!("port {port}: {error}; another is taken by --listen 0")))?;
    writeln!(io::stdout(), "listening on {}", listener.local_addr()?)?;
    for connection in listener.incoming() {
        let connection = connection?;
        // Whoever broke off is not the next one's fault.
        if let Err(error) = serve(&mut BufReader::new(&connection), &mut BufWriter::new(&connection)) {
            eprintln!("issuer: {error}");
        }
    }
    Ok(())
}
