"""Arista EOS (CCS-720XP, 4.30): its command line as the EOS User Manual has it."""

from __future__ import annotations

from collections.abc import Sequence

from .block import BlockDialect, BlockSession, Place, Refused, allowed_of, is_on, value
from .cisco import dotted
from .engine import PortSettings, SwitchSettings
from .grammar import Found, Grammar, Unknown, row, rows
from .names import EOS
from .pattern import vlan_list
from .tree import Node

MANUAL = "Arista, EOS User Manual 4.30"
SESSION = f"{MANUAL}, Command-Line Interface: Managing Switch Configuration Settings (configure session)"
VLANS = f"{MANUAL}, VLANs"
PORTS = f"{MANUAL}, Ethernet Ports; Power over Ethernet"
LLDP = f"{MANUAL}, Data Transfer: Link Layer Discovery Protocol; ANSI/TIA-1057"
QOS = f"{MANUAL}, Quality of Service"
STP = f"{MANUAL}, Spanning Tree Protocol"
DHCP = f"{MANUAL}, IPv4: DHCP Snooping; RFC 3046"
SECURITY = f"{MANUAL}, Security; User Security"
ROUTING = f"{MANUAL}, IPv4; ACLs and Route Maps"
CONTROL = f"{MANUAL}, Switch Administration"

