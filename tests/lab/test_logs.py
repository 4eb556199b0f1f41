"""What a fresh Asterisk, Kamailio and rtpengine log: no error and no warning, at levels that would show them."""

from __future__ import annotations

import re
from functools import partial

import pytest

from ccstack.drivers.hosts.onhost.logs import complaints

from .stage import Stage, until

pytestmark = pytest.mark.lab


def test_a_fresh_asterisk_logs_no_error_and_no_warning(acme: Stage) -> None:
    for pbx in acme.design.homes.pbxs:
        length = int(acme.on(pbx, "stat", "-c", "%s", "/var/log/asterisk/messages.log"))
        levels = acme.asterisk(pbx, "logger show channels")
        assert re.search(r"messages\.log.*\n?", levels)
        assert all(level in levels for level in ("NOTICE", "WARNING", "ERROR"))
        acme.on(pbx, "systemctl", "restart", "asterisk")
        acme.settled()
        log = acme.on(pbx, "tail", "-c", f"+{length + 1}", "/var/log/asterisk/messages.log")
        assert complaints(log, "asterisk") == ()


def test_a_fresh_kamailio_and_rtpengine_log_no_error_and_no_warning(acme: Stage) -> None:
    for sbc in acme.design.homes.sbcs:
        cursor = _cursor(acme, sbc)
        acme.on(sbc, "systemctl", "restart", "rtpengine-daemon", "kamailio")
        acme.settled()
        for unit, engine in (("kamailio", "kamailio"), ("rtpengine-daemon", "rtpengine")):
            log = until(f"{unit} on {sbc} says that it started", partial(_since, acme, sbc, unit, cursor))
            assert complaints(log, engine) == ()
    acme.people.wait_registered(180)


def test_ordinary_calls_log_no_error_and_no_warning(acme: Stage) -> None:
    lengths = {p: int(acme.on(p, "stat", "-c", "%s", "/var/log/asterisk/messages.log")) for p in acme.design.homes.pbxs}
    cursors = {s: _cursor(acme, s) for s in acme.design.homes.sbcs}
    call = acme.call_in("+12125550133")
    call.wait_heard(acme.tone("walt"))
    walt = acme.leg("walt")
    walt.hold()
    walt.resume()
    call.hangup()
    out = acme.dial("ana", "912125550142")
    out.wait_heard(acme.tone("carrier.atlantic"))
    out.hangup()
    refused = acme.dial("ben", "919005550142")
    refused.wait("ended")
    for pbx, length in lengths.items():
        log = acme.on(pbx, "tail", "-c", f"+{length + 1}", "/var/log/asterisk/messages.log")
        assert complaints(log, "asterisk") == ()
    for sbc, cursor in cursors.items():
        log = acme.on(sbc, "journalctl", "-u", "kamailio", "-o", "cat", "--no-pager", f"--after-cursor={cursor}")
        assert complaints(log, "kamailio") == ()


def _since(stage: Stage, host: str, unit: str, cursor: str) -> str | None:
    """What a unit that was restarted has logged from its start on, once the journal has that it was started."""
    log = stage.on(host, "journalctl", "-u", unit, "-o", "cat", "--no-pager", f"--after-cursor={cursor}")
    _, starting, fresh = log.rpartition("Starting ")
    return fresh if starting and "Started " in fresh else None


def _cursor(stage: Stage, host: str) -> str:
    """Where the host's journal is now."""
    text = stage.on(host, "journalctl", "-n", "1", "--show-cursor", "--no-pager", "-o", "cat")
    return until("a cursor", lambda: next((w.split(": ")[1] for w in text.splitlines() if "cursor:" in w), None))
