"""Poly (Polycom): `<mac>.cfg`, the master file, which names `<mac>-settings.cfg`; and `<mac>-directory.xml` with the
speed dials.

Sources. Read: names in public provisioning systems for VVX and Edge E (registration, failover, TLS platform profile 1,
SRTP, clock, BLF, request validation, emergency routing), one of which names the UC Software 6.4 Administrator Guide as
its source for the master file, `device.prov.*` and the cloud features; and the form of the rule of clock changes there
(day of week 1 is Sunday; `date` 1, 8, 15, 22 is the first to fourth such day). From knowledge of that guide ("Line Key
Reassignment", "Local Contact Directory File Format", "Digit Map", "Codec Parameters"), not read again: the rest.
Not confirmed: that an empty `APP_FILE_PATH` leaves the firmware alone; the values of `device.net.etherModePC`.

The CA's certificate is part of a Poly file, not a URL, so it is keyed in once at staging (platform CA 1); the file then
makes the phone check every server against it.
"""

from __future__ import annotations

from collections.abc import Iterable

from ccstack.render.state import Line, Source

from .facts import CENTER, DTMF_PAYLOAD, REGISTER_SECONDS, Ground, Handset
from .xml import DECLARATION, Attributes, Elements
from .zone import Change

_CODECS = {"ulaw": "G711_Mu", "alaw": "G711_A", "g722": "G722"}
_LANGUAGES = {
    "en": "English_United_States",
    "de": "German_Germany",
    "es": "Spanish_Spain",
    "fr": "French_France",
    "it": "Italian_Italy",
    "nl": "Dutch_Netherlands",
    "pt": "Portuguese_Portugal",
    "pl": "Polish_Poland",
}
_INDENT = "    "
_CLOUD = ("da", "obitalk", "lens", "pcc")
"""Services of the vendor's cloud: nobody there has a say in these phones."""
_MOST_SBCS = 4
_MOST_EMERGENCY_SERVERS = 3


def common(ground: Ground) -> tuple[Line, ...]:
    """What phones of this ground share: an element of its own."""
    cfg = Attributes(_INDENT)
    _servers(cfg, ground)
    _media(cfg, ground)
    _network(cfg, ground)
    _time(cfg, ground)
    _trust(cfg, ground)
    _conduct(cfg, ground)
    return (Line(DECLARATION, CENTER), Line("<PHONE_CONFIG>", CENTER), *_element("CENTER", cfg, CENTER))


def files(ground: Ground, shared: tuple[Line, ...], phone: Handset) -> Iterable[tuple[str, tuple[Line, ...]]]:
    """The phone's files by name."""
    settings = f"{phone.mac}-settings.cfg"
    yield f"{phone.mac}.cfg", _master(settings, Source(phone.path, "phones-poly-master"))
    yield settings, document(ground, shared, phone)
    if any(key.kind == "dial" for key in phone.keys):
        yield f"{phone.mac}-directory.xml", directory(phone)


def _master(settings: str, own: Source) -> tuple[Line, ...]:
    # The path of the firmware is empty: which one runs is not ccstack's business.
    return (Line(DECLARATION, CENTER), Line(f'<APPLICATION APP_FILE_PATH="" CONFIG_FILES="{settings}"/>', own))


def document(ground: Ground, shared: tuple[Line, ...], phone: Handset) -> tuple[Line, ...]:
    """The configuration of one phone."""
    cfg = Attributes(_INDENT)
    own = Source(phone.path, "phones-poly")
    cfg.put(own, {"reg.1.address": f"{phone.user}@{ground.domain}", "reg.1.auth.userId": phone.user})
    cfg.secret("reg.1.auth.password", phone.sip_password("xml"), own)
    cfg.say("reg.1.displayName", phone.label, own, phone.label_path)
    cfg.say("reg.1.label", phone.label, own, phone.label_path)
    _keys(cfg, phone, own)
    if phone.mailbox:
        cfg.put(own, {"msg.mwi.1.callBackMode": "contact", "msg.mwi.1.callBack": ground.voicemail})
    cfg.set("feature.callList.enabled", int(not phone.shared), own)
    _device(cfg, own, "net.etherModePC", "Auto" if phone.pc else "Disabled")
    _device(cfg, own, "prov.user", phone.mac)
    for name, slot in (
        ("prov.password", phone.slot("provisioning", "xml")),
        ("auth.localAdminPassword", phone.slot("admin", "xml")),
        ("auth.localUserPassword", phone.slot("admin", "xml")),
    ):
        cfg.set(f"device.{name}.set", 1, own)
        cfg.secret(f"device.{name}", slot, own)
    return (*shared, *_element("PHONE", cfg, own), Line("</PHONE_CONFIG>", CENTER))


