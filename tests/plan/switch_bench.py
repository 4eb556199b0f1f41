"""Switches of the lab without a network, and centers for them."""

from __future__ import annotations

from collections.abc import Sequence

from ccstack.design import design
from ccstack.lab.switches.engine import Engine
from ccstack.model import CivicAddress, ContactCenter, Network, Site
from ccstack.model.phone import Phone, Station, SwitchPort
from ccstack.model.switch import Platform, Switch
from ccstack.plan.switches import Remedy, owned_part, remedy
from ccstack.render.state import SwitchState
from ccstack.render.switches import switches

PLATFORMS: tuple[Platform, ...] = ("cisco-ios", "cisco-ios-xe", "arista-eos", "aruba-aoscx", "juniper-junos")
PORTS: dict[Platform, tuple[str, str, str]] = {
    "cisco-ios": ("GigabitEthernet1/0/{}", "GigabitEthernet1/0/{}", "GigabitEthernet1/0/10"),
    "cisco-ios-xe": ("GigabitEthernet1/0/{}", "TenGigabitEthernet1/1/{}", "TenGigabitEthernet1/1/1"),
    "arista-eos": ("Ethernet{}", "Ethernet{}", "Ethernet10"),
    "aruba-aoscx": ("1/1/{}", "1/1/{}", "1/1/10"),
    "juniper-junos": ("ge-0/0/{}", "xe-0/1/{}", "xe-0/1/0"),
}
"""How phone ports and uplinks are called; and the uplink."""
FOREIGN_PORT = 8
"""A port that is nobody's phone port."""
ADDRESS = CivicAddress(state="NY", city="New York", street="A", house_number="1", postal_code="1")


def center(
    *platforms: Platform,
    ports: int = 4,
    voice: int | None = 110,
    data: int | None = 10,
    addresses: bool = True,
    patched: Sequence[int] = (1, 2),
    label: str = "Ana",
) -> ContactCenter:
    """A center of one site with a switch of each platform, a phone on each patched port."""
    made = [
        Switch(
            name=f"sw{place}",
            site="hq",
            platform=platform,
            address=f"10.0.0.{place + 2}",
            phone_ports=(PORTS[platform][0].format(f"1-{ports}"),) if ports else (),
            uplinks=(uplink(platform, ports),),
            phone_addresses=f"10.1.{place}.0/26" if addresses else None,
        )
        for place, platform in enumerate(platforms)
    ]
    at = [(switch, port) for switch in made for port in patched if port <= ports]
    return ContactCenter(
        name="bench",
        sites=(
            Site(
                name="hq",
                time_zone="America/New_York",
                address=ADDRESS,
                networks=(
                    Network(kind="voice", subnet="10.1.0.0/16", vlan=voice),
                    Network(kind="data", subnet="10.2.0.0/16", vlan=data),
                ),
            ),
        ),
        switches=tuple(made),
        stations=tuple(
            Station(name=f"{switch.name}-{port}", label=f"{label} {port}", extension=f"{1000 + number}", site="hq")
            for number, (switch, port) in enumerate(at)
        ),
        phones=tuple(
            Phone(
                name=f"phone-{switch.name}-{port}",
                model="yealink-t54w",
                mac=f"{0x020000000000 + number:012x}",
                line=f"{switch.name}-{port}",
                port=SwitchPort(switch=switch.name, interface=PORTS[switch.platform][0].format(port)),
            )
            for number, (switch, port) in enumerate(at)
        ),
    )


def uplink(platform: Platform, ports: int = 4) -> str:
    """The uplink of a switch with so many phone ports."""
    return PORTS[platform][2] if ports < FOREIGN_PORT else PORTS[platform][1].format(ports + 1)


def wanted_of(platform: Platform, **given: object) -> SwitchState:
    """What is wanted of a switch of this platform."""
    return switches(design(center(platform, **given)))[0]  # type: ignore[arg-type]


def interfaces(platform: Platform) -> list[str]:
    """What a small switch has."""
    port, _, uplink = PORTS[platform]
    return [*(port.format(number) for number in range(1, 10)), uplink]


def engine(platform: Platform) -> Engine:
    """A switch as it comes out of the box."""
    return Engine(platform, "sw0", interfaces(platform))


def look(one: Engine, wanted: SwitchState) -> str:
    """What of its running configuration is ccstack's."""
    return owned_part(running(one), wanted.owned, wanted.platform)


def running(one: Engine) -> str:
    """The whole configuration, as `SwitchState.lines` would have it."""
    return one.running()


def mend(one: Engine, wanted: SwitchState) -> Remedy:
    """Bring it to what is wanted; what was typed."""
    found = remedy(wanted, look(one, wanted))
    enter(one, found.lines)
    return found


def enter(one: Engine, lines: Sequence[str]) -> None:
    """Type lines in configuration mode, leaving a section where the next line stands further left. Each is taken."""
    if not lines:
        return
    junos = one.platform == "juniper-junos"
    session = one.session()
    for word in ("configure",) if junos else ("enable", "configure terminal"):
        session.type(word)
    depth = 0
    for line, after in zip(lines, [*lines[1:], ""], strict=True):
        for _ in range(depth - _indent(line)):
            session.type("exit")
        said = session.type(line.strip())
        assert not _refused(said), f"{one.platform}: {line!r}: {said}"
        depth = _indent(line) + (_indent(after) > _indent(line))
    said = session.type("commit") if junos else session.type("end")
    assert "error" not in said, said


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _refused(said: str) -> bool:
    signs = ("%", "Invalid", "error", "syntax error")
    return any(line.lstrip().startswith(signs) for line in said.splitlines() if not line.startswith("%Warning"))
