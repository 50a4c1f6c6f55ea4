"""Follows the fleet's utilization: `watch_utilization.py [SERVER [POSITION [COUNT]]]`.

Begins with the totals as they are, or, after POSITION, with what changed since. Ends after COUNT messages, 0: never.
"""

import sys
from itertools import islice

import chronovisor
from chronovisor.v1.utilization_service_pb2 import Utilization


def line(found: Utilization) -> str:
    """The position, and eta of each class."""
    etas = (f"{each.resource_class} {each.eta:.3%}" for each in found.classes)
    return f"position {found.position}: {', '.join(etas)}"


def main(server: str | None = None, position: str = "0", count: str = "0") -> int:
    with chronovisor.connect(server, actor="service:example") as client:
        # A connection that is lost is taken up again where it ended, without a gap or a repeat.
        with client.watch_utilization("fleet", after=int(position)) as watch:
            for found in islice(watch, int(count) or None):
                print(line(found))
        # A dashboard keeps this beside its own data, and goes on there when it is started again.
        print(f"resume with: watch_utilization.py {server} {watch.position}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
