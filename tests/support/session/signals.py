"""Ctrl-C for the programs that tests start, also where the tests themselves do not hear it.

A shell starts a background job with SIGINT ignored, and what is ignored stays so in every process begun from it: a
program that a test interrupts would go on for ever. A handler is not inherited: with one that does nothing, the tests
go on ignoring Ctrl-C, and what they start does not.
"""

import signal


def let_programs_hear_ctrl_c() -> None:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, lambda _number, _frame: None)
