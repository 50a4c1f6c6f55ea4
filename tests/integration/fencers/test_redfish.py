"""The kind `redfish`, by the real sushy, against a service on loopback."""

import tomllib
from collections.abc import Generator
from pathlib import Path

import pytest

from controlplane.fencers.fencer import FencerError, FenceTarget
from controlplane.fencers.fencers import Fencers, require_installed
from controlplane.fencers.parameters import FencerSettings, parse_fencers
from tests.support.hosts import host
from tests.support.redfish import RedfishService, redfish_service
from tests.support.waiting import patient

NODE = host("node-1", {"bmc": "127.0.0.1"})


@pytest.fixture
def service() -> Generator[RedfishService]:
    with redfish_service() as found:
        yield found


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.write_text("s3cret\n")
    return file


class Redfish:
    """The fencer of a host, as a file configures it."""

    def __init__(self, service: RedfishService, password_file: Path) -> None:
        self._service, self._password_file = service, password_file

    def set_password(self, password: str) -> None:
        self._password_file.write_text(password)

    def settings(self, more: str = "", timeout_s: float = patient(10)) -> tuple[FencerSettings, ...]:
        address = self._service.url.replace("127.0.0.1", "{label:bmc}")
        text = f"""
            [[fencers]]
            hosts = "bmc"
            kind = "redfish"
            address = "{address}"
            username = "fencer"
            password_file = "{self._password_file}"
            attempts = 1
            timeout_s = {timeout_s}
            {more}
        """
        return parse_fencers(tomllib.loads(text)["fencers"])

    async def power_off(self, more: str = "", timeout_s: float = patient(10)) -> str:
        fencer = Fencers(self.settings(more, timeout_s)).for_host(NODE)
        assert fencer is not None
        return await fencer.power_off(FenceTarget.of(NODE))


@pytest.fixture
def redfish(service: RedfishService, password_file: Path) -> Redfish:
    return Redfish(service, password_file)


async def test_the_only_system_is_forced_off_and_read_back(service: RedfishService, redfish: Redfish) -> None:
    detail = await redfish.power_off()
    assert detail == f"redfish: /redfish/v1/Systems/1 of {service.url} reads PowerState Off"
    assert service.resets == [("1", "ForceOff")]


async def test_a_system_that_is_off_gets_no_command(service: RedfishService, redfish: Redfish) -> None:
    service.systems["1"] = "Off"
    assert "reads PowerState Off" in await redfish.power_off()
    assert service.resets == []


async def test_a_named_one_of_several(service: RedfishService, redfish: Redfish) -> None:
    service.systems = {"node-1": "On", "node-2": "On"}
    await redfish.power_off('system = "/redfish/v1/Systems/{host}"')
    assert service.systems == {"node-1": "Off", "node-2": "On"}


async def test_of_several_one_must_be_named(service: RedfishService, redfish: Redfish) -> None:
    service.systems = {"1": "On", "2": "On"}
    with pytest.raises(FencerError, match="System count is not exactly one"):
        await redfish.power_off()
    assert service.resets == []


async def test_a_service_takes_its_time(service: RedfishService, redfish: Redfish) -> None:
    service.late = 2
    assert "reads PowerState Off" in await redfish.power_off(timeout_s=patient(20))


async def test_a_service_that_accepts_and_does_nothing_confirms_nothing(
    service: RedfishService, redfish: Redfish
) -> None:
    service.lies = True
    with pytest.raises(FencerError, match="it took the command, and was still on"):
        await redfish.power_off(timeout_s=3)
    assert service.resets == [("1", "ForceOff")]


async def test_a_service_that_never_answers_is_given_up(service: RedfishService, redfish: Redfish) -> None:
    service.hangs = True
    with pytest.raises(FencerError, match=r"not confirmed within 0.5 s"):
        await redfish.power_off(timeout_s=0.5)


async def test_a_service_that_is_not_there_is_named(service: RedfishService, redfish: Redfish) -> None:
    service.url = "http://127.0.0.1:1"
    with pytest.raises(FencerError, match=r"the Redfish service at http://127\.0\.0\.1:1: "):
        await redfish.power_off()


async def test_a_broken_service_says_so(service: RedfishService, redfish: Redfish) -> None:
    service.broken = True
    with pytest.raises(FencerError, match="500"):
        await redfish.power_off()


async def test_a_wrong_password_is_refused(service: RedfishService, redfish: Redfish) -> None:
    redfish.set_password("wrong")
    with pytest.raises(FencerError, match="401"):
        await redfish.power_off()
    assert service.systems == {"1": "On"}


async def test_a_password_that_was_changed_is_read_anew(redfish: Redfish) -> None:
    redfish.set_password("wrong")
    with pytest.raises(FencerError):
        await redfish.power_off()
    redfish.set_password("s3cret")
    assert "reads PowerState Off" in await redfish.power_off()


async def test_a_session_can_be_used_in_place_of_a_password_each_time(
    service: RedfishService, redfish: Redfish
) -> None:
    assert "reads PowerState Off" in await redfish.power_off('auth = "session"')
    assert (service.most_sessions, service.sessions) == (1, 0)


async def test_no_password_is_in_what_fails(service: RedfishService, redfish: Redfish) -> None:
    service.broken = True
    with pytest.raises(FencerError) as raised:
        await redfish.power_off()
    assert "s3cret" not in str(raised.value)


def test_a_password_that_is_not_there_ends_the_start(redfish: Redfish, password_file: Path) -> None:
    require_installed(redfish.settings())
    password_file.write_text("")
    with pytest.raises(ValueError, match=r"fencers, number 1, password_file: .* is empty"):
        require_installed(redfish.settings())
    password_file.unlink()
    with pytest.raises(ValueError, match=r"fencers, number 1, password_file: .*: No such file or directory"):
        require_installed(redfish.settings())
