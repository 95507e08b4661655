//! `crash-lab`: the crash lab at any depth. Its last line is `images N violations N burned-at-most N`.

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use hcepay_desk::crash_lab::{Findings, run};
use hcepay_desk::page::{WIDEST, complain, fitted, terminal_width};
use indicatif::{ProgressBar, ProgressStyle};

/// Each line is one paragraph.
const HELP: &str = "\
Kills a wallet and takes its power at every call to its disk, and again while it recovers.

    crash-lab [--images N]    so many distinct disk images (default 10000000)
    crash-lab --kills N       so many kills of a real process on a real directory (by scripts/crash-lab alone)
    crash-lab --mutants       the planted faults of the ledger, each of which must be caught (likewise)
    -h, --help                this text

Exit code 0: no violation. 1: a counter was signed twice, something acknowledged was lost, or the wallet did not open. 2: \
wrong use.
";

fn main() -> ExitCode {
    let images = match images(lexopt::Parser::from_env()) {
        Ok(images) => images,
        Err(error) => {
            complain("crash-lab", &format!("{error}; see crash-lab --help"));
            return ExitCode::from(2);
        }
    };
    let mut out = io::stdout().lock();
    let (written, code) = match images {
        Some(images) => {
            let findings = lab(images);
            let code = if findings.violation_count == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE };
            (tell(&findings, &mut out), code)
        }
        None => {
            let help = fitted(HELP, terminal_width(&out).unwrap_or(WIDEST));
            (out.write_all(help.as_bytes()), ExitCode::SUCCESS)
        }
    };
    match written {
        // Whoever reads has read enough: `crash-lab | head`.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            complain("crash-lab", &error);
            ExitCode::FAILURE
        }
        _ => code,
    }
}

fn lab(images: u64) -> Findings {
    // Draws nothing where standard error is no terminal.
    let bar = ProgressBar::new(images);
    let style = ProgressStyle::with_template("{wide_bar} {human_pos}/{human_len} images, {eta} to go");
    bar.set_style(style.expect("the template is well-formed"));
    let findings = run(images, &|tried| bar.set_position(tried));
    bar.finish_and_clear();
    findings
}

fn tell(findings: &Findings, out: &mut dyn Write) -> io::Result<()> {
    for violation in &findings.violations {
        writeln!(out, "violation: {violation}")?;
    }
    let Findings { images, violation_count, burned_at_most, .. } = findings;
    writeln!(out, "images {images} violations {violation_count} burned-at-most {burned_at_most}")
}

/// `None`: help was asked for.
fn images(mut arguments: lexopt::Parser) -> Result<Option<u64>, lexopt::Error> {
    use lexopt::prelude::{Long, Short, ValueExt};
    let mut images = 10_000_000;
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("images") => images = arguments.value()?.parse()?,
            Short('h') | Long("help") => return Ok(None),
            unknown => return Err(unknown.unexpected()),
        }
    }
    Ok(Some(images))
}
