"""Packs an APK and looks at one.

  apk.py pack RESOURCES CLASSES_DEX OUT LIBRARIES   what aapt2 linked, the classes, and LIBRARIES/ABI/libhcepay.so
  apk.py check APK CLASSES_DEX TAPS CLASS...        every transcript of TAPS is in it, the classes that the gate has seen
                                                    (../dex), and among them these
"""

import pathlib
import struct
import sys
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "dex"))
import dex as dalvik

PAGE = 16384


def pack(resources, dex, out, libraries):
    entries = [("classes.dex", zipfile.ZIP_DEFLATED, pathlib.Path(dex).read_bytes())]
    with zipfile.ZipFile(resources) as linked:
        entries += [(entry.filename, entry.compress_type, linked.read(entry)) for entry in linked.infolist()]
    for library in pathlib.Path(libraries).glob("*/libhcepay.so"):
        entries.append((f"lib/{library.parent.name}/{library.name}", zipfile.ZIP_STORED, library.read_bytes()))
    with zipfile.ZipFile(out, "w") as apk:
        for name, how, data in sorted(entries):
            # Always the same time, so that packing the same things gives the same bytes.
            entry = zipfile.ZipInfo(name, (1981, 1, 1, 1, 1, 2))
            entry.compress_type = how
            if how == zipfile.ZIP_STORED:
                # Android maps what is stored: libraries by pages, the rest by words. The field 0xD935 is zipalign's own.
                alignment = PAGE if name.endswith(".so") else 4
                begin = apk.fp.tell() + 30 + len(name) + 6
                padding = -begin % alignment
                entry.extra = struct.pack("<HHH", 0xD935, 2 + padding, alignment) + bytes(padding)
            apk.writestr(entry, data)


def check(path, seen, taps, *wanted):
    faults, whole = [], pathlib.Path(path).read_bytes()
    with zipfile.ZipFile(path) as apk:
        for entry in apk.infolist():
            name, extra = struct.unpack_from("<HH", whole, entry.header_offset + 26)
            begin = entry.header_offset + 30 + name + extra
            stored = entry.compress_type == zipfile.ZIP_STORED
            if entry.filename.endswith(".so") and not (stored and begin % PAGE == 0):
                faults.append(f"{entry.filename} is not stored at the beginning of a page")
            if entry.filename == "resources.arsc" and not (stored and begin % 4 == 0):
                faults.append(f"{entry.filename} is not stored at a word")
        taps = {f"assets/taps/{file.name}": file.read_bytes() for file in pathlib.Path(taps).iterdir()}
        inside = {name: apk.read(name) for name in apk.namelist() if name.startswith("assets/")}
        faults += [f"{name} is not what it is in the repository" for name in taps.keys() | inside.keys() if taps.get(name) != inside.get(name)]
        abis = sorted(name.split("/")[1] for name in apk.namelist() if name.endswith("/libhcepay.so"))
        if not abis:
            faults.append("there is no libhcepay.so in it")
        dex = apk.read("classes.dex")
    if dex != pathlib.Path(seen).read_bytes():
        faults.append("its classes.dex is another than the gate has seen")
    defined, _ = dalvik.classes(dex)
    faults += [f"{name} is not in classes.dex" for name in wanted if name not in defined]
    if faults:
        sys.exit("\n".join(sorted(faults)))
    print(f"taps packed for a phone: {len(taps)} transcripts, {len(defined)} classes, libhcepay.so for {', '.join(abis)}")


if __name__ == "__main__":
    {"pack": pack, "check": check}[sys.argv[1]](*sys.argv[2:])
