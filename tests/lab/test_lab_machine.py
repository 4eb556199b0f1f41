"""What the lab asks of the machine: everything that is missing is said in one message, and nothing is begun."""

import os
import subprocess
import threading
import time
from pathlib import Path

import pytest

from ccstack.lab.errors import LabError
from ccstack.lab.lab import Lab
from ccstack.lab.machine import refuse_unfit_machine, wait_until
from ccstack.lab.state import Places, State, labs_here


def test_everything_that_is_missing_is_said_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LabError) as refused:
        refuse_unfit_machine()
    message = str(refused.value)
    assert message.startswith("this machine cannot raise a lab:")
    for part in (
        "not root",
        "tools missing: ip, nsenter",
        "apt-get install dash iproute2 mount openssh-client util-linux",
    ):
        assert part in message


def test_another_system_is_refused_politely(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    with pytest.raises(LabError, match=r"it runs darwin; network namespaces need Linux 5\.14 or newer"):
        refuse_unfit_machine()


def test_a_lab_that_is_down_says_how_to_raise_it(tmp_path: Path) -> None:
    lab = Lab("nowhere", Places(run=tmp_path, disks=tmp_path / "disks", images=tmp_path / "images"))
    for ask in (lab.status, lambda: lab.command(["true"]), lambda: lab.cut("east"), lambda: lab.kill("pbx")):
        with pytest.raises(LabError, match=r"lab nowhere is not up: raise it with `ccstack lab up`"):
            ask()


def test_labs_are_found_by_their_notes_and_by_their_disks(tmp_path: Path) -> None:
    places = Places(run=tmp_path / "run", disks=tmp_path / "disks")
    assert labs_here(places) == []
    (places.run / "raised").mkdir(parents=True)
    (places.run / "raised" / "topology.json").touch()
    (places.disks / "left-by-a-reboot").mkdir(parents=True)
    assert labs_here(places) == ["left-by-a-reboot", "raised"]


def test_the_lock_outlives_its_holder_until_the_last_helper_has_ended(tmp_path: Path) -> None:
    state = State("locked", Places(run=tmp_path))
    with state.locked() as lock:
        helper = subprocess.Popen(["sleep", "0.5"], pass_fds=(lock,))
    with state.locked():
        assert helper.poll() is not None or helper.wait(60) is not None


def test_a_lab_is_had_by_one_at_a_time_and_its_lock_goes_with_them(tmp_path: Path) -> None:
    state = State("had", Places(run=tmp_path))
    inside, most, counted = 0, 0, threading.Lock()

    def work() -> None:
        nonlocal inside, most
        for _ in range(200):
            with state.reserved():
                with counted:
                    inside += 1
                    most = max(most, inside)
                with counted:
                    inside -= 1

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert (most, inside) == (1, 0)
    assert list(tmp_path.iterdir()) == []


def test_waiting_ends_with_what_went_wrong() -> None:
    started = time.monotonic()
    with pytest.raises(LabError, match="it never came"):
        wait_until(lambda: False, 0.05, lambda: "it never came")
    assert time.monotonic() - started < 30
