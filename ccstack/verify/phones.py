"""Which phones of the blueprint are registered; of one that is not, at which switch port it is, and why.

Asked is what real gear knows, too: the SBCs' locations, the DHCP servers' leases, the provisioning servers' log, and
the switches. What could not be asked is said; it never counts as good.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ccstack.design import Design
from ccstack.design.wiring import Seat
from ccstack.drivers.base import Unknown
from ccstack.model.host import Host
from ccstack.model.site import Network
from ccstack.plan.actual import Power, SeenPort, SwitchActual
from ccstack.render.state import DesiredState, SwitchState

from .results import Result

LEASES = {"kea": "/var/lib/kea/kea-leases4.csv", "dnsmasq": "/var/lib/misc/dnsmasq.leases"}
"""Where the servers keep their leases."""
ACCESS_LOG = "/var/log/nginx/access.log"
_LOG_BYTES = 4_000_000
"""So much of the end of the log is read: phones that were refused ask again and again."""

Connect = Callable[[Host], Any]
"""Gives a testinfra host. What it raises when there is none is told."""
_T = TypeVar("_T")
Place = tuple[str, str]
"""A switch and its interface."""


@dataclass(frozen=True, slots=True)
class Fetch:
    """The newest request for a file on a provisioning server."""

    at: str
    """When, as ISO 8601."""
    source: str
    """From which address."""
    status: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was seen. `unasked` says in words what could not be asked, by the name of the host or switch."""

    locations: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By SIP user: the addresses from which it is registered."""
    leases: Mapping[str, str] = field(default_factory=dict)
    """By MAC address: the address that it has."""
    fetches: Mapping[str, Fetch] = field(default_factory=dict)
    """By MAC address."""
    switches: Mapping[str, SwitchActual] = field(default_factory=dict)
    unasked: Mapping[str, str] = field(default_factory=dict)


def check_phones(
    design: Design,
    state: DesiredState,
    connect: Connect,
    switches: Mapping[str, SwitchActual | Unknown],
) -> Iterator[Result]:
    """A result for each phone, in the blueprint's order."""
    if not design.wiring.seats:
        return
    seen = look(design, connect, switches)
    wanted = {switch.name: switch for switch in state.switches}
    for seat in design.wiring.seats.values():
        yield judge(seat, seen, wanted, design)


# --- Judging ---


def judge(seat: Seat, seen: Evidence, wanted: Mapping[str, SwitchState], design: Design) -> Result:
    """What the evidence says of one phone."""
    check = f"{seat.phone.name} ({seat.phone.model}, {seat.phone.mac}) is registered as {seat.phone.line}"
    where = f"{seat.jack.switch} {seat.jack.interface}" if seat.jack else "no port"
    registered = seen.locations.get(seat.phone.line, frozenset())
    own = own_addresses(seat, seen)
    if registered and (not own or registered & own):
        places = _places(seat, registered & own, seen, design)
        dead = [_dead(seat, place, seen, wanted, design) for place in places]
        if dead and all(dead):
            stale = "an SBC still has its registration, and it can have none now"
            return Result("phones", check, "fail", f"{_words(places[0])}: {dead[0]}; {stale}")
        living = [place for place, words in zip(places, dead, strict=True) if not words]
        return Result("phones", check, "pass", _elsewhere(seat, living, registered))
    if unasked := [f"{name}: {seen.unasked[name]}" for name in seat.sbcs if name in seen.unasked]:
        silent = "; ".join(unasked)
        return Result("phones", check, "error", f"{where}: it may be, at an SBC that did not answer ({silent})")
    reasons = list(_reasons(seat, seen, wanted, design))
    if registered:
        reasons.append(f"{seat.phone.line} is registered from {', '.join(sorted(registered))}, which is not this phone")
    gaps = [f"could not ask {name}: {seen.unasked[name]}" for name in _asked(seat, design) if name in seen.unasked]
    return Result("phones", check, "fail", f"{where}: " + "; ".join([*reasons, *gaps]))


def own_addresses(seat: Seat, seen: Evidence) -> frozenset[str]:
    """The addresses that are this phone's: by its lease, or by its port."""
    of_port = [str(seat.jack.address)] if seat.jack and seat.jack.address else []
    return frozenset([*of_port, *filter(None, [seen.leases.get(seat.phone.mac)])])


