#!/usr/bin/env bash
# What the repository knows of the Terraform provider: tools, generate DIR, generated, check, docs, cli, acceptance, build DIR.
set -euo pipefail

readonly OPENTOFU=v1.12.6 STATICCHECK=v0.8.2 LEAST_GO=1.26
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/chronovisor/terraform
go_bin=${XDG_CACHE_HOME:-$HOME/.cache}/chronovisor/go/bin
tofu=$cache/tofu-$OPENTOFU
export GOFLAGS="-buildvcs=false ${GOFLAGS:-}" GOTOOLCHAIN=local
called_in=$PWD
cd "$here"

tools() {
  "$here/../go/dev.sh" tools
}

# The command line that is there: OpenTofu's or Terraform's.
found_cli() {
  if [[ -n ${CHRONOVISOR_TERRAFORM_CLI:-} ]]; then
    echo "$CHRONOVISOR_TERRAFORM_CLI"
  elif [[ -x $tofu ]]; then
    echo "$tofu"
  else
    command -v tofu || command -v terraform
  fi
}

# Builds OpenTofu from the Go module proxy: eight minutes, once. It has to have its own replaced module, as its go.mod has.
cli() {
  [[ -x $tofu ]] && return
  mkdir -p "$cache/tofu"
  cd "$cache/tofu"
  local source
  source=$(cd / && GOFLAGS=-mod=mod go mod download -json "github.com/opentofu/opentofu@$OPENTOFU" |
    sed -n 's/^.*"GoMod": "\(.*\)",$/\1/p')
  {
    printf 'module tofu\n\ngo %s.0\n\ntool github.com/opentofu/opentofu/cmd/tofu\n\n' "$LEAST_GO"
    printf 'require github.com/opentofu/opentofu %s\n\n' "$OPENTOFU"
    grep '^replace' "$source"
  } >go.mod
  go mod tidy >&2
  go build -p 2 -o "$tofu.new" github.com/opentofu/opentofu/cmd/tofu >&2
  mv "$tofu.new" "$tofu"
}

check() {
  local unformatted
  unformatted=$(gofmt -l .)
  if [[ -n $unformatted ]]; then
    echo "not formatted, run gofmt -w: $unformatted" >&2
    return 1
  fi
  go build ./...
  go vet ./...
  if [[ ! -x $go_bin/staticcheck ]]; then
    GOBIN=$go_bin go install -p 2 "honnef.co/go/tools/cmd/staticcheck@$STATICCHECK" >&2
  fi
  "$go_bin/staticcheck" ./...
  # Without a server: on the one in memory.
  env -u CHRONOVISOR_SERVER -u CHRONOVISOR_TERRAFORM_CLI go test ./...
}

acceptance() {
  : "${CHRONOVISOR_SERVER:?names a control plane with one host, simulated}"
  local cli
  if ! cli=$(found_cli); then
    # The protocol's tests do without.
    echo "not tested here: the provider under tofu or terraform, neither of which is there; ./dev.sh cli builds OpenTofu"
  fi
  CHRONOVISOR_TERRAFORM_CLI=$cli go test -count=1 ./internal/provider
}

case ${1:-} in
  tools) tools ;;
  generated) echo docs ;;
  generate)
    cd "$called_in"
    mkdir -p "${2:?generate needs a folder}"
    into=$(cd "$2" && pwd)
    cd "$here"
    go run ./internal/docs "$into"
    ;;
  docs) go run ./internal/docs ;;
  check) check ;;
  cli) cli ;;
  acceptance) acceptance ;;
  build)
    cd "$called_in"
    mkdir -p "${2:?build needs a folder}"
    into=$(cd "$2" && pwd)
    cd "$here"
    go build -o "$into/terraform-provider-chronovisor" .
    ;;
  *)
    echo "usage: dev.sh tools | generated | generate DIR | docs | check | cli | acceptance | build DIR" >&2
    exit 2
    ;;
esac
