"""`ccstack show`: the center as it is understood, with every default filled in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from ccstack.cli.common import loaded, print_json
from ccstack.load import center_json, center_json_schema
from ccstack.model import ContactCenter
from ccstack.model.phone_models import PHONE_MODELS

PHONE_MODELS_SCHEMA = "ccstack.phone-models/1"
"""What the `schema` field says in the list of phone models as JSON."""


@click.command("show")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option(
    "--json", "as_json", is_flag=True, help="The resolved center as JSON; every verb takes it as a blueprint."
)
@click.option("--schema", "as_schema", is_flag=True, help="The JSON Schema of such JSON; needs no FILE.")
@click.option("--phone-models", is_flag=True, help="What is known of each phone model; needs no FILE.")
def command(file: Path | None, as_json: bool, as_schema: bool, phone_models: bool) -> None:
    """Show the center as it is understood: what it has, or the whole of it, defaults and all, as JSON."""
    if as_schema:
        print_json(center_json_schema())
        return
    if phone_models:
        _show_phone_models(as_json)
        return
    if file is None:
        raise click.UsageError("Missing argument 'FILE'.")
    center = loaded(file)
    if as_json:
        click.echo(center_json(center))
    else:
        click.echo("\n".join(_summary(center)))


def _show_phone_models(as_json: bool) -> None:
    if as_json:
        models = [asdict(model) | {"watts": model.watts} for model in PHONE_MODELS.values()]
        print_json({"schema": PHONE_MODELS_SCHEMA, "models": models})
        return
    width = max(map(len, PHONE_MODELS))
    click.echo(f"{'':{width}}  lines  keys  PoE class  at most  TLS  SRTP  firmware")
    for name, model in PHONE_MODELS.items():
        can = f"{_yes(model.tls)}  {_yes(model.srtp)} "
        facts = (
            f"{model.lines:5}  {model.keys:4}  {model.poe_class:9}  {model.watts:5.1f} W  {can}  {model.min_firmware}"
        )
        click.echo(f"{name:{width}}  {facts}")


def _yes(fact: bool) -> str:
    return "yes" if fact else "no "


def _summary(center: ContactCenter) -> Iterator[str]:
    yield f"{center.label or center.name} ({center.name}), {', '.join(center.languages)}"
    for site in center.sites:
        hosts = [
            f"{h.name} {h.address} ({'+'.join(r.role for r in h.roles)})" for h in center.hosts if h.site == site.name
        ]
        yield f"  site {site.name}, {site.time_zone}: {', '.join(hosts) or 'no hosts'}"
        for switch in (each for each in center.switches if each.site == site.name):
            patched = sum(1 for phone in center.phones if phone.port and phone.port.switch == switch.name)
            yield f"    switch {switch.name} {switch.address}, {switch.platform}: {patched} phones"
    for trunk in center.trunks:
        gateways = ", ".join(f"{g.address}:{g.port}/{g.transport}" for g in trunk.gateways)
        yield f"  trunk {trunk.name}: {gateways}, {trunk.max_channels} channels"
    for number in center.numbers:
        yield f"  number {number.number} -> {number.to}"
    for queue in center.queues:
        standby = f", standby {queue.standby}" if queue.standby else ""
        yield f"  queue {queue.name}: home {queue.home}{standby}"
    counted = (
        "agents",
        "stations",
        "phones",
        "softphones",
        "teams",
        "skills",
        "menus",
        "hours",
        "voicemails",
        "announcements",
        "probes",
    )
    yield "  " + ", ".join(f"{len(getattr(center, name))} {name}" for name in counted if getattr(center, name))
