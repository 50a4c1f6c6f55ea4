"""`--lifetime` of `vm create` and `vm update`: what is sent, what is shown, what is refused."""

import pytest

from tests.clients.python.conftest import Cli
from tests.clients.python.plane import Plane

SIZE = ("--vcpus", "2", "--memory", "512MiB", "--disk", "5GiB", "--image", "tiny")


def test_a_lifetime_is_sent_shown_changed_and_taken_back(cli: Cli, plane: Plane) -> None:
    cli("vm", "create", "web", *SIZE, "--lifetime", "6h")
    vm = plane.vm("web")
    assert vm.expected_lifetime.seconds == 6 * 3600
    assert "6 h 0 min, expected" in cli("vm", "show", "web").out
    cli("vm", "update", "web", "--lifetime", "30d")
    request = plane.proxy.calls_of("UpdateVm")[-1].request
    assert list(request.update_mask.paths) == ["expected_lifetime"]
    assert request.vm.expected_lifetime.seconds == 30 * 86400
    cli("vm", "update", "web", "--no-lifetime")
    assert not plane.proxy.calls_of("UpdateVm")[-1].request.vm.HasField("expected_lifetime")


@pytest.mark.parametrize("text", ["soon", "6x", "3651d", ""])
def test_what_is_no_lifetime_is_misuse(cli: Cli, text: str) -> None:
    assert cli("vm", "create", "web", *SIZE, "--lifetime", text).code == 2


def test_a_lifetime_is_given_or_taken_back(cli: Cli) -> None:
    cli("vm", "create", "web", *SIZE)
    assert cli("vm", "update", "web", "--lifetime", "1h", "--no-lifetime").code == 2
