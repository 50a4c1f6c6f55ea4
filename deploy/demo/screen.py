"""How the demo looks: headings and typed commands, in colour on a terminal and plain elsewhere."""

import os
import shlex
import sys

# Of a typed command, with room for the end of an option on a line of 80 columns.
WIDTH = 55
_BOLD, _DIM, _CYAN, _RESET = "\x1b[1m", "\x1b[2m", "\x1b[36m", "\x1b[0m"


class Screen:
    """Writes to stdout, each line at once: the commands' own output comes in between."""

    def __init__(self) -> None:
        self._colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

    def heading(self, text: str) -> None:
        self.say("", self._in(_BOLD + _CYAN, f"== {text}"))

    def prompt(self, *words: str) -> None:
        # Broken like in a shell, before an option.
        lines = [shlex.quote(words[0])]
        for word in ("|" if each == "|" else shlex.quote(each) for each in words[1:]):
            if len(lines[-1]) + len(word) > WIDTH and word.startswith("--"):
                lines.append(f"  {word}")
            else:
                lines[-1] += f" {word}"
        self.say(f"{self._in(_DIM, '$')} " + " \\\n  ".join(self._in(_BOLD, line) for line in lines))

    def quote(self, line: str) -> None:
        self.say(f"  | {line}")

    def say(self, *lines: str) -> None:
        print(*lines, sep="\n", flush=True)

    def _in(self, style: str, text: str) -> str:
        return f"{style}{text}{_RESET}" if self._colour else text
