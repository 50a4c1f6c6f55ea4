"""Etags: opaque strings that identify one resource at one version of it. See AIP-154. Knows no particular resource.

The uid is part of an etag, since a name is taken again once its owner is gone, and every resource begins at version 1.
"""

from typing import NamedTuple, Protocol

from controlplane.domain.errors import EtagMismatch


class Versioned(Protocol):
    """A resource with an identity, and a version that each of its events changes."""

    @property
    def name(self) -> str: ...
    @property
    def uid(self) -> str: ...
    @property
    def version(self) -> int: ...


class Edition(NamedTuple):
    """A resource by the version of its last event that changes its etag."""

    name: str
    uid: str
    version: int


def etag_of(resource: Versioned) -> str:
    """The resource's etag as it is now. Callers compare it and nothing else: its form may change."""
    return f'"{resource.uid}.{resource.version}"'


def require_etag(resource: Versioned, given: str) -> None:
    """Raises EtagMismatch for an etag of another resource or of another version. An empty one is not checked."""
    if given and given != (current := etag_of(resource)):
        raise EtagMismatch(resource.name, given, current)
