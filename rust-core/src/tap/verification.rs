//! Cardholder verification: armed, for what, until when; and one [`Verdict`] that all kernels encode.
//!
//! The phone verifies the holder (biometric or screen lock) before the tap and arms the wallet. A window opens on the
//! phone's boot clock, which no one can set, for exactly one cryptogram, of what the holder has verified for.

use crate::card::cardholder_verification::{Method, Missing, Verdict};
use crate::card::online_order::OrderDigest;
use crate::card::snapshot::CardId;
use crate::card::transfer::TransferDigest;
use crate::card::verification_policy::CardAsks;
use crate::emv::amount::Amount;
use crate::error::Error;
use crate::now::Now;

/// How long a verification lasts where the app does not say otherwise.
pub const DEFAULT_WINDOW_MS: u64 = 30_000;

/// How long a window may be.
pub(crate) const WINDOWS_MS: std::ops::RangeInclusive<u64> = 5_000..=120_000;

/// What the holder has verified for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Any payment with the card that pays.
    AnyCard,
    /// A payment with this card.
    Card(CardId),
    /// A payment of exactly this amount with this card, as a first tap has told it.
    Payment(CardId, Amount),
    /// An online payment of exactly this order with this card: no reader is paid by it.
    Order(CardId, OrderDigest),
    /// A code that this card shows: no reader is paid by it.
    Code(CardId),
    /// A transfer of exactly this from the account behind this card: nothing is paid by it.
    Transfer(CardId, TransferDigest),
}

/// What the terminal wants, of which this card decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TerminalAsks {
    /// The holder verified on the phone; in kernel 2: it claims that.
    pub(crate) verification: bool,
    pub(crate) online_pin: OnlinePin,
}

/// A PIN that the holder enters at the terminal and the issuer checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnlinePin {
    NotPossible,
    /// The terminal asks for it where the card wants that.
    Possible,
    /// It says that it was entered.
    Entered,
}

/// Whether the wallet is armed.
#[derive(Debug, Default)]
pub(crate) struct Verification {
    armed: Option<Armed>,
}

#[derive(Debug)]
struct Armed {
    scope: Scope,
    method: Method,
    boot_count: u32,
    from_ms: u64,
    until_ms: u64,
}

impl Verification {
    /// Opens a window for one cryptogram; gives the boot time at which it ends. Replaces a window that is open.
    pub(crate) fn arm(&mut self, now: Now, scope: Scope, method: Method, window_ms: u64) -> Result<u64, Error> {
        if !WINDOWS_MS.contains(&window_ms) {
            return Err(Error::WindowOutOfRange);
        }
        let until_ms = now.boot_ms.saturating_add(window_ms);
        self.armed = Some(Armed { scope, method, boot_count: now.boot_count, from_ms: now.boot_ms, until_ms });
        Ok(until_ms)
    }

    /// Closes the window: after a cryptogram, or because the holder or the app says so.
    pub(crate) fn disarm(&mut self) {
        self.armed = None;
    }

    /// Where the window has ended it is as if there had been none: another one is about to be opened.
    pub(crate) fn forget_if_over(&mut self, now: Now) {
        if self.is_over(now) {
            self.disarm();
        }
    }

    /// Whether the window has ended, or the boot that it was opened in: nothing that it opened may stay open.
    pub(crate) fn is_over(&self, now: Now) -> bool {
        self.armed.as_ref().is_some_and(|armed| !armed.is_open(now))
    }

    /// The boot time at which the window ends that is open now.
    pub(crate) fn open_until(&self, now: Now) -> Option<u64> {
        self.armed.as_ref().filter(|armed| armed.is_open(now)).map(|armed| armed.until_ms)
    }

