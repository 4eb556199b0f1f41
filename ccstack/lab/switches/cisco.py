"""Cisco IOS (Catalyst 2960-X) and IOS XE (Catalyst 9300): their command lines as the references have them."""

from __future__ import annotations

from collections.abc import Sequence

from .block import BlockDialect, BlockSession, Place, Refused, allowed_of, is_on, value, vlans_of
from .cisco_rows import IOS, IOS_XE
from .engine import PortSettings, SwitchSettings
from .grammar import Found, Grammar, Unknown
from .names import CISCO
from .pattern import split, vlan_list
from .tree import Node


class CiscoSession(BlockSession):
    """A terminal of a Cisco switch."""

    incomplete = "% Incomplete command.\n"

    def refusal(self, unknown: Unknown, line: str) -> str:
        """The marker stands below the first word that is not understood (Configuration Fundamentals)."""
        if unknown.why == "incomplete":
            return self.incomplete
        if unknown.why == "ambiguous":
            return f'% Ambiguous command:  "{line}"'
        starts = split(line).starts
        column = len(self.prompt) + (starts[unknown.at] if unknown.at < len(starts) else len(line))
        return f"{' ' * column}^\n% Invalid input detected at '^' marker.\n"

    def special(self, line: str) -> str | None:
        """Banners run over several lines (Configuration Fundamentals, `banner motd`)."""
        words = line.split(None, 2)
        if words[0] != "banner" or len(words) < 3 or words[1] not in ("motd", "login", "exec", "incoming"):
            return None
        mark = words[2][:2] if words[2].startswith("^") else words[2][0]
        text = words[2][len(mark) :]
        return self._banner(words[1], mark, [] if not text else [text])

    def _banner(self, kind: str, mark: str, lines: list[str]) -> str:
        if lines and mark in lines[-1]:
            lines[-1] = lines[-1].partition(mark)[0]
            text = "\n".join([f"banner {kind} ^C{lines[0]}", *lines[1:]]) + "^C"
            self.tree.put(f"banner {kind}", text, self.dialect.place_of("line "))
            self.engine.changed()
            return ""
        return self.ask(" ", lambda line: self._banner(kind, mark, [*lines, line]))

    # effects of configuration

    def access_vlan(self, node: Node, found: Found, negative: bool) -> str:
        """An access VLAN that is not there is made (Layer 2 Commands, `switchport access vlan`)."""
        self._store(node, found, found.match.identity, found.match.text, negative)
        return "" if negative else self._vlan_made("Access VLAN", found.match.words[-1])

    def voice_vlan(self, node: Node, found: Found, negative: bool) -> str:
        """So is a voice VLAN; `none` is the default (Layer 2 Commands, `switchport voice vlan`)."""
        self._store(node, found, found.match.identity, found.match.text, negative)
        if negative or not found.match.words[-1].isdigit():
            if found.match.words[-1] == "none":
                node.children.pop(found.match.identity, None)
            return ""
        return self._vlan_made("Voice VLAN", found.match.words[-1])

    def _vlan_made(self, what: str, number: str) -> str:
        if self.tree.get(f"vlan {number}") or number == "1":
            return ""
        self.dialect._plain(self.tree, "config", f"vlan {number}").section = True
        return f"% {what} does not exist. Creating vlan {number}"

    def portfast_edge(self, node: Node, found: Found, negative: bool) -> str:
        """From IOS 15.2(4)E on, `edge` is shown also where it was not typed (`spanning-tree portfast`)."""
        text = found.match.text
        bare = found.match.words[-1] == "portfast"
        self._store(node, found, found.match.identity, f"{text} edge" if bare else text, negative)
        return "" if negative else _PORTFAST

    def port_security(self, node: Node, found: Found, negative: bool) -> str:
        """Not on a port that negotiates its mode (Security Commands, `switchport port-security`)."""
        mode = value(node, "switchport mode", "dynamic auto")
        if not negative and mode.startswith("dynamic"):
            return f"Command rejected: {node.text.removeprefix('interface ')} is a dynamic port."
        self._store(node, found, found.match.identity, found.match.text, negative)
        return ""

    def med_tlv(self, node: Node, found: Found, negative: bool) -> str:
        """All TLVs are sent unless they are taken away one by one (`lldp med-tlv-select`)."""
        node.children.pop(found.match.identity, None)
        if negative:
            node.put(found.match.identity, f"no {found.match.text}", found.place)
        return ""

    def class_map(self, node: Node, found: Found, negative: bool) -> str:
        """`match-all` is what a class map is unless it says otherwise; its name alone says which it is."""
        words = found.match.words
        name = words[-1]
        kind = words[1] if len(words) == 3 else "match-all"
        key = f"class-map {name}"
        if negative and self._class_used(name):
            raise Refused(f"% class-map {name} is being used")
        if negative:
            node.children.pop(key, None)
        elif key not in node.children:
            node.put(key, f"class-map {kind} {name}", found.place, section=True)
        return ""

    def _class_used(self, name: str) -> bool:
        maps = [node for key, node in self.tree.children.items() if key.startswith("policy-map ")]
        return any(each.get(f"class {name}") for each in maps)

    def policy_class(self, node: Node, found: Found, negative: bool) -> str:
        """A class of a policy must be known (QoS Commands, `class`)."""
        name = found.match.words[-1]
        key = f"class {name}"
        if negative:
            node.children.pop(key, None)
            return ""
        if name != "class-default" and not self.tree.get(f"class-map {name}"):
            raise Refused(f"% class map {name} not configured")
        node.put(key, key, found.place, section=True, ordered=True)
        return ""

    def bundle(self, node: Node, found: Found, negative: bool) -> str:
        """A port channel that is not there is made (Layer 2 Commands, `channel-group`)."""
        self._store(node, found, found.match.identity, found.match.text, negative)
        if negative:
            return ""
        name = f"interface Port-channel{found.match.words[1]}"
        if self.tree.get(name):
            return ""
        self.dialect._plain(self.tree, "config", name)
        return f"Creating a port-channel interface Port-channel {found.match.words[1]}\n"

    # commands

    def configure(self, *_: object) -> str:
        """`configure terminal`."""
        self.places.append(Place("config"))
        return "Enter configuration commands, one per line.  End with CNTL/Z.\n"

    def write(self, words: Sequence[str], *_: object) -> str:
        """`write memory`."""
        if words[-1] == "terminal":
            return self.engine.running()
        self.engine.save()
        return "Building configuration...\n[OK]\n"

    def copy(self, *_: object) -> str:
        """`copy running-config startup-config`."""
        return self.ask("Destination filename [startup-config]? ", lambda _: self.write(("write",)))

    def reload(self, *_: object) -> str:
        """`reload`: what is not saved is lost (Configuration Fundamentals, `reload`)."""
        if self.engine.running() != self.engine.startup():
            return self.ask("\nSystem configuration has been modified. Save? [yes/no]: ", self._save_first)
        return self.ask("Proceed with reload? [confirm]", self._reload)

    def _save_first(self, answer: str) -> str:
        if answer.strip().lower().startswith("y"):
            self.engine.save()
        return self.ask("Proceed with reload? [confirm]", self._reload)

    def configure_revert(self, words: Sequence[str], *_: object) -> str:
        """`configure terminal revert timer MINUTES`."""
        archive = self.engine.config.get("archive")
        if archive is None or not archive.get("path"):
            raise Refused("% Archive path is not configured: configuration cannot be backed up\n")
        if self.engine.pending is not None:
            raise Refused("%A Rollback Confirmed Change is already pending\n")
        path = value(archive, "path")
        self.engine.revert_in(int(words[-1]), self.engine.config.clone(), path)
        return f"Rollback Confirmed Change: Backing up current running config to {path}-1\n\n{self.configure()}"

    def confirm(self, *_: object) -> str:
        """`configure confirm`."""
        self._refuse_without_timer()
        self.engine.pending = None
        return ""

    def _refuse_without_timer(self) -> None:
        if self.engine.pending is None:
            raise Refused("%No Rollback Confirmed Change pending\n")

    def revert(self, words: Sequence[str], *_: object) -> str:
        """`configure revert {now|timer MINUTES}`."""
        self._refuse_without_timer()
        pending = self.engine.pending
        assert pending is not None
        if words[-1] == "now":
            self.engine.pending = None
            self.engine.run_from(pending.restore)
            return f"Rollback Confirmed Change: rolling to: {pending.name}-1\n"
        self.engine.revert_in(int(words[-1]), pending.restore, pending.name)
        return ""

    def show_timer(self, *_: object) -> str:
        """`show archive config rollback timer`."""
        self._refuse_without_timer()
        assert self.engine.pending is not None
        return f"Timer type: absolute timer\nTimer value: {self.engine.pending.minutes:g} min\nUser: {self.user}\n"

    def show_neighbors(self, *_: object) -> str:
        """`show lldp neighbors`."""
        if not is_on(self.engine.config, "lldp run", False):
            return "% LLDP is not enabled\n"
        head = (
            "Capability codes:\n    (R) Router, (B) Bridge, (T) Telephone, (C) DOCSIS Cable Device\n"
            "    (W) WLAN Access Point, (P) Repeater, (S) Station, (O) Other\n\n"
            "Device ID           Local Intf     Hold-time  Capability      Port ID\n"
        )
        lines = [
            f"{(one.name or one.chassis)[:19]:<20}{short(name):<15}120        {one.capabilities or 'T':<16}{one.port}\n"
            for name, one in self.engine.seen.neighbours.items()
        ]
        return f"{head}{''.join(lines)}\nTotal entries displayed: {len(lines)}\n\n"

    def show_neighbors_detail(self, _: object, lists: Sequence[Sequence[str]]) -> str:
        """`show lldp neighbors [IFACE] detail`."""
        if not is_on(self.engine.config, "lldp run", False):
            return "% LLDP is not enabled\n"
        wanted = lists[-1][0] if lists else ""
        found = [(name, one) for name, one in self.engine.seen.neighbours.items() if wanted in ("", name)]
        pages = [
            _NEIGHBOUR.format(short(name), one.chassis, one.port, one.name, one.description, one.capabilities or "T")
            for name, one in found
        ]
        return "".join(pages) + f"\n\nTotal entries displayed: {len(pages)}\n\n"

    def show_macs(self, _: object, lists: Sequence[Sequence[str]]) -> str:
        """`show mac address-table`."""
        wanted = lists[-1][0] if lists else ""
        lines = [
            f"{vlan:>4}    {dotted(mac)}    DYNAMIC     {short(name)}\n"
            for name, macs in self.engine.seen.macs.items()
            for vlan, mac in macs
            if wanted in ("", name)
        ]
        head = "          Mac Address Table\n-------------------------------------------\n\n"
        rule = "Vlan    Mac Address       Type        Ports\n----    -----------       --------    -----\n"
        return f"{head}{rule}{''.join(lines)}Total Mac Addresses for this criterion: {len(lines)}\n"

    def show_power(self, _: object, lists: Sequence[Sequence[str]]) -> str:
        """`show power inline`."""
        wanted = lists[-1][0] if lists else ""
        used = sum(self.engine.seen.watts.values())
        head = (
            "Module   Available     Used     Remaining\n          (Watts)     (Watts)    (Watts)\n"
            "------   ---------   --------   ---------\n"
            f"1           740.0{used:>11.1f}{740 - used:>12.1f}\n"
            "Interface Admin  Oper       Power   Device              Class Max\n"
            "                            (Watts)\n"
            "--------- ------ ---------- ------- ------------------- ----- ----\n"
        )
        return head + "".join(self._power_line(name) for name in self.engine.interfaces if wanted in ("", name))

    def _power_line(self, name: str) -> str:
        admin = value(self.engine.config.get(f"interface {name}"), "power inline", "auto").split()[0]
        watts = self.engine.seen.watts.get(name, 0.0)
        oper, device = ("on", "Ieee PD") if watts else ("off", "n/a")
        return (
            f"{short(name):<10}{'off' if admin == 'never' else admin:<7}{oper:<11}{watts:<8.1f}{device:<20}n/a   30.0\n"
        )

    def show_status(self, *_: object) -> str:
        """`show interfaces status`."""
        lines = ["\nPort         Name               Status       Vlan       Duplex  Speed Type\n"]
        for name in self.engine.interfaces:
            port = self.engine.port(name)
            state = "disabled" if not port.up else "connected" if self.engine.seen.links.get(name) else "notconnect"
            text = value(self.engine.config.get(f"interface {name}"), "description")[:18]
            vlan = "trunk" if port.trunk else str(port.access)
            lines.append(f"{short(name):<13}{text:<19}{state:<13}{vlan:<11}{'auto':>6}{'auto':>7} 10/100/1000BaseTX\n")
        return "".join(lines)

    def show_vlans(self, *_: object) -> str:
        """`show vlan brief`."""
        head = f"\nVLAN {'Name':<33}{'Status':<10}Ports\n---- {'-' * 32} {'-' * 9} {'-' * 31}\n"
        lines = []
        for number in self.engine.settings().vlans:
            name = (
                "default"
                if number == 1
                else value(self.engine.config.get(f"vlan {number}"), "name", f"VLAN{number:04}")
            )
            ports = [short(each) for each in self.engine.interfaces if self._is_member(each, number)]
            lines.append(f"{number:<5}{name:<33}active    {', '.join(ports)}\n")
        return head + "".join(lines)

    def _is_member(self, interface: str, vlan: int) -> bool:
        port = self.engine.port(interface)
        return not port.trunk and vlan in (port.access, port.voice)


