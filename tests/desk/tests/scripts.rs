//! The scripts of the repository, as far as they can be run in a moment.

use std::fs;
use std::os::unix::fs::PermissionsExt;
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

/// A tree with this script alone, and a PATH with no more than it needs to begin; what `mvn` says and does, where there is one.
fn build_android(maven: Option<&str>) -> (tempfile::TempDir, Output) {
    let place = tempfile::tempdir().unwrap();
    let script = place.path().join("scripts/build-android");
    let programs = place.path().join("bin");
    for folder in [script.parent().unwrap(), &programs] {
        fs::create_dir_all(folder).unwrap();
    }
    fs::copy(scripts().join("build-android"), &script).unwrap();
    for program in ["bash", "dirname", "find", "rm"] {
        let places = std::env::var_os("PATH").unwrap();
        let found =
            std::env::split_paths(&places).map(|folder| folder.join(program)).find(|path| path.exists()).unwrap();
        std::os::unix::fs::symlink(found, programs.join(program)).unwrap();
    }
    if let Some(does) = maven {
        for (program, does) in [("javac", ""), ("mvn", does)] {
            let path = programs.join(program);
            fs::write(&path, format!("#!/bin/sh\n{does}\n")).unwrap();
            fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
        }
    }
    let output = Command::new(&script)
        .arg("--without-ndk")
        .env("PATH", &programs)
        .env_remove("CARGO_TARGET_DIR")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    (place, output)
}

const WITHOUT_THE_AAR: &str = "scripts/build-android --without-ndk arm64-v8a armeabi-v7a x86_64";

/// It fails before it builds anything.
#[test]
fn an_aar_where_the_kotlin_library_cannot_be_built_is_refused_with_what_is_missing() {
    let (place, output) = build_android(None);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for part in ["javac is needed", "apt-get install openjdk-17-jdk-headless", WITHOUT_THE_AAR] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!place.path().join("target").exists());
}

#[test]
fn the_kotlin_library_is_built_for_the_aar_without_its_tests() {
    let (place, output) = build_android(Some(r#"echo "$@" >>called; case "$*" in *skip*) exit 1 ;; esac"#));
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("the Kotlin library could not be built") && said.contains(WITHOUT_THE_AAR), "{said}");
    let called = fs::read_to_string(place.path().join("called")).unwrap();
    let called: Vec<&str> = called.lines().collect();
    assert!(called.iter().any(|line| line.contains("library/api-28/pom.xml install")), "{called:?}");
    let last = called.last().unwrap();
    assert!(last.contains("library/pom.xml -Dmaven.test.skip=true") && last.ends_with("package"), "{last}");
    assert!(!place.path().join("target").exists());
}

#[test]
fn what_the_library_is_compiled_by_is_not_passed_over_where_it_fails() {
    let (place, output) = build_android(Some(r#"echo "$@" >>called; exit 1"#));
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("the Kotlin library could not be built"));
    let called = fs::read_to_string(place.path().join("called")).unwrap();
    assert_eq!(called.lines().count(), 1, "{called}");
}

/// What `instrument` of the packing scripts says of it, where this is all that `am` prints.
fn instrument(printed: &str) -> Output {
    let programs = tempfile::tempdir().unwrap();
    let adb = programs.path().join("adb");
    fs::write(&adb, format!("#!/bin/sh\nprintf '{printed}'\n")).unwrap();
    fs::set_permissions(&adb, PermissionsExt::from_mode(0o755)).unwrap();
    let packing = scripts().join("../android-bindings/library/apk/packing.bash");
    let path = format!("{}:{}", programs.path().display(), std::env::var("PATH").unwrap());
    let script = "set -euo pipefail; fail() { echo \"$*\" >&2; exit 1; }; source \"$0\"; instrument org.example/.Tests";
    Command::new("bash").args(["-c", script]).arg(packing).env("PATH", path).stdin(Stdio::null()).output().unwrap()
}

#[test]
fn tests_on_a_phone_are_passed_only_where_its_last_word_says_so() {
    let well = "one: passed\\nINSTRUMENTATION_RESULT: journeys=1 passed, 0 failed\\nINSTRUMENTATION_CODE: -1\\n";
    let said = instrument(well);
    assert_eq!(said.status.code(), Some(0), "{}", text(&said.stderr));
    assert!(text(&said.stderr).contains("one: passed"), "{}", text(&said.stderr));
    assert_eq!(instrument(&well.replace("\\n", "\\r\\n")).status.code(), Some(0));
    for badly in [
        "",
        "INSTRUMENTATION_RESULT: journeys=0 passed, 1 failed\\nINSTRUMENTATION_CODE: 0\\n",
        "INSTRUMENTATION_RESULT: shortMsg=Process crashed.\\nINSTRUMENTATION_CODE: 0\\n",
        "INSTRUMENTATION_FAILED: org.example/.Tests\\n",
        "INSTRUMENTATION_CODE: -10\\n",
        "one: no INSTRUMENTATION_CODE: -1\\n",
    ] {
        let said = instrument(badly);
        assert_eq!(said.status.code(), Some(1), "{badly}");
        assert!(text(&said.stderr).contains("org.example/.Tests did not end well"), "{badly}");
    }
}

#[test]
fn the_demo_s_script_says_how_its_tests_are_taken_to_a_phone() {
    let said = text(&run(&scripts().join("build-demo-apk"), &["--help"]).stdout);
    for part in ["build-demo-apk --test ", "build-demo-apk --test --install", "hcepay-demo-test.apk", "DELETED"] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

/// As in a container that may not: nothing is fetched, built or begun.
#[test]
fn where_no_namespace_can_be_made_the_card_on_a_reader_is_left_out_and_why_is_said() {
    let programs = tempfile::tempdir().unwrap();
    for (program, does) in [("unshare", "exit 1"), ("ip", "exit 0")] {
        let path = programs.path().join(program);
        fs::write(&path, format!("#!/bin/sh\n{does}\n")).unwrap();
        fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    }
    let path = format!("{}:{}", programs.path().display(), std::env::var("PATH").unwrap());
    let target = programs.path().join("target");
    let output = Command::new(scripts().join("try-pcsc"))
        .env("PATH", path)
        .env("CARGO_TARGET_DIR", &target)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    let said = text(&output.stdout);
    assert!(said.starts_with("no network namespace can be made here") && said.lines().count() == 1, "{said}");
    assert_eq!(fs::read_dir(target.join("pcsc")).unwrap().count(), 0);
}
