"""Command lines that show their configuration as blocks: Cisco IOS, and those that learned from it."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import ClassVar

from .engine import Dialect, Engine, HungUp, Session
from .grammar import Found, Grammar, Unknown
from .names import Kinds
from .pattern import as_vlans, vlan_list
from .tree import Node, Part, natural

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the session is: a mode, and the sections that lines go to (several in a range)."""

    mode: str
    sections: tuple[tuple[Found | None, Path], ...] = ((None, ()),)

    @property
    def name(self) -> str:
        """What the (first) section is called."""
        path = self.sections[0][1]
        return path[-1].split(" ", 1)[-1] if path else ""


class Refused(Exception):  # noqa: N818 - part of the conversation
    """The switch does not take the line, and says this."""


class BlockDialect(Dialect):
    """What Cisco-like platforms have in common."""

    grammar: ClassVar[Grammar]
    kinds: ClassVar[Kinds]
    indent: ClassVar[int] = 1
    bang: ClassVar[bool] = True
    """Whether `!` stands between sections."""
    version: ClassVar[str] = ""
    """What `show version` says; `{name}` and `{uptime}` are filled in."""
    base: ClassVar[tuple[str, ...]] = ()
    """What is configured when it comes from the factory."""
    port_base: ClassVar[tuple[str, ...]] = ()
    """What every physical interface shows when nobody configured it."""
    modes: ClassVar[Mapping[str, str]] = {}
    """Mode to what stands in its prompt; `{}` is the section's name."""

    def factory(self, name: str, interfaces: Sequence[str]) -> Node:
        """The configuration that a switch comes with."""
        tree = Node()
        for line in (f"hostname {name}", *self.base):
            self._plain(tree, "config", line)
        for interface in interfaces:
            port = self._plain(tree, "config", f"interface {interface}")
            for line in self.port_base:
                self._plain(port, "interface", line)
        return tree

    def _plain(self, tree: Node, mode: str, line: str) -> Node:
        negative = line.startswith("no ")
        found = self.grammar.find(mode, line.removeprefix("no ") if negative else line)
        if isinstance(found, Unknown):
            raise ValueError(f"{type(self).__name__}: {line!r} is not in the grammar of mode {mode}")
        key = found.match.identity
        text = f"no {found.match.text}" if negative else found.match.text
        return tree.put(key, text, found.place, section=bool(found.row.opens), ordered=found.row.ordered)

    def hostname(self, tree: Node) -> str:
        """The name that prompts show."""
        node = tree.get("hostname")
        return node.text.split(" ", 1)[1] if node else "switch"

    def place_of(self, beginning: str) -> int:
        """Where the first row that begins so is shown."""
        return next(place for place, row in enumerate(self.grammar.rows) if row.pattern.startswith(beginning))

    def body(self, tree: Node) -> list[str]:
        """The lines of a configuration, without what a platform prints around them."""
        lines: list[str] = []
        last = ""
        for kind, text, below in self._merged(tree):
            if self.bang and lines and (below is not None or kind != last):
                lines.append("!")
            last = kind if below is None else ""
            lines += text.split("\n")
            if below is not None:
                lines += self.below(below, 1)
        return lines

    def _merged(self, tree: Node) -> Iterator[tuple[str, str, Node | None]]:
        """Top level, with neighbouring VLANs that nothing is said about in one line."""
        bare: list[int] = []
        for key, node in sorted(tree.children.items(), key=lambda item: self._rank(item[1])):
            is_bare = node.section and not node.children and key.startswith("vlan ")
            if bare and not is_bare:
                yield "", f"vlan {as_vlans(bare)}", Node()
                bare = []
            if is_bare:
                bare.append(int(key.split()[1]))
            else:
                yield str(node.place), node.text, node if node.section else None
        if bare:
            yield "", f"vlan {as_vlans(bare)}", Node()

    def _rank(self, node: Node) -> tuple[int, int, int, tuple[Part, ...]]:
        is_port = node.text.startswith("interface ")
        rank = self.kinds.rank(node.text.removeprefix("interface ")) if is_port else 0
        return node.place, rank, node.turn, () if node.ordered else natural(node.text)

    def below(self, node: Node, depth: int) -> Iterator[str]:
        """What stands in a section."""
        for number, (_, child) in enumerate(node.shown()):
            if self.bang and child.section and number and self.indent > 1:
                yield " " * self.indent * depth + "!"
            yield " " * self.indent * depth + child.text
            yield from self.below(child, depth + 1)


