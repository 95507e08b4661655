//! Any bytes as a card profile: an error, or a card that answers.

#![no_main]

use hcepay_desk::phone::{NEW_YEAR as NOW, empty_wallet};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|profile: &[u8]| {
    let mut wallet = empty_wallet();
    match wallet.install_unsealed(profile) {
        Ok(_) => {
            let directory = wallet.process(NOW, b"\x00\xA4\x04\x00\x0E2PAY.SYS.DDF01\x00");
            assert!(directory.ends_with(&[0x90, 0x00]) && directory.len() <= 258);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
