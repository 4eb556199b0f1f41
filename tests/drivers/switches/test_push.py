"""What the driver does to a switch that nothing goes wrong with: on every platform, over ssh."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from ccstack.model.switch import Platform
from ccstack.plan.actual import SwitchActual

from .bench import FOREIGN, bench, configuring, typed

PLATFORMS: tuple[Platform, ...] = ("cisco-ios", "cisco-ios-xe", "arista-eos", "aruba-aoscx", "juniper-junos")


@pytest.fixture(params=PLATFORMS)
def platform(request: pytest.FixtureRequest) -> Platform:
    found: Platform = request.param
    return found


def test_first_push_and_then_nothing(platform: Platform, tmp_path: Path) -> None:
    with bench(tmp_path, platform) as one:
        first = one.apply()
        assert (first.status, first.messages) == ("changed", ())
        assert first.pushed > 50
        assert one.is_as_wanted()
        assert one.engine.startup() == one.engine.running(), "it is saved"
        assert one.engine.pending is None, "it is confirmed"
        second = one.apply()
        assert (second.status, second.pushed) == ("unchanged", 0)
        assert second.release == first.release != first.before


def test_what_was_there_is_kept_for_its_owner_only(platform: Platform, tmp_path: Path) -> None:
    with bench(tmp_path, platform) as one:
        seen = one.driver.observe([one.target])["sw0"]
        assert isinstance(seen, SwitchActual)
        result = one.apply()
        assert result.before == seen.state
        kept = one.backups / "sw0" / f"{seen.state}.json"
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700


def test_back_to_what_was_there(platform: Platform, tmp_path: Path) -> None:
    with bench(tmp_path, platform) as one:
        before = one.engine.running()
        assert one.apply().ok
        back = one.driver.restore(["sw0"])["sw0"]
        assert (back.status, back.messages) == ("changed", ())
        assert one.lines(one.engine.running()) == one.lines(before)
        forth = one.driver.restore(["sw0"], {"sw0": back.before or ""})["sw0"]
        assert forth.status == "changed"
        assert one.is_as_wanted()


def test_there_is_no_way_back_to_what_is_not_kept(tmp_path: Path) -> None:
    with bench(tmp_path, "cisco-ios") as one:
        result = one.driver.restore(["sw0"], {"sw0": "f" * 64})["sw0"]
        assert result.status == "failed"
        assert "it lies on the machine that deployed it" in result.messages[0]


def test_what_is_not_ccstacks_stays(platform: Platform, tmp_path: Path) -> None:
    with bench(tmp_path, platform) as one:
        typed(one.engine, *FOREIGN[platform])
        theirs = [line for line in one.engine.running().splitlines() if "666" in line or "theirs" in line]
        assert theirs
        assert one.apply().ok
        assert [line for line in one.engine.running().splitlines() if "666" in line or "theirs" in line] == theirs


_DRIFT: dict[Platform, tuple[str, ...]] = {
    "cisco-ios": ("interface GigabitEthernet1/0/2", "switchport voice vlan 666"),
    "cisco-ios-xe": ("interface GigabitEthernet1/0/2", "switchport voice vlan 666"),
    "arista-eos": ("interface Ethernet2", "no switchport phone vlan"),
    "aruba-aoscx": ("interface 1/1/2", "no vlan trunk allowed 110"),
    "juniper-junos": ("delete interfaces ge-0/0/2 description",),
}


def test_drift_is_found_and_mended(platform: Platform, tmp_path: Path) -> None:
    with bench(tmp_path, platform) as one:
        first = one.apply()
        assert first.ok
        right = one.engine.running()
        typed(one.engine, *FOREIGN[platform], *_DRIFT[platform])
        drifted = one.engine.running()
        seen = one.driver.observe([one.target])["sw0"]
        assert isinstance(seen, SwitchActual)
        assert seen.state != first.release
        mended = one.apply()
        assert mended.status == "changed"
        assert 1 <= mended.pushed <= 6, "what drifted, and nothing else"
        assert one.is_as_wanted()
        gained = set(one.engine.running().splitlines()) - set(right.splitlines())
        assert gained <= set(drifted.splitlines()), "theirs stays"


def test_what_is_right_and_not_saved_is_saved(tmp_path: Path) -> None:
    with bench(tmp_path, "cisco-ios") as one:
        for line in configuring("cisco-ios", one.lines(one.engine.running())):
            one.engine.type(line.strip())
        seen = one.driver.observe([one.target])["sw0"]
        assert isinstance(seen, SwitchActual)
        assert not seen.saved
        result = one.apply()
        assert (result.status, result.pushed) == ("changed", 0)
        assert one.engine.startup() == one.engine.running()
