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

from .remote import NO_SSH, Loading, Reply, loading, read, reply_of, seconds_of, too_late, wait
from .session import Session


class Line:
    """Asks one host one of the verbs that it answers repeatedly (docs/activator.md). For one thread at a time."""

    def __init__(self, session: Session, host: Host, verb: str) -> None:
        """It is begun when something is asked, and ends with the session."""
        self._session, self._host, self._verb = session, host, verb
        self._loading: Loading | None = None
        self._heard = b""
        session.at_end.append(self.end)

    def answer(self, request: Mapping[str, Any]) -> Reply:
        """What the host answers now. A connection that has ended since the last answer is made anew."""
        asked = json.dumps(dict(request) | {"archive": 0}).encode() + b"\n"
        deadline = time.monotonic() + seconds_of(self._verb)
        try:
            return (self._loading and self._asked(self._loading.ssh, asked, deadline)) or self._begun(asked, deadline)
        except subprocess.TimeoutExpired:
            self.end()
            return too_late(self._verb)

    def end(self) -> None:
        """Hang up: the host hears that nothing more is asked, and ends what it runs for this."""
        if self._loading:
            self._loading.end()
        self._loading, self._heard = None, b""

    def _begun(self, asked: bytes, deadline: float) -> Reply:
        self.end()
        self._loading = loading(self._session, self._host, self._verb)
        if self._loading is None:
            return NO_SSH
        self._heard, program = self._loading.heard(deadline)
        ssh = self._loading.ssh
        reply = self._asked(ssh, program + asked, deadline)
        if reply:
            return reply
        said, errors = ssh.communicate(timeout=max(0.0, deadline - time.monotonic()))
        heard, code = self._heard + said, ssh.returncode
        self.end()
        return reply_of(self._host, self._verb, code, heard, errors)

    def _asked(self, ssh: subprocess.Popen[bytes], data: bytes, deadline: float) -> Reply | None:
        """The answer to `data`; None when the connection has ended."""
        with suppress(BrokenPipeError):
            _send(ssh, data, deadline)
        while True:
            line, newline, rest = self._heard.partition(b"\n")
            if newline:
                self._heard = rest
                # A shell's start-up file may print something before the answer.
                if line.startswith(b"{"):
                    return reply_of(self._host, self._verb, 0, line, b"")
            elif part := read(ssh, deadline):
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
