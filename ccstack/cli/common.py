"""What the verbs share: the blueprint argument, refusals with their exit code, and how JSON is printed."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal

import click

from ccstack.load import load
from ccstack.model import ContactCenter
from ccstack.problems import LoadError

if TYPE_CHECKING:
    from ccstack.deploy import Reached, Ready
    from ccstack.design import Design
    from ccstack.drivers.base import Watch
    from ccstack.drivers.hosts import OnForeign
    from ccstack.lab.lab import Lab
    from ccstack.render.state import DesiredState
    from ccstack.secrets import Vault

NO, UNUSABLE, UNKNOWN = 1, 2, 3
"""Exit codes: the answer is no; wrong usage or input; something could not be checked."""

blueprint = click.argument("file", type=click.Path(path_type=Path))
"""The blueprint: a Python file that defines `center`, or JSON as `show --json` prints it."""


class Refused(click.ClickException):
    """The verb stops; the message says all that is wrong. Nothing was written."""

    exit_code = UNUSABLE

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(self.message, file=file, err=file is None)


@contextmanager
def refusing(*kinds: type[Exception]) -> Iterator[None]:
    """Errors of these kinds, whose text is for users, end the verb without a traceback."""
    try:
        yield
    except kinds as error:
        raise Refused(str(error)) from error


@contextmanager
def ending() -> Iterator[None]:
    """What the rooms refuse ends the verb, with the text on stderr and the exit code of that refusal."""
    try:
        yield
    except Exception as error:
        if isinstance(error, _answers()):
            click.echo(str(error), err=True)
            raise click.exceptions.Exit(NO) from error
        if isinstance(error, _misuses()):
            raise Refused(str(error)) from error
        raise


def _answers() -> tuple[type[Exception], ...]:
    """What makes a verb's answer no."""
    from ccstack.deploy import NothingToUndoError  # not above: who refuses nothing needs none of it
    from ccstack.render.text import RenderError
    from ccstack.rules.sound import RulesBrokenError

    return (RulesBrokenError, RenderError, NothingToUndoError)


def _misuses() -> tuple[type[Exception], ...]:
    """What is wrong usage, wrong input, or missing on this machine."""
    from ccstack.artifacts import ArtifactProblems
    from ccstack.deploy import NoHostsError, PlanMisfitError
    from ccstack.drivers.hosts import ToolsMissingError, UnknownTargetError
    from ccstack.drivers.switches import NetmikoMissingError
    from ccstack.plan.order import UnknownSiteError
    from ccstack.plan.saved import PlanFileError
    from ccstack.secrets import SecretProblems

    names = (UnknownTargetError, UnknownSiteError, NoHostsError, PlanMisfitError, PlanFileError)
    return (*names, ToolsMissingError, NetmikoMissingError, SecretProblems, ArtifactProblems)


def loaded(file: Path) -> ContactCenter:
    """The center in `file`; if it cannot be loaded, every reason is printed and the verb ends with 2."""
    with refusing(LoadError):
        return load(file)


def checked(file: Path) -> Design:
    """The design of the center in `file`. Ends with 2 if it cannot be loaded, with 1 if a rule finds an error."""
    return designed(loaded(file))


def designed(center: ContactCenter) -> Design:
    """The design of a center. Ends with 1 if a rule finds an error."""
    from ccstack.rules.sound import sound_design  # not above: a verb that does not check need not wait for the rules

    with ending():
        return sound_design(center)


def rendered(plan: Design) -> DesiredState:
    """What shall be on the hosts. Ends with 1 if a value of the blueprint cannot be written safely."""
    from ccstack.render.render import render

    with ending():
        return render(plan)


def ready(file: Path) -> Ready:
    """All that a deployment of `file` needs. Ends with 2 if a secret or an audio file cannot be had."""
    from ccstack.deploy.ready import ready as make

    with ending():
        return make(loaded(file), file.parent, told=_audio_made)


def ready_in(lab: Lab, file: Path) -> Ready:
    """`ready` for a lab that is up: a key or password of a machine that nobody has set is what the lab made of it."""
    for name, value in lab.variables().items():
        os.environ.setdefault(name, value)
    return ready(file)


def _audio_made(done: int, wanted: int) -> None:
    if done == wanted or done % 25 == 0:
        progress(f"prompts and music: {done} of {wanted}")


@contextmanager
def reached(
    center: ContactCenter, vault: Vault, *, forks: int = 10, watch: Watch = lambda _progress: None
) -> Iterator[Reached]:
    """The center's hosts and switches, for as long as it lasts. Ends with 2 where there is no netmiko for switches."""
    from ccstack.deploy.reach import reached as reach

    with ending(), reach(center, vault, forks=forks, watch=watch) as within:
        yield within


@contextmanager
def reached_early(
    file: Path,
    verb: Literal["observe", "lock"],
    *,
    only: tuple[str, ...] = (),
    on_foreign: OnForeign = "refuse",
    forks: int = 10,
    watch: Watch = lambda _progress: None,
) -> Iterator[tuple[Reached, Ready]]:
    """What `reached` and `ready` give; while the latter is at work, ssh connects to the hosts in `only`, for `verb`.

    It ends as those do. A blueprint that is wrong is refused before any host was asked anything.
    """
    from ccstack.deploy.reach import prepared

    center = loaded(file)
    with (
        ending(),
        prepared(
            center, file.parent, verb, only=only, on_foreign=on_foreign, forks=forks, watch=watch, told=_audio_made
        ) as both,
    ):
        yield both


def opened(center: ContactCenter, file: Path) -> Vault:
    """The secrets of the center in `file`. Ends with 2 if one cannot be had."""
    from ccstack.secrets import Vault

    with ending():
        return Vault.open(center, base=file.parent)


def print_json(value: object) -> None:
    """`value` on stdout, as JSON for people and programs."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def progress(line: str) -> None:
    """One line of progress, on stderr. A terminal that is gone does not stop what is under way."""
    with suppress(OSError):
        print(line, file=sys.stderr, flush=True)
