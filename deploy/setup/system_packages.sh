#!/usr/bin/env bash
# Installs the system packages of packages.txt that are missing: as root with apt, otherwise says which they are.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

if ! command -v dpkg-query >/dev/null; then
    echo "set-up: this is not Debian or Ubuntu; install the equivalents of: $(sed 's/ *#.*//' "$here/packages.txt" | xargs)" >&2
    exit 1
fi
missing=()
while read -r package; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
done < <(sed 's/ *#.*//; /^$/d' "$here/packages.txt")
((${#missing[@]})) || exit 0

if ((EUID)); then
    echo "set-up: not root, so install these first: apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
fi
echo "set-up: installing ${#missing[@]} system packages"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# Services that packages would start are kept from it: tests and the demo start their own.
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod +x $policy
    trap 'rm -f "$log" '"$policy" EXIT
fi
# Prometheus alone would also start with the machine: its unit is masked, unless somebody has it installed already.
unit=/etc/systemd/system/prometheus.service
if [[ " ${missing[*]} " == *" prometheus "* && ! -e $unit && ! -L $unit ]]; then
    mkdir -p "$(dirname $unit)"
    ln -s /dev/null $unit
fi
# Wait for an upgrade that runs in the background, as on a machine that has just booted.
apt="apt-get -q -o DPkg::Lock::Timeout=120"
if ! { $apt update && $apt install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    echo "set-up: apt-get could not install: ${missing[*]}" >&2
    exit 1
fi
