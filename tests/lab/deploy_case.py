"""A center of three machines with hand-made states, and one deployment of it: run inside the lab, answers JSON.

The states are small on purpose: they are the driver's test, not the renderers'.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

from ccstack.deploy import Outcome
from ccstack.drivers.hosts import HostDriver, chosen, open_session, targets_of, write_bundle
from ccstack.model.agent import Agent
from ccstack.model.center import ContactCenter
from ccstack.model.host import Access, Host, Pbx, Sbc
from ccstack.model.secret import from_env
from ccstack.model.site import CivicAddress, Network, Site
from ccstack.render.state import (
    ApplyClass,
    Artifact,
    Certificate,
    DesiredState,
    Expectation,
    File,
    HostState,
    Line,
    MusicAudio,
    PromptAudio,
    Slot,
    Source,
    Unit,
)
from ccstack.secrets import Vault, bind

MASTER = base64.b64encode(hashlib.sha256(b"the lab's own key").digest()).decode()

MODULES = [
    "res_timing_timerfd",
    "res_sorcery_config",
    "res_sorcery_memory",
    "res_sorcery_astdb",
    "res_pjproject",
    "res_pjsip",
    "res_pjsip_session",
    "res_pjsip_pubsub",
    "res_pjsip_authenticator_digest",
    "res_pjsip_outbound_authenticator_digest",
    "res_pjsip_registrar",
    "res_pjsip_outbound_registration",
    "res_pjsip_endpoint_identifier_ip",
    "res_pjsip_endpoint_identifier_user",
    "res_pjsip_caller_id",
    "res_pjsip_nat",
    "res_pjsip_acl",
    "res_pjsip_sdp_rtp",
    "res_rtp_asterisk",
    "res_crypto",
    "res_http_websocket",
    "chan_pjsip",
    "func_pjsip_endpoint",
    "pbx_config",
    "codec_ulaw",
    "codec_resample",
    "format_pcm",
    "format_wav",
    "res_musiconhold",
    "bridge_simple",
    "bridge_native_rtp",
    "bridge_holding",
    "bridge_softmix",
    "bridge_builtin_features",
    "app_dial",
    "app_queue",
    "app_playback",
    "app_stack",
    "app_verbose",
    "func_callerid",
    "func_cdr",
    "func_channel",
    "func_logic",
    "func_strings",
    "func_db",
    "func_devstate",
    "res_stasis",
    "res_stasis_device_state",
    "app_echo",
    "app_exec",
    "res_clioriginate",
]

PBX, BARE, DEAD = IPv4Address("10.61.3.11"), IPv4Address("10.61.3.12"), IPv4Address("10.61.3.13")


@dataclass(frozen=True)
class Case:
    """What is deployed, and how."""

    queue: str = "sales"
    broken: str = ""
    on_foreign: str = "refuse"
    only: tuple[str, ...] = ()
    by_hand: str = ""
    password: str = ""


ADMIN = Access(user="admin")


def center(access: Access = ADMIN) -> ContactCenter:
    """Three hosts: one with the packages, whose operator is not root, one bare, one that a test may kill."""
    hosts = (
        Host(name="pbx", site="hq", address=PBX, roles=(Pbx(),), install="present", access=access),
        Host(name="bare", site="hq", address=BARE, roles=(Pbx(), Sbc()), access=Access()),
        Host(name="dead", site="hq", address=DEAD, roles=(Pbx(),), install="present"),
    )
    address = CivicAddress(state="NY", city="Albany", street="State St", house_number="1", postal_code="12207")
    networks = (Network(kind="servers", subnet=IPv4Network("10.61.3.0/24")),)
    site = Site(name="hq", time_zone="America/New_York", address=address, networks=networks)
    agents = (Agent(name="ana", extension="201", site="hq"), Agent(name="ben", extension="202", site="hq"))
    return ContactCenter(name="dp", sites=(site,), hosts=hosts, agents=agents)


def state(case: Case) -> DesiredState:
    """What shall be on each host."""
    pbx = _asterisk("pbx", PBX, case)
    dead = _asterisk("dead", DEAD, case)
    bare = _with_kamailio(_asterisk("bare", BARE, case), case)
    return DesiredState("dp", (pbx, bare, dead))


def _file(path: str, text: str, apply: ApplyClass, group: str = "root", mode: int = 0o644) -> File:
    lines = tuple(Line(line, Source("queues.sales", "test")) for line in text.strip().splitlines())
    return File(path, lines, apply, group=group, mode=mode)


def _asterisk(name: str, address: IPv4Address, case: Case) -> HostState:
    load = "\n".join(f"load = {module}.so" for module in [*MODULES, *(["app_missing"] * (case.broken == "module"))])
    files = (
        _conf("asterisk.conf", "[options]\nverbose = 0", "asterisk-restart"),
        _conf("modules.conf", f"[modules]\nautoload = no\n{load}", "asterisk-restart"),
        _conf("logger.conf", "[general]\n[logfiles]\nmessages.log => notice,warning,error", "asterisk-logger"),
        _conf("rtp.conf", "[general]\nrtpstart = 10000\nrtpend = 10999", "asterisk-rtp"),
        _conf("cdr.conf", "[general]\nenable = yes", "asterisk-cdr"),
        _conf("features.conf", "[general]", "asterisk-features"),
        _conf("musiconhold.conf", "[default]\nmode = files\ndirectory = /var/lib/asterisk/moh/calm", "asterisk-music"),
        _conf("pjsip.conf", _pjsip(address, case), "asterisk-pjsip"),
        _conf("queues.conf", f"[general]\n[{case.queue}]\nstrategy = rrmemory\nmember => PJSIP/ana", "asterisk-queues"),
        _conf("extensions.conf", _dialplan(case), "asterisk-dialplan"),
    )
    hosts = _file("/etc/hosts", f"127.0.0.1 localhost\n{PBX} pbx\n{BARE} bare\n{DEAD} dead", "none")
    expect = Expectation(
        endpoints=("ana", "ben"),
        queues=(case.queue,),
        contexts=("from-agent", f"queue-{case.queue}", *(("never",) if case.broken == "context" else ())),
        modules=tuple(MODULES),
        doors=(("from-agent", "1", ""), (f"queue-{case.queue}", "s", "")),
    )
    music = Artifact("/var/lib/asterisk/moh/calm/tone.wav", MusicAudio("calm", ""), Source("music.calm", "music"))
    late = (_file("/etc/systemd/system/late.service", LATE, "systemd"),) if case.broken == "unit" else ()
    units = (Unit("asterisk"), *(Unit("late") for _file in late))
    return HostState(name, ("asterisk",), units, (*files, hosts, *late), (music,), expect)


LATE = "[Service]\nType=oneshot\nExecStart=/bin/false\n[Install]\nWantedBy=multi-user.target"
"""A unit that no try-out can know to be broken: it fails only when it is started."""


def _conf(name: str, text: str, apply: ApplyClass) -> File:
    own = f'\n#tryinclude "/etc/ccstack/overrides/asterisk/{name}"'
    return _file(f"/etc/asterisk/{name}", text + own, apply, group="asterisk", mode=0o640)


def _pjsip(address: IPv4Address, case: Case) -> str:
    text = ""
    for protocol in ("udp", "tcp"):
        text += f"[transport-{protocol}]\ntype = transport\nprotocol = {protocol}\nbind = {address}:5080\n"
    if case.broken == "cut":
        # Nothing is wrong with it, but that the SBC is refused from now on.
        text += "[nobody]\ntype = acl\ndeny = 0.0.0.0/0\n"
    for agent in ("ana", "ben"):
        text += f"[{agent}]\ntype = endpoint\ncontext = from-agent\ndisallow = all\nallow = ulaw\nauth = {agent}\n"
        text += f"aors = {agent}\n[{agent}]\ntype = auth\nauth_type = digest\nusername = {agent}\n"
        text += f"password = {Slot(f'agents.{agent}.password')}\n[{agent}]\ntype = aor\nmax_contacts = 1\n"
    return text


def _dialplan(case: Case) -> str:
    first = {
        "dialplan": "exten => 1,1,Verbose(${\nexten = broken",
        "silent": "exten => 1,1,Set(X=1)\n same => n,Hangup()",
    }
    bad = first.get(case.broken, "exten => 1,1,Echo()")
    return f"[from-agent]\n{bad}\n[queue-{case.queue}]\nexten => s,1,Queue({case.queue})"


def _with_kamailio(host: HostState, case: Case) -> HostState:
    files = (
        _kam(
            "kamailio.cfg", KAMAILIO + ("\nroute[BROKEN] { nonsense(;" * (case.broken == "script")), "kamailio-restart"
        ),
        _kam("dispatcher.list", f"1 sip:{BARE}:5080;transport=tcp 0 0", "kamailio-dispatcher"),
        _kam("address.list", "1 10.61.3.0 24 0 hq\n2 192.0.2.10 32 0 north", "kamailio-permissions"),
        _kam("dbtext/version", "table_name(string) table_version(int)\nflags:2", "kamailio-htable"),
        _kam("dbtext/flags", FLAGS + (f"1:{case.queue}:0:0:yes:0"), "kamailio-htable"),
    )
    expect = Expectation(
        endpoints=host.expectation.endpoints,
        queues=host.expectation.queues,
        contexts=host.expectation.contexts,
        modules=host.expectation.modules,
        doors=host.expectation.doors,
        dispatcher=((1, f"sip:{BARE}:5080;transport=tcp"),),
        htables={"flags": 1},
        addresses=((1, "10.61.3.0/24"), (2, "192.0.2.10")),
    )
    packages = (*host.packages, "kamailio", "kamailio-extra-modules", "nftables")
    units = (*host.units, Unit("kamailio"), Unit("nftables"))
    ground = (_file("/etc/nftables.conf", NFTABLES, "nftables"), _file("/etc/hostname", "bare", "hostname"))
    return HostState(host.name, packages, units, (*host.files, *files, *ground), host.artifacts, expect)


NFTABLES = """
table inet ccstack
delete table inet ccstack
table inet ccstack {
    set newcomers {
        type ipv4_addr
        flags dynamic,timeout
        timeout 1m
    }
    chain input {
        type filter hook input priority filter; policy accept;
        tcp dport 23 drop
        udp dport 5060 update @newcomers { ip saddr }
    }
}
"""


def _kam(name: str, text: str, apply: ApplyClass) -> File:
    return _file(f"/etc/kamailio/{name}", text, apply, group="kamailio", mode=0o640)


FLAGS = "id(int,auto) key_name(string) key_type(int) value_type(int) key_value(string) expires(int)\n"

KAMAILIO = f"""
#!KAMAILIO
debug=2
log_stderror=no
listen=udp:{BARE}:5060
listen=tcp:{BARE}:5060
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "ctl.so"
loadmodule "db_text.so"
loadmodule "htable.so"
loadmodule "dispatcher.so"
loadmodule "permissions.so"
modparam("db_text", "db_mode", 1)
modparam("htable", "db_url", "text:///etc/kamailio/dbtext")
modparam("htable", "htable", "flags=>size=8;dbtable=flags;")
modparam("dispatcher", "list_file", "/etc/kamailio/dispatcher.list")
modparam("permissions", "address_file", "/etc/kamailio/address.list")
modparam("permissions", "reload_delta", 0)
modparam("dispatcher", "reload_delta", 0)
modparam("dispatcher", "ds_probing_mode", 1)
modparam("dispatcher", "ds_ping_interval", 1)
modparam("dispatcher", "ds_ping_fr_timer", 16)
modparam("dispatcher", "ds_probing_threshold", 2)
modparam("dispatcher", "ds_ping_reply_codes", "class=2;code=401;code=404")
request_route {{
    if (!ds_select_dst("1", "4")) {{
        sl_send_reply("503", "Nobody home");
        exit;
    }}
    t_relay();
}}
"""


def built(folder: Path) -> dict[PromptAudio | MusicAudio | Certificate, Path]:
    """The one artifact, made by hand."""
    path = folder / "tone.wav"
    path.write_bytes(b"RIFF" + (36 + 1600).to_bytes(4, "little") + b"WAVEfmt " + WAV_FORMAT + bytes(1600))
    return {MusicAudio("calm", ""): path}


WAV_FORMAT = bytes.fromhex("1000000001000100401f0000803e000002001000") + b"data" + (1600).to_bytes(4, "little")


def vault_of(made: ContactCenter, **environment: str) -> Vault:
    """Its secrets."""
    return Vault.open(made, base=Path(), environment={"CCSTACK_MASTER_KEY": MASTER} | environment)


def run(case: Case, folder: Path) -> Mapping[str, Any]:
    """Deploy, and what came of it, with the progress events; or write the bundle for doing it by hand."""
    made = center(Access(user="admin", password=from_env("LAB_PASSWORD"))) if case.password else center()
    vault = vault_of(made, LAB_PASSWORD=case.password)
    if case.by_hand:
        write_bundle(made, bind(state(case), vault), built(folder), vault, Path(case.by_hand))
        return {}
    events: list[str] = []
    blueprint = hashlib.sha256(repr(case).encode()).hexdigest()
    with open_session(chosen(made, case.only), vault) as session:
        driver = HostDriver(
            session,
            vault,
            center=made.name,
            blueprint=blueprint,
            center_json=made.model_dump_json(),
            on_foreign=case.on_foreign,  # type: ignore[arg-type]
            watch=lambda event: events.append(f"{event.seconds:6.2f} {event.target} {event.step}: {event.message}"),
        )
        targets = targets_of(session, bind(state(case), vault), built(folder))
        driver.observe(targets)
        # As the conductor does: what cannot work is begun nowhere, which here is a matter for each host alone.
        tried = driver.try_out(targets)
        refused = {name: result for name, result in tried.items() if not result.ok}
        done = refused | driver.apply([target for target in targets if target.name not in refused])
    result = Outcome(made.name, blueprint, "", 0.0, {target.name: done[target.name] for target in targets})
    return dict(result.as_json()) | {"events": events}


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    given["only"] = tuple(given.get("only", ()))
    print(json.dumps(run(Case(**given), Path(sys.argv[2]))))
