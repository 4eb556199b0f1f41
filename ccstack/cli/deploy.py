"""`ccstack deploy`: carry a plan out, in its order, under the center's lock, and record what became of it."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

import click

from ccstack.cli import deploying as options
from ccstack.cli.common import Looked, Reached, Ready, Refused, blueprint, progress, reached_early, refusing
from ccstack.cli.deploying import (
    Interrupts,
    Teller,
    ask,
    exit_code,
    has_terminal,
    keep,
    locked_out,
    names,
    print_results,
    record_of,
)
from ccstack.cli.phones import tell_phones
from ccstack.drivers.base import Receipt, Unknown
from ccstack.drivers.conduct import Conductor
from ccstack.drivers.fleet import chosen_switches
from ccstack.drivers.history import now, who
from ccstack.drivers.hosts import (
    DeployResult,
    HostResult,
    HostTarget,
    OnForeign,
    ToolsMissingError,
    UnknownTargetError,
    chosen,
    need_ansible,
)
from ccstack.drivers.locks import LockedError, locked
from ccstack.drivers.switches.result import SwitchResult, SwitchTarget
from ccstack.plan.actual import HostActual, SwitchActual
from ccstack.plan.only import dangling
from ccstack.plan.order import UnknownSiteError, Wave, check_site, order
from ccstack.plan.plan import Plan, TargetPlan
from ccstack.plan.saved import PlanFileError, as_json, from_text, still_fits
from ccstack.plan.text import headline, write_text


@dataclass(frozen=True)
class Wish:
    """What the user asked for."""

    only: tuple[str, ...]
    saved: Plan | None
    canary: str | None
    drain: int
    force: bool
    break_lock: bool
    on_foreign: OnForeign
    forks: int
    yes: bool


@click.command("deploy")
@blueprint
@click.option("--plan", "plan_file", type=click.Path(path_type=Path), help="Carry out this plan, if it still fits.")
@options.only
@click.option("--canary", metavar="SITE", help="The site that goes first; by default the one with the fewest agents.")
@click.option(
    "--drain",
    type=click.IntRange(0),
    default=600,
    show_default=True,
    metavar="SECONDS",
    help="How long a host that must restart is waited for until it has no calls.",
)
@click.option("--force", is_flag=True, help="Restart it even if it has calls then: they are lost.")
@options.break_lock
@options.yes
@click.option(
    "--on-foreign",
    type=click.Choice(get_args(OnForeign)),
    default="refuse",
    show_default=True,
    help="What becomes of files on a host that ccstack never managed.",
)
@click.option(
    "--forks", type=click.IntRange(1, 100), default=10, show_default=True, help="Hosts or switches at a time."
)
@options.in_json
@click.pass_context
def command(
    ctx: click.Context,
    file: Path,
    plan_file: Path | None,
    only: tuple[str, ...],
    canary: str | None,
    drain: int,
    force: bool,
    break_lock: bool,
    yes: bool,
    on_foreign: OnForeign,
    forks: int,
    in_json: bool,
) -> None:
    """Apply the blueprint to its hosts and switches, over ssh: what differs, in an order that drops no call.

    It stops at the first target that fails, which keeps what it had; the same command again goes on from there. One
    that cannot be reached stops no other one. Exit code 0: every target is as it shall be; 1: some target failed or was
    not begun, or somebody else is deploying; 2: wrong usage, or the plan does not fit any more; 3: some target could
    not be reached.
    """
    saved = _saved(plan_file) if plan_file else None
    wish = Wish(only, saved, canary, drain, force, break_lock, on_foreign, forks, yes)
    try:
        result = _deploy(file, wish)
    except LockedError as error:
        ctx.exit(locked_out(error, in_json))
    print_results(result, in_json)
    ctx.exit(exit_code(result))


def _saved(path: Path) -> Plan:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as why:
        raise Refused(f"{path}: the plan cannot be read ({why}); `ccstack plan -o {path}` writes one") from None
    with refusing(PlanFileError):
        return from_text(text, str(path))


def _refuse_early(center: Ready, wish: Wish) -> None:
    """What can be known to be wrong before any host is asked."""
    with refusing(UnknownTargetError, UnknownSiteError, ToolsMissingError):
        targets = [*chosen(center.plan.center, wish.only), *chosen_switches(center.plan.center, wish.only)]
        check_site(center.plan, wish.canary)
        need_ansible()
    if not center.plan.center.hosts:
        raise Refused(
            "a center's hosts keep its lock and its record, and this one has none: its switches can be planned"
        )
    if not wish.yes and not has_terminal():
        raise Refused(f"this would change {', '.join(names(targets))}; without a terminal to ask, give --yes")


def _deploy(file: Path, wish: Wish) -> DeployResult:
    """Lock, look, plan, ask, carry out, record, unlock."""
    teller, started = Teller(), now()
    with (
        Interrupts() as interrupts,
        reached_early(file, "lock", on_foreign=wish.on_foreign, forks=wish.forks, watch=teller) as (within, center),
    ):
        _refuse_early(center, wish)
        with locked(within.driver, names(within.center.hosts), who(), seize=wish.break_lock, watch=teller):
            return _carried_out(within, center, wish, interrupts, teller, started)


def _carried_out(
    within: Reached, center: Ready, wish: Wish, interrupts: Interrupts, teller: Teller, started: str
) -> DeployResult:
    began = time.monotonic()
    targets = within.targets(center)
    looked = within.look(center, targets, within.center.switches)
    actual, plan = looked.actual, _meant(looked, center, wish)
    waves = () if _refused(plan, looked.aims, wish) else order(plan, center.plan, wish.canary)
    _agree(plan, waves, wish)
    interrupts.gently()
    told = record_of(as_json(plan))
    within.driver.plan_json = json.dumps(told)
    wanted: dict[str, HostTarget | SwitchTarget] = {target.name: target for target in targets}
    wanted |= looked.aims
    before = {name: seen.release for name, seen in actual.items() if isinstance(seen, HostActual) and seen.release}
    conductor = Conductor(
        within.fleet,
        within.driver,
        wanted,
        teller,
        wish.drain,
        force=wish.force,
        stop=interrupts.stop,
        pinger=within.driver,
        trier=within.fleet,
        before=before,
        absent=plan.unknown,
    )
    done = conductor.run(waves)
    results = _results(plan, looked, done, wish)
    hosts = {name: result for name, result in results.items() if isinstance(result, HostResult)}
    switches = {name: result for name, result in results.items() if isinstance(result, SwitchResult)}
    seconds = round(time.monotonic() - began, 2)
    result = DeployResult(plan.center, plan.blueprint, started, seconds, hosts, switches)
    if waves:
        # Of a host's first release no phone can know yet.
        tell_phones(within.driver, center.plan, {name: made for name, made in hosts.items() if name in before})
        keep(within, "deploy", result, told)
    return result


def _meant(looked: Looked, center: Ready, wish: Wish) -> Plan:
    """The part of the plan that was asked for. Ends with 2 if it leaves something hanging, or is not what was saved."""
    whole, actual = looked.plan, looked.actual
    meant = set(names([*chosen(center.plan.center, wish.only), *chosen_switches(center.plan.center, wish.only)]))
    meant &= {target.target for target in wish.saved.targets} if wish.saved else meant
    asleep = {name for name, seen in actual.items() if isinstance(seen, HostActual) and seen.release is None}
    # Names hang between hosts: a switch sends nobody anywhere.
    hosts = replace(whole, targets=tuple(target for target in whole.targets if target.target not in looked.aims))
    wrong = list(dangling(hosts, meant - looked.aims.keys(), asleep))
    if wish.saved:
        states = {name: None if isinstance(seen, Unknown) else seen.state for name, seen in actual.items()}
        wrong += still_fits(wish.saved, whole.blueprint, states)
    if wrong:
        raise Refused("nothing was changed:\n" + "\n".join(f"  {words}" for words in wrong))
    targets = tuple(target for target in whole.targets if target.target in meant)
    return replace(whole, targets=targets, unknown={n: why for n, why in whole.unknown.items() if n in meant})


def _refused(plan: Plan, switches: Collection[str], wish: Wish) -> list[TargetPlan]:
    """Hosts that somebody else's files keep a deployment from, and switches that somebody is at; while there are any,
    none is begun."""
    stops = wish.on_foreign == "refuse"
    return [target for target in plan.targets if target.refused and (stops or target.target in switches)]


def _agree(plan: Plan, waves: Sequence[Wave], wish: Wish) -> None:
    progress(headline(plan))
    for number, wave in enumerate(waves, 1):
        progress(f"  {number}. {', '.join(wave.targets)}: {wave.why}")
        for turn in wave.turns:
            if turn.why:
                progress(f"     {turn.target}: {turn.why}")
    if waves:
        ask("Deploy this?", wish.yes, lambda: click.echo(write_text(plan), err=True))


_FOREIGN = "deploy with --on-foreign adopt (take it over) or backup (also keep a copy in /var/backups/ccstack)"


def _results(plan: Plan, looked: Looked, done: Mapping[str, Receipt], wish: Wish) -> dict[str, Receipt]:
    """What became of every target that was meant, in the order of the blueprint."""
    refused = {target.target: target.refused for target in _refused(plan, looked.aims, wish)}
    work = {target.target for target in plan.targets if target.work}
    receipts: dict[str, Receipt] = {}
    for name in looked.actual:
        if name in plan.unknown:
            receipts[name] = Receipt(name, "unreachable", (plan.unknown[name],))
        elif name in done:
            receipts[name] = done[name]
        elif name in refused:
            what_to_do = "" if name in looked.aims else f"; {_FOREIGN}"
            receipts[name] = Receipt(name, "failed", tuple(f"{words}{what_to_do}" for words in refused[name]))
        elif name in work and refused:
            receipts[name] = Receipt(name, "not_run", (f"not begun, because {next(iter(refused))} is refused",))
        elif any(target.target == name for target in plan.targets):
            receipts[name] = Receipt(name, "unchanged")
    return {name: _as_result(receipt, looked) for name, receipt in receipts.items()}


def _as_result(receipt: Receipt, looked: Looked) -> Receipt:
    """A receipt with what its kind of target has, besides."""
    if isinstance(receipt, HostResult | SwitchResult):
        return receipt
    name, seen = receipt.target, looked.actual[receipt.target]
    if name in looked.aims:
        state = seen.state if isinstance(seen, SwitchActual) else None
        return SwitchResult(name, receipt.status, receipt.messages, receipt.seconds, release=state, before=state)
    release = seen.release if isinstance(seen, HostActual) else None
    return HostResult(name, receipt.status, receipt.messages, receipt.seconds, release=release)
