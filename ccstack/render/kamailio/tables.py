"""The center as htables: what the SBC's script looks up, by the names that the script gives them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from phonenumbers import PhoneMetadata

from ccstack.design import Design
from ccstack.design.index import REGISTERING
from ccstack.model.host import Host
from ccstack.model.phone import LINES
from ccstack.model.probe import Probe
from ccstack.model.secret import DerivedSecret
from ccstack.model.trunk import Gateway, RegisterAuth, Trunk
from ccstack.render.state import Slot, Source

from .dbtext import Table
from .destinations import (
    WEIGHT,
    gateway_uri,
    order,
    pbx_order,
    pbx_set,
    priorities,
    sbc_set,
    trunk_set,
)
from .location import pidf_lo

SECRET = {"ha1", "trunk"}
"""Tables that hold digests."""


def shared_tables(design: Design) -> tuple[Table, ...]:
    """The tables that are the same on every SBC."""
    return (
        _ha1(design),
        _phone(design),
        _lamp(design),
        _jack(design),
        _site(design),
        _trunk(design),
        _gateway(design),
        _emergency(design),
        _location(design),
        _host(design),
    )


def own_tables(design: Design, host: Host, homes: Mapping[str, tuple[str, ...]]) -> tuple[Table, ...]:
    """The tables that depend on where the SBC stands; `homes` as from `entry_homes`."""
    return (_conf(design, host), _did(design, host, homes), _queue(design, host))


def entry_homes(design: Design) -> dict[str, tuple[str, ...]]:
    """By the first destination of a number: home and standby of the first queue that a call can come to there."""
    firsts = dict.fromkeys(design.graph.entries.values())
    queues = design.homes.queue_pbxs
    return {first: next((queues[q] for q in design.graph.reachable(first) if queues.get(q)), ()) for first in firsts}


def listed(names: Iterator[str] | tuple[str, ...]) -> str:
    """A list that the script walks until it meets an empty element, which is why it ends with a comma."""
    return "".join(f"{name}," for name in names) or ","


def _conf(design: Design, host: Host) -> Table:
    center = design.center
    table = Table("conf")
    told = tuple(a for a in center.emergency.notify if a in design.index["agents"])
    for key, value, path in (
        ("realm", center.domain, "center.domain"),
        ("remote", "1" if any(a.remote for a in center.agents) else "0", "agents"),
        ("notify", listed(told), "emergency.notify"),
        ("notify_numbers", "1" if center.emergency.notify_numbers else "0", "emergency.notify_numbers"),
        ("callback_seconds", str(center.emergency.callback_hours * 3600), "emergency.callback_hours"),
        ("peers", order(sbc_set(s) for s in design.homes.sbcs if s != host.name) or "-", "hosts"),
        ("sbcs", listed(design.homes.sbcs), "hosts"),
        ("trunks", listed(tuple(design.index["trunks"])), "trunks"),
        ("away", listed(str(n) for n in _away(design, host)), "hosts"),
        *((key, value, "center.country") for key, value in dialing(center.country).items()),
    ):
        table.put(key, value, Source(path, "kamailio.conf"))
    return table


def _away(design: Design, host: Host) -> Iterator[int]:
    """The sets of the other sites' hosts: when none of them answers, this site is cut off."""
    for name, other in design.index["hosts"].items():
        if other.site != host.site:
            if other.pbx:
                yield pbx_set(name)
            if other.sbc:
                yield sbc_set(name)


@cache
def dialing(country: str) -> Mapping[str, str]:
    """How numbers are dialed in `country`, from libphonenumber's metadata; `-` where there is no such prefix.

    `cc` the country code, `idd` the international prefix, `ndd` the trunk prefix, `nsn` the longest national number.
    """
    metadata = PhoneMetadata.metadata_for_region(country)
    if metadata is None or metadata.general_desc is None:
        return {"cc": "-", "idd": "-", "ndd": "-", "nsn": "0"}
    idd = metadata.preferred_international_prefix or metadata.international_prefix or ""
    lengths = (*metadata.general_desc.possible_length, 0)
    return {
        "cc": str(metadata.country_code),
        "idd": idd if idd.isdigit() else "-",
        "ndd": metadata.national_prefix or "-",
        "nsn": str(max(lengths)),
    }


