"""`chronovisor doctor`: what is wrong with this set-up, and what to do about it. Changes nothing."""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated

import typer

from chronovisor.cli.doctor.checks import CHECKS, Check, examine
from chronovisor.cli.doctor.findings import Finding, Level
from chronovisor.cli.doctor.set_up import SetUp
from chronovisor.cli.exit_codes import Exit
from chronovisor.cli.output import say, say_styled, show_document
from chronovisor.cli.settings import Misused, Output, settings_of
from chronovisor.cli.text.units import counted

app = typer.Typer(add_completion=False)

_STYLES = {Level.OK: "green", Level.SKIPPED: "dim", Level.WARNING: "yellow", Level.PROBLEM: "bold red"}
_NAMES = {check.name: check for check in CHECKS}
_WIDEST = max(map(len, _NAMES))
_WIDEST_LEVEL = max(map(len, Level))


def _complete_check(incomplete: str) -> list[str]:
    return [name for name in _NAMES if name.startswith(incomplete)]


@app.command()
def doctor(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(autocompletion=_complete_check, metavar="[CHECK]...", help=f"These alone: {', '.join(_NAMES)}."),
    ] = None,
) -> None:
    """Look for what is wrong with this set-up: a line for each finding, with what to do about it.

    A finding is ok, a warning, a problem, or skipped where it could not be looked at. A problem is exit code 13.
    """
    settings = settings_of(ctx)
    chosen = _chosen(names or ())
    set_up = SetUp(settings)
    try:
        is_data = settings.is_data
    except Misused:
        # What is wrong with the file is a finding of the first check.
        is_data = False
        settings.given["output"] = Output.TABLE
    found: list[tuple[Check, Finding]] = []
    try:
        for check, finding in examine(set_up, chosen):
            found.append((check, finding))
            if not is_data:
                _show(check, finding)
    finally:
        set_up.close()
    counts = Counter(finding.level for _, finding in found)
    if is_data:
        show_document(ctx, _document(found, counts))
    else:
        say(f"{counted(counts[Level.PROBLEM], 'problem')}, {counted(counts[Level.WARNING], 'warning')}.")
    if counts[Level.PROBLEM]:
        raise typer.Exit(Exit.UNHEALTHY)


# It is there to find that settings make no sense, and so reads them itself.
doctor.reads_settings = True  # pyright: ignore[reportFunctionMemberAccess]


def _chosen(names: Sequence[str]) -> Sequence[Check]:
    for name in names:
        if name not in _NAMES:
            raise Misused(f"{name!r} is no check: must be one of {', '.join(_NAMES)}")
    return [check for check in CHECKS if check.name in names] if names else CHECKS


def _show(check: Check, finding: Finding) -> None:
    text = f"{finding.level.value:<{_WIDEST_LEVEL}}  {check.name:<{_WIDEST}}  {finding.detail}."
    say_styled(text, _STYLES[finding.level])
    if finding.remedy:
        say(f"{'':{_WIDEST_LEVEL + _WIDEST + 4}}{finding.remedy[:1].upper()}{finding.remedy[1:]}")


def _document(found: Sequence[tuple[Check, Finding]], counts: Counter[Level]) -> dict[str, object]:
    return {
        "findings": [
            {"check": check.name, "level": each.level.value, "detail": each.detail, "remedy": each.remedy}
            for check, each in found
        ],
        "counts": {level.value: counts[level] for level in Level},
    }
