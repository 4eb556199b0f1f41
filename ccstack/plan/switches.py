"""A switch's configuration: what of it is ccstack's, and which lines bring it to what is wanted.

Pure. Nothing that is not ccstack's is ever in the lines, because it is cut away before anything is compared. Equal
configurations are found without hier_config, which is read in only when something differs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property

from ccstack.model.switch import Platform
from ccstack.render.state import Section, SwitchState

from .dialects import RULES, Rules, VlanList
from .remediation import Tree, way

_FOR_ALL = ("", "protocols lldp interface all", "protocols lldp-med interface all", "protocols rstp")
"""Sections about the whole switch."""
_NOISE = re.compile(r"\s*(!.*|end|exit|Building configuration.*|Current configuration.*|#.*|)\s*")
"""Lines that say nothing."""
_MAY_BE_NOISE = frozenset(("", "!", "#", "e", "B", "C", *" \t\r\n"))
"""What such a line begins with."""


@dataclass(frozen=True)
class Remedy:
    """The lines, in order, that make a switch what is wanted."""

    lines: tuple[str, ...] = ()
    back: Callable[[], tuple[str, ...]] = field(default=tuple, compare=False, repr=False)

    @cached_property
    def undo(self) -> tuple[str, ...]:
        """The lines that make it again what it was; worked out when they are asked for."""
        return self.back()


def remedy(wanted: SwitchState, owned: str) -> Remedy:
    """What is to be typed, given what `owned_part` left of the running configuration. Lines within a section stand one
    blank to the right of the line that opens it. Nothing when all is as it shall be.

    VLANs and policies are made before a port uses them and go after none does; a trunk gets its VLANs before it loses
    any; a setting is never taken away when it only gets another value.
    """
    if _shape(owned) == _shape(wanted.text):
        return Remedy()
    rules = RULES[wanted.platform]
    before, after = tree_of(owned, wanted.platform), tree_of(wanted.text, wanted.platform)
    if before == after:
        return Remedy()
    trunks = frozenset(section.header for section in wanted.owned if section.shared)
    return Remedy(way(before, after, rules, trunks), lambda: way(after, before, rules, trunks))


def with_remains(wanted: SwitchState, before: Iterable[SwitchState]) -> SwitchState:
    """`wanted`, that also owns what it owned at some earlier time and does not any more: VLANs, ports, policies, lines.

    What others may have come to rely on stays as it is: lines for the whole switch, former uplinks, trust in uplinks.
    """
    past = [each for state in before if state.platform == wanted.platform for each in state.owned]
    known = {section.header: section for section in wanted.owned if section.header}
    for section in past:
        old = known.get(section.header)
        if old is not None and old.leaves:
            more = (leaf for leaf in section.leaves if leaf not in old.leaves and not leaf.endswith(" trust"))
            known[section.header] = replace(old, leaves=(*old.leaves, *more))
        elif old is None and not section.shared and section.header not in _FOR_ALL:
            known[section.header] = replace(section, leaving=True)
    top = tuple(section for section in wanted.owned if not section.header)
    return replace(wanted, owned=(*top, *_lists_that_go(past, top), *known.values()))


def _lists_that_go(past: Iterable[Section], now: Iterable[Section]) -> Iterator[Section]:
    """Lists for the whole switch that are wanted no more. They name VLANs one by one: ccstack's can be given back."""
    kept = {one for section in now for one in section.shared}
    gone = {one for section in past if not section.header for one in section.shared if one not in kept}
    if gone:
        yield Section("", (), tuple(sorted(gone)))


# --- What is ccstack's ---


def owned_part(text: str, sections: Sequence[Section], platform: Platform) -> str:
    """What of a running configuration lies in `sections`, in the form of `SwitchState.lines`.

    A line that lists VLANs is cut down to ccstack's; where such a line is missing and that means all of them, it is
    there, with all of ccstack's.
    """
    cut = _Junos(sections) if platform == "juniper-junos" else _Indented(sections, RULES[platform])
    return "".join(f"{line}\n" for line in cut.lines(text))


