"""Trunks and outbound routes: can calls leave, and do they arrive as dialed."""

from __future__ import annotations

from collections.abc import Iterator
from os.path import commonprefix

import phonenumbers

from ccstack.design import Design
from ccstack.design.index import path_of
from ccstack.model import CallingRights, RegisterAuth, Trunk

from .rule import Hit, count, listed, rule

HIDES_AN_ANSWER = {
    401: "the carrier wants a password",
    407: "the carrier wants a password",
    486: "the called party is busy",
    487: "the caller hung up",
    600: "the called party is busy everywhere",
    603: "the called party declined",
    604: "the number exists nowhere",
    606: "the called party declined",
    607: "the called party does not want this call",
    608: "the call was rejected as unwanted",
}
"""Final answers that another gateway would not change (RFC 3261 section 21, RFC 8197, RFC 8688)."""

MAX_SILENCE_MS = 10_000
"""How long a caller may wait for the first sign of life of a trunk, over all of its gateways."""


@rule(
    "CC401",
    "srtp-without-tls",
    "error",
    wrong="A trunk encrypts media, but one of its gateways is not reached over TLS.",
    reason="SDES sends the media's keys in the signalling; without TLS anyone on the way reads them.",
    remedy="Set `transport='tls'` at every gateway, or `srtp=False`.",
    sources=("RFC 4568",),
)
def srtp_without_tls(design: Design) -> Iterator[Hit]:
    """Every gateway."""
    for trunk in design.index["trunks"].values():
        for position, gateway in enumerate(trunk.gateways):
            if trunk.srtp and gateway.transport != "tls":
                path = f"{path_of(trunk)}.gateways.{position}.transport"
                yield Hit(path, gateway, f"`srtp` is on, but {gateway.address} is reached over {gateway.transport}")


@rule(
    "CC402",
    "tls-without-srtp",
    "info",
    wrong="A trunk's signalling is encrypted, its media is not.",
    reason="Whoever is on the way still hears every call and every key that callers press.",
    remedy="Set `srtp=True` if the carrier offers it.",
    sources=("RFC 3711",),
)
def tls_without_srtp(design: Design) -> Iterator[Hit]:
    """Half a protection."""
    for trunk in design.index["trunks"].values():
        if not trunk.srtp and any(g.transport == "tls" for g in trunk.gateways):
            yield Hit(f"{path_of(trunk)}.srtp", trunk, "TLS for signalling, but media in the clear")


@rule(
    "CC403",
    "trunk-without-g711",
    "error",
    wrong="An emergency-capable trunk carries neither ulaw nor alaw.",
    reason="Emergency calls go from the phone to the trunk without a PBX between them that could transcode; G.711 is "
    "what every phone has.",
    remedy="Add `ulaw` or `alaw` to the trunk's codecs, or do not use it for emergency calls.",
    sources=("RFC 3551 section 4.5.14", "docs/architecture.md, emergency calls"),
)
def emergency_trunk_without_g711(design: Design) -> Iterator[Hit]:
    """The one call leg without a PBX."""
    for trunk in design.index["trunks"].values():
        if trunk.emergency and not {"ulaw", "alaw"} & set(trunk.codecs):
            yield Hit(f"{path_of(trunk)}.codecs", trunk, f"only {listed(trunk.codecs)} on an emergency trunk")


@rule(
    "CC404",
    "trunk-transcodes",
    "warning",
    wrong="A trunk carries neither ulaw nor alaw, which phones speak.",
    reason="The PBX must transcode every call of the trunk, at many times the CPU and some loss of quality.",
    remedy="Add `ulaw` or `alaw` to the trunk's codecs if the carrier has them.",
    sources=("RFC 3551 section 4.5.14",),
)
def trunk_transcodes(design: Design) -> Iterator[Hit]:
    """The same for emergency trunks is an error of its own."""
    for trunk in design.index["trunks"].values():
        if not trunk.emergency and not {"ulaw", "alaw"} & set(trunk.codecs):
            yield Hit(f"{path_of(trunk)}.codecs", trunk, f"only {listed(trunk.codecs)}")


