"""Looks at the demo's APK.

  check.py APK CLASSES_DEX AAPT2 RES default|payment    fails where it is not what README and its screens say it is

Its signature is looked at before, by apksigner.
"""

import pathlib
import re
import subprocess
import sys
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "android-bindings/library/apk"))
import apk

PACKAGE = "org.hcepay.demo"
LAUNCHER, SERVICE = f"{PACKAGE}.wallet.WalletActivity", f"{PACKAGE}.pay.CardService"
PERMISSIONS = sorted(f"android.permission.{name}" for name in ("NFC", "USE_BIOMETRIC", "VIBRATE", "POST_NOTIFICATIONS"))
LIBRARIES = {"libhcepay.so", "libhcepay_desk.so"}
ABIS = {"arm64-v8a", "armeabi-v7a", "x86_64"}
# The natives are called from these, and no manifest names them.
NATIVE = ["org.hcepay.internal.Native", f"{PACKAGE}.desk.DeskNative"]
LARGEST = 6_000_000
# The closed-loop card, and coupons (org.hcepay.Coupon.AID).
OURS = ("other", ["F048434550415901", "F06863657061792E4350"])
GROUPS = {
    "default": [OURS],
    "payment": [OURS, ("payment", ["325041592E5359532E4444463031", "A0000000031010"])],
}
COMPONENTS = ("activity", "activity-alias", "service", "receiver", "provider")


class Element:
    def __init__(self, tag):
        self.tag, self.attributes, self.children = tag, {}, []

    def all(self):
        return [self] + [found for child in self.children for found in child.all()]


def element(dump):
    """The outermost element of what aapt2 dumps of a binary XML file."""
    outside, open_elements = Element(""), []
    for line in dump.splitlines():
        depth, text = len(line) - len(line.lstrip()), line.strip()
        if text.startswith("E: "):
            open_elements = [(at, opened) for at, opened in open_elements if at < depth]
            made = Element(text.split()[1])
            (open_elements[-1][1] if open_elements else outside).children.append(made)
            open_elements.append((depth, made))
        elif text.startswith("A: "):
            name, value = re.fullmatch(r'A: (?:\S*:)?([\w-]+)(?:\(0x\w+\))?=(.*)', text).groups()
            quoted = re.fullmatch(r'"(.*)" \(Raw: ".*"\)', value)
            open_elements[-1][1].attributes[name] = quoted[1] if quoted else value
    (outermost,) = outside.children
    return outermost


def named(tag):
    name = tag.attributes.get("name", "")
    return PACKAGE + name if name.startswith(".") else name


def languages(resources):
    """Those that the sources have words in, as Android writes them: zh-CN of values-zh-rCN, zh-Hans of values-b+zh+Hans."""
    names = (folder.parent.name.removeprefix("values-") for folder in pathlib.Path(resources).glob("values-*/strings.xml"))
    return sorted(name.removeprefix("b+").replace("+", "-").replace("-r", "-") for name in names)


def manifest_faults(manifest):
    faults = []
    (application,) = (child for child in manifest.children if child.tag == "application")
    asked = sorted(named(tag) for tag in manifest.all() if tag.tag.startswith("uses-permission"))
    if asked != PERMISSIONS:
        faults.append(f"it asks for the permissions {asked}")
    if application.attributes.get("allowBackup") != "false":
        faults.append("its files go into backups")
    if application.attributes.get("extractNativeLibs") != "true":
        faults.append("Android would not unpack its libraries, which are compressed")
    if application.attributes.get("debuggable", "false") != "false":
        faults.append("it is debuggable")
    components = [tag for tag in application.children if tag.tag in COMPONENTS]
    faults += [f"the manifest does not say whether {named(tag)} is exported" for tag in components if "exported" not in tag.attributes]
    exported = {named(tag): tag for tag in components if tag.attributes.get("exported") == "true"}
    if sorted(exported) != [SERVICE, LAUNCHER]:
        faults.append(f"exported are {sorted(exported)}")
    elif exported[SERVICE].attributes.get("permission") != "android.permission.BIND_NFC_SERVICE":
        faults.append("not only Android's NFC service may bind the payment service")
    return faults


def badging_faults(said, resources, kind):
    faults = []
    lines = said.splitlines()

    def wants(line, fault):
        if line not in lines:
            faults.append(fault)

    if not said.startswith(f"package: name='{PACKAGE}' "):
        faults.append(f"it is not {PACKAGE}")
    wants("minSdkVersion:'28'", "it is not for Android 9 and newer")
    wants("targetSdkVersion:'36'", "it is not made for Android 16")
    launchable = re.findall("^launchable-activity: name='(.*?)'", said, re.MULTILINE)
    if launchable != [LAUNCHER]:
        faults.append(f"what begins it is {launchable}")
    labels = dict(re.findall("^application-label(?:-(.*?))?:'(.+)'", said, re.MULTILINE))
    faults += [f"it has no label in {language or 'English'}" for language in ["", *languages(resources)] if language not in labels]
    if ("provides-component:'payment'" in lines) != (kind == "payment"):
        faults.append("it is among the phone's wallets" if kind == "default" else "it is not among the phone's wallets")
    return faults


def faults(path, seen, aapt2, resources, kind):
    def dump(*what):
        return subprocess.run([aapt2, "dump", *what, path], check=True, capture_output=True, text=True).stdout

    manifest = element(dump("xmltree", "--file", "AndroidManifest.xml"))
    found = manifest_faults(manifest) + badging_faults(dump("badging"), resources, kind)
    service = element(dump("xmltree", "--file", "res/xml/card_service.xml"))
    groups = [(tag.attributes["category"], [aid.attributes["name"] for aid in tag.children]) for tag in service.children]
    if groups != GROUPS[kind]:
        found.append(f"readers would find {groups} in it")
    if service.attributes.get("requireDeviceUnlock") != "false":
        found.append("Android would keep taps from it while the phone is locked")
    components = [named(tag) for tag in manifest.all() if tag.tag in ("application", *COMPONENTS)]
    found += apk.alignment_faults(path, "compressed") + apk.class_faults(path, seen, components + NATIVE)
    libraries = apk.libraries(path)
    if not libraries or libraries.keys() - ABIS:
        found.append(f"it has libraries for {sorted(libraries)}")
    found += [f"the libraries for {abi} are {sorted(names)}" for abi, names in libraries.items() if names != LIBRARIES]
    size = pathlib.Path(path).stat().st_size
    if size > LARGEST:
        found.append(f"it has {size} bytes, more than {LARGEST}")
    return sorted(found)


if __name__ == "__main__":
    if wrong := faults(*sys.argv[1:]):
        sys.exit("\n".join(f"{sys.argv[1]}: {fault}" for fault in wrong))
    with zipfile.ZipFile(sys.argv[1]) as packed:
        classes = len(apk.dalvik.classes(packed.read("classes.dex"))[0])
    abis = ", ".join(sorted(apk.libraries(sys.argv[1])))
    print(f"demo packed for a phone: {pathlib.Path(sys.argv[1]).stat().st_size} bytes, {classes} classes, libraries for {abis}")
