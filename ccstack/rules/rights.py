"""Rights and secrets: toll fraud, and passwords that are none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import phonenumbers

from ccstack.design import Design
from ccstack.design.index import path_of
from ccstack.model import EnvSecret, FileSecret, Model

from .rule import Hit, part, rule

MISTAKEN_COUNTRIES = {"UK": "GB", "EN": "GB", "EL": "GR", "SP": "ES", "JA": "JP", "SW": "CH or SE", "RC": "TW"}
"""Codes that people write, and those of ISO 3166-1 that they mean."""


@rule(
    "CC501",
    "unknown-country",
    "error",
    wrong="A country code is not one.",
    reason="No number belongs to it, so nothing that was meant for the country works.",
    remedy="Use the code of ISO 3166-1 alpha-2.",
    sources=("ISO 3166-1",),
)
def unknown_country(design: Design) -> Iterator[Hit]:
    """The center's, those of rights, of addresses, and of public holidays."""
    for path, item, country in _countries(design):
        if country not in phonenumbers.SUPPORTED_REGIONS:
            meant = MISTAKEN_COUNTRIES.get(country)
            yield Hit(path, item, f"`{country}` is no country", f"Did you mean `{meant}`?" if meant else "")


def _countries(design: Design) -> Iterator[tuple[str, Model, str]]:
    yield "country", design.center, design.center.country
    for rights in design.index["calling_rights"].values():
        for country in rights.countries:
            yield f"{path_of(rights)}.countries", rights, country
    for site in design.index["sites"].values():
        yield f"{path_of(site)}.address.country", site, site.address.country
    for hours in design.index["hours"].values():
        if hours.public_holidays and hours.public_holidays.country in MISTAKEN_COUNTRIES:
            yield f"{path_of(hours)}.public_holidays.country", hours, hours.public_holidays.country


@rule(
    "CC502",
    "abroad-without-cap",
    "warning",
    wrong="A class of service may call abroad as often and as long as it likes.",
    reason="One stolen password is enough for toll fraud; the bill comes after the weekend.",
    remedy="Set `max_calls_per_day` or `max_minutes_per_day`.",
)
def abroad_without_cap(design: Design) -> Iterator[Hit]:
    """Countries, and prefixes allowed by hand."""
    for rights in design.index["calling_rights"].values():
        abroad = (*rights.countries, *rights.allow)
        if abroad and rights.max_calls_per_day is None and rights.max_minutes_per_day is None:
            yield Hit(path_of(rights), rights, f"{', '.join(abroad[:5])} without a daily cap")


@rule(
    "CC503",
    "allow-too-wide",
    "warning",
    wrong="A class of service allows a whole zone of the world by a prefix of one digit.",
    reason="One such as `+8` opens a dozen countries and satellite phones; toll fraud lives there.",
    remedy="Name the countries in `countries`, or allow longer prefixes.",
    sources=("ITU-T E.164, country codes",),
)
def allow_too_wide(design: Design) -> Iterator[Hit]:
    """`+1` and `+7` are country codes of their own."""
    for rights in design.index["calling_rights"].values():
        for prefix in rights.allow:
            if len(prefix) == 2 and prefix not in ("+1", "+7"):
                yield Hit(f"{path_of(rights)}.allow", rights, f"`{prefix}` allows every country code of that zone")


@rule(
    "CC504",
    "premium-allowed",
    "warning",
    wrong="A class of service may call premium-rate numbers.",
    reason="They cost by the call or the minute whatever the owner likes: the first thing that a thief dials.",
    remedy="Leave `premium` off and allow the few numbers that are needed by `allow`.",
)
def premium_allowed(design: Design) -> Iterator[Hit]:
    """Off by default."""
    for rights in design.index["calling_rights"].values():
        if rights.premium:
            yield Hit(f"{path_of(rights)}.premium", rights, "premium-rate and shared-cost numbers may be dialed")


@rule(
    "CC505",
    "allow-and-deny",
    "error",
    wrong="A class of service allows and denies the same prefix.",
    reason="The denial wins, so the allowance has no effect.",
    remedy="Delete one of them.",
)
def allow_and_deny(design: Design) -> Iterator[Hit]:
    """A prefix within a denied one is refused as well."""
    for rights in design.index["calling_rights"].values():
        for prefix in rights.allow:
            if denied := next((d for d in rights.deny if prefix.startswith(d)), None):
                yield Hit(f"{path_of(rights)}.allow", rights, f"`{prefix}` is allowed, but `{denied}` is denied")


