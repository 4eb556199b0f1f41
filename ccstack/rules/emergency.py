"""Emergency calls: they go out from every phone, say from where, and somebody is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import phonenumbers

from ccstack.design import Design
from ccstack.design.index import path_of
from ccstack.model import Model, Site
from ccstack.problems import did_you_mean

from .rule import Hit, count, listed, part, rule
from .trunks import emergency_trunks

REQUIRED: dict[str, tuple[str, ...]] = {
    "AU": ("000",),
    "BR": ("190", "192", "193"),
    "CA": ("911",),
    "CH": ("112", "117", "118", "144"),
    "CN": ("110", "119", "120"),
    "DE": ("110", "112"),
    "FR": ("112", "15", "17", "18"),
    "GB": ("999", "112"),
    "IE": ("999", "112"),
    "IN": ("112",),
    "JP": ("110", "119"),
    "KR": ("112", "119"),
    "MX": ("911",),
    "NO": ("110", "112", "113"),
    "NZ": ("111",),
    "TW": ("110", "119"),
    "US": ("911",),
}
"""What people of a country dial. Member states of the EU that are not listed have 112 (Directive (EU) 2018/1972)."""

_EU = frozenset(re.findall("..", "ATBEBGCYCZDKEEESFIGRHRHUITLTLULVMTNLPLPTROSESISK"))

_US = ("47 CFR 9.16",)


def _phones(design: Design) -> dict[str, int]:
    """How many phones each site has, remote ones included."""
    phones: dict[str, int] = {}
    for phone in design.index.registering.values():
        phones[phone.site] = phones.get(phone.site, 0) + 1
    return phones


def _sites_with_phones(design: Design) -> Iterator[Site]:
    phones = _phones(design)
    return (site for name, site in design.index["sites"].items() if name in phones)


@rule(
    "CC901",
    "no-emergency-location",
    "error",
    wrong="A site has phones, but no emergency location.",
    reason="An ambulance would be sent to the carrier's address, and the dispatcher could not call back.",
    remedy="Declare at least one `EmergencyLocation` with its call-back number.",
    sources=("47 CFR 9.16(b)(3)", "RFC 5139"),
)
def no_emergency_location(design: Design) -> Iterator[Hit]:
    """Building, floor and room, and whom a call-back reaches."""
    phones = _phones(design)
    for site in _sites_with_phones(design):
        if not site.emergency_locations:
            message = f"{count(phones[site.name], 'phone')} at `{site.name}`, and no emergency location"
            yield Hit(f"{path_of(site)}.emergency_locations", site, message)


@rule(
    "CC902",
    "unknown-emergency-location",
    "error",
    wrong="The emergency location of an agent, a station, a switch or a phone's port is not one of the site's.",
    reason="An emergency call from that phone would carry no location.",
    remedy="Correct the name, or declare the location at the site.",
    sources=_US,
)
def unknown_emergency_location(design: Design) -> Iterator[Hit]:
    """Locations are named within their site."""
    for path, item, wanted, name in _located(design):
        site = design.index["sites"].get(name)
        known = [each.name for each in site.emergency_locations] if site else []
        if site and wanted and wanted not in known:
            message = f"`{site.name}` has no emergency location `{wanted}`"
            yield Hit(f"{path}.emergency_location", item, message, did_you_mean(wanted, known))


def _located(design: Design) -> Iterator[tuple[str, Model, str | None, str]]:
    """Whatever may name an emergency location: its path, itself, the location's name, and the site."""
    for collection in ("agents", "stations", "switches"):
        for item in design.index[collection].values():
            yield path_of(item), item, item.emergency_location, item.site
    for phone in design.index["phones"].values():
        switch = design.index["switches"].get(phone.port.switch) if phone.port else None
        if switch:
            yield f"{path_of(phone)}.port", phone, phone.port.emergency_location, switch.site


