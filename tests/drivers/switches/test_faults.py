"""Each fault ends with the switch as before or as intended, and holds up no other one."""

from __future__ import annotations

import json
import logging
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ccstack.drivers.base import Unknown
from ccstack.drivers.switches.access import Patience
from ccstack.lab.switches.server import SimulatedSwitch
from ccstack.model.secret import EnvSecret
from ccstack.model.switch import Platform
from ccstack.plan.actual import SwitchActual

from .bench import CANARY, ENABLE, Bench, bench
from .test_push import PLATFORMS

REVERTS = [platform for platform in PLATFORMS if platform != "cisco-ios"]


@pytest.fixture(params=PLATFORMS)
def platform(request: pytest.FixtureRequest) -> Platform:
    found: Platform = request.param
    return found


def test_a_refused_line_is_named_and_nothing_of_it_stays(platform: Platform, tmp_path: Path) -> None:
    with bench(tmp_path, platform) as one:
        before, startup = one.engine.running(), one.engine.startup()
        lines = one.lines(before)
        line = lines[len(lines) * 2 // 3].strip()
        one.sim.faults.refuse = f"^ *{re.escape(line)}$"
        result = one.apply()
        assert result.status == "failed"
        assert result.restored
        assert re.match(rf"line \d+ of \d+ `{re.escape(line)}` is refused: \S", result.messages[0])
        assert result.messages[-1] == "it has what it had before"
        assert one.lines(one.engine.running()) == lines
        assert (one.engine.startup(), one.engine.pending) == (startup, None)
        one.sim.faults.refuse = ""
        assert one.apply().status == "changed"


def test_a_connection_that_drops_at_line_200(platform: Platform, tmp_path: Path) -> None:
    with bench(tmp_path, platform, ports=47) as one:
        lines = one.lines(one.engine.running())
        assert len(lines) > 250
        one.sim.faults.drop_at = 200
        result = one.apply()
        assert result.status == "failed"
        assert "the connection broke" in result.messages[0]
        assert re.search(r"the last line that it took is number \d+, `.+`|it took no line", result.messages[1])
        assert result.messages[-1] == "it has what it had before"
        assert one.lines(one.engine.running()) == lines
        assert one.engine.pending is None
        assert one.apply().status == "changed"


SAVES = [platform for platform in PLATFORMS if platform != "juniper-junos"]


@pytest.mark.parametrize("platform", SAVES)
def test_a_switch_that_restarts_while_it_saves(platform: Platform, tmp_path: Path) -> None:
    with bench(tmp_path, platform) as one:
        lines = one.lines(one.engine.running())
        one.sim.faults.reboot_on_save = True
        result = one.apply()
        assert result.status == "failed"
        assert "the connection broke at `write memory`" in result.messages[0]
        assert one.lines(one.engine.running()) == lines, "it started with what was there before"
        assert one.engine.running() == one.engine.startup()
        assert one.apply().status == "changed"


@pytest.mark.parametrize("platform", REVERTS)
def test_a_switch_that_a_change_cuts_off_goes_back_by_itself(platform: Platform, tmp_path: Path) -> None:
    quick = Patience(connect=5, answer=20, show=20, back=90, revert=60, poll=0.1)
    with bench(tmp_path, platform, minute=6, patience=quick) as one:
        lines = one.lines(one.engine.running())
        cutter = threading.Thread(target=_cut_off, args=(one.sim, lambda: _all_there(one)))
        cutter.start()
        result = one.apply()
        cutter.join()
        assert result.status == "failed"
        assert result.messages[-1] == "it has what it had before"
        assert one.lines(one.engine.running()) == lines
        assert one.engine.pending is None


def _all_there(one: Bench) -> bool:
    with one.engine.lock:
        return one.engine.pending is not None and one.is_as_wanted()


def _cut_off(sim: SimulatedSwitch, when: Callable[[], bool]) -> None:
    """From when the change counts until the switch has taken it back, nobody reaches it."""
    _wait(when)
    sim.unreachable()
    _wait(lambda: sim.engine.pending is None)
    sim.unreachable(False)


def _wait(until: Callable[[], bool]) -> None:
    limit = time.monotonic() + 120
    while not until():
        assert time.monotonic() < limit
        time.sleep(0.002)


def test_a_switch_that_stays_away_is_left_with_its_last_line_named(tmp_path: Path) -> None:
    short = Patience(connect=5, answer=10, show=10, back=5, revert=60, poll=0.1)
    with bench(tmp_path, "cisco-ios", ports=47, patience=short) as one:
        one.sim.faults.drop_at = 200
        one.sim.boot_s = 60
        cutter = threading.Thread(target=_gone_after_drop, args=(one,))
        cutter.start()
        result = one.apply()
        cutter.join()
        assert result.status == "failed"
        assert not result.restored
        assert result.release is None
        assert re.search(r"the last line that it took is number \d+, `.+`; what it had is kept", result.messages[-1])


def _gone_after_drop(one: Bench) -> None:
    _wait(lambda: one.sim.faults.drop_at == 0 and any("wait until" in said.message for said in one.told))
    one.sim.unreachable()


# --- Who is let in ---


def why(one: Bench) -> str:
    seen = one.driver.observe([one.target])["sw0"]
    assert isinstance(seen, Unknown)
    result = one.apply()
    assert result.status == "unreachable"
    assert one.engine.running() == one.engine.startup()
    return seen.why


def test_wrong_password(tmp_path: Path) -> None:
    with bench(tmp_path, "cisco-ios", password="another") as one:
        assert "it does not let admin in; see switches.sw0.access (user, key, password)" in why(one)


def test_wrong_host_key(tmp_path: Path) -> None:
    other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBumdaLcRgYcDNMqhfCLmOhgzMzXzIbSTJBWeWHGB5Gz"
    with bench(tmp_path, "cisco-ios", access={"host_key": other}) as one:
        assert "its host key is not the one that is known" in why(one)


def test_unknown_host_key(tmp_path: Path) -> None:
    with bench(tmp_path, "cisco-ios", access={"host_key": None}) as one:
        assert "its host key is not known; put it into switches.sw0.access.host_key" in why(one)


def test_unreachable(tmp_path: Path) -> None:
    with bench(tmp_path, "cisco-ios", patience=Patience(connect=1.5)) as one:
        one.sim.unreachable()
        began = time.monotonic()
        assert "127.0.0.1 port" in why(one)
        assert time.monotonic() - began < 60


def test_nothing_listens(tmp_path: Path) -> None:
    with bench(tmp_path, "cisco-ios", access={"port": 9}) as one:
        assert "no sshd listens there" in why(one)


ENABLED = EnvSecret(variable="SWITCH_ENABLE")


def test_enable_secret(tmp_path: Path) -> None:
    with bench(tmp_path, "cisco-ios", enable=ENABLE, access={"enable": ENABLED}) as one:
        assert one.apply().status == "changed"


def test_wrong_enable_secret(tmp_path: Path) -> None:
    with bench(tmp_path, "cisco-ios", enable="another", access={"enable": ENABLED}) as one:
        assert "it does not take the enable secret; see switches.sw0.access.enable" in why(one)


def test_no_enable_secret(tmp_path: Path) -> None:
    with bench(tmp_path, "cisco-ios", enable="another") as one:
        assert "logging in as admin gives no right to configure; set switches.sw0.access.enable" in why(one)


def test_a_switch_that_waits_for_return_gets_one(platform: Platform, tmp_path: Path) -> None:
    with bench(tmp_path, platform) as one:
        one.sim.faults.shy = True
        assert one.apply().status == "changed"
        assert one.is_as_wanted()


def test_a_dead_switch_holds_up_no_other(tmp_path: Path) -> None:
    slow = Patience(connect=25, poll=0.1)
    with bench(tmp_path, "cisco-ios", "arista-eos", "aruba-aoscx", patience=slow, forks=2) as one:
        one.sims["sw0"].unreachable()
        results = one.driver.apply(one.targets)
        assert [result.status for result in results.values()] == ["unreachable", "changed", "changed"]
        done = {said.target: said.seconds for said in one.told if said.step == "done"}
        assert max(done["sw1"], done["sw2"]) < done["sw0"]


def test_nobody_sees_a_secret(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    with bench(tmp_path, "cisco-ios", enable=ENABLE, access={"enable": ENABLED}) as one:
        one.sim.faults.refuse = "voice vlan"
        seen = one.driver.observe([one.target])["sw0"]
        assert isinstance(seen, SwitchActual)
        result = one.apply()
        command_lines = b"".join(path.read_bytes() for path in Path("/proc/self").glob("cmdline"))
        said = [repr(result), repr(seen), repr(one.told), caplog.text, *capfd.readouterr(), repr(command_lines)]
        said += [path.read_text() for path in tmp_path.rglob("*") if path.is_file()]
    for text in said:
        assert CANARY not in text
        assert ENABLE not in text
    assert json.loads(next(one.backups.rglob("*.json")).read_text())["lines"]
