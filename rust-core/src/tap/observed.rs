//! What a contact shows beside its answers: when it was, how long it took, what the terminal claimed, how the holder was verified.

use crate::card::cardholder_verification::{Method, Verdict};
use crate::card::report::Observation;
use crate::card::terminal_claims::TerminalClaims;
use crate::now::Now;

/// Of so many commands the gaps before them are kept; a transaction has half as many.
const MOST_GAPS: usize = 16;

/// What one command showed of a transaction.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) claims: TerminalClaims,
    /// How the holder was verified, where a key was spent on that.
    pub(crate) verified: Option<Method>,
}

impl Seen {
    /// A transaction that has not come to its cryptogram.
    pub(crate) fn of_claims(claims: TerminalClaims) -> Seen {
        Seen { claims, verified: None }
    }

    /// One that has.
    pub(crate) fn of_payment(claims: TerminalClaims, verdict: Verdict) -> Seen {
        let verified = match verdict {
            Verdict::Verified(method) => Some(method),
            Verdict::NotNeeded | Verdict::LowValue | Verdict::Transit | Verdict::OnlinePin | Verdict::Missing(_) => {
                None
            }
        };
        Seen { claims, verified }
    }
}

/// From the first command on.
#[derive(Debug)]
pub(crate) struct Observed {
    began: Now,
    /// The boot clock of the last command.
    last_ms: u64,
    observation: Observation,
    /// What was seen belongs to a transaction that spent a key.
    of_payment: bool,
}

impl Observed {
    /// The first command is there.
    pub(crate) fn begin(now: Now) -> Observed {
        let observation = Observation { at_ms: now.wall_ms, ..Observation::default() };
        Observed { began: now, last_ms: now.boot_ms, observation, of_payment: false }
    }

    /// Another command is there.
    pub(crate) fn command(&mut self, now: Now) {
        if self.observation.gaps_ms.len() < MOST_GAPS {
            self.observation.gaps_ms.push(span(self.last_ms, now.boot_ms));
        }
        self.last_ms = now.boot_ms;
    }

    /// A command showed this of its transaction. The report is about the last one that spent a key, else about the last.
    pub(crate) fn saw(&mut self, seen: Seen, spent_a_key: bool) {
        if spent_a_key || !self.of_payment {
            (self.observation.terminal, self.observation.verified) = (seen.claims, seen.verified);
            self.of_payment = spent_a_key;
        }
    }

    /// The field is gone.
    pub(crate) fn end(self, now: Now) -> Observation {
        Observation { duration_ms: span(self.began.boot_ms, now.boot_ms), ..self.observation }
    }
}

fn span(from_ms: u64, to_ms: u64) -> u32 {
    u32::try_from(to_ms.saturating_sub(from_ms)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(boot_ms: u64) -> Now {
        Now { boot_count: 1, boot_ms, wall_ms: boot_ms.saturating_add(1_000_000) }
    }

    fn of_country(country: u16) -> TerminalClaims {
        TerminalClaims { country: Some(country), ..TerminalClaims::default() }
    }

    #[test]
    fn gaps_stand_between_commands_and_the_duration_goes_to_the_fields_end() {
        let mut observed = Observed::begin(at(100));
        observed.command(at(103));
        observed.command(at(140));
        let seen = observed.end(at(200));
        assert_eq!((seen.at_ms, seen.duration_ms, seen.gaps_ms), (1_000_100, 100, vec![3, 37]));
        let mut endless = Observed::begin(at(0));
        (1..100).for_each(|ms| endless.command(at(ms)));
        assert_eq!(endless.end(at(u64::MAX)).gaps_ms, [1; MOST_GAPS]);
    }

    #[test]
    fn what_is_told_is_of_the_transaction_that_the_report_is_about() {
        let mut observed = Observed::begin(at(0));
        observed.saw(Seen::of_claims(of_country(1)), false);
        observed.saw(Seen::of_claims(of_country(2)), false);
        assert_eq!(observed.observation.terminal, of_country(2));
        observed.saw(Seen::of_payment(of_country(3), Verdict::Verified(Method::Biometric)), true);
        observed.saw(Seen::of_claims(of_country(4)), false);
        assert_eq!(observed.observation.terminal, of_country(3));
        assert_eq!(observed.observation.verified, Some(Method::Biometric));
        observed.saw(Seen::of_payment(of_country(5), Verdict::NotNeeded), true);
        assert_eq!((observed.observation.terminal.country, observed.observation.verified), (Some(5), None));
    }
}
