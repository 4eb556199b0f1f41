"""The lab's switches at their command lines: each platform by its own words, without a network and over ssh."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import asyncssh
import paramiko
import pytest
from netmiko import BaseConnection, ConnectHandler
from netmiko.exceptions import ConfigInvalidException, NetmikoAuthenticationException, NetmikoTimeoutException

from ccstack.lab.switches.dialects import dialect_of
from ccstack.lab.switches.engine import Dropped, Engine, HungUp, Platform
from ccstack.lab.switches.grammar import Found, Grammar
from ccstack.lab.switches.pattern import as_vlans, compiled, vlan_list
from ccstack.lab.switches.server import Login, Rack, SimulatedSwitch

PLATFORMS: tuple[Platform, ...] = ("cisco-ios", "cisco-ios-xe", "arista-eos", "aruba-aoscx", "juniper-junos")
PORTS: dict[Platform, str] = {
    "cisco-ios": "GigabitEthernet1/0/{}",
    "cisco-ios-xe": "GigabitEthernet1/0/{}",
    "arista-eos": "Ethernet{}",
    "aruba-aoscx": "1/1/{}",
    "juniper-junos": "ge-0/0/{}",
}
NETMIKO: dict[Platform, str] = {
    "cisco-ios": "cisco_ios",
    "cisco-ios-xe": "cisco_xe",
    "arista-eos": "arista_eos",
    "aruba-aoscx": "aruba_aoscx",
    "juniper-junos": "juniper_junos",
}

FOREIGN: dict[Platform, str] = {
    "cisco-ios": """
vlan 30,40-42
vlan 50
 name GUESTS
mls qos
aaa new-model
ip access-list extended MGMT
 permit tcp 10.0.0.0 0.0.0.255 any eq 22
 deny ip any any log
class-map match-any VIDEO
 match dscp af41
policy-map WAN
 class VIDEO
  bandwidth percent 20
 class class-default
  set dscp default
interface Port-channel1
 switchport mode trunk
interface GigabitEthernet1/0/3
 description printer  with two blanks
 switchport access vlan 50
 switchport mode access
 storm-control broadcast level 1.00
 no cdp enable
 shutdown
interface GigabitEthernet1/0/4
 switchport trunk allowed vlan 30,40-42
 switchport mode trunk
 channel-group 1 mode active
interface Vlan50
 ip address 10.0.50.1 255.255.255.0
 ip access-group MGMT in
ip default-gateway 10.0.0.1
snmp-server community s3cret RO
snmp-server location Rack 4
line vty 0 15
 transport input ssh
""",
    "cisco-ios-xe": """
vlan 30
vlan 50
 name GUESTS
interface GigabitEthernet1/0/3
 switchport access vlan 50
 switchport mode access
 mtu 9198
 power inline static max 15400
 device-tracking attach-policy IPDT
 authentication port-control auto
 spanning-tree portfast
interface Vlan50
 ip address 10.0.50.1 255.255.255.0
ip route 0.0.0.0 0.0.0.0 10.0.0.1
radius server ISE
 address ipv4 10.0.0.9 auth-port 1812
archive
 path flash:cc
 maximum 14
""",
    "arista-eos": """
vlan 30,40-42
vlan 50
   name GUESTS
class-map type qos match-any VIDEO
   match dscp 34
policy-map type quality-of-service WAN
   class VIDEO
      set traffic-class 4
   class class-default
      set traffic-class 0
interface Ethernet3
   description printer
   switchport access vlan 50
   no lldp transmit
   storm-control broadcast level 1
   shutdown
interface Ethernet4
   channel-group 1 mode active
   no switchport
interface Vlan50
   ip address 10.0.50.1/24
ip access-list MGMT
   10 permit tcp 10.0.0.0/24 any eq ssh
ip route 0.0.0.0/0 10.0.0.1
management ssh
   idle-timeout 60
snmp-server location Rack 4
""",
    "aruba-aoscx": """
vlan 1,30,40-42
vlan 50
    name GUESTS
access-list ip MGMT
    10 permit tcp 10.0.0.0/255.255.255.0 any eq 22
class ip VIDEO
    10 match any any any dscp AF41
policy WAN
    10 class ip VIDEO action local-priority 4
interface lag 1
    vlan trunk native 1
    vlan trunk allowed 30,40-42
interface 1/1/3
    description printer
    vlan access 50
    no lldp transmit
    loop-protect
    shutdown
interface 1/1/4
    mtu 9198
    lag 1
interface vlan 50
    ip address 10.0.50.1/24
ip route 0.0.0.0/0 10.0.0.1
snmp-server community s3cret
""",
    "juniper-junos": """
