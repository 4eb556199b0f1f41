"""`ccstack validate`: everything that is wrong with a blueprint, at once."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import click

from ccstack.cli.common import NO, UNUSABLE, blueprint
from ccstack.design import design
from ccstack.load import load
from ccstack.problems import LoadError, Problem
from ccstack.rules import Finding, Rule, check
from ccstack.rules.formats import Format, write

LOADS = Rule(
    id="CC000",
    name="loads",
    severity="error",
    wrong="The blueprint cannot be loaded.",
    reason="No rule could be checked.",
    remedy="Mend what the findings say.",
    sources=(),
    find=lambda _: (),
)
"""What stands for loading where formats speak of rules."""


@click.command("validate")
@blueprint
@click.option("--format", "format_", type=click.Choice(get_args(Format)), default="text", show_default=True)
@click.pass_context
def command(ctx: click.Context, file: Path, format_: Format) -> None:
    """Load and check the blueprint; print every finding at once.

    Exit code 0: no finding is an error; 1: some are; 2: it cannot be loaded, and the findings say why.
    """
    try:
        findings = check(design(load(file)))
    except LoadError as error:
        if format_ == "text":
            click.echo(str(error), err=True)
        else:
            click.echo(write([_finding(problem) for problem in error.problems], format_, [LOADS]), nl=False)
        ctx.exit(UNUSABLE)
    click.echo(write(findings, format_), nl=False)
    ctx.exit(NO if any(finding.severity == "error" for finding in findings) else 0)


def _finding(problem: Problem) -> Finding:
    """A problem of loading in the shape that all formats know."""
    given = f" (given: {problem.given})" if problem.given is not None else ""
    return Finding(
        LOADS.id, LOADS.name, LOADS.severity, problem.path, problem.where, problem.rule + given, problem.remedy
    )
