#!/usr/bin/env bash
# Every check and test, stopping at the first that fails; types are checked beside the rest.
#   check.sh          all of it
#   check.sh quick    no tests marked slow: what one runs while one works
#   check.sh lint     no tests
#   check.sh clients  the clients of all languages alone; fails for a toolchain that is not on this machine
set -euo pipefail
cd "$(dirname "$0")/../.."
export PATH="$PWD/.venv/bin:$PATH"

beside=
output=$(mktemp)
trap '[[ -z $beside ]] || kill "$beside" 2>/dev/null || true; rm -f "$output"' EXIT

fail() { # NAME COMMAND...
    printf '\n%s failed: %s\n' "$1" "${*:2}" >&2
    exit 1
}

step() { # NAME COMMAND...
    printf '\n== %s\n' "$1"
    "${@:2}" || fail "$@"
}

begin_types() {
    pyright >"$output" 2>&1 &
    beside=$!
}

end_types() {
    printf '\n== types\n'
    local code=0
    wait "$beside" || code=$?
    beside=
    cat "$output"
    ((code == 0)) || fail "types" pyright
}

tests() { # OPTION...
    # One worker more than there are processors: some tests wait for a peer to be missed or a guest to boot.
    step "tests" python -m pytest -n $(($(nproc) + 1)) --dist worksteal "$@"
}

if [[ ${1:-} == clients ]]; then
    step "toolchains" python clients/languages.py tools --all
    step "generated code is fresh" python protos/generate.py --check
    step "clients" python clients/languages.py ready --but-python
    CHRONOVISOR_TEST_ALL_CLIENTS=1 tests tests/clients/languages tests/clients/python
    exit
fi

begin_types
step "formatting" ruff format --check .
step "lint" ruff check .
step "words" python deploy/lint/words.py
step "import walls" lint-imports
step "generated code is fresh" python protos/generate.py --check
step "generated docs are fresh" python docs/generate.py --check
step "dashboards are fresh" python deploy/grafana/generate.py --check
step "proto lint" buf lint
step "proto formatting" buf format -d --exit-code protos
step "proto compatibility" python protos/release.py --check
case ${1:-} in
lint) end_types ;;
quick)
    tests -q -m "not slow" tests/unit tests/clients
    end_types
    ;;
*)
    end_types
    # One after the other, and before the tests: no test waits for a compiler, and no two compilers run side by side.
    step "clients of other languages" python clients/languages.py ready --but-python
    step "console" clients/console/dev.sh check
    step "tools of others" deploy/setup/other_tools.sh
    tests
    ;;
esac
