"""Lays hcepay.aar, and what belongs to it, into a directory as Maven and Gradle find it there.

  repository.py DIR AAR DOCUMENTATION      DOCUMENTATION: the directory that Dokka has written
"""

import copy
import hashlib
import io
import pathlib
import re
import sys
import xml.etree.ElementTree as xml
import zipfile

LIBRARY = pathlib.Path(__file__).resolve().parent.parent
POM = "http://maven.apache.org/POM/4.0.0"
# In the order that the POM's schema gives them.
TAKEN_OVER = ("name", "description", "url", "licenses", "developers", "scm")


def tag(name):
    return f"{{{POM}}}{name}"


def archive(root):
    """A jar of all files below this directory: of the same files always the same."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as jar:
        for file in sorted(file for file in root.rglob("*") if file.is_file()):
            entry = zipfile.ZipInfo(file.relative_to(root).as_posix())
            entry.compress_type = zipfile.ZIP_DEFLATED
            jar.writestr(entry, file.read_bytes())
    return made.getvalue()


def document(root):
    xml.register_namespace("", POM)
    xml.indent(root)
    return xml.tostring(root, encoding="UTF-8", xml_declaration=True) + b"\n"


def published(build):
    """The POM for those who use the library: what it is, and what it needs, without how it is built and tested."""
    project = xml.Element(tag("project"))
    xml.SubElement(project, tag("modelVersion")).text = "4.0.0"
    for name in ("groupId", "artifactId", "version"):
        xml.SubElement(project, tag(name)).text = build.findtext(tag(name))
    xml.SubElement(project, tag("packaging")).text = "aar"
    project.extend(copy.deepcopy(build.find(tag(name))) for name in TAKEN_OVER)
    properties = {element.tag.removeprefix(f"{{{POM}}}"): element.text for element in build.find(tag("properties"))}
    dependencies = xml.SubElement(project, tag("dependencies"))
    for dependency in build.find(tag("dependencies")):
        if dependency.findtext(tag("scope"), "compile") == "compile":
            taken = xml.SubElement(dependencies, tag("dependency"))
            for name in ("groupId", "artifactId", "version"):
                text = re.sub(r"\$\{(.*?)}", lambda named: properties[named[1]], dependency.findtext(tag(name)))
                xml.SubElement(taken, tag(name)).text = text
            xml.SubElement(taken, tag("scope")).text = "compile"
    return document(project)


def put(path, data):
    path.write_bytes(data)
    for sum in ("md5", "sha1", "sha256", "sha512"):
        path.with_name(f"{path.name}.{sum}").write_text(hashlib.new(sum, data).hexdigest())


def metadata(group, artifact, versions):
    root = xml.Element("metadata")
    xml.SubElement(root, "groupId").text = group
    xml.SubElement(root, "artifactId").text = artifact
    versioning = xml.SubElement(root, "versioning")
    listed = xml.SubElement(versioning, "versions")
    for version in versions:
        xml.SubElement(listed, "version").text = version
    return document(root)


def lay(directory, aar, documentation):
    build = xml.parse(LIBRARY / "pom.xml").getroot()
    group, artifact, version = (build.findtext(tag(name)) for name in ("groupId", "artifactId", "version"))
    place = directory / group.replace(".", "/") / artifact / version
    place.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(aar) as packed:
        classes = packed.read("classes.jar")
    for ending, data in {
        ".pom": published(build),
        ".aar": aar.read_bytes(),
        # For tests on a plain JVM, which unpack no AAR.
        "-classes.jar": classes,
        "-sources.jar": archive(LIBRARY / "src/main/kotlin"),
        "-javadoc.jar": archive(documentation),
    }.items():
        put(place / f"{artifact}-{version}{ending}", data)
    put(place.parent / "maven-metadata.xml", metadata(group, artifact, sorted(it.name for it in place.parent.iterdir() if it.is_dir())))
    print(f"{group}:{artifact}:{version} in {directory}, classes.jar {len(classes):,} bytes")


if __name__ == "__main__":
    lay(*map(pathlib.Path, sys.argv[1:]))
