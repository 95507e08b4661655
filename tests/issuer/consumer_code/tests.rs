//! Codes that a wallet shows and a merchant reads; and each verdict.

use super::*;
use crate::issuer::Issuer;
use crate::issuer::demo_cards::{DEMO_CARDS, DemoCard, demo_card};
use crate::issuer::key_entry::Channel;
use crate::issuer::minimal_wallet::{MinimalWallet, OpenedKey, randomness};
use crate::issuer::paying_wallet::{Objects, PayingWallet};
use crate::issuer::provisioning::tests::{NEW_YEAR, verdict};
use crate::issuer::replenishment::tests::{at_work as installed, sent};
use crate::issuer::verification::tests::passed_whole;
use crate::issuer::wallets::Holder;
use crate::merchant::consumer_code::ConsumerCode;

const CARD: &str = "kernel3-cvn18";
/// Of the merchant: 12.50 EUR.
const PRICE: (u64, u16) = (1250, 978);

/// An issuer, and a wallet with one card and five keys for codes.
struct World {
    issuer: Issuer,
    wallet: MinimalWallet,
    holder: Holder,
    card: DemoCard,
    taps: Vec<OpenedKey>,
    keys: Vec<OpenedKey>,
}

fn at_work(name: &str) -> World {
    let (mut issuer, mut wallet, holder, taps) = installed(name);
    let keys = sent(&mut issuer, &mut wallet, holder, (Channel::Qr, 5));
    World { issuer, wallet, holder, card: demo_card(name).unwrap(), taps, keys }
}

impl World {
    /// What a merchant asks who has read the code that this key was spent for, a new year's day.
    fn shown_by(&self, key: &OpenedKey, change: impl FnOnce(&mut Objects)) -> AuthorisationRequest {
        let text = PayingWallet { wallet: &self.wallet, card: &self.card, key }.show_but_for(NEW_YEAR, change);
        ConsumerCode::read(&text).unwrap().request(&key.aid).unwrap()
    }

    fn shown(&self, key: usize) -> AuthorisationRequest {
        self.shown_by(&self.keys[key], |_| ())
    }

    fn verdict(&mut self, request: &AuthorisationRequest, wall_ms: u64) -> Verdict {
        self.issuer.verify_code(request, PRICE.0, PRICE.1, wall_ms).verdict
    }
}

#[test]
fn a_code_pays_with_every_application_of_every_demo_card() {
    for name in DEMO_CARDS.into_iter().filter(|name| !name.starts_with("test-")) {
        let mut world = at_work(name);
        for key in world.keys.clone().into_iter().filter(|key| key.first_atc == 1) {
            let request = world.shown_by(&key, |_| ());
            let verification = world.issuer.verify_code(&request, PRICE.0, PRICE.1, NEW_YEAR);
            passed_whole(&verification, 14, name);
        }
    }
}

#[test]
fn no_key_of_another_channel_makes_a_code_and_none_for_codes_pays_at_a_tap() {
    for name in [CARD, "kernel3-cvn43", "kernel2-cvn15", "kernel7-cvn01", "closed-loop"] {
        let mut world = at_work(name);
        let online = sent(&mut world.issuer, &mut world.wallet, world.holder, (Channel::Online, 1)).remove(0);
        for key in [world.taps[0].clone(), online] {
            let request = world.shown_by(&key, |_| ());
            assert_eq!(world.verdict(&request, NEW_YEAR), Verdict::InvalidCryptogram, "{name}: {:?}", key.channel);
        }
        let qr = world.keys[0].clone();
        assert_eq!(verdict(&mut world.issuer, name, &qr, 1), Verdict::InvalidCryptogram, "{name}");
    }
}

#[test]
fn a_code_is_good_for_a_minute_on_either_side_and_once() {
    let minute = CODE_LIFE_SECONDS * 1000;
    let mut world = at_work(CARD);
    // The code is made ten minutes after its key was issued.
    let made = NEW_YEAR + 10 * minute;
    let text =
        PayingWallet { wallet: &world.wallet, card: &world.card, key: &world.keys[0] }.show_but_for(made, |_| ());
    let request = ConsumerCode::read(&text).unwrap().request(&world.keys[0].aid).unwrap();
    for moment in [made - minute - 1, made + minute + 1000, NEW_YEAR, made + 3600 * minute] {
        assert_eq!(world.verdict(&request, moment), Verdict::CodeTooOld, "{moment}");
    }
    let first = world.issuer.to_json();
    for moment in [made - minute, made + minute, made] {
        world.issuer = Issuer::from_json(&first).unwrap();
        assert_eq!(world.verdict(&request, moment), Verdict::Valid, "{moment}");
    }
    assert_eq!(world.verdict(&request, made), Verdict::AtcReplay);
    world.issuer = Issuer::from_json(&world.issuer.to_json()).unwrap();
    assert_eq!(world.verdict(&request, made), Verdict::AtcReplay, "nor after the issuer has started again");
}

#[test]
fn whatever_is_altered_in_a_code_makes_the_cryptogram_wrong() {
    let mut world = at_work(CARD);
    let request = world.shown(0);
    for (tag, place) in [(0x82, 0), (0x9F37, 3), (0x9F10, 5), (0x9F26, 7)] {
        let mut altered = request.clone();
        let mut value = request.object(tag).unwrap().to_vec();
        value[place] ^= 0x01;
        altered.put(tag, &value);
        assert_eq!(world.verdict(&altered, NEW_YEAR), Verdict::InvalidCryptogram, "{tag:X}");
    }
    assert_eq!(world.verdict(&request, NEW_YEAR), Verdict::Valid);
}

