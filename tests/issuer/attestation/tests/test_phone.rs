//! A phone whose secure hardware says what the test wants, and the certificates of its maker: all keys are test keys.

use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};

/// The name of the maker's root.
pub(super) const ROOT: &str = "test root";
const MAKER: &str = "test maker";
/// The name of a key's own certificate.
pub(super) const PHONE: &str = "test key";

/// What the hardware states of a key: numbers as the schema has them.
#[derive(Clone)]
pub(super) struct Stated {
    pub(super) version: u32,
    pub(super) attestation_level: u8,
    pub(super) key_level: u8,
    pub(super) challenge: Vec<u8>,
    pub(super) purposes: Vec<u8>,
    pub(super) curve: u8,
    pub(super) origin: u8,
    pub(super) tells_boot: bool,
    pub(super) locked: bool,
    pub(super) boot: u8,
    pub(super) package: String,
    pub(super) signer: [u8; 32],
}

impl Default for Stated {
    fn default() -> Stated {
        Stated {
            version: 200,
            attestation_level: 1,
            key_level: 1,
            challenge: Vec::new(),
            purposes: vec![2],
            curve: 1,
            origin: 0,
            tells_boot: true,
            locked: true,
            boot: 0,
            package: "org.example.pay".to_owned(),
            signer: [0x5A; 32],
        }
    }
}

impl Stated {
    /// The extension's value.
    pub(super) fn statement(&self) -> Vec<u8> {
        let numbers: Vec<u8> = self.purposes.iter().flat_map(|purpose| der(2, &[*purpose])).collect();
        let purposes = tagged(1, &der(0x31, &numbers));
        self.statement_with(&purposes)
    }

    /// The same with other purposes.
    pub(super) fn statement_with(&self, purposes: &[u8]) -> Vec<u8> {
        let package = der(0x30, &[der(4, self.package.as_bytes()), der(2, &[1])].concat());
        let id = der(0x30, &[der(0x31, &package), der(0x31, &der(4, &self.signer))].concat());
        let by_android = tagged(709, &der(4, &id));
        let mut by_hardware = [purposes, &tagged(2, &der(2, &[3])), &tagged(10, &der(2, &[self.curve]))].concat();
        by_hardware.extend(tagged(702, &der(2, &[self.origin])));
        if self.tells_boot {
            let locked = if self.locked { 0xFF } else { 0 };
            let boot = [der(4, &[1; 32]), der(1, &[locked]), der(10, &[self.boot]), der(4, &[2; 32])].concat();
            by_hardware.extend(tagged(704, &der(0x30, &boot)));
        }
        let version = der(2, &self.version.to_be_bytes()[2..]);
        let version = if self.version < 0x80 { der(2, &[self.version as u8]) } else { version };
        let version = if (0x80..0x100).contains(&self.version) { der(2, &[0, self.version as u8]) } else { version };
        let fields = [
            version.clone(),
            der(10, &[self.attestation_level]),
            version,
            der(10, &[self.key_level]),
            der(4, &self.challenge),
            der(4, &[]),
            der(0x30, &by_android),
            der(0x30, &by_hardware),
        ];
        der(0x30, &fields.concat())
    }
}

/// What is wrong with it, if anything.
pub(super) struct TestPhone {
    pub(super) stated: Stated,
    pub(super) point: [u8; 65],
    pub(super) root: u8,
    pub(super) states: bool,
    pub(super) intermediate_states: bool,
    pub(super) intermediate_is_ca: bool,
    pub(super) intermediate_until: &'static str,
    pub(super) alter: fn(Vec<Vec<u8>>) -> Vec<Vec<u8>>,
}

const MAKER_KEY: u8 = 2;

impl TestPhone {
    /// Nothing.
    pub(super) fn of(challenge: Vec<u8>, point: [u8; 65]) -> TestPhone {
        TestPhone {
            stated: Stated { challenge, ..Stated::default() },
            point,
            root: 1,
            states: true,
            intermediate_states: false,
            intermediate_is_ca: true,
            intermediate_until: "351231235959Z",
            alter: |chain| chain,
        }
    }

    /// The root's public key, as certificates have it.
    pub(super) fn root_key(&self) -> Vec<u8> {
        public_key(&point(self.root))
    }

