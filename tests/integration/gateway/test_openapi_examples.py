"""The examples of the OpenAPI document, carried out in order by the document alone: answers are of its schemas."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple, cast
from urllib.parse import quote

import pytest
from openapi_schema_validator import OAS31Validator

from docs import openapi_examples
from tests.integration.gateway.rig import JSON, Gatewayed

pytestmark = pytest.mark.slow


class Described(NamedTuple):
    """An operation as the document has it."""

    verb: str
    path: str
    operation: dict[str, Any]

    def url(self, example: str) -> str:
        """With the values that the document gives for one of its examples."""
        path, query = self.path, list[str]()
        for each in self.operation.get("parameters", []):
            if example not in each.get("examples", {}):
                continue
            value = each["examples"][example]["value"]
            if each["in"] == "path":
                path = path.replace(f"{{{each['name']}}}", quote(value, safe=""))
            else:
                values = cast("list[Any]", value if isinstance(value, list) else [value])
                query += [f"{each['name']}={quote(str(one), safe='')}" for one in values]
        return f"{path}?{'&'.join(query)}"

    def body(self, example: str) -> str | None:
        content = self.operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        given = content.get("examples", {}).get(example)
        return None if given is None else json.dumps(given["value"])

    def answer(self, example: str) -> tuple[str, Any, Any]:
        """The content type, the schema, and what the document shows of the answer."""
        content = self.operation["responses"]["200"]["content"]
        kind = next(iter(content))
        return kind, content[kind]["schema"], content[kind]["examples"][example]["value"]


def described(document: dict[str, Any]) -> Iterator[tuple[str, Described]]:
    for path, verbs in document["paths"].items():
        for verb, operation in verbs.items():
            yield operation["operationId"], Described(verb.upper(), path, operation)


def contains(found: Any, shown: Any) -> bool:
    """Whether an answer has what is shown of it: of a list, some item that has each of those shown."""
    if isinstance(shown, dict):
        fields = cast("dict[str, Any]", shown)
        return all(name in found and contains(found[name], value) for name, value in fields.items())
    if isinstance(shown, list):
        items = cast("list[Any]", shown)
        return all(any(contains(each, item) for each in found) for item in items)
    return found == shown


async def answer_to(plane: Gatewayed, operation: Described, example: str) -> Any:
    """Of a stream, its first line."""
    kind, _, _ = operation.answer(example)
    body = operation.body(example)
    headers = JSON if body else {}
    async with plane.http.stream(operation.verb, operation.url(example), content=body, headers=headers) as answer:
        text = "" if kind == "application/x-ndjson" else (await answer.aread()).decode()
        assert answer.status_code == 200, text
        assert answer.headers["content-type"] == kind
        return json.loads(text or await anext(answer.aiter_lines()))


async def test_each_example_does_what_the_document_shows(plane: Gatewayed) -> None:
    await plane.register("node-1", vcpus=8)
    document = (await plane.http.get("/openapi.json")).json()
    operations = dict(described(document))
    for example in openapi_examples.EXAMPLES:
        operation = operations[example.operation]
        found = await answer_to(plane, operation, example.name)
        _, schema, shown = operation.answer(example.name)
        assert contains(found, shown), (example.name, found)
        made: Any = OAS31Validator({**schema, "components": document["components"]})
        made.validate(found)
