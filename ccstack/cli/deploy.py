"""`ccstack deploy`: bring the hosts to what the blueprint says."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import get_args

import click

from ccstack.cli.common import (
    NO,
    UNKNOWN,
    Ready,
    Refused,
    blueprint,
    blueprint_hash,
    print_json,
    progress,
    ready,
    refusing,
)
from ccstack.drivers.base import Progress
from ccstack.drivers.hosts import DeployResult, OnForeign, ToolsMissingError, UnknownTargetError, chosen, deploy


@click.command("deploy")
@blueprint
@click.option("--only", multiple=True, metavar="SITE_OR_HOST", help="Only this site or host; may be given again.")
@click.option("--yes", is_flag=True, help="Do not ask. Needed where there is no terminal.")
@click.option(
    "--on-foreign",
    type=click.Choice(get_args(OnForeign)),
    default="refuse",
    show_default=True,
    help="What becomes of files on a host that ccstack never managed.",
)
@click.option("--forks", type=click.IntRange(1, 100), default=10, show_default=True, help="Hosts at a time.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
@click.pass_context
def command(
    ctx: click.Context, file: Path, only: tuple[str, ...], yes: bool, on_foreign: OnForeign, forks: int, as_json: bool
) -> None:
    """Apply the blueprint to its hosts, over ssh. One dead host does not stop the others.

    Exit code 0: every host is as it shall be; 1: some host failed, and has what it had before; 3: some host could not
    be reached.
    """
    center = ready(file)
    _agree(center, only, yes)
    with refusing(UnknownTargetError, ToolsMissingError):
        result = deploy(
            center.plan.center,
            center.bound,
            center.built,
            center.vault,
            only=only,
            on_foreign=on_foreign,
            blueprint_hash=blueprint_hash(center.plan.center),
            forks=forks,
            progress=_Teller(),
        )
    if as_json:
        print_json(result.as_json())
    else:
        _print(result)
    ctx.exit(_exit_code(result))


def _agree(center: Ready, only: tuple[str, ...], yes: bool) -> None:
    with refusing(UnknownTargetError):
        hosts = ", ".join(host.name for host in chosen(center.plan.center, only))
    if yes:
        return
    if not sys.stdin.isatty():
        raise Refused(f"this would change {hosts}; without a terminal to ask, give --yes")
    click.confirm(f"Deploy to {hosts}?", abort=True, err=True)


class _Teller:
    """Tells each thing that is done once, when the first host comes to it, and what becomes of each host."""

    def __init__(self) -> None:
        self._told: set[tuple[str, str]] = set()

    def __call__(self, event: Progress) -> None:
        what = (event.step, event.message)
        if event.failed or event.step == "done":
            progress(f"{event.seconds:6.1f} s  {event.target} {'FAILED' if event.failed else 'done'}: {event.message}")
        elif what not in self._told:
            self._told.add(what)
            progress(f"{event.seconds:6.1f} s  {event.step}: {event.message}")


def _print(result: DeployResult) -> None:
    width = max(map(len, result.hosts), default=0)
    for host in result.hosts.values():
        details = [f"release {host.release}"] if host.release else []
        details += [f"{len(host.changed_files)} files"] if host.changed_files else []
        details += [f"restarted {', '.join(host.restarted)}"] if host.restarted else []
        click.echo(f"{host.target:<{width}}  {host.status:<11}  {host.seconds:6.1f} s  {'; '.join(details)}".rstrip())
        for message in host.messages:
            click.echo(f"{'':<{width}}  {message}")


def _exit_code(result: DeployResult) -> int:
    statuses = {host.status for host in result.hosts.values()}
    return NO if "failed" in statuses else UNKNOWN if "unreachable" in statuses else 0
