"""A DHCP client (RFC 2131) that speaks for itself: messages, and the way to a lease and its renewal."""

from __future__ import annotations

import asyncio
import secrets
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Address

SERVER_PORT, CLIENT_PORT = 67, 68
NOWHERE = IPv4Address("0.0.0.0")  # noqa: S104 - a client without an address (RFC 2131 section 4.1)
ANYBODY = IPv4Address("255.255.255.255")

DISCOVER, OFFER, REQUEST, ACK, NAK = 1, 2, 3, 5, 6
MASK, ROUTER, NTP, WANTED, LEASE_S, KIND, SERVER, ASKED, VENDOR_CLASS, CLIENT_ID = 1, 3, 42, 50, 51, 53, 54, 55, 60, 61
TIME_ZONE, TFTP_SERVER, PROVISIONING = 2, 66, 160
RENEWAL_S, REBINDING_S = 58, 59

TRIES_S = (1.0, 2.0, 4.0)
"""How long each try waits for an answer. The standard begins at four seconds; on a cable of a lab one is long."""

_FIXED = struct.Struct("!BBBBIHH4s4s4s4s16s192x4s")
_COOKIE = bytes.fromhex("63825363")
_BROADCAST = 0x8000


class DhcpError(Exception):
    """No lease; the text says what was heard."""


@dataclass(frozen=True, slots=True)
class Message:
    """A DHCP message."""

    kind: int
    transaction: int
    mac: bytes
    yours: IPv4Address = NOWHERE
    """`yiaddr`: the address that the server gives."""
    mine: IPv4Address = NOWHERE
    """`ciaddr`: the address that the client has."""
    options: dict[int, bytes] = field(default_factory=dict)
    reply: bool = False

    def __bytes__(self) -> bytes:
        operation = 2 if self.reply else 1
        flags = 0 if self.mine != NOWHERE else _BROADCAST  # who has no address hears broadcasts only
        hardware = self.mac + bytes(10)
        none = bytes(4)
        head = _FIXED.pack(
            operation, 1, 6, 0, self.transaction, 0, flags, self.mine.packed, self.yours.packed, none, none,
            hardware, _COOKIE,
        )  # fmt: skip
        listed = {KIND: bytes((self.kind,)), **self.options}
        return head + b"".join(bytes((code, len(value))) + value for code, value in listed.items()) + b"\xff"


def parse(data: bytes) -> Message | None:
    """The message, or None for what is not DHCP."""
    if len(data) < _FIXED.size:
        return None
    operation, _, _, _, transaction, _, _, mine, yours, _, _, hardware, cookie = _FIXED.unpack_from(data)
    options = _options(data[_FIXED.size :])
    if cookie != _COOKIE or len(options.get(KIND, b"")) != 1:
        return None
    kind = options.pop(KIND)[0]
    return Message(
        kind, transaction, hardware[:6], IPv4Address(yours), IPv4Address(mine), options, reply=operation == 2
    )


def _options(data: bytes) -> dict[int, bytes]:
    """Options by code; one that comes in parts is joined (RFC 3396)."""
    options: dict[int, bytes] = {}
    at = 0
    while at < len(data) and data[at] != 255:
        if data[at] == 0:
            at += 1
            continue
        if at + 1 >= len(data):
            break
        length = data[at + 1]
        options[data[at]] = options.get(data[at], b"") + data[at + 2 : at + 2 + length]
        at += 2 + length
    return options


@dataclass(frozen=True, slots=True)
class Lease:
    """An address, for a time, and what came with it."""

    address: IPv4Address
    prefix: int
    router: IPv4Address | None
    server: IPv4Address
    seconds: int
    since: float
    """Seconds since 1970."""
    options: dict[int, bytes] = field(default_factory=dict)

    @property
    def ends(self) -> float:
        """When it ends, in seconds since 1970."""
        return self.since + self.seconds

    @property
    def renews(self) -> float:
        """When its server is asked for more of it (T1), in seconds since 1970: as told, else at half of it."""
        return self._after(RENEWAL_S, 1 / 2)

    @property
    def rebinds(self) -> float:
        """When any server is (T2): as told, else at seven eighths of it."""
        return self._after(REBINDING_S, 7 / 8)

    def _after(self, option: int, share: float) -> float:
        told = self.options.get(option)
        return self.since + (int.from_bytes(told) if told else self.seconds * share)

    def text(self, option: int) -> str | None:
        """An option that is text, such as 66."""
        value = self.options.get(option)
        return value.rstrip(b"\x00").decode(errors="replace") if value else None


