"""A verb that a host answers again and again over one ssh command: to ask once more costs neither end a process."""

from __future__ import annotations

import json
import os
import select
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ccstack.model.host import Host

from .remote import NO_SSH, Loading, Reply, end, read, reply_of, seconds_of, too_late, wait
from .session import Session


class Line:
    """Asks one host one of the verbs that it answers repeatedly (docs/activator.md). For one thread at a time."""

    def __init__(self, session: Session, host: Host, verb: str) -> None:
        """It is begun when something is asked, and ends with the session."""
        self._session, self._host, self._verb = session, host, verb
        self._ssh: subprocess.Popen[bytes] | None = None
        self._heard = b""
        session.at_end.append(self.end)

    def answer(self, request: Mapping[str, Any]) -> Reply:
        """What the host answers now. A connection that has ended since the last answer is made anew."""
        asked = json.dumps(dict(request) | {"archive": 0}).encode() + b"\n"
        deadline = time.monotonic() + seconds_of(self._verb)
        try:
            return (self._ssh and self._asked(asked, deadline)) or self._begun(asked, deadline)
        except subprocess.TimeoutExpired:
            self.end()
            return too_late(self._verb)

    def end(self) -> None:
        """Hang up: the host hears that nothing more is asked, and ends what it runs for this."""
        if self._ssh:
            end(self._ssh)
        self._ssh, self._heard = None, b""

    def _begun(self, asked: bytes, deadline: float) -> Reply:
        self.end()
        try:
            loading = Loading(self._session, self._host, self._verb)
        except FileNotFoundError:
            return NO_SSH
        try:
            self._heard, program = loading.heard(deadline)
        finally:
            self._ssh = loading.ssh
        reply = self._asked(program + asked, deadline)
        if reply:
            return reply
        said, errors = self._ssh.communicate(timeout=max(0.0, deadline - time.monotonic()))
        heard, code = self._heard + said, self._ssh.returncode
        self.end()
        return reply_of(self._host, self._verb, code, heard, errors)

    def _asked(self, data: bytes, deadline: float) -> Reply | None:
        """The answer to `data`; None when the connection has ended."""
        assert self._ssh
        with suppress(BrokenPipeError):
            _send(self._ssh, data, deadline)
        while True:
            line, newline, rest = self._heard.partition(b"\n")
            if newline:
                self._heard = rest
                # A shell's start-up file may print something before the answer.
                if line.startswith(b"{"):
                    return reply_of(self._host, self._verb, 0, line, b"")
            elif part := read(self._ssh, deadline):
                self._heard += part
            else:
                return None


def _send(ssh: subprocess.Popen[bytes], data: bytes, deadline: float) -> None:
    assert ssh.stdin
    end, left = ssh.stdin.fileno(), memoryview(data)
    os.set_blocking(end, False)
    while left:
        wait(ssh, end, select.POLLOUT, deadline)
        left = left[os.write(end, left) :]
