"""Switches behind ssh (RFC 4254): many in one process, each at its address, with faults at will."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from collections.abc import Coroutine, Iterable, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import asyncssh

from ccstack.lab.phones.space import entered

from .engine import Dropped, Engine, Faults, HungUp, Session

_T = TypeVar("_T")
_KEYS = re.compile(r"[\r\n\x03\x1a\x15\x08\x7f]")
TICK_S = 0.1
"""How often timers are looked at, in seconds."""


@dataclass(frozen=True, slots=True)
class Login:
    """Who may log in: by password, or with the private half of a key (`ssh-ed25519 AAAA...`)."""

    user: str = "admin"
    password: str | None = None
    key: str | None = None


@dataclass
class SimulatedSwitch:
    """A switch that answers ssh at `address`:`port` (0: any free one; then `port` says which).

    `host_key` is its private key (OpenSSH or PEM); without one it makes its own. Restarting takes `boot_s` seconds,
    in which connections are refused. Use it in a `Rack`, or alone as a context manager.
    """

    engine: Engine
    address: str = "127.0.0.1"
    port: int = 0
    logins: Sequence[Login] = (Login(password="admin"),)  # noqa: S106 - a simulated switch's, for tests
    host_key: str | None = None
    boot_s: float = 0.5
    space: Path | None = None
    """The network namespace in which the address is."""
    _listener: asyncssh.SSHAcceptor | None = field(default=None, repr=False)
    _deaf: socket.socket | None = field(default=None, repr=False)
    _connections: set[asyncssh.SSHServerConnection] = field(default_factory=set, repr=False)
    _rack: Rack | None = field(default=None, repr=False)
    _loop: asyncio.AbstractEventLoop | None = field(default=None, repr=False)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set, repr=False)
    _silent: bool = False

    def __post_init__(self) -> None:
        key = asyncssh.import_private_key(self.host_key) if self.host_key else None
        self._key = key or asyncssh.generate_private_key("ssh-ed25519")
        self.engine.on_reload.append(self._restarting)

    @property
    def name(self) -> str:
        """The switch's name."""
        return self.engine.name

    @property
    def faults(self) -> Faults:
        """What goes wrong; set its fields."""
        return self.engine.faults

    @property
    def is_up(self) -> bool:
        """Whether it answers: it is neither restarting nor cut off."""
        return self._listener is not None

    @property
    def is_cut(self) -> bool:
        """Whether nobody reaches it."""
        return self._silent

    @property
    def public_host_key(self) -> str:
        """Its host key as in known_hosts, without the host."""
        return self._key.export_public_key().decode().strip()

    # life

    async def start(self) -> None:
        """Answer."""
        self._loop = asyncio.get_running_loop()
        self._listener = await asyncssh.listen(
            sock=self._socket(),
            server_factory=lambda: _Door(self),
            server_host_keys=[self._key],
            process_factory=lambda process: _Terminal(self, process).run(),
            line_editor=False,
            keepalive_interval=0,
            login_timeout=0,
        )
        self.port = self._listener.get_port()

    def _socket(self) -> socket.socket:
        with entered(self.space) if self.space else nullcontext():
            return socket.create_server((self.address, self.port))

    async def stop(self) -> None:
        """Answer no more."""
        self._close_deaf()
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        self._drop_all()

    async def cut(self) -> None:
        """Unreachable: who connects hears nothing, and so does who is connected."""
        self._silent = True
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        if self._deaf is None:
            self._deaf = self._socket()

    async def mend(self) -> None:
        """Reachable again; connections of before are gone."""
        self._silent = False
        self._close_deaf()
        self._drop_all()
        if self._listener is None:
            await self.start()

    def unreachable(self, yes: bool = True) -> None:
        """`cut` or `mend` from any thread; returns when it is done."""
        assert self._loop is not None, "the switch must have been started"
        asyncio.run_coroutine_threadsafe(self.cut() if yes else self.mend(), self._loop).result(30)

    def _close_deaf(self) -> None:
        if self._deaf is not None:
            self._deaf.close()
            self._deaf = None

    def _drop_all(self) -> None:
        for connection in list(self._connections):
            connection.abort()
        self._connections.clear()

    def _restarting(self) -> None:
        """Called by the engine, in whichever thread."""
        if self._loop is not None and self._listener is not None:
            self._loop.call_soon_threadsafe(self._begin_boot)

    def _begin_boot(self) -> None:
        task = asyncio.ensure_future(self._boot())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _boot(self) -> None:
        await asyncio.sleep(0)  # the session that asked for it says its last word first
        await self.stop()
        await asyncio.sleep(self.boot_s)
        if not self._silent:
            await self.start()

    def __enter__(self) -> SimulatedSwitch:
        self._rack = Rack([self])
        self._rack.__enter__()
        return self

    def __exit__(self, *gone: object) -> None:
        assert self._rack is not None
        self._rack.__exit__(None, None, None)


