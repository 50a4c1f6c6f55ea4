"""One tenant has words in all that it has; the other calls every method, in every way, and every byte is looked at."""

import asyncio
import re
import time
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pytest
from chronovisor.v1 import (
    image_pb2,
    image_service_pb2,
    network_service_pb2,
    project_service_pb2,
    service_account_service_pb2,
    vm_pb2,
    vm_service_pb2,
)
from chronovisor.v1.streams_pb2 import WatchStart
from google.protobuf import message_factory
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from controlplane.rpc.access.methods import FILTERED
from controlplane.rpc.access.rates import RateTerms
from tests.integration.controlplane.every_method import Answered, Method, call, methods
from tests.integration.controlplane.plane import a_vm
from tests.integration.controlplane.tenants import ROOT, Tenants, by, two_tenants

RED, BLUE, SHOP = "projects/red", "projects/blue", "projects/shop"
ANNA, BERT = by("anna"), by("bert")
CANARY = "canary"
REQUEST_ID = "6f0c4a5e-25a1-4d5e-9b57-0d7a9a3e7fca"
# What there is not.
NO_UID = "0190c0de-0000-7000-8000-000000000000"
TOGETHER = 24


class Secrets(NamedTuple):
    """What a project has, by name and uid, and what of it must not come out."""

    project: str
    project_uid: str
    vm: str
    vm_uid: str
    gone_uid: str
    account: str
    account_uid: str
    token: str
    network: str
    network_uid: str
    group: str
    group_uid: str
    image: str
    operation: str
    position: int

    @property
    def words(self) -> list[bytes]:
        uids = (self.project_uid, self.vm_uid, self.gone_uid, self.account_uid, self.network_uid, self.group_uid)
        return [each.encode() for each in (CANARY, *uids)]


async def made(tenants: Tenants, parent: str = BLUE, *, start: bool = True) -> Secrets:
    """Has bert's project have everything, with the canary in it."""
    vm = a_vm()
    vm.labels[f"{CANARY}-key"], vm.user_data = f"{CANARY}-value", f"{CANARY}: user data".encode()
    create = vm_service_pb2.CreateVmRequest(
        parent=parent, vm_id="hidden", vm=vm, start=start, reason=f"{CANARY} reason", request_id=REQUEST_ID
    )
    await tenants.vms.CreateVm(create, metadata=BERT)
    stop = vm_service_pb2.StopVmRequest(name=f"{parent}/vms/hidden", reason=CANARY)
    operation = await tenants.vms.StopVm(stop, metadata=BERT)
    vm.user_data = b""
    create = vm_service_pb2.CreateVmRequest(parent=parent, vm_id=f"{CANARY}-gone", vm=vm)
    await tenants.vms.CreateVm(create, metadata=BERT)
    gone = await vm_of(tenants, f"{parent}/vms/{CANARY}-gone")
    await tenants.vms.DeleteVm(vm_service_pb2.DeleteVmRequest(name=gone.name), metadata=BERT)
    update = project_service_pb2.UpdateProjectRequest(reason=CANARY)
    update.project.name, update.project.display_name, update.project.labels["of"] = parent, CANARY, CANARY
    project = await tenants.projects.UpdateProject(update)
    account, networks = await _account(tenants, parent), await _networks(tenants, parent)
    image = await tenants.begin_image(parent=parent, image=image_pb2.Image(description=CANARY))
    await tenants.bind(parent, ("project-admin", "user:bert"), ("viewer", f"user:{CANARY}"))
    hidden = await vm_of(tenants, f"{parent}/vms/hidden")
    # Red can do all that can be done in a project.
    await tenants.bind(RED, ("admin", "user:anna"))
    position = tenants.control_plane.dispatcher.position
    names = (*account, *networks, image, operation.name)
    return Secrets(parent, project.uid, hidden.name, hidden.uid, gone.uid, *names, position)


async def vm_of(tenants: Tenants, name: str) -> vm_pb2.Vm:
    return await tenants.vms.GetVm(vm_service_pb2.GetVmRequest(name=name))


