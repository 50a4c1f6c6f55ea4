"""Etags: of one resource, at one version of it."""

from dataclasses import dataclass

import pytest

from controlplane.domain.errors import EtagMismatch
from controlplane.domain.etag import etag_of, require_etag


@dataclass(frozen=True)
class Resource:
    name: str
    uid: str
    version: int


WEB = Resource("projects/p/vms/web", "uid-1", 1)
LATER = Resource(WEB.name, WEB.uid, 2)
SUCCESSOR = Resource(WEB.name, "uid-2", 1)
# Its uid and version, written one after the other, are those of another resource's.
LOOKALIKE = Resource(WEB.name, "uid-", 11)


def test_an_etag_is_of_one_resource_at_one_version() -> None:
    assert len({etag_of(each) for each in (WEB, LATER, SUCCESSOR, LOOKALIKE)}) == 4
    for each in (WEB, LATER, SUCCESSOR, LOOKALIKE):
        require_etag(each, etag_of(each))
        require_etag(each, "")


@pytest.mark.parametrize("now", [LATER, SUCCESSOR, LOOKALIKE])
def test_an_etag_of_another_version_or_of_another_resource_of_the_name_is_refused(now: Resource) -> None:
    with pytest.raises(EtagMismatch) as refused:
        require_etag(now, etag_of(WEB))
    assert (refused.value.name, refused.value.given, refused.value.current) == (WEB.name, etag_of(WEB), etag_of(now))


@pytest.mark.parametrize("given", ['"1"', "1", "*", "uid-1"])
def test_what_is_no_etag_of_the_resource_is_refused(given: str) -> None:
    with pytest.raises(EtagMismatch):
        require_etag(WEB, given)
