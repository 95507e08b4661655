//! Card Verification Results (CVR): what the card tells its issuer about this transaction, inside the IAD.

use crate::card::cardholder_verification::{Method, Verdict};
use crate::card::cvn::{Cvn, KernelId};

/// The type of cryptogram that the CVR goes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CryptogramType {
    /// Authorisation request.
    Arqc,
    /// Declined.
    Aac,
}

/// CVR as the IAD of one kernel carries it: 4 bytes (kernel 3 formats 0 and 1, kernel 7), 5 (kernel 3 format 4) or 6
/// (kernel 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cvr {
    length: u8,
    bytes: [u8; 6],
}

// Bits 8-7 of the byte that tells the cryptogram's type: no second GENERATE AC was asked for.
const SECOND_NOT_REQUESTED: u8 = 0x80;
// Bits 6-5: the first cryptogram is an ARQC (10); an AAC is 00.
const FIRST_IS_ARQC: u8 = 0x20;
// Formats 0, 1, 4 and kernel 7, byte 2 bit 3: the holder was verified on the device.
const VERIFIED_ON_DEVICE: u8 = 0x04;
// Format 4, byte 5 bit 2: the same once more.
const VERIFIED_ON_DEVICE_5: u8 = 0x02;
// Kernel 2, byte 4 bit 6: offline PIN verification was not performed. A phone has no offline PIN.
const OFFLINE_PIN_NOT_PERFORMED: u8 = 0x20;
// Kernel 2, byte 2 bit 7: the cryptogram comes inside a signature (CDA at the first GENERATE AC).
const CDA_AT_FIRST: u8 = 0x40;

impl Cvr {
    /// What is true of this transaction, in the form that belongs to the cryptogram version.
    ///
    /// How kernel 2's CVR would state verification on the phone is not public; it says nothing there.
    pub fn of(cvn: Cvn, cryptogram: CryptogramType, verdict: Verdict) -> Cvr {
        let first = match cryptogram {
            CryptogramType::Arqc => SECOND_NOT_REQUESTED | FIRST_IS_ARQC,
            CryptogramType::Aac => SECOND_NOT_REQUESTED,
        };
        let (on_device, on_device_5) = match verdict {
            Verdict::Verified(_) => (VERIFIED_ON_DEVICE, VERIFIED_ON_DEVICE_5),
            Verdict::NotNeeded | Verdict::LowValue | Verdict::Transit | Verdict::OnlinePin | Verdict::Missing(_) => {
                (0, 0)
            }
        };
        match cvn.kernel() {
            KernelId::Kernel2 => Cvr { length: 6, bytes: [first, 0, 0, OFFLINE_PIN_NOT_PERFORMED, 0, 0] },
            _ if cvn.uses_limited_use_keys() => {
                Cvr { length: 5, bytes: [verifier(verdict), first | on_device, 0, 0, on_device_5, 0] }
            }
            KernelId::Kernel3 | KernelId::Kernel7 => Cvr { length: 4, bytes: [3, first | on_device, 0, 0, 0, 0] },
        }
    }

    /// The same, where kernel 2's cryptogram comes inside a signature (CDA). The cryptogram is over the CVR with that bit: one
    /// public verifier does without it, and no public text decides.
    pub fn with_cda(self) -> Cvr {
        let mut bytes = self.bytes;
        bytes[1] |= CDA_AT_FIRST;
        Cvr { bytes, ..self }
    }

    /// A CVR given as bytes; `None` where it is longer than 6.
    pub fn from_bytes(cvr: &[u8]) -> Option<Cvr> {
        let mut bytes = [0; 6];
        bytes.get_mut(..cvr.len())?.copy_from_slice(cvr);
        Some(Cvr { length: u8::try_from(cvr.len()).ok()?, bytes })
    }

    /// As the IAD carries it.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or(&self.bytes)
    }
}

/// Format 4, byte 1: who verified the holder (high nibble: 8 the device's system, 5 the app). The low nibble, how, stays 0:
/// Android tells a biometric from a credential, but not which one.
fn verifier(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Verified(Method::Biometric | Method::DeviceCredential | Method::Unknown) => 0x80,
        Verdict::Verified(Method::AppReported) => 0x50,
        Verdict::NotNeeded | Verdict::LowValue | Verdict::Transit | Verdict::OnlinePin | Verdict::Missing(_) => 0x00,
    }
}
