"""What Arista EOS understands: a row for each command, with the document that it comes from."""

from __future__ import annotations

from .grammar import row, rows

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

_CONFIG = (
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


ROWS = (*_CONFIG, *rows("exec", MANUAL, *_EXEC), *rows("exec", SESSION, *_SESSION), *rows("user", MANUAL, *_SHOW))
"""Everything, in the order in which EOS shows it."""
