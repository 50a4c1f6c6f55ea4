"""The files of the console: which is for ever, which paths are pages, and what there is before it is built."""

from pathlib import Path
from typing import Any

import pytest

from controlplane.gateway.static_files import EACH_TIME, FOR_EVER, StaticFiles

FILES = {
    "index.html": b"<html></html>",
    "assets/index-a1B2c3D4.js": b"code",
    "assets/index-a1B2c3D4.js.gz": b"zipped",
    "assets/plain.css": b"style",
    "icon.svg": b"<svg/>",
}


@pytest.fixture
def built(tmp_path: Path) -> StaticFiles:
    for name, data in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    return StaticFiles(tmp_path)


async def got(files: StaticFiles, path: str, method: str = "GET", **headers: str) -> tuple[int, bytes, dict[str, str]]:
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    encoded = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "http_version": "1.1", "method": method, "path": path, "headers": encoded}
    await files(scope, receive, send)
    found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], sent[1]["body"], found


async def test_a_file_with_a_hash_in_its_name_is_kept_for_ever_and_others_are_not(
    built: StaticFiles,
) -> None:
    assert (await got(built, "/assets/index-a1B2c3D4.js"))[2]["cache-control"] == FOR_EVER
    for path in ("/", "/index.html", "/assets/plain.css", "/icon.svg"):
        assert (await got(built, path))[2]["cache-control"] == EACH_TIME


async def test_a_browser_is_led_to_pages_and_files_that_are_not_there_are_none(built: StaticFiles) -> None:
    assert (await got(built, "/", accept="text/html,*/*;q=0.8"))[:2] == (200, FILES["index.html"])
    pages = {
        "/vms": "./#/vms",
        "/vms/shop/web-1": "../../#/vms/shop/web-1",
        "//elsewhere.example/x": "../../#//elsewhere.example/x",
        "/a b\r\nx: y": "./#/a%20b%0D%0Ax%3A%20y",
    }
    for path, location in pages.items():
        status, _, headers = await got(built, path, accept="text/html,*/*;q=0.8")
        assert (status, headers["location"]) == (303, location)
    for path in ("/none.js", "/../secret.txt", "/assets/../../x.py", "/assets/index-a1B2c3D4.js.gz"):
        assert (await got(built, path))[0] == 404


async def test_a_program_that_has_the_wrong_path_does_not_get_a_page(built: StaticFiles) -> None:
    for method, path in (("GET", "/projects/default/vms"), ("POST", "/projects/default/vms"), ("GET", "/v2/projects")):
        status, body, _ = await got(built, path, method, accept="*/*")
        assert status == 404
        assert b"/openapi.json" in body
    assert (await got(built, "/index.html", "POST"))[0] == 405


async def test_what_was_zipped_is_sent_so_to_whoever_takes_it(built: StaticFiles) -> None:
    path = "/assets/index-a1B2c3D4.js"
    status, body, headers = await got(built, path, accept_encoding="gzip, br")
    assert (status, body, headers["content-encoding"]) == (200, b"zipped", "gzip")
    assert headers["content-type"].startswith("text/javascript")
    assert (await got(built, path))[1] == b"code"


async def test_before_it_is_built_a_page_says_how(tmp_path: Path) -> None:
    files = StaticFiles(tmp_path / "none")
    assert not files.is_built
    status, body, _ = await got(files, "/")
    assert status == 200
    assert b"make console" in body
    assert (await got(files, "/", "POST"))[0] == 405
