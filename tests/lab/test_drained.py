"""A drained PBX gets no call that another one can take, whatever is reloaded or restarted meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ccstack.render.kamailio.destinations import pbx_set

from .stage import Stage, until

pytestmark = pytest.mark.lab

KEPT = "/var/lib/ccstack/drained.cfg"
PBXS = ("nyc-pbx", "den-pbx")
"""Those of ben's site, in their order."""


def test_a_drained_pbx_gets_no_calls_even_after_a_reload_and_a_restart(traced: Stage) -> None:
    assert pbx_of_a_call(traced) == "nyc-pbx"
    with drained(traced, "nyc-pbx"):
        assert pbx_of_a_call(traced) == "den-pbx"
        for sbc in traced.design.homes.sbcs:
            traced.on(sbc, "kamcmd", "dispatcher.reload")
        assert pbx_of_a_call(traced) == "den-pbx"
        for sbc in traced.design.homes.sbcs:
            traced.on(sbc, "systemctl", "kill", "--signal=KILL", "kamailio")
        traced.settled()
        assert pbx_of_a_call(traced) == "den-pbx"
    assert pbx_of_a_call(traced) == "nyc-pbx"


def test_a_drained_pbx_takes_the_calls_that_no_other_takes(traced: Stage) -> None:
    with drained(traced, *PBXS):
        assert pbx_of_a_call(traced) == "nyc-pbx"


def pbx_of_a_call(stage: Stage) -> str:
    """The PBX that a call by ben comes to, with all of them answering."""
    stage.settled()
    call = stage.dial("ben", stage.design.index["agents"]["ana"].extension)
    try:
        call.wait("answered")
        return next(p for p in PBXS if "PJSIP/ben-" in stage.asterisk(p, "core show channels concise"))
    finally:
        call.hangup()
        until("ben's call is gone", lambda: not any("PJSIP/" in _channels(stage, p) for p in PBXS))


def _channels(stage: Stage, pbx: str) -> str:
    return stage.asterisk(pbx, "core show channels concise")


@contextmanager
def drained(stage: Stage, *pbxs: str) -> Iterator[None]:
    """For a while, these PBXs are drained at every SBC, as docs/architecture.md says it is done."""
    sets = [pbx_set(p) for p in pbxs]
    rows = "".join(f'    $sht(drained=>{number}) = "1";\n' for number in sets)
    fragment = f"event_route[htable:mod-init] {{\n{rows}}}\n"
    try:
        for sbc in stage.design.homes.sbcs:
            stage.on(sbc, "sh", "-c", f"printf %s '{fragment}' > {KEPT}.new && mv {KEPT}.new {KEPT}")
            for number in sets:
                stage.on(sbc, "kamcmd", "htable.sets", "drained", f"s:{number}", "1")
        yield
    finally:
        for sbc in stage.design.homes.sbcs:
            stage.on(sbc, "rm", "-f", KEPT)
            for number in sets:
                stage.on(sbc, "kamcmd", "htable.delete", "drained", f"s:{number}")
