"""Asterisk 22: everything of a PBX host, from the design alone."""

from __future__ import annotations

from dataclasses import dataclass

from ccstack.design import Design
from ccstack.model.host import Host
from ccstack.render.part import Part
from ccstack.render.state import Artifact, Expectation, File, Line, Unit
from ccstack.render.templates import template_lines

from .artifacts import artifacts
from .destinations import destinations
from .dialplan import Dialplan
from .doors import doors
from .hosts import host_contexts
from .hours import hours
from .ini import asterisk_file
from .outside import outside
from .pjsip import TRANSPORTS, neighbours, phones, pjsip, transports
from .queues import queue_rules, queues
from .settings import MODULES, SYNC, music, retention, setting_files, sync_files, voicemail
from .tried import tried

PACKAGES = ("asterisk", "asterisk-core-sounds-en", "tzdata")


@dataclass(frozen=True, slots=True)
class _Shared:
    """What is the same on every PBX, printed once: in a large center it is nearly everything."""

    files: tuple[File, ...]
    phones: tuple[Line, ...]
    dialplan: tuple[Line, ...]
    contexts: tuple[str, ...]
    artifacts: tuple[Artifact, ...]
    doors: tuple[tuple[str, str, str], ...]


def parts(design: Design) -> dict[str, Part]:
    """The part of every PBX, by the host's name."""
    hosts = [design.index["hosts"][name] for name in design.homes.pbxs]
    if not hosts:
        return {}
    shared = _shared(design)
    return {host.name: _part(design, host, shared) for host in hosts}


def _shared(design: Design) -> _Shared:
    plan = Dialplan()
    library = template_lines("asterisk/library.conf.j2", "center")
    plan.extend(library, tuple(line.text[1:-1] for line in library if line.text.startswith("[")))
    doors(plan, design)
    outside(plan, design)
    hours(plan, design)
    destinations(plan, design)
    files = (
        asterisk_file("queues.conf", queues(design), "asterisk-queues"),
        asterisk_file("queuerules.conf", queue_rules(design), "asterisk-queues"),
        asterisk_file("musiconhold.conf", music(design), "asterisk-music"),
        asterisk_file("voicemail.conf", voicemail(design), "asterisk-voicemail"),
        File("/etc/tmpfiles.d/ccstack-voicemail.conf", retention(design), "none"),
    )
    return _Shared(files, phones(design), plan.lines, tuple(plan.contexts), artifacts(design), tried(design))


def _part(design: Design, host: Host, shared: _Shared) -> Part:
    plan = Dialplan()
    host_contexts(plan, design, host)
    several = len(design.homes.pbxs) > 1
    contexts = tuple(c for c in (*plan.contexts, *shared.contexts) if c != "globals")
    return Part(
        packages=PACKAGES,
        units=(Unit("asterisk.service"), *((Unit(f"{SYNC}.timer"),) if several else ())),
        files=(
            *(sync_files() if several else ()),
            *setting_files(design, host),
            *shared.files,
            asterisk_file(TRANSPORTS, transports(design, host), "asterisk-restart"),
            asterisk_file("pjsip.conf", pjsip(design, host, shared.phones), "asterisk-pjsip"),
            asterisk_file("extensions.conf", (*plan.lines, *shared.dialplan), "asterisk-dialplan"),
        ),
        artifacts=shared.artifacts,
        expectation=Expectation(
            endpoints=(*(n.host.name for n in neighbours(design, host)), *_phone_names(design)),
            queues=tuple(design.index["queues"]),
            contexts=contexts,
            modules=MODULES,
            doors=shared.doors,
        ),
    )


def _phone_names(design: Design) -> tuple[str, ...]:
    return tuple(design.index.registering)
