"""The caller of the call that is under way."""

from contextvars import ContextVar

from controlplane.domain.access.principal import Principal, Proof, ProofKind

# Over plain text on loopback, whoever calls is believed: the name is what its metadata says, where it says any.
BELIEVED = Principal("user:anonymous", Proof(ProofKind.SELF_DECLARED))
_CALLER: ContextVar[Principal] = ContextVar("caller", default=BELIEVED)


def caller() -> Principal:
    """The principal of this call."""
    return _CALLER.get()


def enter(principal: Principal) -> None:
    """For the rest of this call, which has a task of its own."""
    _CALLER.set(principal)
