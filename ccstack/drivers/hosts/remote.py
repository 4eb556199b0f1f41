"""One verb of the activator on a host: one ssh command that runs it from memory and leaves nothing behind."""

from __future__ import annotations

import json
import os
import select
import shlex
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ccstack.model.host import Host

from .bundle import activator, activator_id
from .session import CONNECT_SECONDS, Session

LOADER = """\
import os,sys
d='/var/lib/ccstack/activator/'+sys.argv[2]; h=os.path.isdir(d); print('ccstack',int(h),flush=True)
r=sys.stdin.buffer; z=r.read(int(r.readline()))
if not h: f=os.memfd_create('ccstack'); os.write(f,z); d='/proc/self/fd/%d'%f
sys.path.insert(0,d)
from onhost.main import main
os._exit(main([sys.argv[1]]))
"""
"""Says whether the activator lies there compiled, and runs it, else the one that it is sent then, from memory
(docs/activator.md). With its answer out it ends at once: Python would first take down all that it loaded, a twelfth of
a look."""

_LACKS, _HAS = _SPOKEN = b"ccstack 0\n", b"ccstack 1\n"

SECONDS: Mapping[str, float] = {"observe": 60, "stage": 420, "release": 420, "rollback": 180, "lock": 30}
"""How long a verb may take, the connection included; 30 for those that are not named."""


def seconds_of(verb: str) -> float:
    """How long a verb may take."""
    return SECONDS.get(verb, 30)


_NO_PYTHON = 127
"""What a shell ends with when there is no such command."""
_SSH_FAILED = 255
"""What ssh ends with when it, not the command, failed (ssh(1))."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a host answered, or why it did not."""

    answer: Mapping[str, Any] | None
    why: str = ""
    is_bare: bool = False
    """The host was reached and has no Python: ccstack was never there."""
    was_reached: bool = True


NO_SSH = Reply(None, "there is no ssh on this machine; install it (apt install openssh-client)")


def too_late(verb: str) -> Reply:
    """What is told of a host that has not answered in time."""
    return Reply(None, f"no answer to `{verb}` within {seconds_of(verb):g} s", was_reached=False)


class Loading:
    """The ssh command that runs a verb, on its way there; on the host the loader waits for the request, and until that
    comes nothing is done."""

    def __init__(self, session: Session, host: Host, verb: str) -> None:
        self._session, self._host, self._verb = session, host, verb
        self._is_shared = session.is_open(host)
        self.ssh = self._started()

    def _started(self, anew: bool = False) -> subprocess.Popen[bytes]:
        loader = f"python3 -I -S -c {shlex.quote(LOADER)} {self._verb} {activator_id()}"
        # In a session of its own: Ctrl-C at the keyboard is for ccstack, which ends what it began in order.
        return subprocess.Popen(
            self._session.command(self._host, loader, anew=anew),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self._session.environment(self._host),
            start_new_session=True,
        )

    def heard(self, deadline: float) -> tuple[bytes, bytes]:
        """What was said until the loader had said whether it has the activator, and what it is to be sent first.

        A connection that was open may lead nowhere, because the host has started again since or is gone: where the
        loader does not speak, it is asked over a new one. Raises `subprocess.TimeoutExpired`.
        """
        heard = self._heard_soon(deadline) if self._is_shared else _heard(self.ssh, deadline)
        program = activator() if heard.endswith(_LACKS) else b""
        return heard, f"{len(program)}\n".encode() + program

    def _heard_soon(self, deadline: float) -> bytes:
        with suppress(subprocess.TimeoutExpired):
            heard = _heard(self.ssh, min(deadline, time.monotonic() + CONNECT_SECONDS))
            if heard.endswith(_SPOKEN) or self.ssh.wait(CONNECT_SECONDS) != _SSH_FAILED:
                return heard
        self.end()
        self.ssh = self._started(anew=True)
        return _heard(self.ssh, deadline)

    def end(self) -> None:
        """Have no more to do with it; a loader that waits for a request hears that none comes, and ends."""
        if self.ssh.returncode is not None:
            return
        self.ssh.kill()
        self.ssh.wait()
        # Nothing more is read: of a connection that is kept, another process holds the other ends, and may for long.
        for pipe in (self.ssh.stdin, self.ssh.stdout, self.ssh.stderr):
            if pipe:
                pipe.close()


