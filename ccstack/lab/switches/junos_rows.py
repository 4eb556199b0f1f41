"""What Junos understands: a row for each statement and command, with the document that it comes from."""

from __future__ import annotations

from .grammar import row, rows

CLI = "Juniper, Junos OS CLI User Guide"
COMMIT = f"{CLI}, Commit the Configuration (commit confirmed); rollback"
SYSTEM = "Juniper, Junos OS System Basics"
INTERFACES = "Juniper, Junos OS Interfaces Fundamentals; Ethernet Switching User Guide (ELS)"
VLANS = "Juniper, Ethernet Switching User Guide: vlans; voip (switch-options)"
DHCP = "Juniper, Security Services Administration Guide: dhcp-security; circuit-id (DHCP Security); RFC 3046"
LLDP = "Juniper, Ethernet Switching User Guide: lldp, lldp-med; ANSI/TIA-1057"
STP = "Juniper, Spanning-Tree Protocols User Guide: rstp, bpdu-block-on-edge"
COS = "Juniper, Class of Service User Guide (EX Series)"
POE = "Juniper, Power over Ethernet User Guide for EX Series"
ROUTING = "Juniper, Protocol-Independent Routing Properties; Firewall Filters User Guide"

_SWITCHED = "interfaces / IFACE / unit <0-16385> / family ethernet-switching"
_VLAN_DHCP = "vlans / WORD / forwarding-options / dhcp-security"

