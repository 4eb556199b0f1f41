"""What the kernel has of what it should."""

from __future__ import annotations

import os
import re

from .place import hash_of
from .shell import run
from .wanted import listed, missing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .wanted import Reader, Wanted


def tables(names: Iterable[str] | None = None) -> dict[str, str]:
    """A hash of each packet filter table (`inet ccstack`) that there is: of those in `names`, or of all.

    Counters, and what rules themselves put into sets, are not in it.
    """
    there = _TABLE.findall(run("nft", "list", "tables").output) if names is None else names
    said = {name: run("nft", "-s", "list", "table", *name.split()) for name in there}
    return {name: hash_of(_without_state(ran.output).encode())[:16] for name, ran in said.items() if ran.ok}


_TABLE = re.compile(r"^table (\S+ \S+)$", re.MULTILINE)
_SET = re.compile(r"^\t(?:set|map) .*\n(?:\t\t.*\n)*?\t}", re.MULTILINE)

_ELEMENTS = re.compile(r"^\t\telements = {[^}]*}\n|[ \t]+# count \d+$", re.MULTILINE)
"""What a set holds, and how much that is."""


def _without_state(table: str) -> str:
    return _SET.sub(lambda one: _ELEMENTS.sub("", one[0]) if "dynamic" in one[0] else one[0], table)


def _filter(wanted: Wanted) -> list[str]:
    tried: Mapping[str, str] = wanted.measured.get("nftables", {})
    has = tables(tried) if tried else {}
    other = {name for name in has if has[name] != tried[name]}
    return [
        *missing("nftables table", tried, has),
        *listed("nftables table that is not as it was tried", other),
    ]


def _hostname(wanted: Wanted) -> list[str]:
    path = next((path for path, apply in wanted.files.items() if apply == "hostname"), "")
    if not path:
        return []
    with open(path, encoding="utf-8") as file:
        name = file.read().strip()
    return [f"the hostname is {os.uname().nodename}, {name} in {path}"] if os.uname().nodename != name else []


READERS: tuple[tuple[str, Reader], ...] = (("nftables", _filter), ("hostname", _hostname))
"""Each with the apply class that mends what is wrong."""
