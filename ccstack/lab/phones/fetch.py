"""A file over HTTPS, as a phone fetches it: with the server's certificate checked, and credentials when asked."""

from __future__ import annotations

import asyncio
import base64
import http.client
import io
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Literal, cast
from urllib.parse import SplitResult, urlsplit

PATIENCE_S = 8.0
_LARGEST = 4 << 20

Why = Literal["unreachable", "certificate", "refused", "missing", "server"]


class FetchError(Exception):
    """A file that was not had: why, in a word, and in words."""

    def __init__(self, why: Why, text: str) -> None:
        super().__init__(text)
        self.why: Why = why


@dataclass(frozen=True)
class Credentials:
    """What a phone shows a provisioning server: a name with a password, a factory certificate, or both."""

    user: str = ""
    password: str = field(default="", repr=False)
    certificate: Path | None = None
    """PEM file with the certificate that the factory put in, and its key."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a phone gets to the network, and whom it believes."""

    new_socket: Callable[[socket.SocketKind], socket.socket]
    trust: tuple[str, ...]
    """CA certificates (PEM)."""


async def fetch(url: str, credentials: Credentials, way: Way) -> bytes:
    """The file at `url`. Raises `FetchError`."""
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        raise FetchError("unreachable", f"{url}: only https is asked")
    try:
        async with asyncio.timeout(PATIENCE_S):
            status, body = await _get(parts, None, credentials, way)
            if status == 401 and credentials.password:
                status, body = await _get(parts, credentials, credentials, way)
    except TimeoutError:
        raise FetchError("unreachable", f"{parts.netloc} does not answer") from None
    if status in (401, 403):
        raise FetchError("refused", f"{url}: {status}, the server refuses this phone")
    if status == 404:
        raise FetchError("missing", f"{url}: 404, the server has no such file")
    if status != 200:
        raise FetchError("server", f"{url}: the server answers {status}")
    return body


async def _get(parts: SplitResult, shown: Credentials | None, own: Credentials, way: Way) -> tuple[int, bytes]:
    host, port = str(parts.hostname), parts.port or 443
    reader, writer = await _connected(host, port, own, way)
    try:
        writer.write(_request(parts, shown))
        answer = await reader.read(_LARGEST)
        while not reader.at_eof() and len(answer) < _LARGEST:
            answer += await reader.read(_LARGEST)
    except OSError as error:
        raise FetchError("certificate", f"{parts.netloc} ends the connection: {error}") from None
    finally:
        writer.close()
    return _parsed(answer, parts)


async def _connected(
    host: str, port: int, own: Credentials, way: Way
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    context = ssl.create_default_context(cadata="\n".join(way.trust) or None)
    if own.certificate is not None:
        context.load_cert_chain(own.certificate)
    made = way.new_socket(socket.SOCK_STREAM)
    made.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(made, (host, port))
        return await asyncio.open_connection(sock=made, ssl=context, server_hostname=host)
    except ssl.SSLError as error:
        made.close()
        reason = getattr(error, "verify_message", "") or error.reason
        raise FetchError("certificate", f"{host}:{port} is not to be trusted: {reason}") from None
    except OSError as error:
        made.close()
        raise FetchError("unreachable", f"{host}:{port} cannot be reached: {error.strerror or error}") from None


def _request(parts: SplitResult, shown: Credentials | None) -> bytes:
    """HTTP/1.0: the end of the answer is the end of the connection."""
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = [f"GET {path} HTTP/1.0", f"Host: {parts.netloc}", "User-Agent: desk phone"]
    if shown is not None:
        token = base64.b64encode(f"{shown.user}:{shown.password}".encode()).decode()
        lines.append(f"Authorization: Basic {token}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class _Received:
    """An answer that has come, as `http.client` wants to read it."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, _mode: str) -> BinaryIO:
        return io.BytesIO(self._data)


def _parsed(answer: bytes, parts: SplitResult) -> tuple[int, bytes]:
    response = http.client.HTTPResponse(cast(socket.socket, _Received(answer)))
    try:
        response.begin()
        return response.status, response.read()
    except (http.client.HTTPException, OSError) as error:
        raise FetchError("server", f"{parts.netloc} answers what is not HTTP: {type(error).__name__}") from None