class BlockSession(Session):
    """A terminal of a Cisco-like switch."""

    dialect: BlockDialect

    def __init__(self, engine: Engine, user: str = "admin") -> None:
        super().__init__(engine, user)
        assert isinstance(engine.dialect, BlockDialect)
        self.dialect = engine.dialect
        self.places: list[Place] = [Place("exec" if engine.enable is None else "user")]
        self.candidate = ""
        """Name of the configuration session that is being edited; empty: the running configuration."""
        self._answer: Callable[[str], str] | None = None

    # who speaks next

    @property
    def mode(self) -> str:
        """The mode that the session is in."""
        return self.places[-1].mode

    @property
    def prompt(self) -> str:
        """What the switch shows when it waits for a line."""
        host = self.engine.hostname
        if self.mode in ("user", "exec"):
            return f"{host}{'>' if self.mode == 'user' else '#'}"
        return f"{host}({self.dialect.modes[self.mode].format(self.places[-1].name)})#"

    def control(self, key: str) -> str:
        """A control key: `z` (end), `c` (forget the line)."""
        self.question, self.hidden, self._answer = "", False, None
        if self.mode not in ("user", "exec") and key == "z":
            self.end()
        return ""

    def ask(self, question: str, answer: Callable[[str], str], *, hidden: bool = False) -> str:
        """Wait for an answer instead of a command."""
        self.question, self._answer, self.hidden = question, answer, hidden
        return ""

    def type(self, line: str) -> str:
        """Enter a line; what the switch says. `HungUp` when it closes the session."""
        self.engine.tick()
        if self._answer is not None:
            answer, self._answer, self.question, self.hidden = self._answer, None, "", False
            return answer(line)
        line = line.strip(" \t")
        if not line or line.startswith("!"):
            return ""
        try:
            return self._run(line) if self.mode in ("user", "exec") else self._configure(line)
        except Refused as refused:
            return f"{refused}\n"

    # commands

    def _run(self, line: str) -> str:
        command, pipe, then = (part.strip() for part in line.partition("|"))
        found = self.dialect.grammar.find(self.mode, command)
        if isinstance(found, Unknown):
            raise Refused(self.refusal(found, command))
        said = str(getattr(self, found.row.effect)(found.match.words, found.match.lists))
        return _filtered(said, then) if pipe else said

    @abstractmethod
    def refusal(self, unknown: Unknown, line: str) -> str:
        """What the switch says to a line that it does not know."""

    def reject(self, line: str) -> str:
        """What the switch says to a line that a fault refuses."""
        return self.refusal(Unknown("invalid", 0), line)

    def _configure(self, line: str) -> str:
        if self.engine.count_line(line):
            raise Refused(self.reject(line))
        first, _, rest = line.partition(" ")
        if first == "do" and rest:
            return self._from_exec(rest.strip())
        own = self.special(line)
        if own is not None:
            return own
        if "exit".startswith(first) and len(first) > 1 and not rest:
            return self.leave()
        if "end".startswith(first) and len(first) > 1 and not rest:
            return self.end()
        if first == "no" and rest:
            return self._set(rest.strip(), negative=True)
        if first == "default" and rest:
            return self._default(rest.strip())
        return self._set(line, negative=False)

    def _from_exec(self, line: str) -> str:
        places, self.places = self.places, [Place("exec")]
        try:
            return self._run(line)
        finally:
            self.places = places

    @abstractmethod
    def special(self, line: str) -> str | None:
        """A platform's own commands in configuration modes; None when it is none of them."""

    def leave(self) -> str:
        """`exit`."""
        self.places.pop()
        if len(self.places) == 1:
            self.candidate = ""
        return ""

    def end(self) -> str:
        """`end`."""
        self.places = self.places[:1]
        self.candidate = ""
        return ""

    @property
    def tree(self) -> Node:
        """What is being configured."""
        return self.engine.candidates[self.candidate] if self.candidate else self.engine.config

    def _find(self, line: str, *, negative: bool) -> tuple[int, Found]:
        """The row of a line: in this mode, else in the ones around it."""
        first: Unknown | None = None
        for depth in range(len(self.places) - 1, 0, -1):
            found = self.dialect.grammar.find(self.places[depth].mode, line, negated=negative)
            if isinstance(found, Found):
                return depth, found
            if first is None or ((first.why, found.why) == ("invalid", "invalid") and found.at > first.at):
                first = found
        assert first is not None, "there is always a configuration mode around"
        raise Refused(self.refusal(first, f"no {line}" if negative else line))

    def _set(self, line: str, *, negative: bool) -> str:
        depth, found = self._find(line, negative=negative)
        said: list[str] = []
        sections = self.places[depth].sections
        lists = found.match.lists[-1] if found.match.lists else ()
        for name in lists if "IFACE" in found.row.pattern else ():
            self._must_exist(name, line)
        if negative:
            self._refuse_removal(found)
        opened: list[tuple[Found | None, Path]] = []
        for section, path in sections:
            for key, text in self._members(found, lists):
                if found.row.effect:
                    extra = getattr(self, found.row.effect)(self._node(section, path), found, negative)
                    said += [extra] if extra else []
                else:
                    self._store(self._node(section, path), found, key, text, negative)
                opened.append((found, (*path, key)))
        del self.places[depth + 1 :]
        if found.row.opens and not negative:
            self.places.append(Place(found.row.opens, tuple(opened)))
        if not self.candidate:
            self.engine.changed()
        return "".join(f"{one}\n" for one in dict.fromkeys(said))

    def _members(self, found: Found, lists: Sequence[str]) -> Iterator[tuple[str, str]]:
        if found.row.each:
            for member in lists:
                line = found.row.each.format(member)
                yield line, line
        elif found.row.key:
            yield found.row.key.format(found.match.words[-1]), found.match.text
        else:
            yield found.match.identity, found.match.text

    def _node(self, section: Found | None, path: Path) -> Node:
        """The section, made again if somebody removed it meanwhile."""
        node = self.tree
        for depth, key in enumerate(path):
            place = section.place if section and depth == len(path) - 1 else 0
            node = node.children.get(key) or node.put(key, key, place, section=True)
        return node

    def _store(self, node: Node, found: Found, key: str, text: str, negative: bool) -> None:
        row = found.row
        if negative and row.no == "shown":
            text = f"no {key}"
        elif negative:
            node.children.pop(key, None)
            if row.reset:
                node.put(key, row.reset, found.place)
            return
        elif row.needs[0]:
            self._must_have(row.needs, found)
        if text == row.default:
            node.children.pop(key, None)
            return
        for gone in row.displaces:
            node.children.pop(gone, None)
        node.put(key, text, found.place, section=bool(row.opens), ordered=row.ordered)

    def _must_exist(self, name: str, line: str) -> None:
        if self.dialect.kinds.is_physical(name) and name not in self.engine.interfaces:
            raise Refused(self.refusal(Unknown("invalid", 1), line))

    def _must_have(self, needs: tuple[str, str], found: Found) -> None:
        wanted = found.match.words[-1]
        prefix, says = needs
        if not any(key.startswith(prefix) and key.split()[-1] == wanted for key in self.tree.children):
            raise Refused(says.format(wanted))

    def _refuse_removal(self, found: Found) -> None:
        if found.row.no == "refused":
            raise Refused(self.refusal(Unknown("invalid", 0), found.match.text))
        for name in found.match.lists[-1] if found.match.lists and found.row.opens == "interface" else ():
            if self.dialect.kinds.is_physical(name):
                raise Refused(self.physical)
        if found.row.opens == "vlan" and "1" in found.match.lists[-1]:
            raise Refused(self.vlan_1)

    physical = "% Removal of physical interfaces is not permitted"
    vlan_1 = "% Default VLAN 1 may not be deleted."

    def _default(self, line: str) -> str:
        """`default interface X`: as it came from the factory; of a setting: as `no`."""
        depth, found = self._find(line, negative=True)
        if found.row.opens != "interface":
            return self._set(line, negative=True)
        del self.places[depth + 1 :]
        for name in found.match.lists[-1]:
            self._must_exist(name, line)
            node = self.tree.get(f"interface {name}")
            if node is not None:
                node.children.clear()
                for each in self.dialect.port_base:
                    self.dialect._plain(node, "interface", each)
        self.engine.changed()
        return ""

    # what several platforms do alike

    def allowed_vlans(self, node: Node, found: Found, negative: bool) -> str:
        """`switchport trunk allowed vlan {LIST|add LIST|remove LIST|except LIST|all|none}`."""
        key = found.match.identity
        if negative:
            node.children.pop(key, None)
            return ""
        words = found.match.words[found.match.key :]
        before = allowed_of(node, key)
        after = _allowed_after(before, words)
        if len(after) == 4094:
            node.children.pop(key, None)
        else:
            node.put(key, f"{key} {as_vlans(after) or 'none'}", found.place)
        return ""

    def vlan_set(self, node: Node, found: Found, negative: bool) -> str:
        """A setting whose lists add up: `ip dhcp snooping vlan 10,20`."""
        key = found.match.identity
        before = vlan_list(value(node, key)) or ()
        named = set(_numbers(found.match.words[found.match.key :])) if found.match.key >= 0 else set(before)
        after = sorted({*before} - named if negative else {*before} | named)
        node.children.pop(key, None)
        if after:
            node.put(key, f"{key} {as_vlans(after)}", found.place)
        return ""

    def show_version(self, *_: object) -> str:
        """`show version`."""
        return self.dialect.version.format(name=self.engine.hostname, uptime=self.uptime())

    def enable(self, *_: object) -> str:
        """`enable`."""
        if self.engine.enable is None:
            self.places = [Place("exec")]
            return ""
        return self.ask("Password: ", self._check_enable, hidden=True)

    def _check_enable(self, answer: str) -> str:
        if answer != self.engine.enable:
            return "% Bad secrets\n\n"
        self.places = [Place("exec")]
        return ""

    def disable(self, *_: object) -> str:
        """`disable`."""
        self.places = [Place("user")]
        return ""

    def hang_up(self, *_: object) -> str:
        """`exit` of the outermost mode."""
        raise HungUp("")

    def _reload(self, answer: str) -> str:
        """What was asked before a restart is answered: only Return and yes confirm."""
        if answer.strip().lower() not in ("", "y", "yes"):
            return ""
        self.engine.reload()
        return self.hang_up()

    def show_privilege(self, *_: object) -> str:
        """`show privilege`."""
        return f"Current privilege level is {1 if self.mode == 'user' else 15}\n"

    def quiet(self, *_: object) -> str:
        """A setting of the terminal that changes nothing here: no page is ever held back."""
        return ""

    def show_startup(self, *_: object) -> str:
        """`show startup-config`."""
        return self.engine.startup()

    def show_running(self, words: Sequence[str], lists: Sequence[Sequence[str]]) -> str:
        """`show running-config [interface X]`."""
        if not lists:
            return self.dialect.text(self.engine.config)
        return self.section_text(f"interface {lists[-1][0]}", " ".join(words))

    def section_text(self, key: str, line: str) -> str:
        """One section of the running configuration."""
        node = self.engine.config.get(key)
        if node is None:
            raise Refused(self.refusal(Unknown("invalid", 2), line))
        return "\n".join([node.text, *self.dialect.below(node, 1)]) + "\n"

    def uptime(self) -> str:
        """For how long it runs, in words."""
        minutes = int(self.engine.clock() - self.engine.started) // 60
        return f"{minutes // 60} hours, {minutes % 60} minutes"


