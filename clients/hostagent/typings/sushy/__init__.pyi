# What the fencers use of sushy, which has no types of its own.
from collections.abc import Mapping
from enum import Enum

from sushy.auth import AuthBase

class ResetType(Enum):
    FORCE_OFF = "ForceOff"

class System:
    path: str
    json: Mapping[str, object]
    def reset_system(self, value: ResetType) -> None: ...

class Sushy:
    def __init__(
        self,
        base_url: str,
        *,
        auth: AuthBase | None = ...,
        verify: bool | str = ...,
        server_side_retries: int = ...,
        server_side_retries_delay: int = ...,
        read_timeout: float = ...,
        connect_timeout: float | None = ...,
    ) -> None: ...
    def get_system(self, identity: str | None = ...) -> System: ...
