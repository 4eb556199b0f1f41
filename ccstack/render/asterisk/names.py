"""What things are called inside Asterisk."""

from __future__ import annotations

import hashlib

from ccstack.design import Design
from ccstack.design.index import path_of
from ccstack.design.prompts import kind_of, prompt_key
from ccstack.model.base import Model
from ccstack.model.host import Host
from ccstack.render.state import Source
from ccstack.render.text import RenderError

SOUNDS = "/usr/share/asterisk/sounds"
"""Asterisk's sounds, below its data directory on Debian."""

MUSIC = "/var/lib/asterisk/moh/cc"

VOICEMAIL = "/var/spool/asterisk/voicemail/default"


def context_of(item: Model) -> str:
    """The context of a destination, such as `queue-sales`."""
    return f"{kind_of(item)}-{item.name}"  # type: ignore[attr-defined]


def goto(design: Design, name: str, source: Source) -> str:
    """The step that sends a call to the destination called `name`."""
    item = design.index.destination(name)
    if item is None:
        raise RenderError(source.path, name, "there is no destination of this name; `ccstack validate` says more")
    return f"Goto({context_of(item)},s,1)"


def prompt(item: Model, field: str) -> str | None:
    """The sound of a prompt field as Playback wants it, or None."""
    key = prompt_key(item, field)
    return None if key is None else f"cc/{key}"


def source_of(item: Model, rule: str) -> Source:
    """The origin of a line that `rule` makes of a top-level object."""
    return Source(path_of(item), rule)


def sound_language(language: str) -> str:
    """A channel language of our own that Asterisk still counts, and falls back, by: `es-MX` is `es_MX_cc`."""
    return f"{language.replace('-', '_')}_cc"


def sip_uri(host: Host, port: int) -> str:
    """Where a neighbour listens, over TCP: a dead peer is noticed at once."""
    return f"sip:{host.address}:{port};transport=tcp"


def contact_id(aor: str, uri: str) -> str:
    """Asterisk's name for a static contact (res_pjsip/location.c): the AOR and the MD5 of its URI."""
    return f"{aor}@@{hashlib.md5(uri.encode(), usedforsecurity=False).hexdigest()}"
