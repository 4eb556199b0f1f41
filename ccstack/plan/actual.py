"""What stands on a target, as a driver saw it. Facts only: what they mean is found by comparing (see compare.py)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class SeenFile:
    """What stands at a managed path. `digest` is keyed per observation; empty for what is no regular file."""

    digest: str
    owner: str
    group: str
    mode: int
    text: str | None = None
    """The text, where it was asked for (a plan shows differences) and is not larger than 1 MiB. In memory only."""
    placed: bool = True
    """Whether it is reached as ccstack puts it there: through its link, or as the copy that it shall be."""
    as_released: bool | None = None
    """Whether its content is what the release in place brought; tells an edited file from a changed secret or a newer
    ccstack. None: not known."""


@dataclass(frozen=True, slots=True)
class SeenUnit:
    """A systemd unit: its states, main process, and when that started (seconds since 1970; 0 when it does not run)."""

    active: str
    enabled: str
    pid: int
    started: float = 0.0

    @property
    def is_up(self) -> bool:
        """Runs (or, one-shot, has run) and comes back at boot."""
        return self.active == "active" and self.enabled in ("enabled", "static", "alias", "enabled-runtime", "indirect")


@dataclass(frozen=True, slots=True)
class Held:
    """The lock of a center on a target: who holds it, and since when (UTC, ISO 8601)."""

    owner: str
    since: str
    token: str


@dataclass(frozen=True, slots=True)
class HostActual:
    """One look at a host."""

    host: str
    release: str | None
    """The release whose files are in place; None on a host that never had one."""
    blueprint: str | None
    """SHA-256 of the center that it was deployed from."""
    center: str | None
    """That center as `show --json` prints it, where it was asked for."""
    state: str
    """HMAC with a key of the host's own over all that was observed: the same as long as nothing moved."""
    bootstrap: str
    """Hash of the bootstrap that the host last had; empty for none."""
    managed: frozenset[str]
    """Paths that the release in place put there."""
    wanted: Mapping[str, str]
    """Every wanted path and the digest that its wanted content has under the key of this observation."""
    wanted_bootstrap: str
    """Hash of the bootstrap that the host shall have had."""
    files: Mapping[str, SeenFile | None]
    """Every wanted or managed path; None where nothing stands."""
    foreign: frozenset[str]
    """Wanted paths where somebody else's file stands."""
    units: Mapping[str, SeenUnit]
    packages: Mapping[str, str]
    """Debian packages that the release wants, and their versions; absent ones are not in it."""
    runtime: tuple[str, ...]
    """Differences between what the processes say they have and what they should have."""
    stale: Mapping[str, tuple[str, ...]]
    """Unit to the apply classes whose files it has not taken over since they changed."""
    overrides: Mapping[str, str]
    """A site admin's own drop-ins: path to what is wrong with it (empty when nothing is)."""
    pending: str | None
    """A release that was begun and neither confirmed nor reverted."""
    lock: Held | None = None
    releases: tuple[str, ...] = ()
    """Releases that are kept, newest first."""
    drained: tuple[int, ...] = ()
    """Dispatcher sets that its SBC gives no new calls that another can take. Nothing but a deploy that was killed
    leaves one."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """For people: versions, calls up, uptime of each process."""


Power = Literal["on", "off", "disabled", "fault"]
"""What a switch feeds at a port (IEEE 802.3 clause 33): it does; nothing there draws any; it may not; it cannot."""


@dataclass(frozen=True, slots=True)
class SeenPort:
    """What a switch says of one of its ports. None: it does not say, or not in words that are known."""

    link: bool | None = None
    word: str = ""
    """The switch's own word for the link (`err-disabled`)."""
    power: Power | None = None


@dataclass(frozen=True, slots=True)
class SwitchActual:
    """One look at a switch. Neighbours, ports and most facts are there only where details were asked for."""

    switch: str
    owned: str
    """The lines of its running configuration that lie in sections that ccstack owns (see `Section`), in the same form
    as `SwitchState.lines`. Nothing else of the configuration leaves the driver: it holds other people's secrets."""
    state: str
    """Hash of `owned`: the same as long as nothing moved there."""
    saved: bool
    """Whether what runs is what it would start with."""
    pending: str | None = None
    """A commit that was begun and neither confirmed nor reverted, in words."""
    neighbours: Mapping[str, frozenset[str]] | None = None
    """Interface to the MAC addresses of who is heard there by LLDP (IEEE 802.1AB); none where somebody is heard who
    goes by another id. None: not asked, or not understood."""
    ports: Mapping[str, SeenPort] = field(default_factory=dict)
    """By interface; one that is not there is one of which nothing is known."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """For people: platform, what it takes back by itself, host name (empty: it has none), model, version."""