def _ha1(design: Design) -> Table:
    """Digests of phones; those of the epoch before as well while the two overlap (only derived secrets have epochs)."""
    table = Table("ha1")
    realm = design.center.domain
    for collection in REGISTERING:
        for name, phone in design.index[collection].items():
            path = f"{collection}.{name}.password"
            source = Source(f"{collection}.{name}", "kamailio.ha1")
            table.put(name, Slot(path, "ha1-md5", name, realm), source)
            if isinstance(phone.password, DerivedSecret) and _has_previous(design, phone.password):
                table.put(f"{name}/previous", Slot(path, "ha1-md5", name, realm, previous=True), source)
    return table


def _has_previous(design: Design, secret: DerivedSecret) -> bool:
    secrets = design.center.secrets
    return secrets.overlap and (secret.epoch or secrets.epoch) > 1


def _phone(design: Design) -> Table:
    table = Table("phone")
    for name, agent in design.index["agents"].items():
        remote = ";remote=1" if agent.remote else ""
        value = f"site={agent.site};loc={_location_key(design, name)}{remote}"
        table.put(name, value, _source("agents", name, "phone"))
    for name, station in design.index["stations"].items():
        value = f"site={station.site};loc={_location_key(design, name)}"
        table.put(name, value, _source("stations", name, "phone"))
    for name, probe in design.index["probes"].items():
        value = f"site={probe.site};loc={_location_key(design, name)};probe=1{_plays(design, probe)}"
        table.put(name, value, _source("probes", name, "phone"))
    return table


def _lamp(design: Design) -> Table:
    """Whose calls a phone's key can watch, by what it would dial."""
    table = Table("lamp")
    for collection in LINES:
        for extension, name in design.plan.of(collection):
            table.put(extension, name, _source(collection, name, "lamp"))
    return table


def _jack(design: Design) -> Table:
    """Where a phone with this address is: the DHCP servers give it by the switch port that the phone is plugged into.

    So an emergency call carries the place of the socket, whoever's phone it is and wherever it was carried.
    """
    table = Table("jack")
    for name, jacks in design.wiring.jacks.items():
        site = design.index["switches"][name].site
        for jack in jacks:
            if jack.address is not None and jack.location is not None:
                table.put(str(jack.address), f"{site}/{jack.location}", _source("switches", name, "jack"))
    return table


def _plays(design: Design, probe: Probe) -> str:
    if probe.via not in design.index["trunks"]:
        return ""
    return f";via={probe.via}" + (f";caller={probe.caller}" if probe.caller else "")


def _location_key(design: Design, phone: str) -> str:
    dispatch = design.emergency.dispatch.get(phone)
    return f"{dispatch.site}/{dispatch.location.name}" if dispatch and dispatch.location else "-"


def _did(design: Design, host: Host, homes: Mapping[str, tuple[str, ...]]) -> Table:
    """Where a number enters: at the home of the first queue that it can come to, else at this SBC's nearest PBX."""
    table = Table("did")
    nearest = design.homes.site_pbxs.get(host.site, design.homes.pbxs)
    orders = {hosts: pbx_order(dict.fromkeys((*hosts, *nearest))) for hosts in set(homes.values())}
    for number, first in design.graph.entries.items():
        trunk = design.index["numbers"][number].trunk or ""
        table.put(number, f"{orders[homes[first]]}|{trunk}", _source("numbers", number, "did"))
    return table


def _queue(design: Design, host: Host) -> Table:
    site = design.index["sites"].get(host.site)
    table = Table("queue")
    for name, hosts in design.homes.queue_pbxs.items():
        alone = site is None or site.standalone_queues is None or name in site.standalone_queues
        if hosts:
            table.put(name, f"{pbx_order(hosts)}|{'alone' if alone else ''}", _source("queues", name, "queue"))
    return table


