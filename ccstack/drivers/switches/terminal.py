"""One session with a switch: a line goes out, and nothing else before its answer and the next prompt are there."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

from netmiko.base_connection import BaseConnection
from paramiko import Channel

from .access import Patience
from .errors import DroppedError, RefusedError
from .platforms import Dialect

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>78EM]|\r|\x00|\x07")
"""What a terminal would obey (ECMA-48), and carriage returns."""
_CUT = re.compile(r"\x1b[^A-Za-z=>78]*\Z")
"""The beginning of such a sequence, whose end is still to come."""
_NOISE = re.compile(r"(?m)^(?:\{[a-z]+:\d+\}|\[edit.*\]|)[ \t]*\n")
"""Lines that Junos prints before a prompt, and empty ones."""
_QUIET_SECONDS = 5.0
"""After so long without a word a prompt counts that a message of the log came after."""
_FEW = 3
"""Lines: a longer answer to `show` is a configuration, and no refusal."""


class Terminal:
    """The command line of a switch, over a connection of netmiko's. Ends with its `with` block."""

    def __init__(self, connection: BaseConnection, dialect: Dialect, patience: Patience) -> None:
        self._connection, self._dialect, self._patience = connection, dialect, patience
        assert isinstance(connection.remote_conn, Channel)
        self._channel = connection.remote_conn
        base = re.escape(connection.base_prompt)
        self._prompt = re.compile(rf"(?:\A|\n){base}[^\n]*[>#] ?")
        self._last = re.compile(rf"{base}[^\n]*[>#] ?")
        self._text, self._cut = "", ""
        self.may_configure = True
        """Whether the last prompt is one of somebody who may; Junos shows no difference."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Hang up. What was not committed or confirmed is the switch's matter."""
        self._channel.get_transport().close()

    def ask(self, command: str, seconds: float | None = None) -> str:
        """What the switch says to a command. Raises `DroppedError`, or `RefusedError` when it does not take it."""
        said = self._say(command, seconds or self._patience.answer)
        if wrong := self._dialect.refuses(said):
            raise RefusedError(command, wrong)
        return said

    def show(self, command: str) -> str:
        """What the switch shows. Raises as `ask`."""
        said = self._say(command, self._patience.show)
        if said.count("\n") <= _FEW and (wrong := self._dialect.refuses(said)):
            raise RefusedError(command, wrong)
        return said

    def enter(self, lines: Sequence[str], accepted: list[str], *, bulk: int = 1) -> None:
        """Enter lines of configuration, `bulk` at a time; `accepted` grows with each that the switch took.

        Raises `RefusedError` with the line that it did not take, and writes none after it (but for those of its bulk).
        """
        for start in range(0, len(lines), bulk):
            chunk = [line.strip() for line in lines[start : start + bulk]]
            for line, said in zip(chunk, self._answers(chunk), strict=True):
                if wrong := self._dialect.refuses(said):
                    raise RefusedError(line, wrong, len(accepted) + 1, len(lines))
                accepted.append(line)

    # --- Small parts ---

    def _say(self, line: str, seconds: float) -> str:
        self._write(f"{line}\n")
        limit = time.monotonic() + seconds
        # Its echo first: a prompt before that is an old one, and what is not echoed did not arrive as it was sent.
        while (at := self._text.find(line)) < 0:
            self._read(limit - time.monotonic(), line)
        self._text = self._text[at + len(line) :]
        return self._until_prompt(limit, line).lstrip("\n")

    def _answers(self, chunk: Sequence[str]) -> Iterator[str]:
        """What the switch says to each line, in order; its echo stands before it where several were written."""
        if len(chunk) == 1:
            yield self._say(chunk[0], self._patience.answer)
            return
        self._write("".join(f"{line}\n" for line in chunk))
        for line in chunk:
            yield self._until(self._prompt, time.monotonic() + self._patience.answer, line)

    def _until(self, pattern: re.Pattern[str], limit: float, line: str) -> str:
        """All that comes before `pattern`; what comes after it is kept."""
        while (found := pattern.search(self._text)) is None:
            self._read(limit - time.monotonic(), line)
        said, self._text = self._text[: found.start()], self._text[found.end() :]
        return said

    def _until_prompt(self, limit: float, line: str) -> str:
        """All that comes before the prompt that the switch waits at, without what Junos prints above it."""
        while not self._last.fullmatch(self._text, self._text.rfind("\n") + 1):
            try:
                self._read(min(_QUIET_SECONDS, limit - time.monotonic()), line)
            except _SilentError:
                if not self._prompt.search(self._text):
                    if time.monotonic() > limit:
                        raise
                    continue
                break
        start = self._text.rfind("\n") + 1
        self.may_configure = not self._text.rstrip().endswith(">")
        said, self._text = self._text[:start], ""
        return _NOISE.sub("", said).removesuffix("\n")

    def _read(self, seconds: float, line: str) -> None:
        try:
            self._channel.settimeout(max(seconds, 0.01))
            data = self._channel.recv(65_536)
        except TimeoutError:
            raise _SilentError(f"no answer to `{line}` in time") from None
        except (OSError, EOFError) as error:
            raise DroppedError(f"the connection broke at `{line}` ({error})") from None
        if not data:
            raise DroppedError(f"the connection broke at `{line}`")
        text = self._cut + data.decode(errors="replace")
        cut = _CUT.search(text)
        self._cut = text[cut.start() :] if cut else ""
        self._text += _CONTROL.sub("", text[: cut.start()] if cut else text)

    def _write(self, text: str) -> None:
        try:
            self._channel.settimeout(self._patience.answer)
            self._channel.sendall(text.encode())
        except (OSError, EOFError) as error:
            raise DroppedError(f"the connection broke at `{text.splitlines()[0]}` ({error})") from None


class _SilentError(DroppedError):
    """The switch says nothing."""