async def _account(tenants: Tenants, parent: str) -> tuple[str, str, str]:
    create = service_account_service_pb2.CreateServiceAccountRequest(parent=parent, service_account_id="ci")
    create.service_account.display_name = CANARY
    account = await tenants.accounts.CreateServiceAccount(create, metadata=BERT)
    request = service_account_service_pb2.CreateServiceAccountTokenRequest(parent=account.name, description=CANARY)
    token = await tenants.accounts.CreateServiceAccountToken(request, metadata=BERT)
    return account.name, account.uid, token.service_account_token.name


async def _networks(tenants: Tenants, parent: str) -> tuple[str, str, str, str]:
    create = network_service_pb2.CreateNetworkRequest(parent=parent, network_id="hidden")
    create.network.ipv4_cidr, create.network.description, create.network.labels["of"] = "10.1.0.0/24", CANARY, CANARY
    network = await tenants.networks.CreateNetwork(create, metadata=BERT)
    request = network_service_pb2.CreateSecurityGroupRequest(parent=parent, security_group_id="hidden")
    request.security_group.rules.add(description=CANARY, remote_group=f"{parent}/securityGroups/hidden")
    group = await tenants.networks.CreateSecurityGroup(request, metadata=BERT)
    return network.name, network.uid, group.name, group.uid


async def ended(tenants: Tenants, secrets: Secrets) -> None:
    """Has all of the project end, and the project."""
    await tenants.vms.DeleteVm(vm_service_pb2.DeleteVmRequest(name=secrets.vm, reason=CANARY), metadata=BERT)
    delete = service_account_service_pb2.DeleteServiceAccountRequest(name=secrets.account, reason=CANARY)
    await tenants.accounts.DeleteServiceAccount(delete, metadata=BERT)
    await tenants.networks.DeleteNetwork(network_service_pb2.DeleteNetworkRequest(name=secrets.network), metadata=BERT)
    group = network_service_pb2.DeleteSecurityGroupRequest(name=secrets.group)
    await tenants.networks.DeleteSecurityGroup(group, metadata=BERT)
    await tenants.images.DeleteImage(image_service_pb2.DeleteImageRequest(name=secrets.image))
    request = project_service_pb2.DeleteProjectRequest(name=secrets.project, reason=CANARY)
    await tenants.projects.DeleteProject(request)


@pytest.fixture
async def tenants() -> AsyncGenerator[Tenants]:
    async with two_tenants(rates=RateTerms(0, 0, 0)) as found:
        yield found


def resources(secrets: Secrets) -> Sequence[str]:
    """All that can be written where a request names a resource, right or not."""
    other, of_uid = secrets.project, f"projects/{secrets.project_uid}"
    return (
        "",
        ROOT,
        "-",
        "projects/-",
        "operations",
        "fleet",
        "projects/-/vms/-",
        RED,
        f"{RED}/vms/web",
        other,
        of_uid,
        secrets.project_uid,
        secrets.vm,
        f"{other}/vms/{secrets.vm_uid}",
        f"{other}/vms/{CANARY}-gone",
        f"{of_uid}/vms/hidden",
        f"{of_uid}/vms/{secrets.vm_uid}",
        f"{RED}/vms/{secrets.vm_uid}",
        f"{RED}/vms/{secrets.gone_uid}",
        f"projects/-/vms/{secrets.vm_uid}",
        secrets.account,
        f"{RED}/serviceAccounts/{secrets.account_uid}",
        secrets.image,
        secrets.token,
        f"{RED}/serviceAccounts/{secrets.account_uid}/tokens/{secrets.token.rpartition('/')[2]}",
        secrets.network,
        f"{RED}/networks/{secrets.network_uid}",
        secrets.group,
        f"{RED}/securityGroups/{secrets.group_uid}",
        secrets.operation,
        f"{RED}/../{other}",
        f"{RED}/vms/../../{secrets.vm}",
        f"{RED}%2f..%2f{other}",
        f"{other}\0",
    )


