"""What Cisco IOS and IOS XE understand: a row for each command, with the document that it comes from."""

from __future__ import annotations

from .grammar import Row, row, rows

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

_UNTIL_CLASSES = (
    *rows("config", SYSTEM, row("version = LINE", no="refused"), "service LINE"),
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
)
_FROM_CLASSES = (
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


IOS = (
    *_UNTIL_CLASSES,
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
    *_FROM_CLASSES,
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
)
"""What IOS understands, in the order in which it shows it."""

IOS_XE = (
    *_UNTIL_CLASSES,
    *_FROM_CLASSES,
    *_more_of_interface(
        row("auto qos {voip|video|trust|classify} = [WORD]"),
        row("spanning-tree portfast = [{disable|edge|network|trunk|edge trunk}]"),
    ),
    *_ELSEWHERE,
    *rows("exec", FUNDAMENTALS, *_EXEC),
    *rows("exec", ROLLBACK, *_XE_EXEC),
    *rows("user", FUNDAMENTALS, *_USER),
)
"""What IOS XE understands."""
