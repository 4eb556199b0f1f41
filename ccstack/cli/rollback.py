"""`ccstack rollback`: the last deployment is undone, in seconds and without a transfer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from ccstack.cli import deploying as options
from ccstack.cli.common import blueprint, ending, loaded, opened, progress, reached
from ccstack.cli.deploying import Interrupts, Teller, ask, exit_code, locked_out, need_somebody, print_results
from ccstack.deploy import Outcome, rollback
from ccstack.drivers.fleet import chosen_switches
from ccstack.drivers.hosts import chosen
from ccstack.drivers.locks import LockedError
from ccstack.model import ContactCenter
from ccstack.secrets import Vault


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
    with ending():
        hosts, switches = chosen(center, only), chosen_switches(center, only)
    need_somebody([*(host.name for host in hosts), *(switch.name for switch in switches)], yes)
    try:
        outcome = _rollback(center, opened(center, file), only, to, max(1, len(hosts)), break_lock, yes)
    except LockedError as error:
        ctx.exit(locked_out(error, in_json))
    print_results(outcome, in_json)
    ctx.exit(exit_code(outcome))


def _rollback(
    center: ContactCenter, vault: Vault, only: tuple[str, ...], to: str, forks: int, break_lock: bool, yes: bool
) -> Outcome:
    with Interrupts() as interrupts, reached(center, vault, forks=forks, watch=Teller()) as within:

        def agree(back: Mapping[str, str]) -> None:
            ask("Go back?", yes, lambda: progress("\n".join(f"{target} to {had}" for target, had in back.items())))
            interrupts.gently()

        return rollback(within, only, to, break_lock=break_lock, agree=agree)
