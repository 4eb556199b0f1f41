"""What the kernel has of what it should."""

from __future__ import annotations

import os

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
    there = _named(run("nft", "list", "tables").output) if names is None else names
    said = {name: run("nft", "-s", "list", "table", *name.split()) for name in there}
    return {name: hash_of(_without_state(ran.output).encode())[:16] for name, ran in said.items() if ran.ok}


def _named(tables: str) -> list[str]:
    return [line[len("table ") :] for line in tables.splitlines() if line.startswith("table ")]


_SETS = ("\tset ", "\tmap ")


def _without_state(table: str) -> str:
    """The table without what its dynamic sets hold, and how much that is (`# count 3`)."""
    if "dynamic" not in table:
        return table
    # A set or a chain ends with a brace that is indented once; a table's last brace is not indented.
    blocks = table.split("\n\t}")
    return "\n\t}".join(_empty(block) if _is_dynamic_set(block) else block for block in blocks)


def _is_dynamic_set(block: str) -> bool:
    return "dynamic" in block and any(line.startswith(_SETS) for line in block.split("\n"))


def _empty(block: str) -> str:
    head, elements, rest = block.partition("\n\t\telements = {")
    kept = head + rest.partition("}")[2] if elements else head
    return "\n".join(
        line.partition("# count ")[0].rstrip() if "# count " in line else line for line in kept.split("\n")
    )


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
