"""Arista EOS (CCS-720XP, 4.30): its command line as the EOS User Manual has it."""

from __future__ import annotations

from collections.abc import Sequence

from .block import BlockDialect, BlockSession, Place, Refused, allowed_of, is_on, value, vlans_of
from .cisco import dotted
from .engine import PortSettings, SwitchSettings
from .eos_rows import ROWS
from .grammar import Found, Grammar, Unknown
from .names import EOS
from .pattern import vlan_list
from .tree import Node


class EosSession(BlockSession):
    """A terminal of an Arista switch."""

    dialect: Eos
    physical = "% Cannot remove a physical interface"
    vlan_1 = "% Default VLAN cannot be deleted"

    @property
    def prompt(self) -> str:
        """The interface's short name, and the first six characters of a session's, are in the prompt."""
        mode = self.mode
        if mode in ("user", "exec"):
            return super().prompt
        where = self.dialect.modes[mode].format(_short(self.places[-1].name))
        if self.candidate:
            where = f"config-s-{self.candidate[:6]}{where.removeprefix('config')}"
        return f"{self.engine.hostname}({where})#"

    def refusal(self, unknown: Unknown, line: str) -> str:  # noqa: ARG002 - others show where
        """What EOS says (User Manual, Command-Line Interface)."""
        if unknown.why == "incomplete":
            return "% Incomplete command"
        return "% Ambiguous command" if unknown.why == "ambiguous" else "% Invalid input"

    def special(self, line: str) -> str | None:
        """`show` works everywhere; sessions are committed or aborted; a banner ends with `EOF`."""
        words = line.split()
        if words[0] in ("show", "write", "copy"):
            return self._from_exec(line)
        if words[0] == "banner" and words[1:] in (["motd"], ["login"]):
            return self._banner(words[1], [])
        if self.candidate and words[0] == "abort":
            self.engine.candidates.pop(self.candidate, None)
            return self.end()
        if self.candidate and words[0] == "commit":
            return self._commit(words[1:])
        if self.candidate and words == ["rollback", "clean-config"]:
            self.engine.candidates[self.candidate] = self.dialect.factory(self.engine.name, self.engine.interfaces)
            return ""
        return None

    def _banner(self, kind: str, lines: list[str]) -> str:
        if lines and lines[-1].strip() == "EOF":
            text = "\n".join([f"banner {kind}", *lines])
            self.tree.put(f"banner {kind}", text, self.dialect.place_of("management"))
            self.engine.changed()
            return ""
        said = "" if lines else "Enter TEXT message. Type 'EOF' on its own line to end.\n"
        self.ask(" ", lambda line: self._banner(kind, [*lines, line]))
        return said

    def _commit(self, words: Sequence[str]) -> str:
        """`commit [timer H:MM:SS]`: the session's configuration replaces the running one."""
        name = self.candidate
        if words and (words[0] != "timer" or len(words) != 2):
            raise Refused("% Invalid input")
        if self.engine.pending is not None:
            raise Refused("% Another session is waiting for a commit confirmation")
        if words:
            parts = words[1].split(":")
            if len(parts) != 3 or not all(part.isdigit() for part in parts):
                raise Refused("% Invalid input")
            hours, minutes, seconds = map(int, parts)
            self.engine.revert_in(hours * 60 + minutes + seconds / 60, self.engine.config.clone(), name)
        tree = self.engine.candidates.pop(name)
        self.end()
        self.engine.run_from(tree)
        return ""

    # effects

    def policy_class(self, node: Node, found: Found, negative: bool) -> str:
        """A class of a policy must be known (Quality of Service, `class (policy-map (qos))`)."""
        key = found.match.text
        name = found.match.words[-1]
        if negative:
            node.children.pop(key, None)
            return ""
        if name != "class-default" and not self.tree.get(f"class-map type qos match-any {name}"):
            raise Refused(f"% Class map '{name}' does not exist")
        node.put(key, key, found.place, section=True, ordered=True)
        return ""

    def bundle(self, node: Node, found: Found, negative: bool) -> str:
        """A port channel that is not there is made."""
        self._store(node, found, found.match.identity, found.match.text, negative)
        name = f"interface Port-Channel{found.match.words[1]}" if not negative else ""
        if name and not self.tree.get(name):
            self.dialect._plain(self.tree, "config", name)
        return ""

    # commands

    def configure(self, *_: object) -> str:
        """`configure`."""
        self.places.append(Place("config"))
        return ""

    def configure_session(self, words: Sequence[str], *_: object) -> str:
        """`configure session [NAME]`."""
        name = words[2] if len(words) > 2 else f"session{len(self.engine.candidates) + 1}"
        if self.engine.pending is not None and self.engine.pending.name == name:
            raise Refused("% Session is pending commit confirmation")
        self.engine.candidates.setdefault(name, self.engine.config.clone())
        self.places.append(Place("config"))
        self.candidate = name
        return ""

    def finish_session(self, words: Sequence[str], *_: object) -> str:
        """`configure session NAME {commit|abort}`; `no configure session NAME`."""
        name = words[3] if words[0] == "no" else words[2]
        pending = self.engine.pending
        if pending is not None and pending.name == name:
            self.engine.pending = None
            if words[-1] != "commit":
                self.engine.run_from(pending.restore)
            return ""
        tree = self.engine.candidates.pop(name, None)
        if tree is None:
            raise Refused(f"% Session {name} does not exist")
        if words[-1] == "commit":
            self.engine.run_from(tree)
        return ""

    def show_sessions(self, *_: object) -> str:
        """`show configuration sessions`."""
        lines = ["Maximum number of completed sessions: 1\nMaximum number of pending sessions: 5\n\n"]
        lines.append("  Name                    State                       User       Terminal\n")
        lines.append("  ----------------------- --------------------------- ---------- --------\n")
        lines += [f"  {name:<24}{'pending':<28}{self.user:<11}vty1\n" for name in self.engine.candidates]
        if self.engine.pending is not None:
            lines.append(f"  {self.engine.pending.name:<24}{'pendingCommitTimer':<28}{self.user:<11}vty1\n")
        return "".join(lines)

    def write(self, words: Sequence[str], *_: object) -> str:
        """`write`, `copy running-config startup-config`."""
        if words[-1] == "terminal":
            return self.engine.running()
        self.engine.save()
        return "Copy completed successfully.\n"

    def reload(self, words: Sequence[str], *_: object) -> str:
        """`reload [now]`."""
        if words[-1] == "now":
            return self._reload("y")
        if self.engine.running() != self.engine.startup():
            return self.ask("System configuration has been modified. Save? [yes/no/cancel/diff]:", self._save_first)
        return self.ask("Proceed with reload? [confirm]", self._reload)

    def _save_first(self, answer: str) -> str:
        if answer.strip().lower().startswith("c"):
            return ""
        if answer.strip().lower().startswith("y"):
            self.engine.save()
        return self.ask("Proceed with reload? [confirm]", self._reload)

    def terminal_length(self, words: Sequence[str], *_: object) -> str:
        """`terminal length`."""
        return "Pagination disabled.\n" if words[-1] == "0" else f"Pagination set to {words[-1]} lines.\n"

    def terminal_width(self, words: Sequence[str], *_: object) -> str:
        """`terminal width`."""
        return f"Width set to {words[-1]} columns.\n"

    def show_hostname(self, *_: object) -> str:
        """`show hostname`."""
        return f"Hostname: {self.engine.hostname}\nFQDN:     {self.engine.hostname}\n"

    def show_running(self, words: Sequence[str], lists: Sequence[Sequence[str]]) -> str:
        """`show running-config [interfaces X]`."""
        if not lists:
            return self.engine.running()
        return self.section_text(f"interface {lists[-1][0]}", " ".join(words))

    def show_neighbors(self, *_: object) -> str:
        """`show lldp neighbors`."""
        lines = ["Last table change time   : never\n\nPort          Neighbor Device ID       Neighbor Port ID    TTL\n"]
        lines.append("---------- ------------------------ ---------------------- ---\n")
        for name, one in self.engine.seen.neighbours.items():
            lines.append(f"{_short(name):<10} {one.name or one.chassis:<24} {one.port:<22} 120\n")
        return "".join(lines)

    def show_neighbors_detail(self, _: object, lists: Sequence[Sequence[str]]) -> str:
        """`show lldp neighbors [X] detail`."""
        wanted = lists[-1] if lists else self.engine.interfaces
        return "".join(self._detail(name) for name in wanted)

    def _detail(self, name: str) -> str:
        one = self.engine.seen.neighbours.get(name)
        if one is None:
            return f"Interface {name} detected 0 LLDP neighbors:\n\n"
        return _NEIGHBOUR.format(name=name, chassis=dotted(one.chassis), one=one)

    def show_macs(self, _: object, lists: Sequence[Sequence[str]]) -> str:
        """`show mac address-table`."""
        wanted = lists[-1][0] if lists else ""
        lines = [
            f"{vlan:>4}    {dotted(mac)}    DYNAMIC     {_short(name)}        1       0:01:00 ago\n"
            for name, macs in self.engine.seen.macs.items()
            for vlan, mac in macs
            if wanted in ("", name)
        ]
        head = "          Mac Address Table\n" + "-" * 66 + "\n\n"
        rule = "Vlan    Mac Address       Type        Ports      Moves   Last Move\n"
        return f"{head}{rule}{''.join(lines)}Total Mac Addresses for this criterion: {len(lines)}\n"

    def show_power(self, *_: object) -> str:
        """`show poe`."""
        lines = ["Port      Enabled  Priority  Class   Power  State\n"]
        for name in self.engine.interfaces:
            watts = self.engine.seen.watts.get(name, 0.0)
            on = self.engine.port(name).poe
            state = "powered" if watts else "detecting" if on else "disabled"
            lines.append(f"{_short(name):<10}{on!s:<9}{'low':<10}{'-':<8}{watts:<7.1f}{state}\n")
        return "".join(lines)

    def show_vlans(self, *_: object) -> str:
        """`show vlan`."""
        lines = [f"VLAN  Name{' ' * 29}Status    Ports\n----- {'-' * 32} {'-' * 9} {'-' * 31}\n"]
        for number in self.engine.settings().vlans:
            name = (
                "default"
                if number == 1
                else value(self.engine.config.get(f"vlan {number}"), "name", f"VLAN{number:04}")
            )
            lines.append(f"{number:<6}{name:<33}active\n")
        return "".join(lines)

    def show_status(self, *_: object) -> str:
        """`show interfaces status`."""
        lines = ["Port       Name                 Status       Vlan     Duplex Speed  Type\n"]
        for name in self.engine.interfaces:
            port = self.engine.port(name)
            state = "disabled" if not port.up else "connected" if self.engine.seen.links.get(name) else "notconnect"
            text = value(self.engine.config.get(f"interface {name}"), "description")[:20]
            lines.append(
                f"{_short(name):<11}{text:<21}{state:<13}{'trunk' if port.trunk else port.access!s:<9}"
                "auto   auto   1000BASE-T\n"
            )
        return "".join(lines)


