//! Transfers: what a wallet asks for is checked, done once, and told (purpose 0D).
//!
//! | field | bytes |
//! |---|---|
//! | `hcepay transfer 1` | 17 |
//! | the wallet's number | 16 |
//! | the card's number | 4 |
//! | the transfer's number | 8 |
//! | when the holder had verified, milliseconds since 1970 | 8 |
//! | how, 1 to 4 | 1 |
//! | amount in minor units, 1 to 999,999,999,999 | 8 |
//! | currency (ISO 4217 number) | 2 |
//! | what names the payee's account: 1 to 64 characters, space to tilde | 1 + length |
//! | the payee's name: UTF-8, 1 to 64 bytes, nothing hidden | 1 + length |
//! | note: UTF-8, at most 140 bytes, nothing hidden | 1 + length |
//! | signature of the device over all that, r and s | 64 |

use sha2::{Digest, Sha256};

use crate::online_order::does_not_show;

use super::Issuer;
use super::provisioning::Refused;
use super::seal::Purpose;
use super::verification::steps::{Finding, card_of_wallet_active, not_verifiable, take};
use super::verification::{Step, Verdict, Verification};
use super::wallets::{Holder, WalletId};

const FORMAT: &[u8; 17] = b"hcepay transfer 1";
/// A holder who has verified longer ago than this is not known to mean it still; and clocks differ by no more.
const VERIFIED_WITHIN_MS: u64 = 5 * 60_000;

/// What a wallet asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// From which card.
    pub holder: Holder,
    /// Its number among those of the wallet.
    pub number: u64,
    /// When the holder had verified, in milliseconds since 1970.
    pub verified_ms: u64,
    /// In the currency's smallest unit.
    pub amount_minor: u64,
    /// ISO 4217 number.
    pub currency: u16,
    /// What names the payee's account.
    pub payee: String,
    /// What the holder was shown.
    pub payee_name: String,
    /// For the payee.
    pub note: String,
}

/// What the issuer said of a transfer once: it says no other thing of it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decided {
    pub(super) digest: [u8; 32],
    pub(super) told: Outcome,
}

/// What a wallet is told of one of its transfers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransferNotice {
    /// Which.
    pub number: u64,
    /// What became of it.
    pub told: Outcome,
    /// When, in milliseconds since 1970.
    pub wall_ms: u64,
}

/// What became of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The money has moved.
    Done,
    /// It was refused for this reason: `01` not told, `02` insufficient funds, `03` over a limit, `04` blocked, `05` suspected fraud,
    /// `06` too long after the verification, `07` no such payee.
    Refused(u8),
}

impl TransferNotice {
    fn content(&self) -> Vec<u8> {
        let told = match self.told {
            Outcome::Done => [0x01, 0],
            Outcome::Refused(why) => [0x02, why],
        };
        [&self.number.to_be_bytes()[..], &told, &self.wall_ms.to_be_bytes()].concat()
    }
}

impl Transfer {
    /// Reads a transfer, and gives the signature behind it. `None` where it is not as the format says.
    pub fn read(bytes: &[u8]) -> Option<(Transfer, [u8; 64])> {
        let mut rest = bytes.strip_prefix(FORMAT.as_slice())?;
        let holder = Holder { wallet: taken(&mut rest)?, card: u32::from_be_bytes(taken(&mut rest)?) };
        let number = u64::from_be_bytes(taken(&mut rest)?);
        let verified_ms = u64::from_be_bytes(taken(&mut rest)?);
        let [how] = taken(&mut rest)?;
        let amount_minor = u64::from_be_bytes(taken(&mut rest)?);
        let currency = u16::from_be_bytes(taken(&mut rest)?);
        let (payee, payee_name, note) = (text(&mut rest)?, text(&mut rest)?, text(&mut rest)?);
        let signature = taken(&mut rest)?;
        let is_told = |text: &str| (1..=64).contains(&text.len());
        let right = rest.is_empty()
            && (1..=4).contains(&how)
            && (1..=999_999_999_999).contains(&amount_minor)
            && (1..=999).contains(&currency)
            && is_told(&payee)
            && payee.bytes().all(|byte| (b' '..=b'~').contains(&byte))
            && is_told(&payee_name)
            && note.len() <= 140
            && !payee_name.chars().chain(note.chars()).any(does_not_show);
        let transfer = Transfer { holder, number, verified_ms, amount_minor, currency, payee, payee_name, note };
        right.then_some((transfer, signature))
    }
}

