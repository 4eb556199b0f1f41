"""What AOS-CX understands: a row for each command, with the document that it comes from."""

from __future__ import annotations

from .grammar import row, rows

L2 = "HPE Aruba, AOS-CX Layer 2 Bridging Guide (6200, 6300, 6400)"
FUNDAMENTALS = "HPE Aruba, AOS-CX Fundamentals Guide (6200, 6300, 6400)"
CHECKPOINTS = f"{FUNDAMENTALS}, Checkpoints: checkpoint auto"
SECURITY = "HPE Aruba, AOS-CX Security Guide (6200, 6300, 6400)"
SERVICES = "HPE Aruba, AOS-CX IP Services Guide (6300, 6400): dhcpv4-snooping"
QOS = "HPE Aruba, AOS-CX Quality of Service Guide; ACLs and Classifier Policies Guide"
POWER = "HPE Aruba, AOS-CX Monitoring Guide: Power over Ethernet"
DISCOVERY = "HPE Aruba, AOS-CX Fundamentals Guide: LLDP; ANSI/TIA-1057"

_CONFIG = (
    *rows(
        "config",
        FUNDAMENTALS,
        row("hostname = WORD", reset="hostname switch"),
        row("user WORD = LINE"),
        row("profile = WORD"),
    ),
    *rows(
        "config",
        FUNDAMENTALS,
        row("clock timezone = WORD"),
        row("ntp {server WORD|enable|vrf WORD} = [LINE]"),
        row("cli-session", opens="cli-session"),
    ),
    *rows(
        "config",
        SECURITY,
        row("{radius-server|tacacs-server} {host|key} LINE"),
        row("aaa {authentication|authorization|accounting|group} LINE"),
    ),
    *rows(
        "config",
        FUNDAMENTALS,
        row("logging WORD = [LINE]"),
        row("snmp-server {vrf|community|host|system-location|system-contact} LINE"),
    ),
    *rows(
        "config",
        FUNDAMENTALS,
        row("ssh server vrf WORD"),
        row("https-server {vrf WORD|rest access-mode = WORD}"),
        row("vsf member <1-10>", opens="vsf"),
    ),
    *rows(
        "config",
        SERVICES,
        row("dhcpv4-snooping"),
        row("dhcpv4-snooping option 82 = [LINE]", default="dhcpv4-snooping option 82", no="shown"),
    ),
    *rows(
        "config", SERVICES, row("dhcpv4-snooping authorized-server IP"), row("dhcpv4-snooping allow-overwrite-binding")
    ),
    *rows("config", SERVICES, row("dhcpv4-snooping verify mac", default="dhcpv4-snooping verify mac", no="shown")),
    *rows("config", SECURITY, row("port-access port-security enable"), row("access-list ip WORD", opens="acl")),
    *rows("config", L2, row("vlan VLANS", opens="vlan", each="vlan {}")),
    *rows("config", QOS, row("class {ip|ipv6|mac} WORD", opens="class"), row("policy WORD", opens="policy")),
    *rows(
        "config",
        QOS,
        row("qos trust = {none|cos|dscp}", default="qos trust none"),
        row("qos {queue-profile|schedule-profile} WORD", opens="profile"),
    ),
    *rows("config", QOS, row("qos {cos-map|dscp-map} <0-63> = LINE"), row("apply qos = LINE")),
    *rows(
        "config",
        DISCOVERY,
        row("lldp", default="lldp", no="shown"),
        row("lldp {timer|holdtime|txdelay|reinit} = <1-32768>"),
        row("lldp management-ipv4-address = IP"),
    ),
    *rows(
        "config",
        L2,
        row("spanning-tree"),
        row("spanning-tree {mode|priority|config-name|config-revision} = WORD"),
        row("loop-protect LINE"),
    ),
    *rows(
        "config",
        L2,
        row("interface mgmt", opens="mgmt"),
        row("interface IFACES", opens="interface", each="interface {}"),
    ),
    *rows("config", SERVICES, row("ip route PREFIX = WORD"), row("ip dns {server-address|domain-name} LINE")),
    *rows("config", POWER, row("power-over-ethernet {always-on|quick-poe|threshold} LINE")),
    # an interface
    *rows(
        "interface",
        FUNDAMENTALS,
        row("shutdown", no="shown"),
        row("mtu = <46-9198>", default="mtu 1500"),
        row("description = LINE"),
        row("routing", no="shown", effect="routing"),
        row("ip address = {PREFIX|dhcp}"),
        row("speed = LINE"),
        row("lag = <1-256>"),
        row("lacp {mode|rate|fallback} = [WORD]"),
        row("ip helper-address IP"),
    ),
    *rows(
        "interface",
        L2,
        row(
            "vlan access = <1-4094>",
            reset="vlan access 1",
            displaces=("vlan trunk native", "vlan trunk allowed"),
            effect="vlan_access",
        ),
        row("vlan trunk native = <1-4094> [tag]", effect="trunk_native"),
        row("vlan trunk allowed = {VLANS|all}", effect="trunk_allowed"),
    ),
    *rows("interface", POWER, row("power-over-ethernet", default="power-over-ethernet", no="shown")),
    *rows("interface", POWER, row("power-over-ethernet {priority|allocate-by|assigned-class|pre-std-detect} = [WORD]")),
    *rows(
        "interface",
        QOS,
        row("apply policy WORD {in|out}", key="apply policy {}", effect="apply_policy"),
        row("apply access-list ip WORD {in|out}"),
    ),
    *rows(
        "interface",
        QOS,
        row("qos trust = {none|cos|dscp}"),
        row("qos {dscp|cos} = <0-63>"),
        row("rate-limit {broadcast|multicast|unknown-unicast} = LINE"),
    ),
    *rows(
        "interface",
        DISCOVERY,
        row("lldp {transmit|receive}", no="shown", effect="on_by_default"),
        row("lldp med LINE"),
        row("lldp select-tlv WORD", no="shown"),
    ),
    *rows(
        "interface",
        L2,
        row("spanning-tree {bpdu-guard|bpdu-filter|root-guard|loop-guard|tcn-guard}"),
        row("spanning-tree port-type = {admin-edge|admin-network}"),
        row("spanning-tree {cost|port-priority} = <0-200000000>"),
        row("loop-protect = [LINE]"),
    ),
    *rows(
        "interface",
        SECURITY,
        row("port-access port-security", opens="port-security"),
        row("aaa authentication port-access LINE"),
        row("port-access LINE"),
    ),
    *rows("interface", SERVICES, row("dhcpv4-snooping max-bindings = <1-8192>"), row("dhcpv4-snooping trust")),
    # elsewhere
    *rows(
        "vlan",
        L2,
        row("name = LINE"),
        row("description = LINE"),
        row("voice"),
        row("shutdown", no="shown", default="no shutdown"),
        row("arp inspection"),
        row("ip igmp snooping enable"),
    ),
    *rows("vlan", SERVICES, row("dhcpv4-snooping")),
    *rows(
        "port-security",
        SECURITY,
        row("client-limit = <1-64>", default="client-limit 1"),
        row("enable"),
        row("mac-address = MAC"),
        row("sticky-learn enable"),
    ),
    *rows("port-security", SECURITY, row("violation action {notify|shutdown}")),
    *rows("class", QOS, row("[<1-4294967295>] = {match|ignore|comment} LINE", effect="numbered")),
    *rows("class", QOS, row("<1-4294967295>", effect="numbered")),
    *rows("policy", QOS, row("[<1-4294967295>] = class {ip|ipv6|mac} WORD [action LINE]", effect="numbered")),
    *rows("policy", QOS, row("<1-4294967295>", effect="numbered")),
    *rows("acl", SECURITY, row("[<1-4294967295>] = {permit|deny|comment} LINE", effect="numbered")),
    *rows("acl", SECURITY, row("<1-4294967295>", effect="numbered")),
    *rows(
        "profile",
        QOS,
        row("map queue <0-7> local-priority = <0-7>"),
        row("name queue <0-7> = WORD"),
        row("{strict|dwrr|wfq} queue <0-7> = [LINE]"),
    ),
    *rows(
        "mgmt",
        FUNDAMENTALS,
        row("shutdown", no="shown"),
        row("ip {static PREFIX|dhcp}"),
        row("default-gateway = IP"),
        row("nameserver LINE"),
    ),
    *rows("vsf", FUNDAMENTALS, row("type = WORD"), row("link <1-4> = LINE")),
    *rows("cli-session", FUNDAMENTALS, row("timeout = <0-43200>"), row("max-per-user = <1-5>")),
)

