"""Tests of the gate over a classes.dex (dex.py), and of the way by D8 (dex); python3 test.py runs them.

There is no D8 here. In its place stands a program that writes down how it was called and hands out a dex that was made before.
"""

import os
import pathlib
import subprocess
import tempfile
import unittest
import zipfile

import dex

HERE = pathlib.Path(__file__).resolve().parent
OLDEST = HERE / "target/oldest"


def dex_of(sources, but=()):
    """A dex of these Java sources by dx, without the classes in `but`: text of a source by its class's name."""
    with tempfile.TemporaryDirectory() as place:
        place = pathlib.Path(place)
        files = [f"{name}.java" for name in sources]
        for file, text in zip(files, sources.values()):
            (place / file).parent.mkdir(parents=True, exist_ok=True)
            (place / file).write_text(text)
        subprocess.run(["javac", "--release", "8", "-Xlint:-options", "-proc:none", "-d", "classes", *files], cwd=place, check=True)
        for name in but:
            (place / f"classes/{name}.class").unlink()
        dx = ["java", "-cp", f"{HERE}/target/tools/*", "com.android.dx.command.Main", "--dex", "--min-sdk-version=28"]
        subprocess.run([*dx, "--output=out.dex", "classes"], cwd=place, check=True)
        return (place / "out.dex").read_bytes()


def user_of(name):
    """A dex that names this class and does not have it."""
    package, _, simple = name.rpartition(".")
    path = name.replace(".", "/")
    there = f"package {package}; public class {simple} {{ }}"
    return dex_of({"User": f"class User {{ {name} it; }}", path: there}, but=[path])


def of_version(version, data):
    return data[:4] + version.encode() + data[7:]


def setUpModule():
    subprocess.run(["mvn", "-B", "-q", "-f", HERE / "pom.xml", "process-resources"], check=True, stdin=subprocess.DEVNULL)
    Gate.android = dex.android(OLDEST.iterdir())


class Gate(unittest.TestCase):
    android = None
    CALLED = {
        "Greeting": "interface Greeting { default int one() { return 1; } static int two() { return 2; } }",
        "Caller": "class Caller implements Greeting { int three() { return one() + Greeting.two(); } }",
    }

    def faults(self, data):
        return dex.faults(data, self.android)

    def test_default_and_static_methods_of_an_interface_pass(self):
        made = dex_of(self.CALLED)
        self.assertEqual(dex.interfaces_with_code(made), {"Greeting"})
        self.assertEqual(self.faults(made), [])
        self.assertEqual(self.faults(of_version("037", made)), [])

    def test_before_version_037_they_are_refused(self):
        old = of_version("035", dex_of(self.CALLED))
        self.assertEqual(self.faults(old), ["the interface Greeting has a method with code, and the dex no version 037"])

    def test_an_interface_with_a_constant_that_must_be_computed_has_no_code(self):
        constant = dex_of({"Born": "interface Born { long AT = System.nanoTime(); int age(); }"})
        self.assertEqual(dex.interfaces_with_code(constant), set())
        self.assertEqual(self.faults(of_version("035", constant)), [])

    def test_a_dex_that_is_newer_than_android_9_is_refused(self):
        made = dex_of(self.CALLED)
        self.assertEqual(self.faults(of_version("039", made)), [])
        for version in ("040", "041"):
            self.assertEqual(len(self.faults(of_version(version, made))), 1)
            self.assertIn("up to version 039", self.faults(of_version(version, made))[0])

    def test_a_class_that_is_missing_is_refused(self):
        sources = {"Gone": "class Gone { }", "User": "class User { Gone[] gone; }"}
        self.assertEqual(self.faults(dex_of(sources)), [])
        self.assertEqual(self.faults(dex_of(sources, but=["Gone"])), ["Gone is neither in it nor in Android 9"])

    def test_a_class_that_only_newer_androids_have_is_refused(self):
        for newer in ("java.lang.StackWalker", "android.app.people.ConversationStatus"):
            self.assertEqual(self.faults(user_of(newer)), [f"{newer} is neither in it nor in Android 9"])
        self.assertEqual(self.faults(user_of("java.util.stream.StreamSupport")), [])
        self.assertEqual(self.faults(user_of("android.app.Activity")), [])

    def test_unless_it_is_on_the_list_of_those_that_code_asks_for_first(self):
        self.assertNotIn("android.app.role.RoleManager", self.android)
        self.assertEqual(self.faults(user_of("android.app.role.RoleManager")), [])

    def test_what_is_inside_android_is_not_for_apps(self):
        inside = "com.android.internal.os.Zygote"
        self.assertIn(inside, self.android)
        self.assertEqual(self.faults(user_of(inside)), [f"{inside} is neither in it nor in Android 9"])

    def test_beside_another_dex_its_classes_may_be_named_and_none_may_be_in_both(self):
        sources = {"Gone": "class Gone { }", "User": "class User { Gone gone; }"}
        user, both = dex_of(sources, but=["Gone"]), dex_of(sources)
        self.assertEqual(dex.faults(user, self.android, beside={"Gone"}), [])
        self.assertEqual(dex.faults(both, self.android, beside={"Gone", "Other"}), ["Gone is in the other one, too"])

    def test_a_truncated_dex_is_refused(self):
        made = dex_of(self.CALLED)
        self.assertEqual(len(self.faults(made[:-1])), 1)
        self.assertEqual(len(self.faults(b"")), 1)


