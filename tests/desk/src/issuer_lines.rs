//! An issuer and a terminal for wallets in other processes, which know nothing of the core. What `issuer --help` says:
//!
//! ```text
#![doc = include_str!("issuer_lines.txt")]
//! ```

use std::io::{self, BufRead, Write};

use hcepay_tests::bytes::{from_hex, hex};
use hcepay_tests::issuer::Issuer;
use hcepay_tests::issuer::attestation;
use hcepay_tests::issuer::attestation::key_description::SecurityLevel;
use hcepay_tests::issuer::certificate_terms::CertificateTerms;
use hcepay_tests::issuer::coupons::{CouponEvent, CouponNotice};
use hcepay_tests::issuer::demo_cards::usual_policy;
use hcepay_tests::issuer::key_entry::{Channel, Protection};
use hcepay_tests::issuer::notices::{Event, Notice};
use hcepay_tests::issuer::provisioning::CardOrder;
use hcepay_tests::issuer::wallets::{Holder, WalletId};
use hcepay_tests::merchant::consumer_code::ConsumerCode;
use hcepay_tests::merchant::coupons::{CouponSigner, CouponTerms, Worth};
use hcepay_tests::merchant::online_shop::{self, Merchant, OnlinePayment, OnlineShop, PaymentRefused};
use hcepay_tests::terminal::coupon::ask_for_coupon;
use hcepay_tests::terminal::{Purchase, Terminal};

use crate::demo_wallet::life_cycle::protection;
use crate::demo_wallet::random;
use crate::phone::{NEW_YEAR, PURCHASE};

/// What `issuer --help` says; each line is one paragraph.
pub const HELP: &str = include_str!("issuer_lines.txt");

/// An issuer, what its clock shows, and a shop that asks it.
struct Counter {
    issuer: Issuer,
    wall_ms: u64,
    shop: OnlineShop,
    coupons: CouponSigner,
    /// The use of a coupon that the terminal took last.
    taken: Option<([u8; 16], u16)>,
}

/// Answers line by line until the input ends.
///
/// # Errors
/// Those of reading and writing.
pub fn serve(input: &mut dyn BufRead, out: &mut dyn Write) -> io::Result<()> {
    let mut counter = Counter::new(0, NEW_YEAR.wall_ms);
    let mut line = String::new();
    while {
        line.clear();
        input.read_line(&mut line)? > 0
    } {
        let words: Vec<&str> = line.split_whitespace().collect();
        let answer = match words.as_slice() {
            ["request", request] => counter.request(request, out)?,
            ["purchase", amount, currency] => counter.purchase((amount, currency), false, input, out)?,
            ["purchase", amount, currency, "coupon"] => counter.purchase((amount, currency), true, input, out)?,
            words => counter.answer(words),
        };
        match answer {
            Ok(said) => writeln!(
                out,
                "{}",
                ["ok"].into_iter().chain(said.iter().map(String::as_str)).collect::<Vec<_>>().join(" ")
            )?,
            Err(why) => writeln!(out, "refused {why}")?,
        }
        out.flush()?;
    }
    Ok(())
}

type Said = Result<Vec<String>, String>;

impl Counter {
    fn new(seed: u64, wall_ms: u64) -> Counter {
        let (id, name) = ("4711".to_owned(), "Bücher Löwe".to_owned());
        let merchant = Merchant { country: 276, category: 5942, id, name };
        let (shop, coupons) = (OnlineShop::new(merchant), CouponSigner::from_seed(seed));
        Counter { issuer: Issuer::new(seed), wall_ms, shop, coupons, taken: None }
    }

