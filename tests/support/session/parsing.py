"""Keeps Python 3.11's garbage collector out of `ast.parse`.

While it builds the tree, CPython 3.11 counts the depth of recursion in one counter for all threads. A collection in the
middle runs Python code (finalizers; hypothesis has a callback of its own), during which another thread may parse as
well, as `traceback` does for each line that it prints. The counter then fails the first with "AST constructor recursion
depth mismatch". The busier the machine, the more often.
"""

import ast
import gc
import sys
import threading
from typing import Any


def keep_collector_out() -> None:
    if sys.version_info >= (3, 12):
        return
    parse, alone = ast.parse, threading.RLock()

    def parse_uncollected(*args: Any, **kwargs: Any) -> Any:
        with alone:
            collects = gc.isenabled()
            gc.disable()
            try:
                return parse(*args, **kwargs)
            finally:
                if collects:
                    gc.enable()

    ast.parse = parse_uncollected