@rule(
    "CC405",
    "codec-twice",
    "warning",
    wrong="A codec stands twice in a trunk's order of preference.",
    reason="The second one has no effect, and the order may not be what was meant.",
    remedy="Delete one.",
)
def codec_twice(design: Design) -> Iterator[Hit]:
    """Order is preference."""
    for trunk in design.index["trunks"].values():
        twice = sorted({c for c in trunk.codecs if trunk.codecs.count(c) > 1})
        if twice:
            yield Hit(f"{path_of(trunk)}.codecs", trunk, f"{listed(twice)} is there twice")


@rule(
    "CC406",
    "channels-below-peak",
    "error",
    wrong="All trunks together have fewer channels than the declared peak of calls.",
    reason="At the peak, callers hear the carrier's busy tone before the center sees them.",
    remedy="Order more channels, or declare the peak that is really expected.",
)
def channels_below_peak(design: Design) -> Iterator[Hit]:
    """Every call of the peak is counted as one from outside."""
    have, need = design.budget.trunk_channels, design.budget.calls
    if design.center.trunks and have < need:
        trunk = design.center.trunks[0]
        message = f"{count(have, 'channel')} in all; the peak is {need:,} calls"
        yield Hit(f"{path_of(trunk)}.max_channels", trunk, message)


@rule(
    "CC407",
    "channels-after-failure",
    "warning",
    wrong="With the largest trunk dead, the others have fewer channels than the declared peak.",
    reason="When that carrier fails at the peak, part of the callers hear a busy tone.",
    remedy="Order more channels at the others.",
)
def channels_after_failure(design: Design) -> Iterator[Hit]:
    """One failure at a time."""
    trunks = list(design.index["trunks"].values())
    largest = max(trunks, key=lambda t: t.max_channels, default=None)
    left = design.budget.trunk_channels - (largest.max_channels if largest else 0)
    if largest and len(trunks) > 1 and left < design.budget.calls <= design.budget.trunk_channels:
        peak = design.budget.calls
        message = f"without `{largest.name}` there are {count(left, 'channel')}; the peak is {peak:,} calls"
        yield Hit(f"{path_of(largest)}.max_channels", largest, message)


@rule(
    "CC408",
    "cps-below-peak",
    "error",
    wrong="All trunks together take fewer new calls a second than the declared peak.",
    reason="The carrier answers the rest with 503 and, after a while, blocks the trunk.",
    remedy="Ask the carrier for a higher limit, or declare the peak that is really expected.",
)
def cps_below_peak(design: Design) -> Iterator[Hit]:
    """Calls per second."""
    have, need = sum(t.max_cps for t in design.center.trunks), design.center.peak.calls_per_second
    if design.center.trunks and have < need:
        trunk = design.center.trunks[0]
        yield Hit(f"{path_of(trunk)}.max_cps", trunk, f"{have:,} new calls a second in all; the peak is {need:g}")


@rule(
    "CC409",
    "failover-hides-answer",
    "error",
    wrong="A trunk fails over on an answer that another gateway would not change.",
    reason="A busy or declined call would be placed again by every gateway; and 487 means the caller is gone.",
    remedy="Take the code from `failover_codes`.",
    sources=("RFC 3261 section 21", "RFC 8197", "RFC 8688"),
)
def failover_hides_answer(design: Design) -> Iterator[Hit]:
    """Busy, declined, cancelled, unauthorised."""
    for trunk in design.index["trunks"].values():
        for code in trunk.failover_codes:
            if meaning := HIDES_AN_ANSWER.get(code):
                yield Hit(f"{path_of(trunk)}.failover_codes", trunk, f"{code} means that {meaning}")


