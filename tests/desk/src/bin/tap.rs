//! Plays a contactless purchase against a demo card and shows what happened.

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use hcepay_desk::demo_wallet::{DemoWallet, DemoWalletError};
use hcepay_desk::page::Page;
use hcepay_desk::tap::options::{HELP, Options, Request};
use hcepay_desk::tap::summary::Summary;
use hcepay_desk::tap::{Payments, json, text};
use hcepay_tests::issuer::demo_cards::DEMO_CARDS;
use indicatif::{ProgressBar, ProgressStyle};

fn main() -> ExitCode {
    let request = match Request::read(lexopt::Parser::from_env()) {
        Ok(request) => request,
        Err(wrong_use) => {
            eprintln!("tap: {wrong_use}");
            return ExitCode::from(2);
        }
    };
    let mut out = anstream::stdout().lock();
    let mut went_well = true;
    let written = match request {
        Request::Help => out.write_all(HELP.as_bytes()),
        Request::ListCards => DEMO_CARDS.iter().try_for_each(|name| writeln!(out, "{name}")),
        Request::Taps(options) => pay(&options, &mut out, &mut went_well),
        Request::Order(order, directory) => match order.carry_out(&directory) {
            Ok(said) => out.write_all(said.as_bytes()),
            Err(error) => failed(&error, &mut went_well),
        },
    };
    match written.and_then(|()| out.flush()) {
        Ok(()) => {}
        // Whoever reads has read enough: `tap | head`.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
        Err(error) => {
            eprintln!("tap: {error}");
            return ExitCode::FAILURE;
        }
    }
    if went_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn pay(options: &Options, out: &mut dyn Write, accepted: &mut bool) -> io::Result<()> {
    let mut page = Page::default();
    if !options.json {
        text::head(&mut page, options);
    }
    let mut payments = match payments(options, &mut page) {
        Ok(payments) => payments,
        Err(error) => return failed(&error, accepted),
    };
    let progress = progress(options);
    let mut summary = Summary::default();
    let mut ended = Ok(());
    for _ in 0..options.taps {
        let played = match payments.tap() {
            Ok(played) => played,
            Err(error) => {
                ended = Err(error);
                break;
            }
        };
        *accepted &= played.is_accepted();
        if options.json {
            writeln!(out, "{}", json::tap(&played))?;
        } else if options.taps == 1 {
            text::tap(&mut page, &played);
        }
        summary.add(played);
        progress.inc(1);
    }
    progress.finish_and_clear();
    if summary.taps() > 0 {
        let ending = text::ending(&summary);
        if !options.json {
            if options.taps > 1 {
                text::summary(&mut page, &summary);
            }
            page.line(&ending);
            out.write_all(page.text().as_bytes())?;
        } else if !*accepted {
            anstream::eprintln!("{ending}");
        }
    }
    ended.or_else(|error| failed(&error, accepted))
}

fn payments(options: &Options, page: &mut Page) -> Result<Payments, DemoWalletError> {
    let Some(directory) = &options.wallet else {
        let payments = Payments::new(options.card, options.money, options.holder_verifies);
        return Ok(payments.expect("the name is one of the demo cards"));
    };
    let mut wallet = DemoWallet::open_or_enrol(directory, options.death)?;
    let interrupted = wallet.acknowledge()?;
    text::wallet(page, &wallet, &interrupted);
    Ok(Payments::kept(wallet, options.card, options.money, options.holder_verifies))
}

fn failed(error: &DemoWalletError, went_well: &mut bool) -> io::Result<()> {
    *went_well = false;
    eprintln!("tap: {error}");
    Ok(())
}

/// On standard error, where that is a terminal and there is something to wait for.
fn progress(options: &Options) -> ProgressBar {
    if options.taps == 1 || options.json {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{wide_bar} {pos} of {len} taps");
    ProgressBar::new(options.taps.into()).with_style(style.expect("the template is well formed"))
}
