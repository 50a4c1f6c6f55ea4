"""`[[issuers]]`: what a file may say, and the field and the rule where it says something else."""

import tomllib

import pytest

from controlplane.identity.oidc.parameters import DEFAULT_ALGORITHMS, IssuerSettings, parse_issuers

LEAST = 'issuer = "https://a.example.org"\naudience = "urn:x"\n'


def parsed(*issuers: str) -> tuple[IssuerSettings, ...]:
    return parse_issuers(tomllib.loads("\n".join(f"[[issuers]]\n{each}" for each in issuers)).get("issuers", []))


def test_what_is_not_given_has_a_default() -> None:
    assert parsed(LEAST) == (IssuerSettings("https://a.example.org", ("urn:x",)),)
    assert parsed(LEAST)[0].algorithms == DEFAULT_ALGORITHMS


def test_everything_can_be_given() -> None:
    text = (
        'issuer = "http://127.0.0.1:8080/realms/x"\naudience = ["a", "b"]\nuser_claim = "email"\ngroups_claim = "g.h"\n'
        'prefix = "corp:"\nalgorithms = ["ES256"]\ntokens = "jwt"\nclock_skew_s = 5\nca_file = "/etc/ca.pem"\n'
    )
    assert parsed(text) == (
        IssuerSettings(
            *("http://127.0.0.1:8080/realms/x", ("a", "b"), "email", "g.h", "corp:", ("ES256",), "jwt", 5.0),
            "/etc/ca.pem",
        ),
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('audience = "x"', "number 1, issuer: is required"),
        ('issuer = "https://a.org"', "number 1, audience: is required"),
        (LEAST + 'algorithms = ["HS256"]', "number 1, algorithms: must be of RS256"),
        (LEAST + 'algorithms = ["none"]', "algorithms: must be of"),
        (LEAST + "algorithms = []", "algorithms: must be a string, or a list"),
        (LEAST + 'tokens = "any"', "tokens: must be one of access, jwt, id"),
        (LEAST + "clock_skew_s = 301", "from 0 to 300"),
        (LEAST + "clock_skew_s = true", "from 0 to 300"),
        (LEAST + 'prefix = "a b"', "prefix: must be at most 64"),
        (LEAST + 'ca_file = "ca.pem"', "begins with /"),
        (LEAST + 'secret = "x"', "secret: must be one of issuer, audience"),
        ('issuer = "http://a.org"\naudience = "x"', "must be an https:// URL"),
        ('issuer = "https://u@a.org"\naudience = "x"', "must be an https:// URL"),
        ('issuer = "https://a.org?x=1"\naudience = "x"', "must be an https:// URL"),
        ('issuer = "http://[::1"\naudience = "x"', "must be an https:// URL"),
    ],
)
def test_what_is_not_taken(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words.replace("[", r"\[")):
        parsed(text)


def test_no_issuer_can_name_the_users_of_another() -> None:
    other = 'issuer = "https://b.example.org"\naudience = "urn:x"\n'
    assert len(parsed(LEAST + 'prefix = "a:"', other + 'prefix = "b:"')) == 2
    for prefixes in (("", ""), ("", "b:"), ("a", "ab"), ("ab", "a")):
        with pytest.raises(ValueError, match="number 2, prefix: must not begin"):
            parsed(*(f'{each}prefix = "{prefix}"' for each, prefix in zip((LEAST, other), prefixes, strict=True)))
    with pytest.raises(ValueError, match="number 2, issuer: is that of another"):
        parsed(LEAST, LEAST)
