"""The security log: one JSON line each, bounded."""

import json
from pathlib import Path

from controlplane.domain.access.principal import Principal, Proof, ProofKind
from controlplane.runtime.security_log import LONGEST, SecurityLog

ANNA = Principal("user:anna", Proof(ProofKind.OIDC, "https://issuer anna"), "ipv4:10.0.0.1:5")


def test_a_refusal_and_a_read_are_a_line_each(tmp_path: Path) -> None:
    file = tmp_path / "logs" / "security.log"
    log = SecurityLog(file, now=lambda: 0.25)
    log.refused("user:anna", "ipv4:10.0.0.1:5", "/x.Y/Z", "ACCESS_DENIED", "lacks\nvms.start " + "x" * 2_000)
    log.read(ANNA, "/x.Y/List", "")
    log.close()
    refused, read = (json.loads(line) for line in file.read_text().splitlines())
    assert refused["time"] == "1970-01-01T00:00:00.250+00:00"
    assert (refused["event"], refused["method"], refused["reason"]) == ("refused", "x.Y/Z", "ACCESS_DENIED")
    assert refused["detail"].startswith("lacks vms.start")
    assert len(refused["detail"]) <= LONGEST
    assert read == {
        "time": "1970-01-01T00:00:00.250+00:00",
        "event": "read",
        "principal": "user:anna",
        "address": "ipv4:10.0.0.1:5",
        "method": "x.Y/List",
        "resource": "/",
        "proof": "oidc https://issuer anna",
    }


def test_a_flood_is_counted_and_not_written(tmp_path: Path) -> None:
    file, at = tmp_path / "security.log", [10.0]
    log = SecurityLog(file, most_a_second=5, now=lambda: at[0])
    for _ in range(100):
        log.refused("", "ipv4:10.0.0.1:5", "/x.Y/Z", "NO_CREDENTIAL", "nobody")
    at[0] = 11.0
    log.refused("", "ipv4:10.0.0.1:5", "/x.Y/Z", "NO_CREDENTIAL", "nobody")
    log.close()
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert len(lines) == 7
    assert lines[5]["event"] == "left out"
    assert lines[5]["lines"] == 95


def test_without_a_file_nothing_is_written() -> None:
    log = SecurityLog(None)
    log.refused("", "", "/x.Y/Z", "NO_CREDENTIAL", "nobody")
    log.close()
