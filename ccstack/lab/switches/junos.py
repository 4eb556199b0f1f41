"""Juniper Junos OS (EX3400, ELS): its command line as the CLI User Guide and the statements' references have it.

A configuration is a set of statements. A statement is named by its words; those of a leaf with one value, without it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import pairwise

from .engine import Dialect, Engine, HungUp, PortSettings, Session, SwitchSettings
from .grammar import Found, Grammar, Unknown
from .junos_rows import ROWS
from .names import JUNOS
from .pattern import Walk, split
from .tree import Node, Part, natural

_CANDIDATE = "candidate"


class Refused(Exception):  # noqa: N818 - part of the conversation
    """The switch does not take the line, and says this."""


class JunosSession(Session):
    """A terminal of a Junos switch."""

    dialect: Junos

    def __init__(self, engine: Engine, user: str = "admin") -> None:
        super().__init__(engine, user)
        assert isinstance(engine.dialect, Junos)
        self.dialect = engine.dialect
        self.configuring = ""
        """How it configures: `shared`, `exclusive`; empty when it does not."""
        self.path: tuple[str, ...] = ()
        self._answer: Callable[[str], str] | None = None

    @property
    def prompt(self) -> str:
        """`user@host> `, or the hierarchy and `user@host# `."""
        head = f"{self.user}@{self.engine.hostname}"
        return f"\n[edit{''.join(f' {word}' for word in self.path)}]\n{head}# " if self.configuring else f"{head}> "

    @property
    def candidate(self) -> Node:
        """What is being edited."""
        return self.engine.candidates.setdefault(_CANDIDATE, self.engine.config.clone())

    def control(self, key: str) -> str:  # noqa: ARG002 - both forget the line
        """A control key: the line is forgotten."""
        self.question, self._answer = "", None
        return ""

    def lost(self) -> None:
        """An exclusive candidate goes with its terminal; the shared one stays for whoever comes next."""
        if self.configuring == "exclusive":
            self.engine.candidates.pop(_CANDIDATE, None)

    def type(self, line: str) -> str:
        """Enter a line; what the switch says. `HungUp` when it closes the session."""
        self.engine.tick()
        if self._answer is not None:
            answer, self._answer, self.question = self._answer, None, ""
            return answer(line)
        line = line.strip(" \t")
        if not line or line.startswith("#"):
            return ""
        try:
            return self._obey(line)
        except Refused as refused:
            return f"{refused}\n"

    def _obey(self, line: str) -> str:
        if self.configuring and self.engine.count_line(line):
            raise Refused(self._pointed("syntax error.", 0))
        command, *pipes = _piped(line)
        mode = "configure" if self.configuring else "exec"
        found = self.dialect.grammar.find(mode, command)
        if isinstance(found, Unknown):
            start = split(command).starts
            at = start[found.at] if found.at < len(start) else len(command)
            says = "unknown command." if found.at == 0 else "syntax error."
            raise Refused(self._pointed("missing argument." if found.why == "incomplete" else says, at))
        words = found.match.words
        if pipes and found.row.effect in ("show_configuration", "show_candidate"):
            return self._shown(
                found.row.effect == "show_candidate",
                words[len(words) - 1 :] if words[-1] not in ("show", "configuration") else (),
                pipes,
            )
        said = str(getattr(self, found.row.effect)(words, found.match.lists))
        return _filtered(said, pipes)

    def _pointed(self, says: str, at: int) -> str:
        column = len(self.prompt.rpartition("\n")[2]) + at
        return f"{' ' * column}^\n{says}"

    def _ask(self, question: str, answer: Callable[[str], str]) -> str:
        self.question, self._answer = question, answer
        return ""

    # configuration mode

    def configure(self, words: Sequence[str], *_: object) -> str:
        """`configure [exclusive]`. A private candidate is not modelled: it is an exclusive one."""
        self.configuring = "shared" if len(words) == 1 else "exclusive"
        self.path = ()
        changed = self.configuring == "shared" and self.dialect.text(self.candidate) != self.engine.running()
        more = "The configuration has been changed but not committed\n" if changed else ""
        if self.configuring == "exclusive":
            more = "warning: uncommitted changes will be discarded on exit\n"
        return f"Entering configuration mode\n{more}"

    def leave(self, *_: object) -> str:
        """`exit`: one level up, or out of configuration mode."""
        if self.path:
            self.path = ()
            return ""
        return self.leave_all()

    def leave_all(self, *_: object) -> str:
        """`exit configuration-mode`."""
        if self.dialect.text(self.candidate) != self.engine.running():
            says = "The configuration has been changed but not committed\n"
            self._ask("Exit with uncommitted changes? [yes,no] (yes) ", self._leave_uncommitted)
            return says
        return self._left()

    def _leave_uncommitted(self, answer: str) -> str:
        return "" if answer.strip().lower().startswith("n") else self._left()

    def _left(self) -> str:
        self.lost()
        self.configuring, self.path = "", ()
        return "Exiting configuration mode\n"

    def up(self, *_: object) -> str:
        """`up`."""
        self.path = self.path[:-1]
        return ""

    def top(self, *_: object) -> str:
        """`top`."""
        self.path = ()
        return ""

    def edit(self, words: Sequence[str], *_: object) -> str:
        """`edit PATH`."""
        self.path = (*self.path, *words[1].split())
        return ""

    def run(self, words: Sequence[str], *_: object) -> str:
        """`run COMMAND`."""
        kept, self.configuring = self.configuring, ""
        try:
            return self._obey(words[1])
        finally:
            self.configuring = kept

    def set(self, words: Sequence[str], *_: object) -> str:
        """`set STATEMENT`."""
        line = " ".join((*self.path, words[-1]))
        found = self.dialect.grammar.find("set", line)
        if isinstance(found, Unknown):
            offset = len("set ") - len(" ".join(self.path)) - bool(self.path)
            starts = split(line).starts
            at = starts[found.at] if found.at < len(starts) else len(line)
            raise Refused(
                self._pointed(
                    "missing argument." if found.why == "incomplete" else "syntax error.", max(0, at + offset)
                )
            )
        if found.row.no == "refused":
            raise Refused(self._pointed("syntax error.", 4))
        self.dialect.put(self.candidate, found)
        return ""

    def wildcard(self, words: Sequence[str], *_: object) -> str:
        """`wildcard range set interfaces ge-0/0/[0-3] ...`."""
        match = re.search(r"\[([0-9]+)-([0-9]+)\]", words[-1])
        if match is None:
            raise Refused(self._pointed("syntax error.", 19))
        for number in range(int(match[1]), int(match[2]) + 1):
            self.set(("set", words[-1].replace(match[0], str(number), 1)))
        return ""

    def delete(self, words: Sequence[str], *_: object) -> str:
        """`delete STATEMENT`: it, and all below it."""
        prefix = (*self.path, *(words[-1].split() if len(words) > 1 else ()))
        if not prefix:
            return self._ask("Delete everything under this level? [yes,no] (no) ", self._delete_all)
        return "" if self.dialect.remove(self.candidate, prefix) else "warning: statement not found\n"

    def _delete_all(self, answer: str) -> str:
        if answer.strip().lower().startswith("y"):
            self.candidate.children.clear()
        return ""

    def rollback(self, words: Sequence[str], *_: object) -> str:
        """`rollback [N]`: the candidate is what was committed N commits ago."""
        number = int(words[1]) if len(words) > 1 else 0
        past = [self.engine.config, *self.engine.history]
        if number >= len(past):
            raise Refused(f"error: rollback {number} does not exist")
        self.engine.candidates[_CANDIDATE] = past[number].clone()
        return "load complete\n"

    # commits

    def commit_check(self, *_: object) -> str:
        """`commit check`; while a commit waits for its confirmation, it confirms it."""
        self._check()
        return self._confirmed() + "configuration check succeeds\n"

    def _check(self) -> None:
        problems = list(self.dialect.problems(self.candidate))
        if problems:
            raise Refused("\n".join([*problems, "error: configuration check-out failed"]))

    def _confirmed(self) -> str:
        if self.engine.pending is not None:
            self.engine.pending = None
            self.engine.save()
        return ""

    def commit(self, words: Sequence[str], *_: object) -> str:
        """`commit`."""
        self._check()
        self._take_over()
        self._confirmed()
        self.engine.save()
        return "commit complete\n" + (self._left() if words[-1] == "and-quit" else "")

    def _take_over(self) -> None:
        tree = self.candidate.clone()
        if self.dialect.text(tree) != self.engine.running():
            self.engine.history.insert(0, self.engine.config)
            del self.engine.history[49:]
            self.engine.run_from(tree)

    def commit_confirmed(self, words: Sequence[str], *_: object) -> str:
        """`commit confirmed [MINUTES]`: ten without a number."""
        self._check()
        minutes = int(words[2]) if len(words) > 2 and words[2].isdigit() else 10
        before = self.engine.pending.restore if self.engine.pending else self.engine.config.clone()
        if self.engine.faults.reboot_on_save:
            self.engine.save()
        self._take_over()
        self.engine.revert_in(minutes, before, "commit confirmed")
        says = f"commit confirmed will be automatically rolled back in {minutes} minutes unless confirmed\n"
        return f"{says}commit complete\n\n# commit confirmed will be rolled back in {minutes} minutes\n"

    # commands

    def hang_up(self, *_: object) -> str:
        """`exit`."""
        raise HungUp("")

    def quiet(self, *_: object) -> str:
        """A setting of the terminal that changes nothing here."""
        return ""

    def cli_width(self, words: Sequence[str], *_: object) -> str:
        """`set cli screen-width`."""
        return f"Screen width set to {words[-1]}\n"

    def cli_length(self, words: Sequence[str], *_: object) -> str:
        """`set cli screen-length`."""
        return f"Screen length set to {words[-1]}\n"

    def cli_space(self, words: Sequence[str], *_: object) -> str:
        """`set cli complete-on-space`."""
        return f"{'Disabling' if words[-1] == 'off' else 'Enabling'} complete-on-space\n"

    def reboot(self, *_: object) -> str:
        """`request system reboot`."""
        return self._ask("Reboot the system ? [yes,no] (no) ", self._reboot)

    def _reboot(self, answer: str) -> str:
        if not answer.strip().lower().startswith("y"):
            return ""
        self.engine.reload()
        return self.hang_up()

    def show_configuration(self, words: Sequence[str], *_: object) -> str:
        """`show configuration [PATH]`."""
        return self._shown(False, words[2:], ())

    def show_candidate(self, words: Sequence[str], *_: object) -> str:
        """`show [PATH]`, in configuration mode."""
        return self._shown(True, words[1:], ())

    def _shown(self, candidate: bool, words: Sequence[str], pipes: Sequence[str]) -> str:
        path = (*(self.path if candidate else ()), *(" ".join(words).split()))
        tree = self.candidate if candidate else self.engine.config
        if pipes and pipes[0].split()[:1] == ["compare"]:
            return self._compared(pipes[0].split()[1:])
        as_set = any(pipe.split()[:2] == ["display", "set"] for pipe in pipes)
        said = self.dialect.text(tree, path) if as_set else self.dialect.braces(tree, path)
        return _filtered(said, [pipe for pipe in pipes if not pipe.startswith("display")])

    def _compared(self, words: Sequence[str]) -> str:
        past = [self.engine.config, *self.engine.history]
        number = int(words[1]) if len(words) == 2 and words[1].isdigit() else 0
        if number >= len(past):
            raise Refused(f"error: rollback {number} does not exist")
        before, after = (self.dialect.braces(tree, ()).split("\n") for tree in (past[number], self.candidate))
        changes = [line for line in difflib.ndiff(before, after) if line[:1] in "+-"]
        return "".join(f"{line[0]}  {line[2:]}\n" for line in changes)

    def show_version(self, *_: object) -> str:
        """`show version`."""
        return f"fpc0:\n{'-' * 74}\nHostname: {self.engine.hostname}\nModel: ex3400-48p\nJunos: 21.4R3-S5.4\n"

    def show_uptime(self, *_: object) -> str:
        """`show system uptime`."""
        minutes = int(self.engine.clock() - self.engine.started) // 60
        return f"fpc0:\n{'-' * 74}\nSystem booted: {minutes // 60:02}:{minutes % 60:02} ago\n"

    def show_commits(self, *_: object) -> str:
        """`show system commit`."""
        lines = [f"{number}   by {self.user} via cli\n" for number in range(len(self.engine.history) + 1)]
        if self.engine.pending is not None:
            lines[0] = f"0   by {self.user} via cli commit confirmed, rollback in {self.engine.pending.minutes:g}mins\n"
        return "".join(lines)

    def show_neighbors(self, *_: object) -> str:
        """`show lldp neighbors`."""
        lines = [f"{'Local Interface':<19}{'Parent Interface':<20}{'Chassis Id':<20}{'Port info':<20}System Name\n"]
        for name, one in self.engine.seen.neighbours.items():
            lines.append(f"{name:<19}{'-':<20}{one.chassis:<20}{one.port:<20}{one.name}\n")
        return "".join(lines)

    def show_neighbors_detail(self, _: object, lists: Sequence[Sequence[str]]) -> str:
        """`show lldp neighbors interface X`."""
        name = lists[-1][0].removesuffix(".0")
        one = self.engine.seen.neighbours.get(name)
        return _NEIGHBOUR.format(name=name, one=one) if one else ""

    def show_macs(self, _: object, lists: Sequence[Sequence[str]]) -> str:
        """`show ethernet-switching table`."""
        wanted = lists[-1][0].removesuffix(".0") if lists else ""
        names = {number: name for name, number in self.dialect.vlans(self.engine.config).items()}
        found = [
            f"    {names.get(vlan, str(vlan)):<20}{mac:<20}D        -   {name}.0\n"
            for name, macs in self.engine.seen.macs.items()
            for vlan, mac in macs
            if wanted in ("", name)
        ]
        head = f"\nEthernet switching table : {len(found)} entries, {len(found)} learned\n"
        return f"{head}    {'Vlan':<20}{'MAC':<20}MAC      Age   Logical\n" + "".join(found)

    def show_power(self, _: object, lists: Sequence[Sequence[str]]) -> str:
        """`show poe interface`."""
        wanted = lists[-1][0] if lists else ""
        lines = ["Interface    Admin       Oper    Max        Priority       Power          Class\n"]
        for name in self.engine.interfaces:
            watts, on = self.engine.seen.watts.get(name, 0.0), self.engine.port(name).poe
            if wanted in ("", name):
                oper = "ON" if watts else "OFF"
                lines.append(
                    f" {name:<12}{'Enabled' if on else 'Disabled':<12}{oper:<8}30.0W      Low            {watts:.1f}W\n"
                )
        return "".join(lines)

    def show_status(self, *_: object) -> str:
        """`show interfaces terse`."""
        lines = ["Interface               Admin Link Proto    Local                 Remote\n"]
        for name in self.engine.interfaces:
            port = self.engine.port(name)
            up = port.up and self.engine.seen.links.get(name, False)
            lines.append(f"{name:<24}{'up' if port.up else 'down':<6}{'up' if up else 'down'}\n")
        return "".join(lines)

    def show_vlans(self, *_: object) -> str:
        """`show vlans`."""
        lines = [f"\n{'Routing instance':<24}{'VLAN name':<21}{'Tag':<14}Interfaces\n"]
        for name, number in self.dialect.vlans(self.engine.config).items():
            lines.append(f"{'default-switch':<24}{name:<21}{number}\n")
        return "".join(lines)


_NEIGHBOUR = """LLDP Neighbor Information:
Local Information:
Index: 1 Time to live: 120 Local Interface: {name} Parent Interface: - Ageout Count: 0

