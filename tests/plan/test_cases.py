"""Two blueprints in, the plan out: each case is what `before.py` becomes, with the plan as text, Markdown and JSON.

`REFRESH=1 pytest tests/plan` writes the expected plans anew; the difference is then read before it is committed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from ccstack.design import design
from ccstack.drivers.base import Unknown
from ccstack.load import load
from ccstack.plan.actual import Held, HostActual, SeenUnit
from ccstack.plan.markdown import write_markdown
from ccstack.plan.plan import Plan
from ccstack.plan.saved import as_json
from ccstack.plan.text import write_text
from ccstack.rules import check

from .hosts import CANARY, World, after_deploy, edited, planned, untouched, world

CASES = Path(__file__).parent / "cases"
BEFORE = "before"
BLUEPRINTS = sorted(path.stem for path in CASES.glob("*.py") if path.stem not in ("market", BEFORE))
Hosts = Mapping[str, HostActual | Unknown]


def _told(plan: Plan) -> dict[str, str]:
    """Without line numbers and hashes: they move with every line that a renderer adds anywhere."""
    machine = json.dumps(as_json(replace(plan, blueprint="")), indent=1, ensure_ascii=False) + "\n"
    told = {"txt": write_text(plan), "md": write_markdown(plan), "json": machine}
    return {kind: re.sub(r"@@ -[\d,]+ \+[\d,]+ @@", "@@ ... @@", text) for kind, text in told.items()}


def _is_as_expected(case: str, plan: Plan, refresh: bool) -> None:
    for kind, text in _told(plan).items():
        assert CANARY not in text
        expected = CASES / f"{case}.{kind}"
        if refresh:
            expected.write_text(text, encoding="utf-8")
        assert text == expected.read_text(encoding="utf-8"), f"`REFRESH=1 pytest tests/plan` writes {case}.{kind} anew"


@cache
def _was() -> World:
    return world(load(f"{BEFORE}.py"))


@pytest.mark.parametrize("case", BLUEPRINTS)
def test_plan_from_one_blueprint_to_the_next(case: str, refresh: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CASES)
    wanted = world(load(f"{case}.py"))
    assert [finding for finding in check(design(wanted.center)) if finding.severity == "error"] == []
    hosts = after_deploy(_was(), wanted)
    fresh = {name: one for name, one in untouched(wanted).items() if name not in hosts}
    _is_as_expected(case, planned(wanted, hosts | fresh), refresh)


def _tampered(hosts: dict[str, HostActual]) -> Hosts:
    """All that people do to hosts in a year."""
    queues, phones = "/etc/asterisk/queues.conf", "/etc/kamailio/data/ha1"
    one, two, sbc = hosts["pbx-1"], hosts["pbx-2"], hosts["sbc-1"]
    text, rows = (h.files[p].text or "" for h, p in ((one, queues), (sbc, phones)))  # type: ignore[union-attr]
    one = edited(one, queues, text.replace("timeout = ", "timeout = 9", 1) + "; my note\n")
    mailbox = one.files["/etc/asterisk/voicemail.conf"]
    assert mailbox is not None
    files = one.files | {"/etc/asterisk/voicemail.conf": replace(mailbox, owner="root", mode=0o666)}  # type: ignore[operator]
    one = replace(one, files=files, runtime=("PJSIP endpoint loaded, but not rendered: eve",))
    two = replace(
        two,
        units={**two.units, "chrony.service": SeenUnit("failed", "disabled", 0)},
        stale={"asterisk.service": ("asterisk-dialplan",)},
        overrides={
            "/etc/ccstack/overrides/asterisk/queues.conf": "it sets maxlen in [sales], which the blueprint sets",
            "/etc/ccstack/overrides/asterisk/rtp.conf": "",
        },
        lock=Held("eva@office", "2026-11-22T09:00:00+00:00", "t"),
        packages={name: v for name, v in two.packages.items() if name != "logrotate"},
    )
    sbc = edited(sbc, phones, rows + f"eve:0:0:{CANARY}:0\n")
    return {"pbx-1": one, "pbx-2": two, "sbc-1": replace(sbc, files={**sbc.files, "/etc/hosts": None})}


def _part_unknown(hosts: dict[str, HostActual]) -> Hosts:
    refused = replace(hosts["sbc-1"], foreign=frozenset(["/etc/nftables.conf"]))
    return {
        **hosts,
        "pbx-2": Unknown("pbx-2", "ssh: connect to host pbx-2 port 22: No route to host"),
        "sbc-1": refused,
    }


HOSTS: dict[str, Callable[[dict[str, HostActual]], Hosts]] = {
    "hosts_as_they_shall_be": lambda hosts: hosts,
    "hosts_tampered_with": _tampered,
    "hosts_in_part_unknown": _part_unknown,
}


@pytest.mark.parametrize("case", HOSTS)
def test_plan_of_the_same_blueprint(case: str, refresh: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CASES)
    _is_as_expected(case, planned(_was(), HOSTS[case](after_deploy(_was(), _was()))), refresh)


def test_plan_of_the_first_deployment(refresh: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CASES)
    _is_as_expected("hosts_untouched", planned(_was(), untouched(_was())), refresh)


def test_no_expected_plan_is_left_over() -> None:
    known = {*BLUEPRINTS, *HOSTS, "hosts_untouched"}
    assert {path.stem for path in CASES.glob("*.*") if path.suffix in (".txt", ".md", ".json")} == known
