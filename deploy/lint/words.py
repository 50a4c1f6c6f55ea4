#!/usr/bin/env python3
"""Checks that code and prose use the field's words: `words.py [PATH...]`, by default the whole checkout.

Prints `file:line: word -> replacement` for each banned word and exits with 1 if there is one. A word counts alone, as
a part of `snake_case` and as a part of `CamelCase`. The glossary that it enforces is docs/glossary.md.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Parts of identifiers, and words of prose, in any case.
WORDS = {
    "aside": "worker_process, beside",
    "asked": "requested, request",
    "asks": "requests",
    "figure": "total, number",
    "figures": "totals",
    "helper": "the name of what it does",
    "helpers": "the name of what they do",
    "offline": "maintenance",
    "said": "reported, stated, output",
    "sightings": "guest_report",
    "tell": "report, send, distinguish",
    "teller": "reader, reporter",
    "telling": "reporting, sending",
    "tells": "reports, returns, sends",
    "told": "reported, sent, recorded",
    "unasked": "without a request",
    "untold": "unreported",
    "util": "the name of what it does",
    "utils": "the name of what they do",
    "wanted": "requested, expected, desired",
    "wants": "requires, expects",
}
# Whole identifiers, in this case: names that classes had, and what they are called now.
NAMES = {
    "Coded": "dictionary-encoded",
    "Courier": "CallInterceptor",
    "Draft": "UnitOfWork",
    "Evidence": "ReadOnlyLedger",
    "Feed": "Dispatcher",
    "Hub": "LiveTail",
    "NotImplementedYet": "Unimplemented",
    "NotYours": "PermissionDenied",
    "Reach": "Commands, Reads, Tail",
    "Timeline": "HistoryReader",
    "_Waiting": "QueuedCommand",
    "stored_rows": "raw_reader",
}
# Of several words.
PHRASES = {
    r"process(es)? apart": "worker process",
    r"(follow|fill|fold|run)s?[ _]apart": "worker process",
}

# Left out of the text before it is read: names that are not ours to give, and those that were released.
KEPT = re.compile(
    r"importlib\.util|(eventsourcing|packaging)\.utils|\b(uuid|qemu|core)[-_]utils|qemu-bridge-helper|binary: \"util\""
    r"|\bint64 (told|asked) = \d+;|\bstring figure = 3;|WhatIfFigures|lifetimes told|\bWants=|WantedBy="
    r"|--offline=true|\bjava\.util\b|protobuf-java-util|\bprotobuf\.util\b"
    r"|\b(futures|http[-_]body|hyper|io|test|tokio)[-_]util\b"
    r"|\bt\.Helper\(\)|\butil-linux|\bnode:util\b|\boffline_access\b|read_1_figures|\{prefix\}_figures"
)
# Words that are allowed in a file: released fields of messages, tables of read databases, other people's names.
KEPT_IN = {
    "clients/python/chronovisor/bench/main.py": {"told"},
    "clients/python/chronovisor/bench/picture.py": {"figure"},
    "clients/python/chronovisor/bench/replay.py": {"told"},
    "clients/python/chronovisor/cli/doctor/ledger_checks.py": {"figure"},
    "clients/python/chronovisor/cli/text/totals.py": {"figure", "told"},
    "clients/python/chronovisor/cli/text/what_if_chart.py": {"figure"},
    "clients/console/src/pages/fleet_alarms.tsx": {"figure", "told"},
    "controlplane/gateway/openapi.json": {"figure", "told"},
    "controlplane/ledger/snapshots/codec.py": {"asked"},
    "controlplane/rpc/utilization/check_messages.py": {"figure", "told"},
    "docs/reference/api/utilization-check.md": {"figure", "told"},
    "tests/clients/bench/test_replay.py": {"told"},
    "tests/clients/python/test_cli_doctor.py": {"figure"},
    "tests/clients/python/test_cli_totals.py": {"figure", "told"},
    "tests/integration/controlplane/test_checks.py": {"figure", "told"},
    "tests/integration/postgresql/test_checks.py": {"figure", "told"},
    "tests/integration/postgresql/test_unreadable_rows.py": {"figures"},
}
# Not read at all: not written by hand, or about the words themselves.
SKIPPED = re.compile(
    r"^clients/java/chronovisor-api/src/|^clients/rust/src/generated/|^clients/typescript/src/gen/"
    r"|LICENSE$|/package-lock\.json$|_pb2(_grpc)?\.pyi?$|\.pb\.go$|/golden/|^deploy/lint/words\.py$|^tests/unit/project/test_words\.py$"
)
_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_NAMES = re.compile(rf"(?<![\w-])({'|'.join(NAMES)})(?![\w-])")
_PHRASES = {re.compile(rf"\b{phrase}\b", re.IGNORECASE): replacement for phrase, replacement in PHRASES.items()}


def findings(text: str, kept: frozenset[str] | set[str] = frozenset()) -> Iterator[tuple[int, str, str]]:
    """The line, from 1, the word as it stands there, and its replacement, for each banned word of a text."""
    for number, whole in enumerate(text.splitlines(), 1):
        line = KEPT.sub("", whole)
        for part in _PARTS.findall(line):
            word = part.lower()
            if word in WORDS and word not in kept:
                yield number, part, WORDS[word]
        for match in _NAMES.finditer(line):
            yield number, match[1], NAMES[match[1]]
        for phrase, replacement in _PHRASES.items():
            for match in phrase.finditer(line):
                yield number, match[0], replacement


def checked_files(paths: list[str], root: Path) -> list[str]:
    """The files of a checkout below `paths`, or all of it, by their path from its root."""
    inside = [str(Path(path).resolve().relative_to(root)) for path in paths]
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", *inside],
        cwd=root,
        check=True,
        capture_output=True,
    )
    return [name for name in listed.stdout.decode().split("\0") if name and not SKIPPED.search(name)]


def main(paths: list[str], root: Path = ROOT) -> int:
    found = False
    for name in checked_files(paths, root):
        try:
            text = (root / name).read_text()
        except (UnicodeDecodeError, FileNotFoundError):
            continue  # Not text, or deleted and not committed yet.
        for number, word, replacement in findings(text, KEPT_IN.get(name, set())):
            found = True
            print(f"{name}:{number}: {word} -> {replacement}")
    return int(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
