"""Makes a fabric real with `ip`: whatever is missing is added, whatever is there already stays."""

import hashlib
import json
import os
import signal
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from ipaddress import IPv4Interface
from pathlib import Path

from .fabric import INTERNET_RULE, INTERNET_TABLE, Cable, Fabric, LinkEnds, Port, Route, Space
from .machine import Runner, wait_until
from .state import State

NETNS = Path("/run/netns")


def spaces_of(state: State) -> list[str]:
    """The namespaces of a lab that exist, by their machine-wide names."""
    return sorted(path.name for path in NETNS.glob(state.space("*")))


def ensure(fabric: Fabric, state: State, run: Runner, held: frozenset[Port] = frozenset()) -> list[str]:
    """Make what is missing of the fabric; returns what was made, in words. Ports in `held` stay as they are."""
    spaces = list(_ensure_spaces(fabric, state, run))
    interfaces = {space.name: _interfaces(space.name, state, run) for space in fabric.spaces}
    for space in fabric.spaces:
        lines = [f"link add {b} type bridge" for b in space.bridges if b not in interfaces[space.name]]
        _batch(space.name, lines, state, run)
    missing = [cable for cable in fabric.cables if not _plugged(cable, interfaces)]
    for cable in missing:
        _plug(cable, interfaces, state, run)
    for space in fabric.spaces:
        _batch(space.name, list(_settings(space, fabric, held)), state, run)
        _allow_internet(space, state, run)
    wait_for_carrier([port for cable in missing for port in (cable.a, cable.b) if port not in held], state, run)
    made = (("namespace", len(spaces)), ("cable", len(missing)))
    return [f"{count} {noun}{'s' * (count > 1)} made" for noun, count in made if count]


def _ensure_spaces(fabric: Fabric, state: State, run: Runner) -> Iterator[str]:
    there = set(spaces_of(state))
    for space in fabric.spaces:
        name = state.space(space.name)
        if name in there and not _alive(name):
            run("ip", "netns", "del", name)  # an interrupted `ip netns add` leaves a plain file behind
            there.discard(name)
        if name not in there:
            run("ip", "netns", "add", name)
            yield space.name


def _alive(name: str) -> bool:
    return (NETNS / name).stat().st_dev != NETNS.stat().st_dev


def _interfaces(space: str, state: State, run: Runner) -> dict[str, str]:
    """The interfaces of a namespace with their operational state (RFC 2863)."""
    links = json.loads(run("ip", "-n", state.space(space), "-json", "link", "show") or "[]")
    return {link["ifname"]: link["operstate"] for link in links}


def wait_for_carrier(ports: Sequence[Port], state: State, run: Runner) -> None:
    """Return when frames pass these ports and the bridges that they are in: the kernel may take a second to see it."""
    interfaces = {(port.space, name) for port in ports for name in (port.interface, port.bridge) if name}
    spaces = sorted({space for space, _ in interfaces})

    def all_up() -> bool:
        states = {space: _interfaces(space, state, run) for space in spaces}
        return all(states[space][name] in {"UP", "UNKNOWN"} for space, name in interfaces)

    wait_until(all_up, 60.0, lambda: f"no carrier on some of {ports}")


def _plugged(cable: Cable, interfaces: dict[str, dict[str, str]]) -> bool:
    return all(port.interface in interfaces[port.space] for port in (cable.a, cable.b))


def _plug(cable: Cable, interfaces: dict[str, dict[str, str]], state: State, run: Runner) -> None:
    for port in (cable.a, cable.b):
        if port.interface in interfaces[port.space]:
            run("ip", "-n", state.space(port.space), "link", "del", port.interface)
    a, b = cable.a, cable.b
    near = ("link", "add", a.interface, "address", _mac(a), "type", "veth")
    far = ("peer", "name", b.interface, "address", _mac(b), "netns", state.space(b.space))
    run("ip", "-n", state.space(a.space), *near, *far)


