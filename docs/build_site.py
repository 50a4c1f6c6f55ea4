"""Builds the site of the documentation: `make site`, or `docs/build_site.py [FOLDER]`. It loads nothing from elsewhere.

Pages are where they are in the checkout. They are copied into a cache folder, with links as the site has them: a link
to a file that is no page becomes its name, and one to what is not there is an error. Zensical's strict mode checks the
rest. Drawings need a script, which npm brings once where there is one.
"""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Pages beside docs/, by their place in the site. Those of clients that are not there yet are left out.
BESIDE: Mapping[str, str] = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "CHANGELOG.md": "changelog.md",
    "examples/README.md": "clients/examples.md",
    "tests/benchmarks/README.md": "explanation/benchmarks.md",
    "deploy/postgresql/README.md": "how-to/postgresql.md",
    "deploy/systemd/README.md": "how-to/systemd.md",
    **{
        f"clients/{each}/README.md": f"clients/{each}.md"
        for each in ("python", "go", "typescript", "java", "rust", "terraform")
    },
}
DECISIONS = "controlplane/decisions"
# The navigation: a section's pages in order. What no section names comes last, in "More".
SECTIONS: Mapping[str, tuple[str, ...]] = {
    "Tutorial": ("tutorial.md",),
    "How-to": ("how-to/",),
    "Reference": ("reference/", "state-machines.md", "glossary.md"),
    "Clients": ("clients/",),
    "Explanation": ("architecture.md", "model.md", "explanation/", "decisions/"),
    "Contributing": ("contributing.md", "style.md", "adding-a-verb.md", "adding-a-resource.md"),
}
LINK = re.compile(
    r"(?P<code>```.*?^```|`[^`\n]*`)|(?P<image>!?)\[(?P<text>(?:[^\[\]`]|`[^`]*`)*)\]\((?P<target>[^)\s]+)\)",
    re.M | re.S,
)
CONFIG = """\
[project]
site_name = "Chronovisor"
site_description = "An event-sourced control plane for virtual machines."
docs_dir = "source"
site_dir = "html"
nav = [
{nav}
]
[project.theme]
# Web fonts are of others' servers.
font = false
features = ["navigation.sections", "navigation.indexes", "navigation.top", "content.code.copy", "search.highlight"]
[project.markdown_extensions.tables]
[project.markdown_extensions.admonition]
[project.markdown_extensions.toc]
permalink = true
[project.markdown_extensions.pymdownx.highlight]
[project.markdown_extensions.pymdownx.superfences]
"""
# Where the script is beside the pages. Without it a drawing is its source: the theme would load one from elsewhere.
DRAWINGS = """\
custom_fences = [{ name = "mermaid", class = "mermaid", format = "pymdownx.superfences.fence_code_format" }]
"""
MERMAID = "mermaid@12.3.0"
SCRIPT = "mermaid.min.js"


class BrokenLink(Exception):
    """A page links to what is not there."""


def places() -> dict[Path, str]:
    """Every page of the checkout by its place in the site."""
    found = {ROOT / path: place for path, place in BESIDE.items() if (ROOT / path).exists()}
    found |= {path: str(path.relative_to(ROOT / "docs")) for path in (ROOT / "docs").rglob("*.md")}
    for path in (ROOT / DECISIONS).glob("*.md"):
        found[path] = "decisions/index.md" if path.name == "README.md" else f"decisions/{path.name}"
    return found


def converted(page: Path, known: Mapping[Path, str]) -> str:
    """A page with its links as the site has them. Raises BrokenLink."""
    return converted_text(page.read_text(encoding="utf-8"), page, known)


