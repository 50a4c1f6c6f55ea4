"""What a scenario can have done to the control plane while it runs: the actions of its `do` steps."""

import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from chronovisor import Client, connect
from chronovisor.v1 import project_service_pb2, vm_pb2, vm_service_pb2
from google.iam.v1 import iam_policy_pb2, iam_policy_pb2_grpc, policy_pb2
from google.protobuf import json_format, message_factory

from clients.conformance.control_plane import HOST, ControlPlane, wait_for
from clients.conformance.credentials import Credentials
from clients.conformance.issuer import Issuer
from clients.conformance.proxy import Plan, Proxy
from clients.conformance.shapes import TODAY

Json = dict[str, Any]
CALLS_S = 60.0
BATCH = 1_000


class ActionFailed(Exception):
    """What a scenario requested did not happen; the message says why."""


class Actions:
    """The conductor's hands during one scenario. `close` undoes what was done."""

    def __init__(self, plane: ControlPlane, fleets: dict[int, str]) -> None:
        self._plane = plane
        self._fleets = fleets
        self._later: list[threading.Thread] = []
        self._proxy: Proxy | None = None
        self._issuer: Issuer | None = None
        self._others: list[tuple[ControlPlane, tempfile.TemporaryDirectory[str]]] = []
        self._directories: list[tempfile.TemporaryDirectory[str]] = []
        self._clients: list[Client] = []
        self._calls_open: list[Any] = []
        self._ended = threading.Event()

    def carry_out(self, action: Any) -> Json:
        """Raises ActionFailed."""
        if not isinstance(action, dict) or len(action) != 1:  # pyright: ignore[reportUnknownArgumentType]
            raise ActionFailed(f"an action has one key, its name; this is {action!r}")
        ((name, options),) = action.items()  # pyright: ignore[reportUnknownVariableType]
        if name not in ACTIONS:
            raise ActionFailed(f"there is no action {name!r}; there are {', '.join(ACTIONS)}")
        return ACTIONS[name](self, options or {}) or {}  # pyright: ignore[reportUnknownArgumentType]

    def close(self) -> None:
        for thread in self._later:
            thread.join()
        self._ended.set()
        for client in self._clients:
            client.close()
        if self._proxy:
            self._proxy.close()
        if self._issuer:
            self._issuer.close()
        for plane, directory in self._others:
            plane.close()
            directory.cleanup()
        for directory in self._directories:
            directory.cleanup()
        self._plane.recover()

    def _kill(self, options: Json) -> None:
        self._after(options, lambda: self._plane.end(signal.SIGKILL))

    def _stop(self, options: Json) -> None:
        self._after(options, lambda: self._plane.end(signal.SIGTERM))

    def _start(self, options: Json) -> None:
        self._after(options, self._plane.start)

    def _restart(self, options: Json) -> None:
        number = signal.Signals[f"SIG{options.get('signal', 'TERM')}"]

        def restart() -> None:
            self._plane.end(number)
            time.sleep(options.get("down_s", 0.0))
            self._plane.start()

        self._after(options, restart)

    def _after(self, options: Json, work: Callable[[], None]) -> None:
        """At once, or by a thread after `after_s`."""
        if "after_s" not in options:
            work()
            return

        def wait() -> None:
            time.sleep(options["after_s"])
            work()

        self._later.append(threading.Thread(target=wait))
        self._later[-1].start()

    def _fleet(self, options: Json) -> Json:
        """So many stopped VMs in a project of their own; the same for all scenarios."""
        count = int(options["vms"])
        if count not in self._fleets:
            self._fleets[count] = _made(self._plane, count)
        return {"project": self._fleets[count]}

    def _new_proxy(self, options: Json) -> Json:
        if unknown := set(options) - set(Plan.__dataclass_fields__):
            raise ActionFailed(f"a proxy does not know {', '.join(sorted(unknown))}")
        if self._proxy:
            self._proxy.close()
        plan = Plan(**options)
        credentials = Credentials(self._directory(), require_client=plan.tls == "mutual") if plan.tls else None
        self._proxy = Proxy(self._plane.server, plan, credentials)
        return {"server": self._proxy.address, **(credentials.files if credentials else {})}

    def _directory(self) -> Path:
        """For files of this scenario."""
        self._directories.append(tempfile.TemporaryDirectory(prefix="conformance-"))
        return Path(self._directories[-1].name)

    def _new_issuer(self, _options: Json) -> Json:
        """An issuer, and settings for `another_server` that name it."""
        self._issuer = Issuer(self._directory())
        return {"settings": str(self._issuer.settings)}

    def _token(self, options: Json) -> Json:
        """A token of the scenario's issuer."""
        if not self._issuer:
            raise ActionFailed("there is no issuer in this scenario yet")
        kind, ends_in_s = options.get("kind", "at+jwt"), options.get("ends_in_s", 600)
        return {"token": self._issuer.token(options.get("claims", {}), ends_in_s, kind)}

    def _write(self, options: Json) -> Json:
        """A file with a text, for the client alone to read; the same again where it is named."""
        path = Path(options["file"]) if "file" in options else self._directory() / "file"
        path.write_text(options["text"])
        return {"file": str(path)}

    def _cut(self, options: Json) -> None:
        self._after(options, lambda: self._proxied().cut(options.get("for_s", 0.0)))

    def _calls(self, options: Json) -> None:
        """Fails unless the calls of a method that came to the proxy are as expected."""
        proxy = self._proxied()

        def found() -> list[Any]:
            return [call for call in proxy.calls if call.method == options["method"]]

        if "count" in options and len(found()) != options["count"]:
            raise ActionFailed(f"{options['method']} was called {len(found())} times, not {options['count']}")
        ids = {call.request_id for call in found()}
        if options.get("same_request_id") and (len(ids) != 1 or ids == {""}):
            raise ActionFailed(f"the calls of {options['method']} have these request ids: {sorted(ids)}")
        for key, value in options.get("metadata", {}).items():
            if wrong := [sent for call in found() if (sent := call.metadata.get(key, "")) != value]:
                raise ActionFailed(f"{key} was {wrong[0]!r}, not {value!r}")
        if options.get("history_after_first") and not all(
            "chronovisor-history" in call.metadata for call in found()[1:]
        ):
            raise ActionFailed("the ledger's history was not sent back")
        if options.get("with_deadline") and any(call.timeout_s is None for call in found()):
            raise ActionFailed(f"{options['method']} was called without a deadline")
        if options.get("ended"):
            wait_for(lambda: all(call.ended for call in found()), CALLS_S, "the calls end on the server")

    def _call(self, options: Json) -> Json:
        """A call by the conductor itself, past the client that is tested and the proxy."""
        method = TODAY.method_of(options["method"])
        request = json_format.ParseDict(
            options.get("request", {}), message_factory.GetMessageClass(method.input_type)()
        )
        stub = self._plane.client.channel.unary_unary(
            f"/{options['method']}",
            message_factory.GetMessageClass(method.input_type).SerializeToString,
            message_factory.GetMessageClass(method.output_type).FromString,
        )
        return json_format.MessageToDict(stub(request), always_print_fields_with_no_presence=True)

    def _agent(self, options: Json) -> None:
        """Another agent, with a host of its own."""
        self._plane.start_agent(options["host"], [str(each) for each in options.get("options", [])])

    def _end_agent(self, options: Json) -> None:
        self._plane.end_agent(options["host"])

    def _pause_agent(self, options: Json) -> None:
        self._plane.signal_agent(signal.SIGSTOP, options.get("host", HOST))

    def _continue_agent(self, options: Json) -> None:
        self._after(options, lambda: self._plane.signal_agent(signal.SIGCONT, options.get("host", HOST)))

    def _another(self, options: Json) -> Json:
        """Another control plane, with options of its own, and an agent; a closed one has none."""
        directory = tempfile.TemporaryDirectory(prefix="conformance-")
        is_closed = bool(options.get("closed"))
        plane = ControlPlane(
            Path(directory.name), [str(each) for each in options.get("options", [])], is_closed=is_closed
        )
        self._others.append((plane, directory))
        plane.start()
        if is_closed:
            return {"server": plane.server, "ca_file": str(plane.ca_file)}
        plane.start_agent(HOST, [str(each) for each in options.get("agent", [])] or ("--sample-every", "1"))
        return {"server": plane.server}

    def _grant(self, options: Json) -> None:
        """The only binding of a resource: its policy has no method of the API's own, and so no client's."""
        policy: Any = policy_pb2.Policy(
            bindings=[policy_pb2.Binding(role=options["role"], members=[options["member"]])]
        )
        stub: Any = iam_policy_pb2_grpc.IAMPolicyStub(self._plane.client.channel)
        stub.SetIamPolicy(iam_policy_pb2.SetIamPolicyRequest(resource=options["resource"], policy=policy))

    def _fork(self, _options: Json) -> None:
        """The store of the last `another_server` goes on as another history, as after a restore; without an agent."""
        self._last_other().fork()

    def _alter(self, _options: Json) -> None:
        """Changes a stored event of the last `another_server`, which is started again on it."""
        self._last_other().alter()

    def _open_stream(self, options: Json) -> None:
        """A streaming call by the conductor itself, open until the scenario ends; waits for its first response."""
        method = TODAY.method_of(options["method"])
        requests = [
            json_format.ParseDict(each, message_factory.GetMessageClass(method.input_type)())
            for each in options["requests"]
        ]

        def begin() -> None:
            client = self._another_client(options.get("actor", "service:conductor"))
            kind = "stream_stream" if method.client_streaming else "unary_stream"
            stub = getattr(client.channel, kind)(
                f"/{options['method']}",
                message_factory.GetMessageClass(method.input_type).SerializeToString,
                message_factory.GetMessageClass(method.output_type).FromString,
            )
            call = stub(_kept_open(requests, self._ended) if method.client_streaming else requests[0])
            # One that nobody holds is cancelled.
            self._calls_open.append(call)
            next(call)

        self._after(options, begin)

    def _another_client(self, actor: str) -> Client:
        self._clients.append(connect(self._plane.server, actor=actor))
        return self._clients[-1]

    def _last_other(self) -> ControlPlane:
        if not self._others:
            raise ActionFailed("there is no other server in this scenario yet")
        return self._others[-1][0]

    def _proxied(self) -> Proxy:
        if self._proxy is None:
            raise ActionFailed("there is no proxy in this scenario yet")
        return self._proxy


