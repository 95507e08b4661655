//! What is inside the issuer's envelopes.
//!
//! # Contents, by the purpose on the envelope
//!
//! Numbers are unsigned, most significant byte first. A string8 or string16 is its length in one or two bytes, then so many
//! bytes. Nothing follows what stands here. The card id is that of the envelope's header ([`crate::issuer::envelope`]): for `01` to
//! `07` and for `0C` it is not 0, for all others it is.
//!
//! | purpose | | fields |
//! |---|---|---|
//! | `01` | install card | policy (7), codes (1), profile (string16), count (1: 0 to 32), keys, ICC keys |
//! | `02` | replenish keys | count (1: 1 to 32), keys, ICC keys |
//! | `03` | policy | policy (7) |
//! | `04` | suspend | |
//! | `05` | resume | |
//! | `06` | renew | profile (string16), ICC keys |
//! | `07` | delete | |
//! | `08` | issuer time | challenge (16), wall clock (8: milliseconds since 1970) |
//! | `09` | rotate issuer key | the new public key (65: uncompressed point of P-256, `04`, x, y) |
//! | `0A` | resynchronise | challenge (16), count (1), counters |
//! | `0B` | notices | count (1: 1 to 32), notices |
//! | `0C` | statement | as [`crate::card::statement`] says (34) |
//! | `0D` | transfer notices | count (1: 1 to 32), notices |
//! | `0E` | coupon | terms (string16), signature (64: r, s), secret (32) |
//! | `0F` | coupon signer | as [`crate::coupon::coupon_signer`] says |
//! | `10` | coupon notices | count (1: 1 to 32), each as [`crate::coupon::coupon_notice`] says |
//!
//! **Policy**: protection (1), most uses per key (2), ask at (2), most an hour and most a day without verification (1 each); see
//! [`crate::card::policy`].
//!
//! **Codes**: 0, and the card is active at once; or 1 to 10, and it waits until the holder has passed the issuer's identity
//! check, for which the app may try so many codes. A resume tells that it was passed ([`crate::card::life_cycle`]).
//!
//! **Profile**: a card profile of layout 1 (`profile.rs`), of which nothing is looked at here. A renewal's must be of the same
//! token.
//!
//! **Keys**: one behind the other, each as [`crate::keys::payment_key`] says, in form `01` or `02`. In a replenishment they join
//! those that the card has.
//!
//! **ICC keys**: nothing, or count (1: 1 to 4) and keys, each as [`crate::keys::icc_key`] says, in form `01`: of the applications
//! whose AIP promises offline data authentication. One takes the place of the one before it. Where such an application has
//! payment keys it must have one. A renewal whose certificates are for another key than the card has brings that. Sealed, it is not held
//! against them: one that they are not for opens to nothing, and the card declines until another renewal, with nothing spent.
//!
//! **Challenge**: that of the request which is answered ([`crate::issuer::request`]). The wallet takes only the answer to its
//! latest one. An issuer's time answers an enrolment, a check in, or the question for the time; only in the last case does the
//! wallet go by that clock.
//!
//! **Counters**: one behind the other, each card (4: not 0), AID (string8: 5 to 16), channel (1: `01` tap, `02` online, `03` QR), ATC
//! (2: 0000 to FFFE): the highest that the issuer ever gave out for that application and channel, 0000 where it gave none.
//! The wallet drops all keys that it holds, and raises its counters to these; none falls.
//!
//! **Notices**: one behind the other, each as [`crate::ledger::notice`] says. The card must be one that the wallet has or had, and the
//! counter one that it has come to: of a payment that this phone cannot have made nothing is shown, and the issuer that says so
//! learns it. A notice pays nothing, moves no counter and changes no card.
//!
//! **Statement**: the latest of a card takes the place of the one before it. An older one is refused. It pays nothing, and no payment
//! is held against it.
//!
//! **Transfer notices**: one behind the other, each as [`crate::ledger::transfer_notice`] says, of transfers of any card. The wallet must
//! have come to the number. A transfer that is no more in its list stays out of it.
//!
//! **Coupon**: its terms are those of [`crate::coupon::coupon_terms`], signed by their signer over SHA-256; the secret is that from which the
//! keys of its uses follow. The signer must be the issuer itself, or one that the issuer has said to trust (`0F`). A coupon id comes
//! once: a second one is refused, also where the first was used up or removed, as long as the wallet remembers that: its mark goes when it is over and
//! there is no more room. It may come before it begins and when it is over. A wallet has at most 64 coupons: where there is one more,
//! the one goes that is over for the longest time.
//!
//! # What is refused
//!
//! [`ContentError`] names one cause; which, where there are several, is not promised. Whether contents fit the wallet is not decided here:
//! whether the card may take such an envelope ([`crate::card::life_cycle`]), whether its policy allows the keys and its profile is
//! usable, whether counters rise.

