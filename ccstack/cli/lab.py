"""`ccstack lab`: the blueprint's sites, hosts and carriers on this machine, at the blueprint's own addresses."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ccstack.cli.common import NO, blueprint, loaded, progress, ready_in, refusing
from ccstack.cli.lab_phones import group as phones
from ccstack.cli.which_lab import named as _lab
from ccstack.cli.which_lab import option as _name
from ccstack.lab.errors import LabError
from ccstack.lab.from_center import topology_of
from ccstack.lab.lab import Lab
from ccstack.lab.topology import Core

if TYPE_CHECKING:
    from ccstack.lab.people import People

_core = click.option(
    "--core",
    type=click.Choice([core.value for core in Core]),
    default=Core.WAN.value,
    show_default=True,
    help="The link between the sites, or the one to the internet.",
)


@click.group("lab")
def command() -> None:
    """The blueprint's hosts and networks, raised on this machine. Needs Linux and root."""


command.add_command(phones)


@command.command()
@blueprint
@click.option("--bare", multiple=True, metavar="HOST", help="Starts as a fresh server, without the telephony packages.")
@click.option(
    "--host-keys",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder with the private halves of host keys that the blueprint pins.",
)
def up(file: Path, bare: tuple[str, ...], host_keys: Path | None) -> None:
    """Raise the blueprint's lab, or what is missing of it. It has the center's name; returns when every host is up."""
    center = loaded(file)
    with refusing(LabError):
        lab = Lab(center.name, say=progress)
        raised = lab.up(topology_of(center, bare), blueprint_folder=file.parent, host_keys=host_keys)
    what = ", ".join(raised.changes) or "all was there"
    click.echo(f"lab {center.name} is up after {raised.seconds:.1f} s: {what}")


@command.command()
@_name
def down(name: str | None) -> None:
    """Take the lab down and forget it, also what a killed `lab up` left behind."""
    with refusing(LabError):
        lab = _lab(name)
        gone = lab.down()
    click.echo(f"lab {lab.name} is down: {gone.processes} processes, {gone.namespaces} namespaces, {gone.disks} disks")


@command.command()
@_name
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def status(name: str | None, as_json: bool) -> None:
    """What the lab looks like now: hosts, services, links, far ends."""
    with refusing(LabError):
        found = _lab(name).status()
    click.echo(found.to_json() if as_json else found.to_text().rstrip("\n"))