_STATEMENTS = (
    *rows(
        "set",
        SYSTEM,
        row("version = LINE", no="refused"),
        row("system / host-name = WORD"),
        row("system / {domain-name|time-zone} = WORD"),
    ),
    *rows(
        "set",
        SYSTEM,
        "system / root-authentication / {encrypted-password|ssh-rsa|ssh-ed25519} LINE",
        row("system / name-server IP"),
    ),
    *rows(
        "set",
        SYSTEM,
        row("system / login / user WORD / {uid|class|full-name} = LINE"),
        row("system / login / user WORD / authentication / WORD = LINE"),
    ),
    *rows(
        "set",
        SYSTEM,
        row("system / login / message = LINE"),
        row("system / services / {ssh|netconf|web-management} = [LINE]"),
        row("system / ntp / server IP"),
    ),
    *rows(
        "set",
        SYSTEM,
        row("system / syslog / {host WORD|file WORD|user WORD} / LINE"),
        row("chassis / LINE"),
        row("system / ports / LINE"),
    ),
    *rows(
        "set",
        INTERFACES,
        row("interfaces / IFACE / description = LINE", effect="quoted"),
        row("interfaces / IFACE / disable"),
        row("interfaces / IFACE / mtu = <256-9216>"),
        row("interfaces / IFACE / speed = WORD"),
        row("interfaces / IFACE / native-vlan-id = <1-4094>"),
        row("interfaces / IFACE / ether-options / 802.3ad = WORD"),
        row("interfaces / IFACE / ether-options / {auto-negotiation|no-auto-negotiation|flow-control|no-flow-control}"),
        row("interfaces / IFACE / aggregated-ether-options / lacp / {active|passive|periodic = WORD}"),
        row("interfaces / IFACE / unit <0-16385> / description = LINE", effect="quoted"),
        row(f"{_SWITCHED} / interface-mode = {{access|trunk}}"),
        row(f"{_SWITCHED} / vlan / members WORD"),
        row(f"{_SWITCHED} / storm-control = WORD"),
        row(f"{_SWITCHED} / recovery-timeout = <10-3600>"),
        row(f"{_SWITCHED} / filter / {{input|output}} = WORD"),
        row(_SWITCHED),
        row("interfaces / IFACE / unit <0-16385> / family inet / address PREFIX"),
        row("interfaces / IFACE / unit <0-16385> / family inet / dhcp"),
        row("interfaces / IFACE / unit <0-16385>"),
    ),
    *rows(
        "set",
        "Juniper, Network Management: SNMP",
        row("snmp / community WORD / authorization = WORD"),
        row("snmp / {location|contact} = LINE", effect="quoted"),
    ),
    *rows(
        "set",
        ROUTING,
        row("forwarding-options / storm-control-profiles WORD / all / bandwidth-level = <100-100000000>"),
    ),
    *rows(
        "set",
        ROUTING,
        row("forwarding-options / storm-control-profiles WORD / all"),
        row("routing-options / static / route PREFIX / next-hop = IP"),
    ),
    *rows("set", STP, row("protocols / rstp / bpdu-block-on-edge"), row("protocols / rstp / bridge-priority = WORD")),
    *rows(
        "set",
        STP,
        row("protocols / rstp / interface {all|IFACE} / {edge|disable|no-root-port|cost = <1-200000000>|mode = WORD}"),
    ),
    *rows(
        "set",
        STP,
        row("protocols / rstp / interface {all|IFACE}"),
        row("protocols / layer2-control / bpdu-block / disable-timeout = <10-3600>"),
    ),
    *rows("set", STP, row("protocols / igmp-snooping / vlan WORD")),
    *rows(
        "set",
        LLDP,
        row("protocols / lldp / {advertisement-interval|hold-multiplier|transmit-delay} = <1-32768>"),
        row("protocols / lldp / disable"),
    ),
    *rows(
        "set",
        LLDP,
        row("protocols / lldp / port-id-subtype = WORD"),
        row("protocols / lldp / interface {all|IFACE} / disable"),
        row("protocols / lldp / interface {all|IFACE}"),
    ),
    *rows(
        "set",
        LLDP,
        row("protocols / lldp-med / disable"),
        row("protocols / lldp-med / fast-start = <1-10>"),
        row("protocols / lldp-med / interface {all|IFACE} / disable"),
    ),
    *rows(
        "set",
        LLDP,
        row("protocols / lldp-med / interface {all|IFACE} / location / LINE"),
        row("protocols / lldp-med / interface {all|IFACE}"),
    ),
    *rows("set", ROUTING, "firewall / family {inet|ethernet-switching} / filter WORD / term WORD / {from|then} / LINE"),
    *rows("set", "Juniper, 802.1X User Guide", row("access / LINE"), row("protocols / dot1x / LINE")),
    *rows(
        "set",
        COS,
        row("class-of-service / classifiers / dscp WORD / import = WORD"),
        row(
            "class-of-service / classifiers / dscp WORD / forwarding-class WORD / loss-priority WORD / code-points WORD"
        ),
        row("class-of-service / forwarding-classes / class WORD / queue-num = <0-11>"),
        row("class-of-service / rewrite-rules / LINE"),
        row("class-of-service / interfaces / IFACE / scheduler-map = WORD"),
        row("class-of-service / interfaces / IFACE / unit <0-16385> / classifiers / dscp = WORD"),
        row("class-of-service / interfaces / IFACE / unit <0-16385> / rewrite-rules / LINE"),
        row("class-of-service / scheduler-maps WORD / forwarding-class WORD / scheduler = WORD"),
        row("class-of-service / schedulers WORD / {transmit-rate|buffer-size} = {percent <0-100>|remainder|WORD}"),
        row("class-of-service / schedulers WORD / shaping-rate = LINE"),
        row("class-of-service / schedulers WORD / priority = {low|strict-high|high|medium-low|medium-high}"),
    ),
    *rows(
        "set",
        VLANS,
        row(
            "switch-options / interface IFACE / interface-mac-limit"
            " / packet-action = {drop|drop-and-log|log|none|shutdown}"
        ),
        row("switch-options / interface IFACE / interface-mac-limit = <1-131071>"),
        row("switch-options / voip / interface {IFACE|access-ports} / vlan = WORD"),
        row("switch-options / voip / interface {IFACE|access-ports} / forwarding-class = WORD"),
        row("switch-options / {mac-table-size|mac-notification} = [LINE]"),
    ),
    *rows(
        "set",
        POE,
        row("poe / management = {class|static|high-power}"),
        row("poe / guard-band = <0-19>"),
        row("poe / notification-control / LINE"),
        row("poe / interface {all|IFACE} / {disable|priority = {low|high}|maximum-power = WORD|telemetries = [LINE]}"),
        row("poe / interface {all|IFACE}"),
    ),
    *rows(
        "set",
        VLANS,
        row("vlans / WORD / vlan-id = <1-4094>"),
        row("vlans / WORD / description = LINE", effect="quoted"),
        row("vlans / WORD / l3-interface = WORD"),
    ),
    *rows(
        "set",
        DHCP,
        row(
            f"{_VLAN_DHCP} / option-82 / circuit-id / prefix / {{host-name|logical-system-name|routing-instance-name}}"
        ),
        row(f"{_VLAN_DHCP} / option-82 / circuit-id / use-interface-description = {{device|logical}}"),
        row(f"{_VLAN_DHCP} / option-82 / circuit-id / use-vlan-id"),
        row(f"{_VLAN_DHCP} / option-82 / circuit-id"),
        row(f"{_VLAN_DHCP} / option-82 / remote-id = [LINE]"),
        row(f"{_VLAN_DHCP} / option-82"),
        row(f"{_VLAN_DHCP} / group WORD / overrides / {{trusted|untrusted|no-option82}}"),
        row(f"{_VLAN_DHCP} / group WORD / interface IFACE"),
        row(f"{_VLAN_DHCP} / {{arp-inspection|ip-source-guard}}"),
        row(_VLAN_DHCP),
    ),
)

