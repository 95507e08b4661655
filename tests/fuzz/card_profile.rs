//! Any bytes as a card profile: an error, or a card that pays, or refuses to, as a watched card must.

#![no_main]

use hcepay_core::{CardId, DEFAULT_WINDOW_MS, KeyTerms, Method, Now, PaymentKey, Wallet};
use hcepay_desk::phone::{NEW_YEAR, empty_wallet};
use hcepay_desk::plain_key::{made, terms};
use hcepay_desk::watch::Watch;
use hcepay_tests::terminal::{Application, Kernel, Purchase, Terminal};
use libfuzzer_sys::fuzz_target;

const PURCHASE: Purchase = Purchase {
    amount_minor: 60_00,
    amount_other_minor: 0,
    currency: 978,
    country: 276,
    transaction_type: 0x00,
    date: [0x26, 0x01, 0x01],
    unpredictable_number: [0x11, 0x22, 0x33, 0x44],
};

fuzz_target!(|profile: &[u8]| {
    let wallet = empty_wallet();
    match wallet.install_unsealed(profile) {
        Ok(card) => {
            // A card may pay unverified where one of its applications says so; these bytes elsewhere relax the watch only.
            let pays_unverified = profile.windows(3).any(|object| object == [0xC4, 0x01, 0x01]);
            let phone = WatchedPhone { wallet, watch: Watch::new(pays_unverified), now: NEW_YEAR };
            phone.pay_with_every_application(card);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});

struct WatchedPhone {
    wallet: Wallet,
    watch: Watch,
    now: Now,
}

impl WatchedPhone {
    fn pay_with_every_application(mut self, card: CardId) {
        let directory = self.select(b"2PAY.SYS.DDF01");
        assert!(directory.ends_with(&[0x90, 0x00]));
        for name in names(&directory) {
            // Which of the two fits depends on the application's cryptogram version.
            let keys =
                [None, Some([0x06, 0x00, 0x01, 0x00])].map(|index| vec![key(name, 1, index), key(name, 2, index)]);
            if !keys.into_iter().any(|keys| self.wallet.add_keys_unsealed(card, keys, self.now).is_ok()) {
                continue;
            }
            assert!(self.select(name).ends_with(&[0x90, 0x00]));
            self.wallet.deactivated(self.now);
            for verified in [true, false] {
                self.pay(name, verified);
            }
        }
    }

    /// One tap, a minute after the one before, at a terminal that accepts this application alone.
    fn pay(&mut self, name: &[u8], verified: bool) {
        self.now.boot_ms += 60_000;
        if verified {
            let armed = self.wallet.arm(self.now, Method::Biometric, DEFAULT_WINDOW_MS, None);
            armed.expect("the disk does not fail");
            self.watch.arm(self.now.boot_ms);
        }
        let kernels = [Kernel::Kernel2, Kernel::Kernel3, Kernel::Kernel7];
        let applications = kernels.map(|kernel| Application { aid: name.to_vec(), kernel }).to_vec();
        let terminal = Terminal { applications, ..Terminal::default() };
        terminal.pay(&PURCHASE, &mut |command| self.process(command));
        self.wallet.deactivated(self.now);
    }

    fn select(&mut self, name: &[u8]) -> Vec<u8> {
        self.process(&[&[0x00, 0xA4, 0x04, 0x00, name.len() as u8][..], name, &[0x00]].concat())
    }

    fn process(&mut self, command: &[u8]) -> Vec<u8> {
        let answer = self.wallet.process(self.now, command);
        self.watch.answer(self.now.boot_ms, command, &answer);
        answer
    }
}

/// Whatever may be the name of an application (4F) in the directory: all of them, and perhaps a piece of a label.
fn names(directory: &[u8]) -> impl Iterator<Item = &[u8]> {
    (0..directory.len()).filter_map(|at| match directory.get(at..)? {
        [0x4F, length @ 5..=16, rest @ ..] => rest.get(..usize::from(*length)),
        _ => None,
    })
}

fn key(name: &[u8], atc: u16, derivation_data: Option<[u8; 4]>) -> PaymentKey {
    made(&KeyTerms { derivation_data, ..terms(name, atc) })
}
