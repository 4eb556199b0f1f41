"""What a rollback undoes, from the records of the hosts."""

from __future__ import annotations

import json
from collections.abc import Mapping

from ccstack.drivers.history import entry
from ccstack.drivers.undo import last_deployment


class Records:
    """The records of some hosts: every deployment is written on all that were meant, changed or not."""

    def __init__(self, *hosts: str) -> None:
        self.lines: dict[str, list[str]] = {host: [] for host in hosts}
        self._hour = 0

    def add(self, verb: str, releases: Mapping[str, str]) -> None:
        self._hour += 1
        made = entry(verb=verb, results={host: {"release": release} for host, release in releases.items()})
        made |= {"when": f"2026-11-22T{self._hour:02}:00:00Z"}
        for host in releases:
            self.lines[host].append(json.dumps(made))


def test_only_hosts_that_the_last_deployment_changed_go_back() -> None:
    records = Records("pbx", "sbc")
    records.add("deploy", {"pbx": "p1", "sbc": "s1"})
    records.add("deploy", {"pbx": "p1", "sbc": "s2"})
    records.add("deploy", {"pbx": "p2", "sbc": "s2"})
    undo = last_deployment(records.lines)
    assert undo
    assert (undo.back, undo.when) == ({"pbx": "p1"}, "2026-11-22T03:00:00Z")


def test_twice_undoes_two_deployments() -> None:
    records = Records("pbx", "sbc")
    for releases in ({"pbx": "p1", "sbc": "s1"}, {"pbx": "p1", "sbc": "s2"}, {"pbx": "p2", "sbc": "s2"}):
        records.add("deploy", releases)
    records.add("rollback", {"pbx": "p1", "sbc": "s2"})
    undo = last_deployment(records.lines)
    assert undo
    assert undo.back == {"sbc": "s1"}
    records.add("rollback", {"pbx": "p1", "sbc": "s1"})
    done = last_deployment(records.lines)
    assert done
    assert (dict(done.back), done.first) == ({}, ("pbx", "sbc"))


def test_a_deployment_that_was_put_back_at_once_has_nothing_to_undo() -> None:
    records = Records("pbx")
    records.add("deploy", {"pbx": "p1"})
    records.add("deploy", {"pbx": "p2"})
    records.add("deploy", {"pbx": "p2"})  # failed: p2 is in place again
    undo = last_deployment(records.lines)
    assert undo
    assert (undo.back, undo.when) == ({"pbx": "p1"}, "2026-11-22T02:00:00Z")


def test_a_host_that_is_new_keeps_what_it_has() -> None:
    records = Records("pbx", "new")
    records.add("deploy", {"pbx": "p1"})
    records.add("deploy", {"pbx": "p2", "new": "n1"})
    undo = last_deployment(records.lines)
    assert undo
    assert (undo.back, undo.first) == ({"pbx": "p1"}, ("new",))


def test_without_a_record_there_is_nothing() -> None:
    assert last_deployment({"pbx": ["not a line of ours"], "sbc": []}) is None


class SwitchRecords(Records):
    """What became of a switch stands in the records of all hosts."""

    def push(self, before: str, after: str | None, host: str = "p1") -> None:
        self._hour += 1
        switch = {"before": before, "release": after}
        made = entry(verb="deploy", results={"pbx": {"release": host}, "sw1": switch})
        made |= {"when": f"2026-11-22T{self._hour:02}:00:00Z"}
        for lines in self.lines.values():
            lines.append(json.dumps(made))


def undone(records: SwitchRecords) -> Mapping[str, str] | None:
    undo = last_deployment(records.lines, ["sw1"])
    return undo and undo.back


def test_a_first_push_to_a_switch_is_undone_too() -> None:
    records = SwitchRecords("pbx", "sbc")
    records.push("as-it-came", "a")
    assert undone(records) == {"sw1": "as-it-came"}


def test_a_switch_goes_back_one_push_at_a_time() -> None:
    records = SwitchRecords("pbx", "sbc")
    records.push("as-it-came", "a")
    records.push("a", "b")
    records.push("b", "b")
    assert undone(records) == {"sw1": "a"}
    records.push("b", "a")  # a rollback
    assert undone(records) == {"sw1": "as-it-came"}


def test_a_push_onto_drift_goes_back_to_the_drift() -> None:
    records = SwitchRecords("pbx")
    records.push("as-it-came", "a")
    records.push("a-with-drift", "a")
    assert undone(records) == {"sw1": "as-it-came"}
    records.push("a-again-with-drift", "b")
    assert undone(records) == {"sw1": "a-again-with-drift"}


def test_a_switch_that_nobody_knows_is_put_back() -> None:
    records = SwitchRecords("pbx")
    records.push("as-it-came", "a")
    records.push("a", None)
    assert undone(records) == {"sw1": "a"}