def vlans_of(tree: Node) -> tuple[int, ...]:
    """The VLANs that there are; number 1 always is."""
    own = [int(key.split()[1]) for key, node in tree.children.items() if key.startswith("vlan ") and node.section]
    return (1, *sorted(number for number in own if number != 1))


def allowed_of(node: Node, key: str) -> list[int]:
    """The VLANs that a trunk's list allows; all without one."""
    found = node.get(key)
    text = found.text.removeprefix(key).strip() if found else "all"
    return [] if text == "none" else list(vlan_list(text) or range(1, 4095))


def _allowed_after(before: Sequence[int], words: Sequence[str]) -> list[int]:
    numbers = set(_numbers(words))
    match words[0]:
        case "add":
            return sorted({*before} | numbers)
        case "remove":
            return sorted({*before} - numbers)
        case "except":
            return sorted({*range(1, 4095)} - numbers)
        case "all":
            return list(range(1, 4095))
    return sorted(numbers)


def value(node: Node | None, key: str, default: str = "") -> str:
    """What stands behind the words that name a setting; `default` when it is not there."""
    found = node.get(key) if node else None
    return found.text.removeprefix(key).strip() if found and not found.text.startswith("no ") else default


def is_on(node: Node | None, key: str, default: bool) -> bool:
    """Whether a setting that is only on or off is on."""
    found = node.get(key) if node else None
    return default if found is None else not found.text.startswith("no ")


