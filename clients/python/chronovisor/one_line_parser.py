"""Command lines of daemons and benchmarks: what is wrong with one is a sentence, not a page of usage."""

import argparse
from typing import NoReturn


class OneLineParser(argparse.ArgumentParser):
    """Exits with 2, and one line that says what to read next. So do its commands' own parsers."""

    def error(self, message: str) -> NoReturn:
        text = " ".join(message.split())
        self.exit(2, f"{self.prog}: {text}; see {self.prog} --help\n")
