#!/usr/bin/env python3
"""Looks at a finished libhcepay.so and says what is wrong with it: one line each, and a non-zero exit.

usage: elf_gate.py LIBRARY --abi ABI --kind release|proof [--desk] [--absent TEXT]...

What it may import stands in imports.txt, what it must export in exports.txt, both beside this file. --desk: it is the demo app's
libhcepay_desk.so, for which the same two stand in demo-app/desk/gate/; there are the imports that it has beyond those. --absent: text
that must not be inside, such as the path of the build. Needs Python's standard library only.
"""

import argparse
import re
import struct
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
DESK = HERE.parents[2] / "demo-app" / "desk" / "gate"
PAGE = 0x4000  # Android's largest page: 16 KB since Android 15
MOST_BYTES = {"arm64-v8a": 1_030_000, "armeabi-v7a": 745_000, "x86_64": 1_190_000}
MOST_BYTES_OF_DESK = 1_600_000  # of a demo, and never in an app of anyone else's
NEWEST_API = 23  # of an import: older than what apps of ours run on (28), as the bionic is that tests run on
MACHINE = {"arm64-v8a": 183, "armeabi-v7a": 40, "x86_64": 62}
NEEDED = {"libc.so", "libm.so", "libdl.so", "liblog.so"}
# Of a debug line, of the feature panic-on-demand, and of anyone's home.
NEVER_INSIDE = ["debug lines are in this build", "panic on demand", "Java_org_hcepay_internal_Panic_", "/home/", "/root/", "/Users/"]
# Of the file that a test issuer is kept in, and of the demo app's desk.
NEVER_INSIDE_BUT_OF_DESK = ["hcepay issuer 1", "hcepay demo desk", "Java_org_hcepay_demo_"]
NOTE_OF_ANDROID, NOTE_OF_PROOF = "Android", "hcepay proof"

# Numbers of the System V ABI, chapters 4 and 5, and of its GNU extensions.
ET_DYN = 3
PT_LOAD, PT_DYNAMIC, PT_INTERP, PT_NOTE, PT_TLS, PT_GNU_STACK, PT_GNU_RELRO = 1, 2, 3, 4, 7, 0x6474E551, 0x6474E552
PF_X, PF_W = 1, 2
SHT_SYMTAB, SHT_DYNSYM = 2, 11
DT_NEEDED, DT_STRTAB, DT_SYMTAB, DT_SONAME, DT_RPATH, DT_TEXTREL, DT_RUNPATH, DT_FLAGS = 1, 5, 6, 14, 15, 22, 29, 30
DT_GNU_HASH, DT_VERSYM, DT_FLAGS_1, DT_VERNEED, DT_VERNEEDNUM = 0x6FFFFEF5, 0x6FFFFFF0, 0x6FFFFFFB, 0x6FFFFFFE, 0x6FFFFFFF
DF_TEXTREL, DF_BIND_NOW, DF_1_NOW = 4, 8, 1
STB_WEAK = 2


class Segment:
    def __init__(self, fields, is_64):
        if is_64:
            self.type, self.flags, self.offset, self.address, _, self.in_file, self.in_memory, self.align = fields
        else:
            self.type, self.offset, self.address, _, self.in_file, self.in_memory, self.flags, self.align = fields
        self.end = self.address + self.in_memory


