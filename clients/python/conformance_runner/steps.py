"""The steps of a scenario, carried out one after the other. What each means is in clients/conformance/README.md."""

import re
import time
from collections.abc import Callable
from typing import Any, cast

from chronovisor import ChronovisorError, WaitTimeout
from google.protobuf import json_format

from conformance_runner.calls import Calls, refusal_of
from conformance_runner.collector import Collector
from conformance_runner.methods import Json
from conformance_runner.patterns import at, mismatch, substituted

COLLECT_S = 10.0
# By a key of `connect`: the client's option.
CREDENTIALS = {
    "token": "token",
    "token_file": "token_file",
    "ca_file": "ca",
    "cert_file": "certificate",
    "key_file": "key",
}


class StepFailed(Exception):
    """A step did not do what the scenario expects; the message says how."""


class Scenario:
    """One scenario on its way: its variables, its watches, and the client that its steps use."""

    def __init__(self, server: str, first: Calls, do: Callable[[Json], Any]) -> None:
        self._server = server
        self._calls = first
        self._do = do
        self._variables: dict[str, Any] = {}
        self._watches: dict[str, Collector] = {}
        self._own: list[Calls] = []

    def run(self, steps: list[Json]) -> str:
        """Why it failed; empty when it did not."""
        try:
            for number, step in enumerate(steps, 1):
                try:
                    self._step(step)
                except (StepFailed, ValueError, json_format.ParseError) as error:
                    return f"step {number}: {error}"
                except (ChronovisorError, WaitTimeout) as error:
                    return f"step {number}: failed unexpectedly: {error!r}"
            return ""
        finally:
            for watch in self._watches.values():
                watch.stop()
            for calls in self._own:
                calls.close()

    def _step(self, raw: Json) -> None:
        for turn in range(int(raw.get("times", 1))):
            variables = {**self._variables, "i": str(turn)}
            # A pattern's variables are the same as a request's.
            step = cast("Json", substituted(raw, variables))
            kind = next(name for name in self._KINDS if name in step)
            self._KINDS[kind](self, step)

    def _call(self, step: Json) -> None:
        self._checked(
            step,
            lambda: self._calls.unary(
                step["call"], step.get("request", {}), step.get("timeout_s"), step.get("cancel_after_s")
            ),
        )

    def _wait(self, step: Json) -> None:
        self._checked(step, lambda: self._calls.wait(step["wait"], step.get("timeout_s")))

    def _list(self, step: Json) -> None:
        def listed() -> Json:
            return {"items": self._calls.items(step["list"], step.get("request", {}), step["items"])}

        result = self._checked({key: value for key, value in step.items() if key != "response"}, listed)
        if result is not None:
            self._check_items(step, result["items"])

    def _watch(self, step: Json) -> None:
        self._watches[step["as"]] = Collector(self._calls.watch(step["watch"], step.get("request", {})))

    def _collect(self, step: Json) -> None:
        watch = self._watches[step["collect"]]
        items = watch.take(lambda new: self._enough(step, watch, new), float(step.get("timeout_s", COLLECT_S)))
        if items is None:
            error = f"; it ended with {watch.error!r}" if watch.error else ""
            raise StepFailed(f"what it waits for did not come{error}; it has {str(watch.waiting())[:800]}")
        if "error" in step:
            assert watch.error
            self._check(step["error"], refusal_of(watch.error), "error")
        if step.get("no_repeats") and (repeats := watch.repeats()):
            raise StepFailed(f"positions that came again, or late: {repeats}")
        if "response" in step:
            self._check(step["response"], items, "response")
        self._save(step, {"items": items})

    def _enough(self, step: Json, watch: Collector, new: list[Json]) -> int | None:
        """How many of the new items the step takes; None while there are too few."""
        if "until" in step:
            found = (n for n, item in enumerate(new, 1) if not mismatch(step["until"], item, self._variables))
            return next(found, None)
        if "count" in step:
            return int(step["count"]) if len(new) >= int(step["count"]) else None
        return None if "error" in step and watch.error is None else len(new)

    def _stop(self, step: Json) -> None:
        self._watches[step["stop"]].stop()

    def _stream(self, step: Json) -> None:
        def streamed() -> Json:
            count = int(step["count"]) if "count" in step else None
            requests = step.get("requests", [{}])
            return {
                "items": self._calls.stream(
                    step["stream"], requests, count, step.get("timeout_s"), step.get("cancel_after_s")
                )
            }

        result = self._checked({key: value for key, value in step.items() if key != "response"}, streamed)
        if result is not None:
            self._check_items(step, result["items"])

    def _prove(self, step: Json) -> None:
        self._checked(
            step, lambda: {"verified": self._calls.prove(int(step["prove"]), bool(step.get("tamper", False)))}
        )

    def _connect(self, step: Json) -> None:
        options = step["connect"]
        self._calls = Calls(
            options.get("server", self._server),
            options.get("actor"),
            float(options.get("timeout_s", 10.0)),
            int(options.get("attempts", 0)),
            {name: options[key] for key, name in CREDENTIALS.items() if key in options},
        )
        self._own.append(self._calls)

    def _sleep(self, step: Json) -> None:
        time.sleep(float(step["sleep_s"]))

    def _act(self, step: Json) -> None:
        answer = self._do(step["do"])
        if "failed" in answer:
            raise StepFailed(answer["failed"])
        self._save(step, answer["done"])

    def _checked(self, step: Json, work: Callable[[], Json]) -> Json | None:
        """What `work` gives, checked; None where it was refused as expected."""
        try:
            result = work()
        except (ChronovisorError, WaitTimeout) as error:
            if "error" not in step:
                raise
            self._check(step["error"], _refusal(error), "error")
            return None
        if "error" in step:
            raise StepFailed(f"was to be refused with {step['error']}, and was not: {str(result)[:300]}")
        if "response" in step:
            self._check(step["response"], result, "response")
        self._save(step, result)
        return result

    def _check_items(self, step: Json, items: list[Json]) -> None:
        if "count" in step and len(items) != int(step["count"]):
            raise StepFailed(f"there are {len(items)} items, not {step['count']}")
        if "response" in step:
            self._check(step["response"], items, "response")

    def _check(self, pattern: Any, value: Any, path: str) -> None:
        if path == "error":
            expected = cast("Json", pattern)
            pattern = {key: each for key, each in expected.items() if key not in ("fields", "message")}
            if "fields" in expected and sorted(expected["fields"]) != sorted(value["fields"]):
                raise StepFailed(f"error.fields are {value['fields']}, not {expected['fields']}: {value}")
            if "message" in expected:
                _require_found(expected["message"], value["message"])
        if why := mismatch(pattern, value, self._variables, path):
            raise StepFailed(f"{why}; {path}: {str(value)[:600]}" if path == "error" else why)

    def _save(self, step: Json, result: Any) -> None:
        for name, path in step.get("save", {}).items():
            self._variables[name] = at(result, path)

    _KINDS: dict[str, Callable[["Scenario", Json], None]] = {  # noqa: RUF012 - is not changed
        "call": _call,
        "wait": _wait,
        "list": _list,
        "watch": _watch,
        "collect": _collect,
        "stop": _stop,
        "stream": _stream,
        "prove": _prove,
        "connect": _connect,
        "do": _act,
        "sleep_s": _sleep,
    }


def _refusal(error: ChronovisorError | WaitTimeout) -> Json:
    if isinstance(error, ChronovisorError):
        return refusal_of(error)
    return {"code": "DEADLINE_EXCEEDED", "message": str(error), "fields": []}


def _require_found(pattern: str, message: str) -> None:
    if not re.search(pattern, message):
        raise StepFailed(f"the message is {message!r}, in which there is no {pattern!r}")
