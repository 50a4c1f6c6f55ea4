#!/usr/bin/env bash
# Renews constraints.txt: the newest versions that both pyproject.toml allow, as pip installs them into an empty environment.
set -euo pipefail
cd "$(dirname "$0")/../.."
python=$1

directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
"$python" -m venv "$directory/venv"
pip=("$directory/venv/bin/python" -m pip --disable-pip-version-check)
"${pip[@]}" install -q './clients/python[client,top,bench,examples]' '.[server,agent,fencing,tracing,docs,test]'
{
    cat <<'END'
# The versions that set-up installs. Renewed by `make constraints`; names and versions, and nothing else.
# libvirt-python is not among them: it is built from source against the libvirt of the system, and its version follows that.
END
    "${pip[@]}" freeze --all --exclude pip --exclude chronovisor --exclude chronovisor-server --exclude libvirt-python
} >"$directory/constraints.txt"
mv "$directory/constraints.txt" deploy/setup/constraints.txt
