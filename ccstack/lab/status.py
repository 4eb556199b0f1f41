"""What a lab looks like right now, as values and as a page to read."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from .fabric import fabric_of
from .host import RunningHost
from .netns import spaces_of
from .state import State
from .switches.bay import SwitchBay
from .topology import FarEndKind, Image, LabHost, LabTopology
from .wan import condition_of, is_kept

SCHEMA = "ccstack.lab-status/1"
SERVICES = ("asterisk", "kamailio", "rtpengine-daemon")
"""What a telephony host is there for; others matter only by the state of systemd."""


class _Report(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class HostStatus(_Report):
    """A host. `system` is what `systemctl is-system-running` says, or `down`; `services` maps names to their state."""

    name: str
    site: str
    addresses: tuple[str, ...]
    image: Image
    system: str
    failed_units: tuple[str, ...] = ()
    uptime_s: float | None = None
    services: dict[str, str] = {}
    memory_mib: float = 0.0
    processes: int = 0


class LinkStatus(_Report):
    """A link. `state` is `up`, `cut` or `impaired`; delay and loss hold in each direction."""

    name: str
    state: str
    delay_ms: float
    loss_percent: float


class SwitchStatus(_Report):
    """A switch. `state` is `up`, `unreachable`, or `down`; `plugged` maps ports with a cable to whether they are up."""

    name: str
    site: str
    platform: str
    address: str
    state: str
    unsaved: bool = False
    pending: bool = False
    plugged: dict[str, bool] = {}
    neighbours: dict[str, str] = {}


class FarEndStatus(_Report):
    """A far end and where it is attached."""

    name: str
    kind: FarEndKind
    addresses: tuple[str, ...]
    at: str


class LabStatus(_Report):
    """A whole lab. `missing` names what should be there and is not; `up` mends it."""

    schema_: str = SCHEMA
    lab: str
    control: str
    sites: dict[str, dict[str, str]]
    hosts: tuple[HostStatus, ...]
    links: tuple[LinkStatus, ...]
    far_ends: tuple[FarEndStatus, ...]
    switches: tuple[SwitchStatus, ...] = ()
    missing: tuple[str, ...]

    def to_json(self) -> str:
        """The status as JSON, with its `schema`."""
        text = self.model_dump_json(indent=2)
        return text.replace('"schema_":', '"schema":', 1)

    def to_text(self) -> str:
        """The status as a page."""
        return "\n".join(_page(self)) + "\n"


def status_of(topology: LabTopology, state: State) -> LabStatus:
    """Look at a lab that was raised."""
    fabric = fabric_of(topology)
    there = set(spaces_of(state))
    links = {ends.link.name: condition_of(ends, state) for ends in fabric.links}
    relays = [f"relay {e.link.name}" for e in fabric.links if not is_kept(e, links[e.link.name], state)]
    switches = tuple(_switch_statuses(topology, state))
    dead = [f"switch {switch.name}" for switch in switches if switch.state == "down"]
    return LabStatus(
        lab=topology.lab,
        control=str(topology.control),
        sites={site.name: {n.name: str(n.subnet) for n in site.networks} for site in topology.sites},
        hosts=tuple(_host_status(host, state) for host in topology.hosts),
        links=tuple(
            LinkStatus(
                name=name,
                state="cut" if c.cut else "impaired" if c.impaired else "up",
                delay_ms=c.delay_ms,
                loss_percent=c.loss_percent,
            )
            for name, c in links.items()
        ),
        far_ends=tuple(
            FarEndStatus(
                name=far.name,
                kind=far.kind,
                addresses=tuple(map(str, far.addresses)),
                at=f"{far.site}.{far.network}" if far.site else "internet",
            )
            for far in topology.far_ends
        ),
        switches=switches,
        missing=tuple([s.name for s in fabric.spaces if state.space(s.name) not in there] + relays + dead),
    )


def _switch_statuses(topology: LabTopology, state: State) -> Iterator[SwitchStatus]:
    bay = SwitchBay(state)
    told = {one["name"]: one for one in (bay.status() if topology.switches and bay.is_running else [])}
    for spec in topology.switches:
        one = told.get(spec.name)
        yield SwitchStatus(
            name=spec.name,
            site=spec.site,
            platform=spec.platform,
            address=str(spec.at.address),
            state="down" if one is None else "up" if one["reachable"] else "unreachable",
            **({} if one is None else {key: one[key] for key in ("unsaved", "pending", "plugged", "neighbours")}),
        )


def _host_status(spec: LabHost, state: State) -> HostStatus:
    host = RunningHost(spec, state)
    pid = host.init_pid()
    addresses = tuple(str(at.address) for at in spec.addresses)
    if pid is None:
        return HostStatus(name=spec.name, site=spec.site, addresses=addresses, image=spec.image, system="down")
    pids = host.cgroup.pids()
    system, failed, services = _ask_systemd(host)
    return HostStatus(
        name=spec.name,
        site=spec.site,
        addresses=addresses,
        image=spec.image,
        system=system,
        failed_units=failed,
        uptime_s=round(time.clock_gettime(time.CLOCK_BOOTTIME) - _started(pid), 1),
        services=services,
        memory_mib=round(sum(map(_memory_kib, pids)) / 1024, 1),
        processes=len(pids),
    )


_QUESTIONS = """
systemctl is-system-running
systemctl list-units --state=failed --plain --no-legend --no-pager | cut -d' ' -f1 | tr '\\n' ' '
echo
for service; do
  if systemctl cat "$service.service" >/dev/null 2>&1; then systemctl is-active "$service"; else echo absent; fi
