#!/usr/bin/env python3
"""The languages that there are clients in: `languages.py tools|generate|fresh|check|build|ready`. Each has a `dev.sh`.

    tools       what of each toolchain is there, one line a language
    generate    regenerate the committed stubs of every language whose toolchain is there
    fresh       fail when committed stubs are not what the protos give
    check       formatting, lint, build and unit tests of each
    build       build the runners
    ready       fresh, check and build: all but what needs a control plane, so that no test waits for a compiler

`--all` fails for a toolchain that is not there; otherwise one line says what could not be tested.
"""

import argparse
import filecmp
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CLIENTS = ROOT / "clients"
ORDER = ("python", "go", "typescript", "java", "rust")
# A scenario that needs no server, as a runner reads it.
NOTHING = """\
{"hello": {"server": "127.0.0.1:1"}}
{"scenario": {"name": "nothing", "steps": [{"sleep_s": 0}]}}
{"bye": {}}
"""


@dataclass(frozen=True)
class Language:
    """A client's folder and its `dev.sh`. What that can do is in clients/conformance/README.md."""

    name: str

    @property
    def folder(self) -> Path:
        return CLIENTS / self.name

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Runs `dev.sh`; its standard output is taken, its errors are shown."""
        return subprocess.run(
            [self.folder / "dev.sh", *words], stdout=subprocess.PIPE, text=True, check=False, stdin=subprocess.DEVNULL
        )

    def missing(self) -> str:
        """What of its toolchain is not there, and how to get it; empty when all is."""
        tools = self.run("tools")
        if tools.returncode == 0:
            return ""
        return tools.stdout.strip() or f"{self.name}: its toolchain is not there"

    def generated(self) -> list[str]:
        """Its folders that are wholly generated, from its own folder."""
        return self.run("generated").stdout.split()


def names() -> list[str]:
    """The languages that have a `dev.sh`."""
    return [name for name in ORDER if (CLIENTS / name / "dev.sh").exists()]


def present() -> tuple[list[Language], list[str]]:
    """Those whose toolchain is there; and of the others, a line each."""
    found = {name: Language(name) for name in names()}
    missing = {name: line for name, each in found.items() if (line := each.missing())}
    return [each for name, each in found.items() if name not in missing], list(missing.values())


def generate(language: Language) -> str:
    """Renews its generated folders. What went wrong, in words."""
    with tempfile.TemporaryDirectory(prefix="languages-") as scratch:
        if why := _made(language, Path(scratch)):
            return why
        for folder in language.generated():
            shutil.rmtree(language.folder / folder, ignore_errors=True)
            shutil.copytree(Path(scratch) / folder, language.folder / folder)
    return ""


def fresh(language: Language) -> str:
    """What of its generated folders is not as the protos are; empty when all is."""
    if not language.generated():
        return ""
    with tempfile.TemporaryDirectory(prefix="languages-") as scratch:
        if why := _made(language, Path(scratch)):
            return why
        stale = [
            path
            for folder in language.generated()
            for path in differences(Path(scratch) / folder, language.folder / folder)
        ]
    if not stale:
        return ""
    more = f" and {len(stale) - 5} more" if len(stale) > 5 else ""
    return f"{language.name}: stale generated files, run `make clients`: {', '.join(stale[:5])}{more}"


def differences(made: Path, kept: Path) -> list[str]:
    """Files that are in only one of two folders, or not the same in both."""
    files = {
        path.relative_to(base) for base in (made, kept) if base.exists() for path in base.rglob("*") if path.is_file()
    }
    return sorted(
        str(kept.name / path)
        for path in files
        if not ((made / path).exists() and (kept / path).exists())
        or not filecmp.cmp(made / path, kept / path, shallow=False)
    )


def check(language: Language) -> str:
    made = language.run("check")
    return "" if made.returncode == 0 else f"{language.name}: check failed\n{made.stdout[-5000:]}"


def build(language: Language) -> str:
    """Builds its runner, and has it carry out a scenario that needs no server."""
    ended = subprocess.run(
        [language.folder / "dev.sh", "runner"],
        input=NOTHING,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    is_well = ended.returncode == 0 and '"ok":true' in ended.stdout.replace(" ", "")
    return "" if is_well else f"{language.name}: its runner does not build or start; it wrote: {ended.stdout[:500]}"


def _made(language: Language, into: Path) -> str:
    made = language.run("generate", str(into))
    return "" if made.returncode == 0 else f"{language.name}: generate failed\n{made.stdout[-2000:]}"


def ready(language: Language) -> str:
    """All but what needs a control plane."""
    for work in (fresh, check, build):
        began = time.monotonic()
        if why := work(language):
            return why
        print(f"{language.name}: {work.__name__}, {time.monotonic() - began:.0f} s", flush=True)
    return ""


WORK = {"generate": generate, "fresh": fresh, "check": check, "build": build, "ready": ready}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", choices=["tools", *WORK])
    parser.add_argument("--all", action="store_true", help="a toolchain that is not there is a failure")
    parser.add_argument(
        "--but-python", action="store_true", help="leave out Python, whose checks are the project's own"
    )
    given = parser.parse_args()
    if given.work in ("generate", "fresh", "ready"):
        # Google's protos, which some generators read.
        subprocess.run([sys.executable, ROOT / "protos" / "generate.py", "--google-only"], check=True)
    found, missing = present()
    for line in missing:
        print(f"not tested here: {line}" if given.work != "tools" else line, flush=True)
    if missing and given.all:
        return 1
    for language in found:
        if given.work == "tools":
            print(f"{language.name}: its toolchain is here")
        elif not (given.but_python and language.name == "python") and (why := WORK[given.work](language)):
            print(why, file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