@dataclass(frozen=True)
class _Vlans:
    """ccstack's VLANs by their ids: those that are wanted, and those that are to go."""

    now: frozenset[int]
    leaving: frozenset[int]

    def carried(self, present: Collection[int] | None) -> list[int]:
        """Of VLANs that a line lists (None: of all) those that are ccstack's."""
        ours = self.now if present is None else (self.now | self.leaving) & set(present)
        return sorted(ours)


def _vlans(sections: Sequence[Section], pattern: str) -> _Vlans:
    found = [(match, section) for section in sections if (match := re.fullmatch(pattern, section.header))]
    return _Vlans(
        frozenset(int(match[1]) for match, section in found if not section.leaving),
        frozenset(int(match[1]) for match, section in found if section.leaving),
    )


_Judged = tuple[str, VlanList | None, bool]
"""A line of a section, plain; the list of VLANs that it is; whether it is otherwise ccstack's."""


class _Indented:
    """Configurations whose sections are indented."""

    def __init__(self, sections: Sequence[Section], rules: Rules) -> None:
        self._rules = rules
        self._sections = sections
        self._known: dict[tuple[tuple[str, ...], tuple[str, ...], bool], dict[str, _Judged]] = {}
        self._vlans = _vlans(sections, r"vlan (\d+)")
        self._exact = {one.header: one for one in sections if one.header and not one.header.endswith("*")}
        self._stems = [(one.header[:-1], one) for one in sections if one.header.endswith("*")]
        top = [one for one in sections if not one.header]
        self._top = Section(
            "",
            tuple(leaf for one in top for leaf in one.leaves),
            tuple(leaf for one in top for leaf in one.shared),
        )

    def lines(self, text: str) -> Iterator[str]:
        blocks = list(_split_headers(_blocks(text)))
        used = self._used(blocks) if self._vlans.leaving else frozenset[int]()
        for header, children in blocks:
            section = self._section(header)
            if section is None:
                continue
            if section.leaving and re.fullmatch(r"vlan (\d+)", header) and int(header[5:]) in used:
                continue
            yield from self._block(header, children, section)
        yield from self._top_lines(header for header, children in blocks if not children)

    def _section(self, header: str) -> Section | None:
        exact = self._exact.get(header)
        return exact or next((one for stem, one in self._stems if header.startswith(stem)), None)

    def _block(self, header: str, children: Sequence[str], section: Section) -> Iterator[str]:
        kept = [*self._kept(children, section)]
        if kept or not header.startswith("interface "):
            yield header
            yield from kept

    def _kept(self, children: Sequence[str], section: Section) -> Iterator[str]:
        lists = [one for one in self._rules.lists if one.prefix.strip() in section.shared]
        listed: dict[str, set[int] | None] = {one.prefix: None for one in lists}
        known = self._known.setdefault((section.leaves, section.shared, section.leaving), {})
        keeps = False
        for child in children:
            if child[1] == " ":
                if keeps:
                    yield child
                continue
            # Ports have most of their lines in common: each is judged once.
            judged = known.get(child) or known.setdefault(child, self._judged(child, section, lists))
            line, own_list, keeps = judged
            if own_list:
                listed[own_list.prefix] = (listed[own_list.prefix] or set()) | _read(line, own_list, self._vlans)
            elif keeps:
                yield f" {line}"
        for one in lists:
            yield from self._listed(one, listed[one.prefix], " ")

    def _judged(self, child: str, section: Section, lists: Sequence[VlanList]) -> _Judged:
        line = self._plain(child.strip())
        own_list = next((one for one in lists if line.startswith(one.prefix)), None)
        names = (*section.leaves, *section.shared)
        is_ours = not names or _matcher(section.leaves)(line)
        return line, own_list, is_ours and not own_list and not _is_harmless(line, section)

    def _top_lines(self, lines: Iterable[str]) -> Iterator[str]:
        if not (self._top.leaves or self._top.shared):
            return
        is_ours = _matcher(self._top.leaves)
        lists = [one for one in self._rules.lists if one.prefix.strip() in self._top.shared]
        listed: dict[str, set[int] | None] = {one.prefix: None for one in lists}
        for line in lines:
            own_list = next((one for one in lists if re.fullmatch(rf"{one.prefix}[\d,-]+", line)), None)
            if own_list:
                listed[own_list.prefix] = (listed[own_list.prefix] or set()) | _read(line, own_list, self._vlans)
            elif is_ours(line):
                yield line
        for one in lists:
            yield from self._listed(one, listed[one.prefix], "")

    def _listed(self, one: VlanList, present: set[int] | None, indent: str) -> Iterator[str]:
        is_all = present is None and one.absent == "all"
        carried = self._vlans.carried(None if is_all else present or ())
        if carried:
            yield f"{indent}{one.prefix}{','.join(map(str, carried))}"

    def _plain(self, line: str) -> str:
        for pattern, canonical in self._rules.alike:
            line = re.sub(pattern, canonical, line)
        return line if line.startswith("description ") else " ".join(line.split())

    def _used(self, blocks: Sequence[tuple[str, Sequence[str]]]) -> frozenset[int]:
        """VLANs that something besides ccstack's own lines speaks of: they stay."""
        used: set[int] = set()
        for header, children in blocks:
            section = self._section(header)
            leaves = (*section.leaves, *section.shared) if section else ()
            if section and not leaves:
                continue
            foreign = [one for one in children if not _matcher(leaves)(one.strip())]
            if section is None and not self._is_top(header):
                foreign.append(header)
            used.update(number for line in foreign for number in _numbers_of_vlans(line))
            if foreign and (match := re.fullmatch(r"vlan (\d+)", header)) and section:
                used.add(int(match[1]))
        return frozenset(used)

    def _is_top(self, line: str) -> bool:
        return _matcher(self._top.leaves)(line) or _matcher(self._top.shared)(line)


