//! Who a wallet is, as its record has it.

use crate::keys::agreement::{AgreementKey, AgreementPoint};
use crate::keys::identity::{DeviceKeys, Identity};
use crate::keys::issuer_key::IssuerKey;
use crate::keys::wallet_id::WalletId;
use crate::wire::{Fields, put_string8};

/// Writes it.
pub(super) fn put(out: &mut Vec<u8>, identity: &Identity) {
    out.extend_from_slice(identity.wallet.bytes());
    out.extend_from_slice(&identity.issuer.point());
    out.extend_from_slice(&identity.device.point().bytes());
    let device_keys = identity.device_keys.as_ref();
    put_points(out, device_keys.iter().flat_map(|keys| [&keys.agreement, &keys.signature]));
    put_points(out, identity.unlocked.as_ref());
    put_points(out, identity.authenticated.as_ref());
    // Last: a vector that grows after it would leave the key behind.
    out.extend_from_slice(identity.device.number().as_slice());
}

/// `None` where it is cut, or a key in it is none.
pub(super) fn read(fields: &mut Fields<'_>) -> Option<Identity> {
    let wallet = WalletId::new(fields.array()?);
    let issuer = IssuerKey::new(&fields.array()?)?;
    let device_point = AgreementPoint::new(&fields.array()?)?;
    let device_keys = match points(fields)?.as_slice() {
        [] => None,
        [agreement, signature] => Some(DeviceKeys { agreement: agreement.clone(), signature: signature.clone() }),
        _ => return None,
    };
    let (unlocked, authenticated) = (point_or_none(fields)?, point_or_none(fields)?);
    let device = AgreementKey::of(fields.bytes(32)?.try_into().ok()?, device_point)?;
    Some(Identity { wallet, issuer, device_keys, device: device.into(), unlocked, authenticated })
}

/// Points one behind the other, as a string8.
fn put_points<'a>(out: &mut Vec<u8>, points: impl IntoIterator<Item = &'a AgreementPoint>) {
    let points: Vec<u8> = points.into_iter().flat_map(AgreementPoint::bytes).collect();
    put_string8(out, &points);
}

fn points(fields: &mut Fields<'_>) -> Option<Vec<AgreementPoint>> {
    let (points, rest) = fields.string8()?.as_chunks();
    rest.is_empty().then(|| points.iter().map(AgreementPoint::new).collect())?
}

fn point_or_none(fields: &mut Fields<'_>) -> Option<Option<AgreementPoint>> {
    let mut points = points(fields)?;
    let point = points.pop();
    points.is_empty().then_some(point)
}