    /// How the holder was verified, if he was for this payment, or for this card where none is named.
    ///
    /// # Errors
    /// Why he counts as not verified.
    pub(crate) fn of(&self, now: Now, card: CardId, amount: Option<&Amount>) -> Result<Method, Missing> {
        match &self.armed {
            None => Err(Missing::NotVerified),
            Some(armed) if armed.boot_count != now.boot_count => Err(Missing::NotVerified),
            Some(armed) if !armed.is_open(now) => Err(Missing::WindowOver),
            Some(armed) => match &armed.scope {
                Scope::Card(other) | Scope::Payment(other, _) if *other != card => Err(Missing::AnotherCard),
                Scope::Payment(_, other) if amount.is_some_and(|amount| amount != other) => {
                    Err(Missing::AnotherPayment)
                }
                Scope::Order(..) | Scope::Code(_) | Scope::Transfer(..) => Err(Missing::AnotherPayment),
                Scope::AnyCard | Scope::Card(_) | Scope::Payment(..) => Ok(armed.method),
            },
        }
    }

    /// How the holder was verified, if it was for exactly this order, code or transfer: nothing else will do.
    ///
    /// # Errors
    /// Why he counts as not verified.
    pub(crate) fn of_remote(&self, now: Now, scope: Scope) -> Result<Method, Missing> {
        match &self.armed {
            Some(armed) if armed.scope == scope && armed.is_open(now) => Ok(armed.method),
            Some(armed) if armed.scope == scope && armed.boot_count == now.boot_count => Err(Missing::WindowOver),
            Some(armed) if armed.is_open(now) => Err(Missing::AnotherPayment),
            _ => Err(Missing::NotVerified),
        }
    }

    /// What is true now of a payment, by what the card and the terminal ask. Where the holder has verified for another payment, he
    /// did not mean this one, whether it needs him verified or not.
    pub(crate) fn verdict(
        &self,
        now: Now,
        (card, amount): (CardId, &Amount),
        (card_asks, takes_online_pin): (CardAsks, bool),
        terminal: TerminalAsks,
    ) -> Verdict {
        let missing = match self.of(now, card, Some(amount)) {
            Ok(method) => return Verdict::Verified(method),
            Err(missing @ (Missing::AnotherCard | Missing::AnotherPayment)) => return Verdict::Missing(missing),
            Err(missing) => missing,
        };
        match card_asks {
            _ if takes_online_pin && terminal.online_pin == OnlinePin::Entered => Verdict::OnlinePin,
            CardAsks::Nothing if !terminal.verification => Verdict::NotNeeded,
            CardAsks::LowValue if !terminal.verification => Verdict::LowValue,
            CardAsks::Transit if !terminal.verification => Verdict::Transit,
            _ if takes_online_pin && terminal.online_pin == OnlinePin::Possible => Verdict::OnlinePin,
            CardAsks::UsedUp if missing == Missing::NotVerified => Verdict::Missing(Missing::AllowanceUsedUp),
            _ => Verdict::Missing(missing),
        }
    }
}

