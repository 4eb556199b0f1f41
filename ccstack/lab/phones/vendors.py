"""What a phone out of its box does by itself: what it says over DHCP, where it looks for a server, what it asks for.

Sources: Yealink SIP IP Phones Administrator Guide V86, "DHCP Provision" and "MAC-Oriented CFG File"; Poly UC Software
6.4 Administrator Guide, "Supported DHCP Options" and "Master Configuration File"; Snom Service Hub, "DHCP options" and
"setting_server"; Grandstream GRP261x/GRP262x/GRP263x Administration Guide, "Upgrading and Provisioning"; Cisco IP Phone
8800 Series Multiplatform Phones Provisioning Guide, "Macro Expansion Variables" and "DHCP_Option_To_Use".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from .dhcp import PROVISIONING, TFTP_SERVER


@dataclass(frozen=True, slots=True)
class Habits:
    """How the phones of a vendor begin."""

    maker: str
    """As they name themselves in LLDP."""
    vendor_class: Callable[[str], str]
    """DHCP option 60 of a model."""
    options: tuple[int, ...]
    """The DHCP options that may hold the URL, in the order in which they are read."""
    file_of: Callable[[str, str], str]
    """The file that is asked for below a URL that names none, by MAC address and model."""
    variables: Callable[[str], dict[str, str]]
    """What stands for the MAC address in a URL, and how the phone then writes it."""


def _model(name: str) -> str:
    """`yealink-t54w` as the vendor writes the model: `T54W`."""
    return name.partition("-")[2].upper()


HABITS: dict[str, Habits] = {
    "yealink": Habits(
        "Yealink",
        lambda _: "yealink",
        (TFTP_SERVER,),
        lambda mac, _: f"{mac}.cfg",
        lambda mac: {"$MAC": mac, "$mac": mac},
    ),
    "poly": Habits(
        "Poly",
        lambda model: f"Poly{'Edge' if _model(model).startswith('E') else ''}{_model(model).removeprefix('EDGE-')}",
        (PROVISIONING, TFTP_SERVER),
        lambda mac, _: f"{mac}.cfg",
        lambda mac: {"[PHONE_MAC_ADDRESS]": mac, "[MACADDRESS]": mac},
    ),
    "snom": Habits(
        "snom",
        lambda model: f"snom-{_model(model)}",
        (TFTP_SERVER,),
        lambda mac, model: f"snom{_model(model)}-{mac.upper()}.htm",
        lambda mac: {"{mac}": mac.upper()},
    ),
    "grandstream": Habits(
        "Grandstream",
        lambda model: f"Grandstream {_model(model)} dslforum.org",
        (TFTP_SERVER, PROVISIONING),
        lambda mac, _: f"cfg{mac}.xml",
        lambda mac: {"$mac": mac, "$MAC": mac.upper()},
    ),
    "cisco": Habits(
        "Cisco Systems, Inc.",
        lambda model: f"CP-{_model(model)}-3PCC",
        (TFTP_SERVER, PROVISIONING),
        lambda _, model: f"{_model(model)}.xml",
        lambda mac: {"$MAU": mac.upper(), "$MA": mac},
    ),
}
"""By vendor."""


def file_url(vendor: str, model: str, mac: str, given: str) -> str:
    """The URL that the phone asks for when it was `given` one; a bare host is asked over HTTPS."""
    habits = HABITS[vendor]
    url = given.strip() if "://" in given else f"https://{given.strip()}"
    for variable, value in habits.variables(mac).items():
        url = url.replace(variable, value)
    last = urlsplit(url).path.rpartition("/")[2]
    if "." in last:
        return url
    return urljoin(url.rstrip("/") + "/", habits.file_of(mac, model))
