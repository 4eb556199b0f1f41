"""`ccstack explain`: from a line to its object, and from an object to its lines."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from ccstack.cli import main
from ccstack.plan.touches import touched_by
from tests.plan.hosts import ACME, SHOP, example, world


def explain(*args: str) -> Result:
    return CliRunner().invoke(main, ["explain", *args], prog_name="ccstack")


def test_a_line_names_its_object_rule_and_place() -> None:
    result = explain(str(SHOP), "box:queues.conf:15", "--json")
    answer = json.loads(result.stdout)
    assert (answer["schema"], answer["file"]) == ("ccstack.explain/1", "/etc/asterisk/queues.conf")
    assert (answer["object"], answer["rule"]) == ("queues.counter", "queue")
    assert answer["blueprint"].startswith(f"{SHOP}:")


def test_an_object_names_every_file_and_line_that_it_touches() -> None:
    answer = json.loads(explain(str(ACME), "queues.sales", "--json").stdout)
    assert (answer["schema"], answer["object"]) == ("ccstack.explain/1", "queues.sales")
    found = {(t["host"], t["file"]): t["lines"] for t in answer["touches"]}
    for host in world(example(ACME)).desired.hosts:
        for file in host.files:
            told = [n for first, last in found.get((host.name, file.path), []) for n in range(first, last + 1)]
            mine = [n for n, line in enumerate(file.lines, 1) if line.source.path.split(".")[:2] == ["queues", "sales"]]
            assert told == mine


def test_an_objects_secrets_and_artifacts_count() -> None:
    state = world(example(SHOP)).desired
    paths = {one.path: one for one in touched_by("voicemails.mailbox", state)}
    assert any(path.endswith(".wav") and not one.ranges for path, one in paths.items())
    assert "/etc/asterisk/voicemail.conf" in paths
    assert "/etc/kamailio/data/ha1" in {one.path for one in touched_by("agents.ada", state)}


def test_the_text_is_for_people() -> None:
    lines = explain(str(SHOP), "queues.counter").stdout.splitlines()
    assert lines[0] == f"queues.counter, written at {SHOP}:34"
    assert lines[1] == "  box"
    assert any(line.startswith("    /etc/asterisk/queues.conf:15-") for line in lines)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("queues.countr", "the center has no such object. Did you mean `queues.counter`?"),
        ("queue.counter", "Did you mean `queues.counter`?"),
        ("counter", "Did you mean `queues.counter`?"),
        ("countr", "Did you mean `counter`?"),
        ("nonsense-of-mine", "An object is named as `queues.sales`."),
        ("box:queues.conf", "write it as HOST:PATH:LINE"),
        ("bax:queues.conf:1", "there is no host bax; there are: box"),
    ],
)
def test_what_is_not_there_is_refused(given: str, words: str) -> None:
    result = explain(str(SHOP), given)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr
