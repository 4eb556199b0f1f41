"""The SBC: Kamailio's static script and the center's data that it runs on.

What the SBC does is in templates/kamailio/kamailio.cfg; here is what it is told.
"""

from __future__ import annotations

from collections.abc import Mapping

from ccstack.design import Design
from ccstack.model.host import Host
from ccstack.render.part import Part
from ccstack.render.state import ApplyClass, Artifact, Certificate, Expectation, File, Line, Source, Unit
from ccstack.render.templates import template_lines

from .addresses import address_file, addresses
from .dbtext import Table, table_file
from .destinations import Destination, destinations, dispatcher_file, sbc_set
from .host_cfg import host_cfg
from .registrations import registrations
from .tables import SECRET, entry_homes, own_tables, shared_tables

PACKAGES = (
    "kamailio",
    "kamailio-extra-modules",
    "kamailio-sqlite-modules",
    "kamailio-tls-modules",
    "kamailio-utils-modules",
    "sqlite3",
)
TLS = "/etc/kamailio/tls"


def parts(design: Design) -> Mapping[str, Part]:
    """The SBC's share of every host that is one."""
    hosts: list[Host] = [design.index["hosts"][name] for name in design.homes.sbcs]
    if not hosts:
        return {}
    shared = shared_tables(design)
    same = (*_static(), *(t.file(secret=t.name in SECRET) for t in shared))
    homes = entry_homes(design)
    known = destinations(design)
    found: dict[str, Part] = {}
    for host in hosts:
        own = own_tables(design, host, homes)
        targets = tuple(d for d in known if d.number != sbc_set(host.name))
        files = (*same, *(t.file() for t in own), *_own_files(design, host, targets))
        found[host.name] = _part(design, host, targets, (*shared, *own), files)
    return found


def _own_files(design: Design, host: Host, targets: tuple[Destination, ...]) -> tuple[File, ...]:
    return (host_cfg(design, host), dispatcher_file(targets), registrations(design, host))


def _part(
    design: Design, host: Host, targets: tuple[Destination, ...], tables: tuple[Table, ...], files: tuple[File, ...]
) -> Part:
    sources = addresses(design, host)
    return Part(
        packages=PACKAGES,
        units=(Unit("kamailio.service"),),
        files=(*files, address_file(sources), _versions(tables)),
        artifacts=tuple(_certificates(host)),
        expectation=Expectation(
            dispatcher=tuple((d.number, d.uri) for d in targets),
            htables={t.name: len(t) for t in tables},
            addresses=tuple((a.group, str(a.network)) for a in sources),
        ),
    )


def _static() -> tuple[File, ...]:
    return (
        _printed("/etc/kamailio/kamailio.cfg", "kamailio/kamailio.cfg", "kamailio-restart"),
        _printed("/etc/kamailio/tls.cfg", "kamailio/tls.cfg", "kamailio-tls"),
        _printed("/etc/kamailio/location.sql", "kamailio/location.sql", "kamailio-restart"),
        _printed("/etc/default/kamailio", "kamailio/default", "kamailio-restart"),
    )


def _printed(path: str, template: str, apply: ApplyClass) -> File:
    return File(path, template_lines(template, "center"), apply, group="kamailio")


def _versions(tables: tuple[Table, ...]) -> File:
    """Kamailio asks for the version of each table's layout before it reads one."""
    source = Source("center", "kamailio.versions")
    rows = [Line("table_name(string) table_version(int)", source)]
    rows += [Line(f"{t.name}:2", source) for t in tables]
    rows.append(Line("uacreg:5", source))
    return table_file("version", rows)


def _certificates(host: Host) -> tuple[Artifact, ...]:
    source = Source(f"hosts.{host.name}", "kamailio.certificates")

    def made(part: Certificate, name: str, mode: int) -> Artifact:
        return Artifact(f"{TLS}/{name}", part, source, "kamailio-tls", group="kamailio", mode=mode)

    return (
        made(Certificate(host.name, "cert"), "cert.pem", 0o644),
        made(Certificate(host.name, "key"), "key.pem", 0o640),
        made(Certificate(host.name, "ca"), "ca.pem", 0o644),
    )
