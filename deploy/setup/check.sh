#!/usr/bin/env bash
# Every check and test, in order, stopping at the first that fails. `check.sh lint` stops before the tests.
set -euo pipefail
cd "$(dirname "$0")/../.."
export PATH="$PWD/.venv/bin:$PATH"

step() {
    local name=$1
    shift
    printf '\n== %s\n' "$name"
    if ! "$@"; then
        printf '\n%s failed: %s\n' "$name" "$*" >&2
        exit 1
    fi
}

step "formatting" ruff format --check .
step "lint" ruff check .
step "types" pyright
step "import walls" lint-imports
step "generated code is fresh" python protos/generate.py --check
step "proto lint" buf lint
step "proto formatting" buf format -d --exit-code protos
step "proto compatibility" buf breaking protos --against protos/baseline.binpb
[[ ${1:-} == lint ]] && exit 0
step "tests" python -m pytest -n 2 --dist worksteal
