#!/usr/bin/env bash
# Installs, where there is Go, the tools of others with which the API is tested: docs/how-to/other-tools.md.
# They lie outside the checkout, and are compiled once a version.
set -euo pipefail

TOOLS=(
    github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.3
    github.com/grpc-ecosystem/grpc-health-probe@v0.4.42
    github.com/bojand/ghz/cmd/ghz@v0.120.0
)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/chronovisor/tools
installed=$cache/installed

# The provider at which tests sign in. It is certified, and of npm alone; its packages are pinned with their hashes.
provider=$cache/oidc-provider-9.13.3
if ! command -v npm >/dev/null; then
    echo "not tested: oidc-provider; it needs Node and npm (https://nodejs.org)"
elif [[ ! -d $provider/node_modules/oidc-provider ]]; then
    echo "set-up: installing oidc-provider"
    mkdir -p "$cache"
    new=$(mktemp -d "$cache/new.XXXXXX")
    cp "$(dirname "$0")"/oidc-provider/package*.json "$new"
    if (cd "$new" && npm ci --silent --no-fund --no-audit --ignore-scripts) >"$cache/log" 2>&1; then
        rm -rf "$provider"
        mv "$new" "$provider"
    else
        echo "not tested: oidc-provider: $(tail -n 1 "$cache/log")"
        rm -rf "$new"
    fi
fi

if ! command -v go >/dev/null; then
    echo "not tested: grpcurl, grpc-health-probe, ghz; they need Go (https://go.dev/dl)"
    exit 0
fi
mkdir -p "$cache"
for tool in "${TOOLS[@]}"; do
    if ! grep -qxF "$tool" "$installed" 2>/dev/null; then
        echo "set-up: compiling ${tool##*/}"
        if GOBIN=$cache/bin go install "$tool" 2>"$cache/log"; then
            echo "$tool" >>"$installed"
        else
            echo "not tested: ${tool##*/}: $(tail -n 1 "$cache/log")"
        fi
    fi
done