done
"""


def _ask_systemd(host: RunningHost) -> tuple[str, tuple[str, ...], dict[str, str]]:
    """Overall state, failed units, and the state of the services (`absent` if not installed)."""
    command = host.command(["sh", "-c", _QUESTIONS, "ask", *SERVICES])
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30).stdout.splitlines()
    except subprocess.TimeoutExpired:
        return "unresponsive", (), {}
    if len(said) != 2 + len(SERVICES):
        return "unresponsive", (), {}
    return said[0], tuple(said[1].split()), dict(zip(SERVICES, said[2:], strict=True))


def _started(pid: int) -> float:
    """Seconds between the machine's boot and the start of a process (proc(5), field 22 of stat)."""
    ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    return int(ticks) / 100


def _memory_kib(pid: int) -> int:
    """The process's share of memory; pages shared with others count in part."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def _page(status: LabStatus) -> Iterator[str]:
    what = f"{_count(len(status.sites), 'site')}, {_count(len(status.hosts), 'host')}"
    yield f"lab {status.lab}: {what}, control at {status.control}"
    for site, networks in status.sites.items():
        yield ""
        yield f"site {site}: {', '.join(f'{name} {subnet}' for name, subnet in networks.items())}"
        yield from (f"  {line}" for line in _host_lines([h for h in status.hosts if h.site == site]))
        yield from (f"  {_switch_words(one)}" for one in status.switches if one.site == site)
        for far in status.far_ends:
            if far.at.startswith(f"{site}."):
                yield f"  {far.name} on {far.at.partition('.')[2]}: {_listed(far.addresses)}"
    yield ""
    yield "links"
    width = max(len(link.name) for link in status.links)
    yield from (f"  {link.name:<{width}}  {_link_words(link)}" for link in status.links)
    if outside := [far for far in status.far_ends if far.at == "internet"]:
        yield ""
        yield "on the internet"
        yield from (f"  {far.name} ({far.kind.value}): {_listed(far.addresses)}" for far in outside)
    if status.missing:
        yield ""
        yield f"missing, `lab up` mends it: {', '.join(status.missing)}"


def _host_lines(hosts: list[HostStatus]) -> Iterator[str]:
    width = max((len(host.name) for host in hosts), default=0)
    for host in hosts:
        head = f"{host.name:<{width}}  {_listed(host.addresses):<15}"
        if host.uptime_s is None:
            yield f"{head}  down"
            continue
        services = "  ".join(f"{name.removesuffix('-daemon')} {state}" for name, state in host.services.items())
        figures = f"up {_duration(host.uptime_s)}, {host.memory_mib:.0f} MiB, {host.processes} processes"
        yield f"{head}  {host.system}, {figures}; {services}"
        if host.failed_units:
            yield f"{'':<{width}}  failed: {', '.join(host.failed_units)}"


def _switch_words(one: SwitchStatus) -> str:
    figures = f"{one.state}, {_count(len(one.plugged), 'cable')}, {_count(len(one.neighbours), 'neighbour')}"
    notes = [
        word
        for word, is_so in (("unsaved", one.unsaved), ("a change waits for its confirmation", one.pending))
        if is_so
    ]
    return f"switch {one.name} ({one.platform}) at {one.address}: {', '.join([figures, *notes])}"


def _link_words(link: LinkStatus) -> str:
    bad = f": {link.delay_ms:g} ms and {link.loss_percent:g} % loss each way" if link.state == "impaired" else ""
    return f"{link.state}{bad}"


def _listed(addresses: tuple[str, ...]) -> str:
    return ", ".join(addresses) if len(addresses) <= 3 else f"{addresses[0]} ... {addresses[-1]} ({len(addresses)})"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
