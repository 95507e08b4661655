//! Any bytes as a card profile: an error, or a card that answers.

#![no_main]

use hcepay_core::{Now, Wallet};
use libfuzzer_sys::fuzz_target;

const NOW: Now = Now { boot_count: 1, boot_ms: 0, wall_ms: 0 };

fuzz_target!(|profile: &[u8]| {
    let mut wallet = Wallet::new(Box::new(|_| ()));
    match wallet.install_unsealed(profile) {
        Ok(_) => {
            let directory = wallet.process(NOW, b"\x00\xA4\x04\x00\x0E2PAY.SYS.DDF01\x00");
            assert!(directory.ends_with(&[0x90, 0x00]) && directory.len() <= 258);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
