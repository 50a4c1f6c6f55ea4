#!/usr/bin/env bash
# What the repository knows of this language: dev.sh tools | generate DIR | generated | check | runner | readme | example | bench
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/chronovisor/rust
mkdir -p "$cache"
if [ -z "${CARGO_TARGET_DIR:-}" ]; then
    # Dependencies are built once for all checkouts, and each checkout has the programs that it built.
    export CARGO_TARGET_DIR=$cache/checkouts/$(printf '%s' "$here" | cksum | cut -d' ' -f1)
    export CARGO_BUILD_BUILD_DIR=$cache/build
fi
export CARGO_BUILD_JOBS=${CARGO_BUILD_JOBS:-2}

sources() {
    (cd "$here" && find Cargo.toml README.md src codegen conformance examples tests -type f | LC_ALL=C sort)
}

# cargo compares times alone, by paths within the checkout, and would take what another one built for this one's.
touch_what_another_checkout_built() {
    local now
    now=$(cd "$here" && sources | xargs cksum | cksum)
    if [ "$now" != "$(cat "$cache/sources" 2>/dev/null)" ]; then
        (cd "$here" && sources | xargs touch)
        printf '%s\n' "$now" >"$cache/sources"
    fi
}

cargo_here() {
    (
        # One checkout after the other; where there is no flock, whoever builds two at once keeps them apart.
        exec 9>"$cache/lock"
        if command -v flock >/dev/null; then flock 9; fi
        touch_what_another_checkout_built
        # Without a committed Cargo.lock, the versions that were resolved once on this machine stay, and what is built too.
        if [ ! -e "$here/Cargo.lock" ] && [ -e "$cache/Cargo.lock" ]; then cp "$cache/Cargo.lock" "$here/Cargo.lock"; fi
        (cd "$here" && cargo "$@" 9>&-)
        cmp -s "$here/Cargo.lock" "$cache/Cargo.lock" || cp "$here/Cargo.lock" "$cache/Cargo.lock"
    )
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