@rule(
    "CC903",
    "callback-not-ours",
    "error",
    wrong="The call-back number of an emergency location is not one of the center's numbers.",
    reason="A dispatcher who calls back does not reach the person who needs help.",
    remedy="Declare the number among `numbers`, or use one that is.",
    sources=_US,
)
def callback_not_ours(design: Design) -> Iterator[Hit]:
    """The number must come back to us to be sent past the menu."""
    for site in design.index["sites"].values():
        for location in site.emergency_locations:
            if location.callback not in design.index["numbers"]:
                path = f"{path_of(site)}.emergency_locations.{location.name}.callback"
                yield Hit(path, location, f"{location.callback} is not one of the center's numbers")


@rule(
    "CC904",
    "callback-shared",
    "warning",
    wrong="Two emergency locations have the same call-back number.",
    reason="After emergency calls from both, a call-back reaches only the later caller.",
    remedy="Give each location a number of its own.",
    sources=_US,
)
def callback_shared(design: Design) -> Iterator[Hit]:
    """Told at the second one."""
    for number, places in design.emergency.callbacks.items():
        for place in places[1:]:
            site, _, name = place.partition("/")
            location = next(each for each in design.index["sites"][site].emergency_locations if each.name == name)
            path = f"sites.{site}.emergency_locations.{name}.callback"
            yield Hit(path, location, f"{number} is also the call-back number of {places[0]}")


@rule(
    "CC905",
    "no-emergency-trunk",
    "error",
    wrong="No trunk is emergency-capable.",
    reason="Emergency calls would go out without a location, or be refused by the carrier.",
    remedy="Arrange it with a carrier, and set `emergency=True` at its trunk.",
    sources=_US,
)
def no_emergency_trunk(design: Design) -> Iterator[Hit]:
    """Any center with phones and a trunk."""
    if _phones(design) and design.center.trunks and not emergency_trunks(design):
        yield Hit("trunks", design.center, "no trunk has `emergency=True`")


@rule(
    "CC906",
    "emergency-trunk-not-capable",
    "error",
    wrong="A site's emergency trunk is not emergency-capable.",
    reason="The carrier does not pass our location on, and may refuse the call.",
    remedy="Set `emergency=True` at the trunk once the carrier has confirmed it, or name another trunk.",
    sources=_US,
)
def emergency_trunk_not_capable(design: Design) -> Iterator[Hit]:
    """Trunks that a site names."""
    for site in design.index["sites"].values():
        for name in site.emergency_trunks:
            trunk = design.index["trunks"].get(name)
            if trunk and not trunk.emergency:
                yield Hit(f"{path_of(site)}.emergency_trunks", site, f"`{name}` has no `emergency=True`")


@rule(
    "CC907",
    "nobody-notified",
    "error",
    wrong="Nobody is told when somebody dials an emergency number.",
    reason="Those who open the door and lead the helpers know nothing. In the US it is unlawful where it can be done.",
    remedy="Name agents in `emergency.notify`, or numbers in `emergency.notify_numbers`.",
    sources=("47 USC 623(c)", "47 CFR 9.16(b)(2)"),
)
def nobody_notified(design: Design) -> Iterator[Hit]:
    """At the desk, or wherever somebody is likely to be."""
    emergency = design.center.emergency
    if _phones(design) and not emergency.notify and not emergency.notify_numbers:
        yield Hit("emergency.notify", part(design.center, "emergency"), "neither agents nor numbers are notified")


@rule(
    "CC908",
    "emergency-number-missing",
    "error",
    wrong="An emergency number of a site's country is not one of the center's.",
    reason="Who dials what everybody there dials reaches nothing.",
    remedy="Add the number to `emergency.numbers`.",
    sources=("47 CFR 9.16(b)(1)", "Directive (EU) 2018/1972 Article 109", "phonenumbers library, short numbers"),
)
def emergency_number_missing(design: Design) -> Iterator[Hit]:
    """By the country of each site with phones."""
    dialed = set(design.center.emergency.numbers)
    for country, site in _countries(design).items():
        missing = [n for n in _required(country) if n not in dialed]
        if missing or not (_required(country) or any(_is_emergency(n, country) for n in dialed)):
            what = f"{', '.join(missing)} of {country}" if missing else f"any emergency number of {country}"
            message = f"the phones at `{site.name}` cannot dial {what}"
            yield Hit("emergency.numbers", part(design.center, "emergency"), message)


