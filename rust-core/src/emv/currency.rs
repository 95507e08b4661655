//! Currencies by number (ISO 4217, list one; the codes in use, without metals, bonds and test codes).

/// In order.
const NUMBERS: [u16; 169] = [
    8, 12, 32, 36, 44, 48, 50, 51, 52, 60, 64, 68, 72, 84, 90, 96, 104, 108, 116, 124, 132, 136, 144, 152, 156, 170,
    174, 188, 192, 203, 208, 214, 222, 230, 232, 238, 242, 262, 270, 292, 320, 324, 328, 332, 340, 344, 348, 352, 356,
    360, 364, 368, 376, 388, 392, 398, 400, 404, 408, 410, 414, 417, 418, 422, 426, 430, 434, 446, 454, 458, 462, 480,
    484, 496, 498, 504, 512, 516, 524, 532, 533, 548, 554, 558, 566, 578, 586, 590, 598, 600, 604, 608, 634, 643, 646,
    654, 682, 690, 702, 704, 706, 710, 728, 748, 752, 756, 760, 764, 776, 780, 784, 788, 800, 807, 818, 826, 834, 840,
    858, 860, 882, 886, 901, 924, 925, 926, 927, 928, 929, 930, 931, 933, 934, 936, 938, 940, 941, 943, 944, 946, 947,
    948, 949, 950, 951, 952, 953, 960, 965, 967, 968, 969, 970, 971, 972, 973, 975, 976, 977, 978, 979, 980, 981, 984,
    985, 986, 990, 994, 997,
];

/// Whether there is a currency of this number.
pub(crate) fn exists(number: u16) -> bool {
    NUMBERS.binary_search(&number).is_ok()
}

/// Without a minor unit: amounts count the unit itself.
const WITHOUT_DECIMALS: [u16; 17] =
    [108, 152, 174, 262, 324, 352, 392, 410, 548, 600, 646, 704, 800, 940, 950, 952, 953];
const WITH_THREE: [u16; 7] = [48, 368, 400, 414, 434, 512, 788];
const WITH_FOUR: [u16; 2] = [927, 990];
/// Units of account, for which the list names no minor unit: nobody pays in them at a shop.
const OF_ACCOUNT: [u16; 3] = [960, 965, 994];

/// How many decimals stand for the currency's minor unit (ISO 4217, list one): 2 for the euro. `None` where there is no such
/// currency, or it has no minor unit of which the list says anything.
pub(crate) fn decimals(number: u16) -> Option<u8> {
    if !exists(number) || OF_ACCOUNT.contains(&number) {
        return None;
    }
    Some(match number {
        _ if WITHOUT_DECIMALS.contains(&number) => 0,
        _ if WITH_THREE.contains(&number) => 3,
        _ if WITH_FOUR.contains(&number) => 4,
        _ => 2,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_currency_has_the_decimals_of_its_minor_unit() {
        assert_eq!([978, 392, 48, 990].map(decimals), [Some(2), Some(0), Some(3), Some(4)]);
        assert_eq!([960, 999, 0].map(decimals), [None; 3]);
        let listed = [WITHOUT_DECIMALS.as_slice(), &WITH_THREE, &WITH_FOUR, &OF_ACCOUNT].concat();
        assert!(listed.into_iter().all(exists));
    }

    #[test]
    fn the_euro_exists_and_no_number_stands_twice() {
        assert!(exists(978) && exists(840) && exists(156) && !exists(0) && !exists(999) && !exists(979 + 1000));
        assert!(NUMBERS.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
