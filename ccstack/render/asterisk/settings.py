"""The files that hold settings rather than objects of the center."""

from __future__ import annotations

import hashlib

from ccstack.design import Design
from ccstack.model.destinations import Voicemail
from ccstack.model.host import Host
from ccstack.render.state import File, Line, Slot, Source
from ccstack.render.templates import template_lines
from ccstack.render.text import RenderError

from .ini import Ini, asterisk_file, value
from .names import MUSIC, VOICEMAIL, sound_language, source_of

SYNC = "ccstack-agent-sync"

MODULES = (
    "res_timing_timerfd",
    "res_sorcery_config",
    "res_sorcery_memory",
    "res_sorcery_astdb",
    "res_pjproject",
    "res_pjsip",
    "res_pjsip_session",
    "res_pjsip_pubsub",
    "res_pjsip_acl",
    "res_pjsip_authenticator_digest",
    "res_pjsip_endpoint_identifier_ip",
    "res_pjsip_caller_id",
    "res_pjsip_dtmf_info",
    "res_pjsip_header_funcs",
    "res_pjsip_messaging",
    "res_pjsip_refer",
    "res_pjsip_rfc3326",
    "res_pjsip_sdp_rtp",
    "res_rtp_asterisk",
    "res_stasis",
    "res_musiconhold",
    "res_clioriginate",
    "res_cdrel_custom",
    "chan_pjsip",
    "chan_bridge_media",
    "bridge_simple",
    "bridge_native_rtp",
    "bridge_holding",
    "bridge_softmix",
    "bridge_builtin_features",
    "codec_ulaw",
    "codec_alaw",
    "codec_g722",
    "codec_gsm",
    "codec_resample",
    "format_pcm",
    "format_gsm",
    "format_sln",
    "format_wav",
    "app_chanspy",
    "app_stack",
    "app_dial",
    "app_playback",
    "app_read",
    "app_queue",
    "app_voicemail",
    "app_mixmonitor",
    "app_originate",
    "app_verbose",
    "app_db",
    "app_cdr",
    "app_exec",
    "func_callerid",
    "func_cdr",
    "func_channel",
    "func_cut",
    "func_db",
    "func_devstate",
    "func_dialplan",
    "func_env",
    "func_global",
    "func_groupcount",
    "func_logic",
    "func_math",
    "func_periodic_hook",
    "func_pjsip_contact",
    "func_strings",
    "func_timeout",
    "func_uri",
    "cdr_custom",
    "pbx_config",
)
"""What is loaded, in this order. No `app_system`, no `func_shell`: a PBX has no use for a shell."""


def setting_files(design: Design, host: Host) -> list[File]:
    """Everything that one template each prints."""
    assert host.pbx is not None
    path = f"hosts.{host.name}"
    ports = host.pbx.rtp_ports
    language = sound_language(design.center.languages[0])
    values = {"host": host.name, "entity": entity_id(host), "language": language}
    options = template_lines("asterisk/asterisk.conf.j2", path, **values)
    return [
        asterisk_file("asterisk.conf", options, "asterisk-restart"),
        _file("modules.conf", "asterisk-restart", modules=MODULES),
        _file("logger.conf", "asterisk-logger"),
        _file("cdr.conf", "asterisk-cdr"),
        _file("cdr_custom.conf", "asterisk-cdr"),
        _file("cli.conf", "none"),
        _file("features.conf", "asterisk-features"),
        asterisk_file(
            "rtp.conf", template_lines("asterisk/rtp.conf.j2", path, first=ports.first, last=ports.last), "asterisk-rtp"
        ),
    ]


def _file(name: str, apply: str, **values: object) -> File:
    return asterisk_file(name, template_lines(f"asterisk/{name}.j2", "center", **values), apply)


def sync_files() -> tuple[File, ...]:
    """The timer by which PBXs ask each other for what they missed."""
    names = (f"{SYNC}.service", f"{SYNC}.timer")
    return tuple(
        File(f"/etc/systemd/system/{name}", template_lines(f"asterisk/{name}.j2", "center"), "systemd")
        for name in names
    )


def entity_id(host: Host) -> str:
    """A stable entity id: a locally administered MAC address made of the host's name."""
    digest = hashlib.sha256(host.name.encode()).hexdigest()
    return ":".join(("02", *(digest[i : i + 2] for i in range(0, 10, 2))))


def music(design: Design) -> tuple[Line, ...]:
    """musiconhold.conf: a class for each `Music`, and the built-in `default`."""
    ini = Ini()
    ini.section("general", Source("center", "music"))
    if "default" not in design.index["music"]:
        _music_class(ini, "default", Source("center", "music"))
    for item in design.index["music"].values():
        _music_class(ini, item.name, source_of(item, "music"))
    return ini.lines


def _music_class(ini: Ini, name: str, source: Source) -> None:
    ini.section(name, source)
    ini.settings(source, mode="files", directory=f"{MUSIC}/{name}", sort="alpha")


def voicemail(design: Design) -> tuple[Line, ...]:
    """voicemail.conf. A PIN that its owner changed lies in the spool and wins over the one printed here."""
    source = Source("center", "voicemail-general")
    ini = Ini()
    ini.section("general", source)
    ini.settings(
        source,
        format="wav",
        attach="no",
        maxlogins=3,
        skipms=3000,
        minsecs=1,
        maxsilence=0,
        moveheard="yes",
        minpassword=6,
        passwordlocation="spooldir",
        charset="UTF-8",
        tz="cc-utc",
    )
    ini.section("zonemessages", source)
    ini.set("cc-utc", "UTC|'vm-received' Q 'digits/at' R", source)
    ini.section("default", source)
    for box in design.index["voicemails"].values():
        _mailbox(ini, box)
    if any(station.hot_desk for station in design.index["stations"].values()):
        # No mailboxes: only PINs, with which agents log in at hot desks (VMAuthenticate).
        ini.section("desk", Source("center", "desk-login"))
        for extension, name in design.plan.of("agents"):
            pin = Slot(f"agents.{name}.pin")
            ini.secret(extension, f"{pin},{name}", Source(f"agents.{name}", "desk-login"))
    return ini.lines


def _mailbox(ini: Ini, box: Voicemail) -> None:
    source = source_of(box, "voicemail")
    options = f"maxsecs={box.max_seconds}|maxmsg={box.max_messages}|passwordlocation=spooldir"
    pin = Slot(f"voicemails.{box.name}.pin")
    email = value(box.email or "", f"voicemails.{box.name}.email")
    if "," in email or "|" in email:
        raise RenderError(f"voicemails.{box.name}.email", email, "a comma or bar ends a field of voicemail.conf")
    ini.secret(box.extension, f"{pin},{box.name},{email},,{options}", source)


def retention(design: Design) -> tuple[Line, ...]:
    """tmpfiles.d(5): messages older than their mailbox keeps them go, by the time they were written."""
    return tuple(
        Line(
            f"e {VOICEMAIL}/{box.extension}/{folder} - - - m:{box.retention_days}d",
            source_of(box, "voicemail-retention"),
        )
        for box in design.index["voicemails"].values()
        for folder in ("INBOX", "Old", "Urgent")
    )
