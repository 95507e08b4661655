"""Reads a classes.dex (Android's documentation, "Dalvik executable format").

  dex.py CLASSES_DEX [--beside OTHER_DEX] ANDROID...
      fails where Android 9 would not run it: call sites, method handles, a newer version, a class that is neither in it nor in
      ANDROID (jars, or signatures of animal-sniffer) nor in the other one that it runs beside, or one that is in both
"""

import gzip
import pathlib
import re
import struct
import sys
import zipfile

# Android 9 reads all up to this.
NEWEST = 39
# From this on an interface may have methods with code: default, static and private ones.
INTERFACE_CODE = 37
INTERFACE, STATIC_INITIALISER = 0x200, 0x10000
# Sections of the map, and classes, that only invoke-custom and invoke-polymorphic need.
SECTIONS = {0x0007: "call sites", 0x0008: "method handles"}
POLYMORPHIC = ("java.lang.invoke.MethodHandle", "java.lang.invoke.VarHandle")
# What an app may name of Android's: the jars here have its inside, too.
PUBLIC = ("android.", "dalvik.", "java.", "javax.", "org.json.", "org.w3c.", "org.xml.", "org.xmlpull.")
# Annotations, which no running program looks for.
UNREAD = ("dalvik.annotation.", "org.jetbrains.annotations.")
# Reviewed: the code asks for Android's version first.
NEWER = pathlib.Path(__file__).with_name("newer-than-28.txt")


def table(dex, at, width):
    """The first word of each entry of the table that the header names at this place."""
    count, offset = struct.unpack_from("<II", dex, at)
    return [struct.unpack_from("<I", dex, offset + width * index)[0] for index in range(count)]


def type_names(dex):
    def text(offset):
        while dex[offset] & 0x80:  # the length in front of it
            offset += 1
        return dex[offset + 1 : dex.index(0, offset + 1)].decode()

    strings = table(dex, 0x38, 4)
    return [text(strings[string]) for string in table(dex, 0x40, 4)]


def classes(dex):
    """The names of the classes that a classes.dex defines, and of those that it only speaks of."""
    names = type_names(dex)
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


def interfaces_with_code(dex):
    """The interfaces that have a method with code, beyond what sets their constants."""
    names, (count, offset) = type_names(dex), struct.unpack_from("<II", dex, 0x60)
    found = set()
    for index in range(count):
        name, flags, *_, data, _ = struct.unpack_from("<8I", dex, offset + 32 * index)
        if flags & INTERFACE and data and any(code and not how & STATIC_INITIALISER for how, code in methods(dex, data)):
            found.add(names[name])
    return plain(found)


def methods(dex, at):
    """Access flags and place of the code, for each method of a class."""

    def number():
        nonlocal at
        value, shift = 0, 0
        while True:
            byte = dex[at]
            at, value, shift = at + 1, value | (byte & 0x7F) << shift, shift + 7
            if byte < 0x80:
                return value

    static_fields, instance_fields, direct, virtual = number(), number(), number(), number()
    for _ in range(2 * (static_fields + instance_fields)):
        number()
    found = []
    for _ in range(direct + virtual):
        number()  # which one
        found.append((number(), number()))
    return found


def android(paths):
    """The names of all classes in these jars and signatures."""
    found = set()
    for path in map(pathlib.Path, paths):
        if path.suffix == ".signature":
            found |= signature(gzip.decompress(path.read_bytes()))
        else:
            with zipfile.ZipFile(path) as jar:
                found |= {name.removesuffix(".class") for name in jar.namelist() if name.endswith(".class")}
    return {name.replace("/", ".") for name in found}


def signature(data):
    """The strings of Java's serialization (a `t`, two bytes of length, the text) that are names of classes."""
    texts = (data[begin + 2 : begin + 2 + int.from_bytes(data[begin : begin + 2], "big")] for begin in (at.end() for at in re.finditer(b"t", data)))
    return {text.decode() for text in texts if re.fullmatch(rb"[a-z]+(/[\w$]+)+", text)}


def faults(dex, known, beside=frozenset()):
    """Why Android 9, which has these classes, would not run it, beside these ones of another app."""
    if dex[:4] != b"dex\n" or not 35 <= int(dex[4:7]) <= NEWEST:
        return [f"{dex[:8]!r} is not the beginning of a dex file up to version {NEWEST:03}"]
    whole, header = struct.unpack_from("<II", dex, 0x20)
    if whole != len(dex) or header != 0x70:
        return [f"{len(dex)} bytes, of which the header says {whole} and {header} for itself"]
    found = [f"{number} {SECTIONS[kind]} in it" for kind, number in sections(dex).items() if kind in SECTIONS]
    defined, spoken_of = classes(dex)
    found += [f"it speaks of {name}" for name in POLYMORPHIC if name in defined | spoken_of]
    if int(dex[4:7]) < INTERFACE_CODE:
        found += [f"the interface {name} has a method with code, and the dex no version {INTERFACE_CODE:03}" for name in interfaces_with_code(dex)]
    newer = {line for line in NEWER.read_text().splitlines() if not line.startswith("#")}
    found += [f"{name} is in the other one, too" for name in defined & beside]
    missing = {name for name in spoken_of - newer - beside if not name.startswith(UNREAD) and not (name in known and name.startswith(PUBLIC))}
    return sorted(found + [f"{name} is neither in it nor in Android 9" for name in missing])


if __name__ == "__main__":
    read, paths, beside = pathlib.Path(sys.argv[1]).read_bytes(), sys.argv[2:], frozenset()
    if paths[0] == "--beside":
        beside, paths = classes(pathlib.Path(paths[1]).read_bytes())[0], paths[2:]
    if wrong := faults(read, android(paths), beside):
        sys.exit("\n".join(f"{sys.argv[1]}: {fault}" for fault in wrong))
    print(f"dex: {len(classes(read)[0])} classes, no call sites, none missing, {len(interfaces_with_code(read))} interfaces with code")
