//! A reader that sends anything in any order, while the holder chooses the coupon and takes the choice back.

use hcepay_core::Outcome;
use hcepay_tests::bytes::from_hex;
use hcepay_tests::merchant::coupons::CouponTerms;
use hcepay_tests::terminal::coupon::Presentation;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::shopper::{COUPON, FOR_MS, Shopper, terms};

const COMMANDS: u32 = 30_000;
const USES: u16 = 1000;
const SELECT: &str = "00A404000AF06863657061792E435000";
const SELECT_PAYMENT: &str = "00A4040007A000000003101000";

/// What the reader may read as a presentation.
fn presented(answer: &[u8]) -> Option<Presentation> {
    let at = |place: usize| answer.get(place..);
    (answer.first() == Some(&0x77)).then_some(())?;
    Some(Presentation {
        coupon: *at(5)?.first_chunk()?,
        number: u16::from_be_bytes(*at(24)?.first_chunk()?),
        terms_digest: *at(29)?.first_chunk()?,
        mac: *at(64)?.first_chunk()?,
    })
}

struct Reader {
    dice: ChaCha8Rng,
    signer: [u8; 8],
    challenge: [u8; 8],
}

impl Reader {
    fn below(&mut self, many: u32) -> usize {
        (self.dice.next_u32() % many) as usize
    }

    fn options(&mut self) -> Vec<u8> {
        self.challenge = self.dice.next_u64().to_be_bytes();
        [&[0x80, 0xA8, 0, 0, 18, 0x83, 16][..], &self.challenge, &self.signer, &[0]].concat()
    }

    /// One in order, or one with a byte changed, cut, or of bytes drawn.
    fn command(&mut self) -> Vec<u8> {
        let mut command = match self.below(8) {
            0..=2 => from_hex(SELECT).unwrap(),
            3 => from_hex(SELECT_PAYMENT).unwrap(),
            4..=6 => self.options(),
            _ => (0..self.below(30)).map(|_| self.below(256) as u8).collect(),
        };
        match self.below(6) {
            0 if !command.is_empty() => {
                let place = self.below(command.len() as u32);
                command[place] ^= 1 << self.below(8);
            }
            1 => command.truncate(self.below(command.len() as u32 + 1)),
            _ => {}
        }
        command
    }
}

#[test]
fn whatever_a_reader_sends_no_use_is_given_twice_and_one_in_a_contact_at_most() {
    let mut shopper = Shopper::with(&CouponTerms { uses: USES, ..terms() });
    shopper.install("kernel3-cvn18", 0, 3);
    let dice = ChaCha8Rng::seed_from_u64(20_261_130);
    let mut reader = Reader { dice, signer: shopper.merchant.id(), challenge: [0; 8] };
    let (mut in_contact, mut in_all) = (0, 0);
    for _ in 0..COMMANDS {
        match reader.below(10) {
            0 => {
                let report = shopper.wallet.deactivated(shopper.now);
                assert_eq!(report.coupon.is_some(), in_contact == 1);
                assert_ne!(report.outcome, Outcome::AuthorisationRequested);
                in_contact = 0;
            }
            1 => shopper.choose().unwrap(),
            2 if reader.below(4) == 0 => shopper.wallet.present_coupon(None, FOR_MS, shopper.now).unwrap(),
            _ => {
                let command = reader.command();
                let answer = shopper.wallet.process(shopper.now, &command);
                assert!((2..=258).contains(&answer.len()), "{command:02X?}");
                if let Some(presented) = presented(&answer) {
                    in_contact += 1;
                    in_all += 1;
                    assert_eq!((in_contact, presented.coupon), (1, COUPON.0), "{command:02X?}");
                    // Where the reader has changed its challenge on the way, the wallet has answered another one.
                    let challenge = *command[7..].first_chunk().unwrap();
                    shopper.merchant.take(&presented, &challenge, shopper.now.wall_ms).unwrap();
                }
            }
        }
    }
    assert!((500..USES).contains(&in_all), "{in_all} uses presented");
    assert_eq!(shopper.uses_left(), USES - in_all);
}
