//! A contact with the terminal on the desk: over a channel that may tear, or that the terminal leaves in the middle.

use std::time::{Duration, Instant};

use hcepay_desk::demo_wallet::random;
use hcepay_desk::tap::date;
use hcepay_tests::terminal::{Application, Exchange, Kernel, Merchant, Purchase, Tap, Terminal};

/// Terminals of the desk stand in Germany: ISO 3166 numeric.
const COUNTRY: u16 = 276;
/// What they call themselves to cards that ask: no issuer has looked at it.
const NAME: &str = "Test shop, Berlin";
/// Other shops, ISO 18245: no gate.
const CATEGORY: u16 = 5999;
/// The AIDs of closed-loop cards begin with it: a name of category F.
const CLOSED_LOOP: u8 = 0xF0;

/// What is bought, and at which terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// In minor units.
    pub amount_minor: u64,
    /// ISO 4217 numeric.
    pub currency: u16,
    /// What the terminal reads.
    pub readers: Readers,
    /// An amount over it needs a verified holder.
    pub verification_above: u64,
    /// The terminal is out of the field when the card has answered so many commands: it does not hear the last answer.
    pub tear_after: Option<u32>,
}

/// Which cards a terminal reads, one bit each: kernel 2, kernel 3, kernel 7, closed loop, from the lowest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Readers(u8);

impl Readers {
    /// All of them.
    pub const ALL: Readers = Readers(0b1111);

    /// Those of these bits. `None` for none, and for bits that there are not.
    pub fn of_bits(bits: u8) -> Option<Readers> {
        (1..=Readers::ALL.0).contains(&bits).then_some(Readers(bits))
    }

    fn read(self, application: &Application) -> bool {
        let bit = match application.kernel {
            _ if application.aid.first() == Some(&CLOSED_LOOP) => 0b1000,
            Kernel::Kernel2 => 0b0001,
            Kernel::Kernel3 => 0b0010,
            Kernel::Kernel7 => 0b0100,
        };
        self.0 & bit != 0
    }
}

/// Why a contact ended in the middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Torn {
    /// The terminal was told to leave.
    TerminalLeft = 1,
    /// The channel threw an exception.
    ChannelThrew = 2,
    /// The channel gave no answer.
    NoAnswer = 3,
}

/// One contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// How the terminal sees it. It knows nothing of a torn one but that an answer is missing.
    pub tap: Tap,
    /// Every command that was sent, with the answer where the card gave one; the last one's may not have been heard.
    pub exchanges: Vec<Exchange>,
    /// From each command to its answer.
    pub times: Vec<Duration>,
    /// Whether and why it ended in the middle.
    pub torn: Option<Torn>,
}

/// The way to the card: a command, and its answer or why there is none.
pub type Channel<'a> = dyn FnMut(&[u8]) -> Result<Vec<u8>, Torn> + 'a;

/// Plays one contact. Nothing is asked over the channel once it is torn.
pub fn play(wanted: &Wanted, now_ms: u64, channel: &mut Channel<'_>) -> Contact {
    let merchant = Some(Merchant { category: CATEGORY, name: NAME.to_owned() });
    let mut terminal = Terminal { cvm_required_above: wanted.verification_above, merchant, ..Terminal::default() };
    terminal.applications.retain(|application| wanted.readers.read(application));
    let mut unpredictable_number = [0; 4];
    random(&mut unpredictable_number);
    let purchase = Purchase {
        amount_minor: wanted.amount_minor,
        amount_other_minor: 0,
        currency: wanted.currency,
        country: COUNTRY,
        transaction_type: 0,
        date: date(now_ms),
        unpredictable_number,
    };
    let (mut exchanges, mut times): (Vec<Exchange>, Vec<Duration>) = (Vec::new(), Vec::new());
    let mut torn = None;
    let most = wanted.tear_after.map(|commands| usize::try_from(commands).unwrap_or(usize::MAX));
    let tap = terminal.pay(&purchase, &mut |command| {
        if most == Some(exchanges.len()) {
            torn = torn.or(Some(Torn::TerminalLeft));
        }
        if torn.is_some() {
            return Vec::new();
        }
        let asked = Instant::now();
        let answer = channel(command);
        times.push(asked.elapsed());
        let (command, response) = (command.to_vec(), answer.clone().unwrap_or_default());
        exchanges.push(Exchange { command, response });
        torn = match answer {
            Err(torn) => Some(torn),
            Ok(_) if most == Some(exchanges.len()) => Some(Torn::TerminalLeft),
            Ok(_) => None,
        };
        if torn.is_some() { Vec::new() } else { answer.unwrap_or_default() }
    });
    Contact { tap, exchanges, times, torn }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hcepay_tests::terminal::Reason;

    const WANTED: Wanted =
        Wanted { amount_minor: 1250, currency: 978, readers: Readers::ALL, verification_above: 5000, tear_after: None };

    #[test]
    fn a_torn_channel_is_never_asked_again() {
        for torn in [Torn::ChannelThrew, Torn::NoAnswer] {
            let mut asked = 0;
            let contact = play(&WANTED, 0, &mut |_| {
                asked += 1;
                Err(torn)
            });
            assert_eq!((asked, contact.torn, contact.exchanges.len()), (1, Some(torn), 1));
            assert!(contact.tap.authorisation.is_none());
        }
    }

    #[test]
    fn a_terminal_that_leaves_before_its_first_command_sends_none() {
        let wanted = Wanted { tear_after: Some(0), ..WANTED };
        let contact = play(&wanted, 0, &mut |_| panic!("nothing is sent"));
        assert_eq!((contact.torn, contact.exchanges.len()), (Some(Torn::TerminalLeft), 0));
    }

    #[test]
    fn an_answer_that_is_too_short_tears_nothing() {
        let contact = play(&WANTED, 0, &mut |_| Ok(vec![0x90]));
        assert_eq!((contact.torn, contact.tap.reason), (None, Reason::AnswerTooShort));
    }

    #[test]
    fn a_terminal_reads_what_it_is_told_to_and_no_more() {
        let count = |bits| {
            let mut applications = Terminal::default().applications;
            applications.retain(|application| Readers::of_bits(bits).unwrap().read(application));
            applications.len()
        };
        assert_eq!([1, 2, 4, 8, 15].map(count), [1, 2, 1, 1, 5]);
        assert_eq!((Readers::of_bits(0), Readers::of_bits(16)), (None, None));
    }
}
