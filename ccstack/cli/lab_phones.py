"""`ccstack lab phones`: the blueprint's desk phones, played in its lab."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ccstack.cli.common import NO, Refused, blueprint, loaded, progress, ready_in, refusing
from ccstack.cli.which_lab import named, option
from ccstack.lab.errors import LabError
from ccstack.lab.lab import Lab

if TYPE_CHECKING:
    from ccstack.lab.phones.desk import DeskPhones
    from ccstack.lab.phones.protocol import PhonesReport

_json = click.option("--json", "in_json", is_flag=True, help="As JSON.")
_wait = click.option(
    "--wait",
    type=click.FloatRange(0),
    default=40.0,
    show_default=True,
    metavar="SECONDS",
    help="How long a phone may take until it is shown as it is.",
)


@click.group("phones")
def group() -> None:
    """Desk phones that boot as real ones do: LLDP-MED, DHCP, HTTPS, their vendor's file, registration."""


@group.command()
@blueprint
@click.argument("names", nargs=-1, metavar="[PHONE]...")
@_wait
@_json
@click.pass_context
def boot(ctx: click.Context, file: Path, names: tuple[str, ...], wait: float, in_json: bool) -> None:
    """Give these phones power, or all; say what each one did, and where it stopped if it did.

    Phones that the lab does not have yet are unpacked first: their provisioning password and the center's CA are keyed
    in, and they are plugged into the blueprint's ports. Exit code 0: all are registered; 1: some are not.
    """
    from ccstack.calls.signatures import people_tones  # not above: the other lab commands need no numpy

    lab = Lab(loaded(file).name, say=progress)
    with refusing(LabError):
        center = ready_in(lab, file)
    if center.ca_file is None:
        raise Refused("hosts: no host has a certificate, so there is nothing that a phone could believe; add an SBC")
    ca = Path(center.ca_file).read_text(encoding="utf-8")
    with refusing(LabError):
        desk = _desk(lab)
        desk.unpack(center.design, center.provisioning_password, ca, people_tones(center.design))
        report = desk.boot(names, wait)
    _show(ctx, report, in_json)


@group.command()
@click.argument("names", nargs=-1, metavar="[PHONE]...")
@option
@_json
def status(names: tuple[str, ...], name: str | None, in_json: bool) -> None:
    """How the phones are: port, VLAN, address, file, where they are registered."""
    with refusing(LabError):
        _print(_desk(named(name)).status(names), in_json)


@group.command()
@click.argument("phone")
@click.argument("switch")
@click.argument("interface")
@option
@_wait
@_json
@click.pass_context
def move(
    ctx: click.Context, phone: str, switch: str, interface: str, name: str | None, wait: float, in_json: bool
) -> None:
    """Carry a phone to another switch port, where it boots. Exit code 1: it is not registered."""
    with refusing(LabError):
        _show(ctx, _desk(named(name)).move(phone, switch, interface, wait), in_json)


@group.command()
@click.argument("phone")
@click.option("--model", required=True, help="Its model, as a blueprint names it.")
@click.option("--mac", required=True, help="Its MAC address.")
@option
@_wait
@_json
@click.pass_context
def swap(ctx: click.Context, phone: str, model: str, mac: str, name: str | None, wait: float, in_json: bool) -> None:
    """Put another box in a phone's place, new and with nothing in its flash. Exit code 1: it is not registered."""
    with refusing(LabError):
        _show(ctx, _desk(named(name)).swap(phone, model, mac, wait), in_json)


@group.command()
@click.argument("phone")
@option
def unplug(phone: str, name: str | None) -> None:
    """Pull a phone's cable."""
    with refusing(LabError):
        _desk(named(name)).unplug(phone)


def _desk(lab: Lab) -> DeskPhones:
    from ccstack.lab.phones.desk import DeskPhones

    return DeskPhones(lab, lab.switches)


def _show(ctx: click.Context, report: PhonesReport, in_json: bool) -> None:
    _print(report, in_json)
    ctx.exit(0 if all(phone.up for phone in report.phones) else NO)


def _print(report: PhonesReport, in_json: bool) -> None:
    click.echo(report.to_json() if in_json else report.to_text().rstrip("\n"))
