"""`chronovisor access`, `role` and `whoami`: what is sent, what is shown, and how it ends."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest
from chronovisor.cli.options.times import parse_until

from controlplane.domain.access.principal import Principal, Proof, ProofKind
from tests.clients.python import proxy
from tests.clients.python.conftest import Cli
from tests.clients.python.plane import Plane

CONFLICT = proxy.status(grpc.StatusCode.ABORTED, "ETAG_MISMATCH", "it has changed")
CI = "serviceAccount:projects/default/serviceAccounts/ci"


def rows(out: str) -> list[list[str]]:
    return [line.split() for line in out.splitlines()[1:]]


def test_a_role_is_granted_listed_and_revoked(cli: Cli) -> None:
    granted = cli("access", "grant", "user:anna", "viewer")
    assert granted.out == "user:anna has roles/viewer on projects/default.\n"
    assert cli("access", "grant", "user:anna", "roles/viewer", "default").out.endswith("already.\n")
    cli("service-account", "create", "ci")
    cli("access", "grant", "serviceAccount:ci", "operator")
    assert rows(cli("access", "policy").out) == [["user:anna", "roles/viewer", "-"], [CI, "roles/operator", "-"]]
    assert cli("access", "policy", "--filter", 'role = "roles/operator"', "-o", "name").out == f"{CI}\n"
    assert cli("access", "revoke", "user:anna", "viewer").out == (
        "user:anna has roles/viewer on projects/default no more.\n"
    )
    gone = cli("access", "revoke", "user:anna", "viewer")
    assert (gone.code, gone.out) == (3, "")
    assert gone.err == (
        "user:anna has no binding of roles/viewer on projects/default (NOT_BOUND). "
        "See what there is: chronovisor access policy projects/default.\n"
    )
    assert cli("access", "policy", "/").out == "Nobody has a role on / itself.\n"


def test_a_role_is_granted_until_a_time_and_for_labels(cli: Cli) -> None:
    granted = cli(
        "access", "grant", "group:ops", "operator", "/", "--until", "2035-01-01T00:00Z", "--label", "env=test"
    )
    condition = 'request.time < timestamp("2035-01-01T00:00:00Z") && resource.labels["env"] == "test"'
    assert granted.out == f"group:ops has roles/operator on /, while {condition}.\n"
    (binding,) = cli("access", "policy", "/", "-o", "json").json["bindings"]
    assert binding["condition"]["expression"] == condition
    assert cli("access", "revoke", "group:ops", "operator", "/").code == 0
    late = cli("access", "grant", "group:ops", "operator", "--until", "2020-01-01T00:00")
    assert late.code == 2
    assert "is in the past" in late.err


def test_a_time_to_come_is_one_or_so_long_from_now() -> None:
    assert parse_until("2035-01-01T00:00Z") == datetime(2035, 1, 1, tzinfo=UTC)
    ahead = parse_until("8h") - datetime.now(UTC)
    assert timedelta(hours=7) < ahead <= timedelta(hours=8)
    with pytest.raises(ValueError, match="is not a time"):
        parse_until("soon")


def test_a_policy_that_changed_meanwhile_is_read_again_once(cli: Cli, plane: Plane) -> None:
    plane.proxy.fail_next("SetIamPolicy", CONFLICT)
    assert cli("access", "grant", "user:anna", "viewer").code == 0
    plane.proxy.fail_next("SetIamPolicy", CONFLICT, times=2)
    assert cli("access", "grant", "user:bert", "viewer").code == 4


def test_access_is_explained_with_a_yes_or_a_no(cli: Cli, plane: Plane) -> None:
    cli("access", "grant", "group:ops", "viewer")
    no = cli("access", "explain", "user:anna", "vms.get", "default")
    assert no.code == 1
    assert no.out.startswith("No: user:anna has no vms.get on projects/default: ")
    yes = cli("access", "explain", "user:anna", "vms.get", "default/web-1", "--group", "ops")
    assert yes.code == 0
    assert yes.out.startswith(
        "Yes: user:anna has vms.get on projects/default, because group:ops has roles/viewer on projects/default since 2"
    )
    assert yes.out.endswith(", set by user:alice.\n")
    now = plane.events()[-1].position
    cli("access", "revoke", "group:ops", "viewer")
    then = cli("access", "explain", "user:anna", "vms.get", "default", "--group", "group:ops", "--at", str(now))
    assert (then.code, then.err) == (0, f"As of position {now}:\n")
    assert cli("access", "explain", "user:anna", "vms.get", "/", "-o", "json").json["granted"] is False


def test_what_is_misused_says_how_to_use_it(cli: Cli) -> None:
    nobody = cli("access", "grant", "anna", "viewer")
    assert (nobody.code, nobody.out) == (2, "")
    assert "'anna' is no member: give user:NAME" in nobody.err
    assert cli("access", "explain", "user:anna", "moon.visit", "/").code == 2
    assert cli("role", "update", "starter").code == 2


def test_the_callers_own_permissions_are_tested(cli: Cli) -> None:
    assert rows(cli("access", "test", "vms.get", "hosts.drain", "--on", "/").out) == [
        ["vms.get", "yes"],
        ["hosts.drain", "yes"],
    ]
    missing = cli("access", "test", "vms.get", "moon.visit", "-o", "json")
    assert (missing.code, missing.json) == (1, {"permissions": {"vms.get": True, "moon.visit": False}})


def test_roles_are_made_changed_and_deleted(cli: Cli) -> None:
    assert cli("role", "create", "starter", "-p", "vms.start", "--title", "Starts").out == "starter is created.\n"
    again = cli("role", "create", "starter", "-p", "vms.start")
    assert again.code == 4
    assert again.err.endswith("look at it: chronovisor role list.\n")
    assert cli("role", "update", "starter", "-p", "vms.start", "-p", "vms.stop").out == "starter is updated.\n"
    custom = cli("role", "list", "--filter", 'kind = "custom"', "-o", "csv").out
    assert custom.splitlines()[1].startswith('starter,custom,Starts,"vms.start, vms.stop",')
    assert cli("role", "delete", "starter", "--validate-only").out == "starter: valid. Nothing was changed.\n"
    assert cli("role", "delete", "starter", "-o", "name").out == "roles/starter\n"
    gone = cli("role", "update", "starter", "--title", "Gone")
    assert (gone.code, gone.err) == (
        3,
        "roles/starter does not exist (ROLE_NOT_FOUND). See what there is: chronovisor role list.\n",
    )


def test_a_role_that_changed_meanwhile_is_read_again_once(cli: Cli, plane: Plane) -> None:
    cli("role", "create", "starter", "-p", "vms.start")
    plane.proxy.fail_next("UpdateRole", CONFLICT)
    assert cli("role", "update", "starter", "--title", "Starts").code == 0
    plane.proxy.fail_next("UpdateRole", CONFLICT)
    assert cli("role", "update", "starter", "--title", "Ends", "--etag", '"1"').code == 4


def test_a_caller_learns_who_it_is(cli: Cli, plane: Plane, tmp_path: Path) -> None:
    believed = cli("whoami")
    assert believed.out.splitlines()[1] == "proof      self-declared"
    assert believed.out.endswith("them do everything (--insecure).\nWhat you do is recorded as user:alice's.\n")
    plane.tokens.known["secret"] = Principal(
        "user:bert", Proof(ProofKind.OIDC, "https://issuer.test b-1"), groups=frozenset({"group:ops"}), until=4e9
    )
    (tmp_path / "token").write_text("secret")
    by_bert = ("--token-file", str(tmp_path / "token"))
    known = cli("whoami", *by_bert)
    assert [line.split(maxsplit=1) for line in known.out.splitlines()[:3]] == [
        ["principal", "user:bert"],
        ["groups", "group:ops"],
        ["proof", "oidc, https://issuer.test b-1"],
    ]
    assert known.out.endswith("No roles: nothing is allowed yet.\n")
    denied = cli("vm", "list", *by_bert)
    assert denied.code == 9
    assert denied.err.endswith("(ACCESS_DENIED). See who you are, and which roles you have: chronovisor whoami.\n")
    cli("access", "grant", "group:ops", "viewer")
    assert rows(cli("whoami", *by_bert).out)[-1][:3] == ["roles/viewer", "projects/default", "group:ops"]
    assert cli("whoami", *by_bert, "-o", "name").out == "user:bert\n"
    assert cli("vm", "list", *by_bert).code == 0
