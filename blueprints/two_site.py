"""Two sites, a PBX and an SBC at each, each PBX standby of the other: the pattern that most mid-size centers fit.

The author says where, who, and what callers can ask for; the pattern makes hosts, networks, probes, the language
choice, one main menu and one queue per language and desk, opening hours in each site's own zone, and what happens
outside them. Whatever else a center needs is passed on as it is: `two_site(..., announcements=[...])`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Any, Literal

from ccstack.model import (
    Announcement,
    CivicAddress,
    Collect,
    ContactCenter,
    Dhcp,
    EmergencyLocation,
    Host,
    Hours,
    Menu,
    Network,
    Number,
    Option,
    Pbx,
    Probe,
    Provisioning,
    Queue,
    RequiredSkill,
    Sbc,
    ServiceLevel,
    Site,
    Skill,
    Switch,
    SwitchAccess,
    TimeCondition,
    Trunk,
    Voicemail,
)
from ccstack.model.switch import Platform

Texts = Mapping[str, str]
"""What is said, by language."""


@dataclass(frozen=True, kw_only=True)
class Wall:
    """A switch and the sockets on its walls. Each port has an address of its own, by which an emergency is found."""

    name: str
    platform: Platform
    phone_ports: str
    """A range of at most 32 interfaces, such as `Gi1/0/1-24`."""
    uplink: str
    location: str
    """Name of the place's location that its sockets are at."""
    access: SwitchAccess


@dataclass(frozen=True, kw_only=True)
class Place:
    """One of the two sites. Its hosts are `<name>-pbx` and `<name>-sbc`, and `<name>-net` where it has `switches`."""

    name: str
    label: str
    time_zone: str
    address: CivicAddress
    block: str
    """A private /16; servers get its .10.0/24, phones .20.0/24 (VLAN 20), computers .30.0/24 (VLAN 30)."""
    locations: Sequence[EmergencyLocation]
    """Dispatchable locations; each call-back number is made a number of the center, if it is not one already."""
    hours: Hours
    """When the site's own numbers are answered."""
    probe_caller: str
    """The number (E.164) that the site's outside probe calls from."""
    probe_address: str | None = None
    """Where live checks are run from, when that is outside the site's networks."""
    emergency_trunks: Sequence[str] = ()
    """Trunks for emergency calls from here, nearest first."""
    wan_mbps: float = 100.0
    switches: Sequence[Wall] = ()
    """Switches that phones are plugged into, at most four. With any, the site has a host for DHCP and provisioning,
    which serves the other site's phones, too."""


@dataclass(frozen=True, kw_only=True)
class Ask:
    """Digits that a desk's callers are asked for before they queue, such as an order number."""

    name: str
    digits: int
    prompt: Texts


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Something that callers ask for. It becomes one queue per language: `sales` for the first, `sales-es` ..."""

    name: str
    label: str
    key: str
    """The key in the main menus."""
    spoken: Texts
    """What the menu calls it, as in `sales` or `ventas`."""
    place: str
    """The site whose PBX is its home; the other's is the standby."""
    extension: int
    """Of the queue in the first language; the others follow it."""
    teams: Sequence[str] = ()
    skills: Sequence[RequiredSkill] = ()
    ask: Ask | None = None
    relax_language_after: int | None = 60
    """After so many seconds, agents without the caller's language are rung too; None: never."""
    queue: Mapping[str, Any] | None = None
    """Further fields of its queues, such as `{"max_wait": 120}`."""


_PHRASES: dict[str, dict[str, str]] = {
    "en": {
        "option": "For {what}, press {key}.",
        "language": "For English, press {key}.",
        "dial": "If you know your party's extension, dial it now.",
        "invalid": "That is not one of the choices.",
        "closed": "Thank you for calling {label}. We are closed now.",
        "holiday": "Thank you for calling {label}. We are closed today for the holiday.",
        "mailbox": "Please leave your name, your number and a short message after the tone.",
        "busy": "All of our agents are still busy. We would like to call you back.",
    },
    "es": {
        "option": "Para {what}, oprima {key}.",
        "language": "Para español, oprima {key}.",
        "dial": "Si conoce la extensión, márquela ahora.",
        "invalid": "Esa opción no existe.",
        "closed": "Gracias por llamar a {label}. En este momento estamos cerrados.",
        "holiday": "Gracias por llamar a {label}. Hoy estamos cerrados por ser día festivo.",
        "mailbox": "Deje su nombre, su número y un mensaje breve después del tono.",
        "busy": "Todos nuestros agentes siguen ocupados. Con gusto le devolveremos la llamada.",
    },
}


