//! The program `tap`: a demo card pays, and what happened is shown.

mod alerts;
mod balance;
pub mod code_text;
pub mod coupon;
pub mod decisions;
mod journal;
pub mod json;
pub mod online;
pub mod options;
pub mod orders;
mod payer;
pub mod reader;
pub mod show;
pub mod summary;
pub mod text;
pub mod transfer;

use std::time::{Duration, Instant};

use hcepay_core::{Now, Report, Scope};
use hcepay_tests::issuer::verification::{Verdict, Verification};
use hcepay_tests::terminal::{Exchange, Merchant, Outcome, Purchase, Tap, Terminal};
use time::OffsetDateTime;

use crate::demo_wallet::{Death, DemoWallet, DemoWalletError, random};
use crate::money::Money;
use crate::phone::UnknownCard;

use decisions::PolicyKind;
use payer::Payer;
use reader::Reader;

/// Terminals of the demo stand in Germany: ISO 3166 numeric.
const COUNTRY: u16 = 276;

/// A demo card and what it pays, tap after tap.
#[derive(Debug)]
pub struct Payments {
    payer: Payer,
    money: Money,
    holder_verifies: bool,
    reader: Reader,
    policy: Option<PolicyKind>,
    /// What the first of two taps has told.
    told: Option<Scope>,
}

/// One tap: what each side says about it, and how long it took.
#[derive(Debug, Clone)]
pub struct PlayedTap {
    /// The terminal's side, every command and answer included.
    pub tap: Tap,
    /// The issuer's side; absent where nothing went to it.
    pub verification: Option<Verification>,
    /// The card's side.
    pub report: Report,
    /// How many cryptograms the application in the report could make before.
    pub keys_before: u32,
    /// The card's time for each answer.
    pub answer_times: Vec<Duration>,
    /// From the first command to the issuer's verdict.
    pub whole_time: Duration,
}

impl Payments {
    /// On a fresh phone in memory, whose clock shows the real time. Its issuer keeps it in keys.
    ///
    /// # Errors
    /// There is no demo card of this name.
    pub fn new(card: &str, money: Money, holder_verifies: bool) -> Result<Payments, UnknownCard> {
        Ok(Payments::of(Payer::fresh(card)?, money, holder_verifies))
    }

    /// With a wallet that is kept. The card is installed where it is not there; keys run down.
    pub fn kept(wallet: DemoWallet, card: &'static str, money: Money, holder_verifies: bool) -> Payments {
        Payments::of(Payer::Kept { wallet: Box::new(wallet), card }, money, holder_verifies)
    }

    fn of(payer: Payer, money: Money, holder_verifies: bool) -> Payments {
        Payments { payer, money, holder_verifies, reader: Reader::default(), policy: None, told: None }
    }

    /// The same at a terminal where this policy shows.
    pub fn under(self, policy: Option<PolicyKind>) -> Payments {
        Payments { policy, ..self }
    }

    fn terminal(&self) -> Terminal {
        let shop = Merchant { category: 5411, name: "HCEPAY TEST SHOP".to_owned() };
        let terminal = Terminal { merchant: Some(shop), ..self.reader.terminal() };
        self.policy.map_or(terminal.clone(), |policy| policy.terminal(terminal))
    }

    /// The first of two taps: the holder has not verified, and it tells what is to be paid. The next tap is verified for exactly that.
    ///
    /// # Errors
    /// Those of a wallet that is kept.
    pub fn first_tap(&mut self) -> Result<PlayedTap, DemoWalletError> {
        let holder_verifies = std::mem::take(&mut self.holder_verifies);
        let first = self.tap();
        self.holder_verifies = holder_verifies;
        let first = first?;
        self.told = DemoWallet::told(&first.report);
        Ok(first)
    }

    fn verifies_for(&self) -> Option<Scope> {
        self.holder_verifies.then(|| self.told.unwrap_or(Scope::AnyCard))
    }

    /// The same at a reader of this kind.
    pub fn at(self, reader: Reader) -> Payments {
        Payments { reader, ..self }
    }

    /// The holder verifies if so wanted, and the phone meets a terminal, up to its answer to the command of this number, which
    /// nobody hears. What is left to do then is [`Payments::die`].
    ///
    /// # Errors
    /// Those of a wallet that is kept.
    pub fn last_commands(&mut self, death: Death) -> Result<LastCommands, DemoWalletError> {
        let (scope, terminal) = (self.verifies_for(), self.terminal());
        let payer = &mut self.payer;
        let (now, _) = payer.begin(scope)?;
        let lives_for = usize::try_from(death.after()).unwrap_or(usize::MAX);
        let mut last = LastCommands { exchanges: Vec::new(), answer_times: Vec::new(), all_were_heard: true };
        terminal.pay(&purchase(self.money, now), &mut |command| {
            if last.exchanges.len() >= lives_for {
                return Vec::new();
            }
            let asked = Instant::now();
            let response = payer.process(command);
            last.answer_times.push(asked.elapsed());
            last.exchanges.push(Exchange { command: command.to_vec(), response: response.clone() });
            last.all_were_heard = last.exchanges.len() < lives_for;
            if last.all_were_heard { response } else { Vec::new() }
        });
        Ok(last)
    }

