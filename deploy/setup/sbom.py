#!/usr/bin/env python3
"""What the project is made of, as a CycloneDX document: `make sbom`, or `deploy/setup/sbom.py [FILE]`.

Python: what the packages need to run, found in this environment, in the versions of constraints.txt. Other languages:
what their manifests and lock files name. The same checkout gives the same document: it has no time, and its serial
number follows from its components.
"""

import argparse
import json
import re
import sys
import tomllib
import uuid
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
# The packages that are installed on machines, with the extras that these need.
PYTHON = ("chronovisor[client,top]", "chronovisor-server[server,agent,fencing]")
# Built against the libvirt of the system: see constraints.txt.
UNPINNED = frozenset({"libvirt-python"})
USED_BY = "chronovisor:used-by"
WHOLE = "chronovisor"
MAVEN = "{http://maven.apache.org/POM/4.0.0}"
_SERIALS = uuid.UUID("5b0e0a6c-6d0d-4f57-8a2e-8f5f1d7f9c11")
_GO = re.compile(r"^\s*(?:require\s+)?([\w./~-]+)\s+(v[\w.+-]+)(?:\s*//.*)?$", re.MULTILINE)


@dataclass(frozen=True)
class Component:
    """One package, by the name that its registry has for it. `kind` is a purl's, such as `pypi`."""

    kind: str
    name: str
    version: str
    # The folder whose manifest names it; empty: of Python.
    used_by: str = ""
    # SPDX, or the name of a licence.
    licence: str = ""
    is_expression: bool = False
    sha512: str = ""
    # To build or to test alone.
    excluded: bool = False

    @property
    def ref(self) -> str:
        return f"{self.kind}/{self.name}@{self.version}/{self.used_by}" if self.used_by else f"{self.kind}/{self.name}"

    @property
    def purl(self) -> str:
        return f"pkg:{self.kind}/{quote(self.name)}@{quote(self.version)}"

    @property
    def is_ours(self) -> bool:
        return self.kind == "pypi" and self.name.startswith("chronovisor")

    def document(self) -> dict[str, Any]:
        """As CycloneDX has it."""
        licence = {"expression": self.licence} if self.is_expression else {"license": {"name": self.licence}}
        optional = {
            "licenses": [licence] if self.licence else None,
            "hashes": [{"alg": "SHA-512", "content": self.sha512}] if self.sha512 else None,
            "scope": "excluded" if self.excluded else None,
            "properties": [{"name": USED_BY, "value": self.used_by}] if self.used_by else None,
        }
        required = {
            "type": "application" if self.is_ours else "library",
            "bom-ref": self.ref,
            "name": self.name,
            "version": self.version,
            "purl": self.purl,
        }
        return required | {key: value for key, value in optional.items() if value}


class OutOfStep(Exception):
    """The environment is not the one that constraints.txt describes."""


def pins() -> dict[str, str]:
    """The versions of constraints.txt, by canonical name."""
    lines = (ROOT / "deploy" / "setup" / "constraints.txt").read_text().splitlines()
    pairs = (line.split("==") for line in lines if "==" in line and not line.startswith("#"))
    return {canonicalize_name(name): version for name, version in pairs}


class PythonPackages:
    """What the project's packages need, and what each of that needs, in this environment."""

    def __init__(self) -> None:
        self.components: dict[str, Component] = {}
        self.needs: dict[str, set[str]] = {}
        self._pins = pins()
        for package in PYTHON:
            self._add(Requirement(package))

    def _add(self, requirement: Requirement) -> str:
        name = canonicalize_name(requirement.name)
        found = metadata.distribution(name)
        if name not in self.components:
            self.components[name] = self._component(name, found)
            self.needs[name] = set()
        # Of a package that is needed twice, with other extras: those are gone through, too.
        extras = ("", *sorted(requirement.extras))
        for each in map(Requirement, found.requires or ()):
            if any(each.marker is None or each.marker.evaluate({"extra": extra}) for extra in extras):
                needed = canonicalize_name(each.name)
                if needed not in self.needs[name]:
                    self.needs[name].add(needed)
                    self._add(each)
        return name

    def _component(self, name: str, found: metadata.Distribution) -> Component:
        is_ours = name.startswith("chronovisor")
        if not is_ours and name not in UNPINNED and self._pins.get(name) != found.version:
            pinned = self._pins.get(name, "nothing")
            raise OutOfStep(f"{name} is {found.version} here, and {pinned} in constraints.txt: make setup")
        licence, is_expression = _licence(found)
        return Component("pypi", name, found.version, licence=licence, is_expression=is_expression)


def _licence(found: metadata.Distribution) -> tuple[str, bool]:
    """As the package states it: an expression, or else the classifiers; and whether it is an expression."""
    for expression in found.metadata.get_all("License-Expression") or ():
        return expression, True
    classifiers = [each for each in found.metadata.get_all("Classifier") or [] if each.startswith("License ::")]
    return ", ".join(each.rpartition(":: ")[2] for each in classifiers), False