def lease_of(ack: Message, now: float) -> Lease:
    """The lease that an ACK gives. Raises `DhcpError` when a part without which there is none is missing."""
    try:
        mask, seconds, server = ack.options[MASK], ack.options[LEASE_S], ack.options[SERVER]
    except KeyError as missing:
        raise DhcpError(f"the server's ACK has no option {missing}") from None
    router = ack.options.get(ROUTER, b"")[:4]
    return Lease(
        address=ack.yours,
        prefix=int.from_bytes(mask).bit_count(),
        router=IPv4Address(router) if len(router) == 4 else None,
        server=IPv4Address(server),
        seconds=int.from_bytes(seconds),
        since=now,
        options=ack.options,
    )


class Client:
    """One phone's client. `broadcast` sends a message to everybody on the VLAN, `unicast` to one server."""

    def __init__(
        self,
        mac: bytes,
        vendor_class: str,
        broadcast: Callable[[bytes], None],
        unicast: Callable[[bytes, IPv4Address], None],
        tries_s: tuple[float, ...] = TRIES_S,
    ) -> None:
        self._mac, self._vendor_class = mac, vendor_class
        self._broadcast, self._unicast, self._tries_s = broadcast, unicast, tries_s
        self._heard: asyncio.Queue[Message] = asyncio.Queue()
        self._transaction = 0

    def receive(self, payload: bytes) -> None:
        """Take in what came to the client's port."""
        message = parse(payload)
        if message and message.reply and (message.transaction, message.mac) == (self._transaction, self._mac):
            self._heard.put_nowait(message)

    async def obtain(self) -> Lease:
        """A lease: discover, offer, request, acknowledge. Raises `DhcpError`."""
        self._begin()
        offer = await self._answer(lambda: self._broadcast(bytes(self._message(DISCOVER))), (OFFER,))
        if offer is None:
            raise DhcpError("no DHCP server made an offer")
        wanted = {WANTED: offer.yours.packed, SERVER: offer.options.get(SERVER, b"")}
        answer = await self._answer(lambda: self._broadcast(bytes(self._message(REQUEST, wanted))), (ACK, NAK))
        if answer is None:
            raise DhcpError(f"the DHCP server offered {offer.yours} and did not acknowledge it")
        if answer.kind == NAK:
            raise DhcpError(f"the DHCP server offered {offer.yours} and then refused it")
        return lease_of(answer, time.time())

    async def renew(self, lease: Lease) -> Lease | None:
        """The lease for longer (section 4.3.2, RENEWING); None when its server is silent. Raises `DhcpError`."""
        self._begin()
        message = bytes(self._message(REQUEST, mine=lease.address))
        return _renewed(await self._answer(lambda: self._unicast(message, lease.server), (ACK, NAK)), lease)

    async def rebind(self, lease: Lease) -> Lease | None:
        """The same from any server (REBINDING)."""
        self._begin()
        message = bytes(self._message(REQUEST, mine=lease.address))
        return _renewed(await self._answer(lambda: self._broadcast(message), (ACK, NAK)), lease)

    def _begin(self) -> None:
        self._transaction = secrets.randbits(32)
        while not self._heard.empty():
            self._heard.get_nowait()

    def _message(self, kind: int, more: dict[int, bytes] | None = None, mine: IPv4Address = NOWHERE) -> Message:
        options = {
            CLIENT_ID: b"\x01" + self._mac,
            VENDOR_CLASS: self._vendor_class.encode(),
            ASKED: bytes((MASK, ROUTER, TIME_ZONE, NTP, RENEWAL_S, REBINDING_S, TFTP_SERVER, PROVISIONING)),
        }
        return Message(kind, self._transaction, self._mac, mine=mine, options={**options, **(more or {})})

    async def _answer(self, send: Callable[[], None], kinds: tuple[int, ...]) -> Message | None:
        for seconds in self._tries_s:
            send()
            try:
                async with asyncio.timeout(seconds):
                    while (message := await self._heard.get()).kind not in kinds:
                        pass
                    return message
            except TimeoutError:
                continue
        return None


def _renewed(answer: Message | None, lease: Lease) -> Lease | None:
    if answer is None:
        return None
    if answer.kind == NAK:
        raise DhcpError(f"the DHCP server takes {lease.address} back")
    return lease_of(answer, time.time())