_NEIGHBOUR = """Interface {name} detected 1 LLDP neighbors:

  Neighbor {chassis}/"{one.port}", age 5 seconds
  Discovered 0:01:00 ago; Last changed 0:01:00 ago
  - Chassis ID type: MAC address (4)
    Chassis ID     : {chassis}
  - Port ID type: Interface name (5)
    Port ID     : "{one.port}"
  - Time To Live: 120 seconds
  - System Name: "{one.name}"
  - System Description: "{one.description}"
  - System Capabilities : Bridge, Telephone
    Enabled Capabilities: Bridge, Telephone
  - LLDP-MED Capabilities
    Device Class: Endpoint Class III

"""


def _short(name: str) -> str:
    """`Et7` of `Ethernet7`."""
    for long, brief in (
        ("Ethernet", "Et"),
        ("Management", "Ma"),
        ("Port-Channel", "Po"),
        ("Vlan", "Vl"),
        ("Loopback", "Lo"),
    ):
        if name.startswith(long):
            return brief + name.removeprefix(long)
    return name


class Eos(BlockDialect):
    """Arista EOS."""

    kinds = EOS
    session = EosSession
    indent = 3
    version = """Arista CCS-720XP-48Y6-F
Hardware version: 11.02
Serial number: JPE00000000
System MAC address: 001c.7300.0001

Software image version: 4.30.5M
Architecture: i686

Uptime: {uptime}
Total memory: 4002360 kB
Free memory: 2716188 kB
"""
    base = ("no ip routing", "spanning-tree mode mstp")
    modes = {
        "config": "config",
        "interface": "config-if-{}",
        "vlan": "config-vlan-{}",
        "class-map": "config-cmap-qos",
        "policy-map": "config-pmap-qos",
        "policy-class": "config-pmap-c-qos",
        "qos-profile": "config-qos-profile",
        "tx-queue": "config-txq",
        "acl": "config-acl",
        "aaa-group": "config-sg",
        "management": "config-mgmt",
    }
    grammar = Grammar(
        ROWS,
        EOS.reader,
    )

    def text(self, tree: Node) -> str:
        """What `show running-config` prints."""
        head = "! Command: show running-config\n! device: {} (CCS-720XP-48Y6-F, EOS-4.30.5M)\n!\n"
        return head.format(self.hostname(tree)) + "\n".join([*self.body(tree), "!", "end", ""])

    def port(self, tree: Node, interface: str) -> PortSettings:
        """What a configuration says of a port. In the mode `trunk phone` the native VLAN is the data VLAN."""
        node = tree.get(f"interface {interface}")
        mode = value(node, "switchport mode", "access")
        there = set(vlans_of(tree))
        native = value(node, "switchport trunk native vlan", "1")
        untagged = value(node, "switchport access vlan", "1") if mode == "access" else native
        phone = (
            value(node, "switchport phone vlan") or value(tree, "switchport phone vlan")
            if mode == "trunk phone"
            else ""
        )
        running = is_on(tree, "lldp run", True)
        limited = node is not None and any(key.startswith("switchport port-security") for key in node.children)
        return PortSettings(
            up=not is_on(node, "shutdown", False),
            trunk=mode == "trunk",
            access=int(untagged) if untagged.isdigit() and int(untagged) in there else 0,
            voice=int(phone) if phone and int(phone) in there else 0,
            allowed=tuple(v for v in allowed_of(node, "switchport trunk allowed vlan") if v in there) if node else (),
            poe=not is_on(node, "poe disabled", False),
            lldp_transmit=running and is_on(node, "lldp transmit", True),
            lldp_receive=running and is_on(node, "lldp receive", True),
            dhcp_trusted=mode == "trunk",
            limit=int(value(node, "switchport port-security mac-address maximum", "1")) if limited else 0,
        )

    def circuit_id(self, tree: Node, interface: str, vlan: int) -> bytes:
        """Type, length, and what the format says (DHCP Snooping, `circuit-id type`): by default interface and VLAN."""
        kind, form = (value(tree, "ip dhcp snooping information option circuit-id type") or "0 format %p:%v").split(
            " format "
        )
        text = form.replace("%h", self.hostname(tree)).replace("%p", interface).replace("%v", str(vlan)).encode()
        return text if kind == "none" else bytes((int(kind), len(text))) + text

    def switch(self, tree: Node) -> SwitchSettings:
        """What a configuration says of the whole switch."""
        on = is_on(tree, "ip dhcp snooping", False)
        return SwitchSettings(
            vlans=vlans_of(tree),
            snooped=(vlan_list(value(tree, "ip dhcp snooping vlan")) or ()) if on else (),
            option82=is_on(tree, "ip dhcp snooping information option", False),
        )
