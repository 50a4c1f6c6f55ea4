#!/usr/bin/env bash
# Makes the virtual environment with the project and all its extras. Called by make when pyproject.toml has changed.
set -euo pipefail
venv=$1

python=
for candidate in python3.14 python3.13 python3.12 python3.11 python3; do
    if command -v "$candidate" >/dev/null &&
        "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
if [[ -z $python ]]; then
    echo "set-up: Python 3.11 or newer is needed; found $(python3 --version 2>&1 || echo none)" >&2
    exit 1
fi
# Prefer the version that the project is developed with, where there are several.
command -v python3.11 >/dev/null && python3.11 -c 'import sys' 2>/dev/null && python=python3.11

if [[ ! -x $venv/bin/pip ]]; then
    if ! "$python" -m venv "$venv" 2>/dev/null; then
        rm -rf "$venv"
        package="python3-venv"
        if ((EUID)); then
            echo "set-up: $python has no venv module; install it first: apt-get install $package" >&2
            exit 1
        fi
        apt-get install -y -q --no-install-recommends "$package" >/dev/null </dev/null
        "$python" -m venv "$venv"
    fi
fi
echo "set-up: installing Python packages"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! "$venv/bin/pip" install --disable-pip-version-check -q -e '.[client,server,agent,test]' >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    echo "set-up: pip could not install the project's packages" >&2
    exit 1
fi
touch "$venv/.stamp"
