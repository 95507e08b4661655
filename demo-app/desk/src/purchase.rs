//! A contact with the terminal on the desk: over a channel that may tear, or that the terminal leaves in the middle.

use std::time::{Duration, Instant};

use hcepay_desk::demo_wallet::random;
use hcepay_desk::tap::date;
use hcepay_tests::terminal::coupon::{Presentation, ask_for_coupon};
use hcepay_tests::terminal::{Application, Exchange, Kernel, Merchant, Purchase, Tap, Terminal};

use crate::coupons::{Became, Begun, Checked, Till};

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
    /// What became of a coupon.
    pub coupon: Became,
    /// What the card was asked for: the price, less what the coupon takes off.
    pub asked_minor: u64,
    /// What tells the wallet of uses that are not redeemed.
    pub envelopes: Vec<Vec<u8>>,
}

/// The way to the card: a command, and its answer or why there is none.
pub type Channel<'a> = dyn FnMut(&[u8]) -> Result<Vec<u8>, Torn> + 'a;

/// The shop's check of what was presented for a challenge.
pub type Check<'a, E> = dyn FnMut(&Presentation, &[u8; 8]) -> Result<Checked, E> + 'a;

/// Plays one contact: the coupon, if the shop has any, then the payment. Nothing is asked over the channel once it is torn.
///
/// # Errors
/// Those of the shop's check: nothing is paid then.
pub fn play<E>(
    wanted: &Wanted,
    begun: &Begun,
    check: &mut Check<'_, E>,
    channel: &mut Channel<'_>,
) -> Result<Contact, E> {
    let merchant = Some(Merchant { category: CATEGORY, name: NAME.to_owned() });
    let mut terminal = Terminal { cvm_required_above: wanted.verification_above, merchant, ..Terminal::default() };
    terminal.applications.retain(|application| wanted.readers.read(application));
    let (mut exchanges, mut times): (Vec<Exchange>, Vec<Duration>) = (Vec::new(), Vec::new());
    let mut torn = None;
    let most = wanted.tear_after.map(|commands| usize::try_from(commands).unwrap_or(usize::MAX));
    let mut card = |command: &[u8]| {
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
    };
    let mut checked = coupon(begun.till, check, &mut card)?;
    let asked_minor = wanted.amount_minor.saturating_sub(checked.off_minor);
    let mut unpredictable_number = [0; 4];
    random(&mut unpredictable_number);
    let purchase = Purchase {
        amount_minor: asked_minor,
        amount_other_minor: 0,
        currency: wanted.currency,
        country: COUNTRY,
        transaction_type: 0,
        date: date(begun.now_ms),
        unpredictable_number,
    };
    let tap = terminal.pay(&purchase, &mut card);
    if torn.is_some() && checked.became == Became::Unreadable {
        checked.became = Became::Unheard;
    }
    let envelopes = begun.envelope.iter().chain(&checked.envelope).cloned().collect();
    Ok(Contact { tap, exchanges, times, torn, coupon: checked.became, asked_minor, envelopes })
}

/// Asks for a coupon, where the terminal does that.
fn coupon<E>(till: Till, check: &mut Check<'_, E>, card: &mut dyn FnMut(&[u8]) -> Vec<u8>) -> Result<Checked, E> {
    let became = |became| Checked { became, off_minor: 0, envelope: None };
    match till {
        Till::AsksForNone => Ok(became(Became::NotAsked)),
        Till::Holds(held) => Ok(Checked { off_minor: held.off_minor, ..became(Became::TakenEarlier) }),
        Till::Asks(signer) => {
            let mut challenge = [0; 8];
            random(&mut challenge);
            match ask_for_coupon(&challenge, &signer, card) {
                Ok(presented) => check(&presented, &challenge),
                Err(none) => Ok(became(none.into())),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    use hcepay_tests::terminal::Reason;

    fn play(wanted: &Wanted, till: Till, channel: &mut Channel<'_>) -> Contact {
        let begun = Begun { now_ms: 0, till, envelope: None };
        super::play::<Infallible>(wanted, &begun, &mut |_, _| panic!("nothing is presented"), channel).unwrap()
    }

    const WANTED: Wanted =
        Wanted { amount_minor: 1250, currency: 978, readers: Readers::ALL, verification_above: 5000, tear_after: None };

    #[test]
    fn a_torn_channel_is_never_asked_again() {
        for torn in [Torn::ChannelThrew, Torn::NoAnswer] {
            let mut asked = 0;
            let contact = play(&WANTED, Till::AsksForNone, &mut |_| {
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
        let contact = play(&wanted, Till::AsksForNone, &mut |_| panic!("nothing is sent"));
        assert_eq!((contact.torn, contact.exchanges.len()), (Some(Torn::TerminalLeft), 0));
    }

    #[test]
    fn a_contact_that_is_torn_at_the_coupon_has_no_payment() {
        let mut asked = 0;
        let contact = play(&WANTED, Till::Asks([7; 8]), &mut |_| {
            asked += 1;
            Err(Torn::NoAnswer)
        });
        assert_eq!((asked, contact.torn, contact.coupon), (1, Some(Torn::NoAnswer), Became::Unheard));
        assert!(contact.tap.authorisation.is_none());
    }

    #[test]
    fn a_phone_that_knows_no_coupons_is_asked_for_the_whole_price() {
        let contact = play(&WANTED, Till::Asks([7; 8]), &mut |_| Ok(vec![0x6A, 0x82]));
        assert_eq!((contact.coupon, contact.asked_minor, contact.torn), (Became::NotOffered, 1250, None));
        assert_eq!(contact.exchanges.len(), 2, "then it is asked for its directory");
    }

    #[test]
    fn an_answer_that_is_too_short_tears_nothing() {
        let contact = play(&WANTED, Till::AsksForNone, &mut |_| Ok(vec![0x90]));
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
