//! Online payments: a shop, a wallet and the issuer; and each verdict.

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
use crate::merchant::online_shop::{Merchant, OnlinePayment, OnlineShop};

const CARD: &str = "kernel3-cvn18";

/// An issuer, a wallet with one card and five keys for online payments, and a shop.
struct World {
    issuer: Issuer,
    wallet: MinimalWallet,
    holder: Holder,
    card: DemoCard,
    taps: Vec<OpenedKey>,
    keys: Vec<OpenedKey>,
    shop: OnlineShop,
}

fn at_work(name: &str) -> World {
    let (mut issuer, mut wallet, holder, taps) = installed(name);
    let keys = sent(&mut issuer, &mut wallet, holder, (Channel::Online, 5));
    let (id, name_of_shop) = ("M-1".to_owned(), "Café".to_owned());
    let shop = OnlineShop::new(Merchant { country: 276, category: 5812, id, name: name_of_shop });
    World { issuer, wallet, holder, card: demo_card(name).unwrap(), taps, keys, shop }
}

impl World {
    /// A new order of 12.50 EUR.
    fn order(&mut self) -> Vec<u8> {
        self.shop.order(1250, 978, None, &mut randomness(4)).unwrap()
    }

    fn wallet_with<'a>(&'a self, key: &'a OpenedKey) -> PayingWallet<'a> {
        PayingWallet { wallet: &self.wallet, card: &self.card, key }
    }

    /// Pays a new order by this key, with some of the chip data changed; the shop sees nothing wrong with it.
    fn paid(&mut self, key: &OpenedKey, change: impl FnOnce(&mut Objects)) -> OnlineAuthorisation {
        let order = self.order();
        let payment = self.wallet_with(key).pay_but_for(&order, NEW_YEAR, change);
        self.shop.take(&payment, NEW_YEAR).unwrap()
    }

    /// The same, past the shop: what the issuer says.
    fn verdict(&mut self, key: usize, change: impl FnOnce(&mut Objects)) -> Verdict {
        let order = self.order();
        let payment = self.wallet_with(&self.keys[key]).pay_but_for(&order, NEW_YEAR, change);
        self.issuer.verify_online(&unchecked(&payment), NEW_YEAR).verdict
    }
}

/// What a shop that checks nothing asks the issuer.
fn unchecked(payment: &OnlinePayment) -> OnlineAuthorisation {
    let mut request = AuthorisationRequest::new();
    for object in crate::terminal::tlv::objects(&payment.chip_data).unwrap() {
        request.put(object.tag, object.value);
    }
    let aid = request.object(0x84).unwrap().to_vec();
    request.put(0x4F, &aid);
    request.put(0x5A, &Token::parse(&payment.token).unwrap().compressed());
    OnlineAuthorisation { request, order: payment.order.clone(), signature: payment.signature }
}

#[test]
fn an_order_is_paid_with_every_application_of_every_demo_card() {
    for name in DEMO_CARDS.into_iter().filter(|name| !name.starts_with("test-")) {
        let mut world = at_work(name);
        let first = world.keys.clone().into_iter().filter(|key| key.first_atc == 1);
        for key in first.collect::<Vec<_>>() {
            let asked = world.paid(&key, |_| ());
            let verification = world.issuer.verify_online(&asked, NEW_YEAR);
            passed_whole(&verification, 19, name);
        }
    }
}

#[test]
fn no_key_of_another_channel_pays_online_and_none_for_online_payments_at_a_tap() {
    for name in [CARD, "kernel3-cvn43", "kernel2-cvn15", "kernel7-cvn01", "closed-loop"] {
        let mut world = at_work(name);
        let qr = sent(&mut world.issuer, &mut world.wallet, world.holder, (Channel::Qr, 1)).remove(0);
        for key in [world.taps[0].clone(), qr] {
            let asked = world.paid(&key, |_| ());
            let verdict = world.issuer.verify_online(&asked, NEW_YEAR).verdict;
            assert_eq!(verdict, Verdict::InvalidCryptogram, "{name}: {:?}", key.channel);
        }
        let online = world.keys[0].clone();
        assert_eq!(verdict(&mut world.issuer, name, &online, 1), Verdict::InvalidCryptogram, "{name}");
        let (tap, asked) = (world.taps[0].clone(), world.paid(&online, |_| ()));
        assert_eq!(verdict(&mut world.issuer, name, &tap, 1), Verdict::Valid, "{name}");
        assert_eq!(world.issuer.verify_online(&asked, NEW_YEAR).verdict, Verdict::Valid, "{name}: the same ATC");
    }
}