def _read(line: str, one: VlanList, vlans: _Vlans) -> set[int]:
    """The VLANs of a line that lists some; lines that add to the list before them say so."""
    words = line.removeprefix(one.prefix).removeprefix("add ")
    if words == "all":
        return set(vlans.now)
    return set(_expanded(words)) if re.fullmatch(r"[\d,-]+", words) else set()


def _is_harmless(line: str, section: Section) -> bool:
    """What stays where ccstack was: lines with `no`, because taking them back would switch something off, and the
    VLAN in which every port is by itself."""
    return section.leaving and (line.startswith("no ") or line == "vlan access 1")


def _numbers_of_vlans(line: str) -> Iterator[int]:
    if "vlan" in line.lower() and not re.match(r" *(description|name|vlan \d)", line):
        for run in re.findall(r"\d+(?:[-,]\d+)*", line):
            yield from _expanded(run)


def _expanded(text: str) -> Iterator[int]:
    """The numbers of `10,20-22`."""
    for part in text.split(","):
        first, _, last = part.partition("-")
        if first.isdigit() and (last or first).isdigit():
            yield from range(int(first), min(int(last or first), 4094) + 1)


def _blocks(text: str) -> Iterator[tuple[str, list[str]]]:
    """The lines at the left margin, each with the lines below it, one blank to the right for each level."""
    header, children, levels = "", list[str](), [0]
    for line in text.splitlines():
        bare = line.lstrip(" ")
        if bare[:1] in _MAY_BE_NOISE and _NOISE.fullmatch(bare):
            continue
        indent = len(line) - len(bare)
        if indent == 0:
            if header:
                yield header, children
            header, children, levels = bare.rstrip(), [], [0]
            continue
        while levels[-1] >= indent:
            levels.pop()
        children.append(" " * len(levels) + bare.rstrip())
        levels.append(indent)
    if header:
        yield header, children


def _split_headers(blocks: Iterable[tuple[str, list[str]]]) -> Iterator[tuple[str, list[str]]]:
    """Blocks, with VLANs that are shown together (`vlan 10,20`, for they have no name) one by one."""
    for header, children in blocks:
        if not children and re.fullmatch(r"vlan [\d,-]*[,-][\d,-]*", header):
            yield from ((f"vlan {number}", []) for number in _expanded(header[5:]))
        else:
            yield header, children


@cache
def _matcher(leaves: tuple[str, ...]) -> Callable[[str], bool]:
    """Whether a line begins with one of these words; `$` at the end: is that line."""
    ways = [re.escape(leaf[:-1]) + "$" if leaf.endswith("$") else re.escape(leaf) + "(?: |$)" for leaf in leaves]
    fits = re.compile("|".join(ways or ["(?!)"])).match
    return lambda line: fits(line) is not None