def variations(secrets: Secrets) -> Iterator[Mapping[str, object]]:
    """What else requests can say, where they have such fields."""
    chains = ("vms", secrets.vm_uid), ("projects", secrets.project_uid), ("policies", secrets.project_uid)
    yield {}
    yield {"at_position": secrets.position, "after_position": secrets.position - 5, "from_position": 1}
    yield {"start": WatchStart.WATCH_START_BEGINNING, "show_deleted": True, "newest_first": True}
    yield {"after_position": 1}
    yield {"of_request_id": REQUEST_ID, "request_id": REQUEST_ID}
    yield {"actor": "user:bert", "order_by": "create_time desc"}
    for kind, uid in chains:
        yield {"chain_of": f"{kind}/{uid}@1"}
    yield {"chain_of": f"requests/{REQUEST_ID}@1"}
    for group in ("projects", "hosts", "zones", "vms", f"labels.{CANARY}-key"):
        yield {"group_by": group}
    for filter_ in (f'labels.{CANARY}-key="{CANARY}-value"', f'target="{secrets.vm}"', f'uid="{secrets.vm_uid}"'):
        yield {"filter": filter_}
    yield {"principal": "user:bert", "permission": "vms.delete"}
    yield {"permissions": ["vms.get", "vms.delete"]}


def filled(method: Method, resource: str, fields: Mapping[str, object]) -> Message:
    """A request with those of the fields that it has. Usage is of the last hour."""
    request: Any = method.request(resource)
    known = method.descriptor.input_type.fields_by_name
    for name, value in fields.items():
        if name not in known:
            continue
        if isinstance(value, list):
            getattr(request, name).extend(value)
        else:
            setattr(request, name, value)
    if "start_time" in known:
        now = int(time.time())
        request.start_time.CopyFrom(Timestamp(seconds=now - 3600))
        request.end_time.CopyFrom(Timestamp(seconds=now))
    return request


def requests(secrets: Secrets) -> Iterator[tuple[Method, Message]]:
    seen: set[tuple[str, bytes]] = set()
    for method in methods():
        for resource in resources(secrets) if method.rule.paths else ("",):
            for fields in variations(secrets):
                request = filled(method, resource, fields)
                key = (method.name, request.SerializeToString())
                if key not in seen:
                    seen.add(key)
                    yield method, request


def texts(message: Message) -> Iterator[str]:
    """What a request says itself, which may come back."""
    for field, value in message.ListFields():
        for each in value if field.is_repeated else [value]:
            if isinstance(each, Message):
                yield from texts(each)
            elif isinstance(each, str) and each:
                yield each


def leaks(secrets: Secrets, request: Message, answer: Answered) -> list[bytes]:
    """The secret words that came back, and were not in the request."""
    parts = {part for text in texts(request) for part in re.split(r"[^A-Za-z0-9-]+", text)}
    own = [each for part in parts if any(word in (each := part.encode()) for word in secrets.words)]
    found: list[bytes] = []
    for raw in answer.messages:
        rest = re.sub(b"|".join(sorted(map(re.escape, own), key=len, reverse=True)), b"", raw) if own else raw
        found += [word for word in secrets.words if word in rest]
    return found


async def attack(tenants: Tenants, secrets: Secrets, *kinds: str) -> None:
    """Anna calls everything, or what is of these kinds. Nothing of the secrets comes back, and nothing fails."""
    every = [each for each in requests(secrets) if not kinds or each[0].kind in kinds]

    async def attacked(part: Sequence[tuple[Method, Message]]) -> list[str]:
        found: list[str] = []
        for method, request in part:
            answer = await call(tenants.channel, method, request, ANNA)
            if words := leaks(secrets, request, answer):
                found.append(f"{method.name}({request}): {words} in {answer}")
            if answer.reason == "INTERNAL":
                found.append(f"{method.name}({request}): INTERNAL")
        return found

    found = await asyncio.gather(*(attacked(every[start::TOGETHER]) for start in range(TOGETHER)))
    assert not [line for each in found for line in each]


async def test_no_byte_of_the_other_comes_out_of_any_method(tenants: Tenants) -> None:
    await attack(tenants, await made(tenants))


async def test_no_byte_of_a_project_comes_out_once_its_name_is_anothers(tenants: Tenants) -> None:
    await tenants.project("shop")
    await tenants.bind(SHOP, ("project-admin", "user:bert"))
    first = await made(tenants, SHOP, start=False)
    await ended(tenants, first)
    await tenants.project("shop")
    await tenants.bind(SHOP, ("admin", "user:anna"))
    await attack(tenants, first, "vm", "account", "image", "network", "security_group", "operation")
    # Also once what was in it has its name again.
    await tenants.vm_in(SHOP, "hidden", caller=ANNA)
    await attack(tenants, first)