def _kept_open(requests: list[Any], until: threading.Event) -> Iterator[Any]:
    yield from requests
    until.wait()


def _made(plane: ControlPlane, count: int) -> str:
    project = f"fleet-{count}-{os.urandom(3).hex()}"
    plane.client.projects.CreateProject(project_service_pb2.CreateProjectRequest(project_id=project))
    spec = vm_pb2.VmSpec(boot=vm_pb2.BootSource(image=vm_pb2.ImageBoot(image="tiny.qcow2")))
    spec.resources.vcpus, spec.resources.memory_mib, spec.resources.disk_gib = 1, 64, 1
    for first in range(0, count, BATCH):
        requests = [
            vm_service_pb2.CreateVmRequest(
                parent=f"projects/{project}", vm_id=f"vm-{number:05}", vm=vm_pb2.Vm(spec=spec)
            )
            for number in range(first, min(first + BATCH, count))
        ]
        plane.client.vms.BatchCreateVms(
            vm_service_pb2.BatchCreateVmsRequest(parent=f"projects/{project}", requests=requests), timeout=120.0
        )
    return f"projects/{project}"


ACTIONS: Mapping[str, Callable[[Actions, Json], Json | None]] = {
    "kill": Actions._kill,  # pyright: ignore[reportPrivateUsage]
    "stop": Actions._stop,  # pyright: ignore[reportPrivateUsage]
    "start": Actions._start,  # pyright: ignore[reportPrivateUsage]
    "restart": Actions._restart,  # pyright: ignore[reportPrivateUsage]
    "fleet": Actions._fleet,  # pyright: ignore[reportPrivateUsage]
    "proxy": Actions._new_proxy,  # pyright: ignore[reportPrivateUsage]
    "issuer": Actions._new_issuer,  # pyright: ignore[reportPrivateUsage]
    "token": Actions._token,  # pyright: ignore[reportPrivateUsage]
    "write": Actions._write,  # pyright: ignore[reportPrivateUsage]
    "cut": Actions._cut,  # pyright: ignore[reportPrivateUsage]
    "calls": Actions._calls,  # pyright: ignore[reportPrivateUsage]
    "call": Actions._call,  # pyright: ignore[reportPrivateUsage]
    "agent": Actions._agent,  # pyright: ignore[reportPrivateUsage]
    "end_agent": Actions._end_agent,  # pyright: ignore[reportPrivateUsage]
    "pause_agent": Actions._pause_agent,  # pyright: ignore[reportPrivateUsage]
    "continue_agent": Actions._continue_agent,  # pyright: ignore[reportPrivateUsage]
    "another_server": Actions._another,  # pyright: ignore[reportPrivateUsage]
    "grant": Actions._grant,  # pyright: ignore[reportPrivateUsage]
    "fork": Actions._fork,  # pyright: ignore[reportPrivateUsage]
    "alter": Actions._alter,  # pyright: ignore[reportPrivateUsage]
    "open_stream": Actions._open_stream,  # pyright: ignore[reportPrivateUsage]
}
