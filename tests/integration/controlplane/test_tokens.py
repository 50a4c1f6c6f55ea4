"""Tokens of an issuer over gRPC: the good one is a principal, and each bad one is refused with its reason."""

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest
from chronovisor import ChronovisorError, aio
from chronovisor.v1 import access_service_pb2, project_service_pb2
from joserfc.jwk import RSAKey

from controlplane.identity.oidc.key_source import FetchFailed
from controlplane.identity.oidc.parameters import IssuerSettings
from controlplane.identity.oidc.verifier import OidcVerifier
from controlplane.identity.tokens import TokenAuthenticator
from tests.integration.controlplane.plane import refused, running
from tests.integration.controlplane.tenants import KnownTokens, Tenants, by
from tests.support.token_signer import AUDIENCE, ISSUER, Issuer, Signer, encoded

EC, RSA, STRANGER = Signer("ec"), Signer("rsa", "RS256"), Signer("stranger")


@asynccontextmanager
async def open_to_an_issuer(
    skew_s: float = 30.0, failure: Exception | None = None, **settings: Any
) -> AsyncGenerator[Tenants]:
    issuer, answers = IssuerSettings(ISSUER, (AUDIENCE,), clock_skew_s=skew_s), Issuer(EC, RSA)
    answers.failure = failure
    verifier = OidcVerifier([issuer], fetch_for=lambda _: answers)
    async with running(tokens=TokenAuthenticator(verifier), **settings) as plane:
        yield Tenants(plane, KnownTokens())


def token(header: dict[str, Any] | None = None, signer: Signer = EC, **changed: Any) -> str:
    now = int(time.time())
    return signer.token(header, **{"iat": now - 10, "exp": now + 600, **changed})


def bad() -> dict[str, tuple[str, str]]:
    """By what is bad: the token, and the reason."""
    now = int(time.time())
    header, payload, signature = token().split(".")
    assert isinstance(RSA.key, RSAKey)
    without_kid = encoded({"alg": "ES256", "typ": "at+jwt"})
    unknown_crit = encoded({"alg": "ES256", "typ": "at+jwt", "kid": "ec", "crit": ["x"], "x": 1})
    unsigned = encoded({"alg": "none", "typ": "at+jwt"})
    return {
        "expired": (token(exp=now - 60), "TOKEN_EXPIRED"),
        "not yet valid": (token(nbf=now + 60), "TOKEN_INVALID"),
        "of another audience": (token(aud="urn:other"), "WRONG_AUDIENCE"),
        "of another issuer": (token(iss="https://other.example.org"), "TOKEN_INVALID"),
        "alg none": (f"{unsigned}.{payload}.", "TOKEN_INVALID"),
        "HMAC with the public key": (RSA.forged("HS256", RSA.key.as_pem(private=False)), "TOKEN_INVALID"),
        "unknown kid": (token(signer=STRANGER), "TOKEN_INVALID"),
        "no kid": (f"{without_kid}.{payload}.{signature}", "TOKEN_INVALID"),
        "an ID token": (token({"typ": "JWT"}, nonce="n"), "TOKEN_INVALID"),
        "unknown crit": (f"{unknown_crit}.{payload}.{signature}", "TOKEN_INVALID"),
        "another payload": (f"{header}.{token(sub='root').split('.')[1]}.{signature}", "TOKEN_INVALID"),
        "no token": ("nonsense", "TOKEN_INVALID"),
        "as of a service account": ("cvsa_nonsense", "TOKEN_INVALID"),
    }


@pytest.mark.provokes("TOKEN_INVALID", "TOKEN_EXPIRED", "WRONG_AUDIENCE")
async def test_every_bad_token_is_refused_with_its_reason() -> None:
    reasons: dict[str, set[str]] = {"TOKEN_INVALID": set(), "TOKEN_EXPIRED": set(), "WRONG_AUDIENCE": set()}
    async with open_to_an_issuer() as tenants:
        for name, (each, reason) in bad().items():
            call = tenants.access.WhoAmI(access_service_pb2.WhoAmIRequest(), metadata=by(each))
            denied = await refused(call)
            assert (denied.code, denied.reason) == (grpc.StatusCode.UNAUTHENTICATED, reason), name
            assert each not in denied.message, name
            reasons[denied.reason].add(name)
    assert all(reasons.values())


