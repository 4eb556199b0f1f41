"""Cisco IOS (Catalyst 2960-X) and IOS XE (Catalyst 9300): their command lines as the references have them."""

from __future__ import annotations

from collections.abc import Sequence

from .block import BlockDialect, BlockSession, Place, Refused, allowed_of, is_on, value
from .engine import PortSettings, SwitchSettings
from .grammar import Found, Grammar, Row, Unknown, row, rows
from .names import CISCO
from .pattern import split, vlan_list
from .tree import Node

L2 = "Cisco, Catalyst 9300 Series Command Reference 17.9, Layer 2/3 Commands; Catalyst 2960-X Layer 2 Command Reference"
VLAN = "Cisco, Catalyst 9300 Series Command Reference 17.9, VLAN Commands"
IFACE = "Cisco, Catalyst 9300 Series Command Reference 17.9, Interface and Hardware Commands"
SECURITY = "Cisco, Catalyst 9300 Series Command Reference 17.9, Security Commands; RFC 3046"
QOS = "Cisco, Catalyst 9300 Series Command Reference 17.9, QoS Commands"
MLS = "Cisco, Catalyst 2960-X Switch QoS Command Reference 15.2"
LLDP = "Cisco, Catalyst 9300 Series Command Reference 17.9, System Management Commands: lldp; ANSI/TIA-1057"
SYSTEM = "Cisco, Catalyst 9300 Series Command Reference 17.9, System Management Commands"
FUNDAMENTALS = "Cisco, IOS Configuration Fundamentals Command Reference"
ROLLBACK = "Cisco, Managing Configuration Files: Configuration Rollback Confirmed Change"
SNMP = "Cisco, IOS SNMP Support Command Reference"
ROUTING = "Cisco, Catalyst 9300 Series Command Reference 17.9, IP Addressing Services and Routing Commands"

_CONFIG = (
    *rows("config", SYSTEM, row("version = LINE", no="refused"), "service LINE", row("no = LINE", no="refused")),
    *rows(
        "config", FUNDAMENTALS, row("hostname = WORD", reset="hostname Switch"), "boot-start-marker", "boot-end-marker"
    ),
    *rows("config", SECURITY, row("enable secret = LINE"), row("username WORD = [LINE]"), "aaa new-model"),
    *rows("config", SECURITY, "aaa {authentication|authorization|accounting} LINE"),
    *rows("config", SECURITY, row("aaa group server {radius|tacacs+} WORD", opens="aaa-group")),
    *rows(
        "config",
        SYSTEM,
        row("clock timezone = LINE"),
        row("switch <1-9> provision = WORD"),
        row("system mtu = <1500-9198>"),
    ),
    *rows("config", ROUTING, row("ip routing"), row("ip domain {name|lookup} = [WORD]"), row("ip domain-name = WORD")),
    *rows("config", ROUTING, row("ip name-server IP [IP]"), row("ip dhcp pool WORD", opens="dhcp-pool")),
    *rows("config", ROUTING, row("ip dhcp excluded-address IP [IP]")),
    *rows(
        "config",
        SECURITY,
        row("ip dhcp snooping vlan = VLANS", effect="vlan_set"),
        row("ip dhcp snooping information option", default="ip dhcp snooping information option", no="shown"),
        row("ip dhcp snooping information option allow-untrusted"),
        row("ip dhcp snooping information option format remote-id = {hostname|string WORD}"),
        row("ip dhcp snooping verify mac-address", default="ip dhcp snooping verify mac-address", no="shown"),
        row("ip dhcp snooping database = LINE"),
        row("ip dhcp snooping"),
        row("ip arp inspection vlan = VLANS", effect="vlan_set"),
        row("device-tracking policy WORD", opens="tracking"),
    ),
    *rows("config", L2, row("vtp {domain|mode|password} = WORD"), row("udld = {aggressive|enable}")),
    *rows(
        "config",
        L2,
        row("spanning-tree mode = {pvst|rapid-pvst|mst}"),
        row("spanning-tree portfast [edge] {bpduguard|bpdufilter} default"),
        row("spanning-tree portfast [edge] default"),
        row("spanning-tree extend system-id", no="shown"),
        row("spanning-tree vlan VLANS priority = <0-61440>"),
        row("errdisable recovery cause WORD"),
        row("errdisable recovery interval = <30-86400>"),
        row("errdisable detect cause LINE"),
    ),
    *rows(
        "config",
        LLDP,
        row("lldp run"),
        row("lldp {timer|holdtime|reinit} = <1-65535>"),
        row("cdp run", default="cdp run", no="shown"),
    ),
    *rows(
        "config",
        VLAN,
        row("vlan internal allocation policy = {ascending|descending}"),
        row("vlan VLANS", opens="vlan", each="vlan {}"),
    ),
    *rows(
        "config",
        QOS,
        row("class-map [{match-any|match-all}] WORD", opens="class-map", key="class-map {}", effect="class_map"),
    ),
    *rows("config", QOS, row("policy-map WORD", opens="policy-map"), row("table-map WORD", opens="table-map")),
    *rows(
        "config",
        L2,
        row("interface IFACE", opens="interface"),
        row("interface range IFACES", opens="interface", each="interface {}"),
    ),
    *rows(
        "config",
        ROUTING,
        row("ip default-gateway = IP"),
        row("ip forward-protocol LINE"),
        row("ip http {server|secure-server}", no="shown"),
    ),
    *rows(
        "config", ROUTING, row("ip route IP IP LINE"), row("ip ssh {version|time-out|authentication-retries} = <1-120>")
    ),
    *rows(
        "config",
        ROUTING,
        row("ip access-list {standard|extended} WORD", opens="acl"),
        row("access-list LINE", ordered=True),
    ),
    *rows("config", SYSTEM, row("logging {host IP|trap WORD|buffered [LINE]|console [WORD]|source-interface IFACE}")),
    *rows(
        "config",
        SNMP,
        "snmp-server {community|host|enable|user|group|view} LINE",
        row("snmp-server {location|contact} = LINE"),
    ),
    *rows("config", SECURITY, row("radius server WORD", opens="radius"), row("tacacs server WORD", opens="radius")),
    *rows("config", FUNDAMENTALS, row("line {con|vty|aux} <0-98> [<0-98>]", opens="line")),
    *rows("config", SYSTEM, row("ntp {server|peer} WORD = [LINE]"), row("ntp {source IFACE|authenticate|logging}")),
    *rows("config", ROLLBACK, row("archive", opens="archive")),
)

