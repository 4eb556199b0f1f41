"""`ccstack rollback`: the last deployment is undone, in seconds and without a transfer."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from ccstack.cli import deploying as options
from ccstack.cli.common import NO, Refused, blueprint, loaded, opened, progress, reached, refusing
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
from ccstack.cli.phones import tell_phones
from ccstack.design import design
from ccstack.drivers.base import Unknown
from ccstack.drivers.fleet import chosen_switches
from ccstack.drivers.history import now, who
from ccstack.drivers.hosts import DeployResult, HostResult, UnknownTargetError, chosen
from ccstack.drivers.locks import LockedError, locked
from ccstack.drivers.switches.result import SwitchResult
from ccstack.drivers.undo import last_deployment
from ccstack.model import ContactCenter
from ccstack.model.host import Host
from ccstack.model.switch import Switch
from ccstack.secrets import Vault


class NothingToUndoError(Exception):
    """No host has a deployment to go back from."""


@dataclass(frozen=True)
class Wish:
    """What the user asked for."""

    hosts: tuple[Host, ...]
    switches: tuple[Switch, ...]
    to: str
    break_lock: bool
    yes: bool


@click.command("rollback")
@blueprint
@options.only
@click.option("--to", default="", metavar="RELEASE", help="A release that the hosts have kept, not the one before.")
@options.break_lock
@options.yes
@options.in_json
@click.pass_context
def command(
    ctx: click.Context, file: Path, only: tuple[str, ...], to: str, break_lock: bool, yes: bool, in_json: bool
) -> None:
    """Undo the last deployment: hosts that it changed get the release that they had before. They have it, so nothing is
    rendered or sent. Switches that it changed get the lines that were theirs before, kept on the machine that deployed.

    For when it must be quick: nothing is drained, so that what restarts loses its calls (deploy the old blueprint to go
    back without losing any). Exit code as `deploy`; 1 also when there is nothing to undo.
    """
    center = loaded(file)
    with refusing(UnknownTargetError):
        wish = Wish(chosen(center, only), chosen_switches(center, only), to, break_lock, yes)
    if not yes and not has_terminal():
        meant = ", ".join(names([*wish.hosts, *wish.switches]))
        raise Refused(f"this would change {meant}; without a terminal to ask, give --yes")
    try:
        result = _rollback(center, opened(center, file), wish)
    except LockedError as error:
        ctx.exit(locked_out(error, in_json))
    except NothingToUndoError as error:
        click.echo(str(error), err=True)
        ctx.exit(NO)
    print_results(result, in_json)
    ctx.exit(exit_code(result))


def _rollback(center: ContactCenter, vault: Vault, wish: Wish) -> DeployResult:
    teller, began, started = Teller(), time.monotonic(), now()
    with (
        Interrupts() as interrupts,
        reached(center, vault, forks=max(1, len(wish.hosts)), watch=teller) as within,
        locked(within.driver, names(center.hosts), who(), seize=wish.break_lock, watch=teller),
    ):
        histories = {} if wish.to else within.driver.history(names(center.hosts if wish.switches else wish.hosts))
        back = _named(wish) if wish.to else _undone(histories, wish)
        ask("Go back?", wish.yes, lambda: progress("\n".join(f"{host} to {to}" for host, to in back.items())))
        interrupts.gently()
        results = {name: _left_alone(name, histories.get(name)) for name in names(wish.hosts)}
        for wave in _waves([host for host in wish.hosts if host.name in back]):
            results |= within.driver.restore(wave, back)
        switches = {name: SwitchResult(name, "unchanged", (_ALONE,)) for name in names(wish.switches)}
        if within.switches:
            switches |= within.switches.restore([name for name in switches if name in back], back)
        seconds = round(time.monotonic() - began, 2)
        result = DeployResult(center.name, "", started, seconds, results, switches)
        tell_phones(within.driver, design(center), results)
        keep(within, "rollback", result, None)
        return result


def _named(wish: Wish) -> Mapping[str, str]:
    """Releases have names on hosts; a configuration of a switch has one, too, for whoever names no host."""
    return dict.fromkeys(names(wish.hosts or wish.switches), wish.to)


def _undone(histories: Mapping[str, tuple[str, ...] | Unknown], wish: Wish) -> Mapping[str, str]:
    """The last deployment's hosts and switches, and what each had before."""
    known = {host: lines for host, lines in histories.items() if not isinstance(lines, Unknown)}
    undo = last_deployment(known, names(wish.switches), names(wish.hosts))
    if undo is None or not undo.back:
        first = f"; the last one gave {', '.join(undo.first)} their first release" if undo else ""
        raise NothingToUndoError(
            f"there is no deployment to undo{first}. --to names a release that the hosts have kept"
        )
    progress(f"undoing the deployment of {undo.when} by {undo.who}: {', '.join(undo.back)}")
    return undo.back


_ALONE = "the deployment that is undone did not change it"


def _left_alone(host: str, history: tuple[str, ...] | Unknown | None) -> HostResult:
    if isinstance(history, Unknown):
        return HostResult(host, "unreachable", (history.why,))
    return HostResult(host, "unchanged", (_ALONE,))


def _waves(hosts: Sequence[Host]) -> list[list[str]]:
    """SBCs first: none shall send a call to something that its PBX knows no more."""
    sbcs = [host.name for host in hosts if host.sbc]
    return [wave for wave in (sbcs, [host.name for host in hosts if not host.sbc]) if wave]