set vlans guests vlan-id 50
set vlans guests l3-interface irb.50
set vlans thirty vlan-id 30
set interfaces ge-0/0/3 description "printer, second floor"
set interfaces ge-0/0/3 disable
set interfaces ge-0/0/3 unit 0 family ethernet-switching interface-mode access
set interfaces ge-0/0/3 unit 0 family ethernet-switching vlan members guests
set interfaces ge-0/0/3 unit 0 family ethernet-switching storm-control sc
set interfaces ge-0/0/4 ether-options 802.3ad ae0
set interfaces irb unit 50 family inet address 10.0.50.1/24
set firewall family inet filter MGMT term 1 from protocol tcp
set firewall family inet filter MGMT term 1 then accept
set routing-options static route 0.0.0.0/0 next-hop 10.0.0.1
set snmp community s3cret authorization read-only
set protocols igmp-snooping vlan guests
""",
}
"""What others have configured: none of it is ever ccstack's."""


def made(platform: Platform, **given: object) -> Engine:
    ports = [PORTS[platform].format(number) for number in range(1, 9)]
    return Engine(platform, "sw1", ports, **given)  # type: ignore[arg-type]


def lines_of(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip() and line.strip() != "!"]


def enter(engine: Engine, lines: list[str]) -> str:
    """Type lines that are indented as a configuration is, in a configuration mode; all that the switch said."""
    junos = engine.platform == "juniper-junos"
    said = engine.type("configure" if junos else "configure terminal").replace("Enter configuration commands, one", "")
    said = "" if junos or "per line" in said else said
    step = {"arista-eos": 3, "aruba-aoscx": 4}.get(engine.platform, 1)
    modes = 0
    for line in lines:
        depth = (len(line) - len(line.lstrip())) // step
        while modes > depth:
            engine.type("exit")
            modes -= 1
        before = prompt(engine)
        said += engine.type(line.strip())
        modes += prompt(engine) != before and depth >= modes
    said += engine.type("commit and-quit" if junos else "end").replace(
        "commit complete\nExiting configuration mode\n", ""
    )
    return said


def prompt(engine: Engine) -> str:
    assert engine._console is not None
    return engine._console.prompt


def body(engine: Engine) -> list[str]:
    """The running configuration without what is printed around it."""
    heads = ("Building", "Current", "version", "end", "!", "set version")
    return [line for line in lines_of(engine.running()) if not line.startswith(heads)]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_foreign_configuration_is_taken_and_shown_as_typed(platform: Platform) -> None:
    engine = made(platform)
    said = enter(engine, lines_of(FOREIGN[platform]))
    assert "nvalid" not in said, said
    assert "rror" not in said, said
    shown = {line.strip() for line in body(engine)}
    assert not [line for line in lines_of(FOREIGN[platform]) if line.strip() not in shown]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_what_is_shown_can_be_typed_and_gives_the_same(platform: Platform) -> None:
    first, second = made(platform), made(platform)
    enter(first, lines_of(FOREIGN[platform]))
    said = enter(second, body(first))
    assert "nvalid" not in said, said
    assert second.running() == first.running()
    enter(second, body(first))
    assert second.running() == first.running()


UNKNOWN: dict[Platform, str] = {
    "cisco-ios": "            ^\n% Invalid input detected at '^' marker.\n\n",
    "cisco-ios-xe": "            ^\n% Invalid input detected at '^' marker.\n\n",
    "arista-eos": "% Invalid input\n",
    "aruba-aoscx": "Invalid input: frobnicate\n",
    "juniper-junos": "           ^\nunknown command.\n",
}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_what_nobody_knows_is_refused_in_the_vendors_words(platform: Platform) -> None:
    engine = made(platform)
    engine.type("configure" if platform == "juniper-junos" else "configure terminal")
    said = engine.type("frobnicate the switch")
    assert said.strip().splitlines()[-1] == UNKNOWN[platform].strip().splitlines()[-1]
    assert said.endswith("\n")


def test_the_marker_stands_below_the_wrong_word() -> None:
    engine = made("cisco-ios")
    engine.type("configure terminal")
    shown = f"sw1(config)#interface GigabitEthernet1/0/99\n{engine.type('interface GigabitEthernet1/0/99')}"
    assert shown.splitlines()[1].index("^") == shown.splitlines()[0].index("GigabitEthernet")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("sh", "% Incomplete command."),
        ("sh run int", "% Incomplete command."),
        ("sh r", "Building configuration"),
        ("show vlan brief x", "% Invalid input detected at '^' marker."),
    ],
)
def test_short_and_incomplete_commands(line: str, says: str) -> None:
    assert says in made("cisco-ios").type(line)


