"""A key's lamp: whoever watches an extension is told when a call begins there and when it ends."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from threading import Thread

import pytest

from ccstack.lab.from_center import phones_place

from .stage import Stage

pytestmark = pytest.mark.lab


@contextmanager
def watching(stage: Stage, user: str, extension: str, sbc: str, password: str | None = None) -> Iterator[Queue[str]]:
    """Lines of watch_sip.py, as they come."""
    script = Path(__file__).with_name("watch_sip.py")
    address = str(stage.design.index["hosts"][sbc].address)
    place = phones_place(stage.design.index.registering[user].site)
    words = [sys.executable, str(script), address, stage.design.center.domain, user, extension]
    said: Queue[str] = Queue()
    with subprocess.Popen(
        stage.lab.command(words, place),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])},
    ) as ran:
        assert ran.stdin
        assert ran.stdout
        reader = Thread(target=lambda: [said.put(line.strip()) for line in ran.stdout or ()])
        reader.start()
        try:
            ran.stdin.write((password or stage.ready.line_password(user)) + "\n")
            ran.stdin.flush()
            yield said
        finally:
            ran.stdin.close()
            ran.terminate()
            reader.join()


def told(said: Queue[str], *words: str, timeout: float = 60.0) -> None:
    """These lines come next."""
    for word in words:
        try:
            got = said.get(timeout=timeout)
        except Empty:
            pytest.fail(f"{word} was not told within {timeout:g} s")
        assert got == word


def test_a_lamp_shows_calls_wherever_they_come_from(acme: Stage) -> None:
    jack = acme.design.index["agents"]["jack"].extension
    with watching(acme, "ben", jack, "nyc-sbc") as near, watching(acme, "sam", jack, "den-sbc") as far:
        for said in (near, far):
            told(said, "407", "200", "terminated")
        call = acme.dial("kofi", jack)
        call.wait_heard(acme.tone("jack"))
        for said in (near, far):
            told(said, "confirmed")
        call.hangup()
        for said in (near, far):
            told(said, "terminated")


def test_who_does_not_know_the_password_watches_nobody(acme: Stage) -> None:
    jack = acme.design.index["agents"]["jack"].extension
    with watching(acme, "ben", jack, "nyc-sbc", password="wrong") as said:
        told(said, "407", "407")


def test_an_extension_that_nobody_has_cannot_be_watched(acme: Stage) -> None:
    with watching(acme, "ben", "5999", "nyc-sbc") as said:
        told(said, "407", "404")
