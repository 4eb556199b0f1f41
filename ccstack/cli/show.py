"""`ccstack show`: the center as it is understood, with every default filled in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from ccstack.cli.common import loaded, print_json
from ccstack.load import CENTER_SCHEMA, center_json_schema
from ccstack.model import ContactCenter


@click.command("show")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option(
    "--json", "as_json", is_flag=True, help="The resolved center as JSON; every verb takes it as a blueprint."
)
@click.option("--schema", "as_schema", is_flag=True, help="The JSON Schema of such JSON; needs no FILE.")
def command(file: Path | None, as_json: bool, as_schema: bool) -> None:
    """Show the center as it is understood: what it has, or the whole of it, defaults and all, as JSON."""
    if as_schema:
        print_json(center_json_schema())
        return
    if file is None:
        raise click.UsageError("Missing argument 'FILE'.")
    center = loaded(file)
    if as_json:
        print_json({"schema": CENTER_SCHEMA, **center.model_dump(mode="json")})
    else:
        click.echo("\n".join(_summary(center)))


def _summary(center: ContactCenter) -> Iterator[str]:
    yield f"{center.label or center.name} ({center.name}), {', '.join(center.languages)}"
    for site in center.sites:
        hosts = [
            f"{h.name} {h.address} ({'+'.join(r.role for r in h.roles)})" for h in center.hosts if h.site == site.name
        ]
        yield f"  site {site.name}, {site.time_zone}: {', '.join(hosts) or 'no hosts'}"
    for trunk in center.trunks:
        gateways = ", ".join(f"{g.address}:{g.port}/{g.transport}" for g in trunk.gateways)
        yield f"  trunk {trunk.name}: {gateways}, {trunk.max_channels} channels"
    for number in center.numbers:
        yield f"  number {number.number} -> {number.to}"
    for queue in center.queues:
        standby = f", standby {queue.standby}" if queue.standby else ""
        yield f"  queue {queue.name}: home {queue.home}{standby}"
    counted = ("agents", "teams", "skills", "menus", "hours", "voicemails", "announcements", "probes")
    yield "  " + ", ".join(f"{len(getattr(center, name))} {name}" for name in counted if getattr(center, name))