#[test]
fn what_is_no_order_is_invalid() {
    let mut world = at_work(CARD);
    let asked = world.paid(&world.keys[0].clone(), |_| ());
    let cut = OnlineAuthorisation { order: asked.order[..40].to_vec(), ..asked.clone() };
    let mut hidden = asked.clone();
    let place = asked.order.windows(4).position(|window| window == b"Caf\xC3").unwrap();
    hidden.order[place..place + 3].copy_from_slice("\u{202E}".as_bytes());
    hidden.order[place + 3..place + 5].copy_from_slice(b"fe");
    for asked in [cut, hidden, OnlineAuthorisation { order: Vec::new(), ..asked.clone() }] {
        assert_eq!(world.issuer.verify_online(&asked, NEW_YEAR).verdict, Verdict::OrderInvalid);
    }
    assert_eq!(world.issuer.verify_online(&asked, NEW_YEAR).verdict, Verdict::Valid);
}

#[test]
fn an_order_in_which_anything_was_altered_is_not_the_one_that_was_paid() {
    let mut world = at_work(CARD);
    let asked = world.paid(&world.keys[0].clone(), |_| ());
    // One unit more, in the order alone: another digest.
    let mut altered = asked.clone();
    altered.order[21] ^= 0x01;
    assert_eq!(world.issuer.verify_online(&altered, NEW_YEAR).verdict, Verdict::OrderMismatch);
    assert_eq!(world.issuer.verify_online(&asked, NEW_YEAR).verdict, Verdict::Valid);
}

#[test]
fn a_cryptogram_over_other_terms_than_the_order_has_does_not_pay_it() {
    let mut world = at_work(CARD);
    let terms: [(u32, &[u8]); 6] = [
        (0x9F02, &[0, 0, 0, 0, 0x12, 0x51]),
        (0x9F03, &[0, 0, 0, 0, 0, 0x01]),
        (0x5F2A, &[0x08, 0x40]),
        (0x9F1A, &[0x08, 0x40]),
        (0x9C, &[0x20]),
        (0x9F37, &[0, 0, 0, 0]),
    ];
    for (tag, value) in terms {
        let verdict = world.verdict(0, |objects| drop(objects.insert(tag, value.to_vec())));
        assert_eq!(verdict, Verdict::OrderMismatch, "{tag:X}");
    }
}

#[test]
fn only_the_wallet_that_holds_the_card_signs_its_orders() {
    let mut world = at_work(CARD);
    let other = MinimalWallet::enrolled(2, &mut world.issuer);
    let asked = world.paid(&world.keys[0].clone(), |_| ());
    let of_other_order = world.wallet.signature_over(&digest(b"another"));
    for signature in [other.signature_over(&digest(&asked.order)), of_other_order, [0; 64], [0xFF; 64]] {
        let forged = OnlineAuthorisation { signature, ..asked.clone() };
        assert_eq!(world.issuer.verify_online(&forged, NEW_YEAR).verdict, Verdict::SignatureWrong);
    }
    let mut without_wallets = Issuer::new(0);
    without_wallets.open_account(CARD).unwrap();
    assert_eq!(without_wallets.verify_online(&asked, NEW_YEAR).verdict, Verdict::SignatureWrong);
    assert_eq!(world.issuer.verify_online(&asked, NEW_YEAR).verdict, Verdict::Valid);
}

#[test]
fn the_cards_day_is_the_issuers_or_one_beside_it() {
    let mut world = at_work(CARD);
    for (key, date, verdict) in [
        (0, [0x25, 0x12, 0x30], Verdict::DateWrong),
        (0, [0x26, 0x01, 0x03], Verdict::DateWrong),
        (0, [0x26, 0x01, 0x32], Verdict::DateWrong),
        (0, [0x00, 0x00, 0x00], Verdict::DateWrong),
        (0, [0x25, 0x12, 0x31], Verdict::Valid),
        (1, [0x26, 0x01, 0x01], Verdict::Valid),
        (2, [0x26, 0x01, 0x02], Verdict::Valid),
    ] {
        let found = world.verdict(key, |objects| drop(objects.insert(0x9A, date.to_vec())));
        assert_eq!(found, verdict, "{date:X?}");
    }
}

