"""`ccstack rollback`: back to the release before, in seconds and without a transfer."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from ccstack.cli.common import Refused, blueprint, loaded, opened, progress, reached, refusing
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
)
from ccstack.drivers.history import now, who
from ccstack.drivers.hosts import DeployResult, HostResult, UnknownTargetError, chosen
from ccstack.drivers.locks import LockedError, locked
from ccstack.model import ContactCenter
from ccstack.model.host import Host
from ccstack.secrets import Vault


@dataclass(frozen=True)
class Wish:
    """What the user asked for."""

    hosts: tuple[Host, ...]
    to: str
    break_lock: bool
    yes: bool


@click.command("rollback")
@blueprint
@click.option("--only", multiple=True, metavar="SITE_OR_HOST", help="Only this site or host; may be given again.")
@click.option("--to", default="", metavar="RELEASE", help="A release that the hosts have kept, not the one before.")
@click.option("--break-lock", is_flag=True, help="Take the lock over from a deployment that is no more.")
@click.option("--yes", is_flag=True, help="Do not ask. Needed where there is no terminal.")
@click.option("--json", "in_json", is_flag=True, help="The result as JSON.")
@click.pass_context
def command(
    ctx: click.Context, file: Path, only: tuple[str, ...], to: str, break_lock: bool, yes: bool, in_json: bool
) -> None:
    """Give the hosts the release before the one they run; they have it, so nothing is rendered or sent.

    For when it must be quick: nothing is drained, so that what restarts loses its calls (deploy the old blueprint to go
    back without losing any). Exit code as `deploy`.
    """
    center = loaded(file)
    with refusing(UnknownTargetError):
        hosts = chosen(center, only)
    if not yes and not has_terminal():
        raise Refused(f"this would change {', '.join(names(hosts))}; without a terminal to ask, give --yes")
    try:
        result = _rollback(center, opened(center, file), Wish(hosts, to, break_lock, yes))
    except LockedError as error:
        ctx.exit(locked_out(error, in_json))
    print_results(result, in_json)
    ctx.exit(exit_code(result))


def _rollback(center: ContactCenter, vault: Vault, wish: Wish) -> DeployResult:
    teller, began, started = Teller(), time.monotonic(), now()
    with (
        Interrupts() as interrupts,
        reached(center, vault, forks=len(wish.hosts), watch=teller) as within,
        locked(within.driver, names(center.hosts), who(), seize=wish.break_lock, watch=teller),
    ):
        back = wish.to or "the release before"
        ask(f"Go back to {back}?", wish.yes, lambda: progress(", ".join(names(wish.hosts))))
        interrupts.gently()
        results: dict[str, HostResult] = {}
        for wave in _waves(wish.hosts):
            results |= within.driver.restore(wave, wish.to)
        seconds = round(time.monotonic() - began, 2)
        result = DeployResult(center.name, "", started, seconds, {name: results[name] for name in names(wish.hosts)})
        keep(within, "rollback", result, None)
        return result


def _waves(hosts: Sequence[Host]) -> list[list[str]]:
    """SBCs first: none shall send a call to something that its PBX knows no more."""
    sbcs = [host.name for host in hosts if host.sbc]
    return [wave for wave in (sbcs, [host.name for host in hosts if not host.sbc]) if wave]
