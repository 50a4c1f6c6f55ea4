"""How hypothesis draws its examples.

`repeatable`, the default: the same in every run and at every speed of the machine. `explore` draws others each time.
Neither has a deadline an example: a slow machine is no finding.
"""

from hypothesis import HealthCheck, settings

SLOWNESS = (HealthCheck.too_slow,)


def load_profile() -> None:
    settings.register_profile(
        "repeatable", deadline=None, database=None, derandomize=True, suppress_health_check=SLOWNESS
    )
    settings.register_profile("explore", deadline=None, suppress_health_check=SLOWNESS, print_blob=True)
    settings.load_profile("repeatable")