@rule(
    "CC410",
    "strip-eats-number",
    "error",
    wrong="A gateway strips more characters than all numbers on the trunk have in common.",
    reason="Digits of the subscriber's number are lost: different numbers become one, and calls reach strangers.",
    remedy="Strip no more than the country code with its `+`, or send only that country's numbers by this trunk.",
)
def strip_eats_number(design: Design) -> Iterator[Hit]:
    """What a route's numbers have in common: its prefix, or the code of the only countries that anybody may call."""
    shared = _shared_prefixes(design)
    for trunk in design.index["trunks"].values():
        common = commonprefix(sorted(shared.get(trunk.name, ())))  # noqa: RUF071 - digits, not paths
        for position, gateway in enumerate(trunk.gateways):
            if common and gateway.strip > len(common):
                message = f"strips {count(gateway.strip, 'character')}; numbers on `{trunk.name}` share only `{common}`"
                yield Hit(f"{path_of(trunk)}.gateways.{position}.strip", gateway, message)


def _shared_prefixes(design: Design) -> dict[str, set[str]]:
    """Trunk to the beginnings of the numbers that may take it."""
    wanted = _callable_prefixes(design)
    shared: dict[str, set[str]] = {}
    for prefix, trunks, _ in design.outbound.routes:
        narrower = {max(w, prefix, key=len) for w in wanted if w.startswith(prefix) or prefix.startswith(w)}
        for trunk in trunks:
            shared.setdefault(trunk, set()).update(narrower)
    return shared


def _callable_prefixes(design: Design) -> set[str]:
    """Country codes and other prefixes that somebody may call, or that the center itself calls."""
    found = {_country_code(e.number) for e in design.center.externals}
    found |= {_country_code(n) for n in design.center.emergency.notify_numbers}
    for rights in design.index["calling_rights"].values():
        found |= {f"+{phonenumbers.country_code_for_region(c)}" for c in _countries(rights, design)}
        found |= set(rights.allow)
    return found


def _country_code(number: str) -> str:
    return f"+{phonenumbers.parse(number).country_code}"


def _countries(rights: CallingRights, design: Design) -> tuple[str, ...]:
    return (*((design.center.country,) if rights.national else ()), *rights.countries)


@rule(
    "CC411",
    "derived-carrier-password",
    "error",
    wrong="The password at a carrier is derived from the center's master key.",
    reason="The carrier chose the password and does not know the key: registration would be refused.",
    remedy="Write `from_env(...)` or `from_file(...)` with the password that the carrier gave.",
)
def derived_carrier_password(design: Design) -> Iterator[Hit]:
    """Derivation is for passwords of our own."""
    for trunk in design.index["trunks"].values():
        if isinstance(trunk.auth, RegisterAuth) and trunk.auth.password.source == "derived":
            yield Hit(f"{path_of(trunk)}.auth.password", trunk, "`derived()` is not what the carrier knows")


@rule(
    "CC412",
    "slow-failover",
    "warning",
    wrong="A trunk tries its gateways for more than ten seconds before the caller hears anything.",
    reason="People hang up on silence, and the next trunk is never tried.",
    remedy="Lower `answer_timeout_ms`, or drop a gateway.",
    sources=("ITU-T E.721, post-selection delay",),
)
def slow_failover(design: Design) -> Iterator[Hit]:
    """Every gateway may take the whole time."""
    for trunk in design.index["trunks"].values():
        total = trunk.answer_timeout_ms * len(trunk.gateways)
        if total > MAX_SILENCE_MS:
            each = f"{trunk.answer_timeout_ms:,} ms"
            message = f"{count(len(trunk.gateways), 'gateway')} of {each} are {total / 1000:g} s"
            yield Hit(f"{path_of(trunk)}.answer_timeout_ms", trunk, message)


