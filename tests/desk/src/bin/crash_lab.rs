//! `crash-lab`: the crash lab at any depth. Its last line is `images N violations N burned-at-most N`.

use std::process::ExitCode;

use hcepay_desk::crash_lab::run;
use indicatif::{ProgressBar, ProgressStyle};

const HELP: &str = "\
Kills a wallet and takes its power at every call to its disk, and again while it recovers.

    crash-lab [--images N]    so many distinct disk images (default 10000000)
    crash-lab --kills N       so many kills of a real process on a real directory (by scripts/crash-lab alone)
    crash-lab --mutants       the planted faults of the ledger, each of which must be caught (likewise)

Exit code 0: no violation. 1: a counter was signed twice, something acknowledged was lost, or the wallet did not open.
";

fn main() -> ExitCode {
    let images = match images(lexopt::Parser::from_env()) {
        Ok(Some(images)) => images,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("crash-lab: {error}; see crash-lab --help");
            return ExitCode::from(2);
        }
    };
    // Draws nothing where standard error is no terminal.
    let bar = ProgressBar::new(images);
    let style = ProgressStyle::with_template("{bar:40} {human_pos}/{human_len} images, {per_sec}, {eta} to go");
    bar.set_style(style.expect("the template is well-formed"));
    let findings = run(images, &|tried| bar.set_position(tried));
    bar.finish_and_clear();
    for violation in &findings.violations {
        println!("violation: {violation}");
    }
    println!(
        "images {} violations {} burned-at-most {}",
        findings.images, findings.violation_count, findings.burned_at_most
    );
    if findings.violation_count == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// `None`: help was asked for.
fn images(mut arguments: lexopt::Parser) -> Result<Option<u64>, lexopt::Error> {
    use lexopt::prelude::{Long, ValueExt};
    let mut images = 10_000_000;
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("images") => images = arguments.value()?.parse()?,
            Long("help") => return Ok(None),
            unknown => return Err(unknown.unexpected()),
        }
    }
    Ok(Some(images))
}