def two_site(
    *,
    name: str,
    label: str,
    places: tuple[Place, Place],
    trunks: Sequence[Trunk],
    desks: Sequence[Desk],
    numbers: Sequence[Number],
    greeting: Texts,
    language_skills: Mapping[str, str],
    mailbox_extension: str = "6500",
    speech: Literal["espeak-ng", "tones"] = "espeak-ng",
    extra_options: Mapping[str, tuple[str, Texts]] | None = None,
    **more: Any,
) -> ContactCenter:
    """A center with two sites.

    `greeting` names the languages, the default first; `language_skills` says which skill each further one needs.
    `extra_options` are further keys of the main menus: key to destination and what the menu calls it. Numbers lead
    to what the pattern makes: `front-<place>` (by its hours to the language choice), a queue, or whatever `more` has.
    `more` are fields of `ContactCenter`; lists are joined to what the pattern makes.
    """
    languages = tuple(greeting)
    unknown = [language for language in languages if language not in _PHRASES]
    if unknown:
        raise ValueError(f"two_site has no phrases for {', '.join(unknown)}; it speaks {', '.join(_PHRASES)}")
    made: dict[str, Sequence[Any]] = {
        "sites": [_site(place) for place in places],
        "hosts": [host for place in places for host in _hosts(place, places)],
        "switches": [switch for place in places for switch in _switches(place)],
        "trunks": trunks,
        "numbers": [*numbers, *_callback_numbers(places, numbers)],
        "probes": [p for i, place in enumerate(places) for p in _probes(i, place, trunks)],
        "skills": [Skill(name=skill) for skill in language_skills.values()],
        "queues": [_queue(desk, lang, places, languages, language_skills) for desk in desks for lang in languages],
        "menus": _menus(languages, greeting, desks, extra_options or {}),
        "hours": [place.hours for place in places],
        "time_conditions": [_front(place, languages) for place in places],
        "announcements": [
            Announcement(name=kind, prompt=_said(kind, languages, label=label), then="after-hours")
            for kind in ("closed", "holiday")
        ]
        + [Announcement(name="call-back", prompt=_said("busy", languages), then="after-hours")],
        "voicemails": [
            Voicemail(name="after-hours", extension=mailbox_extension, greeting=_said("mailbox", languages))
        ],
    }
    for field, items in made.items():
        more[field] = [*items, *more.get(field, ())]
    return ContactCenter(name=name, label=label, languages=languages, speech=speech, **more)


def _site(place: Place) -> Site:
    return Site(
        name=place.name,
        label=place.label,
        time_zone=place.time_zone,
        address=place.address,
        emergency_locations=place.locations,
        emergency_trunks=place.emergency_trunks,
        networks=[
            Network(kind="servers", subnet=_subnet(place, 10)),
            Network(
                kind="voice",
                subnet=_subnet(place, 20),
                vlan=20,
                pool=_block(place, POOL) if place.switches else None,
            ),
            Network(kind="data", subnet=_subnet(place, 30), vlan=30),
        ],
        wan={"bandwidth_mbps": place.wan_mbps},
    )


def _subnet(place: Place, third: int) -> IPv4Network:
    return IPv4Network((int(IPv4Network(place.block).network_address) + third * 256, 24))


def _server(place: Place, last: int) -> IPv4Address:
    return _subnet(place, 10)[last]


def _block(place: Place, number: int) -> IPv4Network:
    """One of the eight blocks of 32 addresses of the phones' network: the first two hold the router and are not used,
    the last is left free with the broadcast address."""
    return list(_subnet(place, 20).subnets(new_prefix=27))[number]


def _hosts(place: Place, places: Sequence[Place]) -> list[Host]:
    hosts = [
        Host(name=f"{place.name}-pbx", site=place.name, address=_server(place, 11), roles=[Pbx()]),
        Host(name=f"{place.name}-sbc", site=place.name, address=_server(place, 21), roles=[Sbc()]),
    ]
    if place.switches:
        served = [place.name, *(other.name for other in places if other.switches and other is not place)]
        roles = [Dhcp(sites=served), Provisioning()]
        hosts.append(Host(name=f"{place.name}-net", site=place.name, address=_server(place, 31), roles=roles))
    return hosts


POOL = 2
"""The block of phones without an address by their port; the switches' blocks follow."""


def _switches(place: Place) -> list[Switch]:
    return [
        Switch(
            name=wall.name,
            site=place.name,
            platform=wall.platform,
            address=_server(place, 41 + number),
            access=wall.access,
            phone_ports=[wall.phone_ports],
            uplinks=[wall.uplink],
            phone_addresses=_block(place, POOL + 1 + number),
            emergency_location=wall.location,
        )
        for number, wall in enumerate(place.switches)
    ]


def _callback_numbers(places: Sequence[Place], numbers: Sequence[Number]) -> list[Number]:
    known = {number.number for number in numbers}
    wanted = {location.callback: place for place in places for location in place.locations}
    return [
        Number(number=callback, to=f"front-{place.name}", label="Emergency call-back")
        for callback, place in wanted.items()
        if callback not in known
    ]


