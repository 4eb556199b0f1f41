"""SIP over UDP, TCP and TLS (RFC 3261 section 18): channels to peers, and messages that come in."""

import asyncio
import hashlib
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Self

from ccstack.calls.protocol import ANY_HOST, Tls
from ccstack.calls.sip.message import Request, Response, StreamCutter, parse
from ccstack.calls.sip.uri import DEFAULT_PORT, SipSyntaxError, Uri

CONNECT_TIMEOUT_S = 4.0
Peer = tuple[str, int]
NewSocket = Callable[[socket.SocketKind], socket.socket]
"""Makes an IPv4 socket: plain, or elsewhere, or marked."""


def plain_socket(kind: socket.SocketKind) -> socket.socket:
    """A socket of this process's own network."""
    return socket.socket(socket.AF_INET, kind)


class TransportError(Exception):
    """A peer that could not be reached; the text says which, and why."""


@dataclass(frozen=True)
class Hop:
    """Where a message goes next. `host` is an address or a name that /etc/hosts knows."""

    transport: str
    host: str
    port: int

    @classmethod
    def of(cls, uri: Uri) -> Self:
        """The hop that a SIP URI names; no SRV or NAPTR look-ups: a design's hosts have addresses."""
        return cls(uri.transport, uri.host.strip("[]"), uri.port or DEFAULT_PORT[uri.transport])

    def __str__(self) -> str:
        return f"{self.transport}:{self.host}:{self.port}"


class Channel:
    """A way to one peer: a remote address on the UDP socket, or one TCP or TLS connection."""

    transport = "udp"
    reliable = False

    def __init__(self, local: Peer, remote: Peer) -> None:
        self.local = local
        self.remote = remote
        self.closed = False

    def send(self, data: bytes) -> None:
        """Put one message on the wire. Raises `TransportError`."""
        raise NotImplementedError

    def with_port(self, port: int) -> "Channel":  # noqa: ARG002
        """The channel for responses to a peer that wants them at another port; a connection stays itself."""
        return self


class _UdpChannel(Channel):
    def __init__(self, socket_: asyncio.DatagramTransport, local: Peer, remote: Peer) -> None:
        super().__init__(local, remote)
        self._socket = socket_

    def send(self, data: bytes) -> None:
        self._socket.sendto(data, self.remote)

    def with_port(self, port: int) -> Channel:
        return _UdpChannel(self._socket, self.local, (self.remote[0], port))


Receiver = Callable[[Request | Response, Channel], None]


class _UdpProtocol(asyncio.DatagramProtocol):
    def __init__(self, layer: "TransportLayer") -> None:
        self._layer = layer

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        # Anything may arrive on a UDP port; what is not SIP (keep-alives too) gets no answer.
        with suppress(SipSyntaxError):
            message = parse(data)
            self._layer.receive(message, self._layer.udp_channel((addr[0], addr[1])))


class StreamChannel(asyncio.Protocol, Channel):
    """One TCP or TLS connection, made by us or accepted."""

    reliable = True

    def __init__(self, layer: "TransportLayer", transport: str) -> None:
        Channel.__init__(self, ("", 0), ("", 0))
        self.transport = transport
        self.hop: Hop | None = None
        self._layer = layer
        self._cutter = StreamCutter()
        self._stream: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._stream = transport  # type: ignore[assignment]
        self.local = transport.get_extra_info("sockname")[:2]
        self.remote = transport.get_extra_info("peername")[:2]
        self._layer.streams.add(self)

    def connection_lost(self, _exc: Exception | None) -> None:
        self.closed = True
        self._layer.stream_closed(self)

    def data_received(self, data: bytes) -> None:
        pings = self._cutter.pings
        try:
            messages = self._cutter.feed(data)
        except SipSyntaxError:
            self.close()
            return
        if self._cutter.pings > pings and self._stream is not None:
            self._stream.write(b"\r\n")
        for message in messages:
            self._layer.receive(message, self)

    def send(self, data: bytes) -> None:
        if self.closed or self._stream is None or self._stream.is_closing():
            raise TransportError(f"the connection to {self.remote[0]}:{self.remote[1]} is closed")
        self._stream.write(data)

    def close(self) -> None:
        """Close the connection."""
        self.closed = True
        if self._stream is not None:
            self._stream.close()

    def peer_certificate(self) -> bytes:
        """The TLS peer's certificate (DER)."""
        tls = None if self._stream is None else self._stream.get_extra_info("ssl_object")
        return b"" if tls is None else tls.getpeercert(binary_form=True) or b""