use std::fmt;

use crate::card::envelope_purpose::Purpose;
use crate::card::policy::Policy;
use crate::card::statement::Statement;
use crate::coupon::coupon_notice::CouponNotice;
use crate::coupon::coupon_signer::SignerWord;
use crate::coupon::coupon_terms::CouponTerms;
use crate::emv::aid::Aid;
use crate::emv::atc::Atc;
use crate::error::ContentError;
use crate::error::coupon::CouponFault;
use crate::keys::channel::Channel;
use crate::keys::coupon_secret::CouponSecret;
use crate::keys::icc_key::HeldIccKey;
use crate::keys::issuer_key::IssuerKey;
use crate::keys::payment_key::PaymentKey;
use crate::ledger::notice::Notice;
use crate::ledger::transfer_notice::TransferNotice;
use crate::wire::Fields;

/// What the issuer says in one envelope.
pub(crate) enum Contents {
    InstallCard { policy: Policy, codes: u8, profile: Vec<u8>, keys: Vec<PaymentKey>, icc_keys: Vec<HeldIccKey> },
    ReplenishKeys { keys: Vec<PaymentKey>, icc_keys: Vec<HeldIccKey> },
    Policy(Policy),
    Suspend,
    Resume,
    Renew { profile: Vec<u8>, icc_keys: Vec<HeldIccKey> },
    Delete,
    IssuerTime { challenge: [u8; 16], wall_ms: u64 },
    RotateIssuerKey(IssuerKey),
    Resynchronise { challenge: [u8; 16], counters: Vec<Counter> },
    Notices(Vec<Notice>),
    Statement(Statement),
    TransferNotices(Vec<TransferNotice>),
    Coupon(SentCoupon),
    CouponSigner(SignerWord),
    CouponNotices(Vec<CouponNotice>),
}

/// A coupon as it comes: its signature is not proved.
pub(crate) struct SentCoupon {
    pub(crate) terms: CouponTerms,
    pub(crate) signature: [u8; 64],
    pub(crate) secret: CouponSecret,
}

/// The highest counter that the issuer ever gave out for one application of a card and one channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counter {
    pub(crate) card: u32,
    pub(crate) aid: Aid,
    pub(crate) channel: Channel,
    /// [`Atc::NONE_YET`] where it gave none.
    pub(crate) atc: Atc,
}

const MOST_CODES: u8 = 10;
const MOST_KEYS: u8 = 32;
/// As many as a card has applications.
const MOST_ICC_KEYS: u8 = 4;
const MOST_NOTICES: u8 = 32;

impl Contents {
    /// Reads what an envelope for this purpose held.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn parse(purpose: Purpose, content: &[u8]) -> Result<Contents, ContentError> {
        let fields = &mut Fields::of(content);
        let contents = match purpose {
            Purpose::InstallCard => Contents::InstallCard {
                policy: Policy::read_from_issuer(fields)?,
                codes: codes(fields)?,
                profile: profile(fields)?,
                keys: keys(fields)?,
                icc_keys: icc_keys(fields)?,
            },
            Purpose::ReplenishKeys => {
                let keys = keys(fields)?;
                if keys.is_empty() {
                    return Err(ContentError::NoKeys);
                }
                Contents::ReplenishKeys { keys, icc_keys: icc_keys(fields)? }
            }
            Purpose::Policy => Contents::Policy(Policy::read_from_issuer(fields)?),
            Purpose::Suspend => Contents::Suspend,
            Purpose::Resume => Contents::Resume,
            Purpose::Renew => Contents::Renew { profile: profile(fields)?, icc_keys: icc_keys(fields)? },
            Purpose::Delete => Contents::Delete,
            Purpose::IssuerTime => Contents::IssuerTime {
                challenge: fields.array().ok_or(ContentError::Truncated)?,
                wall_ms: fields.u64().ok_or(ContentError::Truncated)?,
            },
            Purpose::RotateIssuerKey => Contents::RotateIssuerKey(issuer_key(fields)?),
            Purpose::Resynchronise => Contents::Resynchronise {
                challenge: fields.array().ok_or(ContentError::Truncated)?,
                counters: counters(fields)?,
            },
            Purpose::Notices => Contents::Notices(notices(fields, Notice::read, ContentError::NoticeCount)?),
            Purpose::Statement => Contents::Statement(Statement::read(fields)?),
            Purpose::TransferNotices => {
                Contents::TransferNotices(notices(fields, TransferNotice::read, ContentError::NoticeCount)?)
            }
            Purpose::Coupon => Contents::Coupon(coupon(fields)?),
            Purpose::CouponSigner => Contents::CouponSigner(SignerWord::read(fields)?),
            Purpose::CouponNotices => {
                Contents::CouponNotices(notices(fields, CouponNotice::read, CouponFault::NoticeCount.into())?)
            }
        };
        fields.end().ok_or(ContentError::TrailingBytes)?;
        Ok(contents)
    }
}

