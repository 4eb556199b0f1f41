"""Names, packet filter, clock and retention, as the host will read them."""

from __future__ import annotations

import re
from ipaddress import IPv4Network

from hypothesis import given
from hypothesis import strategies as st

from ccstack import model as cc
from ccstack.design import design
from ccstack.render.state import File
from ccstack.render.system import parts
from tests.render.kamailio.centers import two_sites


def files(center: cc.ContactCenter, host: str) -> dict[str, File]:
    return {file.path: file for file in parts(design(center))[host].files}


def filter_of(center: cc.ContactCenter, host: str) -> str:
    return files(center, host)["/etc/nftables.conf"].text


def members(text: str, name: str) -> set[str]:
    """The elements of a named set."""
    match = re.search(rf"set {name} {{[^{{}}]*elements = {{([^}}]*)}}", text)
    return {item.strip() for item in match[1].split(",") if item.strip()} if match else set()


def test_every_host_is_named_in_every_hosts_file() -> None:
    text = files(two_sites(), "pbx-e")["/etc/hosts"].text
    assert "10.1.0.11 pbx-e.two.example pbx-e\n" in text
    assert "10.2.0.21 sbc-w.two.example sbc-w\n" in text
    assert files(two_sites(), "pbx-e")["/etc/hostname"].text == "pbx-e\n"


def test_what_is_not_allowed_is_dropped() -> None:
    for host in ("pbx-e", "sbc-e"):
        assert "type filter hook input priority filter; policy drop;" in filter_of(two_sites(), host)


def test_a_pbx_hears_hosts_of_the_center_only() -> None:
    text = filter_of(two_sites(), "pbx-e")
    assert members(text, "inside") == {"10.1.0.21/32", "10.2.0.11/32", "10.2.0.21/32"}
    sip = [line for line in text.splitlines() if "5080" in line]
    assert sip == ["        ip saddr @inside meta l4proto { tcp, udp } th dport 5080 accept"]
    assert "callers" not in text


def test_an_sbc_hears_those_who_are_declared() -> None:
    callers = members(filter_of(two_sites(), "sbc-e"), "callers")
    assert callers == {
        *("10.1.20.0/24", "203.0.113.10/32", "203.0.113.11/32", "203.0.113.12/32", "192.0.2.7/32", "192.0.2.9/32")
    }


def test_tls_is_open_to_all_only_where_agents_work_remotely() -> None:
    assert "tcp dport 5061 accept" in filter_of(two_sites(), "sbc-e")
    at_home = [cc.Agent(name="ana", extension="1001", site="east")]
    assert "tcp dport 5061" not in filter_of(two_sites(agents=at_home, queues=[], numbers=[]), "sbc-e")


def test_only_our_own_table_is_replaced() -> None:
    assert "flush ruleset" not in filter_of(two_sites(), "sbc-e")


def test_a_host_with_both_roles_has_both_rules() -> None:
    box = cc.Host(name="box", site="east", address="10.1.0.5", roles=[cc.Pbx(), cc.Sbc()])
    text = filter_of(two_sites(hosts=[box], queues=[]), "box")
    assert "dport 5080" in text
    assert "dport { 5060, 5061 }" in text
    assert members(text, "inside") == set()


@given(st.sets(st.integers(min_value=0, max_value=255), min_size=1, max_size=20))
def test_a_set_holds_each_network_once(thirds: set[int]) -> None:
    networks = [cc.Network(kind="data", subnet=f"10.9.{n}.0/24") for n in thirds for _ in range(2)]
    site = two_sites().sites[1].model_copy(update={"networks": tuple(networks)})
    text = filter_of(two_sites(sites=[two_sites().sites[0], site]), "sbc-e")
    written = re.findall(r"^ +(10\.9\.\d+\.0/24),$", text, re.MULTILINE)
    assert sorted(written) == sorted(str(IPv4Network(f"10.9.{n}.0/24")) for n in thirds)


def test_hosts_keep_step_with_each_other() -> None:
    text = files(two_sites(), "sbc-e")["/etc/chrony/chrony.conf"].text
    assert "server 10.2.0.11 iburst\nallow 10.2.0.11\n" in text
    assert "server 10.1.0.21" not in text


def test_recordings_are_kept_as_long_as_their_policy_says() -> None:
    center = two_sites(recordings=[cc.Recording(name="all", retention_days=30)])
    text = files(center, "pbx-e")["/etc/tmpfiles.d/ccstack-recordings.conf"].text
    assert text == "d /var/spool/asterisk/monitor/all 0750 asterisk asterisk 30d\n"
    assert "/etc/tmpfiles.d/ccstack-recordings.conf" not in files(center, "sbc-e")


def test_services_come_back_by_themselves() -> None:
    for host, unit in (("pbx-e", "asterisk"), ("sbc-e", "kamailio"), ("sbc-e", "rtpengine-daemon")):
        text = files(two_sites(), host)[f"/etc/systemd/system/{unit}.service.d/ccstack.conf"].text
        assert "Restart=always\n" in text


def test_every_line_has_its_source() -> None:
    for part in parts(design(two_sites())).values():
        assert all(line.source.path and line.source.rule for file in part.files for line in file.lines)
