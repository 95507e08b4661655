"""Packs an APK, and says what is wrong with one.

  apk.py pack HOW RESOURCES CLASSES_DEX OUT LIBRARIES...   what aapt2 linked, the classes, and LIBRARIES/ABI/*.so;
                                                           HOW: stored, compressed (how the libraries lie in it)

What a certain APK must be is said by check.py of its app.
"""

import pathlib
import struct
import sys
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "dex"))
import dex as dalvik

PAGE = 16384
HOW = {"stored": zipfile.ZIP_STORED, "compressed": zipfile.ZIP_DEFLATED}
LOAD = 1


def pack(how, resources, dex, out, *folders):
    entries = [("classes.dex", zipfile.ZIP_DEFLATED, pathlib.Path(dex).read_bytes())]
    with zipfile.ZipFile(resources) as linked:
        entries += [(entry.filename, entry.compress_type, linked.read(entry)) for entry in linked.infolist()]
    for library in (found for folder in folders for found in pathlib.Path(folder).glob("*/*.so")):
        entries.append((f"lib/{library.parent.name}/{library.name}", HOW[how], library.read_bytes()))
    with zipfile.ZipFile(out, "w", compresslevel=9) as apk:
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


def segment_alignments(library):
    """How the segments of a library are aligned that Android loads (ELF, little-endian)."""
    if library[:4] != b"\x7fELF" or library[4] not in (1, 2) or library[5] != 1:
        return [0]
    # Where the header has the table, its entries' width and number, and an entry its alignment: by words of 32 or 64 bits.
    word, table, width, alignment = ("<I", 0x1C, 0x2A, 0x1C) if library[4] == 1 else ("<Q", 0x20, 0x36, 0x30)
    (at,) = struct.unpack_from(word, library, table)
    width, count = struct.unpack_from("<HH", library, width)
    entries = [at + width * index for index in range(count)]
    loaded = [entry for entry in entries if struct.unpack_from("<I", library, entry)[0] == LOAD]
    return [struct.unpack_from(word, library, entry + alignment)[0] for entry in loaded] or [0]


def alignment_faults(path, how):
    """What Android could not map: resources, stored libraries, and the segments of libraries where pages have 16 KB."""
    faults, whole = [], pathlib.Path(path).read_bytes()
    with zipfile.ZipFile(path) as apk:
        for entry in apk.infolist():
            name, extra = struct.unpack_from("<HH", whole, entry.header_offset + 26)
            begin = entry.header_offset + 30 + name + extra
            stored = entry.compress_type == zipfile.ZIP_STORED
            if entry.filename.endswith(".so"):
                if how == "stored" and not (stored and begin % PAGE == 0):
                    faults.append(f"{entry.filename} is not stored at the beginning of a page")
                if how == "compressed" and stored:
                    faults.append(f"{entry.filename} is not compressed")
                if any(alignment < PAGE for alignment in segment_alignments(apk.read(entry))):
                    faults.append(f"{entry.filename} has a segment that begins at no page of 16 KB")
            if entry.filename == "resources.arsc" and not (stored and begin % 4 == 0):
                faults.append(f"{entry.filename} is not stored at a word")
    return faults


def class_faults(path, seen, wanted):
    """What is wrong with its classes.dex: it is the one that the gate has seen, and these classes are in it."""
    with zipfile.ZipFile(path) as apk:
        more = [f"{name} is more than one classes.dex" for name in apk.namelist() if name.endswith(".dex") and name != "classes.dex"]
        dex = apk.read("classes.dex")
    if dex != pathlib.Path(seen).read_bytes():
        more.append("its classes.dex is another than the gate has seen")
    defined, _ = dalvik.classes(dex)
    return more + [f"{name} is not in classes.dex" for name in wanted if name not in defined]


def libraries(path):
    """The names of the libraries, by ABI."""
    found = {}
    with zipfile.ZipFile(path) as apk:
        for name in apk.namelist():
            if name.startswith("lib/"):
                found.setdefault(name.split("/")[1], set()).add(name.split("/")[2])
    return found


if __name__ == "__main__":
    {"pack": pack}[sys.argv[1]](*sys.argv[2:])
