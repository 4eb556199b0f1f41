"""The command line: one file a verb. A verb parses, calls, and prints; what it knows lives in other rooms."""

from __future__ import annotations

import atexit
import gc
import sys
import traceback
from importlib import import_module
from typing import Any

import click

from ccstack import __version__

VERBS = (
    "validate",
    "show",
    "render",
    "explain",
    "call",
    "plan",
    "deploy",
    "rollback",
    "history",
    "verify",
    "lab",
    "init",
)
"""In the order in which somebody meets them. Each is the module of that name."""


class _Verbs(click.Group):
    """Imports a verb's file when that verb is used, so that none waits for another's libraries."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in VERBS:
            return None
        command = import_module(f"{__name__}.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        # A verb makes a million objects and hardly a cycle. Python would look for cycles at every 700 new objects,
        # which is a fifth of a large center's time; memory stays the same.
        gc.set_threshold(100_000, 50, 100)
        # At its end Python looks for cycles once more, in all that is about to be gone anyway: a tenth of a plan.
        atexit.register(gc.freeze)
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception:
            # Python would end with 1, which says that the blueprint is wrong.
            traceback.print_exc()
            click.echo("ccstack itself failed; please report this with the lines above", err=True)
            sys.exit(2)


@click.command(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="ccstack %(version)s")
def main() -> None:
    """A contact center as one typed blueprint: checked, rendered, raised in a lab, deployed, and proved by calls.

    Results go to stdout, progress and refusals to stderr. Exit codes: 0 done; 1 the verb's answer is no; 2 wrong
    usage, or a blueprint that cannot be loaded; 3 something could not be checked.
    """