def test_an_interface_by_its_short_name_and_a_range() -> None:
    engine = made("cisco-ios-xe")
    enter(engine, ["interface range gi1/0/1 - 2 , gi1/0/4", " switchport voice vlan 110", " shut"])
    assert "% Voice VLAN does not exist. Creating vlan 110" not in engine.running()
    for number, is_down in ((1, True), (2, True), (3, False), (4, True)):
        assert ("shutdown" in engine.type(f"show run int g1/0/{number}")) is is_down
    assert "vlan 110" in engine.running()


def test_defaults_are_not_shown_and_no_brings_them_back() -> None:
    engine = made("cisco-ios")
    fresh = engine.running()
    enter(engine, ["interface Gi1/0/1", " switchport access vlan 1", " no shutdown", " power inline auto"])
    assert engine.running() == fresh
    enter(engine, ["interface Gi1/0/1", " power inline never", " no lldp transmit", " description x"])
    enter(engine, ["interface Gi1/0/1", " no power inline", " lldp transmit", " no description"])
    assert engine.running() == fresh


def test_cisco_refuses_what_does_not_fit() -> None:
    engine = made("cisco-ios-xe")
    said = enter(engine, ["interface Gi1/0/1", " switchport port-security"])
    assert "Command rejected: GigabitEthernet1/0/1 is a dynamic port." in said
    assert "policy map X not configured" in enter(engine, ["interface Gi1/0/1", " service-policy input X"])
    enter(engine, ["class-map match-any V", " match dscp ef", "policy-map P", " class V", "  set dscp ef"])
    assert "class-map V is being used" in enter(engine, ["no class-map match-any V"])
    assert "Default VLAN 1 may not be deleted" in enter(engine, ["no vlan 1"])


def test_aoscx_lists_of_vlans_add_up() -> None:
    engine = made("aruba-aoscx")
    enter(engine, ["vlan 20,110", "interface 1/1/1", "    vlan trunk allowed 20"])
    enter(engine, ["interface 1/1/1", "    vlan trunk allowed 110"])
    assert "    vlan trunk native 1\n    vlan trunk allowed 20,110\n" in engine.running()
    enter(engine, ["interface 1/1/1", "    no vlan trunk allowed 20"])
    assert "    vlan trunk allowed 110\n" in engine.running()
    assert "VLAN 999 not found." in enter(engine, ["interface 1/1/2", "    vlan access 999"])


def test_junos_checks_before_it_commits_and_keeps_what_was() -> None:
    engine = made("juniper-junos")
    engine.type("configure")
    engine.type("set interfaces ge-0/0/1 unit 0 family ethernet-switching vlan members nowhere")
    before = engine.running()
    assert "error: configuration check-out failed" in engine.type("commit")
    assert engine.running() == before
    engine.type("set vlans nowhere vlan-id 99")
    assert engine.type("commit") == "commit complete\n"
    assert "+" not in engine.type("show | compare")
    engine.type("rollback 1")
    assert "-  " in engine.type("show | compare")
    assert "load complete" in engine.type("rollback 0")


def test_a_shared_candidate_outlives_its_terminal_and_an_exclusive_one_does_not() -> None:
    engine = made("juniper-junos")
    for mode, stays in (("configure", True), ("configure exclusive", False)):
        engine.candidates.clear()
        session = engine.session()
        session.type(mode)
        session.type("set vlans left vlan-id 77")
        session.lost()
        assert bool(engine.candidates) is stays


SAVE: dict[Platform, str] = dict.fromkeys(PLATFORMS, "write memory")
FORGET: dict[Platform, tuple[str, ...]] = {
    "cisco-ios": ("reload", "no", ""),
    "cisco-ios-xe": ("reload", "no", ""),
    "arista-eos": ("reload now",),
    "aruba-aoscx": ("boot system", "n", "y"),
}


@pytest.mark.parametrize("platform", FORGET)
def test_reload_loses_what_was_not_saved(platform: Platform) -> None:
    engine = made(platform)
    enter(engine, ["vlan 70"])
    engine.type("write memory")
    enter(engine, ["vlan 71"])
    assert "vlan 70-71" in engine.running() or "vlan 1,70-71" in engine.running()
    assert "70-71" not in engine.startup()
    for line in FORGET[platform]:
        engine.type(line)
    assert engine.boots == 1
    assert engine.running() == engine.startup()
    assert "70" in engine.running()


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def begin(engine: Engine, name: str = "cc") -> None:
    """Begin a change that undoes itself after five minutes, and make VLAN 77."""
    match engine.platform:
        case "cisco-ios-xe":
            enter(engine, ["archive", " path flash:cc"])
            for line in ("configure terminal revert timer 5", "vlan 77", "end"):
                engine.type(line)
        case "arista-eos":
            for line in (f"configure session {name}", "vlan 77", "commit timer 00:05:00"):
                engine.type(line)
        case "aruba-aoscx":
            for line in ("checkpoint auto 5", "configure terminal", "vlan 77", "end"):
                engine.type(line)
        case _:
            for line in ("configure", "set vlans x vlan-id 77", "commit confirmed 5", "exit"):
                engine.type(line)


