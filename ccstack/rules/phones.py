"""Desk phones: which they are, where they are patched, what their keys do, and what they start from."""

from __future__ import annotations

from collections.abc import Iterator

from ccstack.design import Design
from ccstack.design.index import path_of
from ccstack.design.wiring import Seat, full_name, is_interface
from ccstack.model import LineKey, Phone, Softphone, Station
from ccstack.model.phone_models import OUIS, PHONE_MODELS
from ccstack.problems import did_you_mean

from .rule import Hit, count, listed, rule
from .switches import at_home

MOST_PHONES = 10
"""Phones and softphones of one line: a third of the contacts that SBCs keep, since one that restarts may leave some."""


def _phones(design: Design) -> list[Phone]:
    return list(design.index["phones"].values())


@rule(
    "CC341",
    "duplicate-mac",
    "error",
    wrong="Two phones have the same MAC address.",
    reason="There is one such device; it would get the configuration of one of them, and the other does not exist.",
    remedy="Read the label on the back again.",
    sources=("IEEE 802",),
)
def duplicate_mac(design: Design) -> Iterator[Hit]:
    """Whatever separators it is written with."""
    owner: dict[str, str] = {}
    for phone in _phones(design):
        if phone.mac in owner:
            yield Hit(f"{path_of(phone)}.mac", phone, f"{_written(phone.mac)} is already the MAC of {owner[phone.mac]}")
        owner.setdefault(phone.mac, path_of(phone))


def _written(mac: str) -> str:
    return ":".join(mac[at : at + 2] for at in range(0, 12, 2))


@rule(
    "CC342",
    "port-taken",
    "error",
    wrong="Two phones are patched to the same port.",
    reason="A port has one socket; the address and the emergency location of the port would go to the wrong phone.",
    remedy="Give one of them the port that it is really patched to, or no `port`.",
)
def port_taken(design: Design) -> Iterator[Hit]:
    """`Gi1/0/7` and `GigabitEthernet1/0/7` are one."""
    owner: dict[tuple[str, str], str] = {}
    for phone in _phones(design):
        if phone.port and (switch := design.index["switches"].get(phone.port.switch)):
            port = (switch.name, full_name(switch.platform, phone.port.interface))
            if port in owner:
                message = f"{port[1]} of `{port[0]}` is already the port of {owner[port]}"
                yield Hit(f"{path_of(phone)}.port", phone, message)
            owner.setdefault(port, path_of(phone))


@rule(
    "CC343",
    "port-not-for-phones",
    "error",
    wrong="A phone is patched to an interface that is none of the switch's `phone_ports`.",
    reason="That interface has neither the voice VLAN nor power from us: the phone does not come up.",
    remedy="Add the interface to `phone_ports`, or correct the phone's port.",
)
def port_not_for_phones(design: Design) -> Iterator[Hit]:
    """An interface that the platform does not have is told by another rule."""
    known = {name: {jack.interface for jack in jacks} for name, jacks in design.wiring.jacks.items()}
    for phone in _phones(design):
        switch = design.index["switches"].get(phone.port.switch) if phone.port else None
        if switch and phone.port and is_interface(switch.platform, phone.port.interface, bundle=False):
            port = full_name(switch.platform, phone.port.interface)
            if port not in known[switch.name]:
                ports = listed(switch.phone_ports) or "none"
                message = f"{port} is none of the phone ports of `{switch.name}`, which are {ports}"
                yield Hit(f"{path_of(phone)}.port.interface", phone, message)


@rule(
    "CC344",
    "line-on-too-many-phones",
    "error",
    wrong=f"More than {MOST_PHONES} phones and softphones carry one line.",
    reason="Several phones of one line all ring, but an SBC keeps thirty contacts a line, and phones that restart "
    "leave some until they expire: the next one to register is refused.",
    remedy="Make a station or a ring of some of them.",
    sources=("Kamailio registrar module, max_contacts",),
)
def line_on_too_many_phones(design: Design) -> Iterator[Hit]:
    """A desk phone and a softphone, or a phone in each of two rooms, are quite usual."""
    carriers: dict[str, list[Phone | Softphone]] = {}
    for device in (*_phones(design), *design.index["softphones"].values()):
        carriers.setdefault(device.line, []).append(device)
    for line, devices in carriers.items():
        if len(devices) > MOST_PHONES:
            last = devices[-1]
            yield Hit(f"{path_of(last)}.line", last, f"`{line}` is on {count(len(devices), 'phone')}")