class Rack:
    """Switches that run together, in a thread of their own."""

    def __init__(self, switches: Iterable[SimulatedSwitch]) -> None:
        self.switches = {switch.name: switch for switch in switches}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="switches", daemon=True)
        self._tasks: set[asyncio.Task[Any]] = set()

    def __enter__(self) -> Rack:
        self._thread.start()
        self.do(self._start())
        return self

    async def _start(self) -> None:
        await asyncio.gather(*(switch.start() for switch in self.switches.values()))
        self._keep(self._loop.create_task(self._tick()))

    async def _tick(self) -> None:
        while True:
            for switch in self.switches.values():
                with switch.engine.lock:
                    switch.engine.tick()
            await asyncio.sleep(TICK_S)

    def __exit__(self, kind: type[BaseException] | None, gone: BaseException | None, at: TracebackType | None) -> None:
        self.do(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(switch.stop() for switch in self.switches.values()))
        left = asyncio.all_tasks() - {asyncio.current_task()}  # conversations whose connections were just dropped
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def do(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Run something among the switches and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def _keep(self, task: asyncio.Task[Any]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class _Door(asyncssh.SSHServer):
    """Who may come in."""

    def __init__(self, switch: SimulatedSwitch) -> None:
        self._switch = switch
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._switch._connections.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncssh calls it so
        if self._connection is not None:
            self._switch._connections.discard(self._connection)

    def begin_auth(self, username: str) -> bool:
        lines = [login.key for login in self._switch.logins if login.user == username and login.key]
        if lines and self._connection is not None:
            self._connection.set_authorized_keys(asyncssh.import_authorized_keys("\n".join(lines)))
        return True

    def password_auth_supported(self) -> bool:
        return any(login.password is not None for login in self._switch.logins)

    def validate_password(self, username: str, password: str) -> bool:
        return any((each.user, each.password) == (username, password) for each in self._switch.logins)


class _Terminal:
    """One connection's conversation."""

    def __init__(self, switch: SimulatedSwitch, process: asyncssh.SSHServerProcess[str]) -> None:
        self._switch, self._process = switch, process
        self._session: Session = switch.engine.session(process.get_extra_info("username") or "admin")
        self._typed = ""
        self._after_return = False

    async def run(self) -> None:
        """Talk until one of the two leaves."""
        try:
            with suppress(asyncssh.Error, ConnectionError):
                await self._talk()
        finally:
            with self._switch.engine.lock:
                self._session.lost()

    async def _talk(self) -> None:
        try:
            if self._process.command:
                with self._switch.engine.lock:
                    self._say(self._session.type(self._process.command))
                self._process.exit(0)
                return
            if not self._switch.faults.shy:
                self._say(self._waiting())
            while data := await self._read():
                await self._take(data)
        except Dropped:
            self._process.channel.get_connection().abort()
            return
        except HungUp as last:
            self._say(str(last))
        self._process.exit(0)

    async def _read(self) -> str:
        while True:
            try:
                return await self._process.stdin.read(65536)
            except (asyncssh.TerminalSizeChanged, asyncssh.BreakReceived, asyncssh.SignalReceived):
                continue

    async def _take(self, data: str) -> None:
        if self._after_return and data.startswith("\n"):
            data = data[1:]
        self._after_return = data.endswith("\r")
        data = data.replace("\r\n", "\n")
        at = 0
        for key in _KEYS.finditer(data):
            self._echo(data[at : key.start()])
            await self._press(key[0])
            at = key.end()
        self._echo(data[at:])

    def _echo(self, text: str) -> None:
        self._typed += text
        if text and not self._session.hidden:
            self._say(text)

    async def _press(self, key: str) -> None:
        if key in "\r\n":
            line, self._typed = self._typed, ""
            await self._enter(line)
        elif key in "\x08\x7f":
            self._typed = self._typed[:-1]
        elif key == "\x15":
            self._typed = ""
        else:
            self._typed = ""
            self._say("\n" + self._session.control("z" if key == "\x1a" else "c") + self._waiting())

    async def _enter(self, line: str) -> None:
        if self._switch._silent:
            await asyncio.Event().wait()  # until the connection is dropped
        if self._switch.faults.latency_s:
            await asyncio.sleep(self._switch.faults.latency_s)
        with self._switch.engine.lock:
            said = self._session.type(line)
        self._say(f"\n{said}{self._waiting()}")

    def _waiting(self) -> str:
        return self._session.question or self._session.prompt

    def _say(self, text: str) -> None:
        self._process.stdout.write(text.replace("\n", "\r\n"))
