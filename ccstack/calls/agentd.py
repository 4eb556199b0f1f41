"""The user agent as a process: commands on stdin, answers and events on stdout, one JSON object a line.

A command is `{"id": 1, "do": "call", "with": {...}}`; its answer `{"id": 1, "result": ...}` or
`{"id": 1, "error": "..."}`; an event `{"event": "call", ...}`. The process ends when stdin does. With `--socket PATH`
the commands come over a unix socket instead, from any number of clients at once, every one of whom hears all events;
the process then lives until SIGTERM. Either way it hangs up and unregisters before it ends. `ccstack.calls.client` is
the Python side.
"""

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ccstack.calls.account import Problems
from ccstack.calls.call import Call, CallError
from ccstack.calls.incoming import IncomingCall
from ccstack.calls.media import MediaError
from ccstack.calls.outgoing import target_uri
from ccstack.calls.protocol import AccountConfig, AgentConfig, AnswerPolicy, PlaceCall, RegistrarConfig
from ccstack.calls.registrar import Registrar
from ccstack.calls.sip.uri import Uri
from ccstack.calls.sounds import SoundError
from ccstack.calls.ua import UserAgent

Values = dict[str, Any]
Write = Callable[[Values], None]
_LINE_LIMIT = 1 << 20
_Expected = (*Problems, CallError, MediaError, SoundError, ValueError, KeyError, OSError)


class UnmetError(Exception):
    """What was waited for did not happen in time."""


