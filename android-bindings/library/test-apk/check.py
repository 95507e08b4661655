"""Looks at the app that replays transcripts.

  check.py APK CLASSES_DEX TAPS CLASS...   every transcript of TAPS is in it, the classes that the gate has seen (../dex), and
                                           among them these
"""

import pathlib
import sys
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "apk"))
import apk


def check(path, seen, taps, *wanted):
    faults = apk.alignment_faults(path, "stored") + apk.class_faults(path, seen, wanted)
    taps = {f"assets/taps/{file.name}": file.read_bytes() for file in pathlib.Path(taps).iterdir()}
    with zipfile.ZipFile(path) as packed:
        inside = {name: packed.read(name) for name in packed.namelist() if name.startswith("assets/")}
        classes = len(apk.dalvik.classes(packed.read("classes.dex"))[0])
    faults += [f"{name} is not what it is in the repository" for name in taps.keys() | inside.keys() if taps.get(name) != inside.get(name)]
    found = apk.libraries(path)
    if not found or any(names != {"libhcepay.so"} for names in found.values()):
        faults.append(f"the libraries in it are {found}")
    if faults:
        sys.exit("\n".join(sorted(faults)))
    print(f"taps packed for a phone: {len(taps)} transcripts, {classes} classes, libhcepay.so for {', '.join(sorted(found))}")


if __name__ == "__main__":
    check(*sys.argv[1:])
