#!/usr/bin/env python3
"""Carries the conformance scenarios out with the clients: `conduct.py [--language go] [--scenario NAME]`.

Exits with 0 when all went well, 1 when one did not, 2 for a bad command line or scenario.
"""

import argparse
import fnmatch
import os
import sys
from pathlib import Path

# Connections are cut here: gRPC would print a line for each.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

ROOT = Path(__file__).resolve().parents[2]
# As a script, it does not find the rest by itself.
sys.path[:0] = [str(ROOT), str(ROOT / "clients" / "python")]

from clients import languages  # noqa: E402
from clients.conformance import scenarios  # noqa: E402
from clients.conformance.conductor import OLDER, Conductor, Result, summary  # noqa: E402
from clients.conformance.shapes import older  # noqa: E402


def main() -> int:
    given = _parsed()
    try:
        chosen = [each for each in scenarios.load() if _is_chosen(each, given.scenario, given.file)]
    except scenarios.BadScenario as error:
        print(error, file=sys.stderr)
        return 2
    if given.list:
        for each in chosen:
            print(f"{each.file:<20} {each.name:<60} {each.about}")
        return 0
    if not chosen:
        print("there is no such scenario", file=sys.stderr)
        return 2
    results: dict[str, list[Result]] = {}
    with Conductor(given.patience, given.server) as conductor:
        for language in given.language or ["python"]:
            results[language] = []
            for each in chosen:
                if language == OLDER and not each.fits(older()):
                    continue
                result = conductor.run(language, each)
                results[language].append(result)
                print(
                    f"{'ok  ' if result.is_ok else 'FAIL'} {language:<10} {result.took_s:6.2f} s  {each.name}",
                    flush=True,
                )
                if result.why:
                    print(f"     {result.why}", flush=True)
                if result.why and given.stop:
                    break
        if given.logs:
            for log in sorted(conductor.directory.glob("*.log")):
                print(f"\n== {log.name}\n{log.read_text(errors='replace')[-5000:]}")
    print(f"\n{summary(results)}")
    return int(any(not each.is_ok for found in results.values() for each in found))


def _is_chosen(scenario: scenarios.Scenario, names: list[str], files: list[str]) -> bool:
    named = not names or any(fnmatch.fnmatch(scenario.name, each) for each in names)
    return named and (not files or Path(scenario.file).stem in files)


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--language", action="append", choices=[*languages.names(), OLDER], help="default: python")
    parser.add_argument(
        "--scenario", action="append", default=[], metavar="NAME", help="a name, or a pattern such as 'watch*'"
    )
    parser.add_argument("--file", action="append", default=[], metavar="THEME", help="such as watches")
    parser.add_argument("--server", default="", metavar="HOST:PORT", help="one that runs already; it is not ended")
    parser.add_argument("--patience", type=float, default=float(os.environ.get("CHRONOVISOR_TEST_PATIENCE", "6")))
    parser.add_argument("--stop", action="store_true", help="at the first that fails")
    parser.add_argument("--logs", action="store_true", help="print the logs of all processes at the end")
    parser.add_argument("--list", action="store_true", help="only list the scenarios")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
