"""Where images are kept, if no option says it: what one ledger does not need is removed, so that none shares it."""

from pathlib import Path

import pytest

from controlplane.config import image_folder

HOME = Path("/srv/home")


@pytest.mark.parametrize(
    ("store", "folder"),
    [
        ("sqlite:////srv/home/ledger.db", "/srv/home/ledger.db.images"),
        ("sqlite:////mnt/other.db", "/mnt/other.db.images"),
        ("postgresql://chronovisor@127.0.0.1:5432/fleet", "/srv/home/fleet.images"),
        ("postgresql://chronovisor@db.example.com/lab?sslmode=require", "/srv/home/lab.images"),
    ],
)
def test_each_ledger_has_a_directory_of_its_own(store: str, folder: str) -> None:
    assert image_folder(store, HOME) == Path(folder)
