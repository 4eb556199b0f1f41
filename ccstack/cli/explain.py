"""`ccstack explain`: where a line of a rendered file comes from."""

from __future__ import annotations

from pathlib import Path

import click

from ccstack.cli.common import Refused, blueprint, checked, print_json, rendered
from ccstack.design import Design
from ccstack.model import ContactCenter, Model, Origin
from ccstack.render.state import DesiredState, File, masked

SCHEMA = "ccstack.explain/1"


@click.command("explain")
@blueprint
@click.argument("line", metavar="HOST:PATH:LINE")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(file: Path, line: str, as_json: bool) -> None:
    """Say which object and which rule made a rendered line, and where the blueprint wrote that object.

    PATH is the file's path on the host, or its end: `nyc-pbx:queues.conf:12`.
    """
    plan = checked(file)
    found, number = _find(rendered(plan), line)
    made = found.lines[number - 1]
    origin = _origin(plan, made.source.path)
    if as_json:
        where = str(origin) if origin else None
        answer = {"schema": SCHEMA, "file": found.path, "line": number, "text": masked(made.text)}
        print_json(answer | {"object": made.source.path, "rule": made.source.rule, "blueprint": where})
        return
    click.echo(f"{found.path}:{number}: {masked(made.text)}")
    click.echo(f"  from {made.source.path}, by the rule {made.source.rule}")
    if origin:
        click.echo(f"  written at {origin}")


def _find(state: DesiredState, line: str) -> tuple[File, int]:
    host_name, path, number = _parts(line)
    host = next((host for host in state.hosts if host.name == host_name), None)
    if host is None:
        raise Refused(f"there is no host {host_name}; there are: {', '.join(h.name for h in state.hosts)}")
    files = [f for f in host.files if f.path == path] or [f for f in host.files if f.path.endswith(f"/{path}")]
    if len(files) != 1:
        known = "\n  ".join(f.path for f in files or host.files)
        raise Refused(f"{path}: {len(files)} files of {host_name} are called so; choose from:\n  {known}")
    if not 1 <= number <= len(files[0].lines):
        raise Refused(f"{files[0].path} has {len(files[0].lines)} lines")
    return files[0], number


def _parts(line: str) -> tuple[str, str, int]:
    host, _, rest = line.partition(":")
    path, _, number = rest.rpartition(":")
    if not (host and path and number.isdigit()):
        raise Refused(f"{line}: write it as HOST:PATH:LINE, such as nyc-pbx:queues.conf:12")
    return host, path, int(number)


def _origin(plan: Design, path: str) -> Origin | None:
    """The blueprint's line for an object path, or for the nearest object around it."""
    if path == "center" or "." not in path:
        return plan.center.origin
    collection, _, name = path.partition(".")
    if collection not in ContactCenter.model_fields:
        return plan.center.origin
    for length in range(len(name.split(".")), 0, -1):
        item = plan.index.find((collection,), ".".join(name.split(".")[:length]))
        if isinstance(item, Model):
            return item.origin
    return plan.center.origin