@rule(
    "CC413",
    "unused-trunk",
    "warning",
    wrong="A trunk delivers no number and carries no call.",
    reason="It is paid for, and looks like a spare that it is not.",
    remedy="Name it in an outbound route or at a number, or delete it.",
)
def unused_trunk(design: Design) -> Iterator[Hit]:
    """Numbers without a trunk may come by any."""
    routed = {t for _, trunks, _ in design.outbound.routes for t in trunks}
    delivered = {n.trunk for n in design.index["numbers"].values()}
    for name, trunk in design.index["trunks"].items():
        if name not in routed and name not in delivered and None not in delivered and not trunk.emergency:
            yield Hit(path_of(trunk), trunk, "no outbound route and no number uses it")


@rule(
    "CC414",
    "prefix-routed-twice",
    "error",
    wrong="Two outbound routes have the same prefix.",
    reason="Only the first one counts; the trunks of the second never carry these numbers.",
    remedy="Put the trunks of both into one route, in the order in which they shall be tried.",
)
def prefix_routed_twice(design: Design) -> Iterator[Hit]:
    """The longest prefix wins; equal ones cannot both."""
    owner: dict[str, str] = {}
    for route in design.index["outbound_routes"].values():
        for prefix in route.prefixes:
            if prefix in owner:
                yield Hit(f"{path_of(route)}.prefixes", route, f"`{prefix}` already belongs to {owner[prefix]}")
            owner.setdefault(prefix, path_of(route))


@rule(
    "CC415",
    "allowed-but-not-routed",
    "error",
    wrong="Somebody may call a country, but no outbound route carries its numbers.",
    reason="Such calls are allowed, and then fail.",
    remedy="Add the prefix to an outbound route (`+` alone matches everything), or take the country from the rights.",
)
def allowed_but_not_routed(design: Design) -> Iterator[Hit]:
    """A route with a longer prefix of the country is enough: parts of a country may be left out on purpose."""
    if not design.center.trunks:
        return
    for rights in design.index["calling_rights"].values():
        for country in _countries(rights, design):
            prefix = f"+{phonenumbers.country_code_for_region(country)}"
            if country in phonenumbers.SUPPORTED_REGIONS and not _routed(prefix, design):
                yield Hit(path_of(rights), rights, f"no outbound route carries {prefix} ({country})")


def _routed(prefix: str, design: Design) -> bool:
    return any(t and (p.startswith(prefix) or prefix.startswith(p)) for p, t, _ in design.outbound.routes)


@rule(
    "CC416",
    "own-call-not-routed",
    "error",
    wrong="The center itself calls a number that no outbound route carries.",
    reason="The transfer or the emergency notification would fail every time.",
    remedy="Add the number's prefix to an outbound route.",
)
def own_call_not_routed(design: Design) -> Iterator[Hit]:
    """Transfers outside and notified numbers."""
    for item in design.index["externals"].values():
        if not design.outbound.trunks_for(item.number):
            yield Hit(f"{path_of(item)}.number", item, f"no outbound route carries {item.number}")
    for number in design.center.emergency.notify_numbers:
        if not design.outbound.trunks_for(number):
            yield Hit("emergency.notify_numbers", design.center, f"no outbound route carries {number}")


@rule(
    "CC417",
    "tls-at-plain-port",
    "warning",
    wrong="A gateway is reached over TLS at port 5060, or without it at port 5061.",
    reason="UDP and TCP are at 5060 by custom, TLS at 5061; at the wrong one the carrier does not answer.",
    remedy="Use 5061 with TLS and 5060 without, unless the carrier says otherwise.",
    sources=("RFC 3261 section 19.1.2",),
)
def tls_at_plain_port(design: Design) -> Iterator[Hit]:
    """Any other port is the carrier's own choice."""
    for trunk in design.index["trunks"].values():
        for position, gateway in enumerate(trunk.gateways):
            if gateway.port == (5060 if gateway.transport == "tls" else 5061):
                message = f"{gateway.address}:{gateway.port} over {gateway.transport}"
                yield Hit(f"{path_of(trunk)}.gateways.{position}.port", gateway, message)


def emergency_trunks(design: Design) -> list[Trunk]:
    """Every trunk that carries emergency calls with our location."""
    return [t for t in design.index["trunks"].values() if t.emergency]