class Daemon:
    """Runs commands against one user agent, for one or more clients."""

    def __init__(self) -> None:
        self._clients: list[Write] = []
        self._agent: UserAgent | None = None
        self._running: set[asyncio.Task[None]] = set()
        self._verbs: dict[str, Callable[[Values], Awaitable[Any]]] = {
            "listen": self._listen,
            "account": self._account,
            "remove_account": self._remove_account,
            "policy": self._policy,
            "options_answered": self._options_answered,
            "options": self._options,
            "registrations": self._registrations,
            "wait_registered": self._wait_registered,
            "messages": self._messages,
            "wait_message": self._wait_message,
            "registrar": self._registrar,
            "bindings": self._bindings,
            "wait_binding": self._wait_binding,
            "hangup_all": self._hangup_all,
            "forget": self._forget,
            "call": self._call,
            "calls": self._calls,
            "wait_incoming": self._wait_incoming,
            "report": self._report,
            "wait": self._wait,
            "wait_heard": self._wait_heard,
            "wait_digits": self._wait_digits,
            "wait_packets": self._wait_packets,
            "answer": self._answer,
            "reject": self._reject,
            "hangup": self._hangup,
            "play": self._play,
            "hold": self._hold,
            "resume": self._resume,
            "dtmf": self._dtmf,
            "transfer": self._transfer,
            "transfer_to": self._transfer_to,
        }

    async def serve(self, reader: asyncio.StreamReader, write: Write) -> None:
        """Obey one client until its commands end."""
        self._clients.append(write)
        while line := await reader.readline():
            task = asyncio.create_task(self._obey(line, write))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        self._clients.remove(write)

    async def close(self) -> None:
        """Hang up, unregister and stop."""
        if self._agent is not None:
            await self._agent.close()

    async def _obey(self, line: bytes, write: Write) -> None:
        command = json.loads(line)
        number = command["id"]
        try:
            verb = self._verbs.get(command["do"])
            if verb is None:
                raise ValueError(f"unknown command; known: {', '.join(sorted(self._verbs))}")
            write({"id": number, "result": await verb(command["with"])})
        except UnmetError as unmet:
            write({"id": number, "error": str(unmet), "timeout": True})
        except ValidationError as error:
            # The text of the input stays out: it may be an account with its password.
            problems = error.errors(include_input=False, include_url=False)
            text = "; ".join(f"{'.'.join(map(str, p['loc']))}: {p['msg']}" for p in problems)
            write({"id": number, "error": f"{command['do']}: {text}"})
        except _Expected as error:
            write({"id": number, "error": f"{command['do']}: {error or type(error).__name__}"})

    @property
    def agent(self) -> UserAgent:
        """The user agent. Raises `ValueError` before `listen`."""
        if self._agent is None:
            raise ValueError("not listening yet: send `listen` first")
        return self._agent

    def take(self, agent: UserAgent | None) -> None:
        """Run commands against this one from now on, or against none."""
        self._agent = agent

    async def _listen(self, values: Values) -> None:
        if self._agent is not None:
            raise ValueError("listening already")
        agent = UserAgent(AgentConfig.model_validate(values), self.tell)
        await agent.start()
        self._agent = agent

    def tell(self, event: str, **values: Any) -> None:
        """Tell every client of an event."""
        for write in self._clients:
            write({"event": event, **values})

    async def _account(self, values: Values) -> None:
        self.agent.add_account(AccountConfig.model_validate(values))

    async def _remove_account(self, values: Values) -> None:
        await self.agent.remove_account(values["account"])

    async def _policy(self, values: Values) -> None:
        account, policy = self.agent.accounts[values["account"]], AnswerPolicy.model_validate(values["policy"])
        if values["number"] is None:
            account.policy = policy
        else:
            account.policies[values["number"]] = policy

    async def _options_answered(self, values: Values) -> None:
        self.agent.answer_options = bool(values["answer"])

    async def _options(self, values: Values) -> Values:
        return (await self.agent.options(values["uri"], values["timeout"])).model_dump(mode="json")

    async def _registrations(self, values: Values) -> list[Values]:
        names = self.agent.accounts if values["account"] is None else [values["account"]]
        found = [state for name in names for state in self.agent.accounts[name].registrations()]
        return [state.model_dump(mode="json") for state in found]

    async def _wait_registered(self, values: Values) -> list[Values]:
        accounts = [a for a in self.agent.accounts.values() if values["account"] in (None, a.name)]
        wanted = [account for account in accounts if account.config.registers]
        met = await self.agent.bell.until(
            lambda: all(account.is_registered(values["at_least"]) for account in wanted), values["timeout"]
        )
        states = await self._registrations(values)
        if not met or not wanted:
            missing = "; ".join(f"{s['account']} at {s['server']}: {s['error']}" for s in states if not s["registered"])
            missing = missing or "no account asks for registration"
            raise UnmetError(f"not registered in {values['timeout']} s: {missing}")
        return states

    async def _registrar(self, values: Values) -> None:
        self.agent.registrar = Registrar(RegistrarConfig.model_validate(values))

    async def _bindings(self, _values: Values) -> dict[str, str]:
        return self.agent.registrar.bindings() if self.agent.registrar else {}

    async def _wait_binding(self, values: Values) -> str:
        def found() -> str | None:
            return self.agent.registrar.bindings().get(values["user"]) if self.agent.registrar else None

        await self.agent.bell.until(lambda: found() is not None, values["timeout"])
        contact = found()
        if contact is None:
            raise UnmetError(f"{values['user']} did not register here in {values['timeout']} s")
        return contact

    async def _hangup_all(self, _values: Values) -> None:
        await self.agent.hangup_all()

    async def _forget(self, _values: Values) -> None:
        self.agent.forget_ended()

    async def _messages(self, values: Values) -> list[Values]:
        chosen = [m for m in self.agent.messages if values["account"] in (None, m.account)]
        return [message.model_dump(mode="json") for message in chosen]

    async def _wait_message(self, values: Values) -> list[Values]:
        def count() -> int:
            return sum(values["account"] in (None, m.account) for m in self.agent.messages)

        if not await self.agent.bell.until(lambda: count() >= values["count"], values["timeout"]):
            raise UnmetError(f"{count()} of {values['count']} messages in {values['timeout']} s")
        return await self._messages(values)

    async def _call(self, values: Values) -> Values:
        return {"call": self.agent.place(PlaceCall.model_validate(values)).name}

    async def _calls(self, values: Values) -> list[Values]:
        chosen = [call for call in self.agent.calls.values() if values["account"] in (None, call.account.name)]
        return [_shown(call) for call in chosen]

    async def _wait_incoming(self, values: Values) -> Values:
        def fresh() -> IncomingCall | None:
            incoming = (call for call in self.agent.calls.values() if isinstance(call, IncomingCall))
            return next((call for call in incoming if _matches(call, values)), None)

        await self.agent.bell.until(lambda: fresh() is not None, values["timeout"])
        call = fresh()
        if call is None:
            who = " ".join(f"{key} {values[key]}" for key in ("account", "number") if values[key]) or "any account"
            raise UnmetError(f"no call for {who} came in {values['timeout']} s")
        call.claimed = True
        return {"call": call.name}

    def _of(self, values: Values) -> Call:
        call = self.agent.calls.get(values["call"])
        if call is None:
            raise ValueError(f"no call {values['call']!r}")
        return call

    async def _report(self, values: Values) -> Values:
        return _shown(self._of(values))

    async def _until(self, values: Values, true: Callable[[], bool], what: str) -> Values:
        """Wait for something on a call; an ended call will not change any more, so there is no waiting on it."""
        call = self._of(values)
        await call.bell.until(lambda: true() or call.state == "ended", values["timeout"])
        if not true():
            report = call.report().model_dump_json(indent=1, exclude={"invite_headers", "answer_headers"})
            limit = "before the call ended" if call.state == "ended" else f"in {values['timeout']} s"
            raise UnmetError(f"{call.name}: {what} did not happen {limit}; the call:\n{report}")
        return _shown(call)

    async def _wait(self, values: Values) -> Values:
        moment = values["moment"]
        return await self._until(values, lambda: self._of(values).has_been(moment), moment)

    async def _wait_heard(self, values: Values) -> Values:
        tone, since = values["tone"], values["since"]
        return await self._until(values, lambda: self._of(values).has_heard(tone, since), f"hearing {tone}")

    async def _wait_digits(self, values: Values) -> Values:
        digits = values["digits"]
        return await self._until(values, lambda: self._of(values).has_digits(digits), f"digits {digits}")

    async def _wait_packets(self, values: Values) -> Values:
        count = values["count"]
        return await self._until(values, lambda: self._of(values).has_packets(count), f"{count} packets")

    async def _answer(self, values: Values) -> Values:
        call = self._of(values)
        if not isinstance(call, IncomingCall):
            raise CallError(f"{call.name} went out: only the far end can answer it")
        call.answer(values["sound"])
        return _shown(call)

    async def _reject(self, values: Values) -> Values:
        call = self._of(values)
        if not isinstance(call, IncomingCall):
            raise CallError(f"{call.name} went out: hang it up")
        call.reject(values["code"], values["reason"])
        return _shown(call)

    async def _hangup(self, values: Values) -> Values:
        call = self._of(values)
        await call.hangup()
        return _shown(call)

    async def _play(self, values: Values) -> Values:
        call = self._of(values)
        call.play(values["sound"])
        return _shown(call)

    async def _hold(self, values: Values) -> Values:
        call = self._of(values)
        await call.hold("inactive" if values["inactive"] else "sendonly")
        return _shown(call)

    async def _resume(self, values: Values) -> Values:
        call = self._of(values)
        await call.hold("sendrecv")
        return _shown(call)

    async def _dtmf(self, values: Values) -> Values:
        call = self._of(values)
        await call.send_digits(values["digits"], values["duration_ms"], values["gap_ms"])
        return _shown(call)

    async def _transfer(self, values: Values) -> Values:
        call = self._of(values)
        await call.refer(target_uri(values["to"], call.account.config.domain), values["timeout"])
        return _shown(call)

    async def _transfer_to(self, values: Values) -> Values:
        call, other = self._of(values), self._of({"call": values["other"]})
        await call.refer(_with_replaces(other), values["timeout"])
        return _shown(call)


