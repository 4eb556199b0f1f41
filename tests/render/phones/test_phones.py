"""What phones are told: the line, whom to trust, what to encrypt, what their keys do, and that old settings go."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import get_args
from xml.etree import ElementTree

import pytest

from ccstack import model as cc
from ccstack.design import design
from ccstack.lab.phones.formats import read
from ccstack.model.phone_models import PHONE_MODELS, PhoneVendor
from ccstack.model.secret import from_env
from ccstack.render.phones import WRITERS, parts
from ccstack.render.phones.vendors import VENDORS
from ccstack.render.render import render
from ccstack.render.state import fill, slots_in
from ccstack.render.text import RenderError
from ccstack.secrets import Vault, bind

from . import reading
from .centers import desks, files, text_of

YEALINK, POLY, SNOM = "001565000001.cfg", "0004f2000002-settings.cfg", "snom-000413000003.xml"
GRANDSTREAM, CISCO, OLD = "cfgc074ad000004.xml", "001e13000005.xml", "0004f2000006-settings.cfg"


def _with_phone(**changes: object) -> cc.ContactCenter:
    phone = desks.phones[0].model_copy(update=changes)
    return desks.model_copy(update={"phones": (phone, *desks.phones[1:])})


def test_every_vendor_has_a_writer_and_its_files_have_the_names_that_its_phones_ask_for() -> None:
    assert set(WRITERS) == set(VENDORS) == set(get_args(PhoneVendor))
    asked = {n for p in desks.phones for n in VENDORS[PHONE_MODELS[p.model].vendor].file_names(p.mac)}
    ours = set(files()) - {"dee-laptop.xml", "dee-kiosk.txt"}
    assert ours <= asked
    assert asked - ours == {"0004f2000006-directory.xml"}, "a phone without speed dials has no directory"


@pytest.mark.parametrize("name", PHONE_MODELS)
def test_every_model_has_a_file_that_reads(name: str) -> None:
    made = files(_with_phone(model=name, mac="00aabbccdd02"))
    file = VENDORS[PHONE_MODELS[name].vendor].file_name("00aabbccdd02")
    if file.endswith(".xml") or PHONE_MODELS[name].vendor == "poly":
        ElementTree.fromstring(made[file])
    else:
        reading.yealink(made[file])


def test_every_provisioning_host_has_the_same_files() -> None:
    made = parts(design(desks))
    assert made["box"].files == made["nook"].files
    assert {(f.owner, f.group, f.mode, f.apply) for f in made["box"].files} == {("root", "www-data", 0o640, "phones")}


def test_a_center_without_provisioning_server_has_none() -> None:
    hosts = tuple(
        host.model_copy(update={"roles": tuple(r for r in host.roles if r.role != "provisioning")})
        for host in desks.hosts
    )
    assert parts(design(desks.model_copy(update={"hosts": hosts}))) == {}


def test_the_line_registers_at_its_own_sites_sbc_first() -> None:
    yealink, poly, snom = (
        read(text_of(n)) for read, n in ((reading.yealink, YEALINK), (reading.poly, POLY), (reading.snom, SNOM))
    )
    grandstream, cisco = reading.flat(text_of(GRANDSTREAM)), reading.flat(text_of(CISCO))
    assert yealink["account.1.outbound_proxy.1.address"] == "10.9.0.10"
    assert yealink["account.1.outbound_proxy.2.address"] == "10.8.0.10"
    assert poly["reg.1.server.1.address"] == "10.9.0.10"
    assert snom["user_outbound.1"] == "10.9.0.10:5061;transport=tls"
    assert snom["user_outbound.2"] == "10.8.0.10:5061;transport=tls"
    assert (grandstream["P48"], grandstream["P2333"]) == ("10.9.0.10:5061", "10.8.0.10:5061")
    assert (cisco["Outbound_Proxy_1_"], cisco["Alternate_Outbound_Proxy_1_"]) == ("10.8.0.10:5061", "10.9.0.10:5061")
    users = (yealink["account.1.user_name"], poly["reg.1.auth.userId"], snom["user_name.1"], grandstream["P35"])
    assert (*users, cisco["User_ID_1_"]) == ("ana", "ana", "bob", "lobby", "desk-7")


def test_a_phone_of_the_lab_makes_of_it_what_was_meant() -> None:
    """The lab's readers are written from the vendors' documents, and share nothing with what writes."""
    for phone in desks.phones:
        vendor = PHONE_MODELS[phone.model].vendor
        named = [n for n in files() if phone.mac in n and not n.endswith("-directory.xml")]
        texts = (fill(text, dict.fromkeys(slots_in(text), "secret")) for text in map(text_of, named))
        config = read(vendor, [text.encode() for text in texts])
        (account,) = config.accounts
        assert (account.user, account.domain, account.password) == (phone.line, "center.internal", "secret")
        encrypted = phone.name != "old-phone"
        assert account.srtp == ("required" if encrypted else "off")
        assert {server.transport for server in account.servers} == {"tls" if encrypted else "udp"}
        assert {server.host for server in account.servers} == {"10.9.0.10", "10.8.0.10"}
        assert (config.media_dscp, config.signalling_dscp, config.vlan) == (46, 24, None)


def test_a_secure_site_has_tls_and_srtp_and_nothing_else() -> None:
    assert reading.yealink(text_of(YEALINK))["account.1.srtp_encryption"] == "2"
    assert reading.yealink(text_of(YEALINK))["account.1.sip_server.1.transport_type"] == "2"
    assert reading.poly(text_of(POLY))["sec.srtp.require"] == "1"
    assert reading.snom(text_of(SNOM))["user_savp.1"] == "mandatory"
    assert reading.flat(text_of(GRANDSTREAM))["P183"] == "2"
    assert reading.flat(text_of(CISCO))["Secure_Call_Option_1_"] == "Strict"


def test_where_the_site_allows_it_a_model_that_cannot_encrypt_does_neither() -> None:
    old = reading.poly(text_of(OLD))
    assert (old["reg.1.server.1.transport"], old["reg.1.server.1.port"]) == ("UDPOnly", "5060")
    assert (old["sec.srtp.enable"], old["sec.srtp.require"]) == ("0", "0")
    assert reading.flat(text_of(CISCO))["SIP_Transport_1_"] == "TLS", "its neighbour can, and does"


def test_phones_check_their_servers_and_fetch_with_their_own_name() -> None:
    yealink = reading.yealink(text_of(YEALINK))
    assert yealink["static.security.trust_certificates"] == "1"
    assert yealink["static.trusted_certificates.url"] == "https://10.9.0.10/ca.pem"
    assert yealink["static.auto_provision.server.username"] == "001565000001"
    assert reading.snom(text_of(SNOM))["certificate"] == "https://10.9.0.10/ca.pem"
    cisco = reading.flat(text_of(CISCO))
    assert cisco["Custom_CA_Rule"] == "https://10.8.0.10:8443/ca.pem"
    assert cisco["Profile_Rule"].startswith("[--uid 001e13000005 --pwd \ue000phones.desk-7-phone.provisioning")
    assert cisco["Profile_Rule"].endswith("]https://10.8.0.10:8443/$MA.xml")


def test_keys_do_what_they_say() -> None:
    yealink = reading.yealink(text_of(YEALINK))
    assert [yealink[f"linekey.{n}.value"] for n in range(2, 7)] == ["202", "301", "9030123456", "*45", "*52202"]
    assert reading.directory(files()["0004f2000002-directory.xml"])["2"] == ("Log in", "*45")
    assert reading.snom(text_of(SNOM))["fkey.1"] == "blf sip:202@center.internal"
    key = reading.functions(reading.flat(text_of(CISCO))["Extended_Function_2_"])
    assert key == {"fnc": "blf+sd", "sub": "202@$PROXY", "ext": "202@$PROXY", "nme": "Bob's desk"}


def test_a_key_that_went_is_taken_away() -> None:
    made = reading.yealink(files(_with_phone(keys=()))[YEALINK])
    assert {made[f"linekey.{n}.type"] for n in range(2, 28)} == {"0"}
    assert reading.flat(text_of(GRANDSTREAM))["P23800"] == "-1"
    assert reading.snom(text_of(SNOM))["fkey.23"] == "none"
    assert reading.flat(text_of(CISCO))["Extended_Function_10_"] == ""


def test_keys_beside_the_screen_have_numbers_of_their_own() -> None:
    made = reading.flat(files(_with_phone(model="grandstream-gxp2160", mac="000b82000001"))["cfg000b82000001.xml"])
    assert (made["P323"], made["P302"], made["P303"]) == ("1", "Bob's desk", "202")
    assert (made["P325"], made["P309"]) == ("0", "9030123456")
    assert made["P1440"] == "-1"
    assert "P1363" not in made


def test_emergency_numbers_are_dialed_from_a_locked_phone_with_and_without_prefix() -> None:
    numbers = ["112", "110", "911", "9112", "9110", "9911"]
    assert reading.yealink(text_of(YEALINK))["phone_setting.emergency.number"] == ",".join(numbers)
    assert reading.snom(text_of(SNOM))["keyboard_lock_emergency"] == " ".join(numbers)
    assert reading.flat(text_of(CISCO))["Emergency_Number_1_"] == ",".join(numbers)
    poly = reading.poly(text_of(POLY))
    assert [poly[f"dialplan.routing.emergency.{n}.value"] for n in range(1, 7)] == numbers
    assert poly["dialplan.routing.server.2.address"] == "10.8.0.10", "with the first SBC dead, too"


def test_shared_phones_keep_no_list_of_calls() -> None:
    assert reading.flat(text_of(GRANDSTREAM))["P182"] == "2"
    assert reading.yealink(text_of(YEALINK))["features.save_call_history"] == "1"


def test_phones_ask_the_time_where_dhcp_says() -> None:
    assert reading.flat(text_of(GRANDSTREAM))["P30"] == "10.9.0.10"
    assert reading.flat(text_of(CISCO))["Primary_NTP_Server"] == "10.8.0.10"
    hosts = tuple(h.model_copy(update={"roles": tuple(r for r in h.roles if r.role != "dhcp")}) for h in desks.hosts)
    made = files(desks.model_copy(update={"hosts": hosts}))
    assert reading.flat(made[GRANDSTREAM])["P30"] == "pool.ntp.org"


def test_packets_are_marked_as_the_center_says() -> None:
    center = desks.model_copy(update={"qos": cc.Qos(media_dscp=34, signalling_dscp=26)})
    made = files(center)
    assert reading.yealink(made[YEALINK])["static.network.qos.audiotos"] == "34"
    assert reading.poly(made[POLY])["qos.ip.callControl.dscp"] == "26"
    assert reading.snom(made[SNOM])["codec_tos"] == str(34 << 2)
    assert reading.flat(made[GRANDSTREAM])["P1558"] == "26"
    assert reading.flat(made[CISCO])["SIP_TOS_DiffServ_Value_1_"] == "0x68"


def test_names_that_lead_nowhere_are_refused_by_their_path() -> None:
    for center, path in (
        (_with_phone(model="yealink-t99z"), "phones.ana-desk.model"),
        (_with_phone(line="nobody"), "phones.ana-desk.line"),
        (_with_phone(keys=(cc.LineKey(kind="blf", of="nobody"),)), "phones.ana-desk.keys.0.of"),
        (_with_phone(keys=(cc.LineKey(kind="speed-dial"),)), "phones.ana-desk.keys.0.dial"),
    ):
        with pytest.raises(RenderError) as refused:
            parts(design(center))
        assert refused.value.path == path


def test_phones_without_an_sbc_are_refused() -> None:
    hosts = tuple(h.model_copy(update={"roles": tuple(r for r in h.roles if r.role != "sbc")}) for h in desks.hosts)
    for changes, path in (({}, "sites.hq"), ({"phones": ()}, "softphones.dee-laptop")):
        with pytest.raises(RenderError, match="there is no SBC") as refused:
            parts(design(desks.model_copy(update={"hosts": hosts, **changes})))
        assert refused.value.path == path


def test_every_line_says_where_it_is_from() -> None:
    paths = {line.source.path for file in parts(design(desks))["box"].files for line in file.lines}
    phones = {f"phones.{phone.name}" for phone in desks.phones}
    softphones = {f"softphones.{phone.name}" for phone in desks.softphones}
    assert paths == {"center", "sites.hq", "sites.branch", "hosts.box", "hosts.nook", *phones, *softphones}


# --- Secrets ---

CANARY = "aZ09!%*+./@^_~?&-Canary"
"""Every kind of character that a secret may hold."""
ENVIRONMENT = {"CCSTACK_MASTER_KEY": base64.b64encode(hashlib.sha256(b"phones").digest()).decode(), "EVERYBODY": CANARY}


def _canary_center() -> cc.ContactCenter:
    agents = tuple(agent.model_copy(update={"password": from_env("EVERYBODY")}) for agent in desks.agents)
    return desks.model_copy(update={"agents": agents})


def test_no_secret_is_in_a_rendered_file_and_every_slot_binds() -> None:
    center = _canary_center()
    vault = Vault.open(center, base=Path(), environment=ENVIRONMENT)
    state = render(design(center))
    rendered = "".join(file.text for host in state.hosts for file in host.files if file.path.startswith("/srv/phones/"))
    for phone in center.phones:
        for field in ("provisioning", "admin"):
            assert vault.value(f"phones.{phone.name}.{field}").reveal() not in rendered
    assert CANARY not in rendered
    bound = {f.path.rpartition("/")[2]: f.content.reveal() for f in bind(state, vault).hosts[0].files}
    assert reading.yealink(bound[YEALINK])["account.1.password"] == CANARY
    assert reading.poly(bound[POLY])["reg.1.auth.password"] == CANARY, "with an ampersand, and XML all the same"
    assert f";auth_pass={CANARY};" in bound["dee-kiosk.txt"]
    assert reading.linphone(bound["dee-laptop.xml"])["auth_info_0.passwd"] == CANARY
    for name in (SNOM, GRANDSTREAM, CISCO, OLD, "dee-laptop.xml"):
        assert "\ue000" not in bound[name]
        ElementTree.fromstring(bound[name])
    admin = vault.value("phones.lobby-phone.admin").reveal()
    assert reading.flat(bound[GRANDSTREAM])["P2"] == admin
