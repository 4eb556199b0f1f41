"""`ccstack plan`: what a deployment would do, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ccstack.cli.common import (
    NO,
    UNKNOWN,
    Refused,
    blueprint,
    print_json,
    progress,
    reached_early,
)

if TYPE_CHECKING:
    from ccstack.plan.plan import Plan


@click.command("plan")
@blueprint
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Save the plan, for `deploy --plan`.")
@click.option("--only", multiple=True, metavar="TARGET", help="Only this site, host or switch; may be given again.")
@click.option("--expect-no-changes", is_flag=True, help="Exit code 1 when there is anything to do.")
@click.option("--diff/--no-diff", default=None, help="How lines differ: all, or none. Else where it is short.")
@click.option("--json", "in_json", is_flag=True, help="The plan as JSON.")
@click.option("--markdown", is_flag=True, help="The plan as a comment on a pull request.")
@click.pass_context
def command(
    ctx: click.Context,
    file: Path,
    output: Path | None,
    only: tuple[str, ...],
    expect_no_changes: bool,
    diff: bool | None,
    in_json: bool,
    markdown: bool,
) -> None:
    """Look at every host and switch and say what `deploy` would do there: what changes, why, and what it may cost.

    Nothing is changed. Exit code 0: planned; 1: there are changes, and --expect-no-changes was given; 3: some host
    or switch could not be observed, so what would be done there is not known.
    """
    if in_json and markdown:
        raise click.UsageError("--json and --markdown: give one of them")
    made = _planned(file, only)
    if output:
        _save(made, output)
    _print(made, diff, in_json, markdown)
    ctx.exit(_exit_code(made, expect_no_changes))


def _planned(file: Path, only: tuple[str, ...]) -> Plan:
    with reached_early(file, "observe", only=only) as (within, wanted):
        from ccstack.deploy import observe

        return observe(within, wanted, only)


def _print(made: Plan, diff: bool | None, in_json: bool, markdown: bool) -> None:
    # Not above: while these are read, the hosts could be at work. Nobody waits for the forms that are not asked for.
    if in_json:
        from ccstack.plan.saved import as_json

        print_json(as_json(made))
    elif markdown:
        from ccstack.plan.markdown import write_markdown

        click.echo(write_markdown(made), nl=False)
    else:
        from ccstack.plan.text import write_text

        click.echo(write_text(made, diff=diff), nl=False)


def _save(made: Plan, output: Path) -> None:
    from ccstack.plan.saved import to_text

    try:
        output.write_text(to_text(made), encoding="utf-8")
    except OSError as why:
        raise Refused(f"{output}: the plan cannot be written: {why.strerror or why}") from None
    progress(f"plan saved in {output}; carry it out with `ccstack deploy FILE --plan {output}`")


def _exit_code(made: Plan, expect_no_changes: bool) -> int:
    """What is known to be there counts before what is not known."""
    if expect_no_changes and any(target.changes or target.refused for target in made.targets):
        return NO
    return UNKNOWN if made.unknown else 0