_INTERFACE = rows(
    "interface",
    L2,
    row("description = LINE"),
    row("switchport", default="switchport", no="shown"),
    row("switchport access vlan = <1-4094>", default="switchport access vlan 1", effect="access_vlan"),
    row("switchport trunk native vlan = <1-4094>", default="switchport trunk native vlan 1"),
    row(
        "switchport trunk allowed vlan = {VLANS|{add|remove|except} VLANS|all|none}",
        effect="allowed_vlans",
    ),
    row("switchport mode = {access|trunk|dynamic {auto|desirable}}", default="switchport mode dynamic auto"),
    row("switchport nonegotiate"),
    row("switchport voice vlan = {<1-4094>|dot1p|none|untagged}", effect="voice_vlan"),
    row(
        "switchport port-security maximum = <1-3072> [vlan {access|voice}]",
        default="switchport port-security maximum 1",
    ),
    row(
        "switchport port-security violation = {protect|restrict|shutdown}",
        default="switchport port-security violation shutdown",
    ),
    row("switchport port-security aging {time = <0-1440>|type = {absolute|inactivity}}"),
    row("switchport port-security mac-address LINE"),
    row("switchport port-security", effect="port_security"),
    row("switchport protected"),
    row("switchport block {unicast|multicast}"),
)


