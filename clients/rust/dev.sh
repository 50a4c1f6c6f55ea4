#!/usr/bin/env bash
# What the repository knows of this language: dev.sh tools | generate DIR | generated | check | runner | readme | example | bench
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/chronovisor/rust
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$cache/target}
jobs=${CARGO_BUILD_JOBS:-2}

# Without a committed Cargo.lock, the versions that were resolved once on this machine stay: what is built stays built.
kept_lock() {
    mkdir -p "$cache"
    if [ ! -e "$here/Cargo.lock" ] && [ -e "$cache/Cargo.lock" ]; then cp "$cache/Cargo.lock" "$here/Cargo.lock"; fi
}

cargo_here() {
    kept_lock
    (cd "$here" && CARGO_BUILD_JOBS=$jobs cargo "$@")
    cmp -s "$here/Cargo.lock" "$cache/Cargo.lock" || cp "$here/Cargo.lock" "$cache/Cargo.lock"
}

# One command builds everything, so that features are the same for all, and each dependency is built once.
build() {
    cargo_here build --quiet --all-targets >&2
}

case "${1:-}" in
tools)
    command -v cargo >/dev/null && command -v rustc >/dev/null || {
        echo "Rust: no cargo; install it with rustup (https://rustup.rs), 1.89 or newer"
        exit 3
    }
    version=$(rustc --version | cut -d' ' -f2)
    if [ "$(printf '%s\n' 1.89.0 "$version" | sort -V | head -1)" != 1.89.0 ]; then
        echo "Rust: rustc is $version; 1.89 or newer is needed: rustup update stable"
        exit 3
    fi
    for tool in cargo-clippy rustfmt cc; do
        command -v "$tool" >/dev/null || {
            echo "Rust: no $tool; get it with: rustup component add clippy rustfmt, and a C compiler from your system"
            exit 3
        }
    done
    ;;
generate)
    into=$(mkdir -p "${2:?usage: dev.sh generate DIR}" && cd "$2" && pwd)
    cargo_here run --quiet -p codegen -- "$into" "$root/protos" "$root/.deps/googleapis" >&2
    ;;
generated)
    echo src/generated
    echo conformance/generated
    ;;
check)
    cargo_here fmt --all --check
    build
    cargo_here clippy --quiet --workspace --all-targets -- -D warnings
    cargo_here test --quiet
    cargo_here test --quiet -p codegen
    ;;
runner)
    build
    exec "$CARGO_TARGET_DIR/debug/conformance"
    ;;
readme)
    build
    exec "$CARGO_TARGET_DIR/debug/examples/quickstart"
    ;;
example)
    build
    exec "$CARGO_TARGET_DIR/debug/examples/verify_log" "${@:2}"
    ;;
bench)
    cargo_here build --quiet --release --bin bench >&2
    exec "$CARGO_TARGET_DIR/release/bench"
    ;;
*)
    sed -n 2p "$0" >&2
    exit 2
    ;;
esac