def _numbers(words: Iterable[str]) -> tuple[int, ...]:
    return tuple(chain.from_iterable(vlan_list(word) or () for word in words))


def _filtered(said: str, then: str) -> str:
    """`| include X`, `| exclude X`, `| begin X`, `| section X`, `| count X`, `| no-more`."""
    verb, _, pattern = then.partition(" ")
    lines = said.split("\n")
    try:
        matching = [bool(re.search(pattern.strip().strip('"'), line)) for line in lines]
    except re.error:
        return "% Invalid regular expression\n"
    if "no-more".startswith(verb):
        return said
    if "include".startswith(verb) or verb == "grep":
        kept = [line for line, hit in zip(lines, matching, strict=True) if hit]
    elif "exclude".startswith(verb):
        kept = [line for line, hit in zip(lines, matching, strict=True) if not hit]
    elif "begin".startswith(verb):
        kept = lines[matching.index(True) :] if any(matching) else []
    elif "section".startswith(verb):
        kept = list(_sections(lines, matching))
    elif "count".startswith(verb):
        return f"Number of lines which match regexp = {sum(matching)}\n"
    else:
        return "% Invalid input\n"
    return "".join(f"{line}\n" for line in kept)


def _sections(lines: Sequence[str], matching: Sequence[bool]) -> Iterator[str]:
    """Lines that match, each with what is indented below it."""
    inside = -1
    for line, hit in zip(lines, matching, strict=True):
        depth = len(line) - len(line.lstrip())
        if inside >= 0 and depth <= inside:
            inside = -1
        if inside < 0 and hit:
            inside = depth
        if inside >= 0:
            yield line
