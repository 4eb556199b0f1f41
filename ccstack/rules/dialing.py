"""What digits mean: extensions, feature codes, public numbers."""

from __future__ import annotations

from collections.abc import Iterator

from ccstack.design import Design
from ccstack.design.dialing import EXTENDED
from ccstack.design.index import path_of
from ccstack.model import Model

from .rule import Hit, listed, part, rule


def extended(design: Design) -> Iterator[tuple[Model, str]]:
    """Every object with an extension, and the extension."""
    for collection in EXTENDED:
        for item in design.index[collection].values():
            if item.extension is not None:
                yield item, item.extension


@rule(
    "CC201",
    "duplicate-extension",
    "error",
    wrong="Two objects have the same extension.",
    reason="Whoever dials it reaches only one of them; the other never rings.",
    remedy="Give one of them another extension.",
)
def duplicate_extension(design: Design) -> Iterator[Hit]:
    """Agents, probes and destinations share one number plan."""
    for item, extension in extended(design):
        if (owner := design.plan.extensions[extension]) != path_of(item):
            yield Hit(f"{path_of(item)}.extension", item, f"{extension} is already the extension of {owner}")


@rule(
    "CC202",
    "extension-is-emergency",
    "error",
    wrong="An extension is an emergency (or emergency test) number, with or without the outside prefix.",
    reason="Those win, so the extension can never be dialed, and every attempt calls the emergency service.",
    remedy="Give it another extension.",
    sources=("47 CFR 9.16(b)(1)", "docs/call-semantics.md, from a phone inside"),
)
def extension_is_emergency(design: Design) -> Iterator[Hit]:
    """Both ways of dialing count."""
    for item, extension in extended(design):
        if extension in design.plan.emergency:
            number = design.plan.emergency[extension]
            yield Hit(f"{path_of(item)}.extension", item, f"dialing {extension} calls the emergency number {number}")
        elif extension in design.plan.emergency_tests:
            number = design.plan.emergency_tests[extension]
            yield Hit(
                f"{path_of(item)}.extension", item, f"dialing {extension} calls the emergency test number {number}"
            )


@rule(
    "CC203",
    "extension-begins-with-outside-prefix",
    "warning",
    wrong="An extension begins with the outside prefix.",
    reason="Phones that dial as soon as digits match send the extension while somebody is still dialing outside.",
    remedy="Choose extensions that do not begin with the outside prefix.",
)
def extension_begins_with_prefix(design: Design) -> Iterator[Hit]:
    """With an empty prefix the other rule, on hidden numbers, counts."""
    prefix = design.center.outside_prefix
    for item, extension in extended(design):
        if prefix and extension.startswith(prefix) and extension not in design.plan.emergency:
            yield Hit(f"{path_of(item)}.extension", item, f"{extension} begins with the outside prefix {prefix}")


@rule(
    "CC204",
    "extension-hides-number",
    "warning",
    wrong="An extension has the digits of a possible public number.",
    reason="Extensions win, so that public number can no longer be dialed.",
    remedy="Give it another extension, or declare an outside prefix.",
)
def extension_hides_number(design: Design) -> Iterator[Hit]:
    """Happens where public numbers are dialed without a prefix."""
    for item, extension in extended(design):
        if not design.center.outside_prefix and (number := design.plan.to_e164(extension)):
            yield Hit(f"{path_of(item)}.extension", item, f"{extension} hides the public number {number}")


@rule(
    "CC205",
    "extension-begins-another",
    "warning",
    wrong="An extension is the beginning of a longer one.",
    reason="In menus with direct dialing the shorter one is only reached after a wait; phones that dial at once never "
    "reach the longer.",
    remedy="Use extensions of one length.",
)
def extension_begins_another(design: Design) -> Iterator[Hit]:
    """Each shorter one is told once, with the first longer one."""
    longer: dict[str, str] = {}
    for extension in sorted(design.plan.extensions):
        for end in range(2, len(extension)):
            longer.setdefault(extension[:end], extension)
    for item, extension in extended(design):
        if extension in longer:
            yield Hit(f"{path_of(item)}.extension", item, f"{extension} is the beginning of {longer[extension]}")


@rule(
    "CC206",
    "duplicate-feature-code",
    "error",
    wrong="Two features have the same code, or a code is the pause code with the digit of a reason.",
    reason="Dialing it does one thing only; the other feature cannot be used.",
    remedy="Choose another code.",
)
def duplicate_feature_code(design: Design) -> Iterator[Hit]:
    """The pause code is followed by a digit where there are reasons."""
    codes = design.center.features
    taken: dict[str, str] = {codes.pause + r.code: f"pause with reason {r.name}" for r in design.center.pause_reasons}
    for name in type(codes).model_fields:
        code = getattr(codes, name)
        if code in taken:
            message = f"{code} is already the code for {taken[code]}"
            yield Hit(f"features.{name}", part(design.center, "features"), message)
        taken.setdefault(code, name)


@rule(
    "CC207",
    "duplicate-pause-reason",
    "error",
    wrong="Two reasons for a pause have the same digit or the same name.",
    reason="Reports could not tell them apart.",
    remedy="Give each reason a digit and a name of its own.",
)
def duplicate_pause_reason(design: Design) -> Iterator[Hit]:
    """Digits and names."""
    seen: dict[str, str] = {}
    for reason in design.center.pause_reasons:
        for value in (reason.code, reason.name):
            if value in seen:
                yield Hit(f"pause_reasons.{reason.name}", reason, f"`{value}` already stands for `{seen[value]}`")
            seen.setdefault(value, reason.name)