def _countries(design: Design) -> dict[str, Site]:
    """Countries with phones, each with its first site."""
    found: dict[str, Site] = {}
    for site in _sites_with_phones(design):
        if site.address.country in phonenumbers.SUPPORTED_REGIONS:
            found.setdefault(site.address.country, site)
    return found


def _required(country: str) -> tuple[str, ...]:
    return REQUIRED.get(country, ("112",) if country in _EU else ())


@cache
def _is_emergency(number: str, country: str) -> bool:
    return number in _required(country) or phonenumbers.is_emergency_number(number, country)


@rule(
    "CC909",
    "not-an-emergency-number",
    "warning",
    wrong="One of the emergency numbers is none in any country of the center.",
    reason="Dialing it is treated as an emergency: no limit counts, people are alarmed, the carrier refuses it.",
    remedy="Correct or delete it.",
    sources=("phonenumbers library, short numbers",),
)
def not_an_emergency_number(design: Design) -> Iterator[Hit]:
    """Countries of the sites that have phones."""
    countries = _countries(design)
    for number in design.center.emergency.numbers:
        if countries and not any(_is_emergency(number, country) for country in countries):
            message = f"{number} is not an emergency number in {listed(sorted(countries))}"
            yield Hit("emergency.numbers", part(design.center, "emergency"), message)


@rule(
    "CC910",
    "test-number-is-emergency",
    "error",
    wrong="A trunk's emergency test number is an emergency number.",
    reason="Every live check would call a dispatcher.",
    remedy="Ask the carrier for its test number; in the US it is often 933.",
    sources=_US,
)
def test_number_is_emergency(design: Design) -> Iterator[Hit]:
    """Ours, and those of any country."""
    for trunk in design.index["trunks"].values():
        number = trunk.emergency_test_number
        if number and (number in design.plan.emergency or _anywhere(number)):
            yield Hit(f"{path_of(trunk)}.emergency_test_number", trunk, f"{number} calls a dispatcher")


@cache
def _anywhere(number: str) -> bool:
    return any(number in numbers for numbers in REQUIRED.values()) or number == "112"


@rule(
    "CC911",
    "emergency-untested",
    "info",
    wrong="No emergency-capable trunk has a test number.",
    reason="That emergency calls work can then not be shown; the check stays `not_run`.",
    remedy="Ask the carrier for its test number and write it at the trunk.",
)
def emergency_untested(design: Design) -> Iterator[Hit]:
    """One trunk with a test number is enough to show the path."""
    capable = emergency_trunks(design)
    if capable and not any(t.emergency_test_number for t in capable):
        message = f"no test number at {listed([t.name for t in capable])}"
        yield Hit(f"{path_of(capable[0])}.emergency_test_number", capable[0], message)


@rule(
    "CC912",
    "remote-without-location",
    "warning",
    wrong="Agents work from outside the sites, and their emergency calls carry the office's location.",
    reason="Helpers are sent to the office while somebody lies at home.",
    remedy="Declare a location for them at the site and name it as `emergency_location`, and tell them to dial "
    "emergency numbers on their own phone.",
    sources=("47 CFR 9.16(b)(3)(ii)",),
)
def remote_without_location(design: Design) -> Iterator[Hit]:
    """One finding a site."""
    unplaced = [a for a in design.index["agents"].values() if a.remote and not a.emergency_location]
    for name, site in design.index["sites"].items():
        remote = [a for a in unplaced if a.site == name]
        if remote and site.emergency_locations:
            where = site.emergency_locations[0].name
            message = f"{listed([a.name for a in remote])} of `{name}` would be looked for at `{where}`"
            yield Hit(f"{path_of(remote[0])}.emergency_location", remote[0], message)
