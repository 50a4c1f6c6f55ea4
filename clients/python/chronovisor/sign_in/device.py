"""The device flow (RFC 8628): a code that is entered in a browser, on any machine. Time is a parameter."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from chronovisor.sign_in.failures import SignInFailed
from chronovisor.sign_in.issuer import Issuer, Refused
from chronovisor.sign_in.registration import Tokens

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
ENDPOINT = "device_authorization_endpoint"
_USUAL_PAUSE_S = 5.0
_SLOWER_S = 5.0


@dataclass(frozen=True)
class Prompt:
    """What a person is to do: open `address`, enter `code`. `whole` has both, where the issuer gives it."""

    address: str
    code: str
    whole: str


def sign_in(
    issuer: Issuer,
    show: Callable[[Prompt], None],
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Tokens:
    """Waits until somebody has signed in. Raises SignInFailed."""
    begun = issuer.post(ENDPOINT, {"scope": issuer.registration.scope, **issuer.resource()})
    try:
        code, ends_at = str(begun["device_code"]), clock() + float(begun["expires_in"])
        prompt = Prompt(str(begun["verification_uri"]), str(begun["user_code"]), "")
    except (KeyError, TypeError, ValueError):
        raise SignInFailed("The issuer gave no device code") from None
    show(Prompt(prompt.address, prompt.code, str(begun.get("verification_uri_complete") or "")))
    pause_s = float(begun.get("interval") or _USUAL_PAUSE_S)
    while clock() + pause_s < ends_at:
        sleep(pause_s)
        try:
            return issuer.tokens({"grant_type": GRANT, "device_code": code, **issuer.resource()})
        except Refused as refusal:
            pause_s += _pause_more(refusal)
    raise SignInFailed("Nobody signed in while the code was good: begin again")


def _pause_more(refusal: Refused) -> float:
    match refusal.code:
        case "authorization_pending":
            return 0.0
        case "slow_down":
            return _SLOWER_S
        case "access_denied":
            raise SignInFailed("Whoever opened the page did not agree: begin again") from None
        case "expired_token":
            raise SignInFailed("Nobody signed in while the code was good: begin again") from None
        case _:
            raise refusal
