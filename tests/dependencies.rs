//! Which crate needs which: what a phone carries knows nothing of terminals and issuers, and those know nothing of the card.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// Of this workspace, what a crate is built from on any platform with any feature: dev-dependencies are not.
fn needed_by(package: &str) -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let arguments = ["tree", "--locked", "--offline", "--all-features", "--target", "all", "--edges", "normal,build"];
    let listed = ["--prefix", "none", "--format", "{p}", "--package", package];
    let tree = Command::new(env!("CARGO")).args(arguments).args(listed).current_dir(root).output().unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let text = String::from_utf8(tree.stdout).unwrap();
    let names = text.lines().filter_map(|line| line.split(' ').next());
    names.filter(|name| name.starts_with("hcepay-") && *name != package).map(str::to_owned).collect()
}

fn names<const COUNT: usize>(names: [&str; COUNT]) -> BTreeSet<String> {
    names.map(str::to_owned).into()
}

#[test]
fn the_library_of_phones_is_made_of_the_core_alone() {
    assert_eq!(needed_by("hcepay-jni"), names(["hcepay-core"]));
    assert_eq!(needed_by("hcepay-core"), names([]));
}

#[test]
fn terminal_and_issuer_are_made_without_the_core() {
    assert_eq!(needed_by("hcepay-tests"), names([]));
}

/// The reader itself: where there is something to find, it is found.
#[test]
fn the_demo_s_desk_is_made_of_what_phones_never_carry() {
    assert_eq!(needed_by("hcepay-demo-desk"), names(["hcepay-core", "hcepay-desk", "hcepay-tests"]));
}