class ByD8(unittest.TestCase):
    """The script dex, on an SDK that has nothing but a stand-in."""

    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.place = pathlib.Path(place.name)
        self.sdk, self.out, self.classes = self.place / "sdk", self.place / "out/classes.dex", self.place / "classes"
        for folder in (self.out.parent, self.classes / "org/example"):
            folder.mkdir(parents=True)
        # D8 takes jars and class files, no directories. What is no class it passes over.
        (self.classes / "org/example/Any.class").write_bytes(b"a class")
        self.good, self.bad = self.place / "good.dex", self.place / "bad.dex"
        self.good.write_bytes(dex_of(Gate.CALLED))
        self.bad.write_bytes(dex_of({"Gone": "class Gone { }", "User": "class User { Gone gone; }"}, but=["Gone"]))

    def stand_in(self, version, hands_out, *more):
        d8 = self.sdk / "build-tools" / version / "d8"
        d8.parent.mkdir(parents=True)
        lines = ["#!/bin/sh", f'printf "%s\\n" "$0" "$@" >{self.place}/called', 'while [ "$1" != --output ]; do shift; done']
        lines += [f'cp {file} "$2/{name}"' for name, file in (("classes.dex", hands_out), *more)]
        d8.write_text("\n".join(lines) + "\n")
        d8.chmod(0o755)
        return str(d8)

    def android_jar(self, platform):
        jar = self.sdk / "platforms" / platform / "android.jar"
        jar.parent.mkdir(parents=True)
        with zipfile.ZipFile(jar, "w") as out:
            out.writestr("java/lang/Object.class", b"")
            out.writestr("java/lang/String.class", b"")
        return str(jar)

    def run_dex(self, variable="ANDROID_HOME", *beside):
        clean = {name: value for name, value in os.environ.items() if not name.startswith("ANDROID_")}
        return subprocess.run(
            [HERE / "dex", self.out, self.classes, *beside], env={**clean, variable: str(self.sdk)}, capture_output=True, text=True
        )

    def called(self):
        return (self.place / "called").read_text().splitlines()

    def test_the_newest_d8_of_the_sdk_is_called_for_android_9_with_its_newest_framework(self):
        self.stand_in("9.0.0", self.bad)
        d8 = self.stand_in("36.0.0", self.good)
        self.android_jar("android-9")
        newest = self.android_jar("android-36")
        for variable in ("ANDROID_HOME", "ANDROID_SDK_ROOT"):
            done = self.run_dex(variable)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(self.out.read_bytes(), self.good.read_bytes())
            work = f"{self.out}.work"
            jars = [f"{work}/classes0.jar", f"{work}/classes1.jar"]
            told = ["--release", "--min-api", "28", "--lib", newest, "--output", f"{work}/d8"]
            self.assertEqual(self.called(), [d8, *told, *jars])
            with zipfile.ZipFile(jars[0]) as given, zipfile.ZipFile(jars[1]) as stdlib:
                self.assertEqual(given.read("org/example/Any.class"), b"a class")
                self.assertIn("kotlin/Unit.class", stdlib.namelist())

    def test_without_a_framework_in_the_sdk_it_is_given_the_one_of_maven(self):
        self.stand_in("36.0.0", self.good)
        self.assertEqual(self.run_dex().returncode, 0)
        self.assertEqual(self.called()[4:6], ["--lib", str(*(HERE / "target/android").iterdir())])

    def test_the_gate_looks_at_what_d8_made(self):
        self.stand_in("36.0.0", self.bad)
        done = self.run_dex()
        self.assertEqual(done.returncode, 1)
        self.assertIn("Gone is neither in it nor in Android 9", done.stderr)
        self.assertFalse(self.out.exists())

    def test_the_framework_of_android_9_is_the_sdks_where_it_has_it(self):
        self.stand_in("36.0.0", self.good)
        self.android_jar("android-28")
        done = self.run_dex()
        self.assertEqual(done.returncode, 0, done.stderr)
        user = self.place / "user.dex"
        user.write_bytes(user_of("android.app.Activity"))
        self.stand_in("36.1.0", user)
        self.assertIn("android.app.Activity is neither in it nor in Android 9", self.run_dex().stderr)

    def test_what_runs_beside_another_dex_is_made_of_its_own_classes_alone(self):
        d8 = self.stand_in("36.0.0", self.bad)
        lib = self.android_jar("android-36")
        others = self.place / "others"
        others.mkdir()
        other = self.place / "other.dex"
        other.write_bytes(dex_of({"Gone": "class Gone { }"}))
        done = self.run_dex("ANDROID_HOME", "--beside", other, others)
        self.assertEqual(done.returncode, 0, done.stderr)
        work = f"{self.out}.work"
        known = ["--classpath", f"{work}/classes1.jar", "--classpath", f"{work}/classes2.jar"]
        told = ["--release", "--min-api", "28", "--lib", lib, *known, "--output", f"{work}/d8", f"{work}/classes0.jar"]
        self.assertEqual(self.called(), [d8, *told])

    def test_more_than_one_dex_is_refused(self):
        self.stand_in("36.0.0", self.good, ("classes2.dex", self.good))
        done = self.run_dex()
        self.assertEqual(done.returncode, 1)
        self.assertIn("classes.dex, classes2.dex, not one classes.dex", done.stderr)


if __name__ == "__main__":
    unittest.main()