#[test]
fn a_cryptogram_over_an_amount_is_no_code() {
    let mut world = at_work(CARD);
    let mut request = world.shown(0);
    // What a merchant adds is not looked at: the cryptogram covers zeros.
    request.put(0x9F02, &[0, 0, 0, 0, 0x12, 0x50]);
    assert_eq!(world.verdict(&request, NEW_YEAR), Verdict::Valid);
    let order = crate::online_order::OnlineOrder {
        amount_minor: PRICE.0,
        currency: PRICE.1,
        country: 0,
        category: 0,
        merchant_id: "M".to_owned(),
        merchant_name: "M".to_owned(),
        nonce: vec![0; 8],
        code: None,
    };
    let paying = PayingWallet { wallet: &world.wallet, card: &world.card, key: &world.keys[1] };
    let second = u32::try_from(NEW_YEAR / 1000).unwrap().to_be_bytes().to_vec();
    let payment = paying.pay_but_for(&order.bytes().unwrap(), NEW_YEAR, |objects| drop(objects.insert(0x9F37, second)));
    let mut request = world.shown(1);
    for object in crate::terminal::tlv::objects(&payment.chip_data).unwrap() {
        request.put(object.tag, object.value);
    }
    assert_eq!(world.verdict(&request, NEW_YEAR), Verdict::InvalidCryptogram);
}

#[test]
fn a_code_of_a_key_that_does_not_count_is_refused_by_name() {
    let mut world = at_work(CARD);
    let request = world.shown(0);
    let mut unknown = request.clone();
    unknown.put(0x5A, &Token::parse("9999000000009997").unwrap().compressed());
    assert_eq!(world.verdict(&unknown, NEW_YEAR), Verdict::UnknownToken);
    let above = OpenedKey { first_atc: 6, ..world.keys[0].clone() };
    let never_issued = world.shown_by(&above, |_| ());
    assert_eq!(world.verdict(&never_issued, NEW_YEAR), Verdict::AtcOutOfRange);
    assert_eq!(world.verdict(&request, NEW_YEAR - 1000), Verdict::KeyNotYetValid);
    let life = crate::issuer::KEY_LIFE_MS;
    let late = (NEW_YEAR + life) / 1000 + 1;
    let expired = world.shown_by(&world.keys[0], |objects| {
        objects.insert(0x9F37, u32::try_from(late).unwrap().to_be_bytes().to_vec());
    });
    assert_eq!(world.verdict(&expired, late * 1000), Verdict::KeyExpired);
    for tag in [0x9F37, 0x82, 0x9F36, 0x9F26, 0x5F34, 0x4F] {
        let mut lacking = request.clone();
        lacking.put(tag, &[]);
        assert_eq!(world.verdict(&lacking, NEW_YEAR), Verdict::NotVerifiable, "{tag:X}");
    }
    for (minor, currency) in [(0, 978), (1_000_000_000_000, 978), (1, 0), (1, 1000)] {
        let verdict = world.issuer.verify_code(&request, minor, currency, NEW_YEAR).verdict;
        assert_eq!(verdict, Verdict::NotVerifiable);
    }
    world.issuer.suspend(world.holder, &mut randomness(1)).unwrap();
    assert_eq!(world.verdict(&request, NEW_YEAR), Verdict::CardNotActive);
}

#[test]
fn a_holder_who_was_not_verified_shows_no_code_that_pays() {
    for name in [CARD, "kernel3-cvn43", "kernel7-cvn01", "closed-loop"] {
        let mut world = at_work(name);
        let request = world.shown_by(&world.keys[0], |objects| objects.get_mut(&0x9F10).unwrap()[4] &= !0x04);
        assert_eq!(world.verdict(&request, NEW_YEAR), Verdict::CvrInvalid, "{name}");
    }
    // A card that declined.
    let mut world = at_work(CARD);
    let request = world.shown_by(&world.keys[0], |objects| objects.get_mut(&0x9F10).unwrap()[4] &= !0x30);
    assert_eq!(world.verdict(&request, NEW_YEAR), Verdict::CvrInvalid);
}

#[test]
fn the_merchants_amount_counts_against_the_keys_limit() {
    let (mut issuer, mut wallet, holder, taps) = installed(CARD);
    issuer.set_limits(&[(978, 1250)]).unwrap();
    let keys = sent(&mut issuer, &mut wallet, holder, (Channel::Qr, 3));
    let mut world = World { issuer, wallet, holder, card: demo_card(CARD).unwrap(), taps, keys };
    let [first, second, third] = [0, 1, 2].map(|key| world.shown(key));
    assert_eq!(world.issuer.verify_code(&first, 1250, 978, NEW_YEAR).verdict, Verdict::Valid);
    assert_eq!(world.issuer.verify_code(&second, 1251, 978, NEW_YEAR).verdict, Verdict::AmountOverKeyLimit);
    assert_eq!(world.issuer.verify_code(&third, 1, 840, NEW_YEAR).verdict, Verdict::AmountOverKeyLimit);
}