@pytest.mark.provokes("ISSUER_UNAVAILABLE")
async def test_while_an_issuer_does_not_answer_its_tokens_are_neither_good_nor_bad() -> None:
    async with open_to_an_issuer(failure=FetchFailed("connection refused")) as tenants:
        call = tenants.access.WhoAmI(access_service_pb2.WhoAmIRequest(), metadata=by(token()))
        found = await refused(call)
        assert (found.code, found.reason) == (grpc.StatusCode.UNAVAILABLE, "ISSUER_UNAVAILABLE")
        assert found.details == ["RetryInfo"]
        assert ISSUER in found.message


async def test_a_huge_token_is_refused_and_harms_nobody() -> None:
    async with open_to_an_issuer() as tenants:
        for size in (7_000, 20_000, 200_000):
            call = tenants.access.WhoAmI(access_service_pb2.WhoAmIRequest(), metadata=by("x" * size))
            with pytest.raises(grpc.aio.AioRpcError) as raised:
                await call
            # gRPC itself takes 8 KiB of metadata, or a little more.
            expected = grpc.StatusCode.UNAUTHENTICATED if size < 8_000 else grpc.StatusCode.RESOURCE_EXHAUSTED
            assert raised.value.code() is expected
        assert await tenants.access.WhoAmI(access_service_pb2.WhoAmIRequest(), metadata=by(token()))


async def test_a_good_token_is_its_user_with_groups_that_bindings_know() -> None:
    async with open_to_an_issuer() as tenants:
        me = await tenants.access.WhoAmI(access_service_pb2.WhoAmIRequest(), metadata=by(token()))
        assert (me.principal, me.proof) == ("user:alice", "oidc")
        project = await tenants.project("red")
        request = project_service_pb2.GetProjectRequest(name=project)
        denied = await refused(tenants.projects.GetProject(request, metadata=by(token())))
        assert denied.reason == "ACCESS_DENIED"
        await tenants.bind(project, ("viewer", "group:ops"))
        assert (await tenants.projects.GetProject(request, metadata=by(token()))).name == project
        denied = await refused(tenants.projects.GetProject(request, metadata=by(token(groups=["other"]))))
        assert denied.reason == "ACCESS_DENIED"


async def test_a_watch_outlives_its_token_where_there_is_a_fresh_one() -> None:
    """The server ends the stream with the token; the client goes on, and no event is missing."""
    async with open_to_an_issuer(skew_s=0.0) as tenants:
        await tenants.bind("/", ("admin", "user:alice"))
        given: list[str] = []

        def short() -> str:
            given.append(token(exp=int(time.time()) + 2))
            return given[-1]

        address = f"127.0.0.1:{tenants.control_plane.port}"
        async with aio.connect(address, token=short) as client:
            async with client.history.watch(after=0, types=["ProjectCreated"]) as watch:
                seen = [await anext(watch)]
                for number in range(3):
                    while len(set(given)) <= number + 1:
                        await tenants.project(f"p{len(seen)}")
                        seen.append(await anext(watch))
            positions = [each.position for each in seen]
        assert positions == sorted(set(positions))
        assert [each.project_created.name for each in seen[1:]] == [f"projects/p{n}" for n in range(1, len(seen))]
        fixed = token(exp=int(time.time()) + 2)
        async with aio.connect(address, token=fixed) as client:
            watch = client.history.watch(after=0, types=["ProjectDeleted"])
            with pytest.raises(ChronovisorError) as raised:
                await anext(watch)
        assert raised.value.reason == "TOKEN_EXPIRED"