def _with_replaces(other: Call) -> Uri:
    return other.live_dialog().replacing_uri()


def _matches(call: IncomingCall, values: Values) -> bool:
    wanted = values["account"] in (None, call.account.name) and values["number"] in (None, call.number)
    return wanted and not call.claimed


def _shown(call: Call) -> Values:
    return call.report().model_dump(mode="json")


async def _serve_stdin() -> None:
    daemon, reader = Daemon(), asyncio.StreamReader(limit=_LINE_LIMIT)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await daemon.serve(reader, _write_stdout)
    await daemon.close()


def _write_stdout(values: Values) -> None:
    # A parent that has died reads no more; stdin tells us of that too.
    with suppress(BrokenPipeError):
        sys.stdout.write(json.dumps(values) + "\n")
        sys.stdout.flush()


async def _serve_socket(path: Path) -> None:
    daemon, over = Daemon(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, over.set)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await daemon.serve(reader, lambda values: writer.write(json.dumps(values).encode() + b"\n"))
        writer.close()

    path.unlink(missing_ok=True)
    # Whoever may connect may place calls: nobody but the owner.
    os.umask(0o177)
    server = await asyncio.start_unix_server(serve, path, limit=_LINE_LIMIT)
    await over.wait()
    server.close()
    await daemon.close()
    path.unlink(missing_ok=True)


def main() -> None:
    """Run a user agent; see the module's text."""
    parser = argparse.ArgumentParser(description="a SIP user agent that is driven by JSON lines")
    parser.add_argument("--socket", type=Path, help="serve this unix socket instead of stdin")
    path: Path | None = parser.parse_args().socket
    asyncio.run(_serve_stdin() if path is None else _serve_socket(path))


if __name__ == "__main__":
    main()