    /// What was said in the last contacts, as the wallet's trace has it.
    pub fn trace(&self) -> String {
        self.payer.trace()
    }

    /// The phone dies.
    pub fn die(&self) -> ! {
        self.payer.die()
    }

    /// The holder verifies if so wanted, and the phone meets a terminal.
    ///
    /// # Errors
    /// Those of a wallet that is kept.
    pub fn tap(&mut self) -> Result<PlayedTap, DemoWalletError> {
        let (scope, terminal) = (self.verifies_for(), self.terminal());
        let payer = &mut self.payer;
        let (now, keys) = payer.begin(scope)?;
        let purchase = purchase(self.money, now);

        let mut answer_times = Vec::new();
        let began = Instant::now();
        let tap = terminal.pay(&purchase, &mut |command| {
            let asked = Instant::now();
            let answer = payer.process(command);
            answer_times.push(asked.elapsed());
            answer
        });
        let verification = tap.authorisation.as_ref().map(|request| payer.ask_issuer(request));
        let whole_time = began.elapsed();

        let report = payer.leave_field()?;
        let used = report.aid.and_then(|used| keys.iter().find(|(aid, _)| aid == used.bytes()));
        let keys_before = used.or(keys.first()).map_or(0, |(_, left)| *left);
        Ok(PlayedTap { tap, verification, report, keys_before, answer_times, whole_time })
    }
}

/// A tap in which the phone dies: what was said before.
#[derive(Debug, Clone)]
pub struct LastCommands {
    /// Each command with the card's answer.
    pub exchanges: Vec<Exchange>,
    /// The card's time for each answer.
    pub answer_times: Vec<Duration>,
    /// The terminal has heard every answer: it sent fewer commands than the phone was to live for.
    pub all_were_heard: bool,
}

impl PlayedTap {
    /// The issuer accepted the payment.
    pub fn is_accepted(&self) -> bool {
        self.verification.as_ref().is_some_and(|verification| verification.verdict == Verdict::Valid)
    }

    /// Why it was not accepted, in the words of whoever ended it.
    pub fn why_not(&self) -> String {
        match &self.verification {
            Some(verification) => {
                let found = verification.steps.last().map(|step| format!(": {}", step.detail)).unwrap_or_default();
                format!("the issuer says {}{found}", verification.verdict.name())
            }
            None => self.tap.reason.sentence(),
        }
    }

    /// The card's time for all its answers.
    pub fn card_time(&self) -> Duration {
        self.answer_times.iter().sum()
    }

    /// Whether the terminal handed the decision over to the issuer.
    fn went_online(&self) -> bool {
        self.tap.outcome == Outcome::OnlineRequest
    }
}

fn purchase(money: Money, now: Now) -> Purchase {
    let mut unpredictable_number = [0; 4];
    random(&mut unpredictable_number);
    Purchase {
        amount_minor: money.minor,
        amount_other_minor: 0,
        currency: money.currency_number(),
        country: COUNTRY,
        transaction_type: 0,
        date: date(now.wall_ms),
        unpredictable_number,
    }
}

/// YYMMDD, two digits to a byte; all zeros after the year 9999.
pub fn date(wall_ms: u64) -> [u8; 3] {
    let seconds = i64::try_from(wall_ms / 1000).unwrap_or(i64::MAX);
    let Ok(moment) = OffsetDateTime::from_unix_timestamp(seconds) else { return [0; 3] };
    let year = u8::try_from(moment.year().rem_euclid(100)).unwrap_or(0);
    [year, u8::from(moment.month()), moment.day()].map(|number| ((number / 10) << 4) | (number % 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_is_that_of_the_phone_s_clock() {
        assert_eq!(date(1_767_225_600_000), [0x26, 0x01, 0x01]);
        assert_eq!(date(1_767_225_599_999), [0x25, 0x12, 0x31]);
        assert_eq!(date(951_782_400_000), [0x00, 0x02, 0x29]);
        assert_eq!(date(u64::MAX), [0; 3]);
    }

    #[test]
    fn an_accepted_tap_spends_one_key_and_a_refused_one_none() {
        for (verifies, spent) in [(true, 1), (false, 0)] {
            let money = Money::parse("12.50", "EUR").unwrap();
            let tap = Payments::new("kernel3-cvn18", money, verifies).unwrap().tap().unwrap();
            assert_eq!((tap.is_accepted(), tap.went_online()), (verifies, verifies), "{}", tap.why_not());
            assert_eq!(tap.keys_before - tap.report.keys_left.unwrap(), spent);
            assert_eq!(tap.answer_times.len(), tap.tap.exchanges.len());
        }
    }
}
