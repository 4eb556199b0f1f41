"""What the verbs share: the blueprint argument, refusals with their exit code, and how JSON is printed."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import click

from ccstack.load import load
from ccstack.model import ContactCenter
from ccstack.problems import LoadError

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


def loaded(file: Path) -> ContactCenter:
    """The center in `file`; if it cannot be loaded, every reason is printed and the verb ends with 2."""
    with refusing(LoadError):
        return load(file)


def blueprint_hash(center: ContactCenter) -> str:
    """SHA-256 over the resolved center: the same for a Python blueprint and for its JSON."""
    canonical = json.dumps(center.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def print_json(value: object) -> None:
    """`value` on stdout, as JSON for people and programs."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def progress(line: str) -> None:
    """One line of progress, on stderr."""
    print(line, file=sys.stderr, flush=True)
