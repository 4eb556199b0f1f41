"""Debian's baresip in the lab, run with an account file as it is: for a softphone that is not ours.

It runs on the lab image's files, in the network of one of the lab's places, and is told what to do over its control
port (module `ctrl_tcp`: JSON in netstrings).
"""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from ccstack.calls.tone import Tone
from ccstack.calls.tones import one_second
from ccstack.calls.wav import write_wav
from ccstack.lab import image
from ccstack.lab.lab import Lab
from ccstack.lab.netns import NETNS
from ccstack.lab.phones.space import sockets_in
from ccstack.lab.state import DEFAULT_PLACES
from ccstack.lab.topology import Image

CONTROL = ("127.0.0.1", 4474)
MODULES = ("g711", "g722", "srtp", "aufile", "uuid", "account", "menu", "ctrl_tcp")
"""In this order: an account that is read before them does not find codecs, SRTP and the machine's UUID."""

_RUN = """
set -eu
layers=$1 home=$2; shift 2
mount -t tmpfs tmpfs "$home/disk"
mkdir "$home/disk/new" "$home/disk/work" "$home/disk/root"
mount -t overlay overlay -o "lowerdir=$layers,upperdir=$home/disk/new,workdir=$home/disk/work" "$home/disk/root"
mount --bind "$home/files" "$home/disk/root/mnt"
exec chroot "$home/disk/root" baresip -f /mnt
"""


def config(address: str, *more: str) -> str:
    """What belongs to the machine: modules, sound, trust. `accounts` is what ccstack writes."""
    lines = [
        "poll_method epoll",
        f"sip_listen {address}:0",
        "sip_cafile /mnt/ca.pem",
        "sip_verify_server yes",
        "module_path /usr/lib/baresip/modules",
        *(f"module {name}.so" for name in MODULES),
        f"ctrl_tcp_listen {CONTROL[0]}:{CONTROL[1]}",
        "audio_source aufile,/mnt/tone.wav",
        "audio_player aufile,/mnt/heard.wav",
        "audio_alert aufile,/mnt/alert.wav",
        *more,
    ]
    return "\n".join(lines) + "\n"


class Baresip:
    """One, running. Use it as a context manager."""

    def __init__(self, lab: Lab, place: str, home: Path, accounts: str, ca: str, tone: Tone) -> None:
        """`place` is one of the lab's; `home` a folder of its own; `accounts` the file that ccstack wrote."""
        self._lab, self._place, self._home = lab, place, home
        self.files = home / "files"
        for folder in (self.files, home / "disk"):
            folder.mkdir(parents=True)
        far_end = lab.state.topology_or_refuse().far_end(place)
        (self.files / "config").write_text(config(str(far_end.addresses[0])))
        (self.files / "accounts").write_text(accounts)
        (self.files / "ca.pem").write_text(ca)
        write_wav(self.files / "tone.wav", (np.tile(one_second(tone), 120) * 32767).astype(np.int16))
        self.events: list[Mapping[str, Any]] = []
        self._replies: list[Mapping[str, Any]] = []
        self._buffer = b""

    @property
    def heard(self) -> Path:
        """A recording of the last call; its length is in it once the call has ended."""
        return self.files / "heard.wav"

    def __enter__(self) -> Self:
        layers = image.ensure(DEFAULT_PLACES.images, lambda _line: None).layers(Image.FULL)
        words = ("sh", "-ec", _RUN, "baresip", ":".join(map(str, layers)), str(self._home))
        with (self._home / "log").open("wb") as log:
            self._process = subprocess.Popen(
                self._lab.command(words, self._place), stdin=subprocess.PIPE, stdout=log, stderr=log
            )
        try:
            self._line = self._connected()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._line.close()
        self._end()

    def _end(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def said(self) -> str:
        """All that it has printed."""
        return (self._home / "log").read_text(errors="replace")

    def _connected(self) -> socket.socket:
        deadline = time.monotonic() + 60
        make = sockets_in(NETNS / self._lab.namespace(self._place))
        while True:
            line = make(socket.SOCK_STREAM)
            line.settimeout(0.1)
            try:
                line.connect(CONTROL)
            except OSError:
                line.close()
                assert self._process.poll() is None, self.said
                assert time.monotonic() < deadline, self.said
                time.sleep(0.1)
            else:
                return line

    def do(self, command: str, params: str = "") -> str:
        """Give a command, as one would type it; what it answers."""
        made = json.dumps({"command": command, "params": params, "token": command}).encode()
        self._line.sendall(b"%d:%s," % (len(made), made))
        deadline = time.monotonic() + 60
        while not (reply := next((one for one in self._replies if one["token"] == command), None)):
            assert time.monotonic() < deadline, f"{command}: no answer\n{self.said}"
            self._read()
        self._replies.remove(reply)
        assert reply["ok"], f"{command} {params}: {reply['data']}\n{self.said}"
        return str(reply["data"])

    def wait(self, kind: str, count: int = 1, timeout: float = 60.0) -> Mapping[str, Any]:
        """Wait for the `count`th event of a kind since `forget`, and return it."""
        deadline = time.monotonic() + timeout
        while True:
            found = [event for event in self.events if event["type"] == kind]
            if len(found) >= count:
                return found[count - 1]
            seen = [f"{event['type']} {event.get('param', '')}" for event in self.events]
            assert time.monotonic() < deadline, f"not within {timeout:g} s: {count} {kind}; {seen}\n{self.said}"
            self._read()

    def forget(self) -> None:
        """What has happened until now counts no more, and what was heard is gone."""
        self.events.clear()
        self.heard.unlink(missing_ok=True)

    def _read(self) -> None:
        try:
            self._buffer += self._line.recv(65536)
        except TimeoutError:
            return
        while b":" in self._buffer:
            length, _, rest = self._buffer.partition(b":")
            if len(rest) <= int(length):
                return
            said = json.loads(rest[: int(length)])
            self._buffer = rest[int(length) + 1 :]
            (self.events if said.get("event") else self._replies).append(said)
