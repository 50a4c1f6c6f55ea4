"""The table of checks, and how one is carried out: what cannot be looked at is a finding, too, and ends no other."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from chronovisor.cli.doctor import fleet_checks, ledger_checks, machine_checks, server_checks, tls_checks
from chronovisor.cli.doctor.findings import Finding, Level, problem, refusal, skipped
from chronovisor.cli.doctor.set_up import NotConnected, SetUp
from chronovisor.errors import ChronovisorError, DeadlineExceeded, NotPermitted, Unavailable
from chronovisor.program import why


@dataclass(frozen=True, slots=True)
class Check:
    """`looks_at`: in a few words, for the help."""

    name: str
    looks_at: str
    look: Callable[[SetUp], Iterable[Finding]]


# In the order in which they are made and shown: what others build on comes first.
CHECKS: tuple[Check, ...] = (
    Check("config", "the file of contexts", machine_checks.configuration),
    Check("server", "whether the control plane answers", server_checks.answers),
    Check("identity", "whom it takes you for", server_checks.identity),
    Check("tls", "certificates and versions", tls_checks.tls),
    Check("clock", "the server's clock against this machine's", server_checks.clock),
    Check("ledger", "whether the ledger holds", ledger_checks.ledger),
    Check("seals", "the last seal, and the last that was seen here", ledger_checks.seals),
    Check("heads", "signed heads", ledger_checks.signed_heads),
    Check("totals", "totals against the ledger, and the server's alarms", ledger_checks.totals),
    Check("backlog", "how far lists and reads of the past are", server_checks.backlog),
    Check("disk", "room for the ledger", ledger_checks.disk),
    Check("agents", "sessions, leases, refusals and clocks of agents", fleet_checks.agents),
    Check("versions", "of agents and this program", fleet_checks.versions),
    Check("hosts", "hosts that are lost or hold too much", fleet_checks.hosts),
    Check("guests", "guests that the ledger does not expect", fleet_checks.guests),
    Check("operations", "operations that do not end", fleet_checks.operations),
    Check("kvm", "virtualization of this machine", machine_checks.kvm),
    Check("libvirt", "libvirt of this machine", machine_checks.libvirt),
    Check("files", "keys, tokens and configuration that others may open", machine_checks.files),
    Check("completion", "of your shell", machine_checks.completion),
)


def examine(set_up: SetUp, checks: Sequence[Check]) -> Iterator[tuple[Check, Finding]]:
    """What each check finds, as it is found; each finds something, and nothing is fine beside what is not."""
    for check in checks:
        found = list(_findings(set_up, check))
        is_fine = all(each.level in (Level.OK, Level.SKIPPED) for each in found)
        yield from ((check, each) for each in found if is_fine or each.level is not Level.OK)


def _findings(set_up: SetUp, check: Check) -> Iterator[Finding]:
    try:
        yield from check.look(set_up)
    except NotConnected as error:
        yield skipped(str(error))
    except NotPermitted as error:
        yield skipped(f"not shown to you ({error.reason})")
    except (Unavailable, DeadlineExceeded) as error:
        set_up.away = "the control plane does not answer"
        yield skipped(f"{set_up.away} ({error.reason})")
    except ChronovisorError as error:
        yield refusal(error, set_up.settings)
    except (OSError, ValueError) as error:
        yield problem(why(error), "correct the option, the environment or the context: chronovisor context show")
