"""Tests of what looks at the demo's APK (check.py); python3 test.py runs them, once scripts/build-demo-apk has packed one.

Each control is the app itself with one thing changed. Its libraries are headers of such.
"""

import os
import pathlib
import shutil
import struct
import subprocess
import tempfile
import unittest
import zipfile

import check
from check import apk

DEMO = pathlib.Path(__file__).resolve().parents[1]
PREBUILT = DEMO.parent / "android-bindings/library/target/tools/prebuilt"
AAPT2 = PREBUILT / "linux/aapt2"
DEX = DEMO / "target/packed/classes.dex"
RESOURCES = DEMO / "src/main/res"


def library(bits, *alignments):
    """The beginning of a library of which Android loads segments that are aligned so."""
    if bits == 64:
        header = struct.pack("<4sBB10xHHIQQQIHHHHHH", b"\x7fELF", 2, 1, 3, 183, 1, 0, 64, 0, 0, 64, 56, len(alignments) + 1, 0, 0, 0)
        loads = [struct.pack("<IIQQQQQQ", 1, 5, 0, 0, 0, 0, 0, alignment) for alignment in alignments]
        return b"".join([header, *loads, struct.pack("<IIQQQQQQ", 2, 6, 0, 0, 0, 0, 0, 8)])
    header = struct.pack("<4sBB10xHHIIIIIHHHHHH", b"\x7fELF", 1, 1, 3, 40, 1, 0, 52, 0, 0, 52, 32, len(alignments) + 1, 0, 0, 0)
    loads = [struct.pack("<IIIIIIII", 1, 0, 0, 0, 0, 0, 5, alignment) for alignment in alignments]
    return b"".join([header, *loads, struct.pack("<IIIIIIII", 2, 0, 0, 0, 0, 0, 6, 4)])


