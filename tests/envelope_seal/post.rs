//! An issuer that writes and a wallet that reads.

use hcepay_core::known_answers::{Content, Envelope, WalletId};
use hcepay_core::{AgreementKey, EnvelopeError, IssuerKey};
use hcepay_tests::issuer::seal::{Address, Purpose, SigningIssuer, agreement_key};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

pub(crate) const WALLET: [u8; 16] = *b"phone of a test.";

pub(crate) struct Post {
    pub(crate) issuer: SigningIssuer,
    pub(crate) pinned: IssuerKey,
    pub(crate) device: AgreementKey,
    device_point: [u8; 65],
    random: ChaCha8Rng,
}

impl Post {
    pub(crate) fn new(seed: u64) -> Post {
        let issuer = SigningIssuer::from_seed(seed);
        let (private, device_point) = agreement_key(&[seed.to_be_bytes(); 4].concat());
        Post {
            pinned: IssuerKey::new(&issuer.public()).unwrap(),
            issuer,
            device: AgreementKey::new(&private).unwrap(),
            device_point,
            random: ChaCha8Rng::seed_from_u64(seed),
        }
    }

    pub(crate) fn seal(&mut self, address: &Address, content: &[u8]) -> Vec<u8> {
        let mut random = |buffer: &mut [u8]| self.random.fill_bytes(buffer);
        self.issuer.seal(address, content, &self.device_point, &mut random).unwrap()
    }

    /// The wallet's whole way to the content.
    pub(crate) fn open(&self, envelope: &[u8]) -> Result<Content, EnvelopeError> {
        let opening = Envelope::parse(envelope)?.begin(&self.pinned, WalletId::new(WALLET))?;
        let shared = self.device.agree(opening.ephemeral());
        opening.finish(self.device.point(), &shared).map(|opened| opened.content)
    }

    /// The error that the wallet gives.
    pub(crate) fn refusal(&self, envelope: &[u8]) -> Option<EnvelopeError> {
        self.open(envelope).err()
    }

    /// Puts a good signature under what comes before the old one.
    pub(crate) fn sign_again(&self, envelope: &mut [u8]) {
        let (signed, signature) = envelope.split_last_chunk_mut::<64>().unwrap();
        *signature = self.issuer.sign(signed);
    }
}

pub(crate) fn address(purpose: Purpose) -> Address {
    Address { purpose, wallet: WALLET, card: 0x0102_0304, sequence: 0x0506_0708_090A_0B0C }
}