@rule(
    "CC345",
    "too-many-keys",
    "error",
    wrong="A phone has more keys in the blueprint than its model has.",
    reason="The last ones would be nowhere to press.",
    remedy="Take some away, or choose a model with more keys.",
    sources=("ccstack/model/phone_models.toml, with a source a model",),
)
def too_many_keys(design: Design) -> Iterator[Hit]:
    """The first key of every phone is its line."""
    for phone in _phones(design):
        model = PHONE_MODELS[phone.model]
        if len(phone.keys) >= model.keys:
            message = f"{count(len(phone.keys), 'key')} beside the line, and `{phone.model}` has {model.keys - 1}"
            yield Hit(f"{path_of(phone)}.keys", phone, message)


@rule(
    "CC346",
    "key-incomplete",
    "error",
    wrong="A key lacks what it needs, or has what it cannot use.",
    reason="It would do nothing when it is pressed, or something else than is written.",
    remedy="Give `blf` and `intercom` `of`, `speed-dial` `dial`, and `queue-login` neither.",
)
def key_incomplete(design: Design) -> Iterator[Hit]:
    """Queues are logged in to by agents: at their own phones, or at a hot desk."""
    for phone in _phones(design):
        line = design.wiring.seats[phone.name].line
        for place, key in enumerate(phone.keys):
            for message in _key_faults(key, line):
                yield Hit(f"{path_of(phone)}.keys.{place}", phone, message)


def _key_faults(key: LineKey, line: object) -> Iterator[str]:
    needed = {"blf": "of", "intercom": "of", "speed-dial": "dial", "queue-login": ""}[key.kind]
    if needed and getattr(key, needed) is None:
        yield f"a `{key.kind}` key needs `{needed}`"
    for field in ("of", "dial"):
        if field != needed and getattr(key, field) is not None:
            yield f"a `{key.kind}` key has no use for `{field}`"
    if key.kind == "queue-login" and isinstance(line, Station) and not line.hot_desk:
        yield f"`{line.name}` is in no queue: it is a station and no hot desk"


@rule(
    "CC347",
    "key-dials-nothing",
    "warning",
    wrong="A speed-dial key dials what means nothing in this center.",
    reason="Whoever presses it hears that the number does not exist.",
    remedy="Write an extension, a feature code, or the outside prefix and a number.",
    sources=("docs/call-semantics.md, from a phone inside",),
)
def key_dials_nothing(design: Design) -> Iterator[Hit]:
    """As the PBX would read it."""
    for phone in _phones(design):
        for place, key in enumerate(phone.keys):
            if key.dial is not None and design.plan.read(key.dial).kind == "unknown":
                yield Hit(f"{path_of(phone)}.keys.{place}.dial", phone, f"{key.dial} can be dialed by nobody")


@rule(
    "CC348",
    "model-cannot-encrypt",
    "error",
    wrong="A phone's model cannot do TLS or SRTP, and its site demands both.",
    reason="It could not register; with an exception for it, anyone on its network could listen.",
    remedy="Choose another model, or set `secure_phones=False` at the site: then each phone does what its model can.",
    sources=("ccstack/model/phone_models.toml, with a source a model", "RFC 3711", "RFC 4568"),
)
def model_cannot_encrypt(design: Design) -> Iterator[Hit]:
    """By the site where it stands."""
    for seat in design.wiring.seats.values():
        site, model = design.index["sites"].get(seat.site or ""), PHONE_MODELS[seat.phone.model]
        if site and site.secure_phones and not model.secure:
            lacks = " and ".join(what for what, can in (("TLS", model.tls), ("SRTP", model.srtp)) if not can)
            message = f"`{model.name}` has no {lacks}, and `{site.name}` demands it"
            yield Hit(f"{path_of(seat.phone)}.model", seat.phone, message)


@rule(
    "CC349",
    "no-dhcp",
    "error",
    wrong="A site has desk phones, but no DHCP server that serves it.",
    reason="A phone gets neither an address nor the place of its configuration.",
    remedy="Give a host the role `Dhcp()`; at another site with `sites=[...]`.",
    sources=("RFC 2131",),
)
def no_dhcp(design: Design) -> Iterator[Hit]:
    """One finding a site. Phones of remote agents are at home."""
    for site, seats in _seats_by_site(design).items():
        if not design.wiring.dhcp[site]:
            at = design.index["sites"][site]
            yield Hit(path_of(at), at, f"{count(len(seats), 'phone')} at `{site}`, and no host serves DHCP there")


