"""The center that `deploy.py` puts on hosts: as many small hosts as are asked for, in sites of one PBX and one SBC.

Every site has ten agents, a queue, a menu, opening hours and a mailbox of its own; the last of an odd number of hosts
is a site alone, with both roles.
"""

from __future__ import annotations

from collections.abc import Iterator

from ccstack import model as cc

AGENTS = 10
"""Of each site."""

MOST = 60
"""Hosts; site numbers stand in addresses, extensions and telephone numbers."""


def many(hosts: int, max_wait: int = 300) -> cc.ContactCenter:
    """A center of `hosts` hosts. `max_wait` (seconds) is the longest wait in the first site's queue."""
    if not 1 <= hosts <= MOST:
        raise ValueError(f"1 to {MOST} hosts")
    sites = range(1, (hosts + 1) // 2 + 1)
    return cc.ContactCenter(
        name=f"bench-deploy-{hosts}",
        speech="tones",
        sites=[_site(n) for n in sites],
        hosts=[host for n in sites for host in _hosts(n, alone=2 * n > hosts)],
        trunks=[
            cc.Trunk(
                name="carrier",
                gateways=[cc.Gateway(address="203.0.113.90")],
                max_channels=200,
                caller_id=cc.CallerIdRule(number=_number(1, 0)),
                emergency=True,
                emergency_test_number="933",
            )
        ],
        numbers=[number for n in sites for number in _numbers(n)],
        agents=[agent for n in sites for agent in _agents(n)],
        queues=[_queue(n, n % len(sites) + 1, max_wait if n == 1 else 300) for n in sites],
        menus=[
            cc.Menu(
                name=f"menu-{n}", prompt={"en": "For help, press one."}, options={"1": f"line-{n}"}, on_timeout=_box(n)
            )
            for n in sites
        ],
        hours=[
            cc.Hours(
                name=f"open-{n}", site=f"site-{n}", periods=[cc.Period(days="mon-fri", start="08:00", end="18:00")]
            )
            for n in sites
        ],
        time_conditions=[
            cc.TimeCondition(name=f"front-{n}", hours=f"open-{n}", open=f"menu-{n}", closed=_box(n)) for n in sites
        ],
        voicemails=[
            cc.Voicemail(name=_box(n), extension=str(8000 + n), greeting={"en": "Leave a message."}) for n in sites
        ],
        probes=[cc.Probe(name=f"probe-{n}", site=f"site-{n}", extension=str(8100 + n)) for n in sites],
        peak=cc.Peak(calls=60),
        emergency=cc.EmergencyCalling(notify=["a-1-1"]),
    )


def _box(site: int) -> str:
    return f"box-{site}"


def _number(site: int, last: int) -> str:
    return f"+1312555{1000 + 10 * site + last}"


def _numbers(site: int) -> Iterator[cc.Number]:
    yield cc.Number(number=_number(site, 0), to=f"front-{site}", test=True)
    yield cc.Number(number=_number(site, 1), to=f"front-{site}")


def _site(n: int) -> cc.Site:
    address = cc.CivicAddress(
        state="IL", city="Chicago", street="Example Street", house_number=str(n), postal_code="60601"
    )
    return cc.Site(
        name=f"site-{n}",
        time_zone="America/Chicago",
        address=address,
        emergency_locations=[cc.EmergencyLocation(name="floor", callback=_number(n, 1))],
        networks=[
            cc.Network(kind="servers", subnet=f"10.{100 + n}.10.0/24"),
            cc.Network(kind="voice", subnet=f"10.{100 + n}.20.0/24"),
        ],
    )


def _hosts(n: int, alone: bool) -> list[cc.Host]:
    def host(name: str, last: int, *roles: cc.Pbx | cc.Sbc) -> cc.Host:
        return cc.Host(
            name=f"{name}-{n}", site=f"site-{n}", address=f"10.{100 + n}.10.{last}", roles=roles, install="present"
        )

    return [host("pbx", 11, cc.Pbx(), cc.Sbc())] if alone else [host("pbx", 11, cc.Pbx()), host("sbc", 12, cc.Sbc())]


def _agents(n: int) -> Iterator[cc.Agent]:
    for agent in range(1, AGENTS + 1):
        yield cc.Agent(name=f"a-{n}-{agent}", extension=str(1000 + 100 * n + agent), site=f"site-{n}")


def _queue(n: int, standby: int, max_wait: int) -> cc.Queue:
    return cc.Queue(
        name=f"line-{n}",
        home=f"pbx-{n}",
        standby=f"pbx-{standby}" if standby != n else None,
        agents=[f"a-{n}-{agent}" for agent in range(1, AGENTS + 1)],
        max_wait=max_wait,
        overflow=_box(n),
    )
