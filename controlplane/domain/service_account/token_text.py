"""What a token looks like: `cvsa_`, its id, its secret, and a checksum by which scanners know it. Pure.

All after `cvsa_` is of 0-9, A-Z and a-z, as digits of base 62: 12 of the id, 43 of 256 random bits, and 6 of the CRC32
of all before them. The whole is matched by SCANNED.
"""

from binascii import crc32

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
PREFIX = "cvsa_"
ID_LENGTH, SECRET_LENGTH, CHECKSUM_LENGTH = 12, 43, 6
LENGTH = len(PREFIX) + ID_LENGTH + SECRET_LENGTH + CHECKSUM_LENGTH
SCANNED = r"cvsa_[0-9A-Za-z]{61}"
# Random bits of a secret: 43 digits have room for them.
SECRET_BITS = 256
_BASE = len(DIGITS)
# Two digits at once: a checksum is three of these.
_PAIRS = tuple(high + low for high in DIGITS for low in DIGITS)
_PAIR = len(_PAIRS)
_ID = slice(len(PREFIX), len(PREFIX) + ID_LENGTH)


def base62(number: int, length: int) -> str:
    """A number's digits, with leading zeros."""
    digits: list[str] = []
    for _ in range(length):
        number, digit = divmod(number, _BASE)
        digits.append(DIGITS[digit])
    return "".join(reversed(digits))


def token_id(number: int) -> str:
    """The id of a random number: of 71 bits, the lowest."""
    return base62(number, ID_LENGTH)


def token_text(id_: str, secret: int) -> str:
    """The token of an id and a secret of SECRET_BITS."""
    body = f"{PREFIX}{id_}{base62(secret, SECRET_LENGTH)}"
    return body + _checksum(body.encode())


def id_in(text: str) -> str:
    """The id of a token that is whole; empty for one that was cut or altered, and for any other text."""
    if len(text) != LENGTH or not text.startswith(PREFIX) or not text.isascii():
        return ""
    return text[_ID] if _checksum(text[:-CHECKSUM_LENGTH].encode()) == text[-CHECKSUM_LENGTH:] else ""


def is_token_id(text: str) -> bool:
    """Whether it is such as an id is."""
    return len(text) == ID_LENGTH and text.isascii() and text.isalnum()


def _checksum(body: bytes) -> str:
    high, rest = divmod(crc32(body), _PAIR * _PAIR)
    middle, low = divmod(rest, _PAIR)
    return _PAIRS[high] + _PAIRS[middle] + _PAIRS[low]