Neighbour Information:
Chassis type       : Mac address
Chassis ID         : {one.chassis}
Port type          : Mac address
Port ID            : {one.port}
Port description   : {one.description}
System name        : {one.name}

System Description : {one.description}

System capabilities
        Supported: Bridge Telephone
        Enabled  : Bridge Telephone

Media endpoint class: Class III Device
"""


class Junos(Dialect):
    """Juniper Junos OS."""

    session = JunosSession
    grammar = Grammar(
        ROWS,
        JUNOS,
    )

    def factory(self, name: str, interfaces: Sequence[str]) -> Node:
        """What a switch comes with: all ports switched, in the VLAN `default`."""
        tree = Node()
        lines = [
            f"system host-name {name}",
            "system services ssh",
            "protocols rstp interface all",
            "vlans default vlan-id 1",
        ]
        lines += [f"interfaces {interface} unit 0 family ethernet-switching" for interface in interfaces]
        for line in lines:
            found = self.grammar.find("set", line)
            assert isinstance(found, Found), line
            self.put(tree, found)
        return tree

    def put(self, tree: Node, found: Found) -> None:
        """Add a statement. What is no more than its beginning is not shown any more."""
        text = _quoted(found) if found.row.effect == "quoted" else found.match.text
        key = found.match.identity
        words = text.split()
        for size in range(1, len(words)):
            beginning = " ".join(words[:size])
            if (shorter := tree.get(beginning)) is not None and shorter.text == beginning:
                tree.children.pop(beginning)
        if found.match.key < 0 and any(other.startswith(f"{text} ") for other in tree.children):
            return
        tree.put(key, text, found.place)

    def remove(self, tree: Node, prefix: Sequence[str]) -> bool:
        """Take away a statement and what is below it; whether there was any. What has a name of its own stays."""
        asked = " ".join(prefix)
        gone = [
            key
            for key, one in tree.children.items()
            if f"{key} ".startswith(f"{asked} ") or f"{one.text} ".startswith(f"{asked} ")
        ]
        for key in gone:
            tree.children.pop(key)
        if gone:
            self._keep_bare(tree, prefix)
        return bool(gone)

    def _keep_bare(self, tree: Node, prefix: Sequence[str]) -> None:
        for size in range(len(prefix) - 1, 1, -1):
            line = " ".join(prefix[:size])
            found = self.grammar.find("set", line)
            if isinstance(found, Found) and found.match.key < 0 and found.match.text == line:
                self.put(tree, found)
                return

    def problems(self, tree: Node) -> Iterator[str]:
        """What a commit refuses: VLANs that are not there."""
        known = self.vlans(tree)
        for text in self._lines(tree):
            words = text.split()
            is_member = words[-2] == "members" and "ethernet-switching" in words
            names_one = is_member or (words[:2] == ["switch-options", "voip"] and words[-2] == "vlan")
            if names_one and words[-1] not in (*known, "all") and not words[-1].isdigit():
                where = " ".join(words[:-2])
                yield f"[edit {where}]\n  '{words[-2]} {words[-1]}'\n    vlan {words[-1]} is not configured"

    def _lines(self, tree: Node) -> list[str]:
        return [one.text for one in sorted(tree.children.values(), key=self._order)]

    def _order(self, node: Node) -> tuple[int, int, tuple[Part, ...], int, tuple[Part, ...]]:
        words = node.text.split()
        first, second = self._ranks[node.place]
        found = self.grammar.find("set", node.text)
        levels = found.match.levels if isinstance(found, Found) else ()
        above = " ".join(words[: levels[-1]]) if levels else words[0]
        return first, second, natural(above), node.place, natural(node.text)

    @cached_property
    def _ranks(self) -> dict[int, tuple[int, int]]:
        """Of each row: where its first word, and its first two, are first seen."""
        ranks: dict[int, tuple[int, int]] = {}
        seen: dict[str, int] = {}
        for place, one in enumerate(self.grammar.rows):
            words = one.pattern.replace(" /", "").split()
            ranks[place] = (seen.setdefault(words[0], place), seen.setdefault(" ".join(words[:2]), place))
        return ranks

    def text(self, tree: Node, path: Sequence[str] = ()) -> str:
        """A configuration as `show configuration | display set` prints it."""
        asked = " ".join(path)
        lines = [f"set {text}" for text in self._lines(tree) if not asked or f"{text} ".startswith(f"{asked} ")]
        return "".join(f"{line}\n" for line in (["set version 21.4R3-S5.4", *lines] if not asked else lines))

    def braces(self, tree: Node, path: Sequence[str] = ()) -> str:
        """A configuration as `show configuration` prints it."""
        lines: list[str] = []
        open_: list[str] = []
        asked = " ".join(path)
        for text in self._lines(tree):
            if asked and not f"{text} ".startswith(f"{asked} "):
                continue
            levels, leaf = self._levels(text)
            levels = _below(levels, asked)
            while open_ and open_ != levels[: len(open_)]:
                open_.pop()
                lines.append("    " * len(open_) + "}")
            for level in levels[len(open_) :]:
                lines.append("    " * len(open_) + level + " {")
                open_.append(level)
            lines.append("    " * len(open_) + leaf + ";")
        while open_:
            open_.pop()
            lines.append("    " * len(open_) + "}")
        return "".join(f"{line}\n" for line in lines)

    def _levels(self, text: str) -> tuple[list[str], str]:
        walk = Walk(split(text), JUNOS)
        found = self.grammar.find("set", text)
        match = found.match if isinstance(found, Found) else next(walk.matches("LINE"))
        ends = [0, *match.levels]
        parts = [" ".join(match.words[a:b]) for a, b in pairwise(ends)]
        return parts, " ".join(match.words[ends[-1] :])

    def hostname(self, tree: Node) -> str:
        """The name that prompts show."""
        return _value(tree, "system host-name") or "Amnesiac"

    def vlans(self, tree: Node) -> dict[str, int]:
        """The VLANs' names and numbers."""
        found = [
            one.text.split()
            for key, one in tree.children.items()
            if key.startswith("vlans ") and key.endswith(" vlan-id")
        ]
        return {words[1]: int(words[-1]) for words in found}

    def reverted(self, engine: Engine) -> None:
        """What comes back is the candidate, too."""
        engine.candidates.pop(_CANDIDATE, None)

    def port(self, tree: Node, interface: str) -> PortSettings:
        """What a configuration says of a port."""
        known = self.vlans(tree)
        switched = f"interfaces {interface} unit 0 family ethernet-switching"
        named = [
            one.text.split()[-1] for key, one in tree.children.items() if key.startswith(f"{switched} vlan members ")
        ]
        numbers = [known.get(name, int(name) if name.isdigit() else 0) for name in named]
        trunk = _value(tree, f"{switched} interface-mode") == "trunk"
        native = _value(tree, f"interfaces {interface} native-vlan-id")
        voice = _value(tree, f"switch-options voip interface {interface}.0 vlan") or _value(
            tree, "switch-options voip interface access-ports vlan"
        )
        limit = _value(tree, f"switch-options interface {interface}.0 interface-mac-limit")
        return PortSettings(
            up=f"interfaces {interface} disable" not in tree.children,
            trunk=trunk,
            access=(int(native) if native else 0) if trunk else (numbers[0] if numbers else 1),
            voice=0 if trunk or not voice else known.get(voice, int(voice) if voice.isdigit() else 0),
            allowed=tuple(known.values()) if "all" in named else tuple(number for number in numbers if number),
            poe=_has(tree, "poe interface", interface),
            lldp_transmit=_has(tree, "protocols lldp interface", interface),
            lldp_receive=_has(tree, "protocols lldp interface", interface),
            dhcp_trusted=trunk,
            limit=int(limit) if limit.isdigit() else 0,
        )

    def circuit_id(self, tree: Node, interface: str, vlan: int) -> bytes:
        """`[host-name:]interface:vlan-name` (DHCP Security, `circuit-id`, `prefix`, `use-vlan-id`)."""
        name = next((name for name, number in self.vlans(tree).items() if number == vlan), str(vlan))
        head = f"vlans {name} forwarding-options dhcp-security option-82 circuit-id"
        where = str(vlan) if f"{head} use-vlan-id" in tree.children else name
        port = f"{interface}.0"
        if f"{head} use-interface-description" in tree.children:
            port = _value(tree, f"interfaces {interface} description").strip('"') or port
        prefix = f"{self.hostname(tree)}:" if f"{head} prefix host-name" in tree.children else ""
        return f"{prefix}{port}:{where}".encode()

    def switch(self, tree: Node) -> SwitchSettings:
        """What a configuration says of the whole switch. `dhcp-security` of a VLAN turns snooping on."""
        known = self.vlans(tree)
        snooped = {
            name
            for name in known
            if any(key.startswith(f"vlans {name} forwarding-options dhcp-security") for key in tree.children)
        }
        option = any(" dhcp-security option-82" in key for key in tree.children)
        return SwitchSettings(
            vlans=tuple(sorted(known.values())), snooped=tuple(sorted(known[name] for name in snooped)), option82=option
        )


