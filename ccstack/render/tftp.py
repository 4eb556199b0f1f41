"""What TFTP serves: a file a phone, with the address of the HTTPS server and nothing else.

TFTP asks nobody who they are and hides nothing (RFC 1350), so no secret and no name of anybody is in these files. They
have the names of the real ones, which phones ask for by themselves. Parameters: as in the vendors' modules of `phones`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ccstack.design import Design
from ccstack.model.host import Host
from ccstack.model.phone_models import phone_model

from .dhcp import has_tftp
from .dhcp.dnsmasq import TFTP_ROOT
from .dhcp.scopes import base_url
from .part import Part
from .phones.vendors import VENDORS
from .state import File
from .templates import template_lines


def parts(design: Design) -> Mapping[str, Part]:
    """The files of every host that answers TFTP; what answers is dnsmasq, in the rooms of DHCP."""
    hosts = [host for host in design.index["hosts"].values() if has_tftp(host)]
    return {host.name: Part(files=tuple(_files(design, host))) for host in hosts}


def _files(design: Design, host: Host) -> Iterator[File]:
    base = base_url(host)
    for name, phone in design.index["phones"].items():
        model = phone_model(phone.model)
        if model is None:
            continue
        vendor = VENDORS[model.vendor]
        lines = template_lines(
            f"provisioning/tftp_{vendor.name}.j2",
            f"phones.{name}",
            base=base,
            place=base.removeprefix("https://"),
            url=vendor.url(base),
            mac=phone.mac,
        )
        yield File(f"{TFTP_ROOT}/{vendor.file_name(phone.mac)}", lines, "none")