_ROWS = (
    *rows("config", CONTROL, row("transceiver qsfp default-mode 4x10G"), row("service routing protocols model = WORD")),
    *rows(
        "config",
        SECURITY,
        row("aaa {authentication|authorization|accounting} LINE"),
        row("aaa group server WORD WORD", opens="aaa-group"),
    ),
    *rows(
        "config",
        LLDP,
        row("lldp run", default="lldp run", no="shown"),
        row("lldp {timer|hold-time|tie-breaker} = <1-65535>"),
    ),
    *rows("config", LLDP, row("lldp management-address = LINE"), row("lldp tlv transmit LINE", no="shown")),
    *rows("config", DHCP, row("ip dhcp relay information option")),
    *rows(
        "config",
        DHCP,
        row("ip dhcp snooping"),
        row("ip dhcp snooping bridging"),
        row("ip dhcp snooping information option"),
        row("ip dhcp snooping information option circuit-id type = {none|<0-255>} format {%h:%p|%p:%v}"),
        row("ip dhcp snooping vlan = VLANS", effect="vlan_set"),
    ),
    *rows(
        "config",
        CONTROL,
        row("logging {host|buffered|console|trap|format|source-interface} LINE"),
        row("logging on", no="shown"),
    ),
    *rows(
        "config", CONTROL, row("hostname = WORD"), row("ip {name-server [vrf WORD] IP|domain-name WORD|domain lookup}")
    ),
    *rows("config", CONTROL, row("ntp {server|local-interface} LINE"), row("clock timezone = LINE")),
    *rows("config", PORTS, row("poe"), row("power poe volatile", no="shown")),
    *rows(
        "config",
        CONTROL,
        row("snmp-server {community|host|user|group|view|enable} LINE"),
        row("snmp-server {location|contact} = LINE"),
    ),
    *rows("config", STP, row("spanning-tree mode = {mstp|rstp|rapid-pvst|none}")),
    *rows(
        "config",
        STP,
        row("spanning-tree vlan-id VLANS priority = <0-61440>"),
        row("spanning-tree edge-port {bpduguard|bpdufilter} default"),
    ),
    *rows(
        "config",
        STP,
        row("spanning-tree priority = <0-61440>"),
        row("errdisable recovery {cause WORD|interval <30-86400>}"),
    ),
    *rows(
        "config",
        SECURITY,
        row("enable password = LINE"),
        row("username WORD = LINE"),
        row("radius-server host LINE"),
        row("tacacs-server host LINE"),
    ),
    *rows("config", VLANS, row("vlan VLANS", opens="vlan", each="vlan {}"), row("vlan internal order = LINE")),
    *rows(
        "config",
        VLANS,
        row("switchport phone vlan = <1-4094>"),
        row("switchport phone trunk = {tagged [phone]|untagged [phone]}"),
        row("switchport phone qos trust = {cos|dscp}"),
    ),
    *rows("config", VLANS, row("switchport default mode = {access|routed}"), row("switchport default phone LINE")),
    *rows(
        "config",
        QOS,
        row("qos map {cos <0-7>|dscp <0-63>} to traffic-class = <0-7> [LINE]"),
        row("qos rewrite {cos|dscp}", no="shown"),
    ),
    *rows("config", QOS, row("class-map type qos match-any WORD", opens="class-map")),
    *rows("config", QOS, row("policy-map type quality-of-service WORD", opens="policy-map")),
    *rows("config", QOS, row("qos profile WORD", opens="qos-profile")),
    *rows("config", PORTS, row("interface IFACES", opens="interface", each="interface {}")),
    *rows(
        "config", ROUTING, row("ip access-list [standard] WORD", opens="acl"), row("mac access-list WORD", opens="acl")
    ),
    *rows(
        "config",
        ROUTING,
        row("ip routing", no="shown"),
        row("ip route PREFIX LINE"),
        row("ip route IP IP LINE"),
    ),
    *rows("config", CONTROL, row("management {api http-commands|ssh|console|telnet}", opens="management")),
    # an interface
    *rows(
        "interface",
        PORTS,
        row("description = LINE"),
        row("shutdown", default="no shutdown", no="shown"),
        row("mtu = <68-9214>"),
        row("speed = LINE"),
        row("load-interval = <5-600>"),
        row("logging event link-status", no="shown"),
        row("channel-group = <1-2000> mode {active|passive|on}", effect="bundle"),
        row("lacp {rate|timer} = {normal|fast}"),
    ),
    *rows(
        "interface",
        VLANS,
        row("switchport access vlan = <1-4094>", default="switchport access vlan 1"),
        row("switchport trunk native vlan = {<1-4094>|tag}", default="switchport trunk native vlan 1"),
        row("switchport trunk allowed vlan = {VLANS|{add|remove|except} VLANS|all|none}", effect="allowed_vlans"),
        row("switchport phone vlan = <1-4094>"),
        row("switchport phone trunk = {tagged [phone]|untagged [phone]}", default="switchport phone trunk tagged"),
        row("switchport mode = {access|trunk [phone]|dot1q-tunnel}", default="switchport mode access"),
        row("switchport", default="switchport", no="shown"),
        row("switchport port-security"),
        row("switchport port-security violation = {protect|shutdown} [log]"),
        row("switchport port-security mac-address maximum = <1-1000>"),
        row("switchport port-security maximum = <1-1000>"),
        row("mac-address-limit = <1-1000>"),
    ),
    *rows(
        "interface",
        ROUTING,
        row("ip address = PREFIX"),
        row("ip access-group WORD {in|out}"),
        row("ip helper-address IP"),
        row("ip dhcp relay all-subnets"),
    ),
    *rows(
        "interface",
        LLDP,
        row("lldp transmit", default="lldp transmit", no="shown"),
        row("lldp receive", default="lldp receive", no="shown"),
    ),
    *rows(
        "interface",
        LLDP,
        row("lldp med network-policy application {voice|voice-signaling} = LINE"),
        row("lldp tlv transmit LINE", no="shown"),
    ),
    *rows(
        "interface",
        PORTS,
        row("poe disabled"),
        row("poe priority = {low|medium|high|critical}", default="poe priority low"),
        row("poe limit = {class <0-8>|LINE}"),
        row("poe {reboot|link down} action LINE"),
    ),
    *rows(
        "interface",
        QOS,
        row("qos trust = {cos|dscp}", no="shown"),
        row("qos {cos|dscp} = <0-63>"),
        row("service-profile = WORD"),
    ),
    *rows(
        "interface",
        QOS,
        row(
            "service-policy type qos input = WORD",
            needs=("policy-map type quality-of-service ", "% Policy-map {} not configured"),
        ),
    ),
    *rows(
        "interface",
        SECURITY,
        row("storm-control {broadcast|multicast|unknown-unicast|all} level = LINE"),
        row("dot1x LINE"),
    ),
    *rows(
        "interface",
        STP,
        row("spanning-tree portfast = [{auto|edge|network|normal}]"),
        row("spanning-tree bpduguard = {enable|disable}"),
        row("spanning-tree bpdufilter = {enable|disable}"),
        row("spanning-tree guard = {root|loop|none}"),
        row("spanning-tree cost = <1-200000000>"),
    ),
    # elsewhere
    *rows(
        "vlan",
        VLANS,
        row("name = WORD"),
        row("state = {active|suspend}", default="state active"),
        row("trunk group WORD"),
    ),
    *rows("class-map", QOS, row("match LINE", ordered=True)),
    *rows("policy-map", QOS, row("class WORD", opens="policy-class", ordered=True, effect="policy_class")),
    *rows(
        "policy-class",
        QOS,
        row("set {dscp|cos|traffic-class|drop-precedence} = WORD"),
        row("police LINE"),
        row("bandwidth LINE"),
    ),
    *rows(
        "qos-profile",
        QOS,
        row("qos {trust|cos|dscp} = WORD"),
        row("service-policy type qos input = WORD"),
        row("tx-queue <0-7>", opens="tx-queue"),
    ),
    *rows("interface", QOS, row("tx-queue <0-7>", opens="tx-queue"), row("uc-tx-queue <0-7>", opens="tx-queue")),
    *rows(
        "tx-queue",
        QOS,
        row("priority = {strict|none}", no="shown"),
        row("bandwidth {percent|guaranteed percent} = <1-100>"),
        row("shape rate = LINE"),
    ),
    *rows("acl", ROUTING, row("[<1-4294967295>] {permit|deny|remark} LINE", ordered=True)),
    *rows("aaa-group", SECURITY, "server LINE"),
    *rows(
        "management",
        CONTROL,
        row("shutdown", no="shown"),
        row("idle-timeout = <0-86400>"),
        "protocol LINE",
        row("ip access-group WORD LINE"),
    ),
)