def _more_of_interface(*own: str | Row) -> tuple[Row, ...]:
    return (
        *_INTERFACE,
        *rows(
            "interface",
            ROUTING,
            row("ip address = {IP IP|dhcp}", no="shown"),
            row("ip access-group WORD {in|out}"),
            row("ip helper-address IP"),
        ),
        *rows(
            "interface",
            SECURITY,
            row("device-tracking attach-policy = WORD"),
            row("authentication LINE"),
            row("dot1x pae = WORD"),
            row("mab"),
        ),
        *rows("interface", ROUTING, row("ip dhcp relay information LINE")),
        *rows(
            "interface",
            IFACE,
            row("load-interval = <30-600>", default="load-interval 300"),
            row("shutdown", default="no shutdown", no="shown"),
            row(
                "power inline = {auto [max <4000-60000>]|static [max <4000-60000>]|never}", default="power inline auto"
            ),
            row("power inline consumption = <4000-60000>"),
            row("power inline police [action {log|errdisable}]"),
            row("speed = {10|100|1000|auto [LINE]}", default="speed auto"),
            row("duplex = {auto|full|half}", default="duplex auto"),
            row("mtu = <64-9198>"),
            row("logging event LINE"),
        ),
        *rows(
            "interface",
            L2,
            row("channel-group = <1-128> mode {active|passive|on|auto|desirable}", effect="bundle"),
            row("channel-protocol = {lacp|pagp}"),
        ),
        *rows("interface", L2, row("udld port = [aggressive]")),
        *rows("interface", QOS, row("trust device = {cisco-phone|cts|ip-camera|media-player}")),
        *rows("interface", QOS, *own),
        *rows(
            "interface",
            SECURITY,
            row("snmp trap LINE", no="shown"),
            row("storm-control {broadcast|multicast|unicast} level = LINE"),
            row("storm-control action {shutdown|trap}"),
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
            row("lldp med-tlv-select WORD", no="shown", effect="med_tlv"),
            row("cdp enable", default="cdp enable", no="shown"),
        ),
        *rows("interface", LLDP, row("network-policy = <1-4294967295>")),
        *rows(
            "interface",
            L2,
            row("spanning-tree bpduguard = {enable|disable}"),
            row("spanning-tree bpdufilter = {enable|disable}"),
            row("spanning-tree guard = {root|loop|none}"),
            row("spanning-tree link-type = {point-to-point|shared}"),
            row("spanning-tree cost = <1-200000000>"),
        ),
        *rows(
            "interface",
            QOS,
            row("service-policy input = WORD", needs=("policy-map ", "% policy map {} not configured")),
        ),
        *rows(
            "interface",
            QOS,
            row("service-policy output = WORD", needs=("policy-map ", "% policy map {} not configured")),
        ),
        *rows("interface", SECURITY, row("ip dhcp snooping limit rate = <1-2048>"), row("ip dhcp snooping trust")),
        *rows(
            "interface",
            SECURITY,
            row("ip dhcp snooping vlan <1-4094> information option format-type circuit-id [override] string = WORD"),
        ),
        *rows("interface", SECURITY, row("ip verify source = [LINE]"), row("ip arp inspection trust")),
    )


_ELSEWHERE = (
    *rows(
        "vlan",
        VLAN,
        row("name = WORD"),
        row("state = {active|suspend}", default="state active"),
        row("shutdown", no="shown", default="no shutdown"),
    ),
    *rows("class-map", QOS, row("description = LINE"), row("match LINE", ordered=True)),
    *rows("policy-map", QOS, row("description = LINE")),
    *rows(
        "policy-map",
        QOS,
        row("class WORD", opens="policy-class", ordered=True, effect="policy_class"),
    ),
    *rows(
        "policy-class",
        QOS,
        row("set {dscp|cos|precedence|qos-group} = LINE"),
        row("trust = {cos|dscp|ip-precedence}"),
        row("police LINE"),
        row("priority = [LINE]"),
        row("bandwidth = LINE"),
        row("queue-buffers ratio = <0-100>"),
        row("queue-limit LINE"),
        row("shape average = LINE"),
        row("service-policy = WORD"),
    ),
    *rows("table-map", QOS, row("map from <0-63> to = <0-63>"), row("default = LINE")),
    *rows("acl", SECURITY, row("[<1-2147483647>] {permit|deny|remark} LINE", ordered=True)),
    *rows("dhcp-pool", ROUTING, row("{network|default-router|dns-server|domain-name|lease} = LINE"), "option LINE"),
    *rows("aaa-group", SECURITY, "server LINE", row("ip {radius|tacacs} source-interface IFACE")),
    *rows(
        "radius", SECURITY, row("address {ipv4|ipv6} = LINE"), row("key = LINE"), row("{timeout|retransmit} = <1-1000>")
    ),
    *rows(
        "line",
        FUNDAMENTALS,
        row("exec-timeout = <0-35791> [<0-2147483>]"),
        row("login = [LINE]"),
        row("transport {input|output} = LINE"),
    ),
    *rows(
        "line",
        FUNDAMENTALS,
        row("logging synchronous"),
        row("password = LINE"),
        row("stopbits = <1-2>"),
        row("privilege level = <0-15>"),
        row("access-class WORD {in|out}"),
        row("length = <0-512>"),
    ),
    *rows(
        "archive",
        ROLLBACK,
        row("path = LINE"),
        row("maximum = <1-14>"),
        row("write-memory"),
        row("time-period = <1-525600>"),
        row("log config", opens="archive-log"),
    ),
    *rows("archive-log", ROLLBACK, "logging enable", "hidekeys", row("notify syslog = [LINE]")),
    *rows("tracking", SECURITY, "tracking {enable|disable}", row("security-level = WORD"), "trusted-port"),
)

