"""The table of languages: what each folder offers, and how generated files are compared. Builds nothing."""

import os
import subprocess
from pathlib import Path

import pytest

from clients.languages import ORDER, Language, differences, names

TOOLCHAINS = {"go", "node", "npm", "java", "javac", "mvn", "cargo", "rustc"}


def test_each_language_has_its_folder() -> None:
    assert names() == list(ORDER)


@pytest.mark.parametrize("name", names())
def test_what_is_generated_is_marked_so(name: str) -> None:
    """Reviews and statistics leave it out."""
    language = Language(name)
    files = [
        path for folder in language.generated() for path in (language.folder / folder).rglob("*") if path.is_file()
    ]
    command = ["git", "check-attr", "--stdin", "linguist-generated"]
    marked = subprocess.run(
        command,
        input="\n".join(str(path.relative_to(language.folder)) for path in files),
        cwd=language.folder,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert not [line for line in marked.splitlines() if not line.endswith(": true")]


@pytest.mark.parametrize("name", names())
def test_an_unknown_command_is_refused(name: str) -> None:
    ended = subprocess.run([Language(name).folder / "dev.sh", "fly"], capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "generate" in ended.stderr


def test_a_missing_toolchain_is_one_line_that_says_how_to_get_it(tmp_path: Path) -> None:
    for program in Path("/usr/bin").iterdir():
        if program.name not in TOOLCHAINS:
            (tmp_path / program.name).symlink_to(program)
    for name in set(names()) - {"python"}:
        ended = subprocess.run(
            [Language(name).folder / "dev.sh", "tools"],
            env={"PATH": str(tmp_path), "HOME": os.environ.get("HOME", "/")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (ended.returncode, len(ended.stdout.splitlines())) == (3, 1), (name, ended.stdout, ended.stderr)


def test_differences_are_files_that_are_not_the_same_in_both(tmp_path: Path) -> None:
    for folder, texts in {
        "made": {"same": "1", "changed": "2", "sub/new": "3"},
        "kept": {"same": "1", "changed": "1", "old": "4"},
    }.items():
        for name, text in texts.items():
            path = tmp_path / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    assert differences(tmp_path / "made", tmp_path / "kept") == ["kept/changed", "kept/old", "kept/sub/new"]
