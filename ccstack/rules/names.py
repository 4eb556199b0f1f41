"""Names: each means one thing, and every one that is used exists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ccstack.design import Design
from ccstack.design.index import REGISTERING, Index, Reference, collections, path_of
from ccstack.design.prompts import SAID_IN, in_place_key
from ccstack.model import Model, Prompt
from ccstack.model.base import DESTINATIONS
from ccstack.problems import did_you_mean

from .rule import Hit, rule


def noun(collection: str) -> str:
    """What people call an object of a collection: `time_conditions` holds a `time condition`."""
    special = {"hours": "hours", "music": "music", "calling_rights": "calling rights"}
    return special.get(collection, collection.replace("_", " ").removesuffix("s"))


def _kind(wanted: tuple[str, ...]) -> str:
    return "destination" if wanted == DESTINATIONS else noun(wanted[0])


@rule(
    "CC101",
    "unknown-name",
    "error",
    wrong="An object uses a name that nothing in the center has.",
    reason="Calls that need the object would end there, and nothing could be rendered for it.",
    remedy="Correct the name, or declare the object.",
    sources=("docs/architecture.md",),
)
def unknown_name(design: Design) -> Iterator[Hit]:
    """References are found by the model's own marks, so a new field of the model is covered at once."""
    for ref in design.index.references:
        if design.index.find(ref.collections, ref.name) is None:
            message = f"there is no {_kind(ref.collections)} `{ref.name}`"
            yield Hit(ref.path, ref.owner, message, _meant(ref, design.index))


def _meant(ref: Reference, index: Index) -> str:
    elsewhere = [noun(c) for c, items in index.by_collection.items() if ref.name in items]
    if elsewhere:
        return f"`{ref.name}` is the name of a {elsewhere[0]}; here a {_kind(ref.collections)} is needed."
    return did_you_mean(ref.name, [n for c in ref.collections for n in index[c]])


@rule(
    "CC102",
    "duplicate-name",
    "error",
    wrong="Two objects of one kind have the same name.",
    reason="Whoever uses the name can mean only one of them; the other would silently not exist.",
    remedy="Rename one of them.",
)
def duplicate_name(design: Design) -> Iterator[Hit]:
    """Numbers have a rule of their own."""
    for collection in collections():
        if collection != "numbers":
            yield from _twice(collection, design)


def _twice(collection: str, design: Design) -> Iterator[Hit]:
    first = design.index[collection]
    for item in getattr(design.center, collection):
        if item.name is not None and first[item.name] is not item:
            other = first[item.name].origin
            where = f" at {other}" if other else ""
            yield Hit(f"{collection}.{item.name}", item, f"there is another {noun(collection)} `{item.name}`{where}")


@rule(
    "CC103",
    "duplicate-number",
    "error",
    wrong="A public number is declared twice.",
    reason="A call to it can go to one destination only; which one would depend on the order of lines.",
    remedy="Keep one of the two.",
)
def duplicate_number(design: Design) -> Iterator[Hit]:
    """A DID has one owner."""
    yield from _twice("numbers", design)


@rule(
    "CC104",
    "ambiguous-destination",
    "error",
    wrong="Two destinations of different kinds share a name.",
    reason="A destination is named without its kind, so the name must mean one thing.",
    remedy="Rename one of them, for instance with its kind as a suffix: `sales-menu`.",
)
def ambiguous_destination(design: Design) -> Iterator[Hit]:
    """All destinations share one name space."""
    owner: dict[str, str] = {}
    for collection in DESTINATIONS:
        for name, item in design.index[collection].items():
            if name in owner:
                yield Hit(path_of(item), item, f"`{name}` is also the name of a {noun(owner[name])}")
            owner.setdefault(name, collection)


@rule(
    "CC105",
    "shared-endpoint-name",
    "error",
    wrong="Two of an agent, a station, a probe and a host share a name.",
    reason="Each is an endpoint of that name on the PBXs; the later one would replace the earlier.",
    remedy="Rename one of them.",
    sources=("docs/architecture.md, names that other rooms rely on",),
)
def shared_endpoint_name(design: Design) -> Iterator[Hit]:
    """Agents, stations, probes and hosts."""
    owner: dict[str, str] = {}
    for collection in (*REGISTERING, "hosts"):
        for name, item in design.index[collection].items():
            if name in owner:
                yield Hit(path_of(item), item, f"`{name}` is also the name of a {noun(owner[name])}")
            owner.setdefault(name, collection)


@rule(
    "CC106",
    "prompt-name-taken",
    "error",
    wrong="A prompt has the name that another prompt, written in place, gets from its owner.",
    reason="Both would be the same sound file; callers would hear one of them in both places.",
    remedy="Rename the prompt.",
)
def prompt_name_taken(design: Design) -> Iterator[Hit]:
    """Prompts in place are called `<kind>-<name>-<field>`."""
    for owner, field in said(design):
        key = in_place_key(owner, field)
        if isinstance(getattr(owner, field), Prompt) and key in design.index["prompts"]:
            taken = design.index["prompts"][key]
            yield Hit(f"prompts.{key}", taken, f"`{key}` is what the prompt in {path_of(owner)}.{field} is called")


def said(design: Design) -> Iterator[tuple[Model, str]]:
    """Every object and field in which something is said."""
    for collection, fields in SAID_IN.items():
        for item in design.index[collection].values():
            for field in fields:
                if getattr(item, field) is not None:
                    yield item, field


@rule(
    "CC107",
    "unnamed-prompt",
    "error",
    wrong="A prompt among the center's prompts has no name.",
    reason="Only its name could bring it to a caller.",
    remedy="Give it a `name`, or write it in place where it is said.",
)
def unnamed_prompt(design: Design) -> Iterator[Hit]:
    """In place, a prompt needs no name; here it does."""
    for position, prompt in enumerate(design.center.prompts):
        if prompt.name is None:
            yield Hit(f"prompts.{position}", prompt, "this prompt has no name, so nothing can use it")


_HELPERS = ("teams", "hours", "caller_lists", "calling_rights", "prompts", "music", "recordings")


@rule(
    "CC108",
    "unused",
    "info",
    wrong="Something is declared that nothing uses.",
    reason="It has no effect; often the line that should have used it was forgotten.",
    remedy="Use it where it was meant, or delete it.",
)
def unused(design: Design) -> Iterator[Hit]:
    """Helpers only: destinations have a rule of their own, and numbers, trunks and hosts are ends in themselves."""
    used = {(c, r.name) for r in design.index.references for c in r.collections}
    for collection in _HELPERS:
        for name, item in design.index[collection].items():
            if (collection, name) not in used and item.name is not None:
                yield Hit(path_of(item), item, f"nothing uses the {noun(collection)} `{name}`")


@rule(
    "CC109",
    "duplicate-location",
    "error",
    wrong="Two emergency locations of a site have the same name.",
    reason="A phone that names it would be sent to whichever comes first.",
    remedy="Rename one of them.",
)
def duplicate_location(design: Design) -> Iterator[Hit]:
    """Names of locations count within their site."""
    for site in design.index["sites"].values():
        times = Counter(each.name for each in site.emergency_locations)
        for name in (n for n, often in times.items() if often > 1):
            last = [each for each in site.emergency_locations if each.name == name][-1]
            message = f"{times[name]} locations are called `{name}`"
            yield Hit(f"{path_of(site)}.emergency_locations.{name}", last, message)
