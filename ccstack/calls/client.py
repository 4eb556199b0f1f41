"""Drive a user agent that runs in a process of its own, in a network namespace if need be.

The calls block and are thread-safe: many threads may drive one process. From asyncio use `asyncio.to_thread`.
SIP passwords travel over the child's stdin only, never on its command line.
"""

import contextlib
import itertools
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from pydantic import TypeAdapter

from ccstack.calls.protocol import (
    AccountConfig,
    AgentConfig,
    AnswerPolicy,
    CallReport,
    Message,
    Moment,
    OptionsReport,
    PlaceCall,
    RegistrarConfig,
    Registration,
    TransferReport,
)

Event = dict[str, Any]
_PACKAGE_PARENT = str(Path(__file__).resolve().parents[2])
_CALLS = TypeAdapter(tuple[CallReport, ...])
_BINDINGS = TypeAdapter(dict[str, str])
_MESSAGES = TypeAdapter(tuple[Message, ...])
_REGISTRATIONS = TypeAdapter(tuple[Registration, ...])
_GRACE_S = 15.0
_CONNECT_PAUSE_S = 0.05


class AgentError(Exception):
    """The user agent process refused a command, or is gone; the text says why."""


class WaitTimeoutError(AgentError):
    """What was waited for did not happen in time; the text has the call's report as it was then."""


class LiveCall:
    """One call of a user agent process. It stays valid after the call has ended, for its report."""

    def __init__(self, agent: "UserAgentClient", call: str) -> None:
        self.agent = agent
        self.call = call

    def __repr__(self) -> str:
        return f"LiveCall({self.call!r})"

    def _do(self, verb: str, within: float = _GRACE_S, **values: object) -> CallReport:
        result = self.agent.ask(verb, {"call": self.call, **values}, within)
        return CallReport.model_validate(result)

    def report(self) -> CallReport:
        """All that is known of the call now."""
        return self._do("report")

    def wait(self, moment: Moment, timeout: float = 30.0) -> CallReport:
        """Wait until the call has reached `moment`; a moment that has passed counts. Raises `WaitTimeoutError`."""
        return self._do("wait", timeout, moment=moment, timeout=timeout)

    def wait_heard(self, tone: str, timeout: float = 30.0, since: float = 0.0) -> CallReport:
        """Wait until `tone` (`722+1542`) was recognised at `since` seconds of the call or later."""
        return self._do("wait_heard", timeout, tone=tone, since=since, timeout=timeout)

    def wait_digits(self, digits: str, timeout: float = 30.0) -> CallReport:
        """Wait until the DTMF digits that came in contain `digits` in a row."""
        return self._do("wait_digits", timeout, digits=digits, timeout=timeout)

    def wait_packets(self, count: int, timeout: float = 30.0) -> CallReport:
        """Wait until at least `count` RTP packets have come in."""
        return self._do("wait_packets", timeout, count=count, timeout=timeout)

    def answer(self, sound: str = "silence") -> CallReport:
        """Answer a call that rings (an account's policy `ring`) and play `sound`."""
        return self._do("answer", sound=sound)

    def reject(self, code: int = 486, reason: str = "") -> CallReport:
        """Refuse a call that rings."""
        return self._do("reject", code=code, reason=reason)

    def hangup(self) -> CallReport:
        """End the call whatever its state: CANCEL, a final response or BYE; returns when that is done."""
        return self._do("hangup", 40.0)

    def play(self, sound: str) -> CallReport:
        """Play something else from now on: `silence`, `tone:722+1542` or `wav:/path`."""
        return self._do("play", sound=sound)

    def hold(self, inactive: bool = False) -> CallReport:
        """Put the far end on hold (sendonly, or inactive); returns when the re-INVITE is answered."""
        return self._do("hold", 40.0, inactive=inactive)

    def resume(self) -> CallReport:
        """Take the far end off hold."""
        return self._do("resume", 40.0)

    def send_dtmf(self, digits: str, duration_ms: int = 160, gap_ms: int = 80) -> CallReport:
        """Send RFC 4733 digits (0-9 * # A-D); returns when the last one's end packets have gone out."""
        needed = len(digits) * (duration_ms + gap_ms) / 1000
        return self._do("dtmf", needed + _GRACE_S, digits=digits, duration_ms=duration_ms, gap_ms=gap_ms)

    def transfer(self, to: str, timeout: float = 40.0) -> TransferReport:
        """Blind transfer (REFER) to a user part or SIP URI; returns when the transfer's outcome is known."""
        return self._transfer("transfer", timeout, to=to)

    def transfer_to(self, other: "LiveCall", timeout: float = 40.0) -> TransferReport:
        """Attended transfer: join this call's far end with that of `other` (REFER with Replaces)."""
        return self._transfer("transfer_to", timeout, other=other.call)

    def _transfer(self, verb: str, timeout: float, **values: object) -> TransferReport:
        report = self._do(verb, timeout, timeout=timeout, **values)
        if report.transfer is None:
            raise AgentError(f"{self.call}: the user agent reported no transfer")
        return report.transfer


