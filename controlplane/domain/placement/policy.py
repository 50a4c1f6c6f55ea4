"""How hosts are chosen for a project's VMs: a policy's name, or weights of the elementary ones. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

ELEMENTARY = ("pack", "spread", "balance")
# Packs tightly, and among hosts that are as full, keeps what is left of vCPUs and memory alike.
PACK_BALANCED = "pack-balanced"
NAMED: Mapping[str, tuple[float, float, float]] = {
    "pack": (1.0, 0.0, 0.0),
    "spread": (0.0, 1.0, 0.0),
    "balance": (0.0, 0.0, 1.0),
    PACK_BALANCED: (1.0, 0.0, 0.25),
}


@dataclass
class BadPolicy(Exception):
    """A text that is no policy."""

    text: str
    rule: str

    def __str__(self) -> str:
        return self.rule


class Policy(NamedTuple):
    """The weight of each elementary policy, and the name under which placements record it."""

    pack: float
    spread: float
    balance: float
    name: str

    @property
    def weights(self) -> Mapping[str, float]:
        return {"pack": self.pack, "spread": self.spread, "balance": self.balance}


@lru_cache(maxsize=1024)
def parse_policy(text: str) -> Policy:
    """A name of NAMED, or weights such as `pack=1,balance=0.5`. Empty is the default. Raises BadPolicy."""
    name = text or PACK_BALANCED
    if name in NAMED:
        return Policy(*NAMED[name], name)
    weights: dict[str, float] = {}
    for part in text.split(","):
        policy, equals, weight = (each.strip() for each in part.partition("="))
        if policy not in ELEMENTARY or not equals:
            raise BadPolicy(text, f"must be one of {', '.join(NAMED)}, or weights such as pack=1,balance=0.5")
        if policy in weights:
            raise BadPolicy(text, f"names {policy} twice")
        try:
            weights[policy] = float(weight)
        except ValueError:
            raise BadPolicy(text, f"the weight of {policy} must be a number, not {weight[:20]!r}") from None
        if not (math.isfinite(weights[policy]) and 0 <= weights[policy] <= 100):
            raise BadPolicy(text, f"the weight of {policy} must be 0 to 100, not {weight[:20]}")
    if not any(weights.values()):
        raise BadPolicy(text, "at least one weight must be above 0")
    shown = ",".join(f"{policy}={weights[policy]:g}" for policy in ELEMENTARY if weights.get(policy))
    return Policy(weights.get("pack", 0.0), weights.get("spread", 0.0), weights.get("balance", 0.0), shown)


DEFAULT_POLICY = parse_policy("")
# Zones whose hosts are scored by a policy of their own, in order.
ZonePolicies = tuple[tuple[str, Policy], ...]
