"""The lines from one tree of configuration to another, found by hier_config with ccstack's own rules.

hier_config says what to add, what to take back and what replaces what. In which order, and how lists of VLANs are
typed, is said here: it would take a list away line by line, and knows nothing of uplinks.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from .dialects import Rules, VlanList

if TYPE_CHECKING:
    from hier_config import HConfig, HConfigChild
    from hier_config.platforms.driver_base import HConfigDriverBase


@dataclass(slots=True)
class Tree:
    """Lines below a line, in order."""

    children: dict[str, Tree] = field(default_factory=dict)


def way(before: Tree, after: Tree, rules: Rules, trunks: Collection[str]) -> tuple[str, ...]:
    """The lines, in the order in which they are to be typed. `trunks` are the headers of uplinks."""
    old, new = _differing(before, after)
    driver = _driver(rules)
    running, wanted = _loaded(old, driver), _loaded(new, driver)
    delta = running.config_to_get_to(wanted)
    if rules.no == "delete ":
        return _statements([child.text for child in delta.children], after, rules)
    blocks = [*_blocks(delta, rules, trunks)]
    return tuple(line for _, lines in sorted(blocks, key=lambda block: block[0]) for line in lines)


def _statements(lines: Iterable[str], after: Tree, rules: Rules) -> tuple[str, ...]:
    """What is deleted, then what is set; a hierarchy that goes altogether goes by its name."""
    stays = {head for line in after.children for head in _wholes(line, rules)}
    found = dict.fromkeys(_outermost(line, stays, rules) for line in lines)
    return tuple(sorted(found, key=lambda line: line.startswith("set ")))


def _outermost(line: str, stays: Collection[str], rules: Rules) -> str:
    gone = (head for head in _wholes(line, rules) if head not in stays)
    return next((f"delete {head}" for head in gone), line)


def _wholes(line: str, rules: Rules) -> Iterator[str]:
    """The hierarchies of `wholes` that a statement is in, the outermost first."""
    body = line.partition(" ")[2]
    yield from (match[0] for pattern in rules.wholes if (match := re.match(rf"{pattern}(?= |$)", body)))


def _differing(before: Tree, after: Tree) -> tuple[Tree, Tree]:
    """Only the sections that are not the same. One that is on one side only, and is never taken away whole, is there
    on both."""
    old, new = Tree(), Tree()
    for header in {**before.children, **after.children}:
        one, other = before.children.get(header), after.children.get(header)
        if one == other:
            continue
        is_kept = header.startswith("interface ")
        if one is not None or is_kept:
            old.children[header] = one or Tree()
        if other is not None or is_kept:
            new.children[header] = other or Tree()
    return old, new


def _loaded(tree: Tree, driver: HConfigDriverBase) -> HConfig:
    from hier_config import HConfig

    root = HConfig(driver)
    _fill(root, tree)
    return root


def _fill(node: HConfig | HConfigChild, tree: Tree) -> None:
    for line, below in tree.children.items():
        _fill(node.add_child(line), below)


@cache
def _driver(rules: Rules) -> HConfigDriverBase:
    """hier_config's driver for these rules, with none of its own."""
    from hier_config.platforms.driver_base import HConfigDriverBase, HConfigDriverRules

    settings = [re.compile(pattern) for pattern in rules.settings]

    @cache
    def setting(text: str) -> str | None:
        return next((match[1] for pattern in settings if (match := pattern.search(text))), None)

    class Driver(HConfigDriverBase):
        @property
        def declaration_prefix(self) -> str:
            return "set " if rules.no == "delete " else ""

        @property
        def negation_prefix(self) -> str:
            return rules.no

        def swap_negation(self, child: HConfigChild) -> HConfigChild:
            child.text = _taken_back(child.text, rules)
            return child

        def idempotent_for(self, config: HConfigChild, other_children: Iterable[HConfigChild]) -> HConfigChild | None:
            mine = setting(config.text)
            others = list(other_children)
            same = (each for each in others if mine is not None and setting(each.text) == mine)
            return next(same, None) or _displacing(config, others, rules)

        @staticmethod
        def _instantiate_rules() -> HConfigDriverRules:
            return HConfigDriverRules()

    return Driver()