class UserAgentClient:
    """Commands to a user agent that runs elsewhere, over a pair of byte streams. See `attach`."""

    def __init__(self) -> None:
        self.events: deque[Event] = deque(maxlen=10_000)
        self._numbers = itertools.count(1)
        self._waiting: dict[int, Future[Any]] = {}
        self._lock = threading.Lock()
        self._commands: IO[bytes] | None = None
        self._socket: socket.socket | None = None
        self._listeners: list[Callable[[Event], None]] = []
        self._complaints: deque[str] = deque(maxlen=50)

    @classmethod
    def attach(cls, path: str | Path, timeout: float = 0.0) -> "UserAgentClient":
        """Drive a user agent that serves a unix socket, or will within `timeout` seconds. Raises `AgentError`."""
        client = cls()
        client._socket = made = _connected(path, time.monotonic() + timeout)
        client._begin(made.makefile("wb"), made.makefile("rb"))
        return client

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _begin(self, commands: IO[bytes], replies: IO[bytes]) -> None:
        self._commands = commands
        threading.Thread(target=self._read_replies, args=(replies,), daemon=True).start()

    def close(self) -> None:
        """Let go of the user agent, which goes on; safe to call twice."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()

    def listen(self, config: AgentConfig) -> None:
        """Bind the addresses, once. Raises `AgentError` when one cannot be bound."""
        self.ask("listen", config.model_dump(mode="json"), timeout=30.0)

    def hangup_all(self) -> None:
        """End every call."""
        self.ask("hangup_all", {}, timeout=40.0)

    def forget(self) -> None:
        """Drop the reports of ended calls, and the messages: for a user agent that lives long."""
        self.ask("forget", {})

    def set_registrar(self, registrar: RegistrarConfig) -> None:
        """Take REGISTERs, as a carrier does whose trunks register; see `RegistrarConfig`."""
        values = registrar.model_dump(mode="json")
        values["users"] = {user: secret.get_secret_value() for user, secret in registrar.users.items()}
        self.ask("registrar", values)

    def bindings(self) -> dict[str, str]:
        """Who is registered here: user to Contact URI."""
        return _BINDINGS.validate_python(self.ask("bindings", {}))

    def wait_binding(self, user: str, timeout: float = 30.0) -> str:
        """Wait until `user` is registered here, and return the Contact URI to send its calls to."""
        return str(self.ask("wait_binding", {"user": user, "timeout": timeout}, timeout + _GRACE_S))

    def add_account(self, account: AccountConfig) -> None:
        """Add an account and start to register it where it asks for that; returns at once."""
        self.ask("account", _with_password(account))

    def remove_account(self, account: str) -> None:
        """Unregister and forget an account; its calls go on."""
        self.ask("remove_account", {"account": account}, timeout=10.0)

    def set_policy(self, account: str, policy: AnswerPolicy, number: str | None = None) -> None:
        """Say how an account takes calls: all of them, or those to `number` (a called user; `+1415*` is a prefix)."""
        self.ask("policy", {"account": account, "number": number, "policy": policy.model_dump(mode="json")})

    def set_options(self, answer: bool) -> None:
        """Answer OPTIONS or leave them without any response (a carrier that looks dead to probing)."""
        self.ask("options_answered", {"answer": answer})

    def call(self, order: PlaceCall) -> LiveCall:
        """Place a call; returns as soon as it is under way."""
        return LiveCall(self, str(self.ask("call", order.model_dump(mode="json"))["call"]))

    def calls(self, account: str | None = None) -> tuple[CallReport, ...]:
        """Reports of all calls since the start, in order."""
        return _CALLS.validate_python(self.ask("calls", {"account": account}))

    def wait_incoming(self, account: str | None = None, number: str | None = None, timeout: float = 30.0) -> LiveCall:
        """Wait for a call that came in and that no earlier `wait_incoming` returned; `number` is the called user."""
        values = {"account": account, "number": number, "timeout": timeout}
        return LiveCall(self, str(self.ask("wait_incoming", values, timeout + _GRACE_S)["call"]))

    def messages(self, account: str | None = None) -> tuple[Message, ...]:
        """SIP MESSAGEs received since the start."""
        return _MESSAGES.validate_python(self.ask("messages", {"account": account}))

    def wait_message(self, account: str | None = None, count: int = 1, timeout: float = 30.0) -> tuple[Message, ...]:
        """Wait until at least `count` MESSAGEs have come in (for `account`), and return all of them."""
        values = {"account": account, "count": count, "timeout": timeout}
        return _MESSAGES.validate_python(self.ask("wait_message", values, timeout + _GRACE_S))

    def registrations(self, account: str | None = None) -> tuple[Registration, ...]:
        """Where each account is registered now."""
        return _REGISTRATIONS.validate_python(self.ask("registrations", {"account": account}))

    def wait_registered(
        self, account: str | None = None, at_least: int | None = None, timeout: float = 30.0
    ) -> tuple[Registration, ...]:
        """Wait until the account (or all) is registered at `at_least` servers, by default at every one of its own."""
        values = {"account": account, "at_least": at_least, "timeout": timeout}
        return _REGISTRATIONS.validate_python(self.ask("wait_registered", values, timeout + _GRACE_S))

    def options(self, uri: str, timeout: float = 2.0) -> OptionsReport:
        """Send OPTIONS to a SIP URI and report the status and the round trip."""
        return OptionsReport.model_validate(self.ask("options", {"uri": uri, "timeout": timeout}, timeout + _GRACE_S))

    def on_event(self, listener: Callable[[Event], None]) -> None:
        """Call `listener` with every event, from the reader's thread."""
        self._listeners.append(listener)

    def ask(self, verb: str, values: Any, timeout: float = _GRACE_S) -> Any:
        """Send one command and wait for its answer. Raises `AgentError` or `WaitTimeoutError`."""
        number, future = self._send(verb, values)
        try:
            return future.result(timeout + _GRACE_S)
        except FutureTimeout:
            raise AgentError(f"{verb}: the user agent process gave no answer in {timeout + _GRACE_S:g} s") from None
        finally:
            self._waiting.pop(number, None)

    def _send(self, verb: str, values: Any) -> tuple[int, "Future[Any]"]:
        number, future = next(self._numbers), Future[Any]()
        self._waiting[number] = future
        line = json.dumps({"id": number, "do": verb, "with": values}).encode() + b"\n"
        try:
            with self._lock:
                if self._commands is None:
                    raise AgentError(self._gone())
                self._commands.write(line)
                self._commands.flush()
        except (OSError, ValueError):
            raise AgentError(self._gone()) from None
        return number, future

    def _gone(self) -> str:
        return "\n".join(["the user agent is not running, or its connection is closed", *self._complaints])

    def _read_replies(self, replies: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError):
            for line in replies:
                self._take(json.loads(line))
        self._commands = None
        for future in list(self._waiting.values()):
            if not future.done():
                future.set_exception(AgentError(self._gone()))

    def _take(self, reply: dict[str, Any]) -> None:
        if "event" in reply:
            self.events.append(reply)
            for listener in self._listeners:
                listener(reply)
            return
        future = self._waiting.get(reply["id"])
        if future is None:
            return
        if "error" in reply:
            kind = WaitTimeoutError if reply.get("timeout") else AgentError
            future.set_exception(kind(reply["error"]))
        else:
            future.set_result(reply["result"])


