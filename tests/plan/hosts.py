"""Hosts as a driver would see them, made from what was rendered: nothing here is on any network."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import ccstack
from ccstack.design import Design, design
from ccstack.drivers.base import Unknown
from ccstack.drivers.history import blueprint_hash
from ccstack.load import CENTER_SCHEMA, load
from ccstack.model import ContactCenter
from ccstack.plan.actual import HostActual, SeenFile, SeenUnit
from ccstack.plan.compare import compare
from ccstack.plan.plan import Plan
from ccstack.render.render import render
from ccstack.render.state import Artifact, DesiredState, HostState, PromptAudio
from ccstack.secrets import Vault, bind

ROOT = Path(ccstack.__file__).parent.parent
SHOP = ROOT / "examples/corner_shop/center.py"
ACME = ROOT / "examples/acme_retail/center.py"
CANARY = "Zanary0" * 5
"""What every secret of the tests holds: it may be in nothing that anybody reads."""
_KEY = b"k" * 32


def digest(content: str) -> str:
    """As a look at a host keys it."""
    return hmac.new(_KEY, content.encode(), hashlib.sha256).hexdigest()


@cache
def example(path: Path) -> ContactCenter:
    """An example, loaded once."""
    return load(path)


class Canaries(Vault):
    """A vault all of whose values can be recognised."""

    def value(self, path: str, *, previous: bool = False):  # type: ignore[no-untyped-def]
        from ccstack.secrets.sensitive import Sensitive

        secrets = self._center.secrets
        epoch = secrets.internal_epoch if path.startswith("internal.") else secrets.epoch - previous
        mark = hashlib.sha256(f"{path} {epoch}".encode()).hexdigest()[:8]
        return Sensitive(CANARY + mark)

    def require(self, wanted: Iterable[tuple[str, bool]]) -> None:
        """All are there."""


@dataclass(frozen=True)
class World:
    """A center, what it renders to, and the texts that hosts would get."""

    center: ContactCenter
    desired: DesiredState
    texts: Mapping[str, Mapping[str, str]] = field(repr=False)

    @property
    def blueprint(self) -> str:
        return blueprint_hash(self.center)

    @property
    def json(self) -> str:
        return json.dumps({"schema": CENTER_SCHEMA, **self.center.model_dump(mode="json")})


def world(center: ContactCenter) -> World:
    """All about `center`, with a canary in every secret."""
    plan = design(center)
    state = render(plan)
    bound = bind(state, Canaries(center, Path(), {}))
    texts = {host.name: {file.path: file.content.reveal() for file in host.files} for host in bound.hosts}
    for host in state.hosts:
        texts[host.name] |= {made.path: f"{made.request} {_said(plan, made)}" for made in host.artifacts}
    return World(center, state, texts)


def _said(plan: Design, made: Artifact) -> str:
    request = made.request
    return str(plan.prompts[request.key]) if isinstance(request, PromptAudio) else ""


def after_deploy(was: World, wanted: World) -> dict[str, HostActual]:
    """Every host of `was` right after it was deployed, looked at with `wanted` in mind."""
    now = {host.name: host for host in wanted.desired.hosts}
    return {host.name: _deployed(was, host, wanted, now[host.name]) for host in was.desired.hosts if host.name in now}


def _deployed(was: World, host: HostState, wanted: World, now: HostState) -> HostActual:
    there = was.texts[host.name]
    files: dict[str, SeenFile | None] = dict.fromkeys(wanted.texts[host.name])
    for item in (*host.files, *host.artifacts):
        text = there[item.path]
        files[item.path] = SeenFile(digest(text), item.owner, item.group, item.mode, text, as_released=True)
    units = {u.name if "." in u.name else f"{u.name}.service" for u in (*host.units, *now.units)}
    return HostActual(
        host=host.name,
        release="20261122-000000-00000000",
        blueprint=was.blueprint,
        center=was.json,
        state=f"state-of-{host.name}",
        bootstrap="b",
        managed=frozenset(there),
        wanted={path: digest(text) for path, text in wanted.texts[host.name].items()},
        wanted_bootstrap="b",
        files=files,
        foreign=frozenset(),
        units={name: SeenUnit("active", "enabled", 100) for name in sorted(units)},
        packages=dict.fromkeys(now.packages, "1"),
        runtime=(),
        stale={},
        overrides={},
        pending=None,
    )


def untouched(wanted: World) -> dict[str, HostActual]:
    """Every host before anything was ever deployed to it."""
    return {
        name: replace(
            one,
            release=None,
            blueprint=None,
            center=None,
            bootstrap="",
            managed=frozenset(),
            files=dict.fromkeys(one.files),
            units={},
            packages={},
        )
        for name, one in after_deploy(wanted, wanted).items()
    }


def planned(wanted: World, actual: Mapping[str, HostActual | Unknown]) -> Plan:
    """The plan that brings `actual` to `wanted`."""
    return compare(wanted.center, wanted.blueprint, wanted.desired, actual)


def edited(one: HostActual, path: str, text: str) -> HostActual:
    """The host after somebody wrote `text` to a file."""
    seen = one.files[path]
    assert seen is not None
    changed = replace(seen, digest=digest(text), text=text, as_released=False)
    return replace(one, files={**one.files, path: changed})


__all__ = ["ACME", "CANARY", "SHOP", "World", "after_deploy", "digest", "edited", "example", "planned", "untouched"]
