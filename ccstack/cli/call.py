"""`ccstack call`: one call, traced through the design or placed for real."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import click

from ccstack.calls.trace import AgentState, Situation, Trace, trace_from_outside, trace_from_phone
from ccstack.cli.common import Refused, blueprint, loaded, print_json
from ccstack.design import Design, design
from ccstack.model import ContactCenter

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
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(
    file: Path,
    to: str,
    caller: str | None,
    press: str,
    at: str | None,
    agents: tuple[str, ...],
    waiting: tuple[str, ...],
    patience: int,
    as_json: bool,
) -> None:
    """Say step by step where a call goes, without placing it."""
    center = loaded(file)
    situation = Situation(
        at=_moment(center, at),
        presses=tuple(press.split(",")) if press else (),
        agents=_agent_states(center, agents),
        waiting=_counts(center, waiting),
        patience=patience,
    )
    trace = _traced(design(center), to, caller, situation)
    if as_json:
        print_json(_as_json(trace, to, caller, situation))
    else:
        click.echo("\n".join(_as_text(trace, to, caller, situation)))


def _traced(plan: Design, to: str, caller: str | None, situation: Situation) -> Trace:
    phones = {agent.name for agent in plan.center.agents} | {probe.name for probe in plan.center.probes}
    if caller is not None and caller in phones:
        return trace_from_phone(plan, caller, to, situation)
    if caller is not None and not (caller.startswith("+") and caller[1:].isdigit()):
        raise Refused(
            f"--from {caller}: neither an agent or probe of the center, nor a number in E.164 as +12125550100"
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