    fn answer(&mut self, words: &[&str]) -> Said {
        match words {
            ["fresh", seed, wall_ms] => {
                *self = Counter::new(number(seed)?, number(wall_ms)?);
                Ok(vec![hex(&self.issuer.envelope_key())])
            }
            ["clock", wall_ms] => {
                self.wall_ms = number(wall_ms)?;
                Ok(Vec::new())
            }
            ["challenge"] => Ok(vec![hex(&self.issuer.challenge(&mut random))]),
            ["attestation", level, terms @ ..] => {
                self.issuer.set_attestation_policy(policy(level, terms)?);
                Ok(Vec::new())
            }
            ["certificates", months, terms @ ..] => {
                self.issuer.set_certificate_terms(certificate_terms(months, terms)?);
                Ok(Vec::new())
            }
            ["install", wallet, card, keys, codes] => {
                self.install(&wallet_id(wallet)?, card, number(keys)?, number(codes)?, protection(card))
            }
            ["install", wallet, card, keys, codes, "unlocked"] => {
                self.install(&wallet_id(wallet)?, card, number(keys)?, number(codes)?, Protection::Unlocked)
            }
            [act @ ("suspend" | "resume" | "renew" | "delete"), wallet, card] => {
                let holder = Holder { wallet: wallet_id(wallet)?, card: number(card)? };
                let done = match *act {
                    "suspend" => self.issuer.suspend(holder, &mut random),
                    "resume" => self.issuer.resume(holder, &mut random),
                    "renew" => self.issuer.renew(holder, &mut random),
                    _ => self.issuer.delete(holder, &mut random),
                };
                Ok(vec![hex(&done.map_err(said)?)])
            }
            ["keys", wallet, card, channel, uses] => {
                let holder = Holder { wallet: wallet_id(wallet)?, card: number(card)? };
                let sent = self.issuer.send_keys_for(
                    holder,
                    self::channel(channel)?,
                    number(uses)?,
                    self.wall_ms,
                    &mut random,
                );
                Ok(sent.map_err(said)?.iter().map(|envelope| hex(envelope)).collect())
            }
            ["order", amount, currency] => {
                let order = self.shop.order(number(amount)?, number(currency)?, None, &mut random);
                Ok(vec![hex(&order.map_err(said)?)])
            }
            ["paid-online", order, token, expiry, signature, chip_data, reference @ ..] if reference.len() < 2 => {
                let account_reference = reference.first().map(|&reference| reference.to_owned());
                self.paid_online(&OnlinePayment {
                    chip_data: bytes(chip_data)?,
                    token: (*token).to_owned(),
                    expiry: bytes(expiry)?.try_into().map_err(|_| "an expiry is YYMM".to_owned())?,
                    account_reference,
                    order: bytes(order)?,
                    signature: bytes(signature)?.try_into().map_err(|_| "a signature has 64 bytes".to_owned())?,
                })
            }
            ["paid-code", code, amount, currency] => {
                let code = ConsumerCode::read(code).map_err(said)?;
                let aid = code.aids().next().unwrap_or_default();
                let request = code.request(aid).map_err(said)?;
                let (amount, currency) = (number(amount)?, number(currency)?);
                let verified = self.issuer.verify_code(&request, amount, currency, self.wall_ms);
                Ok(vec![verified.verdict.name().to_owned()])
            }
            ["notice", wallet, card, aid, atc, event, amount, currency, merchant @ ..] => {
                let told = Notice {
                    card: number(card)?,
                    aid: bytes(aid)?,
                    channel: Channel::Tap,
                    atc: number(atc)?,
                    event: Event::of_name(event).ok_or("there is no such event")?,
                    wall_ms: self.wall_ms,
                    amount_minor: number(amount)?,
                    currency: number(currency)?,
                    merchant: merchant.join(" "),
                };
                Ok(vec![hex(&self.issuer.notify(&wallet_id(wallet)?, &[told], &mut random).map_err(said)?)])
            }
            ["balance", wallet, card] => {
                let holder = Holder { wallet: wallet_id(wallet)?, card: number(card)? };
                Ok(vec![hex(&self.issuer.tell_balance(holder, self.wall_ms, &mut random).map_err(said)?)])
            }
            ["transfer", request] => {
                let answer = self.issuer.answer_transfer(&bytes(request)?, self.wall_ms, &mut random);
                let (verification, told) = answer.map_err(said)?;
                let verdict = verification.verdict.name().to_owned();
                Ok([verdict].into_iter().chain(told.map(|envelope| hex(&envelope))).collect())
            }
            ["coupon", wallet, uses] => self.send_coupon(&wallet_id(wallet)?, number(uses)?),
            ["coupon-redeemed", wallet] => {
                let (coupon, number) = self.taken.take().ok_or("no coupon was taken")?;
                let notice = CouponNotice { coupon, number, event: CouponEvent::Redeemed, wall_ms: self.wall_ms };
                let told = self.issuer.notify_coupons(&wallet_id(wallet)?, &[notice], &mut random);
                Ok(vec![hex(&told.map_err(said)?)])
            }
            _ => Err("there is no such line".to_owned()),
        }
    }

