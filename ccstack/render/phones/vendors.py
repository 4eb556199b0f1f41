"""What a vendor's phones say of themselves over DHCP, where they read their server's address, which file they ask for.

Sources. Read: Snom, Service Hub, "DHCP options" (66 may hold a whole URL), "Desk Phone Configuration Files"
(`{mac}`); Cisco, IP Phone 8800 Series Multiplatform Phone Administration Guide, "Macro Expansion Variables" (`$MA`:
lower-case digits); in public provisioning systems, Cisco's `DHCP_Option_To_Use` (66, then 160, 159, 150) and its
option 60 (`CP-8841-3PCC`), and the names of files. From knowledge of the vendors' guides, not read again: Yealink
(option 66, option 60 `yealink`), Poly (160 before 66; option 60 `Polycom-VVX450`, `PolyEdgeE350`), Snom (option 60
`snom-D785`), Grandstream (66; option 60 `Grandstream GRP2614 dslforum.org`). Old SPA phones (`LINKSYS SPA-942`) say
something else in option 60: they need the server's address by other means.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Vendor:
    """How phones of a vendor find their configuration."""

    name: str
    vendor_class: str
    """How DHCP option 60 of its phones begins; what follows is the model."""
    option: Literal[66, 160]
    """The DHCP option in which its phones read where their configuration is."""
    prefix: str
    """What stands before the MAC address in the name of a phone's file."""
    suffix: str
    """What stands after it."""
    variable: str | None = None
    """How its phones write their own MAC address in a URL; None where they append the file's name by themselves."""
    others: tuple[str, ...] = ()
    """What follows the MAC address in the names of further files that its phones ask for by themselves."""

    def file_name(self, mac: str) -> str:
        """The file that the phone with this MAC address (twelve lower-case hex digits) asks for."""
        return f"{self.prefix}{mac}{self.suffix}"

    def file_names(self, mac: str) -> tuple[str, ...]:
        """Every file of the phone: the configuration first."""
        return (self.file_name(mac), *(f"{mac}{rest}" for rest in self.others))

    def url(self, base: str) -> str:
        """The value of the DHCP option; `base` is `https://<server address>[:port]`, without a slash at the end."""
        return f"{base}/" if self.variable is None else f"{base}/{self.file_name(self.variable)}"


VENDORS: dict[str, Vendor] = {
    vendor.name: vendor
    for vendor in (
        Vendor("yealink", vendor_class="yealink", option=66, prefix="", suffix=".cfg"),
        Vendor(
            "poly",
            vendor_class="Poly",
            option=160,
            prefix="",
            suffix=".cfg",
            others=("-settings.cfg", "-directory.xml"),
        ),
        Vendor("snom", vendor_class="snom", option=66, prefix="snom-", suffix=".xml", variable="{mac}"),
        Vendor("grandstream", vendor_class="Grandstream", option=66, prefix="cfg", suffix=".xml"),
        Vendor("cisco", vendor_class="CP-", option=66, prefix="", suffix=".xml", variable="$MA"),
    )
}
"""By name. Snom puts its MAC in capitals where the URL says `{mac}`: the server compares names without case."""
