"""`python -m conformance_runner`: scenarios from standard input, one JSON object a line; results on standard output."""

import json
import sys
from typing import Any

from conformance_runner.calls import Calls
from conformance_runner.methods import Json
from conformance_runner.steps import Scenario


def main() -> None:
    first = _read()
    server = first["hello"]["server"]
    calls = Calls(server)
    while "bye" not in (line := _read()):
        scenario = line["scenario"]
        why = Scenario(server, calls, _do).run(scenario["steps"])
        result = {"scenario": scenario["name"], "ok": not why}
        _write({"result": result | ({"why": why} if why else {})})
    calls.close()


def _do(action: Json) -> Any:
    _write({"do": action})
    return _read()


def _read() -> Json:
    line = sys.stdin.readline()
    # The conductor is gone.
    return json.loads(line) if line else {"bye": {}}


def _write(message: Json) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