    /// What the shop has not ordered itself, as what a wallet makes of a printed code, goes to the issuer as it is.
    fn paid_online(&mut self, payment: &OnlinePayment) -> Said {
        let taken = match self.shop.take(payment, self.wall_ms) {
            Err(PaymentRefused::OtherOrder) => online_shop::asked_of_issuer(payment),
            taken => taken,
        };
        let verified = self.issuer.verify_online(&taken.map_err(said)?, self.wall_ms);
        Ok(vec![verified.verdict.name().to_owned()])
    }

    /// The finding of an enrolment has a line of its own.
    fn request(&mut self, request: &str, out: &mut dyn Write) -> io::Result<Said> {
        let request = match bytes(request) {
            Ok(request) => request,
            Err(why) => return Ok(Err(why)),
        };
        let envelopes = match self.issuer.answer(&request, self.wall_ms, &mut random) {
            Ok(envelopes) => envelopes,
            Err(refused) => return Ok(Err(said(refused))),
        };
        if let [_, ENROLMENT, ..] = request.as_slice() {
            let id = request.get(2..18).and_then(|id| WalletId::try_from(id).ok());
            let found = id.and_then(|id| self.issuer.wallets().wallet(&id)).map(|wallet| wallet.attested.as_str());
            writeln!(out, "found {}", found.unwrap_or_default())?;
        }
        Ok(Ok(envelopes.iter().map(|envelope| hex(envelope)).collect()))
    }

    fn install(&mut self, wallet: &WalletId, card: &str, first_keys: u16, codes: u8, protection: Protection) -> Said {
        let policy = usual_policy(card, protection, 2);
        let order = CardOrder { policy, codes, first_keys };
        let installed = self.issuer.install(wallet, card, &order, self.wall_ms, &mut random).map_err(said)?;
        let number = installed.card.to_string();
        Ok([number, hex(&installed.envelope)].into_iter().chain(installed.code).collect())
    }

    /// A day long, so many uses, half of the price.
    fn send_coupon(&mut self, wallet: &WalletId, uses: u16) -> Said {
        let mut coupon = [0; 16];
        random(&mut coupon);
        let terms = CouponTerms {
            coupon,
            signer: self.coupons.id(),
            title: "Half price".to_owned(),
            worth: Worth::Percentage(5_000),
            conditions: "Books only.\nNot at night.".to_owned(),
            valid_from_ms: self.wall_ms,
            valid_until_ms: self.wall_ms.saturating_add(24 * 3_600_000),
            uses,
        };
        let named = self.issuer.name_coupon_signer(wallet, &self.coupons.public(), Some("Bücher Löwe"), &mut random);
        let sent = self.issuer.send_coupon(wallet, &self.coupons.make(&terms), &mut random);
        Ok(vec![hex(&named.map_err(said)?), hex(&sent.map_err(said)?)])
    }

    /// Of the coupon that the wallet presents before the payment: what the merchant says.
    fn take_coupon(&mut self, send: &mut dyn FnMut(&[u8]) -> Vec<u8>) -> String {
        let mut challenge = [0; 8];
        random(&mut challenge);
        match ask_for_coupon(&challenge, &self.coupons.id(), send) {
            Ok(presented) => match self.coupons.take(&presented, &challenge, self.wall_ms) {
                Ok(_) => {
                    self.taken = Some((presented.coupon, presented.number));
                    "taken".to_owned()
                }
                Err(_) => "not-taken".to_owned(),
            },
            Err(_) => "none".to_owned(),
        }
    }