def directory(phone: Handset) -> tuple[Line, ...]:
    """The speed dials of one phone: line keys point at them by number."""
    own = Source(phone.path, "phones-poly-directory")
    lines = [Line(DECLARATION, CENTER), Line("<directory>", own), Line("  <item_list>", own)]
    dials = [key for key in phone.keys if key.kind == "dial"]
    for number, key in enumerate(dials, start=1):
        item = Elements("      ")
        item.say("ln", key.label, own, key.path)
        item.put(own, {"ct": key.dial, "sd": number})
        lines += (Line("    <item>", own), *item.lines, Line("    </item>", own))
    return (*lines, Line("  </item_list>", own), Line("</directory>", own))


def _keys(cfg: Attributes, phone: Handset, own: Source) -> None:
    cfg.put(own, {"lineKey.reassignment.enabled": 1, "lineKey.1.category": "Line", "lineKey.1.index": 1})
    count = {"blf": 0, "dial": 0}
    for place, key in enumerate(phone.keys, start=2):
        count[key.kind] += 1
        number = count[key.kind]
        cfg.set(f"lineKey.{place}.category", "BLF" if key.kind == "blf" else "SpeedDial", own)
        cfg.set(f"lineKey.{place}.index", number, own)
        if key.kind == "blf":
            cfg.set(f"attendant.resourceList.{number}.address", key.dial, own)
            cfg.say(f"attendant.resourceList.{number}.label", key.label, own, key.path)
            cfg.set(f"attendant.resourceList.{number}.type", "normal", own)


def _device(cfg: Attributes, source: Source, name: str, text: str | int) -> None:
    """A `device.` parameter: kept in flash, and taken over only with its `.set`."""
    cfg.put(source, {f"device.{name}.set": 1, f"device.{name}": text})


def _element(name: str, cfg: Attributes, source: Source) -> tuple[Line, ...]:
    return (Line(f"  <{name}", source), *cfg.lines, Line("  />", source))


def _servers(cfg: Attributes, ground: Ground) -> None:
    for place, sbc in enumerate(ground.sbcs[:_MOST_SBCS], start=1):
        server = f"reg.1.server.{place}"
        cfg.put(sbc.source, {f"{server}.address": sbc.address, f"{server}.port": sbc.port})
        cfg.set(f"{server}.transport", "TLS" if ground.secure else "UDPOnly", ground.here)
        cfg.put(CENTER, {f"{server}.expires": REGISTER_SECONDS, f"{server}.register": 1})


def _media(cfg: Attributes, ground: Ground) -> None:
    for name in ("enable", "offer", "require"):
        cfg.set(f"sec.srtp.{name}", int(ground.secure), ground.here)
    known = [_CODECS[name] for name in ground.codecs if name in _CODECS]
    for priority, codec in enumerate(known, start=1):
        cfg.set(f"voice.codecPref.{codec}", priority, CENTER)
    for codec in (*(c for c in _CODECS.values() if c not in known), "G729_AB"):
        cfg.set(f"voice.codecPref.{codec}", 0, CENTER)
    cfg.put(
        CENTER,
        {"tone.dtmf.viaRtp": 1, "tone.dtmf.rfc2833Control": 1, "tone.dtmf.rfc2833Payload": DTMF_PAYLOAD},
    )


def _network(cfg: Attributes, ground: Ground) -> None:
    cfg.set("device.set", 1, CENTER)
    # No VLAN id of its own: a phone that insists on one is dead at every port that does not carry it.
    _device(cfg, CENTER, "net.vlanId", "")
    cfg.put(
        CENTER,
        {"qos.ip.callControl.dscp": ground.qos.signalling_dscp, "qos.ip.rtp.dscp": ground.qos.media_dscp},
    )


