//! The scripts of the repository, as far as they can be run in a moment.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts")
}

fn run(script: &Path, arguments: &[&str]) -> Output {
    Command::new(script).args(arguments).env_remove("ANDROID_NDK_HOME").stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// What begins a program hands `--help` on to it, once cargo has built it.
fn begins_a_program(script: &str) -> bool {
    script.contains("release/")
        && script.contains("exec \"")
        && script.contains("cargo build")
        && !script.contains("usage()")
}

#[test]
fn every_script_says_what_it_is_for_within_60_columns() {
    let mut helpful = 0;
    for script in fs::read_dir(scripts()).unwrap() {
        let path = script.unwrap().path();
        let source = fs::read_to_string(&path).unwrap();
        if begins_a_program(&source) {
            assert!(source.contains("--help tells more"), "{}", path.display());
            continue;
        }
        let output = run(&path, &["--help"]);
        let said = text(&output.stdout);
        assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""), "{}", path.display());
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(said.contains(&format!("scripts/{name}")), "{said}");
        assert!(said.lines().all(|line| line.chars().count() <= 60), "{said}");
        let wrong = run(&path, &["--coffee"]);
        assert!(matches!(wrong.status.code(), Some(1 | 2)), "{}", path.display());
        assert!(!text(&wrong.stderr).is_empty(), "{}", path.display());
        helpful += 1;
    }
    assert!(helpful >= 7, "{helpful}");
}

/// In a tree without the jar it fails before it builds anything.
#[test]
fn an_aar_without_the_kotlin_library_is_refused_with_the_way_to_make_it() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path();
    fs::create_dir_all(root.join("scripts")).unwrap();
    let script = root.join("scripts/build-android");
    fs::copy(scripts().join("build-android"), &script).unwrap();
    let output = run(&script, &["--without-ndk"]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for part in [
        "mvn -q -f android-bindings/library/pom.xml -DskipTests clean package",
        "scripts/build-android --without-ndk arm64-v8a armeabi-v7a x86_64",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!root.join("target").exists());
}
