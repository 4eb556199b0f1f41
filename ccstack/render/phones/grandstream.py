"""Grandstream GRP and GXP: `cfg<mac>.xml`, P-values.

Sources. Read: Grandstream's configuration template for GRP2614, P-values with the vendor's comments, as public
provisioning systems ship it; it has every P-value below and the meaning of its numbers. P246 is a POSIX TZ rule (IEEE
1003.1 section 8.3). Key modes are those of its comments for virtual multi-purpose keys (0 line, 10 speed dial,
11 BLF; keys 1 to 6 at P1363 on and P1465 on, further ones at P23800 on). Not confirmed: what separates numbers in
P8385; that other models number their keys alike.

The CA's certificate is a value of a Grandstream file (P8433), not a URL, so it is keyed in once at staging; P8463 and
P2367 then make the phone check every server against it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import zip_longest

from ccstack.render.state import Line, Source

from .facts import CENTER, DTMF_PAYLOAD, REGISTER_SECONDS, Ground, Handset
from .xml import DECLARATION, Elements
from .zone import Change, Zone

_CODECS = {"ulaw": 0, "alaw": 8, "g722": 9}
_CODEC_PLACES = ("P57", "P58", "P59", "P60", "P61", "P62", "P46", "P98")
_LANGUAGES = ("de", "en", "es", "fr", "it", "nl", "pl", "pt", "ru", "tr")
_LINE_KEY = 0
_KEY_MODES = {"dial": 10, "blf": 11}
_FIXED_KEYS = 6
_SIDE_KEY_MODES = {"dial": 0, "blf": 1}
_SIDE_KEYS = ("grandstream-gxp1628", "grandstream-gxp2160")
"""Models whose programmable keys stand beside the screen and have P-values of their own; their line keys are lines."""
_INDENT = "    "


def common(ground: Ground) -> tuple[Line, ...]:
    """What phones of this ground share; it begins after the phone's own address."""
    cfg = Elements(_INDENT)
    _servers(cfg, ground)
    _media(cfg, ground)
    _network(cfg, ground)
    _time(cfg, ground)
    _trust(cfg, ground)
    _conduct(cfg, ground)
    return tuple(cfg.lines)


def files(ground: Ground, shared: tuple[Line, ...], phone: Handset) -> Iterable[tuple[str, tuple[Line, ...]]]:
    """The phone's files by name."""
    yield f"cfg{phone.mac}.xml", document(ground, shared, phone)


def document(ground: Ground, shared: tuple[Line, ...], phone: Handset) -> tuple[Line, ...]:
    """The file of one phone."""
    cfg = Elements(_INDENT)
    own = Source(phone.path, "phones-grandstream")
    cfg.put(own, {"P271": 1, "P35": phone.user, "P36": phone.user})
    cfg.secret("P34", phone.sip_password("xml"), own)
    cfg.say("P270", phone.label, own, phone.label_path)
    cfg.say("P3", phone.label, own, phone.label_path)
    cfg.set("P33", ground.voicemail if phone.mailbox else "", own)
    cfg.put(own, {"P182": 2 if phone.shared else 0, "P1348": 0 if phone.pc else 1})
    cfg.set("P1360", phone.mac, own)
    cfg.secret("P1361", phone.slot("provisioning", "xml"), own)
    cfg.secret("P2", phone.slot("admin", "xml"), own)
    cfg.secret("P196", phone.slot("admin", "xml"), own)
    if phone.model in _SIDE_KEYS:
        _side_keys(cfg, own, phone)
    else:
        _virtual_keys(cfg, own, phone)
    head = (
        Line(DECLARATION, CENTER),
        Line('<gs_provision version="1">', CENTER),
        Line(f"  <mac>{phone.mac}</mac>", own),
        Line('  <config version="1">', CENTER),
    )
    return (*head, *shared, *cfg.lines, Line("  </config>", CENTER), Line("</gs_provision>", CENTER))


def _virtual_keys(cfg: Elements, own: Source, phone: Handset) -> None:
    _virtual_key(cfg, own, 1, _LINE_KEY, phone.label, phone.label_path, "")
    for place, key in enumerate(phone.keys, start=2):
        _virtual_key(cfg, own, place, _KEY_MODES[key.kind], key.label, key.path, key.dial)
    cfg.lines += (_unused(_virtual(place)) for place in phone.unused)


def _virtual_key(cfg: Elements, own: Source, place: int, mode: int, label: str, path: str, dial: str) -> None:
    first = _virtual(place)
    words = first + 102 if place <= _FIXED_KEYS else first + 2
    cfg.put(own, {f"P{first}": mode, f"P{first + 1}": 0})
    cfg.say(f"P{words}", label, own, path)
    cfg.set(f"P{words + 1}", dial, own)


