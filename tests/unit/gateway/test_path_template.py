"""Path templates: what they match, what their variables are then, and what is none."""

import pytest

from controlplane.gateway.path_template import parse_template, split_verb

MATCHES: list[tuple[str, str, dict[str, str] | None]] = [
    ("/v1/hosts", "/v1/hosts", {}),
    ("/v1/{name=projects/*/vms/*}", "/v1/projects/shop/vms/web-1", {"name": "projects/shop/vms/web-1"}),
    ("/v1/{vm.name=projects/*/vms/*}", "/v1/projects/p/vms/v", {"vm.name": "projects/p/vms/v"}),
    ("/v1/{name=hosts/*}/credentials", "/v1/hosts/a/credentials", {"name": "hosts/a"}),
    ("/v1/events/{position}", "/v1/events/7", {"position": "7"}),
    ("/v1/{name=operations/**}", "/v1/operations/a/b", {"name": "operations/a/b"}),
    ("/v1/{name=operations/**}", "/v1/operations/", {"name": "operations/"}),
    ("/v1/{resource=**}", "/v1//", {"resource": "/"}),
    # One segment is decoded whole; of several, an encoded slash stays apart from those between segments.
    ("/v1/people/{person}", "/v1/people/user%3Aann%2Fb", {"person": "user:ann/b"}),
    ("/v1/{name=projects/*}", "/v1/projects/%C3%A9%2fx", {"name": "projects/é%2Fx"}),
    ("/v1/hosts", "/v1/hosts/", None),
    ("/v1/hosts", "/v2/hosts", None),
    ("/v1/{name=projects/*}", "/v1/projects/", None),
    ("/v1/{name=projects/*}", "/v1/projects/a/b", None),
    ("/v1/a.b", "/v1/axb", None),
]


@pytest.mark.parametrize(("template", "path", "expected"), MATCHES)
def test_a_template_matches_its_paths_alone(template: str, path: str, expected: dict[str, str] | None) -> None:
    assert parse_template(template).match(path) == expected


@pytest.mark.parametrize(
    ("template", "verb", "length"),
    [
        ("/v1/{name=projects/*/vms/*}:start", "start", 5),
        ("/v1:forgetPerson", "forgetPerson", 1),
        ("/v1/{name=hosts/*}/credentials:revoke", "revoke", 4),
        ("/v1/{name=operations/**}:cancel", "cancel", None),
        ("/v1/events/{position}", "", 3),
    ],
)
def test_a_template_knows_its_verb_and_its_length(template: str, verb: str, length: int | None) -> None:
    parsed = parse_template(template)
    assert (parsed.verb, parsed.length) == (verb, length)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/v1/hosts/a:drain", ("/v1/hosts/a", "drain")),
        ("/v1/hosts/a%3Ab", ("/v1/hosts/a%3Ab", "")),
        ("/v1/a:b/c", ("/v1/a:b/c", "")),
        ("/v1//:setIamPolicy", ("/v1//", "setIamPolicy")),
    ],
)
def test_a_verb_follows_the_last_colon_of_the_last_segment(path: str, expected: tuple[str, str]) -> None:
    assert split_verb(path) == expected


@pytest.mark.parametrize("template", ["v1/hosts", "/v1/{name", "/v1/{a={b}}", "/v1/ho sts"])
def test_what_is_no_template_is_refused(template: str) -> None:
    with pytest.raises(ValueError, match=r"path template|begin with"):
        parse_template(template)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(UnicodeDecodeError):
        parse_template("/v1/{name=hosts/*}").match("/v1/hosts/%FF")