def _taken_back(text: str, rules: Rules) -> str:
    """What is typed to take a line back."""
    if rules.no == "delete ":
        is_off = text.startswith("deactivate ")
        swapped = f"activate {text[11:]}" if is_off else f"delete {text.removeprefix('set ')}"
    else:
        swapped = text.removeprefix(rules.no) if text.startswith(rules.no) else f"{rules.no}{text}"
    for search, new in rules.taken_back:
        swapped = re.sub(search, new, swapped)
    return swapped


def _displacing(config: HConfigChild, others: Iterable[HConfigChild], rules: Rules) -> HConfigChild | None:
    signs = [other for gone, other in rules.displaced if re.search(gone, config.text)]
    return next((each for each in others if any(re.search(sign, each.text) for sign in signs)), None)


# --- Order ---

_SNOOPING = r"(no )?(ip dhcp snooping|dhcpv4-snooping)"


def _blocks(delta: HConfig, rules: Rules, trunks: Collection[str]) -> Iterator[tuple[int, list[str]]]:
    """Pieces of the way, each with its place."""
    for child in delta.children:
        first, last = _written(child, rules)
        rank = _rank(child.text, trunks)
        if first:
            yield rank, first
        if last:
            yield max(rank, 9), last


def _rank(text: str, trunks: Collection[str]) -> int:
    """Where a top-level line comes: what others rely on first, and last when it goes; snooping begins only when the
    uplinks are trusted."""
    takes = text.startswith("no ")
    if re.match(_SNOOPING, text):
        return 0 if takes else 8
    if text.startswith("interface "):
        return 5 if text in trunks else 6
    for place, pattern in enumerate((r"vlan \d", r"class", r"policy")):
        if re.match(rf"(no )?{pattern}", text):
            return 12 - place if takes else 1 + place
    return 4


def _written(child: HConfigChild, rules: Rules) -> tuple[list[str], list[str]]:
    """A piece's lines, and those that have to wait until everything else is whole: VLANs that leave a trunk."""
    if not child.children:
        return [_typed(child.text, rules)], []
    taken = [one for one in child.children if one.text.startswith(rules.no)]
    gone, lists = _grouped(taken, rules, "remove")
    added, more = _grouped([one for one in child.children if one not in taken], rules, "add")
    body = [line for one in reversed(gone) for line in _lines(one, 1)]
    body += [line for one in added if not one.children for line in _lines(one, 1)]
    body += [f" {line}" for line in more]
    body += [line for one in added if one.children for line in _lines(one, 1)]
    late = [child.text, *(f" {line}" for line in lists)] if lists else []
    return ([child.text, *body] if body else []), late


def _lines(node: HConfigChild, depth: int) -> Iterator[str]:
    yield " " * depth + node.text
    for child in node.children:
        yield from _lines(child, depth + 1)


def _grouped(nodes: Iterable[HConfigChild], rules: Rules, verb: str) -> tuple[list[HConfigChild], list[str]]:
    """Nodes that are no lists of VLANs, and one line for each list."""
    plain: list[HConfigChild] = []
    numbers: dict[str, list[str]] = {}
    for node in nodes:
        one = _list_of(node.text.removeprefix(rules.no), rules)
        if one is None:
            plain.append(node)
        else:
            numbers.setdefault(one.add if verb == "add" else one.remove, []).append(node.text.rpartition(" ")[2])
    return plain, [f"{typed}{','.join(vlans)}" for typed, vlans in numbers.items()]


def _list_of(text: str, rules: Rules) -> VlanList | None:
    return next((one for one in rules.lists if re.fullmatch(rf"{one.prefix}\d+", text)), None)


def _typed(text: str, rules: Rules) -> str:
    """A line at the top level, as it is typed."""
    one = _list_of(text.removeprefix(rules.no), rules)
    if one is None:
        return text
    return f"{one.remove if text.startswith(rules.no) else one.add}{text.rpartition(' ')[2]}"