class _Junos:
    """Configurations as `set` lines."""

    def __init__(self, sections: Sequence[Section]) -> None:
        self._exact: dict[str, list[Section]] = {}
        for one in sections:
            self._exact.setdefault(one.header, []).append(one)
        self._stems = [one.header[:-1] for one in sections if one.header.endswith("*")]
        self._deepest = max((len(one.header.split()) for one in sections), default=0)
        self._vlans = _vlans(sections, r"vlans \S+-(\d+)")
        self._names = {
            int(match[1]): match[0].removeprefix("vlans ")
            for one in sections
            if (match := re.fullmatch(r"vlans \S+-(\d+)", one.header))
        }

    def lines(self, text: str) -> Iterator[str]:
        known = [line.strip() for line in text.splitlines() if line.startswith(("set ", "deactivate "))]
        used = self._used(known) if self._vlans.leaving else frozenset[str]()
        trunks: dict[str, set[int]] = {}
        for line in known:
            section, rest = self._owner(line)
            if section is None or any(section.leaving and section.header == f"vlans {name}" for name in used):
                continue
            members = next((one for one in section.shared if rest.startswith(f"{one} ")), None)
            if members and line.startswith("set "):
                trunk = trunks.setdefault(f"set {section.header} {members}", set())
                trunk.update(self._members(rest.removeprefix(f"{members} ")))
            else:
                yield line
        for head, present in trunks.items():
            yield from (f"{head} {self._names[number]}" for number in self._vlans.carried(present))

    def _owner(self, line: str) -> tuple[Section | None, str]:
        """The section that a statement lies in, and the statement's words after the section's."""
        verb, _, body = line.partition(" ")
        if any(body.startswith(stem) for stem in self._stems):
            return Section(""), body
        if verb == "deactivate" and body in self._exact:
            return self._exact[body][0], ""
        words = body.split(" ", self._deepest)
        for count in range(min(len(words), self._deepest), 0, -1):
            header = " ".join(words[:count])
            rest = body[len(header) + 1 :]
            for one in self._exact.get(header, ()):
                is_shared = any(rest.startswith(f"{leaf} ") for leaf in one.shared)
                if is_shared or not (one.leaves or one.shared) or _matcher(one.leaves)(rest):
                    return one, rest
        return None, body

    def _members(self, text: str) -> Iterator[int]:
        """The VLANs that a member of a trunk stands for: a name, an id, a range of ids, or all."""
        if text == "all":
            yield from self._vlans.now
        elif re.fullmatch(r"\d+(-\d+)?", text):
            yield from _expanded(text)
        else:
            yield from (number for number, name in self._names.items() if name == text)

    def _used(self, lines: Sequence[str]) -> frozenset[str]:
        """Names of VLANs that something besides ccstack's own lines speaks of: they stay."""
        foreign = [line for line in lines if self._owner(line)[0] is None]
        names = [self._names[number] for number in self._vlans.leaving]
        return frozenset(name for name in names if any(name in line.split() for line in foreign))


# --- Trees ---


def _shape(text: str) -> list[list[str]]:
    """What two texts that say the same in another order have in common, as far as that is seen without trees: their
    sections, and the lines of those that have one level only."""
    return sorted(map(_in_one_order, re.split(r"\n(?! )", text)))


def _in_one_order(section: str) -> list[str]:
    header, *below = section.split("\n")
    return [header, *(below if "\n  " in section else sorted(below))]


def tree_of(text: str, platform: Platform) -> Tree:
    """Owned lines as a tree; lists of VLANs taken apart."""
    root = Tree()
    lists, path = RULES[platform].lists, [root]
    for line in text.splitlines():
        bare = line.lstrip(" ")
        depth = 0 if platform == "juniper-junos" else len(line) - len(bare)
        del path[depth + 1 :]
        below = path[-1]
        for one in _apart(bare, lists):
            path[depth + 1 :] = [below.children.setdefault(one, Tree())]
    return root


def _apart(line: str, lists: Sequence[VlanList]) -> Iterator[str]:
    for one in lists:
        rest = line.removeprefix(one.prefix)
        if rest != line and re.fullmatch(r"[\d,-]+", rest):
            yield from (f"{one.prefix}{number}" for number in _expanded(rest))
            return
    yield line
