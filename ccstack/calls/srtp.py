"""SRTP with keys from the session description: AES_CM_128_HMAC_SHA1_80 (RFC 3711, SDES: RFC 4568)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

SUITE = "AES_CM_128_HMAC_SHA1_80"
"""The one suite that every SDES endpoint has (RFC 4568 section 6.2.1)."""

_KEY, _SALT, _TAG = 16, 14, 10
_HEADER = 12
_HALF = 0x8000
_WHOLE = 0x10000


def new_key() -> str:
    """A master key and salt, as an `inline:` parameter has them."""
    return base64.b64encode(secrets.token_bytes(_KEY + _SALT)).decode()


def is_usable(key: str) -> bool:
    """Whether `key` is the base64 of a master key and salt."""
    try:
        return len(base64.b64decode(key + "=" * (-len(key) % 4), validate=True)) == _KEY + _SALT
    except ValueError:
        return False


@dataclass(frozen=True)
class SessionKeys:
    """What is derived of a master key for RTP (RFC 3711 section 4.3, key derivation rate 0)."""

    cipher: bytes
    auth: bytes
    salt: bytes


def derive(key: str) -> SessionKeys:
    """The session keys of a master key in base64."""
    raw = base64.b64decode(key + "=" * (-len(key) % 4))
    master, salt = raw[:_KEY], raw[_KEY:]

    def part(label: int, length: int) -> bytes:
        # The label stands above the 48 bits of the packet index, which is 0.
        x = int.from_bytes(salt, "big") ^ (label << 48)
        return _counter_mode(master, x << 16, bytes(length))

    return SessionKeys(part(0, _KEY), part(1, 20), part(2, _SALT))


def _counter_mode(key: bytes, counter: int, text: bytes) -> bytes:
    return Cipher(algorithms.AES(key), modes.CTR(counter.to_bytes(16, "big"))).encryptor().update(text)


class Srtp:
    """A stream's way to the wire and back. What does not carry a right tag is dropped."""

    def __init__(self, send_key: str, receive_key: str) -> None:
        self.keys = (send_key, receive_key)
        self._send, self._receive = derive(send_key), derive(receive_key)
        self._sent = _Indices()
        self._received: dict[int, _Indices] = {}

    def protect(self, packet: bytes) -> bytes:
        """A packet for the wire."""
        sequence = int.from_bytes(packet[2:4], "big")
        index = self._sent.guess(sequence)
        self._sent.take(index)
        wire = _crypted(self._send, packet, index)
        return wire + _tag(self._send, wire, index)

    def unprotect(self, packet: bytes) -> bytes | None:
        """A packet from the wire, or None when it is to be dropped."""
        if len(packet) < _HEADER + _TAG:
            return None
        wire, tag = packet[:-_TAG], packet[-_TAG:]
        source = int.from_bytes(wire[8:12], "big")
        indices = self._received.get(source, _Indices())
        index = indices.guess(int.from_bytes(wire[2:4], "big"))
        if not hmac.compare_digest(tag, _tag(self._receive, wire, index)):
            return None
        indices.take(index)
        self._received[source] = indices  # only those who know the key are remembered
        return _crypted(self._receive, wire, index)


class _Indices:
    """The packet index: the sequence number and how often it has wrapped (RFC 3711 section 3.3.1)."""

    def __init__(self) -> None:
        self._highest: int | None = None

    def guess(self, sequence: int) -> int:
        if self._highest is None:
            return sequence
        rollovers, last = divmod(self._highest, _WHOLE)
        if sequence - last > _HALF and rollovers:
            rollovers -= 1
        elif last - sequence > _HALF:
            rollovers += 1
        return rollovers * _WHOLE + sequence

    def take(self, index: int) -> None:
        self._highest = index if self._highest is None else max(index, self._highest)


def _crypted(keys: SessionKeys, packet: bytes, index: int) -> bytes:
    """The packet with its payload encrypted or decrypted, which is the same in counter mode."""
    start = _payload_at(packet)
    source = int.from_bytes(packet[8:12], "big")
    counter = (int.from_bytes(keys.salt, "big") << 16) ^ (source << 64) ^ (index << 16)
    return packet[:start] + _counter_mode(keys.cipher, counter, packet[start:])


def _payload_at(packet: bytes) -> int:
    """Where the payload begins, after contributing sources and a header extension (RFC 3550 section 5)."""
    start = _HEADER + 4 * (packet[0] & 0x0F)
    if packet[0] & 0x10 and len(packet) >= start + 4:
        start += 4 + 4 * int.from_bytes(packet[start + 2 : start + 4], "big")
    return min(start, len(packet))


def _tag(keys: SessionKeys, wire: bytes, index: int) -> bytes:
    rollovers = (index // _WHOLE).to_bytes(4, "big")
    return hmac.new(keys.auth, wire + rollovers, hashlib.sha1).digest()[:_TAG]
