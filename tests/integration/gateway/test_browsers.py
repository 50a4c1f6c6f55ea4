"""Pages of others do not call with a user's rights, and no page of ours carries others' code."""

import json
from pathlib import Path

import pytest

from tests.integration.gateway.rig import PROJECTS, VMS, Gatewayed, gatewayed, serves

pytestmark = pytest.mark.slow
LIST, DELETE = f"{PROJECTS}/ListProjects", f"{VMS}/DeleteVm"
FOREIGN = [
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "http://127.0.0.1:1"},
    {"origin": "http://localhost.evil.example"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"},
]


async def test_a_host_that_is_not_ours_is_refused(plane: Gatewayed, tmp_path: Path) -> None:
    for host in ("evil.example", "127.0.0.1.evil.example", "", "10.0.0.1", "localhost@evil.example"):
        answer = await plane.call(LIST, host=host)
        assert answer.status == 421, host
        assert (await plane.http.get("/", headers={"host": host})).status_code == 421
    port = plane.url.rpartition(":")[2]
    for host in ("localhost", f"localhost:{port}", "LOCALHOST:8080", f"127.0.0.1:{port}", f"[::1]:{port}"):
        assert (await plane.call(LIST, host=host)).status == 200, host
    lines = [json.loads(each) for each in (tmp_path / "security.log").read_text().splitlines()]
    assert lines[0]["address"].startswith("ipv4:127.0.0.1:")
    assert (lines[0]["reason"], lines[0]["method"]) == ("FOREIGN_PAGE", LIST)


@pytest.mark.parametrize("headers", FOREIGN, ids=lambda each: " ".join(each.values()))
async def test_a_page_of_another_origin_is_refused(plane: Gatewayed, headers: dict[str, str]) -> None:
    for method in (LIST, DELETE):
        answer = await plane.http.post(
            f"/{method}", content="{}", headers={"content-type": "application/json"} | headers
        )
        assert answer.status_code == 403, method
        assert "access-control-allow-origin" not in answer.headers


async def test_our_own_pages_and_programs_call_and_links_lead_here(plane: Gatewayed) -> None:
    own: list[dict[str, str]] = [
        {"origin": plane.url},
        {"sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
        {},
    ]
    for headers in own:
        assert (await plane.call(LIST, None, **headers)).status == 200
    link = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    link |= {"accept": "text/html,*/*;q=0.8"}
    assert (await plane.http.get("/", headers=link)).status_code == 200
    assert (await plane.http.get("/vms", headers=link)).status_code == 303
    assert (await plane.http.get("/vms", headers=link | {"sec-fetch-dest": "iframe"})).status_code == 403


async def test_another_origin_is_opened_by_name_and_without_cookies(tmp_path: Path) -> None:
    named = "https://console.example"
    preflight = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}
    async with gatewayed(tmp_path, origins=(named,)) as plane:
        await serves(plane)
        answer = await plane.http.options(f"/{LIST}", headers={"origin": named} | preflight)
        assert answer.status_code == 204
        assert answer.headers["access-control-allow-origin"] == named
        assert "content-type" in answer.headers["access-control-allow-headers"]
        called = await plane.call(LIST, origin=named, sec_fetch_site="cross-site")
        assert (called.status, called.headers["access-control-allow-origin"]) == (200, named)
        assert "access-control-allow-credentials" not in called.headers
        answer = await plane.http.options(f"/{LIST}", headers={"origin": "https://evil.example"} | preflight)
        assert answer.status_code == 403


async def test_each_answer_says_what_a_page_may_load_and_who_may_frame_it(plane: Gatewayed) -> None:
    for path in ("/", "/healthz", "/none.js", "/vms/web-1"):
        headers = (await plane.http.get(path)).headers
        policy = dict(each.strip().split(" ", 1) for each in headers["content-security-policy"].split(";"))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["connect-src"] == policy["style-src"] == "'self'"
        assert policy["frame-ancestors"] == "'none'"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
    assert (await plane.call(LIST)).headers["cache-control"] == "no-store"
    assert (await plane.http.post("/")).status_code == 405
