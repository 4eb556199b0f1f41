"""Whether a carrier's emergency test number answers: the one number beside the center's own that live checks call."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from ccstack.calls.client import AgentError, LiveCall, WaitTimeoutError
from ccstack.calls.live import ANSWER_S, TONE_S, Sounds
from ccstack.calls.protocol import CallReport, PlaceCall
from ccstack.design import Design
from ccstack.model.trunk import Trunk
from ccstack.secrets import Vault

from .probes import CALLER_TONE, on_duty
from .results import Result

ENOUGH_PACKETS = 50
"""A second of audio: enough to tell a tone."""


def check_emergency(design: Design, vault: Vault, sounds: Sounds) -> Iterator[Result]:
    """For each emergency-capable trunk, its test number, dialed from a probe of each site that it serves first.

    What cannot be placed is `not_run` with the reason. No emergency number is ever called (rule CC910 keeps test
    numbers and emergency numbers apart).
    """
    first = {key: trunks[0] for key, trunks in design.emergency.tests.items()}
    for trunk in design.center.trunks:
        number = trunk.emergency_test_number
        sites = [s.name for s in design.center.sites if number and first[s.name, number] == trunk.name]
        claim = f"the emergency test number of {trunk.name} answers"
        if trunk.emergency and number is None:
            why = f"trunks.{trunk.name}.emergency_test_number is not declared; ask the carrier for it"
            yield Result("emergency", claim, "not_run", why)
        elif number and not sites:
            why = f"from every site {number} goes by another trunk, as an emergency call would"
            yield Result("emergency", claim, "not_run", why)
        yield from (_from_site(design, vault, sounds, trunk, site) for site in sites)


def _from_site(design: Design, vault: Vault, sounds: Sounds, trunk: Trunk, site: str) -> Result:
    claim = f"{trunk.emergency_test_number}, the emergency test number of {trunk.name}, answers calls from {site}"
    probe = next((p for p in design.center.probes if p.site == site), None)
    if probe is None:
        return Result("emergency", claim, "not_run", f"no probe stands at {site}; declare one with site={site!r}")
    began = time.monotonic()
    try:
        with on_duty(design, vault, probe) as agent:
            call = agent.call(PlaceCall(account=probe.name, to=str(trunk.emergency_test_number), sound=CALLER_TONE))
            failure, seen = _seen(_listened(call), trunk, sounds)
    except AgentError as error:
        return Result(probe.name, claim, "error", str(error), time.monotonic() - began)
    return Result(probe.name, claim, "fail" if failure else "pass", failure or seen, time.monotonic() - began)


def _listened(call: LiveCall) -> CallReport:
    with contextlib.suppress(WaitTimeoutError):  # what is missing is in the report
        call.wait("answered", timeout=ANSWER_S)
        call.wait_packets(ENOUGH_PACKETS, timeout=TONE_S)
    return call.hangup()


def _seen(report: CallReport, trunk: Trunk, sounds: Sounds) -> tuple[str, str]:
    """What failed, and what was seen."""
    media = report.media
    seen = f"answered; RTP {media.sent} out, {media.received} in"
    if not report.answered:
        return f"not answered: {report.status or 'silence'} {report.reason}".strip(), ""
    if not media.received:
        return f"nothing was heard; RTP {media.sent} out, none in", ""
    by = {n for h in media.heard if h.tone in sounds.tones for n in sounds.tones[h.tone].names}
    if by and not any(name == f"carrier.{trunk.name}" or name.startswith(f"carrier.{trunk.name}.") for name in by):
        return f"went to {', '.join(sorted(by))} instead", ""
    return "", seen if by else f"{seen}; that it went by {trunk.name} is the design's word, it cannot be heard"
