//! Any commands in any order into a fresh card. Input: one byte for card and holder, then commands, each behind two
//! bytes of length, of which the highest bit says that 20 seconds pass first.

#![no_main]

use hcepay_desk::phone::{NEW_YEAR, Phone};
use hcepay_desk::watch::{WATCHED_CARDS, Watch};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((first, mut rest)) = input.split_first() else { return };
    let (card, pays_unverified) = WATCHED_CARDS[usize::from(first & 7)];
    let mut phone = Phone::new(card, 0, NEW_YEAR).expect("the names are those of demo cards");
    let mut watch = Watch::new(pays_unverified);
    phone.receive_keys(3);
    if first & 8 != 0 {
        phone.verify_holder();
        watch.arm(phone.now().boot_ms);
    }
    while let Some((length, further)) = rest.split_first_chunk() {
        let length = u16::from_be_bytes(*length);
        if length & 0x8000 != 0 {
            phone.wait(20_000);
        }
        let (command, further) = further.split_at(usize::from(length & 0x7FFF).min(further.len()));
        let answer = phone.process(command);
        watch.answer(phone.now().boot_ms, command, &answer);
        rest = further;
    }
    phone.leave_field();
});
