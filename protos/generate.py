"""Generates the Python stubs from the protos: `make protos`. `--check` says whether the committed ones are fresh.

Google's own protos come from the googleapis-common-protos package and are copied to `.deps/`, where buf reads them too.
"""

import argparse
import contextlib
import filecmp
import os
import shutil
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

import google.rpc
import grpc_tools
from grpc_tools import protoc

ROOT = Path(__file__).resolve().parent.parent
PROTOS = ROOT / "protos"
GOOGLEAPIS = ROOT / ".deps" / "googleapis"
STUBS = ROOT / "clients" / "python"
GOOGLE_FILES = {
    "google/api/annotations.proto": "google/api/annotations.proto",
    "google/api/client.proto": "google/api/client.proto",
    "google/api/field_behavior.proto": "google/api/field_behavior.proto",
    "google/api/field_info.proto": "google/api/field_info.proto",
    "google/api/http.proto": "google/api/http.proto",
    "google/api/httpbody.proto": "google/api/httpbody.proto",
    "google/api/launch_stage.proto": "google/api/launch_stage.proto",
    "google/api/resource.proto": "google/api/resource.proto",
    "google/longrunning/operations.proto": "google/longrunning/operations_proto.proto",
    "google/rpc/code.proto": "google/rpc/code.proto",
    "google/rpc/error_details.proto": "google/rpc/error_details.proto",
    "google/rpc/status.proto": "google/rpc/status.proto",
}


def copy_googleapis(into: Path = GOOGLEAPIS) -> None:
    site = Path(google.rpc.__path__[0]).parent.parent
    for target, source in GOOGLE_FILES.items():
        path = into / target
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(site / source, path)


@contextlib.contextmanager
def quiet() -> Generator[None, None, None]:
    """The plugins report each file on standard error; what matters is whether they succeed."""
    saved = os.dup(2)
    with tempfile.TemporaryFile() as log:
        os.dup2(log.fileno(), 2)
        try:
            yield
        except SystemExit:
            os.dup2(saved, 2)
            log.seek(0)
            sys.stderr.write(log.read().decode(errors="replace"))
            raise
        finally:
            os.dup2(saved, 2)
            os.close(saved)


def generate(into: Path) -> None:
    """Writes the stubs below `into`, with those of gRPC only for protos that have a service."""
    files = [str(path.relative_to(PROTOS)) for path in sorted(PROTOS.rglob("*.proto"))]
    well_known = Path(grpc_tools.__path__[0]) / "_proto"
    outputs = [f"--{plugin}={into}" for plugin in ("python_out", "grpc_python_out", "mypy_out", "mypy_grpc_out")]
    includes = [f"-I{path}" for path in (PROTOS, GOOGLEAPIS, well_known)]
    with quiet():
        if protoc.main(["protoc", *includes, *outputs, *files]) != 0:  # pyright: ignore[reportUnknownMemberType]
            sys.exit("protoc failed")
    for name in files:
        if "\nservice " not in (PROTOS / name).read_text():
            for suffix in ("_pb2_grpc.py", "_pb2_grpc.pyi"):
                (into / name).with_name(Path(name).stem + suffix).unlink(missing_ok=True)


def stale(fresh: Path) -> list[str]:
    """The stubs that differ between `fresh` and the committed ones, or are in only one of them."""
    made = {path.relative_to(fresh) for path in fresh.rglob("*_pb2*.py*")}
    kept = {path.relative_to(STUBS) for path in STUBS.rglob("*_pb2*.py*") if path.suffix in (".py", ".pyi")}
    return sorted(
        str(path)
        for path in made | kept
        if path not in made & kept or not filecmp.cmp(fresh / path, STUBS / path, shallow=False)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="fail if the committed stubs are stale; write nothing")
    mode.add_argument("--google-only", action="store_true", help="only copy Google's protos to .deps/")
    given = parser.parse_args()
    copy_googleapis()
    if given.google_only:
        return
    if not given.check:
        generate(STUBS)
        return
    with tempfile.TemporaryDirectory(prefix="stubs-") as scratch:
        generate(Path(scratch))
        if wrong := stale(Path(scratch)):
            sys.exit(f"stale generated files, run `make protos`: {', '.join(wrong)}")


if __name__ == "__main__":
    main()
