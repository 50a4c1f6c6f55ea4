"""What an agent's watchdog promises, as an instant: when no guest of a lost host runs any more. Performs no I/O.

The agent counts its lease from when it sent the last message that the control plane has answered, so that by the time
of both the lease is over at most its length after the control plane last heard of it. Its guests are stopped within
`AgentHello.watchdog_timeout` from then, whether the agent lives or not.
"""

from controlplane.domain.time import SECOND, Micros


def promised_off_at(heard_at: Micros, lease_s: float, watchdog_s: float, margin_s: float) -> Micros | None:
    """From then on, none of its guests runs. None without a promise: a `watchdog_s` of 0.

    `heard_at`: when the control plane can have heard of the agent last: at the latest, when it took it for lost.
    `lease_s`: as the agent's last welcome had it, whatever the setting is by now. `margin_s`: for two clocks that run
    at different speeds. It is an instant of the control plane's clock: one that was set forward since shows it early.
    """
    if watchdog_s <= 0:
        return None
    return Micros(heard_at + round((lease_s + watchdog_s + margin_s) * SECOND))
