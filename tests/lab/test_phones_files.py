"""What the lab's phones make of their vendors' files. Those here are written by hand, after the vendors' documents."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ccstack.lab.phones.config import Account, FormatError, Key, PhoneConfig, Server
from ccstack.lab.phones.formats import read
from ccstack.lab.phones.vendors import file_url

SERVERS = (Server("10.1.10.21", 5061, "tls"), Server("10.2.10.21", 5061, "tls"))
ADA = Account(
    user="ada",
    domain="center.internal",
    servers=SERVERS,
    auth_user="ada",
    password="p&w",
    display="Ada L",
    label="Ada",
    srtp="required",
    expires_s=600,
)

FILES = {
    "yealink": """#!version:1.0.0.1
## a comment = none
account.1.enable = 1
account.1.user_name = ada
account.1.auth_name = ada
account.1.password = p&w
account.1.display_name = Ada L
account.1.label = Ada
account.1.sip_server.1.address = center.internal
account.1.sip_server.1.transport_type = 2
account.1.sip_server.1.expires = 600
account.1.outbound_proxy_enable = 1
account.1.outbound_proxy.1.address = 10.1.10.21
account.1.outbound_proxy.1.port = 5061
account.1.outbound_proxy.2.address = 10.2.10.21
account.1.outbound_proxy.2.port = 5061
account.1.srtp_encryption = 2
account.2.enable = 0
account.2.user_name = %NULL%
linekey.2.type = 16
linekey.2.value = 12
linekey.2.label = Bob
linekey.3.type = 0
static.network.vlan.internet_port_enable = 1
static.network.vlan.internet_port_vid = 110
static.network.vlan.internet_port_priority = 5
static.network.qos.audiotos = 46
static.network.qos.signaltos = 24
local_time.time_zone = -6
local_time.ntp_server1 = 10.1.10.1
static.auto_provision.server.url = https://10.1.10.5/
nonsense.here = 1
""",
    "poly": """<?xml version="1.0"?>
<polycomConfig device.set="1" device.net.vlanId="110" device.net.vlanId.set="1" device.prov.user="x"
  reg.1.address="ada@center.internal" reg.1.auth.userId="ada" reg.1.auth.password="p&amp;w"
  reg.1.displayName="Ada L" reg.1.label="Ada"
  reg.1.server.1.address="10.1.10.21" reg.1.server.1.port="5061" reg.1.server.1.transport="TLS"
  reg.1.server.1.expires="600"
  reg.1.server.2.address="10.2.10.21" reg.1.server.2.port="5061" reg.1.server.2.transport="TLS"
  sec.srtp.enable="1" sec.srtp.offer="1" sec.srtp.require="1"
  attendant.resourceList.1.address="12" attendant.resourceList.1.label="Bob"
  qos.ip.rtp.dscp="EF" qos.ip.callControl.dscp="24" tcpIpApp.sntp.gmtOffset="-21600"
  tcpIpApp.sntp.address="10.1.10.1" nonsense="1"/>""",
    "snom": """<?xml version="1.0"?>
<settings><phone-settings e="2">
  <user_active idx="1" perm="">on</user_active><user_name idx="1">ada</user_name><user_pname idx="1">ada</user_pname>
  <user_pass idx="1">p&amp;w</user_pass><user_realname idx="1">Ada L</user_realname>
  <user_idle_text idx="1">Ada</user_idle_text><user_host idx="1">center.internal</user_host>
  <user_outbound idx="1">10.1.10.21:5061;transport=tls</user_outbound>
  <user_srtp idx="1">on</user_srtp><user_savp idx="1">mandatory</user_savp><user_expiry idx="1">600</user_expiry>
  <user_active idx="2">on</user_active><user_name idx="2">ada</user_name><user_pname idx="2">ada</user_pname>
  <user_pass idx="2">p&amp;w</user_pass><user_host idx="2">center.internal</user_host>
  <user_outbound idx="2">10.2.10.21:5061;transport=tls</user_outbound>
  <vlan_id>110</vlan_id><vlan_qos>5</vlan_qos><codec_tos>184</codec_tos><signaling_tos>96</signaling_tos>
  <timezone>USA-6</timezone><ntp_server>10.1.10.1</ntp_server><nonsense>1</nonsense>
 </phone-settings>
 <functionKeys e="2"><fkey idx="1" context="1" label="Bob">blf sip:12@center.internal</fkey>
 <fkey idx="2">none</fkey></functionKeys></settings>""",
    "grandstream": """<?xml version="1.0"?>