#[test]
fn a_key_is_checked_as_at_a_tap() {
    let mut world = at_work(CARD);
    let order = world.order();
    let asked = unchecked(&world.wallet_with(&world.keys[0]).pay(&order, NEW_YEAR));
    let day_before = world.issuer.verify_online(&asked, NEW_YEAR - 1).verdict;
    assert_eq!(day_before, Verdict::KeyNotYetValid);
    let life = crate::issuer::KEY_LIFE_MS;
    let late = unchecked(&world.wallet_with(&world.keys[0]).pay(&order, NEW_YEAR + life));
    assert_eq!(world.issuer.verify_online(&late, NEW_YEAR + life + 1).verdict, Verdict::KeyExpired);
    for bit in 0..64_u32 {
        let mut wrong = asked.clone();
        let cryptogram = u64::from_be_bytes(asked.request.object(0x9F26).unwrap().try_into().unwrap());
        wrong.request.put(0x9F26, &(cryptogram ^ 1_u64.rotate_left(bit)).to_be_bytes());
        assert_eq!(world.issuer.verify_online(&wrong, NEW_YEAR).verdict, Verdict::InvalidCryptogram);
    }
    let above = OpenedKey { first_atc: 6, ..world.keys[0].clone() };
    let never_issued = world.paid(&above, |_| ());
    assert_eq!(world.issuer.verify_online(&never_issued, NEW_YEAR).verdict, Verdict::AtcOutOfRange);
    assert_eq!(world.issuer.verify_online(&asked, NEW_YEAR).verdict, Verdict::Valid);
    assert_eq!(world.issuer.verify_online(&asked, NEW_YEAR).verdict, Verdict::AtcReplay);
    let mut unknown = asked.clone();
    unknown.request.put(0x5A, &Token::parse("9999000000009997").unwrap().compressed());
    assert_eq!(world.issuer.verify_online(&unknown, NEW_YEAR).verdict, Verdict::UnknownToken);
    for tag in [0x9F34, 0x9F27, 0x9F37, 0x5F34, 0x9F10] {
        let mut lacking = asked.clone();
        lacking.request.put(tag, &[]);
        assert_eq!(world.issuer.verify_online(&lacking, NEW_YEAR).verdict, Verdict::NotVerifiable, "{tag:X}");
    }
}

#[test]
fn an_order_is_paid_once_with_whatever_key() {
    let mut world = at_work(CARD);
    let order = world.order();
    let [first, second] = [0, 1].map(|key| unchecked(&world.wallet_with(&world.keys[key]).pay(&order, NEW_YEAR)));
    assert_eq!(world.issuer.verify_online(&first, NEW_YEAR).verdict, Verdict::Valid);
    let mut loaded = Issuer::from_json(&world.issuer.to_json()).unwrap();
    for issuer in [&mut world.issuer, &mut loaded] {
        assert_eq!(issuer.verify_online(&first, NEW_YEAR).verdict, Verdict::AtcReplay);
        assert_eq!(issuer.verify_online(&second, NEW_YEAR).verdict, Verdict::OrderPaidBefore);
        assert_eq!(issuer.verify_online(&second, NEW_YEAR).verdict, Verdict::AtcReplay, "its cryptogram was right");
    }
    assert_eq!(loaded.to_json(), world.issuer.to_json());
}

#[test]
fn an_order_that_was_refused_can_still_be_paid() {
    let mut world = at_work(CARD);
    let order = world.order();
    let [first, second] = [0, 1].map(|key| unchecked(&world.wallet_with(&world.keys[key]).pay(&order, NEW_YEAR)));
    world.issuer.suspend(world.holder, &mut randomness(1)).unwrap();
    assert_eq!(world.issuer.verify_online(&first, NEW_YEAR).verdict, Verdict::CardNotActive);
    world.issuer.resume(world.holder, &mut randomness(1)).unwrap();
    assert_eq!(world.issuer.verify_online(&first, NEW_YEAR).verdict, Verdict::AtcReplay);
    assert_eq!(world.issuer.verify_online(&second, NEW_YEAR).verdict, Verdict::Valid);
}

#[test]
fn a_holder_who_was_not_verified_on_the_phone_does_not_pay() {
    for (name, byte) in [(CARD, 4), ("kernel3-cvn43", 4), ("kernel7-cvn01", 4), ("closed-loop", 4)] {
        let mut world = at_work(name);
        let verdict = world.verdict(0, |objects| objects.get_mut(&0x9F10).unwrap()[byte] &= !0x04);
        assert_eq!(verdict, Verdict::CvrInvalid, "{name}");
    }
    for name in [CARD, "kernel2-cvn14"] {
        let mut world = at_work(name);
        let verdict = world.verdict(0, |objects| drop(objects.insert(0x9F34, vec![0x1F, 0x03, 0x02])));
        assert_eq!(verdict, Verdict::CvrInvalid, "{name}");
        assert_eq!(world.verdict(1, |_| ()), Verdict::Valid);
        let relabelled = world.verdict(2, |objects| drop(objects.insert(0x9F27, vec![0x40])));
        assert_eq!(relabelled, Verdict::CvrInvalid, "{name}");
    }
}

#[test]
fn a_key_pays_no_more_than_its_limit() {
    let (mut issuer, mut wallet, holder, taps) = installed(CARD);
    issuer.set_limits(&[(978, 1000)]).unwrap();
    let keys = sent(&mut issuer, &mut wallet, holder, (Channel::Online, 1));
    let world = at_work(CARD);
    let mut world = World { issuer, wallet, holder, taps, keys, ..world };
    assert_eq!(world.verdict(0, |_| ()), Verdict::AmountOverKeyLimit);
}
