"""What holds for every test, and what all of a worker share: see tests/support."""

import os
from pathlib import Path

import pytest

from tests.support.session import bytecode, leftovers, order, parsing, randomness, signals, slowness
from tests.support.shared import cluster, postgresql, real_hypervisor

__all__ = ["cluster", "postgresql", "real_hypervisor"]

LEFT = pytest.StashKey[list[str]]()
DIRECTORY = pytest.StashKey[Path]()

# The one place: programs that tests begin have no HTTP listener, and no process for it, unless they ask for one.
os.environ["CHRONOVISORD_HTTP"] = "none"

# Before any test module is read, and any worker is started.
bytecode.keep()
parsing.keep_collector_out()
randomness.load_profile()


def pytest_addoption(parser: pytest.Parser) -> None:
    order.add_option(parser)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: starts real processes, or works for more than a quarter of a second")
    signals.let_programs_hear_ctrl_c()
    if not _is_worker():
        signals.end_when_terminated()
        order.choose_seed(config)
        config.stash[DIRECTORY] = leftovers.begin()


def pytest_report_header() -> str:
    return order.header()


@pytest.fixture(autouse=True)
def home_of_the_run() -> None:
    """Programs that a test begins have their keys there, whatever a test before took away."""
    os.environ["CHRONOVISOR_HOME"] = str(Path(os.environ[leftovers.RUN]) / leftovers.HOME)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    slowness.mark(items)
    order.shuffle(items)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """After the workers have ended."""
    if DIRECTORY in session.config.stash:
        left = session.config.stash[LEFT] = leftovers.end(session.config.stash[DIRECTORY])
        if left and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if LEFT in config.stash and (left := config.stash[LEFT]):
        terminalreporter.section("left behind by the tests", red=True)
        terminalreporter.write_line("\n".join(left))


def _is_worker() -> bool:
    return "PYTEST_XDIST_WORKER" in os.environ
