"""What phones start from, as it is rendered: addresses, files, and who may have which. Read with no code of ours."""

from __future__ import annotations

import json
import re
from ipaddress import ip_address
from typing import Any

import pytest

from ccstack import model as cc
from ccstack.design import design
from ccstack.render.dhcp.json_lines import leaf, nest
from ccstack.render.render import render
from ccstack.render.state import File, HostState, Slot, Source, masked, slots_in
from ccstack.render.text import RenderError
from ccstack.rules import check
from tests.lab.services_center import center

ANA, BEN = "001565abcd01", "000413abcd02"


def hosts(of: cc.ContactCenter = center) -> dict[str, HostState]:
    return {host.name: host for host in render(design(of)).hosts}


def file(host: str, path: str, of: cc.ContactCenter = center) -> File:
    return next(one for one in hosts(of)[host].files if one.path == path)


def kea(of: cc.ContactCenter = center) -> dict[str, Any]:
    return dict(json.loads(file("first", "/etc/kea/kea-dhcp4.conf", of).text)["Dhcp4"])


def changed(**fields: object) -> cc.ContactCenter:
    return center.model_copy(update=fields)


def with_networks(*networks: cc.Network) -> cc.ContactCenter:
    site, branch = center.sites
    return changed(sites=(site.model_copy(update={"networks": networks}), branch))


def voice(subnet: str, **more: object) -> cc.Network:
    return cc.Network.model_validate({"kind": "voice", "subnet": subnet, "vlan": 110, **more})


SERVERS = cc.Network(kind="servers", subnet="10.64.3.0/24")


def test_the_center_breaks_no_rule() -> None:
    assert not [one for one in check(design(center)) if one.severity == "error"]


# --- Addresses ---


def pools(of: cc.ContactCenter) -> list[tuple[int, int]]:
    """The runs of addresses that Kea on the first and dnsmasq on the second give."""
    found = [one["pool"].split("-") for one in kea(of)["subnet4"][0]["pools"]]
    lines = file("second", "/etc/dnsmasq.conf", of).text
    found += [line.split(",")[1:3] for line in re.findall(r"dhcp-range=(.*)", lines) if ",static," not in line]
    return [(int(ip_address(first)), int(ip_address(last))) for first, last in found]


@pytest.mark.parametrize("pool", ["10.64.10.128/25", "10.64.10.0/25", "10.64.10.0/24", "10.64.10.64/29"])
def test_the_pool_is_divided_without_what_others_have(pool: str) -> None:
    given = [
        number
        for first, last in pools(with_networks(SERVERS, voice("10.64.10.0/24", pool=pool)))
        for number in range(first, last + 1)
    ]
    taken = {int(ip_address(one)) for one in ("10.64.10.0", "10.64.10.1", "10.64.10.255")}
    whole = {int(one) for one in cc.Network(kind="voice", subnet=pool).subnet} - taken
    assert sorted(given) == sorted(whole)


def test_a_network_without_a_pool_has_the_ports_addresses_only() -> None:
    of = with_networks(SERVERS, voice("10.64.10.0/24"))
    assert kea(of)["subnet4"][0]["pools"] == []
    assert len(kea(of)["subnet4"][0]["reservations"]) == 12
    assert (
        "dhcp-range=set:net-10.64.10.0,10.64.10.0,static,255.255.255.0,7200"
        in file("second", "/etc/dnsmasq.conf", of).text
    )


def test_both_servers_give_a_port_the_same_address() -> None:
    at_kea = {r["ip-address"]: r["circuit-id"] for r in kea()["subnet4"][0]["reservations"]}
    lines = file("second", "/etc/dnsmasq.conf").text
    at_dnsmasq = dict(re.findall(r"dhcp-circuitid=set:at-([\d.]+),(\S+)", lines))
    assert at_kea == at_dnsmasq
    assert len(at_kea) == 12
    assert set(re.findall(r"dhcp-host=\*:\*:\*:\*:\*:\*,tag:at-([\d.]+),\1", lines)) == set(at_kea)


def test_a_new_network_moves_no_leases() -> None:
    more = with_networks(SERVERS, voice("10.60.0.0/24"), *center.sites[0].networks[1:])
    ids = {one["subnet"]: one["id"] for one in kea(more)["subnet4"]}
    assert ids["10.64.10.0/24"] == kea()["subnet4"][0]["id"]
    assert len(set(ids.values())) == 3


def test_ports_that_switches_call_alike_are_refused() -> None:
    one = center.switches[0].model_copy(
        update={"platform": "aruba-aoscx", "phone_ports": ("1/1/1-4",), "uplinks": ("1/1/48",)}
    )
    other = one.model_copy(
        update={"name": "sw2", "phone_addresses": cc.Network(kind="voice", subnet="10.64.10.64/28").subnet}
    )
    with pytest.raises(RenderError) as raised:
        render(design(changed(switches=(one, other), phones=())))
    assert raised.value.path == "switches.sw2.phone_addresses"


def test_no_secret_is_told_by_dhcp_or_tftp() -> None:
    for host in hosts().values():
        for one in host.files:
            if one.path.startswith(("/etc/kea/", "/etc/dnsmasq", "/srv/tftp/")):
                assert not one.slots, one.path


def test_every_line_knows_its_object() -> None:
    lines = file("first", "/etc/kea/kea-dhcp4.conf").lines
    paths = {line.source.path for line in lines}
    assert paths == {"hosts.first", "sites.hq", "sites.branch", "switches.sw1", "switches.sw2"}
    for address, switch in (("10.64.10.", "switches.sw1"), ("10.65.10.", "switches.sw2")):
        assert {line.source.path for line in lines if f'"ip-address": "{address}' in line.text} == {switch}