def _connected(path: str | Path, deadline: float) -> socket.socket:
    while True:
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            made.connect(str(path))
        except OSError as error:
            made.close()
            if time.monotonic() >= deadline:
                raise AgentError(f"no user agent serves {path}: {error.strerror}") from None
            time.sleep(_CONNECT_PAUSE_S)
        else:
            return made


class UserAgentProcess(UserAgentClient):
    """A user agent in a child process. Use it as a context manager; leaving it hangs up and unregisters.

    `namespace` is a name under /run/netns (needs root) or None for the caller's own network.
    """

    def __init__(self, namespace: str | None = None, config: AgentConfig | None = None) -> None:
        super().__init__()
        self.namespace = namespace
        self.config = config or AgentConfig()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    @property
    def pid(self) -> int | None:
        """The child's process id."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start the process and its listeners. Raises `AgentError` when an address cannot be bound."""
        # A session of its own: Ctrl-C ends the parent, whose end ends the child in good order.
        self._process = process = subprocess.Popen(
            command(self.namespace),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
            start_new_session=True,
        )
        if process.stdin is None or process.stdout is None or process.stderr is None:
            raise AssertionError("pipes were asked for")
        threading.Thread(target=self._read_complaints, args=(process.stderr,), daemon=True).start()
        self._begin(process.stdin, process.stdout)
        try:
            self.listen(self.config)
        except AgentError:
            self.close()
            raise

    def close(self) -> None:
        """End all calls, unregister and stop the process; safe to call twice."""
        process = self._process
        if process is None:
            return
        with contextlib.suppress(OSError):
            if process.stdin is not None:
                process.stdin.close()
        try:
            process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def kill(self) -> None:
        """End the process at once, as a crash would: no BYE, no unregistration."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _read_complaints(self, stream: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError):
            for line in stream:
                self._complaints.append(line.decode(errors="replace").rstrip())


def command(namespace: str | None, socket_path: str | Path | None = None) -> list[str]:
    """The command line of a user agent: on its stdin, or (for one that outlives its starter) on a unix socket."""
    inside = [] if namespace is None else ["nsenter", f"--net=/run/netns/{namespace}"]
    served = [] if socket_path is None else ["--socket", str(socket_path)]
    return [*inside, sys.executable, "-m", "ccstack.calls.agentd", *served]


def environment() -> dict[str, str]:
    """The environment for `command`: this ccstack is the one that runs."""
    path = os.pathsep.join(filter(None, [_PACKAGE_PARENT, os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": path}


def _with_password(account: AccountConfig) -> dict[str, Any]:
    """The account for the pipe; the only place where its password is written out."""
    values = account.model_dump(mode="json")
    if account.password is not None:
        values["password"] = account.password.get_secret_value()
    return values


__all__ = [
    "AgentError", "LiveCall", "UserAgentClient", "UserAgentProcess", "WaitTimeoutError", "command", "environment",
]  # fmt: skip
