"""HPE Aruba AOS-CX 10.13 (6300): its command line as the AOS-CX guides have it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from .aoscx_rows import ROWS
from .block import BlockDialect, BlockSession, Place, Refused, is_on, value
from .engine import PortSettings, SwitchSettings
from .grammar import Found, Grammar, Unknown
from .names import AOSCX
from .pattern import as_vlans, split, vlan_list
from .tree import Node


class AoscxSession(BlockSession):
    """A terminal of an AOS-CX switch."""

    dialect: Aoscx
    physical = "Cannot remove a physical interface."
    vlan_1 = "VLAN 1 cannot be deleted."

    def refusal(self, unknown: Unknown, line: str) -> str:
        """What AOS-CX says (Fundamentals Guide, Command syntax)."""
        if unknown.why == "incomplete":
            return "% Command incomplete."
        if unknown.why == "ambiguous":
            return "% Ambiguous command."
        words = split(line).words
        return f"Invalid input: {words[unknown.at] if unknown.at < len(words) else line}"

    def special(self, line: str) -> str | None:
        """`show`, `write` and the like work everywhere; a banner ends with the mark that it began with."""
        words = line.split(None, 2)
        if words[0] in ("show", "write", "copy", "checkpoint", "page") or words[:2] == ["no", "page"]:
            return self._from_exec(line)
        if words[0] == "banner" and len(words) == 3 and words[1] in ("motd", "exec"):
            return self._banner(words[1], words[2], [])
        if words[0] == "quit" and len(words) == 1:
            return self.leave()
        return None

    def _banner(self, kind: str, mark: str, lines: list[str]) -> str:
        if lines and lines[-1].strip() == mark:
            self.tree.put(
                f"banner {kind}", "\n".join([f"banner {kind} {mark}", *lines]), self.dialect.place_of("user ")
            )
            self.engine.changed()
            return ""
        said = "" if lines else "Enter a new banner. Terminate the banner with the delimiter you have chosen.\n"
        self.ask(" ", lambda line: self._banner(kind, mark, [*lines, line]))
        return said

    # effects

    def routing(self, node: Node, found: Found, negative: bool) -> str:
        """A routed port has no VLANs; one that is switched again is in VLAN 1."""
        was_routed = is_on(node, "routing", False)
        self._store(node, found, "routing", "routing", negative)
        if not negative:
            for gone in ("vlan access", "vlan trunk native", "vlan trunk allowed"):
                node.children.pop(gone, None)
        elif was_routed:
            self._access(node, "1")
        return ""

    def _access(self, node: Node, vlan: str) -> None:
        for gone in ("vlan trunk native", "vlan trunk allowed"):
            node.children.pop(gone, None)
        node.put("vlan access", f"vlan access {vlan}", self.dialect.place_in("interface", "vlan access"))

    def vlan_access(self, node: Node, found: Found, negative: bool) -> str:
        """`vlan access`: the VLAN must be there; a trunk is none any more."""
        if negative:
            if node.get("vlan access"):
                self._access(node, "1")
            return ""
        self._must_have_vlan(found.match.words[-1])
        self._access(node, found.match.words[-1])
        return ""

    def _must_have_vlan(self, number: str) -> None:
        if not self.tree.get(f"vlan {number}"):
            raise Refused(f"VLAN {number} not found.")

    def trunk_native(self, node: Node, found: Found, negative: bool) -> str:
        """`vlan trunk native`: carries every VLAN until a list says which."""
        place = self.dialect.place_in("interface", "vlan trunk native")
        if negative:
            if node.get("vlan trunk native"):
                node.put("vlan trunk native", "vlan trunk native 1", place)
            return ""
        self._must_have_vlan(found.match.words[3])
        node.children.pop("vlan access", None)
        node.put("vlan trunk native", found.match.text, place)
        if not node.get("vlan trunk allowed"):
            node.put("vlan trunk allowed", "vlan trunk allowed all", place + 1)
        return ""

    def trunk_allowed(self, node: Node, found: Found, negative: bool) -> str:
        """`vlan trunk allowed`: lists add up; `no` with a list takes from it, without one the port is in VLAN 1."""
        key, place = "vlan trunk allowed", self.dialect.place_in("interface", "vlan trunk allowed")
        before = value(node, key)
        words = found.match.words[3:]
        if negative:
            left = set(vlan_list(before) or ()) - set(vlan_list(words[0]) or () if words else ())
            if not before:
                return ""
            if not words or words[0] == "all" or not left:
                self._access(node, "1")
            else:
                node.put(key, f"{key} {as_vlans(sorted(left))}", place)
            return ""
        both = {*(vlan_list(before) or ()), *(vlan_list(words[0]) or ())}
        node.children.pop("vlan access", None)
        if not node.get("vlan trunk native"):
            node.put("vlan trunk native", "vlan trunk native 1", place - 1)
        node.put(key, f"{key} {'all' if words[0] == 'all' else as_vlans(sorted(both))}", place)
        return ""

    def on_by_default(self, node: Node, found: Found, negative: bool) -> str:
        """What is shown only when it is off."""
        node.children.pop(found.match.text, None)
        if negative:
            node.put(found.match.text, f"no {found.match.text}", found.place)
        return ""

    def apply_policy(self, node: Node, found: Found, negative: bool) -> str:
        """One policy a direction (Classifier Policies Guide, `apply policy`)."""
        key = f"apply policy {found.match.words[-1]}"
        if negative:
            node.children.pop(key, None)
            return ""
        name = found.match.words[2]
        if not self.tree.get(f"policy {name}"):
            raise Refused(f"Policy {name} does not exist.")
        node.put(key, found.match.text, found.place)
        return ""

    def numbered(self, node: Node, found: Found, negative: bool) -> str:
        """Entries have numbers in steps of ten; one typed with a number that is there replaces it."""
        words = found.match.words
        has_number = words[0].isdigit()
        if negative:
            same = " ".join(words[1:] if has_number else words)
            gone = [key for key, one in node.children.items() if key == words[0] or one.text == f"{key} {same}"]
            for key in gone:
                node.children.pop(key)
            return ""
        if len(words) == 1:
            raise Refused("% Command incomplete.")
        if words[0 if not has_number else 1] == "class":
            kind, name = words[1 + has_number], words[2 + has_number]
            if not self.tree.get(f"class {kind} {name}"):
                raise Refused(f"Class {name} of type {kind} does not exist.")
        number = words[0] if has_number else str(10 + max((int(key) // 10 * 10 for key in node.children), default=0))
        node.put(number, " ".join((number, *words[has_number:])), found.place)
        return ""

    # commands

    def configure(self, *_: object) -> str:
        """`configure terminal`."""
        self.places.append(Place("config"))
        return ""

    def write(self, *_: object) -> str:
        """`write memory`."""
        self.engine.save()
        return "Configuration changes will take time to process, please be patient.\nCopying configuration: [Success]\n"

    def reload(self, *_: object) -> str:
        """`boot system`."""
        if self.engine.running() != self.engine.startup():
            return self.ask("Do you want to save the current configuration (y/n)? ", self._save_first)
        return self._confirm_boot()

    def _save_first(self, answer: str) -> str:
        if answer.strip().lower().startswith("y"):
            self.engine.save()
        return self._confirm_boot()

    def _confirm_boot(self) -> str:
        says = "This will reboot the entire switch and render it unavailable\nuntil the process is complete.\n"
        self.ask("Continue (y/n)? ", self._boot)
        return says

    def _boot(self, answer: str) -> str:
        if not answer.strip().lower().startswith("y"):
            return "Reboot aborted.\n"
        self.engine.reload()
        return self.hang_up()

    def checkpoint_auto(self, words: Sequence[str], *_: object) -> str:
        """`checkpoint auto MINUTES`."""
        if self.engine.pending is not None:
            raise Refused("Auto checkpoint is already in progress")
        self.engine.revert_in(int(words[-1]), self.engine.config.clone(), f"AUTO{datetime.now(UTC):%Y%m%d%H%M%S}")
        return f"Auto checkpoint mode expires in {words[-1]} minute(s)\n"

    def checkpoint_confirm(self, *_: object) -> str:
        """`checkpoint auto confirm`."""
        if self.engine.pending is None:
            raise Refused("Auto checkpoint is not in progress")
        name, self.engine.pending = self.engine.pending.name, None
        self.engine.checkpoints[name] = self.engine.config.clone()
        return f"checkpoint {name} created\n"

    def checkpoint_make(self, words: Sequence[str], *_: object) -> str:
        """`copy running-config checkpoint NAME`."""
        self.engine.checkpoints[words[-1]] = self.engine.config.clone()
        return "Configuration changes will take time to process, please be patient.\nCopying configuration: [Success]\n"

    def checkpoint_rollback(self, words: Sequence[str], *_: object) -> str:
        """`checkpoint rollback NAME`, `copy checkpoint NAME running-config`."""
        name = words[2]
        tree = self.engine.saved if name == "startup-config" else self.engine.checkpoints.get(name)
        if tree is None:
            raise Refused(f"Checkpoint {name} does not exist")
        self.engine.run_from(tree.clone())
        return "Copying configuration: [Success]\n"

    def show_checkpoints(self, *_: object) -> str:
        """`show checkpoint list`."""
        return "".join(f"{name}\n" for name in ("startup-config", *self.engine.checkpoints))

    def show_neighbors(self, *_: object) -> str:
        """`show lldp neighbor-info`."""
        lines = ["\nLLDP Neighbor Information\n=========================\n\n"]
        lines.append(
            "LOCAL-PORT  CHASSIS-ID         PORT-ID            PORT-DESC       TTL      SYS-NAME\n" + "-" * 87 + "\n"
        )
        for name, one in self.engine.seen.neighbours.items():
            lines.append(f"{name:<12}{one.chassis:<19}{one.port:<19}{one.description[:15]:<16}{120:<9}{one.name}\n")
        return "".join(lines)

    def show_neighbors_detail(self, _: object, lists: Sequence[Sequence[str]]) -> str:
        """`show lldp neighbor-info {X|detail}`."""
        wanted = lists[-1] if lists else self.engine.interfaces
        found = [(name, self.engine.seen.neighbours[name]) for name in wanted if name in self.engine.seen.neighbours]
        return "\n".join(_NEIGHBOUR.format(name=name, one=one) for name, one in found)

    def show_macs(self, _: object, lists: Sequence[Sequence[str]]) -> str:
        """`show mac-address-table`."""
        wanted = lists[-1][0] if lists else ""
        found = [
            f"{mac:<21}{vlan:<8}{'dynamic':<26}{name}\n"
            for name, macs in self.engine.seen.macs.items()
            for vlan, mac in macs
            if wanted in ("", name)
        ]
        head = f"MAC age-time            : 300 seconds\nNumber of MAC addresses : {len(found)}\n\n"
        return head + f"{'MAC Address':<21}{'VLAN':<8}{'Type':<26}Port\n{'-' * 62}\n" + "".join(found)

    def show_power(self, *_: object) -> str:
        """`show power-over-ethernet brief`."""
        lines = [f"{'Port':<10}{'Enable':<8}{'Priority':<10}{'PD Class':<10}{'Pwr Draw':<11}Status\n{'-' * 60}\n"]
        for name in self.engine.interfaces:
            watts = self.engine.seen.watts.get(name, 0.0)
            on = self.engine.port(name).poe
            state = "delivering" if watts else "searching" if on else "disabled"
            lines.append(f"{name:<10}{'Yes' if on else 'No':<8}{'Low':<10}{'-':<10}{f'{watts:.1f} W':<11}{state}\n")
        return "".join(lines)

    def show_status(self, *_: object) -> str:
        """`show interface brief`."""
        lines = [
            f"{'Port':<10}{'Native':<8}{'Mode':<8}{'Type':<16}{'Enabled':<9}{'Status':<8}Description\n{'-' * 80}\n"
        ]
        for name in self.engine.interfaces:
            port = self.engine.port(name)
            up = port.up and self.engine.seen.links.get(name, False)
            text = value(self.engine.config.get(f"interface {name}"), "description")
            mode = "trunk" if value(self.engine.config.get(f"interface {name}"), "vlan trunk allowed") else "access"
            lines.append(
                f"{name:<10}{port.access:<8}{mode:<8}{'1GbT':<16}{'yes' if port.up else 'no':<9}"
                f"{'up' if up else 'down':<8}{text}\n"
            )
        return "".join(lines)

    def show_vlans(self, *_: object) -> str:
        """`show vlan`."""
        lines = [f"{'VLAN':<6}{'Name':<33}{'Status':<8}Type\n{'-' * 60}\n"]
        for number in self.engine.settings().vlans:
            name = value(
                self.engine.config.get(f"vlan {number}"), "name", "DEFAULT_VLAN_1" if number == 1 else f"VLAN{number}"
            )
            lines.append(f"{number:<6}{name:<33}{'up':<8}static\n")
        return "".join(lines)


_NEIGHBOUR = """
Port                           : {name}
Neighbor Entries               : 1
Neighbor Entries Deleted       : 0
Neighbor Entries Dropped       : 0
Neighbor Entries Aged-Out      : 0
Neighbor Chassis-Name          : {one.name}
Neighbor Chassis-Description   : {one.description}
Neighbor Chassis-ID            : {one.chassis}
Neighbor Management-Address    :
Chassis Capabilities Available : Bridge, Telephone
Chassis Capabilities Enabled   : Bridge, Telephone
Neighbor Port-ID               : {one.port}
Neighbor Port-Desc             : {one.description}
Neighbor Port VLAN ID          :
TTL                            : 120
"""


class Aoscx(BlockDialect):
    """HPE Aruba AOS-CX."""

    kinds = AOSCX
    session = AoscxSession
    indent = 4
    bang = False
    version = """-----------------------------------------------------------------------------