def _value(tree: Node, key: str) -> str:
    found = tree.get(key)
    return found.text.removeprefix(key).strip() if found else ""


def _has(tree: Node, head: str, interface: str) -> bool:
    """Whether something is on for an interface: by its own statement, else by that of `all`."""
    for name in (interface, f"{interface}.0", "all"):
        if f"{head} {name} disable" in tree.children:
            return False
        if any(f"{key} ".startswith(f"{head} {name} ") for key in tree.children):
            return True
    return False


def _quoted(found: Found) -> str:
    """A text in quotation marks where it needs them."""
    match = found.match
    text = match.words[-1].strip('"')
    shown = text if re.fullmatch(r"[A-Za-z0-9._/:@+-]+", text) else f'"{text}"'
    return " ".join((*match.words[:-1], shown))


def _piped(line: str) -> list[str]:
    """A command and what it is piped through; a `|` in quotation marks is none."""
    return [part.strip() for part in re.split(r'\|(?=(?:[^"]*"[^"]*")*[^"]*$)', line)]


def _below(levels: list[str], asked: str) -> list[str]:
    """The levels that are left below a path that was asked for."""
    while levels and asked and (asked == levels[0] or asked.startswith(f"{levels[0]} ")):
        asked = asked[len(levels[0]) :].strip()
        levels = levels[1:]
    return levels


def _filtered(said: str, pipes: Sequence[str]) -> str:
    for pipe in pipes:
        verb, _, pattern = pipe.partition(" ")
        lines = said.splitlines()
        pattern = pattern.strip().strip('"')
        if verb in ("match", "except"):
            lines = [line for line in lines if bool(re.search(pattern, line)) is (verb == "match")]
        elif verb == "count":
            lines = [f"Count: {len(lines)} lines"]
        elif verb != "no-more":
            return "syntax error.\n"
        said = "".join(f"{line}\n" for line in lines)
    return said
