//! What Android would keep for a wallet outside its directory: the device's keys, the spend keys that it releases, and the
//! mark.

use std::fmt;

use hcepay_core::{
    AgreementKey, AgreementPoint, Applied, Attestation, DeviceKeys, Error, IssuerKey, Now, ReleasedSpendKey,
    SharedSecret, ToSign, Wallet,
};
use hcepay_tests::issuer::Issuer;
use hcepay_tests::issuer::seal::agreement_key;
use hcepay_tests::issuer::wallets::WalletId;
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{Signature, SigningKey};

/// The keys of one phone. Test keys, which the seed decides.
#[derive(Clone)]
pub struct Platform {
    seed: u64,
    issuer: [u8; 65],
    /// The mark that was stored last.
    pub mark: u64,
    /// How often the key that verification releases was lost.
    lost: u8,
}

/// Which of the phone's keys.
#[derive(Clone, Copy)]
enum Name {
    Agreement,
    Signature,
    Unlocked,
    Authenticated,
}

impl Platform {
    /// A phone that takes this issuer's word.
    pub fn new(seed: u64, issuer: [u8; 65]) -> Platform {
        Platform { seed, issuer, mark: 0, lost: 0 }
    }

    /// What a wallet is created with.
    pub fn issuer(&self) -> IssuerKey {
        IssuerKey::new(&self.issuer).expect("issuers have a key")
    }

    /// What a wallet is told before it enrols.
    pub fn device_keys(&self) -> DeviceKeys {
        DeviceKeys { agreement: self.point(Name::Agreement), signature: self.point(Name::Signature) }
    }

    /// What a wallet is told when a card needs that key.
    pub fn spend_point(&self, which: ReleasedSpendKey) -> AgreementPoint {
        self.point(match which {
            ReleasedSpendKey::Unlocked => Name::Unlocked,
            ReleasedSpendKey::Authenticated => Name::Authenticated,
        })
    }

    /// Tells a wallet of all keys, as if they were all made at once.
    ///
    /// # Errors
    /// The wallet's.
    pub fn tell_keys(&self, wallet: &Wallet) -> Result<(), Error> {
        wallet.device_keys_made(self.device_keys())?;
        for which in [ReleasedSpendKey::Unlocked, ReleasedSpendKey::Authenticated] {
            wallet.spend_key_made(which, self.spend_point(which))?;
        }
        Ok(())
    }

    /// The device agreement key is used, as a key store would.
    pub fn agree(&self, point: &AgreementPoint) -> SharedSecret {
        self.private(Name::Agreement).agree(point)
    }

    /// The device signature key signs a digest: r, then s.
    pub fn sign(&self, digest: &[u8; 32]) -> [u8; 64] {
        let (private, _) = self.pair(Name::Signature);
        let key = SigningKey::from_slice(&private).expect("it was made as a private number");
        let signature: Signature = key.sign_prehash(digest).expect("SHA-256 gives 32 bytes");
        signature.to_bytes().into()
    }

    /// Signs a request that the wallet has begun.
    ///
    /// # Errors
    /// The wallet's.
    pub fn sign_request(&self, wallet: &Wallet, asked: ToSign) -> Result<Vec<u8>, Error> {
        wallet.request_finish(asked.token, &self.sign(&asked.digest))
    }

    /// The wallet enrols with its issuer.
    ///
    /// # Errors
    /// The wallet's, and the issuer's.
    pub fn enrol(
        &self,
        wallet: &Wallet,
        issuer: &mut Issuer,
        wall_ms: u64,
        random: &mut dyn FnMut(&mut [u8]),
    ) -> Result<WalletId, Box<dyn std::error::Error>> {
        let asked = wallet.enrolment_request(&issuer.challenge(random), Attestation::default())?;
        Ok(issuer.enrol(&self.sign_request(wallet, asked)?, wall_ms)?)
    }

    /// Has the wallet apply an envelope, and agrees the device's key for it.
    ///
    /// # Errors
    /// The wallet's.
    pub fn apply(&self, wallet: &Wallet, envelope: &[u8], now: Now) -> Result<Applied, Error> {
        let begun = wallet.apply_begin(envelope, now)?;
        wallet.apply_finish(begun.token, &self.agree(&begun.ephemeral), now)
    }

    /// What is released while the phone is unlocked.
    pub fn unlocked(&self) -> AgreementKey {
        self.private(Name::Unlocked)
    }

    /// What is released when the holder has verified.
    pub fn authenticated(&self) -> AgreementKey {
        self.private(Name::Authenticated)
    }

    /// The key that verification releases is lost, as when the screen lock is taken off; the platform makes another.
    pub fn forget_authenticated(&mut self) {
        self.lost = self.lost.wrapping_add(1);
    }

    fn point(&self, name: Name) -> AgreementPoint {
        AgreementPoint::new(&self.pair(name).1).expect("it was made as a point")
    }

    fn private(&self, name: Name) -> AgreementKey {
        AgreementKey::new(&self.pair(name).0).expect("it was made as a private number")
    }

    fn pair(&self, name: Name) -> ([u8; 32], [u8; 65]) {
        let lost = if matches!(name, Name::Authenticated) { self.lost } else { 0 };
        let material = [b"hcepay test platform key".as_slice(), &self.seed.to_be_bytes(), &[name as u8, lost]];
        agreement_key(&material.concat())
    }
}

impl fmt::Debug for Platform {
    /// No keys.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Platform").field("mark", &self.mark).finish_non_exhaustive()
    }
}
