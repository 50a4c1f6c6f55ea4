"""Scenarios as the YAML files here have them: read, checked, and made ready for a run. Starts nothing."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from clients.conformance import shapes

HERE = Path(__file__).resolve().parent

Step = dict[str, Any]

# What a step may have beside the key that names it.
_CHECKS = {"response", "error", "save"}
STEPS: Mapping[str, set[str]] = {
    "call": {"request", "timeout_s", "cancel_after_s", "times", *_CHECKS},
    "wait": {"timeout_s", *_CHECKS},
    "list": {"request", "items", "count", "timeout_s", *_CHECKS},
    "watch": {"request", "as"},
    "collect": {"until", "count", "timeout_s", "no_repeats", *_CHECKS},
    "stop": set(),
    "stream": {"requests", "count", "timeout_s", "cancel_after_s", *_CHECKS},
    "prove": {"tamper", "response", "error"},
    "connect": set(),
    "do": {"save"},
    "sleep_s": set(),
}
REQUIRED: Mapping[str, set[str]] = {"list": {"items"}, "watch": {"as"}}
CONNECT = {"server", "actor", "timeout_s", "attempts", "token", "token_file", "ca_file", "cert_file", "key_file"}
ERROR = {"code", "reason", "fields", "message", "metadata", "retry_delay_s"}
SCENARIO = {"name", "about", "given", "steps"}
# What the conductor makes before the first step. Without `given`: a project.
GIVEN = {"nothing", "project", "stopped_vm", "running_vm"}
_NAME = re.compile(r"[a-z][a-z0-9_]{2,79}")
_REPEATED = re.compile(r"\$\{(.)\*(\d+)\}")
_VARIABLE = re.compile(r"\$\{(\w+)\}")


class BadScenario(Exception):
    """A scenario that cannot be carried out: the file, the scenario, and what is wrong with it."""


@dataclass(frozen=True)
class Scenario:
    """One scenario. `given` is what is there before its first step."""

    file: str
    name: str
    about: str
    given: str
    steps: Sequence[Step]

    def prepared(self, variables: Mapping[str, str], patience: float) -> list[Step]:
        """The steps as a runner gets them: the conductor's variables are in them, and waits are patient."""
        return [_patient(_substituted(step, variables), patience) for step in self.steps]

    def fits(self, api: shapes.Api) -> bool:
        """Whether a client of this API could carry it out."""
        return api.has_all_of(self.steps, STEPS)

    def methods(self) -> set[str]:
        """The full names of the methods that it calls."""
        return {
            str(step[kind]) for step in self.steps for kind in ("call", "list", "watch", "stream") if kind in step
        } | ({"chronovisor.v1.HistoryService/ProveEvent"} if any("prove" in step for step in self.steps) else set())

    def reasons(self) -> set[str]:
        """The reasons of the refusals that it expects, in errors and in what is recorded of failures."""
        return set(_reasons(list(self.steps)))


def load(directory: Path = HERE) -> list[Scenario]:
    """All scenarios, in the order of files and lines. Raises BadScenario."""
    found: list[Scenario] = []
    for file in sorted(directory.glob("*.yaml")):
        found += read(file.name, file.read_text(encoding="utf-8"))
    names = [each.name for each in found]
    if twice := {name for name in names if names.count(name) > 1}:
        raise BadScenario(f"scenarios of the same name: {', '.join(sorted(twice))}")
    return found


def read(file: str, text: str) -> list[Scenario]:
    """The scenarios of one file. Raises BadScenario."""
    try:
        document: Any = yaml.load(text, Loader=_Strict)
    except yaml.YAMLError as error:
        raise BadScenario(f"{file}: {error}") from None
    if not isinstance(document, dict) or "scenarios" not in document:
        raise BadScenario(f"{file}: must be a mapping with the key `scenarios`")
    # `shared` is for anchors.
    _only(file, document, {"scenarios", "shared"})
    return [_scenario(file, each) for each in cast("dict[str, Any]", document)["scenarios"]]


class _Strict(yaml.SafeLoader):
    """Refuses keys that are there twice, of which YAML would keep the last."""


def _mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    # Before what `<<` brings in.
    keys = [str(key.value) for key, _ in node.value]
    if twice := [key for key in keys if keys.count(key) > 1]:
        raise yaml.constructor.ConstructorError(None, None, f"the key {twice[0]!r} is there twice", node.start_mark)
    loader.flatten_mapping(node)
    return dict(cast("Any", loader).construct_pairs(node, deep=True))


_Strict.add_constructor("tag:yaml.org,2002:map", _mapping)