    pub(super) fn chain(&self) -> Vec<Vec<u8>> {
        let statement = self.states.then(|| self.stated.statement());
        let above = self.intermediate_states.then(|| self.stated.statement());
        let own = certificate_of(&self.point, MAKER, PHONE, false, "700101000000Z", statement, MAKER_KEY);
        let maker = point(MAKER_KEY);
        let until = self.intermediate_until;
        let maker = certificate_of(&maker, ROOT, MAKER, self.intermediate_is_ca, until, above, self.root);
        let root = certificate(ROOT, ROOT, self.root, true, "491231235959Z", None, self.root);
        (self.alter)(vec![own, maker, root])
    }
}

fn signing_key(number: u8) -> SigningKey {
    SigningKey::from_slice(&[number; 32]).unwrap()
}

/// The public half of a test key.
pub(super) fn point(number: u8) -> [u8; 65] {
    signing_key(number).verifying_key().to_sec1_point(false).as_bytes().try_into().unwrap()
}

/// A certificate for a test key.
pub(super) fn certificate(
    issuer: &str,
    subject: &str,
    key: u8,
    is_ca: bool,
    until: &str,
    statement: Option<Vec<u8>>,
    signer: u8,
) -> Vec<u8> {
    certificate_of(&point(key), issuer, subject, is_ca, until, statement, signer)
}

fn certificate_of(
    key: &[u8; 65],
    issuer: &str,
    subject: &str,
    is_ca: bool,
    until: &str,
    statement: Option<Vec<u8>>,
    signer: u8,
) -> Vec<u8> {
    // ecdsa-with-SHA256.
    let algorithm = der(0x30, &der(6, &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2]));
    let validity = der(0x30, &[der(0x17, b"700101000000Z"), der(0x17, until.as_bytes())].concat());
    let extension = |oid: &[u8], value: &[u8]| der(0x30, &[der(6, oid), der(4, value)].concat());
    let mut extensions = Vec::new();
    if is_ca {
        extensions.extend(extension(&[0x55, 0x1D, 0x13], &der(0x30, &der(1, &[0xFF]))));
    }
    if let Some(statement) = statement {
        extensions.extend(extension(&[0x2B, 6, 1, 4, 1, 0xD6, 0x79, 2, 1, 0x11], &statement));
    }
    let extensions = if extensions.is_empty() { Vec::new() } else { der(0xA3, &der(0x30, &extensions)) };
    let content = [
        der(0xA0, &der(2, &[2])),
        der(2, &[1]),
        algorithm.clone(),
        name(issuer),
        validity,
        name(subject),
        public_key(key),
        extensions,
    ];
    let signed = der(0x30, &content.concat());
    let signature: Signature = signing_key(signer).sign(&signed);
    let signature = [&[0], signature.to_der().as_bytes()].concat();
    der(0x30, &[signed, algorithm, der(3, &signature)].concat())
}

/// Common name alone.
fn name(text: &str) -> Vec<u8> {
    let attribute = der(0x30, &[der(6, &[0x55, 4, 3]), der(0x0C, text.as_bytes())].concat());
    der(0x30, &der(0x31, &attribute))
}

/// A point of P-256 as certificates have it.
fn public_key(point: &[u8; 65]) -> Vec<u8> {
    let ec = der(6, &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1]);
    let p256 = der(6, &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7]);
    der(0x30, &[der(0x30, &[ec, p256].concat()), der(3, &[&[0], point.as_slice()].concat())].concat())
}

/// A value in a context tag of its own.
fn tagged(number: u16, value: &[u8]) -> Vec<u8> {
    let mut tagged = match number {
        0..31 => vec![0xA0 | number as u8],
        31..128 => vec![0xBF, number as u8],
        _ => vec![0xBF, 0x80 | (number >> 7) as u8, (number & 0x7F) as u8],
    };
    tagged.extend(&der(0, value)[1..]);
    tagged
}

/// Tag, length, value.
pub(super) fn der(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = value.len();
    let head = match length {
        0..0x80 => vec![tag, length as u8],
        0x80..0x100 => vec![tag, 0x81, length as u8],
        _ => vec![tag, 0x82, (length >> 8) as u8, length as u8],
    };
    [head, value.to_vec()].concat()
}