_SHOW = (
    row("enable", effect="enable"),
    row("{exit|logout|quit}", effect="hang_up"),
    row("show version", effect="show_version"),
    row("show system", effect="show_version"),
    row("show lldp neighbor-info", effect="show_neighbors"),
    row("show lldp neighbor-info {IFACE|detail}", effect="show_neighbors_detail"),
    row("show mac-address-table [port IFACE]", effect="show_macs"),
    row("show power-over-ethernet [brief]", effect="show_power"),
    row("show interface brief", effect="show_status"),
    row("show vlan", effect="show_vlans"),
    row("page [<0-1000>]", effect="quiet"),
    row("no page", effect="quiet"),
)
_EXEC = (
    *_SHOW,
    row("disable", effect="disable"),
    row("show running-config [{interface IFACE|all}]", effect="show_running"),
    row("show startup-config", effect="show_startup"),
    row("show checkpoint [{list all|list}]", effect="show_checkpoints"),
    row("configure [terminal]", effect="configure"),
    row("write memory", effect="write"),
    row("copy running-config startup-config", effect="write"),
    row("boot system [primary]", effect="reload"),
    row("reload", effect="reload"),
)
_CHECKPOINT = (
    row("checkpoint auto <1-60>", effect="checkpoint_auto"),
    row("checkpoint auto confirm", effect="checkpoint_confirm"),
    row("checkpoint rollback {WORD|startup-config}", effect="checkpoint_rollback"),
    row("copy running-config checkpoint WORD", effect="checkpoint_make"),
    row("copy checkpoint WORD running-config", effect="checkpoint_rollback"),
)


ROWS = (
    *_CONFIG,
    *rows("exec", FUNDAMENTALS, *_EXEC),
    *rows("exec", CHECKPOINTS, *_CHECKPOINT),
    *rows("user", FUNDAMENTALS, *_SHOW),
)
"""Everything, in the order in which AOS-CX shows it."""
