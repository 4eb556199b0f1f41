"""The center that `phones.py` measures: as many desk phones as are asked for, from a table, 25 on each switch.

Twelve sites with as many switches as it takes, of five platforms, with phones of five vendors: four of agents to one of
a station. Two of the sites have the PBXs, the SBCs and the DHCP and provisioning servers of all.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from ipaddress import IPv4Network
from pathlib import Path

from ccstack import model as cc
from ccstack.model.bulk import PHONE_COLUMNS, phones_from_csv
from ccstack.model.switch import Platform

PLATFORMS: tuple[tuple[Platform, str, str], ...] = (
    ("cisco-ios", "Gi0/{}", "Gi0/48"),
    ("cisco-ios-xe", "Gi1/0/{}", "Te1/1/1"),
    ("arista-eos", "Et{}", "Et49"),
    ("aruba-aoscx", "1/1/{}", "1/1/49"),
    ("juniper-junos", "ge-0/0/{}", "xe-0/2/0"),
)
"""Platform, phone port, uplink."""

MODELS = ("yealink-t54w", "poly-vvx450", "snom-d785", "grandstream-grp2614", "cisco-8841")
OUIS = ("001565", "0004f2", "000413", "000b82", "00000c")
SITES, A_SWITCH = 12, 25


def write_table(file: Path, phones: int) -> None:
    """The table of `phones` phones."""
    with file.open("w", newline="", encoding="utf-8") as table:
        writer = csv.writer(table)
        writer.writerow(PHONE_COLUMNS)
        writer.writerows(_row(number) for number in range(phones))


def _row(number: int) -> list[str]:
    place, site = divmod(number, SITES)
    which, port = divmod(place, A_SWITCH)
    vendor = number % len(MODELS)
    name, boss = _line(number), _line(site)
    mac = f"{OUIS[vendor]}{number:06x}"
    interface = PLATFORMS[which % len(PLATFORMS)][1].format(port + 1)
    keys = f"queue-login blf:{boss} speed-dial:911" if _is_agent(number) else f"blf:{boss}"
    return [f"phone-{number}", MODELS[vendor], mac, name, f"sw-{site}-{which}", interface, "yes", "", keys]


def _is_agent(number: int) -> bool:
    return number // SITES % 5 != 4


def _line(number: int) -> str:
    return f"{'a' if _is_agent(number) else 'room'}-{number}"


def phoned(phones: int, table: str) -> cc.ContactCenter:
    """A center with `phones` phones (at most 30,000), which are read from `table`."""
    sites = range(SITES)
    switches = -(-phones // (SITES * A_SWITCH))
    return cc.ContactCenter(
        name=f"bench-phones-{phones}",
        speech="tones",
        sites=[_site(n) for n in sites],
        hosts=[host for n in (0, 1) for host in _hosts(n)],
        switches=[switch for n in sites for switch in _switches(n, switches)],
        trunks=[
            cc.Trunk(
                name="carrier",
                gateways=[cc.Gateway(address="203.0.113.90")],
                max_channels=200,
                caller_id=cc.CallerIdRule(number=_number(0, 0)),
                emergency=True,
                emergency_test_number="933",
            )
        ],
        numbers=[cc.Number(number=_number(n, last), to=f"line-{n}", test=not last) for n in sites for last in (0, 1)],
        agents=[
            cc.Agent(name=_line(i), extension=str(100_000 + i), site=f"site-{i % SITES}")
            for i in filter(_is_agent, range(phones))
        ],
        stations=[
            cc.Station(name=_line(i), extension=str(100_000 + i), site=f"site-{i % SITES}")
            for i in range(phones)
            if not _is_agent(i)
        ],
        phones=phones_from_csv(table),
        queues=[_queue(n, phones) for n in sites],
        voicemails=[
            cc.Voicemail(name=f"box-{n}", extension=str(20_000 + n), greeting={"en": "Leave a message."}) for n in sites
        ],
        peak=cc.Peak(calls=60),
        emergency=cc.EmergencyCalling(notify=["a-0"]),
    )


def _number(site: int, last: int) -> str:
    return f"+1312555{1000 + 10 * site + last}"


def _site(n: int) -> cc.Site:
    return cc.Site(
        name=f"site-{n}",
        time_zone="America/Chicago",
        address=cc.CivicAddress(
            state="IL", city="Chicago", street="Example Street", house_number=str(n + 1), postal_code="60601"
        ),
        emergency_locations=[cc.EmergencyLocation(name="floor", callback=_number(n, 1))],
        networks=[
            cc.Network(kind="servers", subnet=f"10.{100 + n}.10.0/24"),
            cc.Network(kind="voice", subnet=f"10.{100 + n}.64.0/18", vlan=20, pool=f"10.{100 + n}.120.0/23"),
            cc.Network(kind="data", subnet=f"10.{100 + n}.30.0/24", vlan=30),
        ],
    )


def _hosts(n: int) -> Iterator[cc.Host]:
    roles: dict[str, list[cc.Pbx | cc.Sbc | cc.Dhcp | cc.Provisioning]] = {
        "pbx": [cc.Pbx()],
        "sbc": [cc.Sbc()],
        "net": [cc.Dhcp(sites=[f"site-{site}" for site in range(SITES)]), cc.Provisioning()],
    }
    for last, (name, some) in enumerate(roles.items(), 11):
        yield cc.Host(name=f"{name}-{n}", site=f"site-{n}", address=f"10.{100 + n}.10.{last}", roles=some)


def _switches(n: int, number: int) -> Iterator[cc.Switch]:
    blocks = list(IPv4Network(f"10.{100 + n}.64.0/18").subnets(new_prefix=27))
    for which in range(number):
        platform, port, uplink = PLATFORMS[which % len(PLATFORMS)]
        yield cc.Switch(
            name=f"sw-{n}-{which}",
            site=f"site-{n}",
            platform=platform,
            address=f"10.{100 + n}.10.{41 + which}",
            access=cc.SwitchAccess(password=cc.from_env("SWITCH_PASSWORD")),
            phone_ports=[f"{port.format(1)}-32"],
            uplinks=[uplink],
            # Of several switches with AOS-CX in a site only one can have them.
            phone_addresses=blocks[which + 1] if platform != "aruba-aoscx" or which < len(PLATFORMS) else None,
            poe_budget_watts=740,
        )


def _queue(n: int, phones: int) -> cc.Queue:
    return cc.Queue(
        name=f"line-{n}",
        home=f"pbx-{n % 2}",
        standby=f"pbx-{(n + 1) % 2}",
        agents=[_line(i) for i in range(n, phones, SITES) if _is_agent(i)],
        overflow=f"box-{n}",
    )