fn codes(fields: &mut Fields<'_>) -> Result<u8, ContentError> {
    let codes = fields.u8().ok_or(ContentError::Truncated)?;
    if codes > MOST_CODES { Err(ContentError::TooManyCodes) } else { Ok(codes) }
}

fn profile(fields: &mut Fields<'_>) -> Result<Vec<u8>, ContentError> {
    fields.string16().map(<[u8]>::to_vec).ok_or(ContentError::Truncated)
}

fn keys(fields: &mut Fields<'_>) -> Result<Vec<PaymentKey>, ContentError> {
    let count = fields.u8().ok_or(ContentError::Truncated)?;
    if count > MOST_KEYS {
        return Err(ContentError::TooManyKeys);
    }
    (0..count).map(|_| PaymentKey::read_from_issuer(fields)).collect()
}

fn icc_keys(fields: &mut Fields<'_>) -> Result<Vec<HeldIccKey>, ContentError> {
    if fields.end().is_some() {
        return Ok(Vec::new());
    }
    match fields.u8().ok_or(ContentError::Truncated)? {
        0 => Err(ContentError::TrailingBytes),
        count @ 1..=MOST_ICC_KEYS => (0..count).map(|_| HeldIccKey::read_from_issuer(fields)).collect(),
        _ => Err(ContentError::TooManyKeys),
    }
}

fn issuer_key(fields: &mut Fields<'_>) -> Result<IssuerKey, ContentError> {
    let point = fields.array().ok_or(ContentError::Truncated)?;
    IssuerKey::new(&point).ok_or(ContentError::PointInvalid)
}

fn notices<Told>(
    fields: &mut Fields<'_>,
    read: fn(&mut Fields<'_>) -> Result<Told, ContentError>,
    wrong_count: ContentError,
) -> Result<Vec<Told>, ContentError> {
    match fields.u8().ok_or(ContentError::Truncated)? {
        count @ 1..=MOST_NOTICES => (0..count).map(|_| read(fields)).collect(),
        _ => Err(wrong_count),
    }
}

fn coupon(fields: &mut Fields<'_>) -> Result<SentCoupon, ContentError> {
    use ContentError::Truncated;
    let terms = CouponTerms::read(fields.string16().ok_or(Truncated)?)?;
    let signature = fields.array().ok_or(Truncated)?;
    let secret = fields.bytes(32).and_then(CouponSecret::of).ok_or(Truncated)?;
    Ok(SentCoupon { terms, signature, secret })
}

fn counters(fields: &mut Fields<'_>) -> Result<Vec<Counter>, ContentError> {
    let count = fields.u8().ok_or(ContentError::Truncated)?;
    (0..count).map(|_| counter(fields)).collect()
}

fn counter(fields: &mut Fields<'_>) -> Result<Counter, ContentError> {
    use ContentError::{ApplicationName, AtcOutOfRange, CardMissing, Truncated, UnknownChannel};
    let card = match fields.u32().ok_or(Truncated)? {
        0 => return Err(CardMissing),
        card => card,
    };
    Ok(Counter {
        card,
        aid: Aid::new(fields.string8().ok_or(Truncated)?).ok_or(ApplicationName)?,
        channel: Channel::of_byte(fields.u8().ok_or(Truncated)?).ok_or(UnknownChannel)?,
        atc: match fields.u16().ok_or(Truncated)? {
            0 => Atc::NONE_YET,
            number => Atc::new(number).ok_or(AtcOutOfRange)?,
        },
    })
}

/// The kind alone: a profile names a token.
impl fmt::Debug for Contents {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Contents::InstallCard { .. } => "InstallCard(..)",
            Contents::ReplenishKeys { .. } => "ReplenishKeys(..)",
            Contents::Policy(_) => "Policy(..)",
            Contents::Suspend => "Suspend",
            Contents::Resume => "Resume",
            Contents::Renew { .. } => "Renew(..)",
            Contents::Delete => "Delete",
            Contents::IssuerTime { .. } => "IssuerTime(..)",
            Contents::RotateIssuerKey(_) => "RotateIssuerKey(..)",
            Contents::Resynchronise { .. } => "Resynchronise(..)",
            Contents::Notices(_) => "Notices(..)",
            Contents::Statement(_) => "Statement(..)",
            Contents::TransferNotices(_) => "TransferNotices(..)",
            Contents::Coupon(_) => "Coupon(..)",
            Contents::CouponSigner(_) => "CouponSigner(..)",
            Contents::CouponNotices(_) => "CouponNotices(..)",
        })
    }
}

#[cfg(test)]
mod tests;
