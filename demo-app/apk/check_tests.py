"""Looks at the APK of the demo's tests.

  check_tests.py APK CLASSES_DEX AAPT2 DEMO    fails where Android would not let it into the APK of the demo, or it has more than tests

Its signature is looked at before, by apksigner.
"""

import re
import subprocess
import sys
import zipfile

import check
from check import apk

PACKAGE = f"{check.PACKAGE}.test"
INSTRUMENTATION = f"{check.PACKAGE}.JourneyInstrumentation"


def classes(path):
    with zipfile.ZipFile(path) as packed:
        return apk.dalvik.classes(packed.read("classes.dex"))[0]


def signers(path):
    said = subprocess.run(["apksigner", "verify", "--print-certs", path], check=True, capture_output=True, text=True).stdout
    return re.findall("certificate SHA-256 digest: (.*)", said)


def faults(path, seen, aapt2, demo):
    def dump(*what):
        return subprocess.run([aapt2, "dump", *what, path], check=True, capture_output=True, text=True).stdout

    manifest, badging = check.element(dump("xmltree", "--file", "AndroidManifest.xml")), dump("badging")
    found = []
    if not badging.startswith(f"package: name='{PACKAGE}' "):
        found.append(f"it is not {PACKAGE}")
    if "minSdkVersion:'28'" not in badging.splitlines():
        found.append("it is not for Android 9 and newer")
    begun = [(tag.attributes["name"], tag.attributes["targetPackage"]) for tag in manifest.all() if tag.tag == "instrumentation"]
    if begun != [(INSTRUMENTATION, check.PACKAGE)]:
        found.append(f"what it begins is {begun}")
    more = [tag.tag for tag in manifest.all() if tag.tag in check.COMPONENTS or tag.tag.startswith("uses-permission")]
    found += [f"it has a {tag}" for tag in more]
    found += apk.class_faults(path, seen, [INSTRUMENTATION])
    found += [f"{name} is the demo's" for name in classes(path) & classes(demo)]
    if apk.libraries(path):
        found.append("it has libraries")
    if signers(path) != signers(demo):
        found.append("its key is not the demo's")
    return sorted(found)


if __name__ == "__main__":
    if wrong := faults(*sys.argv[1:]):
        sys.exit("\n".join(f"{sys.argv[1]}: {fault}" for fault in wrong))
    print(f"demo's tests packed for a phone: {len(classes(sys.argv[1]))} classes")
