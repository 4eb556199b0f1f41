"""Values derived from the master key: HKDF-SHA256 (RFC 5869), one per center, path and epoch."""

from __future__ import annotations

import base64
import hmac
import re
from itertools import count, pairwise

from .sensitive import Sensitive

_PASSWORD_BYTES = 20
"""160 bits: 32 characters of base32 without padding."""

_SHORT_BYTES = 10
"""80 bits: 16 characters."""

_PIN_DIGITS = 6


def derive_password(master: Sensitive, center: str, path: str, epoch: int) -> Sensitive:
    """A password of 32 lower-case letters and digits (160 bits), safe unquoted in every syntax that we write."""
    return Sensitive(base64.b32encode(_expand(master, center, path, epoch, "password", _PASSWORD_BYTES)).lower())


def derive_short_password(master: Sensitive, center: str, path: str, epoch: int) -> Sensitive:
    """A password of 16 lower-case letters and digits (80 bits), for a phone's menus: people type it on a dial pad, and
    some phones keep no more than 30 characters."""
    return Sensitive(base64.b32encode(_expand(master, center, path, epoch, "short", _SHORT_BYTES)).lower())


def derive_pin(master: Sensitive, center: str, path: str, epoch: int) -> Sensitive:
    """A PIN of six digits that is not one of those that people try first."""
    for attempt in count():
        number = int.from_bytes(_expand(master, center, path, epoch, f"pin-{attempt}", 16), "big")
        pin = f"{number % 10**_PIN_DIGITS:0{_PIN_DIGITS}d}"
        if not is_trivial_pin(pin):
            return Sensitive(pin)
    raise AssertionError("count() does not end")


def is_trivial_pin(pin: str) -> bool:
    """Whether a PIN is among the first guesses: one or two digits repeated, a run, a date, half of it twice."""
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    repeated = len(set(pin)) <= 2 or pin[: len(pin) // 2] == pin[len(pin) // 2 :]
    return repeated or len(steps) == 1 or _is_date(pin) or pin == pin[::-1]


def _is_date(pin: str) -> bool:
    day, month = r"(0[1-9]|[12]\d|3[01])", r"(0[1-9]|1[0-2])"
    return re.fullmatch(rf"{day}{month}\d\d|{month}{day}\d\d|\d\d{month}{day}", pin) is not None


def _expand(master: Sensitive, center: str, path: str, epoch: int, purpose: str, length: int) -> bytes:
    # NUL separates the parts: neither a name nor a path can hold one, so no two inputs read the same.
    info = "\0".join(("ccstack", center, path, str(epoch), purpose)).encode()
    return hkdf(master.reveal_bytes(), info)[:length]


def hkdf(key: bytes, info: bytes) -> bytes:
    """The first 32 bytes of HKDF-SHA256 without a salt (RFC 5869, sections 2.2 and 2.3): the first block is all.

    By Python's own HMAC: a library for it would keep every look at a host waiting until it is loaded.
    """
    extracted = hmac.digest(bytes(32), key, "sha256")
    return hmac.digest(extracted, info + b"\x01", "sha256")
