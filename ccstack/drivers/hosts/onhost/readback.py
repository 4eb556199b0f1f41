"""What the processes say they have, compared with what they should have.

Several reloads report success on nothing (a dispatcher file with a bad line gives none at all), so nobody's word but
this is taken. The same reading serves in the try-out and on the running host.
"""

from __future__ import annotations

from . import ask_asterisk, ask_host, ask_kamailio, ask_phone_services
from .ask import UnreadableError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from .wanted import Reader, Wanted

HOST = "host"
"""What is asked of no unit, and on trial of nobody: the kernel."""

READERS: dict[str, tuple[tuple[str, Reader], ...]] = {
    "asterisk.service": ask_asterisk.READERS,
    "kamailio.service": ask_kamailio.READERS,
    "kea-dhcp4-server.service": ask_phone_services.KEA_READERS,
    "nginx.service": ask_phone_services.NGINX_READERS,
    HOST: ask_host.READERS,
}
"""What each unit is asked, and the apply class that mends what is wrong with the answer."""


def problems(wanted: Wanted, units: Iterable[str]) -> tuple[str, ...]:
    """Every difference between what is wanted and what the processes of `units` say; empty when all is there."""
    return tuple(differences(wanted, units))


def differences(wanted: Wanted, units: Iterable[str]) -> dict[str, str]:
    """The problems, each with the apply class that mends it; `""` where a process could not be asked."""
    found: dict[str, str] = {}
    for unit, readers in READERS.items():
        if unit in units:
            for apply, read in readers:
                found.update(_tried(apply, read, wanted))
    return found


def _tried(apply: str, read: Reader, wanted: Wanted) -> dict[str, str]:
    try:
        return dict.fromkeys(read(wanted), apply)
    except UnreadableError as why:
        return {str(why): ""}


def reached(units: Iterable[str]) -> dict[str, bool]:
    """Neighbours that a process of `units` pings, and whether they answer it. One that is not pinged is left out."""
    found: dict[str, bool] = {}
    for unit, read in (("kamailio.service", ask_kamailio.reached), ("asterisk.service", ask_asterisk.reached)):
        try:
            found.update(read() if unit in units else {})
        except UnreadableError:
            continue
    return found


def ping(ways: Iterable[str]) -> None:
    """Have these neighbours pinged now, where that is not done every second: PBXs ping each other every ten."""
    try:
        ask_asterisk.ping(ways)
    except UnreadableError:
        return