_PORTFAST = """%Warning: portfast should only be enabled on ports connected to a single
 host. Connecting hubs, concentrators, switches, bridges, etc... to this
 interface  when portfast is enabled, can cause temporary bridging loops.
 Use with CAUTION
"""

_NEIGHBOUR = """------------------------------------------------
Local Intf: {0}
Chassis id: {1}
Port id: {2}
Port Description: {4}
System Name: {3}

System Description:
{4}

Time remaining: 120 seconds
System Capabilities: B,T
Enabled Capabilities: {5}
Management Addresses - not advertised
Vlan ID: - not advertised

MED Information:

    MED Codes:
          (NP) Network Policy, (LI) Location Identification
          (PS) Power Source Entity, (PD) Power Device
          (IN) Inventory

    Device type: Endpoint Class III

"""


def short(name: str) -> str:
    """`Gi1/0/7` of `GigabitEthernet1/0/7`, as tables show it."""
    kind = CISCO.kind_of(name)
    return name[:2] + name[len(kind) :]


def dotted(mac: str) -> str:
    """`0015.65ab.cdef` of `00:15:65:ab:cd:ef`."""
    digits = mac.replace(":", "")
    return ".".join(digits[place : place + 4] for place in (0, 4, 8))


class _Cisco(BlockDialect):
    kinds = CISCO
    session = CiscoSession
    release = ""
    modes = {
        "config": "config",
        "interface": "config-if",
        "vlan": "config-vlan",
        "class-map": "config-cmap",
        "policy-map": "config-pmap",
        "policy-class": "config-pmap-c",
        "table-map": "config-tablemap",
        "acl": "config-ext-nacl",
        "dhcp-pool": "dhcp-config",
        "aaa-group": "config-sg-radius",
        "radius": "config-radius-server",
        "line": "config-line",
        "archive": "config-archive",
        "archive-log": "config-archive-log-cfg",
        "tracking": "config-device-tracking",
    }
    base = (
        "vtp mode transparent",
        "spanning-tree mode rapid-pvst",
        "spanning-tree extend system-id",
        "vlan internal allocation policy ascending",
        "line con 0",
        "line vty 0 15",
    )

    def text(self, tree: Node) -> str:
        """What `show running-config` prints."""
        lines = ["!", f"version {self.release}", "!", *self.body(tree), "!", "end", ""]
        whole = "\n".join(lines)
        return f"Building configuration...\n\nCurrent configuration : {len(whole)} bytes\n{whole}"

    def port(self, tree: Node, interface: str) -> PortSettings:
        """What a configuration says of a port. A port that negotiates is an access port: nobody here negotiates."""
        node = tree.get(f"interface {interface}")
        mode = value(node, "switchport mode", "dynamic auto")
        voice = value(node, "switchport voice vlan")
        key = "switchport trunk allowed vlan"
        there = set(vlans_of(tree))
        access = int(value(node, "switchport trunk native vlan" if mode == "trunk" else "switchport access vlan", "1"))
        running = is_on(tree, "lldp run", False)
        return PortSettings(
            up=is_on(node, "shutdown", False) is False,
            trunk=mode == "trunk",
            access=access if access in there else 0,
            voice=int(voice) if voice.isdigit() and int(voice) in there else 0,
            allowed=tuple(v for v in allowed_of(node, key) if v in there)
            if node and node.get(key)
            else tuple(sorted(there)),
            poe=value(node, "power inline", "auto").split()[0] != "never",
            lldp_transmit=running and is_on(node, "lldp transmit", True),
            lldp_receive=running and is_on(node, "lldp receive", True),
            dhcp_trusted=is_on(node, "ip dhcp snooping trust", False),
            limit=int(value(node, "switchport port-security maximum", "1").split()[0])
            if node and node.get("switchport port-security")
            else 0,
        )

    def circuit_id(self, tree: Node, interface: str, vlan: int) -> bytes:
        """What was typed: type 1, length, string. Else type 0, length 4, VLAN, module and port, of which the first has
        the number 3 (Software Configuration Guide, Configuring DHCP Features, "Suboption Packet Formats")."""
        head = f"ip dhcp snooping vlan {vlan} information option format-type circuit-id"
        node = tree.get(f"interface {interface}")
        typed = value(node, f"{head} string") or value(node, f"{head} override string")
        if typed:
            return bytes((1, len(typed))) + typed.encode()
        numbers = [int(part) for part in interface.lstrip("".join(c for c in interface if c.isalpha())).split("/")]
        return bytes((0, 4)) + vlan.to_bytes(2, "big") + bytes((numbers[0] % 256, (numbers[-1] + 2) % 256))

    def switch(self, tree: Node) -> SwitchSettings:
        """What a configuration says of the whole switch."""
        on = is_on(tree, "ip dhcp snooping", False)
        return SwitchSettings(
            vlans=vlans_of(tree),
            snooped=(vlan_list(value(tree, "ip dhcp snooping vlan")) or ()) if on else (),
            option82=is_on(tree, "ip dhcp snooping information option", True),
        )