def test_a_lease_is_the_ports_where_kea_alone_gives_addresses() -> None:
    """At the branch, but not at the headquarters, where dnsmasq gives addresses, too; nor at any other port."""
    tests = {one["name"]: one["test"] for one in kea()["client-classes"]}
    assert [name for name in tests if name.startswith("at-port")] == ["at-port-sw2", "at-port"]
    (branch,) = [one for one in kea()["subnet4"] if one["subnet"] == "10.65.10.0/24"]
    circuits = {f"0x{one['circuit-id'].replace(':', '')}" for one in branch["reservations"]}
    assert set(re.findall(r"relay4\[1\]\.hex == (\w+)", tests["at-port-sw2"])) == circuits
    addresses = {one["ip-address"] for one in branch["reservations"]}
    assert set(re.findall(r"pkt4\.ciaddr == ([\d.]+)", tests["without-port-sw2"])) == addresses
    assert [one["rebind-timer"] for one in kea()["subnet4"]] == [6300, 900]
    (hook,) = kea()["hooks-libraries"]
    assert hook["parameters"]["replace-client-id"] is True


def test_without_addresses_of_ports_nothing_is_said_of_them() -> None:
    without = tuple(one.model_copy(update={"phone_addresses": None}) for one in center.switches)
    told = kea(changed(switches=without))
    assert "hooks-libraries" not in told
    assert "DROP" not in {one["name"] for one in told["client-classes"]}


def test_json_is_written_as_json() -> None:
    source = Source("center", "test")
    hostile = 'a"b\\c\n\u2028,}'
    lines = nest(
        source,
        [leaf(source, hostile, 'k"'), nest(source, [], "none", "[]"), nest(source, [leaf(source, 1)], "l", "[]")],
    )
    assert json.loads("\n".join(line.text for line in lines)) == {'k"': hostile, "none": [], "l": [1]}


# --- TFTP ---


def test_tftp_has_the_address_of_the_https_server_for_each_phone() -> None:
    files = {one.path: one for one in hosts()["first"].files if one.path.startswith("/srv/tftp/")}
    assert set(files) == {f"/srv/tftp/{ANA}.cfg", f"/srv/tftp/snom-{BEN}.xml"}
    for one in files.values():
        assert "https://10.64.3.11/" in one.text
        assert "10.64.3.1" not in one.text.replace("https://10.64.3.11", "")
    assert not [one for one in hosts()["second"].files if one.path.startswith("/srv/")]


# --- Who may have which file ---


def test_each_file_is_its_own_devices() -> None:
    text = file("first", "/etc/nginx/phones/names.map").text
    owners = dict(re.findall(r'^"/(\S+)" "(\S+)";$', text, re.MULTILINE))
    assert owners == {f"{ANA}.cfg": ANA, f"snom-{BEN}.xml": BEN}
    served = {one.path.removeprefix("/srv/phones/") for one in hosts()["first"].files if one.apply == "phones"}
    assert set(owners) == served


def test_passwords_are_hashes() -> None:
    one = file("first", "/etc/nginx/phones/passwords")
    assert (one.owner, one.group, one.mode) == ("root", "www-data", 0o640)
    assert [slot.form for slot in slots_in(one.text)] == ["ssha", "ssha"]
    assert masked(one.text).startswith(f"{ANA}:<secret phones.ana-desk.provisioning>")


def test_the_password_before_counts_while_phones_have_it() -> None:
    phone = center.phones[0].model_copy(update={"provisioning": cc.derived(2)})
    of = changed(phones=(phone, *center.phones[1:]))
    assert file("first", "/etc/nginx/phones/passwords.before", of).slots == (
        Slot("phones.ana-desk.provisioning", "ssha", previous=True),
    )
    assert "error_page 401 = @before" in file("first", "/etc/nginx/nginx.conf", of).text
    assert "@before" not in file("first", "/etc/nginx/nginx.conf").text


def test_two_with_one_user_name_are_refused() -> None:
    softphone = cc.Softphone(name="a01565abcd01", line="ana")
    twin = center.phones[0].model_copy(update={"mac": "a01565abcd01"})
    with pytest.raises(RenderError, match="user name"):
        render(design(changed(phones=(twin,), softphones=(softphone,))))


# --- The packet filter, and hosts with nothing else ---


def test_only_phones_networks_are_let_in() -> None:
    text = file("first", "/etc/nftables.conf").text
    rules = [line.strip() for line in text.splitlines() if line.strip().endswith("accept") and "dport" in line]
    assert "ip saddr @phones tcp dport 443 accept" in rules
    assert "ip saddr @leased udp dport { 67, 123 } accept" in rules
    assert "ip saddr @phones udp dport 69 accept" in rules
    assert not [rule for rule in rules if not rule.startswith("ip saddr") and "dport 22 " not in rule]
    assert "dport 69" not in file("second", "/etc/nftables.conf").text


def test_a_host_without_calls_has_nothing_of_them() -> None:
    first = hosts()["first"]
    assert {unit.name for unit in first.units} == {
        "kea-dhcp4-server.service",
        "dnsmasq.service",
        "nginx.service",
        "nftables.service",
        "chrony.service",
    }
    assert not [one.path for one in first.files if "asterisk" in one.path or "kamailio" in one.path]
