"""Runs scenarios: one control plane, a runner for each language, and a scenario at a time."""

import os
import shutil
import sqlite3
import tempfile
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from chronovisor import ChronovisorError
from chronovisor.v1 import project_service_pb2, vm_pb2, vm_service_pb2

from clients.conformance.actions import ActionFailed, Actions, Json
from clients.conformance.control_plane import HOST, ROOT, ControlPlane, NotStarted
from clients.conformance.runner import Runner, RunnerFailed
from clients.conformance.scenarios import Scenario
from clients.conformance.shapes import OLDEST

VM = "web"
# Not a language: the Python runner, as of a client that was generated from the oldest release of the protos.
OLDER = "python-older"


@dataclass(frozen=True)
class Result:
    """`why` says what went wrong; empty when nothing did."""

    language: str
    scenario: Scenario
    why: str
    took_s: float

    @property
    def is_ok(self) -> bool:
        return not self.why


class Conductor:
    """A control plane in a temporary directory, and the runners on it. Use it in a `with`.

    patience: the factor of what is waited for at most. server: one that runs already, of which nothing is ended;
    scenarios that need that fail.
    """

    def __init__(self, patience: float = 6.0, server: str = "") -> None:
        self._patience = patience
        self.directory = Path(tempfile.mkdtemp(prefix="conformance-"))
        self._plane = SomebodyElses(self.directory, server) if server else ControlPlane(self.directory)
        self._runners: dict[str, Runner] = {}
        self._fleets: dict[int, str] = {}
        self._is_ready = False

    def run(self, language: str, scenario: Scenario) -> Result:
        """Carries one scenario out. Raises NotStarted when there is no control plane to do so."""
        if not self._is_ready:
            self._plane.start()
            self._plane.start_agent()
            self._is_ready = True
        began = time.monotonic()
        why = self._outcome(language, scenario)
        return Result(language, scenario, why, time.monotonic() - began)

    def _outcome(self, language: str, scenario: Scenario) -> str:
        variables = self._variables(language)
        actions = Actions(self._plane, self._fleets)
        try:
            self._give(scenario.given, variables)
            runner = self._runner(language)
            return runner.carry_out(scenario.name, scenario.prepared(variables, self._patience), _doing(actions))
        except RunnerFailed as error:
            self._runners.pop(language).close()
            return str(error)
        except ChronovisorError as error:
            return f"before its first step: {error!r}"
        finally:
            actions.close()

    def _runner(self, language: str) -> Runner:
        if language not in self._runners:
            command = [str(ROOT / "clients" / language / "dev.sh"), "runner"]
            if language == OLDER:
                script = ROOT / "clients" / "python" / "dev.sh"
                command = ["env", f"CHRONOVISOR_CONFORMANCE_PROTOS={OLDEST}", str(script), "runner"]
            self._runners[language] = Runner(command, self._plane.server, self.directory / f"{language}.log")
        return self._runners[language]

    def _variables(self, language: str) -> dict[str, str]:
        project = f"{language}-{os.urandom(4).hex()}"
        return {
            "project": project,
            "vm": f"projects/{project}/vms/{VM}",
            "host": HOST,
            "server": self._plane.server,
            # Nobody listens there.
            "nowhere": "127.0.0.1:1",
            **{f"uuid{n}": str(uuid.uuid4()) for n in range(1, 6)},
            # Of another version.
            "uuid_by_time": str(uuid.uuid1()),
        }

    def _give(self, given: str, variables: dict[str, str]) -> None:
        if given == "nothing":
            return
        client, project = self._plane.client, variables["project"]
        client.projects.CreateProject(project_service_pb2.CreateProjectRequest(project_id=project))
        if given == "project":
            return
        spec = vm_pb2.VmSpec(boot=vm_pb2.BootSource(image=vm_pb2.ImageBoot(image="tiny.qcow2")))
        spec.resources.vcpus, spec.resources.memory_mib, spec.resources.disk_gib = 2, 1024, 10
        request = vm_service_pb2.CreateVmRequest(
            parent=f"projects/{project}", vm_id=VM, vm=vm_pb2.Vm(spec=spec), start=given == "running_vm"
        )
        client.wait(client.vms.CreateVm(request), timeout_s=60.0 * self._patience)

    def __enter__(self) -> "Conductor":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for runner in self._runners.values():
            runner.close()
        self._plane.close()
        shutil.rmtree(self.directory, ignore_errors=True)


class SomebodyElses(ControlPlane):
    """A control plane that was here before: it is called, and nothing else."""

    def __init__(self, directory: Path, server: str) -> None:
        super().__init__(directory, server=server)

    def start(self) -> None:
        pass

    def start_agent(self, host: str = HOST, options: object = ()) -> None:
        if host != HOST:
            raise ActionFailed("this server's agents are not ours to start")

    def end(self, number: int = 0) -> None:
        if number:
            raise ActionFailed("this server is not ours to end")

    def signal_agent(self, number: int, host: str = HOST) -> None:
        raise ActionFailed("this server's agents are not ours")

    def recover(self) -> None:
        pass

    def close(self) -> None:
        self.client.close()


def _doing(actions: Actions) -> Callable[[Any], Json]:
    """Actions as a runner requests them: it is always answered."""

    def do(action: Any) -> Json:
        try:
            return {"done": actions.carry_out(action)}
        except (
            ActionFailed,
            ChronovisorError,
            NotStarted,
            OSError,
            sqlite3.Error,
            LookupError,
            TypeError,
            ValueError,
        ) as error:
            return {"failed": f"{action}: {error!r}"}

    return do


def summary(results: Mapping[str, list[Result]]) -> str:
    """Of each language, how many scenarios went well and how long they took; and all that did not."""
    lines = [
        f"{language:<12} {sum(each.is_ok for each in found):>4} of {len(found):<4} "
        f"{sum(each.took_s for each in found):7.1f} s"
        for language, found in results.items()
    ]
    failed = [each for found in results.values() for each in found if not each.is_ok]
    lines += [f"\n{each.language}: {each.scenario.file}: {each.scenario.name}\n    {each.why}" for each in failed]
    return "\n".join(lines)
