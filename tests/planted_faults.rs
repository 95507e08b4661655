//! The planted faults of `mutants/`: what each names is there. That its test fails is for `scripts/mutants` to show.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The text of all Rust below a folder, but of what was built.
fn rust(directory: &Path, text: &mut String) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            rust(&path, text);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            text.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn every_planted_fault_names_a_test_that_is_there() {
    let mut of_rust = String::new();
    for folder in ["rust-core", "android-bindings/jni", "tests", "demo-app/desk"] {
        rust(&root().join(folder), &mut of_rust);
    }
    let of_kotlin = [
        ("android-bindings/library", "android-bindings/library/src/test/kotlin/org/hcepay"),
        ("demo-app", "demo-app/src/test/kotlin/org/hcepay/demo"),
    ];
    let mut seen = [0, 0, 0];
    for entry in fs::read_dir(root().join("tests/mutants")).unwrap() {
        let path = entry.unwrap().path();
        let patch = fs::read_to_string(&path).unwrap();
        let field =
            |name: &str| patch.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap_or_default();
        let test = field("test");
        let is_there = match of_kotlin.iter().position(|(package, _)| *package == field("package")) {
            Some(at) => {
                let (class, name) = test.split_once('#').unwrap();
                let file = root().join(of_kotlin[at].1).join(class).with_extension("kt");
                seen[1 + at] += 1;
                fs::read_to_string(file).unwrap().contains(&format!("fun {name}()"))
            }
            None => {
                seen[0] += 1;
                of_rust.contains(&format!("fn {}()", test.rsplit("::").next().unwrap()))
            }
        };
        assert!(is_there, "{}: {test}", path.display());
    }
    assert!(seen[0] > 50 && seen[1] > 50 && seen[2] > 10, "{seen:?}");
}
