"""Writes the dashboards of `boards` as Grafana imports them, into dashboards. `--check` says whether they are fresh."""

import argparse
import sys
from itertools import count
from pathlib import Path
from string import ascii_uppercase

from grafana_foundation_sdk.builders import dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.builders.common import StackingConfig
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import StackingMode
from grafana_foundation_sdk.models.dashboard import DataSourceRef, VariableRefresh

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from deploy.grafana.boards import DASHBOARDS
from deploy.grafana.panels import Dashboard, Panel

DIRECTORY = Path(__file__).parent / "dashboards"
SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
REFRESH, SPAN, HEIGHT = "30s", "now-3h", 7
# Of the 24 columns that a dashboard has.
LINES_WIDE, NUMBER_WIDE = 8, 6
REGEX_ALL = ".*"


def texts() -> dict[Path, str]:
    """Of each file, what is to be in it."""
    return {DIRECTORY / f"{each.uid}.json": _text(each) for each in DASHBOARDS}


def _text(board: Dashboard) -> str:
    builder = (
        dashboard.Dashboard(board.title)
        .uid(board.uid)
        .tags(["chronovisor"])
        .refresh(REFRESH)
        .time(SPAN, "now")
        .timezone("browser")
        .with_variable(dashboard.DatasourceVariable("datasource").type("prometheus").label("Prometheus"))
    )
    for name, query in board.variables:
        variable = dashboard.QueryVariable(name).datasource(SOURCE).query(query).include_all(True).all_value(REGEX_ALL)
        builder = builder.with_variable(variable.multi(True).refresh(VariableRefresh.ON_TIME_RANGE_CHANGED))
    ids = count(1)
    for title, panels in board.rows:
        builder = builder.with_row(dashboard.Row(title).id(next(ids)))
        for each in panels:
            builder = builder.with_panel(_panel(each, next(ids)))
    return JSONEncoder(sort_keys=True, indent=1).encode(builder.build()) + "\n"


def _panel(panel: Panel, number: int) -> timeseries.Panel | stat.Panel:
    builder = stat.Panel() if panel.number else timeseries.Panel()
    builder = builder.id(number).title(panel.title).unit(panel.unit).datasource(SOURCE)
    builder = builder.height(HEIGHT).span(NUMBER_WIDE if panel.number else LINES_WIDE)
    if panel.stacked and isinstance(builder, timeseries.Panel):
        builder = builder.stacking(StackingConfig().mode(StackingMode.NORMAL)).fill_opacity(30)
    for each, name in zip(panel.lines, ascii_uppercase, strict=False):
        builder = builder.with_target(
            prometheus.Dataquery().expr(each.query).legend_format(each.legend).ref_id(name).datasource(SOURCE)
        )
    return builder


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="fail if the committed dashboards are stale; write nothing"
    )
    given = parser.parse_args()
    stale = {path: text for path, text in texts().items() if not path.exists() or path.read_text() != text}
    unknown = [path for path in DIRECTORY.glob("*.json") if path not in texts()]
    if given.check:
        for path in (*stale, *unknown):
            print(f"{path.name} is stale: python deploy/grafana/generate.py", file=sys.stderr)
        return 1 if stale or unknown else 0
    DIRECTORY.mkdir(exist_ok=True)
    for path, text in stale.items():
        path.write_text(text)
    for path in unknown:
        path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
