"""The master key: read, and refused when it is weak."""

from __future__ import annotations

import base64
import binascii
import re
from itertools import pairwise

from .sensitive import Sensitive

KEY_BYTES = 32
"""Shortest master key, in bytes: 256 bits, the strength of HKDF-SHA256 (RFC 5869)."""

_DISTINCT = 16
"""A random key of 32 bytes has about 30 distinct ones; fewer than this has a chance below 1e-11."""

MAKE_ONE = "make one with: openssl rand -base64 32"


class WeakMasterKeyError(ValueError):
    """The master key is malformed or easy to guess. The message never holds any of it."""


def parse_master_key(text: Sensitive) -> Sensitive:
    """The bytes of a master key written in hex or base64; `WeakMasterKeyError` when it is no good key."""
    written = text.reveal().strip()
    key = _decode(written)
    weakness = _weakness(written, key)
    if weakness:
        raise WeakMasterKeyError(f"{weakness}; {MAKE_ONE}")
    return Sensitive(key)


def _decode(written: str) -> bytes:
    if re.fullmatch(r"(?:[0-9A-Fa-f]{2})+", written):
        return bytes.fromhex(written)
    try:
        return base64.b64decode(written.translate(str.maketrans("-_", "+/")), validate=True)
    except (binascii.Error, ValueError):
        raise WeakMasterKeyError(f"it is neither hex nor base64; {MAKE_ONE}") from None


def _weakness(written: str, key: bytes) -> str | None:
    if len(key) < KEY_BYTES:
        return f"it has {len(key)} bytes, at least {KEY_BYTES} are needed"
    if len(set(key)) < _DISTINCT or len({b - a & 255 for a, b in pairwise(key)}) < _DISTINCT // 2:
        return "its bytes repeat or count up"
    if any(key == (key[:n] * len(key))[: len(key)] for n in range(1, len(key) // 2 + 1)):
        return "it repeats itself"
    if all(32 <= byte < 127 for byte in key) or not _looks_random(written):
        return "it is text that somebody typed, not random bytes"
    return None


def _looks_random(written: str) -> bool:
    # 43 random base64 characters without any capital have a chance below 1e-9; a typed phrase often has none.
    in_hex = re.fullmatch(r"[0-9A-Fa-f]+", written) is not None
    return in_hex or (written.lower() != written and written.upper() != written)
