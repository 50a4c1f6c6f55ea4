"""A machine whose clocks stand still until a test moves them."""

from dataclasses import dataclass, field

from controlplane.domain.time import SECOND
from controlplane.runtime.clock import Clock

BOOT = b"boot-one"
START = 1_790_000_000 * SECOND


@dataclass
class Machine:
    """`wall` can be set to anything; `up` is what elapsed since its boot. Both in microseconds."""

    wall: int = START
    up: int = 1_000 * SECOND
    clock: Clock = field(init=False)

    def __post_init__(self) -> None:
        self.clock = self.process()

    def process(self, boot: bytes = BOOT) -> Clock:
        """The commit clock of a process that starts now."""
        return Clock(lambda: self.wall, lambda: self.up, boot)

    def pass_(self, micros: int) -> None:
        """So much time passes."""
        self.wall += micros
        self.up += micros