def _seats_by_site(design: Design) -> dict[str, list[Seat]]:
    found: dict[str, list[Seat]] = {}
    for seat in design.wiring.seats.values():
        if seat.site in design.index["sites"] and not at_home(seat):
            found.setdefault(seat.site or "", []).append(seat)
    return found


@rule(
    "CC350",
    "no-provisioning",
    "error",
    wrong="There are phones or softphones, but no provisioning server.",
    reason="Nothing could give them their configuration.",
    remedy="Give a host the role `Provisioning()`; the DHCP server's host will do.",
)
def no_provisioning(design: Design) -> Iterator[Hit]:
    """One for the whole center is enough; one at each site keeps a cut site working."""
    devices = [*_phones(design), *design.index["softphones"].values()]
    if devices and not any(host.provisioning for host in design.index["hosts"].values()):
        yield Hit("hosts", design.center, f"{count(len(devices), 'phone')}, and no host has the role `Provisioning()`")


@rule(
    "CC351",
    "mac-of-another-vendor",
    "warning",
    wrong="A phone's MAC address belongs to another vendor than its model.",
    reason="Model or MAC is wrong; the phone would ask for a file of another name, or not understand the one it gets.",
    remedy="Read the label on the back again.",
    sources=("IEEE Registration Authority, MA-L", "ccstack/model/phone_models.toml"),
)
def mac_of_another_vendor(design: Design) -> Iterator[Hit]:
    """Only first halves that are surely a phone vendor's; others may be anybody's."""
    for phone in _phones(design):
        vendor, model = OUIS.get(phone.mac[:6]), PHONE_MODELS[phone.model]
        if vendor and vendor != model.vendor:
            message = f"{_written(phone.mac)[:8]} is of {vendor}, and the model is `{model.name}`"
            yield Hit(f"{path_of(phone)}.mac", phone, message)


@rule(
    "CC352",
    "phone-away-from-its-line",
    "warning",
    wrong="A phone is patched at another site than its line's.",
    reason="Its calls count for the line's site: its rights, its way to the carriers while a WAN is cut.",
    remedy="Correct the port, or the site of the agent or station.",
)
def phone_away_from_its_line(design: Design) -> Iterator[Hit]:
    """An emergency call is another matter: that carries the place of the port."""
    for seat in design.wiring.seats.values():
        if seat.line and seat.site and seat.line.site != seat.site and seat.line.site in design.index["sites"]:
            message = f"`{seat.phone.name}` is at `{seat.site}`, and `{seat.line.name}` at `{seat.line.site}`"
            yield Hit(f"{path_of(seat.phone)}.port", seat.phone, message)


@rule(
    "CC353",
    "phones-not-patched",
    "info",
    wrong="Phones have no `port`, at a site whose switches are in the blueprint.",
    reason="Such a phone works in any phone port, but nobody can tell where it is: an emergency call carries the "
    "location that its line names.",
    remedy="Write the port that each is patched to.",
    sources=("47 CFR 9.16(b)(3)",),
)
def phones_not_patched(design: Design) -> Iterator[Hit]:
    """One finding a site."""
    with_ports = {switch.site for switch in design.index["switches"].values() if switch.phone_ports}
    for site, seats in _seats_by_site(design).items():
        loose = [seat.phone for seat in seats if seat.phone.port is None]
        if site in with_ports and loose:
            message = (
                f"{count(len(loose), 'phone')} of `{site}` without a port: {listed([phone.name for phone in loose])}"
            )
            yield Hit(f"{path_of(loose[0])}.port", loose[0], message)


@rule(
    "CC354",
    "station-without-phone",
    "warning",
    wrong="No phone carries the line of a station.",
    reason="Calls to it ring nowhere.",
    remedy="Declare its phone, or delete the station.",
)
def station_without_phone(design: Design) -> Iterator[Hit]:
    """Agents may have a phone that ccstack does not know; a station is nothing but its phone."""
    carried = {phone.line for phone in _phones(design)}
    for station in design.index["stations"].values():
        if station.name not in carried:
            remedy = did_you_mean(station.name, sorted(carried - set(design.index["agents"])))
            yield Hit(path_of(station), station, f"`{station.name}` is the line of no phone", remedy)