class Check(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.place = pathlib.Path(place.name)
        self.apk, self.linked, self.libraries = self.place / "demo.apk", self.place / "linked.apk", self.place / "libraries"
        for abi, bits in (("arm64-v8a", 64), ("armeabi-v7a", 32), ("x86_64", 64)):
            (self.libraries / abi).mkdir(parents=True)
            for name in check.LIBRARIES:
                (self.libraries / abi / name).write_bytes(library(bits, apk.PAGE, apk.PAGE))

    def link(self, *changes, overlay=None):
        """The app's resources, its manifest changed at these places."""
        manifest = (DEMO / "src/main/AndroidManifest.xml").read_text()
        for before, after in changes:
            self.assertIn(before, manifest)
            manifest = manifest.replace(before, after, 1)
        changed = self.place / "AndroidManifest.xml"
        changed.write_text(manifest)
        command = [AAPT2, "link", "-o", self.linked, "-I", PREBUILT / "android-framework.jar", "--manifest", changed]
        command.append(DEMO / "target/apk/compiled.zip")
        if overlay:
            subprocess.run([AAPT2, "compile", "--dir", overlay, "-o", self.place / "overlay.zip"], check=True)
            command += ["-R", self.place / "overlay.zip"]
        subprocess.run(command, check=True)

    def faults(self, how="compressed", kind="default", dex=DEX, resources=RESOURCES):
        apk.pack(how, self.linked, dex, self.apk, self.libraries)
        return check.faults(self.apk, DEX, AAPT2, resources, kind)

    def refuses(self, *faults, **how):
        self.assertEqual(self.faults(**how), sorted(faults))

    def refuses_manifest(self, before, after, *faults):
        self.link((before, after))
        self.refuses(*faults)

    def test_the_app_as_it_is_passes(self):
        self.link()
        self.assertEqual(self.faults(), [])

    def test_another_package_is_refused(self):
        self.link(('package="org.hcepay.demo"', 'package="org.example.demo"'))
        self.assertIn("it is not org.hcepay.demo", self.faults())

    def test_other_versions_of_android_are_refused(self):
        self.refuses_manifest('minSdkVersion="28"', 'minSdkVersion="27"', "it is not for Android 9 and newer")
        self.refuses_manifest('targetSdkVersion="36"', 'targetSdkVersion="35"', "it is not made for Android 16")

    def test_one_permission_more_or_fewer_is_refused(self):
        vibrate = '<uses-permission android:name="android.permission.VIBRATE"/>'
        others = [name for name in check.PERMISSIONS if not name.endswith("VIBRATE")]
        self.refuses_manifest(vibrate, "", f"it asks for the permissions {others}")
        more = vibrate + '<uses-permission-sdk-23 android:name="android.permission.INTERNET"/>'
        asked = sorted([*check.PERMISSIONS, "android.permission.INTERNET"])
        self.refuses_manifest(vibrate, more, f"it asks for the permissions {asked}")

    def test_what_is_exported_beyond_launcher_and_service_is_refused(self):
        pay = f"{check.PACKAGE}.pay.PayActivity"
        hidden = 'android:name=".pay.PayActivity" android:exported="false"'
        exported = sorted([check.LAUNCHER, check.SERVICE, pay])
        self.refuses_manifest(hidden, hidden.replace("false", "true"), f"exported are {exported}")
        self.refuses_manifest(hidden, 'android:name=".pay.PayActivity"', f"the manifest does not say whether {pay} is exported")
        receiver = '<receiver android:name=".DemoApp" android:exported="true"/></application>'
        exported = sorted([check.LAUNCHER, check.SERVICE, f"{check.PACKAGE}.DemoApp"])
        self.refuses_manifest("</application>", receiver, f"exported are {exported}")

    def test_a_service_that_others_may_bind_is_refused(self):
        guard = 'android:permission="android.permission.BIND_NFC_SERVICE"'
        self.refuses_manifest(guard, "", "not only Android's NFC service may bind the payment service")

    def test_backups_and_debuggers_are_refused(self):
        self.refuses_manifest('allowBackup="false"', 'allowBackup="true"', "its files go into backups")
        self.refuses_manifest('android:allowBackup="false"', "", "its files go into backups")
        self.refuses_manifest("<application ", '<application android:debuggable="true" ', "it is debuggable")

    def test_an_app_that_nothing_begins_is_refused(self):
        self.refuses_manifest("android.intent.category.LAUNCHER", "android.intent.category.INFO", "what begins it is []")

    def test_a_class_that_the_manifest_names_and_nobody_has_is_refused(self):
        gone = f"{check.PACKAGE}.pay.Gone"
        self.refuses_manifest(".pay.SelfTestActivity", ".pay.Gone", f"{gone} is not in classes.dex")

    def test_other_classes_than_the_gate_has_seen_are_refused(self):
        self.link()
        other = self.place / "classes.dex"
        other.write_bytes(DEX.read_bytes() + b"\0")
        self.refuses("its classes.dex is another than the gate has seen", dex=other)

    def test_a_second_classes_dex_is_refused(self):
        self.link()
        with zipfile.ZipFile(self.linked, "a") as linked:
            linked.writestr("classes2.dex", b"")
        self.refuses("classes2.dex is more than one classes.dex")

    def test_a_language_without_a_label_is_refused(self):
        words = self.place / "res"
        for folder in ("values", "values-xx-rYY", "values-b+xx+Latn"):
            (words / folder).mkdir(parents=True)
            (words / folder / "strings.xml").write_text("")
        (words / "values-night").mkdir()
        self.link()
        self.refuses("it has no label in xx-YY", "it has no label in xx-Latn", resources=words)

    def test_a_label_in_each_language_passes(self):
        words = self.place / "res"
        (words / "values-pl").mkdir(parents=True)
        (words / "values-pl/strings.xml").write_text('<resources><string name="app_name">hcepay po polsku</string></resources>')
        self.link(overlay=words)
        self.assertEqual(self.faults(resources=words), [])

    def test_payment_and_default_are_told_apart(self):
        self.link(overlay=DEMO / "src/payment/res")
        self.assertEqual(self.faults(kind="payment"), [])
        payment = check.GROUPS["payment"]
        self.refuses("it is among the phone's wallets", f"readers would find {payment} in it")
        self.link()
        self.refuses("it is not among the phone's wallets", f"readers would find {[check.OURS]} in it", kind="payment")

    def test_another_aid_is_refused(self):
        service = (RESOURCES / "xml/card_service.xml").read_text()
        other = self.place / "res/xml/card_service.xml"
        other.parent.mkdir(parents=True)
        cards, coupons = check.OURS[1]
        for changed in (["F048434550415902", coupons], [cards, "F06863657061792E4351"]):
            other.write_text(service.replace(cards, changed[0]).replace(coupons, changed[1]))
            self.link(overlay=self.place / "res")
            self.refuses(f"readers would find [('other', {changed})] in it")
        other.write_text(service.replace(f'<aid-filter android:name="{coupons}"/>', ""))
        self.link(overlay=self.place / "res")
        self.refuses(f"readers would find [('other', {[cards]})] in it")
        other.write_text(service.replace('requireDeviceUnlock="false"', 'requireDeviceUnlock="true"'))
        self.link(overlay=self.place / "res")
        self.refuses("Android would keep taps from it while the phone is locked")

    def test_libraries_lie_in_it_as_the_manifest_says(self):
        self.link()
        stored = [f"lib/{abi}/{name} is not compressed" for abi in check.ABIS for name in check.LIBRARIES]
        self.refuses(*stored, how="stored")
        unpacked = 'android:extractNativeLibs="true"'
        self.refuses_manifest(unpacked, unpacked.replace("true", "false"), "Android would not unpack its libraries, which are compressed")

    def test_a_library_that_is_missing_is_refused(self):
        self.link()
        (self.libraries / "x86_64/libhcepay_desk.so").unlink()
        self.refuses("the libraries for x86_64 are ['libhcepay.so']")
        shutil.rmtree(self.libraries)
        self.refuses("it has libraries for []")

    def test_a_processor_that_nobody_knows_is_refused(self):
        self.link()
        (self.libraries / "x86_64").rename(self.libraries / "mips")
        self.refuses("it has libraries for ['arm64-v8a', 'armeabi-v7a', 'mips']")

    def test_a_library_for_small_pages_alone_is_refused(self):
        self.link()
        for abi, bits in (("arm64-v8a", 64), ("armeabi-v7a", 32)):
            (self.libraries / abi / "libhcepay.so").write_bytes(library(bits, apk.PAGE, 4096))
        small = [f"lib/{abi}/libhcepay.so has a segment that begins at no page of 16 KB" for abi in ("arm64-v8a", "armeabi-v7a")]
        self.refuses(*small)

    def test_what_android_cannot_map_is_refused(self):
        def faults(how, **entries):
            with zipfile.ZipFile(self.apk, "w") as made:
                for name, compressed in entries.items():
                    made.writestr(name.replace("_", "."), library(64, apk.PAGE), apk.HOW["compressed" if compressed else "stored"])
            return apk.alignment_faults(self.apk, how)

        # The first one's data begin after 30 bytes and its name: at 44.
        self.assertEqual(faults("compressed", resources_arsc=False), [])
        refused = ["resources.arsc is not stored at a word"]
        self.assertEqual(faults("compressed", resources_arsc=True), refused)
        # Behind another entry it lies at a word for one of four lengths of that one's name.
        behind = [faults("compressed", **{"a" * length: True, "resources_arsc": False}) for length in (1, 2, 3, 4)]
        self.assertEqual(sorted(behind), [[], refused, refused, refused])
        for compressed in (True, False):
            self.assertEqual(faults("stored", a_so=compressed), ["a.so is not stored at the beginning of a page"])

    def test_an_app_that_is_too_large_is_refused(self):
        self.link()
        (self.libraries / "x86_64/libhcepay.so").write_bytes(library(64, apk.PAGE) + os.urandom(check.LARGEST))
        (fault,) = self.faults()
        self.assertRegex(fault, r"it has \d+ bytes, more than 6000000")

    def test_a_byte_that_was_changed_after_signing_is_refused_by_apksigner(self):
        self.link()
        self.assertEqual(self.faults(), [])
        key = ["-keystore", self.place / "key", "-storepass", "control", "-alias", "control", "-dname", "CN=control"]
        subprocess.run(["keytool", "-genkeypair", *key, "-keyalg", "EC"], check=True, capture_output=True)
        signed = self.place / "signed.apk"
        signing = ["--ks", self.place / "key", "--ks-pass", "pass:control", "--v4-signing-enabled", "false", "--out", signed]
        subprocess.run(["apksigner", "sign", *signing, self.apk], check=True)
        subprocess.run(["apksigner", "verify", signed], check=True)
        changed = bytearray(signed.read_bytes())
        with zipfile.ZipFile(signed) as opened:
            changed[opened.getinfo("classes.dex").header_offset + 200] ^= 1
        signed.write_bytes(changed)
        self.assertNotEqual(subprocess.run(["apksigner", "verify", signed], capture_output=True).returncode, 0)


if __name__ == "__main__":
    unittest.main()