def loading(session: Session, host: Host, verb: str) -> Loading | None:
    """A verb on its way to a host; None where there is no ssh."""
    try:
        return Loading(session, host, verb)
    except FileNotFoundError:
        return None


class Asking:
    """A verb that is begun: ssh connects, and the loader waits for the request."""

    def __init__(self, session: Session, host: Host, verb: str) -> None:
        self._host, self._verb = host, verb
        self._loading = loading(session, host, verb)

    def answer(self, request: Mapping[str, Any], archive: bytes = b"") -> Reply:
        """Send the request, and `archive` after it; what the host answers. A request is sent once."""
        if self._loading is None:
            return NO_SSH
        asked = json.dumps(dict(request) | {"archive": len(archive)}).encode()
        deadline = time.monotonic() + seconds_of(self._verb)
        try:
            heard, program = self._loading.heard(deadline)
            stdin = b"".join((program, asked, b"\n", archive))
            said, errors = self._loading.ssh.communicate(stdin, max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            return too_late(self._verb)
        finally:
            self.end()
        return reply_of(self._host, self._verb, self._loading.ssh.returncode, heard + said, errors)

    def end(self) -> None:
        """Have no more to do with it."""
        if self._loading is not None:
            self._loading.end()


def _heard(ssh: subprocess.Popen[bytes], deadline: float) -> bytes:
    """All that is said until the loader has said whether it has the activator; or until nothing more will be."""
    heard = b""
    # A shell's start-up file may have printed something before.
    while not heard.endswith(_SPOKEN) and (part := read(ssh, deadline)):
        heard += part
    return heard


def read(ssh: subprocess.Popen[bytes], deadline: float) -> bytes:
    """What is said next; nothing at the end. Raises `subprocess.TimeoutExpired`."""
    assert ssh.stdout
    wait(ssh, ssh.stdout.fileno(), select.POLLIN, deadline)
    return os.read(ssh.stdout.fileno(), 1 << 16)


def wait(ssh: subprocess.Popen[bytes], end: int, what: int, deadline: float) -> None:
    """Until one of its ends is ready to be read or written. Raises `subprocess.TimeoutExpired`."""
    poll = select.poll()
    poll.register(end, what)
    if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
        raise subprocess.TimeoutExpired(ssh.args, deadline)


def reply_of(host: Host, verb: str, code: int, stdout: bytes, stderr: bytes) -> Reply:
    """What a command that ended so said, or why it said nothing."""
    errors = stderr.decode(errors="replace").strip()[-1000:]
    if code == _NO_PYTHON:
        return Reply(None, f"there is no Python on it: {errors}", is_bare=True)
    if code == _SSH_FAILED:
        return Reply(None, _refusal(host, errors), was_reached=False)
    try:
        # A shell's start-up file may print something before the answer.
        answer = json.loads(stdout.splitlines()[-1])
    except (ValueError, IndexError):
        said = errors or repr(stdout[-300:].decode(errors="replace"))
        return Reply(None, f"`{verb}` ended with code {code} and no answer: {said}")
    if "error" in answer:
        return Reply(None, f"`{verb}` cannot be done there: {answer['error']}")
    return Reply(answer)


_REFUSALS: Mapping[str, str] = {
    "Permission denied": "it does not let {user} in; see hosts.{host}.access (user, key, password)",
    "Host key verification failed": "its host key is not the one that is known; if that is right, put the new one "
    "into hosts.{host}.access.host_key (or your known_hosts)",
    "timed out": f"nothing answers there within {CONNECT_SECONDS} s",
    "Connection refused": "no sshd listens there",
    "No route to host": "the machine is down, or no network leads there",
}
"""What ssh says, and what that means here."""


def _refusal(host: Host, errors: str) -> str:
    where = f"{host.access.address or host.address} port {host.access.port}"
    where += f" by way of {host.access.jump}" if host.access.jump else ""
    meaning = next((text for words, text in _REFUSALS.items() if words in errors), "ssh failed")
    return f"{where}: {meaning.format(user=host.access.user, host=host.name)} (ssh: {errors or 'said nothing'})"
