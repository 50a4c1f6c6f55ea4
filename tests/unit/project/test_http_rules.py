"""The HTTP rule of each method, from the descriptors: there is one, it means one method, and GET is for reads."""

import itertools

import pytest
from google.api import http_pb2
from google.protobuf.descriptor import Descriptor, MethodDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions

from controlplane.bootstrap import API, SERVICES
from controlplane.gateway.http_rules import rule_of
from controlplane.gateway.path_template import PathTemplate, parse_template

# Methods that HTTP with JSON does not reach, and why.
WITHOUT = {
    "AgentService.OpenSession": "agents speak gRPC alone",
    "AgentService.EnrollHost": "agents speak gRPC alone",
    "AgentService.RenewHostCertificate": "agents speak gRPC alone",
    "AgentService.OpenTunnel": "agents speak gRPC alone",
    "AgentService.FetchImage": "agents speak gRPC alone",
    "ImageService.UploadImage": "a request of HTTP is one message, and an image is larger",
    "ConsoleService.OpenSerialConsole": "a request of HTTP is one message",
    "ConsoleService.OpenPort": "a request of HTTP is one message",
    "ConsoleService.OpenScreen": "a request of HTTP is one message",
    "VmService.ExecuteCommands": "a request of HTTP is one message; the batch methods take many",
}
VERBS = ("get", "post", "patch", "delete")
READ = MethodOptions.NO_SIDE_EFFECTS


def short(method: MethodDescriptor) -> str:
    return method.full_name.rpartition(".v1.")[2]


METHODS = {
    short(method): method
    for service in SERVICES
    if service.full_name.startswith(f"{API}.")
    for method in service.methods
}
REACHED = {name: method for name, method in METHODS.items() if name not in WITHOUT}


def rules_of(method: MethodDescriptor) -> list[http_pb2.HttpRule]:
    """The primary one first."""
    rule = rule_of(method)
    assert rule is not None, method.full_name
    return [rule, *rule.additional_bindings]


def template_of(rule: http_pb2.HttpRule) -> PathTemplate:
    verb = rule.WhichOneof("pattern")
    assert verb in VERBS
    return parse_template(getattr(rule, verb))


def field_at(message: Descriptor, path: str) -> bool:
    """Whether a request has a field that is one value, by its path."""
    first, _, rest = path.partition(".")
    field = message.fields_by_name.get(first)
    if field is None or field.is_repeated:
        return False
    if not rest:
        return field.message_type is None
    return field.message_type is not None and field_at(field.message_type, rest)


def fits_a_query(message: Descriptor, seen: tuple[Descriptor, ...] = ()) -> bool:
    """Whether query parameters say all of a message: no map, no message that is repeated or part of itself."""
    if message.full_name.startswith("google.protobuf."):
        return True
    return message not in seen and all(
        not field.is_repeated and fits_a_query(field.message_type, (*seen, message))
        for field in message.fields
        if field.message_type is not None
    )


def test_every_method_has_a_rule_but_those_that_say_why_not() -> None:
    assert {name for name, method in METHODS.items() if rule_of(method) is None} == WITHOUT.keys()


@pytest.mark.parametrize("name", REACHED)
def test_paths_and_bodies_name_fields_of_the_request(name: str) -> None:
    method = REACHED[name]
    for rule in rules_of(method):
        template = template_of(rule)
        # Where every scraper looks first.
        assert template.text.startswith(("/v1/", "/v1:")) or template.text == "/metrics"
        for variable in template.variables:
            assert field_at(method.input_type, variable.field), variable
        assert rule.body in ("", "*", *method.input_type.fields_by_name), rule.body
        assert not rule.response_body
        if rule.body not in ("", "*"):
            body = method.input_type.fields_by_name[rule.body]
            assert body.message_type is not None
            assert not body.is_repeated
        for additional in rule.additional_bindings:
            assert not additional.additional_bindings


@pytest.mark.parametrize("name", REACHED)
def test_get_is_for_reads_and_reads_are_got_where_a_query_says_all_of_the_request(name: str) -> None:
    method = REACHED[name]
    is_read = method.GetOptions().idempotency_level == READ
    primary = rules_of(method)[0].WhichOneof("pattern")
    assert (primary == "get") is (is_read and fits_a_query(method.input_type))
    for rule in rules_of(method):
        verb = rule.WhichOneof("pattern")
        assert verb != "get" or is_read
        assert bool(rule.body) is (verb in ("post", "patch"))


@pytest.mark.parametrize("name", REACHED)
def test_the_verb_of_http_is_that_of_the_method(name: str) -> None:
    """AIP-131 to 135: standard methods have theirs; everything else is a custom verb, by POST unless it is a read."""
    method, rule = REACHED[name], rules_of(REACHED[name])[0]
    verb, path = rule.WhichOneof("pattern"), template_of(rule)
    for prefix, expected in (("Update", "patch"), ("Delete", "delete"), ("Get", "get"), ("List", "get")):
        if method.name.startswith(prefix):
            assert verb == expected
    if method.name.startswith("Update"):
        (variable,) = path.variables
        assert variable.field == f"{rule.body}.name"
    if method.name.startswith("Watch"):
        assert method.GetOptions().idempotency_level == READ
        assert path.verb == "watch"


def test_no_path_means_two_methods() -> None:
    """A path of each rule, with names that nothing else has, is matched by no other rule of its verb."""
    rules = [
        (name, rule.WhichOneof("pattern"), template_of(rule))
        for name, method in REACHED.items()
        for rule in rules_of(method)
    ]
    for (one, verb, template), (other, other_verb, path) in itertools.permutations(rules, 2):
        if (verb, template.verb) == (other_verb, path.verb):
            assert template.match(an_example(path)) is None, (one, other)


def an_example(template: PathTemplate) -> str:
    path = template.text.removesuffix(f":{template.verb}")
    for variable in template.variables:
        path = path.replace(f"{{{variable.field}={variable.segments}}}", variable.segments)
        path = path.replace(f"{{{variable.field}}}", "*")
    return path.replace("**", "several/of-them").replace("*", "one")
