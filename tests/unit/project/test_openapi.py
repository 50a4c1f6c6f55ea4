"""The OpenAPI document: valid, of every method that HTTP reaches, and its examples are of what it describes."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from controlplane.gateway.http_rules import bindings_of
from controlplane.gateway.services import SERVICES
from controlplane.gateway.transcoding import Router
from docs import openapi, openapi_examples

DOCUMENT: dict[str, Any] = json.loads(openapi.PAGE.read_text())


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, verbs in DOCUMENT["paths"].items():
        for verb, operation in verbs.items():
            yield verb, path, operation


def test_it_is_an_openapi_document() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    assert [str(each) for each in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()] == []


def test_every_method_that_http_reaches_is_in_it_once_by_each_of_its_paths() -> None:
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(names) == len(set(names))
    assert {each.method.name for each in bindings_of(SERVICES)} <= set(names)


@pytest.mark.parametrize(("verb", "path", "operation"), [*operations()], ids=lambda each: str(each)[:40])
def test_its_paths_are_those_that_are_served(verb: str, path: str, operation: dict[str, Any]) -> None:
    in_path = [each["name"] for each in operation.get("parameters", []) if each["in"] == "path"]
    assert path.count("{") == len(in_path)
    for name in in_path:
        path = path.replace(f"{{{name}}}", "7")
    method = Router(SERVICES).route(verb.upper(), path).method.name
    assert operation["operationId"].startswith(method)
    assert operation["summary"]
    for each in operation.get("parameters", []):
        assert each.get("description"), each["name"]


@pytest.mark.parametrize("example", openapi_examples.EXAMPLES, ids=lambda each: each.name)
def test_each_example_is_in_the_document_and_of_its_schema(example: openapi_examples.Example) -> None:
    (operation,) = (each for _, _, each in operations() if each["operationId"] == example.operation)
    parameters = {each["name"]: each for each in operation.get("parameters", [])}
    assert example.parameters.keys() <= parameters.keys()
    required = {name for name, each in parameters.items() if each.get("required")}
    assert required <= example.parameters.keys()
    for name, value in example.parameters.items():
        valid(value, parameters[name]["schema"])
    if example.body is not None:
        (body,) = operation["requestBody"]["content"].values()
        assert body["examples"][example.name]["value"] == example.body
        valid(example.body, body["schema"])


def valid(value: Any, schema: dict[str, Any]) -> None:
    made: Any = OAS31Validator({**schema, "components": DOCUMENT["components"]})
    made.validate(value)
