"""Frozen protos: what was released can be read, and today's have all of it."""

import re
from pathlib import Path

import pytest
from chronovisor.events.v1 import event_pb2
from google.protobuf import descriptor_pb2

from docs import api_reference
from protos import release
from tests.unit.project.checkout import ROOT

RELEASES = sorted(release.RELEASES.glob("*.binpb"))
# Served without being described: see decision 0038.
NOT_DESCRIBED = {"chronovisor.v1.AgentService.Connect"}


# Their type changed before they ever gave a response: see decision 0040.
ANSWER_OTHERWISE = {"chronovisor.v1.HostService.DrainHost", "chronovisor.v1.HostService.FenceHost"}


def methods_of(path: Path) -> dict[str, descriptor_pb2.MethodDescriptorProto]:
    """Each method, by its full name."""
    released = descriptor_pb2.FileDescriptorSet.FromString(path.read_bytes())
    return {
        f"{file.package}.{service.name}.{method.name}": method
        for file in released.file
        if file.package.startswith("chronovisor.")
        for service in file.service
        for method in service.method
    }


@pytest.mark.parametrize("path", RELEASES, ids=lambda path: path.stem)
def test_every_method_of_a_release_is_there(path: Path) -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", path.stem)
    released = methods_of(path)
    assert len(released) > 40
    today = {each.name: each.proto for each in api_reference.methods()}
    assert released.keys() - today.keys() <= NOT_DESCRIBED
    kept = released.keys() & today.keys()
    assert {name for name in kept if released[name].output_type != today[name].output_type} <= ANSWER_OTHERWISE
    # A method can be declared a read later, and stays one.
    undeclared = descriptor_pb2.MethodOptions.IDEMPOTENCY_UNKNOWN
    for name in kept:
        assert released[name].options.idempotency_level in (undeclared, today[name].options.idempotency_level), name


def test_a_release_is_not_frozen_twice(capsys: pytest.CaptureFixture[str]) -> None:
    before = RELEASES[0].read_bytes()
    assert release.freeze(RELEASES[0].stem) == 1
    assert "is there" in capsys.readouterr().err
    assert RELEASES[0].read_bytes() == before


def test_checks_compare_with_every_release() -> None:
    assert "protos/release.py --check" in (ROOT / "deploy" / "setup" / "check.sh").read_text()


def test_the_type_of_an_event_is_its_fields_name_in_camel_case() -> None:
    """As the comment of the payload says, by which clients make filters."""
    payload = event_pb2.Event.DESCRIPTOR.oneofs_by_name["payload"]
    for field in payload.fields:
        assert field.message_type is not None
        assert field.message_type.name == "".join(part.title() for part in field.name.split("_"))
