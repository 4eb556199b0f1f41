"""What a vendor's phones say of themselves over DHCP, where they read their server's address, which file they ask for.

Sources: Yealink, Administrator Guide V86, "DHCP Provision" (option 66 by default, option 60 `yealink`, `<mac>.cfg`);
Poly, UC Software 6.4 Administrator Guide, "Supported DHCP Options" (160, then 66; option 60 begins with the product:
`Polycom-VVX450`, `PolyEdgeE350`) and "Master Configuration File" (`<mac>.cfg`); Snom, Service Hub, "DHCP options"
(66 may hold a whole URL, in which `{mac}` stands for the phone's address; option 60 `snom-D785`); Grandstream, GRP26xx
Administration Guide, "Provisioning" (66; option 60 `Grandstream GRP2614 dslforum.org`; `cfg<mac>.xml`); Cisco, IP Phone
8800 Series Multiplatform Phone Administration Guide 11.3, "Macro Expansion Variables" (`$MA`: lower-case digits) and
"DHCP_Option_To_Use" (66, then 160, 159, 150; option 60 `CP-8841-3PCC`).
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
