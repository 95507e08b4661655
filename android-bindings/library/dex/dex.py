"""Reads a classes.dex (Android's documentation, "Dalvik executable format").

  dex.py CLASSES_DEX    fails where Android 9 would not run it as dx wrote it: call sites, method handles, a newer version
"""

import pathlib
import struct
import sys

# Android 9 reads all up to this.
NEWEST = 39
# Sections of the map, and classes, that only invoke-custom and invoke-polymorphic need.
SECTIONS = {0x0007: "call sites", 0x0008: "method handles"}
POLYMORPHIC = ("java.lang.invoke.MethodHandle", "java.lang.invoke.VarHandle")


def table(dex, at, width):
    """The first word of each entry of the table that the header names at this place."""
    count, offset = struct.unpack_from("<II", dex, at)
    return [struct.unpack_from("<I", dex, offset + width * index)[0] for index in range(count)]


def classes(dex):
    """The names of the classes that a classes.dex defines, and of those that it only speaks of."""

    def text(offset):
        while dex[offset] & 0x80:  # the length in front of it
            offset += 1
        return dex[offset + 1 : dex.index(0, offset + 1)].decode()

    strings, types = table(dex, 0x38, 4), table(dex, 0x40, 4)
    names = [text(strings[string]) for string in types]
    defined = [names[index] for index in table(dex, 0x60, 32)]
    spoken_of = {name.lstrip("[") for name in names if name.endswith(";")}
    return plain(defined), plain(spoken_of - set(defined))


def plain(names):
    return {name[1:-1].replace("/", ".") for name in names}


def sections(dex):
    """What the map lists: kind of section and how many are in it."""
    (at,) = struct.unpack_from("<I", dex, 0x34)
    (count,) = struct.unpack_from("<I", dex, at)
    return {kind: number for kind, _, number, _ in (struct.unpack_from("<HHII", dex, at + 4 + 12 * index) for index in range(count))}


def faults(dex):
    """Why Android 9 would not run it."""
    if dex[:4] != b"dex\n" or not 35 <= int(dex[4:7]) <= NEWEST:
        return [f"{dex[:8]!r} is not the beginning of a dex file up to version {NEWEST:03}"]
    whole, header = struct.unpack_from("<II", dex, 0x20)
    if whole != len(dex) or header != 0x70:
        return [f"{len(dex)} bytes, of which the header says {whole} and {header} for itself"]
    found = [f"{number} {SECTIONS[kind]} in it" for kind, number in sections(dex).items() if kind in SECTIONS]
    defined, spoken_of = classes(dex)
    return found + [f"it speaks of {name}" for name in POLYMORPHIC if name in defined | spoken_of]


if __name__ == "__main__":
    read = pathlib.Path(sys.argv[1]).read_bytes()
    if wrong := faults(read):
        sys.exit("\n".join(f"{sys.argv[1]}: {fault}" for fault in wrong))
    print(f"dex: {len(classes(read)[0])} classes, no call sites")
