"""Puts README's files into a project, and looks at what Maven has resolved.

  readme.py files OUT LANGUAGE      those of Kotlin or Java: each names its own path in its first line
  readme.py contents RESOLVED       the AAR, its classes, sources and documentation hold what they should, and belong together
"""

import io
import pathlib
import re
import sys
import xml.etree.ElementTree as xml
import zipfile

LIBRARY = pathlib.Path(__file__).resolve().parent.parent
WANTED = {
    "": {"AndroidManifest.xml", "R.txt", "annotations.zip", "classes.jar", "proguard.txt", "jni/arm64-v8a/libhcepay.so"},
    "-sources": {"org/hcepay/Wallet.kt", "org/hcepay/internal/Native.kt"},
    "-javadoc": {"index.html", "hcepay/org.hcepay/-wallet/index.html"},
}


def files(out, language):
    ending = {"Kotlin": ".kt", "Java": ".java"}[language]
    text = (LIBRARY.parent / "README.md").read_text()
    found = re.findall(r"^```\w+\n(// src/(\S+)\n.*?)^```$", text, re.MULTILINE | re.DOTALL)
    chosen = {path: source for source, path in found if path.endswith(ending)}
    assert len(chosen) > 1, f"README has {len(chosen)} files in {language}"
    for path, source in chosen.items():
        file = pathlib.Path(out) / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source)


def contents(resolved):
    resolved, faults = pathlib.Path(resolved), []
    for classifier, wanted in WANTED.items():
        (file,) = resolved.glob(f"hcepay-*[0-9]{classifier}.{'jar' if classifier else 'aar'}")
        with zipfile.ZipFile(file) as archive:
            faults += [f"{name} is not in {file.name}" for name in sorted(wanted - set(archive.namelist()))]
            if not classifier:
                packed = {name: archive.read(name) for name in wanted & set(archive.namelist())}
    (classes,) = resolved.glob("hcepay-*-classes.jar")
    if packed["classes.jar"] != classes.read_bytes():
        faults.append(f"{classes.name} has other classes than the AAR")
    faults += told_of(packed["annotations.zip"], classes) + tested(classes)
    if faults:
        sys.exit("\n".join(faults))
    print(f"published: README compiles against it; {classes.name} {classes.stat().st_size:,} bytes")


def told_of(annotations, classes):
    """Lint looks for one file in each package. Which methods it names is tested beside the library's sources."""
    with zipfile.ZipFile(io.BytesIO(annotations)) as packed, zipfile.ZipFile(classes) as jar:
        items = xml.fromstring(packed.read("org/hcepay/annotations.xml")).findall("item")
        owners = {item.get("name").split(" ")[0] for item in items}
        there = {name.removesuffix(".class").replace("/", ".").replace("$", ".") for name in jar.namelist()}
    return [f"annotations.zip tells of {owner}, which is none of the classes" for owner in sorted(owners - there)] or (
        [] if items else ["annotations.zip tells of nothing"]
    )


def tested(classes):
    """They are those that the tests have played, in the library's own directory."""
    with zipfile.ZipFile(classes) as jar:
        published = {name: jar.read(name) for name in jar.namelist() if name.endswith(".class")}
    built = LIBRARY / "target/classes"
    played = {file.relative_to(built).as_posix(): file.read_bytes() for file in built.rglob("*.class")}
    return [f"{name} is not as it was built and tested" for name in sorted(published.keys() | played.keys()) if published.get(name) != played.get(name)]


if __name__ == "__main__":
    {"files": files, "contents": contents}[sys.argv[1]](*sys.argv[2:])
