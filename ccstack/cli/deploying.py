"""What `deploy` and `rollback` share: what people see meanwhile, Ctrl-C, and results."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from threading import Event
from types import FrameType, TracebackType
from typing import Any, Self

import click

from ccstack.cli.common import NO, UNKNOWN, Refused, print_json, progress
from ccstack.deploy import Outcome
from ccstack.deploy.outcome import SCHEMA
from ccstack.drivers.base import Progress
from ccstack.drivers.hosts import HostResult
from ccstack.drivers.locks import LockedError
from ccstack.drivers.switches.result import SwitchResult

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

only = click.option(
    "--only", multiple=True, metavar="TARGET", help="Only this site, host or switch; may be given again."
)
break_lock = click.option("--break-lock", is_flag=True, help="Take the lock over from a deployment that is no more.")
yes = click.option("--yes", is_flag=True, help="Do not ask. Needed where there is no terminal.")
in_json = click.option("--json", "in_json", is_flag=True, help="The result as JSON.")
"""Options that both have."""


class Interrupts:
    """Ctrl-C (or SIGTERM, or a terminal that is gone) ends ccstack in order, so that no lock stays behind.

    Before anything is changed it ends at once; after `gently`, `stop` is set, and what is under way is finished first:
    a host whose release has begun ends with the old or the new one whoever waits for it, so nothing is won by leaving.
    """

    def __init__(self) -> None:
        self.stop = Event()
        self._is_gentle = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._caught) for number in _SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def gently(self) -> None:
        """From now on, finish what is under way."""
        self._is_gentle = True

    def _caught(self, _number: int, _frame: FrameType | None) -> None:
        if not self._is_gentle:
            raise KeyboardInterrupt
        self.stop.set()
        progress("stopping: the hosts that are under way are finished first, the others are not begun")


class Teller:
    """Tells what is done once for all hosts of a wave, and of each host what becomes of it."""

    def __init__(self) -> None:
        self._told: set[tuple[str, str]] = set()

    def __call__(self, event: Progress) -> None:
        if event.step == "note":
            progress(f"{event.target} {event.message}".lstrip())
            return
        what = (event.step, event.message)
        if event.step == "wave":
            self._told.clear()
        if event.step in ("observe", "try", "bootstrap", "release") and not event.failed:
            if what not in self._told:
                self._told.add(what)
                self._line(event, f"{event.step}: {event.message}")
            return
        who = f"{event.target} " if event.target else ""
        step = {"done": "FAILED" if event.failed else "done"}.get(event.step, event.step)
        self._line(event, f"{who}{step}: {event.message}")

    def _line(self, event: Progress, words: str) -> None:
        progress(f"{event.seconds:6.1f} s  {words}")


def print_results(result: Outcome, as_json: bool) -> None:
    """What became of each host, for people or for programs."""
    if as_json:
        print_json(result.as_json())
        return
    width = max(map(len, result.targets), default=0)
    for target in result.targets.values():
        seconds = f"{target.seconds:6.1f} s" if target.seconds else f"{'':8}"
        line = f"{target.target:<{width}}  {target.status:<11}  {seconds}  {'; '.join(_details(target))}"
        click.echo(line.rstrip())
        for message in target.messages:
            click.echo(f"{'':<{width}}  {message}")


def _details(host: HostResult | SwitchResult) -> list[str]:
    if isinstance(host, SwitchResult):
        return [f"{host.pushed} lines"] if host.pushed else ["restored"] if host.restored else []
    details = [f"release {host.release}"] if host.release else []
    details += [f"{len(host.changed_files)} files"] if host.changed_files else []
    details += [f"restarted {', '.join(host.restarted)}"] if host.restarted else []
    return details + (["restored"] if host.restored else [])


def exit_code(result: Outcome) -> int:
    """0: all is as it shall be; 1: some target failed, or was not begun; 3: some could not be reached."""
    statuses = {target.status for target in result.targets.values()}
    return NO if statuses & {"failed", "not_run"} else UNKNOWN if "unreachable" in statuses else 0


def locked_out(error: LockedError, as_json: bool) -> int:
    """Say who holds the lock; the exit code."""
    click.echo(str(error), err=True)
    if as_json:
        print_json({"schema": SCHEMA, "ok": False, "locked": {name: asdict(held) for name, held in error.held.items()}})
    return NO


def ask(question: str, yes: bool, tell: Callable[[], None]) -> None:
    """Ask, unless `yes`, having told what it is about; the verb ends when the answer is no."""
    if not yes:
        tell()
        click.confirm(question, abort=True, err=True)


def need_somebody(targets: Sequence[str], yes: bool) -> None:
    """Refuse to change these targets where nobody can be asked."""
    if not yes and not sys.stdin.isatty():
        raise Refused(f"this would change {', '.join(targets)}; without a terminal to ask, give --yes")
