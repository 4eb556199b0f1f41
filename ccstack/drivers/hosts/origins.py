"""From a log line that names a file and a line to the object of the blueprint that the line came from."""

from __future__ import annotations

import re

from ccstack.render.state import Source
from ccstack.secrets import BoundHost

_NAMED = (
    re.compile(r"\bline (?P<line>\d+) of (?:file )?'?(?P<file>[\w./-]+\w)"),
    re.compile(r"\bfile '?(?P<file>[\w./-]+\w)'?,? (?:at )?(?:from )?line (?P<line>\d+)"),
    re.compile(r"(?P<file>[\w./-]+\.\w+):(?P<line>\d+)"),
)
"""How Asterisk (`line 12 of extensions.conf`), Kamailio (`file /etc/..., line 12`) and nft (`file:12`) say it."""


def with_origin(message: str, host: BoundHost) -> str:
    """`message`, and where the configuration line that it names comes from."""
    source = origin_of(message, host)
    return f"{message} [{source.path}, rule {source.rule}]" if source else message


def origin_of(message: str, host: BoundHost) -> Source | None:
    """The object that the configuration line named in `message` comes from, if it names one of ours."""
    for pattern in _NAMED:
        for found in pattern.finditer(message):
            source = _source(host, found["file"], int(found["line"]))
            if source:
                return source
    return None


def _source(host: BoundHost, name: str, line: int) -> Source | None:
    for file in host.files:
        if (file.path == name or file.path.endswith(f"/{name}")) and 1 <= line <= len(file.lines):
            return file.lines[line - 1].source
    return None
