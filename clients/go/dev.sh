#!/usr/bin/env bash
# What the repository knows of the Go client: tools, generate DIR, generated, check, runner, readme, example ARGS, bench.
set -euo pipefail

readonly PROTOC_GEN_GO=v1.36.12 PROTOC_GEN_GO_GRPC=v1.6.2 STATICCHECK=v0.8.2 LEAST_GO=1.26
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/chronovisor/go
bin=$cache/bin
export GOFLAGS="-buildvcs=false ${GOFLAGS:-}" GOTOOLCHAIN=local GOBIN=$bin
called_in=$PWD
cd "$here"

# Installs a generator once for each version of it and of Go.
install_tool() {
  local package=$1 version=$2 mark
  mark=$bin/.$(basename "$package")-$version-$(go env GOVERSION)
  [[ -e $mark ]] && return
  mkdir -p "$bin"
  go install -p 2 "$package@$version" >&2
  touch "$mark"
}

tools() {
  if ! command -v go >/dev/null; then
    echo "go $LEAST_GO or newer is missing: https://go.dev/dl/, or set PATH to it"
    return 3
  fi
  local found
  found=$(go env GOVERSION)
  if [[ $(printf '%s\n%s\n' "$LEAST_GO" "${found#go}" | sort -V | head -n 1) != "$LEAST_GO" ]]; then
    echo "go is ${found#go}, and $LEAST_GO or newer is needed: https://go.dev/dl/"
    return 3
  fi
}

generate() {
  install_tool google.golang.org/protobuf/cmd/protoc-gen-go "$PROTOC_GEN_GO"
  install_tool google.golang.org/grpc/cmd/protoc-gen-go-grpc "$PROTOC_GEN_GO_GRPC"
  local buf=$root/.venv/bin/buf into
  [[ -x $buf ]] || buf=$(command -v buf)
  cd "$called_in"
  mkdir -p "$1"
  into=$(cd "$1" && pwd)
  cd "$root"
  PATH=$bin:$PATH "$buf" generate --template "$here/buf.gen.yaml" --output "$into" \
    --path protos/chronovisor/v1 --path protos/chronovisor/events/v1
}

generated() {
  printf '%s\n' chronovisor/v1 chronovisor/events/v1
}

# Builds a command of this module, and prints where it is.
built() {
  local program=$cache/bin/chronovisor-$1
  go build -o "$program" "$2" >&2
  echo "$program"
}

# Does what the README says, in an empty directory: its program is in a module of its own, which requires this one.
readme() {
  local shop
  shop=$(mktemp -d)
  trap "rm -rf '$shop'" EXIT
  sed -n '/^```go$/,/^```$/{/^```/!p;/^```$/q}' README.md >"$shop/main.go"
  cd "$shop"
  {
    go mod init example.com/shop
    go mod edit -replace "chronovisor.dev/go=$here"
    go mod tidy
    go build -o shop .
  } >&2
  ./shop
}

check() {
  local unformatted
  unformatted=$(gofmt -l .)
  if [[ -n $unformatted ]]; then
    echo "not formatted, run gofmt -w: $unformatted" >&2
    return 1
  fi
  go mod verify >/dev/null
  go build ./...
  go vet ./...
  install_tool honnef.co/go/tools/cmd/staticcheck "$STATICCHECK"
  "$bin/staticcheck" ./...
  go test ./...
}

case ${1:-} in
  tools) tools ;;
  generate) generate "${2:?generate needs a folder}" ;;
  generated) generated ;;
  check) check ;;
  runner) exec "$(built conformance ./internal/conformance)" ;;
  readme) readme ;;
  example)
    shift
    exec "$(built replay ./examples/replay)" "$@"
    ;;
  bench) exec "$(built bench ./internal/bench)" ;;
  *)
    echo "usage: dev.sh tools | generate DIR | generated | check | runner | readme | example ARGS | bench" >&2
    exit 2
    ;;
esac