fn taken<const LENGTH: usize>(rest: &mut &[u8]) -> Option<[u8; LENGTH]> {
    let (taken, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(*taken)
}

fn text(rest: &mut &[u8]) -> Option<String> {
    let [length] = taken(rest)?;
    let (text, after) = rest.split_at_checked(length.into())?;
    *rest = after;
    String::from_utf8(text.to_vec()).ok()
}

impl Issuer {
    /// Checks a transfer and does it, at a moment of the wall clock. What was decided of one stays so.
    pub fn take_transfer(&mut self, request: &[u8], wall_ms: u64) -> Verification {
        Verification::of(|steps| self.transfer(request, wall_ms, steps))
    }

    /// The same, with what the wallet is then told of it: again where it came before, as the notice may have been lost.
    ///
    /// # Errors
    /// What sealing refuses.
    pub fn answer_transfer(
        &mut self,
        request: &[u8],
        wall_ms: u64,
        randomness: &mut dyn FnMut(&mut [u8]),
    ) -> Result<(Verification, Option<Vec<u8>>), Refused> {
        let verification = self.take_transfer(request, wall_ms);
        let is_nobody_s = [Verdict::TransferInvalid, Verdict::NotVerifiable, Verdict::SignatureWrong];
        if is_nobody_s.contains(&verification.verdict) || verification.verdict == Verdict::TransferNumberUsed {
            return Ok((verification, None));
        }
        let decided = Transfer::read(request).and_then(|(Transfer { holder, number, .. }, _)| {
            Some((holder, number, self.transfers.get(&(holder.wallet, number))?.told))
        });
        let Some((holder, number, told)) = decided else { return Ok((verification, None)) };
        let notice = TransferNotice { number, told, wall_ms };
        Ok((verification, Some(self.tell_transfers(&holder.wallet, &[notice], randomness)?)))
    }

    /// Tells a wallet what became of transfers: 1 to 32 of them in one envelope.
    ///
    /// # Errors
    /// What sealing refuses.
    pub fn tell_transfers(
        &mut self,
        wallet: &WalletId,
        told: &[TransferNotice],
        randomness: &mut dyn FnMut(&mut [u8]),
    ) -> Result<Vec<u8>, Refused> {
        let count = u8::try_from(told.len()).ok().filter(|count| (1..=32).contains(count));
        let mut content = vec![count.ok_or(Refused::OutOfBounds)?];
        told.iter().for_each(|notice| content.extend(notice.content()));
        self.send(Holder { wallet: *wallet, card: 0 }, Purpose::TransferNotices, &content, randomness)
    }

    fn transfer(&mut self, request: &[u8], wall_ms: u64, steps: &mut Vec<Step>) -> Result<(), Verdict> {
        let (transfer, signature) = take(steps, "transfer", readable(request))?;
        let digest = request.split_last_chunk::<64>().map(|(signed, _)| Sha256::digest(signed).into());
        let digest = digest.unwrap_or_default();
        take(steps, "transfer signed", self.signed(&transfer, &digest, &signature))?;
        let place = (transfer.holder.wallet, transfer.number);
        take(steps, "number new", number_new(self.transfers.get(&place), &digest))?;
        let done = self.decide(&transfer, wall_ms, steps);
        let told = done.err().map_or(Outcome::Done, |verdict| {
            Outcome::Refused(match verdict {
                Verdict::FundsInsufficient => 0x02,
                Verdict::CardNotActive => 0x04,
                Verdict::VerifiedTooLongAgo => 0x06,
                Verdict::PayeeUnknown => 0x07,
                _ => 0x01,
            })
        });
        self.transfers.insert(place, Decided { digest, told });
        done
    }

    fn decide(&mut self, transfer: &Transfer, wall_ms: u64, steps: &mut Vec<Step>) -> Result<(), Verdict> {
        take(steps, "card active", card_of_wallet_active(&self.wallets, transfer.holder))?;
        take(steps, "holder verification", verified_lately(transfer.verified_ms, wall_ms))?;
        take(steps, "payee", self.another(transfer))?;
        take(steps, "funds", self.booked(transfer))
    }

    fn signed(&self, transfer: &Transfer, digest: &[u8; 32], signature: &[u8; 64]) -> Finding<()> {
        let Some(wallet) = self.wallets.wallet(&transfer.holder.wallet) else {
            return not_verifiable("no such wallet is enrolled");
        };
        match wallet.has_signed(digest, signature) {
            Some(true) => Ok(((), "by the wallet that it names".to_owned())),
            _ => Err((Verdict::SignatureWrong, "not by the wallet that it names".to_owned())),
        }
    }

    fn another(&self, transfer: &Transfer) -> Finding<()> {
        let payee: String = transfer.payee.chars().filter(char::is_ascii_alphanumeric).collect();
        let unknown = |detail: &str| Err((Verdict::PayeeUnknown, detail.to_owned()));
        let own = self.wallets.card(transfer.holder).is_some_and(|card| card.token.digits() == payee);
        match iban_is_right(&payee.to_uppercase()) {
            _ if payee.is_empty() => unknown("it names no account"),
            _ if own => unknown("it is the account itself"),
            Some(false) => unknown("the check digits of the IBAN are wrong"),
            Some(true) => Ok(((), "an IBAN with the right check digits".to_owned())),
            None => Ok(((), "not an IBAN: an account of this bank's own".to_owned())),
        }
    }

    fn booked(&mut self, transfer: &Transfer) -> Finding<()> {
        let lacking = |detail: &str| Err((Verdict::FundsInsufficient, detail.to_owned()));
        let Ok(funds) = self.funds_of(transfer.holder) else { return lacking("there is no account") };
        if funds.currency != transfer.currency {
            return lacking("the account is in another currency");
        }
        match i64::try_from(transfer.amount_minor) {
            Ok(amount) if amount <= funds.available_minor() => {
                funds.booked_minor = funds.booked_minor.saturating_sub(amount);
                Ok(((), "there is enough, and it has moved".to_owned()))
            }
            _ => lacking("there is not enough"),
        }
    }
}

fn readable(bytes: &[u8]) -> Finding<(Transfer, [u8; 64])> {
    match Transfer::read(bytes) {
        Some(read) => Ok((read, format!("a transfer of {} bytes", bytes.len()))),
        None => Err((Verdict::TransferInvalid, "it is not as the format says".to_owned())),
    }
}

fn number_new(decided: Option<&Decided>, digest: &[u8; 32]) -> Finding<()> {
    match decided {
        None => Ok(((), "no transfer of this wallet had it".to_owned())),
        Some(decided) if decided.digest == *digest => {
            let was = if decided.told == Outcome::Done { "done" } else { "refused" };
            Err((Verdict::TransferCameBefore, format!("this very transfer came before, and was {was}")))
        }
        Some(_) => Err((Verdict::TransferNumberUsed, "another transfer of this wallet had it".to_owned())),
    }
}

fn verified_lately(verified_ms: u64, wall_ms: u64) -> Finding<()> {
    let apart = verified_ms.abs_diff(wall_ms);
    let seconds = apart / 1000;
    if apart > VERIFIED_WITHIN_MS {
        return Err((Verdict::VerifiedTooLongAgo, format!("{seconds} s from now, which is more than 5 minutes")));
    }
    Ok(((), format!("{seconds} s from now")))
}

/// Whether the check digits are right, where it looks like an IBAN (ISO 13616): two letters, two digits, 11 to 30 more characters.
fn iban_is_right(account: &str) -> Option<bool> {
    let (country, rest) = account.split_at_checked(2)?;
    let (check, own) = rest.split_at_checked(2)?;
    let looks_so = country.bytes().all(|byte| byte.is_ascii_uppercase())
        && check.bytes().all(|byte| byte.is_ascii_digit())
        && (11..=30).contains(&own.len());
    if !looks_so {
        return None;
    }
    let digits = [own, country, check].concat();
    let values = digits.chars().filter_map(|digit| digit.to_digit(36));
    let remainder = values.fold(0, |before: u32, value| {
        let shift = if value < 10 { 10 } else { 100 };
        before.saturating_mul(shift).saturating_add(value) % 97
    });
    Some(remainder == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::hex;

    #[test]
    fn a_notice_is_written_as_the_format_says() {
        let notice = |told| TransferNotice { number: 7, told, wall_ms: 0x0A };
        assert_eq!(hex(&notice(Outcome::Done).content()), "00000000000000070100000000000000000A");
        assert_eq!(hex(&notice(Outcome::Refused(6)).content()), "00000000000000070206000000000000000A");
    }

    /// The examples of the registry (SWIFT IBAN Registry), and one digit changed.
    #[test]
    fn an_iban_is_known_by_its_check_digits() {
        for iban in
            ["DE89370400440532013000", "GB29NWBK60161331926819", "FR1420041010050500013M02606", "NO9386011117947"]
        {
            assert_eq!(iban_is_right(iban), Some(true), "{iban}");
        }
        assert_eq!(iban_is_right("DE88370400440532013000"), Some(false));
        assert_eq!(
            (iban_is_right("4711"), iban_is_right("D"), iban_is_right("DEXX370400440532013000")),
            (None, None, None)
        );
    }
}