impl Armed {
    fn is_open(&self, now: Now) -> bool {
        self.boot_count == now.boot_count && (self.from_ms..self.until_ms).contains(&now.boot_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(boot_ms: u64) -> Now {
        Now { boot_count: 1, boot_ms, wall_ms: 0 }
    }

    const CARD: CardId = CardId(1);
    const EURO: Amount = Amount { minor: 100, currency: 978 };

    fn armed_at_1000() -> Verification {
        armed_for(Scope::AnyCard)
    }

    fn armed_for(scope: Scope) -> Verification {
        let mut verification = Verification::default();
        assert_eq!(verification.arm(at(1000), scope, Method::Biometric, DEFAULT_WINDOW_MS), Ok(31_000));
        verification
    }

    fn verdict(verification: &Verification, now: Now, card_asks: CardAsks) -> Verdict {
        let terminal = TerminalAsks { verification: false, online_pin: OnlinePin::NotPossible };
        verification.verdict(now, (CARD, &EURO), (card_asks, false), terminal)
    }

    fn needed(verification: &Verification, now: Now) -> Verdict {
        verdict(verification, now, CardAsks::Verification)
    }

    #[test]
    fn the_window_ends_to_the_millisecond_whatever_the_wall_clock_says() {
        let verification = armed_at_1000();
        assert_eq!(needed(&verification, at(30_999)), Verdict::Verified(Method::Biometric));
        assert_eq!(needed(&verification, at(31_000)), Verdict::Missing(Missing::WindowOver));
        assert_eq!(verdict(&verification, at(31_000), CardAsks::Nothing), Verdict::NotNeeded);
        let another_day = Now { wall_ms: u64::MAX, ..at(30_999) };
        assert_eq!(needed(&verification, another_day), Verdict::Verified(Method::Biometric));
    }

    #[test]
    fn a_boot_clock_that_runs_backwards_or_starts_anew_verifies_no_one() {
        let verification = armed_at_1000();
        assert_eq!(needed(&verification, at(999)), Verdict::Missing(Missing::WindowOver));
        let rebooted = Now { boot_count: 2, ..at(1500) };
        assert_eq!(needed(&verification, rebooted), Verdict::Missing(Missing::NotVerified));
    }

    #[test]
    fn disarmed_is_as_if_never_armed() {
        let mut verification = armed_at_1000();
        verification.disarm();
        assert_eq!(needed(&verification, at(1000)), Verdict::Missing(Missing::NotVerified));
    }

    #[test]
    fn who_verified_for_one_payment_has_not_verified_for_another_even_where_none_is_needed() {
        let verified = Verdict::Verified(Method::Biometric);
        for (scope, comes) in [
            (Scope::Card(CARD), verified),
            (Scope::Payment(CARD, EURO), verified),
            (Scope::Card(CardId(2)), Verdict::Missing(Missing::AnotherCard)),
            (Scope::Payment(CardId(2), EURO), Verdict::Missing(Missing::AnotherCard)),
            (Scope::Payment(CARD, Amount { minor: 101, ..EURO }), Verdict::Missing(Missing::AnotherPayment)),
            (Scope::Payment(CARD, Amount { currency: 840, ..EURO }), Verdict::Missing(Missing::AnotherPayment)),
            (Scope::Order(CARD, OrderDigest([1; 32])), Verdict::Missing(Missing::AnotherPayment)),
            (Scope::Code(CARD), Verdict::Missing(Missing::AnotherPayment)),
            (Scope::Transfer(CARD, TransferDigest([1; 32])), Verdict::Missing(Missing::AnotherPayment)),
        ] {
            for card_asks in [CardAsks::Nothing, CardAsks::LowValue, CardAsks::Transit, CardAsks::Verification] {
                assert_eq!(verdict(&armed_for(scope), at(2000), card_asks), comes, "{scope:?}");
            }
        }
    }

    #[test]
    fn who_verified_for_one_order_or_code_has_not_verified_for_another_nor_who_did_for_a_tap() {
        let order = |byte| Scope::Order(CARD, OrderDigest([byte; 32]));
        let another = Err(Missing::AnotherPayment);
        let transfer = |byte| Scope::Transfer(CARD, TransferDigest([byte; 32]));
        for scope in [order(1), Scope::Code(CARD), transfer(1)] {
            let verification = armed_for(scope);
            assert_eq!(verification.of_remote(at(2000), scope), Ok(Method::Biometric));
            assert_eq!(verification.of_remote(at(31_000), scope), Err(Missing::WindowOver));
            assert_eq!(verification.of_remote(Now { boot_count: 2, ..at(2000) }, scope), Err(Missing::NotVerified));
            let of_another_card = Scope::Transfer(CardId(2), TransferDigest([1; 32]));
            for other in [
                order(2),
                Scope::Order(CardId(2), OrderDigest([1; 32])),
                Scope::Code(CardId(2)),
                transfer(2),
                of_another_card,
            ] {
                assert_eq!(verification.of_remote(at(2000), other), another);
            }
        }
        for scope in [Scope::AnyCard, Scope::Card(CARD), Scope::Payment(CARD, EURO)] {
            assert_eq!(armed_for(scope).of_remote(at(2000), order(1)), another);
            assert_eq!(armed_for(scope).of_remote(at(2000), Scope::Code(CARD)), another);
            assert_eq!(armed_for(scope).of_remote(at(2000), transfer(1)), another);
        }
        assert_eq!(Verification::default().of_remote(at(2000), order(1)), Err(Missing::NotVerified));
    }

    #[test]
    fn a_window_of_seconds_or_hours_is_refused() {
        let mut verification = Verification::default();
        for window in [0, 4_999, 120_001, u64::MAX] {
            let refused = verification.arm(at(0), Scope::AnyCard, Method::Unknown, window);
            assert_eq!(refused, Err(Error::WindowOutOfRange));
        }
    }
}