_SHOW = (
    row("enable", effect="enable"),
    row("{exit|logout|quit}", effect="hang_up"),
    row("show version", effect="show_version"),
    row("show hostname", effect="show_hostname"),
    row("show privilege", effect="show_privilege"),
    row("show lldp neighbors", effect="show_neighbors"),
    row("show lldp neighbors [IFACE] detail", effect="show_neighbors_detail"),
    row("show mac address-table [dynamic] [interface IFACE]", effect="show_macs"),
    row("show poe", effect="show_power"),
    row("show vlan", effect="show_vlans"),
    row("show interfaces status", effect="show_status"),
    row("terminal length <0-32767>", effect="terminal_length"),
    row("terminal width <10-32767>", effect="terminal_width"),
)
_EXEC = (
    *_SHOW,
    row("disable", effect="disable"),
    row("show running-config [{interfaces IFACE|all}]", effect="show_running"),
    row("show startup-config", effect="show_startup"),
    row("show configuration sessions [detail]", effect="show_sessions"),
    row("configure [terminal]", effect="configure"),
    row("write [{memory|terminal}]", effect="write"),
    row("copy running-config startup-config", effect="write"),
    row("reload [now]", effect="reload"),
)
_SESSION = (
    row("configure session", effect="configure_session"),
    row("configure session WORD", effect="configure_session"),
    row("configure session WORD {commit|abort}", effect="finish_session"),
    row("no configure session WORD", effect="finish_session"),
    row("configure session pending-timer WORD", effect="quiet"),
)


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
        if self.engine.running() != self.engine.dialect.text(self.engine.saved):
            return self.ask("System configuration has been modified. Save? [yes/no/cancel/diff]:", self._save_first)
        return self.ask("Proceed with reload? [confirm]", self._reload)

    def _save_first(self, answer: str) -> str:
        if answer.strip().lower().startswith("c"):
            return ""
        if answer.strip().lower().startswith("y"):
            self.engine.save()
        return self.ask("Proceed with reload? [confirm]", self._reload)

    def _reload(self, answer: str) -> str:
        if answer.strip().lower() not in ("", "y", "yes"):
            return ""
        self.engine.reload()
        return self.hang_up()

    def terminal_length(self, words: Sequence[str], *_: object) -> str:
        """`terminal length`."""
        return "Pagination disabled.\n" if words[-1] == "0" else f"Pagination set to {words[-1]} lines.\n"

    def terminal_width(self, words: Sequence[str], *_: object) -> str:
        """`terminal width`."""
        return f"Width set to {words[-1]} columns.\n"

    def show_hostname(self, *_: object) -> str:
        """`show hostname`."""
        return f"Hostname: {self.engine.hostname}\nFQDN:     {self.engine.hostname}\n"

    def show_privilege(self, *_: object) -> str:
        """`show privilege`."""
        return f"Current privilege level is {1 if self.mode == 'user' else 15}\n"

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
        (*_ROWS, *rows("exec", MANUAL, *_EXEC), *rows("exec", SESSION, *_SESSION), *rows("user", MANUAL, *_SHOW)),
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
        there = set(_vlans_of(tree))
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
            vlans=_vlans_of(tree),
            snooped=(vlan_list(value(tree, "ip dhcp snooping vlan")) or ()) if on else (),
            option82=is_on(tree, "ip dhcp snooping information option", False),
        )


def _vlans_of(tree: Node) -> tuple[int, ...]:
    own = [int(key.split()[1]) for key, node in tree.children.items() if key.startswith("vlan ") and node.section]
    return (1, *sorted(number for number in own if number != 1))