@rule(
    "CC506",
    "number-without-rights",
    "warning",
    wrong="An agent or a station has a number of its own, but no right to call outside.",
    reason="The number is shown only on calls to the outside, which it cannot make.",
    remedy="Give the agent `rights`.",
)
def number_without_rights(design: Design) -> Iterator[Hit]:
    """Without rights only extensions and emergency numbers can be dialed."""
    for agent in (*design.index["agents"].values(), *design.index["stations"].values()):
        if agent.number and agent.rights is None:
            yield Hit(f"{path_of(agent)}.rights", agent, f"it has the number {agent.number}, but no rights")


def _secrets(design: Design) -> Iterator[tuple[str, Model, Any]]:
    """Every secret of the center with the path of its field and the object whose line is shown."""
    yield "secrets.master_key", part(design.center, "secrets"), design.center.secrets.master_key
    for item in design.index.registering.values():
        yield f"{path_of(item)}.password", item, item.password
    for item in (*design.index["voicemails"].values(), *design.index["agents"].values()):
        yield f"{path_of(item)}.pin", item, item.pin
    for trunk in design.index["trunks"].values():
        if trunk.auth.kind == "register":
            yield f"{path_of(trunk)}.auth.password", trunk, trunk.auth.password
    for item in (*design.index["phones"].values(), *design.index["softphones"].values()):
        yield f"{path_of(item)}.provisioning", item, item.provisioning
    for machine in (*design.index["hosts"].values(), *design.index["switches"].values()):
        for field in ("key", "password", "enable"):
            if secret := getattr(machine.access, field, None):
                yield f"{path_of(machine)}.access.{field}", machine, secret


@rule(
    "CC507",
    "secret-looks-literal",
    "warning",
    wrong="The name of an environment variable looks like the secret itself.",
    reason="A value in the blueprint ends up in version control, in plans and in logs.",
    remedy="Put the value into the environment and write the variable's name. If it was committed, change it.",
    sources=("PCI DSS 4.0.1, 8.6.2",),
)
def secret_looks_literal(design: Design) -> Iterator[Hit]:
    """Variables are written in capitals by custom; the suspect is not repeated."""
    for path, item, secret in _secrets(design):
        if isinstance(secret, EnvSecret) and re.search(r"[a-z].*[0-9A-Z]|[0-9A-Z].*[a-z]", secret.variable):
            yield Hit(path, item, "`variable` looks like a value, not like the name of a variable in capitals")


@rule(
    "CC508",
    "shared-secret",
    "error",
    wrong="Two objects have the same secret.",
    reason="Whoever learns the one has the other, and neither can be changed alone.",
    remedy="Give each its own, or write `derived()`: then one master key gives each its own.",
    sources=("PCI DSS 4.0.1, 8.2.2",),
)
def shared_secret(design: Design) -> Iterator[Hit]:
    """Hosts may share the key of the deployment, and switches theirs; nothing else may share anything."""
    owner: dict[str, str] = {}
    for path, item, secret in _secrets(design):
        if path.startswith(("hosts.", "switches.")):
            continue
        name = _source(secret)
        if name in owner:
            yield Hit(path, item, f"{name} is also {owner[name]}")
        if name:
            owner.setdefault(name, path)


def _source(secret: Any) -> str:
    if isinstance(secret, EnvSecret):
        return f"the variable {secret.variable}"
    return f"the file {secret.path}" if isinstance(secret, FileSecret) else ""


@rule(
    "CC509",
    "epoch-left-behind",
    "warning",
    wrong="A derived secret has an epoch of its own that is lower than the center's.",
    reason="When everything was rotated this one was not, and keeps the value that may be known.",
    remedy="Delete the epoch, or raise it above the center's.",
)
def epoch_left_behind(design: Design) -> Iterator[Hit]:
    """An epoch of one's own replaces the center's."""
    for path, item, secret in _secrets(design):
        epoch = getattr(secret, "epoch", None)
        if epoch is not None and epoch < design.center.secrets.epoch:
            yield Hit(path, item, f"epoch {epoch}, while the center is at {design.center.secrets.epoch}")


@rule(
    "CC510",
    "ssh-by-password",
    "warning",
    wrong="A host is reached by ssh with a password only.",
    reason="A password can be guessed and is sent to whatever answers; a key is neither.",
    remedy="Write `key=from_file(...)` at the host's access.",
    sources=("RFC 4252 section 8", "PCI DSS 4.0.1, 8.3"),
)
def ssh_by_password(design: Design) -> Iterator[Hit]:
    """For machines that have no key yet."""
    for host in design.index["hosts"].values():
        if host.access.password is not None and host.access.key is None:
            yield Hit(f"{path_of(host)}.access.password", host, "ssh with a password and no key")