def _places(seat: Seat, addresses: Collection[str], seen: Evidence, design: Design) -> list[Place]:
    """The ports that the phone can be at: those whose addresses it is registered from. Where an address is no port's,
    also the one where it is heard; its own where ports have no addresses; else nobody can tell."""
    ports = {str(jack.address): jack for jacks in design.wiring.jacks.values() for jack in jacks if jack.address}
    known = [(ports[one].switch, ports[one].interface) for one in sorted(addresses) if one in ports]
    if known and len(known) == len(addresses):
        return known
    if heard := _heard(seen, seat.phone.mac):
        return [*known, *sorted(heard)]
    return [(seat.jack.switch, seat.jack.interface)] if seat.jack and seat.jack.address is None else []


def _elsewhere(seat: Seat, places: Sequence[Place], registered: Collection[str]) -> str:
    """A phone that works, but at another port than the blueprint says: its calls come from there."""
    jack = seat.jack
    if jack is None or (jack.switch, jack.interface) in places:
        return ""
    if not places and jack.address is None:
        return ""
    not_there = f"it is not at {jack.switch} {jack.interface}"
    return (
        f"{not_there}, but at {_words(places[0])}" if places else f"{not_there}: from {', '.join(sorted(registered))}"
    )


def _words(place: Place) -> str:
    return " ".join(place)


def _heard(seen: Evidence, mac: str) -> set[Place]:
    """Where a device is heard by LLDP."""
    return {
        (name, port)
        for name, actual in seen.switches.items()
        for port, macs in (actual.neighbours or {}).items()
        if mac in macs
    }


def _dead(seat: Seat, place: Place, seen: Evidence, wanted: Mapping[str, SwitchState], design: Design) -> str:
    """What shows that the phone does not live at a port: a registration that an SBC has from before lasts for
    minutes."""
    switch, interface = place
    if switch not in seen.switches or switch not in wanted:
        return ""
    actual, voice = seen.switches[switch], design.wiring.vlans[switch].voice
    deadly = re.compile(rf"(?<!\d){voice.vlan if voice else 'x'}(?!\d)|shutdown|\bdisable|power|poe")
    found = list(differences(wanted[switch], actual.owned, interface, voice))
    if not any(deadly.search(words) for words in found):
        found = []
    if (port := actual.ports.get(interface)) is not None and port.link is False:
        found.append(_unlinked(port))
    return "; ".join([*found, *_others(place, seat.phone.mac, seen)])


def _others(place: Place, mac: str, seen: Evidence) -> Iterator[str]:
    """What LLDP says against a phone's being at a port."""
    heard, there = _heard(seen, mac), (seen.switches[place[0]].neighbours or {}).get(place[1], frozenset())
    if heard and place not in heard:
        yield f"it is plugged into {_words(min(heard))}"
    if there and mac not in there:
        yield f"another device is at the port: {', '.join(sorted(there))}"


def _unlinked(port: SeenPort) -> str:
    """A port without a link, and what its power says of that."""
    word = "" if port.word in ("", "notconnect", "down") else f" ({port.word})"
    return f"there is no link{word}{_POWER[port.power]}"


_POWER: Mapping[Power | None, str] = {
    None: "",
    "on": ", though something there draws power",
    "off": ", and nothing there draws power: is it plugged in?",
    "disabled": ", and the port gives no power",
    "fault": ", and the switch cannot give it power",
}


def _asked(seat: Seat, design: Design) -> list[str]:
    """Everything that knows something of this phone."""
    switch = [seat.jack.switch] if seat.jack else []
    return [*switch, *design.wiring.dhcp.get(seat.site or "", ()), *seat.servers, *seat.sbcs]


def _reasons(seat: Seat, seen: Evidence, wanted: Mapping[str, SwitchState], design: Design) -> Iterator[str]:
    """Why it is not registered: what is wrong at the port, then how far it came."""
    at_port = list(_port(seat, seen, wanted, design))
    yield from at_port
    lease, fetch = seen.leases.get(seat.phone.mac), seen.fetches.get(seat.phone.mac)
    servers = design.wiring.dhcp.get(seat.site or "", ())
    if lease is None:
        if not at_port or any(name not in seen.unasked for name in servers):
            yield f"it has no lease ({', '.join(servers) or 'no DHCP server'})"
        return
    yield f"it has the address {lease}"
    if fetch is None:
        yield f"it has not asked for its configuration ({', '.join(seat.servers) or 'no provisioning server'})"
    elif fetch.status == 200:
        yield f"it fetched its configuration at {fetch.at} and registers nowhere"
    else:
        yield _REFUSED.get(fetch.status, f"it was answered {fetch.status} when it asked for its configuration") + (
            f" at {fetch.at}"
        )


