"""`ccstack deploy`: carry a plan out, in its order, under the center's lock, and record what became of it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

import click

from ccstack.cli.common import Reached, Ready, Refused, blueprint, progress, reached_early, refusing
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
from ccstack.drivers.base import Receipt, Unknown
from ccstack.drivers.conduct import Conductor
from ccstack.drivers.history import now, who
from ccstack.drivers.hosts import (
    DeployResult,
    HostResult,
    OnForeign,
    ToolsMissingError,
    UnknownTargetError,
    chosen,
    need_ansible,
)
from ccstack.drivers.locks import LockedError, locked
from ccstack.plan.actual import HostActual
from ccstack.plan.only import dangling
from ccstack.plan.order import UnknownSiteError, Wave, check_site, order
from ccstack.plan.plan import Plan, TargetPlan
from ccstack.plan.saved import PlanFileError, as_json, from_text, still_fits
from ccstack.plan.text import headline, write_text

Actual = Mapping[str, HostActual | Unknown]


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
@click.option("--only", multiple=True, metavar="SITE_OR_HOST", help="Only this site or host; may be given again.")
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
@click.option("--break-lock", is_flag=True, help="Take the lock over from a deployment that is no more.")
@click.option("--yes", is_flag=True, help="Do not ask. Needed where there is no terminal.")
@click.option(
    "--on-foreign",
    type=click.Choice(get_args(OnForeign)),
    default="refuse",
    show_default=True,
    help="What becomes of files on a host that ccstack never managed.",
)
@click.option("--forks", type=click.IntRange(1, 100), default=10, show_default=True, help="Hosts at a time.")
@click.option("--json", "in_json", is_flag=True, help="The result as JSON.")
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
    """Apply the blueprint to its hosts, over ssh: what differs, in an order that drops no call.

    It stops at the first host that fails, which keeps what it had; the same command again goes on from there. A host
    that cannot be reached stops no other one. Exit code 0: every host is as it shall be; 1: some host failed or was not
    begun, or somebody else is deploying; 2: wrong usage, or the plan does not fit any more; 3: some host could not be
    reached.
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
        hosts = chosen(center.plan.center, wish.only)
        check_site(center.plan, wish.canary)
        need_ansible()
    if not wish.yes and not has_terminal():
        raise Refused(f"this would change {', '.join(names(hosts))}; without a terminal to ask, give --yes")


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
    actual, whole = within.look(center, targets)
    plan = _meant(whole, actual, center, wish)
    waves = () if _refused(plan, wish) else order(plan, center.plan, wish.canary)
    _agree(plan, waves, wish)
    interrupts.gently()
    told = record_of(as_json(plan))
    within.driver.plan_json = json.dumps(told)
    wanted = {target.name: target for target in targets}
    before = {name: seen.release for name, seen in actual.items() if isinstance(seen, HostActual) and seen.release}
    conductor = Conductor(
        within.driver,
        within.driver,
        wanted,
        teller,
        wish.drain,
        force=wish.force,
        stop=interrupts.stop,
        pinger=within.driver,
        trier=within.driver,
        before=before,
        absent=plan.unknown,
    )
    done = conductor.run(waves)
    hosts = _results(plan, actual, done, wish)
    seconds = round(time.monotonic() - began, 2)
    result = DeployResult(plan.center, plan.blueprint, started, seconds, hosts)
    if waves:
        keep(within, "deploy", result, told)
    return result


def _meant(whole: Plan, actual: Actual, center: Ready, wish: Wish) -> Plan:
    """The part of the plan that was asked for. Ends with 2 if it leaves something hanging, or is not what was saved."""
    meant = set(names(chosen(center.plan.center, wish.only)))
    meant &= {target.target for target in wish.saved.targets} if wish.saved else meant
    asleep = {name for name, seen in actual.items() if isinstance(seen, HostActual) and seen.release is None}
    wrong = list(dangling(whole, meant, asleep))
    if wish.saved:
        states = {name: seen.state if isinstance(seen, HostActual) else None for name, seen in actual.items()}
        wrong += still_fits(wish.saved, whole.blueprint, states)
    if wrong:
        raise Refused("nothing was changed:\n" + "\n".join(f"  {words}" for words in wrong))
    targets = tuple(target for target in whole.targets if target.target in meant)
    return replace(whole, targets=targets, unknown={n: why for n, why in whole.unknown.items() if n in meant})


def _refused(plan: Plan, wish: Wish) -> list[TargetPlan]:
    """Targets that somebody else's files keep a deployment from; while there are any, none is begun."""
    return [target for target in plan.targets if target.refused and wish.on_foreign == "refuse"]


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


def _results(plan: Plan, actual: Actual, done: Mapping[str, Receipt], wish: Wish) -> dict[str, HostResult]:
    """What became of every host that was meant, in the order of the blueprint."""
    refused = {target.target: target.refused for target in _refused(plan, wish)}
    work = {target.target for target in plan.targets if target.work}
    results = {}
    for name, seen in actual.items():
        if name in plan.unknown:
            results[name] = HostResult(name, "unreachable", (plan.unknown[name],))
        elif name in done:
            results[name] = _as_host_result(done[name], seen)
        elif name in refused:
            messages = tuple(f"{words}; {_FOREIGN}" for words in refused[name])
            results[name] = HostResult(name, "failed", messages)
        elif name in work and refused:
            results[name] = HostResult(name, "not_run", (f"not begun, because {next(iter(refused))} is refused",))
        elif any(target.target == name for target in plan.targets):
            results[name] = _as_host_result(Receipt(name, "unchanged"), seen)
    return results


def _as_host_result(receipt: Receipt, seen: HostActual | Unknown) -> HostResult:
    if isinstance(receipt, HostResult):
        return receipt
    release = seen.release if isinstance(seen, HostActual) else None
    return HostResult(receipt.target, receipt.status, receipt.messages, receipt.seconds, release=release)
