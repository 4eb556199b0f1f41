"""`ccstack explain`: where a line of a rendered file comes from, and what an object of the blueprint touches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

import click

from ccstack.cli.common import Refused, blueprint, checked, print_json, rendered
from ccstack.design import Design
from ccstack.design.index import collections
from ccstack.model import ContactCenter
from ccstack.plan.objects import CENTER, origin_of
from ccstack.plan.touches import Touched, touched_by
from ccstack.problems import nearest
from ccstack.render.state import DesiredState, File, masked

SCHEMA = "ccstack.explain/1"


@click.command("explain")
@blueprint
@click.argument("what", metavar="HOST:PATH:LINE|SWITCH:LINE|OBJECT")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(file: Path, what: str, as_json: bool) -> None:
    """Say which object and which rule made a rendered line, and where the blueprint wrote that object.

    Of an OBJECT (`queues.sales`): every file, with its lines, and every artifact that it touches, host by host. PATH is
    the file's path on the host, or its end: `nyc-pbx:queues.conf:12`. Of a switch's configuration: `nyc-sw1:12`, a line
    of SWITCH.cfg as `ccstack render` writes it.
    """
    plan = checked(file)
    if ":" in what:
        _explain_line(plan, rendered(plan), what, as_json)
    else:
        path = _object_named(plan, what)
        _explain_object(plan.center, path, list(touched_by(path, rendered(plan))), as_json)


# --- a line ---


def _explain_line(plan: Design, state: DesiredState, line: str, as_json: bool) -> None:
    found, number = _find(state, line)
    made = found.lines[number - 1]
    origin = origin_of(plan.center, made.source.path)
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
    target, path, number = _parts(line)
    known = _files(state, target)
    files = [f for f in known if f.path == path] or [f for f in known if f.path.endswith(f"/{path}")]
    if len(files) != 1:
        choices = "\n  ".join(f.path for f in files or known)
        raise Refused(f"{path}: {len(files)} files of {target} are called so; choose from:\n  {choices}")
    if not 1 <= number <= len(files[0].lines):
        raise Refused(f"{files[0].path} has {len(files[0].lines)} lines")
    return files[0], number


def _files(state: DesiredState, target: str) -> Sequence[File]:
    """The files of a host, or the one that shows a switch's configuration."""
    known = {host.name: host.files for host in state.hosts} | {s.name: (s.file,) for s in state.switches}
    if target not in known:
        switches = " or switch" if state.switches else ""
        raise Refused(f"there is no host{switches} {target}; there are: {', '.join(known)}")
    return known[target]


def _parts(line: str) -> tuple[str, str, int]:
    target, _, rest = line.partition(":")
    path, _, number = rest.rpartition(":")
    if not (target and number.isdigit()):
        raise Refused(f"{line}: write it as HOST:PATH:LINE, such as nyc-pbx:queues.conf:12, or as an object's path")
    return target, path or f"{target}.cfg", int(number)


# --- an object ---


def _object_named(plan: Design, given: str) -> str:
    """The path of the object that is meant; what is no object is refused with the nearest one."""
    known = [CENTER, *_objects(plan)]
    if given in known:
        return given
    names = [path.split(".", 1)[-1] for path in known]
    alike = [path for path, name in zip(known, names, strict=True) if name == given]
    near = nearest(given, [*known, *names])
    hint = f"Did you mean `{'` or `'.join(alike)}`?" if alike else near
    raise Refused(f"{given}: the center has no such object. {hint or 'An object is named as `queues.sales`.'}")


def _objects(plan: Design) -> Iterator[str]:
    for collection in collections():
        yield from (f"{collection}.{name}" for name in plan.index[collection])


def _explain_object(center: ContactCenter, path: str, touched: Sequence[Touched], as_json: bool) -> None:
    origin = origin_of(center, path)
    where = str(origin) if origin else None
    if as_json:
        print_json({"schema": SCHEMA, "object": path, "blueprint": where, "touches": [_as_json(t) for t in touched]})
        return
    click.echo(f"{path}, written at {where}" if where else path)
    if not touched:
        click.echo("  no line of any file names it as its source; lines of other objects may follow from it")
    for host, files in groupby(touched, key=lambda one: one.host):
        click.echo(f"  {host}")
        for one in files:
            click.echo(f"    {one.path}{_lines(one)}  ({', '.join(one.rules)})")


def _as_json(one: Touched) -> dict[str, object]:
    lines = [list(run) for run in one.ranges]
    return {"host": one.host, "file": one.path, "lines": lines, "rules": list(one.rules)}


def _lines(one: Touched) -> str:
    if not one.ranges:
        return ""
    runs = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in one.ranges)
    return f":{runs}"
