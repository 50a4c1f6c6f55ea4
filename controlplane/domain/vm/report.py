"""An agent's report of a guest, as a value. What it changes is decided in `reports`."""

from collections.abc import Mapping
from dataclasses import dataclass

from controlplane.domain.vm.aggregate import Observed


@dataclass(frozen=True, slots=True)
class Report:
    """An agent's report of a guest. `guest_state` is a chronovisor.v1.GuestState; `failed_step` did not work."""

    incarnation: int
    observed: Observed
    reboots: int = 0
    started: bool = False
    desired_version: int = 0
    failed_step: str = ""
    error: str = ""
    permanent: bool = False
    # Of the destination of a migration, once it is ready: how the source reaches it.
    address: Mapping[str, str] | None = None
