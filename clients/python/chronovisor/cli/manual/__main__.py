"""`python -m chronovisor.cli.manual FOLDER` writes the man pages: then `man -M FOLDER/.. chronovisor` shows them."""

import sys
from pathlib import Path

from chronovisor.cli.manual.man import pages
from chronovisor.cli.manual.tree import root


def main() -> int:
    """Returns the exit code."""
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages(root()).items():
        (folder / name).write_text(text, encoding="utf-8")
    print(f"{len(list(folder.glob('*.1')))} pages in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