CONFIRM: dict[Platform, tuple[str, ...]] = {
    "cisco-ios-xe": ("configure confirm",),
    "arista-eos": ("configure session cc commit",),
    "aruba-aoscx": ("checkpoint auto confirm",),
    "juniper-junos": ("configure", "commit", "exit"),
}


@pytest.mark.parametrize("platform", CONFIRM)
def test_a_change_undoes_itself_unless_confirmed(platform: Platform) -> None:
    clock = Clock()
    engine = made(platform, clock=clock)
    begin(engine)
    assert "77" in engine.running()
    clock.now = 299
    assert "77" in engine.running()
    clock.now = 301
    assert "77" not in engine.running()
    begin(engine)
    for line in CONFIRM[platform]:
        engine.type(line)
    clock.now = 10_000
    assert "77" in engine.running()


def test_a_timer_that_has_no_archive_is_refused() -> None:
    engine = made("cisco-ios-xe")
    assert "rchive" in engine.type("configure terminal revert timer 5")
    assert engine.pending is None


def test_a_session_of_eos_changes_nothing_before_its_commit() -> None:
    engine = made("arista-eos")
    engine.type("configure session ccstack-1")
    assert prompt(engine) == "sw1(config-s-ccstac)#"
    engine.type("vlan 88")
    assert "88" not in engine.running()
    engine.type("abort")
    assert prompt(engine) == "sw1#"
    assert not engine.candidates
    engine.type("configure session two")
    engine.type("vlan 88")
    engine.type("commit")
    assert "vlan 88" in engine.running()


@pytest.mark.parametrize("platform", PLATFORMS)
def test_faults(platform: Platform) -> None:
    engine = made(platform)
    enter(engine, ["vlan 70"] if platform != "juniper-junos" else ["set vlans seventy vlan-id 70"])
    engine.faults.refuse = "71"
    said = enter(engine, ["vlan 71"] if platform != "juniper-junos" else ["set vlans x vlan-id 71"])
    assert "nvalid" in said or "syntax error" in said
    assert not [line for line in body(engine) if "71" in line]
    engine.faults.refuse, engine.faults.drop_at = "", 2
    session = engine.session()
    session.type("configure" if platform == "juniper-junos" else "configure terminal")
    lines = (
        ["vlan 72", "vlan 73"] if platform != "juniper-junos" else ["set vlans b vlan-id 72", "set vlans c vlan-id 73"]
    )
    session.type(lines[0])
    with pytest.raises(Dropped):
        session.type(lines[1])
    assert engine.faults.drop_at == 0


def test_a_reboot_during_save_starts_with_what_was_saved_before() -> None:
    engine = made("arista-eos")
    enter(engine, ["vlan 70"])
    engine.faults.reboot_on_save = True
    engine.type("write memory")
    assert engine.boots == 1
    assert "70" not in engine.running()


def test_enable_asks_for_its_secret() -> None:
    engine = made("cisco-ios", enable="s3cret")
    session = engine.session()
    assert session.prompt == "sw1>"
    assert "% Invalid input" in session.type("configure terminal")
    session.type("enable")
    assert (session.question, session.hidden) == ("Password: ", True)
    assert "% Bad secrets" in session.type("wrong")
    session.type("enable")
    session.type("s3cret")
    assert session.prompt == "sw1#"
    with pytest.raises(HungUp):
        session.type("exit")


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_row_names_its_document_and_can_be_read(platform: Platform) -> None:
    grammar: Grammar = dialect_of(platform).grammar  # type: ignore[attr-defined]
    for row in grammar.rows:
        assert row.source, row
        assert compiled(row.pattern)
        if row.default:
            found = grammar.find(row.mode, row.default.removeprefix("no "))
            assert isinstance(found, Found), row


@pytest.mark.parametrize("text", ["1", "10,20-22", "1-4094", "5,7,9-10"])
def test_lists_of_vlans(text: str) -> None:
    numbers = vlan_list(text)
    assert numbers is not None
    assert as_vlans(numbers) == text


