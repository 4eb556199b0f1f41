"""`lab up` is killed at any moment; `lab down` leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ccstack.lab import image
from ccstack.lab.from_center import topology_of
from ccstack.lab.lab import Lab
from ccstack.lab.machine import wait_until
from ccstack.lab.topology import LabTopology
from ccstack.load import examples_folder, load
from tests.lab.leftovers import left_behind

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(os.geteuid() != 0, reason="a lab needs root"),
]

UP = """
import sys
from pathlib import Path
from ccstack.lab.lab import Lab
from ccstack.lab.state import Places
from ccstack.lab.topology import LabTopology
topology = LabTopology.model_validate_json(sys.stdin.read())
print("started", flush=True)
Lab(topology.lab, Places(images=Path(sys.argv[1]))).up(topology)
print("up", flush=True)
"""

MOMENTS = (0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.3, 1.7)
"""Seconds after its start; the whole takes about two."""


@pytest.fixture(scope="module")
def topology() -> LabTopology:
    topology = topology_of(load(examples_folder() / "acme_retail" / "center.py"))
    return topology.model_copy(update={"lab": f"t-crash-{os.getpid()}"})


@pytest.fixture
def lab(topology: LabTopology) -> Iterator[Lab]:
    lab = Lab(topology.lab)
    yield lab
    lab.down()


def begin(topology: LabTopology, images: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", UP, str(images)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(topology.model_dump_json())
    process.stdin.close()
    assert process.stdout.readline() == "started\n"
    return process


def kill(process: subprocess.Popen[str]) -> None:
    assert process.poll() in {None, 0}, "it ended by itself, and not well"
    process.send_signal(signal.SIGKILL)
    process.wait()


@pytest.mark.parametrize("moment", MOMENTS)
def test_down_after_a_kill_leaves_nothing(lab: Lab, topology: LabTopology, moment: float) -> None:
    image.ensure(lab.places.images, lab.say)
    process = begin(topology, lab.places.images)
    time.sleep(moment)  # the moment itself is what is tried
    kill(process)
    lab.down()
    assert left_behind(lab.name) == []


def test_up_after_a_kill_completes_what_was_begun(lab: Lab, topology: LabTopology) -> None:
    image.ensure(lab.places.images, lab.say)
    for moment in (0.1, 0.3, 0.6):
        process = begin(topology, lab.places.images)
        time.sleep(moment)
        kill(process)
    lab.up(topology)
    status = lab.status()
    assert status.missing == ()
    assert {host.system for host in status.hosts} == {"running"}


def test_a_build_of_the_image_ends_with_the_up_that_began_it(lab: Lab, topology: LabTopology, tmp_path: Path) -> None:
    process = begin(topology, tmp_path)
    base = tmp_path / f"{image.image_path(tmp_path).name}.partial" / "base"
    wait_until((base / "var").exists, 180, lambda: "the build did not begin")
    kill(process)
    lab.down()
    wait_until(lambda: left_behind(str(tmp_path)) == [], 60, lambda: f"left: {left_behind(str(tmp_path))}")
    assert left_behind(lab.name) == []
    assert not image.image_path(tmp_path).exists()