_USER = (
    row("enable", effect="enable"),
    row("{exit|logout|quit}", effect="hang_up"),
    row("show version", effect="show_version"),
    row("show privilege", effect="show_privilege"),
    row("show lldp neighbors", effect="show_neighbors"),
    row("show lldp neighbors {IFACE detail|detail}", effect="show_neighbors_detail"),
    row("show mac address-table [dynamic] [interface IFACE]", effect="show_macs"),
    row("show power inline [IFACE]", effect="show_power"),
    row("show interfaces status", effect="show_status"),
    row("show vlan brief", effect="show_vlans"),
    row("terminal {length|width} <0-512>", effect="quiet"),
)
_EXEC = (
    *_USER,
    row("disable", effect="disable"),
    row("show running-config [{interface IFACE|all}]", effect="show_running"),
    row("show startup-config", effect="show_startup"),
    row("configure terminal", effect="configure"),
    row("write [{memory|terminal}]", effect="write"),
    row("copy running-config startup-config", effect="copy"),
    row("reload", effect="reload"),
)
_XE_EXEC = (
    row("configure terminal revert timer <1-120>", effect="configure_revert"),
    row("configure confirm", effect="confirm"),
    row("configure revert {now|timer <1-120>}", effect="revert"),
    row("show archive config rollback timer", effect="show_timer"),
)


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
        if self.engine.running() != self.engine.dialect.text(self.engine.saved):
            return self.ask("\nSystem configuration has been modified. Save? [yes/no]: ", self._save_first)
        return self.ask("Proceed with reload? [confirm]", self._reload)

    def _save_first(self, answer: str) -> str:
        if answer.strip().lower().startswith("y"):
            self.engine.save()
        return self.ask("Proceed with reload? [confirm]", self._reload)

    def _reload(self, answer: str) -> str:
        if answer.strip().lower() not in ("", "y", "yes"):
            return ""
        self.engine.reload()
        return self.hang_up()

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

    def show_privilege(self, *_: object) -> str:
        """`show privilege`."""
        return f"Current privilege level is {1 if self.mode == 'user' else 15}\n"

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
        there = set(_vlans_of(tree))
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
            vlans=_vlans_of(tree),
            snooped=(vlan_list(value(tree, "ip dhcp snooping vlan")) or ()) if on else (),
            option82=is_on(tree, "ip dhcp snooping information option", True),
        )


def _vlans_of(tree: Node) -> tuple[int, ...]:
    own = [int(key.split()[1]) for key, node in tree.children.items() if key.startswith("vlan ") and node.section]
    return (1, *sorted(number for number in own if number != 1))


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
    grammar = Grammar(
        (
            *_CONFIG[:20],
            *rows(
                "config",
                MLS,
                row(
                    "mls qos",
                ),
                row("mls qos map LINE"),
                row("mls qos srr-queue LINE"),
                row("mls qos queue-set LINE"),
            ),
            *_CONFIG[20:],
            *_more_of_interface(
                row("mls qos trust = [{cos|dscp|ip-precedence}]"),
                row("mls qos trust device = cisco-phone"),
                row("mls qos cos = {<0-7>|override}"),
                row("priority-queue out"),
                row("srr-queue bandwidth LINE"),
                row("auto qos voip = {cisco-phone|cisco-softphone|trust}"),
                row("spanning-tree portfast = [{edge|disable|edge trunk|network}]", effect="portfast_edge"),
            ),
            *_ELSEWHERE,
            *rows("exec", FUNDAMENTALS, *_EXEC),
            *rows("user", FUNDAMENTALS, *_USER),
        ),
        CISCO.reader,
    )


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
    grammar = Grammar(
        (
            *_CONFIG,
            *_more_of_interface(
                row("auto qos {voip|video|trust|classify} = [WORD]"),
                row("spanning-tree portfast = [{disable|edge|network|trunk|edge trunk}]"),
            ),
            *_ELSEWHERE,
            *rows("exec", FUNDAMENTALS, *_EXEC),
            *rows("exec", ROLLBACK, *_XE_EXEC),
            *rows("user", FUNDAMENTALS, *_USER),
        ),
        CISCO.reader,
    )
