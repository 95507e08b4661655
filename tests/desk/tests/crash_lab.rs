//! The crash lab in short; `scripts/crash-lab` runs it at full depth.

use hcepay_desk::crash_lab::run;
use hcepay_desk::tally::tell;

const IMAGES: u64 = 75_000;

#[test]
fn no_counter_is_signed_twice_whatever_a_crash_leaves_on_the_disk() {
    let findings = run(IMAGES, &|_| ());
    assert_eq!(findings.violations, Vec::<String>::new());
    assert!(findings.images >= IMAGES, "{} images", findings.images);
    assert!((1..=3).contains(&findings.burned_at_most), "a power loss burns a lease, and no more");
    tell(&format!("crash lab: {} images, 0 violations, burned at most {}", findings.images, findings.burned_at_most));
}
