//! When a card's holder must be verified, as the issuer puts it behind a policy.

/// What may be paid in one currency without verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// ISO 4217 numeric.
    pub currency: u16,
    /// By one payment, in minor units.
    pub single: u64,
    /// By all since the last verification.
    pub total: u64,
    /// So many payments.
    pub count: u8,
}

/// A gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gates {
    /// How much, how often.
    pub allowance: Allowance,
    /// With which applications.
    pub aids: Vec<Vec<u8>>,
    /// Which merchant categories, four digits each.
    pub merchant_categories: Vec<u16>,
}

/// Always, whatever the profile says.
pub fn always() -> Vec<u8> {
    vec![1]
}

/// But for low value, gates, and where the terminal's online PIN stands for it.
pub fn but_for(low_value: &[Allowance], gates: Option<&Gates>, card_like: bool) -> Vec<u8> {
    let flags = u8::from(card_like) | u8::from(gates.is_some()) << 1;
    let mut content = vec![2, flags, count(low_value.len())];
    low_value.iter().for_each(|allowance| content.extend(allowance.content()));
    if let Some(gates) = gates {
        content.extend(gates.allowance.content());
        content.push(count(gates.aids.len()));
        for aid in &gates.aids {
            content.push(count(aid.len()));
            content.extend(aid);
        }
        content.push(count(gates.merchant_categories.len()));
        for category in &gates.merchant_categories {
            // Four decimal digits are the same as hexadecimal ones.
            let digits = format!("{category:04}");
            content.extend(u16::from_str_radix(&digits, 16).unwrap_or_default().to_be_bytes());
        }
    }
    content
}

impl Allowance {
    fn content(&self) -> Vec<u8> {
        let Allowance { currency, single, total, count } = self;
        [&currency.to_be_bytes()[..], &single.to_be_bytes(), &total.to_be_bytes(), &[*count]].concat()
    }
}

fn count(length: usize) -> u8 {
    u8::try_from(length).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::hex;

    #[test]
    fn the_content_is_laid_out_as_the_formats_say() {
        let allowance = Allowance { currency: 978, single: 0x1388, total: 0x3A98, count: 5 };
        assert_eq!(hex(&always()), "01");
        assert_eq!(hex(&but_for(&[allowance], None, true)), "02010103D200000000000013880000000000003A9805");
        let gates = Gates { allowance, aids: vec![vec![0xA0, 0, 0, 0, 3]], merchant_categories: vec![4111, 4131] };
        assert_eq!(
            hex(&but_for(&[], Some(&gates), false)),
            "02020003D200000000000013880000000000003A98050105A0000000030241114131"
        );
    }
}
