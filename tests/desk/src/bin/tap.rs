//! Plays a contactless purchase against a demo card and shows what happened.

use std::convert::Infallible;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use hcepay_core::MerchantCode;
use hcepay_desk::demo_wallet::{Death, DemoWallet, DemoWalletError, Directory};
use hcepay_desk::page::{Page, WIDEST, complain, fitted, terminal_width};
use hcepay_desk::tap::options::{HELP, Options, Request};
use hcepay_desk::tap::summary::Summary;
use hcepay_desk::tap::{Payments, code_text, json, text};
use hcepay_desk::{traced, traced_text};
use hcepay_tests::issuer::demo_cards::DEMO_CARDS;
use indicatif::{ProgressBar, ProgressStyle};

fn main() -> ExitCode {
    let request = match Request::read(lexopt::Parser::from_env()) {
        Ok(request) => request,
        Err(wrong_use) => {
            complain("tap", &wrong_use);
            return ExitCode::from(2);
        }
    };
    let width = terminal_width(&io::stdout()).unwrap_or(WIDEST);
    let mut out = anstream::stdout().lock();
    let mut went_well = true;
    let written = match request {
        Request::Help => out.write_all(fitted(HELP, width).as_bytes()),
        Request::ListCards => DEMO_CARDS.iter().try_for_each(|name| writeln!(out, "{name}")),
        Request::Explain(path) => match traced::read(&path) {
            Ok(contacts) => {
                let mut page = Page::of_width(width);
                traced_text::contacts(&mut page, &contacts);
                out.write_all(page.text().as_bytes())
            }
            Err(error) => {
                complain("tap", &format!("--explain {}: {error}", path.display()));
                return ExitCode::from(2);
            }
        },
        Request::Code(text) => match MerchantCode::parse(text.as_encoded_bytes()) {
            Ok(code) => out.write_all(code_text::page(&code, width).as_bytes()),
            Err(error) => {
                complain("tap", &error);
                return ExitCode::FAILURE;
            }
        },
        Request::Taps(options) => pay(&options, width, &mut out, &mut went_well),
        Request::Order(order, directory) => match order.carry_out(&directory, width) {
            Ok(said) => out.write_all(said.as_bytes()),
            Err(error) => failed(&error, &directory, &mut went_well),
        },
    };
    match written.and_then(|()| out.flush()) {
        Ok(()) => {}
        // Whoever reads has read enough: `tap | head`.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
        Err(error) => {
            complain("tap", &error);
            return ExitCode::FAILURE;
        }
    }
    if went_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn pay(options: &Options, width: usize, out: &mut dyn Write, accepted: &mut bool) -> io::Result<()> {
    let usual = Directory::usual();
    let directory = options.wallet.as_ref().unwrap_or(&usual);
    let mut page = Page::of_width(width);
    if !options.json {
        text::head(&mut page, options);
    }
    let mut payments = match payments(options, &mut page) {
        Ok(payments) => payments,
        Err(error) => return failed(&error, directory, accepted),
    };
    if let Some(death) = options.death {
        return match show_death(&mut payments, death, options, directory, &mut page, out) {
            Ok(never) => match never {},
            Err(error) => failed(&error, directory, accepted),
        };
    }
    if options.decisions.two_tap {
        match payments.first_tap() {
            Ok(first) if options.json => writeln!(out, "{}", json::tap(&first))?,
            Ok(first) => text::first_of_two(&mut page, &first),
            Err(error) => return failed(&error, directory, accepted),
        }
    }
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
    if let Some(path) = &options.trace
        && let Err(error) = fs::write(path, payments.trace())
    {
        *accepted = false;
        complain("tap", &format!("--trace {}: {}", path.display(), error.kind()));
    }
    if summary.taps() > 0 {
        let (style, ending) = text::ending(&summary, options.taps);
        if !options.json {
            if options.taps > 1 {
                text::summary(&mut page, &summary);
            }
            page.sentences(style, 0, &ending);
            out.write_all(page.text().as_bytes())?;
            out.flush()?;
        } else if !*accepted {
            anstream::eprintln!("{style}{ending}{style:#}");
        }
    }
    ended.or_else(|error| failed(&error, directory, accepted))
}

/// The phone dies in a tap, and this program with it. What was said before is shown first, whether or not anyone reads it.
fn show_death(
    payments: &mut Payments,
    death: Death,
    options: &Options,
    directory: &Directory,
    page: &mut Page,
    out: &mut dyn Write,
) -> Result<Infallible, DemoWalletError> {
    let last = payments.last_commands(death)?;
    if options.json {
        complain("tap", &format!("the phone dies now; {}", text::next(directory, options.card)));
    } else {
        text::death(page, &last, death, directory, options.card);
        let _ = out.write_all(page.text().as_bytes()).and_then(|()| out.flush());
    }
    payments.die()
}

fn payments(options: &Options, page: &mut Page) -> Result<Payments, DemoWalletError> {
    let Some(directory) = &options.wallet else {
        let payments = Payments::new(options.card, options.money, options.holder_verifies);
        return Ok(payments.expect("the name is one of the demo cards").at(options.reader));
    };
    let mut wallet = DemoWallet::open_or_enrol(directory, options.death)?;
    let interrupted = wallet.acknowledge()?;
    text::wallet(page, &wallet, &interrupted);
    let decided = options.decisions.carry_out(&mut wallet, options.card)?;
    text::decided(page, &decided);
    let payments = Payments::kept(wallet, options.card, options.money, options.holder_verifies).at(options.reader);
    Ok(payments.under(options.decisions.policy))
}

fn failed(error: &DemoWalletError, directory: &Directory, went_well: &mut bool) -> io::Result<()> {
    *went_well = false;
    complain("tap", &error.told(directory));
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
