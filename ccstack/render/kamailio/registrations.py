"""Where the SBCs themselves register: trunks whose carrier wants it (uac module, table uacreg)."""

from __future__ import annotations

from collections.abc import Iterator

from ccstack.design import Design
from ccstack.model.host import Host
from ccstack.model.trunk import Gateway, RegisterAuth
from ccstack.render.state import File, Line, Slot, Source

from .dbtext import field, table_file
from .destinations import gateway_uri

_COLUMNS = (
    "id(int,auto) l_uuid(string) l_username(string) l_domain(string) r_username(string) r_domain(string)"
    " realm(string) auth_username(string) auth_password(string,null) auth_ha1(string) auth_proxy(string)"
    " expires(int) flags(int) reg_delay(int) contact_addr(string,null) socket(string,null)"
)
EXPIRES = 300
"""Seconds that a registration at a carrier is asked for."""


def registrations(design: Design, host: Host) -> File:
    """One registration per gateway of every trunk that wants it."""
    header = Line(_COLUMNS, Source("center", "kamailio.registrations"))
    return table_file("uacreg", (header, *_rows(design, host)), secret=True, uac=True)


def _rows(design: Design, host: Host) -> Iterator[Line]:
    number = 0
    for name, trunk in design.index["trunks"].items():
        if isinstance(trunk.auth, RegisterAuth):
            for position, gateway in enumerate(trunk.gateways):
                number += 1
                source = Source(f"trunks.{name}.gateways.{position}", "kamailio.registrations")
                yield Line(_row(number, name, trunk.auth, gateway, host), source)


def _row(number: int, trunk: str, auth: RegisterAuth, gateway: Gateway, host: Host) -> str:
    path = f"trunks.{trunk}"
    ha1 = Slot(f"{path}.auth.password", "ha1-md5", auth.username, auth.realm)
    texts = (
        f"{trunk}-{gateway.address}-{gateway.port}",
        auth.username,
        str(host.address),
        auth.username,
        str(gateway.address),
        auth.realm,
        auth.username,
        "",
        ha1,
        gateway_uri(gateway),
    )
    columns = [field(text, path) if text != "" else "" for text in texts]
    return ":".join((str(number), *columns, str(EXPIRES), "0", "0", "", ""))
