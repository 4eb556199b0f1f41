"""The record: whoever touches a line of it is found, here or on a host."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccstack.drivers.base import Unknown
from ccstack.drivers.history import Log, blueprint_of, entry, faults
from ccstack.drivers.hosts.onhost.history import append, whole_lines

CENTER = {"name": "shop", "queues": []}
BLUEPRINT = blueprint_of(CENTER)


@pytest.fixture
def kept(tmp_path: Path) -> tuple[Log, Path]:
    """Three deployments, each kept here and on the host `a`."""
    log, there = Log(tmp_path / "here"), tmp_path / "there.jsonl"
    for number in range(3):
        made = entry(verb="deploy", center="shop", blueprint=BLUEPRINT, results={}, seconds=number)
        append(str(there), made)
        log.add(made, ["a"], json.dumps(CENTER))
    return log, there


def on_hosts(there: Path) -> dict[str, tuple[str, ...] | Unknown]:
    return {"a": tuple(whole_lines(str(there))), "b": Unknown("b", "nothing answers there")}


def test_a_record_that_nobody_touched_is_whole(kept: tuple[Log, Path]) -> None:
    log, there = kept
    assert faults(log, on_hosts(there)) == []
    assert [said["seconds"] for said in log.entries()] == [0, 1, 2]
    assert json.loads(log.center(BLUEPRINT).read_text()) == CENTER


@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize("place", ["here", "there"])
def test_a_line_that_was_changed_is_found(kept: tuple[Log, Path], number: int, place: str) -> None:
    log, there = kept
    file = log.file if place == "here" else there
    lines = file.read_text().splitlines()
    lines[number] = lines[number].replace('"deploy"', '"rollback"')
    file.write_text("\n".join(lines) + "\n")
    assert f"line {number + 1} is not what was written" in "\n".join(faults(log, on_hosts(there)))


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_line_that_is_gone_from_a_host_is_found(kept: tuple[Log, Path], number: int) -> None:
    log, there = kept
    lines = there.read_text().splitlines()
    del lines[number]
    there.write_text("".join(f"{line}\n" for line in lines))
    assert any(f"line {number + 1} here says it keeps" in words for words in faults(log, on_hosts(there)))


@pytest.mark.parametrize("number", [0, 1])
def test_a_line_that_is_gone_from_here_is_found(kept: tuple[Log, Path], number: int) -> None:
    log, there = kept
    lines = log.lines()
    del lines[number]
    log.file.write_text("".join(f"{line}\n" for line in lines))
    assert any("does not follow the line before it" in words for words in faults(log, on_hosts(there)))


def test_who_makes_all_hashes_anew_is_found_on_the_hosts(kept: tuple[Log, Path]) -> None:
    log, there = kept
    old = list(log.entries())
    log.file.unlink()
    for said in old:
        forged = {n: v for n, v in said.items() if n not in ("id", "prev", "kept")} | {"seconds": 99}
        log.add(entry(**forged), ["a"], json.dumps(CENTER))
    assert [words for words in faults(log, on_hosts(there)) if words.startswith("a: it has not the entry")]


def test_a_center_that_was_changed_or_lost_is_found(kept: tuple[Log, Path]) -> None:
    log, there = kept
    log.center(BLUEPRINT).write_text(json.dumps(CENTER | {"name": "other"}))
    assert faults(log, on_hosts(there)) == [f"{log.center(BLUEPRINT)}: it is not the center that was deployed"]
    log.center(BLUEPRINT).unlink()
    assert faults(log, on_hosts(there)) == [f"{log.center(BLUEPRINT)}: it is gone"]


@given(st.integers(0, 2), st.integers(0, 10_000), st.characters(codec="ascii", categories=["L", "N"]))
def test_any_character_that_is_changed_is_found(number: int, place: int, character: str) -> None:
    lines = [json.dumps(entry(verb="deploy", blueprint="", results={}), sort_keys=True) for _ in range(3)]
    chained: list[str] = []
    prev = "0" * 64
    for line in lines:
        made = json.dumps(json.loads(line) | {"prev": prev}, sort_keys=True)
        chained.append(made)
        prev = hashlib.sha256(made.encode()).hexdigest()
    at = place % len(chained[number])
    touched = chained[number][:at] + character + chained[number][at + 1 :]
    other = [*chained[:number], touched, *chained[number + 1 :]]
    found = faults(Log(Path("/nowhere")), {"a": tuple(other)})
    assert bool(found) == (touched != chained[number])