def _time(cfg: Attributes, ground: Ground) -> None:
    zone, sntp = ground.zone, "tcpIpApp.sntp"
    cfg.put(ground.here, {f"{sntp}.address": ground.ntp[0], f"{sntp}.address.overrideDHCP": 1})
    cfg.put(ground.here, {f"{sntp}.gmtOffset": zone.offset * 60, f"{sntp}.gmtOffset.overrideDHCP": 1})
    cfg.set(f"{sntp}.daylightSavings.enable", int(zone.start is not None), ground.here)
    if zone.start is not None and zone.end is not None:
        cfg.set(f"{sntp}.daylightSavings.fixedDayEnable", 0, ground.here)
        _change(cfg, ground.here, f"{sntp}.daylightSavings.start", zone.start)
        _change(cfg, ground.here, f"{sntp}.daylightSavings.stop", zone.end)
    if language := _LANGUAGES.get(ground.language[:2]):
        cfg.set("lcl.ml.lang", language, CENTER)


def _change(cfg: Attributes, source: Source, name: str, change: Change) -> None:
    last = change.week == 5
    cfg.put(
        source,
        {
            f"{name}.month": change.month,
            f"{name}.date": 1 if last else change.week * 7 - 6,
            f"{name}.dayOfWeek": change.weekday % 7 + 1,
            f"{name}.dayOfWeek.lastInMonth": int(last),
            f"{name}.time": change.hour,
        },
    )


def _trust(cfg: Attributes, ground: Ground) -> None:
    _device(cfg, ground.server, "prov.serverType", "HTTPS")
    _device(cfg, ground.server, "prov.serverName", ground.base)
    _device(cfg, CENTER, "baseProfile", "Generic")
    _device(cfg, CENTER, "prov.ztpEnabled", 0)
    cfg.put(CENTER, {f"feature.{name}.enabled": 0 for name in _CLOUD})
    _device(cfg, CENTER, "sec.TLS.profile.caCertList1", "Platform1")
    _device(cfg, CENTER, "sec.TLS.profileSelection.provisioning", "PlatformProfile1")
    _device(cfg, CENTER, "sec.TLS.prov.strictCertCommonNameValidation", 1)
    cfg.put(
        CENTER,
        {"sec.TLS.profileSelection.SIP": "PlatformProfile1", "sec.TLS.SIP.strictCertCommonNameValidation": 1},
    )
    cfg.put(CENTER, {"httpd.enabled": 0, "httpd.cfg.enabled": 0, "diags.telnetd.enabled": 0})


def _conduct(cfg: Attributes, ground: Ground) -> None:
    cfg.put(
        CENTER,
        {
            "voIpProt.SIP.requestValidation.1.request": "NOTIFY",
            "voIpProt.SIP.requestValidation.1.method": "source",
            "voIpProt.SIP.specialEvent.checkSync.alwaysReboot": 0,
            "voIpProt.SIP.alertInfo.1.value": "info=alert-autoanswer",
            "voIpProt.SIP.alertInfo.1.class": "autoAnswer",
            "dir.local.readonly": 1,
            "dialplan.digitmap": "|".join((*ground.emergency, "x.T", "*x.T", "+x.T")),
        },
    )
    _emergency(cfg, ground)


def _emergency(cfg: Attributes, ground: Ground) -> None:
    """Emergency numbers go to the same servers, and may be dialed while the phone is locked."""
    routing = "dialplan.routing"
    places = range(1, min(len(ground.sbcs), _MOST_EMERGENCY_SERVERS) + 1)
    for place, sbc in zip(places, ground.sbcs, strict=False):
        server = f"{routing}.server.{place}"
        cfg.put(sbc.source, {f"{server}.address": sbc.address, f"{server}.port": sbc.port})
        cfg.set(f"{server}.transport", "TLS" if ground.secure else "UDPOnly", ground.here)
    for number, digits in enumerate(ground.emergency, start=1):
        cfg.set(f"{routing}.emergency.{number}.value", digits, CENTER)
        for place in places:
            cfg.set(f"{routing}.emergency.{number}.server.{place}", place, CENTER)
