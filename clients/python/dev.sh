#!/usr/bin/env bash
# The Python client, as the rest of the repository knows each language: see clients/conformance/README.md.
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
check) python -m pytest -q tests/clients/python ;;
runner) exec python -m conformance_runner ;;
example) exec python examples/create_and_start.py "${@:2}" ;;
*)
    echo "usage: dev.sh tools|generated|generate DIR|check|runner|example" >&2
    exit 2
    ;;
esac