<gs_provision version="1"><mac>001122334455</mac><config version="1">
  <P271>1</P271><P270>Ada</P270><P47>center.internal</P47><P48>10.1.10.21:5061</P48><P2333>10.2.10.21:5061</P2333>
  <P35>ada</P35><P36>ada</P36><P34>p&amp;w</P34><P3>Ada L</P3><P130>2</P130><P183>2</P183><P32>10</P32>
  <P51>110</P51><P87>5</P87><P1559>46</P1559><P1558>24</P1558><P64>CST6CDT</P64><P30>10.1.10.1</P30>
  <nonsense>1</nonsense>
 </config><config version="2">
  <item name="pks.vpk.2"><part name="keymode">BLF</part><part name="value">12</part>
  <part name="description">Bob</part></item></config></gs_provision>""",
    "cisco": """<?xml version="1.0"?>
<device><flat-profile>
  <Line_Enable_1_ ua="na">Yes</Line_Enable_1_><User_ID_1_>ada</User_ID_1_><Auth_ID_1_>ada</Auth_ID_1_>
  <Use_Auth_ID_1_>Yes</Use_Auth_ID_1_><Password_1_>p&amp;w</Password_1_><Display_Name_1_>Ada L</Display_Name_1_>
  <Short_Name_1_>Ada</Short_Name_1_><Proxy_1_>center.internal</Proxy_1_>
  <Outbound_Proxy_1_>10.1.10.21:5061</Outbound_Proxy_1_>
  <Alternate_Outbound_Proxy_1_>10.2.10.21:5061</Alternate_Outbound_Proxy_1_>
  <SIP_Transport_1_>TLS</SIP_Transport_1_><Secure_Call_Option_1_>Required</Secure_Call_Option_1_>
  <Register_Expires_1_>600</Register_Expires_1_><Enable_VLAN>Yes</Enable_VLAN><VLAN_ID>110</VLAN_ID>
  <RTP_TOS_DiffServ_Value_1_>0xb8</RTP_TOS_DiffServ_Value_1_><SIP_TOS_DiffServ_Value_1_>0x60</SIP_TOS_DiffServ_Value_1_>
  <Extended_Function_2_>fnc=blf+sd;sub=12@center.internal;nme=Bob</Extended_Function_2_>
  <Time_Zone>GMT-06:00</Time_Zone><Primary_NTP_Server>10.1.10.1</Primary_NTP_Server><nonsense>1</nonsense>
 </flat-profile></device>""",
}
IGNORED = {v: ("nonsense.here",) if v == "yealink" else ("nonsense",) for v in FILES}
ZONES = {"yealink": "-6", "poly": "-21600", "snom": "USA-6", "grandstream": "CST6CDT", "cisco": "GMT-06:00"}
BOB = {
    "yealink": Key(2, "16", "12", "Bob"),
    "poly": Key(1, "normal", "12", "Bob"),
    "snom": Key(1, "blf", "sip:12@center.internal", "Bob"),
    "grandstream": Key(2, "BLF", "12", "Bob"),
    "cisco": Key(2, "blf+sd", "12@center.internal", "Bob"),
}


def _config(vendor: str) -> PhoneConfig:
    return read(vendor, (FILES[vendor].encode(),))


@pytest.mark.parametrize("vendor", FILES)
def test_a_file_is_understood(vendor: str) -> None:
    config = _config(vendor)
    assert config.accounts == (ADA,)
    assert config.keys == (BOB[vendor],)
    assert (config.vlan, config.media_dscp, config.signalling_dscp) == (110, 46, 24)
    assert (config.time_zone, config.time_server) == (ZONES[vendor], "10.1.10.1")
    assert config.ignored == IGNORED[vendor]


@pytest.mark.parametrize("vendor", FILES)
@pytest.mark.parametrize("data", [b"", b"<html>", b"\xff\xfe", b"<other/>"])
def test_what_is_no_file_of_the_vendor(vendor: str, data: bytes) -> None:
    if (vendor, data) == ("poly", b"<other/>"):
        assert read(vendor, (data,)).accounts == ()  # Poly's root element may have any name
        return
    with pytest.raises(FormatError):
        read(vendor, (data,))


def test_poly_takes_a_device_parameter_only_when_it_is_set() -> None:
    config = read("poly", (b'<a device.set="1" device.net.vlanId="110"/>',))
    assert config.vlan is None
    config = read("poly", (b'<a device.net.vlanId="110" device.net.vlanId.set="1"/>',))
    assert config.vlan is None


def test_poly_reads_the_files_that_its_master_file_names() -> None:
    master = b'<APPLICATION CONFIG_FILES="a.cfg, b.cfg"/>'
    assert read("poly", (master,)).more_files == ("a.cfg", "b.cfg")
    first, second = b'<a qos.ip.rtp.dscp="46"/>', b'<a qos.ip.rtp.dscp="0" tcpIpApp.sntp.address="x"/>'
    config = read("poly", (master, first, second))
    assert (config.media_dscp, config.time_server) == (46, "x")


def test_a_line_that_is_off_is_no_line() -> None:
    off = FILES["yealink"].replace("account.1.enable = 1", "account.1.enable = 0")
    assert read("yealink", (off.encode(),)).accounts == ()


@pytest.mark.parametrize(
    ("vendor", "given", "asked"),
    [
        ("yealink", "https://10.1.0.5/", "https://10.1.0.5/001565aabbcc.cfg"),
        ("yealink", "https://10.1.0.5:8443", "https://10.1.0.5:8443/001565aabbcc.cfg"),
        ("poly", "https://10.1.0.5/", "https://10.1.0.5/001565aabbcc.cfg"),
        ("snom", "https://10.1.0.5/snom-{mac}.xml", "https://10.1.0.5/snom-001565AABBCC.xml"),
        ("grandstream", "https://10.1.0.5/", "https://10.1.0.5/cfg001565aabbcc.xml"),
        ("grandstream", "10.1.0.5", "https://10.1.0.5/cfg001565aabbcc.xml"),
        ("cisco", "https://10.1.0.5/$MA.xml", "https://10.1.0.5/001565aabbcc.xml"),
        ("cisco", "https://10.1.0.5/$MAU.xml", "https://10.1.0.5/001565AABBCC.xml"),
    ],
)
def test_what_a_phone_asks_for(vendor: str, given: str, asked: str) -> None:
    assert file_url(vendor, f"{vendor}-x", "001565aabbcc", given) == asked


RENDERED = Path(__file__).resolve().parents[1] / "golden" / "desks" / "hosts" / "box" / "srv" / "phones"
VENDOR_OF = {"0004f2": "poly", "001565": "yealink", "000413": "snom", "c074ad": "grandstream", "001e13": "cisco"}


def _secret(file: Path) -> bytes:
    """A golden file as a phone could read it: a secret is its own path."""
    return re.sub(rb"<secret ([a-z0-9.-]+)>", rb"\1", file.read_bytes())


FIRST = re.compile(r"(snom-|cfg)?[0-9a-f]{12}[.](cfg|xml)")
"""The files that phones ask for by themselves."""


@pytest.mark.parametrize("file", [f for f in RENDERED.iterdir() if FIRST.fullmatch(f.name)], ids=lambda f: f.name)
def test_a_rendered_file_is_understood(file: Path) -> None:
    """Of what ccstack writes, a phone of that vendor knows every word, and finds its line in it."""
    mac = re.findall("[0-9a-f]{12}", file.name)[0]
    vendor = VENDOR_OF[mac[:6]]
    first = _secret(file)
    named = [_secret(file.with_name(name)) for name in read(vendor, (first,)).more_files]
    config = read(vendor, (first, *named))
    assert config.ignored == ()
    (account,) = config.accounts
    assert len(account.servers) == 2
    assert account.domain == "center.internal"
    assert account.password in (f"agents.{account.user}.password", f"stations.{account.user}.password")
    assert {server.transport for server in account.servers} == ({"udp"} if account.srtp == "off" else {"tls"})
    assert (config.media_dscp, config.signalling_dscp) == (46, 24)
    assert (config.user, config.time_server != "") == (mac, True)
