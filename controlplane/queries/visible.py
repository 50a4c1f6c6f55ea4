"""What a call may see: everything, or some projects. Reads look here where a name becomes a uid, and where they list.

It is of the call, and goes with it to the threads that read for it: see `ContextThreads`. Reading the past needs the
permission of today: a name that was another project's then shows nothing of that one.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

# The uids of projects; None is everything, for what the control plane itself reads.
_VISIBLE: ContextVar[frozenset[str] | None] = ContextVar("visible", default=None)


def limit(projects: frozenset[str] | None) -> None:
    """For the rest of this call."""
    _VISIBLE.set(projects)


def projects() -> frozenset[str] | None:
    """The projects that this call may see, by uid; None for all, and all that is of none."""
    return _VISIBLE.get()


def shows(project_uid: str) -> bool:
    """Whether it may see what is of a project; of none, with an empty uid, only who may see everything."""
    visible = _VISIBLE.get()
    return visible is None or project_uid in visible


class ContextThreads(ThreadPoolExecutor):
    """Threads on which work may see what the call may that it is for."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        return super().submit(copy_context().run, fn, *args, **kwargs)