    fn purchase(
        &mut self,
        (amount, currency): (&str, &str),
        with_coupon: bool,
        input: &mut dyn BufRead,
        out: &mut dyn Write,
    ) -> io::Result<Said> {
        let (Ok(amount_minor), Ok(currency)) = (number(amount), number(currency)) else {
            return Ok(Err("an amount and a currency are numbers".to_owned()));
        };
        let mut unpredictable_number = [0; 4];
        random(&mut unpredictable_number);
        let purchase = Purchase { amount_minor, currency, unpredictable_number, ..PURCHASE };
        let mut failed = None;
        let mut send = |command: &[u8]| {
            exchange(command, input, out).unwrap_or_else(|error| {
                failed = Some(error);
                Vec::new()
            })
        };
        let coupon = with_coupon.then(|| self.take_coupon(&mut send));
        let tap = Terminal::default().pay(&purchase, &mut send);
        if let Some(error) = failed {
            return Err(error);
        }
        let verdict = tap.authorisation.map(|request| self.issuer.verify(&request, self.wall_ms).verdict.name());
        let said = [tap.reason.name().to_owned(), verdict.unwrap_or("-").to_owned()];
        Ok(Ok(said.into_iter().chain(coupon).collect()))
    }
}

fn certificate_terms(months: &str, terms: &[&str]) -> Result<CertificateTerms, String> {
    let months = if months == "with-card" { None } else { Some(number(months)?) };
    let mut read = CertificateTerms { months, ..CertificateTerms::default() };
    for term in terms {
        match *term {
            "face-after" => read.face_after = true,
            "let-end" => read.renews = false,
            _ => return Err("there is no such term".to_owned()),
        }
    }
    Ok(read)
}

fn channel(name: &str) -> Result<Channel, String> {
    match name {
        "tap" => Ok(Channel::Tap),
        "online" => Ok(Channel::Online),
        "qr" => Ok(Channel::Qr),
        _ => Err("there is no such channel".to_owned()),
    }
}

/// The second byte of an enrolment.
const ENROLMENT: u8 = 0x01;

fn policy(level: &str, mut terms: &[&str]) -> Result<attestation::Policy, String> {
    let level = match level {
        "not-needed" => None,
        "software" => Some(SecurityLevel::Software),
        "trusted-environment" => Some(SecurityLevel::TrustedEnvironment),
        "strongbox" => Some(SecurityLevel::StrongBox),
        _ => return Err("there is no such level".to_owned()),
    };
    let mut policy = attestation::Policy { level, ..attestation::Policy::default() };
    while !terms.is_empty() {
        terms = match terms {
            ["agreement", rest @ ..] => {
                policy.agreement_too = true;
                rest
            }
            ["verified-boot", rest @ ..] => {
                policy.verified_boot = true;
                rest
            }
            ["app", package, signer, rest @ ..] => {
                let signer = bytes(signer)?.try_into().map_err(|_| "a signer's digest has 32 bytes".to_owned())?;
                policy.app = Some(attestation::App { package: (*package).to_owned(), signer });
                rest
            }
            ["root", key, rest @ ..] => {
                policy.roots.push(bytes(key)?);
                rest
            }
            _ => return Err("there is no such demand".to_owned()),
        };
    }
    Ok(policy)
}

/// The phone left the field where its line is no answer.
fn exchange(command: &[u8], input: &mut dyn BufRead, out: &mut dyn Write) -> io::Result<Vec<u8>> {
    writeln!(out, "> {}", hex(command))?;
    out.flush()?;
    let mut line = String::new();
    input.read_line(&mut line)?;
    Ok(line.trim().strip_prefix("< ").and_then(from_hex).unwrap_or_default())
}

fn said(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| "that is not such a number".to_owned())
}

fn bytes(text: &str) -> Result<Vec<u8>, String> {
    from_hex(text).ok_or_else(|| "that is not hexadecimal".to_owned())
}

fn wallet_id(text: &str) -> Result<WalletId, String> {
    bytes(text)?.try_into().map_err(|_| "a wallet's name has 16 bytes".to_owned())
}
