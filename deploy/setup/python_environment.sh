#!/usr/bin/env bash
# Makes the virtual environment with the project and all its extras, in the versions of constraints.txt. Called by make when
# either or pyproject.toml has changed.
set -euo pipefail
venv=$1

die() {
    echo "set-up: $*" >&2
    exit 1
}

install() { # PACKAGE...: with apt as root, otherwise says what to install.
    ((EUID == 0)) || die "$python lacks what is in these packages; install them first: apt-get install $*"
    DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 install -y -q --no-install-recommends "$@" \
        >"$log" 2>&1 </dev/null || { tail -n 5 "$log" >&2 && die "apt-get could not install: $*"; }
}

# Python 3.11 first: what the project is developed with.
python=
for candidate in python3.11 python3 python3.14 python3.13 python3.12; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
[[ -n $python ]] || die "Python 3.11 or newer is needed; found $(python3 --version 2>/dev/null || echo none)"

log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Debian keeps both apart from Python: the first for a virtual environment with pip, the second to build libvirt-python.
"$python" -c 'import ensurepip, venv' 2>/dev/null || install "$python-venv"
"$python" -c 'import os, sys, sysconfig; sys.exit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))' ||
    install "$python-dev"

# One that was cut short, or whose Python is gone, is made anew.
if ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    rm -rf "$venv"
    "$python" -m venv "$venv" >"$log" 2>&1 || die "cannot make a virtual environment: $(tail -n 1 "$log")"
fi
echo "set-up: installing Python packages"
if ! "$venv/bin/python" -m pip install --disable-pip-version-check -q -c deploy/setup/constraints.txt -e './clients/python[client,top,bench,examples]' -e '.[server,agent,fencing,tracing,docs,test]' >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    die "pip could not install the project's packages"
fi
touch "$venv/.stamp"