@command.command("exec", context_settings={"ignore_unknown_options": True})
@_name
@click.option("--on", default="control", show_default=True, metavar="PLACE", help="A host, a far end, or `control`.")
@click.argument("argv", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- CMD [ARG]...")
def exec_(name: str | None, on: str, argv: tuple[str, ...]) -> None:
    """Run CMD where the lab's addresses answer; its exit code is this command's."""
    with refusing(LabError):
        sys.exit(_lab(name).exec(argv, on))


@command.command()
@blueprint
@click.option("--for", "seconds", type=click.FloatRange(0, min_open=True), metavar="SECONDS", help="Else until Ctrl-C.")
@click.pass_context
def people(ctx: click.Context, file: Path, seconds: float | None) -> None:
    """Play the lab's agents and carriers: their softphones register, answer every call, and play tones.

    So that `call --live` and `verify --ring-people` have somebody to reach. Exit code 0: every phone was registered at
    every SBC; 1: some never were.
    """
    from ccstack.calls.client import AgentError  # not above: the other lab commands need no numpy
    from ccstack.lab.people import People

    lab = Lab(loaded(file).name, say=progress)
    with refusing(LabError, AgentError), _until_ended() as ended:
        center = ready_in(lab, file)
        with People(lab, center.design, center.line_password, center.ca_file) as played:
            good = _watched(played, ended, seconds)
    ctx.exit(0 if good else NO)


@contextmanager
def _until_ended() -> Iterator[threading.Event]:
    """An event that is set by Ctrl-C, a hang-up of the terminal, or the end of a service."""
    ended = threading.Event()
    before = {s: signal.signal(s, lambda *_: ended.set()) for s in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield ended
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _watched(played: People, ended: threading.Event, seconds: float | None) -> bool:
    """Tell what changes until the end; whether all phones were registered at some time."""
    deadline = time.monotonic() + seconds if seconds else None
    told, good = "", False
    while not ended.is_set() and (deadline is None or time.monotonic() < deadline):
        state = played.state()
        good = good or state.all_registered
        if str(state) != told:
            told = str(state)
            progress(told)
        ended.wait(1.0 if deadline is None else max(0.0, min(1.0, deadline - time.monotonic())))
    return good


@command.command()
@_name
@click.argument("end")
@_core
def cut(name: str | None, end: str, core: str) -> None:
    """Cut the link of a site or far end: nothing passes, and nobody is told."""
    with refusing(LabError):
        _lab(name).cut(end, Core(core))


@command.command()
@_name
@click.argument("end")
@_core
def restore(name: str | None, end: str, core: str) -> None:
    """Make a link whole again."""
    with refusing(LabError):
        _lab(name).restore(end, Core(core))


@command.command()
@_name
@click.argument("end")
@_core
@click.option("--delay", type=click.FloatRange(0, 10_000), default=0.0, metavar="MS", help="Milliseconds, each way.")
@click.option("--loss", type=click.FloatRange(0, 100), default=0.0, metavar="PERCENT", help="Frames lost, each way.")
def impair(name: str | None, end: str, core: str, delay: float, loss: float) -> None:
    """Delay a link, or lose a part of what passes."""
    with refusing(LabError):
        _lab(name).impair(end, Core(core), delay_ms=delay, loss_percent=loss)


@command.command()
@_name
@click.argument("host")
def kill(name: str | None, host: str) -> None:
    """Take a host's power. Its disk stays."""
    with refusing(LabError):
        _lab(name).kill(host)


@command.command()
@_name
@click.argument("host")
def start(name: str | None, host: str) -> None:
    """Start a killed host again."""
    with refusing(LabError):
        _lab(name).start(host)


@command.group("switch")
@_name
@click.argument("switch")
@click.pass_context
def switch_(ctx: click.Context, name: str | None, switch: str) -> None:
    """Play with SWITCH, a switch of the lab."""
    ctx.obj = (name, switch)


@switch_.command("run")
@click.argument("lines", nargs=-1, required=True, metavar='"LINE"...')
@click.pass_obj
def run_(at: tuple[str | None, str], lines: tuple[str, ...]) -> None:
    """Type lines at its console, as an admin does who tells nobody. Each LINE is quoted; the console is a fresh one."""
    with refusing(LabError):
        for one in _lab(at[0]).switches.run(at[1], lines):
            click.echo(f"{one['prompt'].lstrip()}{one['line']}")
            click.echo(one["said"], nl=False)


@switch_.command()
@click.option("--latency", type=click.FloatRange(0, 10_000), metavar="MS", help="Milliseconds for every line.")
@click.option("--refuse", metavar="REGEX", help="Refuse configuration lines that match; empty: none.")
@click.option("--drop", type=click.IntRange(0), metavar="N", help="Drop the session at the N-th configuration line.")
@click.option("--reboot-on-save/--no-reboot-on-save", default=None, help="Restart in the middle of the next save.")
@click.option("--unreachable/--reachable", default=None, help="Nobody reaches it.")
@click.pass_obj
def fault(
    at: tuple[str | None, str],
    latency: float | None,
    refuse: str | None,
    drop: int | None,
    reboot_on_save: bool | None,
    unreachable: bool | None,
) -> None:
    """Say what goes wrong with it from now on; what is not said stays. Without options: show what does."""
    given = {
        "latency_s": None if latency is None else latency / 1000,
        "refuse": refuse,
        "drop_at": drop,
        "reboot_on_save": reboot_on_save,
        "unreachable": unreachable,
    }
    with refusing(LabError):
        now = _lab(at[0]).switches.fault(at[1], **{key: value for key, value in given.items() if value is not None})
    for key, value in now.items():
        click.echo(f"{key}: {value}")


@switch_.command()
@click.pass_obj
def reload(at: tuple[str | None, str]) -> None:
    """Take its power and give it again: what was not saved is lost."""
    with refusing(LabError):
        _lab(at[0]).switches.reload(at[1])