_EXEC = (
    row("{exit|quit|logout}", effect="hang_up"),
    row("configure [{exclusive|private}]", effect="configure"),
    row("show version", effect="show_version"),
    row("show configuration [LINE]", effect="show_configuration"),
    row("show lldp neighbors", effect="show_neighbors"),
    row("show lldp neighbors interface IFACE", effect="show_neighbors_detail"),
    row("show ethernet-switching table [interface IFACE]", effect="show_macs"),
    row("show poe interface [IFACE]", effect="show_power"),
    row("show interfaces terse", effect="show_status"),
    row("show vlans", effect="show_vlans"),
    row("show system uptime", effect="show_uptime"),
    row("show system commit", effect="show_commits"),
    row("set cli screen-width <0-1024>", effect="cli_width"),
    row("set cli screen-length <0-100000>", effect="cli_length"),
    row("set cli complete-on-space {on|off}", effect="cli_space"),
    row("set cli timestamp = [disable]", effect="quiet"),
    row("request system reboot", effect="reboot"),
)
_CONFIGURE = (
    row("set LINE", effect="set"),
    row("delete [LINE]", effect="delete"),
    row("wildcard range set LINE", effect="wildcard"),
    row("edit LINE", effect="edit"),
    row("up", effect="up"),
    row("top", effect="top"),
    row("exit", effect="leave"),
    row("{exit|quit} configuration-mode", effect="leave_all"),
    row("quit", effect="leave"),
    row("run LINE", effect="run"),
    row("show [LINE]", effect="show_candidate"),
    row("rollback [<0-49>]", effect="rollback"),
    row("status", effect="quiet"),
)
_COMMIT = (
    row("commit [and-quit]", effect="commit"),
    row("commit check", effect="commit_check"),
    row("commit comment LINE", effect="commit"),
    row("commit confirmed [<1-65535>] [comment LINE]", effect="commit_confirmed"),
)
ROWS = (
    *_STATEMENTS,
    *rows("exec", CLI, *_EXEC),
    *rows("configure", CLI, *_CONFIGURE),
    *rows("configure", COMMIT, *_COMMIT),
)
"""Everything, in the order in which Junos shows it."""
