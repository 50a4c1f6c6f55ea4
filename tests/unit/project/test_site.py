"""The documentation's site: it builds in strict mode, has every page, and loads nothing from elsewhere."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from docs import build_site as site
from tests.support.waiting import patient
from tests.unit.project.checkout import ROOT


@pytest.mark.slow
@pytest.mark.skipif(not (Path(sys.executable).parent / "zensical").exists(), reason="needs pip install '.[docs]'")
def test_it_builds_without_a_warning_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    command = [sys.executable, str(ROOT / "docs" / "build_site.py"), str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=patient(120), check=False)
    assert done.returncode == 0, done.stderr
    for place in site.places().values():
        name = re.sub(r"(?:index|README)?\.md$", "", place)
        assert (folder / "html" / name / "index.html").exists(), place
    loads = re.compile(r'<(?:script|link|img|iframe)[^>]*(?:src|href)="(https?:)?//[^"]*"')
    for page in (folder / "html").rglob("*.html"):
        loaded = [found[0] for found in loads.finditer(page.read_text()) if 'rel="canonical"' not in found[0]]
        assert not loaded, page
        # The theme would load the script for a drawing from elsewhere, where there is none beside the page.
        if 'class="mermaid"' in page.read_text():
            (script,) = re.findall(rf'<script src="([^"]*{site.SCRIPT})">', page.read_text())
            assert (page.parent / script).exists()


def test_every_link_of_every_page_leads_somewhere() -> None:
    known = site.places()
    for page in known:
        site.converted(page, known)


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("[a](model.md#x)", "[a](model.md#x)"),
        ("[a](../README.md)", "[a](index.md)"),
        ("[why](../controlplane/decisions/0001-protobuf-events.md)", "[why](decisions/0001-protobuf-events.md)"),
        ("[main](../controlplane/bootstrap.py)", "`main` (`controlplane/bootstrap.py`)"),
        ("[`x`](../Makefile)", "`x` (`Makefile`)"),
        ("[a](https://example.org)", "[a](https://example.org)"),
        ("`[a](none.md)`", "`[a](none.md)`"),
        ("```text\n[a](none.md)\n```", "```text\n[a](none.md)\n```"),
        ("[here](#there)", "[here](#there)"),
        # What opens like a link and is none takes no longer for all that it holds.
        ("[" + "`a` " * 60 + "and no more", "[" + "`a` " * 60 + "and no more"),
    ],
)
def test_links_as_the_site_has_them(tmp_path: Path, text: str, becomes: str) -> None:
    page = ROOT / "docs" / "glossary.md"
    known = site.places()
    assert site.converted_text(text, page, known) == becomes


def test_a_link_to_nothing_is_an_error() -> None:
    with pytest.raises(site.BrokenLink, match=r"docs/glossary\.md: none\.md is not there"):
        site.converted_text("[a](none.md)", ROOT / "docs" / "glossary.md", site.places())