def go_modules(folder: str) -> Iterator[Component]:
    """Of a `go.mod`. What is used is what `go.sum` has the hash of."""
    sums = dict(line.split(" ", 2)[::2] for line in _lines(f"{folder}/go.sum") if "/go.mod " not in line)
    for name, version in _GO.findall((ROOT / folder / "go.mod").read_text()):
        if name in sums:
            yield Component("golang", name, version, folder)


def npm_packages(folder: str) -> Iterator[Component]:
    """Of a `package-lock.json`. What is needed to build and test alone is excluded."""
    lock = json.loads((ROOT / folder / "package-lock.json").read_text())
    for path, each in lock["packages"].items():
        name = path.rpartition("node_modules/")[2]
        if name:
            algorithm, _, digest = each["integrity"].partition("-")
            assert algorithm == "sha512", each
            excluded = bool(each.get("dev") or each.get("optional"))
            sha512 = b64decode(digest).hex()
            yield Component("npm", name, each["version"], folder, sha512=sha512, excluded=excluded)


def crates(folder: str) -> Iterator[Component]:
    """Those that `Cargo.toml` names, in exact versions. No lock file is committed: what these need is not listed."""
    manifest = tomllib.loads((ROOT / folder / "Cargo.toml").read_text())
    shared = manifest["workspace"]["dependencies"]
    needed = manifest["dependencies"]
    to_test = {name: given for name, given in manifest["dev-dependencies"].items() if name not in needed}
    for section, excluded in ((needed, False), (to_test, True)):
        for name, given in section.items():
            of: Any = shared.get(name, given)
            version: str = of if isinstance(of, str) else of["version"]
            yield Component("cargo", name, version.removeprefix("="), folder, excluded=excluded)


def maven_artifacts(folder: str) -> Iterator[Component]:
    """Those that the API and the client name, in the versions of the parent. What these need is not listed."""
    parent = ElementTree.parse(ROOT / folder / "pom.xml").getroot()
    properties = {each.tag.removeprefix(MAVEN): each.text or "" for each in parent.iterfind(f"{MAVEN}properties/*")}
    managed: dict[str, str] = {}
    for each in parent.iterfind(f".//{MAVEN}dependencyManagement//{MAVEN}dependency"):
        # Of a bill of materials, all of its group.
        managed[_text(each, "groupId")] = properties.get(_text(each, "version").strip("${}"), "")
    for module in ("chronovisor-api", "chronovisor-client"):
        pom = ElementTree.parse(ROOT / folder / module / "pom.xml").getroot()
        for each in pom.iterfind(f"{MAVEN}dependencies/{MAVEN}dependency"):
            group, artifact = _text(each, "groupId"), _text(each, "artifactId")
            if not group.startswith("dev.chronovisor") and _text(each, "scope") != "test":
                yield Component("maven", f"{group}/{artifact}", managed[group], folder)


def _text(element: ElementTree.Element, tag: str) -> str:
    return element.findtext(f"{MAVEN}{tag}") or ""


def _lines(path: str) -> list[str]:
    return (ROOT / path).read_text().splitlines()


def bill_of_materials() -> dict[str, Any]:
    """A document of CycloneDX 1.6. Raises OutOfStep, and PackageNotFoundError where something is not installed."""
    python = PythonPackages()
    others = [
        *go_modules("clients/go"),
        *go_modules("clients/terraform"),
        *npm_packages("clients/typescript"),
        *crates("clients/rust"),
        *maven_artifacts("clients/java"),
    ]
    components = sorted((*python.components.values(), *others), key=lambda each: each.ref)
    ours = [each.ref for each in components if each.is_ours]
    needs = {python.components[name].ref: [f"pypi/{each}" for each in found] for name, found in python.needs.items()}
    needs[WHOLE] = [*ours, *(each.ref for each in others)]
    serial = uuid.uuid5(_SERIALS, "\n".join(each.purl for each in components))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": WHOLE,
                "name": WHOLE,
                "version": metadata.version("chronovisor"),
            }
        },
        "components": [each.document() for each in components],
        "dependencies": [{"ref": ref, "dependsOn": sorted(found)} for ref, found in sorted(needs.items())],
    }


def document_of(bom: dict[str, Any]) -> str:
    """Its text, which is the same for the same components."""
    return json.dumps(bom, indent=2) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description="Writes what the project is made of, as a CycloneDX document.")
    parser.add_argument("file", type=Path, nargs="?", default=ROOT / ".cache" / "chronovisor.cdx.json")
    file: Path = parser.parse_args().file
    try:
        bom = bill_of_materials()
    except (OutOfStep, metadata.PackageNotFoundError) as error:
        sys.exit(f"sbom: {error}")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(document_of(bom))
    print(f"{file}: {len(bom['components'])} components")


if __name__ == "__main__":
    main()
