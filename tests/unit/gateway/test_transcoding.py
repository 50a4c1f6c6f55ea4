"""A request as HTTP has it is the same request: of every method, whatever is in it. What is no request is refused."""

from typing import Any

import pytest
from chronovisor.v1 import history_service_pb2, utilization_service_pb2, vm_service_pb2
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from controlplane import bootstrap
from controlplane.gateway.http_rules import Binding, bindings_of
from controlplane.gateway.services import SERVICES
from controlplane.gateway.transcoding import NoSuchPath, Router
from controlplane.gateway.violations import BadParameters, Violation
from tests.support.random_messages import messages
from tests.support.requests_by_http import name_of, request_of

ROUTER = Router(SERVICES)
BINDINGS = list(bindings_of(SERVICES))
# What a name has between slashes. A slash cannot come back out of several segments.
PARTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/"), min_size=1, max_size=12)


def request(verb: str, url: str, body: str = "") -> Message:
    path, _, query = url.partition("?")
    return ROUTER.route(verb, path).request(query, body.encode())


def violations(verb: str, url: str, body: str = "") -> list[Violation]:
    with pytest.raises(BadParameters) as caught:
        request(verb, url, body)
    return list(caught.value.violations)


def test_the_services_are_those_that_are_served_without_that_of_agents() -> None:
    served = {each.full_name for each in bootstrap.SERVICES}
    assert served - {each.full_name for each in SERVICES} == {"chronovisor.v1.AgentService"}


@st.composite
def requests(draw: Any, binding: Binding) -> Message:
    """Of which the path's variables are names of the kind that the template has."""
    made: Any = draw(messages(binding.method.input_type))
    for variable in binding.template.variables:
        *parents, last = variable.field.split(".")
        owner = made
        for parent in parents:
            owner = getattr(owner, parent)
        if isinstance(getattr(owner, last), str):
            text = variable.segments.replace("**", "*/*")
            while "*" in text:
                text = text.replace("*", draw(PARTS).replace("*", "x"), 1)
            setattr(owner, last, text)
    return made


@pytest.mark.parametrize("binding", BINDINGS, ids=lambda each: f"{name_of(each.method)}-{each.template.text}")
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_a_request_of_every_method_comes_through_unchanged(binding: Binding, data: st.DataObject) -> None:
    message = data.draw(requests(binding))
    sent = request_of(binding, message)
    assume(sent is not None)
    assert sent is not None
    route = ROUTER.route(sent.verb, sent.path)
    assert route.method.full_name == binding.method.full_name
    assert route.request(sent.query, sent.body.encode()) == message


@pytest.mark.parametrize(
    "url",
    [
        "/v1/projects/shop/vms/web-1?readTime=2026-01-31T09:30:00Z&atPosition=5",
        "/v1/projects/shop/vms/web-1?read_time=2026-01-31T10:30:00%2B01:00&at_position=5",
    ],
)
def test_parameters_have_their_names_in_json_and_in_the_proto(url: str) -> None:
    found: Any = request("GET", url)
    assert found.name == "projects/shop/vms/web-1"
    assert (found.read_time.seconds, found.at_position) == (1769851800, 5)


def test_a_body_is_the_field_that_the_rule_names_and_the_query_has_the_rest() -> None:
    found: Any = request(
        "POST", "/v1/projects/shop/vms?vmId=web-1&start=true", '{"spec": {"resources": {"vcpus": "2"}}}'
    )
    assert isinstance(found, vm_service_pb2.CreateVmRequest)
    assert (found.parent, found.vm_id, found.start) == ("projects/shop", "web-1", True)
    assert found.vm.spec.resources.vcpus == 2


def test_repeated_parameters_enums_durations_and_numbers_are_read() -> None:
    events: Any = request(
        "GET", "/v1/events:watch?eventTypes=VmStarted&eventTypes=VmStopped&start=WATCH_START_BEGINNING"
    )
    assert isinstance(events, history_service_pb2.WatchEventsRequest)
    assert list(events.event_types) == ["VmStarted", "VmStopped"]
    assert events.start == 2
    watch: Any = request("GET", "/v1/utilization:watch?minimumInterval=1.5s&minimumChange=0.01&start=2")
    assert isinstance(watch, utilization_service_pb2.WatchUtilizationRequest)
    assert (watch.minimum_interval.nanos, watch.minimum_change, watch.start) == (500_000_000, 0.01, 2)


def test_head_is_get() -> None:
    assert ROUTER.route("HEAD", VM) == ROUTER.route("GET", VM)


def test_a_verb_needs_no_body() -> None:
    found: Any = request("POST", "/v1/projects/shop/vms/web-1:start")
    assert isinstance(found, vm_service_pb2.StartVmRequest)
    assert found.name == "projects/shop/vms/web-1"


def test_the_root_has_a_policy_with_and_without_a_slash_at_the_end() -> None:
    assert request("POST", "/v1//:getIamPolicy") == request("POST", "/v1:getIamPolicy", '{"resource": "/"}')