class Ios(_Cisco):
    """Cisco IOS 15.2 on a Catalyst 2960-X."""

    release = "15.2"
    version = """Cisco IOS Software, C2960X Software (C2960X-UNIVERSALK9-M), Version 15.2(7)E10, RELEASE SOFTWARE (fc1)
Technical Support: http://www.cisco.com/techsupport

{name} uptime is {uptime}
System returned to ROM by power-on

cisco WS-C2960X-48FPD-L (APM86XXX) processor (revision A0) with 524288K bytes of memory.
Configuration register is 0xF
"""
    grammar = Grammar(IOS, CISCO.reader)


class IosXe(_Cisco):
    """Cisco IOS XE 17.9 on a Catalyst 9300."""

    release = "17.9"
    version = """Cisco IOS XE Software, Version 17.09.04a
Cisco IOS Software [Cupertino], Catalyst L3 Switch Software (CAT9K_IOSXE), Version 17.9.4a, RELEASE SOFTWARE (fc3)
Technical Support: http://www.cisco.com/techsupport

{name} uptime is {uptime}
System returned to ROM by Reload Command
System image file is "flash:packages.conf"

cisco C9300-48P (X86) processor with 1331521K/6147K bytes of memory.
Configuration register is 0x102
"""
    grammar = Grammar(IOS_XE, CISCO.reader)
