"""The DHCP relay in a site's router (RFC 2131 section 4.1, RFC 1542 section 4): to every server of the site."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from ipaddress import IPv4Address

from ccstack.lab.phones.frames import EVERYBODY, IPV4, Datagram, Frame
from ccstack.lab.phones.space import entered

from . import snooping
from .plan import PlanNetwork
from .wire import Wire

_ANYBODY = IPv4Address("255.255.255.255")


class Relay:
    """Relays for one network. A server in the network itself hears its clients without help."""

    def __init__(self, network: PlanNetwork) -> None:
        self._network = network
        self._servers = [server for server in network.servers if server not in network.subnet]
        with entered(network.router):
            self._clients = _listener("", network.bridge)
            self._answers = _listener(str(network.gateway), None)
        self._wire = Wire(network.router, network.bridge)
        self._mac = self._wire.socket.getsockname()[4]
        loop = asyncio.get_running_loop()
        loop.add_reader(self._clients, self._asked)
        loop.add_reader(self._answers, self._answered)
        loop.add_reader(self._wire.socket, self._drained)

    def _drained(self) -> None:
        with suppress(OSError):
            while self._wire.read() is not None:
                pass

    def _asked(self) -> None:
        message = _next(self._clients)
        if not snooping.is_dhcp(message) or not snooping.is_request(message):
            return
        relayed = snooping.relayed(message, self._network.gateway)
        for server in self._servers if relayed else ():
            self._send(relayed or b"", server)

    def _send(self, message: bytes, server: IPv4Address) -> None:
        try:
            self._answers.sendto(message, (str(server), snooping.SERVER_PORT))
        except OSError:
            return  # no way there now: the client asks again

    def _answered(self) -> None:
        message = _next(self._answers)
        ours = snooping.is_dhcp(message) and snooping.relayed_by(message) == self._network.gateway
        if not ours or snooping.is_request(message):
            return
        broad = snooping.wants_broadcast(message) or snooping.yours(message) == IPv4Address(0)
        to = _ANYBODY if broad else snooping.yours(message)
        packet = Datagram(self._network.gateway, to, snooping.SERVER_PORT, snooping.CLIENT_PORT, message)
        hardware = EVERYBODY if broad else snooping.client(message)
        self._wire.write(Frame(hardware, self._mac, IPV4, bytes(packet)))


def _next(listener: socket.socket) -> bytes:
    """What waits; nothing when it was not for us after all (select(2), BUGS)."""
    try:
        return listener.recv(2048)
    except OSError:
        return b""


def _listener(address: str, device: str | None) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    if device is not None:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
    made.bind((address, snooping.SERVER_PORT))
    made.setblocking(False)
    return made