@pytest.mark.parametrize(
    ("verb", "path", "allowed"),
    [
        ("GET", "/v1/nothing", ()),
        ("GET", "/v1/projects/a/vms/b:explode", ()),
        ("GET", "/v1/projects/a/vms/b:start", ("POST",)),
        ("PUT", "/v1/projects/a/vms/b", ("GET", "HEAD", "PATCH", "DELETE")),
        ("POST", "/v1/hosts/a/tokens/b/c", ()),
    ],
)
def test_a_path_that_no_rule_has_says_which_verbs_it_takes(verb: str, path: str, allowed: tuple[str, ...]) -> None:
    with pytest.raises(NoSuchPath) as caught:
        ROUTER.route(verb, path)
    assert sorted(caught.value.allowed) == sorted(allowed)


VM = "/v1/projects/shop/vms/web-1"
BAD = [
    ("GET", f"{VM}?readtime=1", "", "readtime", "no such field"),
    ("GET", f"{VM}?readTime=yesterday", "", "readTime", "RFC 3339"),
    ("GET", f"{VM}?atPosition=five", "", "atPosition", "whole number"),
    ("GET", f"{VM}?atPosition=9223372036854775808", "", "atPosition", "whole number"),
    ("GET", f"{VM}?atPosition=1&at_position=2", "", "at_position", "twice"),
    ("GET", f"{VM}?name=projects/a/vms/b", "", "name", "twice"),
    ("GET", f"{VM}?readTime.seconds=1", "", "readTime.seconds", "no fields"),
    ("GET", "/v1/projects/p/vms?showDeleted=yes", "", "showDeleted", "true or false"),
    ("GET", "/v1/projects/p/vms?view=FULLEST", "", "view", "one of"),
    ("GET", "/v1/events/seven:prove", "", "position", "whole number"),
    ("GET", f"{VM}?%FF=1", "", "", "UTF-8"),
    ("GET", VM, "{}", "", "takes no body"),
    ("GET", "/v1/ledger:verify?expectedHash=%25", "", "expectedHash", "base64"),
    ("GET", "/v1/utilization:watch?minimumChange=1_0", "", "minimumChange", "number"),
    ("DELETE", f"{VM}?validateonly=true", "", "validateonly", "no such field"),
    ("POST", "/v1/projects/shop/vms?vm.labels=x", "{}", "vm.labels", "in the body"),
    ("POST", "/v1/projects/shop/vms", '{"spek": {}}', "vm.spek", "no such field"),
    ("POST", "/v1/projects/shop/vms", '{"spec": {"resources": {"vcpus": "x"}}}', "vm.spec.resources.vcpus", "whole"),
    ("POST", "/v1/projects/shop/vms", "[1]", "", "object"),
    ("POST", "/v1/projects/shop/vms", '{"spec":' * 100_000, "", "nested"),
    ("POST", f"{VM}:stop?force=true", "{}", "", "takes no query"),
    ("POST", f"{VM}:stop", '{"name": "projects/shop/vms/other"}', "name", "in the body, and"),
    ("PATCH", VM, '{"name": "projects/shop/vms/other"}', "vm.name", "in the body, and"),
    ("POST", f"{VM}:stop", '{"reason": "a", "reason": "b"}', "reason", "more than once"),
    ("POST", f"{VM}:stop", '{"gracePeriod": "soon"}', "gracePeriod", "Duration"),
    ("GET", "/v1/events?" + "&".join(["eventTypes=a"] * 1001), "", "", "at most 1000"),
]


MALFORMED = [
    ("{name: 1}", "line 1, column 2: the name of a field"),
    ('{"name": 1,}', "line 1, column 12: the name of a field"),
    ('{"name": 1\n "reason": 2}', "line 2, column 2: a comma"),
    ('{"name" 1}', "line 1, column 9: a colon"),
    ('{"name":\n\n}', "line 3, column 1: a value"),
    ('{"name": "x}', "line 1, column 10: the text that begins here"),
    ('{"name": "\t"}', "line 1, column 11: a control character"),
    ('{"name": "\\x"}', "line 1, column 11: after a backslash"),
    ("{}\n{}", "line 2, column 1: the object has ended"),
    ('{"name": 1', "line 1, column 11: a comma"),
]


@pytest.mark.parametrize(("body", "words"), MALFORMED)
def test_malformed_json_is_refused_by_its_line_and_column_and_the_rule(body: str, words: str) -> None:
    (violation,) = violations("POST", f"{VM}:stop", body)
    assert violation.field == ""
    assert violation.rule.startswith(f"the body is malformed JSON: {words}")
    assert "Expecting" not in violation.rule


@pytest.mark.parametrize(("verb", "url", "body", "field", "rule"), BAD)
def test_what_is_no_request_is_refused_by_the_parameter_and_its_rule(
    verb: str, url: str, body: str, field: str, rule: str
) -> None:
    (violation,) = violations(verb, url, body)
    assert violation.field == field
    assert rule in violation.rule


def test_every_parameter_that_is_bad_is_named() -> None:
    found = violations("GET", f"{VM}?atPosition=x&minPosition=y")
    assert [each.field for each in found] == ["atPosition", "minPosition"]


def test_only_one_of_an_oneof_is_taken() -> None:
    (violation,) = violations("GET", f"{VM}:explainPlacement?vm.uid=1")
    assert violation.field == "vm.uid"
    assert "only one of subject" in violation.rule


@pytest.mark.parametrize("method", [each.method for each in BINDINGS], ids=name_of)
def test_every_route_knows_the_name_that_grpc_has(method: MethodDescriptor) -> None:
    found = next(each for each in BINDINGS if each.method is method)
    assert method.containing_service is not None
    assert found.verb in ("GET", "POST", "PATCH", "DELETE")