def _scenario(file: str, entry: Any) -> Scenario:
    if not isinstance(entry, dict):
        raise BadScenario(f"{file}: a scenario must be a mapping, not {entry!r}")
    fields = cast("dict[str, Any]", entry)
    name = str(fields.get("name", ""))
    where = f"{file}: {name or 'a scenario without a name'}"
    if not _NAME.fullmatch(name):
        raise BadScenario(f"{where}: a name is lower_snake_case, of 3 to 80 characters")
    _only(where, fields, SCENARIO)
    given = str(fields.get("given", "project"))
    if given not in GIVEN:
        raise BadScenario(f"{where}: given: {given} is not one of {', '.join(sorted(GIVEN))}")
    steps = fields.get("steps")
    if not isinstance(steps, list) or not steps:
        raise BadScenario(f"{where}: steps must be a list, and not an empty one")
    expanded = [_expanded(step) for step in cast("list[Any]", steps)]
    watched: dict[str, str] = {}
    for number, step in enumerate(expanded, 1):
        check_step(f"{where}: step {number}", step, watched)
        if "watch" in step:
            watched[step["as"]] = step["watch"]
    return Scenario(file, name, str(fields.get("about", "")), given, expanded)


def check_step(where: str, step: Any, watched: Mapping[str, str]) -> None:
    """Raises BadScenario for a step that no runner would understand.

    watched: the methods of the watches before it, by their names.
    """
    if not isinstance(step, dict):
        raise BadScenario(f"{where}: must be a mapping, not {step!r}")
    fields = cast("Step", step)
    kinds = [kind for kind in STEPS if kind in fields]
    if len(kinds) != 1:
        raise BadScenario(f"{where}: must have exactly one of {', '.join(STEPS)}; it has {', '.join(fields)}")
    (kind,) = kinds
    _only(where, fields, {kind, *STEPS[kind]})
    if missing := REQUIRED.get(kind, set()) - set(fields):
        raise BadScenario(f"{where}: {kind} needs {', '.join(sorted(missing))}")
    if "error" in fields:
        _only(f"{where}: error", fields["error"], ERROR)
        if "response" in fields and kind not in ("collect", "stream"):
            raise BadScenario(f"{where}: expects either a response or an error")
    if kind == "connect":
        _only(f"{where}: connect", fields["connect"], CONNECT)
    try:
        shapes.TODAY.check(kind, fields, watched)
    except shapes.Mismatch as error:
        raise BadScenario(f"{where}: {error}") from None


def _only(where: str, fields: Any, allowed: set[str]) -> None:
    if not isinstance(fields, dict):
        raise BadScenario(f"{where}: must be a mapping, not {fields!r}")
    if unknown := set(cast("dict[str, Any]", fields)) - allowed:
        raise BadScenario(f"{where}: does not know {', '.join(sorted(map(str, unknown)))}; allowed: {_listed(allowed)}")


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"


def _expanded(value: Any, numbers: Mapping[str, str] = {}) -> Any:
    """Writes out `$repeat` and `${x*512}`."""
    if isinstance(value, str):
        text = _VARIABLE.sub(lambda found: numbers.get(found[1], found[0]), value)
        return _REPEATED.sub(lambda found: found[1] * int(found[2]), text)
    if isinstance(value, list):
        return [_expanded(each, numbers) for each in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    fields = cast("dict[str, Any]", value)
    if "$repeat" not in fields:
        return {_expanded(key, numbers): _expanded(each, numbers) for key, each in fields.items()}
    count = int(fields["$repeat"])
    if set(fields) == {"$repeat", "item"}:
        return [_expanded(fields["item"], {**numbers, "n": str(n)}) for n in range(count)]
    if set(fields) == {"$repeat", "key", "value"}:
        each = ({**numbers, "n": str(n)} for n in range(count))
        return {_expanded(fields["key"], of): _expanded(fields["value"], of) for of in each}
    raise BadScenario("$repeat needs `item` for a list, or `key` and `value` for a mapping")


def _substituted(value: Any, variables: Mapping[str, str]) -> Any:
    """Puts the conductor's variables into all strings. Others are the runner's to fill in."""
    if isinstance(value, str):
        return _VARIABLE.sub(lambda found: variables.get(found[1], found[0]), value)
    if isinstance(value, list):
        return [_substituted(each, variables) for each in cast("list[Any]", value)]
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        return {_substituted(key, variables): _substituted(each, variables) for key, each in fields.items()}
    return value


def _patient(step: Step, patience: float) -> Step:
    """Of what is waited for, the longest time is for a machine that does nothing else."""
    if "timeout_s" in step and ("wait" in step or "collect" in step) and "error" not in step:
        return {**step, "timeout_s": step["timeout_s"] * patience}
    return step


def _reasons(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for each in cast("list[Any]", value):
            yield from _reasons(each)
    elif isinstance(value, dict):
        for key, each in cast("dict[str, Any]", value).items():
            if key == "reason" and isinstance(each, str) and each.isupper():
                yield each
            else:
                yield from _reasons(each)
