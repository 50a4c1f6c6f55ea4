"""One conductor for all conformance scenarios of a worker: a control plane, and a runner for each language."""

import os
from collections.abc import Generator
from functools import cache

import pytest

from clients.conformance.conductor import Conductor
from clients.languages import Language
from tests.support.waiting import PATIENCE

# `make test-clients` sets it: a toolchain that is not there is a failure then.
DEMANDED = "CHRONOVISOR_TEST_ALL_CLIENTS"


@cache
def missing(name: str) -> str:
    return Language(name).missing()


@pytest.fixture
def here(request: pytest.FixtureRequest) -> Language:
    """The language of the parameter. Skips the test where its toolchain is not on this machine."""
    if why := missing(request.param):
        if os.environ.get(DEMANDED):
            pytest.fail(why)
        pytest.skip(why)
    return Language(request.param)


@pytest.fixture(scope="session")
def conductor() -> Generator[Conductor]:
    with Conductor(PATIENCE) as conductor:
        yield conductor
