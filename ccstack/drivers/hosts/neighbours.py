"""Whom a host reaches, in the center's words: the activator names contacts of PJSIP and destinations of Kamailio."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ccstack.drivers.base import Reach, Receipt
from ccstack.model.host import Host

from .onhost.units import CUTTING
from .result import HostResult

NOTICE_SECONDS = 2.0
"""Two pings of an SBC, one a second: what they may still take after the host's own watch (activate.WATCH_SECONDS)."""


def in_words(answered: Mapping[str, bool], hosts: Iterable[Host]) -> dict[str, Reach]:
    """What the verb `neighbours` answered, with the hosts that are meant.

    An address at which no host of the center shall be listening any more is nobody's: a port that a deployment
    changes is reached no more on purpose.
    """
    listens = {host.name: _listens(host) for host in hosts}
    names = {where: name for name, found in listens.items() for where in found}
    return {way: Reach(_named(way.partition(" to ")[2], names, listens), answers) for way, answers in answered.items()}


def notices(receipt: Receipt) -> float:
    """See `Pinger.notices`."""
    cuts = isinstance(receipt, HostResult) and bool(CUTTING & set(receipt.applied))
    return NOTICE_SECONDS if cuts else 0.0


def _listens(host: Host) -> list[str]:
    return [f"{host.address}:{role.sip_port}" for role in (host.pbx, host.sbc) if role]


def _named(neighbour: str, names: Mapping[str, str], listens: Mapping[str, list[str]]) -> str:
    """Which host `<name>/<URI>` or `<URI>` is, if any. Asterisk's console cuts off the end behind a long name."""
    name, _, uri = neighbour.rpartition("/")
    address = re.sub(r"^sips?:([^@;]*@)?|[;?].*$", "", uri)
    is_there = any(where.startswith(address) for where in listens.get(name, ()))
    return name if is_there else names.get(address, neighbour)
