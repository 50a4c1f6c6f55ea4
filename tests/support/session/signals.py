"""The end of a run by a signal, and Ctrl-C for the programs that tests start.

A shell starts a background job with SIGINT ignored, and what is ignored stays so in every process begun from it: a
program that a test interrupts would go on for ever. A handler is not inherited: with one that does nothing, the tests
go on ignoring Ctrl-C, and what they start does not.
"""

import signal
from types import FrameType


def let_programs_hear_ctrl_c() -> None:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, lambda _number, _frame: None)


def end_when_terminated() -> None:
    """As after Ctrl-C: a run that `kill` or `timeout` ends takes along what it started."""
    signal.signal(signal.SIGTERM, _interrupt)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
