"""Secrets of destroyed VMs are forgotten in time, once, and by whoever is there: also after what went wrong between."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import pytest
from chronovisor.events.v1 import event_pb2 as ev

from controlplane.commands.secrets import ForgetPerson, ForgetVmSecrets
from controlplane.domain.command import AnyAnswer, Command, CommandContext
from controlplane.domain.errors import Unavailable
from controlplane.domain.reasons import Reason
from controlplane.domain.time import SECOND, Micros
from controlplane.domain.vm.secrets import EndOfVm
from controlplane.domain.vm.states import Verb
from controlplane.processes.forgetting import LOOK_EVERY_US, Forgetting
from tests.support.controlplane import World, create, world_with_host

DAY = 86_400
SEALED = ev.SealedText(ciphertext=b"nonsense", keyed_hash=b"hash", size_bytes=8)


@dataclass
class People:
    """Pseudonyms as a set; of `recorded`, the ledger has that they are forgotten."""

    there: set[str] = field(default_factory=set[str])
    recorded: set[str] = field(default_factory=set[str])
    dropped: list[str] = field(default_factory=list[str])
    refuse: int = 0

    async def all(self) -> list[str]:
        return sorted(self.there)

    def drop(self, pseudonym: str) -> None:
        self.dropped.append(pseudonym)

    async def forget(self, pseudonym: str) -> None:
        if self.refuse:
            self.refuse -= 1
            raise Unavailable(Reason.SECRETS_UNAVAILABLE, "not now")
        self.there.discard(pseudonym)

    async def are_forgotten(self, pseudonyms: Collection[str]) -> list[str]:
        return [each for each in pseudonyms if each in self.recorded]


@dataclass
class Bench:
    """A world whose VMs have secrets, and keys as a set. `refuse`: so many commands or destructions are refused."""

    world: World = field(default_factory=world_with_host)
    keys: set[str] = field(default_factory=set[str])
    ends: dict[str, EndOfVm] = field(default_factory=dict[str, EndOfVm])
    refuse: int = 0
    refuse_keys: int = 0
    commands: list[ForgetVmSecrets] = field(default_factory=list[ForgetVmSecrets])
    destroyed: list[set[str]] = field(default_factory=list[set[str]])
    followed: int = 0
    people: People = field(default_factory=People)

    def __post_init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """A server that was just started: it follows all that was recorded."""
        clock = lambda: self.world.now  # noqa: E731
        kept = 30 * DAY * SECOND
        self.process = Forgetting(
            self.submit, clock, self, self.world.fleet, self.ends_of, kept, self.people, self.people.are_forgotten
        )
        self.followed = 0
        self.publish()

    async def vm_uids(self) -> list[str]:
        return sorted(self.keys)

    async def destroy(self, vm_uids: Collection[str], requests_before: Micros) -> None:
        assert requests_before == self.world.now - 30 * DAY * SECOND
        if self.refuse_keys:
            self.refuse_keys -= 1
            raise Unavailable(Reason.SECRETS_UNAVAILABLE, "not now")
        self.destroyed.append({*vm_uids})
        self.keys -= {*vm_uids}

    async def ends_of(self, vm_uids: Collection[str]) -> Mapping[str, EndOfVm]:
        return {uid: self.ends[uid] for uid in vm_uids if uid in self.ends}

    async def submit(self, command: Command[AnyAnswer], context: CommandContext) -> object:
        assert isinstance(command, ForgetVmSecrets)
        assert context.actor == "system:secrets"
        if self.refuse:
            self.refuse -= 1
            raise Unavailable(Reason.LEDGER_UNAVAILABLE, "not now")
        self.commands.append(command)
        answer = self.world.carry_out(command)
        self.publish()
        return answer

    def publish(self) -> None:
        since, self.followed = self.followed, len(self.world.history)
        self.process.follow(self.world.history[since:])

    def vm(self, name: str) -> None:
        self.world.carry_out(replace(create(name), user_data=SEALED))
        self.keys.add(f"uid-{name}")
        self.publish()

    def end(self, name: str) -> None:
        self.world.ask(Verb.DELETE, name)
        self.publish()

    async def turn(self) -> float:
        await self.process.look()
        return await self.process.forget()


async def test_nothing_is_forgotten_of_a_vm_that_is_there_or_just_ended() -> None:
    bench = Bench()
    bench.vm("here")
    bench.vm("gone")
    bench.end("gone")
    assert await bench.turn() == LOOK_EVERY_US / SECOND
    bench.world.later(30 * DAY - 10)
    bench.process.follow([])
    await bench.turn()
    assert (bench.commands, bench.keys) == ([], {"uid-here", "uid-gone"})


async def test_it_is_recorded_then_the_key_is_destroyed() -> None:
    bench = Bench()
    for name in ("here", "one", "two"):
        bench.vm(name)
    bench.end("one")
    bench.end("two")
    bench.world.later(30 * DAY)
    await bench.turn()
    assert [each.vm_uid for each in bench.commands] == ["uid-one", "uid-two"]
    assert bench.destroyed == [{"uid-one", "uid-two"}]
    assert bench.keys == {"uid-here"}
    recorded = [each.stream for each in bench.world.history if each.event.HasField("secrets_forgotten")]
    assert recorded == ["secrets/uid-one", "secrets/uid-two"]
    bench.world.later(DAY)
    await bench.turn()
    bench.begin()
    await bench.turn()
    assert len(bench.commands) == 2
    assert len(bench.destroyed) == 1


@pytest.mark.parametrize("broken", ["ledger", "keys"])
async def test_what_is_refused_is_tried_again(broken: str) -> None:
    bench = Bench(refuse=int(broken == "ledger"), refuse_keys=int(broken == "keys"))
    bench.vm("gone")
    bench.end("gone")
    bench.world.later(30 * DAY)
    with pytest.raises(Unavailable):
        await bench.turn()
    await bench.turn()
    assert (len(bench.commands), bench.keys) == (1, set())


@pytest.mark.parametrize("is_forgotten", [False, True])
async def test_a_server_that_begins_from_a_snapshot_finds_the_keys_of_vms_that_ended(is_forgotten: bool) -> None:
    bench = Bench()
    bench.keys = {"uid-gone", "uid-of-another-ledger"}
    bench.ends["uid-gone"] = EndOfVm(Micros(bench.world.now - 31 * DAY * SECOND), is_forgotten)
    await bench.turn()
    assert len(bench.commands) == (0 if is_forgotten else 1)
    # A key of a VM that this ledger does not know is left alone.
    assert bench.keys == {"uid-of-another-ledger"}


ALICE, BOB = f"user:~{'a' * 32}", f"user:~{'b' * 32}"


async def test_the_key_of_a_person_who_is_forgotten_is_destroyed_whoever_recorded_it() -> None:
    bench = Bench(people=People({ALICE, BOB}, refuse=1))
    bench.world.carry_out(ForgetPerson("user:alice", ALICE))
    bench.publish()
    assert bench.people.dropped == [ALICE]
    with pytest.raises(Unavailable):
        await bench.turn()
    await bench.turn()
    assert bench.people.there == {BOB}


async def test_a_server_that_begins_from_a_snapshot_finds_people_who_are_forgotten() -> None:
    bench = Bench(people=People({ALICE, BOB}, {BOB}))
    await bench.turn()
    assert bench.people.there == {ALICE}