_REFUSED = {
    401: "it was refused its configuration: wrong password or MAC address (401)",
    403: "it was refused its configuration (403)",
    404: "there is no configuration with its name on the server (404)",
}


def _port(seat: Seat, seen: Evidence, wanted: Mapping[str, SwitchState], design: Design) -> Iterator[str]:
    """What the switch says of the phone's port."""
    jack, heard = seat.jack, _heard(seen, seat.phone.mac)
    if jack is None:
        at = f", it is at {_words(min(heard))}" if heard else ", and no switch hears it"
        yield f"the blueprint patches it nowhere{at}"
        return
    if jack.switch not in seen.switches:
        return
    actual, place = seen.switches[jack.switch], (jack.switch, jack.interface)
    if (state := wanted.get(jack.switch)) is not None:
        yield from differences(state, actual.owned, jack.interface, design.wiring.vlans[jack.switch].voice)
    port = actual.ports.get(jack.interface, SeenPort())
    if port.link is False:
        yield _unlinked(port)
    elif port.power == "fault":
        yield "the switch cannot give it power"
    yield from _others(place, seat.phone.mac, seen)
    if port.link is not False and not heard and actual.neighbours is not None:
        yield from [] if jack.interface in actual.neighbours else [_UNHEARD[port.link]]


_UNHEARD = {
    True: "there is a link, and the switch hears no phone there",
    None: "the switch hears no phone there: not plugged in, no power, or no link",
}


def differences(state: SwitchState, owned: str, interface: str, voice: Network | None) -> Iterator[str]:
    """How the port, and the voice VLAN, differ from what is wanted."""
    port, there = of_interface(state.text, interface), of_interface(owned, interface)
    if missing := [line for line in port if line not in there]:
        yield f"the port lacks `{'`, `'.join(missing)}`: deploy mends it"
    if foreign := [line for line in there if line not in port]:
        yield f"the port has `{'`, `'.join(foreign)}`, which the blueprint does not want"
    if voice is not None and _has_vlan(state.text, voice.vlan) and not _has_vlan(owned, voice.vlan):
        yield f"the switch has no voice VLAN {voice.vlan}: deploy mends it"


def _has_vlan(text: str, vlan: int | None) -> bool:
    """Whether a configuration makes the VLAN; Junos gives it a name (`set vlans voice-110 vlan-id 110`)."""
    return bool(re.search(rf"^(vlan {vlan}|set vlans \S+ vlan-id {vlan})\s*$", text, re.MULTILINE))


def of_interface(text: str, interface: str) -> list[str]:
    """The lines of an interface: what is indented under it, or the Junos `set` lines with its name."""
    found, inside = [], False
    for line in text.splitlines():
        if line.startswith("set "):
            if re.search(rf"(?<![\w/-]){re.escape(interface)}(?![\w/])", line):
                found.append(line)
            continue
        if not line.startswith(" "):
            inside = line.strip() == f"interface {interface}"
        elif inside:
            found.append(line.strip())
    return found


# --- Looking ---


def look(design: Design, connect: Connect, switches: Mapping[str, SwitchActual | Unknown]) -> Evidence:
    """Ask everything that knows something of phones."""
    hosts: Sequence[Host] = tuple(design.index["hosts"].values())
    unasked: dict[str, str] = {name: seen.why for name, seen in switches.items() if isinstance(seen, Unknown)}
    locations = _ask([h for h in hosts if h.sbc], connect, _locations, unasked)
    kea = _ask([h for h in hosts if h.dhcp and h.dhcp.server == "kea"], connect, _kea, unasked)
    dnsmasq = _ask([h for h in hosts if h.dhcp and h.dhcp.server == "dnsmasq"], connect, _dnsmasq, unasked)
    fetches = _ask([h for h in hosts if h.provisioning], connect, _fetches, unasked)
    return Evidence(
        locations=_joined(locations),
        leases={mac: address for found in (*kea, *dnsmasq) for mac, address in found.items()},
        fetches=_newest(fetches),
        switches={name: seen for name, seen in switches.items() if isinstance(seen, SwitchActual)},
        unasked=unasked,
    )


