"""The marks that tests of more than one directory have."""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "provokes(*reasons): the errors that this test meets over gRPC, by reason")
