#!/usr/bin/env bash
# All that the rest of the repository knows of the Java client: dev.sh tools | generate DIR | generated | check | format |
# runner | readme | example ARGS | bench. What it builds lies in ${XDG_CACHE_HOME:-~/.cache}/chronovisor/java, named by a
# hash of the sources: another checkout of the same sources builds nothing.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/chronovisor/java
generated=chronovisor-api/src/main/java
protoc_version=4.36.2
# Newer ones have no binary for linux-x86_64. Its code runs on the newer grpc of pom.xml.
grpc_plugin_version=1.83.1
format_version=1.28.0
export MAVEN_OPTS=${MAVEN_OPTS:--Xmx1g -XX:+UseSerialGC -XX:TieredStopAtLevel=1}

tools() {
  local release
  release=$(javac -version 2>&1 | sed -n 's/^javac \([0-9]*\).*/\1/p') || true
  if [ "${release:-0}" -lt 17 ]; then
    echo "Java: no JDK of release 17 or later. Debian: apt-get install openjdk-17-jdk-headless"
    return 3
  fi
  if ! command -v mvn >/dev/null; then
    echo "Java: Maven 3.8 or later is missing. Debian: apt-get install maven"
    return 3
  fi
}

# What Maven has under group:artifact:version:type[:classifier], as a file. Prints its path.
tool() {
  local file
  file=$cache/tools/$(cut -d: -f2,3,5 <<<"$1" | tr : -).$(cut -d: -f4 <<<"$1")
  if [ ! -e "$file" ]; then
    mkdir -p "$cache/tools"
    # Through a folder of its own: others may look for the file meanwhile.
    local folder
    folder=$(mktemp -d "$cache/tools/new.XXXXXX")
    (cd "$folder" && mvn -B -q org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
      "-Dartifact=$1" "-DoutputDirectory=$folder" >&2)
    chmod +x "$folder"/*
    mv "$folder"/* "$file"
    rmdir "$folder"
  fi
  echo "$file"
}

generate() {
  local into=$1/$generated system protoc plugin
  case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) system=linux-x86_64 ;;
    Linux-aarch64) system=linux-aarch_64 ;;
    Darwin-x86_64) system=osx-x86_64 ;;
    Darwin-arm64) system=osx-aarch_64 ;;
    *) echo "no protoc for $(uname -s)-$(uname -m)" >&2 && return 1 ;;
  esac
  if [ ! -d "$root/.deps/googleapis" ]; then
    (cd "$root" && python protos/generate.py --google-only) >&2
  fi
  protoc=$(tool "com.google.protobuf:protoc:$protoc_version:exe:$system")
  plugin=$(tool "io.grpc:protoc-gen-grpc-java:$grpc_plugin_version:exe:$system")
  # protoc alone does not have google/protobuf/*.proto; the library's jar does.
  if [ ! -d "$cache/tools/include-$protoc_version" ]; then
    local folder jar
    jar=$(tool "com.google.protobuf:protobuf-java:$protoc_version:jar:")
    folder=$(mktemp -d "$cache/tools/new.XXXXXX")
    (cd "$folder" && jar xf "$jar" google/protobuf)
    mv "$folder" "$cache/tools/include-$protoc_version"
  fi
  mkdir -p "$into"
  (cd "$root/protos" && find chronovisor/v1 chronovisor/events/v1 -name '*.proto' | LC_ALL=C sort |
    xargs "$protoc" -I . -I "$root/.deps/googleapis" -I "$cache/tools/include-$protoc_version" \
      "--plugin=protoc-gen-grpc-java=$plugin" "--java_out=$into" "--grpc-java_out=@generated=omit:$into")
}

# A name for what these files are, and the compiler.
hash_of() {
  (cd "$here" && javac -version 2>&1 &&
    find "$@" -type f -not -path '*/target/*' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum) | sha256sum | cut -c1-16
}

api=$cache/api-
build=$cache/build-
name_folders() {
  api=$cache/api-$(hash_of chronovisor-api)
  build=$cache/build-$(hash_of pom.xml chronovisor-api chronovisor-client chronovisor-examples chronovisor-conformance README.md)
}

maven() {
  local built=false
  [ ! -e "$api/.built" ] || built=true
  mkdir -p "$build"
  # Quiet, Maven keeps the compiler's warnings to itself.
  (cd "$here" && mvn -B -ntp "-Dchronovisor.build.api=$api" "-Dchronovisor.build=$build" \
    "-Dchronovisor.api.built=$built" -Dstyle.color=never "$@") >"$build/log" 2>&1 || {
    grep -E '^\[(WARNING|ERROR)\]' "$build/log" | sed '/Failed to execute goal/q' | cut -c1-400 || cat "$build/log"
    return 1
  }
}

# Runs a command while no other process builds.
alone() {
  mkdir -p "$cache"
  (
    # macOS has no flock: there, build one thing at a time.
    ! command -v flock >/dev/null || flock 9
    "$@"
  ) 9>"$cache/lock"
}

compile() {
  [ ! -e "$build/.built" ] || return 0
  [ -e "$api/.built" ] || echo "compiling the Java stubs: once, a minute or less" >&2
  maven -pl chronovisor-api compile
  touch "$api/.built"
  maven test-compile
  touch "$build/.built"
  # What has not been used for a week is of sources that nobody has any more.
  find "$cache" -mindepth 1 -maxdepth 1 \( -name 'api-*' -o -name 'build-*' \) -mtime +7 -exec rm -rf {} +
}

built() {
  name_folders
  alone compile >&2
  touch "$build" "$api"
}

# Runs a class of a module with what it needs: no Maven, which takes seconds to start.
run() {
  local module=$1
  shift
  exec java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto \
    -cp "$build/$module/classes:$(cat "$build/$module/classpath")" "$@"
}

handwritten() {
  find "$here" -name '*.java' -not -path "$here/$generated/*" -not -path '*/target/*' -print0
}

format() {
  handwritten | xargs -0 java -jar "$(tool "com.google.googlejavaformat:google-java-format:$format_version:jar:all-deps")" "$@"
}

check() {
  local unformatted
  unformatted=$(format --dry-run --set-exit-if-changed) || {
    echo "not formatted, run clients/java/dev.sh format:"
    echo "$unformatted"
    return 1
  }
  built
  alone maven -Dmaven.main.skip=true test
  sed -n 's/^\[.*\] \(Tests run: [^-]*\)$/\1/p' "$build/log"
}

case "${1:-}" in
  tools) tools ;;
  generate) generate "$(mkdir -p "$2" && cd "$2" && pwd)" ;;
  generated) echo "$generated" ;;
  format) format --replace ;;
  check) check ;;
  runner) built; run chronovisor-conformance dev.chronovisor.conformance.Runner ;;
  readme) built; run chronovisor-examples FirstVm ;;
  example) shift; built; run chronovisor-examples UsageBill "$@" ;;
  bench) built; run chronovisor-conformance dev.chronovisor.conformance.Bench ;;
  *) sed -n '2,4s/^# //p' "${BASH_SOURCE[0]}" >&2 && exit 2 ;;
esac