class Library:
    """An ELF file, little-endian, as the loader sees it."""

    def __init__(self, path):
        self.bytes = path.read_bytes()
        if self.bytes[:4] != b"\x7fELF" or self.bytes[5] != 1:
            sys.exit(f"{path}: not a little-endian ELF file")
        self.is_64 = self.bytes[4] == 2
        header = self.at(16, "HHIQQQIHHHHHH" if self.is_64 else "HHIIIIIHHHHHH")
        self.type, self.machine, _, _, segments, sections, self.flags, _, step, count, section_step, section_count, _ = header
        layout = "IIQQQQQQ" if self.is_64 else "IIIIIIII"
        self.segments = [Segment(self.at(segments + i * step, layout), self.is_64) for i in range(count)]
        layout = "IIQQQQIIQQ" if self.is_64 else "IIIIIIIIII"
        self.sections = [self.at(sections + i * section_step, layout) for i in range(section_count)]
        self.dynamic = self.read_dynamic()
        self.versions = self.read_versions()
        self.imports, self.exports = self.read_symbols()
        self.notes = self.read_notes()

    def at(self, offset, layout):
        return struct.unpack_from("<" + layout, self.bytes, offset)

    def of(self, kind):
        return [segment for segment in self.segments if segment.type == kind]

    def offset(self, address):
        return next(s.offset + address - s.address for s in self.of(PT_LOAD) if s.address <= address < s.address + s.in_file)

    def text(self, index):
        start = self.offset(self.dynamic[DT_STRTAB][0]) + index
        return self.bytes[start : self.bytes.index(b"\0", start)].decode()

    def read_dynamic(self):
        entries, layout = {}, "QQ" if self.is_64 else "II"
        for segment in self.of(PT_DYNAMIC):
            for offset in range(segment.offset, segment.offset + segment.in_file, struct.calcsize(layout)):
                tag, value = self.at(offset, layout)
                if tag == 0:
                    break
                entries.setdefault(tag, []).append(value)
        return entries

    def one(self, tag, otherwise=0):
        return self.dynamic.get(tag, [otherwise])[0]

    def read_versions(self):
        """Of each version index: the library that it is asked of, and its name."""
        versions = {}
        if DT_VERNEED in self.dynamic:
            need = self.offset(self.one(DT_VERNEED))
            for _ in range(self.one(DT_VERNEEDNUM)):
                _, count, library, first, following = self.at(need, "HHIII")
                entry = need + first
                for _ in range(count):
                    _, _, index, name, next_entry = self.at(entry, "IHHII")
                    versions[index] = (self.text(library), self.text(name))
                    entry += next_entry
                need += following
        return versions

    def read_symbols(self):
        """Imports by name, as (is weak, library and version); names of exports."""
        imports, exports = {}, set()
        count = next((section[5] // section[9] for section in self.sections if section[1] == SHT_DYNSYM), 0)
        for i in range(1, count):
            table = self.offset(self.one(DT_SYMTAB))
            if self.is_64:
                name, info, _, section, _, _ = self.at(table + 24 * i, "IBBHQQ")
            else:
                name, _, _, info, _, section = self.at(table + 16 * i, "IIIBBH")
            if section != 0:
                exports.add(self.text(name))
                continue
            version = None
            if DT_VERSYM in self.dynamic:
                (index,) = self.at(self.offset(self.one(DT_VERSYM)) + 2 * i, "H")
                version = self.versions.get(index & 0x7FFF)
            imports[self.text(name)] = (info >> 4 == STB_WEAK, version)
        return imports, exports

    def read_notes(self):
        owners = set()
        for segment in self.of(PT_NOTE):
            offset = segment.offset
            while offset + 12 <= segment.offset + segment.in_file:
                name, description, _ = self.at(offset, "III")
                owners.add(self.bytes[offset + 12 : offset + 12 + name].rstrip(b"\0").decode(errors="replace"))
                offset += 12 + (name + 3 & ~3) + (description + 3 & ~3)
        return owners


def faults(library, abi, kind, is_desk, absent):
    most_bytes = MOST_BYTES_OF_DESK if is_desk else MOST_BYTES[abi]
    yield from form(library, abi)
    if not fits_pages(library):
        yield f"is not laid out for pages of {PAGE // 1024} KB"
    yield from protection(library)
    yield from loading(library, "libhcepay_desk.so" if is_desk else "libhcepay.so")
    yield from exported(library, DESK if is_desk else HERE)
    yield from imported(library, [HERE, DESK] if is_desk else [HERE])
    yield from inside(library, NEVER_INSIDE + absent + ([] if is_desk else NEVER_INSIDE_BUT_OF_DESK))
    if NOTE_OF_ANDROID not in library.notes:
        yield "has no note that names Android"
    if (NOTE_OF_PROOF in library.notes) != (kind == "proof"):
        yield f"is not marked as what it is, a {kind} build"
    if len(library.bytes) > most_bytes:
        yield f"has {len(library.bytes)} bytes, more than {most_bytes}"


def form(library, abi):
    if library.type != ET_DYN or library.of(PT_INTERP):
        yield "is not a shared library"
    if library.machine != MACHINE[abi]:
        yield f"is for machine {library.machine}, not {abi}"
    # Android's armeabi-v7a passes floats in core registers.
    if abi == "armeabi-v7a" and (library.flags & 0xFF000000 != 0x05000000 or library.flags & 0x400):
        yield f"has flags {library.flags:#x}: not EABI 5 with soft floats"
    if any(section[1] == SHT_SYMTAB for section in library.sections):
        yield "is not stripped"


def fits_pages(library):
    loaded = library.of(PT_LOAD)
    return (
        all(s.align % PAGE == 0 and s.align > 0 and (s.address - s.offset) % PAGE == 0 for s in loaded)
        and all((earlier.end - 1) // PAGE < later.address // PAGE for earlier, later in zip(loaded, loaded[1:]))
        # Where read-only relocations end in mid-page, what follows them becomes read-only too.
        and all(s.end % PAGE == 0 or any(s.end == other.end for other in loaded) for s in library.of(PT_GNU_RELRO))
    )


def protection(library):
    if any(s.flags & PF_W and s.flags & PF_X for s in library.of(PT_LOAD)):
        yield "has a segment that can be both written and executed"
    if [s.flags & PF_X for s in library.of(PT_GNU_STACK)] != [0]:
        yield "wants an executable stack"
    if not library.of(PT_GNU_RELRO):
        yield "leaves its relocations writable"
    if not library.one(DT_FLAGS) & DF_BIND_NOW and not library.one(DT_FLAGS_1) & DF_1_NOW:
        yield "binds its imports lazily"
    if DT_TEXTREL in library.dynamic or library.one(DT_FLAGS) & DF_TEXTREL:
        yield "has relocations in its code"
    if DT_RPATH in library.dynamic or DT_RUNPATH in library.dynamic:
        yield "names a path to search for libraries"


def loading(library, soname):
    if DT_SONAME not in library.dynamic or library.text(library.one(DT_SONAME)) != soname:
        yield f"does not call itself {soname}"
    for name in sorted({library.text(index) for index in library.dynamic.get(DT_NEEDED, [])} - NEEDED):
        yield f"needs {name}"
    if library.of(PT_TLS):
        yield "has thread-local storage that Android knows from API 29 on"
    if DT_GNU_HASH not in library.dynamic:
        yield "has no GNU hash table"


def exported(library, lists):
    wanted = set((lists / "exports.txt").read_text().split())
    for name in sorted(library.exports - wanted - {"JNI_OnLoad"}):
        yield f"exports {name}"
    for name in sorted(wanted - library.exports):
        yield f"does not export {name}"


def imported(library, lists):
    reviewed = {}
    for line in [line for folder in lists for line in (folder / "imports.txt").read_text().splitlines()]:
        fields = line.partition("#")[0].split()
        if fields:
            reviewed[fields[1]] = (fields[0], int(fields[2]))
    for name, (is_weak, version) in sorted(library.imports.items()):
        if name not in reviewed:
            if not is_weak:
                yield f"imports {name}"
            continue
        where, api = reviewed[name]
        if api > NEWEST_API and not is_weak:
            yield f"imports {name}, which is there from API {api} on only"
        if version and version != (f"{where}.so", where.upper().replace("LIBDL", "LIBC").replace("LIBM", "LIBC")):
            yield f"imports {name} from {version[0]}, version {version[1]}"


def inside(library, absent):
    for text in absent:
        if text.encode() in library.bytes:
            found = re.search(re.escape(text.encode()) + rb"[\w./-]{0,60}", library.bytes).group().decode()
            yield f'contains "{found}"'


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("library", type=Path)
    parser.add_argument("--abi", required=True, choices=MACHINE)
    parser.add_argument("--kind", required=True, choices=["release", "proof"])
    parser.add_argument("--desk", action="store_true")
    parser.add_argument("--absent", action="append", default=[], metavar="TEXT")
    asked = parser.parse_args()
    library = Library(asked.library)
    found = list(faults(library, asked.abi, asked.kind, asked.desk, asked.absent))
    for fault in found:
        print(fault)
    if not found:
        print(f"{len(library.bytes)} bytes, {len(library.exports)} exports, {len(library.imports)} imports")
    sys.exit(bool(found))


main()
