"""Faults are made with what tests of the control plane have: their marks are known here, too."""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "covers(*methods): the RPCs that this test is the test of, as Service.Method")
