"""Which calls to the outside are allowed, and which trunks they take."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberType

from ccstack.model.rights import CallingRights
from ccstack.model.trunk import OutboundRoute

from .index import Index

_PREMIUM = {PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST, PhoneNumberType.PAGER}


@dataclass(frozen=True, slots=True)
class PrefixRule:
    """Numbers that begin with `prefix` are allowed or not. The longest prefix wins."""

    prefix: str
    allowed: bool


@dataclass(frozen=True, slots=True)
class RightsTable:
    """A class of service as prefixes. What matches none is refused."""

    name: str
    rules: tuple[PrefixRule, ...]
    """Longest prefix first."""

    def allows(self, number: str) -> bool:
        """Whether the E.164 `number` may be dialed."""
        return next((r.allowed for r in self.rules if number.startswith(r.prefix)), False)


@dataclass(frozen=True, slots=True)
class Outbound:
    """Routes and rights, ready to be asked and rendered."""

    routes: tuple[tuple[str, tuple[str, ...], str], ...]
    """Prefix, trunks in order, and the path of the route it came from; longest prefix first."""
    rights: dict[str, RightsTable]

    def trunks_for(self, number: str) -> tuple[str, ...]:
        """The trunks that the E.164 `number` takes, in order; empty when no route matches."""
        return next((trunks for prefix, trunks, _ in self.routes if number.startswith(prefix)), ())


def build_outbound(index: Index) -> Outbound:
    """Work out routes and rights."""
    routes: list[OutboundRoute] = list(index["outbound_routes"].values())
    by_prefix: dict[str, tuple[tuple[str, ...], str]] = {}
    for route in routes:
        trunks = tuple(t for t in route.trunks if t in index["trunks"])
        for prefix in route.prefixes:
            by_prefix.setdefault(prefix, (trunks, f"outbound_routes.{route.name}"))
    if not routes and index["trunks"]:
        by_prefix["+"] = (tuple(index["trunks"]), "trunks")
    ordered = sorted(by_prefix.items(), key=lambda item: (-len(item[0]), item[0]))
    rights = {name: _table(r, index.center.country) for name, r in index["calling_rights"].items()}
    return Outbound(tuple((p, t, path) for p, (t, path) in ordered), rights)


def _table(rights: CallingRights, country: str) -> RightsTable:
    rules: dict[str, bool] = {}
    allowed = ({country} if rights.national else set()) | set(rights.countries)
    for region in sorted(allowed | {country}):
        for prefix in _region_prefixes(region):
            rules[prefix] = region in allowed
        if region in allowed and not rights.premium:
            rules |= dict.fromkeys(_premium_prefixes(region), False)
    rules |= dict.fromkeys(rights.allow, True)
    rules |= dict.fromkeys(rights.deny, False)
    rules = {p: ok for p, ok in rules.items() if not _overruled(p, ok, rights)}
    ordered = sorted(rules.items(), key=lambda item: (-len(item[0]), item[0]))
    return RightsTable(rights.name, tuple(PrefixRule(p, ok) for p, ok in ordered))


def _overruled(prefix: str, allowed: bool, rights: CallingRights) -> bool:
    """`deny` holds whatever longer prefixes say; `allow` likewise, except against `deny`."""
    if prefix in rights.deny:
        return False
    if allowed and any(prefix.startswith(d) for d in rights.deny):
        return True
    return not allowed and any(prefix.startswith(a) for a in rights.allow)


@lru_cache(maxsize=256)
def _region_prefixes(region: str) -> tuple[str, ...]:
    """E.164 prefixes of a country: its calling code, or its area codes where +1 is shared (NANP)."""
    code = phonenumbers.country_code_for_region(region)
    if code == 0:
        return ()
    if code != 1:
        return (f"+{code}",)
    return tuple(f"+1{area}" for area in range(200, 1000) if _area_regions(area) == region)


@lru_cache(maxsize=1024)
def _area_regions(area: int) -> str | None:
    """The country of a NANP area code. Codes that serve all of it (toll-free, premium) count as US."""
    region = phonenumbers.region_code_for_number(phonenumbers.parse(f"+1{area}2345678"))
    return region or (
        "US" if area in (500, 533, 544, 566, 577, 588, 700, 800, 833, 844, 855, 866, 877, 888, 900) else None
    )


@lru_cache(maxsize=256)
def _premium_prefixes(region: str) -> tuple[str, ...]:
    """Three-digit prefixes of a country whose numbers are premium rate, found by asking for one number of each."""
    code = phonenumbers.country_code_for_region(region)
    found = [f"+{code}{head}" for head in range(100, 1000) if _is_premium(code, head)]
    return tuple(found)


def _is_premium(code: int, head: int) -> bool:
    for length in (9, 10, 8):
        number = phonenumbers.PhoneNumber(country_code=code, national_number=int(str(head).ljust(length, "2")))
        if phonenumbers.number_type(number) in _PREMIUM:
            return True
    return False