@rule(
    "CC208",
    "agent-number-not-ours",
    "error",
    wrong="The own number of an agent or a station is not one of the center's numbers.",
    reason="Called parties would see a number that does not lead back, and carriers refuse or mark such calls.",
    remedy="Declare it among `numbers`, or take it away there.",
    sources=("ATIS-1000074 (SHAKEN attestation)",),
)
def agent_number_not_ours(design: Design) -> Iterator[Hit]:
    """The number is shown as caller id."""
    for agent in (*design.index["agents"].values(), *design.index["stations"].values()):
        if agent.number and agent.number not in design.index["numbers"]:
            yield Hit(f"{path_of(agent)}.number", agent, f"{agent.number} is not one of the center's numbers")


@rule(
    "CC209",
    "caller-id-not-ours",
    "warning",
    wrong="The fixed caller id of a trunk is not one of the center's numbers.",
    reason="Whoever calls back does not reach the center, and carriers refuse or mark calls with a foreign number.",
    remedy="Use one of the center's numbers.",
    sources=("ATIS-1000074 (SHAKEN attestation)",),
)
def caller_id_not_ours(design: Design) -> Iterator[Hit]:
    """It is also the number for agents without one of their own."""
    for trunk in design.index["trunks"].values():
        number = trunk.caller_id.number
        if number not in design.index["numbers"]:
            yield Hit(
                f"{path_of(trunk)}.caller_id.number", trunk.caller_id, f"{number} is not one of the center's numbers"
            )


@rule(
    "CC210",
    "number-without-trunk",
    "error",
    wrong="There are public numbers, but no trunk that could deliver them.",
    reason="Nobody outside can call.",
    remedy="Declare the carrier's trunk.",
)
def number_without_trunk(design: Design) -> Iterator[Hit]:
    """A number that names a missing trunk is an unknown name."""
    if not design.center.trunks:
        for number in design.index["numbers"].values():
            if number.trunk is None:
                yield Hit(path_of(number), number, f"no trunk delivers {number.number}: the center has none")


@rule(
    "CC211",
    "external-is-own-number",
    "warning",
    wrong="A call is transferred outside, to a number of the center itself.",
    reason="It leaves by the carrier and comes back, with two channels taken and a charge; back where it started "
    "it leaves again, until every channel is taken.",
    remedy="Send the call to that number's destination instead.",
)
def external_is_own_number(design: Design) -> Iterator[Hit]:
    """A hairpin through the carrier."""
    for item in design.index["externals"].values():
        if owner := design.index["numbers"].get(item.number):
            message = f"{item.number} is the center's own number, which leads to `{owner.to}`"
            yield Hit(f"{path_of(item)}.number", item, message, f"Send the call to `{owner.to}` instead.")


@rule(
    "CC212",
    "empty-caller-list",
    "warning",
    wrong="A list of callers is empty.",
    reason="Nobody gets what the list was made for.",
    remedy="Put the callers' numbers in it, or delete it.",
)
def empty_caller_list(design: Design) -> Iterator[Hit]:
    """A VIP list, for instance."""
    for item in design.index["caller_lists"].values():
        if not item.numbers:
            yield Hit(f"{path_of(item)}.numbers", item, "nobody is on this list")


@rule(
    "CC213",
    "probe-without-caller",
    "warning",
    wrong="A probe calls in through a trunk, but has no number to call from; or it has a number without a trunk.",
    reason="Its calls come without a caller's number, which no call from a carrier does; or the number is never used.",
    remedy="Give the probe `via` and `caller` together, or neither.",
)
def probe_without_caller(design: Design) -> Iterator[Hit]:
    """`via` and `caller` belong together."""
    for probe in design.index["probes"].values():
        if probe.via and probe.caller is None:
            yield Hit(f"{path_of(probe)}.caller", probe, f"it calls in through `{probe.via}`, and has no `caller`")
        if probe.caller and probe.via is None:
            yield Hit(f"{path_of(probe)}.via", probe, f"it has the number {probe.caller}, but no trunk to call in by")


@rule(
    "CC214",
    "no-test-number",
    "info",
    wrong="There are probes, but no number that they may call.",
    reason="Live checks call only numbers marked for it, so every check from outside stays `not_run`.",
    remedy="Mark at least one number with `test=True`.",
)
def no_test_number(design: Design) -> Iterator[Hit]:
    """Probes without anything to do."""
    if design.center.probes and not any(n.test for n in design.center.numbers):
        yield Hit("numbers", design.center, "no number is marked with `test=True`")


@rule(
    "CC215",
    "country-without-site",
    "warning",
    wrong="The center's country is that of none of its sites.",
    reason="What phones dial without a country code is read as a number of that country, and `national` rights mean "
    "its numbers.",
    remedy="Correct the center's `country`, or that of the site's address; both are `US` where they are not written.",
)
def country_without_site(design: Design) -> Iterator[Hit]:
    """A center over several countries has one of them."""
    countries = sorted({site.address.country for site in design.index["sites"].values()})
    if countries and design.center.country not in countries:
        message = f"`{design.center.country}`, and the sites are in {listed(countries)}"
        yield Hit("country", design.center, message)