def _ask(hosts: Sequence[Host], connect: Connect, question: Callable[[Any], _T], unasked: dict[str, str]) -> list[_T]:
    answers = []
    for host in hosts:
        try:
            answers.append(question(connect(host)))
        except Exception as error:  # whatever the backend raises: the others are asked all the same
            unasked[host.name] = str(error).strip().split("\n")[0] or type(error).__name__
    return answers


def _said(host: Any, command: str, *arguments: str) -> str:
    ran = host.run(command, *arguments)
    if ran.rc != 0:
        raise RuntimeError(ran.stderr.strip() or f"{command.split()[0]} exits with {ran.rc}")
    return str(ran.stdout)


def _locations(host: Any) -> dict[str, set[str]]:
    return parse_locations(_said(host, "kamcmd -s unix:/run/kamailio/kamailio_ctl ul.dump"))


def parse_locations(dump: str) -> dict[str, set[str]]:
    """SIP user to the addresses in its contacts, of what `ul.dump` prints (Kamailio usrloc, RPC commands)."""
    found: dict[str, set[str]] = {}
    user = ""
    for line in dump.splitlines():
        key, _, value = line.strip().partition(": ")
        if key == "AoR":
            user = value.partition("@")[0]
        elif key == "Address" and (match := re.match(r"<?sips?:(?:[^@;>]*@)?([0-9.]+)", value)):
            found.setdefault(user, set()).add(match[1])
    return found


def _joined(found: Iterable[Mapping[str, set[str]]]) -> dict[str, frozenset[str]]:
    joined: dict[str, frozenset[str]] = {}
    for one in found:
        for user, addresses in one.items():
            joined[user] = joined.get(user, frozenset()) | addresses
    return joined


def _kea(host: Any) -> dict[str, str]:
    return parse_kea(_said(host, "cat %s", LEASES["kea"]))


def _dnsmasq(host: Any) -> dict[str, str]:
    return parse_dnsmasq(_said(host, "cat %s", LEASES["dnsmasq"]))


def parse_kea(text: str) -> dict[str, str]:
    """MAC to address, of Kea's memfile: a row for each change, the last one counts (Kea manual, "Memfile").

    State 0 is a lease that is held; 1 was declined, 2 has expired.
    """
    found: dict[str, tuple[str, bool]] = {}
    for row in csv.DictReader(io.StringIO(text)):
        held = row["state"] == "0" and row["valid_lifetime"] != "0"
        found.pop(row["address"], None)  # the newest row of a phone comes last
        found[row["address"]] = (row["hwaddr"].replace(":", "").lower(), held)
    return {mac: address for address, (mac, held) in found.items() if held and mac}


def parse_dnsmasq(text: str) -> dict[str, str]:
    """MAC to address, of dnsmasq's lease file: `expiry MAC address name client-id`."""
    rows = [line.split() for line in text.splitlines()]
    return {row[1].replace(":", "").lower(): row[2] for row in rows if len(row) >= 3 and ":" in row[1]}


def _fetches(host: Any) -> dict[str, Fetch]:
    return parse_log(_said(host, f"tail -c {_LOG_BYTES} %s", ACCESS_LOG))


_REQUEST = re.compile(r"(?P<from>\S+) \S+ \[(?P<at>[^]]*)\] \S+ (?P<uri>\S+) (?P<status>\d{3}) ")


def parse_log(text: str) -> dict[str, Fetch]:
    """MAC to the newest request for the file with that MAC in its name. A 401 that is followed by a 200 is how a phone
    learns that it is asked for a password."""
    found: dict[str, Fetch] = {}
    for line in text.splitlines():
        match = _REQUEST.match(line)
        mac = re.search(r"([0-9a-fA-F]{12})[^/]*$", match["uri"]) if match else None
        if match and mac:
            found[mac[1].lower()] = Fetch(match["at"], match["from"], int(match["status"]))
    return found


def _newest(found: Iterable[Mapping[str, Fetch]]) -> dict[str, Fetch]:
    newest: dict[str, Fetch] = {}
    for one in found:
        for mac, fetch in one.items():
            if mac not in newest or newest[mac].at < fetch.at:
                newest[mac] = fetch
    return newest


__all__ = ["Evidence", "check_phones", "judge", "look"]