def _probes(index: int, place: Place, trunks: Sequence[Trunk]) -> list[Probe]:
    """A phone at the site, and a caller from outside by one of the trunks."""
    trunk = trunks[index % len(trunks)]
    return [
        Probe(name=f"probe-{place.name}", site=place.name, extension=f"70{index + 1}0", address=place.probe_address),
        Probe(
            name=f"caller-{place.name}",
            site=place.name,
            extension=f"70{index + 1}1",
            address=place.probe_address,
            via=trunk.name,
            caller=place.probe_caller,
        ),
    ]


def _queue(
    desk: Desk, language: str, places: tuple[Place, Place], languages: Sequence[str], skills: Mapping[str, str]
) -> Queue:
    index = languages.index(language)
    standby = next(place for place in places if place.name != desk.place)
    needed = list(desk.skills)
    if language in skills:
        needed.append(RequiredSkill(skill=skills[language], relax_after=desk.relax_language_after))
    fields: dict[str, Any] = {
        "service_level": ServiceLevel(percent=80, seconds=20),
        "max_wait": 300,
        "overflow": "call-back",
        "announce_position": True,
    }
    return Queue(
        name=_queue_name(desk, language, languages),
        label=f"{desk.label} ({language})" if index else desk.label,
        extension=str(desk.extension + index),
        home=f"{desk.place}-pbx",
        standby=f"{standby.name}-pbx",
        teams=desk.teams,
        skills=needed,
        **(fields | dict(desk.queue or {})),
    )


def _queue_name(desk: Desk, language: str, languages: Sequence[str]) -> str:
    return desk.name if language == languages[0] else f"{desk.name}-{language}"


def _menus(
    languages: Sequence[str], greeting: Texts, desks: Sequence[Desk], extra: Mapping[str, tuple[str, Texts]]
) -> list[Menu]:
    menus = [_language_menu(languages, greeting)] if len(languages) > 1 else []
    for language in languages:
        menus.append(_main_menu(language, languages, greeting, desks, extra))
        menus += [_ask_menu(desk, desk.ask, language, languages) for desk in desks if desk.ask]
    return menus


def _language_menu(languages: Sequence[str], greeting: Texts) -> Menu:
    # Heard before a language is chosen, so it says everything in every language.
    whole = " ".join(
        [greeting[languages[0]]] + [_PHRASES[lang]["language"].format(key=i + 1) for i, lang in enumerate(languages)]
    )
    return Menu(
        name="language",
        prompt=dict.fromkeys(languages, whole),
        options={str(i + 1): Option(to=f"main-{lang}", language=lang) for i, lang in enumerate(languages)},
        on_timeout=f"main-{languages[0]}",
        on_invalid=f"main-{languages[0]}",
    )


def _main_menu(
    language: str,
    languages: Sequence[str],
    greeting: Texts,
    desks: Sequence[Desk],
    extra: Mapping[str, tuple[str, Texts]],
) -> Menu:
    options = {desk.key: _desk_entry(desk, language, languages) for desk in desks}
    options |= {key: to for key, (to, _) in extra.items()}
    spoken = {desk.key: desk.spoken for desk in desks} | {key: text for key, (_, text) in extra.items()}
    first = _desk_entry(desks[0], language, languages)
    return Menu(
        name=f"main-{language}",
        prompt={lang: _main_prompt(lang, spoken, greeting if len(languages) == 1 else {}) for lang in languages},
        options=options,
        direct_dial=True,
        invalid=_said("invalid", languages),
        on_timeout=first,
        on_invalid=first,
    )


def _main_prompt(language: str, spoken: Mapping[str, Texts], greeting: Texts) -> str:
    phrases = _PHRASES[language]
    lines = [phrases["option"].format(what=texts[language], key=key) for key, texts in sorted(spoken.items())]
    return " ".join([*([greeting[language]] if greeting else []), *lines, phrases["dial"]])


def _desk_entry(desk: Desk, language: str, languages: Sequence[str]) -> str:
    return (
        f"{desk.name}-{desk.ask.name.replace('_', '-')}-{language}"
        if desk.ask
        else _queue_name(desk, language, languages)
    )


def _ask_menu(desk: Desk, ask: Ask, language: str, languages: Sequence[str]) -> Menu:
    queue = _queue_name(desk, language, languages)
    return Menu(
        name=_desk_entry(desk, language, languages),
        prompt=dict(ask.prompt),
        collect=Collect(name=ask.name, digits=ask.digits, to=queue),
        max_timeouts=1,
        on_timeout=queue,
        on_invalid=queue,
    )


def _front(place: Place, languages: Sequence[str]) -> TimeCondition:
    return TimeCondition(
        name=f"front-{place.name}",
        hours=place.hours.name,
        open="language" if len(languages) > 1 else f"main-{languages[0]}",
        closed="closed",
        holiday="holiday",
    )


def _said(phrase: str, languages: Sequence[str], **words: str) -> dict[str, str]:
    return {language: _PHRASES[language][phrase].format(**words) for language in languages}
