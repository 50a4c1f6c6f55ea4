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