def converted_text(text: str, page: Path, known: Mapping[Path, str]) -> str:
    """The text of a page, or a part of it."""

    def replace(match: re.Match[str]) -> str:
        target = match["target"]
        if match["code"] or re.match(r"[a-z]+:|#", target):
            return match[0]
        name, mark, anchor = target.partition("#")
        path = (page.parent / name).resolve()
        if not path.exists():
            raise BrokenLink(f"{page.relative_to(ROOT)}: {target} is not there")
        if path.is_dir() and (path / "README.md") in known:
            path = path / "README.md"
        if path in known:
            there = os.path.relpath(known[path], Path(known[page]).parent)
            return f"{match['image']}[{match['text']}]({there}{mark}{anchor})"
        shown = match["text"] if "`" in match["text"] else f"`{match['text']}`"
        where = str(path.relative_to(ROOT))
        return shown if where in shown else f"{shown} (`{where}`)"

    return LINK.sub(replace, text)


def title(text: str) -> str:
    """Of a page: its first heading."""
    match = re.search(r"^# (.+)$", text, re.M)
    return re.sub(r"[`*]", "", match[1]) if match else "Untitled"


def navigation(titles: Mapping[str, str]) -> Iterator[str]:
    """Lines of the configuration."""
    left = {place: each for place, each in titles.items() if place != "index.md"}
    yield '  { "Home" = "index.md" },'
    for section, prefixes in SECTIONS.items():
        pages = [place for prefix in prefixes for place in sorted(left) if place.startswith(prefix)]
        if pages:
            yield _section(section, pages, left)
        for place in pages:
            del left[place]
    if left:
        yield _section("More", sorted(left), left)


def _section(name: str, pages: list[str], titles: Mapping[str, str]) -> str:
    entries = ", ".join(f'{{ {_text(titles[place])} = "{place}" }}' for place in pages)
    return f'  {{ "{name}" = [{entries}] }},'


def _text(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def stage(folder: Path) -> None:
    """Writes the source of the site, and its configuration."""
    source = folder / "source"
    shutil.rmtree(folder, ignore_errors=True)
    known = places()
    titles: dict[str, str] = {}
    script = mermaid()
    for page, place in known.items():
        text = converted(page, known)
        titles[place] = title(text)
        if script and "```mermaid" in text:
            # In these pages alone: it is large.
            text += f'\n<script src="{os.path.relpath(SCRIPT, Path(place).parent)}"></script>\n'
        (source / place).parent.mkdir(parents=True, exist_ok=True)
        (source / place).write_text(text, encoding="utf-8")
    if script:
        shutil.copyfile(script, source / SCRIPT)
    config = CONFIG.format(nav="\n".join(navigation(titles))) + (DRAWINGS if script else "")
    (folder / "zensical.toml").write_text(config, encoding="utf-8")


def mermaid() -> Path | None:
    """The script that makes drawings, from npm's registry, once; None where there is no npm, or no network."""
    script = cache() / MERMAID / SCRIPT
    npm = shutil.which("npm")
    if script.exists() or npm is None:
        return script if script.exists() else None
    script.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="site-") as folder:
        pack = [npm, "pack", "--silent", "--fetch-retries=0", MERMAID]
        try:
            subprocess.run(pack, cwd=folder, capture_output=True, timeout=120, check=True)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            return None
        with tarfile.open(next(Path(folder).glob("*.tgz"))) as archive:
            member = archive.extractfile(f"package/dist/{SCRIPT}")
            assert member is not None
            fresh = script.with_suffix(".part")
            fresh.write_bytes(member.read())
    return fresh.replace(script)


def cache() -> Path:
    """Of this project, outside of the checkout."""
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "chronovisor"


def main() -> int:
    """Returns the exit code."""
    folder = Path(sys.argv[1]) if sys.argv[1:] else cache() / "site"
    try:
        stage(folder)
    except BrokenLink as error:
        print(error, file=sys.stderr)
        return 1
    zensical = Path(sys.executable).parent / "zensical"
    if not zensical.exists():
        print("zensical is missing: pip install 'chronovisor[docs]'", file=sys.stderr)
        return 1
    built = subprocess.run(
        [zensical, "build", "--strict", "--clean"], cwd=folder, capture_output=True, text=True, check=False
    )
    if built.returncode:
        print(built.stdout + built.stderr.partition("Traceback")[0], file=sys.stderr)
        return 1
    print(f"The site is in {folder / 'html'}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