class TransportLayer:
    """Listens on one address and port over UDP and TCP (and TLS with a certificate), and opens channels."""

    def __init__(
        self, receive: Receiver, stream_lost: Callable[[Channel], None], new_socket: NewSocket = plain_socket
    ) -> None:
        self._receive = receive
        self._stream_lost = stream_lost
        self._new_socket = new_socket
        self._udp: asyncio.DatagramTransport | None = None
        self._servers: list[asyncio.Server] = []
        self._bind = ANY_HOST
        self._tls = Tls()
        self._opening: dict[Hop, asyncio.Task[StreamChannel]] = {}
        self._routes: dict[str, str] = {}
        self.port = 0
        self.streams: set[StreamChannel] = set()

    async def listen(self, bind: str, port: int, tls: Tls) -> None:
        """Bind everything; port 0 takes a free one, the same for UDP and TCP. Raises `TransportError`."""
        self._bind, self._tls = bind, tls
        loop = asyncio.get_running_loop()
        try:
            tcp = await loop.create_server(lambda: StreamChannel(self, "tcp"), sock=self._bound(bind, port))
            self._servers.append(tcp)
            self.port = tcp.sockets[0].getsockname()[1]
            made = await loop.create_datagram_endpoint(
                lambda: _UdpProtocol(self), sock=self._bound(bind, self.port, socket.SOCK_DGRAM)
            )
            self._udp = made[0]
            if tls.certificate:
                context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
                context.load_cert_chain(tls.certificate, tls.key)
                secure = lambda: StreamChannel(self, "tls")  # noqa: E731
                self._servers.append(await loop.create_server(secure, sock=self._bound(bind, tls.port), ssl=context))
        except OSError as error:
            raise TransportError(f"cannot listen on {bind}:{port}: {error}") from error

    def _bound(self, host: str, port: int, kind: socket.SocketKind = socket.SOCK_STREAM) -> socket.socket:
        made = self._new_socket(kind)
        try:
            if kind == socket.SOCK_STREAM:
                made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.setblocking(False)
            made.bind((host, port))
        except OSError:
            made.close()
            raise
        return made

    def close(self) -> None:
        """Close every socket."""
        for server in self._servers:
            server.close()
        for stream in list(self.streams):
            stream.close()
        if self._udp is not None:
            self._udp.close()

    def receive(self, message: Request | Response, channel: Channel) -> None:
        """Hand a message on; called by the sockets."""
        self._receive(message, channel)

    def stream_closed(self, stream: StreamChannel) -> None:
        """Forget a connection and tell its users; called by the connection."""
        self.streams.discard(stream)
        self._stream_lost(stream)

    def udp_channel(self, remote: Peer) -> Channel:
        """The UDP socket, aimed at one address."""
        if self._udp is None:
            raise TransportError("not listening")
        return _UdpChannel(self._udp, (self.local_host(remote[0]), self.port), remote)

    def local_host(self, remote: str) -> str:
        """Our address as `remote` sees it. Raises `TransportError` when there is no route."""
        if self._bind != ANY_HOST:
            return self._bind
        if remote not in self._routes:
            with self._new_socket(socket.SOCK_DGRAM) as probe:
                try:
                    probe.connect((remote, 9))
                except OSError as error:
                    raise TransportError(f"no route to {remote}: {error.strerror}") from error
                self._routes[remote] = probe.getsockname()[0]
        return self._routes[remote]

    def contact_port(self, channel: Channel) -> int:
        """Where a peer reaches us by this channel's transport: our listener, else the connection itself."""
        if channel.transport == "tls":
            return self._tls.port if self._tls.certificate else channel.local[1]
        return self.port

    async def open(self, hop: Hop) -> Channel:
        """A channel to a hop, an open connection where there is one. Raises `TransportError`."""
        address = await _resolve(hop.host)
        if hop.transport == "udp":
            return self.udp_channel((address, hop.port))
        for stream in self.streams:
            if stream.transport == hop.transport and stream.remote == (address, hop.port) and not stream.closed:
                return stream
        return await self._connect(Hop(hop.transport, address, hop.port))

    async def _connect(self, hop: Hop) -> StreamChannel:
        task = self._opening.get(hop)
        if task is None:
            task = asyncio.ensure_future(self._connected(hop))
            self._opening[hop] = task
            task.add_done_callback(lambda _done: self._opening.pop(hop, None))
        return await asyncio.shield(task)

    async def _connected(self, hop: Hop) -> StreamChannel:
        loop = asyncio.get_running_loop()
        context = _client_context(self._tls) if hop.transport == "tls" else None
        name = (self._tls.server_name or hop.host) if context else None
        made: socket.socket | None = None
        try:
            made = self._outgoing()
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                await loop.sock_connect(made, (hop.host, hop.port))
                _, stream = await loop.create_connection(
                    lambda: StreamChannel(self, hop.transport), sock=made, ssl=context, server_hostname=name
                )
        except (OSError, TimeoutError) as error:
            if made is not None:
                made.close()
            raise TransportError(f"{hop}: {error or 'no answer'}") from error
        self._check_pin(stream, hop)
        return stream

    def _outgoing(self) -> socket.socket:
        if self._bind != ANY_HOST:
            return self._bound(self._bind, 0)
        made = self._new_socket(socket.SOCK_STREAM)
        made.setblocking(False)
        return made

    def _check_pin(self, stream: StreamChannel, hop: Hop) -> None:
        if hop.transport != "tls" or self._tls.pin is None:
            return
        seen = hashlib.sha256(stream.peer_certificate()).hexdigest()
        if seen != self._tls.pin:
            stream.close()
            raise TransportError(f"{hop}: the peer's certificate has SHA-256 {seen}, pinned is {self._tls.pin}")


def _client_context(tls: Tls) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=tls.ca_file)
    if tls.pin is not None and tls.ca_file is None:
        # The pin names the one certificate that will do; who signed it, and for which name, adds nothing.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


async def _resolve(host: str) -> str:
    with suppress(ValueError):
        return str(ip_address(host))
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, None, family=socket.AF_INET, type=socket.SOCK_DGRAM)
    except OSError as error:
        raise TransportError(f"cannot resolve {host}: {error.strerror}") from error
    return str(found[0][4][0])