def _mac(port: Port) -> str:
    """A port's own address, locally administered: a host that comes back has the address that its peers remember."""
    digest = hashlib.sha256(f"{port.space}/{port.interface}".encode()).digest()
    return ":".join(f"{byte:02x}" for byte in (0x02, *digest[:5]))


def _settings(space: Space, fabric: Fabric, held: frozenset[Port]) -> Iterator[str]:
    """Lines for `ip -batch` that may be given any number of times."""
    yield "link set lo up"
    for bridge in space.bridges:
        yield f"link set {bridge} up"
    for port in _ports(space, fabric):
        master = f" master {port.bridge}" if port.bridge else ""
        yield f"link set {port.interface}{'' if port in held else ' up'}{master}"
    for interface, address in space.addresses:
        yield f"address replace {address} dev {interface}{_broadcast(address)}"
    for ends in fabric.links:
        yield from _acquaintance(space, ends)
    for route in space.routes:
        yield _route_line(route)


def _acquaintance(space: Space, ends: LinkEnds) -> Iterator[str]:
    """The two sides of a link know each other's hardware address for good.

    So a cut link swallows packets in silence, instead of a router that says after a while that nobody answers ARP,
    and a mended one carries the first packet.
    """
    sides = ((ends.outer, ends.outer_address), (ends.inner, ends.inner_address))
    for (here, _), (there, address) in (sides, sides[::-1]):
        if here.space == space.name:
            yield f"link set {here.bridge} address {_mac(here)}"
            yield f"neigh replace {address} lladdr {_mac(there)} dev {here.bridge} nud permanent"


def _ports(space: Space, fabric: Fabric) -> list[Port]:
    return [port for cable in fabric.cables for port in (cable.a, cable.b) if port.space == space.name]


def _broadcast(address: IPv4Interface) -> str:
    return " broadcast +" if address.network.prefixlen < 31 else ""


def _route_line(route: Route) -> str:
    source = f" src {route.source}" if route.source else ""
    table = f" table {route.table}" if route.table else ""
    return f"route replace {route.to} via {route.via}{source}{table}"


def _allow_internet(space: Space, state: State, run: Runner) -> None:
    if not space.forwards:
        return
    name = state.space(space.name)
    run("ip", "netns", "exec", name, "sh", "-c", _ROUTER_SETTINGS)
    rules = run("ip", "-n", name, "rule", "show")
    lines = [
        f"rule add from {address} lookup {INTERNET_TABLE} priority {INTERNET_RULE}"
        for address in space.internet_sources
        if f"from {address} " not in rules
    ]
    _batch(space.name, lines, state, run)


_ROUTER_SETTINGS = """
echo 1 > /proc/sys/net/ipv4/ip_forward
echo 0 > /proc/sys/net/ipv4/conf/all/send_redirects
echo 0 > /proc/sys/net/ipv4/conf/default/send_redirects
"""


def _batch(space: str, lines: list[str], state: State, run: Runner) -> None:
    if lines:
        run("ip", "-n", state.space(space), "-batch", "-", stdin="\n".join(lines) + "\n")


def dwellers(spaces: Iterable[str]) -> list[int]:
    """Every process whose network is one of these namespaces, whoever started it."""
    inodes = {f"net:[{(NETNS / space).stat().st_ino}]" for space in spaces}
    return [int(path.parts[2]) for path in Path("/proc").glob("[0-9]*/ns/net") if _target(path) in inodes]


def _target(link: Path) -> str:
    try:
        return os.readlink(link)
    except OSError:
        return ""  # the process has ended


def remove(spaces: Sequence[str], run: Runner) -> int:
    """Remove namespaces by their machine-wide names, and end who is still in them; returns how many those were."""
    strays = dwellers(spaces)
    for pid in strays:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not dwellers(spaces), 60.0, lambda: f"processes do not end: {dwellers(spaces)}")
    for space in spaces:
        run("ip", "netns", "del", space)
    if NETNS.is_mount() and not any(NETNS.iterdir()):
        run("umount", str(NETNS), accept=(0, 32))  # made by the first `ip netns add`; busy if somebody adds one now
    return len(strays)
