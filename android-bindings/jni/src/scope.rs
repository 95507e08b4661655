//! What the holder has verified for, as Java hands it over: what (1), then the card (4), then
//!
//! | what | |
//! |---|---|
//! | 0 | any payment with the card that pays; nothing follows, no card either |
//! | 1 | a payment with this card |
//! | 2 | a payment of exactly this with it: amount in minor units (8), currency (2) |
//! | 3 | an online payment of exactly this order with it: digest (32) |
//! | 4 | a code that it shows |
//! | 5 | a transfer of exactly this from its account: digest (32) |

use hcepay_core::{Amount, CardId, OrderDigest, Scope, TransferDigest};
use jni::sys::jint;

use crate::border::Refused;
use crate::code::Code;
use crate::rest::Rest;

/// Reads it; `card` finds the card of a number.
pub(crate) fn read(bytes: &[u8], card: impl Fn(jint) -> Result<CardId, Refused>) -> Result<Scope, Refused> {
    Rest::whole(bytes, |rest| {
        let what = rest.u8()?;
        if what == 0 {
            return Ok(Scope::AnyCard);
        }
        let card = card(jint::from_be_bytes(rest.array()?))?;
        Ok(match what {
            1 => Scope::Card(card),
            2 => Scope::Payment(card, Amount { minor: rest.u64()?, currency: rest.u16()? }),
            3 => Scope::Order(card, OrderDigest(rest.array()?)),
            4 => Scope::Code(card),
            5 => Scope::Transfer(card, TransferDigest(rest.array()?)),
            _ => return Err(Code::Argument.into()),
        })
    })
}