ArubaOS-CX
(c) Copyright 2017-2024 Hewlett Packard Enterprise Development LP
-----------------------------------------------------------------------------
Version      : FL.10.13.1000
Build Date   : 2024-01-15 12:00:00 UTC
Active Image : primary
Hostname     : {name}
Up Time      : {uptime}
"""
    base = ("ssh server vrf default", "vlan 1", "spanning-tree")
    port_base = ("no shutdown", "no routing", "vlan access 1")
    modes = {
        "config": "config",
        "interface": "config-if",
        "vlan": "config-vlan-{}",
        "class": "config-class-ip",
        "policy": "config-policy",
        "port-security": "config-if-port-security",
        "profile": "config-queue",
        "acl": "config-acl-ip",
        "mgmt": "config-if-mgmt",
        "vsf": "vsf-member",
        "cli-session": "config-cli-session",
    }
    grammar = Grammar(
        ROWS,
        AOSCX.reader,
    )

    def place_in(self, mode: str, beginning: str) -> int:
        """Where a mode's first row that begins so is shown."""
        return next(place for place, one in self.grammar.by_mode[mode] if one.pattern.startswith(beginning))

    def text(self, tree: Node) -> str:
        """What `show running-config` prints."""
        head = "Current configuration:\n!\n!Version ArubaOS-CX FL.10.13.1000\n!export-password: default\n"
        return head + "\n".join([*self.body(tree), ""])

    def port(self, tree: Node, interface: str) -> PortSettings:
        """What a configuration says of a port. LLDP-MED tells a VLAN that is marked `voice` and is carried tagged."""
        node = tree.get(f"interface {interface}")
        there = _vlans_of(tree)
        allowed = value(node, "vlan trunk allowed")
        native = (value(node, "vlan trunk native") or value(node, "vlan access", "0")).split()[0]
        carried = tuple(v for v in (there if allowed == "all" else vlan_list(allowed) or ()) if v in there)
        voices = [v for v in carried if v != int(native) and is_on(tree.get(f"vlan {v}"), "voice", False)]
        running = is_on(tree, "lldp", True)
        guarded = is_on(node, "port-access port-security", False) and is_on(
            tree, "port-access port-security enable", False
        )
        section = node.get("port-access port-security") if node else None
        return PortSettings(
            up=not is_on(node, "shutdown", False),
            trunk=bool(allowed),
            access=int(native) if int(native) in there and (not allowed or int(native) in carried) else 0,
            voice=voices[0] if voices else 0,
            allowed=carried,
            poe=is_on(node, "power-over-ethernet", True),
            lldp_transmit=running and is_on(node, "lldp transmit", True),
            lldp_receive=running and is_on(node, "lldp receive", True),
            dhcp_trusted=is_on(node, "dhcpv4-snooping trust", False),
            limit=int(value(section, "client-limit", "1")) if guarded and is_on(section, "enable", False) else 0,
        )

    def circuit_id(self, tree: Node, interface: str, vlan: int) -> bytes:  # noqa: ARG002 - nothing sets it
        """Port and VLAN as text. The IP Services Guide does not say what it is: not confirmed on a switch."""
        return f"{interface}:{vlan}".encode()

    def switch(self, tree: Node) -> SwitchSettings:
        """What a configuration says of the whole switch."""
        on = is_on(tree, "dhcpv4-snooping", False)
        snooped = tuple(v for v in _vlans_of(tree) if is_on(tree.get(f"vlan {v}"), "dhcpv4-snooping", False))
        return SwitchSettings(
            vlans=_vlans_of(tree),
            snooped=snooped if on else (),
            option82=is_on(tree, "dhcpv4-snooping option 82", True),
        )


def _vlans_of(tree: Node) -> tuple[int, ...]:
    return tuple(
        sorted(int(key.split()[1]) for key, node in tree.children.items() if key.startswith("vlan ") and node.section)
    )
