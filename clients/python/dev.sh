#!/usr/bin/env bash
# What the repository knows of the Python client: tools, generate DIR, generated, check, runner, readme, example ARGS, bench.
set -euo pipefail
cd "$(dirname "$0")/../.."
export PATH="$PWD/.venv/bin:$PATH" PYTHONPATH="clients/python${PYTHONPATH:+:$PYTHONPATH}"

case ${1:-} in
tools)
    [[ -x .venv/bin/python ]] || {
        echo "Python: no virtual environment; make it with: make setup"
        exit 3
    }
    ;;
generated) ;; # Beside what is written by hand: `make protos` makes them, protos/generate.py --check compares them.
generate) ;;
check)
    ruff format --check clients/python tests/clients/python
    ruff check clients/python tests/clients/python
    pyright clients/python
    python -m pytest -q -m "not slow" tests/clients/python
    ;;
runner) exec python -m conformance_runner ;;
readme)
    # The README has these two word for word: tests/clients/python/test_readme.py.
    python clients/python/examples/quickstart.py
    python clients/python/examples/quickstart_asyncio.py
    ;;
example) exec python clients/python/examples/report.py "${@:2}" ;;
bench) exec python clients/python/bench/overhead.py ;;
*)
    echo "usage: dev.sh tools|generated|generate DIR|check|runner|readme|example ARGS|bench" >&2
    exit 2
    ;;
esac