@pytest.mark.parametrize("text", ["0", "4095", "10-", "a", "20-10", "99999"])
def test_what_is_no_list_of_vlans(text: str) -> None:
    assert vlan_list(text) is None


# over ssh


@contextmanager
def connected(platform: Platform, switch: SimulatedSwitch, **more: object) -> Iterator[BaseConnection]:
    given = {"username": "admin", "password": "admin", "fast_cli": True, **more}
    connection = ConnectHandler(device_type=NETMIKO[platform], host=switch.address, port=switch.port, **given)
    try:
        yield connection
    finally:
        connection.disconnect()


@pytest.mark.parametrize("platform", PLATFORMS)
def test_netmiko_configures_saves_and_reads_back(platform: Platform) -> None:
    engine = made(platform)
    with SimulatedSwitch(engine) as switch, connected(platform, switch) as connection:
        if platform == "juniper-junos":
            connection.send_config_set(["set vlans voice vlan-id 110"], exit_config_mode=False)
            connection.commit(and_quit=True)
            assert "set vlans voice vlan-id 110" in connection.send_command(
                "show configuration | display set | no-more"
            )
        else:
            # netmiko takes only `(config)#` of AOS-CX for configuration mode: it must be left by hand
            leave = ["exit"] if platform == "aruba-aoscx" else []
            connection.send_config_set(["vlan 110", "name voice", *leave], error_pattern="nvalid")
            with pytest.raises(ConfigInvalidException, match="frobnicate"):
                connection.send_config_set(["frobnicate"], error_pattern=r"nvalid input")
            connection.exit_config_mode()
            connection.save_config() if platform != "aruba-aoscx" else connection.send_command("write memory")
            assert "name voice" in connection.send_command("show running-config")
        assert engine.startup() == engine.running()


def test_a_key_gets_in_and_a_wrong_password_does_not() -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    login = Login("ops", key=key.export_public_key().decode())
    with SimulatedSwitch(made("arista-eos"), logins=[login, Login(password="right")]) as switch:
        with pytest.raises(NetmikoAuthenticationException), connected("arista-eos", switch, password="wrong"):
            pass
        text = io.StringIO(key.export_private_key("openssh").decode())
        private = paramiko.Ed25519Key.from_private_key(text)
        with connected("arista-eos", switch, username="ops", password=None, pkey=private) as connection:
            assert connection.find_prompt() == "sw1#"


def test_who_is_unreachable_is_silent_and_comes_back() -> None:
    with SimulatedSwitch(made("cisco-ios")) as switch:
        switch.unreachable()
        with pytest.raises(NetmikoTimeoutException), connected("cisco-ios", switch, banner_timeout=0.3, conn_timeout=1):
            pass
        switch.unreachable(False)
        with connected("cisco-ios", switch) as connection:
            assert connection.find_prompt() == "sw1#"


def test_a_restart_takes_its_time_and_forgets() -> None:
    engine = made("cisco-ios")
    with SimulatedSwitch(engine, boot_s=0.2) as switch:
        with connected("cisco-ios", switch) as connection:
            connection.send_config_set(["vlan 71"])
        before = switch._listener
        engine.reload()
        until(lambda: switch._listener not in (None, before))
        with connected("cisco-ios", switch) as connection:
            assert "71" not in connection.send_command("show vlan brief")


def test_latency_is_kept_per_line() -> None:
    with SimulatedSwitch(made("cisco-ios")) as switch, connected("cisco-ios", switch) as connection:
        switch.faults.latency_s = 0.05
        started = time.monotonic()
        connection.send_config_set([f"vlan {number}" for number in range(100, 110)])
        assert time.monotonic() - started >= 10 * 0.05


def test_a_timer_fires_without_anybody_typing() -> None:
    engine = made("aruba-aoscx")
    fired: list[bool] = []
    with SimulatedSwitch(engine):
        begin(engine)
        assert engine.pending is not None
        engine.revert_in(0.1 / 60, engine.pending.restore, "soon")
        engine.listeners.append(lambda: fired.append(True))
        until(lambda: bool(fired))
    assert "77" not in engine.running()


def test_fifty_switches_in_one_process() -> None:
    switches = [SimulatedSwitch(Engine("cisco-ios", f"sw{n}", ["GigabitEthernet1/0/1"])) for n in range(50)]
    with Rack(switches):
        assert len({switch.port for switch in switches}) == 50
        for switch in (switches[0], switches[49]):
            with connected("cisco-ios", switch) as connection:
                assert connection.find_prompt() == f"{switch.name}#"


def until(what: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)
