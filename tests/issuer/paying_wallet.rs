//! The card side of a payment without a tap, for the tests of the issuer. It pays whatever it is told to.

use std::collections::BTreeMap;

use crate::authorisation::AuthorisationRequest;
use crate::bytes::from_hex;
use crate::calendar::date_of;
use crate::merchant::consumer_code::{ConsumerCode, DataObject, written};
use crate::merchant::online_shop::OnlinePayment;
use crate::online_order::{OnlineOrder, digest};

use super::account::Secret;
use super::closed_loop;
use super::cryptogram_input::{TransactionData, cryptogram_input};
use super::demo_cards::DemoCard;
use super::issuer_application_data::IssuerApplicationData;
use super::minimal_wallet::{MinimalWallet, OpenedKey};
use super::profile::{ApplicationProfile, data_object};
use super::verification::tests::iad;

/// Data objects by tag.
pub(super) type Objects = BTreeMap<u32, Vec<u8>>;

/// A wallet that pays with this card, by this key, with the key's first ATC.
pub(super) struct PayingWallet<'a> {
    pub(super) wallet: &'a MinimalWallet,
    pub(super) card: &'a DemoCard,
    pub(super) key: &'a OpenedKey,
}

impl PayingWallet<'_> {
    /// Pays an order at a moment.
    pub(super) fn pay(&self, order: &[u8], wall_ms: u64) -> OnlinePayment {
        self.pay_but_for(order, wall_ms, |_| ())
    }

    /// The same, with some of the chip data changed before the cryptogram is computed over them.
    pub(super) fn pay_but_for(&self, order: &[u8], wall_ms: u64, change: impl FnOnce(&mut Objects)) -> OnlinePayment {
        let (read, digest) = (OnlineOrder::read(order).unwrap(), digest(order));
        let mut objects = self.of_card(digest[..4].to_vec());
        let digits = |text: String| from_hex(&text).unwrap();
        objects.extend([
            (0x84, self.key.aid.clone()),
            (0x95, vec![0; 5]),
            (0x9A, date_of(wall_ms).to_vec()),
            (0x9C, vec![0]),
            (0x5F2A, digits(format!("{:04}", read.currency))),
            (0x9F02, digits(format!("{:012}", read.amount_minor))),
            (0x9F03, vec![0; 6]),
            (0x9F1A, digits(format!("{:04}", read.country))),
            (0x9F27, vec![0x80]),
            (0x9F34, vec![0x01, 0x00, 0x02]),
        ]);
        objects.extend(self.card.sequence_number.map(|number| (0x5F34, vec![number])));
        change(&mut objects);
        let request = request_of(&objects);
        self.sign(&mut objects, &TransactionData::from_request(&request).unwrap());
        OnlinePayment {
            chip_data: objects.iter().flat_map(|(tag, value)| data_object(*tag, value)).collect(),
            token: self.card.token.digits().to_owned(),
            expiry: self.card.expiry,
            account_reference: None,
            order: order.to_vec(),
            signature: self.wallet.signature_over(&digest),
        }
    }

    /// Shows a code at a moment, with some of its chip data changed before the cryptogram is computed over them.
    pub(super) fn show_but_for(&self, wall_ms: u64, change: impl FnOnce(&mut Objects)) -> String {
        let second = u32::try_from(wall_ms / 1000).unwrap();
        let mut objects = self.of_card(second.to_be_bytes().to_vec());
        change(&mut objects);
        let transaction = TransactionData {
            amount: [0; 6],
            other_amount: [0; 6],
            country: [0; 2],
            tvr: [0; 5],
            currency: [0; 2],
            date: [0; 3],
            transaction_type: [0],
            unpredictable_number: objects[&0x9F37].clone().try_into().unwrap(),
            aip: objects[&0x82].clone().try_into().unwrap(),
            atc: self.key.first_atc,
        };
        self.sign(&mut objects, &transaction);
        let chip_data: Vec<DataObject> = objects.into_iter().collect();
        let mut application = vec![(0x4F, self.key.aid.clone()), (0x50, b"HCEPAY TEST".to_vec())];
        // The two forms in turn: the token alone, or with expiry and service code.
        application.push(match self.key.first_atc % 2 {
            1 => (0x5A, self.card.token.compressed()),
            _ => (0x57, self.card.token.track_2(self.card.expiry)),
        });
        application.extend(self.card.sequence_number.map(|number| (0x5F34, vec![number])));
        application.push((0x63, written(&chip_data)));
        ConsumerCode { applications: vec![application], common: None }.text()
    }

    fn application(&self) -> &ApplicationProfile {
        self.card.applications.iter().find(|application| application.aid == self.key.aid).unwrap()
    }

    /// What the card says of itself, verified, and this unpredictable number.
    fn of_card(&self, number: Vec<u8>) -> Objects {
        let application = self.application();
        let atc = self.key.first_atc.to_be_bytes().to_vec();
        let iad = iad(application, &self.key.issued());
        [(0x82, application.aip.to_vec()), (0x9F10, iad), (0x9F36, atc), (0x9F37, number)].into()
    }

    /// Puts in the cryptogram.
    fn sign(&self, objects: &mut Objects, transaction: &TransactionData) {
        let version = self.application().version;
        let key = match &self.key.secret {
            Secret::Key(key) => *key,
            Secret::Seed(seed) => closed_loop::key(seed, self.key.first_atc),
        };
        let iad = IssuerApplicationData::read(&objects[&0x9F10]).unwrap();
        let input = cryptogram_input(version, transaction, &iad).unwrap();
        objects.insert(0x9F26, version.cryptogram(&key, &input).to_vec());
    }
}

fn request_of(objects: &Objects) -> AuthorisationRequest {
    let mut request = AuthorisationRequest::new();
    objects.iter().for_each(|(tag, value)| request.put(*tag, value));
    request
}
