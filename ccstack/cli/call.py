"""`ccstack call`: one call, traced through the design or placed for real."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, get_args
from zoneinfo import ZoneInfo

import click

from ccstack.calls.trace import AgentState, Situation, Trace, trace_from_outside, trace_from_phone
from ccstack.cli.common import NO, Refused, blueprint, loaded, print_json, progress, ready, refusing
from ccstack.design import Design, design
from ccstack.model import ContactCenter

if TYPE_CHECKING:
    from ccstack.model.probe import Probe
    from ccstack.verify.single import Single

SCHEMA = "ccstack.call/1"


@click.command("call")
@blueprint
@click.option("--to", required=True, metavar="NUMBER", help="A public number (E.164), or digits as a phone dials them.")
@click.option("--from", "caller", metavar="WHO", help="A caller's number (E.164), or an agent or probe who dials.")
@click.option("--press", default="", metavar="KEYS", help="Keys menu by menu, as `1,2`; `-` is silence.")
@click.option(
    "--at", metavar="TIME", help="As 2026-12-24T10:00, in the first site's zone, or with an offset. Else now."
)
@click.option("--agent", "agents", multiple=True, metavar="NAME=STATE", help=f"{', '.join(get_args(AgentState))}.")
@click.option("--waiting", multiple=True, metavar="QUEUE=N", help="Callers who wait there already.")
@click.option("--patience", type=click.IntRange(0), default=86_400, metavar="S", help="Seconds the caller will wait.")
@click.option("--live", is_flag=True, help="Place the call from a probe, too, and say whether it ends as traced.")
@click.option("--probe", metavar="NAME", help="The probe that calls, with --live. Else the first that can.")
@click.option("--ring-people", is_flag=True, help="Place the call though it may ring people.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def command(
    ctx: click.Context,
    file: Path,
    to: str,
    caller: str | None,
    press: str,
    at: str | None,
    agents: tuple[str, ...],
    waiting: tuple[str, ...],
    patience: int,
    live: bool,
    probe: str | None,
    ring_people: bool,
    as_json: bool,
) -> None:
    """Say step by step where a call goes; with --live, place it and listen where it ends.

    Live calls go to numbers that the blueprint marks with `test`, never to an emergency number. With --at the call is
    originated on a PBX over ssh, since nobody else can set its clock, and a probe listens. Exit code 0: traced, and
    the live call ended as traced; 1: it did not, or could not be placed; 2: refused, nothing was placed.
    """
    center = loaded(file)
    plan = design(center)
    if not live and (probe or ring_people):
        raise Refused("--probe and --ring-people are for live calls; add --live")
    from_probe = _allowed(plan, to, caller, probe, at is not None) if live else None
    situation = Situation(
        at=_moment(center, at),
        presses=tuple(press.split(",")) if press else (),
        agents=_agent_states(center, agents),
        waiting=_counts(center, waiting),
        patience=patience,
    )
    if from_probe:
        caller = from_probe.caller if at is None else None
    trace = _traced(plan, to, caller, situation)
    if from_probe:
        _may_ring(trace, ring_people)
    if not as_json:
        click.echo("\n".join(_as_text(trace, to, caller, situation)))
    placed = _placed(file, from_probe, to, trace, situation.at if at else None) if from_probe else None
    if as_json:
        print_json(_as_json(trace, to, caller, situation) | ({"live": placed.as_json()} if placed else {}))
    elif placed:
        click.echo("\n".join(_told(placed)))
    ctx.exit(NO if placed and not placed.agrees else 0)


def _allowed(plan: Design, to: str, caller: str | None, name: str | None, by_clock: bool) -> Probe:
    """The probe that may call `to` live; every reason why not is said before anything is placed."""
    from ccstack.verify.allowed import CallRefusedError, declared_test_number, probe_for

    with refusing(CallRefusedError):
        probe = probe_for(plan, declared_test_number(plan, to), name, by_clock)
    if caller is not None and (by_clock or caller != probe.caller):
        shown = "has no caller's number" if by_clock or not probe.caller else f"shows {probe.caller}"
        raise Refused(f"--from {caller}: the live call by {probe.name} {shown}; leave --from out")
    return probe


def _may_ring(trace: Trace, ring_people: bool) -> None:
    from ccstack.verify.allowed import CallRefusedError, refuse_to_ring

    with refusing(CallRefusedError):
        refuse_to_ring(trace, ring_people)


def _placed(file: Path, probe: Probe, to: str, trace: Trace, when: datetime | None) -> Single:
    """The live call. Ends with 1, and says why, when it cannot be placed."""
    from ccstack.calls.client import AgentError  # not above: who only traces need not wait for them
    from ccstack.verify.calls import sounds_of
    from ccstack.verify.single import NotPlacedError, place_at, place_from

    center = ready(file)
    sounds = sounds_of(center.design, center.built, strangers=True)
    try:
        if when:
            progress(f"a PBX calls {to} as at {when:%Y-%m-%d %H:%M %Z}, and {probe.name} listens")
            return place_at(center.design, center.vault, sounds, probe, to, trace, when)
        progress(f"{probe.name} calls {to}")
        return place_from(center.design, center.vault, sounds, probe, to, trace)
    except (AgentError, NotPlacedError) as error:
        progress(f"the call could not be placed: {error}")
        raise click.exceptions.Exit(NO) from error


def _told(placed: Single) -> Iterator[str]:
    report = placed.placed.report
    delay = f", post-dial delay {report.post_dial_delay:.2f} s" if report.post_dial_delay is not None else ""
    by = f", originated on {placed.pbx}" if placed.pbx else ""
    yield f"live, by probe {placed.probe}{by}: {'answered' if report.answered else report.status or 'no answer'}{delay}"
    yield from (f"  {at:6.2f} s  {what}" for at, what in placed.heard)
    media = report.media
    yield f"  RTP {media.sent} packets out, {media.received} in, {media.lost} lost, jitter {media.jitter_ms:.1f} ms"
    verdict = "as traced" if placed.agrees else "NOT as traced"
    yield f"ends at {placed.ending}: {verdict}"


def _traced(plan: Design, to: str, caller: str | None, situation: Situation) -> Trace:
    phones = plan.index.registering
    if caller is not None and caller in phones:
        return trace_from_phone(plan, caller, to, situation)
    if caller is not None and not (caller.startswith("+") and caller[1:].isdigit()):
        raise Refused(
            f"--from {caller}: neither an agent, station or probe of the center, nor a number in E.164 as +12125550100"
        )
    return trace_from_outside(plan, to, caller, situation)


def _moment(center: ContactCenter, at: str | None) -> datetime:
    zone = ZoneInfo(center.sites[0].time_zone) if center.sites else ZoneInfo("UTC")
    if at is None:
        return datetime.now(zone)
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        raise Refused(f"--at {at}: no time; write it as 2026-12-24T10:00 or 2026-12-24T10:00-05:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _agent_states(center: ContactCenter, given: tuple[str, ...]) -> dict[str, AgentState]:
    known, states = {agent.name for agent in center.agents}, get_args(AgentState)
    pairs = dict(_pair("--agent", text, known) for text in given)
    for name, state in pairs.items():
        if state not in states:
            raise Refused(f"--agent {name}={state}: the state is one of {', '.join(states)}")
    return pairs  # type: ignore[return-value]


def _counts(center: ContactCenter, given: tuple[str, ...]) -> dict[str, int]:
    pairs = dict(_pair("--waiting", text, {queue.name for queue in center.queues}) for text in given)
    for name, count in pairs.items():
        if not count.isdigit():
            raise Refused(f"--waiting {name}={count}: a number of callers is wanted")
    return {name: int(count) for name, count in pairs.items()}


def _pair(option: str, text: str, known: set[str]) -> tuple[str, str]:
    name, _, value = text.partition("=")
    if name not in known:
        raise Refused(f"{option} {text}: the center has no {name!r}; it has {', '.join(sorted(known))}")
    return name, value


def _as_text(trace: Trace, to: str, caller: str | None, situation: Situation) -> Iterator[str]:
    yield f"{caller or 'a caller without a number'} calls {to} at {situation.at:%Y-%m-%d %H:%M %Z}"
    width = max((len(step.path) for step in trace.steps), default=0)
    yield from (f"  {step.path:<{width}}  {step.what}" for step in trace.steps)
    yield f"ends at {trace.ending}; language {trace.language}, priority {trace.priority}"


def _as_json(trace: Trace, to: str, caller: str | None, situation: Situation) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "to": to,
        "from": caller,
        "at": situation.at.isoformat(),
        "steps": [asdict(step) for step in trace.steps],
        "ending": {"kind": trace.ending.kind, "names": list(trace.ending.names)},
        "language": trace.language,
        "priority": trace.priority,
    }