def _virtual(place: int) -> int:
    """The P-value with the mode of the virtual key at `place`."""
    return 1363 + 2 * (place - 1) if place <= _FIXED_KEYS else 23_800 + 4 * (place - _FIXED_KEYS - 1)


def _side_keys(cfg: Elements, own: Source, phone: Handset) -> None:
    for place, key in enumerate(phone.keys, start=1):
        mode, account = _side(place)
        cfg.put(own, {f"P{mode}": _SIDE_KEY_MODES[key.kind], f"P{account}": 0})
        cfg.say(f"P{account + 1}", key.label, own, key.path)
        cfg.set(f"P{account + 2}", key.dial, own)
    cfg.lines += (_unused(_side(place - 1)[0]) for place in phone.unused)


def _side(place: int) -> tuple[int, int]:
    """The P-values with the mode and the account of the key at `place` beside the screen; label and number follow."""
    if place <= 7:
        return 322 + place, 301 + 3 * (place - 1)
    mode = 353 + 4 * (place - 8) if place <= 18 else 1440 + 4 * (place - 19)
    return mode, mode + 1


@cache
def _unused(number: int) -> Line:
    return Line(f"{_INDENT}<P{number}>-1</P{number}>", CENTER)


def _servers(cfg: Elements, ground: Ground) -> None:
    # The SIP domain is no host: every request goes to the outbound proxies, one after the other.
    cfg.put(CENTER, {"P47": ground.domain, "P31": 1, "P32": REGISTER_SECONDS // 60, "P2305": 2, "P26092": 1})
    for name, sbc in zip_longest(("P48", "P2333"), ground.sbcs[:2]):
        cfg.set(name, str(sbc or ""), sbc.source if sbc else CENTER)
    cfg.put(ground.here, {"P130": 2 if ground.secure else 0, "P2329": 0})


def _media(cfg: Elements, ground: Ground) -> None:
    cfg.set("P183", 2 if ground.secure else 0, ground.here)
    known = [_CODECS[name] for name in ground.codecs if name in _CODECS]
    for place, name in enumerate(_CODEC_PLACES):
        cfg.set(name, known[min(place, len(known) - 1)], CENTER)
    cfg.put(CENTER, {"P79": DTMF_PAYLOAD, "P2301": 0, "P2302": 1, "P2303": 0})


def _network(cfg: Elements, ground: Ground) -> None:
    # No VLAN id of its own: a phone that insists on one is dead at every port that does not carry it.
    cfg.put(
        CENTER,
        {
            "P1684": 1,
            "P22119": 0,
            "P22174": 0,
            "P51": 0,
            "P1558": ground.qos.signalling_dscp,
            "P1559": ground.qos.media_dscp,
        },
    )


def _time(cfg: Elements, ground: Ground) -> None:
    for name, address in zip_longest(("P30", "P8333"), ground.ntp[:2]):
        cfg.set(name, address or "", ground.here)
    cfg.put(ground.here, {"P144": 0, "P143": 0, "P64": "customize", "P246": posix(ground.zone)})
    if ground.language[:2] in _LANGUAGES:
        cfg.set("P1362", ground.language[:2], CENTER)


def posix(zone: Zone) -> str:
    """The zone as a POSIX TZ value, such as `STD-1DST-2,M3.5.0/2,M10.5.0/3` (IEEE 1003.1 section 8.3)."""
    standard = f"STD{_west(zone.offset)}"
    if zone.start is None or zone.end is None:
        return standard
    return f"{standard}DST{_west(zone.offset + zone.saving)},{_change(zone.start)},{_change(zone.end)}"


def _west(minutes: int) -> str:
    """POSIX counts westwards."""
    hours, rest = divmod(abs(minutes), 60)
    return f"{'+' if minutes < 0 else '-'}{hours}" + (f":{rest:02}" if rest else "")


def _change(change: Change) -> str:
    hour, minute = divmod(change.minutes, 60)
    return f"M{change.month}.{change.week}.{change.weekday % 7}/{hour}" + (f":{minute:02}" if minute else "")


def _trust(cfg: Elements, ground: Ground) -> None:
    cfg.put(ground.server, {"P212": 2, "P237": ground.base.removeprefix("https://")})
    cfg.put(
        CENTER, {"P145": 1, "P238": 2, "P194": 0, "P8463": 1, "P2367": 1, "P2311": 1, "P1650": 2, "P276": 1, "P1409": 0}
    )


def _conduct(cfg: Elements, ground: Ground) -> None:
    # P4428: the SBC signs no NOTIFY, and P2347 takes none from anybody else.
    cfg.put(CENTER, {"P2347": 1, "P4428": 1, "P298": 1, "P1310": 1, "P8385": ",".join(ground.emergency)})