def _site(design: Design) -> Table:
    table = Table("site")
    for name, site in design.index["sites"].items():
        table.put(name, pbx_order(design.homes.site_pbxs[name]) or "-", _source("sites", name, "site"))
        table.put(f"{name}/trunks", listed(design.emergency.trunks[name]), _source("sites", name, "emergency"))
        first = next((f"{name}/{where.name}" for where in site.emergency_locations), "-")
        table.put(f"{name}/loc", first, _source("sites", name, "emergency"))
    for (name, number), trunks in design.emergency.tests.items():
        table.put(f"{name}/test/{number}", listed(trunks), _source("sites", name, "emergency-test"))
    return table


def _trunk(design: Design) -> Table:
    table = Table("trunk")
    for name, trunk in design.index["trunks"].items():
        for key, value in _trunk_values(name, trunk):
            table.put(f"{name}/{key}", value, _source("trunks", name, "trunk"))
    return table


def _trunk_values(name: str, trunk: Trunk) -> Iterator[tuple[str, str | Slot]]:
    ordered = sorted(trunk.gateways, key=lambda g: g.priority)
    yield "sets", order((trunk_set(name, p) for p in priorities(trunk)), WEIGHT)
    yield "all", listed(tuple(gateway_uri(g) for g in ordered))
    yield "codes", ",".join(str(code) for code in trunk.failover_codes) or "-"
    yield "timeout", str(trunk.answer_timeout_ms)
    yield "channels", str(trunk.max_channels)
    yield "cps", str(trunk.max_cps)
    yield "srtp", "1" if trunk.srtp else "0"
    yield "shows", trunk.caller_id.source
    yield "number", trunk.caller_id.number
    if isinstance(trunk.auth, RegisterAuth):
        auth = trunk.auth
        yield "user", auth.username
        yield "realm", auth.realm
        yield "ha1", Slot(f"trunks.{name}.auth.password", "ha1-md5", auth.username, auth.realm)


def _gateway(design: Design) -> Table:
    table = Table("gateway")
    for name, trunk in design.index["trunks"].items():
        for position, gateway in enumerate(trunk.gateways):
            source = Source(f"trunks.{name}.gateways.{position}", "kamailio.gateway")
            table.put(f"{name}|{gateway_uri(gateway)}", f"{gateway.strip}|{_user_part(gateway)}", source)
    return table


def _user_part(gateway: Gateway) -> str:
    """The prefix as it stands in the user part of a SIP URI, where `#` must be escaped (RFC 3261 section 25.1)."""
    return gateway.prefix.replace("#", "%23")


def _emergency(design: Design) -> Table:
    table = Table("emergency")
    for dialed, number in design.plan.emergency.items():
        table.put(dialed, number, Source("center.emergency.numbers", "kamailio.emergency"))
    for dialed, number in design.plan.emergency_tests.items():
        table.put(dialed, number, Source("center", "kamailio.emergency-test"))
    return table


def _location(design: Design) -> Table:
    table = Table("location")
    for name, site in design.index["sites"].items():
        for where in site.emergency_locations:
            path = f"sites.{name}.emergency_locations.{where.name}"
            xml = pidf_lo(site.address, where, design.center.domain, path)
            table.put(f"{name}/{where.name}", f"{where.callback}|{xml}", Source(path, "kamailio.location"))
    return table


def _host(design: Design) -> Table:
    table = Table("host")
    for name, host in design.index["hosts"].items():
        value = f"sbc|{sbc_set(name)}|{name}" if host.sbc else f"pbx|{pbx_set(name)}|{name}"
        table.put(str(host.address), value, _source("hosts", name, "host"))
    return table


def _source(collection: str, name: str, rule: str) -> Source:
    return Source(f"{collection}.{name}", f"kamailio.{rule}")
