//! What each demo card sends and is sent in a tap, and how long that is on the air, at a reader that asks for offline data
//! authentication and at one that does not. Arithmetic over taps that are played here: no time is measured.

#![allow(clippy::unwrap_used, reason = "a table")]

use std::io::Write;

use hcepay_desk::air::{Air, Rate};
use hcepay_desk::phone::{NEW_YEAR, PURCHASE, Phone};
use hcepay_desk::tap::reader::Reader;
use hcepay_tests::issuer::demo_cards::DEMO_CARDS;
use hcepay_tests::terminal::{Fdda, Terminal};

fn main() {
    let mut out = std::io::stdout();
    let milliseconds = "ms at 106, 212, 424 kbit/s";
    let _ = writeln!(
        out,
        "{:<26} {:<8} {:>8} {:>5} {:>5} {:>4} {:>6}  {milliseconds}",
        "on the air", "reader", "commands", "up", "down", "FSD", "frames"
    );
    let asks = Terminal { fdda: Fdda::Supported, ..Terminal::default() };
    let readers = [("asks", asks), ("does not", Reader::NoCda.terminal())];
    for card in DEMO_CARDS {
        for (reader, terminal) in &readers {
            let mut phone = Phone::new(card, 0, NEW_YEAR).unwrap();
            phone.receive_keys(2);
            phone.verify_holder();
            let tap = terminal.pay(&PURCHASE, &mut |command| phone.process(command));
            for frame in [256, 64] {
                let air = Air::of(&tap.exchanges, frame);
                let [slow, faster, fast] = Rate::ALL.map(|rate| air.milliseconds(rate));
                let _ = writeln!(
                    out,
                    "{card:<26} {reader:<8} {:>8} {:>5} {:>5} {frame:>4} {:>6}  {slow:>6.1} {faster:>5.1} {fast:>5.1}",
                    tap.exchanges.len(),
                    air.bytes_up,
                    air.bytes_down,
                    air.frames
                );
            }
        }
    }
}
