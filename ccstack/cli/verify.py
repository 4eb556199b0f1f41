"""`ccstack verify`: what is true on the live hosts, and on live calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import click

from ccstack.cli.common import NO, UNKNOWN, blueprint, print_json, progress, reached, ready
from ccstack.deploy import Reached, Ready
from ccstack.drivers.base import Unknown
from ccstack.plan.actual import SwitchActual
from ccstack.verify import check_hosts, connected
from ccstack.verify.calls import check_calls, sounds_of
from ccstack.verify.emergency import check_emergency
from ccstack.verify.phones import check_phones
from ccstack.verify.results import Result, as_json, as_junit, tally
from ccstack.verify.switches import check_switches


@click.command("verify")
@blueprint
@click.option("--junit", type=click.Path(path_type=Path, dir_okay=False), help="Write the results as JUnit XML, too.")
@click.option("--json", "in_json", is_flag=True, help="The results as JSON.")
@click.option("--calls/--no-calls", default=True, show_default=True, help="Place calls from the center's probes.")
@click.option("--ring-people", is_flag=True, help="Place calls that may ring agents and outside numbers, too.")
@click.option("--most", type=click.IntRange(1), default=20, show_default=True, help="Calls a probe at most.")
@click.pass_context
def command(
    ctx: click.Context, file: Path, junit: Path | None, in_json: bool, calls: bool, ring_people: bool, most: int
) -> None:
    """Check every host, switch and phone, then place calls from the probes and listen where they end.

    Only numbers that the blueprint marks with `test` are called, and never an emergency number; trunks'
    `emergency_test_number` are, by the way that an emergency call takes. Exit code 0: all that was checked
    passed; 1: something failed; 3: something could not be checked.
    """
    center = ready(file)
    results = []
    for result in _results(center, calls, ring_people, most):
        progress(_line(result))
        results.append(result)
    name = center.center.name
    if junit:
        junit.write_text(as_junit(name, results), encoding="utf-8")
    counts = tally(results)
    if in_json:
        print_json(as_json(name, results))
    else:
        click.echo(", ".join(f"{count} {status}" for status, count in counts.items()))
    ctx.exit(NO if counts["fail"] else UNKNOWN if counts["error"] else 0)


def _results(center: Ready, calls: bool, ring_people: bool, most: int) -> Iterator[Result]:
    with reached(center.center, center.vault) as within:
        yield from check_hosts(within.session, center.state)
        seen = _switches(center, within)
        yield from check_switches(center.state.switches, seen)
        yield from check_phones(center.design, center.state, lambda host: connected(within.session, host), seen)
    if calls:
        sounds, now = sounds_of(center.design, center.built, strangers=True), datetime.now(UTC)
        yield from check_calls(center.design, center.vault, sounds, now, ring_people=ring_people, most=most)
        yield from check_emergency(center.design, center.vault, sounds)


def _switches(center: Ready, within: Reached) -> Mapping[str, SwitchActual | Unknown]:
    """What the switches have, and what they say of their ports."""
    if not within.switches:
        return {}
    from ccstack.drivers.switches.result import SwitchTarget  # not above: a center without switches needs no netmiko

    states = {state.name: state for state in center.state.switches}
    wanted = [SwitchTarget(switch, states[switch.name]) for switch in center.center.switches]
    return within.switches.observe(wanted, details=True)


def _line(result: Result) -> str:
    detail = f" ({result.detail})" if result.detail and result.status != "pass" else ""
    return f"{result.status:<7}  {result.target}: {result.check}{detail}"
