"""The center's own numbers that a try-out calls, each with the PBX where such a call comes to its end."""

from __future__ import annotations

from ccstack.design import Design
from ccstack.render.state import lot


def tried(design: Design) -> tuple[tuple[str, str, str], ...]:
    """Context, number and home of each: see `Expectation.doors`."""
    graph, plan = design.graph, design.plan
    numbers = {number: graph.paths.get(graph.entries.get(number, ""), "") for number in design.index["numbers"]}
    return (
        *(("from-trunk", number, _home(design, path, number)) for number, path in numbers.items()),
        *(("extensions", extension, _home(design, path, extension)) for extension, path in plan.extensions.items()),
    )


def _home(design: Design, path: str, number: str) -> str:
    """The home of the first queue that a call can come to, else its site's PBX; what has neither belongs to any PBX."""
    collection, _, name = path.partition(".")
    ways = design.graph.reachable(name) if name in design.graph.edges else ()
    homes = next((queue for way in ways if (queue := design.homes.queue_pbxs.get(way))), ())
    site = getattr(design.index[collection][name], "site", None) if name else None
    near = homes or design.homes.site_pbxs.get(site or "", ())
    return near[0] if near else min(design.homes.pbxs, key=lambda pbx: lot(pbx, number))
