"""What the project depends on is pinned, in every language, and listed in the document that `make sbom` writes."""

import json
import re
import tomllib
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from deploy.setup import sbom
from tests.unit.project.checkout import ROOT

EXACT = re.compile(r"\d+(\.\d+)*([.-]?[a-z]+[.\d]*)?")
GO_MODULES = ("clients/go", "clients/terraform")
REGISTRIES = re.compile(r"registry|index\.crates|repo1?\.maven|pypi\.org|files\.pythonhosted|--(extra-)?index-url")


def requirements() -> Iterator[Requirement]:
    for folder in (".", "clients/python"):
        project = tomllib.loads((ROOT / folder / "pyproject.toml").read_text())["project"]
        for given in (project["dependencies"], *project["optional-dependencies"].values()):
            yield from map(Requirement, given)


def test_every_python_package_has_a_lower_bound_and_a_pin_that_obeys_it() -> None:
    pins = sbom.pins()
    for each in requirements():
        name = canonicalize_name(each.name)
        if not name.startswith("chronovisor"):
            assert str(each.specifier).startswith(">="), each
            assert name in sbom.UNPINNED or each.specifier.contains(pins[name]), each


def test_npm_packages_are_exact_and_locked_with_their_hashes() -> None:
    package = json.loads((ROOT / "clients/typescript/package.json").read_text())
    lock = json.loads((ROOT / "clients/typescript/package-lock.json").read_text())
    named = package["dependencies"] | package["devDependencies"]
    assert all(EXACT.fullmatch(version) for version in named.values())
    locked = lock["packages"]
    assert {name: locked[f"node_modules/{name}"]["version"] for name in named} == named
    assert all(each["integrity"].startswith("sha512-") for path, each in locked.items() if path)


def test_crates_are_exact() -> None:
    manifest = tomllib.loads((ROOT / "clients/rust/Cargo.toml").read_text())
    for given in (manifest["workspace"]["dependencies"], manifest["dependencies"], manifest["dev-dependencies"]):
        for name, of in given.items():
            version = of if isinstance(of, str) else of.get("version", "=" if of.get("workspace") else "")
            assert version.startswith("="), name


@pytest.mark.parametrize("folder", GO_MODULES)
def test_go_modules_are_locked_with_their_hashes(folder: str) -> None:
    sums = (ROOT / folder / "go.sum").read_text()
    found = list(sbom.go_modules(folder))
    assert found
    for each in found:
        assert f"{each.name} {each.version} h1:" in sums


def test_maven_artifacts_and_plugins_are_exact() -> None:
    for pom in (ROOT / "clients/java").glob("**/pom.xml"):
        root = ElementTree.parse(pom).getroot()
        versions = [each.text or "" for each in root.iterfind(f".//{sbom.MAVEN}version")]
        properties = {
            each.tag.removeprefix(sbom.MAVEN): each.text for each in root.iterfind(f".//{sbom.MAVEN}properties/*")
        }
        for version in versions:
            name = version.removeprefix("${").removesuffix("}")
            resolved = properties.get(name, version) or ""
            assert EXACT.fullmatch(resolved) or version == "${project.version}", f"{pom}: {version}"


def test_programs_that_set_up_installs_are_exact() -> None:
    tools = re.findall(r"^ +(github\.com/\S+)$", (ROOT / "deploy/setup/other_tools.sh").read_text(), re.MULTILINE)
    assert tools
    assert all(re.fullmatch(r"\S+@v\d+\.\d+\.\d+", tool) for tool in tools)


@pytest.mark.parametrize(
    "file", ["deploy/setup/constraints.txt", "clients/typescript/package-lock.json", "clients/rust/Cargo.toml"]
)
def test_no_lock_file_names_a_registry(file: str) -> None:
    lines = (line for line in (ROOT / file).read_text().splitlines() if not line.startswith("#"))
    assert not [line for line in lines if REGISTRIES.search(line)]


@pytest.fixture(scope="module")
def document() -> str:
    return sbom.document_of(sbom.bill_of_materials())


def test_the_document_is_valid_and_the_same_each_time(document: str) -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(document) is None
    assert sbom.document_of(sbom.bill_of_materials()) == document


def test_the_document_has_what_every_language_uses(document: str) -> None:
    purls = {each["purl"] for each in json.loads(document)["components"]}
    assert f"pkg:pypi/grpcio@{sbom.pins()['grpcio']}" in purls
    for kind in ("pypi", "golang", "npm", "cargo", "maven"):
        assert sum(purl.startswith(f"pkg:{kind}/") for purl in purls) >= 5, kind
    # What tests alone need is in none of the packages that are installed on machines.
    assert not any("pkg:pypi/pytest" in purl for purl in purls)


def test_the_document_says_what_needs_what(document: str) -> None:
    needs = {each["ref"]: set(each.get("dependsOn", ())) for each in json.loads(document)["dependencies"]}
    assert {"pypi/chronovisor", "pypi/chronovisor-server"} <= needs["chronovisor"]
    assert {"pypi/grpcio", "pypi/protobuf"} <= needs["pypi/chronovisor"]
    assert "pypi/sushy" in needs["pypi/chronovisor-server"]