PAGED = {
    "VmService.ListVms": ("projects/-", BLUE),
    "ServiceAccountService.ListServiceAccounts": ("projects/-", BLUE),
    "ImageService.ListImages": ("projects/-", BLUE),
    "ServiceAccountService.ListServiceAccountTokens": (f"{BLUE}/serviceAccounts/ci",),
    "NetworkService.ListNetworks": ("projects/-", BLUE),
    "NetworkService.ListNetworkAddresses": (f"{BLUE}/networks/hidden",),
    "NetworkService.ListReach": (f"{BLUE}/networks/hidden",),
    "NetworkService.ListSecurityGroups": ("projects/-", BLUE),
    "ProjectService.ListProjects": ("",),
    "UtilizationService.ListUtilization": ("",),
    "UtilizationService.GetUsage": (BLUE, ""),
    "HistoryService.ListEvents": ("", BLUE, f"{BLUE}/vms/hidden"),
    "HistoryService.ReplayVm": (f"{BLUE}/vms/hidden",),
    "HistoryService.DiffState": (BLUE,),
    "HistoryService.GetTimeline": (BLUE, f"{BLUE}/vms/hidden"),
    "Operations.ListOperations": ("", "operations", f"{BLUE}/vms/hidden"),
}


async def test_a_page_token_of_the_other_opens_nothing(tenants: Tenants) -> None:
    """Neither with the request that it was made for, nor with any other of its method."""
    secrets = await made(tenants)
    await tenants.vm_in(BLUE, "more", caller=BERT)
    more = service_account_service_pb2.CreateServiceAccountTokenRequest(parent=secrets.account)
    await tenants.accounts.CreateServiceAccountToken(more, metadata=BERT)
    tried = 0
    for method in methods():
        is_of_projects = method.rule.paths or method.rule.rule == FILTERED
        if not is_of_projects or "page_token" not in method.descriptor.input_type.fields_by_name:
            continue
        for resource in PAGED[method.name]:
            fields = {"page_size": 1, "show_deleted": True, "group_by": "projects"}
            first = await call(tenants.channel, method, filled(method, resource, fields))
            answer: Any = message_factory.GetMessageClass(method.descriptor.output_type)()
            answer.ParseFromString(first.messages[0])
            if not answer.next_page_token:
                continue
            tried += 1
            for name in (resource, "", "projects/-", RED, f"{RED}/vms/web"):
                request = filled(method, name, {**fields, "page_token": answer.next_page_token, "page_size": 100})
                found = await call(tenants.channel, method, request, ANNA)
                assert not leaks(secrets, request, found), (method.name, name, found)
    assert tried > 10


async def test_the_test_would_see_it(tenants: Tenants) -> None:
    """By the same calls, whoever may see all finds each of the words."""
    secrets = await made(tenants)
    seen: set[bytes] = set()
    for method, request in requests(secrets):
        if method.name.partition(".")[2] in ("ListVms", "ListEvents", "ListServiceAccounts", "ListProjects"):
            seen.update(leaks(secrets, request, await call(tenants.channel, method, request)))
    assert seen == {*secrets.words}


def nothing(secrets: Secrets, text: str) -> str:
    """The same name of what there is not."""
    uids = (secrets.vm_uid, secrets.gone_uid, secrets.account_uid, secrets.network_uid, secrets.group_uid)
    for part in (*uids, secrets.project_uid):
        text = text.replace(part, NO_UID)
    for part, other in (("blue", "none"), ("hidden", "no"), (f"{CANARY}-gone", "no"), ("/ci", "/no")):
        text = text.replace(part, other)
    return text


async def test_what_the_other_has_answers_as_what_is_not_there(tenants: Tenants) -> None:
    secrets = await made(tenants)
    for method in methods():
        for resource in resources(secrets) if method.rule.paths else ():
            other = nothing(secrets, resource)
            if other == resource:
                continue
            texts_: list[tuple[object, ...]] = []
            for name in (resource, other):
                answer = await call(tenants.channel, method, filled(method, name, {}), ANNA)
                text = nothing(secrets, answer.refusal.message if answer.refusal else str(answer.messages))
                texts_.append((answer.code, answer.reason, text))
            assert texts_[0] == texts_[1], (method.name, resource)
