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


@pytest.fixture(name="here")
def language_whose_toolchain_is_here(request: pytest.FixtureRequest) -> Language:
    """The language that the test is parametrized with, as `language`. Skips the test where it cannot be built."""
    name = request.getfixturevalue("language")
    if why := missing(name):
        if os.environ.get(DEMANDED):
            pytest.fail(why)
        pytest.skip(why)
    return Language(name)


@pytest.fixture(scope="session")
def conductor() -> Generator[Conductor]:
    with Conductor(PATIENCE) as conductor:
        yield conductor
