"""`ccstack deploy`: carry a plan out, in its order, under the center's lock, and record what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import click

from ccstack.cli import deploying as options
from ccstack.cli.common import Refused, blueprint, ending, progress, reached_early
from ccstack.cli.deploying import Interrupts, Teller, ask, exit_code, locked_out, need_somebody, print_results
from ccstack.deploy import How, Outcome, deploy, meant
from ccstack.drivers.hosts import OnForeign
from ccstack.drivers.locks import LockedError
from ccstack.plan.order import Wave
from ccstack.plan.plan import Plan
from ccstack.plan.saved import from_text
from ccstack.plan.text import headline, write_text


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
    how = How(only, canary, drain, force, break_lock)
    try:
        outcome = _deploy(file, saved, how, on_foreign, forks, yes)
    except LockedError as error:
        ctx.exit(locked_out(error, in_json))
    print_results(outcome, in_json)
    ctx.exit(exit_code(outcome))


def _saved(path: Path) -> Plan:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as why:
        raise Refused(f"{path}: the plan cannot be read ({why}); `ccstack plan -o {path}` writes one") from None
    with ending():
        return from_text(text, str(path))


def _deploy(file: Path, saved: Plan | None, how: How, on_foreign: OnForeign, forks: int, yes: bool) -> Outcome:
    with (
        Interrupts() as interrupts,
        reached_early(file, "lock", on_foreign=on_foreign, forks=forks, watch=Teller()) as (within, wanted),
    ):

        def agree(plan: Plan, waves: Sequence[Wave]) -> None:
            _agree(plan, waves, yes)
            interrupts.gently()

        need_somebody(meant(wanted, how), yes)
        return deploy(within, wanted, saved, how, agree=agree, stop=interrupts.stop)


def _agree(plan: Plan, waves: Sequence[Wave], yes: bool) -> None:
    progress(headline(plan))
    for number, wave in enumerate(waves, 1):
        progress(f"  {number}. {', '.join(wave.targets)}: {wave.why}")
        for turn in wave.turns:
            if turn.why:
                progress(f"     {turn.target}: {turn.why}")
    if waves:
        ask("Deploy this?", yes, lambda: click.echo(write_text(plan), err=True))
